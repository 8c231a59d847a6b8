/* The lists made of other combinators: iter_p is a join, rev_map_p a chain of binds, and the bounded ones are
 * joins of walks that take elements from one list. */
#include "promise/collection/list_walk.h"

/* ---- iter_p */

typedef struct call {
  sley_bind_fn *each;
  sley_index_fn *indexed;
  void *ctx;
  bool by_index; /* which of the two functions it is */
} call;

static sley_promise *call_at(const call *c, size_t at, sley_value v, const char *site)
{
  sley_promise *q = c->by_index ? c->indexed(c->ctx, at, &v) : c->each(c->ctx, &v);
  sley__returned(q, "sley_values_iter_p", site);
  sley_value_drop(&v);
  return q;
}

/* Lwt joins the reversed list, so of several promises that are already rejected the last one's error is reported.
 * The join is allocated before any callback is called. */
static sley_promise *iter(const char *site, const sley_value *values, size_t n, const call *c)
{
  sley_domain *d = sley__self();
  size_t bytes = n * sizeof(sley_promise *);
  size_t group_bytes = sizeof(group) + n * sizeof(node);
  sley_promise **ps = n < SIZE_MAX / 64 ? sley__alloc(d, n > 0 ? bytes : 1) : NULL;
  void *reserve = ps != NULL ? sley__cell_alloc(d, group_bytes) : NULL;
  if (reserve == NULL) {
    if (ps != NULL) sley__free(d, ps, n > 0 ? bytes : 1);
    sley__list_drop_values(values, n);
    return sley__list_no_memory(d);
  }
  for (size_t i = 0; i < n; i++) ps[n - 1 - i] = call_at(c, i, values[i], site);
  sley__cell_free(d, reserve, group_bytes);
  sley_promise *p = sley_join_at(site, ps, n);
  sley__free(d, ps, n > 0 ? bytes : 1);
  return p;
}

sley_promise *sley_values_iter_p_at(const char *site, const sley_value *values, size_t n,
                                    sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  call c = {f, NULL, ctx, false};
  return sley__with_drop(iter(site, values, n, &c), ctx, drop);
}

sley_promise *sley_values_iteri_p_at(const char *site, const sley_value *values, size_t n,
                                     sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  call c = {NULL, f, ctx, true};
  return sley__with_drop(iter(site, values, n, &c), ctx, drop);
}

/* ---- what several walks or binds share: a list, counted */

typedef struct shared {
  uint32_t refs;
  bool stopped; /* a call was rejected or canceled: make no more calls */
  sley_list *list;
  size_t next;
} shared;

static shared *shared_new(sley_domain *d, const sley_value *values, size_t n)
{
  sley_value list;
  shared *s = sley__alloc(d, sizeof(shared));
  if (s == NULL) {
    sley__list_drop_values(values, n);
    return NULL;
  }
  if (sley_list_new(values, n, &list) != NULL) {
    sley__free(d, s, sizeof(shared));
    return NULL;
  }
  *s = (shared){.refs = 1, .list = list.ptr};
  return s;
}

static void shared_drop(void *ctx)
{
  shared *s = ctx;
  if (--s->refs > 0) return;
  sley_domain *d = sley__self();
  if (s->list != NULL) sley__list_drop(d, s->list);
  sley__free(d, s, sizeof(shared));
}

static sley_error *give_list(void *ctx, sley_value *in, sley_value *out)
{
  shared *s = ctx;
  (void)in;
  *out = sley_own(s->list, &sley_type_list);
  s->list = NULL;
  return NULL;
}

/* ---- rev_map_p: each call's promise, when fulfilled, is followed by the chain of those before it. */

typedef struct link {
  shared *shared;
  sley_promise *before;
  size_t at;
} link;

static sley_promise *link_done(void *ctx, sley_value *v)
{
  link *k = ctx;
  struct list_entry *entry = &k->shared->list->entries[k->at];
  if (v->type == NULL) {
    entry->value = *v; /* scalars are not lent */
  } else {
    struct sley__lent *lent = sley__current->lent;
    sley__value_share(lent->reader, lent->held, &entry->value, &entry->owner);
  }
  sley_promise *before = k->before;
  k->before = NULL;
  return before;
}

static void link_drop(void *ctx)
{
  link *k = ctx;
  sley_domain *d = sley__self();
  shared_drop(k->shared);
  sley__ref_drop(d, k->before);
  sley__free(d, k, sizeof(link));
}

