/* How long a cell lives: references and makers, proxies, orphans.
 *
 * A cell lives while it has references or makers. A pending cell whose last maker is gone is an
 * orphan: nobody can settle it, so its callbacks are let go; unless it can be cancelled by itself
 * and somebody holds it, for then that would settle it. A proxy counts for its target as one
 * reference while it has any, and as one maker while it has any.
 *
 * A pending guard or group that nobody holds, and that no callback follows, is of no use to anybody,
 * since it calls none itself: it leaves the lists it is on and dies, so that choosing again and again
 * between a promise that lives long and short ones leaves nothing behind. A pick does cancel others in
 * the end, and a wrap or all makes its storage current for callbacks older than it; they stay, until one
 * of their elements settles, where anybody could notice.
 *
 * Nothing here recurses: what dies is put on the domain's dead list, which bury.c takes apart.
 */
#include "promise/combine/walk.h"
#include "promise/core/promise_internal.h"

/* Of cells that are not FLAG_SIZED. */
const uint8_t sley__cell_class[KINDS] = {
    [KIND_PLAIN] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_TASK] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_PAUSE] = SLAB_CLASS(sizeof(pause_cell)),
    [KIND_OPERATION] = SLAB_CLASS(OPERATION_BYTES),
    [KIND_READ] = SLAB_CLASS(READ_BYTES),
    [KIND_BIND] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_MAP] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_CATCH] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_TRY_BIND] = SLAB_CLASS(sizeof(single)),
    [KIND_FINALIZE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_FIBER] = SLAB_CLASS(sizeof(fiber_cell)),
    [KIND_RESTORE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_WALK] = SLAB_CLASS(sizeof(walk)),
    [KIND_PROTECTED] = SLAB_CLASS(sizeof(guard)),
    [KIND_NO_CANCEL] = SLAB_CLASS(sizeof(guard)),
    [KIND_WRAP] = SLAB_CLASS(sizeof(guard)),
};

size_t sley__cell_bytes(const sley_promise *p)
{
  if (p->flags & FLAG_RESERVE) return SLEY__RESERVE_BYTES;
  if (!(p->flags & FLAG_SIZED)) return slab_class_bytes[sley__cell_class[p->kind]];
  if (p->kind == KIND_OPERATION) return ((const operation *)(const void *)p)->bytes;
  if (p->kind == KIND_READ) return sley__read_bytes(p);
  if (p->kind < KIND_JOIN) return SINGLE_BYTES;
  return sizeof(group) + ((const group *)(const void *)p)->count * sizeof(node);
}

void sley__doom(sley_domain *d, sley_promise *p)
{
  if (p->flags & (FLAG_DOOMED | FLAG_FRAME)) return;
  p->flags |= FLAG_DOOMED;
  p->link = d->dead;
  d->dead = p;
  d->untidy = true;
}

void sley__cell_release_slow(sley_domain *d, sley_promise *p)
{
  TRACE(d, dropped, p);
  sley__cell_free(d, p, sley__cell_bytes(p));
}

/* Neither references nor makers are left. Most cells own nothing by then. */
static void died(sley_domain *d, sley_promise *p)
{
  enum {
    OWNING = FLAG_LOADED | FLAG_SHARED | FLAG_DOOMED | FLAG_FRAME | FLAG_RESERVE | FLAG_NAMED
  };
  bool is_scalar_of_its_size = p->state == STATE_FULFILLED && p->value.type == NULL &&
                               p->callbacks == NULL && !(p->flags & OWNING);
  bool is_quiet_proxy = p->state == STATE_PROXY && !(p->flags & OWNING);
  if (is_bare(p) || is_quietly_canceled(p)) cell_release(d, p);
  else if (is_scalar_of_its_size || is_quiet_proxy) sley__cell_release_slow(d, p);
  else sley__doom(d, p);
}

static bool is_alone_on(const node *list, const node *n) { return list == n && n->next == n; }

/* Whether nothing listens for p to be cancelled, apart from p itself. */
static bool has_no_cancel_callback(const sley_promise *p)
{
  if (p->cancel_nodes == NULL) return true;
  bool is_guard = p->kind == KIND_PROTECTED || p->kind == KIND_WRAP;
  const node *own = is_guard ? &((const guard *)(const void *)p)->cancel_node : NULL;
  return own != NULL && is_alone_on(p->cancel_nodes, own);
}

