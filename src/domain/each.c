/* One domain per core, all doing the same: spawn, call, and shut down what was called. */
#include <stdio.h>

#include "domain/seat.h"

static const double EACH_PATIENCE = 1.0; /* seconds for what start left behind */

static sley_promise *ended(void *ctx, sley_value *left)
{
  (void)left;
  sley_domain_drop(ctx);
  return sley_return(sley_unit());
}

static sley_promise *not_ended(void *ctx, sley_error *e)
{
  sley_domain_drop(ctx);
  return sley_fail(sley_error_keep(e));
}

static sley_promise *end_one(void *ctx)
{
  return sley_try_bind(sley_no_cancel(sley_domain_shutdown(ctx, EACH_PATIENCE)), ended, not_ended,
                       ctx);
}

static sley_promise *spawn_failed(const char *site, int code)
{
  return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, -code,
                                              "a domain cannot be started: %s", sley_code_text(code)));
}

static sley_promise *start_one(const char *site, unsigned number, sley_call_fn *start,
                               sley_value arg)
{
  char name[32];
  sley_domain *domain;
  snprintf(name, sizeof(name), "domain-%u", number);
  sley_domain_options options = {.size = sizeof(options), .name = name};
  int code = sley_domain_spawn(&domain, &options);
  if (code != 0) {
    sley_value_drop(&arg);
    return spawn_failed(site, code);
  }
  return sley_finalize_at(site, sley_call_at(site, domain, start, arg), end_one, domain);
}

sley_promise *sley_domain_each_at(const char *site, unsigned n, sley_call_fn *start, sley_value arg)
{
  sley_domain *d = sley__self();
  if (n == 0) n = sley_domain_default_count();
  sley_promise **ps = sley__runtime_alloc(d->runtime, n * sizeof(sley_promise *));
  if (ps == NULL) {
    sley_value_drop(&arg);
    return sley__nomem_promise();
  }
  unsigned started = 0;
  int code = 0;
  while (started < n && code == 0) {
    sley_value own = arg;
    if (started + 1 < n) code = sley_value_dup(&arg, &own);
    else arg = sley_unit();
    ps[started] = code != 0 ? spawn_failed(site, code) : start_one(site, started, start, own);
    started++;
    if (sley_state(ps[started - 1]) == SLEY_REJECTED) code = -SLEY_ESYSTEM;
  }
  sley_value_drop(&arg);
  /* One that did not start takes the others with it. */
  if (code != 0)
    for (unsigned i = 0; i + 1 < started; i++) sley_cancel(ps[i]);
  sley_promise *all = sley_join_at(site, ps, started);
  sley__runtime_free(d->runtime, ps, n * sizeof(sley_promise *));
  return all;
}

sley_promise *(sley_domain_each)(unsigned n, sley_call_fn *start, sley_value arg)
{
  return sley_domain_each_at("", n, start, arg);
}
