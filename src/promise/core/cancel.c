/* Cancelling: the backward search for tasks, and the promises that guard against it.
 *
 * Operations of the floors above leave what they occupy (a descriptor's direction, a place in a port) after all
 * tasks are rejected and before any callback runs, so that whoever hears of it can start the same operation
 * again. Waiters of locks and their like stay until their own cancel callbacks run, as in Lwt.
 *
 * The search goes depth first, without recursion: a group keeps its cursor and the group it was
 * reached from, and every promise visited is marked, which ends cycles and counts a promise reached
 * by two ways once. Tasks are rejected as they are found, each on a frame of its own; the stack of
 * frames then runs the last found first, as Lwt does. */
#include "promise/core/promise_internal.h"

static void root_cancel(sley_domain *d, sley_promise *p, sley_promise *how)
{
  sley__settle_error(d, p, &sley__canceled);
  sley__publish(d, p);
  if (how->kind == KIND_PAUSE) {
    pause_cell *pause = (pause_cell *)(void *)how;
    if (sley__dlist_is_on(&pause->place)) {
      sley__dlist_remove(&pause->place);
      maker_drop(d, how);
    }
  }
}

/* Visits p: finds how it is cancelled. Returns the next promise to visit, or NULL. */
static sley_promise *visit(sley_domain *d, sley_promise *p, group **parent, sley_promise **marked)
{
  if (p->state != STATE_PENDING || (p->flags & FLAG_MARKED)) return NULL;
  p->flags |= FLAG_MARKED;
  p->marked = *marked;
  *marked = p;
  sley_promise *how = p;
  while (how != NULL && (how->flags & FLAG_FOLLOWS)) how = how->delegate;
  if (how == NULL) return NULL;
  switch (how->kind) {
    case KIND_PLAIN:
    case KIND_NO_CANCEL: return NULL;
    case KIND_TASK:
    case KIND_PAUSE:
    case KIND_OPERATION:
    case KIND_PROTECTED:
    case KIND_WRAP: root_cancel(d, p, how); return NULL;
    case KIND_READ: return sley__read_cancel(d, how);
    case KIND_FIBER:
      if (!sley__fiber_is_cancelable(how)) return NULL;
      return ((single *)(void *)how)->node.source;
    case KIND_BIND:
    case KIND_MAP:
    case KIND_CATCH:
    case KIND_TRY_BIND:
    case KIND_FINALIZE:
    case KIND_RESTORE:
    case KIND_WALK: return ((single *)(void *)how)->node.source;
    default: {
      group *g = (group *)(void *)how;
      g->cursor = 0;
      g->walk_parent = *parent;
      *parent = g;
      return NULL;
    }
  }
}

void sley__cancel_collect(sley_domain *d, sley_promise *p)
{
  sley_promise *marked = NULL;
  group *parent = NULL;
  sley_promise *next = underlying(d, p);
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

static void operation_cancel(node *n)
{
  operation *op = SLEY__CONTAINER(n, operation, cancel_node);
  if (!(op->cell.flags & FLAG_OVER) && op->type->cancel != NULL)
    op->type->cancel(OPERATION_DATA(op));
}

/* An operation among the cancel callbacks of p that must leave before they run; NULL: none. */
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

void sley__cancelled_leave(sley_domain *d, sley_promise *base)
{
  d->depth++; /* values are dropped here: what that answers is deferred */
  for (sley_promise *p = d->frames; p != base; p = p->link) {
    for (node *n = leaver_behind(p); n != NULL; n = leaver_behind(p)) {
      node_unlink_from(&p->cancel_nodes, n);
      operation_cancel(n);
    }
  }
  d->depth--;
}

/* The way from p leads over single inputs only to a task, as it mostly does. NULL: not so. */
static inline sley_promise *only_root(sley_promise *p)
{
  enum { HOPS = 64 };
  for (int hops = 0; hops < HOPS && p != NULL; hops++) {
    if (p->state != STATE_PENDING || (p->flags & FLAG_FOLLOWS)) return NULL;
    if (p->kind == KIND_TASK) return p->cancel_nodes == NULL ? p : NULL;
    if (p->kind < KIND_BIND || p->kind > KIND_WALK) return NULL;
    if (p->kind == KIND_FIBER && !sley__fiber_is_cancelable(p)) return NULL;
    p = ((single *)(void *)p)->node.source;
  }
  return NULL;
}

static SLEY__NOINLINE void cancel_here(sley_domain *d, sley_promise *p)
{
  sley_promise *root = only_root(underlying(d, p));
  if (root != NULL) {
    sley__settle_error(d, root, &sley__canceled);
    root->makers++;
    sley__run(d, root);
    return;
  }
  sley_promise *base = d->frames;
  sley__cancel_collect(d, p);
  sley__cancelled_leave(d, base);
  sley__run_frames(d, base);
  sley__settle_down(d);
}

static SLEY__NOINLINE void cancel_slowly(sley_promise *p)
{
  sley_domain *d = sley__self();
  if (check(d, p, "sley_cancel")) cancel_here(d, p);
}

void sley_cancel(sley_promise *p)
{
  sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id)) cancel_slowly(p);
  else cancel_here(d, p);
}

