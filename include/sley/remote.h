/* sley/remote.h: a promise that another thread answers, once.
 *
 * For what sley_call does not fit: threads of other libraries, callbacks on threads that are not yours, an
 * answer that is handed on from domain to domain. */
#ifndef SLEY_REMOTE_H
#define SLEY_REMOTE_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* The one writing handle of a promise; it can go to any thread. */
typedef struct sley_remote sley_remote;

/* Makes a pending, cancelable promise of the current domain, and its remote resolver.
 * Owns    the caller owns both.
 * Fails   a rejected promise (out of memory, SLEY_EGONE while the domain ends), and *r is NULL.
 * Cost    two allocations; the answer costs at most one wake-up.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_remote_new(sley_remote **r);

/* Answer the promise, which settles in a later turn of its domain. The answer is dropped if the promise has
 * been canceled or its domain has ended. sley_remote_drop gives up: the promise is rejected with
 * sley_error_abandoned(). *r can be NULL. Answering through a copy of the handle aborts while the first answer
 * is on its way; after that it is a use of freed memory.
 * Owns    consumes *r, which becomes NULL, and v or e; v is moved by its type's send function.
 * Fails   sley_remote_fulfill: -SLEY_ESEND if v cannot cross; the promise is rejected with that.
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_remote_fulfill(sley_remote **r, sley_value v);
SLEY_API void sley_remote_reject(sley_remote **r, sley_error *e);
SLEY_API void sley_remote_drop(sley_remote **r);

/* Whether the answer is still wanted: false once the promise is canceled or its domain has ended. Long work
 * should look now and then.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_remote_is_wanted(const sley_remote *r);

/* A value that owns the handle: it can cross, and has no dup. Dropping an unanswered one gives up.
 * sley_remote_take takes the handle out and leaves scalar 0.
 * Owns    sley_remote_to_value consumes *r.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_value sley_remote_to_value(sley_remote **r);
SLEY_API bool sley_remote_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_remote *sley_remote_take(sley_value *v);

SLEY_EXTERN_C_END

#include <sley/sites/remote.h>

#endif
