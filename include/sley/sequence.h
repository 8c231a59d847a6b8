/* sley/sequence.h: a doubly linked list whose elements can leave it at any time, also during an iteration; and
 * promises whose resolvers stand in such a list until they are taken out.
 *
 * Left and right are the two ends. A node is the handle of an element; an element that has left stays readable
 * through its handles. An iteration skips elements that have left, continues from where it stood, and visits
 * elements added ahead of it. */
#ifndef SLEY_SEQUENCE_H
#define SLEY_SEQUENCE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_sequence sley_sequence;           /* belongs to its domain */
typedef struct sley_sequence_node sley_sequence_node; /* counted handle of an element */

typedef void sley_sequence_fn(void *ctx, sley_sequence_node *place); /* place is lent */
typedef bool sley_sequence_test_fn(void *ctx, const sley_value *v);  /* v is lent    */

/* Makes an empty sequence.
 * Owns    *out is the caller's: sley_sequence_drop.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_sequence.create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_sequence_new(sley_sequence **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle clears the sequence.
 * Since   0.1 */
SLEY_API sley_sequence *sley_sequence_keep(sley_sequence *s);
SLEY_API void sley_sequence_drop(sley_sequence *s);

/* Whether there are no elements.
 * Lwt     Lwt_sequence.is_empty
 * Since   0.1 */
SLEY_API bool sley_sequence_is_empty(const sley_sequence *s);
/* How many elements there are.
 * Cost    O(elements).
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

/* Moves all elements of `from`, in their order, to the left or right of `to`. Aborts while `from` is being
 * iterated.
 * Cost    constant.
 * Lwt     Lwt_sequence.transfer_l, transfer_r
 * Since   0.1 */
SLEY_API void sley_sequence_transfer_l(sley_sequence *from, sley_sequence *to);
SLEY_API void sley_sequence_transfer_r(sley_sequence *from, sley_sequence *to);

/* Removes all elements; a value goes with the last handle of its element. An iteration under way still visits
 * them.
 * Lwt     Lwt_sequence.clear
 * Since   0.1 */
SLEY_API void sley_sequence_clear(sley_sequence *s);

/* Calls f with every element, from the left or from the right.
 * Lwt     Lwt_sequence.iter_l, iter_r, fold_l, fold_r; iter_node_l, iter_node_r
 * Since   0.1 */
SLEY_API void sley_sequence_iter_l(sley_sequence *s, sley_value_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_r(sley_sequence *s, sley_value_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_node_l(sley_sequence *s, sley_sequence_fn *f, void *ctx);
SLEY_API void sley_sequence_iter_node_r(sley_sequence *s, sley_sequence_fn *f, void *ctx);
/* The first element, from the left or from the right, for which f returns true, or NULL.
 * Owns    the caller's: sley_sequence_node_drop.
 * Lwt     Lwt_sequence.find_node_l, find_node_r, find_node_opt_l, find_node_opt_r
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_sequence_node *sley_sequence_find_node_l(sley_sequence *s,
                                                                      sley_sequence_test_fn *f,
                                                                      void *ctx);
SLEY_API SLEY_NODISCARD sley_sequence_node *sley_sequence_find_node_r(sley_sequence *s,
                                                                      sley_sequence_test_fn *f,
                                                                      void *ctx);

/* Adds a handle of an element; drops one (NULL is allowed). The element stays where it is.
 * Since   0.1 */
SLEY_API sley_sequence_node *sley_sequence_node_keep(sley_sequence_node *place);
SLEY_API void sley_sequence_node_drop(sley_sequence_node *place);
/* The value of an element; another one in its place.
 * Owns    lent: valid until it is replaced or taken, and as long as place. sley_sequence_set consumes v.
 * Lwt     Lwt_sequence.get, set
 * Since   0.1 */
SLEY_API sley_value *sley_sequence_get(sley_sequence_node *place);
SLEY_API void sley_sequence_set(sley_sequence_node *place, sley_value v);
/* Removes the element; does nothing if it has left.
 * Owns    borrows place.
 * Lwt     Lwt_sequence.remove
 * Since   0.1 */
SLEY_API void sley_sequence_remove(sley_sequence_node *place);

/* A cancelable promise whose resolver stands at the left or right of s, as a value of sley_type_resolver: its ptr
 * is a sley_resolver; the code that takes it must settle it. Canceling removes the element, as the oldest of the
 * promise's cancel callbacks. Dropping the element untaken rejects the promise with sley_error_abandoned().
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