/* Whether cancelling the element that n is on does nothing that anybody could notice: it cannot be
 * cancelled, or settles alone and nobody looks. */
static bool is_cancelled_unseen(const node *n)
{
  const sley_promise *p = n->source;
  if (p == NULL || p->kind == KIND_PLAIN || p->kind == KIND_NO_CANCEL) return true;
  return (p->kind == KIND_TASK || p->kind == KIND_PROTECTED) && p->refs == 0 &&
         is_alone_on(p->callbacks, n) && has_no_cancel_callback(p);
}

/* The guard or group whose node n is; NULL: another's. */
static sley_promise *member_of(node *n)
{
  if (n->kind == NODE_ELEMENT) return &SLEY__CONTAINER(n - n->index, group, nodes)->cell;
  if (n->kind != NODE_CELL) return NULL;
  sley_promise *p = &SLEY__CONTAINER(n, single, node)->cell;
  return p->kind >= KIND_PROTECTED ? p : NULL;
}

/* A wrap, and an element of an all, makes its storage current when the source settles, for older callbacks
 * that reinstate none, as async and dont_wait: unless the next older does so in just the same cases. */
static bool is_stored_over(node *n)
{
  if (n->source == NULL) return true;
  node *older = n->next;
  if (older == n->source->callbacks) return false; /* n is the oldest */
  const sley_promise *mine = member_of(n), *next = member_of(older);
  return next != NULL && (next->kind == KIND_WRAP || next->kind == mine->kind);
}

static bool is_useless(const sley_domain *d, sley_promise *p)
{
  if (p->kind < KIND_PROTECTED || p->state != STATE_PENDING || p->refs != 0 ||
      p->callbacks != NULL || (p->flags & FLAG_FRAME) || !has_no_cancel_callback(p))
    return false;
  group *g = (group *)(void *)p;
  switch (p->kind) {
    case KIND_WRAP: return !d->has_stored || is_stored_over(&((guard *)(void *)p)->node);
    case KIND_ALL:
      for (uint32_t i = 0; d->has_stored && i < g->count; i++)
        if (!is_stored_over(&g->nodes[i])) return false;
      return true;
    case KIND_PICK:
    case KIND_NPICK:
      for (uint32_t i = 0; i < g->count; i++)
        if (!is_cancelled_unseen(&g->nodes[i])) return false;
      return true;
    default: return true;
  }
}

static void doom_if_useless(sley_domain *d, sley_promise *p)
{
  if (p != NULL && is_useless(d, p)) sley__doom(d, p);
}

void sley__node_leave(sley_domain *d, node *n)
{
  sley_promise *source = n->source;
  bool may_uncover = SLEY__UNLIKELY(d->has_stored) && n != source->callbacks;
  sley_promise *newer = may_uncover ? member_of(n->prev) : NULL;
  node_unlink_from(&source->callbacks, n);
  if (source->state != STATE_PENDING) return;
  source->flags |= FLAG_READ;
  doom_if_useless(d, source);
  if (newer != member_of(n)) doom_if_useless(d, newer); /* n may have been what it stored for */
}

void sley__sources_leave(sley_domain *d, sley_promise *p)
{
  node *nodes = &((guard *)(void *)p)->node;
  uint32_t count = 1;
  if (p->kind >= KIND_JOIN) {
    group *g = (group *)(void *)p;
    nodes = g->nodes;
    count = g->count;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (nodes[i].source == NULL) continue;
    sley__node_leave(d, &nodes[i]);
    p->makers--;
  }
}

void sley__leave_if_useless(sley_domain *d, sley_promise *p)
{
  if (is_useless(d, p)) sley__sources_leave(d, p);
}

static inline bool is_guard(const sley_promise *p)
{
  return p != NULL && p->kind >= KIND_PROTECTED && p->kind <= KIND_WRAP;
}

static sley_promise *followed(sley_promise *p)
{
  while (p != NULL && (p->flags & FLAG_FOLLOWS)) p = p->delegate;
  return p;
}

