/* sley/domain.h: domains, each a thread with a loop and a scheduler of its own. Only values, errors
 * and domain handles cross between them (sley/call.h). */
#ifndef SLEY_DOMAIN_H
#define SLEY_DOMAIN_H

#include <sley/call.h>
#include <sley/dump.h>
#include <sley/hooks.h>
#include <sley/promise.h>
#include <sley/runtime.h>

SLEY_EXTERN_C_BEGIN

/* Told what a domain leaves behind or what keeps it from ending, a line of text each, on its thread. */
typedef void sley_domain_report_fn(void *ctx, const char *line);

typedef struct sley_domain_options {
  size_t size;            /* sizeof(sley_domain_options)                                       */
  sley_runtime *runtime;  /* NULL: the current domain's, or the default one                    */
  const char *name;       /* shown in reports and as the thread's name; copied                 */
  sley_call_fn *start;    /* runs first in the new domain; may be NULL. If it is rejected,
                             see sley_domain_spawn                                             */
  sley_value arg;         /* for start; consumed, moved by its type's rule                     */
  int processor;          /* pin the thread to one processor: the system's number, which begins
                             with 0, plus 1; or sley_domain_processor(i); 0: not              */
  const char *processors; /* or to several, by the system's numbers: "0-3,6"; NULL: not. So
                             .processor = 1 and .processors = "0" are the same                */
  size_t stack;           /* bytes of the thread's stack; 0: the system's default             */
  const char *engine;     /* what asks the kernel: "epoll", "poll", "select", "kqueue", as far
                             as the system has it; NULL: the best there is                    */
  const sley_allocator *allocator;           /* of the domain's promises and what belongs to
                                                 them; used by its thread only; copied; NULL: the
                                                 runtime's                                    */
  sley_hook_fn *async_hook, *unhandled_hook; /* set before start runs; NULL: the defaults    */
  void *hook_ctx;                            /* of both                                      */
  sley_domain_report_fn *report;             /* NULL: writes the lines to stderr             */
  void *report_ctx;
} sley_domain_options;

/* Starts a domain on a thread of its own. It runs until sley_domain_shutdown. Domains may be started
 * by any domain, at any time, and ended in any order. Nobody waits for start: if its promise is rejected
 * the new domain's async_hook is told (by default a line to stderr), and the domain goes on and takes
 * calls. A first step that must succeed is better made as a call, whose promise tells: leave start NULL,
 * sley_call(*out, start, arg), and shut the domain down if that is rejected. Its thread blocks all signals
 * but SIGPROF and those that a thread raises by what it does (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
 * SIGSYS), so that handlers of crashes run there.
 * Owns    *out is a counted handle, the caller's; it outlives the thread.
 * Fails   -SLEY_ENOMEM, -SLEY_ESEND, -SLEY_EAGAIN (the system or the runtime's limit allows no more
 *         threads), -SLEY_ESYSTEM, -SLEY_EINVAL (an unknown engine, a processor outside the process's
 *         affinity mask when domains were first used, or a list of such alone); *out is NULL then and the
 *         argument dropped.
 * Thread  one with a current domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_domain_spawn(sley_domain **out,
                                              const sley_domain_options *options);

/* One more handle, one less. Dropping the last handle of a running domain does not end it: nothing
 * but sley_domain_shutdown does. Handles outlive the domain: one that has ended is not open, and refuses
 * calls and posts. A domain made by sley_domain_new becomes ready for others when its own thread keeps
 * it; handles beside the one that sley_domain_end lets go of are counted, and one dropped too often
 * aborts.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_domain *sley_domain_keep(sley_domain *domain);
SLEY_API void sley_domain_drop(sley_domain *domain);
/* A value that owns a handle (type sley_type_domain: crosses domains, is duplicated by keep), and the
 * handle in it, lent; any other type aborts.
 * Owns    sley_domain_value keeps domain for the value.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_value sley_domain_value(sley_domain *domain);
SLEY_API sley_domain *sley_domain_in(const sley_value *v);
SLEY_API extern const sley_type sley_type_domain;

/* How long, in nanoseconds, the current domain looks for messages of other domains before it sleeps:
 * 0 never, -1 (the default) up to 50 microseconds as long as that finds some, unless the runtime has
 * more domains than there are processors. While it looks, descriptors and timers wait; descriptors
 * also while it finds some, for up to 16 turns or 50 microseconds.
 * Fails   nothing happens without memory for it.
 * Since   0.1 */
SLEY_API void sley_domain_set_spin(sley_time most);

