/* sley/call.h: calls and posts between domains.
 *
 * A call runs a function in another domain and gives its outcome here, as a promise of the calling
 * domain. A post only runs a function there. Both move one value across by the rule of its type
 * (sley/value.h: send): a call's argument goes there, its result comes back, errors come back with
 * their cause and site. Promises never cross.
 *
 * Messages of one domain to another are run in the order in which they were sent, calls and posts
 * alike; there is no order among messages of different senders. What a message's sender wrote before
 * it sent it, its receiver sees. */
#ifndef SLEY_CALL_H
#define SLEY_CALL_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* What runs over there. arg is lent until the promise that f returned is settled; sley_take moves it
 * out. */
typedef sley_promise *sley_call_fn(sley_value *arg);
typedef void sley_post_fn(sley_value *arg);

/* Runs f(arg) in the domain to and follows the promise it returns there; the result is a promise of
 * the calling domain. Calls between two domains start in the order they were made, also from a
 * domain to itself. Cancelling the result settles it at once and sends a note that cancels the
 * promise over there. Without credit for the pair the call waits here, in order.
 * Owns    consumes arg.
 * Fails   rejected with SLEY_EGONE ("the called domain 'NAME' has ended") if to has ended or ends before
 *         answering, also if f's promise was cancelled for that; SLEY_ESEND if arg or the result may
 *         not cross, SLEY_EDEPTH if calls nest too deeply, out of memory, or with the error over there.
 * Cost    one allocation; no system call to a busy domain, one to a sleeping one for any number of
 *         messages of this turn.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call(sley_domain *to, sley_call_fn *f,
                                                          sley_value arg);
/* The same without waiting for credit: 0 and the promise, or -SLEY_EAGAIN.
 * Owns    consumes arg, on failure too.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD int sley_try_call(sley_domain *to, sley_call_fn *f,
                                                    sley_value arg, sley_promise **out);

typedef struct sley_call_options {
  size_t size;    /* sizeof(sley_call_options)                                          */
  double timeout; /* seconds from now until nobody wants the answer any more; 0: no end */
} sley_call_options;

/* sley_call with a deadline, which travels with the message: a call that is still unread over there
 * when the time is over is not begun but dropped and counted (expired). Calls that f makes while it serves
 * this one, and what those make, inherit the deadline; an earlier one of their own holds.
 * Fails   as sley_call; rejected with sley_error_timeout() when the time is over, and what was begun
 *         over there is cancelled; SLEY_EINVAL for a negative timeout.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_with(const sley_call_options *options,
                                                               sley_domain *to, sley_call_fn *f,
                                                               sley_value arg);
/* Nanoseconds until the deadline of the call that is being served here; 0: it is over, -1: there is
 * none.
 * Since   0.1 */
SLEY_API sley_time sley_call_time_left(void);

/* Calls f in each of n domains with a duplicate of arg, and gives all results in the order of to, as a
 * sley_list. The first to be rejected rejects the result and the others go on; cancelling it cancels
 * all of them.
 * Owns    consumes arg, which must have dup unless n is 1.
 * Fails   as sley_call; SLEY_EINVAL if arg cannot be duplicated.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_all(sley_domain *const *to, size_t n,
                                                              sley_call_fn *f, sley_value arg);

/* The same, but tells what became of every call: fulfilled, when all are over, with a sley_list of
 * results (sley/result.h: sley_result_value or sley_result_error of each), in the order of to. A domain
 * that has ended is one error there (SLEY_EGONE). Cancelling it cancels the calls that are not answered:
 * their results are Canceled, and it is fulfilled.
 * Owns    consumes arg, which must have dup unless n is 1.
 * Fails   rejected only out of memory, and with SLEY_EINVAL if arg cannot be duplicated.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_call_all_settled(sley_domain *const *to,
                                                                      size_t n, sley_call_fn *f,
                                                                      sley_value arg);

/* Runs f(arg) in the domain to, with no answer. A post never overtakes calls or posts of the same
 * domain; those of a thread without a domain keep their order among themselves.
 * Owns    consumes arg, on failure too. arg is dropped unread if to ends first.
 * Fails   -SLEY_EAGAIN (no room for posts, or calls wait for credit: come again later), -SLEY_EGONE,
 *         -SLEY_ESEND, -SLEY_ENOMEM.
 * Thread  any, also threads without a domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_post(sley_domain *to, sley_post_fn *f, sley_value arg);

/* Makes the messages of this turn visible to their receivers now, instead of at the end of the turn
 * or after 16 of them (64 posts).
 * Since   0.1 */
SLEY_API void sley_domain_flush(void);

SLEY_EXTERN_C_END

#include <sley/sites/call.h>

#endif
