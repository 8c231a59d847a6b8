/* sley/value.h: what a promise is fulfilled with. A value has sixteen bytes and is passed by value:
 * one word, and a pointer to a static description of it. Without a description it is a plain scalar
 * and owns nothing. */
#ifndef SLEY_VALUE_H
#define SLEY_VALUE_H

#include <sley/base.h>

SLEY_EXTERN_C_BEGIN

/* Describes a kind of object that values point to. It is static, and must outlive all values of the
 * type. */
typedef struct sley_type {
  size_t size;              /* sizeof(sley_type): lets the struct grow                           */
  const char *name;         /* shown in diagnostics                                              */
  void (*drop)(void *ptr);  /* frees the object; NULL: nothing to free                           */
  void *(*dup)(void *ptr);  /* returns an equal object with its own owner, or NULL if out of
                               memory; without it, values of the type can only move              */
  void *(*send)(void *ptr); /* prepares the object for another domain and returns it as the
                               receiver will see it, or NULL to refuse (the sender then keeps the
                               object). NULL: the object cannot cross; sley_send_plain: it moves
                               unchanged. The drop of a type with send can run on any thread.    */
} sley_type;

/* A value: one word, and the type of what it owns. */
typedef struct sley_value {
  union {
    void *ptr;
    int64_t i;
    uint64_t u;
    double d;
  };
  const sley_type *type; /* NULL: scalar */
} sley_value;

/* Make a value. sley_own hands the object over to the value; the others make scalars.
 * Thread  any.
 * Cost    nothing.
 * Since   0.1 */
SLEY_API sley_value sley_int(int64_t i);
SLEY_API sley_value sley_double(double d);
SLEY_API sley_value sley_bool(bool truth);
SLEY_API sley_value sley_own(void *ptr, const sley_type *type);
/* Makes a scalar of a pointer. The value does not own the object.
 * Since   0.1 */
SLEY_API sley_value sley_borrow(void *ptr);
/* The value of promises that only mean "done": scalar 0.
 * Lwt     ()
 * Since   0.1 */
SLEY_API sley_value sley_unit(void);

/* The value of a promise that could have had one and has none, and whether v is it. It is copied and
 * crosses domains like a scalar.
 * Lwt     None, Some
 * Since   0.1 */
SLEY_API sley_value sley_none(void);
SLEY_API bool sley_is_none(const sley_value *v);
SLEY_API extern const sley_type sley_type_none;

/* Makes an owned copy of a NUL-terminated text, as a value of sley_type_text. The type has dup and
 * send.
 * Fails   returns an error if out of memory, and *out is unit; otherwise NULL.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_text(const char *text, sley_value *out);
SLEY_API extern const sley_type sley_type_text;

/* Returns the pointer in v if v has exactly this type. Any other type aborts with a message that
 * names both types and the call.
 * Owns    the pointer is lent, and valid as long as v.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE void *sley_value_ptr(const sley_value *v, const sley_type *type);

/* Return the scalar in v, which sley_int, sley_double, sley_bool or sley_borrow made. A value with
 * a type aborts with a message that names the type. A value does not record which of the four made
 * it; the caller has to know.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE int64_t sley_value_int(const sley_value *v);
SLEY_API SLEY_SITE double sley_value_double(const sley_value *v);
SLEY_API SLEY_SITE bool sley_value_bool(const sley_value *v);
SLEY_API SLEY_SITE void *sley_value_borrowed(const sley_value *v);

/* Frees what v owns and leaves scalar 0; v can be NULL. Nested lists, results, promises, sequences,
 * streams, signals and ports need no stack and no memory, however deep they are: parents are freed
 * before children, and a call from inside a drop function can return before its object is freed. A
 * drop function of yours that drops values of your own types recurses, one stack level for each;
 * take long chains apart in a loop. A drop function must not await.
 * Thread  the domain of the object; any for sendable types.
 * Since   0.1 */
SLEY_API void sley_value_drop(sley_value *v);

/* Makes an equal value with its own owner.
 * Owns    borrows v; *out is the caller's.
 * Fails   returns -SLEY_EINVAL if the type has no dup, -SLEY_ENOMEM if out of memory; *out is then
 *         unit.
 * Thread  as sley_value_drop.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_value_dup(const sley_value *v, sley_value *out);

/* Makes a value that is lent to a callback the caller's. For a sole reader (no other reference, no
 * callback that has not run, not shared with another promise) it moves the value out of its
 * promise. Otherwise it duplicates the value if its type has dup; otherwise it moves it, and every
 * other reader gets SLEY_EMOVED. Callbacks run newest first, so the callback that was registered
 * last takes first. A value that no promise lends (the argument of a call, a post or a job, or one
 * of your own) is moved.
 * Owns    *out is the caller's; v stays lent.
 * Fails   returns -SLEY_EMOVED if another reader moved the value, -SLEY_ENOMEM from dup; *out is
 *         then unit.
 * Thread  the one on which the value was lent.
 * Cost    O(callbacks nested on the stack), usually 1.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_take(sley_value *v, sley_value *out);

/* The send function of types whose objects can change domains without preparation.
 * Since   0.1 */
SLEY_API void *sley_send_plain(void *ptr);

/* The type of a value that was moved out; its name is "moved".
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_moved;

SLEY_EXTERN_C_END

#include <sley/sites/value.h>

#endif
