/* Calls to other domains: the caller's half. What is done over there is serve.c; posts are post.c.
 *
 * Reading guide to the domain floor: seat.h has the words; this file is the model function; serve.c;
 * pair.c, the rings; seat.c, the domain's part in a turn; spawn.c, threads and handles; shutdown.c; each.c.
 *
 * A call's envelope stays at home but for its address, and is kept there for the next call. A cancel
 * note may cross the reply: so the note holds the envelope too, and whoever lets go of it last frees
 * it. What home ends with unanswered is rejected then; the reply finds nobody and is dropped over there.
 *
 * Credits are per pair and nesting level: a call made while one is served is a level deeper and
 * draws on that level's credits. Level n waits only for level n + 1, the last never waits (it is
 * refused), so waiting ends.
 *
 * Regret: the credits of each nesting level are fixed numbers, used or not. */
#include "domain/link/seat.h"

enum { SPARE_MOST = 2 * CREDITS };

/* NULL: out of memory. Home. */
static envelope *envelope_new(seat *home)
{
  envelope *e = home->envelopes;
  if (SLEY__LIKELY(e != NULL)) {
    home->envelopes = e->next_waiting;
    home->envelope_count--;
    return e;
  }
  e = sley__runtime_alloc(home->runtime, sizeof(*e));
  if (e == NULL) return NULL;
  *e = (envelope){.home = home, .runtime = home->runtime, .holders = 1};
  sley__seat_hold(home);
  return e;
}

static void envelope_free(envelope *e)
{
  seat *home = e->home;
  sley__runtime_free(e->runtime, e, sizeof(*e));
  sley__seat_release(home);
}

/* Whether nobody else has it: it is then as it was made. */
static bool is_last(envelope *e)
{
  if (__atomic_load_n(&e->holders, __ATOMIC_ACQUIRE) == 1) return true;
  if (__atomic_sub_fetch(&e->holders, 1, __ATOMIC_ACQ_REL) != 0) return false;
  e->holders = 1;
  return true;
}

void sley__envelope_let_go(envelope *e)
{
  if (is_last(e)) envelope_free(e);
}

/* At home it is kept for another call. */
static void envelope_release(envelope *e)
{
  if (!is_last(e)) return;
  seat *home = e->home;
  if (home->envelope_count >= SPARE_MOST) {
    envelope_free(e);
    return;
  }
  e->next_waiting = home->envelopes;
  home->envelopes = e;
  home->envelope_count++;
}

void sley__envelopes_end(seat *here)
{
  while (here->envelopes != NULL) {
    envelope *e = here->envelopes;
    here->envelopes = e->next_waiting;
    envelope_free(e);
  }
  for (int i = 0; i < LEVELS; i++) sley__storage_forget(&here->levels[i]);
}

/* ---- home ---- */

static void flight_begin(envelope *e)
{
  envelope **first = &e->home->flight;
  e->next_flight = *first;
  e->flight_place = first;
  if (*first != NULL) (*first)->flight_place = &e->next_flight;
  *first = e;
}

/* Its promise is settled, or is about to be. */
static sley_resolver *flight_end(envelope *e)
{
  sley_resolver *r = e->resolver;
  if (r == NULL) return NULL;
  e->resolver = NULL;
  *e->flight_place = e->next_flight;
  if (e->next_flight != NULL) e->next_flight->flight_place = e->flight_place;
  return r;
}

static void send_call(pair *p, envelope *e, sley_call_fn *f, sley_time deadline,
                      const sley_value *arg)
{
  e->sent = true;
  p->credits[e->level]--;
  sley__pair_stage_call(p, e, f, deadline, arg);
}

static void waiting_begin(pair *p, envelope *e)
{
  e->sent = false;
  e->next_waiting = NULL;
  *p->waiting_end[e->level] = e;
  p->waiting_end[e->level] = &e->next_waiting;
  p->waits++;
  p->credit_waits++;
  count_up(&p->from->counters.credit_waits, 1);
}

static void waiting_end(pair *p, envelope **place)
{
  envelope *e = *place;
  *place = e->next_waiting;
  if (*place == NULL) p->waiting_end[e->level] = place;
  p->waits--;
}

static void send_waiting(pair *p, envelope *e)
{
  waiting_end(p, &p->waiting[e->level]);
  send_call(p, e, e->f, e->deadline, &e->arg);
}

static inline void credit_back(pair *p, uint32_t level)
{
  p->credits[level]++;
  if (SLEY__UNLIKELY(p->waiting[level] != NULL)) send_waiting(p, p->waiting[level]);
}

/* The outcome goes to the caller, if it still waits. */
static void settle_home(envelope *e, sley_value out, sley_error *error)
{
  sley_resolver *r = flight_end(e);
  if (r == NULL) {
    sley_value_drop(&out);
    sley_error_drop(error);
  } else if (error != NULL) {
    sley_reject(&r, error);
  } else {
    sley_fulfill(&r, out);
  }
}

void sley__reply_arrived(envelope *e, sley_value out, sley_error *error)
{
  credit_back(e->pair, e->level); /* first, so that what is called next goes out at once */
  settle_home(e, out, error);
  envelope_release(e);
}

void sley__reply_lost(envelope *e, sley_value out, sley_error *error)
{
  sley_value_drop(&out);
  sley_error_drop(error);
  sley__envelope_let_go(e);
}

void sley__cancel_lost(envelope *e) { envelope_release(e); }

