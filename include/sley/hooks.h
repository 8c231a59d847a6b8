/* sley/hooks.h: background promises, and what the library reports: the async hook, the unhandled
 * hook, slow callbacks, traces, counters and the report of live promises. All settings and figures
 * belong to the current domain. */
#ifndef SLEY_HOOKS_H
#define SLEY_HOOKS_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Receives the error, which is lent, and the site of its promise ("file:line", or ""). */
typedef void sley_hook_fn(void *ctx, sley_error *e, const char *site);

/* Calls start and drops its promise; a rejection, now or later, goes to the async hook.
 * Fails   never: if out of memory, its node comes from the reserve, as for sley_on_success.
 * Lwt     async
 * Since   0.1 */
SLEY_API void sley_async(sley_start_fn *start, void *ctx);
/* sley_async with a handler in place of the hook.
 * Owns    ctx is passed to both functions; drop(ctx) is called after handler returns, or when the promise
 *         is fulfilled.
 * Fails   as sley_async.
 * Lwt     dont_wait
 * Since   0.1 */
SLEY_API void sley_dont_wait(sley_start_fn *start, sley_error_fn *handler, void *ctx,
                             sley_drop_fn *SLEY_OPTIONAL(drop));
/* Drops p; a later rejection goes to the async hook.
 * Owns    consumes p.
 * Fails   returns the error of p, owned by the caller, if p is already rejected; otherwise NULL.
 * Lwt     ignore_result, which raises in that case
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_ignore_result(sley_promise *p);

/* A hook and its context. Setters return the previous one: a hook that calls it, and restores it at
 * the end, lets several parts of a program share a domain. If f is NULL, it is the default. */
typedef struct sley_hook {
  sley_hook_fn *f;
  void *ctx;
} sley_hook;
/* Set a hook and return the previous one. NULL sets the default, which writes one line to stderr
 * and never exits. The async hook receives the rejections of promises dropped by sley_async and
 * sley_ignore_result, of failing posts, and of connections of a server and of sley_accept_each. The
 * unhandled hook receives a rejection that no callback, combinator or query has received before its
 * promise is freed, and an error that the error of a cleanup replaced; it never receives Canceled.
 * Lwt     async_exception_hook
 * Since   0.1 */
SLEY_API sley_hook sley_set_async_hook(sley_hook_fn *f, void *ctx);
SLEY_API sley_hook sley_set_unhandled_hook(sley_hook_fn *f, void *ctx);

/* Called after a slow callback, with the site of the promise whose callback it is, the site of the
 * last callback that started within it (the same if there was none), and its duration. A called
 * function (sley_call) has the site of the call.
 * Since   0.1 */
typedef void sley_slow_fn(void *ctx, const char *site, const char *last, double seconds);
typedef struct sley_slow_hook {
  double seconds;
  sley_slow_fn *f;
  void *ctx;
} sley_slow_hook;
/* Reports each callback that blocks the current domain's loop for longer than seconds; 0 turns
 * reporting off. If f is NULL, it writes a line to stderr. A callback that runs inside sley_bind
 * and the like counts for the callback that called it; code outside sley_run and sley_step is not
 * measured. Returns the previous setting; its seconds are 0 if reporting was off.
 * Fails   reports nothing if out of memory at the first call.
 * Cost    nothing while it is off; while it is on, promises take slower paths, and the clock is
 *         read twice for each callback.
 * Since   0.1 */
SLEY_API sley_slow_hook sley_set_slow_hook(double seconds, sley_slow_fn *f, void *ctx);

/* Functions called as promises live and die; NULL members are skipped. p is lent, and the functions
 * can only query it: they must not call anything else of the library.
 * Since   0.1 */
typedef struct sley_trace {
  size_t size; /* sizeof(sley_trace) */
  void (*created)(void *ctx, const sley_promise *p);
  /* p waits for source. */
  void (*waits)(void *ctx, const sley_promise *p, const sley_promise *source);
  /* p's callback is about to run; NULL: an observer's. */
  void (*runs)(void *ctx, const sley_promise *p);
  void (*settled)(void *ctx, const sley_promise *p);
  void (*dropped)(void *ctx, const sley_promise *p); /* p's memory is about to be freed */
} sley_trace;
/* Installs a table of functions, kept by reference, or removes it with NULL. Returns the previous
 * one.
 * Cost    one predicted branch per event while none is installed.
 * Since   0.1 */
typedef struct sley_trace_hook {
  const sley_trace *trace;
  void *ctx;
} sley_trace_hook;
SLEY_API sley_trace_hook sley_set_trace(const sley_trace *trace, void *ctx);

/* The live promises of the current domain, and what the domain has done so far.
 * Since   0.1 */
typedef struct sley_counters {
  size_t size;           /* in: sizeof(sley_counters) as the caller knows it */
  uint64_t live;         /* promises that exist now                          */
  uint64_t created;      /* promises ever made                               */
  uint64_t peak;         /* most that existed at a time                      */
  uint64_t bytes;        /* memory held in slabs and large objects           */
  uint64_t immediate;    /* callbacks queued because the stack limit was met */
  uint64_t reserve_used; /* nodes taken from the out-of-memory reserve       */
  uint64_t unhandled;    /* rejections given to the unhandled hook           */
} sley_counters;
SLEY_API void sley_counters_get(sley_counters *out);

/* Calls f for every group of live promises made at one place, most numerous first.
 * Cost    O(live promises); allocates while it runs.
 * Fails   returns an error if out of memory, when f was not called; otherwise NULL.
 * Since   0.1 */
typedef void sley_report_fn(void *ctx, const char *site, size_t pending, size_t settled);
SLEY_API sley_error *sley_report(sley_report_fn *f, void *ctx);

/* Sets how many bytes of stack the callbacks called inside sley_bind and the like can nest (at
 * least 4096; default 65536). Returns the previous limit.
 * Since   0.1 */
SLEY_API size_t sley_set_stack_limit(size_t bytes);

SLEY_EXTERN_C_END

#include <sley/sites/hooks.h>

#endif
