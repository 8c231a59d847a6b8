/* Calls and posts between domains.
 *
 * Reading guide to the domain floor: seat.h has the words; this file is the model function; pair.c,
 * the rings; seat.c, the domain's part in a turn; spawn.c, threads and handles; shutdown.c; each.c.
 *
 * A call's envelope goes there and comes back, and is freed at home. A cancel note may cross the
 * reply: so the note holds the envelope too, and whoever lets go of it last frees it. What home ends
 * with unanswered is rejected then; the reply finds nobody and is dropped over there.
 *
 * Credits are per pair and nesting level: a call made while one is served is a level deeper and
 * draws on that level's credits. Level n waits only for level n + 1, the last never waits (it is
 * refused), so waiting ends.
 *
 * Regret: every nesting level has the same number of credits, used or not. */
#include "domain/seat.h"

static uintptr_t word_of(envelope *e) { return (uintptr_t)e; }

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
  *e = (envelope){.home = home, .runtime = home->runtime};
  sley__seat_hold(home);
  return e;
}

static void envelope_free(envelope *e)
{
  seat *home = e->home;
  sley__runtime_free(e->runtime, e, sizeof(*e));
  sley__seat_release(home);
}

/* The call or its cancel note lets go of it: at home it is kept for another call. */
static void envelope_release(envelope *e, bool at_home)
{
  if (__atomic_load_n(&e->holders, __ATOMIC_ACQUIRE) != 1 &&
      __atomic_sub_fetch(&e->holders, 1, __ATOMIC_ACQ_REL) != 0)
    return;
  seat *home = e->home;
  if (!at_home || home->envelope_count >= SPARE_MOST) {
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

static void send_call(envelope *e)
{
  e->sent = true;
  e->pair->credits[e->level]--;
  sley__pair_stage_call(e->pair, e);
}

static void credit_back(pair *p, uint32_t level)
{
  p->credits[level]++;
  envelope *e = p->waiting[level];
  if (e == NULL) return;
  p->waiting[level] = e->next_waiting;
  if (p->waiting[level] == NULL) p->waiting_end[level] = &p->waiting[level];
  send_call(e);
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
  envelope_release(e, true);
}

void sley__reply_lost(envelope *e, sley_value out, sley_error *error)
{
  sley_value_drop(&out);
  sley_error_drop(error);
  envelope_release(e, false);
}

void sley__cancel_lost(envelope *e) { envelope_release(e, true); }

sley_error *sley__gone_error(const char *site, const char *what)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "%s has ended", what);
}

static sley_error *gone_error(const char *site)
{
  return sley__gone_error(site, "the called domain");
}

void sley__call_lost(arrival *a)
{
  sley_value_drop(&a->arg);
  sley__reply_arrived(a->call, sley_unit(), gone_error(a->call->site));
}

/* It is never sent. */
static void waiting_forget(envelope *e)
{
  envelope **place = &e->pair->waiting[e->level];
  while (*place != e) place = &(*place)->next_waiting;
  *place = e->next_waiting;
  if (*place == NULL) e->pair->waiting_end[e->level] = place;
  sley_value_drop(&e->arg);
  envelope_release(e, true);
}

static void call_cancel(void *data)
{
  envelope *e = *(envelope **)data;
  sley_resolver *r = flight_end(e);
  if (!e->sent) {
    waiting_forget(e);
  } else {
    __atomic_add_fetch(&e->holders, 1, __ATOMIC_RELAXED);
    sley__pair_stage(e->pair, MESSAGE_CANCEL, word_of(e), 0, 0);
  }
  sley_resolver_drop(&r);
}

/* The calls made here that nobody will hear the answers of. */
static void flight_reject(seat *here)
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

static uint32_t current_level(void)
{
  const sley_value *v = sley_get(&sley__call_level);
  return v == NULL ? 0 : (uint32_t)v->i;
}

/* When the call being served is no longer waited for. */
static const sley_key deadline_key = SLEY_KEY("sley: deadline of the call");

static sley_time inherited_deadline(void)
{
  const sley_value *v = sley_get(&deadline_key);
  return v == NULL ? 0 : v->i;
}

sley_time sley_call_time_left(void)
{
  sley_time deadline = inherited_deadline(), now = deadline == 0 ? 0 : sley__clock();
  return deadline == 0 ? -1 : deadline > now ? deadline - now : 0;
}

