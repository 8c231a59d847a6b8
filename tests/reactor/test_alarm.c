/* Alarms on a test clock. The numbers are those of Lwt's own tests of Lwt_timeout (B8, test_lwt_timeout.ml), whose times
 * are later by up to a second.
 * Tests src/reactor/alarm.c. */
#include <math.h>
#include <time.h>

#include "support/child.h"
#include "support/process.h"

static sley_time begun;
static char log_text[256];

static double elapsed(void) { return (double)(sley_now() - begun) * 1e-9; }

static void logged(const char *name)
{
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof(log_text) - used, "%s%.15g ", name, elapsed());
}

static sley_error *note(void *name)
{
  logged(name);
  return NULL;
}

static int by_hand(void **state)
{
  if (setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND) != NULL) return -1;
  begun = sley_now();
  log_text[0] = '\0';
  return 0;
}

#define ON_TEST_CLOCK(f) cmocka_unit_test_setup_teardown(f, by_hand, teardown)

static sley_alarm *alarm_of(double seconds, sley_alarm_fn *f, void *ctx)
{
  sley_alarm *alarm;
  assert_null(sley_alarm_new(seconds, f, ctx, NULL, &alarm));
  return alarm;
}

static void passes(double seconds) { assert_null(sley_test_clock_advance(seconds)); }

/* B8.1, differs: exactly after its time. B8.2: one that is not started is silent. */
static void fires_once_exactly(void **state)
{
  (void)state;
  sley_alarm *a = alarm_of(1, note, "a"), *silent = alarm_of(1, note, "s");
  sley_alarm_start(a);
  assert_true(sley_alarm_is_started(a));
  assert_false(sley_alarm_is_started(silent));
  passes(0.999999999);
  assert_string_equal(log_text, "");
  passes(3);
  assert_string_equal(log_text, "a1 ");
  assert_false(sley_alarm_is_started(a));
  sley_alarm_drop(a);
  sley_alarm_drop(silent);
}

/* B8.3: started twice, it fires once; it counts from the last start. */
static void started_again_counts_anew(void **state)
{
  (void)state;
  sley_alarm *a = alarm_of(1, note, "a");
  sley_alarm_start(a);
  passes(0.25);
  sley_alarm_start(a);
  passes(0.5);
  sley_alarm_start_now(a);
  passes(10);
  assert_string_equal(log_text, "a1.75 ");
  sley_alarm_drop(a);
}

static sley_alarm *again;
static int left_to_start;

static sley_error *start_again(void *name)
{
  logged(name);
  if (--left_to_start > 0) sley_alarm_start(again);
  return NULL;
}

/* B8.4 */
static void restarts_itself(void **state)
{
  (void)state;
  again = alarm_of(1.5, start_again, "a");
  left_to_start = 3;
  sley_alarm_start(again);
  passes(10);
  assert_string_equal(log_text, "a1.5 a3 a4.5 ");
  sley_alarm_drop(again);
}

/* B8.5, B8.6: stopped, and stopped twice. */
static void stopped_is_silent(void **state)
{
  (void)state;
  sley_alarm *a = alarm_of(1, note, "a");
  sley_alarm_stop(a);
  sley_alarm_start(a);
  sley_alarm_stop(a);
  sley_alarm_stop(a);
  assert_false(sley_alarm_is_started(a));
  assert_int_equal(sley_step_timeout(), -1);
  passes(3);
  sley_alarm_start(a);
  passes(3);
  assert_string_equal(log_text, "a4 ");
  sley_alarm_drop(a);
}

static int dropped;
static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}

/* B8.7, B8.11: a time that is not positive. */
static void times_are_positive(void **state)
{
  (void)state;
  static const double wrong[] = {0, -1, -0.0};
  dropped = 0;
  for (size_t i = 0; i < 3; i++) {
    sley_alarm *a = (sley_alarm *)&dropped;
    sley_error *e = sley_alarm_new(wrong[i], note, "x", count_drop, &a);
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
    sley_error_drop(e);
    assert_null(a);
  }
  sley_alarm *a;
  sley_error *e = sley_alarm_new((double)NAN, note, "x", NULL, &a);
  assert_non_null(strstr(sley_error_message(e), "positive"));
  sley_error_drop(e);
  assert_int_equal(dropped, 3);
  a = alarm_of(5, note, "a");
  sley_alarm_start(a);
  assert_int_equal(sley_alarm_change(a, 0), -SLEY_EINVAL);
  assert_int_equal(sley_alarm_change(a, (double)NAN), -SLEY_EINVAL);
  passes(20);
  assert_string_equal(log_text, "a5 ");
  sley_alarm_drop(a);
}

