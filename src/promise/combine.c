/* join, all, choose, pick, nchoose, npick, nchoose_split: a group is a cell with one node for each
 * element. Decided at once where elements are settled, otherwise by the first or last that settles.
 *
 * Lwt builds all and both from bind, join and map; here they are one group whose elements reinstate
 * the storage of registration when they are fulfilled, which is what those binds and maps would do. */
#include "promise/promise_internal.h"

static uint32_t random_below(sley_domain *d, uint32_t n)
{
  /* xorshift64*, Marsaglia 2003 and Vigna 2016; fixed seed, as in Lwt. */
  d->random ^= d->random >> 12;
  d->random ^= d->random << 25;
  d->random ^= d->random >> 27;
  return (uint32_t)((d->random * 2685821657736338717u) >> 33) % n;
}

static void drop_all(sley_domain *d, sley_promise *const *ps, size_t n)
{
  for (size_t i = 0; i < n; i++) ref_drop(d, ps[i]);
}

/* Whether all are pending. */
static bool check_all(sley_domain *d, sley_promise *const *ps, size_t n, const char *function)
{
  bool pending = true;
  for (size_t i = 0; i < n; i++) {
    check(d, ps[i], function);
    if (underlying(d, ps[i])->state != STATE_PENDING) pending = false;
  }
  return pending;
}

static sley_promise *no_elements(const char *site, const char *function)
{
  return sley_fail_at(site,
                      sley_error_new_at(site, &sley_kind_sley, SLEY_EEMPTY,
                                        "%s of no promises would be pending for ever", function));
}

static group *group_new(sley_domain *d, const char *site, int kind, size_t n)
{
  if (n > UINT32_MAX / 64) return NULL;
  group *g = cell_alloc(d, sizeof(group) + n * sizeof(node));
  if (g == NULL) return NULL;
  cell_init(d, &g->cell, kind, site);
  g->cell.flags = FLAG_SIZED;
  g->count = (uint32_t)n;
  g->waiting = 0;
  g->cursor = g->pick_cursor = 0;
  g->walk_parent = NULL;
  g->winner = NULL;
  g->error = NULL;
  g->list = NULL;
  g->split = NULL;
  g->storage = NULL;
  TRACE(d, created, &g->cell);
  return g;
}

/* Every node of a group goes through one of these two before anything else is done with it. */
static inline void element_idle(group *g, uint32_t i)
{
  g->nodes[i].kind = NODE_ELEMENT;
  g->nodes[i].index = i;
  g->nodes[i].source = NULL;
}

static inline void element_listen(sley_domain *d, group *g, uint32_t i, sley_promise *source)
{
  g->cell.makers++;
  g->nodes[i].kind = NODE_ELEMENT;
  g->nodes[i].index = i;
  node_listen(source, &g->nodes[i]);
  TRACE(d, waits, &g->cell, source);
  (void)d;
}

static void group_unlink(sley_domain *d, group *g)
{
  for (uint32_t i = 0; i < g->count; i++) {
    node *n = &g->nodes[i];
    if (n->source == NULL) continue;
    sley__node_leave(d, n);
    maker_drop(d, &g->cell);
  }
}

static inline void list_put(sley_list *list, size_t at, sley_promise *source, uint32_t held)
{
  struct list_entry *entry = &list->entries[at];
  if (SLEY__LIKELY(is_scalar(source))) {
    value_copy(&entry->value, &source->value);
    entry->owner = NULL;
  } else {
    sley__value_share(source, held, &entry->value, &entry->owner);
  }
}

static void settle_list(sley_domain *d, sley_promise *p, sley_list *list)
{
  sley__settle_value(d, p, sley_own(list, &sley_type_list));
}

/* ---- join, all, both ---- */

static void join_done(sley_domain *d, group *g, const sley_promise *from)
{
  sley_promise *p = underlying(d, &g->cell);
  if (p->state != STATE_PENDING) return;
  if (g->error != NULL) {
    sley_error *e = g->error;
    g->error = NULL;
    sley__settle_error(d, p, e);
  } else if (g->list != NULL) {
    sley_list *list = g->list;
    g->list = NULL;
    settle_list(d, p, list);
  } else {
    sley__settle_value(d, p, sley_unit());
  }
  sley__publish_from(d, p, from);
}

static void join_note(group *g, uint32_t i, sley_promise *source, uint32_t held)
{
  if (source->state == STATE_REJECTED) {
    mark_read(source);
    if (g->error == NULL) {
      g->error = sley_error_keep(source->error);
      sley__error_pass(g->error, g->cell.site);
      g->cell.flags |= FLAG_LOADED;
    }
  } else if (g->list != NULL) {
    list_put(g->list, i, source, held);
  }
}