/* ---- guards ---- */

static sley_promise *guard_new(const char *site, int kind, sley_promise *p, const char *function)
{
  sley_domain *d = sley__self();
  check_at(d, p, function, site);
  sley_promise *u = underlying(d, p);
  if (u->state != STATE_PENDING) return p;
  guard *g = cell_alloc(d, sizeof(guard));
  if (g == NULL) {
    ref_drop(d, p);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  cell_init(d, &g->cell, kind, site);
  g->cell.makers = 1;
  g->node.kind = NODE_CELL;
  g->cancel_node.kind = kind == KIND_WRAP ? NODE_WRAP_CANCEL : NODE_PROTECTED_CANCEL;
  g->cancel_node.source = NULL;
  g->storage = NULL;
  if (kind != KIND_NO_CANCEL) {
    g->cell.flags |= FLAG_LOADED;
    g->storage = storage_keep(d->storage);
    node_listen_cancel(&g->cell, &g->cancel_node);
  }
  trace_created(d, &g->cell);
  TRACE(d, waits, &g->cell, u);
  node_listen(u, &g->node);
  ref_drop(d, p);
  sley__settle_down(d);
  return &g->cell;
}

void sley__guard_run(sley_domain *d, guard *g, sley_promise *source)
{
  if (g->cell.kind == KIND_WRAP) storage_set(d, g->storage);
  sley_promise *p = underlying(d, &g->cell);
  if (p->state == STATE_PENDING) {
    sley__settle_from(d, p, source, 0);
    sley__publish_from(d, p, source);
  }
  maker_drop(d, &g->cell);
}

void sley__cancel_node_run(sley_domain *d, node *n)
{
  switch (n->kind) {
    case NODE_ON_CANCEL: {
      observer *o = (observer *)(void *)n;
      storage_set(d, o->storage);
      o->on_done(o->ctx);
      doom_node(d, n);
      break;
    }
    case NODE_PROTECTED_CANCEL: {
      guard *g = SLEY__CONTAINER(n, guard, cancel_node);
      storage_set(d, g->storage);
      if (g->node.source != NULL) {
        sley__node_leave(d, &g->node);
        maker_drop(d, &g->cell);
      }
      break;
    }
    case NODE_WRAP_CANCEL: {
      guard *g = SLEY__CONTAINER(n, guard, cancel_node);
      storage_set(d, g->storage);
      if (g->node.source != NULL) {
        sley_promise *base = d->frames;
        sley__cancel_collect(d, g->node.source);
        sley__cancelled_leave(d, base);
      }
      break;
    }
    default: operation_cancel(n); break;
  }
}

sley_promise *sley_protected_at(const char *site, sley_promise *p)
{
  return guard_new(site, KIND_PROTECTED, p, "sley_protected");
}

sley_promise *sley_no_cancel_at(const char *site, sley_promise *p)
{
  return guard_new(site, KIND_NO_CANCEL, p, "sley_no_cancel");
}

sley_promise *sley_wrap_in_cancelable_at(const char *site, sley_promise *p)
{
  return guard_new(site, KIND_WRAP, p, "sley_wrap_in_cancelable");
}
