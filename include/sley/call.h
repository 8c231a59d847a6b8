/* sley/call.h: calls and posts between domains.
 *
 * A call runs a function in another domain; its outcome is a promise of the calling domain. A post runs a
 * function there and has no outcome. Both move one value across by its type's send function (sley/value.h):
 * the argument goes there, the result comes back. Errors come back with their cause and site. Promises never
 * cross.
 *
 * A domain runs the messages of another domain in the order in which they were sent, calls and posts alike.
 * Messages of different senders have no order. The receiver sees everything the sender wrote before sending. */
#ifndef SLEY_CALL_H
#define SLEY_CALL_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Runs in the called domain. arg is lent until the promise that f returned is settled; sley_take moves it
 * out. */
typedef sley_promise *sley_call_fn(sley_value *arg);
typedef void sley_post_fn(sley_value *arg);

/* Runs f(arg) in the domain to and follows the promise that f returns there. Calls between two domains start
 * in the order in which they were made, also those of a domain to itself. Canceling the result settles it immediately
 * and sends a message that cancels the promise over there. A call without credit waits here, in order.
 * Owns    consumes arg.
 * Fails   rejected with SLEY_EGONE ("the called domain 'NAME' has ended") if to has ended or ends before it
 *         answers, also where f's promise was canceled for that; SLEY_ESEND if arg or the result cannot
 *         cross; SLEY_EDEPTH if calls nest too deeply; out of memory; or the error over there.
 * Cost    one allocation; no system call if the domain is busy, one if it sleeps, for all messages of a turn.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call(sley_domain *to, sley_call_fn *f,
                                                          sley_value arg);
/* sley_call that does not wait for credit: returns 0 and fills *out, or -SLEY_EAGAIN.
 * Owns    consumes arg, on failure too.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD int sley_try_call(sley_domain *to, sley_call_fn *f,
                                                    sley_value arg, sley_promise **out);

typedef struct sley_call_options {
  size_t size;    /* sizeof(sley_call_options)                               */
  double timeout; /* seconds from now until the deadline; 0: no deadline     */
} sley_call_options;

/* sley_call with a deadline, which travels with the message: a call that is still unread there when the
 * deadline passes is dropped and counted (expired). Calls made by f while it serves this one inherit the
 * deadline, and so do calls made by those, unless their own is earlier.
 * Fails   as sley_call; rejected with sley_error_timeout() when the deadline passes, and what has begun over
 *         there is canceled; SLEY_EINVAL for a negative timeout.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_with(sley_domain *to,
                                                               const sley_call_options *options,
                                                               sley_call_fn *f, sley_value arg);
/* Nanoseconds until the deadline of the call that is being served here; 0: it has passed, -1: there is none.
 * Since   0.1 */
SLEY_API sley_time sley_call_time_left(void);

/* Calls f in each of n domains with a duplicate of arg; fulfilled with all results, as a sley_list in the order
 * of to. The first rejection rejects the result; the other calls continue. Canceling the result cancels all calls.
 * Owns    consumes arg, which must have dup unless n is 1.
 * Fails   as sley_call; SLEY_EINVAL if arg cannot be duplicated.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_all(sley_domain *const *to, size_t n,
                                                              sley_call_fn *f, sley_value arg);

/* sley_call_all that reports every call: fulfilled, when all have ended, with a sley_list of results
 * (sley/result.h) in the order of to. A domain that has ended is an error there (SLEY_EGONE). Canceling it
 * cancels the unanswered calls: their results are Canceled, and it is fulfilled.
 * Owns    consumes arg, which must have dup unless n is 1.
 * Fails   rejected only with out of memory, or SLEY_EINVAL if arg cannot be duplicated.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_all_settled(sley_domain *const *to,
                                                                      size_t n, sley_call_fn *f,
                                                                      sley_value arg);

/* Runs f(arg) in the domain to. A post never overtakes calls or posts of the same domain; posts of a thread
 * without a domain keep their order among themselves.
 * Owns    consumes arg, on failure too. arg is dropped unread if to ends first.
 * Fails   -SLEY_EAGAIN (no room for posts, or calls wait for credit: try again later), -SLEY_EGONE,
 *         -SLEY_ESEND, -SLEY_ENOMEM.
 * Thread  any, also threads without a domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_post(sley_domain *to, sley_post_fn *f, sley_value arg);

/* Makes the messages of this turn visible to their receivers now, and wakes those that sleep, rather than at the end
 * of the turn or after 16 calls (64 posts).
 * Since   0.1 */
SLEY_API void sley_domain_flush(void);

SLEY_EXTERN_C_END

#include <sley/sites/call.h>

#endif
