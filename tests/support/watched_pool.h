/* One pool at a time, with its counters, controlled thread starts, and waits with a time limit. */
#ifndef TESTS_SUPPORT_WATCHED_POOL_H
#define TESTS_SUPPORT_WATCHED_POOL_H

#include "support/flags.h"
#include "support/pools.h"
#include "support/thread_calls.h"

static sley_workers *pool; /* the test's */

static inline sley_workers_counters figures_of(void)
{
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  return c;
}

/* A lost job fails with a timeout instead of hanging the test. */
static inline void run_soon(sley_promise *p, int64_t wanted)
{
  run_gives(sley_with_timeout(30, p), wanted);
}

#endif
