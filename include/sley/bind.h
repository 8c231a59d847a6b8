/* sley/bind.h: one thing after another, and watching.
 *
 * On a promise that is already settled the callback runs inside the call, as in Lwt, until the
 * immediate callbacks nested on the stack take more than a limit of bytes (sley_set_stack_limit);
 * from there it is queued, keeps its place in the order, and runs before the library returns to
 * code above that limit. On a pending promise it runs when the promise settles. Callbacks of one
 * promise run newest first. Where the callback has to wait, it later sees the storage
 * (sley/storage.h) that was current at registration. drop may be left out (SLEY_OPTIONAL in sley/base.h). */
#ifndef SLEY_BIND_H
#define SLEY_BIND_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* When p is fulfilled, runs f with the value and follows the promise that f returns; a rejected p
 * passes through. Cancelling the result cancels p, and once f has run, what f returned.
 * Owns    consumes p and the promise that f returns (which may not be NULL).
 * Fails   rejected with out of memory; f never runs then, ctx is dropped, p's producer goes on.
 * Cost    while p is pending one allocation of 112 bytes, of 128 with drop or where storage is current;
 *         none when it is settled.
 * Lwt     bind
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_bind(sley_promise *p, sley_bind_fn *f,
                                                          void *ctx,
                                                          sley_drop_fn *SLEY_OPTIONAL(drop));

/* When p is fulfilled, computes the result with f. Cancelling the result cancels p.
 * Owns    consumes p; what f computes is the result's.
 * Fails   rejected with the error that f returns; otherwise as sley_bind.
 * Cost    as sley_bind; 64 bytes when p is settled.
 * Lwt     map
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_map(sley_promise *p, sley_map_fn *f, void *ctx,
                                                         sley_drop_fn *SLEY_OPTIONAL(drop));

/* When p is rejected, for whatever reason and Canceled too, runs f with the error and follows the
 * promise that f returns; a value passes through.
 * Owns    as sley_bind; the error is lent to f.
 * Fails   as sley_bind.
 * Cost    as sley_bind.
 * Lwt     catch
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_catch(sley_promise *p, sley_catch_fn *f,
                                                           void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_bind and sley_catch in one: ok runs on a value, failed on an error; neither sees what the
 * other returns.
 * Owns    as sley_bind; the error is lent to failed.
 * Fails   as sley_bind; neither runs then.
 * Cost    one allocation of 144 bytes while p is pending, none when it is settled.
 * Lwt     try_bind
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_try_bind(sley_promise *p, sley_bind_fn *ok,
                                                              sley_catch_fn *failed, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* Runs cleanup when p is settled either way, then gives p's outcome; if cleanup's promise is
 * rejected, that error replaces it. An error of p's that is replaced so goes to the unhandled hook, unless it is
 * Canceled or one is a cause of the other.
 * Owns    consumes p and the promise that cleanup returns (which may not be NULL).
 * Fails   cannot be lost to a lack of memory: its node comes from a reserve then.
 * Cost    one allocation of 128 bytes while p, or what cleanup returns, is pending.
 * Lwt     finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_finalize(sley_promise *p,
                                                              sley_start_fn *cleanup, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* The same with the body as a function, called once its node is certain to exist: where that fails,
 * the body never runs and the result is rejected with out of memory.
 * Lwt     finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_finalize_with(
    sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Watch p without consuming it. sley_on_any runs one of its two functions; sley_on_termination runs
 * on either outcome. A NULL function of sley_on_any is skipped.
 * Beware: while p is pending, the last registered runs first. An sley_on_termination that frees a context
 * runs before an sley_on_any that was registered earlier and uses it. Free a context with the drop of
 * the one that uses it, or, where several do, with sley_attach: that runs after all of them.
 * Owns    borrows p.
 * Fails   cannot be lost to a lack of memory: the node comes from a reserve then; when that is used
 *         up too, the process aborts with a sentence.
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

/* Hands obj to p: drop(obj) runs once, when p is settled, its callbacks ran and the operation behind
 * it is over, or when p dies unsettled. One state shared by a chain is attached to the chain's last
 * promise; never to a pick above it, which may settle while the chain goes on.
 * Owns    consumes p and gives it back; consumes obj.
 * Cost    one allocation of 64 bytes, from the reserve when out of memory.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_attach(sley_promise *p, void *obj, sley_drop_fn *drop);

SLEY_EXTERN_C_END

#include <sley/sites/bind.h>

#endif
