/* sley/seq.h: lazy sequences whose elements are promised. Nothing runs until an element is asked for,
 * and nothing is remembered: going through a sequence again computes it again.
 *
 * A sequence is counted, like a promise: functions that give a sequence consume the sequences they take,
 * those that go through one (iter, fold, to_list) too; sley_seq_keep makes another reference. They never
 * give NULL: without memory they give a sequence whose first element is rejected.
 * ctx of a transforming function is borrowed as long as any part of the sequence lives.
 * Values that a sequence holds (return, cons, of_list) are copied each time they are asked for, where
 * their type can; others move the first time. The promise of a predicate gives a scalar, 0 for false. */
#ifndef SLEY_SEQ_H
#define SLEY_SEQ_H

#include <sley/list.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_seq sley_seq;

/* One more reference, one less (NULL allowed).
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_keep(sley_seq *seq);
SLEY_API void sley_seq_drop(sley_seq *seq);

/* Asks for the first element: fulfilled with sley_none() at the end, else with a value of type
 * sley_type_cons, which lends the element and the sequence of the rest.
 * Owns    borrows seq.
 * Lwt     calling a Lwt_seq.t
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_next(sley_seq *seq);
SLEY_API extern const sley_type sley_type_cons;
SLEY_API sley_value *sley_seq_head(const sley_value *cons);
SLEY_API sley_seq *sley_seq_tail(const sley_value *cons);

/* A sequence of your own: next gives a promise of what sley_seq_next gives, made with sley_seq_new_cons.
 * drop (or NULL) frees ctx with the sequence.
 * Owns    sley_seq_new_cons consumes head and tail.
 * Fails   an error, owned: out of memory; *out is unit then.
 * Lwt     Lwt_seq.of_seq_lwt: a sequence that gives promises is one whose next binds them
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_new(sley_start_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_NODISCARD sley_error *sley_seq_new_cons(sley_value head, sley_seq *tail,
                                                      sley_value *out);

/* No elements; one; one before others; one that is promised (p is consumed).
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

/* Steps from a state: f is lent the state and fills element and the next state, or leaves element
 * sley_none() at the end. The _lwt form promises a sley_list of both, or sley_none().
 * Owns    consumes state.
 * Lwt     Lwt_seq.unfold, of_seq, unfold_lwt
 * Since   0.1 */
typedef sley_error *sley_unfold_fn(void *ctx, sley_value *state, sley_value *element,
                                   sley_value *next);
SLEY_API sley_seq *sley_seq_unfold(sley_value state, sley_unfold_fn *f, void *ctx,
                                   sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_seq *sley_seq_unfold_promise(sley_value state, sley_bind_fn *f, void *ctx,
                                           sley_drop_fn *SLEY_OPTIONAL(drop));

/* first, and then second, which is not asked before first has ended.
 * Lwt     Lwt_seq.append
 * Since   0.1 */
SLEY_API sley_seq *sley_seq_append(sley_seq *first, sley_seq *second);

/* Each element by f: what it gives; where it holds; where it gives something. Asking for an element goes on
 * to the next one that stays, in a loop.
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

/* The sequences that f gives for each element, one after the other.
 * Lwt     Lwt_seq.flat_map
 * Since   0.1 */
typedef sley_seq *sley_seq_fn(void *ctx, sley_value *v);
SLEY_API sley_seq *sley_seq_flat_map(sley_seq *seq, sley_seq_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));

/* Go through a sequence. f of sley_seq_fold_left changes the accumulator in place; both give the last one.
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

/* Calls f for each element as soon as it is there, and waits for all at the end; _n has at most bound
 * under way, and asks for the next element when there is room. As in Lwt, a rejection is noticed when
 * there is no room, or at the end.
 * Fails   bound is 0: rejected with SLEY_EINVAL.
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
