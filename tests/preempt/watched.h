/* What the tests of a pool's threads share: one pool at a time, flags between threads, and waits that end. */
#ifndef TESTS_PREEMPT_WATCHED_H
#define TESTS_PREEMPT_WATCHED_H

#include <time.h>

#include "fixture.h"
#include "thread_calls.h"

static sley_workers *pool; /* the test's */

static inline sley_workers_counters figures_of(void)
{
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  return c;
}

/* A lost job shows as a timeout here, not as a test that hangs. */
static inline void run_soon(sley_promise *p, int64_t wanted)
{
  run_gives(sley_with_timeout(30, p), wanted);
}

static inline int64_t clock_now(void) /* milliseconds; sley_now stands still within a turn */
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int flags[4]; /* any thread, __atomic */

static inline void set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static inline bool is_set(int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

static inline void set_back(void)
{
  for (int i = 0; i < 4; i++) __atomic_store_n(&flags[i], 0, __ATOMIC_RELEASE);
}

#endif
