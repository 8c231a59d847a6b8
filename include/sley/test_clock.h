/* sley/test_clock.h: a clock for tests. It stands still while code runs, so a test of an hour takes no time, and what
 * happens when is the same in every run.
 *
 * It is the clock of the current domain's timers, alarms, throttles and sley_now, also of how long sley_step waits. Jobs,
 * other domains and the kernel go by the real one. */
#ifndef SLEY_TEST_CLOCK_H
#define SLEY_TEST_CLOCK_H

#include <sley/loop.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* How a test clock moves. */
typedef enum sley_test_clock_mode {
  SLEY_TEST_CLOCK_MODE_BY_HAND, /* by sley_test_clock_advance alone */
  SLEY_TEST_CLOCK_MODE_AUTOMATIC /* also, whenever the loop would sleep, to the time when the next timer is due */
} sley_test_clock_mode;

/* Stops the current domain's clock at the present time. Where the loop would sleep, it asks the kernel first; if
 * nothing is ready, the clock moves, exactly to the next due time, and what is due then runs. An automatic clock stands
 * while jobs are under way, but does not wait for descriptors that are not ready, or for other domains.
 *
 * A sley_run that would wait for ever returns an error, SLEY_EDEADLOCK, which names the promise and others that are
 * pending: if the clock cannot move (no timer; by hand: however many there are), and there is no descriptor, signal,
 * job or other domain to wait for.
 * Fails   SLEY_EINVAL if the domain has a test clock already; an error of kind errno if the loop cannot be made.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_test_clock_start(sley_test_clock_mode mode);
/* Moves the test clock by so many seconds. Whatever becomes due on the way runs at its own time. In a callback or a
 * fiber the loop does so after it; elsewhere it has done so when this returns. A clock goes to 2^62 ns at most: 146 years.
 * Fails   SLEY_EINVAL if there is no test clock, or seconds is negative or not a number; other errors of sley_step.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_test_clock_advance(double seconds);
/* Lets the real clock run again. What waits for a time that the test clock has not reached waits for the real one; sley_now
 * can go back. Nothing happens if there is no test clock. A domain's end does it too.
 * Since   0.1 */
SLEY_API void sley_test_clock_end(void);

SLEY_EXTERN_C_END

#endif
