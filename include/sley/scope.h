/* sley/scope.h: structured concurrency. A scope owns the promises started in it, its children, and
 * outlives none of them: leaving it cancels those still pending and waits until all are settled. The
 * first failure cancels the rest; a supervisor is a scope that goes on when a child fails.
 *
 * When a child ends with Canceled. Once the scope is being left, or has failed, its children are
 * told to end, and Canceled is what they say: it changes nothing. Before that somebody else cancelled the
 * child, or what it waited for (as when a call is cut off because the domain that serves it is shut down):
 * its work was not done, so the scope fails, with Canceled. If anything else fails too, before or until
 * the scope is over, the scope's result is that error rather than Canceled. A child that you mean to
 * cancel yourself is started as sley_catch_if(p, sley_match_canceled(), ...), or under a supervisor. */
#ifndef SLEY_SCOPE_H
#define SLEY_SCOPE_H

#include <sley/fiber.h>
#include <sley/switch.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_scope sley_scope; /* belongs to its domain */

typedef sley_promise *sley_scope_fn(void *ctx, sley_scope *scope); /* scope is lent */

/* The deadline of what has none. */
#define SLEY_NEVER INT64_MAX

/* Calls body, here and now, with a new scope; in a fiber, body may await. The scope is left when body's
 * promise is settled either way. What was started in it and is still pending is cancelled then: all of it
 * is rejected before any callback runs, as by sley_cancel of one promise that waits for all, and the
 * callbacks of the child started last run first. When all of it is settled, the hooks of its switch
 * run; then the result is settled, with body's value, or with the first failure: of body, of a child
 * (then body and all the others are cancelled, the callbacks of body's tasks run first), or of a hook.
 * Later failures, but for Canceled, go to the unhandled hook. Cancelling the result cancels body, and so leaves
 * the scope; the result is not settled before all is over. What children are given as ctx has to live where the
 * result is awaited, not in body: they outlive its locals.
 * Owns    the scope is lent to body until the result is settled; keep it for longer. drop(ctx) is
 *         called when all is over, before the result is settled, or where body never ran.
 * Fails   rejected with out of memory; body never ran then.
 * Cost    about seven allocations, and two for each child.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_scope(sley_scope_fn *body, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));

/* The same with a deadline so many seconds from now, or that of the scope around it if that is earlier:
 * when it has passed, the scope fails with sley_error_timeout(). Scopes within hand it down.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_deadline(
    double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_with_scope for children that do not depend on each other, such as the connections of a server: a
 * child that fails does not end the scope. on_failure is called with ctx, which body is given too, and
 * the child's error; it may start the child again. NULL: the async hook (sley/hooks.h) is told. A failure
 * of body or of a hook, and sley_scope_fail, end the scope as any other; sley_scope_wait waits for
 * children that fail as for others.
 * Owns    as sley_with_scope. The error is lent to on_failure.
 * Fails   as sley_with_scope.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_supervisor(
    sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* One more handle, one less; NULL may be dropped. A scope that is kept beyond its end takes in nothing.
 * Since   0.1 */
SLEY_API sley_scope *sley_scope_keep(sley_scope *scope);
SLEY_API void sley_scope_drop(sley_scope *scope);

/* Calls start, here and now; the scope owns its promise. In a fiber, start runs in that fiber: where it
 * awaits, the caller waits with it. sley_scope_spawn gives it a fiber of its own.
 * Owns    drop(ctx) is called when the child is over, or at once if the child is not started.
 * Fails   -SLEY_ECLOSED if the scope has failed or is being left, -SLEY_ENOMEM, and then the scope
 *         fails with that unless it is a supervisor; start was not called in both cases. Only a supervisor
 *         has to look: elsewhere the scope's result tells.
 * Since   0.1 */
SLEY_API int sley_scope_start(sley_scope *scope, sley_start_fn *start, void *ctx,
                              sley_drop_fn *SLEY_OPTIONAL(drop));
/* Runs fn in a new fiber, as sley_spawn does, and the scope owns its promise. options and drop may be
 * NULL.
 * Owns    as sley_scope_start.
 * Fails   as sley_scope_start. Where there is no stack for the fiber, 0, and the child fails with that.
 * Since   0.1 */
SLEY_API SLEY_SITE int sley_scope_spawn(sley_scope *scope, sley_start_fn *fn, void *ctx,
                                        sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE int sley_scope_spawn_with(sley_scope *scope, const sley_spawn_options *options,
                                             sley_start_fn *fn, void *ctx,
                                             sley_drop_fn *SLEY_OPTIONAL(drop));
/* Gives the scope a promise, and gives it back for other uses.
 * Owns    consumes p.
 * Fails   cancels p and gives a rejected promise: with sley_error_closed() or out of memory, as above.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_adopt(sley_scope *scope, sley_promise *p);

/* Fulfilled with unit when nothing started in the scope is pending; rejected with what the scope failed
 * with. For body: returned, it leaves the scope when all is done, instead of cancelling.
 * Cost    none if nothing is pending; otherwise one allocation of 128 bytes.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_scope_wait(sley_scope *scope);

/* Makes the scope fail, as if something started in it had. Where it has failed the unhandled hook is told;
 * nothing happens once it is being left.
 * Owns    consumes e.
 * Since   0.1 */
SLEY_API void sley_scope_fail(sley_scope *scope, sley_error *e);

/* What runs its hooks when all that was started is settled.
 * Owns    lent: valid as long as scope.
 * Since   0.1 */
SLEY_API sley_switch *sley_scope_switch(sley_scope *scope);

/* The innermost scope around what runs now (it follows callbacks as storage does), or NULL.
 * Owns    lent until the callback that asked returns.
 * Since   0.1 */
SLEY_API sley_scope *sley_scope_current(void);
/* When the scope has to be over, on the clock of sley_now; SLEY_NEVER: no deadline. NULL: SLEY_NEVER.
 * Since   0.1 */
SLEY_API sley_time sley_scope_deadline(const sley_scope *scope);

SLEY_EXTERN_C_END

#include <sley/sites/scope.h>

#endif
