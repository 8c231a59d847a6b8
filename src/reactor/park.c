/* Where an engine sleeps, and how others get it out. With descriptors to watch it sleeps in its own call,
 * and has its own way to be woken; with none it is parked here, on a futex, which takes one system call
 * from either side. Linux; elsewhere it always sleeps in its own call. models/park.pml has the states.
 *
 * A wake-up that comes while the engine is awake ends the next sleep before it begins. */
#ifdef __linux__
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include "reactor/engine.h"

#ifdef SYS_futex /* not where there is only one with 64-bit times on a 32-bit processor */
#define HAS_FUTEX 1
#endif

enum { AWAKE, PARKED, WATCHING, WOKEN };

#ifdef HAS_FUTEX
const bool sley__park_is_here = true;

/* What this system call takes, whatever the C library's times are. */
struct futex_time {
  long seconds, nanoseconds;
};
#define LONGEST ((sley_time)1000000 * SLEY_SECOND) /* fits everywhere */

/* ThreadSanitizer runs a signal's handler at the next call that it knows, which this one is not: in a
 * program that has it the loop comes by in between. */
void __tsan_init(void) __attribute__((weak));
#define LONGEST_CHECKED (SLEY_SECOND / 50)

void sley__park_wait(struct sley__park *park, sley_time timeout)
{
  sley_time longest = __tsan_init != NULL ? LONGEST_CHECKED : LONGEST;
  if (timeout > longest || (timeout < 0 && __tsan_init != NULL)) timeout = longest;
  struct futex_time time = {(long)(timeout / SLEY_SECOND), (long)(timeout % SLEY_SECOND)};
  /* However it ends, the loop looks what there is to do. */
  syscall(SYS_futex, &park->state, FUTEX_WAIT_PRIVATE, PARKED, timeout < 0 ? NULL : &time, NULL, 0);
}

static void unpark(struct sley__park *park)
{
  syscall(SYS_futex, &park->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
#else
const bool sley__park_is_here = false;

void sley__park_wait(struct sley__park *park, sley_time timeout)
{
  (void)park;
  (void)timeout;
}

static void unpark(struct sley__park *park) { (void)park; }
#endif

bool sley__park_begin(struct sley__park *park, bool watches)
{
  unsigned state = AWAKE;
  return __atomic_compare_exchange_n(&park->state, &state, watches ? WATCHING : PARKED, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void sley__park_end(struct sley__park *park)
{
  __atomic_exchange_n(&park->state, AWAKE, __ATOMIC_ACQ_REL);
}

bool sley__park_wake(struct sley__park *park)
{
  unsigned state = __atomic_exchange_n(&park->state, WOKEN, __ATOMIC_ACQ_REL);
  if (state == PARKED) unpark(park);
  return state == WATCHING;
}
