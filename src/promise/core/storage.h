/* Sequence-associated storage. */
#ifndef SLEY_CORE_STORAGE_H
#define SLEY_CORE_STORAGE_H

#include "promise/core/life.h"

void sley__storage_free(sley_domain *d, storage *s);
/* Binds key in the current storage; v NULL: to nothing. Consumes *v. 0 or -SLEY_ENOMEM. */
int sley__storage_set(const sley_key *key, sley_value *v);
static inline storage *sley__storage_keep(storage *s)
{
  if (SLEY__UNLIKELY(s != NULL)) s->refs++;
  return s;
}
static inline void sley__storage_drop(sley_domain *d, storage *s)
{
  if (SLEY__UNLIKELY(s != NULL) && --s->refs == 0) {
    s->next_to_free = d->to_free.storages;
    d->to_free.storages = s;
    d->untidy = true;
  }
}
/* Makes s current; takes over one reference. */
static inline void sley__storage_restore(sley_domain *d, storage *s)
{
  storage *old = d->storage;
  d->storage = s;
  sley__storage_drop(d, old);
}
static inline void sley__storage_switch(sley_domain *d, storage *s)
{
  if (SLEY__UNLIKELY(d->storage != s)) sley__storage_restore(d, sley__storage_keep(s));
}

#endif