static sley_promise *join(const char *site, int kind, sley_promise *const *ps, size_t n,
                          const char *function)
{
  sley_domain *d = sley__self();
  check_all(d, ps, n, function);
  group *g = group_new(d, site, kind, n);
  if (g != NULL && kind == KIND_ALL) {
    g->list = sley__list_new(d, n);
    if (g->list == NULL) {
      sley__cell_free(d, g, sley__cell_bytes(&g->cell));
      g = NULL;
    } else {
      for (size_t i = 0; i < n; i++) {
        g->list->entries[i].owner = NULL;
        g->list->entries[i].value = sley_unit();
      }
      g->list->count = n;
      g->storage = storage_keep(d->storage);
      g->cell.flags |= FLAG_LOADED;
    }
  }
  if (g == NULL) {
    drop_all(d, ps, n);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  for (uint32_t i = 0; i < n; i++) {
    sley_promise *u = underlying(d, ps[i]);
    if (u->state == STATE_PENDING) {
      g->waiting++;
      element_listen(d, g, i, u);
    } else {
      element_idle(g, i);
      join_note(g, i, u, u == ps[i] ? 1 : 0);
    }
    ref_drop(d, ps[i]);
  }
  if (g->waiting == 0) join_done(d, g, NULL);
  sley__settle_down(d);
  return &g->cell;
}

sley_promise *sley_join_at(const char *site, sley_promise *const *ps, size_t n)
{
  return join(site, KIND_JOIN, ps, n, "sley_join");
}

sley_promise *sley_all_at(const char *site, sley_promise *const *ps, size_t n)
{
  return join(site, KIND_ALL, ps, n, "sley_all");
}

sley_promise *sley_both_at(const char *site, sley_promise *a, sley_promise *b)
{
  sley_promise *ps[] = {a, b};
  return join(site, KIND_ALL, ps, 2, "sley_both");
}

/* ---- choose, pick ---- */

/* Which of the settled ones is taken: counts the rejected if there are any, else the fulfilled. */
static size_t settled_count(sley_domain *d, sley_promise *const *ps, size_t n, int *state)
{
  size_t fulfilled = 0, rejected = 0;
  for (size_t i = 0; i < n; i++) {
    int s = underlying(d, ps[i])->state;
    if (s == STATE_FULFILLED) fulfilled++;
    if (s == STATE_REJECTED) rejected++;
  }
  *state = rejected > 0 ? STATE_REJECTED : STATE_FULFILLED;
  return rejected > 0 ? rejected : fulfilled;
}

static size_t nth_settled(sley_domain *d, sley_promise *const *ps, size_t n, size_t nth, int state)
{
  for (size_t i = 0; i < n; i++)
    if (underlying(d, ps[i])->state == state && nth-- == 0) return i;
  return n;
}

static void cancel_element(sley_domain *d, sley_promise *p)
{
  sley_promise *base = d->frames;
  sley__cancel_collect(d, p);
  sley__run_frames(d, base);
}

/* Lwt's pick among fulfilled promises cancels as it walks; what cancelling an earlier element settles
 * counts when the walk reaches it. */
static size_t pick_among_fulfilled(sley_domain *d, sley_promise *const *ps, size_t n, size_t nth)
{
  size_t chosen = n;
  for (size_t i = 0; i < n; i++) {
    if (chosen == n && is_settled(underlying(d, ps[i]))) {
      if (nth == 0) chosen = i;
      else nth--;
    } else {
      cancel_element(d, ps[i]);
    }
  }
  return chosen;
}

static sley_promise *take_element(sley_domain *d, sley_promise *const *ps, size_t n, size_t at)
{
  for (size_t i = 0; i < n; i++) {
    mark_read(underlying(d, ps[i]));
    if (i != at) ref_drop(d, ps[i]);
  }
  sley__settle_down(d);
  return ps[at];
}

static sley_promise *group_pending(sley_domain *d, group *g, sley_promise *const *ps, size_t n)
{
  if (g == NULL) {
    drop_all(d, ps, n);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  for (uint32_t i = 0; i < n; i++) {
    element_listen(d, g, i, underlying(d, ps[i]));
    ref_drop(d, ps[i]);
  }
  sley__settle_down(d);
  return &g->cell;
}

static sley_promise *choose(const char *site, int kind, sley_promise *const *ps, size_t n,
                            const char *function)
{
  sley_domain *d = sley__self();
  if (n == 0) return no_elements(site, function);
  if (check_all(d, ps, n, function)) return group_pending(d, group_new(d, site, kind, n), ps, n);
  int state;
  size_t count = settled_count(d, ps, n, &state);
  size_t nth = count <= 1 ? 0 : random_below(d, (uint32_t)count);
  size_t at;
  if (kind == KIND_CHOOSE) {
    at = nth_settled(d, ps, n, nth, state);
  } else if (state == STATE_REJECTED) {
    at = nth_settled(d, ps, n, nth, state);
    for (size_t i = 0; i < n; i++) cancel_element(d, ps[i]);
  } else {
    at = pick_among_fulfilled(d, ps, n, nth);
  }
  return take_element(d, ps, n, at);
}

sley_promise *sley_choose_at(const char *site, sley_promise *const *ps, size_t n)
{
  return choose(site, KIND_CHOOSE, ps, n, "sley_choose");
}

sley_promise *sley_pick_at(const char *site, sley_promise *const *ps, size_t n)
{
  return choose(site, KIND_PICK, ps, n, "sley_pick");
}

/* ---- nchoose, npick, nchoose_split ---- */

/* Where element i stands; current has just been taken off the list of source. NULL: pending. */
static sley_promise *element_outcome(const group *g, uint32_t i, uint32_t current,
                                     sley_promise *source)
{
  sley_promise *p = i == current ? source : g->nodes[i].source;
  return p != NULL && is_settled(p) ? p : NULL;
}

/* Fills the group's list, or error if the leftmost settled rejection comes first. */
static void collect(group *g, uint32_t current, sley_promise *source)
{
  for (uint32_t i = 0; i < g->count; i++) {
    sley_promise *p = element_outcome(g, i, current, source);
    if (p != NULL && p->state == STATE_REJECTED) {
      mark_read(p);
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
      list_put(list, list->count, p, 0);
      list->count++;
    } else if (g->split != NULL && g->nodes[i].source != NULL) {
      /* Its makers keep it alive, so this may be its first reference. */
      g->nodes[i].source->refs++;
      g->split->pending[g->split->count++] = g->nodes[i].source;
    }
  }
}

static void collected_settle(sley_domain *d, group *g, const sley_promise *from)
{
  sley_promise *p = underlying(d, &g->cell);
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
    settle_list(d, p, list);
  }
  sley__publish_from(d, p, from);
}

static group *collector_new(sley_domain *d, const char *site, int kind, size_t n)
{
  group *g = group_new(d, site, kind, n);
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
    sley_promise *u = underlying(d, ps[i]);
    if (u->state == STATE_REJECTED) {
      mark_read(u);
      g->error = sley_error_keep(u->error);
    } else if (u->state == STATE_FULFILLED) {
      list_put(list, list->count, u, u == ps[i] ? 1 : 0);
      list->count++;
    }
  }
  if (g->error != NULL || g->split == NULL) return;
  for (size_t i = n; i-- > 0;) {
    if (underlying(d, ps[i])->state == STATE_PENDING)
      g->split->pending[g->split->count++] = sley_keep(ps[i]);
  }
}

