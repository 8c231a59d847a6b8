/* How long a source of work may go on in a turn. */
#include <limits.h>

#include "reactor/reactor_floor.h"

struct sley__slice sley__slice = {100000 /* nanoseconds */, 16};

sley__budget sley__budget_begin(sley_time *read)
{
  return (sley__budget){.left = sley__slice.units,
                        .every = sley__slice.units,
                        .end = sley__slice.time < 0 ? INT64_MAX : *read + sley__slice.time,
                        .read = read};
}

sley__budget sley__budget_unlimited(void)
{
  return (sley__budget){.left = UINT_MAX, .every = UINT_MAX, .end = INT64_MAX};
}

bool sley__budget_look(sley__budget *budget)
{
  budget->left = budget->every;
  if (budget->end == INT64_MAX) return false;
  *budget->read = sley__clock();
  if (*budget->read < budget->end) return false;
  budget->left = 0; /* who asks again looks again */
  return true;
}
