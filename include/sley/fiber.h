/* sley/fiber.h: direct style. A fiber is a function that runs on a stack of its own and may wait:
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
 * sley_spawn runs the function at once, up to its first sley_await of a pending promise, and gives a
 * promise that follows what the function returns. When the awaited promise settles, the fiber goes on
 * in the place of a callback of that promise: same order, inside the running loop. All of this is
 * what sley_bind would do with the rest of the function as its callback; cancelling is, too.
 *
 * A fiber never leaves its domain. A domain that has live fibers should stay on one thread: compilers
 * keep the address of errno and other thread-local variables over a call of sley_await.
 *
 * sley_await is for the fiber's own function and what it calls. A callback that merely runs on the
 * fiber's stack (of a bind, an observer, a destructor) is no part of it: there sley_await aborts.
 * Functions of type sley_start_fn that are called at once, such as those given to sley_with_value,
 * sley_finalize_with or sley_apply, may await. */
#ifndef SLEY_FIBER_H
#define SLEY_FIBER_H

#include <sley/promise.h>
#include <sley/storage.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_spawn_options {
  size_t size;         /* sizeof(sley_spawn_options)                                           */
  const char *name;    /* shown in reports, copied, cut to 31 bytes; NULL: the place of the call */
  size_t stack;        /* bytes, rounded up to a power of two from 16 KiB; 0: 256 KiB          */
  bool not_cancelable; /* cancelling the promise has no effect, as in Lwt_direct               */
  bool empty_storage;  /* begins with nothing bound, as in Lwt_direct; else with what is bound
                          where it is spawned                                                  */
} sley_spawn_options;

/* Runs fn in a new fiber, now, up to its first sley_await that has to wait, and follows the promise that
 * fn returns. Cancelling the result cancels the promise that the fiber awaits at that moment, whose
 * sley_await then returns Canceled; one that cannot be cancelled (sley_pending, sley_no_cancel) is waited
 * for all the same. If fn never waits, the result is the promise it returned.
 * Owns    ctx is borrowed until fn returns; with sley_spawn_own, and sley_spawn_with where drop is not
 *         NULL, it is freed with drop, exactly once, after fn returned or when fn will never run.
 * Fails   rejected with out of memory, fn never runs then; so where the system has no stack to give,
 *         with a message that names the call and what limits it (on Linux vm.max_map_count). fn
 *         returning NULL aborts. A stack that overflows aborts with a sentence that names the fiber:
 *         see sley_fiber_fault.
 * Cost    a pooled stack, one allocation of 112 bytes, two switches. A parked fiber takes the pages its
 *         stack has touched, one at least.
 * Lwt     Lwt_direct.spawn, which starts fn in the loop's next turn and with empty storage
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn(sley_start_fn *fn, void *ctx);
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_at(const char *site, sley_start_fn *fn, void *ctx);
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_own(sley_start_fn *fn, void *ctx,
                                                     sley_drop_fn *drop);
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_own_at(const char *site, sley_start_fn *fn,
                                                        void *ctx, sley_drop_fn *drop);
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_with(const sley_spawn_options *options,
                                                      sley_start_fn *fn, void *ctx,
                                                      sley_drop_fn *drop);
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_with_at(const char *site,
                                                         const sley_spawn_options *options,
                                                         sley_start_fn *fn, void *ctx,
                                                         sley_drop_fn *drop);

/* The same in the background: nobody waits, and a rejection, now or later, goes to the async hook
 * (sley/hooks.h). options may be NULL; so may drop.
 * Lwt     Lwt_direct.spawn with Lwt.async
 * Since   0.1 */
SLEY_API void sley_spawn_async(sley_start_fn *fn, void *ctx);
SLEY_API void sley_spawn_async_at(const char *site, sley_start_fn *fn, void *ctx);
SLEY_API void sley_spawn_async_with(const sley_spawn_options *options, sley_start_fn *fn, void *ctx,
                                    sley_drop_fn *drop);
SLEY_API void sley_spawn_async_with_at(const char *site, const sley_spawn_options *options,
                                       sley_start_fn *fn, void *ctx, sley_drop_fn *drop);

