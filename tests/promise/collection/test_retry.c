/* Retrying: how often, when not, delays, cancel, failing memory.
 * Tests src/promise/collection/retry.c. */
#include <math.h>

#include "support/world.h"

static struct {
  int calls, succeed_at;
  int code;
  char delays[256];
} attempts;

static sley_promise *attempt(void *ctx)
{
  (void)ctx;
  if (++attempts.calls == attempts.succeed_at) return sley_return(sley_int(attempts.calls));
  return sley_fail(error_of(attempts.code));
}

static sley_promise *pending_attempt(void *ctx)
{
  attempts.calls++;
  return sley_cancelable((sley_resolver **)ctx);
}

static sley_promise *no_sleep(void *ctx, double seconds)
{
  (void)ctx;
  snprintf(attempts.delays + strlen(attempts.delays),
           sizeof attempts.delays - strlen(attempts.delays), "%g ", seconds);
  return sley_pause();
}

static bool nine_is_fatal(void *ctx, const sley_error *e)
{
  (void)ctx;
  return sley_error_code(e) == 9;
}

static sley_promise *retry(sley_retry_options o, int succeed_at, int code)
{
  memset(&attempts, 0, sizeof attempts);
  attempts.succeed_at = succeed_at;
  attempts.code = code;
  o.size = sizeof o;
  o.sleep = no_sleep;
  sley_promise *p = sley_retry(&o, attempt, NULL);
  while (sley_paused_count() > 0) sley_wakeup_paused();
  return p;
}

static void as_often_as_said(void **state)
{
  (void)state;
  sley_promise *p = retry((sley_retry_options){.retries = 3}, 4, 1);
  assert_fulfilled(p, 4);
  assert_string_equal(attempts.delays, "0.1 0.2 0.4 ");
  sley_drop(p);
  p = retry((sley_retry_options){.retries = 3}, 5, 1);
  assert_rejected(p, 1);
  assert_non_null(strstr(sley_error_message(sley_promise_error(p)), "attempt 4, the last"));
  assert_int_equal(attempts.calls, 4);
  sley_drop(p);
  attempts.succeed_at = 0;
  p = sley_retry(NULL, attempt, NULL);
  assert_rejected(p, 1);
  assert_int_equal(attempts.calls, 5);
  sley_drop(p);
  p = retry((sley_retry_options){.retries = SLEY_RETRY_FOR_EVER}, 100, 1);
  assert_fulfilled(p, 100);
  sley_drop(p);
}

static void fatal_errors_end_it(void **state)
{
  (void)state;
  sley_promise *p = retry((sley_retry_options){.retries = 3, .is_fatal = nine_is_fatal}, 4, 9);
  assert_rejected(p, 9);
  assert_int_equal(attempts.calls, 1);
  sley_drop(p);
}

static void delays(void **state)
{
  (void)state;
  sley_drop(retry((sley_retry_options){.retries = 5, .base = 1, .factor = 3, .most = 10}, 6, 1));
  assert_string_equal(attempts.delays, "1 3 9 10 10 ");
  sley_drop(
      retry((sley_retry_options){.retries = 3, .base = 4, .most = INFINITY, .times_attempt = true},
            4, 1));
  assert_string_equal(attempts.delays, "4 16 48 ");
  sley_drop(
      retry((sley_retry_options){.retries = 50, .base = 1, .factor = 1, .jitter = 0.5, .seed = 1},
            51, 1));
  double least = 2, most = 0;
  int count = 0;
  for (char *word = attempts.delays; *word != '\0' && count < 20; count++) {
    double x = strtod(word, &word);
    if (x < least) least = x;
    if (x > most) most = x;
    while (*word == ' ') word++;
  }
  assert_true(least >= 0.5 && most <= 1 && most - least > 0.2);
  /* A jitter outside 0 to 1 is clamped; the same seed produces the same delays. */
  sley_drop(retry((sley_retry_options){.retries = 2, .base = 1, .jitter = -3}, 3, 1));
  assert_string_equal(attempts.delays, "1 2 ");
  char first[sizeof attempts.delays];
  for (int i = 0; i < 2; i++) {
    sley_drop(
        retry((sley_retry_options){.retries = 9, .base = 1, .factor = 1, .jitter = 7, .seed = 42},
              10, 1));
    if (i == 0) memcpy(first, attempts.delays, sizeof first);
  }
  assert_string_equal(attempts.delays, first);
  assert_null(strchr(first, '-'));
}