/* B8.8, B8.9, B8.10: changed before, without and after a start; to a longer time, too. */
static void changes(void **state)
{
  (void)state;
  sley_alarm *before = alarm_of(5, note, "before"), *without = alarm_of(5, note, "without"),
             *after = alarm_of(5, note, "after"), *longer = alarm_of(1, note, "longer");
  assert_int_equal(sley_alarm_change(before, 1), 0);
  sley_alarm_start(before);
  assert_int_equal(sley_alarm_change(without, 1), 0);
  sley_alarm_start(after);
  assert_int_equal(sley_alarm_change(after, 1.5), 0);
  sley_alarm_start(longer);
  passes(0.5);
  assert_int_equal(sley_alarm_change(longer, 2), 0);
  passes(20);
  assert_string_equal(log_text, "before1 after1.5 longer2.5 ");
  sley_alarm_drop(before);
  sley_alarm_drop(without);
  sley_alarm_drop(after);
  sley_alarm_drop(longer);
}

static void told(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  logged(sley_error_message(e));
  assert_non_null(strstr(site, "test_alarm.c:"));
}

static sley_error *fail_once(void *ctx)
{
  (void)ctx;
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "failed");
}

/* B8.12, B8.13: an error goes to the domain's async hook, with the place of sley_alarm_new. */
static void errors_go_to_the_hook(void **state)
{
  (void)state;
  sley_set_async_hook(told, NULL);
  sley_alarm *a;
  assert_null(sley_alarm_new(1, fail_once, NULL, NULL, &a));
  sley_alarm_start(a);
  passes(2);
  assert_string_equal(log_text, "failed1 ");
  sley_alarm_drop(a);
}

/* B8.14, B8.15, B8.16: two alarms; equal ones fire in the order of their last starts. */
static void two_alarms(void **state)
{
  (void)state;
  sley_alarm *a = alarm_of(1, note, "a"), *b = alarm_of(2, note, "b"), *c = alarm_of(1, note, "c");
  sley_alarm_start(a);
  sley_alarm_start(b);
  passes(5);
  assert_string_equal(log_text, "a1 b2 ");
  log_text[0] = '\0';
  sley_alarm_start(a);
  sley_alarm_start(c);
  sley_alarm_start(a);
  passes(5);
  assert_string_equal(log_text, "c6 a6 ");
  log_text[0] = '\0';
  sley_alarm_start(a);
  sley_alarm_start(c);
  sley_alarm_stop(a);
  passes(5);
  assert_string_equal(log_text, "c11 ");
  sley_alarm_drop(a);
  sley_alarm_drop(b);
  sley_alarm_drop(c);
}

/* An alarm that was started again stands behind one that was started before its last start. */
static void restarted_ones_keep_their_order(void **state)
{
  (void)state;
  sley_alarm *a = alarm_of(1, note, "a"), *b = alarm_of(0.5, note, "b"),
             *c = alarm_of(1, note, "c");
  sley_alarm_start(a);
  passes(0.5);
  sley_alarm_start(c);
  sley_alarm_start(a);
  passes(0.5);
  sley_alarm_start(b);
  passes(5);
  assert_string_equal(log_text, "c1.5 a1.5 b1.5 ");
  sley_alarm_drop(a);
  sley_alarm_drop(b);
  sley_alarm_drop(c);
}

static sley_error *drop_itself(void *name)
{
  logged(name);
  sley_alarm_drop(again);
  assert_int_equal(dropped, 0); /* name is still there */
  return NULL;
}

static void dropped_by_itself(void **state)
{
  (void)state;
  dropped = 0;
  assert_null(sley_alarm_new(1, drop_itself, "a", count_drop, &again));
  sley_alarm_start(again);
  passes(1);
  assert_int_equal(dropped, 1);
  passes(5);
  assert_string_equal(log_text, "a1 ");
  sley_alarm_drop(NULL);
}

