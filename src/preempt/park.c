/* Parking. On Linux a futex: a wake-up of a thread that has not gone to sleep yet costs no system call,
 * and nothing is locked that the woken thread would then wait for (a condition variable's mutex costs
 * it a second switch). Elsewhere a mutex and a condition variable. */
#ifdef __linux__
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include <errno.h>
#include <time.h>

#include "preempt/park.h"

#ifdef __linux__
enum { AWAKE, WOKEN, ASLEEP };

int sley__parker_init(parker *p)
{
  p->state = AWAKE;
  return 0;
}

void sley__parker_destroy(parker *p) { (void)p; }

/* May return for no reason. Kernels with 64-bit time only (musl on 32 bits) take the other call. */
static void futex_wait(unsigned *word, unsigned value, const struct timespec *most)
{
#if defined(SYS_futex_time64) && !defined(__LP64__)
  struct {
    int64_t seconds, nanoseconds;
  } wide;
  if (most != NULL) {
    wide.seconds = most->tv_sec;
    wide.nanoseconds = most->tv_nsec;
  }
  if (syscall(SYS_futex_time64, word, FUTEX_WAIT_PRIVATE, value, most != NULL ? &wide : NULL) ==
          0 ||
      errno != ENOSYS)
    return;
#endif
#ifdef SYS_futex
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, most);
#endif
}

bool sley__park(parker *p, sley_time most)
{
  unsigned expected = AWAKE;
  if (!__atomic_compare_exchange_n(&p->state, &expected, ASLEEP, false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_ACQUIRE)) {
    __atomic_store_n(&p->state, AWAKE, __ATOMIC_RELAXED);
    return true;
  }
  sley_time end = most < 0 ? 0 : sley__clock() + most;
  for (;;) {
    struct timespec left = {.tv_sec = (time_t)(most / SLEY_SECOND),
                            .tv_nsec = (long)(most % SLEY_SECOND)};
    futex_wait(&p->state, ASLEEP, most < 0 ? NULL : &left);
    if (__atomic_load_n(&p->state, __ATOMIC_ACQUIRE) == WOKEN) break;
    if (most < 0) continue;
    most = end - sley__clock();
    if (most > 0) continue;
    expected = ASLEEP;
    if (__atomic_compare_exchange_n(&p->state, &expected, AWAKE, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE))
      return false;
    break;
  }
  __atomic_store_n(&p->state, AWAKE, __ATOMIC_RELAXED);
  return true;
}

void sley__unpark(parker *p)
{
#ifdef SYS_futex
  const long call = SYS_futex;
#else
  const long call = SYS_futex_time64;
#endif
  if (__atomic_exchange_n(&p->state, WOKEN, __ATOMIC_RELEASE) == ASLEEP)
    syscall(call, &p->state, FUTEX_WAKE_PRIVATE, 1);
}

#else

int sley__parker_init(parker *p)
{
  p->woken = false;
  int code = pthread_mutex_init(&p->lock, NULL);
  if (code != 0) return code;
  code = sley__condition_init(&p->changed);
  if (code != 0) pthread_mutex_destroy(&p->lock);
  return code;
}

void sley__parker_destroy(parker *p)
{
  pthread_cond_destroy(&p->changed);
  pthread_mutex_destroy(&p->lock);
}

bool sley__park(parker *p, sley_time most)
{
  struct timespec until = sley__condition_until(most < 0 ? 0 : most);
  pthread_mutex_lock(&p->lock);
  int code = 0;
  while (!p->woken && code != ETIMEDOUT)
    code = most < 0 ? pthread_cond_wait(&p->changed, &p->lock)
                    : pthread_cond_timedwait(&p->changed, &p->lock, &until);
  bool woken = p->woken;
  p->woken = false;
  pthread_mutex_unlock(&p->lock);
  return woken;
}

void sley__unpark(parker *p)
{
  pthread_mutex_lock(&p->lock);
  p->woken = true;
  pthread_cond_signal(&p->changed);
  pthread_mutex_unlock(&p->lock);
}
#endif
