/* Objects that several domains use: counted by any thread, with a lock that is held only for a few instructions and
 * never while a callback runs. */
#ifndef SLEY_DOMAIN_SHARED_H
#define SLEY_DOMAIN_SHARED_H

#include "domain/link/link.h"

typedef struct shared_object {
  sley_runtime *runtime;
  size_t size;
  unsigned holders; /* any thread, __atomic */
  uintptr_t origin; /* sley__origin when it was made */
  pthread_mutex_t lock;
} shared_object;

/* Zeroed, with one holder. object begins with a shared_object. NULL: out of memory. A domain. */
void *sley__shared_new(size_t size);
/* Adds a holder; removes one. true for the last: the caller ends its own part, then frees the object. Both abort if
 * another copy of the library made the object. Any thread. */
#define sley__shared_keep(object) sley__shared_keep_in(object, __func__)
#define sley__shared_release(object) sley__shared_release_in(object, __func__)
void sley__shared_keep_in(void *object, const char *function);
bool sley__shared_release_in(void *object, const char *function);
void sley__shared_free(void *object);
extern const seat_part sley__held_mutexes_part; /* cross_mutex.c */

/* Aborts in the child of a fork, where changes to the object would reach no other thread, and if another copy of the
 * library made it. Any thread. */
#define sley__shared_use_at(site, object, what) \
  sley__refuse_elsewhere_at(site, ((const shared_object *)(const void *)(object))->origin, what, "")
#define sley__shared_use(object, what) sley__shared_use_at("", object, what)

#endif