sley_error *sley__gone_error(const char *site, const char *what)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "%s has ended", what);
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
                      sley__called_gone_error(a->call->site, a->call->pair->to));
}

/* It is never sent. */
static void waiting_forget(envelope *e)
{
  envelope **place = &e->pair->waiting[e->level];
  while (*place != e) place = &(*place)->next_waiting;
  waiting_end(e->pair, place);
  sley_value_drop(&e->arg);
  envelope_release(e);
}

static void call_cancel(void *data)
{
  envelope *e = *(envelope **)data;
  sley_resolver *r = flight_end(e);
  if (!e->sent) {
    waiting_forget(e);
  } else {
    __atomic_add_fetch(&e->holders, 1, __ATOMIC_RELAXED);
    sley__pair_stage(e->pair, MESSAGE_CANCEL, (uintptr_t)e, 0, 0);
  }
  sley_resolver_drop(&r);
}

void sley__calls_reject(seat *here)
{
  while (here->flight != NULL) {
    envelope *e = here->flight;
    sley_resolver *r = flight_end(e);
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

static sley_promise *refuse(const char *site, sley_value *arg, sley_error *e)
{
  sley_value_drop(arg);
  return sley_fail_at(site, e);
}

/* Out of memory: NULL, and nothing is left. */
static envelope *call_begin(const char *site, pair *p, uint32_t level, sley_promise **result)
{
  void *data;
  sley_resolver *r;
  *result = sley__operation_new(site, &call_type, sizeof(envelope *), &data, &r);
  envelope *e = *result == NULL ? NULL : envelope_new(p->from);
  if (SLEY__UNLIKELY(e == NULL)) {
    if (*result == NULL) return NULL;
    sley_drop(*result);
    sley_resolver_drop(&r);
    return NULL;
  }
  *(envelope **)data = e;
  e->level = level;
  e->site = site;
  e->pair = p;
  e->resolver = r;
  flight_begin(e);
  return e;
}

static sley_promise *call(const char *site, sley_domain *d, sley_domain *to, sley_call_fn *f,
                          sley_value arg, bool may_wait, sley_time deadline,
                          const sley__errand *errand)
{
  uint32_t level = current_level(d);
  int code = 0;
  if (SLEY__UNLIKELY(level >= LEVELS))
    return refuse(site, &arg, sley_error_new_at(site, &sley_kind_sley, SLEY_EDEPTH, NULL));
  if (to != d && __atomic_load_n(&sley__seat_of(to)->gated, __ATOMIC_ACQUIRE))
    return refuse(site, &arg, sley__called_gone_error(site, sley__seat_of(to)));
  pair *p = sley__pair_here(d, to, &code, may_wait ? "sley_call" : "sley_try_call", site);
  if (SLEY__UNLIKELY(p == NULL)) return refuse(site, &arg, sley__loop_error(site, code));
  if (SLEY__UNLIKELY(!sley__pair_expect_answers(p))) return refuse(site, &arg, sley_error_nomem());
  bool waits = p->credits[level] == 0 || p->waiting[level] != NULL;
  if (waits && !may_wait) {
    p->refused++;
    count_up(&p->from->counters.refused, 1);
    sley_value_drop(&arg);
    return NULL;
  }
  if (arg.type != NULL && sley__value_send(&arg) != 0) {
    sley_error *e = sley__send_error(site, &arg, "the argument of a call");
    return refuse(site, &arg, e);
  }
  sley_promise *result;
  envelope *e = call_begin(site, p, level, &result);
  if (SLEY__UNLIKELY(e == NULL)) return refuse(site, &arg, sley_error_nomem());
  if (errand != NULL) e->errand = *errand;
  if (SLEY__UNLIKELY(waits)) {
    e->f = f;
    e->arg = arg;
    e->deadline = deadline;
    waiting_begin(p, e);
  } else {
    send_call(p, e, f, deadline, &arg);
  }
  return result;
}

sley_promise *sley_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  sley_domain *d = sley__self();
  return call(site, d, to, f, arg, true, inherited_deadline(d), NULL);
}

sley_promise *sley__call_errand(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                                const sley__errand *errand)
{
  sley_domain *d = sley__self();
  return call(site, d, to, f, arg, true, inherited_deadline(d), errand);
}

sley_promise *sley_call_with_at(const char *site, const sley_call_options *options, sley_domain *to,
                                sley_call_fn *f, sley_value arg)
{
  sley_domain *d = sley__self();
  sley_time deadline = inherited_deadline(d);
  SLEY__OPTIONS_CHECK(options, sley_call_options, "sley_call_with");
  sley__refuse_elsewhere_at(site, to->runtime->origin, "domain", to->name);
  if (!(options->timeout >= 0))
    return refuse(site, &arg,
                  sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                    "sley_call_with: a timeout of %g s", options->timeout));
  if (options->timeout == 0) return call(site, d, to, f, arg, true, deadline, NULL);
  sley_time now = sley__clock(), most = sley_seconds(options->timeout);
  sley_time mine = most > INT64_MAX - now ? INT64_MAX : now + most;
  if (deadline == 0 || mine < deadline) deadline = mine;
  return sley_with_timeout_at(site, options->timeout,
                              call(site, d, to, f, arg, true, deadline, NULL));
}

int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                     sley_promise **out)
{
  SLEY__NEEDS_AT(site, to);
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self();
  *out = call(site, d, to, f, arg, false, inherited_deadline(d), NULL);
  return *out == NULL ? -SLEY_EAGAIN : 0;
}
