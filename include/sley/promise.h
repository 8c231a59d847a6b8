/* sley/promise.h: promises, resolvers, ownership and state.
 *
 * The rules that hold everywhere:
 *   - A value or error handed over is gone, on success and on failure alike. So is a promise handed
 *     to a function that gives a promise back, waits for one or lets one go. sley_keep, sley_cancel,
 *     the sley_on_... observers and the queries borrow theirs. What a callback is handed is lent
 *     until it returns.
 *   - A function that gives a promise never returns NULL; when it fails it gives a rejected one.
 *   - A promise belongs to the domain that made it. Any use elsewhere aborts and names both.
 * Thread lines are left out below where this last rule is all there is to say. */
#ifndef SLEY_PROMISE_H
#define SLEY_PROMISE_H

#include <sley/base.h>
#include <sley/error.h>
#include <sley/value.h>

SLEY_EXTERN_C_BEGIN

/* What callbacks look like everywhere. ctx is what was given at registration. */
typedef sley_promise *sley_start_fn(void *ctx);                /* starts something               */
typedef sley_promise *sley_bind_fn(void *ctx, sley_value *v);  /* continues with a value         */
typedef sley_promise *sley_catch_fn(void *ctx, sley_error *e); /* continues after an error       */
/* Computes a plain value: fills *out and returns NULL, or returns an owned error. */
typedef sley_error *sley_map_fn(void *ctx, sley_value *in, sley_value *out);
typedef void sley_value_fn(void *ctx, sley_value *v); /* observes a value                        */
typedef void sley_error_fn(void *ctx, sley_error *e); /* observes an error                       */
typedef void sley_done_fn(void *ctx);                 /* observes that something happened        */
typedef void sley_drop_fn(void *ctx);                 /* frees a context                         */

/* A promise that is already fulfilled, or already rejected.
 * Owns    consumes v / e (e NULL aborts).
 * Fails   rejected with the static out-of-memory error; v / e is dropped then.
 * Cost    one allocation of 64 bytes.
 * Lwt     return, fail
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_return(sley_value v);
SLEY_API SLEY_NODISCARD sley_promise *sley_return_at(const char *site, sley_value v);
SLEY_API SLEY_NODISCARD sley_promise *sley_fail(sley_error *e);
SLEY_API SLEY_NODISCARD sley_promise *sley_fail_at(const char *site, sley_error *e);

/* A pending promise and its only resolver. sley_pending's cannot be cancelled, sley_cancelable's can. Neither
 * waits: that is sley_run, or sley_await in a fiber.
 * Owns    the caller owns both.
 * Fails   a promise rejected with out of memory, and *r is NULL.
 * Cost    one allocation of 64 bytes; the resolver is the same cell.
 * Lwt     wait, task
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_pending(sley_resolver **r);
SLEY_API SLEY_NODISCARD sley_promise *sley_pending_at(const char *site, sley_resolver **r);
SLEY_API SLEY_NODISCARD sley_promise *sley_cancelable(sley_resolver **r);
SLEY_API SLEY_NODISCARD sley_promise *sley_cancelable_at(const char *site, sley_resolver **r);

/* Answer a promise. Its state changes at once; its callbacks run before this returns, unless
 * callbacks are being run already: then they run after those, first answered first.
 * Owns    consumes *r and v / e; sets *r to NULL. If *r is NULL or the promise was cancelled, v / e
 *         is dropped.
 * Fails   never.
 * Cost    O(callbacks); allocates nothing.
 * Lwt     wakeup_later, wakeup_later_exn
 * Since   0.1 */
SLEY_API void sley_fulfill(sley_resolver **r, sley_value v);
SLEY_API void sley_reject(sley_resolver **r, sley_error *e);

/* The same, but the callbacks always run before this returns, nested on the caller's stack.
 * Lwt     wakeup, wakeup_exn
 * Since   0.1 */
SLEY_API void sley_fulfill_now(sley_resolver **r, sley_value v);
SLEY_API void sley_reject_now(sley_resolver **r, sley_error *e);

/* Gives up: as sley_reject with sley_error_abandoned(), unless nobody holds or waits for the
 * promise. A NULL *r is allowed.
 * Owns    consumes *r and sets it to NULL.
 * Lwt     none: there the promise stays pending for ever.
 * Since   0.1 */
SLEY_API void sley_resolver_drop(sley_resolver **r);

/* One more reference, one less. sley_drop does not cancel, and accepts NULL.
 * Cost    constant, except that the last drop frees what only this promise held; nothing recurses.
 * Since   0.1 */
SLEY_API sley_promise *sley_keep(sley_promise *p);
SLEY_API void sley_drop(sley_promise *p);

/* Where a promise stands. */
typedef enum sley_promise_state {
  SLEY_PROMISE_STATE_PENDING = 0,
  SLEY_PROMISE_STATE_FULFILLED = 1,
  SLEY_PROMISE_STATE_REJECTED = 2
} sley_promise_state;

/* Borrows p; so do all queries.
 * Lwt     state
 * Since   0.1 */
SLEY_API sley_promise_state sley_state(const sley_promise *p);
/* Lwt     is_sleeping
 * Since   0.1 */
SLEY_API bool sley_is_pending(const sley_promise *p);

/* The value of a fulfilled promise, else NULL; the error of a rejected one, else NULL. A value that
 * was moved out has type sley_type_moved.
 * Owns    lent: valid until p is dropped. The error counts as read.
 * Since   0.1 */
SLEY_API const sley_value *sley_promise_value(const sley_promise *p);
SLEY_API sley_error *sley_promise_error(sley_promise *p);

/* 1 and the value in *v if p is fulfilled, 0 if it is pending, -1 and the error in *e if rejected.
 * Owns    lent, as above.
 * Lwt     poll
 * Since   0.1 */
SLEY_API int sley_poll(sley_promise *p, const sley_value **v, sley_error **e);

/* Whether both handles now stand for one promise (bind's result and what its callback returned).
 * Since   0.1 */
SLEY_API bool sley_is_same(const sley_promise *a, const sley_promise *b);

/* "file:line" of the call that made p; static.
 * Since   0.1 */
SLEY_API const char *sley_site(const sley_promise *p);

/* A promise as a value of sley_type_promise, which copies as one more reference, and what is in such a value.
 * Owns    as_value consumes p; in lends.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_promise;
SLEY_API sley_value sley_promise_to_value(sley_promise *p);
SLEY_API sley_promise *sley_promise_in(const sley_value *v);

/* Calls a function now: sley_apply one that starts something, sley_wrap one that computes.
 * Owns    consumes v; f is lent it.
 * Lwt     apply, wrap
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_apply(sley_bind_fn *f, void *ctx, sley_value v);
SLEY_API SLEY_NODISCARD sley_promise *sley_wrap(sley_map_fn *f, void *ctx, sley_value v);
SLEY_API SLEY_NODISCARD sley_promise *sley_wrap_at(const char *site, sley_map_fn *f, void *ctx,
                                                   sley_value v);

#define sley_return(...) sley_return_at(SLEY_HERE, __VA_ARGS__)
#define sley_fail(...) sley_fail_at(SLEY_HERE, __VA_ARGS__)
#define sley_pending(...) sley_pending_at(SLEY_HERE, __VA_ARGS__)
#define sley_cancelable(...) sley_cancelable_at(SLEY_HERE, __VA_ARGS__)
#define sley_wrap(...) sley_wrap_at(SLEY_HERE, __VA_ARGS__)

SLEY_EXTERN_C_END

#endif