static sley_promise *nchoose(const char *site, int kind, sley_promise *const *ps, size_t n,
                             const char *function)
{
  sley_domain *d = sley__self();
  if (n == 0) return no_elements(site, function);
  bool pending = check_all(d, ps, n, function);
  group *g = collector_new(d, site, kind, n);
  if (g == NULL || pending) return group_pending(d, g, ps, n);
  for (uint32_t i = 0; i < n; i++) element_idle(g, i);
  collect_now(d, g, ps, n);
  if (kind == KIND_NPICK)
    for (size_t i = 0; i < n; i++) cancel_element(d, ps[i]);
  collected_settle(d, g, NULL);
  for (size_t i = 0; i < n; i++) mark_read(underlying(d, ps[i]));
  drop_all(d, ps, n);
  sley__settle_down(d);
  return &g->cell;
}

sley_promise *sley_nchoose_at(const char *site, sley_promise *const *ps, size_t n)
{
  return nchoose(site, KIND_NCHOOSE, ps, n, "sley_nchoose");
}

sley_promise *sley_npick_at(const char *site, sley_promise *const *ps, size_t n)
{
  return nchoose(site, KIND_NPICK, ps, n, "sley_npick");
}

sley_promise *sley_nchoose_split_at(const char *site, sley_promise *const *ps, size_t n)
{
  return nchoose(site, KIND_SPLIT, ps, n, "sley_nchoose_split");
}

/* ---- an element settles ---- */

static void pick_begin(sley_domain *d, group *g)
{
  g->pick_cursor = 0;
  g->cell.flags |= FLAG_PICKING;
  sley__push_frame(d, &g->cell);
}

