/* Whether a promise, or a resolver, may be used here. The first test is inlined; misuse.c has the rest, and the sentences. */
#ifndef SLEY_CORE_CHECK_H
#define SLEY_CORE_CHECK_H

#include <string.h>

#include "promise/core/cell.h"

/* site: of the call, "" where that is not known. */
_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function,
                            const char *site);
_Noreturn void sley__resolver_misuse(sley_domain *d, const sley_promise *p, const char *function);

/* Whether p may be used here; aborts if not. False only for the immortal rejection, whose counts
 * and flags nobody may write. Where objects are allocated alone no cell passes the quick way: see
 * alone.c. */
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
/* The same for ps[i], one of several operands. */
void sley__check_operand_slow(sley_domain *d, sley_promise *const *ps, size_t i,
                              const char *function, const char *site);
static inline void sley__check_operand(sley_domain *d, sley_promise *const *ps, size_t i,
                                       const char *function, const char *site)
{
  if (SLEY__UNLIKELY(ps[i] == NULL || ps[i]->domain != d->id))
    sley__check_operand_slow(d, ps, i, function, site);
}

/* The current domain, which p must belong to. Its own id decides: a thread without a domain has one
 * that no promise carries. */
static inline sley_domain *sley__self_of(const sley_promise *p, const char *function,
                                         const char *site)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return d;
  d = sley__self_at(function, site);
  sley__check_slow(d, p, function, site);
  return d;
}
/* The same for a resolver, which may be the last to hold its cell; answers: this is its one use. */
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
