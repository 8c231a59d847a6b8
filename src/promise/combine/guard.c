/* Guards: promises that shield their input from canceling. */
#include "promise/combine/guard.h"

static sley_promise *guard_new(const char *site, int kind, sley_promise *p, const char *function)
{
  sley_domain *d = sley__self();
  sley__check_at(d, p, function, site);
  sley_promise *u = sley__underlying(d, p);
  if (u->state != STATE_PENDING) return p;
  guard *g = sley__cell_alloc(d, sizeof(guard));
  if (g == NULL) {
    sley__ref_drop(d, p);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  sley__cell_init(d, &g->cell, kind, site);
  g->cell.producers = 1;
  g->node.kind = NODE_CELL;
  g->cancel_node.kind = kind == KIND_WRAP ? NODE_WRAP_CANCEL : NODE_PROTECTED_CANCEL;
  g->cancel_node.source = NULL;
  g->storage = NULL;
  if (kind != KIND_NO_CANCEL) {
    g->cell.flags |= FLAG_LOADED;
    g->storage = sley__storage_keep(d->storage);
    sley__node_listen_cancel(&g->cell, &g->cancel_node);
  }
  sley__trace_created(d, &g->cell);
  TRACE(d, waits, &g->cell, u);
  sley__node_listen(u, &g->node);
  sley__ref_drop(d, p);
  sley__settle_down(d);
  return &g->cell;
}

bool sley__is_stored_over(node *n)
{
  if (n->source == NULL) return true;
  node *older = n->next;
  if (older == n->source->callbacks) return false; /* n is the oldest */
  const sley_promise *next = sley__member_of(older);
  return next != NULL && (next->kind == KIND_WRAP || next->kind == sley__member_of(n)->kind);
}

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  guard *g = SLEY__CONTAINER(n, guard, node);
  (void)held;
  if (g->cell.kind == KIND_WRAP) sley__storage_switch(d, g->storage);
  sley_promise *p = sley__underlying(d, &g->cell);
  if (p->state == STATE_PENDING) {
    sley__settle_from(d, p, source, 0);
    sley__publish_from(d, p, source);
  }
  sley__producer_drop(d, &g->cell);
}

static void release(sley_domain *d, sley_promise *cell)
{
  guard *g = (guard *)(void *)cell;
  node *own = &g->cancel_node;
  if (own->source != NULL) sley__node_unlink_from(&own->source->cancel_nodes, own);
  sley__storage_drop(d, g->storage);
}

/* The cancel search ends at a protected or wrapped promise; a wrapped one then cancels its input. */
static void protected_canceled(sley_domain *d, node *n)
{
  guard *g = SLEY__CONTAINER(n, guard, cancel_node);
  sley__storage_switch(d, g->storage);
  if (g->node.source == NULL) return;
  sley__node_leave(d, &g->node);
  sley__producer_drop(d, &g->cell);
}

static void wrap_canceled(sley_domain *d, node *n)
{
  const guard *g = SLEY__CONTAINER(n, guard, cancel_node);
  sley__storage_switch(d, g->storage);
  if (g->node.source == NULL) return;
  sley_promise *base = d->frames;
  sley__cancel_collect(d, g->node.source);
  sley__canceled_leave(d, base);
}

/* No other cancel callback is on g. */
static bool is_useless(const sley_domain *d, sley_promise *cell)
{
  (void)d;
  return sley__has_no_cancel_callback(cell);
}

/* A wrap makes its storage current when the source settles, for older callbacks that do not set theirs. */
static bool is_useless_wrap(const sley_domain *d, sley_promise *cell)
{
  guard *g = (guard *)(void *)cell;
  return sley__has_no_cancel_callback(cell) && (!d->has_stored || sley__is_stored_over(&g->node));
}

enum { CANCEL_NODE = offsetof(guard, cancel_node) };
_Static_assert(offsetof(guard, node) == offsetof(single, node), "the same place");

const struct sley__kind sley__kind_protected = {.name = "protected",
                                                .properties = IS_ROOT | IS_GUARD | NEEDS_ALL,
                                                .shape = SHAPE_ONE,
                                                .cancel_node_at = CANCEL_NODE,
                                                .run = run,
                                                .cancel = sley__cancel_root,
                                                .release = release,
                                                .is_useless = is_useless};
const struct sley__kind sley__kind_no_cancel = {.name = "no_cancel",
                                                .properties = IS_GUARD | NEEDS_ALL,
                                                .shape = SHAPE_ONE,
                                                .run = run,
                                                .release = release,
                                                .is_useless = is_useless};
const struct sley__kind sley__kind_wrap = {.name = "wrap_in_cancelable",
                                           .properties = IS_ROOT | IS_GUARD | NEEDS_ALL,
                                           .shape = SHAPE_ONE,
                                           .cancel_node_at = CANCEL_NODE,
                                           .run = run,
                                           .cancel = sley__cancel_root,
                                           .release = release,
                                           .is_useless = is_useless_wrap};

const struct sley__node_kind sley__node_protected = {.canceled = protected_canceled};
const struct sley__node_kind sley__node_wrap = {.canceled = wrap_canceled};

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
