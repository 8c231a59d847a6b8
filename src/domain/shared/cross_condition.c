/* The cross-domain condition. A signal is a ticket sent home; if the waiter has gone meanwhile, the signal is passed
 * on. */
#include <sley/cross.h>

#include "domain/shared/cross.h"

typedef struct waiter {
  ticket ticket;
  sley_cross_condition *condition; /* one hold */
  bool queued;                     /* under the condition's lock */
  bool for_all;                    /* answered by a broadcast */
} waiter;

struct sley_cross_condition {
  shared_object shared;
  struct sley__dlist waiting; /* under the lock */
};

static waiter *waiter_of(ticket *t) { return SLEY__CONTAINER(t, waiter, ticket); }

static bool condition_withdraw(ticket *t)
{
  waiter *w = waiter_of(t);
  sley_cross_condition *c = w->condition;
  pthread_mutex_lock(&c->shared.lock);
  bool queued = w->queued;
  if (queued) sley__dlist_remove(&t->place);
  pthread_mutex_unlock(&c->shared.lock);
  if (queued) sley_cross_condition_drop(c);
  return queued;
}

static bool condition_arrived(ticket *t)
{
  waiter *w = waiter_of(t);
  sley_resolver *r = sley__ticket_end(t);
  if (r == NULL && !w->for_all) sley_cross_condition_signal(w->condition);
  sley_cross_condition_drop(w->condition);
  sley__operation_fulfill(&r, sley_unit());
  return true;
}

static void condition_lost(ticket *t)
{
  waiter *w = waiter_of(t);
  if (!w->for_all) sley_cross_condition_signal(w->condition);
  sley_cross_condition_drop(w->condition);
}

static const ticket_type condition_waiter = {.operation = {"condition", sley__ticket_cancel},
                                             .size = sizeof(waiter),
                                             .withdraw = condition_withdraw,
                                             .arrived = condition_arrived,
                                             .lost = condition_lost};

void sley_cross_condition_signal(sley_cross_condition *condition)
{
  SLEY__NEEDS(condition);
  sley__shared_use(condition, "a condition");
  pthread_mutex_lock(&condition->shared.lock);
  ticket *t = sley__ticket_pop(&condition->waiting);
  if (t != NULL) waiter_of(t)->queued = false;
  pthread_mutex_unlock(&condition->shared.lock);
  if (t != NULL) sley__ticket_send(t);
}

void sley_cross_condition_broadcast(sley_cross_condition *condition)
{
  SLEY__NEEDS(condition);
  sley__shared_use(condition, "a condition");
  pthread_mutex_lock(&condition->shared.lock);
  struct sley__dlist all;
  sley__dlist_move(&all, &condition->waiting);
  for (struct sley__dlist *i = all.next; i != &all; i = i->next) {
    waiter *w = waiter_of(sley__ticket_at(i));
    w->queued = false;
    w->for_all = true;
  }
  pthread_mutex_unlock(&condition->shared.lock);
  sley__tickets_send(&all);
}

static sley_promise *condition_relock(void *ctx) { return sley_cross_mutex_lock_at("", ctx); }

static void mutex_release(void *ctx) { sley_cross_mutex_drop(ctx); }

sley_promise *sley_cross_condition_wait_at(const char *site, sley_cross_condition *condition,
                                           sley_cross_mutex *mutex)
{
  SLEY__NEEDS_AT(site, condition);
  sley__shared_use_at(site, condition, "a condition");
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &condition_waiter, &p, &failed);
  if (t == NULL) return failed;
  waiter *w = waiter_of(t);
  w->condition = sley_cross_condition_keep(condition);
  w->queued = true;
  pthread_mutex_lock(&condition->shared.lock);
  sley__dlist_append(&condition->waiting, &t->place);
  pthread_mutex_unlock(&condition->shared.lock);
  if (mutex == NULL) return p;
  /* Finalizers use a reserve node if memory has run out. */
  p = sley_finalize_at(site, p, condition_relock, sley_cross_mutex_keep(mutex), mutex_release);
  sley__cross_mutex_wait_begins(mutex, site);
  return p;
}

/* ---- handles ---- */

sley_error *sley_cross_condition_new(sley_cross_condition **out)
{
  SLEY__NEEDS(out);
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return sley_error_nomem();
  sley__dlist_init(&(*out)->waiting);
  return NULL;
}

sley_cross_condition *sley_cross_condition_keep(sley_cross_condition *condition)
{
  SLEY__NEEDS(condition);
  sley__shared_keep(condition);
  return condition;
}

void sley_cross_condition_drop(sley_cross_condition *condition)
{
  if (condition != NULL && sley__shared_release(condition)) sley__shared_free(condition);
}

static void *condition_dup(void *ptr) { return sley_cross_condition_keep(ptr); }

static void condition_value_drop(void *ptr) { sley_cross_condition_drop(ptr); }

const sley_type sley_type_cross_condition = {.size = sizeof(sley_type),
                                             .name = "cross-domain condition",
                                             .drop = condition_value_drop,
                                             .dup = condition_dup,
                                             .send = sley_send_plain};
