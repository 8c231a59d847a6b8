/* sley/fiber.h: direct style. A fiber is a function that runs on a stack of its own and can wait:
 *
 *     static sley_promise *greet(void *name)
 *     {
 *       sley_error *e = sley_await(sley_sleep(1), NULL);
 *       if (e != NULL) return sley_fail(e);
 *       printf("hello, %s\n", (const char *)name);
 *       return sley_return(sley_unit());
 *     }
 *
 *     sley_promise *greeted = sley_spawn(greet, "world");
 *
 * sley_spawn runs the function immediately, up to its first sley_await of a pending promise, and
 * returns a promise that follows what the function returns. When the awaited promise settles, the
 * fiber continues as one of its callbacks: in the same order, inside the running loop. Everything,
 * including canceling, works as if the rest of the function were the callback of a sley_bind.
 *
 * A fiber never leaves its domain. A domain that has live fibers should stay on one thread, because
 * compilers keep the address of errno and of other thread-local variables across a call of
 * sley_await.
 *
 * sley_await is for the fiber's own function and the functions that it calls. A callback that
 * merely runs on the fiber's stack (of a bind, an observer, a destructor) is not part of it; there
 * sley_await aborts. Functions of type sley_start_fn that are called immediately, such as those of
 * sley_with_value, sley_finalize_with or sley_apply, can await. */
#ifndef SLEY_FIBER_H
#define SLEY_FIBER_H

#include <sley/promise.h>
#include <sley/storage.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_spawn_options {
  size_t size;         /* sizeof(sley_spawn_options)                                           */
  const char *name;    /* shown in reports, copied, cut to 31 bytes; NULL: the place of the call */
  size_t stack;        /* bytes, rounded up to a power of two from 16 KiB; 0: 256 KiB          */
  bool not_cancelable; /* canceling the promise has no effect, as in Lwt_direct               */
  bool empty_storage;  /* begins with nothing bound, as in Lwt_direct; else with what is bound
                          where it is spawned                                                  */
} sley_spawn_options;

/* Runs fn in a new fiber, immediately, up to the first sley_await that has to wait, and follows the
 * promise that fn returns. If fn never waits, the result is that promise. Canceling the result
 * cancels the promise that the fiber awaits, whose sley_await then returns Canceled; the fiber
 * keeps waiting for a promise that cannot be canceled (sley_pending, sley_no_cancel).
 * Owns    lends ctx to fn; drop(ctx) is called after fn returns, or as soon as fn is certain not to
 *         run.
 * Fails   the result is rejected with out of memory, and fn never runs; the same if the system has
 *         no stack to give, with a message that names the call and the limit (on Linux
 *         vm.max_map_count). If fn returns NULL, or its stack overflows (see sley_fiber_fault), the
 *         process aborts with a message.
 * Cost    a pooled stack, one allocation of 112 bytes, two switches. A waiting fiber takes the
 *         pages that its stack has touched, at least one.
 * Lwt     Lwt_direct.spawn, which starts fn in the loop's next turn and with empty storage
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_spawn(sley_start_fn *fn, void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_spawn_with(const sley_spawn_options *options,
                                                                sley_start_fn *fn, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));

/* Spawn a fiber in the background; a rejection, now or later, goes to the async hook
 * (sley/hooks.h). options can be NULL.
 * Lwt     Lwt_direct.spawn with Lwt.async
 * Since   0.1 */
