/* Conditions: a queue of waiters, each under a finalize that locks the mutex again. */
#include <sley/condition.h>

#include "promise/sync/mutex.h"

struct sley_condition {
  object head;
  waiters queue;
};

static const sley__operation_type type_wait = {"condition_wait", sley__waiter_canceled};

sley_error *sley_condition_new(sley_condition **out)
{
  SLEY__NEEDS(out);
  sley_condition *c = sley__object_new(sley__self(), sizeof(sley_condition));
  *out = c;
  if (c == NULL) return sley_error_nomem();
  sley__dlist_init(&c->queue);
  return NULL;
}

sley_condition *sley_condition_keep(sley_condition *c)
{
  sley__object_enter(c, "sley_condition_keep");
  c->head.handles++;
  return c;
}

void sley_condition_drop(sley_condition *c)
{
  if (c == NULL) return;
  sley_domain *d = sley__object_enter(c, "sley_condition_drop");
  if (!sley__object_drop(c)) return;
  sley__waiters_abandon(&c->queue);
  sley__object_unuse(d, c, sizeof(*c));
}

static sley_promise *nothing_to_lock(void *ctx)
{
  (void)ctx;
  return sley__unit_promise(sley__self());
}

static sley_promise *lock_again(void *ctx) { return sley__mutex_lock_vital(sley__self(), "", ctx); }

sley_promise *sley_condition_wait_at(const char *site, sley_condition *c, sley_mutex *m)
{
  sley_domain *d = sley__object_enter(c, "sley_condition_wait");
  sley_promise *waiting = sley__waiter_new(d, site, &type_wait, &c->queue);
  if (SLEY__UNLIKELY(sley__is_immortal(waiting))) return waiting;
  if (m == NULL) return sley_finalize_at(site, waiting, nothing_to_lock, NULL, NULL);
  sley__object_use(m);
  sley_mutex_unlock(m);
  return sley_finalize_at(site, waiting, lock_again, m, sley__mutex_unuse);
}

void sley_condition_signal(sley_condition *c, sley_value v)
{
  sley__object_enter(c, "sley_condition_signal");
  waiter *first = sley__waiters_pop(&c->queue);
  if (first == NULL) {
    sley_value_drop(&v);
    return;
  }
  sley__waiter_fulfill(first, v);
}

void sley_condition_broadcast(sley_condition *c, sley_value v)
{
  sley_domain *d = sley__object_enter(c, "sley_condition_broadcast");
  waiters now;
  sley__dlist_move(&now, &c->queue);
  sley_promise *told =
      NULL; /* the first waiter answered; it owns the value that the others share */
  for (waiter *w; (w = sley__waiters_pop(&now)) != NULL;) {
    sley_resolver *r = sley__waiter_resolver(w);
    sley_promise *p = sley__underlying(d, sley__waiter_promise(w));
    if (told != NULL) {
      sley__fulfill_from(&r, told);
    } else if (p->state == STATE_PENDING) {
      told = p;
      p->refs++;
      sley_fulfill(&r, v);
    } else { /* canceled, and still in the queue */
      sley_resolver_drop(&r);
    }
  }
  if (told == NULL) sley_value_drop(&v);
  else sley_drop(told);
}

void sley_condition_broadcast_error(sley_condition *c, sley_error *e)
{
  if (e == NULL)
    sley__abort(
        "sley_condition_broadcast_error was given no error; use sley_error_new to make one");
  sley__object_enter(c, "sley_condition_broadcast_error");
  waiters now;
  sley__dlist_move(&now, &c->queue);
  for (waiter *w; (w = sley__waiters_pop(&now)) != NULL;) {
    sley_resolver *r = sley__waiter_resolver(w);
    sley_reject(&r, sley_error_keep(e));
  }
  sley_error_drop(e);
}
