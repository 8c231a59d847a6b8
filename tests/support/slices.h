/* Turns whose slices are small and whose clock can stand still, so that nothing depends on how busy the machine is. The
 * program is linked with --wrap=clock_gettime. */
#ifndef TESTS_SUPPORT_SLICES_H
#define TESTS_SUPPORT_SLICES_H

#include <time.h>

#include "reactor/engine.h"
#include "support/process.h"

static sley_time still; /* 0: the clock runs */
static int readings;    /* of a stopped clock */

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
  if (still == 0) return __real_clock_gettime(id, t);
  readings++;
  t->tv_sec = (time_t)(still / SLEY_SECOND);
  t->tv_nsec = (long)(still % SLEY_SECOND);
  return 0;
}

static inline void stop_clock(void)
{
  struct timespec t;
  __real_clock_gettime(CLOCK_MONOTONIC, &t);
  still = (sley_time)t.tv_sec * SLEY_SECOND + t.tv_nsec;
}

static struct sley__slice usual;

static inline void slice(sley_time time, unsigned units)
{
  sley__slice = (struct sley__slice){time, units};
}

static inline int slices_setup(void **state)
{
  usual = sley__slice;
  return setup(state);
}

static inline int slices_teardown(void **state)
{
  still = 0;
  sley__slice = usual;
  return teardown(state);
}

static inline void step(void) { assert_null(sley_step(0)); }

#endif
