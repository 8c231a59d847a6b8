/* The clock for tests: by hand and automatic, exact, and an error where a run would wait for ever.
 * Tests src/reactor/test_clock.c. */
#include "support/clock.h"
#include "support/process.h"

static sley_time begun;
static char log_text[256];

static void note(void *name)
{
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof(log_text) - used, "%s%.15g ", (const char *)name,
           (double)(sley_now() - begun) * 1e-9);
}

static void clock_of(sley_test_clock_mode mode)
{
  assert_null(sley_test_clock_start(mode));
  begun = sley_now();
  log_text[0] = '\0';
}

static void noted(double seconds, char *name)
{
  sley_promise *p = sley_sleep(seconds);
  sley_on_termination(p, note, name);
  sley_drop(p);
}

/* Each at its own time, to the nanosecond, however far the clock goes at once. */
static void by_hand(void **state)
{
  (void)state;
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  noted(3600, "c");
  noted(1.0000000005, "b"); /* rounded up */
  noted(1, "a");
  assert_null(sley_step(-1)); /* moves nothing */
  assert_true(sley_now() == begun);
  assert_null(sley_test_clock_advance(0.5));
  assert_string_equal(log_text, "");
  assert_true(sley_now() == begun + SLEY_SECOND / 2);
  assert_null(sley_test_clock_advance(0.500000002));
  assert_string_equal(log_text, "a1 b1.000000001 ");
  assert_null(sley_test_clock_advance(7200));
  assert_string_equal(log_text, "a1 b1.000000001 c3600 ");
  assert_true(sley_now() ==
              begun + 7201 * SLEY_SECOND + sley_seconds(0.500000002) - SLEY_SECOND / 2);
}

static sley_promise *advance_inside(void *ctx)
{
  (void)ctx;
  sley_promise *p = sley_sleep(10);
  assert_null(sley_test_clock_advance(10));
  assert_true(sley_now() == begun); /* the loop goes on after this */
  return p;
}

static sley_promise *advance_in_a_callback(void *ctx, sley_value *v)
{
  (void)v;
  return advance_inside(ctx);
}

static void by_hand_inside(void **state)
{
  (void)state;
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  run_gives(sley_bind(sley_pause(), advance_in_a_callback, NULL), 0);
  assert_true(sley_now() == begun + 10 * SLEY_SECOND);
  begun = sley_now();
  run_gives(sley_spawn(advance_inside, NULL), 0);
}

/* A year takes no time, and many timers of one tick are found one by one. */
static void automatic(void **state)
{
  (void)state;
  double real = clock_seconds();
  clock_of(SLEY_TEST_CLOCK_MODE_AUTOMATIC);
  for (int i = 0; i < 100; i++) noted(365 * 86400. + 1e-9 * i, "");
  noted(1, "a");
  noted(60, "b");
  run_gives(sley_sleep(61), 0);
  assert_string_equal(log_text, "a1 b60 ");
  run_gives(sley_sleep(365 * 86400.), 0);
  assert_true(clock_seconds() - real < 100);
  assert_null(sley_test_clock_advance(10)); /* by hand, too */
  assert_true(sley_now() == begun + (365 * 86400 + 61 + 10) * SLEY_SECOND);
}

/* sley_step waits on the test clock. */
static void steps(void **state)
{
  (void)state;
  clock_of(SLEY_TEST_CLOCK_MODE_AUTOMATIC);
  noted(1, "a");
  assert_true(sley_step_timeout() == SLEY_SECOND);
  assert_null(sley_step(SLEY_SECOND / 4));
  assert_true(sley_now() == begun + SLEY_SECOND / 4);
  assert_null(sley_step(-1));
  assert_string_equal(log_text, "a1 ");
  log_text[0] = '\0';
  noted(1, "b");
  for (int i = 0; i < 20; i++)
    noted(60, "c"); /* a crowded slot: the clock does not stop as it begins */
  for (int i = 0; i < 2; i++) assert_null(sley_step(-1));
  assert_non_null(strstr(log_text, "b2 c61 c61 "));
  assert_null(sley_step(-1)); /* nothing can come: it returns */
}

static int64_t byte_read;
static sley_promise *read_byte(void *ctx, sley_value *v)
{
  char byte;
  (void)v;
  byte_read = read(*(int *)ctx, &byte, 1);
  note("r");
  return sley_return(sley_unit());
}