static void cancel_ends_it(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_retry_options o = {.size = sizeof o, .retries = 5, .sleep = no_sleep};
  memset(&attempts, 0, sizeof attempts);
  sley_promise *p = sley_retry(&o, pending_attempt, &r);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  assert_int_equal(attempts.calls, 1);
  sley_resolver_drop(&r);
  sley_drop(p);
  p = sley_retry(&o, attempt, NULL); /* it sleeps */
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  assert_int_equal(attempts.calls, 2);
  sley_drop(p);
}

static sley_promise *attempt_after_one(void *ctx)
{
  return attempts.calls == 0 ? attempt(ctx) : pending_attempt(ctx);
}

/* Canceled is not wrapped: on_cancel runs, and it is not reported as unhandled. */
static void cancel_of_a_later_attempt(void **state)
{
  (void)state;
  sley_resolver *r;
  memset(&attempts, 0, sizeof attempts);
  sley_retry_options o = {.size = sizeof o, .retries = 5};
  sley_promise *p = sley_retry(&o, attempt_after_one, &r);
  sley_on_cancel(p, note_done, "on_cancel");
  assert_int_equal(attempts.calls, 2);
  sley_cancel(p);
  assert_log("on_cancel");
  sley_resolver_drop(&r);
  sley_drop(p);
  assert_int_equal(world.unhandled, 0);
}

static sley_promise *time_out(void *ctx)
{
  (void)ctx;
  return sley_fail(sley_error_timeout());
}

static void what_static_errors_become(void **state)
{
  (void)state;
  sley_retry_options o = {.size = sizeof o, .retries = 2};
  sley_promise *p = sley_retry(&o, time_out, NULL);
  const sley_error *e = sley_promise_error(p);
  assert_non_null(strstr(sley_error_message(e), "attempt 3, the last"));
  assert_ptr_not_equal(e, sley_error_timeout());
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT));
  assert_true(sley_matches(sley_match_code(&sley_kind_sley, SLEY_ETIMEOUT), e));
  assert_ptr_equal(sley_error_cause(e), sley_error_timeout());
  sley_drop(p);
  sley_error *same = sley_error_wrap(sley_error_canceled(), "while %s", "waiting");
  assert_ptr_equal(same, sley_error_canceled());
}

static void trying(void)
{
  sley_promise *p = retry((sley_retry_options){.retries = 3}, 4, 1);
  assert_false(sley_is_pending(p));
  sley_drop(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(trying);
}

/* Runs this program to print the first delays of two retries. */
static const char *program;
static int delays_print(uint64_t seed)
{
  if (!world_open(0)) return 1;
  for (int i = 0; i < 2; i++) {
    sley_retry_options o = {.retries = 5, .base = 1, .factor = 1, .jitter = 1, .seed = seed};
    sley_drop(retry(o, 6, 1));
    printf("%s\n", attempts.delays);
  }
  world_close();
  return 0;
}

static void delays_of_a_process(const char *seed, char *first, char *second, int size)
{
  char command[512];
  snprintf(command, sizeof command, "'%s' delays %s", program, seed);
  FILE *out = popen(command, "r");
  assert_non_null(out);
  assert_non_null(fgets(first, size, out));
  assert_non_null(fgets(second, size, out));
  assert_int_equal(pclose(out), 0);
}

/* Fault 11. */
static void processes_and_calls_differ_without_a_seed(void **state)
{
  (void)state;
  char a[3][256], b[3][256];
  for (int i = 0; i < 3; i++) delays_of_a_process("0", a[i], b[i], sizeof a[i]);
  for (int i = 0; i < 3; i++) {
    assert_string_not_equal(a[i], b[i]);
    assert_string_not_equal(a[i], a[(i + 1) % 3]);
    assert_string_not_equal(b[i], b[(i + 1) % 3]);
  }
  for (int i = 0; i < 2; i++) delays_of_a_process("7", a[i], b[i], sizeof a[i]);
  assert_string_equal(a[0], a[1]);
  assert_string_equal(a[0], b[0]);
}

int main(int count, char **arguments)
{
  program = arguments[0];
  if (count > 2) return delays_print(strtoull(arguments[2], NULL, 10));
  const struct CMUnitTest tests[] = {
      TEST(as_often_as_said),
      TEST(fatal_errors_end_it),
      TEST(delays),
      TEST(processes_and_calls_differ_without_a_seed),
      TEST(cancel_ends_it),
      TEST(cancel_of_a_later_attempt),
      TEST(what_static_errors_become),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
