/* Throttles on a test clock. Lwt has no tests of Lwt_throttle; these are of what a program measured there, and of its
 * defects.
 * Tests src/reactor/throttle.c, src/reactor/keys.c. */
#include <math.h>

#include "reactor/keys.h"
#include "support/child.h"
#include "support/process.h"

static sley_time begun;
static char log_text[512];
static sley_throttle *throttle;

static int by_hand(void **state)
{
  if (setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND) != NULL) return -1;
  begun = sley_now();
  log_text[0] = '\0';
  return 0;
}

#define ON_TEST_CLOCK(f) cmocka_unit_test_setup_teardown(f, by_hand, teardown)

static void passes(double seconds) { assert_null(sley_test_clock_advance(seconds)); }

static void make(double rate, double burst, size_t most)
{
  sley_throttle_options options = {
      .size = sizeof(options), .rate = rate, .burst = burst, .most = most};
  assert_null(sley_throttle_new(&options, &throttle));
}

static sley_promise *wait_for(const char *key)
{
  return sley_throttle_wait(throttle, key, strlen(key));
}

static void told(void *name, sley_value *v)
{
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof(log_text) - used, "%s%c%.15g ", (char *)name,
           v->i != 0 ? '+' : '-', (double)(sley_now() - begun) * 1e-9);
}

static sley_promise *noted(const char *key, char *name)
{
  sley_promise *p = wait_for(key);
  sley_on_success(p, told, name);
  return p;
}

static void drop_noted(const char *key, char *name) { sley_drop(noted(key, name)); }

/* The program of Lwt's measurement (13.2): rate 2, at most 3 wait, seven calls. Two go at once, two are refused; there the
 * last went after two seconds, and up to twice the rate around the cleaner's edge. */
static void rate_and_waiters(void **state)
{
  (void)state;
  make(2, 0, 3);
  for (int i = 0; i < 7; i++) drop_noted("k", (char *[]){"1", "2", "3", "4", "5", "6", "7"}[i]);
  assert_string_equal(log_text, "1+0 2+0 6-0 7-0 ");
  passes(10);
  assert_string_equal(log_text, "1+0 2+0 6-0 7-0 3+0.5 4+1 5+1.5 ");
  sley_throttle_drop(throttle);
}

/* In no span of a second do more than burst + rate go. */
static void never_twice_the_rate(void **state)
{
  (void)state;
  enum { RATE = 7, CALLS = 300 };
  static sley_time when[CALLS];
  make(RATE, 0, 1000);
  srand(3);
  for (int i = 0; i < CALLS; i++) {
    sley_promise *p = wait_for("k");
    while (sley_is_pending(p)) passes(0.01);
    when[i] = sley_now();
    run_gives(p, 1);
    if (rand() % 30 == 0) passes(3);
  }
  for (int i = 2 * RATE; i < CALLS; i++) assert_true(when[i] - when[i - 2 * RATE] >= SLEY_SECOND);
  sley_throttle_drop(throttle);
}

/* Exact over a long time: rounding loses no turn and gives none. */
static void does_not_drift(void **state)
{
  (void)state;
  make(3, 1, 10000);
  for (int i = 0; i < 3001; i++) sley_drop(wait_for("k"));
  passes(999.999);
  sley_promise *last = wait_for("k");
  passes(0.002);
  assert_true(sley_is_pending(last));
  passes(0.331);
  assert_true(sley_is_pending(last));
  passes(0.002);
  run_gives(last, 1);
  sley_throttle_drop(throttle);
}

static void keys_are_apart(void **state)
{
  (void)state;
  make(1, 1, 10);
  drop_noted("a", "a");
  drop_noted("b", "b");
  drop_noted("a", "a");
  drop_noted("b", "b");
  drop_noted("", "e");
  passes(0.5);
  drop_noted("c", "c");
  passes(5);
  assert_string_equal(log_text, "a+0 b+0 e+0 c+0.5 a+1 b+1 ");
  sley_throttle_drop(throttle);
}

