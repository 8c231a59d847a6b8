/* sley/domain.h: domains, each a thread with a loop and a scheduler of its own. Only values, errors and handles
 * of domains cross between them (sley/call.h). */
#ifndef SLEY_DOMAIN_H
#define SLEY_DOMAIN_H

#include <sley/call.h>
#include <sley/dump.h>
#include <sley/hooks.h>
#include <sley/promise.h>
#include <sley/runtime.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Receives a line of text for everything a domain leaves behind and everything that keeps it from ending. Runs
 * on the domain's thread. */
typedef void sley_domain_report_fn(void *ctx, const char *line);

typedef struct sley_domain_options {
  size_t size;            /* sizeof(sley_domain_options)                                       */
  sley_runtime *runtime;  /* NULL: the current domain's, or the default one                    */
  const char *name;       /* shown in reports and as the thread's name; copied                 */
  sley_call_fn *start;    /* runs first in the new domain; can be NULL. If it is rejected,
                             see sley_domain_spawn                                             */
  sley_value arg;         /* for start; consumed, moved by its type's rule                     */
  int processor;          /* pin the thread to one processor: the system's number, which begins
                             with 0, plus 1; or sley_domain_processor(i); 0: not              */
  const char *processors; /* or to several, by the system's numbers: "0-3,6"; NULL: not. So
                             .processor = 1 and .processors = "0" are the same                */
  size_t stack;           /* bytes of the thread's stack; 0: the system's default, or 2 MiB if
                             that is less (musl, a small RLIMIT_STACK)                         */
  const char *engine;     /* what asks the kernel: "epoll", "poll", "select", "kqueue", as far
                             as the system has it (sley_engine_each); NULL: the runtime's, or the
                             best there is                                                    */
  const sley_allocator *allocator;           /* of the domain's promises and what belongs to
                                                 them; used by its thread only; copied; NULL: the
                                                 runtime's                                    */
  sley_hook_fn *async_hook, *unhandled_hook; /* set before start runs; NULL: the defaults    */
  void *hook_ctx;                            /* of both                                      */
  sley_drop_fn *hook_drop;       /* NULL, or called with hook_ctx when the domain has ended, on its
                              thread, or when it is not started */
  sley_domain_report_fn *report; /* NULL: writes the lines to stderr             */
  void *report_ctx;
  sley_drop_fn *report_drop; /* the same for report_ctx */
} sley_domain_options;

/* Starts a domain on a thread of its own. It runs until sley_domain_shutdown. Any domain can start others, at
 * any time, and end them in any order. The promise of start is not awaited: a rejection goes to the new domain's
 * async_hook (by default a line on stderr), and the domain continues and takes calls. Make a first step that must
 * succeed a call: leave start NULL, sley_call(*out, start, arg), and shut the domain down if that is rejected.
 * The thread blocks all signals but SIGPROF and those that a thread raises itself (SIGSEGV, SIGBUS, SIGFPE,
 * SIGILL, SIGTRAP, SIGSYS), so that handlers of crashes run there.
 * Owns    *out is a counted handle, the caller's; it outlives the thread. Consumes options->arg.
 * Fails   out of memory; SLEY_ESEND; SLEY_EAGAIN (the system or the runtime's limit allows no more threads);
 *         kind errno; SLEY_EINVAL (an engine that cannot be had, and why; a processor outside the affinity mask
 *         that the process had when it first used domains, or only such processors). *out is NULL then.
 * Thread  one with a current domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_domain_spawn(const sley_domain_options *options,
                                                      sley_domain **out);

/* One more handle, one less. Dropping the last handle of a running domain does not end it: only
 * sley_domain_shutdown does. Handles outlive the domain: one that has ended is not open and refuses calls and
 * posts. A domain made by sley_domain_new can be called by others once its own thread has kept it. Handles other
 * than the one that sley_domain_end consumes are counted; one drop too many aborts.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_domain *sley_domain_keep(sley_domain *domain);
SLEY_API void sley_domain_drop(sley_domain *domain);
/* Values that own a handle: they cross domains and are duplicated by keep.
 * Owns    sley_domain_to_value consumes a handle; sley_domain_in lends it; sley_domain_take moves it out as
 *         sley_take does, NULL if another reader has it.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_value sley_domain_to_value(sley_domain *domain);
SLEY_API sley_domain *sley_domain_in(const sley_value *v);
SLEY_API bool sley_domain_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_domain *sley_domain_take(sley_value *v);
SLEY_API extern const sley_type sley_type_domain;

/* How long the current domain looks for messages of other domains before it sleeps: 0 never; negative (the
 * default) up to 50 microseconds as long as that finds some, unless the runtime has more domains than there are
 * processors. Timers wait while it looks; descriptors wait also while it finds some, for up to 16 turns or 50
 * microseconds. Returns what it was, so that it can be put back.
 * Fails   nothing changes without memory for it.
 * Since   0.1 */
SLEY_API double sley_domain_set_spin_time(double seconds);

