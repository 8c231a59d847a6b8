/* One call to each of several domains, and all their results. */
#include "domain/seat.h"

sley_promise *sley_call_all_at(const char *site, sley_domain *const *to, size_t n, sley_call_fn *f,
                               sley_value arg)
{
  sley_domain *d = sley__self();
  size_t bytes = n * sizeof(sley_promise *) + 1, made = 0;
  sley_promise **ps = sley__runtime_alloc(d->runtime, bytes);
  sley_promise *all = sley__nomem_promise();
  int code = 0;
  if (ps != NULL) {
    for (; made < n; made++) {
      sley_value own = arg;
      if (made + 1 < n) code = sley_value_dup(&arg, &own);
      else arg = sley_unit();
      if (code != 0) break;
      ps[made] = sley_call_at(site, to[made], f, own);
    }
    if (code == 0) {
      all = sley_all_at(site, ps, n);
    } else {
      for (size_t i = 0; i < made; i++) {
        sley_cancel(ps[i]);
        sley_drop(ps[i]);
      }
      if (code != -SLEY_ENOMEM)
        all = sley_fail_at(
            site, sley_error_new_at(site, &sley_kind_sley, -code,
                                    "the argument of sley_call_all: %s", sley_code_text(code)));
    }
    sley__runtime_free(d->runtime, ps, bytes);
  }
  sley_value_drop(&arg);
  return all;
}

sley_promise *(sley_call_all)(sley_domain *const *to, size_t n, sley_call_fn *f, sley_value arg)
{
  return sley_call_all_at("", to, n, f, arg);
}
