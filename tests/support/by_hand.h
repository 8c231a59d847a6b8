/* A clock that only the test moves, so that no verdict depends on how quickly the machine is, and no limit takes its time. The
 * kernel, other domains and jobs go by the real one: what comes from them is waited for, by STEP_UNTIL. */
#ifndef TESTS_SUPPORT_BY_HAND_H
#define TESTS_SUPPORT_BY_HAND_H

#include <unistd.h>

#include "support/run.h"

static inline void clock_by_hand(void)
{
  assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND));
}

/* Turns, while the clock stands still. */
#define STEP_UNTIL(condition)                                           \
  do {                                                                  \
    for (int waited_ = 0; waited_ < 40000 && !(condition); waited_++) { \
      assert_null(sley_step(0));                                        \
      if (!(condition)) usleep(500);                                    \
    }                                                                   \
    assert_true(condition);                                             \
  } while (0)

/* In many parts, with turns between them, as the time passes. */
static inline void pass(double seconds)
{
  for (int i = 0; i < 50; i++) {
    assert_null(sley_test_clock_advance(seconds / 50));
    assert_null(sley_step(0));
  }
}

#endif
