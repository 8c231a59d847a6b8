/* How much of each source runs in a turn: the usual amount, or one unit or three independent of time, so that a run
 * meets domains with kept work at each of its points. */
#ifndef SIMULATE_SLICE_H
#define SIMULATE_SLICE_H

#include "reactor/reactor_floor.h"
#include "simulate.h"

static inline void choose_slice(uint64_t seed)
{
  static const struct sley__slice slices[] = {{100000, 16}, {0, 1}, {0, 3}};
  sley__slice = slices[seed % 3];
}

#endif
