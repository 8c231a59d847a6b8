/* How long a source of work can go on in a turn. */
#include "reactor/reactor_floor.h"

/* If the units since the last reading took no more than 1/QUICK of the slice, twice as many run until the next one:
 * reading the clock costs more than a message. */
enum { QUICK = 32, UNITS_MOST = 128 };

struct sley__slice sley__slice = {100000 /* nanoseconds */, 16};

bool sley__budget_look(sley__budget *budget)
{
  if (budget->end == INT64_MAX) {
    budget->left = UINT_MAX;
    return false;
  }
  sley_time now = sley__clock();
  bool quick = now - budget->read <= sley__slice.time / QUICK;
  budget->read = now;
  budget->left = 0; /* once it is spent, the next call reads the clock again */
  if (now >= budget->end) return true;
  if (!quick) budget->granted = sley__slice.units;
  else if (budget->granted <= UNITS_MOST / 2) budget->granted *= 2;
  budget->left = budget->granted;
  return false;
}
