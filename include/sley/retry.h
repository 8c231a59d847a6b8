/* sley/retry.h: retrying what failed and may succeed the next time.
 *
 * Lwt_retry says what to do by variants (`Retry, `Fatal) in a stream of attempts; here an attempt is a promise, its
 * rejection an error, and a function says which errors are fatal. */
#ifndef SLEY_RETRY_H
#define SLEY_RETRY_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

/* How to retry. Members that are 0 or NULL have the defaults named here. */
typedef struct sley_retry_options {
  size_t size;    /* sizeof(sley_retry_options)                                            */
  size_t retries; /* attempts after the first; 0: none, SLEY_RETRY_FOR_EVER: no end        */
  /* Called with the error of each attempt that fails: whether retrying after it is useless, as after SLEY_EINVAL. NULL: no
   * error is fatal but Canceled, which always is. */
  bool (*is_fatal)(void *ctx, const sley_error *e);
  /* Seconds to wait after attempt number n (from 1) failed; NULL: computed from the members below. */
  double (*delay)(void *ctx, size_t n);
  double base;        /* seconds after the first attempt (default 0.1)                     */
  double factor;      /* from one attempt to the next (default 2)                          */
  double most;        /* seconds at most (default 60)                                      */
  bool times_attempt; /* times n as well: with base 4 and most INFINITY Lwt's 4, 16, 48... */
  double jitter;      /* the random part of each delay, from 0 to 1 (default 0)            */
  uint64_t seed;      /* of the random part; 0: drawn anew for every call (simulated: their seed) */
  /* A promise fulfilled after so many seconds; NULL: attempts follow each other without a pause. */
  sley_promise *(*sleep)(void *ctx, double seconds);
  void *ctx;          /* of the functions above                                            */
  sley_drop_fn *drop; /* called with ctx when the retry has ended; NULL: none              */
} sley_retry_options;
#define SLEY_RETRY_FOR_EVER SIZE_MAX

/* Calls attempt again after each failure. It ends when an attempt's promise is fulfilled, when an error is fatal, and when the
 * retries are used up. Canceling the result cancels the attempt or the sleep under way. Attempts that fail are not
 * reported: is_fatal hears each error.
 * Owns    copies options (NULL: all defaults, no retries) and consumes their ctx; drop(ctx) is called when the
 *         retry has ended.
 * Fails   rejected with the last attempt's error; after several attempts, wrapped with their number:
 *         sley_error_is finds the error as before, but it is no longer the same pointer as, for example,
 *         sley_error_timeout(). Canceled stays Canceled.
 * Cost    one allocation, and two for each attempt that fails.
 * Lwt     Lwt_retry.on_error, with_sleep, n_times
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_retry(const sley_retry_options *options,
                                                           sley_start_fn *attempt, void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/retry.h>

#endif