/* What is left is dropped with the domain. */
static void left_to_the_end(void **state)
{
  (void)state;
  dropped = 0;
  sley_alarm *a, *b;
  assert_null(sley_alarm_new(1, note, "a", count_drop, &a));
  assert_null(sley_alarm_new(1, note, "b", count_drop, &b));
  sley_alarm_start(a);
  assert_int_equal(finish(), 0);
  assert_int_equal(dropped, 2);
  assert_int_equal(begin(false, 0), 0);
}

static sley_error *busy_then_start(void *ctx)
{
  (void)ctx;
  sley_time until = sley_now() + SLEY_SECOND / 20;
  struct timespec t;
  do clock_gettime(CLOCK_MONOTONIC, &t);
  while ((sley_time)t.tv_sec * SLEY_SECOND + t.tv_nsec < until);
  if (log_text[0] == '\0') sley_alarm_start(again);
  else sley_alarm_start_now(again);
  begun = until;
  return NULL;
}

/* B5.1: a callback holds the loop for longer than the alarm that it then starts. sley_alarm_start counts from the turn, so
 * the alarm is due at once; sley_alarm_start_now is never early. */
static void starts_in_a_long_turn(void **state)
{
  (void)state;
  sley_alarm *busy = alarm_of(0.001, busy_then_start, NULL);
  again = alarm_of(0.05, note, "a");
  log_text[0] = '\0';
  begun = 0;
  sley_alarm_start(busy);
  while (begun == 0) assert_null(sley_step(-1));
  assert_int_equal(sley_step_timeout(), 0); /* due, although it was started just now */
  while (log_text[0] == '\0') assert_null(sley_step(-1));
  log_text[0] = '+';
  log_text[1] = '\0';
  sley_alarm_start(busy);
  while (log_text[1] == '\0') assert_null(sley_step(-1));
  assert_true(atof(log_text + 2) >= 0.05);
  sley_alarm_drop(busy);
  sley_alarm_drop(again);
}

static void without_memory(void)
{
  sley_alarm *a;
  sley_error *e = sley_alarm_new(0.001, note, "a", count_drop, &a);
  if (e != NULL) {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
    return;
  }
  sley_alarm_start(a);
  ran_or_no_memory(sley_sleep(0.002), NULL);
  sley_alarm_drop(a);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

static void change_null(void)
{
  sley_after_fork_child();
  sley_drop(sley_return(sley_unit()));
  (void)sley_alarm_change(NULL, 1);
}

static sley_error *drop_and_start(void *ctx)
{
  sley_alarm_drop(again);
  sley_alarm_start(again);
  return ctx;
}

static void start_dropped(void)
{
  sley_after_fork_child();
  if (sley_alarm_new(0.001, drop_and_start, NULL, NULL, &again) != NULL) return;
  sley_alarm_start(again);
  settle(sley_sleep(1));
}

static void misuse_is_named(void **state)
{
  (void)state;
  char text[512];
  run_in_child(change_null, text, sizeof(text));
  assert_non_null(strstr(text, "sley_alarm_change: alarm is NULL"));
  run_in_child(start_dropped, text, sizeof(text));
  assert_non_null(strstr(text, "sley_alarm_start: the alarm was dropped"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ON_TEST_CLOCK(fires_once_exactly),
      ON_TEST_CLOCK(started_again_counts_anew),
      ON_TEST_CLOCK(restarts_itself),
      ON_TEST_CLOCK(stopped_is_silent),
      ON_TEST_CLOCK(times_are_positive),
      ON_TEST_CLOCK(changes),
      ON_TEST_CLOCK(errors_go_to_the_hook),
      ON_TEST_CLOCK(two_alarms),
      ON_TEST_CLOCK(restarted_ones_keep_their_order),
      ON_TEST_CLOCK(dropped_by_itself),
      ON_TEST_CLOCK(left_to_the_end),
      TEST(starts_in_a_long_turn),
      cmocka_unit_test(every_allocation_fails),
      TEST(misuse_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
