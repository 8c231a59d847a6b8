/* sley/pqueue.h: a priority queue of values, smallest first.
 *
 * A forest of binomial trees (Vuillemin, A data structure for manipulating priority queues, 1978), linked as in
 * Lwt_pqueue, so that equal elements leave in the same order as there. Lwt's queue is persistent, since OCaml
 * shares memory at no cost; this one changes in place. */
#ifndef SLEY_PQUEUE_H
#define SLEY_PQUEUE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* A priority queue of values; belongs to its domain. */
typedef struct sley_pqueue sley_pqueue;

/* Below 0: a comes before b; 0: either may come first; above 0: a comes after b.
 * Lwt     Lwt_pqueue.OrderedType.compare */
typedef int sley_compare_fn(void *ctx, const sley_value *a, const sley_value *b);

/* Makes an empty queue of the current domain; drops one with its elements (NULL is allowed).
 * Owns    *out is the caller's; drop(ctx) is called when the queue goes.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_pqueue.Make, empty
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_pqueue_new(sley_compare_fn *compare, void *ctx,
                                                    sley_drop_fn *drop, sley_pqueue **out);
SLEY_API void sley_pqueue_drop(sley_pqueue *queue);

/* Whether there are elements, and how many.
 * Cost    constant; Lwt counts.
 * Lwt     Lwt_pqueue.is_empty, size
 * Since   0.1 */
SLEY_API bool sley_pqueue_is_empty(const sley_pqueue *queue);
SLEY_API size_t sley_pqueue_count(const sley_pqueue *queue);

/* Adds v; equal elements are all kept.
 * Owns    consumes v.
 * Fails   -SLEY_ENOMEM: v is dropped, the queue is unchanged.
 * Cost    O(log n), constant on average; one allocation.
 * Lwt     Lwt_pqueue.add
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_pqueue_add(sley_pqueue *queue, sley_value v);

/* Moves all elements of `from` into queue. Both must have the same order.
 * Cost    O(log n); allocates nothing.
 * Lwt     Lwt_pqueue.union
 * Since   0.1 */
SLEY_API void sley_pqueue_union(sley_pqueue *queue, sley_pqueue *from);

/* The smallest element, or NULL.
 * Owns    lent: valid until the queue changes.
 * Cost    O(log n).
 * Lwt     Lwt_pqueue.find_min, lookup_min
 * Since   0.1 */
SLEY_API const sley_value *sley_pqueue_min(const sley_pqueue *queue);

/* Takes the smallest element out; with out NULL, drops it.
 * Fails   -SLEY_ENOTFOUND if the queue is empty; *out is unit then.
 * Cost    O(log n); allocates nothing.
 * Lwt     Lwt_pqueue.remove_min
 * Since   0.1 */
SLEY_API int sley_pqueue_remove_min(sley_pqueue *queue, sley_value *out);

SLEY_EXTERN_C_END

#endif
