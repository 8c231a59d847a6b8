/* The limits of time of connections: no byte for too long, too few bytes, the longest life. All connections of a domain
 * have the same ones, so one alarm looks after them (channel/limits.h). */
#include "io/server/server.h"

enum { AGE_UNITS = 16 /* in the longest life */ };
enum { GRACE_LOOKS = 8 /* at least, in the grace */ };

/* ---- idle ---- */

static uint32_t bytes_moved(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(sley__connection_io(c));
  return (uint32_t)(channel->in.half.position + channel->in.unread + channel->out.half.position -
                    channel->out.unsent);
}

/* It can wait as long as it likes for the beginning of something new: the least rate does not count. */
static bool waits_for_more(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(sley__connection_io(c));
  const sley__work *first = sley__half_first(&channel->in.half);
  if (channel->out.unsent > 0) return !sley__output_starves(&channel->out);
  if (channel->in.half.is_hungry || sley__connection_is_between(c)) return false;
  return channel->in.unread > 0 || channel->in.half.depth > 0 || !first->type->has_body;
}

static void idle_look(const sley_connection *c, sley__activity *found)
{
  const sley__channel *channel = sley__channel_of(sley__connection_io(c));
  found->moved = bytes_moved(c);
  found->waits = (sley__connection_is_served(c) || c->stage == CONNECTION_LEAVES_SERVER) &&
                 (sley__half_first(&channel->in.half) != NULL || channel->out.unsent > 0);
  found->begun = found->waits && waits_for_more(c);
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
  if (++c->born < c->member->server->grace_most) return;
  c->born = 0;
  if (!c->is_canceled) sley__member_count(&c->member->canceled, 1);
  connection_cut(c);
}

/* ---- looking ---- */

static sley_connection *connection_of(sley__limited *limited)
{
  return SLEY__CONTAINER(limited, sley_connection, limited);
}

/* One that has had its longest life is late at each look. */
static bool connection_look(sley__limited *limited, sley__activity *found)
{
  sley_connection *c = connection_of(limited);
  const sley_server *s = c->member->server;
  if (s->age_unit > 0 && !c->is_aged && age_of(s, sley_now()) - c->born > AGE_UNITS) {
    c->is_aged = true;
    c->born = 0;
    sley__member_count(&c->member->aged, 1);
  }
  found->late = c->is_aged;
  if (!c->is_aged && sley__connection_io(c) != NULL) idle_look(c, found);
  return true;
}

static sley__limited_rate *connection_rate(sley__limited *limited)
{
  return sley__connection_rate(connection_of(limited));
}

static void connection_over(sley__limited *limited, sley__limit which)
{
  sley_connection *c = connection_of(limited);
  if (which == SLEY__LIMIT_DEADLINE) {
    aged_look(c);
    return;
  }
  if (!c->has_timed_out) sley__member_count(&c->member->timed_out, 1);
  connection_cut(c);
}

static member *member_of(sley__limits *limits) { return SLEY__CONTAINER(limits, member, limits); }

static void limits_hold(sley__limits *limits) { sley_server_keep(member_of(limits)->server); }

static void limits_release(sley__limits *limits) { sley_server_drop(member_of(limits)->server); }

static const sley__limits_type connection_limits = {.look = connection_look,
                                                    .rate = connection_rate,
                                                    .over = connection_over,
                                                    .hold = limits_hold,
                                                    .release = limits_release};

/* ---- begun ---- */

void sley__looks_set(sley_server *s)
{
  const sley_server_options *o = &s->options;
  double grace = o->life_grace * AGE_UNITS / GRACE_LOOKS; /* a limit has 8 looks, its half 16 */
  double shortest = o->life <= 0 ? 0 : o->life < grace ? o->life : grace;
  for (size_t i = 0; i < s->count; i++)
    sley__limits_init(&s->members[i].limits, &connection_limits, o->idle, shortest / 2, o->least,
                      o->least_over);
  if (o->life <= 0) return;
  double looks = o->life_grace / s->members[0].limits.every;
  s->grace_most = looks < UINT32_MAX ? (uint32_t)looks + 2 : UINT32_MAX;
  s->age_unit = sley_seconds(o->life) / AGE_UNITS;
  if (s->age_unit < 1) s->age_unit = 1;
}

void sley__looks_begin(sley_connection *c)
{
  sley__limits *limits = &c->member->limits;
  const sley_server *s = c->member->server;
  if (s->age_unit > 0) c->born = age_of(s, sley_now());
  sley_error_drop(sley__limits_begin(limits, s->site)); /* no memory: the next connection's */
  sley__limits_wake(limits);
}
