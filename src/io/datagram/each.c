/* Lending what has come to a function, batch after batch. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "io/datagram/datagram.h"

typedef struct each_operation {
  sley_datagram *d;
} each_operation;

static void room_end(sley_datagram *d)
{
  sley__room *room = d->each.room;
  d->each.room = NULL;
  if (room != NULL) sley__room_give(d, room);
}

/* e: NULL for fulfilled; consumed. */
static void each_settle(sley_datagram *d, sley_error *e)
{
  sley__each each = d->each;
  d->each = (sley__each){0};
  if (each.is_canceled) {
    sley_error_drop(e);
    sley_resolver_drop(&each.resolver);
  } else if (e != NULL) {
    sley_reject(&each.resolver, e);
  } else {
    sley__operation_fulfill(&each.resolver, sley_unit());
  }
  sley_error_drop(each.error);
  if (each.drop != NULL) each.drop(each.ctx);
}

static void each_cancel(void *data)
{
  sley_datagram *d = ((each_operation *)data)->d;
  d->each.is_canceled = true;
  if (d->each.body != NULL) sley_cancel(d->each.body); /* which may settle it */
  else if (!d->each.in_call) each_settle(d, NULL);
}

static const sley__operation_type each_type = {"receive packets", each_cancel};

void sley__each_reject(sley_datagram *d, sley_error *e)
{
  sley__each *each = &d->each;
  if (each->resolver == NULL || each->error != NULL) {
    sley_error_drop(e);
  } else if (each->in_call || each->body != NULL) {
    each->error = e;
    if (each->body != NULL) sley_cancel(each->body);
  } else {
    each_settle(d, e);
  }
}

void sley__each_release(sley_datagram *d)
{
  sley__each *each = &d->each;
  if (each->room != NULL) sley__room_give(d, each->room);
  if (each->drop != NULL) each->drop(each->ctx);
  sley_error_drop(each->error);
  *each = (sley__each){0};
}

/* f's promise is settled, and consumed here: whether it goes on. */
static bool each_after(sley_datagram *d, sley_promise *p)
{
  sley_error *e = NULL;
  bool ends = false;
  room_end(d);
  if (SLEY__LIKELY(p == sley__current->unit)) {
    sley_drop(p);
  } else {
    sley_value v;
    e = sley__finish(p, &v);
    ends = e != NULL || (v.type == NULL && v.i != 0);
    if (e == NULL) sley_value_drop(&v);
  }
  if (!ends && d->each.error != NULL) {
    e = sley_error_keep(d->each.error);
    ends = true;
  }
  if (SLEY__LIKELY(!ends && !d->each.is_canceled)) return true;
  each_settle(d, e);
  return false;
}

static void body_done(void *ctx)
{
  sley_datagram *d = ctx;
  sley_promise *p = d->each.body;
  if (p == NULL) return; /* its domain ends */
  d->each.body = NULL;
  if (each_after(d, p)) sley__datagram_listen(d);
  sley__datagram_release(d);
}

static void body_wait(sley_datagram *d, sley_promise *p)
{
  sley__datagram_hold(d);
  d->each.body = p;
  sley_on_termination(p, body_done, d);
  if (d->each.is_canceled || d->each.error != NULL) sley_cancel(p);
}

void sley__each_run(sley_datagram *d)
{
  enum { AT_ONCE = 4 /* batches */, RESTS = 15 };
  for (int i = 0; i < AT_ONCE; i++) {
    sley__each *each = &d->each;
    sley__room *room = sley__room_take(d, d->batch);
    int n = room == NULL ? -ENOMEM : sley__room_fill(d, room);
    if (n <= 0) {
      if (room != NULL) sley__room_give(d, room);
      if (n == 0 && i > 0) each->rests = RESTS; /* asked in vain: the kernel tells, too */
      if (n < 0) sley__datagram_receive_failed(d, n);
      return;
    }
    each->room = room;
    each->in_call = true;
    const char *site = sley__resolver_site(each->resolver);
    sley__call_begins(d->domain, site);
    sley_promise *p =
        sley__returned(each->f(each->ctx, room->packets, (size_t)n), "sley_datagram_each", site);
    sley__call_ends(d->domain, site);
    each->in_call = false;
    if (p != sley__current->unit && sley_is_pending(p)) {
      body_wait(d, p);
      return;
    }
    if (!each_after(d, p) || (unsigned)n < d->batch) return;
    if (each->rests > 0) {
      each->rests--;
      return;
    }
  }
}

static sley_error *each_refusal(const char *site, const sley_datagram *d)
{
  if (d->each.resolver == NULL && sley__dlist_is_empty(&d->receivers))
    return sley__datagram_closed(d);
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_datagram_each: %s",
                           d->each.resolver != NULL ? "another one runs on this socket"
                                                    : "a receive waits on this socket");
}

sley_promise *sley_datagram_each_at(const char *site, sley_datagram *d, sley_packets_fn *f,
                                    void *ctx, sley_drop_fn *drop)
{
  sley__datagram_check(d, "sley_datagram_each", site);
  SLEY__NEEDS_AT(site, f);
  void *data = NULL;
  sley_resolver *r = NULL;
  sley_error *e = each_refusal(site, d);
  sley_promise *p = e != NULL
                        ? sley_fail_at(site, e)
                        : sley__operation_new(site, &each_type, sizeof(each_operation), &data, &r);
  if (data == NULL) {
    if (drop != NULL) drop(ctx);
    return p != NULL ? p : sley__nomem_promise();
  }
  ((each_operation *)data)->d = d;
  d->each = (sley__each){.resolver = r, .f = f, .ctx = ctx, .drop = drop};
  sley__datagram_listen(d);
  return p;
}
