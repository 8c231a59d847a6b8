/* Worker pools: values, errors, canceling, limits, failing threads and memory.
 * Tests src/preempt/workers.c, src/preempt/job.c, src/preempt/detach.c, src/preempt/pool_queue.c, src/preempt/completion.c,
 * src/preempt/tables.c. */
#include <dlfcn.h>

#include "support/pools.h"

/* The n-th start of a thread and all later ones fail; 0: none. */
static int threads_fail_from, thread_starts;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *ctx)
{
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  if (threads_fail_from != 0 && ++thread_starts >= threads_fail_from) return EAGAIN;
  return real(thread, attributes, start, ctx);
}

static void values_and_errors_come_home(void **state)
{
  (void)state;
  tokens.dropped = 0;
  run_gives(sley_detach(NULL, doubled, token(21)), 42);
  assert_int_equal(tokens_dropped(), 1);
  sley_value back;
  assert_null(sley_run(sley_detach(NULL, given_back, token(5)), &back));
  assert_int_equal(*(int64_t *)back.ptr, 5);
  assert_int_equal(tokens_dropped(), 1);
  sley_value_drop(&back);
  const char *text = run_fails(sley_detach(NULL, failing, token(7)), &sley_kind_errno, EIO);
  assert_non_null(strstr(text, "job 7"));
  assert_int_equal(tokens_dropped(), 3);
}

static void what_may_not_cross_is_refused(void **state)
{
  (void)state;
  tokens.dropped = 0;
  run_fails(sley_detach(NULL, doubled, local(0)), &sley_kind_sley, SLEY_ESEND);
  run_fails(sley_detach(NULL, gives_local, sley_unit()), &sley_kind_sley, SLEY_ESEND);
  assert_int_equal(tokens_dropped(), 2);
}

static void many_jobs_on_few_threads(void **state)
{
  (void)state;
  enum { JOBS = 2000 };
  static sley_promise *ps[JOBS];
  sley_workers *pool = pool_of(3);
  tokens.dropped = 0;
  for (int i = 0; i < JOBS; i++) ps[i] = sley_detach(pool, doubled, token(i));
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  assert_true(c.threads <= 3);
  for (int i = 0; i < JOBS; i++) run_gives(ps[i], i * 2);
  close_pool(pool);
  assert_int_equal(tokens_dropped(), JOBS);
}

static void canceled_before_it_runs_it_never_does(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  tokens.dropped = 0;
  sley_promise *first = sley_detach(pool, gated, token(1));
  gate_wait(1);
  sley_promise *second = sley_detach(pool, gated, token(2));
  sley_cancel(second);
  assert_int_equal(tokens_dropped(), 1);
  run_fails(second, &sley_kind_sley, SLEY_ECANCELED);
  gate_release();
  run_gives(first, 2);
  assert_int_equal(at_gate, 1);
  close_pool(pool);
}

static void canceled_while_it_runs_it_goes_on(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  tokens.dropped = 0;
  sley_promise *p = sley_detach(pool, gated, token(1));
  gate_wait(1);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(tokens_dropped(), 0); /* the job still owns its argument */
  gate_release();
  run_gives(sley_detach(pool, doubled, token(4)), 8);
  close_pool(pool);
  assert_int_equal(tokens_dropped(), 2);
}

static int dropped; /* any thread, __atomic */

static void count_drop(void *ctx) { __atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELAXED); }

static void bad_options(void **state)
{
  (void)state;
  sley_workers *pool;
  dropped = 0;
  sley_workers_options few = {
      .size = sizeof(few), .minimum = 4, .maximum = 2, .ctx = &dropped, .drop = count_drop};
  assert_int_equal(code_of_error(sley_workers_new(&few, &pool)), -SLEY_EINVAL);
  assert_null(pool);
  assert_int_equal(dropped, 1);
}

static void the_pools_context_is_dropped_once(void **state)
{
  (void)state;
  sley_workers *pool;
  dropped = 0;
  sley_workers_options o = {.size = sizeof(o), .maximum = 1, .ctx = &dropped, .drop = count_drop};
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_workers_close(pool, -1), 0);
  assert_int_equal(finish(), 0);
  assert_int_equal(dropped, 1);
}

static void no_thread_at_all(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(4);
  tokens.dropped = 0;
  threads_fail_from = 1;
  thread_starts = 0;
  const char *text = run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_errno, EAGAIN);
  assert_non_null(strstr(text, "no worker thread can be started"));
  assert_int_equal(tokens_dropped(), 1);
  /* One thread is enough for all jobs. */
  threads_fail_from = 2;
  thread_starts = 0;
  sley_promise *ps[8];
  for (int i = 0; i < 8; i++) ps[i] = sley_detach(pool, doubled, token(i));
  for (int i = 0; i < 8; i++) run_gives(ps[i], i * 2);
  threads_fail_from = 0;
  close_pool(pool);
}

static void the_runtimes_limit(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 1), 0);
  sley_workers *pool = pool_of(4), *other = pool_of(4);
  run_gives(sley_detach(pool, doubled, token(1)), 2);
  run_fails(sley_detach(other, doubled, token(1)), &sley_kind_errno, EAGAIN);
  close_pool(pool);
  run_gives(sley_detach(other, doubled, token(2)), 4);
  close_pool(other);
  assert_int_equal(finish(), 0);
}

/* A job that finishes after its domain's end has nowhere to return to: its result is dropped. */
static void a_domain_that_ends_first(void **state)
{
  (void)state;
  gate_close();
  tokens.dropped = 0;
  assert_int_equal(begin(false, 0), 0);
  sley_promise *p = sley_detach(NULL, gated, token(1));
  gate_wait(1);
  sley_cancel(p);
  sley_drop(p);
  gate_release();
  assert_int_equal(finish(), 0);
  assert_int_equal(tokens_dropped(), 1);
}

static void jobs_without_memory(void)
{
  tokens.dropped = 0;
  sley_value v;
  sley_promise *ps[3];
  for (int i = 0; i < 3; i++) ps[i] = sley_detach(NULL, given_back, token(i));
  int given = 0;
  for (int i = 0; i < 3; i++) {
    if (!ran_or_no_memory(ps[i], &v)) continue;
    assert_int_equal(*(int64_t *)v.ptr, i);
    sley_value_drop(&v);
    given++;
  }
  assert_int_equal(tokens_dropped(), 3);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(jobs_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(values_and_errors_come_home),
      TEST(what_may_not_cross_is_refused),
      TEST(many_jobs_on_few_threads),
      TEST(canceled_before_it_runs_it_never_does),
      TEST(canceled_while_it_runs_it_goes_on),
      TEST(bad_options),
      cmocka_unit_test(the_pools_context_is_dropped_once),
      TEST(no_thread_at_all),
      cmocka_unit_test(the_runtimes_limit),
      cmocka_unit_test(a_domain_that_ends_first),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
