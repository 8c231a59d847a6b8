/* Resolution: how a settled promise's callbacks run, in Lwt's exact order, on an explicit stack.
 *
 * Reading guide to the core. cell.h defines the terms, kind.h the operations of a kind. Then:
 *   resolve.c   this file: frames, deferral     callback.c   runs one callback, by its kind
 *   settle.c    writes the outcome              answer.c     fulfill, reject, dropping a resolver
 *   follow.c    the promise that a callback returned becomes its cell's outcome
 *   life.c      counts, proxies, orphans        free.c       freeing
 *   cancel.c    the backward search             immediate.c  the stack limit
 *   promise.c   promises without callbacks      take.c       moving or copying a value out
 *   storage.c, hooks.c, error_filter.c, name.c, slow.c, misuse.c
 *
 * Folders below: base, memory. Above, each with a guide of its own: combine (single.h, group.h, walk.h), scheduler,
 * fiber (fiber.c), sync (waiters.h), scope, stream (stream.h), collection (list_walk.h, seq.h), react (react.h), dump
 * (dump_graph.h). kinds.c has the tables of kinds.
 *
 * Lwt resolves by recursion: settling runs callbacks, which settle other promises, and so on. Here the stack is a list
 * of frames threaded through the settled cells themselves (they do not otherwise need link, snapshot and callbacks), so
 * resolving neither allocates nor recurses. Only a user callback that itself calls sley_fulfill_now, sley_cancel or
 * sley_wakeup_paused nests on the C stack: it runs its own machine down to the frame that it was called from.
 *
 * These rules keep Lwt's order:
 *   - The state is written first. Callbacks run newest first; on Canceled the cancel callbacks precede them.
 *   - Entering a frame saves the storage and increments the depth; leaving it restores both.
 *   - Only the frame at depth 1 runs what sley_fulfill deferred, after its own callbacks; the deferred frames are flat:
 *     they run inside it, at its depth.
 *   - A frame with no callbacks left is replaced by the next one to be entered on top of it, which inherits its saved
 *     storage. The frame at depth 1 never is, because its deferred callbacks are still to come.
 *
 * The lowest frame of a run lives in C (run_rest) and is on no list. The most frequent cases have fast paths, which
 * must have the same effect as these rules: run_bind, run_element, and those in sley_bind, sley_return, sley_fulfill
 * and sley_drop. Each one first checks everything that could make a difference and keeps no C frame of its own; all
 * other cases tail-call the slow path.
 *
 * Regrets: the flags carry the machine's state, so a new flag must be checked against every branch of
 * sley__run_frames; and flat frames serve two purposes (deferral, the stack limit). */
#include "promise/core/core.h"

static inline bool has_work(const sley_promise *p)
{
  return sley__has_callbacks(p) || (p->state == STATE_REJECTED && p->cancel_nodes != NULL);
}

static inline void frame_link(sley_domain *d, sley_promise *p)
{
  p->link = d->frames;
  d->frames = p;
}

/* Like push_frame, but a producer that the caller owns becomes the frame's. */
static inline void push_frame_with_producer(sley_domain *d, sley_promise *p)
{
  p->flags |= FLAG_FRAME;
  frame_link(d, p);
}

static inline void push_frame(sley_domain *d, sley_promise *p)
{
  p->producers++;
  push_frame_with_producer(d, p);
}

void sley__push_frame(sley_domain *d, sley_promise *p) { push_frame(d, p); }

/* No callback to run. If attachments remain, they are freed when the last producer goes; scheduling p checks that. */
static inline void nothing_to_run(sley_domain *d, sley_promise *p)
{
  if (p->callbacks != NULL) sley__schedule_free(d, p);
}

void sley__publish(sley_domain *d, sley_promise *p)
{
  if (has_work(p)) {
    push_frame(d, p);
  } else {
    nothing_to_run(d, p);
  }
}

/* The stack limit postponed a callback, and callbacks of p were registered after it. Lwt would have run these inside
 * the calls that registered them: oldest first, without entering the loop. */
