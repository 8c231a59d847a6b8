/* sley/throttle.h: limits of how often something is done, for each of any number of keys, such as the requests of each
 * peer: a token bucket per key. */
#ifndef SLEY_THROTTLE_H
#define SLEY_THROTTLE_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_throttle sley_throttle; /* belongs to its domain */

typedef struct sley_throttle_options {
  size_t size;  /* sizeof(sley_throttle_options)                                              */
  double rate;  /* so many a second, for each key                                             */
  double burst; /* so many at once, if there were fewer before; 0: rate, or 1 if that is less */
  size_t most;  /* so many wait, of all keys together; 0: none waits                          */
} sley_throttle_options;

/* Makes a throttle. In any span of t seconds, at most burst + rate * t calls of sley_throttle_wait go for one key. Keys
 * whose burst is whole again take no memory.
 * Owns    copies options. *out is the caller's: sley_throttle_drop.
 * Fails   SLEY_EINVAL if rate is not positive and finite, or burst is less than 1 or not finite; out of memory; an error
 *         of kind errno if the loop cannot be made; *out is NULL then.
 * Lwt     Lwt_throttle.Make.create; there twice the rate can go within a second
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_throttle_new(const sley_throttle_options *options,
                                                      sley_throttle **out);
/* Drops a throttle. Who waits is rejected with sley_error_closed(). NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_throttle_drop(sley_throttle *throttle);

/* Fulfilled with true when it is the caller's turn for this key, and immediately with false if too many wait already. For
 * each key it is first come, first served. Canceling the promise gives the turn to the next one.
 * Owns    copies the key, size bytes of any content.
 * Fails   rejected with out of memory, or sley_error_closed() if the throttle is dropped.
 * Cost    one allocation for a key that has none, one of 128 bytes for a promise that waits.
 * Lwt     Lwt_throttle.Make.wait; there a canceled waiter uses up its turn
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_throttle_wait(sley_throttle *throttle,
                                                                   const void *key, size_t size);

SLEY_EXTERN_C_END

#include <sley/sites/throttle.h>

#endif
