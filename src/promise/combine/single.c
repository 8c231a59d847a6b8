/* What happens when the input of a bind, map, catch, try_bind or finalize has settled. */
#include "promise/combine/single.h"

static void pass(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_promise *p = underlying(d, &s->cell);
  if (p->state != STATE_PENDING) return;
  sley__settle_from(d, p, source, held);
  sley__publish_from(d, p, source);
}

static void map_run(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_value out;
  sley_error *e = call_map(d, s->cell.site, s->f.map, s->ctx, source, held, &out);
  sley_promise *p = underlying(d, &s->cell);
  if (p->state != STATE_PENDING) {
    if (e != NULL) sley_error_drop(e);
    else sley_value_drop(&out);
    return;
  }
  if (e != NULL) sley__settle_error(d, p, e);
  else sley__settle_value(d, p, out);
  sley__publish_from(d, p, source);
}

/* The cleanup of a finalize has been started: the cell now waits for it, on the same node. */
static void cleanup_follow(sley_domain *d, single *s, sley_promise *body, sley_promise *q,
                           uint32_t held)
{
  if (q == NULL) sley__returned_null("sley_finalize as cleanup", s->cell.site);
  sley_promise *u = underlying(d, q);
  if (u->state == STATE_REJECTED) {
    if (body->state == STATE_REJECTED) sley__superseded(d, body->error, u->error, body->site);
    sley__deliver(d, &s->cell, q, body);
    return;
  }
  if (u->state == STATE_FULFILLED) {
    pass(d, s, body, held);
  } else if (!sley__waits_for(u, underlying(d, &s->cell))) { /* else it waits for itself */
    ref_keep(body);
    s->cell.kind = KIND_RESTORE;
    s->cell.flags |= FLAG_LOADED;
    s->f.body = body;
    s->storage = storage_keep(d->storage);
    s->cell.makers++;
    node_listen(u, &s->node);
    TRACE(d, waits, &s->cell, u);
  }
  ref_drop(d, q);
}

/* The context is no longer needed: f has returned, or never will be called. */
static void spend(sley_domain *d, single *s)
{
  if (!(s->cell.flags & FLAG_LOADED)) return;
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  storage *snapshot = s->storage;
  s->storage = NULL;
  storage_drop(d, snapshot);
  sley_drop_fn *drop = s->drop;
  s->drop = NULL;
  if (drop != NULL) drop(s->ctx);
}

static void restore_run(sley_domain *d, single *s, sley_promise *cleanup)
{
  sley_promise *body = s->f.body;
  if (cleanup->state == STATE_FULFILLED) {
    storage_set(d, s->storage);
    pass(d, s, body, 1);
  } else {
    if (body->state == STATE_REJECTED) sley__superseded(d, body->error, cleanup->error, body->site);
    pass(d, s, cleanup, 0);
  }
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  storage_drop(d, s->storage);
  ref_drop(d, body);
}

void sley__single_run(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  bool good = source->state == STATE_FULFILLED;
  sley_promise *q = NULL;
  switch (s->cell.kind) {
    case KIND_BIND:
      if (!good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, storage_of(s));
      q = call_bind(d, s->f.bind, s->ctx, source, held);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_MAP:
      if (!good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, storage_of(s));
      map_run(d, s, source, held);
      spend(d, s);
      break;
    case KIND_CATCH:
      if (good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, storage_of(s));
      q = call_catch(d, s->f.catch_, s->ctx, source);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_TRY_BIND:
      storage_set(d, storage_of(s));
      q = good ? call_bind(d, s->f.bind, s->ctx, source, held)
               : call_catch(d, s->failed, s->ctx, source);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_FIBER: sley__fiber_run(d, s, source); return;
    case KIND_FINALIZE:
      storage_set(d, storage_of(s));
      q = s->f.cleanup(s->ctx);
      spend(d, s);
      cleanup_follow(d, s, source, q, held);
      break;
    case KIND_WALK: sley__walk_run(d, (struct sley__walk *)(void *)s, source, held); break;
    default: /* KIND_RESTORE */ restore_run(d, s, source); break;
  }
  maker_drop(d, &s->cell);
}
