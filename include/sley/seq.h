/* sley/seq.h: lazy sequences of promised elements. Nothing runs until an element is requested, and nothing is
 * remembered: walking a sequence again computes it again.
 *
 * A sequence is counted, like a promise. Functions that make a sequence of others consume them, and so do those
 * that walk one (iter, fold, to_list); sley_seq_keep makes another reference. They never return NULL: without
 * memory they return a sequence whose first element is rejected. drop(ctx) of a function that transforms is
 * called when no part of the sequence is left. Values in a sequence (return, cons, from_values) are copied at
 * each request if their type can; others move at the first one. A predicate's promise is fulfilled with a scalar, 0 for
 * false. */
#ifndef SLEY_SEQ_H
#define SLEY_SEQ_H

#include <sley/list.h>

SLEY_EXTERN_C_BEGIN

/* A lazy sequence; counted; belongs to its domain. */
typedef struct sley_seq sley_seq;

/* Adds a reference; drops one (NULL is allowed).
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_keep(sley_seq *seq);
SLEY_API void sley_seq_drop(sley_seq *seq);

/* Requests the first element: fulfilled with sley_none() at the end, else with a value of type sley_type_cons,
 * which lends the element and the rest of the sequence.
 * Owns    borrows seq.
 * Lwt     calling a Lwt_seq.t
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_next(sley_seq *seq);
SLEY_API extern const sley_type sley_type_cons;
SLEY_API sley_value *sley_seq_head(const sley_value *cons);
SLEY_API sley_seq *sley_seq_tail(const sley_value *cons);

/* Makes a sequence of your own: next returns a promise of what sley_seq_next returns, made with sley_seq_new_cons.
 * Owns    drop(ctx) is called when the sequence goes. sley_seq_new_cons consumes head and tail.
 * Fails   sley_seq_new_cons: an error, owned: out of memory; *out is unit then.
 * Lwt     Lwt_seq.of_seq_lwt: a sequence of promises is one whose next binds them
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_new(sley_start_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_NODISCARD sley_error *sley_seq_new_cons(sley_value head, sley_seq *tail,
                                                      sley_value *out);

/* No elements; one element; one before others; an element that is promised (p is consumed).
 * Lwt     Lwt_seq.empty, return, cons, return_lwt, cons_lwt
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_empty(void);
SLEY_API sley_seq *sley_seq_return(sley_value v);
SLEY_API sley_seq *sley_seq_cons(sley_value v, sley_seq *rest);
SLEY_API sley_seq *sley_seq_return_promise(sley_promise *p);
SLEY_API sley_seq *sley_seq_cons_promise(sley_promise *p, sley_seq *rest);

/* The elements of an array; the values are consumed.
 * Lwt     Lwt_seq.of_list
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_from_values(const sley_value *values, size_t n);

/* Steps from state to state: f is lent the state and fills in element and the next state, or leaves element
 * sley_none() at the end. The _promise form promises a sley_list of both, or sley_none().
 * Owns    consumes state.
 * Lwt     Lwt_seq.unfold, of_seq, unfold_lwt
 * Since   0.1 */
typedef sley_error *sley_unfold_fn(void *ctx, sley_value *state, sley_value *element,
                                   sley_value *next);
SLEY_API sley_seq *sley_seq_unfold(sley_value state, sley_unfold_fn *f, void *ctx,
                                   sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_unfold_promise(sley_value state, sley_bind_fn *f, void *ctx,
                                           sley_drop_fn *SLEY_OPTIONAL(drop));

/* first, then second, which is not asked before first ends.
 * Lwt     Lwt_seq.append
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_append(sley_seq *first, sley_seq *second);

/* What f makes of each element; the elements for which the predicate holds; what f makes of each, without
 * sley_none(). A request skips the elements left out in a loop.
 * Lwt     Lwt_seq.map, map_s, filter, filter_s, filter_map, filter_map_s
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_map(sley_seq *seq, sley_map_fn *f, void *ctx,
                                sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_map_s(sley_seq *seq, sley_bind_fn *f, void *ctx,
                                  sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_filter(sley_seq *seq, sley_test_fn *test, void *ctx,
                                   sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_filter_s(sley_seq *seq, sley_bind_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_filter_map(sley_seq *seq, sley_map_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_filter_map_s(sley_seq *seq, sley_bind_fn *f, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));

/* The elements of the sequences that f makes of each element, one sequence after the other.
 * Lwt     Lwt_seq.flat_map
 * Since   0.1 */
typedef sley_seq *sley_seq_fn(void *ctx, sley_value *v);
SLEY_API sley_seq *sley_seq_flat_map(sley_seq *seq, sley_seq_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));

/* Walk a sequence. The folds are fulfilled with the last accumulator, the others with unit or the list.
 * Owns    consumes seq and accumulator.
 * Cost    two allocations; a settled sequence of any length takes no stack.
 * Lwt     Lwt_seq.fold_left, fold_left_s, iter, iter_s, to_list
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_fold_left(
    sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_fold_left_s(
    sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_iter(sley_seq *seq, sley_visit_fn *f,
                                                              void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_iter_s(sley_seq *seq, sley_bind_fn *f,
                                                                void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_to_list(sley_seq *seq);

/* Calls f for each element as soon as it arrives, and at the end waits for all promises; _n has at most `bound`
 * of them pending, and requests the next element when there is room. As in Lwt, a rejection is noticed when
 * there is no room, or at the end.
 * Fails   rejected with SLEY_EINVAL if bound is 0.
 * Lwt     Lwt_seq.iter_p, iter_n
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_iter_p(sley_seq *seq, sley_bind_fn *f,
                                                                void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_seq_iter_n(sley_seq *seq, size_t bound,
                                                                sley_bind_fn *f, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/seq.h>

#endif
