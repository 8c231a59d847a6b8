/* Calls and posts between domains.
 *
 * Reading guide to the domain floor: seat.h has the words; this file is the model function; pair.c,
 * the rings; seat.c, the domain's part in a turn; spawn.c, threads and handles; shutdown.c; each.c.
 *
 * A call's envelope goes there and comes back, and is freed at home. A cancel note may cross the
 * reply: so home keeps an envelope until the note was seen, which either the reply says
 * (cancel_seen) or an acknowledgement.
 *
 * Credits are per pair and nesting level: a call made while one is served is a level deeper and
 * draws on that level's credits. Level n waits only for level n + 1, the last never waits (it is
 * refused), so waiting ends.
 *
 * Regret: every nesting level has the same number of credits, used or not. */
#include "domain/seat.h"

static uintptr_t word_of(envelope *e)
{
  return (uintptr_t)e;
}

static void envelope_free(envelope *e)
{
  seat *home = e->home;
  sley_value_drop(&e->arg);
  sley_value_drop(&e->out);
  sley_error_drop(e->error);
  sley__runtime_free(e->runtime, e, sizeof(*e));
  sley__seat_release(home);
}

/* ---- home ---- */

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

static void settle_home(envelope *e)
{
  sley_resolver *r = e->resolver;
  e->resolver = NULL;
  if (r == NULL) return;
  if (e->error != NULL) {
    sley_error *error = e->error;
    e->error = NULL;
    sley_reject(&r, error);
  } else {
    sley_value out = e->out;
    e->out = sley_unit();
    sley_fulfill(&r, out);
  }
}

static void call_over(envelope *e)
{
  credit_back(e->pair, e->level);
  envelope_free(e);
}

void sley__reply_arrived(envelope *e)
{
  bool note_under_way = e->cancel_sent && !e->cancel_seen;
  e->answered = true;
  settle_home(e);
  if (!note_under_way) call_over(e);
}

void sley__cancel_lost(envelope *e)
{
  if (e->answered) call_over(e);
  else e->cancel_seen = true; /* the answer is on its way here */
}

void sley__acknowledged(envelope *e)
{
  if (__atomic_load_n(&e->home->gone, __ATOMIC_ACQUIRE)) envelope_free(e);
  else call_over(e);
}

void sley__reply_lost(envelope *e)
{
  if (!e->cancel_sent || e->cancel_seen) envelope_free(e);
}

static sley_error *gone_error(const char *site)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, "the called domain has ended");
}

void sley__call_lost(envelope *e)
{
  e->error = gone_error(e->site);
  e->answered = true;
  settle_home(e);
  if (!e->sent) {
    envelope_free(e);
  } else if (!e->cancel_sent) {
    call_over(e);
  } /* else its cancel note comes back behind it */
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
  sley_resolver *r = e->resolver;
  e->resolver = NULL;
  if (!e->sent) {
    waiting_remove(e);
    envelope_free(e);
  } else {
    e->cancel_sent = true;
    sley__pair_stage(e->pair, MESSAGE_CANCEL, word_of(e), 0, 0);
  }
  sley_resolver_drop(&r);
}

static const sley__operation_type call_type = {"call", call_cancel};

static uint32_t current_level(void)
{
  const sley_value *v = sley_get(&sley__call_level);
  return v == NULL ? 0 : (uint32_t)v->i;
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
    sley__abort("domain %s was called before it was ready for others: let its own thread call "
                "sley_domain_keep on it first", to->name);
  return s;
}

static pair *pair_here(sley_domain *d, sley_domain *to, int *code)
{
  seat *here = sley__seat_open(d, code);
  if (here == NULL) return NULL;
  pair *p = sley__pair_to(here, to == d ? here : seat_of(to));
  if (p == NULL) *code = -SLEY_ENOMEM;
  return p;
}

static sley_promise *call(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                          bool may_wait)
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
  *e = (envelope){.f = f, .arg = arg, .site = site, .runtime = d->runtime, .home = p->from,
                  .level = level, .pair = p, .resolver = r};
  *(envelope **)data = e;
  sley__seat_hold(e->home);
  if (waits) {
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
  return call(site, to, f, arg, true);
}

int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                     sley_promise **out)
{
  *out = call(site, to, f, arg, false);
  return *out == NULL ? -SLEY_EAGAIN : 0;
}

sley_promise *(sley_call)(sley_domain *to, sley_call_fn *f, sley_value arg)
{
  return sley_call_at("", to, f, arg);
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

void sley__call_arrived(seat *here, envelope *e)
{
  if (__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) {
    e->error = gone_error(e->site);
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
  e->promise = sley_with_value(&sley__call_level, sley_int(e->level + 1), serve, e);
  e->next_active = here->active;
  e->active_place = &here->active;
  if (here->active != NULL) here->active->active_place = &e->next_active;
  here->active = e;
  sley_on_termination_own(e->promise, served, s, serving_drop);
}

void sley__cancel_arrived(seat *here, envelope *e)
{
  if (e->replied) {
    pair *p = sley__pair_for_answer(here, e);
    if (p != NULL) sley__pair_stage(p, MESSAGE_ACKNOWLEDGE, word_of(e), 0, 0);
    else sley__acknowledged(e);
    return;
  }
  e->cancel_seen = true;
  sley_promise *p = sley_keep(e->promise); /* cancelling may answer, which lets go of it */
  sley_cancel(p);
  sley_drop(p);
}

void sley__calls_cancel(seat *here)
{
  /* Cancelling one may end others: begin again until none is left that can be. */
  for (envelope *e = here->active; e != NULL;) {
    sley_promise *p = sley_keep(e->promise);
    sley_cancel(p);
    bool ended = !sley_is_pending(p);
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
}

/* ---- posts ---- */

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
    if (p != NULL && !sley__pair_has_room_for_post(p)) code = -SLEY_EAGAIN;
    if (code == 0) code = sley__value_send(&arg);
    if (code == 0) {
      sley__pair_stage(p, MESSAGE_POST, function.out, (uintptr_t)arg.u, type.out);
      return 0;
    }
  } else if (code == 0) {
    item *i = sley__runtime_alloc(to->runtime, sizeof(*i));
    if (i == NULL) code = -SLEY_ENOMEM;
    else if ((code = sley__value_send(&arg)) != 0) sley__runtime_free(to->runtime, i, sizeof(*i));
    if (code == 0) {
      *i = (item){.kind = ITEM_POST, .f = f, .arg = arg, .runtime = to->runtime};
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
  for (pair *p = here != NULL ? here->outgoing : NULL; p != NULL; p = p->next_outgoing)
    sley__pair_flush(p);
}
