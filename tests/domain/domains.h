/* What the tests of domains share: starting and ending them, and values that count themselves. */
#ifndef TESTS_DOMAIN_DOMAINS_H
#define TESTS_DOMAIN_DOMAINS_H

#include "../support.h"

static int tokens; /* alive; any thread, __atomic */

static inline void token_drop(void *ptr)
{
  free(ptr);
  __atomic_sub_fetch(&tokens, 1, __ATOMIC_RELAXED);
}

static inline void *token_new(int64_t i)
{
  int64_t *ptr = malloc(sizeof(*ptr));
  *ptr = i;
  __atomic_add_fetch(&tokens, 1, __ATOMIC_RELAXED);
  return ptr;
}

static inline void *token_dup(void *ptr) { return token_new(*(int64_t *)ptr); }

static const sley_type token_type = {.size = sizeof(sley_type),
                                     .name = "token",
                                     .drop = token_drop,
                                     .dup = token_dup,
                                     .send = sley_send_plain};
static const sley_type stays_type = {
    .size = sizeof(sley_type), .name = "stays", .drop = token_drop, .dup = token_dup};

static inline sley_value token(int64_t i) { return sley_own(token_new(i), &token_type); }
static inline sley_value stays(int64_t i) { return sley_own(token_new(i), &stays_type); }
static inline int64_t number_in(const sley_value *v) { return *(int64_t *)v->ptr; }

static inline int alive(void) { return __atomic_load_n(&tokens, __ATOMIC_RELAXED); }

/* Runs p, which gives a token, and drops it. */
static inline int64_t run_token(sley_promise *p)
{
  sley_value v;
  assert_null(sley_run(p, &v));
  int64_t i = *(int64_t *)sley_value_ptr(&v, &token_type);
  sley_value_drop(&v);
  return i;
}

/* NULL where there is no memory. */
static inline sley_domain *start_or_none(const char *name)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = name};
  int code = sley_domain_spawn(&d, &o);
  if (code != 0) assert_true(code == -SLEY_ENOMEM || code == -SLEY_ESYSTEM);
  return d;
}

static inline sley_domain *start(const char *name)
{
  sley_domain *d = start_or_none(name);
  assert_non_null(d);
  return d;
}

/* A request that found no memory is made again. */
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

/* Whatever comes. */
static inline void settle(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e == NULL) sley_value_drop(&v);
  sley_error_drop(e);
}

/* However busy the machine is. */
#define WAIT_UNTIL(condition)                                                   \
  do {                                                                          \
    for (int waited = 0; waited < 20000 && !(condition); waited++) rest(0.001); \
    assert_true(condition);                                                     \
  } while (0)

static inline void rest(double seconds) { sley_error_drop(sley_run(sley_sleep(seconds), NULL)); }

static inline void give_up(void *ctx)
{
  sley_resolver *r = ctx;
  sley_resolver_drop(&r);
}

static inline sley_promise *never(sley_value *arg)
{
  sley_resolver *r;
  (void)arg;
  sley_promise *p = sley_cancelable(&r);
  if (r != NULL) sley_on_cancel(p, give_up, r);
  return p;
}

/* A domain kept in a callback until it is let go. */
static int hold_state; /* any thread, __atomic: 1 in the callback, 2 let go */

static inline sley_promise *hold(sley_value *arg)
{
  (void)arg;
  __atomic_store_n(&hold_state, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&hold_state, __ATOMIC_ACQUIRE) == 1) usleep(100);
  return sley_return(sley_unit());
}

/* Returns when it is there; the promise is settled when it was let go. */
static inline sley_promise *hold_domain(sley_domain *d)
{
  __atomic_store_n(&hold_state, 0, __ATOMIC_RELEASE);
  sley_promise *p = sley_call(d, hold, sley_unit());
  sley_domain_flush();
  while (__atomic_load_n(&hold_state, __ATOMIC_ACQUIRE) == 0) usleep(100);
  return p;
}

static inline void let_go(void) { __atomic_store_n(&hold_state, 2, __ATOMIC_RELEASE); }

static inline sley_promise *give_back(sley_value *arg)
{
  sley_value v;
  return sley_take(arg, &v) == 0 ? sley_return(v) : sley_fail(sley_error_nomem());
}

#endif
