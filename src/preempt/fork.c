/* Pools stay with the parent of a fork: the child has none of their threads. Whatever uses one there is
 * told by a compare of numbers. */
#include "preempt/worker.h"

static void workers_in_child(void) { sley__worker = NULL; }

void sley__forks_watch(void)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, workers_in_child);
}