/* A task that only this pick waits for is cancelled in passing: its one callback has nothing to do. */
static bool loser_cancel(sley_domain *d, group *g, node *n)
{
  sley_promise *source = n->source;
  bool is_simple = source->kind == KIND_TASK && source->callbacks == n && n->next == n &&
                   source->cancel_nodes == NULL;
  if (!is_simple) return false;
  source->callbacks = NULL;
  n->source = NULL;
  sley__settle_error(d, source, &sley__canceled);
  TRACE(d, runs, &g->cell);
  g->cell.makers--; /* not the last: the frame holds one */
  return true;
}

/* One step of a pick's frame: cancel the next element (its callbacks then run on frames above this
 * one), and after the last settle the result. Elements stay linked until then, so that their sources
 * can be reached. */
void sley__pick_step(sley_domain *d, sley_promise *frame)
{
  group *g = (group *)(void *)frame;
  while (g->pick_cursor < g->count) {
    node *n = &g->nodes[g->pick_cursor++];
    sley_promise *source = n->source;
    if (source == NULL || source->state != STATE_PENDING || loser_cancel(d, g, n)) continue;
    sley__cancel_collect(d, source);
    if (d->frames != frame) return;
  }
  g->cell.flags &= (uint16_t) ~(FLAG_PICKING | FLAG_FRAME);
  d->frames = frame->link;
  group_unlink(d, g);
  if (g->winner == NULL) {
    collected_settle(d, g, d->frames);
  } else {
    sley_promise *winner = g->winner;
    sley_promise *p = underlying(d, &g->cell);
    g->winner = NULL;
    g->cell.flags &= (uint16_t)~FLAG_LOADED;
    if (p->state == STATE_PENDING) {
      sley__settle_from(d, p, winner, 1);
      sley__publish_from(d, p, winner);
    }
    ref_drop(d, winner);
  }
  maker_drop(d, &g->cell);
}

bool sley__element_counts(sley_domain *d, node *n, sley_promise *source)
{
  group *g = SLEY__CONTAINER(n - n->index, group, nodes);
  bool is_join = g->cell.kind == KIND_JOIN || g->cell.kind == KIND_ALL;
  if (!is_join || g->waiting == 1 || source->state != STATE_FULFILLED) return false;
  TRACE(d, runs, &g->cell);
  if (g->list != NULL) list_put(g->list, n->index, source, 0);
  g->waiting--;
  g->cell.makers--; /* not the last: others are waited for */
  return true;
}

void sley__element_run(sley_domain *d, node *n, sley_promise *source)
{
  group *g = SLEY__CONTAINER(n - n->index, group, nodes);
  uint32_t i = n->index;
  TRACE(d, runs, &g->cell);
  if (SLEY__UNLIKELY(g->cell.flags & FLAG_DOOMED)) { /* of no use to anybody */
    maker_drop(d, &g->cell);
    return;
  }
  switch (g->cell.kind) {
    case KIND_JOIN:
    case KIND_ALL:
      if (g->cell.kind == KIND_ALL && source->state == STATE_FULFILLED) storage_set(d, g->storage);
      join_note(g, i, source, 0);
      if (--g->waiting == 0) join_done(d, g, source);
      break;
    default:
      if (g->cell.flags & FLAG_FIRED) break;
      g->cell.flags |= FLAG_FIRED;
      if (g->cell.kind == KIND_CHOOSE) {
        sley_promise *p = underlying(d, &g->cell);
        group_unlink(d, g);
        if (p->state == STATE_PENDING) {
          sley__settle_from(d, p, source, 0);
          sley__publish_from(d, p, source);
        }
      } else if (g->cell.kind == KIND_PICK) {
        source->refs++;
        g->winner = source;
        g->cell.flags |= FLAG_LOADED;
        pick_begin(d, g);
      } else {
        collect(g, i, source);
        if (g->cell.kind == KIND_NPICK) {
          pick_begin(d, g);
        } else {
          group_unlink(d, g);
          collected_settle(d, g, source);
        }
      }
      break;
  }
  maker_drop(d, &g->cell);
}

/* ---- plain names ---- */

#define PLAIN(name)                                              \
  sley_promise *(sley_##name)(sley_promise *const *ps, size_t n) \
  {                                                              \
    return sley_##name##_at("", ps, n);                          \
  }
PLAIN(join)
PLAIN(all)
PLAIN(choose)
PLAIN(pick)
PLAIN(nchoose)
PLAIN(npick)
PLAIN(nchoose_split)

sley_promise *(sley_both)(sley_promise *a, sley_promise *b) { return sley_both_at("", a, b); }
