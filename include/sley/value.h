/* sley/value.h: what a promise is fulfilled with. Sixteen bytes, passed by value: one word and a
 * pointer to a static description of it. No description: a plain scalar with nothing to free. */
#ifndef SLEY_VALUE_H
#define SLEY_VALUE_H

#include <sley/base.h>

SLEY_EXTERN_C_BEGIN

/* Describes a kind of object that values point to. Static; never freed while values of it live. */
typedef struct sley_type {
  size_t size;              /* sizeof(sley_type): lets the struct grow                           */
  const char *name;         /* shown in diagnostics                                              */
  void (*drop)(void *ptr);  /* frees the object; NULL: nothing to free                           */
  void *(*dup)(void *ptr);  /* another owner of an equal object, or NULL when out of memory;
                               no such function: values of the type only move                    */
  void *(*send)(void *ptr); /* makes the object ready to leave its domain and returns it as the
                               receiver shall see it, or NULL to refuse (the object stays the
                               sender's); no such function: may not cross; sley_send_plain: moves
                               as it is. A sendable type's drop may run on any thread.            */
} sley_type;

typedef struct sley_value {
  union {
    void *ptr;
    int64_t i;
    uint64_t u;
    double d;
  };
  const sley_type *type; /* NULL: scalar */
} sley_value;

/* Constructors. sley_own hands the object over to the value.
 * Thread  any.
 * Cost    nothing.
 * Since   0.1 */
SLEY_API sley_value sley_int(int64_t i);
SLEY_API sley_value sley_double(double d);
SLEY_API sley_value sley_bool(bool truth);
SLEY_API sley_value sley_own(void *ptr, const sley_type *type);
/* A pointer that the value does not own: a scalar.
 * Since   0.1 */
SLEY_API sley_value sley_borrow(void *ptr);
/* The value of promises that only say "done": scalar 0.
 * Lwt     ()
 * Since   0.1 */
SLEY_API sley_value sley_unit(void);

/* What a promise of an optional value is fulfilled with when there is none; any other value is one.
 * Copies and changes domains like a scalar.
 * Lwt     None, Some
 * Since   0.1 */
SLEY_API sley_value sley_none(void);
SLEY_API bool sley_is_none(const sley_value *v);
SLEY_API extern const sley_type sley_type_none;

/* An owned NUL-terminated copy of text as a value of sley_type_text (dup and send known).
 * Fails   -SLEY_ENOMEM, *out is unit then.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_text(const char *text, sley_value *out);
SLEY_API extern const sley_type sley_type_text;

/* The pointer in v if v has exactly this type; any other type aborts and names both, and the call.
 * Owns    lent: valid as long as v.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE void *sley_value_ptr(const sley_value *v, const sley_type *type);

/* The scalar in v, which sley_int, sley_double, sley_bool or sley_borrow made; a value of any type aborts
 * and names it. Which of the four made it is not known: that is the caller's to remember.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE int64_t sley_value_int(const sley_value *v);
SLEY_API SLEY_SITE double sley_value_double(const sley_value *v);
SLEY_API SLEY_SITE bool sley_value_bool(const sley_value *v);
SLEY_API SLEY_SITE void *sley_value_borrowed(const sley_value *v);

/* Frees what v owns and leaves scalar 0. NULL is allowed. What is nested in lists, results, promises, sequences,
 * streams, signals and ports takes no stack, however deep, and no memory: parents go before children, and a
 * call from inside a drop may return before what it dropped has gone. A drop function of yours that drops
 * values of your own types recurses: each is one level of the stack; take long chains apart in a loop.
 * A drop function may not await.
 * Thread  the domain the object belongs to; any for sendable types.
 * Since   0.1 */
SLEY_API void sley_value_drop(sley_value *v);

/* An equal value with its own owner.
 * Owns    borrows v; *out is the caller's.
 * Fails   -SLEY_EINVAL if the type has no dup, -SLEY_ENOMEM; *out is unit then.
 * Thread  as sley_value_drop.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_value_dup(const sley_value *v, sley_value *out);

/* Moves the value that a callback was handed out of its promise: for a sole reader it moves (no
 * other reference, no callback still to run, not shared with another promise); otherwise it
 * duplicates where the type can; otherwise it moves and every other reader is told SLEY_EMOVED.
 * Callbacks run newest first, so the last one registered takes first. Called on a value that no
 * promise lends (the argument of a call, a post or a job, or one of your own) it moves.
 * Owns    *out is the caller's; v stays lent.
 * Fails   -SLEY_EMOVED if another reader moved it, -SLEY_ENOMEM from dup; *out is unit then.
 * Thread  where v was handed out.
 * Cost    O(callbacks nested on the stack), usually 1.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_take(sley_value *v, sley_value *out);

/* The send function of types whose objects need no preparation to change domains.
 * Since   0.1 */
SLEY_API void *sley_send_plain(void *ptr);

/* What a moved-out value's type points to; its name is "moved".
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_moved;

SLEY_EXTERN_C_END

#include <sley/sites/value.h>

#endif
