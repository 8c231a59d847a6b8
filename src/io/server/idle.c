/* The idle limit. All connections of a domain have the same one, so one alarm looks after them: each is looked at in every
 * quarter of the limit, the one that was looked at longest ago first, and is over it when no byte moved in four looks in
 * a row. That takes no timer for a connection, and nothing when a byte moves. */
#include "io/server/server.h"

enum { LOOKS = 4, TICKS = 16 /* of the alarm, in the limit */ };
enum { LOOK_MOST = 1024 /* in one turn */ };

static bool waits_for_peer(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(c->io);
  return c->stage == CONNECTION_SERVED &&
         (sley__half_first(&channel->in.half) != NULL || channel->out.unsent > 0);
}

static uint32_t bytes_moved(const sley_connection *c)
{
  const sley__channel *channel = sley__channel_of(c->io);
  return (uint32_t)(channel->in.half.position + channel->in.unread + channel->out.half.position -
                    channel->out.unsent);
}

static void connection_look(sley_connection *c)
{
  uint32_t moved = bytes_moved(c);
  bool is_quiet = moved == c->moved && waits_for_peer(c);
  c->moved = moved;
  c->quiet = is_quiet ? c->quiet + 1 : 0;
  if (c->quiet < LOOKS) return;
  c->quiet = 0;
  if (c->has_timed_out) { /* its cancel did not end it */
    sley__connection_abort(c);
    return;
  }
  c->has_timed_out = true;
  sley__member_count(&c->member->timed_out, 1);
  sley__connection_cancel(c);
}

static sley_error *connections_look(void *ctx)
{
  member *m = ctx;
  sley_server *s = sley_server_keep(m->server);
  m->is_looking = true;
  sley_time now = sley_now(), every = sley_seconds(s->options.idle / LOOKS);
  for (int i = 0; i < LOOK_MOST && !sley__dlist_is_empty(&m->connections); i++) {
    sley_connection *c = SLEY__CONTAINER(m->connections.next, sley_connection, place);
    if (c->look > now) break;
    c->look = now + every;
    sley__dlist_remove(&c->place);
    sley__dlist_append(&m->connections, &c->place);
    connection_look(c); /* c may be gone */
  }
  m->is_looking = false;
  if (sley__dlist_is_empty(&m->connections)) sley__idle_end(m);
  else if (m->alarm != NULL) sley_alarm_start(m->alarm);
  sley_server_drop(s);
  return NULL;
}

/* Also when its domain ends. */
static void idle_release(void *ctx)
{
  member *m = ctx;
  m->alarm = NULL;
  sley_server_drop(m->server);
}

void sley__idle_begin(sley_connection *c)
{
  member *m = c->member;
  const sley_server_options *o = &m->server->options;
  if (!(o->idle > 0)) return;
  c->look = sley_now() + sley_seconds(o->idle / LOOKS);
  if (m->alarm != NULL) return;
  sley_server_keep(m->server);
  sley_error *e = sley_alarm_new_at(m->server->site, o->idle / TICKS, connections_look, m,
                                    idle_release, &m->alarm);
  if (e == NULL) sley_alarm_start(m->alarm);
  sley_error_drop(e); /* no memory: the next connection makes it */
}

void sley__idle_end(member *m)
{
  sley_alarm *alarm = m->alarm;
  if (m->is_looking) return; /* it ends when it has looked at all */
  m->alarm = NULL;
  sley_alarm_drop(alarm);
}
