/* Domains share a mutex, a once and a condition, and some are ended at any moment: a hand-over to a domain that has
 * ended goes on to the next, so that in the end the mutex can be locked, the once is done, and a signal has woken a
 * waiter. */
#include "program.h"

const char simulate_program[] = "shared";

enum { WORKERS = 3, TURNS = 3 };
static sley_cross_mutex *mutex;
static sley_cross_once *once;
static sley_cross_condition *condition;
static unsigned woken, done; /* any thread, __atomic */

static void nothing_reported(void *ctx, const char *line)
{
  (void)ctx;
  (void)line;
}

/* A domain whose end is not reported, because this program ends many. */
static sley_domain *quiet(const char *name)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o),
                           .name = name,
                           .report = nothing_reported,
                           .async_hook = silent,
                           .unhandled_hook = silent};
  CHECK(sley_domain_spawn(&o, &d) == NULL);
  return d;
}

typedef struct worker { /* one domain's own */
  uint64_t random;
  unsigned left;
} worker;

static sley_promise *take_a_while(void *ctx)
{
  worker *w = ctx;
  uint64_t random = next_random(&w->random);
  switch (random % 3) {
    case 0: return sley_return(sley_unit());
    case 1: return sley_pause();
    default: return sley_sleep((double)((sley_time)(random % 3000)) / SLEY_SECOND);
  }
}

static sley_promise *lock_again(void *ctx, sley_value *v);

static sley_promise *not_locked(void *ctx, sley_error *e)
{
  CHECK(sley_error_is_canceled(e) || sley_error_is(e, &sley_kind_sley, SLEY_EGONE));
  return lock_again(ctx, NULL);
}

static sley_promise *lock_again(void *ctx, sley_value *v)
{
  worker *w = ctx;
  (void)v;
  if (w->left-- == 0) return sley_return(sley_unit());
  sley_promise *p = sley_cross_mutex_with_lock(mutex, take_a_while, w);
  if (next_random(&w->random) % 4 == 0) sley_cancel(p);
  return sley_try_bind(p, lock_again, not_locked, w);
}

/* Some of the attempts fail. */
static sley_promise *begin(void *ctx)
{
  worker *w = ctx;
  if (next_random(&w->random) % 2 == 0)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "by order"));
  return take_a_while(w);
}

static sley_promise *lock_then(void *ctx, sley_error *e)
{
  (void)e;
  return lock_again(ctx, NULL);
}

static worker *worker_new(const sley_value *arg)
{
  worker *w = malloc(sizeof(*w));
  CHECK(w != NULL);
  *w = (worker){arg->u | 1, TURNS};
  return w;
}

static sley_promise *work(sley_value *arg)
{
  worker *w = worker_new(arg);
  sley_promise *p = sley_try_bind(sley_cross_once_run(once, begin, w), lock_again, lock_then, w);
  return sley_attach(p, w, free);
}

static void count_woken(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  __atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
}

/* Starts waiting and answers immediately. */
static sley_promise *begin_to_wait(sley_value *arg)
{
  (void)arg;
  sley_promise *p = sley_cross_condition_wait(condition, NULL);
  sley_on_success(p, count_woken, NULL);
  sley_drop(p);
  return sley_return(sley_unit());
}

static sley_promise *succeed(void *ctx)
{
  (void)ctx;
  __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
  return sley_return(sley_unit());
}

/* A signal in flight to a domain that ends wakes the waiter here. */
static void a_signal_and_an_end(uint64_t *random)
{
  sley_domain *d = quiet("waits");
  woken = 0;
  CHECK(wait_for(sley_call(d, begin_to_wait, sley_unit())));
  sley_promise *here = sley_cross_condition_wait(condition, NULL);
  sley_promise *over = sley_domain_shutdown(d, 0);
  sley_domain_flush();
  if (next_random(random) % 2 == 0)
    wait_for(sley_sleep((double)((sley_time)(*random % 2000)) / SLEY_SECOND));
  sley_cross_condition_signal(condition);
  CHECK(wait_for(over));
  sley_domain_drop(d);
  if (__atomic_load_n(&woken, __ATOMIC_RELAXED) > 0) {
    CHECK(sley_is_pending(here));
    sley_cross_condition_signal(condition);
  }
  CHECK(wait_for(here));
}

static sley_promise *held_open(void *ctx)
{
  sley_resolver **r = ctx;
  return sley_pending(r);
}

static sley_promise *begin_to_ask(sley_value *arg)
{
  sley_drop(sley_cross_once_run(arg->ptr, succeed, NULL));
  return sley_return(sley_unit());
}

/* The turn of a once passes to a domain that ends: whoever asks behind it gets the turn, or finds it done. */
static void a_turn_and_an_end(uint64_t *random)
{
  sley_cross_once *o;
  sley_resolver *r;
  CHECK(sley_cross_once_new(&o) == NULL);
  sley_promise *fails = sley_cross_once_run(o, held_open, &r);
  sley_domain *d = quiet("asks");
  CHECK(wait_for(sley_call(d, begin_to_ask, sley_borrow(o))));
  sley_promise *behind = sley_cross_once_run(o, succeed, NULL);
  sley_promise *over = sley_domain_shutdown(d, 0);
  sley_domain_flush();
  if (next_random(random) % 2 == 0)
    wait_for(sley_sleep((double)((sley_time)(*random % 2000)) / SLEY_SECOND));
  sley_reject(&r, sley_error_new(&sley_kind_sley, SLEY_EINVAL, "by order"));
  CHECK(!wait_for(fails));
  CHECK(wait_for(over));
  CHECK(wait_for(behind));
  sley_domain_drop(d);
  sley_cross_once_drop(o);
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_domain *domains[WORKERS];
  sley_promise *ps[WORKERS], *ends[WORKERS];
  run_begin();
  sley_drop(sley_return(sley_unit()));
  CHECK(sley_cross_mutex_new(&mutex) == NULL);
  CHECK(sley_cross_once_new(&once) == NULL);
  CHECK(sley_cross_condition_new(&condition) == NULL);
  done = 0;
  for (int i = 0; i < WORKERS; i++) {
    domains[i] = quiet("worker");
    ps[i] = sley_call(domains[i], work, sley_int((int64_t)next_random(&random)));
  }
  for (int i = 0; i < WORKERS; i++) {
    if (next_random(&random) % 2 == 0)
      wait_for(sley_sleep((double)((sley_time)(random % 4000)) / SLEY_SECOND));
    ends[i] = sley_domain_shutdown(domains[i], 0);
  }
  for (int i = 0; i < WORKERS; i++) wait_for(ps[i]);
  CHECK(wait_for(sley_join(ends, WORKERS)));
  for (int i = 0; i < WORKERS; i++) sley_domain_drop(domains[i]);
  CHECK(wait_for(sley_cross_mutex_lock(mutex)));
  sley_cross_mutex_unlock(mutex);
  CHECK(wait_for(sley_cross_once_run(once, succeed, NULL)));
  a_signal_and_an_end(&random);
  a_turn_and_an_end(&random);
  sley_cross_condition_drop(condition);
  sley_cross_once_drop(once);
  sley_cross_mutex_drop(mutex);
  run_end();
}
