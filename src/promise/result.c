/* Results: a value or an error in one counted object, and the combinators over promises of them. Each
 * is a bind or a map whose context names the function to call. */
#include <sley/result.h>

#include "promise/promise_internal.h"

struct sley_result {
  uint32_t refs;
  sley_error *error; /* NULL: ok */
  sley_value value;
};

static void result_drop(void *ptr)
{
  sley_result *r = ptr;
  if (--r->refs > 0) return;
  sley_error_drop(r->error);
  sley_value_drop(&r->value);
  sley__free(sley__self(), r, sizeof(*r));
}

static void *result_dup(void *ptr)
{
  ((sley_result *)ptr)->refs++;
  return ptr;
}

const sley_type sley_type_result = {
    .size = sizeof(sley_type), .name = "sley_result", .drop = result_drop, .dup = result_dup};

static int result_new(sley_error *e, sley_value v, sley_value *out)
{
  sley_result *r = sley__alloc(sley__self(), sizeof(*r));
  *out = sley_unit();
  if (r == NULL) {
    sley_error_drop(e);
    sley_value_drop(&v);
    return -SLEY_ENOMEM;
  }
  *r = (sley_result){1, e, v};
  *out = sley_own(r, &sley_type_result);
  return 0;
}

int sley_result_ok_value(sley_value v, sley_value *out)
{
  SLEY__NEEDS(out);
  return result_new(NULL, v, out);
}

int sley_result_error_value(sley_error *e, sley_value *out)
{
  if (e == NULL) sley__abort("sley_result_error_value was given no error");
  return result_new(e, sley_unit(), out);
}

sley_result *sley_result_of(const sley_value *v) { return sley_value_ptr(v, &sley_type_result); }

sley_value *sley_result_value(sley_result *r)
{
  SLEY__NEEDS(r);
  return r->error == NULL ? &r->value : NULL;
}

sley_error *sley_result_error(const sley_result *r)
{
  SLEY__NEEDS(r);
  return r->error;
}

/* ---- errors as values */

static void error_drop(void *ptr) { sley_error_drop(ptr); }
static void *error_dup(void *ptr) { return sley_error_keep(ptr); }
static void *error_send(void *ptr)
{
  sley__error_share(ptr);
  return ptr;
}

const sley_type sley_type_error = {.size = sizeof(sley_type),
                                   .name = "sley_error",
                                   .drop = error_drop,
                                   .dup = error_dup,
                                   .send = error_send};

sley_value sley_error_value(sley_error *e)
{
  if (e == NULL) sley__abort("sley_error_value was given no error");
  return sley_own(e, &sley_type_error);
}

sley_error *sley_error_of_value(const sley_value *v) { return sley_value_ptr(v, &sley_type_error); }

sley_error *sley_error_in(const sley_value *v)
{
  SLEY__NEEDS(v);
  return v->type == &sley_type_error ? v->ptr : NULL;
}

/* ---- promises */

static sley_promise *give(const char *site, sley_error *e, sley_value v)
{
  sley_value out;
  if (result_new(e, v, &out) != 0) return sley__nomem_promise();
  return sley_return_at(site, out);
}

sley_promise *sley_result_return_at(const char *site, sley_value v) { return give(site, NULL, v); }

sley_promise *sley_result_fail_at(const char *site, sley_error *e)
{
  if (e == NULL) sley__abort("sley_result_fail was given no error");
  return give(site, e, sley_unit());
}

sley_promise *sley_result_lift_at(const char *site, sley_error *e, sley_value v)
{
  if (e != NULL) sley_value_drop(&v);
  return give(site, e, e != NULL ? sley_unit() : v);
}

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

/* A reader that is never alone: what several results' holders share is copied, not moved. Any thread
 * reads it, none writes it. */
static sley_promise several = {.refs = 1};

/* The value of ok lent to a callback as the result itself was. */
#define LEND(r, CALL)                                             \
  do {                                                            \
    sley_domain *d = sley__self();                                \
    struct sley__lent lent = {&(r)->value, &several, 0, d->lent}; \
    if ((r)->refs == 1 && d->lent != NULL) {                      \
      lent.reader = d->lent->reader;                              \
      lent.held = d->lent->held;                                  \
    }                                                             \
    d->lent = &lent;                                              \
    CALL;                                                         \
    d->lent = lent.outer;                                         \
  } while (0)

static sley_promise *call_bind(step *s, sley_result *r)
{
  sley_promise *q;
  LEND(r, q = s->bind(s->ctx, &r->value));
  return q;
}

