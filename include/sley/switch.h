/* sley/switch.h: things to do when something is over. Hooks are added to a switch while it is on; turning
 * it off runs them. sley/scope.h owns whole promises in this way. */
#ifndef SLEY_SWITCH_H
#define SLEY_SWITCH_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_switch sley_switch; /* belongs to its domain */

/* A switch that is on.
 * Owns    *out is the caller's: sley_switch_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_switch.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_switch_new(sley_switch **out);
/* One more handle, one less; NULL may be dropped. Dropping the last handle of a switch that is on turns
 * it off; what its hooks are rejected with goes to the async hook.
 * Lwt     none: the hooks of a switch that is collected never run there.
 * Since   0.1 */
SLEY_API sley_switch *sley_switch_keep(sley_switch *s);
SLEY_API void sley_switch_drop(sley_switch *s);

/* Lwt     Lwt_switch.is_on
 * Since   0.1 */
SLEY_API bool sley_switch_is_on(const sley_switch *s);
/* 0 if s is on or NULL, -SLEY_ECLOSED if it is off.
 * Lwt     Lwt_switch.check, which raises Off
 * Since   0.1 */
SLEY_API int sley_switch_check(const sley_switch *s);

/* Adds a hook. On NULL nothing happens.
 * Owns    drop(ctx) is called after hook returns, or at once if the hook is not added.
 * Fails   an error: sley_error_closed() if s is off, out of memory; the hook was not added then.
 * Cost    one allocation of 48 bytes.
 * Lwt     Lwt_switch.add_hook
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_switch_add_hook(sley_switch *s, sley_start_fn *hook,
                                                         void *ctx,
                                                         sley_drop_fn *SLEY_OPTIONAL(drop));
/* The same; runs the hook now if s is off, or if it cannot be added for a lack of memory, and gives its
 * promise. Otherwise fulfilled with unit.
 * Owns    as above.
 * Lwt     Lwt_switch.add_hook_or_exec
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_switch_add_hook_or_exec(
    sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Turns s off and runs all hooks, the last added first, without waiting in between. Settled when all
 * of them are: with unit, or the error of one that was rejected (of those rejected at once the last
 * added, else the first in time); the others' errors go to the unhandled hook. The second time nothing
 * happens.
 * Owns    borrows s.
 * Fails   rejected with out of memory; the hooks were run, and what they are rejected with goes to the
 *         async hook.
 * Lwt     Lwt_switch.turn_off
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_switch_turn_off(sley_switch *s);

/* Calls start with a switch, and turns that off when start's promise is settled either way. A hook's
 * error replaces the outcome.
 * Owns    s is lent to start until the result is settled; keep it for longer.
 * Fails   rejected with out of memory; start never ran then.
 * Lwt     Lwt_switch.with_switch
 * Since   0.1 */
typedef sley_promise *sley_switch_fn(void *ctx, sley_switch *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_switch(sley_switch_fn *start, void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/switch.h>

#endif
