/* How long a cell lives: references and producers, proxies, orphans.
 *
 * A cell lives while it has references or producers. A pending cell without producers is an orphan: nothing can
 * settle it, so its callbacks are discarded, unless it is held and can be canceled by itself, because canceling would
 * settle it. A proxy holds one reference on its target while it has references, and one producer while it has
 * producers.
 *
 * A pending guard or group without references or callbacks is useless, since it calls nothing itself: it unlinks
 * from its inputs and dies. Otherwise choosing repeatedly between a long-lived promise and short-lived ones would
 * leak. There are two exceptions: a pick cancels its losers in the end, and a wrap or all makes its storage current
 * for callbacks older than it. If that could be observed, they stay until one of their elements settles.
 *
 * Nothing here recurses: dying cells go on the domain's list of cells to free, which free.c processes. */
#include "promise/core/core.h"

static SLEY__NOINLINE size_t sized_bytes(const sley_promise *p)
{
  return sley__kind_of(p)->bytes(p);
}

size_t sley__cell_bytes(const sley_promise *p)
{
  if (p->flags & FLAG_RESERVE) return SLEY__RESERVE_BYTES;
  if (!(p->flags & FLAG_SIZED)) return sley__slab_class_bytes[sley__kind_slots[p->kind]];
  return sized_bytes(p);
}

void sley__schedule_free(sley_domain *d, sley_promise *p)
{
  if (p->flags & (FLAG_FREE_SCHEDULED | FLAG_FRAME)) return;
  p->flags |= FLAG_FREE_SCHEDULED;
  p->link = d->to_free.cells;
  d->to_free.cells = p;
  d->untidy = true;
}

void sley__cell_release_slow(sley_domain *d, sley_promise *p)
{
  TRACE(d, dropped, p);
  sley__cell_free(d, p, sley__cell_bytes(p));
}

/* No references or producers are left. At this point most cells own nothing else. */
static void died(sley_domain *d, sley_promise *p)
{
  enum {
    OWNING =
        FLAG_LOADED | FLAG_SHARED | FLAG_FREE_SCHEDULED | FLAG_FRAME | FLAG_RESERVE | FLAG_NAMED
  };
  bool is_scalar_of_its_size = p->state == STATE_FULFILLED && p->value.type == NULL &&
                               p->callbacks == NULL && !(p->flags & OWNING);
  bool is_quiet_proxy = p->state == STATE_PROXY && !(p->flags & OWNING);
  if (sley__is_bare(p) || sley__is_quietly_canceled(p)) sley__cell_release(d, p);
  else if (is_scalar_of_its_size || is_quiet_proxy) sley__cell_release_slow(d, p);
  else sley__schedule_free(d, p);
}

sley_promise *sley__member_of(node *n)
{
  if (n->kind == NODE_ELEMENT) return &SLEY__CONTAINER(n - n->index, group, nodes)->cell;
  if (n->kind != NODE_CELL) return NULL;
  sley_promise *p = &SLEY__CONTAINER(n, single, node)->cell;
  return sley__calls_nobody(p) ? p : NULL;
}

static bool is_useless(const sley_domain *d, sley_promise *p)
{
  return sley__calls_nobody(p) && p->state == STATE_PENDING && p->refs == 0 &&
         p->callbacks == NULL && !(p->flags & FLAG_FRAME) && sley__kind_of(p)->is_useless(d, p);
}

static void schedule_free_if_useless(sley_domain *d, sley_promise *p)
{
  if (p != NULL && is_useless(d, p)) sley__schedule_free(d, p);
}

void sley__node_leave(sley_domain *d, node *n)
{
  sley_promise *source = n->source;
  bool may_uncover = SLEY__UNLIKELY(d->has_stored) && n != source->callbacks;
  sley_promise *newer = may_uncover ? sley__member_of(n->prev) : NULL;
  sley__node_unlink_from(&source->callbacks, n);
  if (source->state != STATE_PENDING) return;
  source->flags |= FLAG_READ;
  schedule_free_if_useless(d, source);
  if (newer != sley__member_of(n))
    schedule_free_if_useless(d, newer); /* n may have been why newer had to stay */
}

void sley__sources_leave(sley_domain *d, sley_promise *p)
{
  uint32_t count;
  node *nodes = sley__inputs_of(p, &count);
  for (uint32_t i = 0; i < count; i++) {
    if (nodes[i].source == NULL) continue;
    sley__node_leave(d, &nodes[i]);
    p->producers--;
  }
}

void sley__leave_if_useless(sley_domain *d, sley_promise *p)
{
  if (is_useless(d, p)) sley__sources_leave(d, p);
}