static sley_error *call_map(step *s, sley_result *r, sley_value *out)
{
  sley_error *e;
  *out = sley_unit();
  LEND(r, e = s->map(s->ctx, &r->value, out));
  if (e != NULL) sley_value_drop(out);
  return e;
}

static sley_error *error_of_code(int code)
{
  return code == -SLEY_ENOMEM ? sley_error_nomem()
                              : sley_error_new_at("", &sley_kind_sley, -code, NULL);
}

static sley_promise *pass(step *s, sley_value *v)
{
  sley_value same;
  int code = sley_take(v, &same);
  return code == 0 ? sley_return_at(s->site, same) : sley_fail_at(s->site, error_of_code(code));
}

static sley_error *pass_value(sley_value *v, sley_value *out)
{
  int code = sley_take(v, out);
  return code == 0 ? NULL : error_of_code(code);
}

static sley_error *give_value(sley_error *e, sley_value v, sley_value *out)
{
  return result_new(e, v, out) == 0 ? NULL : sley_error_nomem();
}

/* ---- making results of plain promises, and back */

static sley_error *to_ok(void *ctx, sley_value *in, sley_value *out)
{
  sley_value v;
  (void)ctx;
  int code = sley_take(in, &v);
  return code == 0 ? give_value(NULL, v, out) : error_of_code(code);
}

static sley_error *to_error(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  return give_value(sley_error_keep(sley_error_of_value(in)), sley_unit(), out);
}

static sley_promise *to_error_caught(void *site, sley_error *e)
{
  return sley_result_fail_at(site, sley_error_keep(e));
}

static sley_promise *get(void *ctx, sley_value *v)
{
  sley_value inner;
  sley_result *r = sley_result_of(v);
  int code;
  if (r->error != NULL) return sley_fail_at(ctx, sley_error_keep(r->error));
  LEND(r, code = sley_take(&r->value, &inner));
  return code == 0 ? sley_return_at(ctx, inner) : sley_fail_at(ctx, error_of_code(code));
}

static void *site_ctx(const char *site)
{
  union {
    const char *in;
    void *out;
  } u = {site};
  return u.out;
}

sley_promise *sley_result_ok_at(const char *site, sley_promise *p)
{
  return sley_map_at(site, p, to_ok, NULL);
}

sley_promise *sley_result_error_of_at(const char *site, sley_promise *p)
{
  return sley_map_at(site, p, to_error, NULL);
}

sley_promise *sley_result_catch_at(const char *site, sley_promise *p)
{
  return sley_catch_at(site, sley_result_ok_at(site, p), to_error_caught, site_ctx(site));
}

sley_promise *sley_result_get_at(const char *site, sley_promise *p)
{
  return sley_bind_at(site, p, get, site_ctx(site));
}

/* ---- going on */

static sley_error *run_map(void *ctx, sley_value *in, sley_value *out)
{
  sley_result *r = sley_result_of(in);
  sley_value v;
  if (r->error != NULL) return pass_value(in, out);
  sley_error *e = call_map(ctx, r, &v);
  return e != NULL ? e : give_value(NULL, v, out);
}

static sley_error *run_bind_result(void *ctx, sley_value *in, sley_value *out)
{
  sley_result *r = sley_result_of(in);
  sley_value v;
  if (r->error != NULL) return pass_value(in, out);
  sley_error *e = call_map(ctx, r, &v);
  return give_value(e, v, out);
}

static sley_error *run_map_error(void *ctx, sley_value *in, sley_value *out)
{
  step *s = ctx;
  sley_result *r = sley_result_of(in);
  if (r->error == NULL) return pass_value(in, out);
  sley_error *e = s->map_error(s->ctx, r->error);
  if (e == NULL) sley__abort("the function given to sley_result_map_error returned no error");
  return give_value(e, sley_unit(), out);
}

static sley_promise *run_bind(void *ctx, sley_value *v)
{
  sley_result *r = sley_result_of(v);
  return r->error != NULL ? pass(ctx, v) : call_bind(ctx, r);
}

static sley_promise *run_bind_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_of(v);
  return r->error == NULL ? pass(s, v) : s->failed(s->ctx, r->error);
}

static sley_promise *run_bind_lwt(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_of(v);
  return r->error != NULL ? pass(s, v) : sley_result_ok_at(s->site, call_bind(s, r));
}

static sley_promise *run_bind_lwt_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_of(v);
  if (r->error == NULL) return pass(s, v);
  return sley_result_error_of_at(s->site, s->failed(s->ctx, r->error));
}

static sley_promise *run_iter(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_of(v);
  return r->error != NULL ? sley_return_at(s->site, sley_unit()) : call_bind(s, r);
}

