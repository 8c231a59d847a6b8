/* The serial lists: walks that start the next promise when the one before is fulfilled. The list they own first
 * holds the elements; if the result is a list, it is turned into that in place. */
#include "promise/collection/list_walk.h"

static sley_value *element(walk *w, size_t i) { return &w->list->entries[i].value; }

static sley_promise *call_each(sley_domain *d, walk *w)
{
  if (w->at == w->list->count) return NULL;
  sley_promise *q = w->each(w->ctx, element(w, w->at));
  sley__walk_check(d, w, q);
  return q;
}

static sley_promise *call_indexed(sley_domain *d, walk *w)
{
  if (w->at == w->list->count) return NULL;
  sley_promise *q = w->indexed(w->ctx, w->at, element(w, w->at));
  sley__walk_check(d, w, q);
  return q;
}

/* For results made of elements: the callback is not the element's only reader. */
static sley_promise *call_lent(sley_domain *d, walk *w)
{
  if (w->at == w->list->count) return NULL;
  sley_promise *q = sley__list_call_lent(d, w, element(w, w->at));
  sley__walk_check(d, w, q);
  return q;
}

static bool got_truth(walk *w, sley_promise *source)
{
  return sley__truth(sley__value_of(source), w->type->function);
}

/* ---- iter */

static bool got_unit(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)source, (void)held;
  sley_value_drop(element(w, w->at++));
  return true;
}

static void settle_unit(sley_domain *d, walk *w, sley_promise *p)
{
  (void)w;
  sley__settle_value(d, p, sley_unit());
}

static const walk_type iter_type = {"sley_values_iter_s", call_each, got_unit, settle_unit, NULL};
static const walk_type iteri_type = {"sley_values_iteri_s", call_indexed, got_unit, settle_unit,
                                     NULL};

sley_promise *sley_values_iter_s_at(const char *site, const sley_value *values, size_t n,
                                    sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &iter_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_iteri_s_at(const char *site, const sley_value *values, size_t n,
                                     sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_indexed(site, &iteri_type, values, n, f, ctx), ctx, drop);
}

/* ---- map */

static bool got_value(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d;
  struct list_entry *entry = &w->list->entries[w->at++];
  sley_value_drop(&entry->value);
  sley__value_share(source, held, &entry->value, &entry->owner);
  return true;
}

static void settle_reversed(sley_domain *d, walk *w, sley_promise *p)
{
  sley__list_reverse(w->list);
  sley__list_settle(d, w, p);
}

static const walk_type map_type = {"sley_values_map_s", call_each, got_value, sley__list_settle,
                                   NULL};
static const walk_type mapi_type = {"sley_values_mapi_s", call_indexed, got_value,
                                    sley__list_settle, NULL};
static const walk_type rev_map_type = {"sley_values_rev_map_s", call_each, got_value,
                                       settle_reversed, NULL};

sley_promise *sley_values_map_s_at(const char *site, const sley_value *values, size_t n,
                                   sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &map_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_mapi_s_at(const char *site, const sley_value *values, size_t n,
                                    sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_indexed(site, &mapi_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_rev_map_s_at(const char *site, const sley_value *values, size_t n,
                                       sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &rev_map_type, values, n, f, ctx), ctx, drop);
}

/* ---- for_all, exists, find */

static bool got_all(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  bool holds = got_truth(w, source);
  if (holds) got_unit(d, w, source, held);
  return holds;
}

static bool got_none(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  bool holds = got_truth(w, source);
  if (!holds) got_unit(d, w, source, held);
  return !holds;
}

static void settle_whether_all(sley_domain *d, walk *w, sley_promise *p)
{
  sley__settle_value(d, p, sley_bool(w->at == w->list->count));
}

static void settle_whether_one(sley_domain *d, walk *w, sley_promise *p)
{
  sley__settle_value(d, p, sley_bool(w->at < w->list->count));
}

static void settle_found(sley_domain *d, walk *w, sley_promise *p)
{
  if (w->at == w->list->count) {
    sley__settle_error(
        d, p,
        sley_error_new_at(w->cell.site, &sley_kind_sley, SLEY_ENOTFOUND,
                          "sley_values_find_s: none of %zu elements matched", w->list->count));
    return;
  }
  sley_value found = *element(w, w->at);
  *element(w, w->at) = sley_unit();
  sley__settle_value(d, p, found);
}

static const walk_type for_all_type = {"sley_values_for_all_s", call_each, got_all,
                                       settle_whether_all, NULL};
static const walk_type exists_type = {"sley_values_exists_s", call_each, got_none,
                                      settle_whether_one, NULL};
static const walk_type find_type = {"sley_values_find_s", call_lent, got_none, settle_found, NULL};

sley_promise *sley_values_for_all_s_at(const char *site, const sley_value *values, size_t n,
                                       sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &for_all_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_exists_s_at(const char *site, const sley_value *values, size_t n,
                                      sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &exists_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_find_s_at(const char *site, const sley_value *values, size_t n,
                                    sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &find_type, values, n, f, ctx), ctx, drop);
}

/* ---- filter, filter_map, partition */

static void move_entry(struct list_entry *from, struct list_entry *to)
{
  if (from == to) return;
  *to = *from;
  *from = (struct list_entry){.owner = NULL};
}

static bool got_kept(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  if (!got_truth(w, source)) return got_unit(d, w, source, held);
  struct list_entry *entries = w->list->entries;
  move_entry(&entries[w->at++], &entries[w->kept++]);
  return true;
}

static bool got_some(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  got_unit(d, w, source, held);
  if (sley_is_none(sley__value_of(source))) return true;
  struct list_entry *entry = &w->list->entries[w->kept++];
  sley__value_share(source, held, &entry->value, &entry->owner);
  return true;
}

static void settle_kept(sley_domain *d, walk *w, sley_promise *p)
{
  w->list->count = w->kept;
  sley__list_settle(d, w, p);
}

static bool got_side(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)held;
  struct list_entry *entries = w->list->entries;
  sley_list *others = sley__list_others(w);
  bool holds = got_truth(w, source);
  move_entry(&entries[w->at++], holds ? &entries[w->kept++] : &others->entries[others->count++]);
  return true;
}

static const walk_type filter_type = {"sley_values_filter_s", call_lent, got_kept, settle_kept,
                                      NULL};
static const walk_type filter_map_type = {"sley_values_filter_map_s", call_each, got_some,
                                          settle_kept, NULL};
static const walk_type partition_type = {"sley_values_partition_s", call_lent, got_side,
                                         sley__list_settle_pair, sley__list_release_pair};

sley_promise *sley_values_filter_s_at(const char *site, const sley_value *values, size_t n,
                                      sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &filter_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_filter_map_s_at(const char *site, const sley_value *values, size_t n,
                                          sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(sley__list_each(site, &filter_map_type, values, n, f, ctx), ctx, drop);
}

sley_promise *sley_values_partition_s_at(const char *site, const sley_value *values, size_t n,
                                         sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  walk *w = sley__list_walk_pair(d, site, &partition_type, values, n, ctx);
  if (w == NULL) return sley__with_drop(sley__list_no_memory(d), ctx, drop);
  w->each = f;
  return sley__with_drop(sley__walk_start(d, w), ctx, drop);
}
