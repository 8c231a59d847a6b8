/* Calls to other domains: the caller's half. The called domain's half is serve.c; call_message.c is how calls
 * travel.
 *
 * Credits are per link and nesting level: a call made while serving another one is one level deeper and uses that
 * level's credits. Level n waits only for level n + 1, and the last level never waits (it is refused), so no cycle
 * of waiting calls can form.
 *
 * Regret: the credits of each nesting level are fixed numbers, used or not. */
#include "domain/link/call.h"

static void call_send(peer *p, envelope *e, sley_call_fn *f, sley_time deadline,
                      const sley_value *arg)
{
  e->sent = true;
  p->credits[e->level]--;
  sley__call_stage(p, e, f, deadline, arg);
}

static void waiting_begin(peer *p, envelope *e)
{
  e->sent = false;
  e->next_waiting = NULL;
  SLEY__FIFO_APPEND(p->waiting_end[e->level], e, next_waiting);
  p->waits++;
  p->credit_waits++;
  sley__count_up(&p->from->counters.credit_waits, 1);
}

static void waiting_end(peer *p, envelope **place)
{
  envelope *e = *place;
  *place = e->next_waiting;
  if (*place == NULL) p->waiting_end[e->level] = place;
  p->waits--;
}

static void call_send_waiting(peer *p, envelope *e)
{
  waiting_end(p, &p->waiting[e->level]);
  call_send(p, e, e->f, e->deadline, &e->arg);
}

static inline void credit_return(peer *p, uint32_t level)
{
  p->credits[level]++;
  if (SLEY__UNLIKELY(p->waiting[level] != NULL)) call_send_waiting(p, p->waiting[level]);
}

/* Settles the caller's promise, if the caller still waits. */
static void settle_home(envelope *e, sley_value out, sley_error *error)
{
  sley_resolver *r = sley__flight_end(e);
  if (r == NULL) {
    sley_value_drop(&out);
    sley_error_drop(error);
  } else if (error != NULL) {
    sley_reject(&r, error);
  } else {
    sley__operation_fulfill(&r, out);
  }
}

void sley__reply_arrived(envelope *e, sley_value out, sley_error *error)
{
  credit_return(e->peer, e->level); /* first: calls made by callbacks go out immediately */
  settle_home(e, out, error);
  sley__envelope_release(e);
}

sley_error *sley__called_gone_error(const char *site, const seat *called)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "the called domain '%s' has ended",
                           called->name);
}

void sley__call_lost(arrival *a)
{
  sley_value_drop(&a->arg);
  sley__reply_arrived(a->call, sley_unit(),
                      sley__called_gone_error(a->call->site, a->call->peer->to));
}

/* Frees a call that is never sent. */
static void waiting_forget(envelope *e)
{
  envelope **place = &e->peer->waiting[e->level];
  while (*place != e) place = &(*place)->next_waiting;
  waiting_end(e->peer, place);
  sley_value_drop(&e->arg);
  sley__envelope_release(e);
}

static void call_cancel(void *data)
{
  envelope *e = *(envelope **)data;
  sley_resolver *r = sley__flight_end(e);
  if (!e->sent) {
    waiting_forget(e);
  } else {
    __atomic_add_fetch(&e->holders, 1, __ATOMIC_RELAXED);
    sley__peer_stage(e->peer, MESSAGE_CANCEL, (uintptr_t)e, 0, 0);
  }
  sley_resolver_drop(&r);
}

void sley__calls_reject(seat *here)
{
  while (here->made.flight != NULL) {
    envelope *e = here->made.flight;
    sley_resolver *r = sley__flight_end(e);
    sley_error *error = sley__gone_error(e->site, "the calling domain");
    if (!e->sent) {
      waiting_forget(e);
    }
    sley__reject_if_watched(&r, error);
  }
}

static const sley__operation_type call_type = {"call", call_cancel};

static uint32_t current_level(const sley_domain *d)
{
  const sley_value *v = d->storage == NULL ? NULL : sley_storage_get(&sley__call_level);
  return v == NULL ? 0 : (uint32_t)v->i;
}

static sley_time inherited_deadline(const sley_domain *d)
{
  const sley_value *v = d->storage == NULL ? NULL : sley_storage_get(&sley__call_deadline);
  return v == NULL ? 0 : v->i;
}

sley_time sley_call_time_left(void)
{
  sley_time deadline = inherited_deadline(sley__self()), now = deadline == 0 ? 0 : sley__clock();
  return deadline == 0 ? -1 : deadline > now ? deadline - now : 0;
}

