/* sley/pool.h: a bounded number of resources that are expensive to make, such as connections, buffers or
 * processes, each lent to one user at a time. */
#ifndef SLEY_POOL_H
#define SLEY_POOL_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_pool sley_pool; /* belongs to its domain */

/* How members are made and ended. Members are values; the functions are lent them and must not take them out. */
typedef struct sley_pool_options {
  size_t size;           /* sizeof(sley_pool_options)                                             */
  size_t max;            /* members at most; 0: there are none, so every sley_pool_use waits until
                            it is canceled or the last handle goes, as in Lwt                     */
  sley_start_fn *create; /* makes a member; called when one is needed and none is free            */
  /* Whether a used member can be used again: a promise of a scalar, 0 for no. If not, it is disposed of and a new
   * one is made. NULL: always. */
  sley_bind_fn *validate;
  /* Whether a member is still good after a use that was rejected; if not, it is disposed of. NULL: it is good. */
  sley_test_fn *check;
  /* Ends a member; the value is dropped afterwards. NULL: it is only dropped. */
  sley_bind_fn *dispose;
  void *ctx;          /* of all four                                                              */
  sley_drop_fn *drop; /* called with ctx when the pool's last member is gone; NULL: none          */
} sley_pool_options;

/* Makes a pool without members.
 * Owns    copies *options and consumes its ctx; *out is the caller's: sley_pool_drop.
 * Fails   an error, owned: out of memory; SLEY_EINVAL without create. *out is NULL then.
 * Lwt     Lwt_pool.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_pool_new(const sley_pool_options *options,
                                                  sley_pool **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle rejects every waiter with
 * sley_error_abandoned() and disposes of the free members immediately, of the others when their use ends. If
 * disposing fails, the error goes to the async hook.
 * Since   0.1 */
SLEY_API sley_pool *sley_pool_keep(sley_pool *pool);
SLEY_API void sley_pool_drop(sley_pool *pool);

/* Calls f with a member: a free one, else a new one while the pool has fewer than max, else the next one that
 * becomes free, in order of request. The result is that of f's promise; the member is free again by then.
 * Canceling reaches the waiting, validating, making or disposing under way, then f's promise. It never costs
 * the pool a place: if dispose is canceled, the member counts as disposed of.
 * Owns    the member is lent to f until f's promise is settled. drop(ctx) is called after f returns, or as soon
 *         as f is certain not to run.
 * Fails   with the error of create, validate, check, dispose or f; with out of memory, when f never ran. As in
 *         Lwt, a member that could not be made, whose making was canceled, or that is disposed of after use,
 *         wakes no waiter: waiters stay until a use ends well, although a member could be made for them; a
 *         failing check or dispose costs the pool one place for good.
 * Cost    three or four allocations.
 * Lwt     Lwt_pool.use
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pool_use(sley_pool *pool, sley_bind_fn *f,
                                                              void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* Disposes of the free members one after the other, the last freed first, and of the others when their use
 * ends. Members made later are unaffected. Canceling reaches the disposal under way; the remaining members are then
 * disposed of all together, and errors go to the async hook.
 * Fails   with the first error of dispose: the remaining members are then dropped without dispose, and their
 *         places are lost, as in Lwt.
 * Lwt     Lwt_pool.clear
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pool_clear(sley_pool *pool);

/* How many uses wait for a member.
 * Cost    O(waiting uses).
 * Lwt     Lwt_pool.wait_queue_length
 * Since   0.1 */
SLEY_API size_t sley_pool_waiters(const sley_pool *pool);

SLEY_EXTERN_C_END

#include <sley/sites/pool.h>

#endif
