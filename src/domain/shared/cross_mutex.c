/* The cross-domain mutex. Unlocking hands it directly to the oldest waiter: while there are waiters it is always
 * held. The holder's seat lists it, so that it is released when the holder's domain ends. */
#include <sley/cross.h>

#include "domain/shared/cross.h"

typedef struct waiter {
  ticket ticket;
  sley_cross_mutex *mutex; /* one hold */
  bool queued;             /* under the mutex's lock */
  bool holder_gone;
} waiter;

struct sley_cross_mutex {
  shared_object shared;
  seat *holder; /* under the lock; NULL: free */
  struct sley__dlist waiting;
  /* The holder's own. held_place: NULL while the mutex is on its way to the holder's waiter. */
  struct sley_cross_mutex *next_held, **held_place;
};

static waiter *waiter_of(ticket *t) { return SLEY__CONTAINER(t, waiter, ticket); }

static void held_begin(sley_cross_mutex *m, seat *here)
{
  SLEY__LIST_PREPEND(here->held_mutexes, m, next_held, held_place);
}

static void held_end(sley_cross_mutex *m)
{
  SLEY__LIST_REMOVE(m, next_held, held_place);
  m->held_place = NULL;
}

/* The holder, or the waiter it was handed to, no longer wants it. Any thread. */
static void mutex_pass_on(sley_cross_mutex *m)
{
  pthread_mutex_lock(&m->shared.lock);
  ticket *t = sley__ticket_pop(&m->waiting);
  if (t != NULL) waiter_of(t)->queued = false;
  m->holder = t != NULL ? t->home : NULL;
  pthread_mutex_unlock(&m->shared.lock);
  if (t != NULL) sley__ticket_send(t);
}

static bool mutex_withdraw(ticket *t)
{
  waiter *w = waiter_of(t);
  sley_cross_mutex *m = w->mutex;
  pthread_mutex_lock(&m->shared.lock);
  bool queued = w->queued;
  if (queued) sley__dlist_remove(&t->place);
  pthread_mutex_unlock(&m->shared.lock);
  if (queued) sley_cross_mutex_drop(m);
  return queued;
}

static bool mutex_arrived(ticket *t)
{
  waiter *w = waiter_of(t);
  sley_cross_mutex *m = w->mutex;
  sley_resolver *r = sley__ticket_end(t);
  if (w->holder_gone) {
    if (r != NULL)
      sley_reject(&r,
                  sley__gone_error(t->site, "the domain that held a mutex without unlocking it"));
  } else if (r == NULL) {
    mutex_pass_on(m);
  } else {
    held_begin(m, t->home);
    sley__operation_fulfill(&r, sley_unit());
  }
  sley_cross_mutex_drop(m);
  return true;
}

static void mutex_lost(ticket *t)
{
  waiter *w = waiter_of(t);
  if (!w->holder_gone) mutex_pass_on(w->mutex);
  sley_cross_mutex_drop(w->mutex);
}

static const ticket_type mutex_waiter = {.operation = {"lock", sley__ticket_cancel},
                                         .size = sizeof(waiter),
                                         .withdraw = mutex_withdraw,
                                         .arrived = mutex_arrived,
                                         .lost = mutex_lost};

/* ---- handles ---- */

sley_error *sley_cross_mutex_new(sley_cross_mutex **out)
{
  SLEY__NEEDS(out);
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return sley_error_nomem();
  sley__dlist_init(&(*out)->waiting);
  return NULL;
}

sley_cross_mutex *sley_cross_mutex_keep(sley_cross_mutex *mutex)
{
  SLEY__NEEDS(mutex);
  sley__shared_keep(mutex);
  return mutex;
}

void sley_cross_mutex_drop(sley_cross_mutex *mutex)
{
  if (mutex == NULL || !sley__shared_release(mutex)) return;
  if (mutex->holder != NULL)
    sley__abort(
        "sley_cross_mutex_drop was given the last handle of a mutex that domain %s holds: unlock "
        "it "
        "first, with sley_cross_mutex_unlock",
        mutex->holder->name);
  sley__shared_free(mutex);
}

static void *mutex_dup(void *ptr) { return sley_cross_mutex_keep(ptr); }

static void mutex_value_drop(void *ptr) { sley_cross_mutex_drop(ptr); }

const sley_type sley_type_cross_mutex = {.size = sizeof(sley_type),
                                         .name = "cross-domain mutex",
                                         .drop = mutex_value_drop,
                                         .dup = mutex_dup,
                                         .send = sley_send_plain};

/* ---- locking ---- */

/* waits: queued if the mutex is held; can be NULL. */
static bool mutex_take(sley_cross_mutex *m, seat *here, waiter *waits)
{
  pthread_mutex_lock(&m->shared.lock);
  bool taken = m->holder == NULL;
  if (taken) {
    m->holder = here;
  } else if (waits != NULL) {
    waits->queued = true;
    sley__dlist_append(&m->waiting, &waits->ticket.place);
  }
  pthread_mutex_unlock(&m->shared.lock);
  if (taken) held_begin(m, here);
  return taken;
}

