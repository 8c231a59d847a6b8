/* Sleeps and timeouts on a test clock. The numbers are those of Lwt's own tests (B10, test_sleep_and_timeout.ml; B5,
 * test_lwt_engine.ml).
 * Tests src/reactor/timer.c. */
#include "support/child.h"
#include "support/clock.h"
#include "support/process.h"

static sley_time begun;
static char log_text[128];

static int automatic(void **state)
{
  if (setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC) != NULL) return -1;
  begun = sley_now();
  log_text[0] = '\0';
  return 0;
}

#define ON_TEST_CLOCK(f) cmocka_unit_test_setup_teardown(f, automatic, teardown)

static void passed(sley_time time) { assert_true(sley_now() - begun == time); }

/* B10.1, exactly a second. */
static void sleep_one(void **state)
{
  (void)state;
  run_gives(sley_sleep(1), 0);
  passed(SLEY_SECOND);
}

/* B10.2 */
static void timeout_one(void **state)
{
  (void)state;
  run_fails(sley_timeout(1), &sley_kind_sley, SLEY_ETIMEOUT);
  passed(SLEY_SECOND);
}

/* B10.3, B10.4 */
static void with_timeout_one(void **state)
{
  (void)state;
  run_gives(sley_with_timeout(sley_pause(), 1), 0);
  passed(0);
  run_fails(sley_with_timeout(sley_sleep(2), 1), &sley_kind_sley, SLEY_ETIMEOUT);
  passed(SLEY_SECOND);
  assert_int_equal(sley_step_timeout(), -1);
}

static void note(void *name) { strcat(log_text, name); }

static sley_promise *settled(void *ctx)
{
  sley_promise *p = sley_return(sley_unit());
  sley_on_termination(p, note, ctx);
  return p;
}

static sley_promise *paused(void *ctx)
{
  sley_promise *p = sley_pause();
  sley_on_termination(p, note, ctx);
  return p;
}

/* B10.5: an async on a settled promise runs on at once, one on a pause does not. */
static void async_after(void **state)
{
  (void)state;
  sley_async(settled, "a");
  sley_async(paused, "c");
  note("b");
  run_gives(sley_pause(), 0);
  assert_string_equal(log_text, "abc");
}

/* B5.1: a timeout that is made after the loop has been blocked for longer is not early. */
static void blocked_before(void **state)
{
  (void)state;
  run_gives(sley_pause(), 0);
  double start = clock_seconds();
  usleep(100000);
  run_fails(sley_timeout(0.05), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_true(clock_seconds() - start >= 0.15);
}

static sley_promise *run_again(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  sley_error_drop(sley_run(sley_pause(), NULL));
  return sley_return(sley_unit());
}

static void nest(void)
{
  sley_after_fork_child();
  settle(sley_bind(sley_pause(), run_again, NULL));
}

/* B5.2: differs, a run inside the loop aborts. */
static void nested_run(void **state)
{
  (void)state;
  char text[512];
  run_in_child(nest, text, sizeof(text));
  assert_non_null(strstr(text, "sley_run inside a callback"));
}

static size_t over;
static sley_time last;
static void count(void *ctx)
{
  (void)ctx;
  over++;
  assert_true(sley_now() >= last);
  last = sley_now();
}

/* A hundred thousand, none early and in order. */
static void many(void **state)
{
  (void)state;
  enum { MANY = 100000 };
  uint64_t seed = 88172645463325252u;
  over = 0, last = 0;
  for (int i = 0; i < MANY; i++) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    sley_promise *p = sley_sleep((double)(seed % 100000) * 1e-3);
    sley_on_termination(p, count, NULL);
    sley_drop(p);
  }
  run_gives(sley_sleep(100), 0);
  assert_int_equal(over, MANY);
  passed(100 * SLEY_SECOND);
}

/* Times that are not positive pause; the longest one never comes. */
static void limits(void **state)
{
  (void)state;
  sley_promise *ps[] = {sley_sleep(0), sley_sleep(-1)};
  for (int i = 0; i < 2; i++) run_gives(ps[i], 0);
  passed(0);
  sley_promise *never = sley_sleep(1e300);
  assert_int_equal(sley_step_timeout(), -1);
  run_gives(sley_sleep(100 * 365 * 86400.), 0);
  assert_true(sley_is_pending(never));
  sley_cancel(never);
  run_fails(never, &sley_kind_sley, SLEY_ECANCELED);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ON_TEST_CLOCK(sleep_one), ON_TEST_CLOCK(timeout_one), ON_TEST_CLOCK(with_timeout_one),
      TEST(async_after),        TEST(blocked_before),       TEST(nested_run),
      ON_TEST_CLOCK(many),      ON_TEST_CLOCK(limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