/* The guard that p waits for, over single inputs only, where it guards p itself (a callback returned
 * sley_protected of its own bind's result; a fiber awaits that of its own) and nothing else listens: only
 * who holds p, or something on the way, could still cancel it. */
static guard *guard_of_itself(sley_promise *p)
{
  enum { HOPS = 64 };
  sley_promise *at = p;
  sley_promise *how = followed(p);
  for (int hops = 0; how != NULL && how->kind >= KIND_BIND && how->kind <= KIND_WALK; hops++) {
    const node *n = &((single *)(void *)how)->node;
    if (at->cancel_nodes != NULL || hops == HOPS) return NULL;
    at = n->source;
    if (at == NULL || at->refs != 0 || !is_alone_on(at->callbacks, n)) return NULL;
    how = followed(at);
  }
  if (!is_guard(how)) return NULL;
  guard *g = (guard *)(void *)how;
  bool is_alone = is_alone_on(p->callbacks, &g->node) &&
                  (at->cancel_nodes == NULL || is_alone_on(at->cancel_nodes, &g->cancel_node));
  return is_alone ? g : NULL;
}

/* Nobody holds p: what it waits for is let go if that is p itself. */
static void self_wait_end(sley_domain *d, sley_promise *p)
{
  guard *g = guard_of_itself(p);
  if (g == NULL) return;
  node_unlink_from(&p->callbacks, &g->node);
  maker_drop(d, &g->cell);
}

/* p has lost its last reference, but has makers. */
static void unheld(sley_domain *d, sley_promise *p)
{
  if (p->state != STATE_PENDING) return;
  doom_if_useless(d, p);
  if (p->flags & (FLAG_FOLLOWS | FLAG_AWAITS_GUARD)) self_wait_end(d, p);
  if (!is_guard(p)) return;
  sley_promise *guarded = ((guard *)(void *)p)->node.source;
  bool waits = guarded != NULL && guarded->state == STATE_PENDING && guarded->refs == 0;
  if (waits && (guarded->flags & (FLAG_FOLLOWS | FLAG_AWAITS_GUARD))) self_wait_end(d, guarded);
}

/* A proxy has lost its last reference, and so may the one it stands for. */
static SLEY__NOINLINE void proxy_ref_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (p->makers == 0) died(d, p);
    else unheld(d, p);
    p = target;
  } while (p != NULL && --p->refs == 0);
}

void sley__ref_gone(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_PROXY) proxy_ref_gone(d, p);
  else if (p->makers == 0) died(d, p);
  else unheld(d, p);
}

static void makerless(sley_domain *d, sley_promise *p)
{
  if (p->refs == 0) {
    died(d, p);
  } else if (p->state == STATE_PENDING || p->callbacks != NULL) {
    sley__doom(d, p);
  }
}

static SLEY__NOINLINE void proxy_maker_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (target != NULL && target->state != STATE_FULFILLED && target->state != STATE_REJECTED &&
        (target->flags & FLAG_FOLLOWS) && target->delegate == p)
      target->delegate = NULL;
    makerless(d, p);
    p = target;
  } while (p != NULL && --p->makers == 0);
}

void sley__maker_gone(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->state != STATE_PROXY)) makerless(d, p);
  else proxy_maker_gone(d, p);
}

/* Follows proxies to the end and shortens the way: every second link is moved on, with its counts. */
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
      ref_drop(d, middle);
    }
    if (p->makers > 0) {
      end->makers++;
      maker_drop(d, middle);
    }
    p = end;
  }
  return p;
}

bool sley__is_cancelable_alone(const sley_promise *p)
{
  if (p->flags & FLAG_FOLLOWS) {
    const sley_promise *how = p;
    while (how != NULL && (how->flags & FLAG_FOLLOWS)) how = how->delegate;
    return how != NULL && sley__is_cancelable_alone(how);
  }
  return p->kind == KIND_TASK || p->kind == KIND_PAUSE || p->kind == KIND_OPERATION ||
         p->kind == KIND_PROTECTED || p->kind == KIND_WRAP ||
         (p->kind == KIND_READ && sley__read_is_guarded(p));
}
