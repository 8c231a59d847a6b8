/* sley/cross.h: mutex, condition, once and barrier between domains. A promise waits, never a thread: a domain
 * that waits for a lock continues with everything else.
 *
 * Prefer one domain that owns an object and is called (sley/sharded.h). These are for what must be shared: a
 * file, a foreign library, an initialization that happens once.
 *
 * All are counted objects of a runtime. Any thread can call new, keep and drop; sley_own(KEPT,
 * &sley_type_cross_...) is a value that crosses domains and is duplicated by keep. Waits are cancelable, are
 * answered in the order in which they began, and are rejected with SLEY_EGONE if their domain ends. Dropping
 * the last handle while a wait is pending aborts. */
#ifndef SLEY_CROSS_H
#define SLEY_CROSS_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Counted handles, which any thread can hold and values carry to other domains. */
typedef struct sley_cross_mutex sley_cross_mutex;
typedef struct sley_cross_condition sley_cross_condition;
typedef struct sley_cross_once sley_cross_once;
typedef struct sley_cross_barrier sley_cross_barrier;

/* The types of values that own a handle.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_cross_mutex;
SLEY_API extern const sley_type sley_type_cross_condition;
SLEY_API extern const sley_type sley_type_cross_once;
SLEY_API extern const sley_type sley_type_cross_barrier;

/* Makes an unlocked mutex.
 * Fails   out of memory; *out is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_cross_mutex_new(sley_cross_mutex **out);
/* One more handle, one less.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_cross_mutex *sley_cross_mutex_keep(sley_cross_mutex *mutex);
SLEY_API void sley_cross_mutex_drop(sley_cross_mutex *mutex);

/* Fulfilled with unit when the current domain holds the mutex. The domain is the holder, whichever callback
 * unlocks it; locking again while it is held waits, as in Lwt.
 * Fails   rejected with SLEY_EGONE if the domain that held it ended without unlocking: every waiter is
 *         rejected then, and the mutex is free again. What it protects may be half done.
 * Cost    free: one allocation, of a settled promise; held: a ticket, and at most one wake-up.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_mutex_lock(sley_cross_mutex *mutex);
/* Locks it if it is free.
 * Fails   -SLEY_EAGAIN if it is held, if the current domain has no memory left to hold it, or is ending.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_cross_mutex_try_acquire(sley_cross_mutex *mutex);
/* Hands it to the longest waiter. Aborts if no domain or another one holds it, or if it was handed to a waiter
 * of this domain whose promise is not settled yet: that is one unlock too many.
 * Since   0.1 */
SLEY_API void sley_cross_mutex_unlock(sley_cross_mutex *mutex);
/* Locks, runs start, unlocks when its promise is settled; the result has the outcome of that.
 * Owns    drop(ctx) is called after start returns, or as soon as start is certain not to run.
 * Fails   as sley_cross_mutex_lock; out of memory. start does not run then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_mutex_with_lock(
    sley_cross_mutex *mutex, sley_start_fn *start, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Makes a condition; counts its handles.
 * Fails   out of memory; *out is NULL then.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_cross_condition_new(sley_cross_condition **out);
SLEY_API sley_cross_condition *sley_cross_condition_keep(sley_cross_condition *condition);
SLEY_API void sley_cross_condition_drop(sley_cross_condition *condition);
/* Unlocks mutex (which this domain holds; NULL: none), waits for a signal, and locks mutex again before the
 * result settles, also when it is canceled. A signal between unlocking and waiting is not lost. Check again
 * what you wait for, as with any condition.
 * Fails   out of memory: the mutex is still held. Rejected as sley_cross_mutex_lock: it is not held.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_condition_wait(
    sley_cross_condition *condition, sley_cross_mutex *mutex);
/* Wakes the longest waiter, or all waiters. If that waiter is canceled before the signal arrives, the next one
 * gets it.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_cross_condition_signal(sley_cross_condition *condition);
SLEY_API void sley_cross_condition_broadcast(sley_cross_condition *condition);

/* Makes a once; counts its handles.
 * Fails   out of memory; *out is NULL then.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_cross_once_new(sley_cross_once **out);
SLEY_API sley_cross_once *sley_cross_once_keep(sley_cross_once *once);
SLEY_API void sley_cross_once_drop(sley_cross_once *once);
/* The first caller runs start; every result is fulfilled with unit when start's promise is. If that is rejected,
 * so is the result of the caller that ran it, and the next waiter runs its own start; likewise if its domain
 * ends first. Canceling the result does not stop a start that has begun.
 * Owns    drop(ctx) is called when the result is settled and start, if it ran, has finished.
 * Fails   as start; out of memory.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_once_run(
    sley_cross_once *once, sley_start_fn *start, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Makes a barrier for count waits; counts its handles.
 * Fails   SLEY_EINVAL for 0, out of memory; *out is NULL then.
 * Thread  keep and drop: any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_cross_barrier_new(size_t count, sley_cross_barrier **out);
SLEY_API sley_cross_barrier *sley_cross_barrier_keep(sley_cross_barrier *barrier);
SLEY_API void sley_cross_barrier_drop(sley_cross_barrier *barrier);
/* Fulfilled when count waits have arrived: with 1 for the last of them, with 0 for the others. The barrier then
 * serves the next count. A canceled wait does not count.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cross_barrier_wait(
    sley_cross_barrier *barrier);

SLEY_EXTERN_C_END

#include <sley/sites/cross.h>

#endif
