/* A pool's begin and end functions, and what its threads do after end: they can take long, fail, and call a domain;
 * no job waits for that.
 * Tests src/preempt/thread.c. */
#define _GNU_SOURCE
#include "support/clock.h"
#include "support/watched_pool.h"

enum { BEGINS, MAY_BEGIN, FAILS };
static sley_promise *quick[2];
static int threads_begun; /* any thread, __atomic */

/* The first thread begins immediately; the others wait, and can fail. */
static sley_error *begins_slowly(void *ctx, void **state)
{
  (void)ctx;
  *state = NULL;
  if (__atomic_add_fetch(&threads_begun, 1, __ATOMIC_RELAXED) == 1) return NULL;
  set(&flags[BEGINS]);
  while (!is_set(&flags[MAY_BEGIN])) usleep(500);
  return is_set(&flags[FAILS]) ? sley_error_new(&sley_kind_errno, ENOENT, "no licence") : NULL;
}

static void slow_pool_is(unsigned maximum, void (*end)(void *, void *))
{
  sley_workers_options o = {.size = sizeof(o),
                            .name = "slow",
                            .minimum = maximum,
                            .maximum = maximum,
                            .begin = begins_slowly,
                            .end = end};
  set_back();
  __atomic_store_n(&threads_begun, 0, __ATOMIC_RELAXED);
  assert_null(sley_workers_new(&o, &pool));
}

/* One thread is idle, the other is in its begin function. */
static void one_rests_one_begins(void)
{
  slow_pool_is(2, NULL);
  gate_close();
  quick[0] = sley_detach(pool, gated, token(1));
  gate_wait(1);
  quick[1] = sley_detach(pool, doubled, token(2));
  while (!is_set(&flags[BEGINS])) usleep(500);
  gate_release();
  run_soon(quick[0], 2);
  run_soon(quick[1], 4);
}

static void who_rests_is_called_while_another_begins(void **state)
{
  (void)state;
  one_rests_one_begins();
  for (int i = 0; i < 3; i++) run_soon(sley_detach(pool, doubled, token(i)), 2 * i);
  assert_int_equal(figures_of().threads, 2);
  set(&flags[MAY_BEGIN]);
  run_soon(sley_detach(pool, doubled, token(9)), 18);
  close_pool(pool);
}

static void who_rests_is_called_when_another_cannot_begin(void **state)
{
  (void)state;
  one_rests_one_begins();
  set(&flags[FAILS]);
  set(&flags[MAY_BEGIN]);
  while (figures_of().threads > 1) usleep(500);
  run_soon(sley_detach(pool, doubled, token(9)), 18);
  close_pool(pool);
}

/* The jobs wait for the thread that could begin; threads are not started one after another for them. */
static void begins_that_fail_are_tried_now_and_then(void **state)
{
  (void)state;
  slow_pool_is(4, NULL);
  set(&flags[FAILS]);
  set(&flags[MAY_BEGIN]);
  gate_close();
  quick[0] = sley_detach(pool, gated, token(1));
  gate_wait(1);
  double before = clock_seconds();
  quick[1] = sley_detach(pool, doubled, token(2));
  for (int i = 0; i < 40; i++) usleep(1000);
  sley_workers_counters c = figures_of();
  double took = clock_seconds() - before;
  assert_true(c.started >= 2);
  assert_true(c.started <= 2 + (uint64_t)(took * 10));
  assert_int_equal(c.queued, 1);
  gate_release();
  run_soon(quick[0], 2);
  run_soon(quick[1], 4);
  close_pool(pool);
}

/* A thread in its begin function is not idle: waiting for idleness includes it. */
static void drained_when_begin_is_over(void **state)
{
  (void)state;
  slow_pool_is(2, NULL);
  gate_close();
  quick[0] = sley_detach(pool, gated, token(1));
  gate_wait(1);
  quick[1] = sley_detach(pool, doubled, token(2));
  while (!is_set(&flags[BEGINS])) usleep(500);
  gate_release();
  run_soon(quick[0], 2);
  run_soon(quick[1], 4);
  sley_promise *drained = sley_workers_drain(pool);
  set(&flags[MAY_BEGIN]);
  run_soon(drained, 0);
  close_pool(pool);
}

