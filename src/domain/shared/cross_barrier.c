/* The cross-domain barrier. */
#include <sley/cross.h>

#include "domain/shared/cross.h"

typedef struct waiter {
  ticket ticket;
  sley_cross_barrier *barrier; /* one hold */
  bool queued;                 /* under the barrier's lock */
} waiter;

struct sley_cross_barrier {
  shared_object shared;
  size_t count;
  size_t there; /* under the lock */
  struct sley__dlist waiting;
};

static waiter *waiter_of(ticket *t) { return SLEY__CONTAINER(t, waiter, ticket); }

static bool barrier_withdraw(ticket *t)
{
  waiter *w = waiter_of(t);
  sley_cross_barrier *b = w->barrier;
  pthread_mutex_lock(&b->shared.lock);
  bool queued = w->queued;
  if (queued) {
    sley__dlist_remove(&t->place);
    b->there--;
  }
  pthread_mutex_unlock(&b->shared.lock);
  if (queued) sley_cross_barrier_drop(b);
  return queued;
}

static bool barrier_arrived(ticket *t)
{
  sley_resolver *r = sley__ticket_end(t);
  sley_cross_barrier_drop(waiter_of(t)->barrier);
  sley__operation_fulfill(&r, sley_int(0));
  return true;
}

static void barrier_lost(ticket *t) { sley_cross_barrier_drop(waiter_of(t)->barrier); }

static const ticket_type barrier_waiter = {.operation = {"barrier", sley__ticket_cancel},
                                           .size = sizeof(waiter),
                                           .withdraw = barrier_withdraw,
                                           .arrived = barrier_arrived,
                                           .lost = barrier_lost};

sley_promise *sley_cross_barrier_wait_at(const char *site, sley_cross_barrier *barrier)
{
  SLEY__NEEDS_AT(site, barrier);
  sley__shared_use_at(site, barrier, "a barrier");
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &barrier_waiter, &p, &failed);
  if (t == NULL) return failed;
  waiter *w = waiter_of(t);
  w->barrier = sley_cross_barrier_keep(barrier);
  pthread_mutex_lock(&barrier->shared.lock);
  bool last = ++barrier->there == barrier->count;
  struct sley__dlist others;
  if (last) {
    barrier->there = 0;
    sley__dlist_move(&others, &barrier->waiting);
    for (struct sley__dlist *i = others.next; i != &others; i = i->next)
      waiter_of(sley__ticket_at(i))->queued = false;
  } else {
    w->queued = true;
    sley__dlist_append(&barrier->waiting, &t->place);
  }
  pthread_mutex_unlock(&barrier->shared.lock);
  if (!last) return p;
  sley__tickets_send(&others);
  sley_cross_barrier_drop(barrier);
  sley_resolver *r = sley__ticket_end(t);
  sley__ticket_free(t);
  sley__operation_fulfill(&r, sley_int(1));
  return p;
}

/* ---- handles ---- */

sley_error *sley_cross_barrier_new(size_t count, sley_cross_barrier **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  if (count == 0)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "a barrier for no waits would never open");
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return sley_error_nomem();
  (*out)->count = count;
  sley__dlist_init(&(*out)->waiting);
  return NULL;
}

sley_cross_barrier *sley_cross_barrier_keep(sley_cross_barrier *barrier)
{
  SLEY__NEEDS(barrier);
  sley__shared_keep(barrier);
  return barrier;
}

void sley_cross_barrier_drop(sley_cross_barrier *barrier)
{
  if (barrier != NULL && sley__shared_release(barrier)) sley__shared_free(barrier);
}

static void *barrier_dup(void *ptr) { return sley_cross_barrier_keep(ptr); }

static void barrier_value_drop(void *ptr) { sley_cross_barrier_drop(ptr); }

const sley_type sley_type_cross_barrier = {.size = sizeof(sley_type),
                                           .name = "cross-domain barrier",
                                           .drop = barrier_value_drop,
                                           .dup = barrier_dup,
                                           .send = sley_send_plain};
