/* Which attempt runs when, and which of them wins. */
#include "io/socket/race.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/socket/question.h"
#include "io/socket/socket_state.h"

enum { ATTEMPT_SECONDS = 30, SELVES_MOST = 3 };

/* ---- life ---- */

struct sley__race *sley__race_hold(struct sley__race *r)
{
  r->holders++;
  return r;
}

void sley__race_release(void *ctx)
{
  struct sley__race *r = ctx;
  sley_domain *d = sley__self();
  if (--r->holders > 0) return;
  sley__race_stop(r);
  for (size_t i = 0; i < r->count; i++) sley_error_drop(r->attempts[i].error);
  if (r->attempts != NULL) sley__free(d, r->attempts, r->count * sizeof(*r->attempts));
  sley__unix_path_close(&r->path);
  const sley_connect_options o = r->options;
  sley__free(d, r, r->bytes);
  if (o.allow_drop != NULL) o.allow_drop(o.allow_ctx);
  if (o.prepare_drop != NULL) o.prepare_drop(o.prepare_ctx);
}

void sley__race_forget(sley_promise **p)
{
  sley_promise *old = *p;
  *p = NULL;
  if (old == NULL) return;
  sley_cancel(old);
  sley_drop(old);
}

void sley__race_stop(struct sley__race *r)
{
  sley__dlist_leave(&r->place);
  sley__race_forget(&r->looking);
  sley__race_forget(&r->pacing);
  sley__race_forget(&r->limit);
  for (size_t i = 0; i < r->count; i++) sley__attempt_close(&r->attempts[i]);
}

void sley__race_reject(struct sley__race *r, sley_error *e)
{
  sley_resolver *resolver = r->resolver;
  r->resolver = NULL;
  sley__race_stop(r);
  sley_reject(&resolver, e);
}

void sley__races_end(struct sley__socket_state *state)
{
  while (!sley__dlist_is_empty(&state->races)) {
    struct sley__race *r =
        sley__race_hold(SLEY__CONTAINER(state->races.next, struct sley__race, place));
    sley_resolver *resolver = r->resolver;
    r->resolver = NULL;
    sley__race_stop(r);
    sley_resolver_drop(&resolver);
    sley__race_release(r);
  }
}

/* ---- the end ---- */

/* The first error, in a sentence that names all addresses; those in a row that failed alike share a reason. */
static void all_failed(struct sley__race *r)
{
  char text[600];
  size_t used = 0;
  bool is_one = r->count == 1 && !r->is_by_name;
  sley_error *first = r->attempts[0].error;
  for (size_t i = 0; i < r->count && !is_one; i++) {
    char address[SLEY_ADDRESS_TEXT];
    const char *reason = sley_error_message(r->attempts[i].error);
    bool is_last =
        i + 1 == r->count || strcmp(reason, sley_error_message(r->attempts[i + 1].error)) != 0;
    sley_address_text(&r->attempts[i].address, address, sizeof(address));
    sley__append(text, sizeof(text), &used, "%s%s%s%s", address, is_last ? ": " : ", ",
                 is_last ? reason : "", is_last && i + 1 < r->count ? "; " : "");
  }
  sley__race_reject(r, sley_error_wrap_at(r->site, sley_error_keep(first), "connecting to %s: %s",
                                          r->target, is_one ? sley_error_message(first) : text));
}

/* The earliest of those that are connected by now. */
static sley__attempt *winner(sley__attempt *a)
{
  for (sley__attempt *b = a->race->attempts; b < a; b++)
    if (sley__attempt_is_connected(b)) return b;
  return a;
}

static void race_won(sley__attempt *by)
{
  struct sley__race *r = by->race;
  sley__attempt *a = winner(by);
  sley_io *io;
  sley_error *e = sley__attempt_take(a, &io);
  if (e != NULL) {
    sley__race_reject(r, e);
    return;
  }
  if (r->remembers && r->count > 1) sley__family_won(sley_address_family_get(&a->address));
  sley_resolver *resolver = r->resolver;
  r->resolver = NULL;
  sley__race_stop(r);
  sley_fulfill(&resolver, sley_own(io, &sley_type_io));
}

/* ---- attempts ---- */

/* Consumes e. */
static void attempt_failed(sley__attempt *a, sley_error *e)
{
  sley__attempt_close(a);
  a->error = e;
  if (a->race->remembers) sley__family_lost(sley_address_family_get(&a->address));
}

/* Connected, but perhaps to itself. false: it goes on, or has failed. */
static bool attempt_stands(sley__attempt *a)
{
  if (!sley__attempt_is_self(a)) return true;
  sley_error *e = NULL;
  bool connected = true;
  while (e == NULL && connected) {
    sley__attempt_reset(a);
    if (++a->selves == SELVES_MOST) e = sley__error_errno(a->race->site, ECONNREFUSED, "connect");
    else e = sley__attempt_begin(a, &connected);
    if (e == NULL && connected && !sley__attempt_is_self(a)) return true;
  }
  if (e == NULL) return false;
  attempt_failed(a, e);
  return false;
}

