/* Flags between threads. */
#ifndef TESTS_SUPPORT_FLAGS_H
#define TESTS_SUPPORT_FLAGS_H

#include <stdbool.h>

static int flags[4]; /* any thread, __atomic */

static inline void set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static inline bool is_set(int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

static inline void set_back(void)
{
  for (int i = 0; i < 4; i++) __atomic_store_n(&flags[i], 0, __ATOMIC_RELEASE);
}

#endif
