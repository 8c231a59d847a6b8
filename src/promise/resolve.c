/* Resolution: how a settled promise's callbacks run, in Lwt's exact order, on an explicit stack.
 *
 * Reading guide to the promise floor. promise_internal.h has the words. Then:
 *   resolve.c   this file: settle, frames, deferral, following another promise
 *   life.c      counts, proxies, orphans, and taking the dead apart
 *   bind.c      bind and its family; immediate callbacks and their limit
 *   observe.c   on_..., attach, async      combine.c   join, pick and the others
 *   cancel.c    the backward search, guards pause.c, storage.c, operation.c, hooks.c, list.c
 *   slab.c      memory                      runtime.c   runtimes, domains, the current one
 *   value.c, error.c                        abort.c     usage errors
 *
 * Lwt resolves by recursion: settling runs callbacks, which settle other promises, and so on. Here
 * the stack is a list of frames through the settled cells themselves (link, snapshot and callbacks
 * are unused in them otherwise), so resolving allocates nothing and recurses nowhere. Only a user
 * callback that itself calls sley_fulfill_now, sley_cancel or sley_wakeup_paused nests on the C
 * stack: it runs a machine of its own down to the frame it was called from.
 *
 * The rules that make the order Lwt's:
 *   - The state is written first; callbacks run newest first; on Canceled the cancel callbacks first.
 *   - Entering a frame saves the storage and counts one level of depth; leaving restores it.
 *   - Only the frame at depth 1 runs what sley_fulfill deferred, when its own callbacks are done;
 *     those run flat, inside it.
 *   - A frame without callbacks left is replaced by the next one to be entered on top of it, which
 *     inherits its saved storage; never the frame at depth 1, whose deferred callbacks come later.
 *
 * Regrets: flags carry the machine's state, so a new flag must be checked against every branch of
 * sley__run_frames; and flat frames exist for two reasons (deferral, the stack limit). */
#include "promise/promise_internal.h"

static void cancel_nodes_discard(sley_domain *d, sley_promise *p)
{
  while (p->cancel_nodes != NULL) {
    node *n = p->cancel_nodes;
    node_unlink_from(&p->cancel_nodes, n);
    if (n->kind == NODE_ON_CANCEL) doom_node(d, n);
  }
}

static void settled(sley_domain *d, sley_promise *p)
{
  (void)d;
  p->flags &= (uint16_t)~FLAG_FOLLOWS;
  TRACE(d, settled, p);
}

void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v)
{
  if (SLEY__UNLIKELY(p->cancel_nodes != NULL)) cancel_nodes_discard(d, p);
  p->state = STATE_FULFILLED;
  p->value = v;
  settled(d, p);
}

void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e)
{
  if (p->cancel_nodes != NULL && e != &sley__canceled) cancel_nodes_discard(d, p);
  p->state = STATE_REJECTED;
  p->error = e;
  settled(d, p);
}

void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held)
{
  if (outcome->state == STATE_REJECTED) {
    mark_read(outcome);
    sley__error_pass(outcome->error, p->site);
    sley__settle_error(d, p, sley_error_keep(outcome->error));
    return;
  }
  if (SLEY__LIKELY(!(outcome->flags & FLAG_SHARED) && outcome->value.type == NULL)) {
    sley__settle_value(d, p, outcome->value);
    return;
  }
  sley_value v;
  sley_promise *owner;
  sley__value_share(outcome, held, &v, &owner);
  sley__settle_value(d, p, v);
  if (owner != NULL) {
    p->owner = owner;
    p->flags |= FLAG_SHARED;
  }
}

static bool has_work(const sley_promise *p)
{
  return has_callbacks(p) || (p->state == STATE_REJECTED && p->cancel_nodes != NULL);
}

static void frame_link(sley_domain *d, sley_promise *p)
{
  p->link = d->frames;
  d->frames = p;
}

void sley__push_frame(sley_domain *d, sley_promise *p)
{
  p->makers++;
  p->flags |= FLAG_FRAME;
  frame_link(d, p);
}

/* Attachments go when no maker is left; with no callbacks to run, that is looked at right away. */
static void nothing_to_run(sley_domain *d, sley_promise *p)
{
  if (p->callbacks != NULL) sley__doom(d, p);
}

void sley__publish(sley_domain *d, sley_promise *p)
{
  if (has_work(p)) {
    sley__push_frame(d, p);
  } else {
    nothing_to_run(d, p);
  }
}