static void attempt_lost(sley__attempt *a, sley_error *e)
{
  struct sley__race *r = a->race;
  attempt_failed(a, e);
  r->pending--;
  sley__race_go(r);
}

static void attempt_release(void *ctx) { sley__race_release(((sley__attempt *)ctx)->race); }

static void attempt_too_late(void *ctx, sley_value *v)
{
  sley__attempt *a = ctx;
  (void)v;
  if (a->limit == NULL) return;
  attempt_lost(a, sley_error_new_at(a->race->site, &sley_kind_sley, SLEY_ETIMEOUT,
                                    "no answer for %d s", ATTEMPT_SECONDS));
}

static void attempt_unlimited(void *ctx, sley_error *e)
{
  sley__attempt *a = ctx;
  if (a->limit != NULL) attempt_lost(a, sley_error_keep(e));
}

static void attempt_limit(sley__attempt *a)
{
  sley_promise *p = sley__sleep(a->race->site, ATTEMPT_SECONDS * SLEY_SECOND);
  a->limit = sley_keep(p);
  sley__race_hold(a->race);
  sley_on_any(p, attempt_too_late, attempt_unlimited, a, attempt_release);
  sley_drop(p);
}

static void attempt_connected(sley__attempt *a)
{
  struct sley__race *r = a->race;
  if (attempt_stands(a)) {
    race_won(a);
  } else if (a->error != NULL) {
    r->pending--;
    sley__race_go(r);
  } else if (r->options.timeout == 0) {
    attempt_limit(a);
  }
}

/* Its socket can be written to, or it is time to try again. */
static void attempt_ready(void *ctx, sley_value *v)
{
  sley__attempt *a = ctx;
  bool connected = true;
  (void)v;
  if (a->waiting == NULL) return;
  sley_drop(a->waiting);
  a->waiting = NULL;
  sley_error *e = a->pause != 0 ? sley__attempt_begin(a, &connected) : sley__attempt_outcome(a);
  if (e != NULL) attempt_lost(a, e);
  else if (connected) attempt_connected(a);
}

static void attempt_refused(void *ctx, sley_error *e)
{
  sley__attempt *a = ctx;
  if (a->waiting == NULL) return;
  sley_drop(a->waiting);
  a->waiting = NULL;
  attempt_lost(a, sley_error_keep(e));
}

sley_error *sley__attempt_wait(sley__attempt *a, sley_promise *p)
{
  sley_error *e =
      sley_state(p) == SLEY_PROMISE_STATE_REJECTED ? sley_error_keep(sley_promise_error(p)) : NULL;
  if (e == NULL) {
    a->waiting = sley_keep(p);
    sley__race_hold(a->race);
    sley_on_any(p, attempt_ready, attempt_refused, a, attempt_release);
  }
  sley_drop(p);
  return e;
}

static void race_paced(void *ctx, sley_value *v)
{
  struct sley__race *r = ctx;
  (void)v;
  if (r->pacing != NULL) sley__race_go(r);
}

/* Without memory for a pause there is none. */
static void race_not_paced(void *ctx, sley_error *e)
{
  (void)e;
  race_paced(ctx, NULL);
}

static void race_pace(struct sley__race *r)
{
  if (r->next == r->count || r->delay < 0) return;
  sley_promise *p = sley__sleep(r->site, r->delay);
  r->pacing = sley_keep(p);
  sley_on_any(p, race_paced, race_not_paced, sley__race_hold(r), sley__race_release);
  sley_drop(p);
}

/* It waits: for so long, and the next one not as long. */
static void attempt_goes_on(sley__attempt *a)
{
  struct sley__race *r = a->race;
  race_pace(r);
  if (r->options.timeout == 0) attempt_limit(a);
}

void sley__race_go(struct sley__race *r)
{
  bool goes_on = true;
  sley__race_hold(r);
  sley__race_forget(&r->pacing);
  while (goes_on && r->resolver != NULL && r->next < r->count) {
    sley__attempt *a = &r->attempts[r->next++];
    bool connected;
    r->pending++;
    sley_error *e = sley__attempt_begin(a, &connected);
    if (e != NULL) attempt_failed(a, e);
    else if (connected && attempt_stands(a)) race_won(a);
    goes_on = a->error != NULL;
    if (goes_on) r->pending--;
    else if (r->resolver != NULL) attempt_goes_on(a);
  }
  if (r->resolver != NULL && r->pending == 0 && r->next == r->count) all_failed(r);
  sley__race_release(r);
}
