/* What happens when the input of a bind, map, catch, try_bind or finalize has settled. */
#include "promise/combine/single.h"

static void pass(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_promise *p = sley__underlying(d, &s->cell);
  if (p->state != STATE_PENDING) return;
  sley__settle_from(d, p, source, held);
  sley__publish_from(d, p, source);
}

static void map_settle(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_value out;
  sley_error *e = sley__call_map(d, s->cell.site, s->f.map, s->ctx, source, held, &out);
  sley_promise *p = sley__underlying(d, &s->cell);
  if (p->state != STATE_PENDING) {
    if (e != NULL) sley_error_drop(e);
    else sley_value_drop(&out);
    return;
  }
  if (e != NULL) sley__settle_error(d, p, e);
  else sley__settle_value(d, p, out);
  sley__publish_from(d, p, source);
}

/* The cleanup of a finalize has started: the cell now waits for it, on the same node. */
static void cleanup_follow(sley_domain *d, single *s, sley_promise *body, sley_promise *q,
                           uint32_t held)
{
  sley__returned(q, "sley_finalize as cleanup", s->cell.site);
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_REJECTED) {
    if (body->state == STATE_REJECTED) sley__superseded(d, body->error, u->error, body->site);
    sley__deliver(d, &s->cell, q, body);
    return;
  }
  if (u->state == STATE_FULFILLED) {
    pass(d, s, body, held);
  } else if (!sley__waits_for(u, sley__underlying(d, &s->cell))) { /* else: waits for itself */
    sley__ref_keep(body);
    s->cell.kind = KIND_RESTORE;
    s->cell.flags |= FLAG_LOADED;
    s->f.body = body;
    s->storage = sley__storage_keep(d->storage);
    s->cell.producers++;
    sley__node_listen(u, &s->node);
    TRACE(d, waits, &s->cell, u);
  }
  sley__ref_drop(d, q);
}

/* The context is no longer needed: f has returned, or will never be called. */
static void spend(sley_domain *d, single *s)
{
  if (!(s->cell.flags & FLAG_LOADED)) return;
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  storage *snapshot = s->storage;
  s->storage = NULL;
  sley__storage_drop(d, snapshot);
  sley_drop_fn *drop = s->drop;
  s->drop = NULL;
  if (drop != NULL) drop(s->ctx);
}

/* ---- one function for each kind ---- */

static single *single_of(node *n) { return SLEY__CONTAINER(n, single, node); }

/* No callback applies: the result has the source's outcome. */
static void pass_by(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  spend(d, s);
  pass(d, s, source, held);
  sley__producer_drop(d, &s->cell);
}

/* q is what the callback returned. */
static void called(sley_domain *d, single *s, sley_promise *q, const sley_promise *source)
{
  spend(d, s);
  sley__deliver(d, &s->cell, q, source);
  sley__producer_drop(d, &s->cell);
}

static void bind_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  single *s = single_of(n);
  if (source->state != STATE_FULFILLED) {
    pass_by(d, s, source, held);
    return;
  }
  sley__storage_switch(d, sley__storage_of(s));
  called(d, s, sley__call_bind(d, s->f.bind, s->ctx, source, held), source);
}

static void map_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  single *s = single_of(n);
  if (source->state != STATE_FULFILLED) {
    pass_by(d, s, source, held);
    return;
  }
  sley__storage_switch(d, sley__storage_of(s));
  map_settle(d, s, source, held);
  spend(d, s);
  sley__producer_drop(d, &s->cell);
}

static void catch_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  single *s = single_of(n);
  if (source->state == STATE_FULFILLED) {
    pass_by(d, s, source, held);
    return;
  }
  sley__storage_switch(d, sley__storage_of(s));
  called(d, s, sley__call_catch(d, s->f.catch_, s->ctx, source), source);
}

static void try_bind_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  single *s = single_of(n);
  sley__storage_switch(d, sley__storage_of(s));
  sley_promise *q = source->state == STATE_FULFILLED
                        ? sley__call_bind(d, s->f.bind, s->ctx, source, held)
                        : sley__call_catch(d, s->failed, s->ctx, source);
  called(d, s, q, source);
}

static void finalize_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  single *s = single_of(n);
  sley__storage_switch(d, sley__storage_of(s));
  sley_promise *q = s->f.cleanup(s->ctx);
  spend(d, s);
  cleanup_follow(d, s, source, q, held);
  sley__producer_drop(d, &s->cell);
}

static void restore_run(sley_domain *d, node *n, sley_promise *cleanup, uint32_t held)
{
  single *s = single_of(n);
  sley_promise *body = s->f.body;
  (void)held;
  if (cleanup->state == STATE_FULFILLED) {
    sley__storage_switch(d, s->storage);
    pass(d, s, body, 1);
  } else {
    if (body->state == STATE_REJECTED) sley__superseded(d, body->error, cleanup->error, body->site);
    pass(d, s, cleanup, 0);
  }
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  sley__storage_drop(d, s->storage);
  sley__ref_drop(d, body);
  sley__producer_drop(d, &s->cell);
}

/* ---- the kinds ---- */

static size_t loaded_bytes(const sley_promise *cell)
{
  (void)cell;
  return SINGLE_BYTES;
}

static void release(sley_domain *d, sley_promise *cell)
{
  single *s = (single *)(void *)cell;
  sley__storage_drop(d, s->storage);
  if (s->drop != NULL) s->drop(s->ctx);
}

static void restore_release(sley_domain *d, sley_promise *cell)
{
  single *s = (single *)(void *)cell;
  sley__storage_drop(d, s->storage);
  sley__ref_drop(d, s->f.body);
}

enum { PROPERTIES = IS_SINGLE | PASSES_CANCEL | NEEDS_ALL };
#define SINGLE_KIND .shape = SHAPE_ONE, .cancel = sley__cancel_input

const struct sley__kind sley__kind_bind = {
    SINGLE_KIND,     .name = "bind",        .properties = PROPERTIES,
    .run = bind_run, .bytes = loaded_bytes, .release = release};
const struct sley__kind sley__kind_map = {
    SINGLE_KIND,    .name = "map",         .properties = PROPERTIES,
    .run = map_run, .bytes = loaded_bytes, .release = release};
const struct sley__kind sley__kind_catch = {
    SINGLE_KIND,      .name = "catch",       .properties = PROPERTIES,
    .run = catch_run, .bytes = loaded_bytes, .release = release};
const struct sley__kind sley__kind_try_bind = {SINGLE_KIND, .name = "try_bind",
                                               .properties = PROPERTIES, .run = try_bind_run,
                                               .release = release};
const struct sley__kind sley__kind_finalize = {SINGLE_KIND, .name = "finalize",
                                               .properties = PROPERTIES, .run = finalize_run,
                                               .release = release};
const struct sley__kind sley__kind_restore = {SINGLE_KIND, .name = "finalize, cleaning up",
                                              .properties = PROPERTIES, .run = restore_run,
                                              .release = restore_release};
