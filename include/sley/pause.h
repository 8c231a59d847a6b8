/* sley/pause.h: letting others run, and the functions with which a loop drives pauses. */
#ifndef SLEY_PAUSE_H
#define SLEY_PAUSE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* A cancelable promise that is fulfilled with unit in the loop's next round of pauses.
 * Cost    one allocation of 80 bytes.
 * Lwt     pause
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pause(void);

/* Fulfils the pauses made so far, oldest first, running the callbacks of each at once. Pauses made
 * meanwhile wait for the next round. sley_run does this; only a loop of your own needs it.
 * Lwt     wakeup_paused
 * Since   0.1 */
SLEY_API void sley_wakeup_paused(void);

/* Pauses made since the last round; one that was cancelled still counts, as in Lwt.
 * Lwt     paused_count
 * Since   0.1 */
SLEY_API size_t sley_paused_count(void);

/* Forgets the pauses made so far: they stay pending for ever and can still be cancelled.
 * Lwt     abandon_paused
 * Since   0.1 */
SLEY_API void sley_abandon_paused(void);

/* Calls f(ctx, count) after every sley_pause, in place of the one set before, which it returns: whoever
 * shares the domain calls that too. NULL: nobody.
 * Lwt     register_pause_notifier
 * Since   0.1 */
typedef void sley_pause_fn(void *ctx, size_t count);
typedef struct sley_pause_notifier {
  sley_pause_fn *f;
  void *ctx;
} sley_pause_notifier;
SLEY_API sley_pause_notifier sley_set_pause_notifier(sley_pause_fn *f, void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/pause.h>

#endif