void sley__publish_from(sley_domain *d, sley_promise *p, const sley_promise *from)
{
  if (!has_work(p)) {
    nothing_to_run(d, p);
    return;
  }
  sley__push_frame(d, p);
  /* Behind a callback that the stack limit postponed: Lwt would have run these inside the calls that
   * registered them, oldest first and without entering the loop. */
  bool postponed = from == NULL || (from->flags & FLAG_OLDEST_FIRST);
  if (postponed && (p->flags & FLAG_DEFERRED_CALL)) p->flags |= FLAG_FLAT | FLAG_OLDEST_FIRST;
}

void sley__defer(sley_domain *d, sley_promise *p)
{
  if (!has_work(p)) {
    nothing_to_run(d, p);
    return;
  }
  p->makers++;
  p->flags |= FLAG_FRAME | FLAG_FLAT;
  p->link = NULL;
  *d->deferred_end = p;
  d->deferred_end = &p->link;
}

static sley_promise *deferred_pop(sley_domain *d)
{
  sley_promise *p = d->deferred;
  d->deferred = p->link;
  if (d->deferred == NULL) d->deferred_end = &d->deferred;
  return p;
}

/* Takes the next callback off the list of a frame; NULL when there is none. */
static node *next_callback(sley_promise *p)
{
  if (!has_callbacks(p)) return NULL;
  node *n = p->callbacks;
  if (SLEY__UNLIKELY(p->flags & FLAG_OLDEST_FIRST)) {
    n = n->prev;
    while (n->kind == NODE_ATTACH) n = n->prev;
  }
  node_unlink_from(&p->callbacks, n);
  return n;
}

static void node_run(sley_domain *d, node *n, sley_promise *source)
{
  switch (n->kind) {
    case NODE_CELL: {
      sley_promise *cell = &SLEY__CONTAINER(n, single, node)->cell;
      mark_read(source);
      TRACE(d, runs, cell);
      publish_running(d, cell->site);
      if (cell->kind >= KIND_PROTECTED) {
        sley__guard_run(d, (guard *)(void *)cell, source);
      } else {
        sley__single_run(d, (single *)(void *)cell, source, 0);
      }
      break;
    }
    case NODE_ELEMENT:
      mark_read(source);
      sley__element_run(d, n, source);
      break;
    default:
      if (n->kind != NODE_ON_SUCCESS) mark_read(source);
      TRACE(d, runs, NULL);
      publish_running(d, source->site);
      sley__observer_run(d, (observer *)(void *)n, source, 0);
      doom_node(d, n);
      break;
  }
}

static bool is_spent(const sley_promise *p)
{
  return is_settled(p) && (p->flags & FLAG_ENTERED) && !(p->flags & FLAG_FLAT) && !has_work(p);
}

static void frame_enter(sley_domain *d, sley_promise *p, const sley_promise *base)
{
  p->flags |= FLAG_ENTERED;
  if (p->flags & FLAG_FLAT) return;
  sley_promise *below = p->link;
  if (below != base && d->depth >= 2 && is_spent(below)) {
    p->snapshot = below->snapshot;
    p->link = below->link;
    below->flags &= (uint16_t) ~(FLAG_FRAME | FLAG_ENTERED);
    maker_drop(d, below);
    return;
  }
  d->depth++;
  p->snapshot = storage_keep(d->storage);
}

static void frame_leave(sley_domain *d, sley_promise *p)
{
  d->frames = p->link;
  if (!(p->flags & FLAG_FLAT)) {
    storage_restore(d, p->snapshot);
    d->depth--;
  }
  p->flags &= (uint16_t) ~(FLAG_FRAME | FLAG_ENTERED | FLAG_FLAT | FLAG_OLDEST_FIRST);
  maker_drop(d, p);
}

void sley__run_frames(sley_domain *d, sley_promise *base)
{
  sley_promise *p;
  while ((p = d->frames) != base) {
    if (SLEY__UNLIKELY(p->flags & FLAG_PICKING)) {
      sley__pick_step(d, p);
      continue;
    }
    if (!(p->flags & FLAG_ENTERED)) frame_enter(d, p, base);
    if (SLEY__UNLIKELY(d->untidy)) sley__bury(d);
    if (SLEY__UNLIKELY(p->state == STATE_REJECTED && p->cancel_nodes != NULL)) {
      node *n = p->cancel_nodes;
      node_unlink_from(&p->cancel_nodes, n);
      sley__cancel_node_run(d, n);
      continue;
    }
    node *n = next_callback(p);
    if (n != NULL) {
      node_run(d, n, p);
    } else if (d->depth == 1 && d->deferred != NULL && !(p->flags & FLAG_FLAT)) {
      frame_link(d, deferred_pop(d));
    } else {
      frame_leave(d, p);
    }
  }
}

