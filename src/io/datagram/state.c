/* What a domain has for its datagram sockets: the hooks of its loop, what is to be told in the next turn, and an alarm
 * for what is tried again. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "io/datagram/datagram.h"

#define PAUSE_LEAST SLEY_MILLISECOND
#define PAUSE_MOST (64 * SLEY_MILLISECOND)

/* ---- stalled until the alarm ---- */

static void alarm_start(sley__datagrams *state)
{
  int code = sley_alarm_change(state->alarm, (double)state->pause * 1e-9);
  (void)code; /* positive */
  sley_alarm_start_now(state->alarm);
}

static void stall_for(sley_datagram *d, sley_time pause)
{
  sley__datagrams *state = d->domain->datagrams;
  if (state->alarm == NULL || sley__dlist_is_on(&d->stalled)) return;
  bool first = sley__dlist_is_empty(&state->stalled);
  sley__dlist_append(&state->stalled, &d->stalled);
  if (!first || sley_alarm_is_started(state->alarm)) return;
  state->pause = pause;
  alarm_start(state);
}

void sley__datagram_stall(sley_datagram *d) { stall_for(d, PAUSE_LEAST); }

/* ---- the loop ---- */

void sley__datagram_want(sley_datagram *d, unsigned what)
{
  sley__handle_want(&d->handle, d->handle.wanted | what);
}

void sley__datagram_want_no_more(sley_datagram *d, unsigned what)
{
  if (!d->is_closed) sley__handle_want(&d->handle, d->handle.wanted & ~what);
}

/* What is told is told at once: this is the loop's call. */
static void receive_now(sley_datagram *d)
{
  if (!sley__dlist_is_empty(&d->receivers)) sley__receivers_run(d);
  else sley__each_run(d);
  if (d->peer_errors > 0 && !d->is_closed) sley__datagram_tell(d);
}

static void datagram_ready(struct sley__handle *handle, unsigned what)
{
  sley_datagram *d = (sley_datagram *)(void *)handle;
  sley__datagram_hold(d);
  d->is_refused = false;
  if (what == SLEY__READ) {
    d->handle.maybe_ready |= SLEY__READ;
    if (sley__datagram_listens(d) && !d->is_starved) receive_now(d);
    else sley__datagram_want_no_more(d, SLEY__READ);
  } else {
    d->is_blocked = false;
    sley__datagram_send_all(d);
    if (!d->is_blocked) sley__datagram_want_no_more(d, SLEY__WRITE);
    if (sley__datagram_has_news(d)) sley__datagram_tell(d);
  }
  sley__datagram_release(d);
}

/* Told once, until the kernel has watched it again. */
static void refused_for_now(sley_datagram *d, sley_error *e)
{
  bool was_refused = d->is_refused;
  d->is_refused = true;
  stall_for(d, was_refused ? PAUSE_MOST : PAUSE_LEAST);
  if (!was_refused) sley__async_error(d->domain, e, d->site);
  else sley_error_drop(e);
}

static void datagram_refused(struct sley__handle *handle, int code)
{
  sley_datagram *d = (sley_datagram *)(void *)handle;
  sley__datagram_hold(d);
  handle->wanted = 0;
  handle->maybe_ready = SLEY__READ | SLEY__WRITE;
  if (d->is_blocked) {
    d->is_blocked = false;
    d->is_stalled = true;
    sley__datagram_stall(d);
  }
  sley_error *e = sley_error_new_at(
      d->site, &sley_kind_errno, code, "the kernel refuses to watch a datagram socket: %s%s",
      strerror(code), code == ENOSPC ? "; raise fs.epoll.max_user_watches" : "");
  if (code == ENOSPC || code == ENOMEM) {
    refused_for_now(d, e);
  } else {
    sley__receivers_reject(d, sley_error_keep(e));
    sley__each_reject(d, e);
  }
  sley__datagram_release(d);
}

