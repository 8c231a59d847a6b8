/* Queues of promises that wait for an answer. */
#include "promise/sync/waiters.h"

/* Leaves the queue. A waiter that has already left it is answered by the code that took it out, canceled or not. */
void sley__waiter_canceled(void *data)
{
  waiter *w = data;
  if (!sley__dlist_is_on(&w->place)) return;
  sley__dlist_remove(&w->place);
  sley_resolver *r = sley__waiter_resolver(w);
  sley_resolver_drop(&r);
}

void sley__waiter_with_canceled(void *data)
{
  waiter *w = data;
  if (!sley__dlist_is_on(&w->place)) return;
  sley_value_drop(&w->value);
  sley__waiter_canceled(data);
}

/* The waiter among the cancel callbacks of p that is still in its queue; NULL: there is none. */
static operation *waiter_behind(const sley_promise *p)
{
  node *n = p->cancel_nodes;
  do {
    operation *op = SLEY__CONTAINER(n, operation, cancel_node);
    bool is_waiter =
        n->kind == NODE_OPERATION_CANCEL && (op->type->cancel == sley__waiter_canceled ||
                                             op->type->cancel == sley__waiter_with_canceled);
    if (is_waiter && sley__dlist_is_on(&((waiter *)OPERATION_DATA(op))->place)) return op;
    n = n->next;
  } while (n != p->cancel_nodes);
  return NULL;
}

static void waiters_leave(sley_promise *p)
{
  operation *op;
  while (p->state == STATE_REJECTED && p->error == &sley__canceled && p->cancel_nodes != NULL &&
         (op = waiter_behind(p)) != NULL)
    op->type->cancel(OPERATION_DATA(op));
}

void sley__canceled_run(sley_domain *d, sley_promise *base)
{
  for (sley_promise *p = d->frames; p != base; p = p->link) waiters_leave(p);
  sley__canceled_leave(d, base);
  sley__run_frames(d, base);
  sley__settle_down(d);
}

enum { PLAIN_BYTES = OPERATION_BYTES, WITH_BYTES = OPERATION_HEAD + sizeof(waiter) };
_Static_assert(offsetof(waiter, value) == sizeof(struct sley__dlist), "nothing but a place");
_Static_assert((int)PLAIN_BYTES <= (int)SLEY__RESERVE_BYTES, "the reserve's nodes can be waiters");

sley_promise *sley__waiter_new(sley_domain *d, const char *site, const sley__operation_type *type,
                               waiters *queue)
{
  operation *op = sley__cell_alloc(d, PLAIN_BYTES);
  if (SLEY__UNLIKELY(op == NULL)) return sley__nomem_promise();
  sley__operation_start(d, op, site, type, PLAIN_BYTES);
  sley__dlist_append(queue, &((waiter *)OPERATION_DATA(op))->place);
  return &op->cell;
}

sley_promise *sley__waiter_new_vital(sley_domain *d, const char *site,
                                     const sley__operation_type *type, waiters *queue)
{
  operation *op = sley__cell_alloc(d, PLAIN_BYTES);
  bool reserve = op == NULL;
  if (SLEY__UNLIKELY(reserve)) op = sley__reserve_take(d, true);
  sley__operation_start(d, op, site, type, PLAIN_BYTES);
  if (SLEY__UNLIKELY(reserve)) op->cell.flags |= FLAG_RESERVE;
  sley__dlist_append(queue, &((waiter *)OPERATION_DATA(op))->place);
  return &op->cell;
}

sley_promise *sley__waiter_new_with(sley_domain *d, const char *site,
                                    const sley__operation_type *type, waiters *queue, sley_value v)
{
  operation *op = sley__cell_alloc(d, WITH_BYTES);
  if (SLEY__UNLIKELY(op == NULL)) {
    sley_value_drop(&v);
    return sley__nomem_promise();
  }
  sley__operation_start(d, op, site, type, WITH_BYTES);
  waiter *w = OPERATION_DATA(op);
  w->value = v;
  sley__dlist_append(queue, &w->place);
  return &op->cell;
}

void sley__waiters_abandon(waiters *queue)
{
  waiters left;
  sley__dlist_move(&left, queue);
  for (waiter *w; (w = sley__waiters_pop(&left)) != NULL;) {
    const operation *op = (const operation *)(const void *)sley__waiter_promise(w);
    if (op->bytes == WITH_BYTES) sley_value_drop(&w->value);
    sley_resolver *r = sley__waiter_resolver(w);
    sley_resolver_drop(&r);
  }
}