/* Runs what was deferred while no frame was there to do so. */
static void run_deferred(sley_domain *d)
{
  sley_promise *base = d->frames;
  storage *saved = storage_keep(d->storage);
  d->depth = 1;
  while (d->deferred != NULL) {
    frame_link(d, deferred_pop(d));
    sley__run_frames(d, base);
    if (d->untidy) sley__bury(d);
  }
  d->depth = 0;
  storage_restore(d, saved);
}

void sley__settle_down_slow(sley_domain *d)
{
  if (d->burying) return;
  do {
    sley__bury(d);
    if (d->depth == 0 && d->deferred != NULL) run_deferred(d);
  } while (d->untidy);
}

/* Whether cancelling inner would lead to outer: then outer waits for itself. Looked for over at most
 * this many cells; what escapes lives until its domain ends. */
enum { CYCLE_HOPS = 64 };

static bool elements_lead_to(const group *g, const sley_promise *outer, int *hops);

static bool leads_to(const sley_promise *from, const sley_promise *outer, int *hops)
{
  while (from != NULL && from->state == STATE_PENDING && (*hops)-- > 0) {
    if (from == outer) return true;
    const sley_promise *how = from;
    while (how != NULL && (how->flags & FLAG_FOLLOWS) && (*hops)-- > 0) how = how->delegate;
    if (how == NULL || (how->flags & FLAG_FOLLOWS)) return false;
    if (how->kind >= KIND_BIND && how->kind <= KIND_RESTORE) {
      from = ((const single *)(const void *)how)->node.source;
    } else if (how->kind == KIND_NO_CANCEL) {
      from = ((const guard *)(const void *)how)->node.source;
    } else if (how->kind >= KIND_JOIN && how->kind <= KIND_SPLIT) {
      return elements_lead_to((const group *)(const void *)how, outer, hops);
    } else {
      return false;
    }
  }
  return false;
}

/* One element is enough where all are waited for; where the first one wins, every one must, but for
 * those whose promise is gone and can win no more. Recursion is bounded by the hops. */
static bool elements_lead_to(const group *g, const sley_promise *outer, int *hops)
{
  bool all_wait = g->cell.kind == KIND_JOIN || g->cell.kind == KIND_ALL;
  if (g->cell.flags & FLAG_FIRED) return false;
  for (uint32_t i = 0; i < g->count; i++) {
    const sley_promise *source = g->nodes[i].source;
    bool leads = source == NULL ? !all_wait : leads_to(source, outer, hops);
    if (leads && all_wait) return true;
    if (!leads && !all_wait) return false;
  }
  return !all_wait;
}

static void nodes_move(sley_promise *outer, sley_promise *inner)
{
  node *first = inner->callbacks;
  inner->callbacks = NULL;
  if (first == NULL) return;
  /* Attachments of outer stay behind all callbacks: those of inner go in front of them. */
  node *attached = NULL;
  for (node *n = outer->callbacks; n != NULL && n->prev->kind == NODE_ATTACH; n = n->prev) {
    attached = n->prev;
    if (attached == outer->callbacks) break;
  }
  node *n = first;
  do {
    n->source = outer;
    n = n->next;
  } while (n != first);
  if (outer->callbacks == NULL) {
    outer->callbacks = first;
    return;
  }
  node *before = attached != NULL ? attached : outer->callbacks;
  node *last = first->prev;
  first->prev = before->prev;
  before->prev->next = first;
  last->next = before;
  before->prev = last;
  if (before == outer->callbacks && attached != NULL) outer->callbacks = first;
}

static void cancel_nodes_move(sley_promise *outer, sley_promise *inner)
{
  while (inner->cancel_nodes != NULL) {
    node *n = inner->cancel_nodes;
    node_unlink_from(&inner->cancel_nodes, n);
    n->source = outer;
    node_append(&outer->cancel_nodes, n);
  }
}

/* Makes inner a proxy of outer; both are underlying, pending and not the same. The direction matters:
 * a loop that binds on a new promise each time keeps one outer and lets every inner go. */
bool sley__waits_for(const sley_promise *from, const sley_promise *outer)
{
  int hops = CYCLE_HOPS;
  if (SLEY__LIKELY(from->kind == KIND_BIND && from != outer && !(from->flags & FLAG_FOLLOWS))) {
    /* By far the most frequent: what was bound is an operation, which waits for nobody. */
    const sley_promise *source = ((const single *)(const void *)from)->node.source;
    if (source != NULL && source != outer && source->kind == KIND_OPERATION) return false;
  }
  return leads_to(from, outer, &hops);
}