static sley_error *send_error(const char *site, const sley_value *v, const char *what)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_ESEND, "%s of type %s: %s", what,
                           v->type->name, sley_code_text(SLEY_ESEND));
}

static sley_promise *refuse(const char *site, sley_value *arg, sley_error *e)
{
  sley_value_drop(arg);
  return sley_fail_at(site, e);
}

static seat *seat_of(sley_domain *to)
{
  seat *s = to->seat;
  if (s == NULL)
    sley__abort(
        "domain %s was called before it was ready for others: let its own thread call "
        "sley_domain_keep on it first",
        to->name);
  return s;
}

static pair *pair_look(sley_domain *d, sley_domain *to, int *code)
{
  seat *here = sley__seat_open(d, code);
  if (here == NULL) return NULL;
  if (here->ending) { /* what runs at its end sends nothing more */
    *code = -SLEY_EGONE;
    return NULL;
  }
  pair *p = sley__pair_to(here, to == d ? here : seat_of(to));
  if (p == NULL) *code = -SLEY_ENOMEM;
  return p;
}

/* Most go where the last one went. */
static inline pair *pair_here(sley_domain *d, sley_domain *to, int *code)
{
  const seat *here = d->seat;
  pair *p = here == NULL || here->ending ? NULL : here->outgoing;
  if (SLEY__LIKELY(p != NULL && p->to == to->seat)) return p;
  return pair_look(d, to, code);
}

static const sley__errand no_errand;

static sley_promise *call(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                          bool may_wait, sley_time deadline, const sley__errand *errand)
{
  sley_domain *d = sley__self();
  uint32_t level = current_level();
  int code = 0;
  if (level >= LEVELS)
    return refuse(site, &arg, sley_error_new_at(site, &sley_kind_sley, SLEY_EDEPTH, NULL));
  if (to != d && __atomic_load_n(&seat_of(to)->gated, __ATOMIC_ACQUIRE))
    return refuse(site, &arg, gone_error(site));
  pair *p = pair_here(d, to, &code);
  if (p == NULL) return refuse(site, &arg, sley_error_new_at(site, &sley_kind_sley, -code, NULL));
  if (!sley__pair_expect_answers(p)) return refuse(site, &arg, sley_error_nomem());
  bool waits = p->credits[level] == 0 || p->waiting[level] != NULL;
  if (waits && !may_wait) {
    p->refused++;
    count_up(&p->from->counters.refused, 1);
    sley_value_drop(&arg);
    return NULL;
  }
  if (sley__value_send(&arg) != 0) {
    sley_error *e = send_error(site, &arg, "the argument of a call");
    return refuse(site, &arg, e);
  }
  void *data;
  sley_resolver *r;
  sley_promise *result = sley__operation_new(site, &call_type, sizeof(envelope *), &data, &r);
  envelope *e = result == NULL ? NULL : envelope_new(p->from);
  if (e == NULL) {
    if (result != NULL) {
      sley_drop(result);
      sley_resolver_drop(&r);
    }
    return refuse(site, &arg, sley_error_nomem());
  }
  e->f = f;
  sley__value_put(&e->arg, &arg);
  e->deadline = deadline;
  e->holders = 1;
  e->level = level;
  e->site = site;
  e->errand = *errand;
  e->pair = p;
  e->resolver = r;
  e->next_waiting = NULL;
  e->sent = false;
  *(envelope **)data = e;
  flight_begin(e);
  if (waits) {
    p->credit_waits++;
    count_up(&p->from->counters.credit_waits, 1);
    *p->waiting_end[level] = e;
    p->waiting_end[level] = &e->next_waiting;
  } else {
    send_call(e);
  }
  return result;
}

sley_promise *sley_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg)
{
  return call(site, to, f, arg, true, inherited_deadline(), &no_errand);
}

sley_promise *sley__call_errand(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                                const sley__errand *errand)
{
  return call(site, to, f, arg, true, inherited_deadline(), errand);
}

sley_promise *sley_call_with_at(const char *site, const sley_call_options *options, sley_domain *to,
                                sley_call_fn *f, sley_value arg)
{
  sley_time deadline = inherited_deadline();
  if (options->size < sizeof(*options) || !(options->timeout >= 0))
    return refuse(site, &arg,
                  sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                    "sley_call_with: a timeout of %g s, options of %zu bytes",
                                    options->timeout, options->size));
  if (options->timeout == 0) return call(site, to, f, arg, true, deadline, &no_errand);
  sley_time now = sley__clock(), most = sley_seconds(options->timeout);
  sley_time mine = most > INT64_MAX - now ? INT64_MAX : now + most;
  if (deadline == 0 || mine < deadline) deadline = mine;
  return sley_with_timeout_at(site, options->timeout,
                              call(site, to, f, arg, true, deadline, &no_errand));
}

