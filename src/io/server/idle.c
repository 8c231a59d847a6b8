/* The idle limit, and the longest life. All connections of a domain have the same ones, so one alarm looks after them: each is
 * looked at in every quarter of the idle limit, or oftener for its life, the one that was looked at longest ago first. It is
 * over the limit when no byte moved in so many looks in a row. That takes no timer for a connection, and nothing when a
 * byte moves. Its age is counted in sixteenths of the longest life, modulo 2^32 of them. */
#include "io/server/server.h"

enum { LOOKS = 4 /* in the idle limit */, TICKS = 4 /* of the alarm, between two looks */ };
enum { AGE_UNITS = 16 /* in the longest life */ };
/* Times of looks are kept in so many parts of the time between two, modulo 2^32. */
enum { LOOK_UNITS = 1 << 16, LOOK_UNITS_MORE = 2 /* so that rounding never makes one early */ };
enum { LOOK_MOST = 1024 /* in one turn */ };

/* ---- how often ---- */

static unsigned looks_in(double seconds, sley_time every)
{
  sley_time looks = sley_seconds(seconds) / every;
  return looks < 1 ? 1 : looks < UINT16_MAX ? (unsigned)looks : UINT16_MAX;
}

static void every_at_most(sley_server *s, double seconds, int part)
{
  sley_time every = sley_seconds(seconds) / part;
  if (every < 1) every = 1;
  if (s->look_every == 0 || every < s->look_every) s->look_every = every;
}

void sley__looks_set(sley_server *s)
{
  const sley_server_options *o = &s->options;
  if (o->idle > 0) every_at_most(s, o->idle, LOOKS);
  if (o->life > 0) {
    every_at_most(s, o->life, AGE_UNITS);
    every_at_most(s, o->life_grace, LOOKS);
    s->age_unit = sley_seconds(o->life) / AGE_UNITS;
    if (s->age_unit < 1) s->age_unit = 1;
    s->grace_most = looks_in(o->life_grace, s->look_every);
  }
  if (o->idle > 0) s->quiet_most = looks_in(o->idle, s->look_every);
  s->look_unit = s->look_every > LOOK_UNITS ? s->look_every / LOOK_UNITS : 1;
  s->look_every += s->look_every > 0 ? LOOK_UNITS_MORE * s->look_unit : 0;
}

/* ---- idle ---- */

static bool waits_for_peer(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(sley__connection_io(c));
  return sley__connection_is_served(c) &&
         (sley__half_first(&channel->in.half) != NULL || channel->out.unsent > 0);
}

static uint32_t bytes_moved(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(sley__connection_io(c));
  return (uint32_t)(channel->in.half.position + channel->in.unread + channel->out.half.position -
                    channel->out.unsent);
}

/* The second time its cancel has not ended it. */
static void connection_cut(sley_connection *c)
{
  if (c->has_timed_out) {
    sley__connection_abort(c);
    return;
  }
  c->has_timed_out = true;
  sley__connection_cancel(c);
}

static void idle_look(sley_connection *c)
{
  uint32_t moved = bytes_moved(c);
  bool is_quiet = moved == c->moved && waits_for_peer(c);
  c->moved = moved;
  if (!is_quiet) c->quiet = 0;
  else if (++c->quiet >= c->member->server->quiet_most) {
    c->quiet = 0;
    if (!c->has_timed_out) sley__member_count(&c->member->timed_out, 1);
    connection_cut(c);
  }
}

/* ---- old ---- */

static uint32_t age_of(const sley_server *s, sley_time now)
{
  return (uint32_t)(uint64_t)(now / s->age_unit);
}

static void aged_look(sley_connection *c)
{
  if (!c->is_canceled && sley__connection_is_idle(c)) {
    sley__connection_cancel(c);
    return;
  }
  if (++c->quiet < c->member->server->grace_most) return;
  c->quiet = 0;
  if (!c->is_canceled) sley__member_count(&c->member->canceled, 1);
  connection_cut(c);
}

/* ---- looking ---- */

static uint32_t look_time(const sley_server *s, sley_time at)
{
  return (uint32_t)((uint64_t)at / (uint64_t)s->look_unit);
}

/* A unit sooner than the alarm comes, which is rounded, too. */
static void look_set(sley_connection *c, const sley_server *s, sley_time now)
{
  c->look = look_time(s, now) + (uint32_t)(s->look_every / s->look_unit) - 1;
}

static bool look_is_due(const sley_connection *c, const sley_server *s, sley_time now)
{
  return (int32_t)(look_time(s, now) - c->look) >= 0;
}

static void connection_look(sley_connection *c, sley_time now)
{
  const sley_server *s = c->member->server;
  if (s->age_unit > 0 && !c->is_aged && age_of(s, now) - c->born > AGE_UNITS) {
    c->is_aged = true;
    c->quiet = 0;
    sley__member_count(&c->member->aged, 1);
  }
  if (c->is_aged) aged_look(c);
  else if (s->quiet_most > 0 && sley__connection_io(c) != NULL) idle_look(c);
}

static sley_error *connections_look(void *ctx)
{
  member *m = ctx;
  sley_server *s = sley_server_keep(m->server);
  m->is_looking = true;
  sley_time now = sley_now();
  for (int i = 0; i < LOOK_MOST && !sley__dlist_is_empty(&m->connections); i++) {
    sley_connection *c = SLEY__CONTAINER(m->connections.next, sley_connection, place);
    if (!look_is_due(c, s, now)) break;
    look_set(c, s, now);
    sley__dlist_remove(&c->place);
    sley__dlist_append(&m->connections, &c->place);
    connection_look(c, now); /* c may be gone */
  }
  m->is_looking = false;
  if (sley__dlist_is_empty(&m->connections)) sley__looks_end(m);
  else if (m->alarm != NULL) sley_alarm_start(m->alarm);
  sley_server_drop(s);
  return NULL;
}

/* Also when its domain ends. */
static void looks_release(void *ctx)
{
  member *m = ctx;
  m->alarm = NULL;
  sley_server_drop(m->server);
}

void sley__looks_begin(sley_connection *c)
{
  member *m = c->member;
  const sley_server *s = m->server;
  if (s->look_every == 0) return;
  sley_time now = sley_now();
  look_set(c, s, now);
  if (s->age_unit > 0) c->born = age_of(s, now);
  if (m->alarm != NULL) return;
  sley_server_keep(m->server);
  sley_error *e = sley_alarm_new_at(s->site, (double)s->look_every * 1e-9 / TICKS, connections_look,
                                    m, looks_release, &m->alarm);
  if (e == NULL) sley_alarm_start(m->alarm);
  sley_error_drop(e); /* no memory: the next connection makes it */
}

void sley__looks_end(member *m)
{
  sley_alarm *alarm = m->alarm;
  if (m->is_looking) return; /* it ends when it has looked at all */
  m->alarm = NULL;
  sley_alarm_drop(alarm);
}
