/* Threads that start, rest and leave: in every order, a waiting job finds a thread.
 * Tests src/preempt/help.c, src/preempt/submit.c, src/preempt/thread.c, src/preempt/join.c, src/preempt/park.c. */
#define _GNU_SOURCE
#include "support/clock.h"
#include "support/watched_pool.h"

/* No thread leaves for idleness: a thread that does would look for lost jobs and find them. */
static void pool_is(unsigned minimum, unsigned maximum)
{
  sley_workers_options o = {
      .size = sizeof(o), .name = "test", .minimum = minimum, .maximum = maximum, .idle = 1000};
  assert_null(sley_workers_new(&o, &pool));
}

/* Waits until this many jobs are finished and their threads rest: a thread that finds no job goes to rest before it
 * releases the lock under which the last one was counted. */
static void rest_all(unsigned threads_there, uint64_t jobs)
{
  sley_workers_counters c;
  do {
    usleep(500);
    c = figures_of();
  } while (c.threads != threads_there || c.finished != jobs || c.busy > c.in_main);
}

/* ---- a thread comes back from sley_run_in_main ---- */

enum { IN_MAIN, BACK, RAN };

static sley_resolver *main_call;

static sley_promise *waits_in_main(sley_value *arg)
{
  (void)arg;
  sley_promise *p = sley_pending(&main_call);
  set(&flags[IN_MAIN]);
  return p;
}

/* Visits the domain and, once back, waits for another job to run. */
static sley_error *visits_then_waits(sley_value *arg, sley_value *out)
{
  sley_error *e = sley_run_in_main(NULL, waits_in_main, sley_unit(), NULL);
  set(&flags[BACK]);
  for (int i = 0; i < 60000 && !is_set(&flags[RAN]); i++) usleep(500);
  *out = sley_int(arg->i + is_set(&flags[RAN]));
  return e;
}

static sley_error *sets_ran(sley_value *arg, sley_value *out)
{
  set(&flags[RAN]);
  return doubled(arg, out);
}

static void visit_begins(sley_promise **p)
{
  set_back();
  *p = sley_detach(pool, visits_then_waits, sley_int(10));
  while (!is_set(&flags[IN_MAIN])) run_gives(sley_sleep(0.001), 0);
}

static void visit_ends(void)
{
  sley_fulfill(&main_call, sley_unit());
  while (!is_set(&flags[BACK])) run_gives(sley_sleep(0.001), 0);
}

static void two_at_the_gate(void)
{
  gate_close();
  sley_promise *ps[2];
  for (int i = 0; i < 2; i++) ps[i] = sley_detach(pool, gated, token(i));
  gate_wait(2);
  gate_release();
  for (int i = 0; i < 2; i++) run_soon(ps[i], i * 2);
}

/* Fault 25: the woken thread exceeds the maximum and leaves; another thread must run the job. */
static void woken_above_the_maximum(void **state)
{
  (void)state;
  for (unsigned minimum = 0; minimum <= 2; minimum += 2) {
    sley_promise *visit;
    pool_is(minimum, 2);
    visit_begins(&visit);
    two_at_the_gate();
    rest_all(3, 2);
    visit_ends();
    run_soon(sley_detach(pool, sets_ran, token(4)), 8);
    run_soon(visit, 11);
    close_pool(pool);
  }
}

/* While the returned thread and another one run, nobody takes a third job. */
static void above_the_maximum_the_first_that_can_leaves(void **state)
{
  (void)state;
  sley_promise *visit;
  pool_is(1, 1);
  visit_begins(&visit);
  assert_int_equal(figures_of().in_main, 1);
  gate_close();
  sley_promise *stands_in = sley_detach(pool, gated, token(1));
  gate_wait(1);
  visit_ends();
  assert_int_equal(figures_of().in_main, 0);
  sley_promise *waits = sley_detach(pool, doubled, token(3));
  assert_int_equal(figures_of().queued, 1);
  set(&flags[RAN]);
  run_soon(visit, 11);
  while (figures_of().threads > 1) usleep(500);
  sley_workers_counters c = figures_of();
  assert_int_equal(c.busy, 1);
  assert_int_equal(c.queued, 1);
  gate_release();
  run_soon(stands_in, 2);
  run_soon(waits, 6);
  close_pool(pool);
}

