/* Streams made from one other stream: a source that reads it on request, one element at a time, in a loop as long
 * as elements are queued. */
#include <stdio.h>

#include "promise/stream/stream_transform.h"

void sley__transform_unref(void *ctx)
{
  sley_domain *d = sley__self();
  transform *t = ctx;
  if (--t->refs > 0) return;
  sley_stream_drop(t->stream);
  sley_stream_drop(t->other);
  sley__ref_drop(d, t->holder);
  if (t->drop != NULL) t->drop(t->ctx);
  sley__free(d, t, sizeof(*t));
}

static void unread(void *ctx)
{
  transform *t = ctx;
  sley_stream *stream = t->stream, *other = t->other;
  t->stream = t->other = NULL;
  sley_stream_drop(stream);
  sley_stream_drop(other);
}

sley_stream *sley__transform(const transform *plan)
{
  sley_domain *d = sley__self();
  bool made = plan->stream != &sley__stream_nomem && plan->other != &sley__stream_nomem;
  transform *t = made ? sley__alloc(d, sizeof(*t)) : NULL;
  if (t == NULL) {
    sley_stream_drop(plan->stream);
    sley_stream_drop(plan->other);
    if (plan->drop != NULL) plan->drop(plan->ctx);
    return &sley__stream_nomem;
  }
  *t = *plan;
  t->refs = 1;
  return sley__stream_from(t->site, sley__transform_next, t, sley__transform_unref, unread);
}

static sley_promise *got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  if (!sley_is_none(sley__value_of(e))) return t->got(d, t, e, held);
  if (t->ended != NULL) return t->ended(d, t);
  e->refs++;
  return e;
}

static sley_promise *on_got(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  (void)v;
  sley_promise *p = got(d, ctx, sley__reader_of(d, v), sley__held_of(d, v));
  return p != NULL ? p : sley__transform_next(ctx);
}

sley_promise *sley__transform_next(void *ctx)
{
  sley_domain *d = sley__self();
  transform *t = ctx;
  sley_promise *p = NULL;
  while (p == NULL) {
    if (t->before != NULL && (p = t->before(d, t)) != NULL) break;
    if (t->stream == NULL) return sley_fail_at(t->site, &sley__abandoned);
    sley_promise *g = sley_stream_get_at(t->site, t->stream);
    sley_promise *u = sley__underlying(d, g);
    if (u->state == STATE_PENDING)
      return sley_bind_at(t->site, g, on_got, sley__transform_keep(t), sley__transform_unref);
    if (u->state == STATE_REJECTED) return g;
    p = got(d, t, u, u == g ? 1 : 0);
    sley__ref_drop(d, g);
  }
  return p;
}

/* ---- map, filter, filter_map ---- */

static sley_error *apply_map(sley_domain *d, transform *t, element *e, uint32_t held,
                             sley_value *out)
{
  struct sley__lent lent;
  *out = sley_none();
  sley_error *error = t->map(t->ctx, sley__element_lend(d, &lent, e, held), out);
  sley__element_return(d, &lent);
  if (error != NULL) sley_value_drop(out);
  return error;
}

static sley_promise *apply_start(sley_domain *d, transform *t, element *e, uint32_t held)
{
  struct sley__lent lent;
  sley_promise *q = t->start(t->ctx, sley__element_lend(d, &lent, e, held));
  sley__element_return(d, &lent);
  sley__returned(q, "a function that makes a stream", t->site);
  sley__check(d, q, "a stream's function");
  sley__forget_raised(sley__underlying(d, q));
  return q;
}

static sley_promise *map_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_value out;
  sley_error *error = apply_map(d, t, e, held, &out);
  return error != NULL ? sley_fail_at(t->site, error) : sley_return_at(t->site, out);
}

static sley_promise *filter_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  bool yes = false;
  struct sley__lent lent;
  sley_error *error = t->test(t->ctx, sley__element_lend(d, &lent, e, held), &yes);
  sley__element_return(d, &lent);
  if (error != NULL) return sley__stream_raise(t->site, error);
  if (!yes) return NULL;
  e->refs++;
  return e;
}

static sley_promise *filter_map_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_value out;
  sley_error *error = apply_map(d, t, e, held, &out);
  if (error != NULL) return sley__stream_raise(t->site, error);
  return sley_is_none(&out) ? NULL : sley_return_at(t->site, out);
}

/* ---- the forms with promises ---- */

typedef struct test { /* of filter_s, under way */
  transform *transform;
  element *element;
} test;

static void test_drop(void *ctx)
{
  sley_domain *d = sley__self();
  test *under_way = ctx;
  sley__ref_drop(d, under_way->element);
  sley__transform_unref(under_way->transform);
  sley__free(d, under_way, sizeof(*under_way));
}

static sley_promise *on_tested(void *ctx, sley_value *v)
{
  const test *under_way = ctx;
  if (v->i == 0) return sley__transform_next(under_way->transform);
  under_way->element->refs++;
  return under_way->element;
}

