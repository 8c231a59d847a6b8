/* Accepting: pauses after failures and at the limit, and its end. */
#include "io/server/server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>

#define PAUSE 0.01      /* seconds, after accepting failed */
#define QUEUE_LEAST 1.0 /* seconds that a stop in a hurry has for what waits in the queues */
enum {
  QUEUE_MOST = 4096 /* taken as accepting ends: a full queue, not all later arrivals */
};

static member *counted_at(const acceptor *a)
{
  return a->member != NULL ? a->member : &a->server->members[0];
}

static bool is_refused(const acceptor *a, const sley_io *io)
{
  const sley_server_options *o = &a->server->options;
  sley_address peer;
  if (o->accept_if == NULL) return false;
  sley_error_drop(sley_socket_peer_at("", io, &peer));
  if (peer.length == 0 || o->accept_if(&peer, &o->context)) return false;
  sley__member_count(&counted_at(a)->refused, 1);
  return true;
}

static void count_dropped(acceptor *a)
{
  uint64_t now = sley_listener_refused(a->listener);
  sley__member_count(&counted_at(a)->dropped, (int)(now - a->dropped));
  a->dropped = now;
}

/* Reported once until a connection arrives, since accepting is retried again and again. */
static void tell_failing(acceptor *a, sley_error *e)
{
  const sley_address *address = &a->server->places[a->index].address;
  char what[SLEY_ADDRESS_TEXT];
  if (a->failing) return;
  a->failing = true;
  unsigned port = sley_address_port(address);
  if (port != 0) snprintf(what, sizeof(what), "%u", port);
  else sley_address_text(address, what, sizeof(what));
  sley__server_tell(a->server, e, port != 0 ? "accepting on port" : "accepting on", what);
}

/* Of the listener: without descriptors, or without memory. */
static void dropped(void *ctx, int code)
{
  acceptor *a = ctx;
  if (a->listener == NULL) return;
  count_dropped(a);
  sley_error *e =
      code == ENOMEM ? sley_error_nomem()
                     : sley__error_errno(a->server->site, code, "connections were closed unserved");
  tell_failing(a, e);
  sley_error_drop(e);
}

static sley_error *pause_over(void *ctx)
{
  sley__accept_next(ctx);
  return NULL;
}

void sley__accept_pause(acceptor *a, double seconds)
{
  if (a->pause == NULL) return; /* its domain ends */
  sley_alarm_change(a->pause, seconds);
  sley_alarm_start_now(a->pause);
}

static void acceptor_release(void *ctx) { sley_server_drop(((acceptor *)ctx)->server); }

/* Its listener goes: the caller has it. */
static sley_listener *accept_close(acceptor *a)
{
  sley_listener *listener = a->listener;
  if (listener != NULL) count_dropped(a);
  a->listener = NULL;
  __atomic_store_n(&a->is_full, 0, __ATOMIC_SEQ_CST);
  return listener;
}

/* Also when its domain ends, before its descriptors. */
static void pause_release(void *ctx)
{
  acceptor *a = ctx;
  a->pause = NULL;
  if (a->listener != NULL) sley__listener_tell_left(a->listener);
  sley_listener_close(accept_close(a));
  sley_server_drop(a->server);
}

static void accept_forget(acceptor *a)
{
  sley_alarm *pause = a->pause;
  sley_finish_hook *finish = a->finish;
  sley_server *s = sley_server_keep(a->server); /* theirs can be the last holds */
  a->pause = NULL;
  a->finish = NULL;
  sley_finish_hook_remove(finish);
  sley_alarm_drop(pause);
  sley_server_drop(s);
}

sley_error *sley__accept_open(acceptor *a, bool first)
{
  sley_server *s = a->server;
  sley_listener *listener;
  sley_server_keep(s); /* the alarm's, which drops it, also if there is none */
  sley_error *e = sley_alarm_new_at(s->site, PAUSE, pause_over, a, pause_release, &a->pause);
  if (e != NULL) return e;
  e = sley__leave_prepare(a);
  if (e == NULL)
    e = sley__server_listen(s, a->index, sley__place_is_shared(s, a->index), first, &listener);
  if (e == NULL) {
    a->listener = listener;
    sley__listener_tell(listener, dropped, a);
    return NULL;
  }
  accept_forget(a);
  return e;
}

static void connection_lose(const acceptor *a, sley_io *io)
{
  sley_io_drop(io);
  sley__member_count(&counted_at(a)->lost, 1);
}