/* ---- threads that cannot be started ---- */

static sley_promise *quick[2];

/* Between the decision to start a thread and the start. */
static void the_others_go_to_rest(void)
{
  gate_release();
  rest_all(2, 2);
}

/* Fault 27: the last thread does not arm the sleeper while a start is under way, and then that start fails. */
static void a_start_fails_while_the_last_goes_to_rest(void **state)
{
  (void)state;
  pool_is(2, 2);
  gate_close();
  quick[0] = sley_detach(pool, gated, token(1));
  gate_wait(1);
  __atomic_store_n(&starts_to_fail, 1, __ATOMIC_RELAXED);
  behind_unlock = the_others_go_to_rest;
  quick[1] = sley_detach(pool, doubled, token(2));
  assert_int_equal(__atomic_load_n(&starts_to_fail, __ATOMIC_RELAXED), 0);
  run_soon(quick[0], 2);
  run_soon(quick[1], 4);
  run_soon(sley_detach(pool, doubled, token(3)), 6);
  sley_workers_counters c = figures_of();
  assert_int_equal(c.not_started, 1);
  assert_int_equal(c.started, 1);
  assert_int_equal(c.threads_most, 1); /* a thread that could not be started was never alive */
  close_pool(pool);
}

/* The first job can depend on the others. */
static void a_failed_start_is_tried_again(void **state)
{
  (void)state;
  sley_promise *ps[2];
  pool_is(0, 2);
  gate_close();
  sley_promise *blocker = sley_detach(pool, gated, token(1));
  gate_wait(1);
  __atomic_store_n(&starts_to_fail, 1, __ATOMIC_RELAXED);
  ps[0] = sley_detach(pool, doubled, token(2));
  assert_int_equal(figures_of().not_started, 1);
  run_gives(sley_sleep(0.15), 0);
  ps[1] = sley_detach(pool, doubled, token(3));
  for (int i = 0; i < 2; i++) run_soon(ps[i], 4 + 2 * i);
  gate_release();
  run_soon(blocker, 2);
  close_pool(pool);
}

/* Each try costs a system call, and most fail again. */
static void failed_starts_are_tried_now_and_then(void **state)
{
  (void)state;
  enum { JOBS = 500 };
  static sley_promise *ps[JOBS];
  pool_is(0, 4);
  gate_close();
  sley_promise *blocker = sley_detach(pool, gated, token(1));
  gate_wait(1);
  __atomic_store_n(&starts_to_fail, 1000000, __ATOMIC_RELAXED);
  double before = clock_seconds();
  for (int i = 0; i < JOBS; i++) ps[i] = sley_detach(pool, doubled, token(i));
  double took = clock_seconds() - before;
  assert_true(figures_of().not_started <= 1 + (uint64_t)(took * 10));
  __atomic_store_n(&starts_to_fail, 0, __ATOMIC_RELAXED);
  gate_release();
  run_soon(blocker, 2);
  for (int i = 0; i < JOBS; i++) run_soon(ps[i], i * 2);
  close_pool(pool);
}

/* A failed start does not count as a thread of the runtime either. */
static void a_failed_start_does_not_count(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 2), 0);
  pool_is(2, 2);
  for (int i = 0; i < 5; i++) {
    __atomic_store_n(&starts_to_fail, 1, __ATOMIC_RELAXED);
    run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_errno, EAGAIN);
  }
  two_at_the_gate();
  close_pool(pool);
  assert_int_equal(finish(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(woken_above_the_maximum),
      TEST(above_the_maximum_the_first_that_can_leaves),
      TEST(a_start_fails_while_the_last_goes_to_rest),
      TEST(a_failed_start_is_tried_again),
      TEST(failed_starts_are_tried_now_and_then),
      cmocka_unit_test(a_failed_start_does_not_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
