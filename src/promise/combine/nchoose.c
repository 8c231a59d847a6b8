/* nchoose, npick, nchoose_split: everything that has settled when the first element does. */
#include "promise/combine/group.h"

/* The settled source of element i. Source itself for current, just taken off its list. NULL: pending. */
static sley_promise *element_outcome(const group *g, uint32_t i, uint32_t current,
                                     sley_promise *source)
{
  sley_promise *p = i == current ? source : g->nodes[i].source;
  return p != NULL && sley__is_settled(p) ? p : NULL;
}

/* Fills the group's list, or sets error if the leftmost settled element was rejected. */
static void collect(group *g, uint32_t current, sley_promise *source)
{
  for (uint32_t i = 0; i < g->count; i++) {
    sley_promise *p = element_outcome(g, i, current, source);
    if (p != NULL && p->state == STATE_REJECTED) {
      sley__mark_read(p);
      g->error = sley_error_keep(p->error);
      sley__error_pass(g->error, g->cell.site);
      g->cell.flags |= FLAG_LOADED;
      return;
    }
  }
  sley_list *list = g->split != NULL ? g->split->values : g->list;
  for (uint32_t i = 0; i < g->count; i++) {
    sley_promise *p = element_outcome(g, i, current, source);
    if (p != NULL) {
      sley__list_put(list, list->count, p, 0);
      list->count++;
    } else if (g->split != NULL && g->nodes[i].source != NULL) {
      /* Its producers keep it alive, so this can be its first reference. */
      g->nodes[i].source->refs++;
      g->split->pending[g->split->count++] = g->nodes[i].source;
    }
  }
}

void sley__nchoose_settle(sley_domain *d, group *g, const sley_promise *from)
{
  sley_promise *p = sley__underlying(d, &g->cell);
  if (p->state != STATE_PENDING) return;
  if (g->error != NULL) {
    sley_error *e = g->error;
    g->error = NULL;
    sley__settle_error(d, p, e);
  } else if (g->split != NULL) {
    sley_split *split = g->split;
    g->split = NULL;
    sley__settle_value(d, p, sley_own(split, &sley_type_split));
  } else {
    sley_list *list = g->list;
    g->list = NULL;
    sley__settle_value(d, p, sley_own(list, &sley_type_list));
  }
  sley__publish_from(d, p, from);
}

static group *collector_new(sley_domain *d, const char *site, int kind, size_t n)
{
  group *g = sley__group_new(d, site, kind, n);
  if (g == NULL) return NULL;
  if (kind == KIND_SPLIT) g->split = sley__split_new(d, n);
  else g->list = sley__list_new(d, n);
  g->cell.flags |= FLAG_LOADED;
  if (g->split != NULL || g->list != NULL) return g;
  sley__cell_free(d, g, sley__cell_bytes(&g->cell));
  return NULL;
}

static void collect_now(sley_domain *d, group *g, sley_promise *const *ps, size_t n)
{
  sley_list *list = g->split != NULL ? g->split->values : g->list;
  for (size_t i = 0; i < n && g->error == NULL; i++) {
    sley_promise *u = sley__underlying(d, ps[i]);
    if (u->state == STATE_REJECTED) {
      sley__mark_read(u);
      g->error = sley_error_keep(u->error);
    } else if (u->state == STATE_FULFILLED) {
      sley__list_put(list, list->count, u, u == ps[i] ? 1 : 0);
      list->count++;
    }
  }
  if (g->error != NULL || g->split == NULL) return;
  for (size_t i = n; i-- > 0;) {
    if (sley__underlying(d, ps[i])->state == STATE_PENDING)
      g->split->pending[g->split->count++] = sley_keep(ps[i]);
  }
}

static sley_promise *nchoose(const char *site, int kind, sley_promise *const *ps, size_t n,
                             const char *function)
{
  sley_domain *d = sley__self();
  if (n == 0) return sley__group_of_none(site, function);
  bool pending = sley__group_check(d, site, ps, n, function);
  group *g = collector_new(d, site, kind, n);
  if (g == NULL || pending) return sley__group_pending(d, g, ps, n);
  for (uint32_t i = 0; i < n; i++) sley__element_idle(g, i);
  collect_now(d, g, ps, n);
  if (kind == KIND_NPICK)
    for (size_t i = 0; i < n; i++) sley__element_cancel(d, ps[i]);
  sley__nchoose_settle(d, g, NULL);
  for (size_t i = 0; i < n; i++) sley__mark_operand(sley__underlying(d, ps[i]));
  sley__group_drop_all(d, ps, n);
  sley__settle_down(d);
  return &g->cell;
}

sley_promise *sley_nchoose_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return nchoose(site, KIND_NCHOOSE, ps, n, "sley_nchoose");
}

sley_promise *sley_npick_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return nchoose(site, KIND_NPICK, ps, n, "sley_npick");
}

sley_promise *sley_nchoose_split_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return nchoose(site, KIND_SPLIT, ps, n, "sley_nchoose_split");
}

/* ---- an element settles ---- */

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  group *g = sley__group_of(n);
  (void)held;
  if (g->is_decided) return;
  g->is_decided = true;
  collect(g, n->index, source);
  if (g->cell.kind == KIND_NPICK) {
    sley__pick_begin(d, g);
  } else {
    sley__group_unlink(d, g);
    sley__nchoose_settle(d, g, source);
  }
}

const struct sley__kind sley__kind_nchoose = {GROUP_KIND, .name = "nchoose", .run = run,
                                              .is_useless = sley__group_is_useless};
const struct sley__kind sley__kind_npick = {GROUP_KIND, .name = "npick", .run = run,
                                            .step = sley__pick_step,
                                            .is_useless = sley__pick_is_useless};
const struct sley__kind sley__kind_split = {GROUP_KIND, .name = "nchoose_split", .run = run,
                                            .is_useless = sley__group_is_useless};
