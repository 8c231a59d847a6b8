/* Values of promises: who owns them, how they are lent, and what must not be given away. */
#ifndef SLEY_CORE_LENT_H
#define SLEY_CORE_LENT_H

#include "promise/core/life.h"

static inline sley_value *sley__value_of(sley_promise *p)
{
  return p->flags & FLAG_SHARED ? &p->owner->value : &p->value;
}
/* The outcome's value for another holder: moved if source has no other reader, shared otherwise. */
void sley__value_share(sley_promise *source, uint32_t held, sley_value *value,
                       sley_promise **owner);
/* The promise that lends v to the running callback; call this before anything else is lent. Scalars are lent without
 * a record, from the promise itself. */
static inline sley_promise *sley__reader_of(const sley_domain *d, sley_value *v)
{
  return v->type == NULL ? SLEY__CONTAINER(v, sley_promise, value) : d->lent->reader;
}

/* Readers that never are the only one, for values that stay with an owner that is not a promise. sley_take copies what
 * sley__several lends, or moves it if its type has no dup. What sley__keeper lends cannot be moved at all: it is a list
 * made for one call. Any thread reads them, none writes them. */
extern sley_promise sley__several, sley__keeper;
/* Whether a reader is left besides the one that is lent a value. */
bool sley__has_other_readers(const struct sley__lent *lent);
/* sley_take of v, for a reader that is not the only one. */
int sley__take_shared(sley_value *v, sley_value *out);

void sley__error_given_slow(const sley_domain *d, const sley_error *e, const char *function,
                            const char *site);
/* Aborts if e is freed, or belongs to another copy. function is about to give e away. */
static inline void sley__error_given(const sley_domain *d, const sley_error *e,
                                     const char *function, const char *site)
{
  sley__error_check(e, function, site);
  if (SLEY__UNLIKELY(d->heap.alone)) sley__error_given_slow(d, e, function, site);
}
/* Calls f with u's error, lent. */
static inline sley_promise *sley__call_catch(sley_domain *d, sley_catch_fn *f, void *ctx,
                                             sley_promise *u)
{
  if (SLEY__LIKELY(!d->heap.alone)) return f(ctx, u->error);
  struct sley__lent lent = {NULL, u, 0, d->lent};
  d->lent = &lent;
  sley_promise *q = f(ctx, u->error);
  d->lent = lent.outer;
  return q;
}
static inline void sley__call_error(sley_domain *d, sley_error_fn *f, void *ctx, sley_promise *u)
{
  struct sley__lent lent = {NULL, u, 0, d->lent};
  if (SLEY__UNLIKELY(d->heap.alone)) d->lent = &lent;
  f(ctx, u->error);
  if (SLEY__UNLIKELY(d->heap.alone)) d->lent = lent.outer;
}

#endif
