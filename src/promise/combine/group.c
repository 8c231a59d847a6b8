/* Groups: creating them, and what happens when an element settles. */
#include "promise/combine/group.h"

void sley__group_drop_all(sley_domain *d, sley_promise *const *ps, size_t n)
{
  for (size_t i = 0; i < n; i++) sley__ref_drop(d, ps[i]);
}

bool sley__group_check(sley_domain *d, const char *site, sley_promise *const *ps, size_t n,
                       const char *function)
{
  bool pending = true;
  for (size_t i = 0; i < n; i++) {
    sley__check_operand(d, ps, i, function, site);
    if (sley__underlying(d, ps[i])->state != STATE_PENDING) pending = false;
  }
  return pending;
}

sley_promise *sley__group_of_none(const char *site, const char *function)
{
  return sley_fail_at(site,
                      sley_error_new_at(site, &sley_kind_sley, SLEY_EEMPTY,
                                        "%s of no promises would be pending forever", function));
}

group *sley__group_new(sley_domain *d, const char *site, int kind, size_t n)
{
  if (n > UINT32_MAX / 64) return NULL;
  group *g = sley__cell_alloc(d, sizeof(group) + n * sizeof(node));
  if (g == NULL) return NULL;
  sley__cell_init(d, &g->cell, kind, site);
  g->cell.flags = FLAG_SIZED;
  g->is_decided = false;
  g->count = (uint32_t)n;
  g->waiting = 0;
  g->cursor = g->pick_cursor = 0;
  g->walk_parent = NULL;
  g->winner = NULL;
  g->error = NULL;
  g->list = NULL;
  g->split = NULL;
  g->storage = NULL;
  sley__trace_created(d, &g->cell);
  return g;
}

void sley__group_unlink(sley_domain *d, group *g)
{
  for (uint32_t i = 0; i < g->count; i++) {
    node *n = &g->nodes[i];
    if (n->source == NULL) continue;
    sley__node_leave(d, n);
    sley__producer_drop(d, &g->cell);
  }
}

sley_promise *sley__group_pending(sley_domain *d, group *g, sley_promise *const *ps, size_t n)
{
  if (g == NULL) {
    sley__group_drop_all(d, ps, n);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  for (uint32_t i = 0; i < n; i++) {
    sley__element_listen(d, g, i, sley__underlying(d, ps[i]));
    sley__ref_drop(d, ps[i]);
  }
  sley__settle_down(d);
  return &g->cell;
}

/* ---- useless groups ---- */

/* Whether canceling the element that n is on has no visible effect: it cannot be canceled, or only it settles and
 * nothing observes it. */
static bool is_canceled_unseen(const node *n)
{
  const sley_promise *p = n->source;
  if (p == NULL || p->kind == KIND_PLAIN || p->kind == KIND_NO_CANCEL) return true;
  return (p->kind == KIND_TASK || p->kind == KIND_PROTECTED) && p->refs == 0 &&
         sley__is_alone_on(p->callbacks, n) && sley__has_no_cancel_callback(p);
}

bool sley__group_is_useless(const sley_domain *d, sley_promise *cell)
{
  (void)d;
  return sley__has_no_cancel_callback(cell);
}

/* It cancels its losers in the end, so it stays if that could be observed. */
bool sley__pick_is_useless(const sley_domain *d, sley_promise *cell)
{
  group *g = (group *)(void *)cell;
  (void)d;
  for (uint32_t i = 0; i < g->count; i++)
    if (!is_canceled_unseen(&g->nodes[i])) return false;
  return sley__has_no_cancel_callback(cell);
}

/* ---- what the kinds share ---- */

sley_promise *sley__group_cancel(sley_domain *d, sley_promise *p, sley_promise *how, group **groups)
{
  (void)d;
  (void)p;
  group *g = (group *)(void *)how;
  g->cursor = 0;
  g->walk_parent = *groups;
  *groups = g;
  return NULL;
}

size_t sley__group_bytes(const sley_promise *cell)
{
  return sizeof(group) + ((const group *)(const void *)cell)->count * sizeof(node);
}

void sley__group_release(sley_domain *d, sley_promise *cell)
{
  group *g = (group *)(void *)cell;
  sley__ref_drop(d, g->winner);
  sley_error_drop(g->error);
  if (g->list != NULL) sley__list_drop(d, g->list);
  if (g->split != NULL) sley__split_drop(d, g->split);
  sley__storage_drop(d, g->storage);
}

/* ---- an element settles ---- */

bool sley__element_counts(sley_domain *d, node *n, sley_promise *source)
{
  group *g = SLEY__CONTAINER(n - n->index, group, nodes);
  bool counts = g->cell.kind == KIND_JOIN || g->cell.kind == KIND_ALL;
  if (!counts || g->waiting == 1 || source->state != STATE_FULFILLED) return false;
  TRACE(d, runs, &g->cell);
  if (g->list != NULL) sley__list_put(g->list, n->index, source, 0);
  g->waiting--;
  g->cell.producers--; /* not the last: others are waited for */
  return true;
}
