/* Retries with sleeps on the domain's clock: delays, a cancel during a sleep, failing memory.
 * Tests src/reactor/retry.c. */

#include "support/clock.h"
#include "support/process.h"

static const sley_error_kind kind_test = {sizeof(kind_test), "test", NULL};

static struct {
  int calls, succeed_at;
  double at[8]; /* when each attempt began, on a clock that advances within a turn */
} attempts;

static sley_promise *attempt(void *ctx)
{
  (void)ctx;
  attempts.at[attempts.calls % 8] = clock_seconds();
  if (++attempts.calls >= attempts.succeed_at) return sley_return(sley_int(attempts.calls));
  return sley_fail(sley_error_new(&kind_test, attempts.calls, "attempt %d", attempts.calls));
}

static sley_promise *never_asked(void *ctx, double seconds)
{
  (void)ctx;
  (void)seconds;
  fail_msg("the sleep of the options was used");
  return NULL;
}

static const sley_retry_options options = {
    .size = sizeof(options), .retries = 3, .sleep = never_asked, .base = 0.01, .factor = 2};

static sley_promise *start(int succeed_at)
{
  memset(&attempts, 0, sizeof(attempts));
  attempts.succeed_at = succeed_at;
  return sley_retry_sleeping(&options, attempt, NULL);
}

static void sleeps_between_the_attempts(void **state)
{
  (void)state;
  run_gives(start(4), 4);
  for (int i = 0; i < 3; i++) {
    double slept = attempts.at[i + 1] - attempts.at[i];
    assert_true(slept >= 0.01 * (1 << i));
    assert_true(slept < 30);
  }
}

static void tells_the_last_failure(void **state)
{
  (void)state;
  const char *text = run_fails(start(5), &kind_test, 4);
  assert_non_null(strstr(text, "attempt 4, the last"));
  assert_int_equal(attempts.calls, 4);
}

/* Without options there are no retries: one attempt. */
static void without_options(void **state)
{
  (void)state;
  attempts.calls = 0;
  attempts.succeed_at = 9;
  run_fails(sley_retry_sleeping(NULL, attempt, NULL), &kind_test, 1);
  assert_int_equal(attempts.calls, 1);
}

static void canceled_while_it_sleeps(void **state)
{
  (void)state;
  sley_retry_options long_sleep = options;
  attempts.calls = 0;
  attempts.succeed_at = 9;
  long_sleep.base = long_sleep.most = 1000;
  sley_promise *p = sley_retry_sleeping(&long_sleep, attempt, NULL);
  assert_true(sley_is_pending(p));
  sley_promise *both = sley_pick(SLEY_PROMISES(p, sley_sleep(0.001)));
  run_gives(both, 0);
  assert_int_equal(attempts.calls, 1);
  assert_int_equal(sley_step_timeout(), -1); /* the timer is gone */
}

static void scenario(void)
{
  sley_value v;
  if (ran_or_no_memory(start(3), &v)) assert_true(v.i >= 3); /* one for each without memory */
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(scenario);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(sleeps_between_the_attempts),
      TEST(tells_the_last_failure),
      TEST(without_options),
      TEST(canceled_while_it_sleeps),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
