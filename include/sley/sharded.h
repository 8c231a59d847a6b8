/* sley/sharded.h: one instance of an object in each of several domains, made, used and destroyed there, and one
 * handle to all of them. The instances share nothing: no lock, no promise; they are reached by calls. */
#ifndef SLEY_SHARDED_H
#define SLEY_SHARDED_H

#include <sley/domain.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_sharded sley_sharded; /* counted; any thread */

/* The type of values that own a handle: cross domains, duplicated by keep.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_sharded;

/* Makes instance number index, in its domain: a promise of a value that owns it. The drop of the value's type
 * destroys it there; it needs no send. arg is lent until the promise is settled. */
typedef sley_promise *sley_shard_make_fn(sley_value *arg, size_t index);
/* Uses an instance, in its domain: object is what its value points to. */
typedef sley_promise *sley_shard_fn(void *object, sley_value *arg);
/* Makes *left of *left and *right, both lent; NULL, or an owned error. */
typedef sley_error *sley_shard_combine_fn(sley_value *left, sley_value *right);

/* Makes an instance in each of n domains, with a duplicate of arg: a value of sley_type_sharded.
 * Owns    keeps the domains; consumes arg, which must have dup unless n is 1.
 * Fails   as sley_call, or with the first error of make: instances that were made are destroyed; SLEY_EINVAL for
 *         no domains, or one named twice.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_new(sley_domain *const *domains,
                                                                 size_t n, sley_shard_make_fn *make,
                                                                 sley_value arg);
/* One more handle, one less; values that own a handle: to_value consumes it, in lends it, take moves it out as
 * sley_take does. Dropping the last handle leaves the instances until their domains end; sley_sharded_stop
 * destroys them before.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_sharded *sley_sharded_keep(sley_sharded *sharded);
SLEY_API void sley_sharded_drop(sley_sharded *sharded);
SLEY_API sley_value sley_sharded_to_value(sley_sharded *sharded);
SLEY_API sley_sharded *sley_sharded_in(const sley_value *v);
SLEY_API bool sley_sharded_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_sharded *sley_sharded_take(sley_value *v);
/* Destroys every instance in its domain once the calls it serves are answered; later calls are rejected with
 * sley_error_closed(). An instance whose domain ends first is destroyed then. A second call settles as the
 * first.
 * Fails   rejected if a domain could not be reached for another reason than that it has ended.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_stop(sley_sharded *sharded);

/* The number of instances; the domain of one, lent; the index of the one that a key belongs to, which is the same
 * for the same bytes and count in every run.
 * Thread  any.
 * Since   0.1 */
SLEY_API size_t sley_sharded_count(const sley_sharded *sharded);
SLEY_API sley_domain *sley_sharded_domain(const sley_sharded *sharded, size_t index);
SLEY_API size_t sley_sharded_route(const sley_sharded *sharded, const void *key, size_t bytes);
/* The instance of the current domain, lent, or NULL: to use it without a call.
 * Since   0.1 */
SLEY_API void *sley_sharded_local(const sley_sharded *sharded);

/* Call f(instance, arg) in the domain of instance index (one past the end aborts); on the instance that key
 * belongs to; on all, with a duplicate of arg each, giving all results as a sley_list; on all, giving the results
 * combined in the order of the instances.
 * Owns    consume arg.
 * Fails   as sley_call and sley_call_all; SLEY_ECLOSED after sley_sharded_stop.
 * Cost    as sley_call.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_call(sley_sharded *sharded,
                                                                  size_t index, sley_shard_fn *f,
                                                                  sley_value arg);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_call_key(sley_sharded *sharded,
                                                                      const void *key, size_t bytes,
                                                                      sley_shard_fn *f,
                                                                      sley_value arg);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_call_all(sley_sharded *sharded,
                                                                      sley_shard_fn *f,
                                                                      sley_value arg);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_map_reduce(
    sley_sharded *sharded, sley_shard_fn *f, sley_value arg, sley_shard_combine_fn *combine);
/* sley_sharded_call_all that reports every call, as sley_call_all_settled does: a sley_list of results
 * (sley/result.h) in the order of the instances; those of domains that have ended are errors (SLEY_EGONE).
 * Owns    consumes arg.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sharded_call_all_settled(sley_sharded *sharded,
                                                                              sley_shard_fn *f,
                                                                              sley_value arg);

SLEY_EXTERN_C_END

#include <sley/sites/sharded.h>

#endif
