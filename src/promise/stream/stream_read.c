/* Reading streams: the engine of reads that can wait.
 *
 * A reading goes from element to element with a cursor of its own, as in Lwt: others can consume meanwhile. If the
 * source has nothing, it waits for the promise from sley__feed behind a guard, so that canceling one read does not
 * affect the source; if its callback returned a pending promise, it waits for that. In both cases its result is a
 * bind that continues the reading, so its place in Lwt's order, its storage and the way it is canceled are those
 * of a bind. See struct waiting.
 *
 * If a function that computes an element, or whether to let it pass, fails, Lwt raises through all streams made
 * from that one, up to the first wait. Here the promise is marked (KIND_RAISED) and passed through; only iter_p
 * treats it differently. */
#include "promise/stream/stream.h"

/* ---- the life of a reading ---- */

static void finish(sley_domain *d, reading *r)
{
  sley_stream *s = r->stream;
  r->stream = NULL;
  sley__dlist_leave(&r->place);
  sley__element_leave(d, r->cursor);
  sley__ref_drop(d, r->awaits);
  if (r->collected.at != NULL) sley__collection_drop(d, &r->collected);
  if (r->type->release != NULL) r->type->release(d, r);
  if (r->owns) sley_stream_drop(s);
  sley__object_unuse(d, s, sizeof(*s));
}

static size_t read_bytes(const sley_promise *cell)
{
  const waiting *w = (const waiting *)(const void *)cell;
  return WAITING_HEAD + READING_OF(w)->type->bytes;
}

static void waiting_spend(sley_domain *d, waiting *w)
{
  if (!(w->cell.flags & FLAG_LOADED)) return;
  w->cell.flags &= (uint16_t)~FLAG_LOADED;
  sley__storage_drop(d, w->storage);
  w->storage = NULL;
  if (READING_OF(w)->stream != NULL) finish(d, READING_OF(w));
}

static void read_release(sley_domain *d, sley_promise *cell)
{
  waiting_spend(d, (waiting *)(void *)cell);
}

/* Moves the reading to a heap cell to wait in; r must not be used afterwards. NULL: out of memory. */
static waiting *settle_in(sley_domain *d, reading *r)
{
  bool is_plain = r->type->bytes == sizeof(reading);
  waiting *w = sley__cell_alloc(d, is_plain ? READ_BYTES : WAITING_HEAD + r->type->bytes);
  if (SLEY__UNLIKELY(w == NULL)) return NULL;
  sley__cell_init(d, &w->cell, KIND_READ, r->site);
  w->cell.flags = is_plain ? FLAG_LOADED : FLAG_LOADED | FLAG_SIZED;
  w->node.kind = NODE_CELL;
  w->node.source = NULL;
  w->storage = NULL;
  sley__dlist_leave(&r->place);
  reading *stays = READING_OF(w);
  *stays = *r;
  if (!is_plain) memcpy(stays + 1, r + 1, r->type->bytes - sizeof(reading));
  r->stream = NULL;
  stays->at = w;
  sley__dlist_append(&stays->stream->readings, &stays->place);
  sley__trace_created(d, &w->cell);
  return w;
}

void sley__readings_abandon(sley_domain *d, sley_stream *s)
{
  for (struct sley__dlist *place; (place = sley__dlist_pop(&s->readings)) != NULL;) {
    waiting *w = SLEY__CONTAINER(place, reading, place)->at;
    if (!w->for_source || w->node.source == NULL) continue; /* fails when it continues */
    sley__node_unlink_from(&w->node.source->callbacks, &w->node);
    waiting_spend(d, w);
    sley_resolver *producer =
        (sley_resolver *)(void *)&w->cell; /* the node was its only producer */
    sley_resolver_drop(&producer);
  }
}

element *sley__reading_pass(sley_domain *d, reading *r)
{
  element *e = r->cursor;
  e->refs++;
  r->cursor = e->next;
  r->cursor->producers++;
  sley__element_leave(d, e);
  return e;
}

element *sley__reading_consume(sley_domain *d, reading *r)
{
  element *e = sley__reading_pass(d, r);
  sley__stream_consume(d, r->stream, e);
  return e;
}

void sley__reading_await(sley_domain *d, reading *r, sley_promise *q)
{
  sley__returned(q, r->type->function, r->site);
  sley__check(d, q, r->type->function);
  r->awaits = q;
}

/* ---- going on and waiting ---- */

static void listen(sley_domain *d, waiting *w, sley_promise *u)
{
  storage *old = w->storage;
  w->storage = sley__storage_keep(d->storage);
  sley__storage_drop(d, old);
  w->cell.producers++;
  sley__node_listen(u, &w->node);
  TRACE(d, waits, &w->cell, u);
}

