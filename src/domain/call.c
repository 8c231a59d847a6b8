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

static void envelope_free(envelope *e)
{
  seat *home = e->home;
  sley_value_drop(&e->arg);
  sley_value_drop(&e->out);
  sley_error_drop(e->error);
  sley__runtime_free(e->runtime, e, sizeof(*e));
  sley__seat_release(home);
}

/* The call or its cancel note. */
static void envelope_release(envelope *e)
{
  if (__atomic_sub_fetch(&e->holders, 1, __ATOMIC_ACQ_REL) == 0) envelope_free(e);
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
  sley__pair_stage(e->pair, MESSAGE_CALL, word_of(e), 0, 0);
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

/* What the envelope brought goes to the caller, if it still waits. */
static void settle_home(envelope *e)
{
  sley_resolver *r = flight_end(e);
  if (r == NULL) {
    sley_value_drop(&e->out);
  } else if (e->error != NULL) {
    sley_error *error = e->error;
    e->error = NULL;
    sley_reject(&r, error);
  } else {
    sley_value out = e->out;
    e->out = sley_unit();
    sley_fulfill(&r, out);
  }
}

void sley__reply_arrived(envelope *e)
{
  pair *p = e->pair;
  uint32_t level = e->level;
  settle_home(e);
  envelope_release(e);
  credit_back(p, level);
}

void sley__reply_lost(envelope *e) { envelope_release(e); }

void sley__cancel_lost(envelope *e) { envelope_release(e); }

sley_error *sley__gone_error(const char *site, const char *what)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "%s has ended", what);
}

static sley_error *gone_error(const char *site)
{
  return sley__gone_error(site, "the called domain");
}

void sley__call_lost(envelope *e)
{
  e->error = gone_error(e->site);
  sley__reply_arrived(e);
}

static void waiting_remove(envelope *e)
{
  envelope **place = &e->pair->waiting[e->level];
  while (*place != e) place = &(*place)->next_waiting;
  *place = e->next_waiting;
  if (*place == NULL) e->pair->waiting_end[e->level] = place;
}

static void call_cancel(void *data)
{
  envelope *e = *(envelope **)data;
  sley_resolver *r = flight_end(e);
  if (!e->sent) {
    waiting_remove(e);
    envelope_release(e);
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
      waiting_remove(e);
      envelope_release(e);
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

static pair *pair_here(sley_domain *d, sley_domain *to, int *code)
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
  envelope *e = result == NULL ? NULL : sley__runtime_alloc(d->runtime, sizeof(*e));
  if (e == NULL) {
    if (result != NULL) {
      sley_drop(result);
      sley_resolver_drop(&r);
    }
    return refuse(site, &arg, sley_error_nomem());
  }
  *e = (envelope){.f = f,
                  .arg = arg,
                  .site = site,
                  .runtime = d->runtime,
                  .home = p->from,
                  .deadline = deadline,
                  .holders = 1,
                  .level = level,
                  .pair = p,
                  .resolver = r,
                  .errand = *errand};
  *(envelope **)data = e;
  sley__seat_hold(e->home);
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

static void active_remove(envelope *e)
{
  *e->active_place = e->next_active;
  if (e->next_active != NULL) e->next_active->active_place = e->active_place;
}

/* The reply is in the envelope. From here on it is home's, but for a note that is still coming. */
static void reply(seat *here, envelope *e)
{
  sley_value_drop(&e->arg);
  if (e->error == NULL && sley__value_send(&e->out) != 0)
    e->error = send_error(e->site, &e->out, "the result of a call");
  if (e->error != NULL) {
    sley_value_drop(&e->out);
    sley__error_share(e->error);
  }
  pair *p = sley__pair_for_answer(here, e);
  e->replied = true;
  if (p != NULL) sley__pair_stage(p, MESSAGE_REPLY, word_of(e), 0, 0);
  else sley__reply_lost(e);
}

/* The observer of a call's promise may outlive the envelope: this is between them. */
typedef struct serving {
  envelope *envelope; /* NULL: answered already */
  sley_runtime *runtime;
} serving;

static void serving_drop(void *ctx)
{
  serving *s = ctx;
  if (s->envelope != NULL) s->envelope->serving = NULL;
  sley__runtime_free(s->runtime, s, sizeof(*s));
}

static void serving_over(envelope *e)
{
  if (e->serving != NULL) e->serving->envelope = NULL;
  e->serving = NULL;
}

static void served(void *ctx)
{
  envelope *e = ((serving *)ctx)->envelope;
  if (e == NULL) return;
  sley_promise *p = e->promise;
  serving_over(e);
  e->promise = NULL;
  active_remove(e);
  e->error = sley__finish(p, &e->out);
  reply(sley__self()->seat, e);
}

static sley_promise *serve(void *ctx)
{
  envelope *e = ctx;
  return e->f(&e->arg);
}

static sley_promise *serve_until(void *ctx)
{
  envelope *e = ctx;
  return sley_with_value(&deadline_key, sley_int(e->deadline), serve, e);
}

/* Nobody waits for it any more: not even begun. */
static bool has_expired(pair *p, const envelope *e)
{
  if (e->deadline == 0 || sley__clock() < e->deadline) return false;
  p->expired++;
  count_up(&p->to->counters.expired, 1);
  return true;
}

void sley__call_arrived(pair *p, envelope *e)
{
  seat *here = p->to;
  if (__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) {
    e->error = gone_error(e->site);
    reply(here, e);
    return;
  }
  if (SLEY__UNLIKELY(has_expired(p, e))) {
    e->error = sley_error_timeout();
    reply(here, e);
    return;
  }
  serving *s = sley__runtime_alloc(e->runtime, sizeof(*s));
  if (s == NULL) {
    e->error = sley_error_nomem();
    reply(here, e);
    return;
  }
  s->envelope = e;
  s->runtime = e->runtime;
  e->serving = s;
  e->promise = sley_with_value(&sley__call_level, sley_int(e->level + 1),
                               e->deadline == 0 ? serve : serve_until, e);
  e->next_active = here->active;
  e->active_place = &here->active;
  if (here->active != NULL) here->active->active_place = &e->next_active;
  here->active = e;
  sley_on_termination_own(e->promise, served, s, serving_drop);
}

void sley__cancel_arrived(envelope *e)
{
  if (!e->replied) {
    sley_promise *p = sley_keep(e->promise); /* cancelling may answer, which lets go of it */
    sley_cancel(p);
    sley_drop(p);
  }
  envelope_release(e);
}

void sley__calls_cancel(seat *here)
{
  /* Cancelling one may end others: begin again until none is left that can be. One that is settled
   * already may still be there, its callbacks being put off. */
  for (envelope *e = here->active; e != NULL;) {
    sley_promise *p = sley_keep(e->promise);
    bool waits = sley_is_pending(p);
    if (waits) sley_cancel(p);
    bool ended = waits && !sley_is_pending(p);
    sley_drop(p);
    e = ended ? here->active : e->next_active;
  }
}

void sley__calls_end(seat *here)
{
  while (here->active != NULL) {
    envelope *e = here->active;
    sley_promise *p = e->promise;
    serving_over(e);
    e->promise = NULL;
    active_remove(e);
    e->error = gone_error(e->site);
    sley_cancel(p);
    reply(here, e);
    sley_drop(p);
  }
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
