/* sley/bind.h: sequences of operations, and observers.
 *
 * On a settled promise, a callback runs inside the call that registers it, as in Lwt, until the
 * callbacks nested on the stack in this way take more than a limit of bytes (sley_set_stack_limit).
 * Beyond the limit it is queued: it keeps its place in the order, and runs before the library
 * returns to code above the limit. On a pending promise, it runs when the promise settles.
 * Callbacks of one promise run newest first. A callback that has to wait runs with the storage
 * (sley/storage.h) that was current at its registration. drop can be left out of a call
 * (SLEY_OPTIONAL in sley/base.h). */
#ifndef SLEY_BIND_H
#define SLEY_BIND_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* When p is fulfilled, calls f with the value and follows the promise that f returns. A rejection
 * of p passes through. Canceling the result cancels p, and after f has returned, the promise that f
 * returned.
 * Owns    consumes p, and the promise that f returns, which must not be NULL.
 * Fails   if out of memory, the result is rejected with that, f is never called, and ctx is
 *         dropped; the operation behind p continues.
 * Cost    while p is pending, one allocation of 112 bytes, or of 128 with drop or with a current
 *         storage; none if p is settled.
 * Lwt     bind
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_bind(sley_promise *p, sley_bind_fn *f,
                                                          void *ctx,
                                                          sley_drop_fn *SLEY_OPTIONAL(drop));

/* When p is fulfilled, computes the result with f. Canceling the result cancels p.
 * Owns    consumes p; the result owns the value that f computes.
 * Fails   the result is rejected with the error that f returns; otherwise as sley_bind.
 * Cost    as sley_bind; 64 bytes if p is settled.
 * Lwt     map
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_map(sley_promise *p, sley_map_fn *f, void *ctx,
                                                         sley_drop_fn *SLEY_OPTIONAL(drop));

/* When p is rejected, for any reason including Canceled, calls f with the error and follows the
 * promise that f returns. A value passes through.
 * Owns    as sley_bind; the error is lent to f.
 * Fails   as sley_bind.
 * Cost    as sley_bind.
 * Lwt     catch
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_catch(sley_promise *p, sley_catch_fn *f,
                                                           void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));

/* Combines sley_bind and sley_catch: calls ok with a value, failed with an error. Neither receives
 * what the other returns.
 * Owns    as sley_bind; the error is lent to failed.
 * Fails   as sley_bind; neither function is called then.
 * Cost    one allocation of 144 bytes while p is pending, none if p is settled.
 * Lwt     try_bind
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_try_bind(sley_promise *p, sley_bind_fn *ok,
                                                              sley_catch_fn *failed, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* Calls cleanup when p is settled either way, and then takes the outcome of p. If the promise that
 * cleanup returns is rejected, its error replaces that outcome; a replaced error goes to the
 * unhandled hook, unless it is Canceled or one error is a cause of the other.
 * Owns    consumes p, and the promise that cleanup returns, which must not be NULL.
 * Fails   never skips cleanup: if out of memory, its node comes from a reserve.
 * Cost    one allocation of 128 bytes while p, or the promise that cleanup returns, is pending.
 * Lwt     finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_finalize(sley_promise *p,
                                                              sley_start_fn *cleanup, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_finalize with a body that is a function. It is called when the node of the result exists; if
 * out of memory, it is not called, and the result is rejected with that.
 * Lwt     finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_finalize_with(
    sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Observe p without consuming it. sley_on_any calls one of its two functions; sley_on_termination
 * calls its function on either outcome. sley_on_any skips a NULL function. Callbacks of a pending
 * promise run newest first, so an sley_on_termination that frees a context runs before an older
 * callback that uses it: free a context with the drop of the callback that uses it or, if several
 * use it, with sley_attach, which runs after all of them.
 * Owns    borrows p.
 * Fails   never skips a callback: if out of memory, the node comes from a reserve; if the reserve
 *         is used up, the process aborts with a message.
 * Cost    one allocation of 64 bytes while p is pending.
 * Lwt     on_success, on_failure, on_termination, on_any
 * Since   0.1 */
SLEY_API void sley_on_success(sley_promise *p, sley_value_fn *f, void *ctx,
                              sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API void sley_on_failure(sley_promise *p, sley_error_fn *f, void *ctx,
                              sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API void sley_on_termination(sley_promise *p, sley_done_fn *f, void *ctx,
                                  sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API void sley_on_any(sley_promise *p, sley_value_fn *ok, sley_error_fn *failed, void *ctx,
                          sley_drop_fn *SLEY_OPTIONAL(drop));

/* Hands obj over to p. drop(obj) is called once: when p is settled, its callbacks have run and the
 * operation behind it has ended, or when p is freed unsettled. Attach the state that a chain shares
 * to the last promise of the chain, not to a pick above it, which can settle while the chain
 * continues.
 * Owns    consumes p and returns it; consumes obj.
 * Cost    one allocation of 64 bytes; from the reserve if out of memory.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_attach(sley_promise *p, void *obj, sley_drop_fn *drop);

SLEY_EXTERN_C_END

#include <sley/sites/bind.h>

#endif