int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                     sley_promise **out)
{
  *out = call(site, to, f, arg, false, inherited_deadline(), &no_errand);
  return *out == NULL ? -SLEY_EAGAIN : 0;
}

sley_promise *(sley_call)(sley_domain *to, sley_call_fn *f, sley_value arg)
{
  return sley_call_at("", to, f, arg);
}

sley_promise *(sley_call_with)(const sley_call_options *options, sley_domain *to, sley_call_fn *f,
                               sley_value arg)
{
  return sley_call_with_at("", options, to, f, arg);
}

int(sley_try_call)(sley_domain *to, sley_call_fn *f, sley_value arg, sley_promise **out)
{
  return sley_try_call_at("", to, f, arg, out);
}

/* ---- over there ---- */

/* From here on the envelope is home's, but for a note that is still coming. */
static void reply(seat *here, seat *home, envelope *e, sley_value out, sley_error *error)
{
  union {
    const sley_type *in;
    uintptr_t out;
  } type;
  if (error == NULL && sley__value_send(&out) != 0)
    error = send_error(e->site, &out, "the result of a call");
  if (error != NULL) {
    sley_value_drop(&out);
    out = sley_unit();
    sley__error_share(error);
  }
  type.in = out.type;
  pair *p = sley__pair_for_answer(here, home, e);
  if (p == NULL) sley__reply_lost(e, out, error);
  else if (error != NULL) sley__pair_stage(p, MESSAGE_FAILURE, word_of(e), (uintptr_t)error, 0);
  else sley__pair_stage(p, MESSAGE_REPLY, word_of(e), out.u, type.out);
}

static void refuse_arrived(pair *p, arrival *a, sley_error *error)
{
  sley_value_drop(&a->arg);
  reply(p->to, p->from, a->call, sley_unit(), error);
}

static void serving_release(void *ctx)
{
  serving *s = ctx;
  if (--s->parts == 0) sley__runtime_free(s->runtime, s, sizeof(*s));
}

/* Ends it, and gives back its promise. */
static sley_promise *serving_end(serving *s, envelope **call)
{
  sley_promise *promise = s->promise;
  *call = s->call;
  s->call->serving = NULL;
  s->call = NULL;
  s->promise = NULL;
  *s->active_place = s->next_active;
  if (s->next_active != NULL) s->next_active->active_place = s->active_place;
  return promise;
}

static void served(void *ctx)
{
  serving *s = ctx;
  if (s->call == NULL) return;
  envelope *call;
  sley_value out = sley_unit();
  sley_error *error = sley__finish(serving_end(s, &call), &out);
  sley_value_drop(&s->arg);
  serving_release(s);
  reply(sley__self()->seat, call->home, call, out, error);
}

/* One is kept: most calls are answered at once, and give it back. */
static serving *serving_new(seat *here)
{
  serving *s = here->spare;
  here->spare = NULL;
  return s != NULL ? s : sley__runtime_alloc(here->runtime, sizeof(*s));
}

static void serve_later(seat *here, serving *s, sley_promise *promise)
{
  s->promise = promise;
  s->runtime = here->runtime;
  s->parts = 2;
  s->call->serving = s;
  s->next_active = here->active;
  s->active_place = &here->active;
  if (here->active != NULL) here->active->active_place = &s->next_active;
  here->active = s;
  sley_on_termination_own(promise, served, s, serving_release);
}

static sley_promise *serve(void *ctx)
{
  serving *s = ctx;
  return s->f(&s->arg);
}

static sley_promise *serve_until(void *ctx)
{
  serving *s = ctx;
  return sley_with_value(&deadline_key, sley_int(s->deadline), serve, s);
}

/* Nobody waits for it any more: not even begun. */
static bool has_expired(pair *p, sley_time deadline)
{
  if (deadline == 0 || sley__clock() < deadline) return false;
  p->expired++;
  count_up(&p->to->counters.expired, 1);
  return true;
}

