/* Walks over lists of elements: see list_walk.h. */
#include "promise/collection/list_walk.h"

void sley__list_drop_values(const sley_value *values, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sley_value v = values[i];
    sley_value_drop(&v);
  }
}

static sley_list *list_of(sley_domain *d, const sley_value *values, size_t n)
{
  sley_list *list = sley__list_new(d, n);
  if (list == NULL) return NULL;
  for (size_t i = 0; i < n; i++) list->entries[i] = (struct list_entry){values[i], NULL};
  list->count = n;
  return list;
}

sley_error *sley_list_new(const sley_value *values, size_t n, sley_value *out)
{
  SLEY__NEEDS(out);
  sley_domain *d = sley__self();
  sley_list *list = list_of(d, values, n);
  *out = sley_unit();
  if (list == NULL) {
    sley__list_drop_values(values, n);
    sley__settle_down(d);
    return sley_error_nomem();
  }
  *out = sley_own(list, &sley_type_list);
  return NULL;
}

void sley__list_reverse(sley_list *list)
{
  struct list_entry *entries = list->entries;
  for (size_t i = 0, k = list->count; i + 1 < k; i++) {
    struct list_entry entry = entries[i];
    entries[i] = entries[--k];
    entries[k] = entry;
  }
}

walk *sley__list_walk(sley_domain *d, const char *site, const walk_type *type,
                      const sley_value *values, size_t n, void *ctx)
{
  sley_list *list = list_of(d, values, n);
  if (list == NULL) {
    sley__list_drop_values(values, n);
    return NULL;
  }
  walk *w = sley__walk_new(d, site, type, ctx);
  if (w == NULL) sley__list_drop(d, list);
  else w->list = list;
  return w;
}

sley_promise *sley__list_no_memory(sley_domain *d)
{
  sley__settle_down(d);
  return sley__nomem_promise();
}

sley_promise *sley__list_each(const char *site, const walk_type *type, const sley_value *values,
                              size_t n, sley_bind_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, type, values, n, ctx);
  if (w == NULL) return sley__list_no_memory(d);
  w->each = f;
  return sley__walk_start(d, w);
}

sley_promise *sley__list_indexed(const char *site, const walk_type *type, const sley_value *values,
                                 size_t n, sley_index_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  walk *w = sley__list_walk(d, site, type, values, n, ctx);
  if (w == NULL) return sley__list_no_memory(d);
  w->indexed = f;
  return sley__walk_start(d, w);
}

sley_promise *sley__list_call_lent(sley_domain *d, walk *w, sley_value *v)
{
  /* One more producer on the cell means that the callback is never the only reader. */
  struct sley__lent lent = {v, &w->cell, 0, d->lent};
  w->cell.producers++;
  d->lent = &lent;
  sley_promise *q = w->each(w->ctx, v);
  d->lent = lent.outer;
  w->cell.producers--;
  return q;
}

void sley__list_settle(sley_domain *d, walk *w, sley_promise *p)
{
  sley_list *list = w->list;
  w->list = NULL;
  sley__settle_value(d, p, sley_own(list, &sley_type_list));
}

/* ---- partition: more is a list of two entries; the first is empty until the end, the second has the
 * list of the others from the start, so that nothing can fail at the end. */

walk *sley__list_walk_pair(sley_domain *d, const char *site, const walk_type *type,
                           const sley_value *values, size_t n, void *ctx)
{
  sley_list *pair = sley__list_new(d, 2);
  sley_list *others = pair != NULL ? sley__list_new(d, n) : NULL;
  if (pair != NULL) pair->count = 0;
  if (others == NULL) {
    sley__list_drop_values(values, n);
  } else {
    walk *w = sley__list_walk(d, site, type, values, n, ctx);
    if (w != NULL) {
      pair->entries[0] = (struct list_entry){.owner = NULL};
      pair->entries[1] = (struct list_entry){sley_own(others, &sley_type_list), NULL};
      pair->count = 2;
      w->more = pair;
      return w;
    }
    sley__list_drop(d, others);
  }
  if (pair != NULL) sley__list_drop(d, pair);
  return NULL;
}

sley_list *sley__list_others(walk *w)
{
  sley_list *pair = w->more;
  return pair->entries[1].value.ptr;
}

void sley__list_settle_pair(sley_domain *d, walk *w, sley_promise *p)
{
  sley_list *pair = w->more;
  w->more = NULL;
  w->list->count = w->kept;
  pair->entries[0].value = sley_own(w->list, &sley_type_list);
  w->list = NULL;
  sley__settle_value(d, p, sley_own(pair, &sley_type_list));
}

void sley__list_release_pair(sley_domain *d, walk *w)
{
  sley_list *pair = w->more;
  w->more = NULL;
  if (pair != NULL) sley__list_drop(d, pair);
}
