/* sley/condition.h: waiting to be told something. What is told while nobody waits is lost. */
#ifndef SLEY_CONDITION_H
#define SLEY_CONDITION_H

#include <sley/mutex.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_condition sley_condition; /* belongs to its domain */

/* A condition that nobody waits for.
 * Owns    *out is the caller's: sley_condition_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_condition.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_condition_new(sley_condition **out);
/* One more handle, one less; NULL may be dropped. With the last handle those who wait are rejected with
 * sley_error_abandoned().
 * Since   0.1 */
SLEY_API sley_condition *sley_condition_keep(sley_condition *c);
SLEY_API void sley_condition_drop(sley_condition *c);

/* Waits for a value. With a mutex (or NULL), which the caller has: it is unlocked while waiting and
 * locked again before the promise is settled, whatever with. Cancelling ends the waiting, and then the
 * locking: a promise cancelled twice may be rejected without the mutex.
 *
 * As in Lwt a signal can be lost: where the wait stands inside sley_pick or sley_with_timeout, and one callback
 * first signals and then cancels the choice, the signal was spent on a waiter whose choice is Canceled. Put a bind
 * on the wait inside the choice and do there what the signal is for; or broadcast, and let everyone who wakes look
 * at the state that the condition stands for.
 * Fails   rejected with out of memory: the mutex was not unlocked then. Once it was, it is locked again
 *         for certain: with memory from the reserve.
 * Cost    two allocations of 128 bytes.
 * Lwt     Lwt_condition.wait
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_condition_wait(sley_condition *c,
                                                                    sley_mutex *m);

/* Tells the one who has waited longest, or all who wait now, in order.
 * Owns    consumes v / e. All who are told by sley_condition_broadcast share v, see sley_take.
 * Cost    allocates nothing.
 * Lwt     Lwt_condition.signal, broadcast, broadcast_exn
 * Since   0.1 */
SLEY_API void sley_condition_signal(sley_condition *c, sley_value v);
SLEY_API void sley_condition_broadcast(sley_condition *c, sley_value v);
SLEY_API void sley_condition_broadcast_error(sley_condition *c, sley_error *e);

SLEY_EXTERN_C_END

#include <sley/sites/condition.h>

#endif
