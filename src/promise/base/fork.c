/* The child of a fork: what it is told apart by, and that no lock of the process is held in it. What becomes of
 * domains there is the scheduler's (process.c). */
#include "promise/promise_floor.h"

static uint32_t parents; /* the numbers of its domains end here, where a fork made this process */

static void forked(void)
{
  sley__origin++;
  parents = sley__last_number();
  sley__process_locks_free();
}

void sley__forks_count(void)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, forked);
}

bool sley__is_parents(uint32_t number) { return number <= parents; }