static sley_promise *no_memory(sley_domain *d, reading *r)
{
  finish(d, r);
  return sley__nomem_promise();
}

/* Waits for u. NULL: in the reading's own cell. Otherwise returns a new result, which comes after what was
 * collected. */
static sley_promise *wait(sley_domain *d, reading *r, sley_promise *u, bool for_source)
{
  waiting *w = r->at;
  if (SLEY__LIKELY(w != NULL && (r->type->chain == NULL || r->collected.count == 0))) {
    w->for_source = for_source;
    if (for_source || !(u->flags & FLAG_DEFERRED_CALL))
      sley__underlying(d, &w->cell)->flags &=
          (uint16_t)~FLAG_DEFERRED_CALL; /* as merging the two promises would */
    if (for_source || !sley__waits_for(u, sley__underlying(d, &w->cell))) listen(d, w, u);
    return NULL;
  }
  const reading_type *type = r->type;
  const char *site = r->site;
  collection c = r->collected;
  if (type->chain != NULL) r->collected = (collection){0};
  sley_promise *p;
  w = settle_in(d, r);
  if (SLEY__LIKELY(w != NULL)) {
    w->for_source = for_source;
    w->cell.flags |= for_source ? 0 : u->flags & FLAG_DEFERRED_CALL;
    listen(d, w, u);
    p = &w->cell;
  } else {
    p = no_memory(d, r);
  }
  return type->chain != NULL ? type->chain(d, site, &c, p) : p;
}

static sley_promise *wait_for_callback(sley_domain *d, reading *r, sley_promise *u)
{
  sley_promise *q = r->awaits;
  r->awaits = NULL;
  sley_promise *p = wait(d, r, u, false);
  sley__ref_drop(d, q);
  return p;
}

/* The callback's promise is settled. Returns like step. */
static sley_promise *awaited(sley_domain *d, reading *r, sley_promise *u)
{
  sley_promise *q = r->awaits;
  r->awaits = NULL;
  if (u->state == STATE_REJECTED) return q;
  struct sley__lent lent;
  sley_promise *p = r->type->resume(d, r, sley__element_lend(d, &lent, u, u == q ? 1 : 0));
  sley__element_return(d, &lent);
  sley__ref_drop(d, q);
  return p;
}

/* The source failed immediately with p. */
static sley_promise *feed_failed(sley_domain *d, reading *r, sley_promise *p)
{
  if (r->type->failed == NULL) return p;
  sley_promise *u = sley__underlying(d, p);
  sley__mark_read(u);
  sley_promise *result = r->type->failed(d, r, u->error);
  sley__ref_drop(d, p);
  return result;
}

/* Continues until there is a result; NULL: it waits in its own cell. */
static sley_promise *run(sley_domain *d, reading *r)
{
  sley_promise *p = NULL;
  while (p == NULL) {
    if (r->stream->first == NULL) {
      p = sley_fail_at(r->site, &sley__abandoned);
    } else if (r->awaits != NULL) {
      sley_promise *u = sley__underlying(d, r->awaits);
      if (u->state == STATE_PENDING) return wait_for_callback(d, r, u);
      p = awaited(d, r, u);
    } else if (sley__is_unfilled(r->cursor)) {
      p = sley__feed(d, r->stream);
      if (p == NULL || r->stream->first == NULL) {
        if (p != NULL && p->state != STATE_PENDING) sley__ref_drop(d, p);
        p = NULL;
      } else if (sley__underlying(d, p)->state == STATE_PENDING) {
        sley_promise *signal = p;
        p = r->type->idle != NULL ? r->type->idle(d, r) : NULL;
        if (p == NULL) return wait(d, r, sley__underlying(d, signal), true);
      } else {
        p = feed_failed(d, r, p);
        /* If Lwt raises, the promises collected so far are not waited for. */
        if (r->type->chain != NULL && sley__is_raised(sley__underlying(d, p)))
          sley__collection_drop(d, &r->collected);
      }
    } else {
      p = r->type->step(d, r);
    }
    /* Elements left behind are freed here: a reading can pass any number of them before its caller returns. */
    if (p == NULL && d->untidy) sley__free_pending(d);
  }
  const reading_type *type = r->type;
  const char *site = r->site;
  collection c = r->collected;
  if (type->chain != NULL) r->collected = (collection){0};
  finish(d, r);
  return type->chain != NULL ? type->chain(d, site, &c, p) : p;
}

/* Stands for the frame of Lwt's guard, whose only callback settles p: p's own frame restores the storage that the
 * guard saved. */
static void guard_leave(sley_domain *d, sley_promise *p, storage *saved)
{
  if (d->frames == p && !(p->flags & (FLAG_ENTERED | FLAG_FLAT))) {
    p->flags |= FLAG_ENTERED;
    p->snapshot = saved;
    d->depth++;
  } else {
    sley__storage_restore(d, saved);
  }
}

