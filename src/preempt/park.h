/* A parker: one thread sleeps in it until another one wakes it. A wake-up that comes first is kept. */
#ifndef SLEY_PREEMPT_PARK_H
#define SLEY_PREEMPT_PARK_H

#include <pthread.h>
#include <stdbool.h>

#include "reactor/reactor_floor.h"

typedef struct parker {
#ifdef __linux__
  unsigned state; /* any thread, __atomic */
#else
  pthread_mutex_t lock; /* protects woken */
  pthread_cond_t changed;
  bool woken;
#endif
} parker;

int sley__parker_init(parker *p); /* 0 or an errno value */
void sley__parker_destroy(parker *p);
/* Sleeps until woken, at most `most` nanoseconds (negative: no limit); true if it was woken. The parker's thread
 * only. */
bool sley__park(parker *p, sley_time most);
void sley__unpark(parker *p); /* any thread */

#endif