static void datagram_over(struct sley__handle *handle)
{
  sley__datagram_release((sley_datagram *)(void *)handle);
}

const struct sley__handle_calls sley__datagram_calls = {
    .ready = datagram_ready, .refused = datagram_refused, .over = datagram_over};

/* ---- hooks ---- */

void sley__datagram_mark_dirty(sley_datagram *d)
{
  if (!sley__dlist_is_on(&d->dirty)) sley__dlist_append(&d->domain->datagrams->dirty, &d->dirty);
}

void sley__datagram_mark_news(sley_datagram *d)
{
  if (!sley__dlist_is_on(&d->news)) sley__dlist_append(&d->domain->datagrams->news, &d->news);
}

static void datagrams_flush(sley_domain *domain)
{
  sley__datagrams *state = domain->datagrams;
  for (struct sley__dlist *place; (place = sley__dlist_pop(&state->dirty)) != NULL;) {
    sley_datagram *d = SLEY__CONTAINER(place, sley_datagram, dirty);
    sley__datagram_send_all(d);
    if (SLEY__UNLIKELY(sley__datagram_has_news(d))) sley__datagram_mark_news(d);
  }
}

static bool datagrams_tell(sley_domain *domain, sley__budget *budget)
{
  sley__datagrams *state = domain->datagrams;
  struct sley__dlist now; /* what comes meanwhile is told in the next turn */
  sley__dlist_init(&now);
  sley__dlist_splice(&now, &state->news);
  while (!sley__dlist_is_empty(&now)) {
    sley__datagram_tell(SLEY__CONTAINER(now.next, sley_datagram, news));
    if (!sley__budget_is_spent(budget, 1) || sley__dlist_is_empty(&now)) continue;
    sley__dlist_splice(state->news.next, &now);
    return true;
  }
  return false;
}

static bool is_quiet(sley_domain *domain)
{
  const sley__datagrams *state = domain->datagrams;
  return sley__dlist_is_empty(&state->news) && sley__dlist_is_empty(&state->dirty);
}

static bool datagrams_expect(sley_domain *domain) { return !is_quiet(domain); }

static const sley__loop_hooks datagrams_hooks = {.drains = {datagrams_tell},
                                                 .flush = datagrams_flush,
                                                 .expects = datagrams_expect,
                                                 .prepare_sleep = is_quiet};

/* ---- what is tried again ---- */

static bool has_who_receives(const sley_datagram *d)
{
  return !sley__dlist_is_empty(&d->receivers) || (d->each.resolver != NULL && d->each.body == NULL);
}

static void try_again(sley_datagram *d)
{
  d->is_stalled = false;
  if ((d->is_starved || d->is_refused) && !d->is_closing && has_who_receives(d)) receive_now(d);
  if (d->is_closed) return;
  sley__datagram_listen(d);
  sley__datagram_send_all(d);
  if (sley__datagram_has_news(d)) sley__datagram_tell(d);
  if (d->is_closed || !d->is_closing) return;
  if (sley__clock() < d->finish_by) {
    sley__datagram_stall(d);
  } else {
    size_t left = (size_t)(d->came - d->went);
    sley__datagram_end(d, sley_error_new_at(d->site, &sley_kind_sley, SLEY_ETIMEOUT,
                                            "closing a datagram socket: the kernel has not taken "
                                            "%zu packets within %g seconds",
                                            left, d->finish));
  }
}

static sley_error *on_alarm(void *ctx)
{
  sley__datagrams *state = ctx;
  struct sley__dlist now;
  sley__dlist_init(&now);
  sley__dlist_splice(&now, &state->stalled);
  sley_time pause = state->pause * 2 < PAUSE_MOST ? state->pause * 2 : PAUSE_MOST;
  for (struct sley__dlist *place; (place = sley__dlist_pop(&now)) != NULL;) {
    sley_datagram *d = SLEY__CONTAINER(place, sley_datagram, stalled);
    uint64_t went = d->went;
    sley__datagram_hold(d);
    try_again(d);
    if (d->went != went) pause = PAUSE_LEAST; /* it goes on */
    sley__datagram_release(d);
  }
  if (sley__dlist_is_empty(&state->stalled)) return NULL;
  state->pause = pause;
  alarm_start(state);
  return NULL;
}

