/* The concurrent lists: all callbacks are called first; then a walk over their promises waits for the last one
 * first, as Lwt does. iter is a join instead. Each entry of the walk's list holds an element, then its promise (as
 * the entry's owner), then that promise's value. */
#include "promise/collection/list_walk.h"

/* ---- calling */

/* Being an operand counts as reading the outcome, even if the walk never reaches it. */
static void watch(sley_domain *d, sley_promise *q)
{
  sley_promise *u = sley__underlying(d, q);
  if (!sley__is_immortal(u)) u->flags |= FLAG_READ;
}

static void call_each(sley_domain *d, walk *w)
{
  sley_list *list = w->list;
  for (size_t i = 0; i < list->count; i++) {
    struct list_entry *entry = &list->entries[i];
    sley_promise *q = w->each(w->ctx, &entry->value);
    sley__walk_check(d, w, q);
    sley_value_drop(&entry->value);
    entry->owner = q;
    watch(d, q);
  }
}

static void call_indexed(sley_domain *d, walk *w)
{
  sley_list *list = w->list;
  for (size_t i = 0; i < list->count; i++) {
    struct list_entry *entry = &list->entries[i];
    sley_promise *q = w->indexed(w->ctx, i, &entry->value);
    sley__walk_check(d, w, q);
    sley_value_drop(&entry->value);
    entry->owner = q;
    watch(d, q);
  }
}

static sley_error *same_truth(void *ctx, sley_value *in, sley_value *out)
{
  *out = sley_bool(sley__truth(in, ctx));
  return NULL;
}

/* The elements stay. As in Lwt, there is a promise between the predicate's and the walk: it settles when the
 * predicate's promise runs its callbacks. */
static void call_predicate(sley_domain *d, walk *w)
{
  sley_list *list = w->list;
  union {
    const char *in;
    void *out;
  } name = {w->type->function};
  for (size_t i = 0; i < list->count; i++) {
    struct list_entry *entry = &list->entries[i];
    sley_promise *q = sley__list_call_lent(d, w, &entry->value);
    sley__walk_check(d, w, q);
    if (sley__underlying(d, q)->state == STATE_PENDING)
      q = sley_map_at(w->cell.site, q, same_truth, name.out, NULL);
    entry->owner = q;
    watch(d, q);
  }
}

/* ---- walking from the end */

static sley_promise *next_before(sley_domain *d, walk *w)
{
  (void)d;
  if (w->at == 0) return NULL;
  struct list_entry *entry = &w->list->entries[--w->at];
  sley_promise *q = entry->owner;
  entry->owner = NULL;
  return q;
}

static sley_promise *walk_back(sley_domain *d, walk *w, void (*call)(sley_domain *d, walk *w))
{
  if (w == NULL) return sley__list_no_memory(d);
  call(d, w);
  w->at = w->list->count;
  return sley__walk_start(d, w);
}

static sley_promise *each(const char *site, const walk_type *type, const sley_value *values,
                          size_t n, sley_bind_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, type, values, n, ctx);
  if (w != NULL) w->each = f;
  return walk_back(d, w, call_each);
}

/* ---- map */

static bool got_value(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d;
  struct list_entry *entry = &w->list->entries[w->at];
  sley__value_share(source, held, &entry->value, &entry->owner);
  return true;
}

static const walk_type map_type = {"sley_values_map_p", next_before, got_value, sley__list_settle,
                                   NULL};
static const walk_type mapi_type = {"sley_values_mapi_p", next_before, got_value, sley__list_settle,
                                    NULL};

sley_promise *sley_values_map_p_at(const char *site, const sley_value *values, size_t n,
                                   sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(each(site, &map_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_mapi_p_at(const char *site, const sley_value *values, size_t n,
                                    sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, &mapi_type, values, n, ctx);
  if (w != NULL) w->indexed = f;
  return sley__with_drop(walk_back(d, w, call_indexed), ctx, drop);
}

/* ---- for_all, exists */

static bool got_counted(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)held;
  w->kept += sley__truth(sley__value_of(source), w->type->function);
  return true;
}

static void settle_whether_all(sley_domain *d, walk *w, sley_promise *p)
{
  sley__settle_value(d, p, sley_bool(w->kept == w->list->count));
}

static void settle_whether_one(sley_domain *d, walk *w, sley_promise *p)
{
  sley__settle_value(d, p, sley_bool(w->kept > 0));
}

static const walk_type for_all_type = {"sley_values_for_all_p", next_before, got_counted,
                                       settle_whether_all, NULL};
static const walk_type exists_type = {"sley_values_exists_p", next_before, got_counted,
                                      settle_whether_one, NULL};

sley_promise *sley_values_for_all_p_at(const char *site, const sley_value *values, size_t n,
                                       sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(each(site, &for_all_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_exists_p_at(const char *site, const sley_value *values, size_t n,
                                      sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(each(site, &exists_type, values, n, f, ctx), ctx, drop);
}

/* ---- filter, filter_map, partition: omitted entries are marked, and the list is compacted at the end. */

static const sley_type left_out = {.size = sizeof(sley_type), .name = "left out"};

static bool got_kept(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)held;
  if (sley__truth(sley__value_of(source), w->type->function)) return true;
  sley_value *v = &w->list->entries[w->at].value;
  sley_value_drop(v);
  v->type = &left_out;
  return true;
}

static bool got_some(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  if (!sley_is_none(sley__value_of(source))) return got_value(d, w, source, held);
  w->list->entries[w->at].value.type = &left_out;
  return true;
}

static void settle_kept(sley_domain *d, walk *w, sley_promise *p)
{
  sley_list *list = w->list;
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (list->entries[i].value.type != &left_out) list->entries[kept++] = list->entries[i];
  list->count = kept;
  sley__list_settle(d, w, p);
}

/* Collects the other elements from the end as well; they are reversed at the end. */
static bool got_side(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)held;
  if (sley__truth(sley__value_of(source), w->type->function)) return true;
  sley_list *others = sley__list_others(w);
  struct list_entry *entry = &w->list->entries[w->at];
  others->entries[others->count++] = *entry;
  entry->value = sley_unit();
  entry->value.type = &left_out;
  return true;
}

static void settle_sides(sley_domain *d, walk *w, sley_promise *p)
{
  sley_list *list = w->list;
  for (size_t i = 0; i < list->count; i++)
    if (list->entries[i].value.type != &left_out) list->entries[w->kept++] = list->entries[i];
  list->count = w->kept;
  sley__list_reverse(sley__list_others(w));
  sley__list_settle_pair(d, w, p);
}

static const walk_type filter_type = {"sley_values_filter_p", next_before, got_kept, settle_kept,
                                      NULL};
static const walk_type filter_map_type = {"sley_values_filter_map_p", next_before, got_some,
                                          settle_kept, NULL};
static const walk_type partition_type = {"sley_values_partition_p", next_before, got_side,
                                         settle_sides, sley__list_release_pair};

sley_promise *sley_values_filter_p_at(const char *site, const sley_value *values, size_t n,
                                      sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, &filter_type, values, n, ctx);
  if (w != NULL) w->each = f;
  return sley__with_drop(walk_back(d, w, call_predicate), ctx, drop);
}

sley_promise *sley_values_filter_map_p_at(const char *site, const sley_value *values, size_t n,
                                          sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(each(site, &filter_map_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_partition_p_at(const char *site, const sley_value *values, size_t n,
                                         sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  walk *w = sley__list_walk_pair(d, site, &partition_type, values, n, ctx);
  if (w != NULL) w->each = f;
  return sley__with_drop(walk_back(d, w, call_predicate), ctx, drop);
}
