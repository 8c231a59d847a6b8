/* fold_left, fold_right: walks that carry a value along. */
#include "promise/collection/list_walk.h"

/* The accumulator can be another promise's value, which is then read there instead of copied. */
static sley_promise *call_fold(sley_domain *d, walk *w, sley_value *v)
{
  struct list_entry *entry = &w->result;
  sley_promise *q;
  if (entry->owner == NULL) {
    q = w->fold(w->ctx, &entry->value, v);
  } else {
    struct sley__lent lent = {&entry->owner->value, entry->owner, 1, d->lent};
    d->lent = &lent;
    q = w->fold(w->ctx, lent.value, v);
    d->lent = lent.outer;
  }
  sley__walk_check(d, w, q);
  return q;
}

static sley_promise *next_right(sley_domain *d, walk *w)
{
  if (w->at == w->list->count) return NULL;
  return call_fold(d, w, &w->list->entries[w->at].value);
}

static sley_promise *next_left(sley_domain *d, walk *w)
{
  size_t left = w->list->count - w->at;
  if (left == 0) return NULL;
  return call_fold(d, w, &w->list->entries[left - 1].value);
}

static void result_set(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  struct list_entry old = w->result;
  sley__value_share(source, held, &w->result.value, &w->result.owner);
  sley__ref_drop(d, old.owner);
  sley_value_drop(&old.value);
}

static bool got_right(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  sley_value_drop(&w->list->entries[w->at++].value);
  result_set(d, w, source, held);
  return true;
}

static bool got_left(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  sley_value_drop(&w->list->entries[w->list->count - 1 - w->at++].value);
  result_set(d, w, source, held);
  return true;
}

static const walk_type left_type = {"sley_values_fold_left_s", next_right, got_right,
                                    sley__walk_settle_result, NULL};
static const walk_type right_type = {"sley_values_fold_right_s", next_left, got_left,
                                     sley__walk_settle_result, NULL};

static sley_promise *fold(const char *site, const walk_type *type, const sley_value *values,
                          size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, type, values, n, ctx);
  if (w == NULL) {
    sley_value_drop(&accumulator);
    return sley__list_no_memory(d);
  }
  w->fold = f;
  w->result.value = accumulator;
  return sley__walk_start(d, w);
}

sley_promise *sley_values_fold_left_s_at(const char *site, const sley_value *values, size_t n,
                                         sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
                                         sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(fold(site, &left_type, values, n, accumulator, f, ctx), ctx, drop);
}

sley_promise *sley_values_fold_right_s_at(const char *site, const sley_value *values, size_t n,
                                          sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
                                          sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(fold(site, &right_type, values, n, accumulator, f, ctx), ctx, drop);
}
