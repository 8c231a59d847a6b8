/* Which domain gets a connection: the kernel decides, with one listener per domain; or one acceptor hands
 * connections over, each by a call that is answered on arrival. */
#include "io/server/server.h"

#include <stdio.h>

#define PAUSE 0.01 /* seconds, after accepting failed */
enum { MOST_UNANSWERED = 64 /* hand-overs, before accepting waits for one */ };
enum {
  QUEUE_MOST = 4096 /* taken as accepting ends: a full queue, not all later arrivals */
};

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* ---- handing over ---- */

/* A connection on its way to a member. */
typedef struct handover {
  member *member; /* with a hold on its server */
  sley_io *io;    /* NULL once it has arrived */
} handover;

static void handover_drop(void *ptr)
{
  handover *h = ptr;
  sley_server *s = h->member->server;
  if (h->io != NULL) { /* it never arrived */
    sley_io_drop(h->io);
    sley__member_count(&h->member->lost, 1);
    sley__member_leave(h->member);
  }
  sley__runtime_free(s->runtime, h, sizeof(*h));
  sley_server_drop(s);
}

static void *handover_send(void *ptr)
{
  handover *h = ptr;
  return sley_type_io.send(h->io) == NULL ? NULL : h;
}

static const sley_type handover_type = {.size = sizeof(sley_type),
                                        .name = "connection handed over",
                                        .drop = handover_drop,
                                        .send = handover_send};

static sley_promise *receive_here(sley_value *arg)
{
  handover *h = sley_value_ptr(arg, &handover_type);
  sley_io *io = h->io;
  h->io = NULL;
  sley__serve(h->member, io);
  return sley_return(sley_unit());
}

/* The connection has arrived or is lost. */
static void handed_over(void *ctx)
{
  sley_server *s = ctx;
  s->unanswered--;
  for (size_t i = 0; i < s->listens; i++) {
    acceptor *a = &s->acceptors[i];
    if (!a->is_waiting) continue;
    a->is_waiting = false;
    sley__accept_next(a);
  }
}

static void connection_hand_over(member *m, sley_io *io)
{
  sley_server *s = m->server;
  sley__member_count(&m->accepted, 1);
  sley__member_count(&m->open, 1);
  if (m->domain == sley_domain_current()) {
    sley__serve(m, io);
    return;
  }
  handover *h = sley__runtime_alloc(s->runtime, sizeof(*h));
  if (h == NULL) {
    sley_io_drop(io);
    sley__member_count(&m->failed, 1);
    sley__member_leave(m);
    return;
  }
  *h = (handover){m, io};
  sley_server_keep(s);
  sley_promise *p = sley_call(m->domain, receive_here, sley_own(h, &handover_type));
  s->unanswered++;
  sley_on_termination(p, handed_over, sley_server_keep(s), sley__server_release);
  sley_drop(p);
}

static member *least_open(sley_server *s)
{
  member *least = NULL;
  uint64_t open = UINT64_MAX;
  for (size_t i = 0; i < s->count; i++) {
    member *m = &s->members[(s->next + i) % s->count];
    uint64_t other = counter_load(&m->open);
    if (other >= open || !sley_domain_is_open(m->domain)) continue;
    open = other;
    least = m;
  }
  s->next++;
  return least;
}

static member *by_key(const sley_server *s, sley_io *io)
{
  return (member *)(uintptr_t)&s->members[s->options.key(io, &s->options.context) % s->count];
}

/* Of a connection that has a place. */
static void give(acceptor *a, sley_io *io)
{
  sley_server *s = a->server;
  member *m = a->member;
  if (m != NULL) {
    sley__member_count(&m->accepted, 1);
    sley__member_count(&m->open, 1);
    sley__serve(m, io);
    return;
  }
  m = s->options.mode == SLEY_SERVER_MODE_KEY ? by_key(s, io) : least_open(s);
  if (m != NULL) {
    connection_hand_over(m, io);
    return;
  }
  sley_io_drop(io); /* every domain has ended */
  sley__member_count(&s->members[0].lost, 1);
  sley__place_free(s);
}

/* ---- accepting ---- */

static member *counted_at(const acceptor *a)
{
  return a->member != NULL ? a->member : &a->server->members[0];
}

