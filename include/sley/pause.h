/* sley/pause.h: letting other callbacks run, and what a loop of your own needs to drive pauses. */
#ifndef SLEY_PAUSE_H
#define SLEY_PAUSE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Makes a cancelable promise that is fulfilled with unit in the loop's next round of pauses.
 * Cost    one allocation of 80 bytes.
 * Lwt     pause
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pause(void);

/* Runs a round: fulfills the pauses made so far, oldest first, and runs the callbacks of each
 * immediately. Pauses made meanwhile wait for the next round. sley_run does this; only a loop of
 * your own needs to.
 * Lwt     wakeup_paused
 * Since   0.1 */
SLEY_API void sley_wakeup_paused(void);

/* Returns the number of pauses made since the last round. As in Lwt, a canceled one still counts.
 * Lwt     paused_count
 * Since   0.1 */
SLEY_API size_t sley_paused_count(void);

/* Forgets the pauses made so far: they stay pending, and can still be canceled.
 * Lwt     abandon_paused
 * Since   0.1 */
SLEY_API void sley_abandon_paused(void);

/* Sets a function that is called after every sley_pause, with the number of pauses; NULL sets none.
 * Returns the previous one, which the new one should call if several parts of the program share the
 * domain.
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