static sley_promise *test_wait(sley_domain *d, transform *t, element *e, sley_promise *q)
{
  test *under_way = sley__alloc(d, sizeof(*under_way));
  if (under_way == NULL) {
    sley__ref_drop(d, q);
    return sley__nomem_promise();
  }
  *under_way = (test){sley__transform_keep(t), e};
  e->refs++;
  return sley_bind_at(t->site, q, on_tested, under_way, test_drop);
}

static sley_promise *filter_s_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_promise *q = apply_start(d, t, e, held);
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_PENDING) return test_wait(d, t, e, q);
  if (u->state == STATE_REJECTED) return q;
  bool yes = sley__value_of(u)->i != 0;
  sley__ref_drop(d, q);
  if (yes) e->refs++;
  return yes ? e : NULL;
}

static sley_promise *on_option(void *ctx, sley_value *v)
{
  if (sley_is_none(v)) return sley__transform_next(ctx);
  sley_promise *given = sley__reader_of(sley__self(), v);
  given->refs++;
  return given;
}

static sley_promise *filter_map_s_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_promise *q = apply_start(d, t, e, held);
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_PENDING)
    return sley_bind_at(t->site, q, on_option, sley__transform_keep(t), sley__transform_unref);
  if (u->state == STATE_REJECTED || !sley_is_none(sley__value_of(u))) return q;
  sley__ref_drop(d, q);
  return NULL;
}

/* ---- map_list, flatten ---- */

/* The next element of the list at hand, by sley_take's rule. */
static sley_promise *list_before(sley_domain *d, transform *t)
{
  if (t->holder == NULL) return NULL;
  sley_list *list = sley_list_in(sley__value_of(t->holder));
  if (t->at == list->count) {
    sley_promise *holder = t->holder;
    t->holder = NULL;
    sley__ref_drop(d, holder);
    return NULL;
  }
  struct list_entry *entry = &list->entries[t->at++];
  sley_promise *holder = t->holder;
  bool alone = holder->refs == 1 && holder->producers == 0 && !(holder->flags & FLAG_SHARED);
  struct sley__lent lent;
  lent.value = sley__entry_value(entry);
  lent.reader = entry->owner != NULL ? entry->owner : holder;
  lent.held = alone ? 1 : 0;
  lent.outer = d->lent;
  d->lent = &lent;
  sley_value out;
  int code = sley_take(lent.value, &out);
  d->lent = lent.outer;
  if (code == 0) return sley_return_at(t->site, out);
  return sley_fail_at(t->site, sley_error_new_at(t->site, &sley_kind_sley, -code, NULL));
}

static void list_start(sley_domain *d, transform *t, sley_promise *holder)
{
  sley_promise *old = t->holder;
  t->holder = holder;
  t->at = 0;
  sley__ref_drop(d, old);
}

static sley_promise *map_list_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_value out;
  sley_error *error = apply_map(d, t, e, held, &out);
  if (error != NULL) return sley__stream_raise(t->site, error);
  sley_promise *holder = sley_return_at(t->site, out);
  if (holder->state == STATE_REJECTED) return holder;
  list_start(d, t, holder);
  return NULL;
}

static sley_promise *on_list(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  sley_promise *holder = sley__reader_of(d, v);
  (void)v;
  holder->refs++;
  list_start(d, ctx, holder);
  return sley__transform_next(ctx);
}

static sley_promise *map_list_s_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  sley_promise *q = apply_start(d, t, e, held);
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_PENDING)
    return sley_bind_at(t->site, q, on_list, sley__transform_keep(t), sley__transform_unref);
  if (u->state == STATE_REJECTED) return q;
  u->refs++;
  list_start(d, t, u);
  sley__ref_drop(d, q);
  return NULL;
}

static sley_promise *flatten_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  (void)held;
  e->refs++;
  list_start(d, t, e);
  return NULL;
}

sley_stream *sley_stream_flatten_at(const char *site, sley_stream *s)
{
  transform t = {.site = site, .stream = s, .got = flatten_got, .before = list_before};
  return sley__transform(&t);
}

/* ---- the public functions ---- */

#define TRANSFORM(name, fn, member, ...)                                                   \
  sley_stream *sley_stream_##name##_at(const char *site, sley_stream *s, fn *f, void *ctx, \
                                       sley_drop_fn *drop)                                 \
  {                                                                                        \
    transform t = {.site = site,                                                           \
                   .stream = s,                                                            \
                   .got = name##_got,                                                      \
                   .member = f,                                                            \
                   .ctx = ctx,                                                             \
                   .drop = drop,                                                           \
                   __VA_ARGS__};                                                           \
    return sley__transform(&t);                                                            \
  }
TRANSFORM(map, sley_map_fn, map, .before = NULL)
TRANSFORM(filter, sley_test_fn, test, .before = NULL)
TRANSFORM(filter_map, sley_map_fn, map, .before = NULL)
TRANSFORM(filter_s, sley_bind_fn, start, .before = NULL)
TRANSFORM(filter_map_s, sley_bind_fn, start, .before = NULL)
TRANSFORM(map_list, sley_map_fn, map, .before = list_before)
TRANSFORM(map_list_s, sley_bind_fn, start, .before = list_before)
#define map_s_got apply_start
TRANSFORM(map_s, sley_bind_fn, start, .before = NULL)
