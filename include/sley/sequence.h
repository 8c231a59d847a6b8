/* sley/sequence.h: a doubly linked list whose elements can leave it at any time, also while it is being
 * iterated; and promises that stand in such a list until somebody takes their resolver out.
 *
 * Left and right are the two ends. A node is the handle of an element; an element that has left stays
 * readable through its handles. Iterating goes over an element that left without visiting it, and on
 * from where it stood; elements added ahead are visited. */
#ifndef SLEY_SEQUENCE_H
#define SLEY_SEQUENCE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_sequence sley_sequence;           /* belongs to its domain */
typedef struct sley_sequence_node sley_sequence_node; /* counted handle of an element */

typedef void sley_sequence_fn(void *ctx, sley_sequence_node *place); /* place is lent */
typedef bool sley_sequence_test_fn(void *ctx, const sley_value *v);  /* v is lent    */

/* An empty sequence.
 * Owns    *out is the caller's: sley_sequence_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_sequence.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_sequence_new(sley_sequence **out);
/* One more handle, one less; NULL may be dropped. With the last handle it is cleared.
 * Since   0.1 */
SLEY_API sley_sequence *sley_sequence_keep(sley_sequence *s);
SLEY_API void sley_sequence_drop(sley_sequence *s);

/* Lwt     Lwt_sequence.is_empty
 * Since   0.1 */
SLEY_API bool sley_sequence_is_empty(const sley_sequence *s);
/* Cost    O(elements).
 * Lwt     Lwt_sequence.length
 * Since   0.1 */
SLEY_API size_t sley_sequence_count(const sley_sequence *s);

/* Adds an element at the left, at the right.
 * Owns    consumes v; *place (NULL: not wanted) is the caller's: sley_sequence_node_drop.
 * Fails   -SLEY_ENOMEM; v is dropped and *place is NULL then.
 * Cost    one allocation of 64 bytes.
 * Lwt     Lwt_sequence.add_l, add_r
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_sequence_add_l(sley_sequence *s, sley_value v,
                                                sley_sequence_node **place);
SLEY_API SLEY_NODISCARD int sley_sequence_add_r(sley_sequence *s, sley_value v,
                                                sley_sequence_node **place);

/* Takes the value of the element at the left, at the right, which leaves.
 * Owns    *out is the caller's; the handles of the element read unit from then on.
 * Fails   -SLEY_ENOTFOUND if the sequence is empty; *out is unit then.
 * Lwt     Lwt_sequence.take_l, take_r, take_opt_l, take_opt_r
 * Since   0.1 */
SLEY_API int sley_sequence_try_take_l(sley_sequence *s, sley_value *out);
SLEY_API int sley_sequence_try_take_r(sley_sequence *s, sley_value *out);

/* Moves all elements of from, in their order, to the left or right of to. Moving out of a sequence that
 * is being iterated aborts.
 * Cost    constant.
 * Lwt     Lwt_sequence.transfer_l, transfer_r
 * Since   0.1 */
SLEY_API void sley_sequence_transfer_l(sley_sequence *from, sley_sequence *to);
SLEY_API void sley_sequence_transfer_r(sley_sequence *from, sley_sequence *to);

/* All elements leave; values go with the last handle of theirs. An iteration under way still visits
 * them.
 * Lwt     Lwt_sequence.clear
 * Since   0.1 */
SLEY_API void sley_sequence_clear(sley_sequence *s);

/* Call f with every element, from the left, from the right.
 * Lwt     Lwt_sequence.iter_l, iter_r, fold_l, fold_r; iter_node_l, iter_node_r
 * Since   0.1 */
SLEY_API void sley_sequence_iter_l(sley_sequence *s, sley_value_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_r(sley_sequence *s, sley_value_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_node_l(sley_sequence *s, sley_sequence_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_node_r(sley_sequence *s, sley_sequence_fn *f, void *ctx);
/* The first element from the left, from the right, that f says true of; NULL if there is none.
 * Owns    the caller's: sley_sequence_node_drop.
 * Lwt     Lwt_sequence.find_node_l, find_node_r, find_node_opt_l, find_node_opt_r
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_sequence_node *sley_sequence_find_node_l(sley_sequence *s,
                                                                      sley_sequence_test_fn *f,
                                                                      void *ctx);
SLEY_API SLEY_NODISCARD sley_sequence_node *sley_sequence_find_node_r(sley_sequence *s,
                                                                      sley_sequence_test_fn *f,
                                                                      void *ctx);

/* One more handle on an element, one less; NULL may be dropped. The element stays where it is.
 * Since   0.1 */
SLEY_API sley_sequence_node *sley_sequence_node_keep(sley_sequence_node *place);
SLEY_API void sley_sequence_node_drop(sley_sequence_node *place);
/* The value of an element; another one in its place.
 * Owns    lent: valid until it is replaced or taken, and as long as place. sley_sequence_set consumes v.
 * Lwt     Lwt_sequence.get, set
 * Since   0.1 */
SLEY_API sley_value *sley_sequence_get(sley_sequence_node *place);
SLEY_API void sley_sequence_set(sley_sequence_node *place, sley_value v);
/* The element leaves; nothing happens if it has left.
 * Owns    borrows place.
 * Lwt     Lwt_sequence.remove
 * Since   0.1 */
SLEY_API void sley_sequence_remove(sley_sequence_node *place);

/* A cancelable promise whose resolver stands at the left or right of s: a value of sley_type_resolver,
 * ptr is a sley_resolver that the one who takes it has to answer. Cancelled, it leaves, as the oldest
 * of the promise's cancel callbacks. An element that is dropped untaken rejects the promise with
 * sley_error_abandoned().
 * Fails   rejected with out of memory.
 * Cost    one allocation of 192 bytes.
 * Lwt     Lwt.add_task_l, add_task_r
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_add_task_l(sley_sequence *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_add_task_r(sley_sequence *s);
SLEY_API extern const sley_type sley_type_resolver;

SLEY_EXTERN_C_END

#include <sley/sites/sequence.h>

#endif
