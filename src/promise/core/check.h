/* Whether a promise or a resolver can be used here. The fast check is inline; misuse.c has the rest, and the
 * messages. */
#ifndef SLEY_CORE_CHECK_H
#define SLEY_CORE_CHECK_H

#include <string.h>

#include "promise/core/cell.h"

/* site: of the call, "" if unknown. */
_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function,
                            const char *site);
_Noreturn void sley__resolver_misuse(sley_domain *d, const sley_promise *p, const char *function);

/* Whether p can be used here; aborts if not. False only for the immortal rejection, whose counts and flags must not
 * be written. When objects are allocated alone, no cell passes the fast check: see alone.c. */
bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function,
                      const char *site);
static inline bool sley__check_at(sley_domain *d, const sley_promise *p, const char *function,
                                  const char *site)
{
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return true;
  return sley__check_slow(d, p, function, site);
}
static inline bool sley__check(sley_domain *d, const sley_promise *p, const char *function)
{
  return sley__check_at(d, p, function, "");
}
/* Checks ps[i], one of several operands. */
void sley__check_operand_slow(sley_domain *d, sley_promise *const *ps, size_t i,
                              const char *function, const char *site);
static inline void sley__check_operand(sley_domain *d, sley_promise *const *ps, size_t i,
                                       const char *function, const char *site)
{
  if (SLEY__UNLIKELY(ps[i] == NULL || ps[i]->domain != d->id))
    sley__check_operand_slow(d, ps, i, function, site);
}

/* The current domain; p must belong to it. Comparing ids suffices: without a domain, the current one is a stand-in
 * whose id no promise carries. */
static inline sley_domain *sley__self_of(const sley_promise *p, const char *function,
                                         const char *site)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return d;
  d = sley__self_at(function, site);
  sley__check_slow(d, p, function, site);
  return d;
}
/* The current domain; the resolver of p must belong to it. The resolver may be all that keeps the cell alive.
 * answers: this call uses it up. */
void sley__resolver_check_slow(sley_domain *d, sley_promise *p, const char *function, bool answers);
static inline sley_domain *sley__self_of_resolver(sley_promise *p, const char *function,
                                                  bool answers)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p->domain == d->id)) return d;
  d = sley__self_at(function, "");
  sley__resolver_check_slow(d, p, function, answers);
  return d;
}

#endif
