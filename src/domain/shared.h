/* Objects that several domains use: counted by any thread, with a lock that is only ever held for a
 * few instructions and never while a callback runs. */
#ifndef SLEY_DOMAIN_SHARED_H
#define SLEY_DOMAIN_SHARED_H

#include "domain/ticket.h"

typedef struct shared_object {
  sley_runtime *runtime;
  size_t size;
  unsigned holders; /* any thread, __atomic */
  unsigned forks;   /* sley__forks when it was made */
  pthread_mutex_t lock;
} shared_object;

/* Zeroed, one holder. object begins with a shared_object. NULL: out of memory. A domain. */
void *sley__shared_new(size_t size);
void sley__shared_keep(void *object);
/* true for the last: the caller ends what is its own, then frees. Any thread. */
bool sley__shared_release(void *object);
void sley__shared_free(void *object);
/* Aborts in the child of a fork, where nobody else sees what is done to the object. Any thread. */
static inline void sley__shared_use(const void *object, const char *what)
{
  sley__refuse_forked(((const shared_object *)object)->forks, what, "");
}

#endif
