/* sley/mvar.h: a box that is empty or holds one value. Whoever puts into a full box waits, whoever takes
 * from an empty one waits, both in order. */
#ifndef SLEY_MVAR_H
#define SLEY_MVAR_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_mvar sley_mvar; /* belongs to its domain */

/* An empty box; one that holds v.
 * Owns    *out is the caller's: sley_mvar_drop. Consumes v.
 * Fails   an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_mvar.create_empty, create
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_mvar_new(sley_mvar **out);
SLEY_API SLEY_NODISCARD sley_error *sley_mvar_new_full(sley_value v, sley_mvar **out);
/* One more handle, one less; NULL may be dropped. With the last handle those who wait are rejected with
 * sley_error_abandoned(), and the values in the box and of those who wait to put are dropped.
 * Since   0.1 */
SLEY_API sley_mvar *sley_mvar_keep(sley_mvar *box);
SLEY_API void sley_mvar_drop(sley_mvar *box);

/* Fulfilled with unit when v is in the box or taken. Cancelling takes v back and drops it.
 * Owns    consumes v.
 * Fails   rejected with out of memory; v is dropped.
 * Cost    none on an empty box; otherwise one allocation of 144 bytes.
 * Lwt     Lwt_mvar.put
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_mvar_put(sley_mvar *box, sley_value v);

/* Gives the value in the box, which then holds that of the oldest who waits to put. Cancelling leaves
 * the queue.
 * Fails   rejected with out of memory; the value stays in the box.
 * Cost    one allocation: of 64 bytes on a full box, of 128 on an empty one.
 * Lwt     Lwt_mvar.take
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_mvar_take(sley_mvar *box);

/* The same without waiting.
 * Owns    *out is the caller's.
 * Fails   -SLEY_EAGAIN if the box is empty; *out is unit then.
 * Cost    allocates nothing.
 * Lwt     Lwt_mvar.take_available
 * Since   0.1 */
SLEY_API int sley_mvar_try_take(sley_mvar *box, sley_value *out);

/* Lwt     Lwt_mvar.is_empty
 * Since   0.1 */
SLEY_API bool sley_mvar_is_empty(const sley_mvar *box);

SLEY_EXTERN_C_END

#include <sley/sites/mvar.h>

#endif
