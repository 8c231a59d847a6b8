/* sley/scope.h: structured concurrency. A scope owns the promises started in it, its children: leaving it
 * cancels those still pending and waits until all are settled. The first failure cancels the others; a
 * supervisor is a scope that continues when a child fails.
 *
 * A child that ends with Canceled: while the scope is being left, or after it failed, this is the expected end
 * and changes nothing. Before, it means that other code canceled the child or what it waited for (for
 * example a call, because the domain that serves it is shut down). The child's work was not done, so the scope
 * fails with Canceled. If anything else fails as well before the scope has ended, the scope's result is that
 * error instead. Start a child that you intend to cancel yourself as
 * sley_catch_if(p, sley_match_canceled(), ...), or under a supervisor. */
#ifndef SLEY_SCOPE_H
#define SLEY_SCOPE_H

#include <sley/fiber.h>
#include <sley/switch.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_scope sley_scope; /* belongs to its domain */

typedef sley_promise *sley_scope_fn(void *ctx, sley_scope *scope); /* scope is lent */

/* The deadline of a scope that has none. */
#define SLEY_NEVER INT64_MAX

/* Calls body, now, with a new scope; in a fiber, body can await. The scope is left when body's promise is
 * settled. Children that are still pending are then canceled: all are rejected before any callback runs, as by
 * one sley_cancel, and the callbacks of the child started last run first. When all are settled, the hooks of
 * the scope's switch run; then the result is settled, with body's value, or with the first failure of body, of
 * a child, or of a hook. A failing child cancels body and all other children; the callbacks of body's tasks run
 * first. Later failures other than Canceled go to the unhandled hook. Canceling the result cancels body, and so
 * leaves the scope; the result is not settled before everything has ended. Children outlive body's local
 * variables: the ctx of a child has to live where the result is awaited.
 * Owns    the scope is lent to body until the result is settled; keep it to use it longer. drop(ctx) is called
 *         when everything has ended, before the result is settled, or if body never runs.
 * Fails   rejected with out of memory; body did not run.
 * Cost    about seven allocations, and two for each child.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_scope(sley_scope_fn *body, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_with_scope for independent children, such as the connections of a server: a failing child does not end
 * the scope. on_failure is called with ctx, which is body's too, and the child's error; it can start the child
 * again. NULL: the error goes to the async hook (sley/hooks.h). A failure of body or of a hook, and
 * sley_scope_fail, end the scope like any other. sley_scope_wait also waits for children that fail.
 * Owns    as sley_with_scope. The error is lent to on_failure.
 * Fails   as sley_with_scope.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_supervisor(
    sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Adds a handle; drops one (NULL is allowed). A scope that has ended accepts no children.
 * Since   0.1 */
SLEY_API sley_scope *sley_scope_keep(sley_scope *scope);
SLEY_API void sley_scope_drop(sley_scope *scope);

/* Calls start, now; the scope owns its promise. In a fiber, start runs in that fiber, so the caller waits
 * wherever start awaits; sley_scope_spawn gives start a fiber of its own.
 * Owns    drop(ctx) is called when the child has ended, or immediately if the child is not started.
 * Fails   start was not called: -SLEY_ECLOSED if the scope has failed or is being left; -SLEY_ENOMEM, and
 *         then the scope fails, unless it is a supervisor. Only with a supervisor does the code matter:
 *         otherwise the scope's result has the error.
 * Since   0.1 */
SLEY_API int sley_scope_start(sley_scope *scope, sley_start_fn *start, void *ctx,
                              sley_drop_fn *SLEY_OPTIONAL(drop));
/* Runs fn in a new fiber, as sley_spawn does; the scope owns its promise. options can be NULL.
 * Owns    as sley_scope_start.
 * Fails   as sley_scope_start. Without a stack for the fiber, returns 0, and the child fails.
 * Since   0.1 */
SLEY_API SLEY_SITE int sley_scope_spawn(sley_scope *scope, sley_start_fn *fn, void *ctx,
                                        sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE int sley_scope_spawn_with(sley_scope *scope, const sley_spawn_options *options,
                                             sley_start_fn *fn, void *ctx,
                                             sley_drop_fn *SLEY_OPTIONAL(drop));
/* Makes p a child of the scope and returns it for further use.
 * Owns    consumes p.
 * Fails   if the scope accepts no children, cancels p and returns a promise rejected with sley_error_closed()
 *         or out of memory.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_adopt(sley_scope *scope, sley_promise *p);

/* Fulfilled with unit when no child is pending; rejected with the scope's failure. Return it from body to leave
 * the scope when all children are done, instead of canceling them.
 * Cost    none if nothing is pending; otherwise one allocation of 128 bytes.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_scope_wait(sley_scope *scope);

/* Makes the scope fail as if a child had. If it has failed already, the error goes to the unhandled hook; does
 * nothing while the scope is being left.
 * Owns    consumes e.
 * Since   0.1 */
SLEY_API void sley_scope_fail(sley_scope *scope, sley_error *e);

/* The switch whose hooks run when all children are settled.
 * Owns    lent: valid as long as scope.
 * Since   0.1 */
SLEY_API sley_switch *sley_scope_switch(sley_scope *scope);

/* The innermost scope around the code that runs, or NULL; it follows callbacks as storage does.
 * Owns    lent until the present callback returns.
 * Since   0.1 */
SLEY_API sley_scope *sley_scope_current(void);
/* The scope's deadline (sley_with_deadline), on the clock of sley_now; SLEY_NEVER: none, also for NULL.
 * Since   0.1 */
SLEY_API sley_time sley_scope_deadline(const sley_scope *scope);

SLEY_EXTERN_C_END

#include <sley/sites/scope.h>

#endif
