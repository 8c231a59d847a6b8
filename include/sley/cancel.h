/* sley/cancel.h: canceling a promise, and protecting one from it.
 *
 * Canceling searches backwards from a promise for the cancelable promises that it waits for, and
 * rejects those with sley_error_canceled(). The promises in between are rejected by them as by any
 * error. What an operation occupies (a direction of a descriptor, a place in a port or barrier) is
 * free before any callback runs. The work behind an operation (a system call, a job, a call to
 * another domain) can continue for a while; until it ends, it owns what it touches. */
#ifndef SLEY_CANCEL_H
#define SLEY_CANCEL_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Cancels what p waits for. All cancelable promises found are rejected first; then their callbacks
 * run, those of the last one found first, before the call returns. Does nothing if p is settled, or
 * if nothing behind it can be canceled.
 * Owns    borrows p.
 * Cost    O(promises between p and what is canceled); allocates nothing, never recurses.
 * Lwt     cancel
 * Since   0.1 */
SLEY_API void sley_cancel(sley_promise *p);

/* Calls f if p is rejected with Canceled, before the other callbacks of p; immediately if it
 * already is.
 * Owns    borrows p.
 * Fails   as sley_on_success.
 * Lwt     on_cancel
 * Since   0.1 */
SLEY_API void sley_on_cancel(sley_promise *p, sley_done_fn *f, void *ctx,
                             sley_drop_fn *SLEY_OPTIONAL(drop));

/* Follows p. Canceling the result settles only the result, and does not cancel p.
 * Owns    consumes p. Returns p itself if it is settled.
 * Fails   if out of memory, the result is rejected with that, and p is dropped.
 * Lwt     protected
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_protected(sley_promise *p);

/* Follows p and cannot be canceled.
 * Owns    consumes p. Returns p itself if it is settled.
 * Fails   if out of memory, the result is rejected with that, and p is dropped.
 * Lwt     no_cancel
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_no_cancel(sley_promise *p);

/* Follows p. Canceling the result settles it immediately, even if p cannot be canceled, and then
 * cancels p.
 * Owns    consumes p. Returns p itself if it is settled.
 * Fails   if out of memory, the result is rejected with that, and p is dropped.
 * Lwt     wrap_in_cancelable
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wrap_in_cancelable(sley_promise *p);

SLEY_EXTERN_C_END

#include <sley/sites/cancel.h>

#endif
