/* sley/domain.h: domains, each a thread with a loop and a scheduler of its own. Only values, errors
 * and domain handles cross between them. */
#ifndef SLEY_DOMAIN_H
#define SLEY_DOMAIN_H

#include <sley/dump.h>
#include <sley/promise.h>
#include <sley/runtime.h>

SLEY_EXTERN_C_BEGIN

/* What runs over there. arg is lent until the promise that f returned is settled; sley_take moves it
 * out. */
typedef sley_promise *sley_call_fn(sley_value *arg);
typedef void sley_post_fn(sley_value *arg);

typedef struct sley_domain_options {
  size_t size;           /* sizeof(sley_domain_options)                               */
  sley_runtime *runtime; /* NULL: the current domain's, or the default one            */
  const char *name;      /* shown in reports and as the thread's name; copied         */
  sley_call_fn *start;   /* runs first in the new domain; may be NULL                 */
  sley_value arg;        /* for start; consumed, moved by its type's rule             */
  int processor;         /* pin the thread to this processor, numbered from 1; 0: not */
  size_t stack;          /* bytes of the thread's stack; 0: the system's default      */
} sley_domain_options;

/* Starts a domain on a thread of its own. It runs until sley_domain_shutdown.
 * Owns    *out is a counted handle, the caller's; it outlives the thread.
 * Fails   -SLEY_ENOMEM, -SLEY_ESEND, -SLEY_EAGAIN (the system or the runtime's limit allows no more
 *         threads), -SLEY_ESYSTEM; *out is NULL then and the argument dropped.
 * Thread  one with a current domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_domain_spawn(sley_domain **out,
                                              const sley_domain_options *options);

/* One more handle, one less. Dropping the last handle of a running domain does not end it: nothing
 * but sley_domain_shutdown does.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_domain *sley_domain_keep(sley_domain *domain);
SLEY_API void sley_domain_drop(sley_domain *domain);

/* Runs f(arg) in the domain to and follows the promise it returns there; the result is a promise of
 * the calling domain. Calls between two domains start in the order they were made, also from a
 * domain to itself. Cancelling the result settles it at once and sends a note that cancels the
 * promise over there. Without credit for the pair the call waits here, in order.
 * Owns    consumes arg.
 * Fails   rejected with SLEY_EGONE if to has ended or ends before answering, SLEY_ESEND if arg or
 *         the result may not cross, SLEY_EDEPTH if calls nest too deeply, out of memory, or with
 *         the error over there.
 * Cost    one allocation; no system call to a busy domain, one to a sleeping one for any number of
 *         messages of this turn.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_call(sley_domain *to, sley_call_fn *f, sley_value arg);
SLEY_API SLEY_NODISCARD sley_promise *sley_call_at(const char *site, sley_domain *to,
                                                   sley_call_fn *f, sley_value arg);
/* The same without waiting for credit: 0 and the promise, or -SLEY_EAGAIN.
 * Owns    consumes arg, on failure too.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_try_call(sley_domain *to, sley_call_fn *f, sley_value arg,
                                          sley_promise **out);
SLEY_API SLEY_NODISCARD int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f,
                                             sley_value arg, sley_promise **out);

/* Runs f(arg) in the domain to, with no answer.
 * Owns    consumes arg, on failure too.
 * Fails   -SLEY_EAGAIN (no credit), -SLEY_EGONE, -SLEY_ESEND, -SLEY_ENOMEM.
 * Thread  any, also threads without a domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_post(sley_domain *to, sley_post_fn *f, sley_value arg);

/* Makes the messages of this turn visible to their receivers now, instead of at the end of the turn
 * or after 64 of them.
 * Since   0.1 */
SLEY_API void sley_domain_flush(void);

/* How long, in nanoseconds, the current domain looks for messages of other domains before it sleeps:
 * 0 never, -1 (the default) up to 50 microseconds as long as that finds some, unless the runtime has
 * more domains than there are processors. While it looks, descriptors and timers wait.
 * Fails   nothing happens without memory for it.
 * Since   0.1 */
SLEY_API void sley_domain_set_spin(sley_time most);

/* Starts n domains (0: sley_domain_default_count), runs start(arg) in each with a duplicate of arg,
 * and when all promises of start are settled shuts them down: fulfilled with unit, or rejected like
 * the first to be rejected. Cancelling the result cancels every one of them.
 * Owns    consumes arg, which must have dup and send unless n is 1.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_each(unsigned n, sley_call_fn *start,
                                                       sley_value arg);
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_each_at(const char *site, unsigned n,
                                                          sley_call_fn *start, sley_value arg);

/* Ends a domain: new calls to it are refused, calls that are there are answered, then what is left
 * after seconds is cancelled; then its thread ends and is joined. Fulfilled with the number of
 * promises that had to be freed. If the asking domain ends first, the other ends all the same, and
 * its thread is joined when the runtime is dropped.
 * Fails   rejected with SLEY_EGONE if it has been asked already, SLEY_EINVAL for a domain that was not
 *         spawned, out of memory (then nothing has been asked).
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_shutdown(sley_domain *domain, double seconds);
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_shutdown_at(const char *site, sley_domain *domain,
                                                              double seconds);

/* Processors this process may use: its affinity mask or the cgroup v2 quota, whichever is less; at
 * least 1.
 * Thread  any.
 * Since   0.1 */
SLEY_API unsigned sley_domain_default_count(void);

/* What a domain has sent and received; a snapshot.
 * Thread  any that holds a handle.
 * Since   0.1 */
typedef struct sley_domain_counters {
  size_t size;            /* in: sizeof as the caller knows it                     */
  uint64_t sent;          /* messages to other domains: calls, posts, replies      */
  uint64_t received;      /* messages from other domains and threads               */
  uint64_t batches;       /* times the tail of a queue was published               */
  uint64_t wakeups_sent;  /* system calls made to wake a sleeping domain           */
  uint64_t wakeups_saved; /* publications that found the receiver awake            */
  uint64_t credit_waits;  /* calls that had to wait for credit                     */
  uint64_t turns;         /* turns of the loop                                     */
  uint64_t sleeps;        /* turns that slept in the kernel                        */
} sley_domain_counters;
SLEY_API void sley_domain_counters_get(sley_domain *domain, sley_domain_counters *out);

/* Writes a dump of another domain: the owner makes it, at the end of its next turn, and the calling
 * thread waits for it at most seconds. If it does not answer, only what it last published is written:
 *
 *     domain shard 1 does not answer: for 3.201 s in a turn, last in a callback of the promise made at
 *     server.c:40; 812 promises
 *
 * Fails   0: the dump is whole. -SLEY_ETIMEOUT: what was published. -SLEY_EGONE, -SLEY_ENOMEM,
 *         -SLEY_EAGAIN (no credit): nothing was written.
 * Thread  any that holds a handle; write is called on it.
 * Cost    blocks the calling thread.
 * Since   0.1 */
SLEY_API int sley_domain_dump(sley_domain *domain, double seconds, sley_dump_format format,
                              sley_write_fn *write, void *ctx);

#define sley_call(...) sley_call_at(SLEY_HERE, __VA_ARGS__)
#define sley_try_call(...) sley_try_call_at(SLEY_HERE, __VA_ARGS__)
#define sley_domain_each(...) sley_domain_each_at(SLEY_HERE, __VA_ARGS__)
#define sley_domain_shutdown(...) sley_domain_shutdown_at(SLEY_HERE, __VA_ARGS__)

SLEY_EXTERN_C_END

#endif
