/* The turn clock: how long ago a turn was. Promises record the number of the turn they were made in, without reading
 * a clock. */
#include "reactor/engine.h"

void sley__turn_clock_note(struct sley__loop *loop, uint64_t turn)
{
  for (int level = 0; level < CLOCK_LEVELS; level++, turn /= CLOCK_TURNS) {
    loop->clock.began[level][turn % CLOCK_TURNS] = loop->now;
    if (turn % CLOCK_TURNS != 0) return;
  }
}

/* Uses the recorded turn at or before the one asked for, so that an age is never too small. */
sley_time sley__turn_clock_age(const sley_domain *d, uint64_t turns)
{
  uint64_t now = d->turn, then = turns < now ? now - turns : 0;
  for (int level = 0; level < CLOCK_LEVELS; level++, now /= CLOCK_TURNS, then /= CLOCK_TURNS) {
    if (now - then >= CLOCK_TURNS) continue;
    sley_time began = d->loop->clock.began[level][then % CLOCK_TURNS];
    return sley__clock() - began;
  }
  return -1;
}
