/* The clock that everything here reads. */
#include <time.h>

#include "reactor/engine.h"

unsigned sley__test_clocks;

sley_time sley__clock(void)
{
  if (SLEY__UNLIKELY(__atomic_load_n(&sley__test_clocks, __ATOMIC_RELAXED) > 0)) {
    const struct sley__loop *loop = sley__current->loop;
    if (loop != NULL && loop->test_clock.runs) return loop->test_clock.now;
  }
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (sley_time)t.tv_sec * SLEY_SECOND + t.tv_nsec;
}