void sley__unify(sley_promise *outer, sley_promise *inner)
{
  if (sley__waits_for(inner, outer)) return;
  nodes_move(outer, inner);
  cancel_nodes_move(outer, inner);
  if (!(inner->flags & FLAG_DEFERRED_CALL)) outer->flags &= (uint16_t)~FLAG_DEFERRED_CALL;
  outer->flags |= FLAG_FOLLOWS;
  outer->delegate = inner;
  inner->state = STATE_PROXY;
  inner->target = outer;
  if (inner->refs > 0) outer->refs++;
  if (inner->makers > 0) outer->makers++;
}

void sley__deliver(sley_domain *d, sley_promise *cell, sley_promise *q, const sley_promise *from)
{
  if (SLEY__UNLIKELY(q == NULL))
    sley__abort(
        "the callback of the promise made at %s returned NULL; return a promise, for "
        "example sley_return(sley_unit())",
        cell->site);
  check(d, q, "a callback's return value");
  sley_promise *outer = underlying(d, cell);
  sley_promise *inner = underlying(d, q);
  if (outer->state == STATE_PENDING && inner != outer) {
    if (is_settled(inner)) {
      sley__settle_from(d, outer, inner, q == inner ? 1 : 0);
      sley__publish_from(d, outer, from);
    } else {
      sley__unify(outer, inner);
    }
  }
  ref_drop(d, q);
}

/* ---- answering ---- */

enum { LATER, NOW };

static sley_promise *answerable(sley_domain *d, sley_resolver **r, const char *function)
{
  sley_promise *cell = (sley_promise *)(void *)*r;
  *r = NULL;
  check(d, cell, function);
  if (cell->kind == KIND_OPERATION) cell->flags |= FLAG_OVER;
  return cell;
}

static void answered(sley_domain *d, sley_promise *cell, sley_promise *p, int when)
{
  if (when == LATER && (d->depth > 0 || d->burying)) {
    sley__defer(d, p);
    if (d->burying) d->untidy = true;
    maker_drop(d, cell);
  } else {
    sley_promise *base = d->frames;
    sley__publish(d, p);
    maker_drop(d, cell);
    sley__run_frames(d, base);
  }
  sley__settle_down(d);
}

static void fulfill(sley_resolver **r, sley_value v, int when, const char *function)
{
  if (*r == NULL) {
    sley_value_drop(&v);
    return;
  }
  sley_domain *d = sley__self();
  sley_promise *cell = answerable(d, r, function);
  sley_promise *p = underlying(d, cell);
  if (SLEY__LIKELY(p->state == STATE_PENDING)) {
    sley__settle_value(d, p, v);
    answered(d, cell, p, when);
  } else {
    maker_drop(d, cell);
    sley_value_drop(&v);
    sley__settle_down(d);
  }
}

static void reject(sley_resolver **r, sley_error *e, int when, const char *function)
{
  if (e == NULL) sley__abort("%s was given no error; use sley_error_new to make one", function);
  if (*r == NULL) {
    sley_error_drop(e);
    return;
  }
  sley_domain *d = sley__self();
  sley_promise *cell = answerable(d, r, function);
  sley_promise *p = underlying(d, cell);
  if (SLEY__LIKELY(p->state == STATE_PENDING)) {
    sley__settle_error(d, p, e);
    answered(d, cell, p, when);
  } else {
    maker_drop(d, cell);
    sley_error_drop(e);
    sley__settle_down(d);
  }
}

void sley_fulfill(sley_resolver **r, sley_value v) { fulfill(r, v, LATER, "sley_fulfill"); }

void sley_fulfill_now(sley_resolver **r, sley_value v) { fulfill(r, v, NOW, "sley_fulfill_now"); }

void sley_reject(sley_resolver **r, sley_error *e) { reject(r, e, LATER, "sley_reject"); }

void sley_reject_now(sley_resolver **r, sley_error *e) { reject(r, e, NOW, "sley_reject_now"); }

void sley__reject_if_watched(sley_resolver **r, sley_error *e)
{
  if (*r == NULL) {
    sley_error_drop(e);
    return;
  }
  sley_domain *d = sley__self();
  sley_promise *cell = answerable(d, r, "sley_resolver_drop");
  sley_promise *p = underlying(d, cell);
  bool watched = p->refs > 0 || has_callbacks(p);
  if (p->state == STATE_PENDING && watched) {
    sley__settle_error(d, p, e);
    answered(d, cell, p, LATER);
  } else {
    maker_drop(d, cell);
    sley_error_drop(e);
    sley__settle_down(d);
  }
}

void sley_resolver_drop(sley_resolver **r) { sley__reject_if_watched(r, &sley__abandoned); }
