/* Settling: writes the outcome. resolve.c runs what follows from it. */
#include "promise/core/core.h"

static SLEY__NOINLINE void cancel_nodes_discard(sley_domain *d, sley_promise *p)
{
  while (p->cancel_nodes != NULL) {
    node *n = p->cancel_nodes;
    sley__node_unlink_from(&p->cancel_nodes, n);
    sley__node_discard(d, n);
  }
}

static inline void settled(sley_domain *d, sley_promise *p)
{
  (void)d;
  p->flags &= (uint16_t)~FLAG_FOLLOWS;
  TRACE(d, settled, p);
}

static inline void write_value(sley_domain *d, sley_promise *p, const sley_value *v)
{
  sley__outcome_value(p, v);
  settled(d, p);
}

static inline void write_error(sley_domain *d, sley_promise *p, sley_error *e)
{
  sley__outcome_error(p, e);
  settled(d, p);
}

static SLEY__NOINLINE void discard_and_write_value(sley_domain *d, sley_promise *p, sley_value v)
{
  cancel_nodes_discard(d, p);
  write_value(d, p, &v);
}

static SLEY__NOINLINE void discard_and_write_error(sley_domain *d, sley_promise *p, sley_error *e)
{
  cancel_nodes_discard(d, p);
  write_error(d, p, e);
}

static inline void settle_value(sley_domain *d, sley_promise *p, const sley_value *v)
{
  if (SLEY__UNLIKELY(p->cancel_nodes != NULL)) discard_and_write_value(d, p, *v);
  else write_value(d, p, v);
}

void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v) { settle_value(d, p, &v); }

void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e)
{
  if (p->cancel_nodes != NULL && e != &sley__canceled) discard_and_write_error(d, p, e);
  else write_error(d, p, e);
}

void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held)
{
  if (outcome->state == STATE_REJECTED) {
    sley__mark_read(outcome);
    sley__error_pass(outcome->error, p->site);
    sley__settle_error(d, p, sley_error_keep(outcome->error));
    return;
  }
  if (SLEY__LIKELY(sley__is_scalar(outcome))) {
    settle_value(d, p, &outcome->value);
    return;
  }
  sley_value v;
  sley_promise *owner;
  sley__value_share(outcome, held, &v, &owner);
  sley__settle_value(d, p, v);
  if (owner != NULL) {
    p->owner = owner;
    p->flags |= FLAG_SHARED;
  }
}
