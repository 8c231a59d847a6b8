/* The ends of datagram sockets, and their handles. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

static const uint64_t DROPPED = 0x736c657964676eff;
#define BASE SLEY__DATAGRAM_BASE
#define OPEN SLEY__DATAGRAM_OPEN

/* ---- handles ---- */

static _Noreturn SLEY__NOINLINE void datagram_stale(const sley_datagram *d, const char *function,
                                                    const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (d == NULL)
    sley__abort(
        "%s%s%s was given NULL instead of a datagram socket: check the error of sley_datagram_open "
        "first",
        function, at, site);
  if (d->mark != DROPPED)
    sley__refuse_foreign_if_known((uintptr_t)(d->mark ^ BASE), function, site, "a datagram socket");
  sley__abort(
      "%s%s%s was given a datagram socket that was dropped: set the variable to NULL when you call "
      "sley_datagram_drop",
      function, at, site);
}

void sley__datagram_refuse(const sley_datagram *d, const char *function, const char *site)
{
  if (d == NULL || d->mark != OPEN) datagram_stale(d, function, site);
  sley__abort(
      "%s%s%s in domain %s was given a datagram socket of domain %s: open one in each domain "
      "(share_port lets them share a port)",
      function, site[0] != '\0' ? " at " : "", site, sley__current->name, d->domain->name);
}

void sley__datagram_free(sley_datagram *d)
{
  sley_domain *domain = d->domain;
  sley__dlist_leave(&d->place);
  d->mark = DROPPED;
  __asm__ volatile("" ::"r"(d) : "memory"); /* keeps the write to memory about to be freed */
  sley_drop(d->closing);
  sley__free(domain, d, sizeof(*d));
}

void sley__datagram_release(sley_datagram *d)
{
  if (--d->holders == 0) sley__datagram_free(d);
}

sley_datagram *sley_datagram_keep(sley_datagram *d)
{
  if (d == NULL) return NULL;
  sley__datagram_check(d, __func__, "");
  d->handles++;
  d->holders++;
  return d;
}

void sley_datagram_drop(sley_datagram *d)
{
  if (d == NULL) return;
  sley__datagram_check(d, __func__, "");
  if (--d->handles == 0) {
    if (!d->is_closing) sley__datagram_end(d, NULL);
    d->mark = DROPPED;
  }
  sley__datagram_release(d);
}

void sley__datagram_opened(sley_datagram *d)
{
  d->mark = OPEN;
  d->handles = 1;
  d->holders = 2; /* the handle's, and the loop's until it is over */
}

/* ---- the end ---- */

sley_error *sley__datagram_closed(const sley_datagram *d)
{
  return d->is_closing || d->is_closed ? sley_error_closed() : NULL;
}

void sley__datagram_end(sley_datagram *d, sley_error *e)
{
  if (d->is_closed) {
    sley_error_drop(e);
    return;
  }
  sley_resolver *closer = d->closer;
  sley_drop_fn *drop = d->failed_drop;
  void *ctx = d->failed_ctx;
  sley__datagram_hold(d);
  d->is_closing = d->is_closed = true;
  d->closer = NULL;
  d->failed = NULL;
  d->failed_drop = NULL;
  sley__dlist_leave(&d->dirty);
  sley__dlist_leave(&d->news);
  sley__dlist_leave(&d->stalled);
  sley__staged_drop(d);
  sley__datagram_path_remove(d);
  sley__handle_close(&d->handle); /* before anybody hears of it and reuses its number */
  sley__waiting_reject(d, sley_error_closed());
  sley__receivers_reject(d, sley_error_closed());
  sley__each_reject(d, sley_error_closed());
  if (e != NULL) sley_reject(&closer, e);
  else sley_fulfill(&closer, sley_unit());
  if (drop != NULL) drop(ctx);
  sley__datagram_release(d);
}

void sley_datagram_abort(sley_datagram *d)
{
  if (d == NULL) return;
  sley__datagram_check(d, __func__, "");
  sley__datagram_end(d, d->closer != NULL ? sley_error_closed() : NULL);
}

sley_promise *sley_datagram_close_at(const char *site, sley_datagram *d)
{
  sley__datagram_check(d, "sley_datagram_close", site);
  if (d->closing != NULL) return sley_keep(d->closing);
  if (d->is_closed) return sley_return_at(site, sley_unit());
  sley_resolver *r;
  sley_promise *p = sley_pending_at(site, &r);
  if (r == NULL) { /* no memory to wait with */
    sley__datagram_end(d, NULL);
    return p;
  }
  d->closing = sley_keep(p);
  d->closer = r;
  d->is_closing = true;
  d->finish_by = sley__clock() + sley_seconds(d->finish);
  sley__datagram_hold(d);
  sley__datagram_want_no_more(d, SLEY__READ);
  sley__receivers_reject(d, sley_error_closed());
  sley__each_reject(d, sley_error_closed());
  if (!d->is_closed) sley__datagram_send_all(d);
  if (!d->is_closed) {
    if (sley__datagram_has_news(d)) sley__datagram_tell(d);
    else sley__datagram_stall(d); /* to look at finish_by */
  }
  sley__datagram_release(d);
  return p;
}