/* The promise waited for (or, for a source, the guard on it) was rejected with e. */
static void waiting_fail(sley_domain *d, waiting *w, sley_promise *from, sley_error *e)
{
  reading *r = READING_OF(w);
  if (w->for_source && r->type->failed != NULL) {
    sley__storage_switch(d, w->storage);
    sley_promise *q = r->type->failed(d, r, e);
    waiting_spend(d, w);
    sley__deliver(d, &w->cell, q, from);
    return;
  }
  waiting_spend(d, w);
  sley_promise *p = sley__underlying(d, &w->cell);
  if (p->state != STATE_PENDING) return;
  sley__error_pass(e, p->site);
  sley__settle_error(d, p, sley_error_keep(e));
  sley__publish_from(d, p, from);
}

static sley_promise *waiting_resume(sley_domain *d, reading *r, sley_promise *from)
{
  struct sley__lent lent;
  sley_promise *q = r->type->resume(d, r, sley__element_lend(d, &lent, from, 0));
  sley__element_return(d, &lent);
  return q;
}

/* Fast path: the result is usually an element with a scalar that has left the queue. */
static inline void result_give(sley_domain *d, waiting *w, sley_promise *q,
                               const sley_promise *from)
{
  if (SLEY__LIKELY(sley__is_mine_alone(d, q) && sley__may_settle_here(d, &w->cell))) {
    w->cell.flags &= (uint16_t)~FLAG_FOLLOWS;
    sley__outcome_value(&w->cell, &q->value);
    sley__cell_release(d, q);
    sley__publish_from(d, &w->cell, from);
  } else {
    sley__deliver(d, &w->cell, q, from);
  }
}

static void read_run(sley_domain *d, node *n, sley_promise *from, uint32_t held)
{
  (void)held;
  waiting *w = SLEY__CONTAINER(n, waiting, node);
  bool guarded = w->for_source;
  storage *saved = sley__storage_keep(d->storage);
  if (from->state == STATE_REJECTED) {
    waiting_fail(d, w, from, from->error);
  } else {
    sley__storage_switch(d, w->storage);
    sley_promise *q = guarded ? NULL : waiting_resume(d, READING_OF(w), from);
    if (q == NULL) q = run(d, READING_OF(w));
    if (q != NULL) {
      waiting_spend(d, w);
      result_give(d, w, q, from);
    }
  }
  if (guarded) guard_leave(d, sley__underlying(d, &w->cell), saved);
  else sley__storage_drop(d, saved);
  sley__producer_drop(d, &w->cell);
}

/* Canceling rejects the guard during the search, and the reading when its frame runs. */
static sley_promise *read_cancel(sley_domain *d, sley_promise *p, sley_promise *cell,
                                 group **groups)
{
  (void)p;
  (void)groups;
  waiting *w = (waiting *)(void *)cell;
  if (!w->for_source || w->node.source == NULL) return w->node.source;
  sley__node_unlink_from(&w->node.source->callbacks, &w->node);
  sley__push_frame(d, cell);
  cell->flags |= FLAG_PICKING;
  return NULL;
}

static bool read_is_guarded(const sley_promise *cell)
{
  const waiting *w = (const waiting *)(const void *)cell;
  return w->for_source && w->node.source != NULL;
}

static void read_step(sley_domain *d, sley_promise *cell)
{
  waiting *w = (waiting *)(void *)cell;
  d->frames = cell->link;
  cell->flags &= (uint16_t) ~(FLAG_PICKING | FLAG_FRAME);
  storage *saved = sley__storage_keep(d->storage);
  sley__storage_switch(d, w->storage);
  waiting_fail(d, w, cell, &sley__canceled);
  guard_leave(d, sley__underlying(d, cell), saved);
  sley__producer_drop(d, cell); /* the frame's */
  sley__producer_drop(d, cell); /* the node's */
}

const struct sley__kind sley__kind_read = {.name = "read of a stream",
                                           .properties = NEEDS_ALL,
                                           .shape = SHAPE_ONE,
                                           .run = read_run,
                                           .step = read_step,
                                           .cancel = read_cancel,
                                           .is_root = read_is_guarded,
                                           .bytes = read_bytes,
                                           .release = read_release};

sley_promise *sley__read(sley_domain *d, reading *r, const reading_type *type, const char *site,
                         sley_stream *s, bool owns)
{
  r->type = type;
  r->site = site;
  r->stream = s;
  r->owns = owns;
  r->cursor = s->first;
  r->cursor->producers++;
  sley__object_use(s);
  sley_promise *p = run(d, r);
  sley__settle_down(d);
  return p;
}
