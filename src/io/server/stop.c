/* How a server ends: it is not ready any more, accepts no more, and each of its domains lets its connections end. */
#include "io/server/server.h"

#include <stdio.h>

#define STEP (20 * SLEY_MILLISECOND) /* between two looks for connections that have become idle */
#define GRACE SLEY_SECOND            /* for what has been canceled */
#define LAST_GRACE (100 * SLEY_MILLISECOND) /* for what its object's end ends */
#define HELD_BACK 1.2                       /* seconds, see rest_of */
enum { NAMED_MOST = 8 };

/* ---- in a member's domain ---- */

void sley__member_drained(member *m)
{
  sley_promise *patience = m->patience, *stopped = m->stopped;
  if (m->drained == NULL) return;
  m->patience = m->stopped = NULL;
  if (patience != NULL) sley_cancel(patience);
  sley_drop(patience);
  sley_fulfill(&m->drained, sley_unit());
  sley_drop(stopped);
}

static size_t connections_count(const member *m)
{
  size_t n = 0;
  for (const struct sley__dlist *at = m->limits.all.next; at != &m->limits.all; at = at->next) n++;
  return n;
}

/* Calls f with each connection; f can end any of them. */
static void each_connection(member *m, void (*f)(sley_connection *c))
{
  for (size_t n = connections_count(m); n > 0 && !sley__dlist_is_empty(&m->limits.all); n--) {
    sley_connection *c = SLEY__CONTAINER(m->limits.all.next, sley_connection, limited.place);
    sley__dlist_remove(&c->limited.place);
    sley__dlist_append(&m->limits.all, &c->limited.place);
    f(c);
  }
}

static void end_if_idle(sley_connection *c)
{
  if (!c->is_canceled && sley__connection_is_idle(c)) sley__connection_cancel(c);
}

static void cancel_now(sley_connection *c)
{
  if (c->stage <= CONNECTION_SERVED && !c->is_canceled) sley__member_count(&c->member->canceled, 1);
  sley__connection_cancel(c);
}

/* The peers of those that are left. */
static sley_error *left_error(const member *m)
{
  char names[NAMED_MOST * (SLEY__CONNECTION_NAME + 2)] = "";
  size_t length = 0, n = 0;
  for (const struct sley__dlist *at = m->limits.all.next; at != &m->limits.all; at = at->next) {
    char name[SLEY__CONNECTION_NAME];
    const sley_connection *c = SLEY__CONTAINER((uintptr_t)at, sley_connection, limited.place);
    if (n++ >= NAMED_MOST) continue;
    sley__connection_name(c, name, sizeof(name));
    length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
                               length > 0 ? ", " : "", name);
  }
  return sley_error_new_at(m->server->site, &sley_kind_sley, SLEY_ETIMEOUT,
                           "sley_server_stop: in domain %s %zu connection%s not ended after being "
                           "canceled: %s%s",
                           m->domain->name, n, n == 1 ? " has" : "s have", names,
                           n > NAMED_MOST ? ", ..." : "");
}

static void stop_gives_up(member *m)
{
  sley_promise *stopped = m->stopped;
  m->stopped = NULL;
  sley_reject(&m->drained, left_error(m));
  sley_drop(stopped);
}

static void stop_go_on(member *m);

static void stop_wakes(void *ctx)
{
  member *m = ctx;
  sley_server *s = m->server;
  if (m->patience == NULL) return; /* there is nothing to wait for any more */
  sley_server_keep(s);
  sley_drop(m->patience);
  m->patience = NULL;
  stop_go_on(m);
  sley_server_drop(s);
}

/* false: no memory for a timer. */
static bool stop_waits(member *m, sley_time now)
{
  sley_time left = m->deadline - now;
  sley_promise *patience = sley__sleep(m->server->site, left < STEP ? left : STEP);
  bool waits = sley_is_pending(patience);
  if (waits) {
    m->patience = sley_keep(patience);
    sley_on_termination(patience, stop_wakes, m);
  }
  sley_drop(patience);
  return waits;
}

/* As far as it can go now. */
static void stop_go_on(member *m)
{
  while (m->drained != NULL) {
    sley_time now = sley_now();
    if (m->stop_stage == STOP_WAITS) each_connection(m, end_if_idle);
    if (m->drained == NULL) return;
    if (now < m->deadline) {
      if (stop_waits(m, now)) return;
      m->deadline = now;
    } else if (m->stop_stage == STOP_WAITS) {
      m->stop_stage = STOP_CANCELS;
      m->deadline = now + GRACE;
      each_connection(m, cancel_now);
    } else if (m->stop_stage == STOP_CANCELS) {
      m->stop_stage = STOP_ABORTS;
      m->deadline = now + LAST_GRACE;
      each_connection(m, sley__connection_abort);
    } else {
      stop_gives_up(m);
    }
  }
}

