/* sley/combine.h: several promises at once.
 *
 * All of these take an array and its length; SLEY_PROMISES(a, b, c) writes both. They consume every
 * promise of the array and only read the array during the call. The same promise may stand in it
 * more than once, with a reference for each. Cancelling the result cancels every element.
 *
 * A pending result that is dropped and that no callback follows lets its elements go at once, so a
 * promise that lives long may stand in any number of choices. sley_pick and sley_npick stay, until an
 * element settles, where one could be seen to be cancelled then. A rejection of an element counts as
 * received: of several only the one that rejects the result is heard of, as in Lwt (sley_result_catch keeps each).
 *
 * What is made of such a promise stays with it: sley_choose over sley_bind(long_lived, f, ctx) in a loop leaves
 * a cell behind with every turn, as in Lwt, until long_lived settles. The form that stays flat chooses over
 * the promise itself, sley_keep(long_lived), and binds the choice; or makes the bind once, before the loop.
 * sley_pick cancels its losers, shared ones too: give it sley_protected(sley_keep(p)) of what others need. */
#ifndef SLEY_COMBINE_H
#define SLEY_COMBINE_H

#include <sley/promise.h>

/* An array of promises and its length, as two arguments. Each promise is evaluated once. */
#ifdef __cplusplus
extern "C++" { /* whatever stands around the #include */
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

/* Several values as one: the value of sley_all, sley_both, sley_nchoose and sley_npick points to a
 * sley_list (its type is sley_type_list). The list lends its elements.
 * Since   0.1 */
typedef struct sley_list sley_list;
SLEY_API extern const sley_type sley_type_list;
/* The list in v; any other type aborts. Lent: valid as long as v.
 * Since   0.1 */
SLEY_API sley_list *sley_list_in(const sley_value *v);
SLEY_API sley_list *sley_list_in_at(const char *site, const sley_value *v);
SLEY_API size_t sley_list_count(const sley_list *list);
/* Element number at, from 0; a number past the end aborts. Lent: valid as long as the list.
 * Since   0.1 */
SLEY_API const sley_value *sley_list_item(const sley_list *list, size_t at);
SLEY_API const sley_value *sley_list_item_at(const char *site, const sley_list *list, size_t at);
/* Takes one element by the rule of sley_take.
 * Fails   as sley_take.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_list_take(sley_list *list, size_t at, sley_value *out);
/* Takes all elements, each by the rule of sley_take, into an array with room for sley_list_count(list): what
 * the functions of sley/list.h consume.
 *
 *     sley_value values[WANTED];
 *     int code = sley_list_take_all(list, values);
 *     if (code != 0) return sley_fail(sley_error_new(&sley_kind_sley, -code, NULL));
 *     return sley_values_map_n(values, sley_list_count(list), 4, fetch, NULL);
 *
 * Owns    the values are the caller's.
 * Fails   as sley_take; nothing is in the array then, and what had been taken is dropped.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_list_take_all(sley_list *list, sley_value *values);

/* What sley_nchoose_split gives (type sley_type_split): the values that are there, in order, and the
 * promises still pending. The split lends both; sley_keep a promise to have it.
 * Since   0.1 */
typedef struct sley_split sley_split;
SLEY_API extern const sley_type sley_type_split;
SLEY_API sley_split *sley_split_in(const sley_value *v);
SLEY_API sley_split *sley_split_in_at(const char *site, const sley_value *v);
SLEY_API sley_list *sley_split_values(const sley_split *split);
SLEY_API size_t sley_split_pending_count(const sley_split *split);
SLEY_API sley_promise *sley_split_pending(const sley_split *split, size_t at);

/* Settles when all are settled: fulfilled with unit, or rejected like the first to be rejected (in
 * array order among those rejected already, then in time). No promises: fulfilled.
 * Fails   out of memory: rejected; the elements go on unwatched.
 * Cost    one allocation, 64 bytes and 32 an element.
 * Lwt     join
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_join(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_join_at(const char *site, sley_promise *const *ps,
                                                   size_t n);

/* As sley_join, with all values in array order as a sley_list. sley_both is sley_all of two.
 * Cost    two allocations.
 * Lwt     all, both
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_all(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_all_at(const char *site, sley_promise *const *ps,
                                                  size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_both(sley_promise *a, sley_promise *b);
SLEY_API SLEY_NODISCARD sley_promise *sley_both_at(const char *site, sley_promise *a,
                                                   sley_promise *b);

/* Settles like the first to settle. If some are settled already, one of them: a rejected one if
 * there is any, at random among several. The others go on.
 * Fails   n is 0: rejected with SLEY_EEMPTY; out of memory: rejected, the elements go on unwatched.
 * Cost    as sley_join, where all are pending; else none.
 * Lwt     choose
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_choose(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_choose_at(const char *site, sley_promise *const *ps,
                                                     size_t n);

/* As sley_choose, and cancels all others before the result settles. A resolver that is dropped
 * unanswered rejects its promise and so wins: drop a loser's promise, not its resolver.
 * Fails   as sley_choose; so do the three below.
 * Cost    as sley_choose.
 * Lwt     pick
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_pick(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_pick_at(const char *site, sley_promise *const *ps,
                                                   size_t n);

/* As soon as one is settled: the values of all that are fulfilled then, as a sley_list in array
 * order, or the error of a rejected one. sley_npick also cancels the others first.
 * Cost    two allocations.
 * Lwt     nchoose, npick
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose_at(const char *site, sley_promise *const *ps,
                                                      size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_npick(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_npick_at(const char *site, sley_promise *const *ps,
                                                    size_t n);

/* As sley_nchoose, with the promises still pending beside the values, as a sley_split: in reverse
 * array order when decided at once, in array order when decided later, as in Lwt.
 * Cost    three allocations.
 * Lwt     nchoose_split
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose_split(sley_promise *const *ps, size_t n);
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose_split_at(const char *site,
                                                            sley_promise *const *ps, size_t n);

#define sley_list_in(...) sley_list_in_at(SLEY_HERE, __VA_ARGS__)
#define sley_list_item(...) sley_list_item_at(SLEY_HERE, __VA_ARGS__)
#define sley_split_in(...) sley_split_in_at(SLEY_HERE, __VA_ARGS__)
#define sley_join(...) sley_join_at(SLEY_HERE, __VA_ARGS__)
#define sley_all(...) sley_all_at(SLEY_HERE, __VA_ARGS__)
#define sley_both(...) sley_both_at(SLEY_HERE, __VA_ARGS__)
#define sley_choose(...) sley_choose_at(SLEY_HERE, __VA_ARGS__)
#define sley_pick(...) sley_pick_at(SLEY_HERE, __VA_ARGS__)
#define sley_nchoose(...) sley_nchoose_at(SLEY_HERE, __VA_ARGS__)
#define sley_npick(...) sley_npick_at(SLEY_HERE, __VA_ARGS__)
#define sley_nchoose_split(...) sley_nchoose_split_at(SLEY_HERE, __VA_ARGS__)

SLEY_EXTERN_C_END

#endif
