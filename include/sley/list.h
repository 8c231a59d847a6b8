/* sley/list.h: one promise for each element of an array, one after the other or all at the same time.
 *
 * Rules of all functions here:
 *   - Elements are an array of values and its length; SLEY_VALUES(a, b, c) writes both. The values are
 *     consumed, also on failure; the array itself is only read during the call. sley_list_take_all moves the
 *     elements of a sley_list, such as sley_all's result, into an array.
 *   - The callback is lent an element until it returns, and can take it with sley_take, unless the result
 *     consists of elements (find, filter, partition): there sley_take copies if the type can, and otherwise
 *     leaves a moved-out value in the result. The callback returns a promise, never NULL.
 *   - _s: serial. Each call waits until the promise before it is fulfilled; the first rejection ends the
 *     walk. Canceling the result cancels the element under way. On settled promises this is a loop: a list of
 *     any length takes no stack.
 *   - _p: concurrent. All calls are made immediately, in order. As in Lwt, iter waits for all promises, and is
 *     rejected like the last of those rejected already, else like the first in time; canceling it cancels all.
 *     The other functions wait for the last element first: its rejection ends them immediately, and that of the
 *     first element is noticed after all others; canceling cancels the promise waited for.
 *   - _n: at most `bound` calls under way; Lwt has no such function. The first rejection prevents further
 *     calls and is the result once the calls under way are settled. Canceling cancels these.
 *   - drop(ctx) is called once the result is settled: no call of f is possible then.
 *   - A predicate's promise is fulfilled with a scalar, 0 for false: sley_bool. Other values abort.
 *   - Out of memory is a rejected promise; if the operation itself finds no memory, no callback was called. */
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

/* A callback that also receives the element's index, from 0. */
typedef sley_promise *sley_index_fn(void *ctx, size_t index, sley_value *v);

/* Makes a value of type sley_type_list with these elements.
 * Owns    consumes the values.
 * Fails   an error, owned: out of memory; *out is unit then.
 * Cost    one allocation.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_list_new(const sley_value *values, size_t n,
                                                  sley_value *out);

/* Calls f for each element and drops the values of its promises. Fulfilled with unit.
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
/* sley_values_iter_p with at most `bound` calls under way.
 * Fails   rejected with SLEY_EINVAL if bound is 0.
 * Cost    three allocations, and one for each call that can be under way.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_iter_n(
    const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* The values of f's promises, as a sley_list in the order of the elements; rev_map: in reverse.
 * Cost    two allocations; rev_map_p two more for each pending element.
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
/* sley_values_map_p with at most `bound` calls under way.
 * Fails   rejected with SLEY_EINVAL if bound is 0.
 * Cost    five allocations, and one for each call that can be under way.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_map_n(
    const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Folds the elements: f is lent the accumulator, and its promise is fulfilled with the next one. fold_right begins with
 * the last element. Fulfilled with the last accumulator.
 * Owns    consumes accumulator; f can take it.
 * Cost    two allocations.
 * Lwt     Lwt_list.fold_left_s, fold_right_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_fold_left_s(
    const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_fold_right_s(
    const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Whether the predicate holds for all elements, or for one of them: fulfilled with 0 or 1. The serial forms stop
 * as soon as that is known.
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
 * Fails   rejected with SLEY_ENOTFOUND if it holds for none.
 * Cost    two allocations.
 * Lwt     Lwt_list.find_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_values_find_s(
    const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* The elements for which the predicate holds, in order, as a sley_list.
 * Cost    two allocations; _p one more for each pending predicate.
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

/* A sley_list of two sley_lists: the elements for which the predicate holds, and the others, each in order.
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
