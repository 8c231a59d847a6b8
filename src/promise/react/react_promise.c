/* Events from promises, and promises from events. The listener and the result share a state: the listener's node
 * is a source of the result, so that both live equally long. */
#include "promise/react/react_feed.h"

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
  else sley_reject_now(&s->resolver, sley__error_of_code(code));
  stop_listening(s);
  next_state_drop(s);
}

static void listener_gone(react *n) { next_state_drop(n->ctx); }

/* The event can no longer occur. */
static void never_comes(react *n) { stop_listening(n->ctx); }

sley_promise *sley_event_next_at(const char *site, sley_event *e)
{
  SLEY__NEEDS_AT(site, e);
  next_state *s = sley_event_has_failed(e) ? NULL : sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) return sley__nomem_promise();
  *s = (next_state){.refs = 1};
  s->once = sley_event_on(e, next_came, s, NULL);
  if (sley_event_has_failed(s->once)) {
    next_state_drop(s);
    return sley__nomem_promise();
  }
  sley__react_of_event(s->once)->release = listener_gone;
  sley__react_weaken(sley__react_of_event(s->once), never_comes);
  sley_promise *p = sley_cancelable_at(site, &s->resolver);
  if (s->resolver == NULL) {
    stop_listening(s);
    return p;
  }
  s->refs++;
  sley_on_cancel(p, stop_listening, s, next_state_drop);
  return p;
}

/* ---- limit */

static void limiter_start(feed *s)
{
  sley_promise *old = s->promise;
  s->promise = s->f.start(s->ctx);
  sley__returned(s->promise, "sley_event_limit", "");
  sley_drop(old);
}

static void limiter_over(void *ctx)
{
  feed *s = ctx;
  box *b = s->held;
  s->held = NULL;
  if (b == NULL) return; /* the result is gone */
  if (sley_is_pending(s->promise)) {
    sley__box_drop(b); /* another limiter has replaced it meanwhile: as in Lwt the value is lost */
    return;
  }
  limiter_start(s);
  sley__feed_push(s, b);
}

static bool update_limit(react *n)
{
  feed *s = n->f.state;
  box *b = sley__box_keep(n->edges[0].source->box);
  if (s->promise == NULL || !sley_is_pending(s->promise)) {
    limiter_start(s);
    return sley__react_becomes(n, b);
  }
  bool first = s->held == NULL;
  sley__box_drop(s->held);
  s->held = b;
  if (!first) return false;
  s->refs++;
  sley_on_termination(s->promise, limiter_over, s, sley__feed_drop);
  return false;
}

static sley_event *limited(const sley_event *e, sley_start_fn *f, void *ctx, sley_drop_fn *drop,
                           feed **made)
{
  react *sources[] = {sley__react_of_event(e)};
  feed how = {.lands = LANDS_LIMITED, .f.start = f, .ctx = ctx, .drop = drop};
  return sley__react_as_event(sley__feed_new(sources, 1, update_limit, how, made));
}

sley_event *(sley_event_limit)(sley_event *e, sley_start_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  feed *made;
  return limited(e, f, ctx, drop, &made);
}

sley_signal *(sley_signal_limit)(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f, void *ctx,
                                 sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(f);
  feed *made;
  sley_event *changes = sley_signal_changes(s);
  sley_event *held_back = limited(changes, f, ctx, drop, &made);
  if (made != NULL) limiter_start(made);
  sley_signal *result = sley__signal_hold(sley__react_of_signal(s)->box, held_back, equal);
  sley_event_drop(held_back);
  sley_event_drop(changes);
  return result;
}

/* ---- from */

static sley_promise *from_again(void *ctx, sley_value *v);

static sley_promise *from_came(void *ctx, sley_value *v)
{
  feed *s = ctx;
  sley_value mine;
  if (sley_take(v, &mine) == 0) sley__feed_push(s, sley__box_new(mine));
  return from_again(s, v);
}

static sley_promise *from_again(void *ctx, sley_value *v)
{
  feed *s = ctx;
  (void)v;
  if (s->result == NULL) return sley_return(sley_unit());
  sley_promise *p = s->f.start(s->ctx);
  sley__returned(p, "sley_event_from", "");
  s->refs++;
  return sley_bind(p, from_came, s, sley__feed_drop);
}

sley_event *(sley_event_from)(sley_start_fn *f, void *ctx, sley_drop_fn *drop)
{
  feed *made;
  feed how = {.lands = LANDS_FROM, .f.start = f, .ctx = ctx, .drop = drop};
  sley_event *e = sley__react_as_event(sley__feed_new(NULL, 0, NULL, how, &made));
  if (made == NULL) return e;
  made->refs++;
  made->promise = sley_bind(sley_pause(), from_again, made, sley__feed_drop);
  return e;
}

/* ---- delay: follows the event that the promise is fulfilled with */

static void event_came(void *ctx, sley_value *v)
{
  feed *s = ctx;
  sley_event *e = sley_event_in(v);
  sley__feed_push(s, sley__box_new(sley_event_to_value(sley_event_keep(e))));
}

sley_event *sley_event_delay(sley_promise *p)
{
  feed *made;
  const sley_value *v = sley_promise_value(p);
  if (v != NULL) {
    sley_event *e = sley_event_keep(sley_event_in(v));
    sley_drop(p);
    return e;
  }
  sley_event *comes = sley__react_as_event(sley__feed_new(NULL, 0, NULL, (feed){.refs = 0}, &made));
  if (made != NULL) {
    made->refs++;
    sley_on_success(p, event_came, made, sley__feed_drop);
  }
  sley_drop(p);
  sley_event *e = sley_event_switch(comes);
  sley_event_drop(comes);
  return e;
}
