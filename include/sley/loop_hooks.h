/* sley/loop_hooks.h: functions that a domain's loop calls as it asks the kernel, and as the domain finishes. */
#ifndef SLEY_LOOP_HOOKS_H
#define SLEY_LOOP_HOOKS_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_loop_hook sley_loop_hook;     /* belongs to its domain */
typedef struct sley_finish_hook sley_finish_hook; /* belongs to its domain */

/* The moments of a turn at which hooks are called: before the kernel is asked, which is where the loop sleeps, and after
 * that, before anything that it reported runs. Turns that continue what the last one left do not ask the kernel. */
typedef enum sley_loop_moment {
  SLEY_LOOP_MOMENT_ENTER, /* all callbacks of the last turn have run, pauses too */
  SLEY_LOOP_MOMENT_LEAVE
} sley_loop_moment;

/* Called at a moment of each turn; see sley_loop_hook_add. */
typedef void sley_loop_hook_fn(void *ctx);

/* Calls f at that moment of each turn of the current domain's loop: before the hooks there are if first is true,
 * otherwise after them. It can do anything that a callback can, and add or remove hooks. For a lock to be given up while
 * the loop sleeps, say, or to measure how long turns take.
 * Owns    *out is the caller's, until sley_loop_hook_remove or the domain's end: drop(ctx) is called then.
 * Fails   SLEY_EINVAL: there is no such moment; out of memory, an error of kind errno if the loop cannot be made; *out is
 *         NULL then, and ctx is dropped.
 * Lwt     Lwt_main.Enter_iter_hooks, Leave_iter_hooks: there a turn is left after its pauses, which is
 *         SLEY_LOOP_MOMENT_ENTER here
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_loop_hook_add(sley_loop_moment moment, bool first,
                                                       sley_loop_hook_fn *f, void *ctx,
                                                       sley_drop_fn *drop, sley_loop_hook **out);
/* Removes a hook; it is not called any more, not even by a turn that is calling others. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_loop_hook_remove(sley_loop_hook *hook);

/* Calls f as the current domain finishes, and waits for its promise: in sley_finish and sley_domain_end, before the domain
 * ends, and in the thread of a spawned domain once what it serves is done (not if the time of its shutdown is over before
 * that: only drop(ctx) is called then). Hooks run one after the other, those added last run first; if last is true, f runs
 * after all that are there. A hook can add others. An error, or a promise that is rejected, goes to the async hook. A
 * promise that is never settled holds the end up for ever: give it a time limit.
 * Owns    *out is the caller's until the domain's end; drop(ctx) is called after f's promise is settled, or when the
 *         hook is removed.
 * Fails   out of memory, an error of kind errno if the loop cannot be made; *out is NULL then, and ctx is dropped.
 * Lwt     Lwt_main.at_exit; Exit_hooks.add_first, add_last
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_at_finish(bool last, sley_start_fn *f, void *ctx,
                                                             sley_drop_fn *drop,
                                                             sley_finish_hook **out);
/* Removes a hook. Nothing happens if it has run, or runs. NULL is allowed.
 * Lwt     Lwt_main.Exit_hooks.remove
 * Since   0.1 */
SLEY_API void sley_finish_hook_remove(sley_finish_hook *hook);

SLEY_EXTERN_C_END

#include <sley/sites/loop_hooks.h>

#endif
