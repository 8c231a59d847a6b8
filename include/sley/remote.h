/* sley/remote.h: a promise here whose answer comes from another thread, once.
 *
 * For what sley_call does not fit: threads of other libraries, callbacks on threads one does not own,
 * an answer that is handed on from domain to domain. */
#ifndef SLEY_REMOTE_H
#define SLEY_REMOTE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* The one writing handle of a promise, which may go to any thread. */
typedef struct sley_remote sley_remote;

/* A pending promise of the current domain, cancelable, and its remote resolver.
 * Owns    the caller owns both.
 * Fails   a rejected promise (out of memory, SLEY_EGONE while the domain ends), and *r is NULL.
 * Cost    two allocations; the answer costs at most one wake-up.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_remote_new(sley_remote **r);

/* Answer it: the promise settles in a later turn of its domain. If it was cancelled meanwhile, or its
 * domain has ended, what is given is dropped. sley_remote_drop gives up: rejected with
 * sley_error_abandoned(). A NULL *r is allowed. A copy of the handle answered while the first answer is
 * still on its way aborts; later it is a use of freed memory.
 * Owns    consumes *r, which becomes NULL, and v / e; v is moved by the rule of its type.
 * Fails   sley_remote_fulfill: -SLEY_ESEND if v may not cross; the promise is rejected with that.
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_remote_fulfill(sley_remote **r, sley_value v);
SLEY_API void sley_remote_reject(sley_remote **r, sley_error *e);
SLEY_API void sley_remote_drop(sley_remote **r);

/* Whether somebody still waits for the answer: false once the promise was cancelled or its domain
 * ended. Long work may look at it now and then.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_remote_is_wanted(const sley_remote *r);

/* A value that owns the handle (type "remote resolver": may cross, cannot be duplicated), and the
 * handle taken out of it: the value is scalar 0 then.
 * Owns    sley_remote_to_value consumes *r; an unanswered value that is dropped gives up.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_value sley_remote_to_value(sley_remote **r);
SLEY_API sley_remote *sley_remote_take(sley_value *v);

SLEY_EXTERN_C_END

#include <sley/sites/remote.h>

#endif
