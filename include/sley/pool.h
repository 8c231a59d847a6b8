/* sley/pool.h: a bounded number of things that are expensive to make, each lent to one user at a time:
 * connections, buffers, processes. */
#ifndef SLEY_POOL_H
#define SLEY_POOL_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_pool sley_pool; /* belongs to its domain */

/* What a pool is made of. Members are values; functions are lent them and may not take them out. */
typedef struct sley_pool_options {
  size_t size;           /* sizeof(sley_pool_options)                                             */
  size_t max;            /* members at most                                                       */
  sley_start_fn *create; /* makes a member; called when one is asked for and none is free         */
  /* Whether a member that was used before may be used again: a promise of a scalar, 0 is no. One
   * that may not is disposed of and a new one made. NULL: always. */
  sley_bind_fn *validate;
  /* Whether a member is still good after a use that was rejected; one that is not is disposed of. NULL:
   * it is good. */
  sley_test_fn *check;
  /* Ends a member; the value is dropped afterwards. NULL: it is only dropped. */
  sley_bind_fn *dispose;
  void *ctx;          /* of all four                                                              */
  sley_drop_fn *drop; /* frees ctx when the pool's last member is gone; NULL: nothing to free     */
} sley_pool_options;

/* A pool without members.
 * Owns    copies *options and consumes its ctx; *out is the caller's: sley_pool_drop.
 * Fails   an error, owned: out of memory; SLEY_EINVAL if there is no create. *out is NULL then.
 * Lwt     Lwt_pool.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_pool_new(const sley_pool_options *options,
                                                  sley_pool **out);
/* One more handle, one less; NULL may be dropped. With the last handle those who wait are rejected with
 * sley_error_abandoned(), free members are disposed of, and those in use when their use is over. What
 * disposing is rejected with goes to the async hook.
 * Since   0.1 */
SLEY_API sley_pool *sley_pool_keep(sley_pool *pool);
SLEY_API void sley_pool_drop(sley_pool *pool);

/* Calls f with a member: one that is free, or a new one while there are fewer than the maximum, or the
 * next that becomes free, in the order of asking. Gives what f's promise gives; the member is free
 * again by then. Cancelling reaches the waiting, validating, making or disposing, then f's promise; the
 * pool loses no place by it, not even where dispose is cancelled: the member counts as disposed of then.
 * Owns    the member is lent to f until the promise that f returned is settled. drop(ctx)
 *         is called after f returns, or as soon as f is certain not to run.
 * Fails   with what create, validate, check, dispose or f is rejected with; with out of memory: f
 *         never ran then. As in Lwt, a member whose making fails or is cancelled, or which is disposed of
 *         after use, wakes nobody: those who wait go on waiting, until a use ends well, though a new
 *         member could be made for them; a failing check or dispose costs the pool one place for good.
 * Cost    three or four allocations.
 * Lwt     Lwt_pool.use
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pool_use(sley_pool *pool, sley_bind_fn *f,
                                                              void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

/* Disposes of the free members, one after the other, the last freed first; and of those in use when
 * their use is over. Members made later are not concerned. Cancelling it reaches the disposal under way;
 * the remaining members are then all disposed of at once, and errors go to the async hook.
 * Fails   with the first error of dispose: the remaining members are dropped without it then, and
 *         their places are lost, as in Lwt.
 * Lwt     Lwt_pool.clear
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pool_clear(sley_pool *pool);

/* How many uses wait for a member.
 * Cost    O(uses that wait).
 * Lwt     Lwt_pool.wait_queue_length
 * Since   0.1 */
SLEY_API size_t sley_pool_waiters(const sley_pool *pool);

SLEY_EXTERN_C_END

#include <sley/sites/pool.h>

#endif
