/* Pools stay with the parent of a fork: the child has none of their threads. Use of a pool in the child is detected
 * by comparing numbers. */
#include "preempt/worker.h"

static void workers_in_child(void) { sley__worker = NULL; }

void sley__forks_watch(void)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, workers_in_child);
}