static sley_domain *home;

static sley_promise *detaches(sley_value *arg) { return sley_detach(pool, doubled, token(arg->i)); }

static int told_at_the_end; /* any thread, __atomic */

static void asks_home(void *ctx, void *thread_state)
{
  sley_value v = sley_unit();
  (void)ctx;
  (void)thread_state;
  if (__atomic_add_fetch(&threads_begun, 1, __ATOMIC_RELAXED) > 2) return; /* the pool is closed */
  sley_error *e = sley_run_in_main(home, detaches, sley_int(21), &v);
  if (e != NULL) sley_error_drop(e);
  __atomic_store_n(&told_at_the_end, (int)v.i, __ATOMIC_RELEASE);
}

/* A thread that is leaving runs no jobs: a job that its domain starts meanwhile gets another thread. */
static void the_end_of_a_thread_may_call_a_domain(void **state)
{
  (void)state;
  sley_workers_options o = {.size = sizeof(o),
                            .name = "ends",
                            .maximum = 1,
                            .idle = 0.001,
                            .begin = begins_slowly,
                            .end = asks_home};
  set_back();
  set(&flags[MAY_BEGIN]);
  __atomic_store_n(&threads_begun, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&told_at_the_end, 0, __ATOMIC_RELAXED);
  home = sley_domain_keep(sley_domain_current());
  assert_null(sley_workers_new(&o, &pool));
  run_soon(sley_detach(pool, doubled, token(1)), 2);
  for (int i = 0; i < 30000 && __atomic_load_n(&told_at_the_end, __ATOMIC_ACQUIRE) == 0; i++)
    run_gives(sley_sleep(0.001), 0);
  assert_int_equal(__atomic_load_n(&told_at_the_end, __ATOMIC_ACQUIRE), 42);
  close_pool(pool);
  sley_domain_drop(home);
}

/* ---- after a thread's end ---- */

enum { ENDS, MAY_END };
static pthread_key_t slow_key;

static void ends_slowly(void *unused)
{
  (void)unused;
  set(&flags[ENDS]);
  for (int i = 0; i < 40000 && !is_set(&flags[MAY_END]); i++) usleep(500);
}

static sley_error *begins_to_end_slowly(void *ctx, void **state)
{
  *state = NULL;
  if (__atomic_add_fetch(&threads_begun, 1, __ATOMIC_RELAXED) == 1)
    pthread_setspecific(slow_key, ctx);
  return NULL;
}

/* Fault 34: the loop does not wait for the destructors of a thread that has left. */
static void a_thread_that_ends_slowly_holds_up_no_start(void **state)
{
  (void)state;
  sley_workers_options o = {.size = sizeof(o),
                            .name = "slow",
                            .maximum = 2,
                            .idle = 0.001,
                            .begin = begins_to_end_slowly,
                            .ctx = &o};
  set_back();
  __atomic_store_n(&threads_begun, 0, __ATOMIC_RELAXED);
  assert_int_equal(pthread_key_create(&slow_key, ends_slowly), 0);
  assert_null(sley_workers_new(&o, &pool));
  run_soon(sley_detach(pool, doubled, token(1)), 2);
  while (!is_set(&flags[ENDS])) usleep(500);
  double before = clock_seconds();
  run_soon(sley_detach(pool, doubled, token(2)), 4);
  assert_true(clock_seconds() - before < 15);
  set(&flags[MAY_END]);
  close_pool(pool);
  pthread_key_delete(slow_key);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(who_rests_is_called_while_another_begins),
      TEST(who_rests_is_called_when_another_cannot_begin),
      TEST(begins_that_fail_are_tried_now_and_then),
      TEST(drained_when_begin_is_over),
      TEST(the_end_of_a_thread_may_call_a_domain),
      TEST(a_thread_that_ends_slowly_holds_up_no_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
