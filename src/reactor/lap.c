/* How long ago a turn was: promises note the turn they were made in, which costs no clock. */
#include "reactor/engine.h"

void sley__lap_note(struct sley__loop *loop, uint64_t turn)
{
  for (int level = 0; level < LAP_LEVELS; level++, turn /= LAPS) {
    loop->laps.began[level][turn % LAPS] = loop->now;
    if (turn % LAPS != 0) return;
  }
}

/* Takes the noted turn at or before the one asked for, so that an age is never too small. */
sley_time sley__lap_age(const sley_domain *d, uint64_t turns)
{
  uint64_t now = d->turn, then = turns < now ? now - turns : 0;
  for (int level = 0; level < LAP_LEVELS; level++, now /= LAPS, then /= LAPS) {
    if (now - then >= LAPS) continue;
    sley_time began = d->loop->laps.began[level][then % LAPS];
    return sley__clock() - began;
  }
  return -1;
}
