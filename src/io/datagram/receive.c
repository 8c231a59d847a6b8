/* Receiving one packet a call. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "io/datagram/datagram.h"

#define STARVED_MOST SLEY_SECOND

typedef struct receiver {
  struct sley__dlist place; /* among those that wait */
  sley_datagram *d;
  sley_resolver *resolver;
} receiver;

static void receiver_cancel(void *data)
{
  receiver *w = data;
  sley__dlist_leave(&w->place);
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type receive_type = {"receive a packet", receiver_cancel};

static receiver *receiver_first(sley_datagram *d)
{
  struct sley__dlist *place = sley__dlist_pop(&d->receivers);
  return place == NULL ? NULL : SLEY__CONTAINER(place, receiver, place);
}

void sley__receivers_reject(sley_datagram *d, sley_error *e)
{
  for (receiver *w; (w = receiver_first(d)) != NULL;) {
    sley_resolver *r = w->resolver;
    sley__reject_if_watched(&r, sley_error_keep(e));
  }
  sley_error_drop(e);
}

/* A packet; or 0, there is none, or a negated errno value. */
static int receive_one(sley_datagram *d, sley_value *out)
{
  sley__room *room = sley__room_take(d, 1);
  if (room == NULL) return -ENOMEM;
  int n = sley__room_fill(d, room);
  if (n > 0) *out = sley_packet_to_value(&room->packets[0]);
  else sley__room_give(d, room);
  return n;
}

void sley__datagram_receive_failed(sley_datagram *d, int code)
{
  sley_time now = sley__clock();
  if (code == -ENOMEM || code == -ENOBUFS) {
    if (!d->is_starved) d->starved_since = now;
    d->is_starved = true;
    if (now - d->starved_since < STARVED_MOST) {
      sley__datagram_want_no_more(d, SLEY__READ);
      sley__datagram_stall(d);
      return;
    }
    d->is_starved = false;
  }
  sley_error *e =
      code == -ENOMEM ? sley_error_nomem() : sley__error_errno(d->site, -code, "receiving packets");
  sley__receivers_reject(d, sley_error_keep(e));
  sley__each_reject(d, e);
}

void sley__receivers_run(sley_datagram *d)
{
  enum { AT_ONCE = 32 };
  for (int i = 0; i < AT_ONCE && !sley__dlist_is_empty(&d->receivers); i++) {
    sley_value v;
    int n = receive_one(d, &v);
    if (n < 0) sley__datagram_receive_failed(d, n);
    if (n <= 0) return;
    receiver *w = receiver_first(d);
    sley_resolver *r = w->resolver;
    sley__operation_fulfill(&r, v);
  }
}

void sley__datagram_listen(sley_datagram *d)
{
  if (sley__datagram_listens(d) && !d->is_starved) sley__datagram_want(d, SLEY__READ);
}

static sley_error *receive_refusal(const char *site, const sley_datagram *d)
{
  if (d->each.resolver == NULL) return sley__datagram_closed(d);
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_datagram_receive: sley_datagram_each runs on this socket: what "
                           "comes is its function's");
}

sley_promise *sley_datagram_receive_at(const char *site, sley_datagram *d)
{
  sley__datagram_check(d, "sley_datagram_receive", site);
  sley_error *e = receive_refusal(site, d);
  if (e != NULL) return sley_fail_at(site, e);
  if (sley__dlist_is_empty(&d->receivers) && (d->handle.maybe_ready & SLEY__READ) &&
      sley__loop_may_try(d->domain->loop)) {
    sley_value v;
    int n = receive_one(d, &v);
    if (d->peer_errors > 0) sley__datagram_mark_news(d);
    if (n > 0) return sley_return_at(site, v);
    if (n < 0) {
      e = n == -ENOMEM ? sley_error_nomem() : sley__error_errno(site, -n, "receiving a packet");
      return sley_fail_at(site, e);
    }
  }
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &receive_type, sizeof(receiver), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  receiver *w = data;
  *w = (receiver){.d = d, .resolver = r};
  sley__dlist_append(&d->receivers, &w->place);
  sley__datagram_listen(d);
  return p;
}
