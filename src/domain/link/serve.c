/* Calls from other domains: what the called one does. Most are answered at once, and leave nothing
 * behind; the others are listed until their promises are settled. */
#include "domain/link/seat.h"

const sley_key sley__call_deadline = SLEY_KEY("sley: deadline of the call");

/* From here on the envelope is home's, but for a note that is still coming. */
static void reply(seat *here, seat *home, envelope *e, sley_value out, sley_error *error)
{
  union {
    const sley_type *in;
    uintptr_t out;
  } type;
  if (error == NULL && sley__value_send(&out) != 0)
    error = sley__send_error(e->site, &out, "the result of a call");
  if (error != NULL) {
    sley_value_drop(&out);
    out = sley_unit();
    sley__error_share(error);
  }
  type.in = out.type;
  pair *p = sley__pair_for_answer(here, home, e);
  if (p == NULL) sley__reply_lost(e, out, error);
  else if (error != NULL) sley__pair_stage(p, MESSAGE_FAILURE, (uintptr_t)e, (uintptr_t)error, 0);
  else sley__pair_stage(p, MESSAGE_REPLY, (uintptr_t)e, out.u, type.out);
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
  if (s->arg.type != NULL) sley__lent_settles(&s->arg, s->promise, "sley_call", s->call->site);
  seat *here = sley__self()->seat;
  envelope *call;
  sley_value out = sley_unit();
  sley_error *error = sley__finish(serving_end(s, &call), &out);
  if (s->cut_off && error != NULL && sley_error_is_canceled(error)) {
    /* To the caller, who cancelled nothing, Canceled would say that somebody there did. */
    sley_error_drop(error);
    error = sley__called_gone_error(call->site, here);
  }
  sley_value_drop(&s->arg);
  serving_release(s);
  reply(here, call->home, call, out, error);
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
  s->cut_off = false;
  s->call->serving = s;
  s->next_active = here->active;
  s->active_place = &here->active;
  if (here->active != NULL) here->active->active_place = &s->next_active;
  here->active = s;
  sley_on_termination(promise, served, s, serving_release);
}

static sley_promise *serve(void *ctx)
{
  serving *s = ctx;
  sley_domain *d = sley__self();
  /* Its place is in the caller's envelope: a cache line that is fetched only for those who ask. */
  const char *site = d->slow != NULL ? s->call->site : "a function that another domain called";
  sley__call_begins(d, site);
  sley_promise *promise = s->f(&s->arg);
  sley__call_ends(d, site);
  if (SLEY__UNLIKELY(promise == NULL)) {
    site = s->call->site;
    sley__abort(
        "the function called with sley_call at %s returned NULL; return a promise, for example "
        "sley_return(sley_unit())",
        site[0] != '\0' ? site : "an unknown place");
  }
  return promise;
}

static sley_promise *serve_until(void *ctx)
{
  serving *s = ctx;
  return sley_with_value(&sley__call_deadline, sley_int(s->deadline), serve, s);
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
    refuse_arrived(p, a, sley__called_gone_error(a->call->site, here));
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
  if (s->arg.type != NULL) sley__lent_settles(&s->arg, promise, "sley_call", s->call->site);
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
  sley__envelope_let_go(e);
}

void sley__calls_cancel(seat *here)
{
  for (serving *s = here->active; s != NULL; s = s->next_active)
    s->cut_off = sley_is_pending(s->promise);
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

void sley__servings_end(seat *here)
{
  while (here->active != NULL) {
    serving *s = here->active;
    envelope *call;
    sley_promise *p = serving_end(s, &call);
    sley_cancel(p);
    sley_value_drop(&s->arg);
    serving_release(s);
    reply(here, call->home, call, sley_unit(), sley__called_gone_error(call->site, here));
    sley_drop(p);
  }
  sley__runtime_free(here->runtime, here->spare, sizeof(serving));
  here->spare = NULL;
}
