/* Events from promises, and promises from events. What listens, and what occurs when a promise is fulfilled,
 * share a state: the listener's node is a source of the result, so that they live as long. */
#include "promise/react.h"

/* ---- next */

typedef struct next_state {
  uint32_t refs;
  sley_resolver *resolver;
  sley_event *once;
} next_state;

static void next_state_drop(void *ctx)
{
  next_state *s = ctx;
  if (--s->refs == 0) sley__free(sley__self(), s, sizeof(*s));
}

static void stop_listening(void *ctx)
{
  next_state *s = ctx;
  sley_event *once = s->once;
  s->once = NULL;
  s->refs++;
  sley_resolver_drop(&s->resolver);
  sley_event_drop(once);
  next_state_drop(s);
}

static void next_came(void *ctx, sley_value *v)
{
  next_state *s = ctx;
  sley_value mine;
  int code = sley_take(v, &mine);
  s->refs++;
  if (code == 0) sley_fulfill_now(&s->resolver, mine);
  else
    sley_reject_now(&s->resolver, code == -SLEY_ENOMEM
                                      ? sley_error_nomem()
                                      : sley_error_new(&sley_kind_sley, -code, NULL));
  stop_listening(s);
  next_state_drop(s);
}

static void listener_gone(react *n) { next_state_drop(n->ctx); }

/* Nobody can let the event occur any more. */
static void never_comes(react *n) { stop_listening(n->ctx); }

sley_promise *sley_event_next_at(const char *site, sley_event *e)
{
  next_state *s = sley_event_failed(e) ? NULL : sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) return sley__nomem_promise();
  *s = (next_state){.refs = 1};
  s->once = sley_event_on(e, next_came, s);
  if (sley_event_failed(s->once)) {
    next_state_drop(s);
    return sley__nomem_promise();
  }
  of_event(s->once)->release = listener_gone;
  sley__react_weaken(of_event(s->once), never_comes);
  sley_promise *p = sley_task_at(site, &s->resolver);
  if (s->resolver == NULL) {
    stop_listening(s);
    return p;
  }
  s->refs++;
  sley_on_cancel_own(p, stop_listening, s, next_state_drop);
  return p;
}

sley_promise *(sley_event_next)(sley_event *e) { return sley_event_next_at("", e); }

/* ---- map, filter, fmap: _s and _p; limit; from. One state for all: the result is pushed when a promise
 * is fulfilled, as long as it is there. */

enum what { MAP, FILTER, FMAP, LIMIT, FROM };

typedef struct feed {
  uint32_t refs;
  bool serial, running;
  uint8_t what;
  react *result; /* NULL: dropped */
  sley_bind_fn *f;
  sley_start_fn *start;
  void *ctx;
  sley_promise *promise; /* limit: the limiter; from: what is under way */
  box *held;             /* limit: what waits for the limiter */
  struct waiting {       /* serial: occurrences in order */
    box *box;
    struct waiting *next;
  } * first, **last;
} feed;

static void feed_drop(void *ctx)
{
  feed *s = ctx;
  if (--s->refs > 0) return;
  sley__free(sley__self(), s, sizeof(*s));
}

/* The result is going: nothing waits any more. */
static void feed_end(react *n)
{
  feed *s = n->f.state;
  sley_domain *d = sley__self();
  s->result = NULL;
  while (s->first != NULL) {
    struct waiting *w = s->first;
    s->first = w->next;
    sley__box_drop(w->box);
    sley__free(d, w, sizeof(*w));
  }
  box *held = s->held;
  s->held = NULL;
  sley__box_drop(held);
  sley_promise *p = s->promise;
  s->promise = NULL;
  if (p != NULL && s->what == FROM) sley_cancel(p);
  sley_drop(p);
  feed_drop(s);
}

static void feed_push(feed *s, box *b)
{
  if (s->result == NULL) sley__box_drop(b);
  else sley__react_push(s->result, b);
}

/* One occurrence whose promise is under way. */
typedef struct flight {
  feed *feed;
  box *box;
} flight;

static void flight_drop(void *ctx)
{
  flight *k = ctx;
  feed_drop(k->feed);
  sley__box_drop(k->box);
  sley__free(sley__self(), k, sizeof(*k));
}

static void start_next(feed *s);

static void landed(void *ctx, sley_value *v)
{
  flight *k = ctx;
  feed *s = k->feed;
  sley_value mine;
  if (s->what == FILTER) {
    if (v->u != 0) feed_push(s, sley__box_keep(k->box));
  } else if ((s->what == MAP || !sley_is_none(v)) && sley_take(v, &mine) == 0) {
    feed_push(s, sley__box_new(mine));
  }
  start_next(s);
}