/* The guard that p waits for, if it guards p itself: a callback returned sley_protected of its own bind's result, or a
 * fiber awaits that of its own. Only single inputs may lie between, and nothing else may listen; so only a holder of p
 * or of a promise in between could still cancel it. NULL: no such guard. */
static single *guard_of_itself(sley_promise *p)
{
  enum { HOPS = 64 };
  const sley_promise *at = p;
  sley_promise *how = sley__followed(p);
  for (int hops = 0; how != NULL && sley__kind_is(how, IS_SINGLE); hops++) {
    const node *n = &((single *)(void *)how)->node;
    if (at->cancel_nodes != NULL || hops == HOPS) return NULL;
    at = n->source;
    if (at == NULL || at->refs != 0 || !sley__is_alone_on(at->callbacks, n)) return NULL;
    how = sley__followed(at);
  }
  if (how == NULL || !sley__kind_is(how, IS_GUARD)) return NULL;
  single *of = (single *)(void *)how;
  bool is_alone =
      sley__is_alone_on(p->callbacks, &of->node) &&
      (at->cancel_nodes == NULL || sley__is_alone_on(at->cancel_nodes, sley__own_cancel_node(how)));
  return is_alone ? of : NULL;
}

/* p is unheld: if it waits for itself, ends the wait. */
static void self_wait_end(sley_domain *d, sley_promise *p)
{
  bool (*may)(const sley_promise *) = sley__kind_of(p)->may_await_itself;
  if (!(p->flags & FLAG_FOLLOWS) && (may == NULL || !may(p))) return;
  single *of = guard_of_itself(p);
  if (of == NULL) return;
  sley__node_unlink_from(&p->callbacks, &of->node);
  sley__producer_drop(d, &of->cell);
}

/* p has lost its last reference, but has producers. */
static void unheld(sley_domain *d, sley_promise *p)
{
  if (p->state != STATE_PENDING) return;
  schedule_free_if_useless(d, p);
  self_wait_end(d, p);
  if (!sley__kind_is(p, IS_GUARD)) return;
  sley_promise *guarded = ((single *)(void *)p)->node.source;
  if (guarded != NULL && guarded->state == STATE_PENDING && guarded->refs == 0)
    self_wait_end(d, guarded);
}

/* A proxy lost its last reference; its target loses one, and so on down the chain. */
static SLEY__NOINLINE void proxy_ref_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (p->producers == 0) died(d, p);
    else unheld(d, p);
    p = target;
  } while (p != NULL && --p->refs == 0);
}

void sley__ref_gone(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_PROXY) proxy_ref_gone(d, p);
  else if (p->producers == 0) died(d, p);
  else unheld(d, p);
}

static void without_producer(sley_domain *d, sley_promise *p)
{
  if (p->refs == 0) {
    died(d, p);
  } else if (p->state == STATE_PENDING || p->callbacks != NULL) {
    sley__schedule_free(d, p);
  }
}

static SLEY__NOINLINE void proxy_producer_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (target != NULL && target->state != STATE_FULFILLED && target->state != STATE_REJECTED &&
        (target->flags & FLAG_FOLLOWS) && target->delegate == p)
      target->delegate = NULL;
    without_producer(d, p);
    p = target;
  } while (p != NULL && --p->producers == 0);
}

void sley__producer_gone(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->state != STATE_PROXY)) without_producer(d, p);
  else proxy_producer_gone(d, p);
}

/* Follows proxies to the end and shortens the chain: every other proxy is retargeted, and its counts move along. */
sley_promise *sley__underlying_slow(sley_domain *d, sley_promise *p)
{
  while (p->state == STATE_PROXY) {
    sley_promise *middle = p->target;
    if (middle->state != STATE_PROXY) return middle;
    sley_promise *end = middle->target;
    if (middle->delegate == p) {
      middle->delegate = NULL;
      if (end->state == STATE_PROXY || end->state == STATE_PENDING) {
        if ((end->flags & FLAG_FOLLOWS) && end->delegate == middle) end->delegate = p;
      }
    }
    p->target = end;
    if (p->refs > 0) {
      end->refs++;
      sley__ref_drop(d, middle);
    }
    if (p->producers > 0) {
      end->producers++;
      sley__producer_drop(d, middle);
    }
    p = end;
  }
  return p;
}

bool sley__is_cancelable_alone(const sley_promise *p)
{
  const sley_promise *how = sley__followed(p);
  if (how == NULL) return false;
  const struct sley__kind *kind = sley__kind_of(how);
  return (kind->properties & IS_ROOT) || (kind->is_root != NULL && kind->is_root(how));
}
