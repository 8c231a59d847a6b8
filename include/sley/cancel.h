/* sley/cancel.h: giving up on a promise, and guarding against it.
 *
 * Cancelling looks backwards from a promise for the tasks it waits for, and rejects those with
 * sley_error_canceled(); everything between learns of it as of any rejection. What an operation occupies (a
 * descriptor's direction, a place in a port or barrier) is free before any callback runs. The operation behind a
 * task (a system call, a job, a call to another domain) may go on for a while: what it touches
 * belongs to it until it is over. */
#ifndef SLEY_CANCEL_H
#define SLEY_CANCEL_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Cancels what p waits for. All tasks found are rejected first, then their callbacks run, the last
 * found first, before this returns. Nothing happens if p is settled or nothing behind it can be
 * cancelled.
 * Owns    borrows p.
 * Cost    O(promises between p and its tasks); allocates nothing, recurses nowhere.
 * Lwt     cancel
 * Since   0.1 */
SLEY_API void sley_cancel(sley_promise *p);

/* Runs f if p ends rejected with Canceled, before the other callbacks of p; at once if it has.
 * Owns    borrows p.
 * Fails   as sley_on_success.
 * Lwt     on_cancel
 * Since   0.1 */
SLEY_API void sley_on_cancel(sley_promise *p, sley_done_fn *f, void *ctx,
                             sley_drop_fn *SLEY_OPTIONAL(drop));

/* Follows p. Cancelling it settles it alone and leaves p be.
 * Owns    consumes p. A settled p is given back as it is; so in the next two.
 * Lwt     protected
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_protected(sley_promise *p);

/* Follows p and cannot be cancelled.
 * Lwt     no_cancel
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_no_cancel(sley_promise *p);

/* Follows p. Cancelling it settles it at once, even where p cannot be cancelled, then cancels p.
 * Lwt     wrap_in_cancelable
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wrap_in_cancelable(sley_promise *p);

SLEY_EXTERN_C_END

#include <sley/sites/cancel.h>

#endif
