/* One domain per core, all doing the same: spawn, call, and shut down what was called. */
#include <stdio.h>

#include "domain/seat.h"

#define EACH_PATIENCE SLEY_SECOND /* for what start left behind */

/* A domain's end, made ready before the domain is started: so that one that was started is ended,
 * whatever memory is left then. */
typedef struct ending {
  sley_runtime *runtime;
  sley_domain *domain;
  item *request;
  sley_promise *over; /* settled when the domain has ended */
} ending;

static void ending_drop(void *ctx)
{
  ending *e = ctx;
  sley_domain_drop(e->domain);
  sley__runtime_free(e->runtime, e, sizeof(*e));
}

static sley_promise *ended(void *ctx, sley_value *left)
{
  (void)ctx;
  (void)left;
  return sley_return(sley_unit());
}

static ending *ending_new(const char *site)
{
  sley_runtime *runtime = sley__self()->runtime;
  ending *e = sley__runtime_alloc(runtime, sizeof(*e));
  if (e == NULL) return NULL;
  *e = (ending){.runtime = runtime};
  sley_promise *p;
  item *request = sley__shutdown_prepare(site, &p);
  if (request == NULL) {
    ending_drop(e);
    return NULL;
  }
  request->patience = EACH_PATIENCE;
  e->request = request;
  p = sley_no_cancel_at(site, p);
  sley_promise *over = sley_bind_own_at(site, p, ended, e, ending_drop);
  if (sley_is_pending(over)) {
    e->over = over;
    return e;
  }
  sley_drop(over); /* out of memory: e is gone */
  sley__shutdown_forget(request);
  return NULL;
}

static void ending_forget(ending *e)
{
  item *request = e->request;
  sley_drop(e->over);
  sley__shutdown_forget(request);
}

static sley_promise *end_one(void *ctx)
{
  ending *e = ctx;
  sley_promise *over = e->over;
  sley__shutdown_send(e->request, e->domain);
  return over;
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
  ending *e = ending_new(site);
  if (e == NULL) {
    sley_value_drop(&arg);
    return sley__nomem_promise();
  }
  snprintf(name, sizeof(name), "domain-%u", number);
  sley_domain_options options = {.size = sizeof(options), .name = name};
  int code = sley_domain_spawn(&e->domain, &options);
  if (code != 0) {
    ending_forget(e);
    sley_value_drop(&arg);
    return spawn_failed(site, code);
  }
  return sley_finalize_at(site, sley_call_at(site, e->domain, start, arg), end_one, e);
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
