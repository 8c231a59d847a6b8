/* Where an engine sleeps, and how other threads wake it. With descriptors to watch it sleeps in its own call and has
 * its own way to be woken; with none it is parked here, on a futex, which takes one system call on either side.
 * Linux only; elsewhere it always sleeps in its own call. models/park.pml has the states.
 *
 * A wake-up that comes while the engine is awake ends the next sleep before it begins. */
#ifdef __linux__
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include "reactor/engine.h"

enum { AWAKE, PARKED, WATCHING, WOKEN };

#if defined(SYS_futex) || defined(SYS_futex_time64)
const bool sley__park_is_here = true;

/* What the first system call takes, whatever the C library's times are: two of the kernel's longs, which are wider
 * than the program's on x86-64 with 32-bit pointers. */
#if defined(__x86_64__) && defined(__ILP32__)
typedef int64_t kernel_long;
#else
typedef long kernel_long;
#endif
#define LONGEST ((sley_time)1000000 * SLEY_SECOND) /* fits every time type */

/* A 32-bit system can have either call or both; if both are known, the kernel might have been built without the
 * older one. */
static void park_futex(unsigned *word, int operation, unsigned value, sley_time timeout)
{
#if defined(SYS_futex_time64) && !defined(__LP64__)
  int64_t wide[2] = {timeout / SLEY_SECOND, timeout % SLEY_SECOND};
  if (syscall(SYS_futex_time64, word, operation, value, timeout < 0 ? NULL : wide, NULL, 0) >= 0 ||
      (errno != ENOSYS && errno != EPERM)) /* EPERM: a filter that does not know the call */
    return;
#endif
#ifdef SYS_futex
  kernel_long time[2] = {(kernel_long)(timeout / SLEY_SECOND),
                         (kernel_long)(timeout % SLEY_SECOND)};
  syscall(SYS_futex, word, operation, value, timeout < 0 ? NULL : time, NULL, 0);
#endif
}

void sley__futex_wait(unsigned *word, unsigned value, sley_time timeout)
{
  park_futex(word, FUTEX_WAIT_PRIVATE, value, timeout > LONGEST ? LONGEST : timeout);
}

void sley__futex_wake(unsigned *word) { park_futex(word, FUTEX_WAKE_PRIVATE, 1, -1); }

/* ThreadSanitizer runs signal handlers at the next call that it knows, and this is not one of them: with
 * ThreadSanitizer the loop therefore comes up from time to time. */
void __tsan_init(void) __attribute__((weak));
#define LONGEST_CHECKED (SLEY_SECOND / 50)

void sley__park_wait(struct sley__park *park, sley_time timeout)
{
  if (__tsan_init != NULL && (timeout < 0 || timeout > LONGEST_CHECKED)) timeout = LONGEST_CHECKED;
  /* However it ends, the loop checks what there is to do. */
  sley__futex_wait(&park->state, PARKED, timeout);
}

static void park_unpark(struct sley__park *park) { sley__futex_wake(&park->state); }
#else
const bool sley__park_is_here = false;

void sley__park_wait(struct sley__park *park, sley_time timeout)
{
  (void)park;
  (void)timeout;
}

static void park_unpark(struct sley__park *park) { (void)park; }
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
  if (state == PARKED) park_unpark(park);
  return state == WATCHING;
}