SLEY_API SLEY_SITE void sley_spawn_async(sley_start_fn *fn, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE void sley_spawn_async_with(const sley_spawn_options *options, sley_start_fn *fn,
                                              void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Suspends the fiber until p settles. If p is settled, it returns immediately, without a switch.
 * Owns    consumes p. On success it returns NULL, and *out has the value by the rule of sley_take,
 *         owned; if out is NULL, the value stays in its promise. On failure it returns the error,
 *         owned, and *out is unit.
 * Fails   returns the error that p was rejected with; Canceled if the fiber's promise is canceled
 *         or its domain ends; abandoned if nothing is left that could settle p. Aborts outside a
 *         fiber, even if p is settled.
 * Cost    no allocation; two switches of 3 ns if it waits.
 * Lwt     Lwt_direct.await
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_await(sley_promise *p, sley_value *out);

/* sley_await for a scalar, and for a pointer whose value has exactly this type (NULL: a pointer
 * made with sley_borrow). Any other type aborts with a message that names both.
 * Owns    consumes p. *out is owned if its type is not NULL; it is 0 or NULL after an error.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_await_int(sley_promise *p, int64_t *out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_await_ptr(sley_promise *p, const sley_type *type,
                                                             void **out);

/* Lets everything else that is ready run first: sley_await of sley_pause.
 * Fails   as sley_await: Canceled, or out of memory.
 * Lwt     Lwt_direct.yield
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_yield(void);

/* Bind key to v, or to nothing, for the rest of the fiber and everything that it starts
 * (sley/storage.h). Other code that shares the fiber's storage is unaffected. Outside a fiber they
 * abort.
 * Owns    consumes v.
 * Fails   return an error if out of memory, when nothing changes; otherwise NULL.
 * Lwt     Lwt_direct.Storage.set, remove
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_fiber_set(const sley_key *key, sley_value v);
SLEY_API SLEY_NODISCARD sley_error *sley_fiber_unset(const sley_key *key);

/* Returns the name of the running fiber, lent; NULL outside a fiber.
 * Since   0.1 */
SLEY_API const char *sley_fiber_name(void);

/* A live fiber, as sley_fiber_report describes it. Lent until the function returns. */
typedef struct sley_fiber_info {
  size_t size;            /* sizeof(sley_fiber_info)                          */
  const char *name;       /* as given, or the place of the spawn              */
  const char *spawned_at; /* "file:line"                                      */
  const char *awaits_at;  /* "file:line" of its sley_await, NULL: it runs now */
  size_t stack;           /* bytes of its stack                               */
  size_t stack_used;      /* bytes in use where it waits, 0 if it runs now    */
} sley_fiber_info;
typedef void sley_fiber_fn(void *ctx, const sley_fiber_info *info);

/* Calls f for every live fiber of the current domain, in no particular order. f must not call the
 * library.
 * Cost    O(live fibers).
 * Since   0.1 */
SLEY_API void sley_fiber_report(sley_fiber_fn *f, void *ctx);

/* What the fibers of the current domain have done so far.
 * Since   0.1 */
typedef struct sley_fiber_counters {
  size_t size;      /* in: sizeof(sley_fiber_counters) as the caller knows it */
  uint64_t live;    /* fibers that exist now                                  */
  uint64_t peak;    /* most that existed at a time                            */
  uint64_t spawned; /* fibers ever made                                       */
  uint64_t stacks;  /* stacks mapped now, with a fiber or kept for the next   */
  uint64_t trimmed; /* stacks whose deep part was given back to the system    */
} sley_fiber_counters;
SLEY_API void sley_fiber_counters_get(sley_fiber_counters *out);

/* For programs with their own SIGSEGV handler, which must run on a stack set by sigaltstack: if
 * address (si_addr, if si_code is positive) lies in the guard of the running fiber's stack, or up
 * to 8 MiB below it, where a large local array reaches, writes a message that names the fiber and
 * aborts. Otherwise it does nothing. Other programs do not need it: the first spawn of a process
 * installs a handler that does this, unless sley_runtime_options forbid it or there is a handler
 * already; that one also names, on x86-64 and AArch64, a jump to code that dlclose has unloaded. The
 * handler is removed when the last domain with fibers ends; other faults, and signals that were
 * sent, end the process as they would without it.
 * Thread  any, and signal handlers.
 * Since   0.1 */
SLEY_API void sley_fiber_fault(const void *address);

SLEY_EXTERN_C_END

#include <sley/sites/fiber.h>

#endif
