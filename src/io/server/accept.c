/* Which domain gets a connection: the kernel decides, with one listener per domain; or one acceptor hands
 * connections over, each by a call that is answered on arrival. */
#include "io/server/balance.h"

#include <stdio.h>

#define PAUSE (10 * SLEY_MILLISECOND) /* after accepting failed */
enum { MOST_UNANSWERED = 64 /* hand-overs, before accepting waits for one */ };
enum {
  QUEUE_MOST = 4096 /* taken as accepting ends: a full queue, not all later arrivals */
};

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void accept_balance_release(void *ctx) { sley_balance_drop(ctx); }

/* ---- handing over ---- */

/* A connection on its way to a member. */
typedef struct handover {
  member *member; /* with a hold on its balance */
  sley_io *io;    /* NULL once it has arrived */
} handover;

static void handover_drop(void *ptr)
{
  handover *h = ptr;
  sley_balance *b = h->member->balance;
  if (h->io != NULL) { /* it never arrived */
    sley_io_drop(h->io);
    sley__member_count(&h->member->open, -1);
    sley__member_count(&h->member->lost, 1);
  }
  sley__runtime_free(b->runtime, h, sizeof(*h));
  sley_balance_drop(b);
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

/* answered is called with the balance when the connection has arrived or is lost. */
static void connection_hand_over(member *m, sley_io *io, sley_done_fn *answered)
{
  sley_balance *b = m->balance;
  sley__member_count(&m->accepted, 1);
  sley__member_count(&m->open, 1);
  if (m->domain == sley_domain_current()) {
    sley__serve(m, io);
    return;
  }
  handover *h = sley__runtime_alloc(b->runtime, sizeof(*h));
  if (h == NULL) {
    sley_io_drop(io);
    sley__member_count(&m->open, -1);
    sley__member_count(&m->failed, 1);
    return;
  }
  *h = (handover){m, io};
  sley_balance_keep(b);
  sley_promise *p = sley_call(m->domain, receive_here, sley_own(h, &handover_type));
  b->unanswered++;
  sley_on_termination(p, answered, sley_balance_keep(b), accept_balance_release);
  sley_drop(p);
}

static member *least_open(sley_balance *b)
{
  member *least = NULL;
  uint64_t open = UINT64_MAX;
  for (size_t i = 0; i < b->count; i++) {
    member *m = &b->members[(b->next + i) % b->count];
    uint64_t other = counter_load(&m->open);
    if (other >= open || !sley_domain_is_open(m->domain)) continue;
    open = other;
    least = m;
  }
  b->next++;
  return least;
}

static member *by_key(sley_balance *b, sley_io *io)
{
  return &b->members[b->key(io, &b->context) % b->count];
}

/* ---- accepting ---- */

/* Uses observers, which do not fail when memory runs out: accepting continues as long as there is a listener. */
static void wait_and_go_on(void *ctx, sley_balance *b, sley_promise **pausing, sley_done_fn *go_on,
                           sley_drop_fn *release)
{
  sley_promise *pause = sley__sleep(SLEY_HERE, PAUSE);
  sley_balance_keep(b);
  if (!sley_is_pending(pause)) { /* no memory: connections stay in the listener's queue */
    sley_drop(pause);
    sley_balance_drop(b);
    return;
  }
  *pausing = sley_keep(pause);
  sley_on_termination(pause, go_on, ctx, release);
  sley_drop(pause);
}

void sley__pause_end(sley_promise **pausing)
{
  sley_promise *pause = *pausing;
  *pausing = NULL;
  if (pause != NULL) sley_cancel(pause);
  sley_drop(pause);
}

/* Reported once until a connection arrives, since accepting is retried again and again. */
static void tell_failing(sley_balance *b, bool *failing, sley_error *e)
{
  char port[16];
  if (*failing) return;
  *failing = true;
  snprintf(port, sizeof(port), "%u", b->port);
  sley__balance_tell(b, e, "accepting on port", port);
}

static void balance_accept_failed(void *ctx, sley_error *e)
{
  sley_balance *b = ctx;
  if (b->listener == NULL) return;
  tell_failing(b, &b->failing, e);
  if (b->listener != NULL)
    wait_and_go_on(b, b, &b->pausing, sley__accept_next, accept_balance_release);
}

static void handed_over(void *ctx)
{
  sley_balance *b = ctx;
  b->unanswered--;
  if (b->is_waiting) {
    b->is_waiting = false;
    sley__accept_next(b);
  }
}

static void balance_give(sley_balance *b, sley_io *io)
{
  member *m = b->mode == SLEY_BALANCE_MODE_KEY ? by_key(b, io) : least_open(b);
  if (m != NULL) {
    connection_hand_over(m, io, handed_over);
  } else { /* every domain has ended */
    sley_io_drop(io);
    sley__member_count(&b->members[0].lost, 1);
  }
}

static void balance_accepted(void *ctx, sley_value *v)
{
  sley_balance *b = ctx;
  sley_value taken;
  b->failing = false;
  if (sley_take(v, &taken) == 0) balance_give(b, sley_io_in(&taken));
  b->is_waiting = b->unanswered >= MOST_UNANSWERED;
  if (!b->is_waiting) sley__accept_next(b);
}

void sley__accept_next(void *ctx)
{
  sley_balance *b = ctx;
  sley__pause_end(&b->pausing);
  if (b->listener == NULL) return;
  sley_promise *p = sley_accept(b->listener);
  sley_on_any(p, balance_accepted, balance_accept_failed, sley_balance_keep(b),
              accept_balance_release);
  sley_drop(p);
}

void sley__accept_end(sley_balance *b)
{
  sley_listener *listener = b->listener;
  sley_io *io;
  b->listener = NULL;
  sley__pause_end(&b->pausing);
  if (listener == NULL) return;
  for (int i = 0; i < QUEUE_MOST && (io = sley__listener_take(listener)) != NULL; i++)
    balance_give(b, io);
  sley_listener_close(listener);
}

static void accept_member_release(void *ctx) { sley_balance_drop(((member *)ctx)->balance); }

static void accept_here_failed(void *ctx, sley_error *e)
{
  member *m = ctx;
  if (m->listener == NULL) return;
  tell_failing(m->balance, &m->failing, e);
  if (m->listener != NULL)
    wait_and_go_on(m, m->balance, &m->pausing, sley__accept_here, accept_member_release);
}

static void member_give(member *m, sley_io *io)
{
  sley__member_count(&m->accepted, 1);
  sley__member_count(&m->open, 1);
  sley__serve(m, io);
}

static void accepted_here(void *ctx, sley_value *v)
{
  member *m = ctx;
  sley_value taken;
  m->failing = false;
  if (sley_take(v, &taken) == 0) member_give(m, sley_io_in(&taken));
  sley__accept_here(m);
}

void sley__accept_here_end(member *m)
{
  sley_listener *listener = m->listener;
  sley_io *io;
  m->listener = NULL;
  sley__pause_end(&m->pausing);
  if (listener == NULL) return;
  for (int i = 0; i < QUEUE_MOST && (io = sley__listener_take(listener)) != NULL; i++)
    member_give(m, io);
  sley_listener_close(listener);
}

void sley__accept_here(void *ctx)
{
  member *m = ctx;
  sley__pause_end(&m->pausing);
  if (m->listener == NULL) return;
  sley_promise *p = sley_accept(m->listener);
  sley_balance_keep(m->balance);
  sley_on_any(p, accepted_here, accept_here_failed, m, accept_member_release);
  sley_drop(p);
}
