/* Writes outcomes, and the predicates of the fast paths that do so. */
#ifndef SLEY_CORE_OUTCOME_H
#define SLEY_CORE_OUTCOME_H

#include <assert.h>

#include "promise/core/life.h"

/* Writes p's outcome and nothing else: callbacks, cancel callbacks and tracing are up to the caller. */
static inline void sley__outcome_value(sley_promise *p, const sley_value *v)
{
  assert(p->state == STATE_PENDING);
  p->state = STATE_FULFILLED;
  sley__value_put(&p->value, v);
}
static inline void sley__outcome_error(sley_promise *p, sley_error *e)
{
  assert(p->state == STATE_PENDING);
  p->state = STATE_REJECTED;
  p->error = e;
}

/* Whether q is a promise of d with a scalar and only the caller's reference: that reference and the cell can be freed
 * untraced. */
static inline bool sley__is_mine_alone(const sley_domain *d, const sley_promise *q)
{
  return q->domain == d->id && q->refs == 1 && q->producers == 0 && sley__is_bare(q);
}
/* Whether p, a cell of d, can be settled on a fast path: it is pending, not a proxy, has no cancel callbacks, and
 * nothing traces. */
static inline bool sley__may_settle_here(const sley_domain *d, const sley_promise *p)
{
  return p->state == STATE_PENDING && p->cancel_nodes == NULL && !d->heap.watched;
}

#endif
