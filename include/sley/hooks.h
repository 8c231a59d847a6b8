/* sley/hooks.h: promises nobody waits for, and what is told to whom: the async hook, the hook for
 * unhandled rejections, the trace table, the report of live promises. All belong to the current
 * domain. */
#ifndef SLEY_HOOKS_H
#define SLEY_HOOKS_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Called with the error, lent, and the site of its promise ("file:line", or ""). */
typedef void sley_hook_fn(void *ctx, sley_error *e, const char *site);

/* Calls start and lets its promise go; a rejection, now or later, goes to the async hook.
 * Fails   cannot be lost to a lack of memory, as sley_on_success; so in the next two.
 * Lwt     async
 * Since   0.1 */
SLEY_API void sley_async(sley_start_fn *start, void *ctx);
/* The same with a handler of its own in place of the hook.
 * Owns    ctx is of both; borrowed until handler returned or the promise is fulfilled.
 * Lwt     dont_wait
 * Since   0.1 */
SLEY_API void sley_dont_wait(sley_start_fn *start, sley_error_fn *handler, void *ctx);
/* Lets p go; a later rejection goes to the async hook.
 * Owns    consumes p.
 * Fails   if p is rejected already: its error, owned by the caller. Otherwise NULL.
 * Lwt     ignore_result, which raises in that case
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_ignore_result(sley_promise *p);

/* What a setter found: calling it from the hook that took its place, and setting it again at the end, lets
 * several parts of a program share a domain. f NULL: the default. */
typedef struct sley_hook {
  sley_hook_fn *f;
  void *ctx;
} sley_hook;
/* Set the hooks; NULL sets the default, which writes one line to stderr. Neither ever exits. Return what was
 * set before.
 * The async hook gets the rejections of what sley_async and sley_ignore_result let go of, of failing posts
 * and of the connections of a balance. The unhandled hook gets a rejection that died without any callback,
 * combinator or query having received it, and an error that the error of a cleanup replaced; Canceled never does.
 * Lwt     async_exception_hook
 * Since   0.1 */
SLEY_API sley_hook sley_set_async_hook(sley_hook_fn *f, void *ctx);
SLEY_API sley_hook sley_set_unhandled_hook(sley_hook_fn *f, void *ctx);

/* Called after a callback that took seconds: the site of the promise whose callback it is, and the one of
 * the callback begun last within it, the same if there was none. A called function (sley_call) has the
 * call's site.
 * Since   0.1 */
typedef void sley_slow_fn(void *ctx, const char *site, const char *last, double seconds);
typedef struct sley_slow_hook {
  double seconds;
  sley_slow_fn *f;
  void *ctx;
} sley_slow_hook;
/* Asks to be told of callbacks of the current domain that keep its loop for more than seconds (0: no
 * longer). f NULL: a line on stderr. Callbacks called at once, inside sley_bind and its like, count for the
 * one that called it; what runs outside sley_run and sley_step is not measured. Returns
 * what was asked before; seconds 0: nothing.
 * Fails   without memory for the first asking: nothing is told then.
 * Cost    nothing while it is off; while it is on promises go slower ways, and the clock is read twice a
 *         callback.
 * Since   0.1 */
SLEY_API sley_slow_hook sley_set_slow_hook(double seconds, sley_slow_fn *f, void *ctx);

/* Functions called as promises live and die; NULL members are skipped. p is lent and may only be
 * queried. They may not call anything else of the library.
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
/* Installs a table (kept by reference), or removes it with NULL. Returns the one that was installed.
 * Cost    one predicted branch per event while none is installed.
 * Since   0.1 */
typedef struct sley_trace_hook {
  const sley_trace *trace;
  void *ctx;
} sley_trace_hook;
SLEY_API sley_trace_hook sley_set_trace(const sley_trace *trace, void *ctx);

/* Live promises of the current domain, and what the domain did so far.
 * Since   0.1 */
typedef struct sley_counters {
  size_t size;           /* in: sizeof(sley_counters) as the caller knows it */
  uint64_t live;         /* promises that exist now                          */
  uint64_t created;      /* promises ever made                               */
  uint64_t peak;         /* most that existed at once                        */
  uint64_t bytes;        /* memory held in slabs and large objects           */
  uint64_t immediate;    /* callbacks queued because the stack limit was met */
  uint64_t reserve_used; /* nodes taken from the out-of-memory reserve       */
  uint64_t unhandled;    /* rejections given to the unhandled hook           */
} sley_counters;
SLEY_API void sley_counters_get(sley_counters *out);

/* Calls f for every group of live promises made at one place, most numerous first.
 * Cost    O(live promises); allocates while it runs.
 * Fails   -SLEY_ENOMEM.
 * Since   0.1 */
typedef void sley_report_fn(void *ctx, const char *site, size_t pending, size_t settled);
SLEY_API int sley_report(sley_report_fn *f, void *ctx);

/* How many bytes of stack immediate callbacks may nest (at least 4096; default 65536). Returns the limit
 * before.
 * Since   0.1 */
SLEY_API size_t sley_set_stack_limit(size_t bytes);

SLEY_EXTERN_C_END

#endif
