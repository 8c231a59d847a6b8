/* Sending what is staged, and telling what became of it. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "io/datagram/datagram.h"

typedef struct waiting {
  struct sley__dlist place;
  sley_resolver *resolver;
  uint64_t target; /* packets that are gone; 0: until there is room */
} waiting;

static void waiting_cancel(void *data)
{
  waiting *w = data;
  sley__dlist_leave(&w->place);
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type flush_type = {"flush packets", waiting_cancel};
static const sley__operation_type ready_type = {"wait to send packets", waiting_cancel};

/* ---- sending ---- */

enum { BATCH = 64 };

typedef struct batch {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  unsigned n;
  size_t bytes; /* as queue counts them */
  bool has_fds;
  sley__place end; /* behind the last one */
} batch;

static void gather(sley_datagram *d, batch *b)
{
  unsigned n = 0;
  b->end = d->next;
  b->bytes = 0;
  b->has_fds = false;
  for (sley__staged *s; n < BATCH && (s = sley__staged_at(&b->end)) != NULL; n++) {
    b->parts[n] = (struct iovec){sley__staged_data(s), s->size};
    b->messages[n].msg_hdr = (struct msghdr){
        .msg_name = s->to_length > 0 ? sley__staged_to(s) : NULL,
        .msg_namelen = s->to_length,
        .msg_iov = &b->parts[n],
        .msg_iovlen = 1,
        .msg_control = s->control_length > 0 ? sley__staged_control(s) : NULL,
        .msg_controllen = s->control_length,
    };
    b->bytes += s->size + SLEY__STAGED_COUNTS;
    b->has_fds |= s->fd_count > 0;
    b->end.at += s->bytes;
  }
  b->n = n;
}

/* The first so many of them were taken by the kernel. */
static void sent(sley_datagram *d, const batch *b, unsigned n)
{
  if (SLEY__LIKELY(n == b->n && !b->has_fds)) {
    d->staged -= b->bytes;
    d->went += n;
    d->counters.sent += n;
    d->next = b->end;
    return;
  }
  for (unsigned i = 0; i < n; i++) sley__staged_gone(d, 0);
}

static void send_stalls(sley_datagram *d)
{
  d->is_stalled = true;
  sley__datagram_stall(d);
}

static void send_failed(sley_datagram *d, int code)
{
  sley__staged *s = sley__staged_at(&d->next);
  switch (code) {
    case EINTR: return;
    case EAGAIN:
#if EAGAIN != EWOULDBLOCK
    case EWOULDBLOCK:
#endif
      /* A Unix socket without a peer can always be written, as poll(2) sees it. */
      if (d->is_unix && s->to_length > 0) {
        send_stalls(d);
      } else {
        d->is_blocked = true;
        sley__datagram_want(d, SLEY__WRITE);
      }
      return;
    case ENOBUFS:
    case ENOMEM: send_stalls(d); return;
    case ECONNREFUSED:
      /* What a router or the peer answered to an earlier packet; this one was not sent yet. */
      if (d->is_unix || !d->has_peer || s->was_tried) break;
      s->was_tried = true;
      d->counters.refused++;
      d->peer_errors++;
      d->peer_error = code;
      return;
    default: break;
  }
  sley__staged_gone(d, code);
}

void sley__datagram_send_all(sley_datagram *d)
{
  batch b;
  sley__dlist_leave(&d->dirty);
  while (!d->is_blocked && !d->is_stalled) {
    gather(d, &b);
    if (b.n == 0) break;
    int n = sley__datagram_sendmmsg(d->handle.fd, b.messages, b.n, &d->counters.calls_out);
    if (SLEY__UNLIKELY(n < 0)) send_failed(d, errno);
    else sent(d, &b, (unsigned)n);
  }
  if (SLEY__UNLIKELY(d->failures > 0)) return;
  d->told = d->next;
  sley__staged_forget(d);
}

/* ---- telling ---- */

static bool is_over(const sley_datagram *d, const waiting *w)
{
  return w->target == 0 ? d->staged <= d->queue / 2 : d->went >= w->target;
}

static waiting *waiting_over(const sley_datagram *d)
{
  for (const struct sley__dlist *p = d->waiting.next; p != &d->waiting; p = p->next) {
    waiting *w = SLEY__CONTAINER(p, waiting, place);
    if (is_over(d, w)) return w;
  }
  return NULL;
}

bool sley__datagram_has_news(const sley_datagram *d)
{
  return d->failures > 0 || d->peer_errors > 0 || (d->closer != NULL && d->came == d->went) ||
         waiting_over(d) != NULL;
}

static void failed_call(sley_datagram *d, const sley_address *to, int code)
{
  if (d->failed == NULL) return;
  sley__call_begins(d->domain, d->site);
  d->failed(d->failed_ctx, to, code);
  sley__call_ends(d->domain, d->site);
}

/* f may send, close or abort. */
static void tell_failures(sley_datagram *d)
{
  while (d->failures > 0) {
    sley__staged *s = sley__staged_at(&d->told);
    int code = s->error;
    sley_address to = d->peer;
    if (code != 0 && s->to_length > 0)
      sley_error_drop(sley_address_from_sockaddr_at("", sley__staged_to(s), s->to_length, &to));
    d->told.at += s->bytes;
    if (code == 0) continue;
    d->failures--;
    sley__staged_forget(d);
    failed_call(d, to.length > 0 ? &to : NULL, code);
  }
  while (d->peer_errors > 0) {
    sley_address to = d->peer;
    d->peer_errors--;
    failed_call(d, to.length > 0 ? &to : NULL, d->peer_error);
  }
  if (d->is_closed) return;
  if (d->failures == 0) d->told = d->next;
  sley__staged_forget(d);
}

void sley__datagram_tell(sley_datagram *d)
{
  sley__dlist_leave(&d->news);
  sley__datagram_hold(d);
  if (d->failures > 0 || d->peer_errors > 0) tell_failures(d);
  for (waiting *w; (w = waiting_over(d)) != NULL;) {
    sley_resolver *r = w->resolver;
    sley__dlist_leave(&w->place);
    sley__operation_fulfill(&r, sley_unit());
  }
  if (d->closer != NULL && d->came == d->went) sley__datagram_end(d, NULL);
  sley__datagram_release(d);
}

void sley__waiting_reject(sley_datagram *d, sley_error *e)
{
  for (struct sley__dlist *place; (place = sley__dlist_pop(&d->waiting)) != NULL;) {
    sley_resolver *r = SLEY__CONTAINER(place, waiting, place)->resolver;
    sley__reject_if_watched(&r, sley_error_keep(e));
  }
  sley_error_drop(e);
}

/* ---- waiting ---- */

size_t sley_datagram_staged(const sley_datagram *d)
{
  sley__datagram_check(d, __func__, "");
  return d->staged;
}

static sley_promise *wait_start(const char *site, sley_datagram *d,
                                const sley__operation_type *type, uint64_t target)
{
  waiting wanted = {.target = target};
  if (d->is_closed) return sley_fail_at(site, sley_error_closed());
  if (is_over(d, &wanted)) return sley_return_at(site, sley_unit());
  void *data;
  sley_promise *p = sley__operation_new(site, type, sizeof(waiting), &data, &wanted.resolver);
  if (p == NULL) return sley__nomem_promise();
  waiting *w = data;
  *w = wanted;
  sley__dlist_append(&d->waiting, &w->place);
  return p;
}

/* Unless what runs has had its share of the turn: then the flush of the turn sends it. */
static void send_early(sley_datagram *d)
{
  if (d->staged > 0 && !sley__loop_may_try(d->domain->loop)) {
    if (!d->is_blocked && !d->is_stalled) sley__datagram_mark_dirty(d);
    return;
  }
  size_t before = d->staged;
  sley__datagram_send_all(d);
  sley__loop_charge(d->domain->loop, before - d->staged);
}

sley_promise *sley_datagram_flush_at(const char *site, sley_datagram *d)
{
  sley__datagram_check(d, "sley_datagram_flush", site);
  if (!d->is_closed) {
    send_early(d);
    if (sley__datagram_has_news(d)) sley__datagram_mark_news(d);
  }
  return d->came == 0 && !d->is_closed ? sley_return_at(site, sley_unit())
                                       : wait_start(site, d, &flush_type, d->came);
}

sley_promise *sley_datagram_wait_ready_at(const char *site, sley_datagram *d)
{
  sley__datagram_check(d, "sley_datagram_wait_ready", site);
  return wait_start(site, d, &ready_type, 0);
}
