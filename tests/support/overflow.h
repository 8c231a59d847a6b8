/* A call deep enough to overflow any stack. */
#ifndef TESTS_SUPPORT_OVERFLOW_H
#define TESTS_SUPPORT_OVERFLOW_H

#include "support/unit.h"

static volatile int depth_wanted = 1 << 24;

static int deep(int n)
{
  volatile char frame[1024];
  frame[(unsigned)n % sizeof(frame)] = (char)n;
  int below = n >= depth_wanted ? 0 : deep(n + 1);
  return below + frame[(unsigned)n % sizeof(frame)];
}

static sley_promise *overflow(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(deep(0)));
}

#endif
