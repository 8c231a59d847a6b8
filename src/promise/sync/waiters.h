/* Queues of promises that wait for an answer: the basis of mutexes, conditions, mvars and pools. A waiter is an
 * operation whose data is its place in the queue. A canceled one leaves the queue when its cancel callbacks run,
 * of which that is the oldest: until then it is still in the queue, and answering it has no effect, all as in Lwt.
 *
 * Reading guide to sync: this file and waiters.c; mutex.c, the model; condition.c, mvar.c; pool.c and
 * pool_lease.c; switch.c, hooks that run once; scope.c and scope_child.c, which are made of a switch. */
#ifndef SLEY_PROMISE_WAITERS_H
#define SLEY_PROMISE_WAITERS_H

#include "promise/combine/combine.h"

typedef struct sley__dlist waiters;

typedef struct waiter {
  struct sley__dlist place; /* on no list once it is being answered */
  sley_value value; /* only of waiters made with a value; others are allocated without this */
} waiter;

/* Removes the oldest; NULL if the queue is empty. */
static inline waiter *sley__waiters_pop(waiters *queue)
{
  struct sley__dlist *first = sley__dlist_pop(queue);
  return first != NULL ? SLEY__CONTAINER(first, waiter, place) : NULL;
}

static inline sley_promise *sley__waiter_promise(waiter *w)
{
  return (sley_promise *)(void *)((char *)w - OPERATION_HEAD);
}

/* The resolver of a waiter that has left the queue. */
static inline sley_resolver *sley__waiter_resolver(waiter *w)
{
  return (sley_resolver *)(void *)sley__waiter_promise(w);
}

/* sley_fulfill for a waiter that has left the queue. */
static inline void sley__waiter_fulfill(waiter *w, sley_value v)
{
  sley__operation_listens_no_more((operation *)(void *)sley__waiter_promise(w));
  sley_resolver *r = sley__waiter_resolver(w);
  sley_fulfill(&r, v);
}

/* Cancel functions of the operation types of waiters without and with a value. */
void sley__waiter_canceled(void *data);
void sley__waiter_with_canceled(void *data);

/* A cancelable promise at the end of queue; type names it in dumps. Out of memory: the preallocated rejection. */
sley_promise *sley__waiter_new(sley_domain *d, const char *site, const sley__operation_type *type,
                               waiters *queue);
/* sley__waiter_new that uses the reserve when memory is out. */
sley_promise *sley__waiter_new_vital(sley_domain *d, const char *site,
                                     const sley__operation_type *type, waiters *queue);
/* sley__waiter_new with a value. Consumes v. */
sley_promise *sley__waiter_new_with(sley_domain *d, const char *site,
                                    const sley__operation_type *type, waiters *queue, sley_value v);
/* Runs the callbacks of all promises that sley__cancel_collect found since d->frames was base. Waiters among them
 * leave their queues before any callback runs, since a callback might answer them without effect. */
void sley__canceled_run(sley_domain *d, sley_promise *base);
/* Rejects all of queue with ABANDONED. */
void sley__waiters_abandon(waiters *queue);

#endif
