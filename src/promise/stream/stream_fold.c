/* Reading streams to their end, or to the element searched for. */
#include <stdlib.h>

#include "promise/stream/stream.h"

/* The readings that call a function of the caller. */
typedef struct fold_walk {
  reading reading;
  union {
    sley_fold_fn *fold;
    sley_fold_bind_fn *fold_s;
    sley_visit_fn *each;
    sley_bind_fn *start;
    sley_test_fn *test;
    sley_map_fn *map;
  };
  void *ctx;
  sley_drop_fn *drop;
  sley_value sum;     /* fold */
  sley_promise *held; /* fold_s: the sum's promise; find_s: the element being tested */
} fold_walk;

static fold_walk *walk_of(reading *r) { return (fold_walk *)(void *)r; }

static void walk_release(sley_domain *d, reading *r)
{
  fold_walk *w = walk_of(r);
  sley_value_drop(&w->sum);
  sley__ref_drop(d, w->held);
  if (w->drop != NULL) w->drop(w->ctx);
}

static sley_promise *none_result(reading *r) { return sley_return_at(r->site, sley_none()); }

/* ---- all of it ---- */

static sley_promise *to_list_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return sley__collection_return(d, r->site, &r->collected);
  element *e = sley__reading_consume(d, r);
  return sley__collect(d, &r->collected, e) ? NULL : sley__nomem_promise();
}

typedef struct writing {
  reading reading;
  char *text; /* allocated with malloc, as sley_type_text requires */
  size_t length, capacity;
} writing;

static bool text_grow(writing *w)
{
  size_t capacity = w->capacity * 2 + 128;
  char *text = realloc(w->text, capacity);
  if (text == NULL) return false;
  w->text = text;
  w->capacity = capacity;
  return true;
}

static sley_promise *to_text_step(sley_domain *d, reading *r)
{
  writing *w = (writing *)(void *)r;
  if (w->length + 1 >= w->capacity && !text_grow(w)) return sley__nomem_promise();
  if (sley__is_end(r->cursor)) {
    char *text = w->text;
    text[w->length] = '\0';
    w->text = NULL;
    return sley_return_at(r->site, sley_own(text, &sley_type_text));
  }
  element *e = sley__reading_consume(d, r);
  sley_value v = *sley__value_of(e);
  sley__ref_drop(d, e);
  if (v.type != NULL || v.i <= 0 || v.i > 255)
    return sley_fail_at(
        r->site,
        sley_error_new_at(r->site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_stream_to_text: an element is not a character from 1 to 255"));
  w->text[w->length++] = (char)v.i;
  return NULL;
}

static void to_text_release(sley_domain *d, reading *r)
{
  (void)d;
  free(((writing *)(void *)r)->text);
}

/* ---- fold ---- */

static sley_promise *fold_step(sley_domain *d, reading *r)
{
  fold_walk *w = walk_of(r);
  if (sley__is_end(r->cursor)) {
    sley_value sum = w->sum;
    w->sum = sley_unit();
    return sley_return_at(r->site, sum);
  }
  element *e = sley__reading_consume(d, r);
  struct sley__lent lent;
  sley_error *error = w->fold(w->ctx, &w->sum, sley__element_lend(d, &lent, e, 1));
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  return error != NULL ? sley_fail_at(r->site, error) : NULL;
}

/* The sum is the promise that f returned, to which others can have references. */
static sley_promise *fold_s_step(sley_domain *d, reading *r)
{
  fold_walk *w = walk_of(r);
  sley_promise *sum = w->held;
  if (sley__is_end(r->cursor)) {
    w->held = NULL;
    return sum;
  }
  element *e = sley__reading_consume(d, r);
  struct sley__lent lent_sum, lent;
  sley_value *lends = sley__element_lend(d, &lent_sum, sum, 1);
  sley__reading_await(d, r, w->fold_s(w->ctx, lends, sley__element_lend(d, &lent, e, 1)));
  sley__element_return(d, &lent);
  sley__element_return(d, &lent_sum);
  sley__ref_drop(d, e);
  return NULL;
}

static sley_promise *fold_s_resume(sley_domain *d, reading *r, sley_value *v)
{
  fold_walk *w = walk_of(r);
  sley_promise *old = w->held;
  (void)v;
  w->held = sley__reader_of(d, v);
  w->held->refs++;
  sley__ref_drop(d, old);
  return NULL;
}

/* ---- iter ---- */

static sley_promise *iter_step(sley_domain *d, reading *r)
{
  const fold_walk *w = walk_of(r);
  if (sley__is_end(r->cursor)) return sley__unit_promise(d);
  element *e = sley__reading_consume(d, r);
  struct sley__lent lent;
  sley_error *error = w->each(w->ctx, sley__element_lend(d, &lent, e, 1));
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  return error != NULL ? sley_fail_at(r->site, error) : NULL;
}

/* Calls the function with the next element. */
static sley_promise *start_next(sley_domain *d, reading *r)
{
  const fold_walk *w = walk_of(r);
  element *e = sley__reading_consume(d, r);
  struct sley__lent lent;
  sley_promise *q = w->start(w->ctx, sley__element_lend(d, &lent, e, 1));
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  return q;
}

static sley_promise *iter_s_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return sley__unit_promise(d);
  sley__reading_await(d, r, start_next(d, r));
  return NULL;
}

static sley_promise *iter_s_resume(sley_domain *d, reading *r, sley_value *v)
{
  (void)d;
  (void)r;
  (void)v;
  return NULL;
}

static sley_promise *iter_p_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return sley__unit_promise(d);
  sley__reading_await(d, r, start_next(d, r)); /* only for its checks */
  sley_promise *q = r->awaits;
  r->awaits = NULL;
  return sley__collect(d, &r->collected, q) ? NULL : sley__nomem_promise();
}

