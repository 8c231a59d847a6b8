/* sley/promise.h: promises, resolvers, ownership and state.
 *
 * Rules that hold everywhere:
 *   - A function consumes the values and errors that it takes, whether it succeeds or fails. It
 *     also consumes a promise if it returns a promise, waits for one or drops one. sley_keep,
 *     sley_cancel, the observers (sley_on_...) and the queries borrow their promise. What a
 *     callback receives is lent to it until it returns.
 *   - A function that makes a promise never returns NULL; if it fails, it returns a rejected
 *     promise.
 *   - A promise belongs to the domain that made it. Using it in another domain aborts with a
 *     message that names both. Functions for which this says everything have no Thread line. */
#ifndef SLEY_PROMISE_H
#define SLEY_PROMISE_H

#include <sley/base.h>
#include <sley/error.h>
#include <sley/value.h>

SLEY_EXTERN_C_BEGIN

/* The types of callbacks. ctx is the pointer given at registration. */
typedef sley_promise *sley_start_fn(void *ctx);                /* starts something               */
typedef sley_promise *sley_bind_fn(void *ctx, sley_value *v);  /* continues with a value         */
typedef sley_promise *sley_catch_fn(void *ctx, sley_error *e); /* continues after an error       */
/* Computes a value: fills in *out and returns NULL, or returns an owned error. */
typedef sley_error *sley_map_fn(void *ctx, sley_value *in, sley_value *out);
/* Looks at a value that is lent; sley_test_fn answers through *yes, which is false before. NULL, or an owned error. */
typedef sley_error *sley_visit_fn(void *ctx, sley_value *v);
typedef sley_error *sley_test_fn(void *ctx, sley_value *v, bool *yes);
/* Folds a value into the accumulator, both lent: changes the accumulator in place; or gives a promise of the next. */
typedef sley_error *sley_fold_fn(void *ctx, sley_value *accumulator, sley_value *v);
typedef sley_promise *sley_fold_bind_fn(void *ctx, sley_value *accumulator, sley_value *v);
typedef void sley_value_fn(void *ctx, sley_value *v); /* observes a value                        */
typedef void sley_error_fn(void *ctx, sley_error *e); /* observes an error                       */
typedef void sley_done_fn(void *ctx);                 /* observes that something happened        */
typedef void sley_drop_fn(void *ctx);                 /* frees a context                         */

/* Make a promise that is already fulfilled, or already rejected.
 * Owns    consumes v or e; e must not be NULL.
 * Fails   if out of memory, returns a promise rejected with the static out-of-memory error, and
 *         drops v or e.
 * Cost    one allocation of 64 bytes.
 * Lwt     return, fail
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return(sley_value v);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_fail(sley_error *e);

/* Make a pending promise and its only resolver. A promise of sley_cancelable can be canceled, one
 * of sley_pending cannot. Both return immediately; to wait, use sley_run, or sley_await in a fiber.
 * Owns    the caller owns the promise and the resolver.
 * Fails   if out of memory, returns a promise rejected with that, and sets *r to NULL.
 * Cost    one allocation of 64 bytes; the resolver is the same cell.
 * Lwt     wait, task
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pending(sley_resolver **r);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_cancelable(sley_resolver **r);

/* Settle the promise of a resolver. Its state changes immediately. Its callbacks run before the
 * call returns, unless other callbacks are running: then they run after those, in the order of the
 * answers.
 * Owns    consumes *r and v or e; sets *r to NULL. If *r is NULL or the promise was canceled, v or
 *         e is dropped.
 * Fails   never.
 * Cost    O(callbacks); allocates nothing.
 * Lwt     wakeup_later, wakeup_later_exn
 * Since   0.1 */
SLEY_API void sley_fulfill(sley_resolver **r, sley_value v);
SLEY_API void sley_reject(sley_resolver **r, sley_error *e);

/* sley_fulfill and sley_reject, but the callbacks always run before the call returns, nested on the caller's stack.
 * Lwt     wakeup, wakeup_exn
 * Since   0.1 */
SLEY_API void sley_fulfill_now(sley_resolver **r, sley_value v);
SLEY_API void sley_reject_now(sley_resolver **r, sley_error *e);

/* Gives up a resolver: rejects its promise with sley_error_abandoned(), unless the promise has no reference and no
 * callback. *r can be NULL.
 * Owns    consumes *r and sets it to NULL.
 * Lwt     none; in Lwt the promise stays pending forever.
 * Since   0.1 */
SLEY_API void sley_resolver_drop(sley_resolver **r);

/* Add and drop a reference. sley_drop does not cancel, and accepts NULL.
 * Cost    constant, except that the last drop frees what only this promise held; nothing recurses.
 * Since   0.1 */
SLEY_API sley_promise *sley_keep(sley_promise *p);
SLEY_API void sley_drop(sley_promise *p);

/* The state of a promise. */
typedef enum sley_promise_state {
  SLEY_PROMISE_STATE_PENDING = 0,
  SLEY_PROMISE_STATE_FULFILLED = 1,
  SLEY_PROMISE_STATE_REJECTED = 2
} sley_promise_state;

/* Return the state of p, and whether it is pending. Like all queries, they borrow p.
 * Lwt     state, is_sleeping
 * Since   0.1 */
SLEY_API sley_promise_state sley_state(const sley_promise *p);
SLEY_API bool sley_is_pending(const sley_promise *p);

/* Return the value of a fulfilled promise and the error of a rejected one, NULL for any other. A
 * value that was moved out has type sley_type_moved.
 * Owns    results are lent, and valid until p is dropped. The error counts as read.
 * Since   0.1 */
SLEY_API const sley_value *sley_promise_value(const sley_promise *p);
SLEY_API sley_error *sley_promise_error(sley_promise *p);

/* Returns 1 and the value in *v if p is fulfilled, 0 if it is pending, -1 and the error in *e if it
 * is rejected.
 * Owns    *v and *e are lent, and valid until p is dropped. The error counts as read.
 * Lwt     poll
 * Since   0.1 */
SLEY_API int sley_poll(sley_promise *p, const sley_value **v, sley_error **e);

/* Tells whether both handles stand for one promise, as do the result of a bind and the pending
 * promise that its callback returned.
 * Since   0.1 */
SLEY_API bool sley_is_same(const sley_promise *a, const sley_promise *b);

/* Returns "file:line" of the call that made p, a static text.
 * Since   0.1 */
SLEY_API const char *sley_site(const sley_promise *p);

/* A promise in a value. sley_promise_to_value makes a value of p, whose copies add references;
 * sley_promise_is_in tells whether v is such a value. sley_promise_in returns its promise, and
 * sley_promise_take takes it out by the rule of sley_take; both abort if v has another type.
 * Owns    to_value consumes p; what in returns is lent, and valid as long as v; what take returns is
 *         the caller's.
 * Fails   sley_promise_take returns NULL if another reader has it.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_promise;
SLEY_API sley_value sley_promise_to_value(sley_promise *p);
SLEY_API bool sley_promise_is_in(const sley_value *v);
SLEY_API sley_promise *sley_promise_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_promise *sley_promise_take(sley_value *v);

/* Call a function immediately: sley_apply one that starts something, sley_wrap one that computes a
 * value.
 * Owns    consumes v, and lends it to f.
 * Lwt     apply, wrap
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_apply(sley_value v, sley_bind_fn *f, void *ctx);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wrap(sley_value v, sley_map_fn *f, void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/promise.h>

#endif