static inline void mark_postponed(sley_promise *p, const sley_promise *from)
{
  bool postponed = from == NULL || (from->flags & FLAG_OLDEST_FIRST);
  if (postponed && (p->flags & FLAG_DEFERRED_CALL)) p->flags |= FLAG_FLAT | FLAG_OLDEST_FIRST;
}

void sley__publish_from(sley_domain *d, sley_promise *p, const sley_promise *from)
{
  sley__publish(d, p);
  if (p->flags & FLAG_FRAME) mark_postponed(p, from);
}

/* Like sley__publish_from, and drops a producer of p. */
static inline void publish_last(sley_domain *d, sley_promise *p, const sley_promise *from)
{
  if (p->callbacks == NULL && p->state == STATE_FULFILLED) {
    sley__producer_drop_settled(d, p);
  } else if (has_work(p)) {
    push_frame_with_producer(d, p);
    mark_postponed(p, from);
  } else {
    nothing_to_run(d, p);
    sley__producer_drop(d, p);
  }
}

void sley__defer(sley_domain *d, sley_promise *p)
{
  if (!has_work(p)) {
    nothing_to_run(d, p);
    return;
  }
  p->producers++;
  p->flags |= FLAG_FRAME | FLAG_FLAT;
  p->link = NULL;
  SLEY__FIFO_APPEND(d->deferred_end, p, link);
}

static sley_promise *deferred_pop(sley_domain *d)
{
  sley_promise *p = d->deferred;
  SLEY__FIFO_POP(d->deferred, d->deferred_end, link);
  return p;
}

/* Takes the next callback off a frame's list, which must have one. */
static inline node *next_callback(sley_promise *p)
{
  node *n = p->callbacks;
  if (SLEY__UNLIKELY(p->flags & FLAG_OLDEST_FIRST)) {
    n = n->prev;
    while (n->kind == NODE_ATTACH) n = n->prev;
  }
  sley__node_unlink_from(&p->callbacks, n);
  return n;
}

/* By far the most frequent callback: a bind without storage or drop whose input is a scalar. */
static inline bool is_plain_bind(const sley_domain *d, node *n, const sley_promise *source)
{
  const single *s = SLEY__CONTAINER(n, single, node);
  return n->kind == NODE_CELL && s->cell.kind == KIND_BIND && !(s->cell.flags & FLAG_LOADED) &&
         sley__is_scalar(source) && !d->heap.watched;
}

/* A callback usually returns a promise fresh from sley_return. The cell cannot be following another promise yet: only
 * delivering its callback's result starts that. */
static SLEY__ALWAYS_INLINE void deliver_last(sley_domain *d, sley_promise *cell, sley_promise *q,
                                             const sley_promise *from)
{
  if (SLEY__LIKELY(q != NULL && sley__is_mine_alone(d, q) && sley__may_settle_here(d, cell))) {
    assert(!(cell->flags & FLAG_FOLLOWS));
    sley__outcome_value(cell, &q->value);
    sley__cell_release(d, q);
    publish_last(d, cell, from);
  } else {
    sley__deliver(d, cell, q, from);
    sley__producer_drop(d, cell);
  }
}

void sley__deliver_last(sley_domain *d, sley_promise *cell, sley_promise *q,
                        const sley_promise *from)
{
  deliver_last(d, cell, q, from);
}

static SLEY__ALWAYS_INLINE void plain_bind_run(sley_domain *d, node *n, sley_promise *source)
{
  single *s = SLEY__CONTAINER(n, single, node);
  sley__running(d, s->cell.site);
  deliver_last(d, &s->cell, s->f.bind(s->ctx, &source->value), source);
}

/* The next most frequent: a kind with run_scalar, on a scalar; that is a fiber awaiting one. */
static inline bool is_quick_on_scalar(const sley_domain *d, node *n, const sley_promise *source)
{
  return n->kind == NODE_CELL && sley__runs_scalar(&SLEY__CONTAINER(n, single, node)->cell) &&
         sley__is_scalar(source) && !d->heap.watched;
}