static sley_promise *on_rest(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(ctx);
}

static void promise_drop(void *p) { sley_drop(p); }

/* Waits for each promise of c in order, then returns p. */
static sley_promise *iter_p_chain(sley_domain *d, const char *site, collection *c, sley_promise *p)
{
  while (c->count > 0) p = sley_bind_at(site, c->at[--c->count], on_rest, p, promise_drop);
  sley__collection_drop(d, c);
  return p;
}

/* ---- find ---- */

static sley_promise *find_step(sley_domain *d, reading *r)
{
  const fold_walk *w = walk_of(r);
  if (sley__is_end(r->cursor)) return none_result(r);
  element *e = sley__reading_consume(d, r);
  bool yes = false;
  struct sley__lent lent;
  sley_error *error = w->test(w->ctx, sley__element_lend(d, &lent, e, 1), &yes);
  sley__element_return(d, &lent);
  if (error == NULL && yes) return e;
  sley__ref_drop(d, e);
  return error != NULL ? sley_fail_at(r->site, error) : NULL;
}

static sley_promise *find_s_step(sley_domain *d, reading *r)
{
  fold_walk *w = walk_of(r);
  if (sley__is_end(r->cursor)) return none_result(r);
  element *e = sley__reading_consume(d, r);
  struct sley__lent lent;
  w->held = e;
  sley__reading_await(d, r, w->start(w->ctx, sley__element_lend(d, &lent, e, 1)));
  sley__element_return(d, &lent);
  return NULL;
}

static sley_promise *find_s_resume(sley_domain *d, reading *r, sley_value *v)
{
  fold_walk *w = walk_of(r);
  element *e = w->held;
  w->held = NULL;
  if (v->i != 0) return e;
  sley__ref_drop(d, e);
  return NULL;
}

static sley_promise *find_map_step(sley_domain *d, reading *r)
{
  const fold_walk *w = walk_of(r);
  if (sley__is_end(r->cursor)) return none_result(r);
  element *e = sley__reading_consume(d, r);
  sley_value out = sley_none();
  struct sley__lent lent;
  sley_error *error = w->map(w->ctx, sley__element_lend(d, &lent, e, 1), &out);
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  if (error == NULL) return sley_is_none(&out) ? NULL : sley_return_at(r->site, out);
  sley_value_drop(&out);
  return sley_fail_at(r->site, error);
}

