/* One call to each of several domains: all their results, or all outcomes. */
#include <sley/result.h>

#include "domain/link/link.h"

typedef sley_promise *one_fn(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg);

static sley_promise *call_settled(const char *site, sley_domain *to, sley_call_fn *f,
                                  sley_value arg)
{
  return sley_result_catch_at(site, sley_call_at(site, to, f, arg));
}

static sley_promise *gather_calls(const char *function, const char *site, sley_domain *const *to,
                                  size_t n, sley_call_fn *f, sley_value arg, one_fn *one)
{
  sley_domain *d = sley__self();
  size_t bytes = n * sizeof(sley_promise *) + 1, made = 0;
  sley_promise **ps = n < SIZE_MAX / 64 ? sley__runtime_alloc(d->runtime, bytes) : NULL;
  sley_promise *all = sley__nomem_promise();
  int code = 0;
  if (ps != NULL) {
    for (; made < n; made++) {
      if (to[made] != NULL)
        sley__refuse_elsewhere_in(function, site, to[made]->runtime->origin, "domain",
                                  to[made]->name);
      sley_value own = arg;
      if (made + 1 < n) code = sley_value_dup(&arg, &own);
      else arg = sley_unit();
      if (code != 0) break;
      ps[made] = one(site, to[made], f, own);
    }
    if (code == 0) {
      all = sley_all_at(site, ps, n);
    } else {
      for (size_t i = 0; i < made; i++) {
        sley_cancel(ps[i]);
        sley_drop(ps[i]);
      }
      if (code != -SLEY_ENOMEM)
        all = sley_fail_at(site, sley__dup_error(site, &arg, code, "sley_call_all: the argument"));
    }
    sley__runtime_free(d->runtime, ps, bytes);
  }
  sley_value_drop(&arg);
  return all;
}

sley_promise *sley_call_all_at(const char *site, sley_domain *const *to, size_t n, sley_call_fn *f,
                               sley_value arg)
{
  if (n > 0) SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  return gather_calls(__func__, site, to, n, f, arg, sley_call_at);
}

sley_promise *sley_call_all_settled_at(const char *site, sley_domain *const *to, size_t n,
                                       sley_call_fn *f, sley_value arg)
{
  if (n > 0) SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  return gather_calls(__func__, site, to, n, f, arg, call_settled);
}
