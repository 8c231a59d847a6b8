/* sley/list.h: a promise for each element of an array, one after the other or all at once.
 *
 * The rules of all functions here:
 *   - Elements are an array of values and its length; SLEY_VALUES(a, b, c) writes both. The values are
 *     consumed, on failure too; the array itself is only read during the call. The elements of a
 *     sley_list, such as sley_all gives, come into an array with sley_list_take_all.
 *   - The callback is lent an element until it returns, and may take it with sley_take, unless the
 *     result is made of elements (find, filter, partition): there sley_take copies where the type can,
 *     and otherwise leaves the result a moved-out value. It returns a promise, never NULL.
 *   - _s: serial. The next call comes when the promise before is fulfilled; the first rejection ends
 *     it. Cancelling the result cancels the element under way. On settled promises this is a loop: a
 *     list of any length takes no stack.
 *   - _p: concurrent. All calls are made at once, in order. As in Lwt, iter waits for all and is
 *     rejected like the last of those rejected at once, else like the first in time; cancelling it
 *     cancels all. The others wait for the last element first, so that its rejection ends them at
 *     once, and the first one's is noticed after all others; cancelling cancels the one waited for.
 *   - _n: at most so many calls under way; Lwt's users write these by hand. The first rejection stops
 *     further calls, and is the result when those under way are settled. Cancelling cancels them.
 *   - ctx is borrowed until the result is settled (by _p, until the function returns): give it to
 *     sley_attach with the result where it is to be freed then.
 *   - A predicate's promise is fulfilled with a scalar, 0 for false: sley_bool. Other values abort.
 *   - Out of memory is a rejected promise; where the operation's own memory is missing, no callback
 *     was called. */
#ifndef SLEY_LIST_H
#define SLEY_LIST_H

#include <sley/combine.h>

/* An array of values and its length, as two arguments. Each value is evaluated once. */
#ifdef __cplusplus
#define SLEY_VALUES(...)                                    \
  (std::initializer_list<sley_value>{__VA_ARGS__}.begin()), \
      (decltype(sley__count(__VA_ARGS__))::value)
#else
#define SLEY_VALUES(...)               \
  ((const sley_value[]){__VA_ARGS__}), \
      (sizeof((const sley_value[]){__VA_ARGS__}) / sizeof(sley_value))
#endif

SLEY_EXTERN_C_BEGIN

/* A callback with the element's place, from 0. */
typedef sley_promise *sley_index_fn(void *ctx, size_t index, sley_value *v);

/* A value of type sley_type_list with these elements.
 * Owns    consumes the values.
 * Fails   an error, owned: out of memory; *out is unit then.
 * Cost    one allocation.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_list_new(const sley_value *values, size_t n,
                                                  sley_value *out);

/* Acts on each element; what the promises give is dropped. Fulfilled with unit.
 * Cost    _s: two allocations; _p: those of sley_join.
 * Lwt     Lwt_list.iter_s, iteri_s, iter_p, iteri_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iter_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iteri_s(
    const sley_value *values, size_t n, sley_index_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iter_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iteri_p(
    const sley_value *values, size_t n, sley_index_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
/* The same with at most bound calls under way.
 * Fails   bound is 0: rejected with SLEY_EINVAL.
 * Cost    three allocations, and one a call that may be under way.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iter_n(
    const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* What the promises give, as a sley_list in the elements' order; rev_map: reversed.
 * Cost    two allocations; rev_map_p two more an element that is pending.
 * Lwt     Lwt_list.map_s, mapi_s, rev_map_s, map_p, mapi_p, rev_map_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_map_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_mapi_s(
    const sley_value *values, size_t n, sley_index_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_rev_map_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_map_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_mapi_p(
    const sley_value *values, size_t n, sley_index_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_rev_map_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
/* The same with at most bound calls under way.
 * Fails   bound is 0: rejected with SLEY_EINVAL.
 * Cost    five allocations, and one a call that may be under way.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_map_n(
    const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Carries a value along: f is lent it, and its promise gives the next. fold_right begins with the last
 * element. The result is the last value.
 * Owns    consumes accumulator; f may take it.
 * Cost    two allocations.
 * Lwt     Lwt_list.fold_left_s, fold_right_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_fold_left_s(
    const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_fold_right_s(
    const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Whether the predicate holds for all, or for one; the serial forms stop when that is known.
 * Fulfilled with 0 or 1.
 * Cost    two allocations.
 * Lwt     Lwt_list.for_all_s, for_all_p, exists_s, exists_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_for_all_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_for_all_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_exists_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_exists_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* The first element for which the predicate holds.
 * Fails   rejected with SLEY_ENOTFOUND if there is none.
 * Cost    two allocations.
 * Lwt     Lwt_list.find_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_find_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* The elements for which the predicate holds, in order, as a sley_list.
 * Cost    two allocations; _p one more for each predicate that is pending, as in partition.
 * Lwt     Lwt_list.filter_s, filter_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_filter_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_filter_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* What the promises give and is not sley_none(), in order, as a sley_list.
 * Cost    two allocations.
 * Lwt     Lwt_list.filter_map_s, filter_map_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_filter_map_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_filter_map_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Both kinds of elements: a sley_list of two sley_lists, those for which the predicate holds and the
 * others, each in order.
 * Cost    four allocations.
 * Lwt     Lwt_list.partition_s, partition_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_partition_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_partition_p(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/list.h>

#endif
