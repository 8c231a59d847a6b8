/* Results: a value or an error in one counted object; promises of results made from plain ones, and back.
 * result_bind.c has the combinators that call functions. */
#include "promise/collection/result.h"

static SLEY__NOINLINE void end_slowly(sley_result *r)
{
  sley__object_end(sley__self(), r, OBJECT_RESULT);
}

static void result_drop(void *ptr)
{
  sley_result *r = ptr;
  if (--r->refs > 0) return;
  if (SLEY__UNLIKELY(!sley__is_leaf(&r->value))) {
    end_slowly(r);
    return;
  }
  if (r->error != NULL) sley_error_drop(r->error);
  if (r->value.type != NULL) sley_value_drop(&r->value);
  sley__free(sley__self(), r, sizeof(*r));
}

void sley__result_end(sley_domain *d, void *result)
{
  sley_result *r = result;
  sley_error_drop(r->error);
  sley_value_drop(&r->value);
  sley__free(d, r, sizeof(*r));
}

static void *result_dup(void *ptr)
{
  ((sley_result *)ptr)->refs++;
  return ptr;
}

const sley_type sley_type_result = {
    .size = sizeof(sley_type), .name = "sley_result", .drop = result_drop, .dup = result_dup};

static sley_error *result_new(sley_error *e, sley_value v, sley_value *out)
{
  sley_result *r = sley__alloc(sley__self(), sizeof(*r));
  *out = sley_unit();
  if (r == NULL) {
    sley_error_drop(e);
    sley_value_drop(&v);
    return sley_error_nomem();
  }
  *r = (sley_result){.refs = 1, .error = e, .value = v};
  *out = sley_own(r, &sley_type_result);
  return NULL;
}

sley_error *sley_result_new_ok(sley_value v, sley_value *out)
{
  SLEY__NEEDS(out);
  return result_new(NULL, v, out);
}

sley_error *sley_result_new_error(sley_error *e, sley_value *out)
{
  if (e == NULL) sley__no_error("sley_result_new_error", "");
  return result_new(e, sley_unit(), out);
}

sley_result *sley_result_in(const sley_value *v) { return sley_value_ptr(v, &sley_type_result); }

bool sley_result_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_result); }

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

sley_error *sley__result_pass(sley_value *v, sley_value *out)
{
  int code = sley_take(v, out);
  return code == 0 ? NULL : sley__error_of_code(code);
}

sley_error *sley__result_give(sley_error *e, sley_value v, sley_value *out)
{
  return result_new(e, v, out);
}

/* ---- promises of results */

static sley_promise *give(const char *site, sley_error *e, sley_value v)
{
  sley_value out;
  if (result_new(e, v, &out) != NULL) return sley__nomem_promise();
  return sley_return_at(site, out);
}

sley_promise *sley_result_return_at(const char *site, sley_value v) { return give(site, NULL, v); }

sley_promise *sley_result_fail_at(const char *site, sley_error *e)
{
  if (e == NULL) sley__no_error("sley_result_fail", "");
  return give(site, e, sley_unit());
}

sley_promise *sley_result_lift_at(const char *site, sley_error *e, sley_value v)
{
  if (e != NULL) sley_value_drop(&v);
  return give(site, e, e != NULL ? sley_unit() : v);
}

/* ---- making results of plain promises, and back */

static sley_error *to_ok(void *ctx, sley_value *in, sley_value *out)
{
  sley_value v;
  (void)ctx;
  int code = sley_take(in, &v);
  return code == 0 ? sley__result_give(NULL, v, out) : sley__error_of_code(code);
}

static sley_error *to_error(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  return sley__result_give(sley_error_keep(sley_error_in(in)), sley_unit(), out);
}

static sley_promise *to_error_caught(void *site, sley_error *e)
{
  return sley_result_fail_at(site, sley_error_keep(e));
}

static sley_promise *get(void *ctx, sley_value *v)
{
  sley_value inner;
  struct sley__lent lent;
  sley_domain *d = sley__self();
  sley_result *r = sley_result_in(v);
  if (r->error != NULL) return sley_fail_at(ctx, sley_error_keep(r->error));
  int code = sley_take(sley__result_lend(d, &lent, r), &inner);
  sley__result_return(d, &lent);
  return code == 0 ? sley_return_at(ctx, inner) : sley_fail_at(ctx, sley__error_of_code(code));
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
  return sley_map_at(site, p, to_ok, NULL, NULL);
}

sley_promise *sley_result_from_error_at(const char *site, sley_promise *p)
{
  return sley_map_at(site, p, to_error, NULL, NULL);
}

sley_promise *sley_result_catch_at(const char *site, sley_promise *p)
{
  return sley_catch_at(site, sley_result_ok_at(site, p), to_error_caught, site_ctx(site), NULL);
}

sley_promise *sley_result_get_at(const char *site, sley_promise *p)
{
  return sley_bind_at(site, p, get, site_ctx(site), NULL);
}

/* ---- plain names */
