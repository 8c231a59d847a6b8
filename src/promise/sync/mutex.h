/* The mutex functions that conditions use. */
#ifndef SLEY_PROMISE_MUTEX_H
#define SLEY_PROMISE_MUTEX_H

#include <sley/mutex.h>

#include "promise/sync/waiters.h"

/* sley_mutex_lock that cannot fail for lack of memory: for a condition, which must lock again the mutex that it
 * released. */
sley_promise *sley__mutex_lock_vital(sley_domain *d, const char *site, sley_mutex *m);

/* Ends a use by the library; frees the mutex if it has no handles left. */
void sley__mutex_unuse(void *m);

#endif