static void crashed(void *ctx, sley_error *e)
{
  flight *k = ctx;
  (void)e; /* left out, as in Lwt */
  start_next(k->feed);
}

/* Consumes b. */
static void start_flight(feed *s, box *b)
{
  struct sley__lent lent;
  flight *k = sley__alloc(sley__self(), sizeof(*k));
  if (k == NULL) {
    sley__box_drop(b);
    return;
  }
  s->running = true;
  s->refs++;
  *k = (flight){s, b};
  sley__react_lend(&lent, &b->value);
  sley_promise *p = s->f(s->ctx, &b->value);
  sley__react_lend_over(&lent);
  if (p == NULL) sley__abort("the function of an event returned NULL; return a promise");
  sley_on_any_own(p, landed, crashed, k, flight_drop);
  sley_drop(p);
}

static void start_next(feed *s)
{
  s->running = false;
  struct waiting *w = s->first;
  if (!s->serial || w == NULL) return;
  box *b = w->box;
  s->first = w->next;
  sley__free(sley__self(), w, sizeof(*w));
  start_flight(s, b);
}

static bool update_flights(react *n)
{
  feed *s = n->f.state;
  box *b = n->edges[0].source->box;
  if (!s->serial || !s->running) {
    start_flight(s, sley__box_keep(b));
    return false;
  }
  struct waiting *w = sley__alloc(sley__self(), sizeof(*w));
  if (w == NULL) return false;
  *w = (struct waiting){sley__box_keep(b), NULL};
  if (s->first == NULL) s->last = &s->first;
  *s->last = w;
  s->last = &w->next;
  return false;
}

/* A node with a state; NULL in *made without memory. */
static sley_event *feed_new(const sley_event *e, bool (*update)(react *n), feed how, feed **made)
{
  react *sources[] = {e != NULL ? of_event(e) : NULL};
  feed *s = sley__alloc(sley__self(), sizeof(*s));
  react *n = sley__react_new(false, sources, s == NULL ? SIZE_MAX : e != NULL ? 1 : 0);
  *made = s;
  if (s == NULL || n->failed) {
    if (s != NULL) sley__free(sley__self(), s, sizeof(*s));
    *made = NULL;
    return as_event(n);
  }
  *s = how;
  s->refs = 1;
  s->result = n;
  n->f.state = s;
  n->update = update;
  n->release = feed_end;
  return as_event(n);
}

#define FLIGHTS(name, is_serial, kind)                                     \
  sley_event *sley_event_##name(sley_event *e, sley_bind_fn *f, void *ctx) \
  {                                                                        \
    feed *made;                                                            \
    feed how = {.serial = is_serial, .what = kind, .f = f, .ctx = ctx};    \
    return feed_new(e, update_flights, how, &made);                        \
  }
FLIGHTS(map_s, true, MAP)
FLIGHTS(map_p, false, MAP)
FLIGHTS(filter_s, true, FILTER)
FLIGHTS(filter_p, false, FILTER)
FLIGHTS(fmap_s, true, FMAP)
FLIGHTS(fmap_p, false, FMAP)

/* ---- limit */

static void new_limiter(feed *s)
{
  sley_promise *old = s->promise;
  s->promise = s->start(s->ctx);
  if (s->promise == NULL) sley__abort("the function given to sley_event_limit returned NULL");
  sley_drop(old);
}

static void limiter_over(void *ctx)
{
  feed *s = ctx;
  box *b = s->held;
  s->held = NULL;
  if (b == NULL) return;
  if (s->result == NULL || sley_is_pending(s->promise)) {
    sley__box_drop(b); /* another limiter has taken over meanwhile: as in Lwt it is lost */
    return;
  }
  new_limiter(s);
  feed_push(s, b);
}

static bool update_limit(react *n)
{
  feed *s = n->f.state;
  box *b = sley__box_keep(n->edges[0].source->box);
  if (s->promise == NULL || !sley_is_pending(s->promise)) {
    new_limiter(s);
    return sley__react_becomes(n, b);
  }
  bool first = s->held == NULL;
  sley__box_drop(s->held);
  s->held = b;
  if (!first) return false;
  s->refs++;
  sley_on_termination_own(s->promise, limiter_over, s, feed_drop);
  return false;
}

sley_event *sley_event_limit(sley_event *e, sley_start_fn *f, void *ctx)
{
  feed *made;
  return feed_new(e, update_limit, (feed){.what = LIMIT, .start = f, .ctx = ctx}, &made);
}

/* ---- from */

static sley_promise *from_again(void *ctx, sley_value *v);

static sley_promise *from_came(void *ctx, sley_value *v)
{
  feed *s = ctx;
  sley_value mine;
  if (sley_take(v, &mine) == 0) feed_push(s, sley__box_new(mine));
  return from_again(s, v);
}

