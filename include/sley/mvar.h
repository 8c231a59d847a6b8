/* sley/mvar.h: a box that is empty or holds one value. Putting into a full box waits, and taking from an empty
 * one waits, both in order. */
#ifndef SLEY_MVAR_H
#define SLEY_MVAR_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_mvar sley_mvar; /* belongs to its domain */

/* Makes an empty box, or one that holds v.
 * Owns    *out is the caller's: sley_mvar_drop. Consumes v.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_mvar.create_empty, create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_mvar_new(sley_mvar **out);
SLEY_API SLEY_NODISCARD sley_error *sley_mvar_new_full(sley_value v, sley_mvar **out);
/* Adds a handle; drops one (NULL is allowed). Dropping the last handle rejects every waiter with
 * sley_error_abandoned() and drops the values in the box and of waiting puts.
 * Since   0.1 */
SLEY_API sley_mvar *sley_mvar_keep(sley_mvar *box);
SLEY_API void sley_mvar_drop(sley_mvar *box);

/* Fulfilled with unit when v is in the box or taken. Canceling takes v back and drops it.
 * Owns    consumes v.
 * Fails   rejected with out of memory; v is dropped.
 * Cost    none on an empty box; otherwise one allocation of 144 bytes.
 * Lwt     Lwt_mvar.put
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_mvar_put(sley_mvar *box, sley_value v);

/* Fulfilled with the value in the box, which is replaced by that of the oldest waiting put. Canceling leaves the
 * queue.
 * Fails   rejected with out of memory; the value stays in the box.
 * Cost    one allocation: of 64 bytes on a full box, of 128 on an empty one.
 * Lwt     Lwt_mvar.take
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_mvar_take(sley_mvar *box);

/* Takes the value without waiting.
 * Owns    *out is the caller's.
 * Fails   -SLEY_EAGAIN if the box is empty; *out is unit then.
 * Cost    allocates nothing.
 * Lwt     Lwt_mvar.take_available
 * Since   0.1 */
SLEY_API int sley_mvar_try_take(sley_mvar *box, sley_value *out);

/* Whether the box is empty.
 * Lwt     Lwt_mvar.is_empty
 * Since   0.1 */
SLEY_API bool sley_mvar_is_empty(const sley_mvar *box);

SLEY_EXTERN_C_END

#include <sley/sites/mvar.h>

#endif
