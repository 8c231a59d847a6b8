/* Canceling: the backward search for what can be canceled.
 *
 * Operations of the floors above release what they occupy (a descriptor's direction, a slot in a port) after all tasks
 * are rejected and before any callback runs, so that a callback can start the same operation again. Waiters of
 * locks and the like stay until their own cancel callbacks run, as in Lwt.
 *
 * The search is depth first and does not recurse: a group keeps its cursor and the group that led to it. Every visited
 * promise is marked, which ends cycles and counts a promise reached twice once. Tasks are rejected as they are found,
 * each on its own frame; the stack of frames then runs the last one found first, as Lwt does. */
#include "promise/core/core.h"

sley_promise *sley__cancel_root(sley_domain *d, sley_promise *p, sley_promise *how, group **groups)
{
  (void)how;
  (void)groups;
  sley__settle_error(d, p, &sley__canceled);
  sley__publish(d, p);
  return NULL;
}

sley_promise *sley__cancel_input(sley_domain *d, sley_promise *p, sley_promise *how, group **groups)
{
  (void)d;
  (void)p;
  (void)groups;
  return ((single *)(void *)how)->node.source;
}

/* Visits p: finds how to cancel it. Returns the next promise to visit, or NULL. */
static sley_promise *visit(sley_domain *d, sley_promise *p, group **groups, sley_promise **marked)
{
  if (p->state != STATE_PENDING || (p->flags & FLAG_MARKED)) return NULL;
  p->flags |= FLAG_MARKED;
  p->marked = *marked;
  *marked = p;
  sley_promise *how = sley__followed(p);
  if (how == NULL || sley__kind_of(how)->cancel == NULL) return NULL;
  return sley__kind_of(how)->cancel(d, p, how, groups);
}

void sley__cancel_collect(sley_domain *d, sley_promise *p)
{
  sley_promise *marked = NULL;
  group *parent = NULL;
  sley_promise *next = sley__underlying(d, p);
  for (;;) {
    while (next != NULL) next = visit(d, next, &parent, &marked);
    while (parent != NULL && parent->cursor == parent->count) parent = parent->walk_parent;
    if (parent == NULL) break;
    next = parent->nodes[parent->cursor++].source;
  }
  while (marked != NULL) {
    sley_promise *m = marked;
    marked = m->marked;
    m->marked = NULL;
    m->flags &= (uint16_t)~FLAG_MARKED;
  }
}

/* An operation's node on p's cancel list that must run before the callbacks do. NULL: none. */
static node *leaver_behind(const sley_promise *p)
{
  node *n = p->cancel_nodes;
  if (n == NULL || p->state != STATE_REJECTED || p->error != &sley__canceled) return NULL;
  do {
    if (n->kind == NODE_OPERATION_LEAVE) return n;
    n = n->next;
  } while (n != p->cancel_nodes);
  return NULL;
}

void sley__canceled_leave(sley_domain *d, sley_promise *base)
{
  d->depth++; /* dropping values may run code that settles promises: defer that */
  for (sley_promise *p = d->frames; p != base; p = p->link) {
    for (node *n = leaver_behind(p); n != NULL; n = leaver_behind(p)) {
      sley__node_unlink_from(&p->cancel_nodes, n);
      sley__node_kinds[NODE_OPERATION_LEAVE]->canceled(d, n);
    }
  }
  d->depth--;
}

/* The task that p leads to over single inputs only, the usual case. NULL: p leads elsewhere. */
static inline sley_promise *only_root(sley_promise *p)
{
  enum { HOPS = 64 };
  for (int hops = 0; hops < HOPS && p != NULL; hops++) {
    if (p->state != STATE_PENDING || (p->flags & FLAG_FOLLOWS)) return NULL;
    if (p->kind == KIND_TASK) return p->cancel_nodes == NULL ? p : NULL;
    if (!sley__kind_is(p, PASSES_CANCEL)) return NULL;
    p = ((single *)(void *)p)->node.source;
  }
  return NULL;
}

static SLEY__NOINLINE void cancel_here(sley_domain *d, sley_promise *p)
{
  sley_promise *root = only_root(sley__underlying(d, p));
  if (root != NULL) {
    sley__settle_error(d, root, &sley__canceled);
    root->producers++;
    sley__run(d, root);
    return;
  }
  sley_promise *base = d->frames;
  sley__cancel_collect(d, p);
  sley__canceled_leave(d, base);
  sley__run_frames(d, base);
  sley__settle_down(d);
}

static SLEY__NOINLINE void cancel_slowly(sley_promise *p)
{
  sley_domain *d = sley__self();
  if (sley__check(d, p, "sley_cancel")) cancel_here(d, p);
}

void sley_cancel(sley_promise *p)
{
  sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id)) cancel_slowly(p);
  else cancel_here(d, p);
}
