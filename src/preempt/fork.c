/* Pools stay with the parent of a fork: the child has none of their threads. Whatever uses one there is
 * told by a compare of numbers. */
#include "preempt/pool.h"

static void child(void)
{
  sley__worker = NULL;
  sley__pools_forget_lock();
}

static void watch(void) { sley__fork_watch(child); }

void sley__forks_watch(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch);
}