void sley__call_arrived(pair *p, arrival *a)
{
  seat *here = p->to;
  if (__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) {
    refuse_arrived(p, a, gone_error(a->call->site));
    return;
  }
  if (SLEY__UNLIKELY(has_expired(p, a->deadline))) {
    refuse_arrived(p, a, sley_error_timeout());
    return;
  }
  serving *s = serving_new(here);
  if (s == NULL) {
    refuse_arrived(p, a, sley_error_nomem());
    return;
  }
  sley__value_put(&s->arg, &a->arg);
  s->call = a->call;
  s->f = a->f;
  s->deadline = a->deadline;
  sley_promise *promise =
      sley__with_cached(&here->levels[a->level], &sley__call_level, sley_int(a->level + 1),
                        a->deadline == 0 ? serve : serve_until, s);
  if (sley_is_pending(promise)) {
    serve_later(here, s, promise);
    return;
  }
  sley_value out = sley_unit();
  sley_error *error = sley__finish(promise, &out);
  sley_value_drop(&s->arg);
  here->spare = s;
  reply(here, p->from, a->call, out, error);
}

static void cancel_serving(const serving *s)
{
  sley_promise *p = sley_keep(s->promise); /* cancelling may answer, which lets go of it */
  sley_cancel(p);
  sley_drop(p);
}

void sley__cancel_arrived(envelope *e)
{
  if (e->serving != NULL) cancel_serving(e->serving);
  envelope_release(e, false);
}

void sley__calls_cancel(seat *here)
{
  /* Cancelling one may end others: begin again until none is left that can be. One that is settled
   * already may still be there, its callbacks being put off. */
  for (serving *s = here->active; s != NULL;) {
    sley_promise *p = sley_keep(s->promise);
    bool waits = sley_is_pending(p);
    if (waits) sley_cancel(p);
    bool ended = waits && !sley_is_pending(p);
    sley_drop(p);
    s = ended ? here->active : s->next_active;
  }
}

void sley__calls_end(seat *here)
{
  while (here->active != NULL) {
    serving *s = here->active;
    envelope *call;
    sley_promise *p = serving_end(s, &call);
    sley_cancel(p);
    sley_value_drop(&s->arg);
    serving_release(s);
    reply(here, call->home, call, sley_unit(), gone_error(call->site));
    sley_drop(p);
  }
  sley__runtime_free(here->runtime, here->spare, sizeof(serving));
  here->spare = NULL;
  flight_reject(here);
}

/* ---- posts ---- */

/* A post overtakes none of them. */
static bool calls_wait(const pair *p)
{
  for (int level = 0; level < LEVELS; level++)
    if (p->waiting[level] != NULL) return true;
  return false;
}

int sley_post(sley_domain *to, sley_post_fn *f, sley_value arg)
{
  sley_domain *d = sley__current;
  int code = 0;
  union {
    sley_post_fn *in;
    uintptr_t out;
  } function = {f};
  union {
    const sley_type *in;
    uintptr_t out;
  } type = {arg.type};
  seat *there = to == d ? NULL : seat_of(to);
  if (there != NULL && __atomic_load_n(&there->gated, __ATOMIC_ACQUIRE)) code = -SLEY_EGONE;
  if (code == 0 && d->id != 0) {
    pair *p = pair_here(d, to, &code);
    if (p != NULL && (calls_wait(p) || !sley__pair_has_room_for_post(p))) {
      p->refused++;
      count_up(&p->from->counters.refused, 1);
      code = -SLEY_EAGAIN;
    }
    if (code == 0) code = sley__value_send(&arg);
    if (code == 0) {
      sley__pair_stage(p, MESSAGE_POST, function.out, (uintptr_t)arg.u, type.out);
      return 0;
    }
  } else if (code == 0) {
    bool full = __atomic_load_n(&there->posts, __ATOMIC_RELAXED) >= FOREIGN_POSTS;
    item *i = full ? NULL : sley__runtime_alloc(to->runtime, sizeof(*i));
    if (i == NULL) code = full ? -SLEY_EAGAIN : -SLEY_ENOMEM;
    else if ((code = sley__value_send(&arg)) != 0) sley__runtime_free(to->runtime, i, sizeof(*i));
    if (code == 0) {
      *i = (item){.kind = ITEM_POST, .f = f, .arg = arg, .runtime = to->runtime};
      __atomic_add_fetch(&there->posts, 1, __ATOMIC_RELAXED);
      sley__seat_send(there, &i->node);
      return 0;
    }
  }
  sley_value_drop(&arg);
  return code;
}

void sley_domain_flush(void)
{
  seat *here = sley__self()->seat;
  if (here != NULL) sley__seat_flush(here);
}
