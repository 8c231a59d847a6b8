/* Connections being served in one domain. */
#include "io/server/balance.h"

struct served {
  member *member;  /* with a hold on its balance */
  sley__peer peer; /* recorded early: a socket that was reset has none */
  sley_value connection;
  sley_promise *promise; /* one reference */
  served *next, **place;
};

static void served_free(void *ctx)
{
  served *s = ctx;
  member *m = s->member;
  SLEY__LIST_REMOVE(s, next, place);
  sley_value_drop(&s->connection);
  sley_drop(s->promise);
  sley__free(sley__self(), s, sizeof(*s));
  sley__member_count(&m->open, -1);
  if (m->first == NULL && m->drained != NULL) {
    sley_promise *patience = m->patience, *stopped = m->stopped;
    m->patience = m->stopped = NULL;
    sley_cancel(patience);
    sley_drop(patience);
    sley_fulfill(&m->drained, sley_unit());
    sley_drop(stopped);
  }
  sley_balance_drop(m->balance);
}

static void serve_failed(void *ctx, sley_error *e)
{
  const served *s = ctx;
  if (sley_error_is_canceled(e)) return;
  sley__member_count(&s->member->failed, 1);
  char peer[SLEY__PEER_TEXT];
  sley__peer_text(&s->peer, peer, sizeof(peer));
  sley__balance_tell(s->member->balance, e, "serving", peer);
}

static void serve_succeeded(void *ctx, sley_value *v)
{
  const served *s = ctx;
  sley__lent_given_back(&s->connection, v, "sley_balance_start", s->member->balance->site);
}

void sley__serve(member *m, sley_io *io)
{
  served *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) {
    sley_io_drop(io);
    sley__member_count(&m->open, -1);
    sley__member_count(&m->failed, 1);
    sley__async_error(sley__self(), sley_error_nomem(), m->balance->site);
    return;
  }
  *s = (served){.member = m, .peer = sley__peer_of(io), .connection = sley_own(io, &sley_type_io)};
  SLEY__LIST_PREPEND(m->first, s, next, place);
  sley_balance_keep(m->balance);
  s->promise = m->balance->serve(&s->connection, &m->balance->context);
  sley__returned(s->promise, "sley_balance_start as serve", m->balance->site);
  sley_promise *p = sley_keep(s->promise);
  sley_on_any(p, serve_succeeded, serve_failed, s, served_free);
  sley_drop(p);
}

/* ---- the end ---- */

/* Also called if there is no memory for a timer. */
static void cancel_all(void *ctx)
{
  member *m = ctx;
  /* Restarts as sley__calls_cancel does. */
  for (served *s = m->first; s != NULL;) {
    sley_promise *p = sley_keep(s->promise);
    bool waits = sley_is_pending(p);
    if (waits) sley_cancel(p);
    bool ended = waits && !sley_is_pending(p);
    sley_drop(p);
    s = ended ? m->first : s->next;
  }
}

sley_promise *sley__serve_stop(member *m, double seconds)
{
  sley__accept_here_end(m);
  if (m->first == NULL) return sley_return(sley_unit());
  if (m->drained != NULL) return sley_keep(m->stopped); /* a second stop */
  sley_promise *p = sley_pending(&m->drained);
  if (m->drained == NULL) return p;
  m->stopped = sley_keep(p);
  sley_promise *patience = sley_sleep(seconds);
  m->patience = sley_keep(patience);
  sley_on_termination(patience, cancel_all, m);
  sley_drop(patience);
  return p;
}
