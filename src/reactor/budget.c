/* How long a source of work can go on in a turn. */
#include "reactor/engine.h"

/* If the units since the last reading took no more than 1/QUICK of the slice, twice as many run until the next one:
 * reading the clock costs more than a message. */
enum { QUICK = 32, UNITS_MOST = 128 };

/* Operations that can complete in one turn of the loop without the kernel being asked in between. */
enum { EAGER_OPERATIONS = 256 };
enum { UNIT_BYTES = 8 * 1024 /* count as a unit of work */ };

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

bool sley__loop_may_try(struct sley__loop *loop)
{
  return loop->eager++ < EAGER_OPERATIONS && !sley__budget_is_spent(&loop->budget, 1);
}

void sley__loop_charge(struct sley__loop *loop, size_t bytes)
{
  sley__budget_charge(&loop->budget, (unsigned)(bytes / UNIT_BYTES));
}