/* In Lwt a canceled waiter uses up its turn. */
static void canceled_gives_its_turn(void **state)
{
  (void)state;
  make(1, 1, 2);
  drop_noted("k", "1");
  sley_promise *second = noted("k", "2");
  drop_noted("k", "3");
  drop_noted("k", "x");
  sley_cancel(second);
  run_fails(second, &sley_kind_sley, SLEY_ECANCELED);
  drop_noted("k", "4"); /* there is room again */
  passes(5);
  assert_string_equal(log_text, "1+0 x-0 3+1 4+2 ");
  sley_throttle_drop(throttle);
}

static sley_promise *ahead;
static void cancel_ahead(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_cancel(ahead);
}

/* One that is canceled as the one before it goes, in the same instant. */
static void canceled_by_the_one_before(void **state)
{
  (void)state;
  make(10, 5, 10);
  for (int i = 0; i < 5; i++) sley_drop(wait_for("k"));
  sley_promise *first = wait_for("k");
  ahead = noted("k", "x");
  drop_noted("k", "z");
  sley_on_success(first, cancel_ahead, NULL);
  sley_drop(first);
  passes(1);
  run_fails(ahead, &sley_kind_sley, SLEY_ECANCELED);
  assert_string_equal(log_text, "z+0.2 ");
  sley_throttle_drop(throttle);
}

/* Nobody overtakes those who wait, even when a token is there. */
static void first_come_first_served(void **state)
{
  (void)state;
  make(1, 1, 10);
  drop_noted("k", "1");
  drop_noted("k", "2");
  passes(0.999);
  drop_noted("k", "3");
  passes(5);
  assert_string_equal(log_text, "1+0 2+1 3+2 ");
  sley_throttle_drop(throttle);
}

/* What is not used is saved up to the burst, and no further; then the key is forgotten. */
static void bursts(void **state)
{
  (void)state;
  make(2, 4, 0);
  for (int i = 0; i < 5; i++) drop_noted("k", "a");
  assert_string_equal(log_text, "a+0 a+0 a+0 a+0 a-0 ");
  log_text[0] = '\0';
  passes(1);
  for (int i = 0; i < 3; i++) drop_noted("k", "b");
  assert_string_equal(log_text, "b+1 b+1 b-1 ");
  log_text[0] = '\0';
  passes(2);
  assert_int_equal(sley_step_timeout(), -1);
  passes(100);
  for (int i = 0; i < 5; i++) drop_noted("k", "c");
  assert_string_equal(log_text, "c+103 c+103 c+103 c+103 c-103 ");
  sley_throttle_drop(throttle);
}

static void drop_throttle(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_throttle_drop(throttle);
}

