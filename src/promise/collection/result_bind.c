/* Continuing from promises of results. Each combinator is a bind or a map whose context names the function to call. */
#include "promise/collection/result.h"

typedef struct step {
  const char *site;
  union {
    sley_bind_fn *bind;
    sley_catch_fn *failed;
    sley_map_fn *map;
    sley_error_map_fn *map_error;
  };
  void *ctx;
} step;

static void step_drop(void *ctx) { sley__free(sley__self(), ctx, sizeof(step)); }

static step *step_new(const char *site, void *ctx)
{
  step *s = sley__alloc(sley__self(), sizeof(*s));
  if (s != NULL) *s = (step){.site = site, .ctx = ctx};
  return s;
}

static sley_promise *refused(sley_promise *p)
{
  sley_drop(p);
  return sley__nomem_promise();
}

static sley_promise *result_call_bind(step *s, sley_result *r)
{
  struct sley__lent lent;
  sley_domain *d = sley__self();
  sley_promise *q = s->bind(s->ctx, sley__result_lend(d, &lent, r));
  sley__result_return(d, &lent);
  return q;
}

static sley_error *result_call_map(step *s, sley_result *r, sley_value *out)
{
  struct sley__lent lent;
  sley_domain *d = sley__self();
  *out = sley_unit();
  sley_error *e = s->map(s->ctx, sley__result_lend(d, &lent, r), out);
  sley__result_return(d, &lent);
  if (e != NULL) sley_value_drop(out);
  return e;
}

static sley_promise *pass(step *s, sley_value *v)
{
  sley_value same;
  int code = sley_take(v, &same);
  return code == 0 ? sley_return_at(s->site, same)
                   : sley_fail_at(s->site, sley__error_of_code(code));
}

static sley_error *run_map(void *ctx, sley_value *in, sley_value *out)
{
  sley_result *r = sley_result_in(in);
  sley_value v;
  if (r->error != NULL) return sley__result_pass(in, out);
  sley_error *e = result_call_map(ctx, r, &v);
  return e != NULL ? e : sley__result_give(NULL, v, out);
}

static sley_error *run_bind_result(void *ctx, sley_value *in, sley_value *out)
{
  sley_result *r = sley_result_in(in);
  sley_value v;
  if (r->error != NULL) return sley__result_pass(in, out);
  sley_error *e = result_call_map(ctx, r, &v);
  return sley__result_give(e, v, out);
}

static sley_error *run_map_error(void *ctx, sley_value *in, sley_value *out)
{
  step *s = ctx;
  sley_result *r = sley_result_in(in);
  if (r->error == NULL) return sley__result_pass(in, out);
  sley_error *e = s->map_error(s->ctx, r->error);
  if (e == NULL)
    sley__abort(
        "the function passed to sley_result_map_error returned no error (NULL): return the lent "
        "error with sley_error_keep, or a new one from sley_error_new");
  return sley__result_give(e, sley_unit(), out);
}

static sley_promise *run_bind(void *ctx, sley_value *v)
{
  sley_result *r = sley_result_in(v);
  return r->error != NULL ? pass(ctx, v) : result_call_bind(ctx, r);
}

static sley_promise *run_bind_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_in(v);
  return r->error == NULL ? pass(s, v) : s->failed(s->ctx, r->error);
}

static sley_promise *run_bind_promise(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_in(v);
  return r->error != NULL ? pass(s, v) : sley_result_ok_at(s->site, result_call_bind(s, r));
}

static sley_promise *run_bind_promise_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_in(v);
  if (r->error == NULL) return pass(s, v);
  return sley_result_from_error_at(s->site, s->failed(s->ctx, r->error));
}

static sley_promise *run_iter(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_in(v);
  return r->error != NULL ? sley_return_at(s->site, sley_unit()) : result_call_bind(s, r);
}

static sley_promise *run_iter_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_in(v);
  return r->error == NULL ? sley_return_at(s->site, sley_unit()) : s->failed(s->ctx, r->error);
}