static void accept_over(acceptor *a, sley_listener *listener)
{
  sley_io *parked = a->parked;
  a->parked = NULL;
  if (parked != NULL) connection_lose(a, parked);
  if (listener != NULL) sley_listener_close(listener);
  accept_forget(a);
}

static void accept_failed(void *ctx, sley_error *e)
{
  acceptor *a = ctx;
  a->is_accepting = false;
  if (a->listener == NULL) return;
  tell_failing(a, e);
  if (a->listener != NULL) sley__accept_pause(a, PAUSE);
}

static void accepted(void *ctx, sley_value *v)
{
  acceptor *a = ctx;
  sley_value taken;
  a->is_accepting = a->failing = false;
  if (a->listener != NULL) count_dropped(a);
  if (sley_take(v, &taken) == 0) {
    sley_io *io = sley_io_in(&taken);
    if (is_refused(a, io)) sley_io_drop(io);
    else if (sley__place_take(a->server)) sley__give(a, io);
    else if (a->listener != NULL) a->parked = io;
    else connection_lose(a, io); /* who was asked has stopped the server */
  }
  sley__accept_next(a);
}

void sley__accept_next(void *ctx)
{
  acceptor *a = ctx;
  if (a->listener == NULL || a->is_accepting) return;
  if (a->pause != NULL) sley_alarm_stop(a->pause);
  if (a->member == NULL && a->server->unanswered >= SLEY__UNANSWERED_MOST) {
    a->is_waiting = true;
    return;
  }
  if (a->parked != NULL && sley__place_take(a->server)) {
    sley_io *io = a->parked;
    a->parked = NULL;
    sley__give(a, io);
    if (a->listener == NULL || a->is_accepting) return; /* what was called has gone on */
  }
  if (a->parked != NULL || !sley__place_is_there(a->server)) {
    sley__place_wait(a);
    return;
  }
  a->is_accepting = true;
  sley_promise *p = sley_accept_at(a->server->site, a->listener);
  sley_server_keep(a->server);
  sley_on_any(p, accepted, accept_failed, a, acceptor_release);
  sley_drop(p);
}

/* ---- the end ---- */

void sley__accept_hold_back_none(sley_server *s, member *m)
{
#ifdef TCP_DEFER_ACCEPT
  int seconds = 0;
  for (size_t i = 0; i < s->listens; i++) {
    const acceptor *a = m != NULL ? &m->acceptors[i] : &s->acceptors[i];
    if (a->listener != NULL && s->places[i].options.defer_accept > 0)
      sley__sys_setsockopt(sley_listener_fd(a->listener), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds,
                           sizeof(seconds));
  }
#else
  (void)s;
  (void)m;
#endif
}

void sley__accept_leave(acceptor *a, sley_time until)
{
  sley_server *s = a->server;
  sley_listener *listener = accept_close(a);
  if (listener == NULL) return;
  sley_server_keep(s);
  for (int i = 0; i < QUEUE_MOST && sley__clock() < until && sley__place_take(s); i++) {
    sley_io *io = a->parked != NULL ? a->parked : sley__listener_take(listener);
    a->parked = NULL;
    if (io != NULL && !is_refused(a, io)) {
      sley__give(a, io);
      continue;
    }
    sley__place_free(s, SLEY__PLACES);
    if (io == NULL) break;
    sley_io_drop(io);
  }
  sley__member_count(&counted_at(a)->dropped, (int)(sley_listener_refused(listener) - a->dropped));
  accept_over(a, listener);
  sley_server_drop(s);
}

static acceptor *row_of(const sley_server *s, const member *m)
{
  return m != NULL ? m->acceptors : s->acceptors;
}

void sley__accept_end(sley_server *s, member *m, double seconds)
{
  sley_time now = sley__clock();
  sley_time most = sley_seconds(seconds > QUEUE_LEAST ? seconds : QUEUE_LEAST);
  sley_time until = most < INT64_MAX - now ? now + most : INT64_MAX;
  for (size_t i = 0; i < s->listens; i++) sley__accept_leave(&row_of(s, m)[i], until);
}

void sley__accept_undo(sley_server *s, member *m)
{
  for (size_t i = 0; i < s->listens; i++) {
    acceptor *a = &row_of(s, m)[i];
    if (a->listener != NULL) accept_over(a, accept_close(a));
  }
}