static void dropped_with_waiters(void **state)
{
  (void)state;
  make(1, 1, 10);
  sley_drop(wait_for("k"));
  sley_promise *first = wait_for("k"), *second = wait_for("k");
  sley_throttle_drop(throttle);
  run_fails(first, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(second, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(sley_step_timeout(), -1);
  make(1, 1, 10);
  sley_drop(wait_for("k"));
  first = wait_for("k"), second = wait_for("k");
  sley_promise *other = (sley_drop(wait_for("l")), wait_for("l"));
  sley_on_success(first, drop_throttle, NULL);
  passes(1);
  run_gives(first, 1);
  run_fails(second, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(other, &sley_kind_sley, SLEY_ECLOSED);
  sley_throttle_drop(NULL);
}

static void left_to_the_end(void **state)
{
  (void)state;
  make(1, 1, 10);
  for (int i = 0; i < 3; i++) sley_drop(wait_for("k"));
  assert_int_equal(finish() & ~1, 0);
  assert_int_equal(begin(false, 0), 0);
}

static void many_keys(void **state)
{
  (void)state;
  enum { KEYS = 5000 };
  make(1, 1, KEYS);
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < KEYS; i++) {
      sley_promise *p = sley_throttle_wait(throttle, &i, sizeof(i));
      assert_int_equal(sley_is_pending(p), round == 1);
      sley_drop(p);
    }
  passes(1);
  for (int i = 0; i < KEYS; i++) {
    sley_promise *p = sley_throttle_wait(throttle, &i, sizeof(i));
    assert_true(sley_is_pending(p)); /* the turns went to those who waited */
    sley_cancel(p);
    sley_drop(p);
  }
  passes(2);
  assert_int_equal(sley_step_timeout(), -1); /* all keys are forgotten */
  sley_throttle_drop(throttle);
}

static void wrong_options(void **state)
{
  (void)state;
  static const double wrong[][2] = {{0, 0},   {-1, 1},  {NAN, 1},     {INFINITY, 1},
                                    {1, 0.5}, {1, NAN}, {1, INFINITY}};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    sley_throttle_options options = {
        .size = sizeof(options), .rate = wrong[i][0], .burst = wrong[i][1]};
    assert_int_equal(code_of_error(sley_throttle_new(&options, &throttle)), -SLEY_EINVAL);
    assert_null(throttle);
  }
  make(0.1, 0, 0); /* one at once, the next after ten seconds */
  run_gives(wait_for("k"), 1);
  run_gives(wait_for("k"), 0);
  passes(10);
  run_gives(wait_for("k"), 1);
  sley_throttle_drop(throttle);
}

/* SipHash-1-3 of the bytes 00 01 02 ... for the key 00 01 ... 0f, as others compute it. */
static void hash(void **state)
{
  (void)state;
  sley__keys keys = {.secret = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
  unsigned char bytes[15];
  for (unsigned i = 0; i < sizeof(bytes); i++) bytes[i] = (unsigned char)i;
  assert_true(sley__key_hash(&keys, bytes, 0) == 0xabac0158050fc4dcu);
  assert_true(sley__key_hash(&keys, bytes, 1) == 0xc9f49bf37d57ca93u);
  assert_true(sley__key_hash(&keys, bytes, 15) == 0xd320d86d2a519956u);
}

static void without_memory(void)
{
  sley_throttle_options options = {.size = sizeof(options), .rate = 10000, .burst = 1, .most = 100};
  sley_throttle *t;
  sley_error *e = sley_throttle_new(&options, &t);
  if (e != NULL) {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
    return;
  }
  sley_value v;
  for (int i = 0; i < 40; i++) {
    int key = i / 2;
    if (ran_or_no_memory(sley_throttle_wait(t, &key, sizeof(key)), &v)) assert_true(v.i == 1);
  }
  sley_throttle_drop(t);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

static void wait_null(void)
{
  sley_after_fork_child();
  sley_drop(sley_return(sley_unit()));
  sley_drop(sley_throttle_wait(NULL, "k", 1));
}

static void misuse_is_named(void **state)
{
  (void)state;
  char text[512];
  run_in_child(wait_null, text, sizeof(text));
  assert_non_null(strstr(text, "sley_throttle_wait: throttle is NULL"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ON_TEST_CLOCK(rate_and_waiters),
      ON_TEST_CLOCK(never_twice_the_rate),
      ON_TEST_CLOCK(does_not_drift),
      ON_TEST_CLOCK(keys_are_apart),
      ON_TEST_CLOCK(canceled_gives_its_turn),
      ON_TEST_CLOCK(canceled_by_the_one_before),
      ON_TEST_CLOCK(first_come_first_served),
      ON_TEST_CLOCK(bursts),
      ON_TEST_CLOCK(dropped_with_waiters),
      ON_TEST_CLOCK(left_to_the_end),
      ON_TEST_CLOCK(many_keys),
      ON_TEST_CLOCK(wrong_options),
      cmocka_unit_test(hash),
      cmocka_unit_test(every_allocation_fails),
      TEST(misuse_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
