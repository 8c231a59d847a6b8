/* sley/scope.h: structured concurrency. A scope owns the promises started in it and outlives none of
 * them: leaving it cancels those still pending and waits until all are settled. The first failure
 * cancels the rest. */
#ifndef SLEY_SCOPE_H
#define SLEY_SCOPE_H

#include <sley/switch.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_scope sley_scope; /* belongs to its domain */

typedef sley_promise *sley_scope_fn(void *ctx, sley_scope *scope); /* scope is lent */

/* The deadline of what has none. */
#define SLEY_NEVER INT64_MAX

/* Calls body with a new scope. The scope is left when body's promise is settled either way: what was
 * started in it and is still pending is cancelled, the last started first; when all of it is settled,
 * the hooks of its switch run; then the result is settled, with body's value, or with the first
 * failure: of body, of anything started in the scope (then body and all the others are cancelled), or
 * of a hook. Canceled is no failure where anything else is. Cancelling the result cancels body, and so
 * leaves the scope; the result is not settled before all is over.
 * Owns    the scope is lent to body until the result is settled; keep it for longer.
 * Fails   rejected with out of memory; body never ran then.
 * Cost    about seven allocations, and two for each promise started.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_scope(sley_scope_fn *body, void *ctx);
SLEY_API SLEY_NODISCARD sley_promise *sley_with_scope_at(const char *site, sley_scope_fn *body,
                                                         void *ctx);

/* The same with a deadline so many seconds from now, or that of the scope around it if that is earlier:
 * when it has passed, the scope fails with sley_error_timeout(). Scopes within hand it down.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_deadline(double seconds, sley_scope_fn *body,
                                                         void *ctx);
SLEY_API SLEY_NODISCARD sley_promise *sley_with_deadline_at(const char *site, double seconds,
                                                            sley_scope_fn *body, void *ctx);

/* One more handle, one less; NULL may be dropped. A scope that is kept beyond its end takes in nothing.
 * Since   0.1 */
SLEY_API sley_scope *sley_scope_keep(sley_scope *scope);
SLEY_API void sley_scope_drop(sley_scope *scope);

/* Calls start; the scope owns its promise.
 * Fails   -SLEY_ECLOSED if the scope has failed or is being left, -SLEY_ENOMEM, and then the scope
 *         fails with that; start was not called in both cases.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_scope_start(sley_scope *scope, sley_start_fn *start, void *ctx);
/* Gives the scope a promise, and gives it back for other uses.
 * Owns    consumes p.
 * Fails   cancels p and gives a rejected promise: with sley_error_closed() or out of memory, as above.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_own(sley_scope *scope, sley_promise *p);

/* Fulfilled with unit when nothing started in the scope is pending; rejected with what the scope failed
 * with. For body: returned, it leaves the scope when all is done, instead of cancelling.
 * Cost    none if nothing is pending; otherwise one allocation of 128 bytes.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_wait(sley_scope *scope);
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_wait_at(const char *site, sley_scope *scope);

/* Makes the scope fail, as if something started in it had. Nothing happens once it has failed or is
 * being left.
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

#define sley_with_scope(...) sley_with_scope_at(SLEY_HERE, __VA_ARGS__)
#define sley_with_deadline(...) sley_with_deadline_at(SLEY_HERE, __VA_ARGS__)
#define sley_scope_wait(...) sley_scope_wait_at(SLEY_HERE, __VA_ARGS__)

SLEY_EXTERN_C_END

#endif