static bool is_refused(const acceptor *a, const sley_io *io)
{
  const sley_server_options *o = &a->server->options;
  sley_address peer;
  if (o->accept_if == NULL) return false;
  sley_error *e = sley_socket_peer_at("", io, &peer);
  sley_error_drop(e);
  if (e != NULL || o->accept_if(&peer, &o->context)) return false;
  sley__member_count(&counted_at(a)->refused, 1);
  return true;
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

/* Also when its domain ends. */
static void pause_release(void *ctx)
{
  acceptor *a = ctx;
  a->pause = NULL;
  sley_server_drop(a->server);
}

sley_error *sley__accept_open(acceptor *a, bool first)
{
  sley_server *s = a->server;
  sley_listener *listener;
  sley_server_keep(s); /* the alarm's, which drops it, also if there is none */
  sley_error *e = sley_alarm_new_at(s->site, PAUSE, pause_over, a, pause_release, &a->pause);
  if (e != NULL) return e;
  e = sley__server_listen(s, a->index, sley__place_is_shared(s, a->index), first, &listener);
  if (e == NULL) {
    a->listener = listener;
    return NULL;
  }
  sley_alarm_drop(a->pause);
  a->pause = NULL;
  return e;
}

/* Its listener goes: the caller has it. */
static sley_listener *accept_close(acceptor *a)
{
  sley_listener *listener = a->listener;
  a->listener = NULL;
  __atomic_store_n(&a->is_full, 0, __ATOMIC_SEQ_CST);
  return listener;
}

static void accept_over(acceptor *a, sley_listener *listener)
{
  sley_alarm *pause = a->pause;
  sley_io *parked = a->parked;
  a->pause = NULL;
  a->parked = NULL;
  if (parked != NULL) {
    sley_io_drop(parked);
    sley__member_count(&counted_at(a)->lost, 1);
  }
  if (listener != NULL) sley_listener_close(listener);
  sley_alarm_drop(pause);
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
  if (sley_take(v, &taken) == 0) {
    sley_io *io = sley_io_in(&taken);
    if (is_refused(a, io)) sley_io_drop(io);
    else if (sley__place_take(a->server)) give(a, io);
    else a->parked = io;
  }
  sley__accept_next(a);
}

void sley__accept_next(void *ctx)
{
  acceptor *a = ctx;
  if (a->listener == NULL || a->is_accepting) return;
  if (a->pause != NULL) sley_alarm_stop(a->pause);
  if (a->member == NULL && a->server->unanswered >= MOST_UNANSWERED) {
    a->is_waiting = true;
    return;
  }
  if (a->parked != NULL && sley__place_take(a->server)) {
    sley_io *io = a->parked;
    a->parked = NULL;
    give(a, io);
    if (a->listener == NULL || a->is_accepting) return; /* what was called has gone on */
  }
  if (a->parked != NULL || !sley__place_is_there(a->server)) {
    sley__place_wait(a);
    return;
  }
  a->is_accepting = true;
  sley_promise *p = sley_accept(a->listener);
  sley_server_keep(a->server);
  sley_on_any(p, accepted, accept_failed, a, acceptor_release);
  sley_drop(p);
}

/* ---- the end ---- */

static void accept_end(acceptor *a)
{
  sley_server *s = a->server;
  sley_listener *listener = accept_close(a);
  if (listener == NULL) return;
  sley_server_keep(s);
  for (int i = 0; i < QUEUE_MOST && sley__place_take(s); i++) {
    sley_io *io = a->parked != NULL ? a->parked : sley__listener_take(listener);
    a->parked = NULL;
    if (io != NULL && !is_refused(a, io)) {
      give(a, io);
      continue;
    }
    sley__place_free(s);
    if (io == NULL) break;
    sley_io_drop(io);
  }
  accept_over(a, listener);
  sley_server_drop(s);
}

static acceptor *row_of(const sley_server *s, const member *m)
{
  return m != NULL ? m->acceptors : s->acceptors;
}

void sley__accept_end(sley_server *s, member *m)
{
  for (size_t i = 0; i < s->listens; i++) accept_end(&row_of(s, m)[i]);
}

void sley__accept_undo(sley_server *s, member *m)
{
  for (size_t i = 0; i < s->listens; i++) {
    acceptor *a = &row_of(s, m)[i];
    if (a->listener != NULL) accept_over(a, accept_close(a));
  }
}
