/* sley/cross.h: mutex, condition, once and barrier between domains. What waits is a promise, never a
 * thread: a domain whose promise waits for a lock goes on with everything else.
 *
 * Prefer to let one domain own an object and call it (sley/sharded.h): these are for what really
 * must be shared, such as a file, a foreign library, a start-up that happens once.
 *
 * All are counted objects of a runtime: new, keep and drop on any thread; sley_own(KEPT,
 * &sley_type_cross_...) is a value that crosses domains and is duplicated by keep. Waits are
 * cancelable, are answered in the order they began, and are rejected with SLEY_EGONE if the
 * waiting domain ends. Dropping the last handle while somebody waits aborts. */
#ifndef SLEY_CROSS_H
#define SLEY_CROSS_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_cross_mutex sley_cross_mutex;
typedef struct sley_cross_condition sley_cross_condition;
typedef struct sley_cross_once sley_cross_once;
typedef struct sley_cross_barrier sley_cross_barrier;

SLEY_API extern const sley_type sley_type_cross_mutex;
SLEY_API extern const sley_type sley_type_cross_condition;
SLEY_API extern const sley_type sley_type_cross_once;
SLEY_API extern const sley_type sley_type_cross_barrier;

/* Makes a mutex, unlocked.
 * Fails   -SLEY_ENOMEM; *out is NULL then. So for the others below.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_cross_mutex_new(sley_cross_mutex **out);
/* One more handle, one less.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_cross_mutex *sley_cross_mutex_keep(sley_cross_mutex *mutex);
SLEY_API void sley_cross_mutex_drop(sley_cross_mutex *mutex);

/* Fulfilled with unit when the current domain holds the mutex. The domain is the holder, whatever
 * callback unlocks; asking for it again while it is held waits, as in Lwt.
 * Fails   rejected with SLEY_EGONE if the domain that held it ended without unlocking: all that waited
 *         then are told, and the mutex is free again; what it guards may be half done.
 * Cost    free: one allocation of a settled promise; else a ticket and at most one wake-up.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_mutex_lock(sley_cross_mutex *mutex);
/* Takes it if it is free.
 * Fails   false; also if the domain that asks has no memory left to hold it, or is ending.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD bool sley_cross_mutex_try_lock(sley_cross_mutex *mutex);
/* Hands it to the one that has waited longest. Aborts if nobody or another domain holds it, or if it was
 * handed to a waiter of this domain that has not been told yet: it is then unlocked once too often.
 * Since   0.1 */
SLEY_API void sley_cross_mutex_unlock(sley_cross_mutex *mutex);
/* Locks, runs start, unlocks when its promise is settled, and gives its outcome.
 * Owns    ctx is borrowed until start has run.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_mutex_with_lock(sley_cross_mutex *mutex,
                                                                           sley_start_fn *start,
                                                                           void *ctx);

/* Makes a condition; counts its handles.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_cross_condition_new(sley_cross_condition **out);
SLEY_API sley_cross_condition *sley_cross_condition_keep(sley_cross_condition *condition);
SLEY_API void sley_cross_condition_drop(sley_cross_condition *condition);
/* Unlocks mutex (which this domain holds; NULL: none) and waits for a signal; locks it again before
 * the result settles, also when it is cancelled. A signal between the two is not lost. Afterwards look
 * again at what is waited for, as with any condition.
 * Fails   out of memory: the mutex is still held. Rejected as sley_cross_mutex_lock, not held then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_condition_wait(
    sley_cross_condition *condition, sley_cross_mutex *mutex);
/* Wakes the one that has waited longest, or all. A signal whose receiver was cancelled before it came
 * goes to the next.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_cross_condition_signal(sley_cross_condition *condition);
SLEY_API void sley_cross_condition_broadcast(sley_cross_condition *condition);

/* Makes a once; counts its handles.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_cross_once_new(sley_cross_once **out);
SLEY_API sley_cross_once *sley_cross_once_keep(sley_cross_once *once);
SLEY_API void sley_cross_once_drop(sley_cross_once *once);
/* The first to ask runs start; the result of all is fulfilled with unit when its promise is. If it is
 * rejected, so is the result of the one who ran it, and the next that waits runs its own start. So if
 * its domain ends first. Cancelling the result does not stop a start that has begun.
 * Owns    ctx is borrowed until the result is settled or start has returned.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_once_run(sley_cross_once *once,
                                                                    sley_start_fn *start,
                                                                    void *ctx);

/* Makes a barrier for count waits; counts its handles.
 * Fails   -SLEY_EINVAL for 0, -SLEY_ENOMEM.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_cross_barrier_new(unsigned count, sley_cross_barrier **out);
SLEY_API sley_cross_barrier *sley_cross_barrier_keep(sley_cross_barrier *barrier);
SLEY_API void sley_cross_barrier_drop(sley_cross_barrier *barrier);
/* Fulfilled when count waits are there: with 1 for the last to come, with 0 for the others. The
 * barrier then serves the next count. A cancelled wait is as if it had never come.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_barrier_wait(
    sley_cross_barrier *barrier);

SLEY_EXTERN_C_END

#include <sley/sites/cross.h>

#endif