static inline void node_run(sley_domain *d, node *n, sley_promise *source)
{
  if (SLEY__LIKELY(is_plain_bind(d, n, source))) {
    sley__storage_switch(d, NULL);
    plain_bind_run(d, n, source);
  } else {
    sley__callback_run(d, n, source);
  }
}

static inline bool is_spent(const sley_promise *p)
{
  return sley__is_settled(p) && (p->flags & FLAG_ENTERED) && !(p->flags & FLAG_FLAT) &&
         !has_work(p);
}

static inline void frame_enter(sley_domain *d, sley_promise *p, const sley_promise *base)
{
  p->flags |= FLAG_ENTERED;
  if (p->flags & FLAG_FLAT) return;
  sley_promise *below = p->link;
  if (below != base && d->depth >= 2 && is_spent(below)) {
    p->snapshot = below->snapshot;
    p->link = below->link;
    below->flags &= (uint16_t) ~(FLAG_FRAME | FLAG_ENTERED);
    sley__producer_drop_settled(d, below);
    return;
  }
  d->depth++;
  p->snapshot = sley__storage_keep(d->storage);
}

static inline void frame_leave(sley_domain *d, sley_promise *p)
{
  d->frames = p->link;
  if (!(p->flags & FLAG_FLAT)) {
    sley__storage_restore(d, p->snapshot);
    d->depth--;
  }
  p->flags &= (uint16_t) ~(FLAG_FRAME | FLAG_ENTERED | FLAG_FLAT | FLAG_OLDEST_FIRST);
  sley__producer_drop_settled(d, p);
}

/* Runs the next callback of a frame, which must have one; on Canceled, cancel callbacks run first. */
static inline void step(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(p->state == STATE_REJECTED && p->cancel_nodes != NULL)) {
    node *n = p->cancel_nodes;
    sley__node_unlink_from(&p->cancel_nodes, n);
    sley__node_kinds[n->kind]->canceled(d, n);
  } else {
    node_run(d, next_callback(p), p);
  }
}

void sley__run_frames(sley_domain *d, sley_promise *base)
{
  sley_promise *p;
  while ((p = d->frames) != base) {
    if (!(p->flags & FLAG_ENTERED)) {
      if (SLEY__UNLIKELY(p->flags & FLAG_PICKING)) {
        sley__kind_of(p)->step(d, p);
        continue;
      }
      frame_enter(d, p, base);
    }
    if (SLEY__UNLIKELY(d->untidy)) sley__free_pending(d);
    if (has_work(p)) {
      step(d, p);
    } else if (d->depth == 1 && d->deferred != NULL && !(p->flags & FLAG_FLAT)) {
      frame_link(d, deferred_pop(d));
    } else {
      frame_leave(d, p);
    }
  }
}

/* The lowest frame of a run, below all that its callbacks push, lives in C. It is entered and left like the others. */
static SLEY__NOINLINE void run_rest(sley_domain *d, sley_promise *p, sley_promise *base,
                                    storage *saved)
{
  for (;;) {
    if (d->frames != base) sley__run_frames(d, base);
    if (d->untidy) sley__free_pending(d);
    if (!has_work(p)) break;
    step(d, p);
  }
  while (d->depth == 1 && d->deferred != NULL) {
    frame_link(d, deferred_pop(d));
    sley__run_frames(d, base);
    if (d->untidy) sley__free_pending(d);
  }
  d->depth--;
  sley__storage_restore(d, saved);
  p->flags &= (uint16_t)~FLAG_FRAME;
  sley__producer_drop_settled(d, p);
  sley__settle_down(d);
}

static SLEY__NOINLINE void run_any(sley_domain *d, sley_promise *p)
{
  if (has_work(p)) {
    d->depth++;
    p->flags |= FLAG_FRAME;
    run_rest(d, p, d->frames, sley__storage_keep(d->storage));
  } else {
    nothing_to_run(d, p);
    sley__producer_drop(d, p);
    sley__settle_down(d);
  }
}

