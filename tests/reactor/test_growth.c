/* Endless loops use no more memory the longer they run: canceled timers, timeouts that never fire, pauses.
 * SLEY_TURNS sets the turns of each (200,000).
 * Tests src/reactor/timer.c. */
#include "support/process.h"

static size_t turns(void)
{
  const char *text = getenv("SLEY_TURNS");
  return text != NULL ? (size_t)strtoull(text, NULL, 10) : 200000;
}

static uint64_t bytes(void)
{
  sley_counters c = {.size = sizeof c};
  sley_counters_get(&c);
  assert_true(c.live < 100);
  return c.bytes;
}

/* Repeats step; the memory in use after a thousandth of the turns must not grow later. */
static void does_not_grow(void (*step)(void))
{
  size_t n = turns();
  uint64_t early = 0;
  size_t blocks = 0;
  for (size_t i = 0; i < n; i++) {
    step();
    if (i == n / 1000) {
      early = bytes();
      blocks = heap.blocks;
    }
  }
  assert_true(bytes() <= early);
  assert_true(heap.blocks <= blocks);
}

static void cancel_a_sleep(void)
{
  sley_promise *p = sley_sleep(1000);
  sley_cancel(p);
  sley_drop(p);
}

static void canceled_sleeps(void **state)
{
  (void)state;
  does_not_grow(cancel_a_sleep);
}

static void beat_a_timeout(void)
{
  assert_null(sley_run(sley_with_timeout(sley_pause(), 1000), NULL));
}

static void timeouts_that_never_fire(void **state)
{
  (void)state;
  does_not_grow(beat_a_timeout);
}

static sley_promise *long_lived;

static void choose_and_keep_going(void)
{
  sley_promise *ps[] = {sley_keep(long_lived), sley_pause()};
  assert_null(sley_run(sley_choose(ps, 2), NULL));
}

static void choices_on_a_promise_that_stays(void **state)
{
  (void)state;
  sley_resolver *r;
  long_lived = sley_pending(&r);
  does_not_grow(choose_and_keep_going);
  sley_drop(long_lived);
  sley_resolver_drop(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(canceled_sleeps), TEST(timeouts_that_never_fire),
                                     TEST(choices_on_a_promise_that_stays)};
  return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}
