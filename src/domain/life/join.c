/* Waiting for the end of a domain, whatever ends it: a ticket in its seat's list. */
#include "domain/life/life.h"

typedef struct watcher {
  ticket ticket;
  seat *watched; /* one hold */
  size_t left;
} watcher;

static watcher *watcher_of(ticket *t) { return SLEY__CONTAINER(t, watcher, ticket); }

static bool watcher_withdraw(ticket *t)
{
  seat *s = watcher_of(t)->watched;
  pthread_mutex_lock(&s->lock);
  bool listed = !s->life.over;
  if (listed) sley__dlist_remove(&t->place);
  pthread_mutex_unlock(&s->lock);
  if (listed) sley__seat_release(s);
  return listed;
}

static bool watcher_arrived(ticket *t)
{
  watcher *w = watcher_of(t);
  sley_resolver *r = sley__ticket_end(t);
  sley__seat_release(w->watched);
  sley_fulfill(&r, sley_int((int64_t)w->left));
  return true;
}

static void watcher_lost(ticket *t) { sley__seat_release(watcher_of(t)->watched); }

static const ticket_type watcher_type = {.operation = {"join", sley__ticket_cancel},
                                         .size = sizeof(watcher),
                                         .withdraw = watcher_withdraw,
                                         .arrived = watcher_arrived,
                                         .lost = watcher_lost};

void sley__seat_over(seat *s, size_t left)
{
  pthread_mutex_lock(&s->lock);
  s->life.over = true;
  s->life.left = left;
  pthread_mutex_unlock(&s->lock);
  struct sley__dlist *watchers =
      &s->life.watchers; /* no other thread uses the list once life.over is set */
  for (ticket *t = sley__ticket_pop(watchers); t != NULL; t = sley__ticket_pop(watchers)) {
    watcher_of(t)->left = left;
    sley__ticket_send(t);
  }
}

sley_promise *sley_domain_join_at(const char *site, sley_domain *domain)
{
  SLEY__NEEDS_AT(site, domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_join", site, "a domain");
  sley__refuse_elsewhere_at(site, domain->runtime->origin, "domain", domain->name);
  seat *s = domain->seat;
  if (s == NULL || !s->life.spawned)
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_domain_join works only on a domain made by sley_domain_spawn"));
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &watcher_type, &p, &failed);
  if (t == NULL) return failed;
  watcher *w = watcher_of(t);
  w->watched = s;
  sley__seat_hold(s);
  pthread_mutex_lock(&s->lock);
  bool over = s->life.over;
  if (!over) sley__dlist_append(&s->life.watchers, &t->place);
  w->left = s->life.left;
  pthread_mutex_unlock(&s->lock);
  if (over) sley__ticket_arrived(t);
  return p;
}