static SLEY__NOINLINE void run_element(sley_domain *d, sley_promise *p, node *n)
{
  if (sley__element_counts(d, n, p)) {
    p->callbacks = NULL;
    n->source = NULL;
    sley__producer_drop_settled(d, p);
  } else {
    run_any(d, p);
  }
}

/* Runs the only callback, a plain bind or a fiber, with no storage set; returns directly if that leaves no work. p
 * needs no FLAG_FRAME: nothing can take a scalar out of it. */
static SLEY__ALWAYS_INLINE void run_quickly(sley_domain *d, sley_promise *p, node *n, bool is_bind)
{
  sley_promise *base = d->frames;
  d->depth++;
  p->callbacks = NULL;
  n->source = NULL;
  if (is_bind) {
    plain_bind_run(d, n, p);
  } else {
    sley_promise *cell = &SLEY__CONTAINER(n, single, node)->cell;
    sley__running(d, cell->site);
    sley__kind_of(cell)->run_scalar(d, cell, p);
  }
  bool is_over = d->frames == base && d->deferred == NULL && d->storage == NULL && !d->untidy;
  if (SLEY__UNLIKELY(!is_over || p->refs != 0 || p->producers != 1 || (p->flags & FLAGS_MORE) ||
                     p->callbacks != NULL)) {
    run_rest(d, p, base, NULL);
    return;
  }
  d->depth--;
  sley__cell_release(d, p);
}

static SLEY__NOINLINE void run_bind(sley_domain *d, sley_promise *p, node *n)
{
  run_quickly(d, p, n, true);
}

static SLEY__NOINLINE void run_scalar(sley_domain *d, sley_promise *p, node *n)
{
  run_quickly(d, p, n, false);
}

/* Like run_quickly, for any other callback. */
static SLEY__NOINLINE void run_alone(sley_domain *d, sley_promise *p, node *n)
{
  sley_promise *base = d->frames;
  d->depth++;
  p->flags |= FLAG_FRAME;
  p->callbacks = NULL;
  n->source = NULL;
  sley__callback_run(d, n, p);
  if (d->frames != base || d->deferred != NULL || d->storage != NULL || d->untidy) {
    run_rest(d, p, base, NULL);
    return;
  }
  d->depth--;
  p->flags &= (uint16_t)~FLAG_FRAME;
  sley__producer_drop_settled(d, p);
  sley__settle_down(d);
}

void sley__run(sley_domain *d, sley_promise *p)
{
  node *n = p->callbacks;
  bool is_alone = n != NULL && n->next == n;
  if (SLEY__LIKELY(is_alone && is_plain_bind(d, n, p) && d->storage == NULL)) run_bind(d, p, n);
  else if (is_alone && is_quick_on_scalar(d, n, p) && d->storage == NULL) run_scalar(d, p, n);
  else if (is_alone && n->kind == NODE_ELEMENT) run_element(d, p, n);
  else if (is_alone && n->kind != NODE_ATTACH && d->storage == NULL &&
           (p->state == STATE_FULFILLED || p->cancel_nodes == NULL))
    run_alone(d, p, n);
  else run_any(d, p);
}

/* Runs what was deferred while no frame was there to run it. */
static void run_deferred(sley_domain *d)
{
  sley_promise *base = d->frames;
  storage *saved = sley__storage_keep(d->storage);
  d->depth = 1;
  while (d->deferred != NULL) {
    frame_link(d, deferred_pop(d));
    sley__run_frames(d, base);
    if (d->untidy) sley__free_pending(d);
  }
  d->depth = 0;
  sley__storage_restore(d, saved);
}

void sley__settle_down_slow(sley_domain *d)
{
  if (d->freeing) return;
  do {
    sley__free_pending(d);
    if (d->depth == 0 && d->deferred != NULL) run_deferred(d);
  } while (d->untidy);
}
