/* How long a source of work may go on in a turn. */
#include "reactor/reactor_floor.h"

struct sley__slice sley__slice = {100000 /* nanoseconds */, 16};

bool sley__budget_look(sley__budget *budget)
{
  if (budget->end == INT64_MAX) {
    budget->left = UINT_MAX;
    return false;
  }
  budget->read = sley__clock();
  /* Once it is spent, who asks again looks again. */
  budget->left = budget->read < budget->end ? sley__slice.units : 0;
  return budget->left == 0;
}
