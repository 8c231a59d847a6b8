/* Which domain gets a connection: the one whose acceptor has it, if the kernel decides; else one acceptor hands it over
 * by a call that is answered on arrival. */
#include "io/server/server.h"

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* A connection on its way to a member. */
typedef struct handover {
  member *member; /* with a hold on its server */
  sley_io *io;    /* NULL once it has arrived */
  sley__peer peer;
} handover;

static void handover_drop(void *ptr)
{
  handover *h = ptr;
  sley_server *s = h->member->server;
  if (h->io != NULL) { /* it never arrived */
    sley_io_drop(h->io);
    sley__member_count(&h->member->lost, 1);
    sley__member_leave(h->member, &h->peer, SLEY__PLACES);
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
  sley__serve(h->member, io, &h->peer);
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

static void connection_hand_over(acceptor *a, member *m, sley_io *io, const sley__peer *peer)
{
  sley_server *s = m->server;
  sley__member_count(&m->accepted, 1);
  sley__member_count(&m->open, 1);
  if (m->domain == sley_domain_current()) {
    sley__serve(m, io, peer);
    return;
  }
  handover *h = sley__runtime_alloc(s->runtime, sizeof(*h));
  if (h == NULL) {
    sley_io_drop(io);
    sley__member_count(&m->failed, 1);
    sley__member_leave(m, peer, SLEY__PLACES);
    return;
  }
  *h = (handover){m, io, *peer};
  sley_server_keep(s);
  sley_promise *p = sley_call(m->domain, receive_here, sley_own(h, &handover_type));
  if (sley__acceptor_leaves(a)) {
    sley__leave_hands_over(a, p);
    return;
  }
  s->unanswered++;
  sley_on_termination(p, handed_over, sley_server_keep(s), sley__server_release);
  sley_drop(p);
}

/* NULL: there is none; leaves: this domain does not count. */
static member *least_open(sley_server *s, bool leaves)
{
  member *least = NULL;
  uint64_t open = UINT64_MAX;
  size_t next = __atomic_load_n(&s->next, __ATOMIC_RELAXED);
  for (size_t i = 0; i < s->count; i++) {
    member *m = &s->members[(next + i) % s->count];
    uint64_t other = counter_load(&m->open);
    if (other >= open || !sley_domain_is_open(m->domain)) continue;
    if (leaves && m->domain == sley_domain_current()) continue;
    open = other;
    least = m;
  }
  __atomic_store_n(&s->next, next + 1, __ATOMIC_RELAXED);
  return least;
}

static member *by_key(const sley_server *s, sley_io *io)
{
  return (member *)(uintptr_t)&s->members[s->options.key(io, &s->options.context) % s->count];
}

/* Closes one that is not served after all. */
static void turn_away(sley_server *s, sley_io *io, uint64_t *counter)
{
  sley_io_drop(io);
  sley__member_count(counter, 1);
  sley__place_free(s, SLEY__PLACES);
}

void sley__give(acceptor *a, sley_io *io)
{
  sley_server *s = a->server;
  member *m = a->member;
  sley__peer peer = {0};
  if (s->peers != NULL) peer = sley__peer_of(io);
  if (s->peers != NULL && !sley__peers_enter(s->peers, &peer, s->options.most_per_peer)) {
    turn_away(s, io, &(m != NULL ? m : &s->members[0])->refused);
    return;
  }
  bool leaves = sley__acceptor_leaves(a);
  if (s->options.mode == SLEY_SERVER_MODE_KEY) m = by_key(s, io);
  if (leaves && (m == NULL || m->domain == sley_domain_current())) {
    member *other = least_open(s, true);
    if (other != NULL) m = other;
  } else if (m == NULL) {
    m = least_open(s, false);
  }
  if (m != NULL) {
    connection_hand_over(a, m, io, &peer);
    return;
  }
  if (s->peers != NULL) sley__peers_leave(s->peers, &peer);
  turn_away(s, io, &s->members[0].lost); /* every domain has ended */
}
