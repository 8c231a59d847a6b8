/* sley/condition.h: waiting for a notification. A notification that finds no waiter is lost. */
#ifndef SLEY_CONDITION_H
#define SLEY_CONDITION_H

#include <sley/mutex.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_condition sley_condition; /* belongs to its domain */

/* Makes a condition without waiters.
 * Owns    *out is the caller's: sley_condition_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_condition.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_condition_new(sley_condition **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle rejects every waiter with
 * sley_error_abandoned().
 * Since   0.1 */
SLEY_API sley_condition *sley_condition_keep(sley_condition *c);
SLEY_API void sley_condition_drop(sley_condition *c);

/* Waits for a value. m, which the caller holds, is unlocked meanwhile and locked again before the promise is
 * settled, whatever the outcome; NULL: no mutex. The first cancel ends the waiting, the next one ends the
 * locking: a promise that is canceled twice may be rejected without the mutex.
 *
 * As in Lwt, a notification can be lost: the wait stands inside sley_pick or sley_with_timeout, and one
 * callback first signals and then cancels the choice. The notification went to a waiter whose choice is
 * Canceled. Put a bind on the wait inside the choice and react to the notification there; or broadcast, and let
 * every waiter check the state that the condition stands for.
 * Fails   rejected with out of memory: the mutex was not unlocked then. Once it was, locking it again cannot
 *         fail: that memory comes from the reserve.
 * Cost    two allocations of 128 bytes.
 * Lwt     Lwt_condition.wait
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_condition_wait(sley_condition *c,
                                                                    sley_mutex *m);

/* Notifies the oldest waiter, or all present waiters in order.
 * Owns    consumes v / e. All waiters that sley_condition_broadcast notifies share v, see sley_take.
 * Cost    allocates nothing.
 * Lwt     Lwt_condition.signal, broadcast, broadcast_exn
 * Since   0.1 */
SLEY_API void sley_condition_signal(sley_condition *c, sley_value v);
SLEY_API void sley_condition_broadcast(sley_condition *c, sley_value v);
SLEY_API void sley_condition_broadcast_error(sley_condition *c, sley_error *e);

SLEY_EXTERN_C_END

#include <sley/sites/condition.h>

#endif
