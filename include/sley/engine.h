/* sley/engine.h: what asks the kernel for a domain. */
#ifndef SLEY_ENGINE_H
#define SLEY_ENGINE_H

#include <sley/loop.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Receives the name of an engine; why is NULL, or a sentence that says why it cannot be used here. Both are lent
 * until it returns. */
typedef void sley_engine_fn(void *ctx, const char *name, const char *why);

/* Calls f for each engine that this build knows, the best first. The first that can be used is what a domain gets
 * that asks for none. A domain asks by its name: sley_domain_options.engine, or sley_runtime_options.engine for the
 * domains that name none.
 * Thread  any.
 * Cost    makes and ends one of each.
 * Since   0.1 */
SLEY_API void sley_engine_each(sley_engine_fn *f, void *ctx);

/* The name of the engine of domain: "epoll", "poll", "select" or "kqueue" (libev's). domain NULL: of the current
 * domain, whose loop is made if there is none yet.
 * Owns    the name is static.
 * Fails   NULL: that domain has not run anything yet, or has no loop that could be made.
 * Thread  any that holds a handle.
 * Lwt     Lwt_engine.id
 * Since   0.1 */
SLEY_API const char *sley_engine_name(const sley_domain *domain);

/* What is registered in the current domain's loop now. */
typedef struct sley_loop_counters {
  size_t size;       /* in: sizeof as the caller knows it                                    */
  uint64_t readable; /* descriptors watched for reading, also between two reads              */
  uint64_t writable; /* for writing                                                          */
  uint64_t timers;   /* that are not over: sleeps, timeouts, deadlines, periodic calls       */
  uint64_t alarms;   /* that are started                                                     */
} sley_loop_counters;
/* Counts what is registered in the current domain's loop now.
 * Cost    looks at each timer.
 * Lwt     Lwt_engine.readable_count, writable_count, timer_count
 * Since   0.1 */
SLEY_API void sley_loop_counters_get(sley_loop_counters *out);

/* ---- a loop of yours drives the current domain ---- */

/* The descriptor that becomes readable when the current domain has something to do. A loop of yours polls it together
 * with its own, for at most sley_step_timeout(), and calls sley_step(0) when it is readable or that time is over. What
 * your own callbacks start between two steps makes it readable, too, but for a timer, which only makes
 * sley_step_timeout() shorter: ask for it again, or see sley_loop_set_changed. From the first call on the domain sleeps
 * in its engine only.
 * Owns    the domain's: do not read, write or close it.
 * Fails   -1: the engine has none (poll, select: call sley_step at intervals, and see sley_loop_set_wake), or no loop
 *         can be made.
 * Since   0.1 */
SLEY_API sley_fd sley_loop_fd(void);

/* A function that the library calls for a loop of yours, and its ctx. */
typedef void sley_loop_fn(void *ctx);
typedef struct sley_loop_notifier {
  sley_loop_fn *f; /* NULL: none */
  void *ctx;
  sley_drop_fn *drop;
} sley_loop_notifier;
/* f is called when the current domain was told to sleep, since its last step has ended, and must not: have its thread
 * call sley_step(0). For loops that are woken by a call, or whose engine has no descriptor; f NULL: none. It may be
 * called once more than necessary.
 * Owns    ctx is the domain's until it ends or another notifier is set; then drop is called, or the caller gets it
 *         back: returns what was set before, whose ctx is the caller's.
 * Thread  f: any, also in a signal handler.
 * Since   0.1 */
SLEY_API sley_loop_notifier sley_loop_set_wake(sley_loop_fn *f, void *ctx,
                                               sley_drop_fn *SLEY_OPTIONAL(drop));
/* f is called when sley_step_timeout has become shorter than it was when it was last called, because of a step or of
 * what was started between two: for loops with timers of their own. f NULL: none.
 * Owns    as for sley_loop_set_wake.
 * Thread  f: the domain's.
 * Since   0.1 */
SLEY_API sley_loop_notifier sley_loop_set_changed(sley_loop_fn *f, void *ctx,
                                                  sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/engine.h>

#endif
