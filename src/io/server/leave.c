/* A domain that ends while its server lives: connections in the queue of its listener, which its close would reset, go to the
 * server's other domains. With SO_REUSEPORT the kernel goes on to give a part of the new ones to that listener until it is
 * closed: it drops their first segments from now on, which come again after a second and find another listener,
 * and handshakes that are under way have a moment to come to their end. */
#include "io/server/server.h"

#define HANDSHAKES 0.1 /* seconds, that those under way have */
#define ANSWERS 5.0    /* seconds, that other domains have to take what they are given */

bool sley__acceptor_leaves(const acceptor *a)
{
  const sley_domain *d = a->member != NULL ? a->member->domain : a->server->home;
  return a->is_leaving || !sley_domain_is_open(d);
}

/* ---- what is on its way ---- */

static void hold_release(void *ctx) { sley_server_drop(((acceptor *)ctx)->server); }

static void handed_over(void *ctx)
{
  acceptor *a = ctx;
  if (--a->handing == 0 && a->handed != NULL) sley_fulfill(&a->handed, sley_unit());
}

void sley__leave_hands_over(acceptor *a, sley_promise *p)
{
  a->handing++;
  sley_server_keep(a->server);
  sley_on_termination(p, handed_over, a, hold_release);
  sley_drop(p);
}

static sley_promise *answers(acceptor *a)
{
  if (a->handing == 0) return sley_return_unit();
  sley_promise *p = sley_pending(&a->handed);
  return sley_is_pending(p) ? sley_with_timeout(p, ANSWERS) : p;
}

/* ---- the end ---- */

static sley_promise *queue_hand_over(void *ctx, sley_value *v)
{
  acceptor *a = ctx;
  (void)v;
  sley__accept_leave(a, sley__clock() + sley_seconds(ANSWERS));
  return answers(a);
}

static bool others_are_open(const sley_server *s)
{
  for (size_t i = 0; i < s->count; i++)
    if (s->members[i].domain != sley_domain_current() && sley_domain_is_open(s->members[i].domain))
      return true;
  return false;
}

static sley_promise *leave(void *ctx)
{
  acceptor *a = ctx;
  if (a->listener == NULL || !others_are_open(a->server)) return sley_return_unit();
  a->is_leaving = true;
  bool waits = sley__place_is_shared(a->server, a->index) && sley__listener_turns_away(a->listener);
  return sley_bind(sley_sleep(waits ? HANDSHAKES : 0), queue_hand_over, a, NULL);
}

sley_error *sley__leave_prepare(acceptor *a)
{
  sley_server_keep(a->server);
  return sley_at_finish_at(a->server->site, true, leave, a, hold_release, &a->finish);
}