static sley_promise *call_refuse(const char *site, sley_value *arg, sley_error *e)
{
  sley_value_drop(arg);
  return sley_fail_at(site, e);
}

/* NULL: out of memory; everything has been freed. */
static envelope *call_begin(const char *site, peer *p, uint32_t level, sley_promise **result)
{
  void *data;
  sley_resolver *r;
  *result = sley__operation_new(site, &call_type, sizeof(envelope *), &data, &r);
  envelope *e = *result == NULL ? NULL : sley__envelope_new(p->from);
  if (SLEY__UNLIKELY(e == NULL)) {
    if (*result == NULL) return NULL;
    sley_drop(*result);
    sley_resolver_drop(&r);
    return NULL;
  }
  *(envelope **)data = e;
  e->level = level;
  e->site = site;
  e->peer = p;
  sley__flight_begin(e, r);
  return e;
}

static sley_promise *call_start(const char *site, sley_domain *d, sley_domain *to, sley_call_fn *f,
                                sley_value arg, bool may_wait, sley_time deadline,
                                const sley__call_extra *extra)
{
  uint32_t level = current_level(d);
  int code = 0;
  if (SLEY__UNLIKELY(level >= LEVELS))
    return call_refuse(site, &arg, sley_error_new_at(site, &sley_kind_sley, SLEY_EDEPTH, NULL));
  if (to != d && __atomic_load_n(&sley__seat_of(to)->gated, __ATOMIC_ACQUIRE))
    return call_refuse(site, &arg, sley__called_gone_error(site, sley__seat_of(to)));
  peer *p = sley__peer_to(d, to, &code, may_wait ? "sley_call" : "sley_try_call", site);
  if (SLEY__UNLIKELY(p == NULL)) return call_refuse(site, &arg, sley__loop_error(site, code));
  if (SLEY__UNLIKELY(!sley__peer_expect_answers(p)))
    return call_refuse(site, &arg, sley_error_nomem());
  bool waits = p->credits[level] == 0 || p->waiting[level] != NULL;
  if (waits && !may_wait) {
    p->refused++;
    sley__count_up(&p->from->counters.refused, 1);
    sley_value_drop(&arg);
    return NULL;
  }
  if (arg.type != NULL && sley__value_send(&arg) != 0) {
    sley_error *e = sley__send_error(site, &arg, "the argument of a call");
    return call_refuse(site, &arg, e);
  }
  sley_promise *result;
  envelope *e = call_begin(site, p, level, &result);
  if (SLEY__UNLIKELY(e == NULL)) return call_refuse(site, &arg, sley_error_nomem());
  if (extra != NULL) e->extra = *extra;
  if (SLEY__UNLIKELY(waits)) {
    e->f = f;
    e->arg = arg;
    e->deadline = deadline;
    waiting_begin(p, e);
  } else {
    call_send(p, e, f, deadline, &arg);
  }
  return result;
}

sley_promise *sley_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  return call_start(site, d, to, f, arg, true, inherited_deadline(d), NULL);
}

sley_promise *sley__call_with_extra(const char *site, sley_domain *to, sley_call_fn *f,
                                    sley_value arg, const sley__call_extra *extra)
{
  sley_domain *d = sley__self();
  return call_start(site, d, to, f, arg, true, inherited_deadline(d), extra);
}

sley_promise *sley_call_with_at(const char *site, sley_domain *to, const sley_call_options *options,
                                sley_call_fn *f, sley_value arg)
{
  sley_domain *d = sley__self();
  sley_time deadline = inherited_deadline(d);
  SLEY__OPTIONS_READ(options, sley_call_options, "sley_call_with");
  sley__refuse_elsewhere_at(site, to->runtime->origin, "domain", to->name);
  if (!(options->timeout >= 0))
    return call_refuse(site, &arg,
                       sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                         "sley_call_with: a timeout of %g s", options->timeout));
  if (options->timeout == 0) return call_start(site, d, to, f, arg, true, deadline, NULL);
  sley_time now = sley__clock(), most = sley_seconds(options->timeout);
  sley_time mine = most > INT64_MAX - now ? INT64_MAX : now + most;
  if (deadline == 0 || mine < deadline) deadline = mine;
  return sley_with_timeout_at(site, call_start(site, d, to, f, arg, true, deadline, NULL),
                              options->timeout);
}

int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                     sley_promise **out)
{
  SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self();
  *out = call_start(site, d, to, f, arg, false, inherited_deadline(d), NULL);
  return *out == NULL ? -SLEY_EAGAIN : 0;
}
