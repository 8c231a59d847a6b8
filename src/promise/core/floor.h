/* What the floors above see of the core. */
#ifndef SLEY_CORE_FLOOR_H
#define SLEY_CORE_FLOOR_H

#include <sley/storage.h>

#include "promise/core/domain_state.h"

/* Leave a public function that may have let something go: takes cells to be freed apart, and runs callbacks
 * that doing so deferred. Cheap when there is nothing to do. */
void sley__settle_down_slow(sley_domain *d);
static inline void sley__settle_down(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->untidy)) sley__settle_down_slow(d);
}

/* Aborts unless p is d's, the current domain's. */
void sley__promise_check(sley_domain *d, const sley_promise *p, const char *function);
/* A rejected promise that costs no memory: the static out-of-memory rejection. */
sley_promise *sley__nomem_promise(void);

/* Aborts where a function gave what it was lent back as its result, without having taken it: both would be
 * dropped. Before either is. function: what it was given to, at site. Any thread. */
void sley__lent_given_back_slow(const sley_value *lent, const char *function, const char *site);
static inline void sley__lent_given_back(const sley_value *lent, const sley_value *out,
                                         const char *function, const char *site)
{
  if (SLEY__UNLIKELY(out->type != NULL && out->type == lent->type && out->ptr == lent->ptr))
    sley__lent_given_back_slow(lent, function, site);
}
/* The same of what p, the function's result, is fulfilled with, if it is. */
void sley__lent_settles(const sley_value *lent, sley_promise *p, const char *function,
                        const char *site);
/* function gives v away, for good: where debugging, aborts if v is a callback's for its time only. */
void sley__value_given_slow(const sley_domain *d, const sley_value *v, const char *function,
                            const char *site);
static inline void sley__value_given(const sley_domain *d, const sley_value *v,
                                     const char *function, const char *site)
{
  if (SLEY__LIKELY(!d->heap.alone) || v->type == NULL) return;
  sley_value given = *v; /* the caller's stays where it is, in registers */
  sley__value_given_slow(d, &given, function, site);
}
/* Takes the outcome of a settled promise: *out (may be NULL) by sley_take's rule and NULL, or an owned
 * error. Consumes p. */
sley_error *sley__finish(sley_promise *p, sley_value *out);

/* Where the promise of a resolver that has not answered was made. */
const char *sley__resolver_site(const sley_resolver *r);

/* sley_reject, unless nobody holds the promise or waits for it: then sley_resolver_drop. For ends
 * that only those still there need to hear of. Consumes e. */
void sley__reject_if_watched(sley_resolver **r, sley_error *e);

/* Gives the async hook an error. Consumes e. */
void sley__async_error(sley_domain *d, sley_error *e, const char *site);

/* sley_with_value, for what is done often with the same value: where no other storage is current, the
 * storage is made once and kept in *cached (NULL at first) until it is forgotten. Owner. */
sley_promise *sley__with_cached(struct sley__storage **cached, const sley_key *key, sley_value v,
                                sley_start_fn *start, void *ctx);
void sley__storage_forget(struct sley__storage **cached);

/* Nesting level of cross-domain calls, kept in the storage under this key. */
extern const sley_key sley__call_level;

#endif
