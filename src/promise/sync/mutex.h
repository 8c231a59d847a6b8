/* Of mutexes, for conditions. */
#ifndef SLEY_PROMISE_MUTEX_H
#define SLEY_PROMISE_MUTEX_H

#include <sley/mutex.h>

#include "promise/sync/waiters.h"

/* sley_mutex_lock that is never refused for a lack of memory: for who had the mutex and gave it up on
 * the promise to get it back. */
sley_promise *sley__mutex_lock_vital(sley_domain *d, const char *site, sley_mutex *m);

/* The library uses the mutex no longer: its memory may go, if it has no handles. */
void sley__mutex_unuse(void *m);

#endif