static bool mutex_try_acquire(sley_domain *d, sley_cross_mutex *m)
{
  int code;
  seat *here = sley__seat_open(d, &code);
  return here != NULL && !here->ending && mutex_take(m, here, NULL);
}

int sley_cross_mutex_try_acquire(sley_cross_mutex *mutex)
{
  SLEY__NEEDS(mutex);
  sley_domain *d = sley__self();
  sley__shared_use(mutex, "a mutex");
  return mutex_try_acquire(d, mutex) ? 0 : -SLEY_EAGAIN;
}

sley_promise *sley_cross_mutex_lock_at(const char *site, sley_cross_mutex *mutex)
{
  SLEY__NEEDS_AT(site, mutex);
  sley_domain *d = sley__self_at(__func__, site);
  sley__shared_use_at(site, mutex, "a mutex");
  if (mutex_try_acquire(d, mutex)) {
    sley_promise *p = sley_return_at(site, sley_unit());
    if (sley_state(p) != SLEY_PROMISE_STATE_FULFILLED) sley_cross_mutex_unlock(mutex);
    return p;
  }
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &mutex_waiter, &p, &failed);
  if (t == NULL) return failed;
  waiter *w = waiter_of(t);
  w->mutex = sley_cross_mutex_keep(mutex);
  if (mutex_take(mutex, t->home, w)) {
    sley_resolver *r = sley__ticket_end(t);
    sley__ticket_free(t);
    sley_cross_mutex_drop(mutex);
    sley__operation_fulfill(&r, sley_unit());
  }
  return p;
}

static _Noreturn void mutex_not_held(const sley_domain *d, const seat *holder, const char *site)
{
  const char *name = holder == NULL ? "nobody" : holder->name;
  if (site == NULL)
    sley__abort(
        "sley_cross_mutex_unlock in domain %s was given a mutex that is held by %s: unlock it "
        "once, in the domain where it was locked",
        d->name, name);
  sley__abort(
      "sley_cross_condition_wait%s%s in domain %s was given a mutex that is held by %s: lock it "
      "first, in the same domain, with sley_cross_mutex_lock",
      site[0] != '\0' ? " at " : "", site, d->name, name);
}

static _Noreturn void mutex_not_held_yet(const sley_domain *d, const char *site)
{
  if (site == NULL)
    sley__abort(
        "sley_cross_mutex_unlock: domain %s unlocks a mutex that is being handed to one of its own "
        "waiters, whose promise is still pending: it was unlocked once too often; unlock it once "
        "for each fulfilled lock, or use sley_cross_mutex_with_lock",
        d->name);
  sley__abort(
      "sley_cross_condition_wait%s%s in domain %s was given a mutex that is being handed to a "
      "waiter of this domain, whose promise is still pending: lock it first, with "
      "sley_cross_mutex_lock, and wait for the condition when the lock is fulfilled",
      site[0] != '\0' ? " at " : "", site, d->name);
}

/* waits_at: the call site of sley_cross_condition_wait, which releases the mutex; NULL: an unlock. */
static void mutex_give_up(sley_domain *d, sley_cross_mutex *mutex, const char *waits_at)
{
  const seat *here = d->seat;
  pthread_mutex_lock(&mutex->shared.lock);
  const seat *holder = mutex->holder;
  pthread_mutex_unlock(&mutex->shared.lock);
  if (holder != here && d->ending) return; /* its end has already unlocked the mutex */
  if (holder == NULL || holder != here) mutex_not_held(d, holder, waits_at);
  if (mutex->held_place == NULL) {
    if (d->ending) return;
    mutex_not_held_yet(d, waits_at);
  }
  held_end(mutex);
  mutex_pass_on(mutex);
}

void sley_cross_mutex_unlock(sley_cross_mutex *mutex)
{
  SLEY__NEEDS(mutex);
  sley_domain *d = sley__self();
  sley__shared_use(mutex, "a mutex");
  mutex_give_up(d, mutex, NULL);
}

void sley__cross_mutex_wait_begins(sley_cross_mutex *mutex, const char *site)
{
  sley__refuse_elsewhere_in("sley_cross_condition_wait", site, mutex->shared.origin, "a mutex", "");
  mutex_give_up(sley__self(), mutex, site);
}

/* A domain ends with mutexes locked: rejects their waiters and frees the mutexes. */
static void held_end_all(seat *here)
{
  while (here->held_mutexes != NULL) {
    sley_cross_mutex *m = here->held_mutexes;
    held_end(m);
    pthread_mutex_lock(&m->shared.lock);
    struct sley__dlist waiting;
    sley__dlist_move(&waiting, &m->waiting);
    m->holder = NULL;
    for (struct sley__dlist *i = waiting.next; i != &waiting; i = i->next) {
      waiter *w = waiter_of(sley__ticket_at(i));
      w->queued = false;
      w->holder_gone = true;
    }
    pthread_mutex_unlock(&m->shared.lock);
    sley__tickets_send(&waiting);
  }
}

const seat_part sley__held_mutexes_part = {.end = held_end_all};