/* ---- the domain's end ---- */

static sley_datagram *first_open(const sley__datagrams *state)
{
  for (const struct sley__dlist *p = state->all.next; p != &state->all; p = p->next) {
    sley_datagram *d = SLEY__CONTAINER(p, sley_datagram, place);
    if (!d->is_closed) return d;
  }
  return NULL;
}

static void left_tell(sley_domain *domain, const sley_datagram *d)
{
  sley_address at;
  char address[SLEY_ADDRESS_TEXT];
  sley_error_drop(sley_datagram_local_at("", d, &at));
  sley_address_text(&at, address, sizeof(address));
  sley__domain_tell_left(domain, "datagram socket on %s%s%s", address, SLEY__MADE_AT(d->site));
}

static void datagrams_end(sley_domain *domain)
{
  sley__datagrams *state = domain->datagrams;
  sley_alarm_drop(state->alarm);
  state->alarm = NULL;
  for (sley_datagram *d; (d = first_open(state)) != NULL;) {
    left_tell(domain, d);
    sley__datagram_end(d, d->closer != NULL ? sley_error_closed() : NULL);
  }
  struct sley__dlist *next;
  for (struct sley__dlist *p = state->all.next; p != &state->all; p = next) {
    sley_datagram *d = SLEY__CONTAINER(p, sley_datagram, place);
    sley_promise *held[] = {d->closing, d->each.body};
    next = p->next;
    d->closing = d->each.body = NULL;
    sley_drop(held[0]);
    sley_drop(held[1]);
  }
  sley__room_free(state->spare_one);
  sley__room_free(state->spare_many);
  if (state->spare_chunk != NULL) sley__free(domain, state->spare_chunk, state->spare_chunk->bytes);
  state->spare_one = state->spare_many = NULL;
  state->spare_chunk = NULL;
}

static void datagrams_release(sley_domain *domain)
{
  sley__datagrams *state = domain->datagrams;
  while (!sley__dlist_is_empty(&state->all)) {
    sley_datagram *d = SLEY__CONTAINER(state->all.next, sley_datagram, place);
    sley__each_release(d);
    sley__datagram_free(d);
  }
  domain->datagrams = NULL;
  sley__free(domain, state, sizeof(*state));
}

static const struct sley__part datagrams_part = {.end = datagrams_end,
                                                 .release = datagrams_release};

static sley__datagrams *state_new(sley_domain *domain)
{
  sley__datagrams *state = sley__alloc(domain, sizeof(*state));
  if (state == NULL) return NULL;
  memset(state, 0, sizeof(*state));
  sley__dlist_init(&state->all);
  sley__dlist_init(&state->dirty);
  sley__dlist_init(&state->news);
  sley__dlist_init(&state->stalled);
  sley_error *e = sley_alarm_new_at("", 1, on_alarm, state, NULL, &state->alarm);
  if (e == NULL) return state;
  sley_error_drop(e); /* out of memory: there is a loop */
  sley__free(domain, state, sizeof(*state));
  return NULL;
}

int sley__datagrams_open(sley_domain *d)
{
  if (d->ending) return -SLEY_EGONE;
  int code = sley__loop_open(d);
  if (code != 0 || d->datagrams != NULL) return code;
  d->datagrams = state_new(d);
  if (d->datagrams == NULL) return -SLEY_ENOMEM;
  d->parts[SLEY__PART_DATAGRAMS] = &datagrams_part;
  sley__loop_add_hooks(d, &datagrams_hooks);
  return 0;
}