/* Starts n domains (0: sley_domain_default_count), runs start(arg) in each with a duplicate of arg,
 * and when all promises of start are settled shuts them down: fulfilled with unit, or rejected like
 * the first to be rejected. Cancelling the result cancels every one of them; it is still settled, with
 * Canceled, only when all have ended. What is cancelled has a second for it.
 * Owns    consumes arg, which must have send, and dup unless n is 1.
 * Fails   rejected as sley_domain_spawn, SLEY_EINVAL if arg cannot be duplicated or n is over 4096, out
 *         of memory; those that had started are ended then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_each(unsigned n, sley_call_fn *start,
                                                                 sley_value arg);

/* Ends a domain: new calls to it are refused, calls that are there are answered, then what is left
 * after seconds is cancelled; what still has not ended a tenth of a second later is named (the
 * report of sley_domain_options, a line each) and freed; then the thread ends and is joined, when the
 * destructors of its thread-local variables are through; the asker's loop goes on meanwhile (where the
 * system has no join that does not wait, other than Linux and FreeBSD, it waits). The caller
 * of a function that was cancelled so is told what it made of that, if it ended with a value or an error
 * of its own; if it ended with Canceled or had to be freed, SLEY_EGONE with the domain's name: Canceled
 * would say that the caller, or somebody there, had wanted it. Fulfilled with the number of promises
 * that had to be freed. If the asking domain ends first, the other ends all the same, and its thread is
 * joined when the runtime is dropped. A domain may end itself.
 * Fails   rejected with SLEY_EGONE if it has been asked already, SLEY_EINVAL for a domain that was not
 *         spawned, out of memory (then nothing has been asked).
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_shutdown(sley_domain *domain,
                                                                     double seconds);
/* Fulfilled when the domain has ended, whoever ended it, with the number of promises that had to be
 * freed; cancelable. It asks for nothing.
 * Fails   rejected with SLEY_EINVAL for a domain that was not spawned; as for any wait, with SLEY_EGONE
 *         if the waiting domain ends first.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_join(sley_domain *domain);
/* Whether calls to it are still taken; it may end as soon as this has returned.
 * Thread  any that holds a handle.
 * Since   0.1 */
SLEY_API bool sley_domain_is_open(const sley_domain *domain);

/* Processors this process may use: its affinity mask or the quota of its cgroups, whichever is less; at
 * least 1.
 * Thread  any.
 * Since   0.1 */
SLEY_API unsigned sley_domain_default_count(void);

/* One of the processors in this process's affinity mask, as sley_domain_options.processor takes it:
 * the first for 0, and so on, again the first after the last. One domain on each processor is
 *
 *     for (unsigned i = 0; i < sley_domain_default_count(); i++) {
 *       options.processor = sley_domain_processor(i);
 *       ...
 *
 * or a team with spread (sley/team.h). 0, which pins nothing, where the system has no such thing.
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_domain_processor(unsigned i);

/* Where everything runs, as text: a line with the processors there are, then one for each domain of
 * the runtime that others know: its number, name, thread, processors ("starting" in place of both until
 * its thread runs), engine. NULL: the current
 * domain's runtime. Cut to size - 1 bytes; returns the length needed.
 * Thread  any, if runtime is named.
 * Since   0.1 */
SLEY_API size_t sley_placement(sley_runtime *runtime, char *text, size_t size);

/* What a domain has sent and received and where its time went; a snapshot. Times are nanoseconds since
 * the domain first met another one.
 * Thread  any that holds a handle.
 * Since   0.1 */
typedef struct sley_domain_counters {
  size_t size;            /* in: sizeof as the caller knows it                       */
  uint64_t sent;          /* messages to other domains: calls, posts, notes, replies */
  uint64_t received;      /* messages from other domains and threads                 */
  uint64_t batches;       /* times the tail of a queue was published                 */
  uint64_t wakeups_sent;  /* system calls made to wake a sleeping domain             */
  uint64_t wakeups_saved; /* publications that found the receiver awake              */
  uint64_t credit_waits;  /* calls that had to wait for credit                       */
  uint64_t refused;       /* calls and posts told to come again (SLEY_EAGAIN)        */
  uint64_t expired;       /* calls dropped unread, their deadline being over         */
  uint64_t longest_queue; /* most messages found waiting in one queue                */
  uint64_t turns;         /* turns of the loop                                       */
  uint64_t sleeps;        /* turns that slept in the kernel                          */
  uint64_t idle_time;     /* asleep in the kernel                                    */
  uint64_t busy_time;     /* on a processor                                          */
  uint64_t steal_time;    /* neither: kept from running, or blocked in a callback   */
} sley_domain_counters;
SLEY_API void sley_domain_counters_get(sley_domain *domain, sley_domain_counters *out);

/* The same for the current domain and each other domain it has exchanged messages with; peer's name
 * is valid until f returns. Counted from here: sent to the peer, received from it.
 * Since   0.1 */
typedef struct sley_peer_counters {
  size_t size;   /* sizeof(sley_peer_counters) */
  unsigned peer; /* number of the domain       */
  const char *name;
  uint64_t sent, batches, wakeups_sent, wakeups_saved, credit_waits, refused;
  uint64_t received, expired, longest_queue;
} sley_peer_counters;
typedef void sley_peer_fn(void *ctx, const sley_peer_counters *counters);
SLEY_API void sley_domain_peers(sley_peer_fn *f, void *ctx);

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

SLEY_EXTERN_C_END

#include <sley/sites/domain.h>

#endif
