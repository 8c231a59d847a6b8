/* Threads that rest are woken without a reason, as futex(2) and condition variables may do. They rest on.
 * Tests src/preempt/park.c, src/preempt/help.c. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "support/clock.h"
#include "support/watched_pool.h"

static int wakes_without_reason; /* of the next waits; any thread, __atomic */

/* Waits of the library go through this function. */
long syscall(long number, ...)
{
  THE_REAL(syscall)
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT &&
      __atomic_load_n(&wakes_without_reason, __ATOMIC_RELAXED) > 0 &&
      __atomic_fetch_sub(&wakes_without_reason, 1, __ATOMIC_RELAXED) > 0)
    return 0;
  return found(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void gated_jobs(int n)
{
  sley_promise *ps[8];
  gate_close();
  for (int i = 0; i < n; i++) ps[i] = sley_detach(pool, gated, token(i));
  gate_wait(n); /* all of them run at once */
  gate_release();
  for (int i = 0; i < n; i++) run_soon(ps[i], i * 2);
}

/* Defect (k) of Lwt: a thread that rests is counted again for it, and jobs are left to threads that are not there. */
static void threads_that_wake_are_not_counted_twice(void **state)
{
  (void)state;
  sley_workers_options o = {.size = sizeof(o), .name = "test", .maximum = 8, .idle = 1000};
  assert_null(sley_workers_new(&o, &pool));
  for (int round = 0; round < 3; round++) {
    __atomic_store_n(&wakes_without_reason, 1000, __ATOMIC_RELAXED);
    gated_jobs(2 + round); /* their threads go to rest, wake, and rest again */
    WAIT_UNTIL(__atomic_load_n(&wakes_without_reason, __ATOMIC_RELAXED) <= 0);
    WAIT_UNTIL(figures_of().busy == 0);
  }
  assert_true(figures_of().threads < 8);
  gated_jobs(8); /* those that lack are started */
  assert_int_equal(figures_of().threads, 8);
  close_pool(pool);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(threads_that_wake_are_not_counted_twice)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