static sley_promise *find_map_s_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return none_result(r);
  sley__reading_await(d, r, start_next(d, r));
  return NULL;
}

static sley_promise *find_map_s_resume(sley_domain *d, reading *r, sley_value *v)
{
  (void)r;
  if (sley_is_none(v)) return NULL;
  sley_promise *found = sley__reader_of(d, v);
  found->refs++;
  return found;
}

/* ---- the public functions ---- */

static const reading_type type_to_list = {
    .function = "sley_stream_to_list", .bytes = sizeof(reading), .step = to_list_step};
static const reading_type type_to_text = {.function = "sley_stream_to_text",
                                          .bytes = sizeof(writing),
                                          .step = to_text_step,
                                          .release = to_text_release};

sley_promise *sley_stream_to_list_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_to_list");
  reading r = {0};
  return d != NULL ? sley__read(d, &r, &type_to_list, site, s, true) : sley__nomem_promise();
}

sley_promise *sley_stream_to_text_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_to_text");
  writing w = {0};
  return d != NULL ? sley__read(d, &w.reading, &type_to_text, site, s, true)
                   : sley__nomem_promise();
}

static sley_promise *walk_go(const reading_type *type, const char *site, sley_stream *s,
                             fold_walk *w, bool owns)
{
  sley_domain *d = sley__stream_enter(s, type->function);
  if (d != NULL) return sley__read(d, &w->reading, type, site, s, owns);
  walk_release(sley__self(), &w->reading);
  return sley__nomem_promise();
}

#define WALK_TYPE(name, ...)                                                 \
  static const reading_type type_##name = {.function = "sley_stream_" #name, \
                                           .bytes = sizeof(fold_walk),       \
                                           .release = walk_release,          \
                                           .step = name##_step,              \
                                           __VA_ARGS__};
WALK_TYPE(fold, .resume = NULL)
WALK_TYPE(fold_s, .resume = fold_s_resume)
WALK_TYPE(iter, .resume = NULL)
WALK_TYPE(iter_s, .resume = iter_s_resume)
WALK_TYPE(iter_p, .chain = iter_p_chain)
WALK_TYPE(find, .resume = NULL)
WALK_TYPE(find_s, .resume = find_s_resume)
WALK_TYPE(find_map, .resume = NULL)
WALK_TYPE(find_map_s, .resume = find_map_s_resume)

#define WALK(name, fn, member, consumes)                                                    \
  sley_promise *sley_stream_##name##_at(const char *site, sley_stream *s, fn *f, void *ctx, \
                                        sley_drop_fn *drop)                                 \
  {                                                                                         \
    fold_walk w = {.member = f, .ctx = ctx, .drop = drop};                                  \
    return walk_go(&type_##name, site, s, &w, consumes);                                    \
  }
WALK(iter, sley_visit_fn, each, true)
WALK(iter_s, sley_bind_fn, start, true)
WALK(iter_p, sley_bind_fn, start, true)
WALK(find, sley_test_fn, test, false)
WALK(find_s, sley_bind_fn, start, false)
WALK(find_map, sley_map_fn, map, false)
WALK(find_map_s, sley_bind_fn, start, false)

sley_promise *sley_stream_fold_at(const char *site, sley_stream *s, sley_value sum, sley_fold_fn *f,
                                  void *ctx, sley_drop_fn *drop)
{
  fold_walk w = {.fold = f, .ctx = ctx, .drop = drop, .sum = sum};
  return walk_go(&type_fold, site, s, &w, true);
}

sley_promise *sley_stream_fold_s_at(const char *site, sley_stream *s, sley_value sum,
                                    sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  fold_walk w = {.fold_s = f, .ctx = ctx, .drop = drop, .held = sley_return_at(site, sum)};
  if (w.held->state == STATE_FULFILLED) return walk_go(&type_fold_s, site, s, &w, true);
  sley_stream_drop(s);
  walk_release(sley__self(), &w.reading);
  return sley__nomem_promise();
}
