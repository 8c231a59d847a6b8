/* Parking. On Linux a futex: waking a thread that is not asleep yet costs no system call, and the woken thread never
 * waits for a lock (a condition variable's mutex costs it a second switch). Elsewhere a mutex and a condition
 * variable. */
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

bool sley__park(parker *p, sley_time most)
{
  unsigned expected = AWAKE;
  if (!__atomic_compare_exchange_n(&p->state, &expected, ASLEEP, false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_ACQUIRE)) {
    __atomic_store_n(&p->state, AWAKE, __ATOMIC_RELAXED);
    return true;
  }
  sley_time now = sley__clock(), end = most > INT64_MAX - now ? INT64_MAX : now + most;
  for (;;) {
    sley__futex_wait(&p->state, ASLEEP, most);
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
  if (__atomic_exchange_n(&p->state, WOKEN, __ATOMIC_RELEASE) == ASLEEP)
    sley__futex_wake(&p->state);
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
