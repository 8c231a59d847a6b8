/* What the floors above see of the core. */
#ifndef SLEY_CORE_FLOOR_H
#define SLEY_CORE_FLOOR_H

#include <sley/storage.h>

#include "promise/core/domain_state.h"

/* Called on leaving a public function that may have released something: frees scheduled cells and runs callbacks that
 * freeing deferred. Cheap if there is nothing to do. */
void sley__settle_down_slow(sley_domain *d);
static inline void sley__settle_down(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->untidy)) sley__settle_down_slow(d);
}

/* Aborts unless p belongs to d, the current domain. */
void sley__promise_check(sley_domain *d, const sley_promise *p, const char *function);
/* A rejected promise that costs no memory: the static out-of-memory rejection. */
sley_promise *sley__nomem_promise(void);

/* Aborts if a function returned what it was lent as its result, without taking it: it would be dropped twice. Call
 * this before either drop. function: to which the value was lent, at site. Any thread. */
void sley__lent_given_back_slow(const sley_value *lent, const char *function, const char *site);
static inline void sley__lent_given_back(const sley_value *lent, const sley_value *out,
                                         const char *function, const char *site)
{
  if (SLEY__UNLIKELY(out->type != NULL && out->type == lent->type && out->ptr == lent->ptr))
    sley__lent_given_back_slow(lent, function, site);
}
/* sley__lent_given_back_slow for the value that p, the function's result, is fulfilled with, if any. */
void sley__lent_settles(const sley_value *lent, sley_promise *p, const char *function,
                        const char *site);
/* function gives v away: when debugging, aborts if v was only lent to a callback. */
void sley__value_given_slow(const sley_domain *d, const sley_value *v, const char *function,
                            const char *site);
static inline void sley__value_given(const sley_domain *d, const sley_value *v,
                                     const char *function, const char *site)
{
  if (SLEY__LIKELY(!d->heap.alone) || v->type == NULL) return;
  sley_value given = *v; /* the copy lets the caller's stay in registers */
  sley__value_given_slow(d, &given, function, site);
}
/* Takes the outcome of a settled promise: a value into *out (may be NULL) by sley_take's rule, returning NULL; or
 * returns an owned error. Consumes p. */
sley_error *sley__finish(sley_promise *p, sley_value *out);

/* The site of an unused resolver's promise. */
const char *sley__resolver_site(const sley_resolver *r);

/* sley_reject if the promise is held or waited for, otherwise sley_resolver_drop. For endings that matter only to
 * those still waiting. Consumes e. */
void sley__reject_if_watched(sley_resolver **r, sley_error *e);

/* Passes an error to the async hook. Consumes e. */
void sley__async_error(sley_domain *d, sley_error *e, const char *site);
/* Another error replaced e (borrowed; NULL: none), which would go unseen: passes e to the unhandled hook, unless e is
 * Canceled, or e and by are the same or one causes the other. */
void sley__superseded(sley_domain *d, sley_error *e, const sley_error *by, const char *site);
/* The same of something that is no promise: the line of the default hook says before, e, and what has this site. */
void sley__async_report(sley_domain *d, sley_error *e, const char *site, const char *before,
                        const char *what);

/* sley_with_value, for frequent use with the same value: if no other storage is current, the storage is made once and
 * kept in *cached (NULL at first) until it is forgotten. Owner. */
sley_promise *sley__with_cached(struct sley__storage **cached, const sley_key *key, sley_value v,
                                sley_start_fn *start, void *ctx);
void sley__storage_forget(struct sley__storage **cached);

/* Nesting level of cross-domain calls, kept in the storage under this key. */
extern const sley_key sley__call_level;

#endif
