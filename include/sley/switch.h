/* sley/switch.h: cleanup that runs when something ends. Hooks are added to a switch while it is on; turning it
 * off runs them. A scope (sley/scope.h) owns whole promises in the same way. */
#ifndef SLEY_SWITCH_H
#define SLEY_SWITCH_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_switch sley_switch; /* belongs to its domain */

/* Makes a switch that is on.
 * Owns    *out is the caller's: sley_switch_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_switch.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_switch_new(sley_switch **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle of a switch that is on turns it off; if
 * a hook fails, its error goes to the async hook.
 * Lwt     none: there the hooks of a collected switch never run.
 * Since   0.1 */
SLEY_API sley_switch *sley_switch_keep(sley_switch *s);
SLEY_API void sley_switch_drop(sley_switch *s);

/* Whether the switch is on.
 * Lwt     Lwt_switch.is_on
 * Since   0.1 */
SLEY_API bool sley_switch_is_on(const sley_switch *s);
/* Returns 0 if s is on or NULL, -SLEY_ECLOSED if it is off.
 * Lwt     Lwt_switch.check, which raises Off
 * Since   0.1 */
SLEY_API int sley_switch_check(const sley_switch *s);

/* Adds a hook; with s NULL, does nothing.
 * Owns    drop(ctx) is called after hook returns, or immediately if the hook is not added.
 * Fails   an error: sley_error_closed() if s is off, or out of memory; the hook is not added then.
 * Cost    one allocation of 48 bytes.
 * Lwt     Lwt_switch.add_hook
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_switch_add_hook(sley_switch *s, sley_start_fn *hook,
                                                         void *ctx,
                                                         sley_drop_fn *SLEY_OPTIONAL(drop));
/* Adds a hook and is fulfilled with unit; but if s is off, or memory is out, runs the hook now and returns its
 * promise.
 * Owns    as sley_switch_add_hook.
 * Lwt     Lwt_switch.add_hook_or_exec
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_switch_add_hook_or_exec(
    sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Turns s off and runs all hooks, the last added first, without waiting in between. Settled when all their
 * promises are: with unit, or with one of their errors: of the hooks that failed immediately, that of the last
 * added, else the first in time. The other errors go to the unhandled hook. A second call does nothing.
 * Owns    borrows s.
 * Fails   rejected with out of memory; the hooks were run, and their errors go to the async hook.
 * Lwt     Lwt_switch.turn_off
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_switch_turn_off(sley_switch *s);

/* Calls start with a switch and turns the switch off when start's promise is settled. A hook's error replaces
 * the outcome.
 * Owns    s is lent to start until the result is settled; keep it to use it longer.
 * Fails   rejected with out of memory; start did not run.
 * Lwt     Lwt_switch.with_switch
 * Since   0.1 */
typedef sley_promise *sley_switch_fn(void *ctx, sley_switch *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_switch(sley_switch_fn *start, void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/switch.h>

#endif
