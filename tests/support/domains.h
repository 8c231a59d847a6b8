/* Starting and ending domains on threads of their own, and keeping one busy in a callback. */
#ifndef TESTS_SUPPORT_DOMAINS_H
#define TESTS_SUPPORT_DOMAINS_H

#include "support/process.h"
#include "support/tokens.h"

/* NULL if memory ran out. */
static inline sley_domain *start_or_none(const char *name)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = name};
  int code = code_of_error(sley_domain_spawn(&o, &d));
  if (code != 0) assert_true(code == -SLEY_ENOMEM || code == -SLEY_ESYSTEM);
  return d;
}

static inline sley_domain *start(const char *name)
{
  sley_domain *d = start_or_none(name);
  assert_non_null(d);
  return d;
}

/* Retries if memory ran out. */
static inline void end(sley_domain *d)
{
  while (!ran_or_no_memory(sley_domain_shutdown(d, 1), NULL)) continue;
  sley_domain_drop(d);
}

static inline void end_leaving_nothing(sley_domain *d)
{
  run_gives(sley_domain_shutdown(d, 5), 0);
  sley_domain_drop(d);
}

static inline void give_up(void *ctx)
{
  sley_resolver *r = ctx;
  sley_resolver_drop(&r);
}

/* For sley_call: pending until canceled. */
static inline sley_promise *never(sley_value *arg)
{
  sley_resolver *r;
  (void)arg;
  sley_promise *p = sley_cancelable(&r);
  if (r != NULL) sley_on_cancel(p, give_up, r);
  return p;
}

static inline sley_promise *give_back(sley_value *arg)
{
  sley_value v;
  return sley_take(arg, &v) == 0 ? sley_return(v) : sley_fail(sley_error_nomem());
}

/* A domain kept in a callback until let_go is called. */
static int hold_state; /* any thread, __atomic: 1 inside the callback, 2 released */

static inline sley_promise *hold(sley_value *arg)
{
  (void)arg;
  __atomic_store_n(&hold_state, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&hold_state, __ATOMIC_ACQUIRE) == 1) usleep(100);
  return sley_return(sley_unit());
}

/* Returns once d is in the callback. The promise settles after let_go. */
static inline sley_promise *hold_domain(sley_domain *d)
{
  __atomic_store_n(&hold_state, 0, __ATOMIC_RELEASE);
  sley_promise *p = sley_call(d, hold, sley_unit());
  sley_domain_flush();
  while (__atomic_load_n(&hold_state, __ATOMIC_ACQUIRE) == 0) usleep(100);
  return p;
}

static inline void let_go(void) { __atomic_store_n(&hold_state, 2, __ATOMIC_RELEASE); }

#endif