#define COMBINATOR(name, function_type, member, with, run)                                   \
  sley_promise *sley_result_##name##_at(const char *site, sley_promise *p, function_type *f, \
                                        void *ctx, sley_drop_fn *drop)                       \
  {                                                                                          \
    step *s = step_new(site, ctx);                                                           \
    if (s == NULL) return sley__with_drop(refused(p), ctx, drop);                            \
    s->member = f;                                                                           \
    return sley__with_drop(with(site, p, run, s, step_drop), ctx, drop);                     \
  }
COMBINATOR(map, sley_map_fn, map, sley_map_at, run_map)
COMBINATOR(bind_result, sley_map_fn, map, sley_map_at, run_bind_result)
COMBINATOR(map_error, sley_error_map_fn, map_error, sley_map_at, run_map_error)
COMBINATOR(bind, sley_bind_fn, bind, sley_bind_at, run_bind)
COMBINATOR(bind_error, sley_catch_fn, failed, sley_bind_at, run_bind_error)
COMBINATOR(bind_promise, sley_bind_fn, bind, sley_bind_at, run_bind_promise)
COMBINATOR(bind_promise_error, sley_catch_fn, failed, sley_bind_at, run_bind_promise_error)
COMBINATOR(iter, sley_bind_fn, bind, sley_bind_at, run_iter)
COMBINATOR(iter_error, sley_catch_fn, failed, sley_bind_at, run_iter_error)

/* ---- both */

typedef struct first_error {
  uint32_t refs;
  sley_error *error;
} first_error;

static void first_drop(void *ctx)
{
  first_error *f = ctx;
  if (--f->refs > 0) return;
  sley_error_drop(f->error);
  sley__free(sley__self(), f, sizeof(*f));
}

static sley_error *note_error(void *ctx, sley_value *in, sley_value *out)
{
  first_error *f = ctx;
  sley_result *r = sley_result_in(in);
  if (r->error != NULL && f->error == NULL) f->error = sley_error_keep(r->error);
  return sley__result_pass(in, out);
}

static int take_inner(sley_list *list, size_t at, sley_value *out)
{
  sley_value result;
  int code = sley_list_take_item(list, at, &result);
  *out = sley_unit();
  if (code != 0) return code;
  sley_result *r = sley_result_in(&result);
  if (r->refs == 1 && r->value.type != &sley_type_moved) {
    *out = r->value;
    r->value = sley_unit();
  } else {
    struct sley__lent lent;
    sley_domain *d = sley__self();
    code = sley_take(sley__result_lend(d, &lent, r), out);
    sley__result_return(d, &lent);
  }
  sley_value_drop(&result);
  return code;
}

static sley_error *pair_up(void *ctx, sley_value *in, sley_value *out)
{
  first_error *f = ctx;
  sley_value values[2], list;
  if (f->error != NULL) return sley__result_give(sley_error_keep(f->error), sley_unit(), out);
  int code = take_inner(sley_list_in(in), 0, &values[0]);
  if (code == 0) {
    code = take_inner(sley_list_in(in), 1, &values[1]);
    if (code != 0) sley_value_drop(&values[0]);
  }
  if (code != 0) return sley__error_of_code(code);
  sley_error *e = sley_list_new(values, 2, &list);
  return e == NULL ? sley__result_give(NULL, list, out) : e;
}

sley_promise *sley_result_both_at(const char *site, sley_promise *a, sley_promise *b)
{
  first_error *f = sley__alloc(sley__self(), sizeof(*f));
  if (f == NULL) {
    sley_drop(a);
    return refused(b);
  }
  *f = (first_error){.refs = 3};
  a = sley_map_at(site, a, note_error, f, first_drop);
  b = sley_map_at(site, b, note_error, f, first_drop);
  return sley_map_at(site, sley_both_at(site, a, b), pair_up, f, first_drop);
}
