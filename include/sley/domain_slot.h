/* sley/domain_slot.h: state of a library in each domain (a cache, a pool of connections): made at its first use
 * there, found by an index, and dropped as the domain ends. */
#ifndef SLEY_DOMAIN_SLOT_H
#define SLEY_DOMAIN_SLOT_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Makes the state of the current domain; *out can be NULL. It can use other slots, and register a function with
 * sley_at_finish, but must not await: what takes time is begun by the functions that use the state.
 * Owns    *out is the slot's, and is given to its drop.
 * Fails   the error goes to the caller of sley_domain_slot_get, and the next call tries again.
 * Since   0.1 */
typedef sley_error *sley_domain_slot_make_fn(void *ctx, void **out);

/* A slot is a static object of the library; every domain has a state of its own for it.
 *
 *     static sley_domain_slot cache = SLEY_DOMAIN_SLOT("names", cache_make, cache_drop);
 *
 * A process can have 1,023 slots.
 * Thread  any.
 * Since   0.1 */
typedef struct sley_domain_slot {
  const char *name; /* for messages */
  sley_domain_slot_make_fn *make;
  sley_drop_fn *drop; /* NULL: nothing is to be done */
  void *ctx;          /* for make */
  struct {
    uintptr_t copy, origin;
    unsigned index, states;
  } sley__own;
} sley_domain_slot;
#define SLEY_DOMAIN_SLOT(name, make, drop)       \
  {                                              \
    (name), (make), (drop), NULL, { 0, 0, 0, 0 } \
  }

/* Gives the current domain's state of slot, which is made at the first call there.
 * As the domain ends, after the functions of sley_at_finish and the fibers that were left, states are dropped, those made
 * last first: a drop function can use what was made before its own, end promises and drop objects, but cannot wait.
 * Owns    *out is lent until then.
 * Fails   what make fails with; out of memory; SLEY_EGONE, the domain's states are being dropped, and this one is not
 *         there; SLEY_EDEADLOCK, make has not returned yet; SLEY_EAGAIN, there are 1,023 slots. *out is NULL then. Aborts
 *         on a thread without a domain, and if another copy of the library uses the slot.
 * Cost    O(1): an index into a table of the domain, no lock; 42 instructions with the call on x86-64.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_domain_slot_get(sley_domain_slot *slot, void **out);

/* Returns the current domain's state of slot, lent, or NULL: it is not made, or the thread has no domain.
 * Cost    O(1).
 * Since   0.1 */
SLEY_API void *sley_domain_slot_peek(const sley_domain_slot *slot);

/* Drops the current domain's state of slot now, if there is one; a later sley_domain_slot_get makes another.
 * Since   0.1 */
SLEY_API void sley_domain_slot_drop(sley_domain_slot *slot);

/* Gives the slot back: for a plugin that is to be unloaded, once each domain's state is dropped. The slot is then as
 * new. A plugin that is unloaded without it leaves pointers to its functions behind.
 * Fails   -SLEY_EAGAIN, and nothing happens: a domain still has state of it. Aborts as sley_domain_slot_get.
 * Thread  any, while no other uses the slot.
 * Since   0.1 */
SLEY_API int sley_domain_slot_try_release(sley_domain_slot *slot);

SLEY_EXTERN_C_END

#endif
