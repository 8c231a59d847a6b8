/* Seats: holding, waking, and sending through the inbox, from any thread. */
#include "domain/link/seat.h"

void sley__seat_missing(const sley_domain *to)
{
  if (__atomic_load_n(&to->ended, __ATOMIC_ACQUIRE))
    sley__abort(
        "domain %s was called after its end, and was never ready for calls from others: call "
        "sley_domain_keep on it in its own thread while it runs",
        to->name);
  sley__abort(
      "sley_call, sley_post or a similar function was given domain %s before it was ready for "
      "calls from others: call sley_domain_keep on it in its own thread first",
      to->name);
}

void sley__seat_hold(seat *s) { __atomic_add_fetch(&s->holders, 1, __ATOMIC_RELAXED); }

void sley__inbox_lose(seat *s)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&s->inbox);
  while (node != NULL) {
    item *i = sley__item_of(node);
    node = node->next;
    i->kind->lose(i);
  }
}

void sley__seat_release(seat *s)
{
  if (__atomic_sub_fetch(&s->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  sley__inbox_lose(s);
  sley_runtime *runtime = s->runtime;
  pthread_mutex_destroy(&s->lock);
  sley__runtime_free(runtime, s, sizeof(*s));
  sley__runtime_release(runtime); /* a seat can outlive the runtime's handle */
}

void sley__seat_wake(seat *s)
{
  if (!sley__sleeper_notify(&s->sleeper)) return;
  pthread_mutex_lock(&s->lock);
  if (s->loop != NULL) sley__loop_wake(s->loop);
  pthread_mutex_unlock(&s->lock);
}

void sley__seat_send(seat *to, item *i)
{
  sley__refuse_elsewhere(to->origin, "domain", to->name);
  sley__inbox_push(&to->inbox, &i->node);
  sley__seat_wake(to); /* its fence keeps the next load behind the push */
  if (__atomic_load_n(&to->finished, __ATOMIC_ACQUIRE)) sley__inbox_lose(to);
}

sley_error *sley__gone_error(const char *site, const char *what)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "%s has ended", what);
}
