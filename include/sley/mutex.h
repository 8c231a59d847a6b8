/* sley/mutex.h: mutual exclusion between promises, first come, first served.
 *
 * A mutex belongs to its domain and blocks no thread: locking returns a promise. A mutex does not know its
 * holder; each grant must be followed by exactly one unlock. sley_with_lock pairs them. */
#ifndef SLEY_MUTEX_H
#define SLEY_MUTEX_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_mutex sley_mutex; /* belongs to its domain */

/* Makes an unlocked mutex.
 * Owns    *out is the caller's: sley_mutex_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Cost    one allocation of 32 bytes.
 * Lwt     Lwt_mutex.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_mutex_new(sley_mutex **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle rejects every waiter, and every later
 * lock, with sley_error_abandoned().
 * Lwt     none: there a mutex is collected together with its waiters.
 * Since   0.1 */
SLEY_API sley_mutex *sley_mutex_keep(sley_mutex *m);
SLEY_API void sley_mutex_drop(sley_mutex *m);

/* Fulfilled with unit when the caller has the mutex. Canceling the promise leaves the queue.
 *
 * As in Lwt, a lock can be lost: a bare lock stands inside sley_pick or sley_with_timeout, and one callback
 * first unlocks the mutex and then cancels the choice. The lock is granted, the choice is Canceled, and no code is
 * left to unlock. Put the code that unlocks inside the choice: sley_with_lock(m, start, ctx), or a bind on
 * the lock, runs and unlocks wherever the lock is granted.
 * Fails   rejected with out of memory; the caller does not have the mutex then.
 * Cost    none on a free mutex; otherwise one allocation of 128 bytes.
 * Lwt     Lwt_mutex.lock
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_mutex_lock(sley_mutex *m);

/* Hands the mutex to the oldest waiter, whose promise is fulfilled as by sley_fulfill, and leaves it locked;
 * without waiters, unlocks it. Unlocking an unlocked mutex does nothing. As in Lwt, one unlock too many is not
 * detected: after a hand-over it admits a second holder beside the first.
 * Cost    allocates nothing.
 * Lwt     Lwt_mutex.unlock
 * Since   0.1 */
SLEY_API void sley_mutex_unlock(sley_mutex *m);

/* Whether the mutex is locked.
 * Lwt     Lwt_mutex.is_locked
 * Since   0.1 */
SLEY_API bool sley_mutex_is_locked(const sley_mutex *m);
/* Whether the mutex has waiters.
 * Lwt     the contrary of Lwt_mutex.is_empty
 * Since   0.1 */
SLEY_API bool sley_mutex_has_waiters(const sley_mutex *m);

/* Locks, calls start, and unlocks when the promise of start is settled. The mutex lives until then, even
 * without handles.
 * Owns    drop(ctx) is called after start returns, or as soon as start is certain not to run.
 * Fails   rejected with out of memory: start did not run, and the mutex is not held.
 * Lwt     Lwt_mutex.with_lock
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_lock(sley_mutex *m, sley_start_fn *start,
                                                               void *ctx,
                                                               sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/mutex.h>

#endif
