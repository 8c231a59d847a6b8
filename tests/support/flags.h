/* Flags between threads, and the time on the clock. */
#ifndef TESTS_SUPPORT_FLAGS_H
#define TESTS_SUPPORT_FLAGS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static int flags[4]; /* any thread, __atomic */

static inline void set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static inline bool is_set(int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

static inline void set_back(void)
{
  for (int i = 0; i < 4; i++) __atomic_store_n(&flags[i], 0, __ATOMIC_RELEASE);
}

static inline int64_t clock_now(void) /* milliseconds; sley_now stands still within a turn */
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
