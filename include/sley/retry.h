/* sley/retry.h: the same again, when it failed and may not fail the next time.
 *
 * Lwt_retry tells what to do by variants (`Retry, `Fatal) in a stream of attempts; here an attempt is a
 * promise, its rejection an error, and a function says which errors are fatal. */
#ifndef SLEY_RETRY_H
#define SLEY_RETRY_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

/* How to try again. Members that are 0 or NULL have the defaults named here. */
typedef struct sley_retry_options {
  size_t size; /* sizeof(sley_retry_options) */
  /* Further attempts after the first; 0: none, SLEY_RETRY_FOR_EVER: no end. */
  size_t retries;
  /* Whether an error is no use trying again after; NULL: no error but Canceled, which always is. */
  bool (*is_fatal)(void *ctx, const sley_error *e);
  /* Seconds to wait after attempt number n (from 1) failed; NULL: from the members below. */
  double (*delay)(void *ctx, size_t n);
  double base;   /* seconds after the first attempt (default 0.1)                     */
  double factor; /* from one attempt to the next (default 2)                          */
  double most;   /* seconds at most (default 60)                                      */
  bool
      times_attempt; /* that, times n; with base 4 and most INFINITY Lwt's delays: 4, 16, 48, ... */
  double jitter;     /* the part of each delay that is random, from 0 to 1 (default 0)    */
  uint64_t
      seed; /* of the random part, for the same delays in every run; 0: one is drawn, which differs from
                    call to call and from process to process (in simulated domains by their seed only) */
  /* A promise fulfilled so many seconds later; NULL: attempts follow each other at once. */
  sley_promise *(*sleep)(void *ctx, double seconds);
  void *ctx;          /* for the functions above                             */
  sley_drop_fn *drop; /* called with ctx when the retry is over; NULL: none  */
} sley_retry_options;
#define SLEY_RETRY_FOR_EVER SIZE_MAX

/* Calls attempt until its promise is fulfilled, it fails fatally, or the retries are used up. Cancelling
 * the result cancels the attempt or the sleep under way.
 * Owns    copies options (NULL: all defaults, no retries); both ctx are borrowed until the result is settled.
 * Fails   rejected with the last attempt's error; where there was more than one, with the number of
 *         attempts around it: sley_error_is finds what it found before, but it is no longer the same
 *         pointer as, say, sley_error_timeout(). Canceled stays Canceled.
 * Cost    one allocation, and two an attempt that fails.
 * Lwt     Lwt_retry.on_error, with_sleep, n_times
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_retry(const sley_retry_options *options,
                                                           sley_start_fn *attempt, void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/retry.h>

#endif