static sley_promise *run_iter_error(void *ctx, sley_value *v)
{
  step *s = ctx;
  sley_result *r = sley_result_of(v);
  return r->error == NULL ? sley_return_at(s->site, sley_unit()) : s->failed(s->ctx, r->error);
}

#define COMBINATOR(name, function_type, member, with, run)                                   \
  sley_promise *sley_result_##name##_at(const char *site, sley_promise *p, function_type *f, \
                                        void *ctx)                                           \
  {                                                                                          \
    step *s = step_new(site, ctx);                                                           \
    if (s == NULL) return refused(p);                                                        \
    s->member = f;                                                                           \
    return with(site, p, run, s, step_drop);                                                 \
  }                                                                                          \
  sley_promise *(sley_result_##name)(sley_promise * p, function_type * f, void *ctx)         \
  {                                                                                          \
    return sley_result_##name##_at("", p, f, ctx);                                           \
  }
COMBINATOR(map, sley_map_fn, map, sley_map_own_at, run_map)
COMBINATOR(bind_result, sley_map_fn, map, sley_map_own_at, run_bind_result)
COMBINATOR(map_error, sley_error_map_fn, map_error, sley_map_own_at, run_map_error)
COMBINATOR(bind, sley_bind_fn, bind, sley_bind_own_at, run_bind)
COMBINATOR(bind_error, sley_catch_fn, failed, sley_bind_own_at, run_bind_error)
COMBINATOR(bind_lwt, sley_bind_fn, bind, sley_bind_own_at, run_bind_lwt)
COMBINATOR(bind_lwt_error, sley_catch_fn, failed, sley_bind_own_at, run_bind_lwt_error)
COMBINATOR(iter, sley_bind_fn, bind, sley_bind_own_at, run_iter)
COMBINATOR(iter_error, sley_catch_fn, failed, sley_bind_own_at, run_iter_error)

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
  sley_result *r = sley_result_of(in);
  if (r->error != NULL && f->error == NULL) f->error = sley_error_keep(r->error);
  return pass_value(in, out);
}

static int take_inner(sley_list *list, size_t at, sley_value *out)
{
  sley_value result;
  int code = sley_list_take(list, at, &result);
  *out = sley_unit();
  if (code != 0) return code;
  sley_result *r = sley_result_of(&result);
  LEND(r, code = r->refs == 1 ? (*out = r->value, r->value = sley_unit(), 0)
                              : sley_take(&r->value, out));
  sley_value_drop(&result);
  return code;
}

static sley_error *pair_up(void *ctx, sley_value *in, sley_value *out)
{
  first_error *f = ctx;
  sley_value values[2], list;
  if (f->error != NULL) return give_value(sley_error_keep(f->error), sley_unit(), out);
  int code = take_inner(sley_list_of(in), 0, &values[0]);
  if (code == 0) {
    code = take_inner(sley_list_of(in), 1, &values[1]);
    if (code != 0) sley_value_drop(&values[0]);
  }
  if (code == 0) code = sley_list_new(values, 2, &list);
  return code == 0 ? give_value(NULL, list, out) : error_of_code(code);
}

sley_promise *sley_result_both_at(const char *site, sley_promise *a, sley_promise *b)
{
  first_error *f = sley__alloc(sley__self(), sizeof(*f));
  if (f == NULL) {
    sley_drop(a);
    return refused(b);
  }
  *f = (first_error){.refs = 3};
  a = sley_map_own_at(site, a, note_error, f, first_drop);
  b = sley_map_own_at(site, b, note_error, f, first_drop);
  return sley_map_own_at(site, sley_both_at(site, a, b), pair_up, f, first_drop);
}

/* ---- plain names */

sley_promise *(sley_result_return)(sley_value v) { return sley_result_return_at("", v); }
sley_promise *(sley_result_fail)(sley_error *e) { return sley_result_fail_at("", e); }
sley_promise *(sley_result_lift)(sley_error *e, sley_value v)
{
  return sley_result_lift_at("", e, v);
}
sley_promise *(sley_result_ok)(sley_promise *p) { return sley_result_ok_at("", p); }
sley_promise *(sley_result_catch)(sley_promise *p) { return sley_result_catch_at("", p); }
sley_promise *(sley_result_get)(sley_promise *p) { return sley_result_get_at("", p); }
sley_promise *(sley_result_error_of)(sley_promise *p) { return sley_result_error_of_at("", p); }
sley_promise *(sley_result_both)(sley_promise *a, sley_promise *b)
{
  return sley_result_both_at("", a, b);
}
