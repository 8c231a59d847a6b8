/* Settling: the outcome is written. What follows from it is resolve.c's. */
#include "promise/core/promise_internal.h"

static SLEY__NOINLINE void cancel_nodes_discard(sley_domain *d, sley_promise *p)
{
  while (p->cancel_nodes != NULL) {
    node *n = p->cancel_nodes;
    node_unlink_from(&p->cancel_nodes, n);
    if (n->kind == NODE_ON_CANCEL) doom_node(d, n);
    else if (n->kind >= NODE_OPERATION_CANCEL) /* all that an operation owns */
      SLEY__CONTAINER(n, operation, cancel_node)->cell.flags &= (uint16_t)~FLAG_LOADED;
  }
}

static inline void settled(sley_domain *d, sley_promise *p)
{
  (void)d;
  p->flags &= (uint16_t)~FLAG_FOLLOWS;
  TRACE(d, settled, p);
}

static inline void settle_value(sley_domain *d, sley_promise *p, const sley_value *v)
{
  if (SLEY__UNLIKELY(p->cancel_nodes != NULL)) cancel_nodes_discard(d, p);
  p->state = STATE_FULFILLED;
  value_copy(&p->value, v);
  settled(d, p);
}

void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v) { settle_value(d, p, &v); }

void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e)
{
  if (p->cancel_nodes != NULL && e != &sley__canceled) cancel_nodes_discard(d, p);
  p->state = STATE_REJECTED;
  p->error = e;
  settled(d, p);
}

void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held)
{
  if (outcome->state == STATE_REJECTED) {
    mark_read(outcome);
    sley__error_pass(outcome->error, p->site);
    sley__settle_error(d, p, sley_error_keep(outcome->error));
    return;
  }
  if (SLEY__LIKELY(is_scalar(outcome))) {
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
