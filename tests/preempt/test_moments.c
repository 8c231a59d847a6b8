/* Moments that last nanoseconds, made longer: between an unlock and the next step, and before a new thread's first
 * step.
 * Tests src/preempt/park.c, src/preempt/thread.c. */
#define _GNU_SOURCE
#include "support/pools.h"
#include "support/thread_calls.h"

static int ran, go, waits; /* any thread, __atomic */

static void set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static bool is_set(int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

static sley_error *sets_ran(sley_value *arg, sley_value *out)
{
  set(&ran);
  return doubled(arg, out);
}

/* ---- an idle thread that was chosen, but is not woken yet ---- */

#define IDLE 0.2

static void longer_than_idle(void)
{
  for (int i = 0; i < (int)(3 * IDLE * 1000) && !is_set(&ran); i++) usleep(1000);
  assert_false(is_set(&ran)); /* it waits for the thread that is about to wake it */
}

static void who_is_chosen_waits_for_the_waker(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "test", .maximum = 1, .idle = IDLE};
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_detach(pool, doubled, token(1)), 2);
  sley_workers_counters c = {.size = sizeof(c)};
  do sley_workers_counters_get(pool, &c);
  while (c.finished != 1);
  __atomic_store_n(&ran, 0, __ATOMIC_RELEASE);
  behind_unlock = longer_than_idle;
  sley_promise *p = sley_detach(pool, sets_ran, token(2));
  run_gives(p, 4);
  run_gives(sley_detach(pool, doubled, token(3)), 6);
  close_pool(pool);
}

/* ---- a thread that has not taken its first step ---- */

static void canceling_the_last_job_ends_a_drain(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  tokens.dropped = 0;
  __atomic_store_n(&starts_held, true, __ATOMIC_RELEASE);
  sley_promise *p = sley_detach(pool, doubled, token(1)), *drained = sley_workers_drain(pool);
  assert_true(sley_is_pending(drained));
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  sley_error *e = sley_run(sley_with_timeout(drained, 20), NULL);
  __atomic_store_n(&starts_held, false, __ATOMIC_RELEASE);
  assert_null(e);
  assert_int_equal(tokens_dropped(), 1);
  close_pool(pool);
}

/* ---- a failed start, before the waiting jobs are rejected for it ---- */

static sley_workers *narrow;

static sley_promise *detaches_when_told(sley_value *arg)
{
  set(&waits);
  while (!is_set(&go)) usleep(500);
  return sley_detach(narrow, doubled, token(arg->i));
}

static void another_domain_starts_one(void)
{
  set(&go);
  gate_wait(1);
}

static void behind_the_next(void) { behind_unlock = another_domain_starts_one; }

static void rejected_only_if_nobody_else_started_a_thread(void **state)
{
  (void)state;
  sley_domain *other;
  sley_domain_options o = {.size = sizeof(o), .name = "other"};
  sley_value v;
  __atomic_store_n(&waits, 0, __ATOMIC_RELEASE);
  __atomic_store_n(&go, 0, __ATOMIC_RELEASE);
  assert_null(sley_domain_spawn(&o, &other));
  narrow = pool_of(1);
  gate_close();
  sley_promise *theirs = sley_call(other, detaches_when_told, sley_int(4));
  while (!is_set(&waits)) run_gives(sley_sleep(0.001), 0);
  __atomic_store_n(&starts_to_fail, 1, __ATOMIC_RELAXED);
  behind_unlock = behind_the_next; /* the decision, then the start */
  sley_promise *mine = sley_detach(narrow, gated, token(3));
  assert_int_equal(at_gate, 1);
  run_gives(sley_sleep(0.02), 0);
  gate_release();
  run_gives(mine, 6);
  sley_error *e = sley_run(theirs, &v);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  assert_int_equal(v.i, 8);
  run_gives(sley_domain_shutdown(other, 5), 0);
  sley_domain_drop(other);
  close_pool(narrow);
}

/* ---- threads that a close leaves behind ---- */

static void who_is_left_behind_clears_up_after_itself(void **state)
{
  (void)state;
  int owed = __atomic_load_n(&threads_owed, __ATOMIC_RELAXED);
  assert_int_equal(begin(false, 0), 0);
  sley_workers *pool = pool_of(2);
  sley_promise *ps[2];
  gate_close();
  for (int i = 0; i < 2; i++) ps[i] = sley_detach(pool, gated, token(i));
  gate_wait(2);
  run_gives(sley_workers_close(pool, 0), 2);
  gate_release();
  for (int i = 0; i < 2; i++) run_gives(ps[i], 2 * i);
  assert_int_equal(finish(), 0);
  assert_int_equal(__atomic_load_n(&threads_owed, __ATOMIC_RELAXED), owed);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(who_is_chosen_waits_for_the_waker),
      TEST(canceling_the_last_job_ends_a_drain),
      TEST(rejected_only_if_nobody_else_started_a_thread),
      cmocka_unit_test(who_is_left_behind_clears_up_after_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
