/* Short forms: see sley/convenience.h. */
#include <sley/convenience.h>

#include "promise/combine/combine.h"

#define READY(name, value) \
  sley_promise *sley_return_##name##_at(const char *site) { return sley_return_at(site, value); }
READY(unit, sley_unit())
READY(none, sley_none())
READY(true, sley_bool(true))
READY(false, sley_bool(false))

sley_promise *sley_return_nil_at(const char *site)
{
  sley_value nil;
  if (sley_list_new(NULL, 0, &nil) != NULL) return sley__nomem_promise();
  return sley_return_at(site, nil);
}

sley_promise *sley_return_result_at(const char *site, sley_error *e, sley_value v)
{
  if (e == NULL) return sley_return_at(site, v);
  sley_value_drop(&v);
  return sley_fail_at(site, e);
}

void sley_settle(sley_resolver **r, sley_error *e, sley_value v)
{
  if (e == NULL) {
    sley_fulfill(r, v);
    return;
  }
  sley_value_drop(&v);
  sley_reject(r, e);
}

void sley_settle_now(sley_resolver **r, sley_error *e, sley_value v)
{
  if (e == NULL) {
    sley_fulfill_now(r, v);
    return;
  }
  sley_value_drop(&v);
  sley_reject_now(r, e);
}

sley_promise *sley_promise_from_resolver(sley_resolver *r)
{
  sley_domain *d = sley__self();
  sley_promise *p = (sley_promise *)(void *)r;
  if (p == NULL)
    sley__abort(
        "sley_promise_from_resolver was given a resolver that has already answered and is NULL: "
        "call it before the answer");
  sley__self_of_resolver(p, "sley_promise_from_resolver", false);
  p = sley__underlying(d, p);
  /* Only its producers may keep it alive, so this can be its first reference. */
  p->refs++;
  return p;
}

sley_promise *sley_debug_state_is_at(const char *site, const sley_promise *p,
                                     sley_promise_state state, const sley_value *v)
{
  const sley_value *now = sley_promise_value(p);
  bool is = sley_state(p) == state;
  if (is && v != NULL) is = now != NULL && now->type == v->type && now->u == v->u;
  return sley_return_at(site, sley_bool(is));
}

/* ---- a function called now ---- */

sley_promise *sley_apply(sley_value v, sley_bind_fn *f, void *ctx)
{
  SLEY__NEEDS(f);
  sley__self();
  sley_promise *q = f(ctx, &v);
  sley__returned(q, "sley_apply", "");
  if (v.type != NULL) sley__lent_settles(&v, q, "sley_apply", "");
  sley_value_drop(&v);
  return q;
}

sley_promise *sley_wrap_at(const char *site, sley_value v, sley_map_fn *f, void *ctx)
{
  SLEY__NEEDS_AT(site, f);
  sley__self();
  sley_value out = sley_unit();
  sley_error *e = f(ctx, &v, &out);
  sley__lent_given_back(&v, &out, __func__, site);
  sley_value_drop(&v);
  if (e == NULL) return sley_return_at(site, out);
  sley_value_drop(&out);
  return sley_fail_at(site, e);
}
