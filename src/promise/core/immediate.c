/* The stack limit: immediate callbacks that nest too deeply are queued.
 *
 * While the queue is not empty, every immediate callback joins it. It is emptied depth first: what an entry queues
 * runs before the next entry. Together this keeps the order of unlimited recursion. */
#include "promise/core/core.h"

static size_t stack_used(const sley_domain *d)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return d->stack_base > here ? d->stack_base - here : here - d->stack_base;
}

SLEY__NOINLINE bool sley__is_deep(const sley_domain *d)
{
  return d->queue != NULL || stack_used(d) > d->stack.limit;
}

void sley__queue(sley_domain *d, node *n, sley_promise *source)
{
  n->source = source; /* with a reference */
  n->next = NULL;
  SLEY__FIFO_APPEND(d->queue_end, n, next);
  d->counters.immediate++;
}

static void queued_run(sley_domain *d, node *n)
{
  sley_promise *source = n->source;
  n->source = NULL;
  storage *saved = sley__storage_keep(d->storage);
  sley_promise *base = d->frames;
  sley__mark_read(source);
  if (n->kind == NODE_CELL) {
    sley__kind_of(&SLEY__CONTAINER(n, single, node)->cell)->run(d, n, source, 1);
  } else {
    sley__node_kinds[n->kind]->run(d, n, source, 1);
    sley__node_schedule_free(d, n);
  }
  sley__run_frames(d, base);
  sley__storage_restore(d, saved);
  sley__ref_drop(d, source);
}

static void queue_drain(sley_domain *d)
{
  while (d->queue != NULL) {
    node *n = d->queue;
    node *rest = n->next;
    node **rest_end = d->queue_end;
    d->queue = NULL;
    d->queue_end = &d->queue;
    queued_run(d, n);
    if (rest == NULL) continue;
    *d->queue_end = rest;
    d->queue_end = rest_end;
  }
}

void sley__queue_drain_if_shallow(sley_domain *d)
{
  if (stack_used(d) <= d->stack.limit / 2) queue_drain(d);
}
