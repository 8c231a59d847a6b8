/* Calls from other domains: the called domain's half. Most are answered immediately and leave nothing behind; the
 * others are listed until their promises settle. */
#include "domain/link/call.h"

const sley_key sley__call_deadline = SLEY_KEY("sley: deadline of the call");

void sley__reply_lost(envelope *e, sley_value out, sley_error *error)
{
  sley_value_drop(&out);
  sley_error_drop(error);
  sley__envelope_let_go(e);
}

/* From here on the envelope belongs to its home, except for a cancel message still under way. */
static void serve_reply(seat *here, seat *home, envelope *e, sley_value out, sley_error *error)
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
  peer *p = sley__peer_for_answer(here, home, e);
  if (p == NULL) sley__reply_lost(e, out, error);
  else if (error != NULL) sley__peer_stage(p, MESSAGE_FAILURE, (uintptr_t)e, (uintptr_t)error, 0);
  else sley__peer_stage(p, MESSAGE_REPLY, (uintptr_t)e, out.u, type.out);
}

static void serve_refuse(peer *p, arrival *a, sley_error *error)
{
  sley_value_drop(&a->arg);
  serve_reply(p->to, p->from, a->call, sley_unit(), error);
}

static void serving_release(void *ctx)
{
  serving *s = ctx;
  if (--s->parts == 0) sley__runtime_free(s->runtime, s, sizeof(*s));
}

/* Ends the serving and returns its promise. */
static sley_promise *serving_end(serving *s, envelope **call)
{
  sley_promise *promise = s->promise;
  *call = s->call;
  s->call->serving = NULL;
  s->call = NULL;
  s->promise = NULL;
  SLEY__LIST_REMOVE(s, next_active, active_place);
  return promise;
}

static void serve_settled(void *ctx)
{
  serving *s = ctx;
  if (s->call == NULL) return;
  if (s->arg.type != NULL) sley__lent_settles(&s->arg, s->promise, "sley_call", s->call->site);
  seat *here = sley__self()->seat;
  envelope *call;
  sley_value out = sley_unit();
  sley_error *error = sley__finish(serving_end(s, &call), &out);
  if (s->cut_off && error != NULL && sley_error_is_canceled(error)) {
    /* the caller canceled nothing: Canceled would mislead it */
    sley_error_drop(error);
    error = sley__called_gone_error(call->site, here);
  }
  sley_value_drop(&s->arg);
  serving_release(s);
  serve_reply(here, call->home, call, out, error);
}

/* One is kept, since most calls are answered immediately and return it. */
static serving *serving_new(seat *here)
{
  serving *s = here->served.spare;
  here->served.spare = NULL;
  return s != NULL ? s : sley__runtime_alloc(here->runtime, sizeof(*s));
}

static void serve_later(seat *here, serving *s, sley_promise *promise)
{
  s->promise = promise;
  s->runtime = here->runtime;
  s->parts = 2;
  s->cut_off = false;
  s->call->serving = s;
  SLEY__LIST_PREPEND(here->served.active, s, next_active, active_place);
  sley_on_termination(promise, serve_settled, s, serving_release);
}

static sley_promise *serve_run(void *ctx)
{
  serving *s = ctx;
  sley_domain *d = sley__self();
  /* The site is in the caller's envelope, a cache line that is fetched only on demand. */
  const char *site =
      d->hooks.slow != NULL ? s->call->site : "a function that another domain called";
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

static sley_promise *serve_run_until(void *ctx)
{
  serving *s = ctx;
  return sley_with_value(&sley__call_deadline, sley_int(s->deadline), serve_run, s);
}

/* The caller has stopped waiting, so the call is not even started. */
static bool has_expired(peer *p, sley_time deadline)
{
  if (deadline == 0 || sley__clock() < deadline) return false;
  p->expired++;
  sley__count_up(&p->to->counters.expired, 1);
  return true;
}

void sley__call_arrived(peer *p, arrival *a)
{
  seat *here = p->to;
  if (__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) {
    serve_refuse(p, a, sley__called_gone_error(a->call->site, here));
    return;
  }
  if (SLEY__UNLIKELY(has_expired(p, a->deadline))) {
    serve_refuse(p, a, sley_error_timeout());
    return;
  }
  serving *s = serving_new(here);
  if (s == NULL) {
    serve_refuse(p, a, sley_error_nomem());
    return;
  }
  sley__value_put(&s->arg, &a->arg);
  s->call = a->call;
  s->f = a->f;
  s->deadline = a->deadline;
  sley_promise *promise =
      sley__with_cached(&here->served.levels[a->level], &sley__call_level, sley_int(a->level + 1),
                        a->deadline == 0 ? serve_run : serve_run_until, s);
  if (sley_is_pending(promise)) {
    serve_later(here, s, promise);
    return;
  }
  if (s->arg.type != NULL) sley__lent_settles(&s->arg, promise, "sley_call", s->call->site);
  sley_value out = sley_unit();
  sley_error *error = sley__finish(promise, &out);
  sley_value_drop(&s->arg);
  here->served.spare = s;
  serve_reply(here, p->from, a->call, out, error);
}

static void cancel_serving(const serving *s)
{
  sley_promise *p = sley_keep(s->promise); /* canceling can answer, which drops it */
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
  for (serving *s = here->served.active; s != NULL; s = s->next_active)
    s->cut_off = sley_is_pending(s->promise);
  /* Canceling one can end others, so the search restarts until none is left that can be canceled. A settled one can
   * still be listed while its callbacks are deferred. */
  for (serving *s = here->served.active; s != NULL;) {
    sley_promise *p = sley_keep(s->promise);
    bool waits = sley_is_pending(p);
    if (waits) sley_cancel(p);
    bool ended = waits && !sley_is_pending(p);
    sley_drop(p);
    s = ended ? here->served.active : s->next_active;
  }
}

void sley__servings_end(seat *here)
{
  while (here->served.active != NULL) {
    serving *s = here->served.active;
    envelope *call;
    sley_promise *p = serving_end(s, &call);
    sley_cancel(p);
    sley_value_drop(&s->arg);
    serving_release(s);
    serve_reply(here, call->home, call, sley_unit(), sley__called_gone_error(call->site, here));
    sley_drop(p);
  }
  sley__runtime_free(here->runtime, here->served.spare, sizeof(serving));
  here->served.spare = NULL;
  for (int i = 0; i < LEVELS; i++) sley__storage_forget(&here->served.levels[i]);
}