static void write_byte(void *ctx) { assert_int_equal(write(*(int *)ctx, "x", 1), 1); }

/* What is ready comes before the clock moves. */
static void descriptors_come_first(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  clock_of(SLEY_TEST_CLOCK_MODE_AUTOMATIC);
  sley_promise *p = sley_sleep(1);
  sley_on_termination(p, write_byte, &fds[1]);
  sley_drop(p);
  noted(1.000000001, "b");
  run_gives(sley_with_timeout(sley_bind(sley_wait_readable(fds[0]), read_byte, &fds[0]), 5), 0);
  assert_int_equal(byte_read, 1);
  assert_string_equal(log_text, "r1 ");
  run_gives(sley_sleep(1), 0);
  close(fds[0]);
  close(fds[1]);
}

static sley_error *job(sley_value *arg, sley_value *out)
{
  (void)arg;
  usleep(20000);
  *out = sley_int(7);
  return NULL;
}

/* An automatic clock stands while a job is under way. */
static void jobs_hold_it(void **state)
{
  (void)state;
  clock_of(SLEY_TEST_CLOCK_MODE_AUTOMATIC);
  noted(0.001, "t");
  run_gives(sley_with_timeout(sley_detach(NULL, job, sley_unit()), 0.5), 7);
  assert_string_equal(log_text, "");
  run_gives(sley_sleep(1), 0);
  assert_string_equal(log_text, "t0.001 ");
}

static void for_ever(void **state)
{
  (void)state;
  sley_resolver *r;
  clock_of(SLEY_TEST_CLOCK_MODE_AUTOMATIC);
  const char *text = run_fails(sley_cancelable(&r), &sley_kind_sley, SLEY_EDEADLOCK);
  assert_non_null(strstr(text, "there is no timer"));
  assert_non_null(strstr(text, "test_virtual_time.c:"));
  sley_resolver_drop(&r);
  sley_test_clock_end();
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  sley_promise *p = sley_sleep(2.5);
  text = run_fails(sley_keep(p), &sley_kind_sley, SLEY_EDEADLOCK);
  assert_non_null(strstr(text, "sley_test_clock_advance(2.5)"));
  assert_null(sley_test_clock_advance(2.5));
  run_gives(p, 0);
}

/* With a descriptor to wait for, it does wait. */
static void not_for_ever(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  sley_promise *p = sley_bind(sley_wait_readable(fds[0]), read_byte, &fds[0]);
  noted(1, "t");
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);
    _exit(write(fds[1], "x", 1) == 1 ? 0 : 1);
  }
  run_gives(p, 0);
  assert_string_equal(log_text, "r0 ");
  assert_null(sley_test_clock_advance(1));
  close(fds[0]);
  close(fds[1]);
}

static void wrong_uses(void **state)
{
  (void)state;
  sley_error *e = sley_test_clock_advance(1);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  sley_test_clock_end();
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  assert_int_equal(code_of_error(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND)),
                   -SLEY_EINVAL);
  assert_int_equal(code_of_error(sley_test_clock_advance(-1)), -SLEY_EINVAL);
  assert_int_equal(code_of_error(sley_test_clock_advance(0.0 / 0.0)), -SLEY_EINVAL);
  assert_null(sley_test_clock_advance(1e300));
  assert_true(sley_now() == INT64_MAX / 2);
  sley_promise *far = sley_sleep(1e10);
  run_fails(sley_keep(far), &sley_kind_sley, SLEY_EDEADLOCK);
  sley_cancel(far);
  sley_drop(far);
}

/* The real clock runs again, for what waits too. */
static void ends(void **state)
{
  (void)state;
  clock_of(SLEY_TEST_CLOCK_MODE_BY_HAND);
  sley_promise *p = sley_sleep(0.02);
  assert_null(sley_test_clock_advance(0.01));
  sley_test_clock_end();
  double real = clock_seconds();
  run_gives(p, 0);
  assert_true(sley_now() >= begun + SLEY_SECOND / 50);
  run_gives(sley_sleep(0.005), 0);
  assert_true(clock_seconds() - real >= 0.005);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(by_hand),  TEST(by_hand_inside),         TEST(automatic),
      TEST(steps),    TEST(descriptors_come_first), TEST(jobs_hold_it),
      TEST(for_ever), TEST(not_for_ever),           TEST(wrong_uses),
      TEST(ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
