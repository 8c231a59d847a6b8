/* Periodic calls and pauses after a time, on a test clock.
 * Tests src/reactor/every.c. */
#include <math.h>

#include "support/process.h"

static sley_time begun;
static char log_text[256];
static sley_promise *periodic;

static int by_hand(void **state)
{
  if (setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND) != NULL) return -1;
  begun = sley_now();
  log_text[0] = '\0';
  return 0;
}

#define ON_TEST_CLOCK(f) cmocka_unit_test_setup_teardown(f, by_hand, teardown)

static void note(void)
{
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof(log_text) - used, "%.15g/%zu ",
           (double)(sley_now() - begun) * 1e-9, sley_every_missed());
}

static void passes(double seconds) { assert_null(sley_test_clock_advance(seconds)); }

static int dropped;
static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}

static void stop(void)
{
  dropped = 0;
  sley_cancel(periodic);
  run_fails(periodic, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(dropped, 1);
  assert_int_equal(sley_step_timeout(), -1);
}

static sley_promise *immediate(void *ctx)
{
  (void)ctx;
  note();
  return sley_return(sley_unit());
}

static void at_multiples(void **state)
{
  (void)state;
  periodic = sley_every(0.5, immediate, NULL, count_drop);
  passes(0.4);
  assert_string_equal(log_text, "");
  passes(1.6);
  assert_string_equal(log_text, "0.5/0 1/0 1.5/0 2/0 ");
  assert_int_equal(sley_every_missed(), 0);
  stop();
}

static sley_promise *slow(void *ctx)
{
  note();
  return sley_sleep(*(double *)ctx);
}

/* A call that takes longer than the time between two leaves out what it misses, and the rest stay at their multiples. */
static void never_two_at_once(void **state)
{
  (void)state;
  double seconds = 2.5;
  periodic = sley_every(1, slow, &seconds, count_drop);
  passes(5);
  assert_string_equal(log_text, "1/0 4/2 ");
  seconds = 1; /* over exactly when the next is due: none is missed */
  passes(5);
  assert_string_equal(log_text, "1/0 4/2 7/2 8/0 9/0 10/0 ");
  stop();
}

static sley_promise *fail_third(void *ctx)
{
  int *left = ctx;
  note();
  return --*left > 0 ? sley_return(sley_unit())
                     : sley_fail(sley_error_new(&sley_kind_sley, SLEY_EEOF, NULL));
}

static void ends_with_an_error(void **state)
{
  (void)state;
  int left = 3;
  dropped = 0;
  periodic = sley_every(1, fail_third, &left, count_drop);
  passes(10);
  run_fails(periodic, &sley_kind_sley, SLEY_EEOF);
  assert_string_equal(log_text, "1/0 2/0 3/0 ");
  assert_int_equal(dropped, 1);
}

static int canceled;
static void count_cancel(void *ctx)
{
  (void)ctx;
  canceled++;
}

static sley_promise *cancelable(void *ctx)
{
  sley_promise *p = sley_sleep(1000);
  (void)ctx;
  sley_on_cancel(p, count_cancel, NULL);
  return p;
}

static void cancel_reaches_the_call(void **state)
{
  (void)state;
  canceled = 0;
  periodic = sley_every(1, cancelable, NULL, count_drop);
  passes(2);
  stop();
  assert_int_equal(canceled, 1);
}

static sley_promise *cancel_all(void *ctx)
{
  (void)ctx;
  sley_cancel(periodic);
  assert_int_equal(dropped, 0); /* ctx is still there */
  return sley_return(sley_unit());
}

static void canceled_by_its_call(void **state)
{
  (void)state;
  dropped = 0;
  periodic = sley_every(1, cancel_all, NULL, count_drop);
  passes(5);
  run_fails(periodic, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(dropped, 1);
}

static void times_are_positive(void **state)
{
  (void)state;
  static const double wrong[] = {0, -1, (double)NAN};
  dropped = 0;
  for (size_t i = 0; i < 3; i++)
    run_fails(sley_every(wrong[i], immediate, NULL, count_drop), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(dropped, 3);
  periodic = sley_every(1e300, immediate, NULL, count_drop);
  passes(1e6);
  stop();
}

/* The real clock is behind when the test clock ends in a call: the next one is at the next multiple, not after ages. */
static sley_promise *end_clock(void *ctx)
{
  (void)ctx;
  note();
  sley_test_clock_end();
  return sley_return(sley_unit());
}

static void clock_goes_back(void **state)
{
  (void)state;
  passes(1000);
  periodic = sley_every(0.5, end_clock, NULL, count_drop);
  passes(0.5);
  assert_string_equal(log_text, "1000.5/0 ");
  sley_time left = sley_step_timeout();
  assert_true(left > 990 * SLEY_SECOND && left < 1002 * SLEY_SECOND);
  stop();
}

static int calls;
static sley_promise *count_to_three(void *ctx)
{
  (void)ctx;
  return ++calls < 3 ? sley_sleep(0.0001)
                     : sley_fail(sley_error_new(&sley_kind_sley, SLEY_EEOF, NULL));
}

static void without_memory(void)
{
  calls = 0;
  sley_error *e = sley_run(sley_every(0.001, count_to_three, NULL, count_drop), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EEOF) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

static bool pauses(sley_time *last)
{
  sley_promise *p = sley_pause_after(1, last);
  bool pending = sley_is_pending(p);
  run_gives(p, 0);
  return pending;
}

/* B10.6, and that a time that is not positive pauses always. */
static void pause_after(void **state)
{
  (void)state;
  sley_time last = 0;
  assert_false(pauses(&last));
  assert_false(pauses(&last));
  passes(0.999999999);
  assert_false(pauses(&last));
  passes(0.000000001);
  assert_true(pauses(&last));
  assert_false(pauses(&last));
  assert_false(pauses(&last));
  sley_promise *p = sley_pause_after(0, &last);
  assert_true(sley_is_pending(p));
  run_gives(p, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ON_TEST_CLOCK(at_multiples),         ON_TEST_CLOCK(never_two_at_once),
      ON_TEST_CLOCK(ends_with_an_error),   ON_TEST_CLOCK(cancel_reaches_the_call),
      ON_TEST_CLOCK(canceled_by_its_call), ON_TEST_CLOCK(times_are_positive),
      ON_TEST_CLOCK(clock_goes_back),      cmocka_unit_test(every_allocation_fails),
      ON_TEST_CLOCK(pause_after),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