/* Starts n domains (0: sley_domain_default_count), runs start(arg) in each with a duplicate of arg, and shuts
 * them down when all promises of start are settled: fulfilled with unit, or rejected with the first rejection.
 * Canceling the result cancels all of them; it is rejected with Canceled only when all have ended. What is
 * canceled has a second to finish.
 * Owns    consumes arg, which must have send, and dup unless n is 1.
 * Fails   rejected as sley_domain_spawn; SLEY_EINVAL if arg cannot be duplicated or n is over 4096; out of
 *         memory. Those that had started are ended then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_each(size_t n, sley_call_fn *start,
                                                                 sley_value arg);

/* Ends a domain. New calls to it are refused, calls that it has are answered. After so many seconds, what is left
 * is canceled; what has not ended a tenth of a second later is named (sley_domain_options.report) and freed.
 * Then the thread ends, runs the destructors of its thread-local variables, and is joined; the caller's loop
 * runs meanwhile (on systems other than Linux and FreeBSD the join blocks). The caller of a function that was
 * canceled this way gets the value or the error it ended with; if it ended with Canceled or was freed,
 * SLEY_EGONE with the domain's name, since Canceled would mean that this was requested. Fulfilled with the
 * number of promises that were freed. If the asking domain ends first, the other ends all the same, and its
 * thread is joined when the runtime is dropped. A domain can end itself.
 * Fails   rejected with SLEY_EGONE if it was called before, SLEY_EINVAL for a domain that was not spawned, out
 *         of memory (nothing has happened then).
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_shutdown(sley_domain *domain,
                                                                     double seconds);
/* Fulfilled when the domain has ended, for whatever reason, with the number of promises that were freed;
 * cancelable.
 * Fails   rejected with SLEY_EINVAL for a domain that was not spawned, with SLEY_EGONE if the waiting domain
 *         ends first.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_domain_join(sley_domain *domain);
/* Whether the domain still takes calls; it may end as soon as this has returned.
 * Thread  any that holds a handle.
 * Since   0.1 */
SLEY_API bool sley_domain_is_open(const sley_domain *domain);

/* The number of processors that this process can use: its affinity mask or the quota of its cgroups, whichever
 * is less; at least 1.
 * Thread  any.
 * Since   0.1 */
SLEY_API size_t sley_domain_default_count(void);

/* Processor number index of this process's affinity mask, as sley_domain_options.processor takes it; past the
 * last it begins again. 0, which pins nothing, where the system has no affinity. One domain on each processor:
 *
 *     for (size_t i = 0; i < sley_domain_default_count(); i++) {
 *       options.processor = sley_domain_processor(i);
 *       ...
 *
 * or a team with spread (sley/team.h).
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_domain_processor(size_t index);

/* Writes where everything runs: a line with the number of processors, then one for each domain of the runtime
 * that others know: its number, name, thread, processors ("starting" until its thread runs), engine. runtime
 * NULL: the current domain's. Cut to size - 1 bytes; returns the length needed.
 * Thread  any, if runtime is named.
 * Since   0.1 */
SLEY_API size_t sley_placement(sley_runtime *runtime, char *text, size_t size);

/* What a domain has sent and received and where its time went; a snapshot. Times are nanoseconds since the
 * domain first met another one.
 * Thread  any that holds a handle.
 * Since   0.1 */
typedef struct sley_domain_counters {
  size_t size;            /* in: sizeof as the caller knows it                       */
  uint64_t sent;          /* messages to other domains: calls, posts, cancel messages, replies */
  uint64_t received;      /* messages from other domains and threads                 */
  uint64_t batches;       /* times the tail of a queue was published                 */
  uint64_t wakeups_sent;  /* system calls made to wake a sleeping domain             */
  uint64_t wakeups_saved; /* publications that found the receiver awake              */
  uint64_t credit_waits;  /* calls that had to wait for credit                       */
  uint64_t refused;       /* calls and posts refused with SLEY_EAGAIN                */
  uint64_t expired;       /* calls dropped unread, their deadline being over         */
  uint64_t longest_queue; /* most messages found waiting in one queue                */
  uint64_t turns;         /* turns of the loop                                       */
  uint64_t sleeps;        /* turns that slept in the kernel                          */
  uint64_t idle_time;     /* asleep in the kernel                                    */
  uint64_t busy_time;     /* on a processor                                          */
  uint64_t steal_time;    /* neither: kept from running, or blocked in a callback   */
} sley_domain_counters;
SLEY_API void sley_domain_counters_get(sley_domain *domain, sley_domain_counters *out);

/* Calls f with the counters of the current domain and each domain it has exchanged messages with. name is lent until f returns.
 * Counted from here: sent to the peer, received from it.
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

/* Writes a dump of another domain. The domain makes it at the end of its next turn; the calling thread waits for
 * it, at most so many seconds. If the domain does not answer, only what it last published is written:
 *
 *     domain shard 1 does not answer: for 3.201 s in a turn, last in a callback of the promise made at
 *     server.c:40; 812 promises
 *
 * Fails   NULL: the dump is whole. SLEY_ETIMEOUT: what was published was written. SLEY_EGONE, out of memory,
 *         SLEY_EAGAIN (no credit): nothing was written.
 * Thread  any that holds a handle; write runs on it.
 * Cost    blocks the calling thread.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_domain_dump(sley_domain *domain, double seconds,
                                                     sley_dump_format format, sley_write_fn *write,
                                                     void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/domain.h>

#endif
