/* sley/combine.h: several promises at the same time.
 *
 * These functions take an array and its length; SLEY_PROMISES(a, b, c) writes both. They consume
 * every promise in the array, and read the array itself only during the call. A promise can appear
 * in it more than once, with a reference for each. Canceling the result cancels every element.
 *
 * A pending result that is dropped and has no callbacks releases its elements, so a long-lived
 * promise can be part of any number of choices. Results of sley_pick and sley_npick stay until an
 * element settles, if the program could see another element being canceled then. A rejection of an
 * element counts as read: if several are rejected, only the one that rejects the result is
 * reported, as in Lwt (sley_result_catch keeps each).
 *
 * A promise made from a long-lived promise stays with it: sley_choose over sley_bind(long_lived, f,
 * ctx) in a loop adds a cell in every turn, as in Lwt, until long_lived settles. To avoid this,
 * choose over sley_keep(long_lived) and bind the choice, or make the bind once before the loop.
 * sley_pick cancels its losers even if others use them: give it sley_protected(sley_keep(p)) of a
 * promise that others need. */
#ifndef SLEY_COMBINE_H
#define SLEY_COMBINE_H

#include <sley/promise.h>

/* An array of promises and its length, as two arguments. Each promise is evaluated once. */
#ifdef __cplusplus
extern "C++" { /* even if the #include is inside extern "C" */
#include <initializer_list>
#include <type_traits>
template <typename... T>
std::integral_constant<size_t, sizeof...(T)> sley__count(const T &...);
}
#define SLEY_PROMISES(...)                                      \
  (std::initializer_list<sley_promise *>{__VA_ARGS__}.begin()), \
      (decltype(sley__count(__VA_ARGS__))::value)
#else
#define SLEY_PROMISES(...)           \
  ((sley_promise *[]){__VA_ARGS__}), \
      (sizeof((sley_promise *[]){__VA_ARGS__}) / sizeof(sley_promise *))
#endif

SLEY_EXTERN_C_BEGIN

/* A list of values: the value of sley_all, sley_both, sley_nchoose and sley_npick. It owns its
 * elements and lends them.
 * Since   0.1 */
typedef struct sley_list sley_list;
SLEY_API extern const sley_type sley_type_list;
/* sley_list_is_in tells whether v is a list, sley_list_in returns it and aborts if v has another type;
 * sley_list_count returns the number of its elements.
 * Owns    the list is lent, and valid as long as v.
 * Since   0.1 */
SLEY_API bool sley_list_is_in(const sley_value *v);
SLEY_API SLEY_SITE sley_list *sley_list_in(const sley_value *v);
SLEY_API size_t sley_list_count(const sley_list *list);
/* Returns an element, counted from 0; an index beyond the last aborts.
 * Owns    the element is lent, and valid as long as the list.
 * Since   0.1 */
SLEY_API SLEY_SITE const sley_value *sley_list_item(const sley_list *list, size_t index);
/* Takes one element by the rule of sley_take: if the list has other readers, the element has them too. Of a list that
 * is itself an element, this is not known: take that list first. A list that sley_signal_lift or sley_signal_lift_s
 * lends gives copies; an element whose type has no dup aborts.
 * Owns    *out is the caller's.
 * Fails   as sley_take.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_list_take_item(sley_list *list, size_t index, sley_value *out);
/* Takes all elements, each by the rule of sley_take, into an array with room for
 * sley_list_count(list), as the functions of sley/list.h consume it.
 *
 *     sley_value values[WANTED];
 *     int code = sley_list_take_all(list, values);
 *     if (code != 0) return sley_fail(sley_error_new(&sley_kind_sley, -code, NULL));
 *     return sley_values_map_n(values, sley_list_count(list), 4, fetch, NULL);
 *
 * Owns    the values are the caller's.
 * Fails   as sley_take; the array is then empty, and elements that were already taken are dropped.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_list_take_all(sley_list *list, sley_value *values);

/* The value of sley_nchoose_split: the values of the promises that are fulfilled, in order, and the
 * promises that are still pending.
 * Owns    the split lends both; call sley_keep to hold a promise.
 * Since   0.1 */
typedef struct sley_split sley_split;
SLEY_API extern const sley_type sley_type_split;
SLEY_API bool sley_split_is_in(const sley_value *v);
SLEY_API SLEY_SITE sley_split *sley_split_in(const sley_value *v);
SLEY_API sley_list *sley_split_values(const sley_split *split);
SLEY_API size_t sley_split_pending_count(const sley_split *split);
SLEY_API sley_promise *sley_split_pending(const sley_split *split, size_t index);

/* Settles when all are settled: fulfilled with unit, or rejected like the first one to be rejected
 * (in array order among those that are already rejected, then in time). Without promises it is
 * fulfilled.
 * Fails   if out of memory, the result is rejected with that, and the elements continue unobserved.
 * Cost    one allocation: 64 bytes and 32 for each element.
 * Lwt     join
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_join(sley_promise *const *ps, size_t n);

/* sley_join with all values, in array order, as a sley_list. sley_both is sley_all of two.
 * Cost    two allocations.
 * Lwt     all, both
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_all(sley_promise *const *ps, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_both(sley_promise *a, sley_promise *b);

/* Settles like the first one to settle. If several are already settled, it takes a rejected one if
 * there is any, at random among equals. The others continue.
 * Fails   the result is rejected with SLEY_EEMPTY if n is 0, and with out of memory, when the
 *         elements continue unobserved.
 * Cost    as sley_join if all are pending; otherwise none.
 * Lwt     choose
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_choose(sley_promise *const *ps, size_t n);

/* sley_choose that cancels all others before its result settles. Dropping a resolver without an
 * answer rejects its promise, which then wins: to give up an element, drop its promise and not its
 * resolver.
 * Fails   as sley_choose.
 * Cost    as sley_choose.
 * Lwt     pick
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pick(sley_promise *const *ps, size_t n);

/* Settle as soon as one is settled: with the values of all that are fulfilled by then, as a
 * sley_list in array order, or with the error of a rejected one. sley_npick also cancels the others
 * first.
 * Fails   as sley_choose.
 * Cost    two allocations.
 * Lwt     nchoose, npick
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_nchoose(sley_promise *const *ps, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_npick(sley_promise *const *ps, size_t n);

/* sley_nchoose with the pending promises beside the values, as a sley_split. As in Lwt, the pending
 * ones are in reverse array order if one was already settled, in array order otherwise.
 * Fails   as sley_choose.
 * Cost    three allocations.
 * Lwt     nchoose_split
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_nchoose_split(sley_promise *const *ps,
                                                                   size_t n);

SLEY_EXTERN_C_END

#include <sley/sites/combine.h>

#endif