static sley_promise *from_again(void *ctx, sley_value *v)
{
  feed *s = ctx;
  (void)v;
  if (s->result == NULL) return sley_return(sley_unit());
  sley_promise *p = s->start(s->ctx);
  if (p == NULL) sley__abort("the function given to sley_event_from returned NULL");
  s->refs++;
  return sley_bind_own(p, from_came, s, feed_drop);
}

sley_event *sley_event_from(sley_start_fn *f, void *ctx)
{
  feed *made;
  sley_event *e = feed_new(NULL, NULL, (feed){.what = FROM, .start = f, .ctx = ctx}, &made);
  if (made == NULL) return e;
  made->refs++;
  made->promise = sley_bind_own(sley_pause(), from_again, made, feed_drop);
  return e;
}

/* ---- delay: an event of the one that comes, followed */

static void event_came(void *ctx, sley_value *v)
{
  feed *s = ctx;
  sley_event *e = sley_event_of(v);
  feed_push(s, sley__box_new(sley_event_value(sley_event_keep(e))));
}

sley_event *sley_event_delay(sley_promise *p)
{
  feed *made;
  const sley_value *v = sley_value_of(p);
  if (v != NULL) {
    sley_event *e = sley_event_keep(sley_event_of(v));
    sley_drop(p);
    return e;
  }
  sley_event *comes = feed_new(NULL, NULL, (feed){.what = MAP}, &made);
  if (made != NULL) {
    made->refs++;
    sley_on_success_own(p, event_came, made, feed_drop);
  }
  sley_drop(p);
  sley_event *e = sley_event_switch(comes);
  sley_event_drop(comes);
  return e;
}

/* ---- signals: held over an event of changes */

sley_signal *sley_signal_limit(sley_signal *s, sley_start_fn *f, void *ctx, sley_equal_fn *equal)
{
  feed *made;
  sley_event *changes = sley_signal_changes(s);
  sley_event *limited =
      feed_new(changes, update_limit, (feed){.what = LIMIT, .start = f, .ctx = ctx}, &made);
  if (made != NULL) new_limiter(made);
  sley_signal *result = sley__signal_hold(of_signal(s)->box, limited, equal);
  sley_event_drop(limited);
  sley_event_drop(changes);
  return result;
}

typedef struct first_value {
  feed *feed;
  sley_event *changes;
  sley_equal_fn *equal;
} first_value;

/* The serial calls may go on: the first one is over. */
static void first_value_drop(void *ctx)
{
  first_value *k = ctx;
  feed *s = k->feed;
  start_next(s);
  sley_event_drop(k->changes);
  feed_drop(s);
  sley__free(sley__self(), k, sizeof(*k));
}

static sley_error *hold_first(void *ctx, sley_value *in, sley_value *out)
{
  first_value *k = ctx;
  sley_value first;
  int code = sley_take(in, &first);
  if (code != 0)
    return code == -SLEY_ENOMEM ? sley_error_nomem() : sley_error_new(&sley_kind_sley, -code, NULL);
  sley_signal *s = sley_signal_hold(first, k->changes, k->equal);
  if (sley_signal_failed(s)) return sley_error_nomem();
  *out = sley_signal_as_value(s);
  return NULL;
}

sley_promise *sley_signal_map_s_at(const char *site, sley_signal *s, sley_bind_fn *f, void *ctx,
                                   sley_equal_fn *equal)
{
  feed *made;
  struct sley__lent lent;
  sley_domain *d = sley__self();
  sley_event *changes = sley_signal_changes(s);
  sley_event *mapped = feed_new(changes, update_flights,
                                (feed){.serial = true, .what = MAP, .f = f, .ctx = ctx}, &made);
  first_value *k = made != NULL ? sley__alloc(d, sizeof(*k)) : NULL;
  sley_event_drop(changes);
  if (k == NULL) {
    sley_event_drop(mapped);
    return sley__nomem_promise();
  }
  made->refs++;
  made->running = true;
  *k = (first_value){made, mapped, equal};
  box *b = sley__box_keep(of_signal(s)->box);
  sley__react_lend(&lent, &b->value);
  sley_promise *p = f(ctx, &b->value);
  sley__react_lend_over(&lent);
  sley__box_drop(b);
  if (p == NULL) sley__abort("the function of a signal returned NULL; return a promise");
  return sley_map_own_at(site, p, hold_first, k, first_value_drop);
}

sley_promise *(sley_signal_map_s)(sley_signal *s, sley_bind_fn *f, void *ctx, sley_equal_fn *equal)
{
  return sley_signal_map_s_at("", s, f, ctx, equal);
}