/* Consumes before and q. */
static sley_promise *link_make(sley_domain *d, const char *site, shared *s, size_t at,
                               sley_promise *before, sley_promise *q)
{
  link *k = sley__alloc(d, sizeof(link));
  if (k == NULL) {
    sley__ref_drop(d, before);
    sley__ref_drop(d, q);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  s->refs++;
  *k = (link){s, before, s->list->count - 1 - at};
  sley_promise *u = sley__underlying(d, before);
  if (!sley__is_immortal(u)) u->flags |= FLAG_READ; /* an operand of the result */
  return sley_bind_at(site, q, link_done, k, link_drop);
}

sley_promise *sley_values_rev_map_p_at(const char *site, const sley_value *values, size_t n,
                                       sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  shared *s = shared_new(d, NULL, 0);
  sley_list *list = s != NULL ? sley__list_new(d, n) : NULL;
  if (list == NULL) {
    if (s != NULL) shared_drop(s);
    sley__list_drop_values(values, n);
    return sley__with_drop(sley__list_no_memory(d), ctx, drop);
  }
  for (size_t i = 0; i < n; i++) list->entries[i] = (struct list_entry){.owner = NULL};
  list->count = n;
  sley__list_drop(d, s->list);
  s->list = list;
  call c = {f, NULL, ctx, false};
  sley_promise *chain = sley_return_at(site, sley_unit());
  for (size_t i = 0; i < n; i++)
    chain = link_make(d, site, s, i, chain, call_at(&c, i, values[i], site));
  return sley__with_drop(sley_map_at(site, chain, give_list, s, shared_drop), ctx, drop);
}

/* ---- at most so many at a time */

static sley_promise *next_shared(sley_domain *d, walk *w)
{
  shared *s = w->more;
  if (s->stopped || s->next == s->list->count) return NULL;
  w->at = s->next++;
  sley_value *v = &s->list->entries[w->at].value;
  sley_promise *q = w->each(w->ctx, v);
  sley__walk_check(d, w, q);
  sley_value_drop(v);
  return q;
}

static bool got_nothing(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d, (void)w, (void)source, (void)held;
  return true;
}

static bool got_shared(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  (void)d;
  struct list_entry *entry = &((shared *)w->more)->list->entries[w->at];
  sley__value_share(source, held, &entry->value, &entry->owner);
  return true;
}

static void settle_done(sley_domain *d, walk *w, sley_promise *p)
{
  w->kept = 1;
  sley__settle_value(d, p, sley_unit());
}

static void release_shared(sley_domain *d, walk *w)
{
  shared *s = w->more;
  (void)d;
  if (w->kept == 0) s->stopped = true;
  shared_drop(s);
}

static const walk_type iter_n_type = {"sley_values_iter_n", next_shared, got_nothing, settle_done,
                                      release_shared};
static const walk_type map_n_type = {"sley_values_map_n", next_shared, got_shared, settle_done,
                                     release_shared};

static sley_promise *worker(sley_domain *d, const char *site, const walk_type *type, shared *s,
                            sley_bind_fn *f, void *ctx)
{
  walk *w = sley__walk_new(d, site, type, ctx);
  if (w == NULL) {
    s->stopped = true;
    return sley__nomem_promise();
  }
  w->each = f;
  w->more = s;
  s->refs++;
  return sley__walk_start(d, w);
}

static sley_promise *bounded(const char *site, const walk_type *type, const sley_value *values,
                             size_t n, size_t bound, const call *c)
{
  sley_domain *d = sley__self();
  if (bound == 0) {
    sley__list_drop_values(values, n);
    return sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "%s: the limit of concurrent calls is 0; it must be at least 1",
                                type->function));
  }
  if (bound > n) bound = n;
  shared *s = shared_new(d, values, n);
  size_t bytes = (bound > 0 ? bound : 1) * sizeof(sley_promise *);
  sley_promise **ps = s != NULL ? sley__alloc(d, bytes) : NULL;
  if (ps == NULL) {
    if (s != NULL) shared_drop(s);
    return sley__list_no_memory(d);
  }
  size_t workers = 0;
  while (workers < bound && s->next < n && !s->stopped)
    ps[workers++] = worker(d, site, type, s, c->each, c->ctx);
  sley_promise *p = sley_join_at(site, ps, workers);
  sley__free(d, ps, bytes);
  if (type == &map_n_type) {
    s->refs++;
    p = sley_map_at(site, p, give_list, s, shared_drop);
  }
  if (!sley_is_pending(p)) s->stopped = true; /* without memory while calls are under way, too */
  shared_drop(s);
  return p;
}

sley_promise *sley_values_iter_n_at(const char *site, const sley_value *values, size_t n,
                                    size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  call c = {f, NULL, ctx, false};
  return sley__with_drop(bounded(site, &iter_n_type, values, n, bound, &c), ctx, drop);
}

sley_promise *sley_values_map_n_at(const char *site, const sley_value *values, size_t n,
                                   size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  SLEY__NEEDS_AT(site, f);
  call c = {f, NULL, ctx, false};
  return sley__with_drop(bounded(site, &map_n_type, values, n, bound, &c), ctx, drop);
}