sley_promise *sley__member_stop(const char *site, member *m, double seconds)
{
  sley__accept_end(m->server, m, seconds);
  m->is_ending = true;
  sley_time now = sley_now(), most = sley_seconds(seconds > 0 ? seconds : 0);
  sley_time deadline = most < INT64_MAX - now ? now + most : INT64_MAX;
  if (m->drained == NULL) {
    each_connection(m, end_if_idle);
    if (sley__dlist_is_empty(&m->limits.all)) return sley_return(sley_unit());
    sley_promise *p = sley_pending_at(site, &m->drained);
    if (m->drained == NULL) return p;
    m->stopped = sley_keep(p);
    m->stop_stage = STOP_WAITS;
    m->deadline = deadline;
    stop_go_on(m);
    return p;
  }
  sley_promise *p = sley_keep(m->stopped), *patience = m->patience;
  if (m->stop_stage == STOP_WAITS && deadline < m->deadline) { /* a second stop, with less time */
    m->deadline = deadline;
    if (patience != NULL) sley_cancel(patience);
  }
  return p;
}

/* ---- in the domain that started it ---- */

typedef struct stopping {
  sley_server *server; /* one hold */
  const char *site;
  double seconds;
} stopping;

static void stopping_free(void *ctx)
{
  stopping *stop = ctx;
  sley_server_drop(stop->server);
  sley__free(sley__self(), stop, sizeof(*stop));
}

static sley_error *canceled_count(void *ctx, sley_value *v, sley_value *out)
{
  const sley_server *s = ctx;
  uint64_t count = 0;
  (void)v;
  for (size_t i = 0; i < s->count; i++)
    count += __atomic_load_n(&s->members[i].canceled, __ATOMIC_RELAXED);
  *out = sley_int((int64_t)count);
  return NULL;
}

static sley_promise *stop_now(const char *site, sley_server *s, double seconds)
{
  sley__accept_end(s, NULL, seconds);
  return sley_map_at(site, sley__server_stop_each(site, s, seconds), canceled_count,
                     sley_server_keep(s), sley__server_release);
}

static sley_promise *rest_over(const stopping *stop)
{
  sley_server *s = stop->server;
  sley_drop(s->resting);
  s->resting = NULL;
  s->has_rested = true;
  return stop_now(stop->site, s, stop->seconds);
}

static sley_promise *rested(void *ctx, sley_value *v)
{
  (void)v;
  return rest_over(ctx);
}

/* By another stop, or out of memory. */
static sley_promise *rest_cut(void *ctx, sley_error *e)
{
  (void)e;
  return rest_over(ctx);
}

/* How long it still accepts. Connections that the kernel holds back until data comes are in no queue, and reset when the
 * listener is closed: it gives them out when it next repeats its half of their handshakes, after a second. */
static double rest_of(sley_server *s)
{
  bool defers = false;
  for (size_t i = 0; i < s->listens; i++) defers |= s->places[i].options.defer_accept > 0;
  if (defers) sley__server_hold_back_none(s);
  return defers && s->options.ready < HELD_BACK ? HELD_BACK : s->options.ready;
}

/* NULL: no memory to wait. */
static sley_promise *rest_first(const char *site, sley_server *s, double seconds, double rest_for)
{
  stopping *stop = sley__alloc(sley__self(), sizeof(*stop));
  if (stop == NULL) return NULL;
  *stop = (stopping){sley_server_keep(s), site, seconds};
  sley_promise *rest = sley_sleep_at(site, rest_for);
  if (sley_is_pending(rest)) s->resting = sley_keep(rest);
  return sley_try_bind_at(site, rest, rested, rest_cut, stop, stopping_free);
}

sley_promise *sley_server_stop_at(const char *site, sley_server *server, double seconds)
{
  SLEY__NEEDS_AT(site, server);
  if (SLEY__UNLIKELY(server->home != sley__self()))
    sley__abort(
        "sley_server_stop%s%s in domain %s was given a server that domain %s has started: call it "
        "there, with sley_call from here",
        site[0] != '\0' ? " at " : "", site, sley__self()->name, server->home->name);
  __atomic_store_n(&server->is_ready, false, __ATOMIC_RELAXED);
  if (server->resting != NULL) { /* called again */
    sley_promise *rest = server->resting;
    server->resting = NULL;
    sley_cancel(rest);
    sley_drop(rest);
  } else if (!server->has_rested) {
    double rest = rest_of(server);
    sley_promise *p = rest > 0 ? rest_first(site, server, seconds, rest) : NULL;
    if (p != NULL) return p;
  }
  server->has_rested = true;
  return stop_now(site, server, seconds);
}
