/* Following another promise: the promise that a callback returns becomes the outcome of the cell, now or later. If it
 * is pending, the two are unified: the inner one becomes a proxy of the outer. */
#include "promise/core/core.h"

/* The search for cycles (canceling inner would lead to outer, so outer waits for itself) visits at most this many
 * cells; an undetected cycle lives until its domain ends. */
enum { CYCLE_HOPS = 64 };

static bool elements_lead_to(const group *g, const sley_promise *outer, int *hops);

static bool leads_to(const sley_promise *from, const sley_promise *outer, int *hops)
{
  while (from != NULL && from->state == STATE_PENDING && (*hops)-- > 0) {
    if (from == outer) return true;
    const sley_promise *how = from;
    while (how != NULL && (how->flags & FLAG_FOLLOWS) && (*hops)-- > 0) how = how->delegate;
    if (how == NULL || (how->flags & FLAG_FOLLOWS)) return false;
    uint8_t shape = sley__kind_of(how)->shape;
    if (shape == SHAPE_NONE || sley__is_cancelable_alone(how)) return false;
    if (shape == SHAPE_MANY) return elements_lead_to((const group *)(const void *)how, outer, hops);
    from = ((const single *)(const void *)how)->node.source;
  }
  return false;
}

/* If all elements are waited for, one that leads to outer is enough. If the first one wins, every element must,
 * except those whose promise is gone, which can no longer win. The hops bound the recursion. */
static bool elements_lead_to(const group *g, const sley_promise *outer, int *hops)
{
  bool all_wait = sley__kind_is(&g->cell, COUNTS_INPUTS);
  if (g->is_decided) return false;
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
  /* The callbacks of inner go behind those of outer, but before its attachments, which stay last. */
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
    sley__node_unlink_from(&inner->cancel_nodes, n);
    n->source = outer;
    sley__node_append(&outer->cancel_nodes, n);
  }
}

/* Whether from, which outer is about to follow, waits for outer itself. */
bool sley__waits_for(const sley_promise *from, const sley_promise *outer)
{
  int hops = CYCLE_HOPS;
  if (SLEY__LIKELY(from->kind == KIND_BIND && from != outer && !(from->flags & FLAG_FOLLOWS))) {
    /* By far the most frequent case: a bind on an operation, which waits for no promise. */
    const sley_promise *source = ((const single *)(const void *)from)->node.source;
    if (source != NULL && source != outer && sley__kind_is(source, IS_ROOT)) return false;
  }
  return leads_to(from, outer, &hops);
}

/* Makes inner a proxy of outer; both are underlying, pending and different. The direction matters: a loop that binds
 * on a new promise each time keeps one outer and can free every inner. */
void sley__unify(sley_promise *outer, sley_promise *inner)
{
  if (sley__waits_for(inner, outer)) return;
  nodes_move(outer, inner);
  cancel_nodes_move(outer, inner);
  if (!(inner->flags & FLAG_DEFERRED_CALL)) outer->flags &= (uint16_t)~FLAG_DEFERRED_CALL;
  outer->flags |= FLAG_FOLLOWS | (inner->flags & FLAG_READ);
  outer->delegate = inner;
  inner->state = STATE_PROXY;
  inner->target = outer;
  if (inner->refs > 0) outer->refs++;
  if (inner->producers > 0) outer->producers++;
}

static _Noreturn SLEY__NOINLINE void returned_null(const char *site)
{
  sley__returned_null("sley_bind, sley_catch or a similar function", site);
}

void sley__deliver(sley_domain *d, sley_promise *cell, sley_promise *q, const sley_promise *from)
{
  if (q == NULL) returned_null(cell->site);
  sley__check(d, q, "a callback's return value");
  sley_promise *outer = sley__underlying(d, cell);
  sley_promise *inner = sley__underlying(d, q);
  if (outer->state == STATE_PENDING && inner != outer) {
    if (sley__is_settled(inner)) {
      sley__settle_from(d, outer, inner, q == inner ? 1 : 0);
      sley__publish_from(d, outer, from);
    } else {
      sley__unify(outer, inner);
    }
  }
  sley__ref_drop(d, q);
}