/* Suspends the fiber until p settles; where it is settled already, returns at once, without a switch.
 * Owns    consumes p. On NULL the value is in *out by the rule of sley_take, owned; out may be NULL:
 *         the value stays in its promise. Otherwise the error is returned, owned, and *out is unit.
 * Fails   the error p was rejected with; Canceled where the fiber's promise is cancelled, or its domain
 *         ends; abandoned where nothing is left that could settle p. Outside a fiber it aborts, whether p
 *         is settled or not.
 * Cost    no allocation; two switches of 3 ns where it waits.
 * Lwt     Lwt_direct.await
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_await(sley_promise *p, sley_value *out);
SLEY_API SLEY_NODISCARD sley_error *sley_await_at(const char *site, sley_promise *p,
                                                  sley_value *out);

/* The same for a scalar, and for a pointer whose value has exactly this type (NULL: one made with
 * sley_borrow); any other type aborts and names both.
 * Owns    consumes p. *out is owned if its type is not NULL; 0 or NULL after an error.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_await_int(sley_promise *p, int64_t *out);
SLEY_API SLEY_NODISCARD sley_error *sley_await_int_at(const char *site, sley_promise *p,
                                                      int64_t *out);
SLEY_API SLEY_NODISCARD sley_error *sley_await_ptr(sley_promise *p, const sley_type *type,
                                                   void **out);
SLEY_API SLEY_NODISCARD sley_error *sley_await_ptr_at(const char *site, sley_promise *p,
                                                      const sley_type *type, void **out);

/* Lets everything else that is ready run first: sley_await of sley_pause.
 * Fails   as sley_await: Canceled, or out of memory.
 * Lwt     Lwt_direct.yield
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_yield(void);
SLEY_API SLEY_NODISCARD sley_error *sley_yield_at(const char *site);

/* Binds key to v, or to nothing, for the rest of the fiber and all it will start (sley/storage.h).
 * Others that share the fiber's storage do not see it. Outside a fiber they abort.
 * Owns    consumes v.
 * Fails   -SLEY_ENOMEM; nothing changes then.
 * Lwt     Lwt_direct.Storage.set, remove
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_fiber_set(const sley_key *key, sley_value v);
SLEY_API SLEY_NODISCARD int sley_fiber_unset(const sley_key *key);

/* The name of the running fiber, lent; NULL outside.
 * Since   0.1 */
SLEY_API const char *sley_fiber_name(void);

/* A live fiber, as sley_fiber_report tells of it. Lent until the function returns. */
typedef struct sley_fiber_info {
  size_t size;            /* sizeof(sley_fiber_info)                          */
  const char *name;       /* as given, or the place of the spawn              */
  const char *spawned_at; /* "file:line"                                      */
  const char *awaits_at;  /* "file:line" of its sley_await, NULL: it runs now */
  size_t stack;           /* bytes of its stack                               */
  size_t stack_used;      /* bytes in use where it waits, 0 if it runs now    */
} sley_fiber_info;
typedef void sley_fiber_fn(void *ctx, const sley_fiber_info *info);

/* Calls f for every live fiber of the current domain, in no order. f may not call the library.
 * Cost    O(live fibers).
 * Since   0.1 */
SLEY_API void sley_fiber_report(sley_fiber_fn *f, void *ctx);

/* What the fibers of the current domain did so far.
 * Since   0.1 */
typedef struct sley_fiber_counters {
  size_t size;      /* in: sizeof(sley_fiber_counters) as the caller knows it */
  uint64_t live;    /* fibers that exist now                                  */
  uint64_t peak;    /* most that existed at once                              */
  uint64_t spawned; /* fibers ever made                                       */
  uint64_t stacks;  /* stacks mapped now, with a fiber or kept for the next   */
  uint64_t trimmed; /* stacks whose deep part was given back to the system    */
} sley_fiber_counters;
SLEY_API void sley_fiber_counters_get(sley_fiber_counters *out);

/* For programs with a SIGSEGV handler of their own (it must run on a stack set by sigaltstack): if
 * address, the one that faulted (si_addr, where si_code is positive), lies in the guard of the running
 * fiber's stack or up to 8 MiB below, where a large local array reaches, writes a sentence that
 * names the fiber and aborts; otherwise does nothing. Programs without one need not care: the first
 * spawn of a process installs a handler that does this, unless sley_runtime_options forbid it or a
 * handler is there already. It goes when the last domain with fibers ends; other faults, and signals
 * that were sent, end the process as they would without it.
 * Thread  any; safe in a signal handler.
 * Since   0.1 */
SLEY_API void sley_fiber_fault(const void *address);

#define sley_spawn(...) sley_spawn_at(SLEY_HERE, __VA_ARGS__)
#define sley_spawn_own(...) sley_spawn_own_at(SLEY_HERE, __VA_ARGS__)
#define sley_spawn_with(...) sley_spawn_with_at(SLEY_HERE, __VA_ARGS__)
#define sley_spawn_async(...) sley_spawn_async_at(SLEY_HERE, __VA_ARGS__)
#define sley_spawn_async_with(...) sley_spawn_async_with_at(SLEY_HERE, __VA_ARGS__)
#define sley_await(...) sley_await_at(SLEY_HERE, __VA_ARGS__)
#define sley_await_int(...) sley_await_int_at(SLEY_HERE, __VA_ARGS__)
#define sley_await_ptr(...) sley_await_ptr_at(SLEY_HERE, __VA_ARGS__)
#define sley_yield() sley_yield_at(SLEY_HERE)

SLEY_EXTERN_C_END

#endif
