/* The head of mutexes, conditions, mvars, pools, switches and sequences: their domain and lifetime. The owner's
 * handles and the library's own uses are counted separately: dropping the last handle ends the object (its waiters
 * are rejected); dropping the last use too frees its memory. */
#ifndef SLEY_CORE_OBJECT_H
#define SLEY_CORE_OBJECT_H

#include <string.h>

#include "promise/core/alloc.h"

typedef struct object {
  uint32_t handles, uses;
  uint32_t domain; /* a free slot has SLEY__GONE here, which identifies a stale handle */
} object;
_Static_assert(offsetof(object, domain) == offsetof(struct free_slot, domain), "same place");

_Noreturn void sley__object_misuse(const void *o, const char *function);

/* The current domain; aborts unless o belongs to it. Every object begins with this head. */
static inline sley_domain *sley__object_enter(const void *o, const char *function)
{
  sley_domain *d = sley__current; /* id 0 if there is none; no object has that */
  if (SLEY__UNLIKELY(o == NULL || ((const object *)o)->domain != d->id))
    sley__object_misuse(o, function);
  return d;
}

/* A zeroed object with one handle; NULL when out of memory. */
static inline void *sley__object_new(sley_domain *d, size_t bytes)
{
  object *o = sley__alloc(d, bytes);
  if (o == NULL) return NULL;
  memset(o, 0, bytes);
  o->handles = 1;
  o->domain = d->id;
  return o;
}

static inline void sley__object_free(sley_domain *d, void *o, size_t bytes)
{
  ((object *)o)->domain = SLEY__GONE;
  sley__free(d, o, bytes);
}

static inline void sley__object_use(void *o) { ((object *)o)->uses++; }

static inline void sley__object_unuse(sley_domain *d, void *o, size_t bytes)
{
  object *head = o;
  if (--head->uses == 0 && head->handles == 0) sley__object_free(d, o, bytes);
}

/* Drops a handle. True if it was the last: the caller then ends the object, which has one more use until
 * object_unuse. */
static inline bool sley__object_drop(void *o)
{
  object *head = o;
  if (--head->handles > 0) return false;
  head->uses++;
  return true;
}

static inline bool sley__object_has_ended(const void *o)
{
  return ((const object *)o)->handles == 0;
}

#endif
