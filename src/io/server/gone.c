/* A peer that goes while its connection is served: the option cancel_gone. The watch begins with the first promise that what
 * serves has to be waited for, and lasts as long as the serving: so a burst that ends at once costs nothing. */
#include "io/server/server.h"

static sley_promise *watch_take(sley_connection *c)
{
  connection_extras *x = c->extras;
  sley_promise *watch = x != NULL ? x->watch : NULL;
  if (x != NULL) x->watch = NULL;
  return watch;
}

void sley__gone_forget(sley_connection *c)
{
  sley_promise *watch = watch_take(c);
  if (watch != NULL && sley_is_pending(watch)) sley_cancel(watch);
  sley_drop(watch);
}

/* Between two bursts the input has said it itself, and this is forgotten. */
static void peer_has_gone(void *ctx)
{
  sley_connection *c = ctx;
  bool is_served = c->extras != NULL && c->extras->watch != NULL && sley__connection_is_served(c);
  if (!is_served || c->is_canceled || sley__connection_io(c)->error != NULL) return;
  sley__member_count(&c->member->gone, 1);
  sley__connection_cancel(c);
}

static void watch_ended(void *ctx, sley_value *v)
{
  (void)v;
  peer_has_gone(ctx);
}

/* What serves it has closed its input: then nobody knows. */
static bool is_closed(const sley_error *e)
{
  return sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED);
}

static void watch_failed(void *ctx, sley_error *e)
{
  if (!sley_error_is_canceled(e) && !is_closed(e)) peer_has_gone(ctx);
}

void sley__gone_watch(sley_connection *c, sley_promise *serving)
{
  sley_input *in = &sley__channel_of(sley__connection_io(c))->in;
  connection_extras *x = sley__connection_extras(c);
  sley_promise *watch = NULL;
  if (x != NULL && x->watch != NULL && sley_is_pending(x->watch)) return; /* from an earlier call */
  if (x != NULL && x->watch == NULL)
    x->watch = sley_input_watch_end_at(c->member->server->site, in);
  if (x != NULL) watch = x->watch;
  if (watch != NULL && sley_is_pending(watch)) {
    sley_on_any(watch, watch_ended, watch_failed, c, NULL);
    return;
  }
  sley_error *e = watch != NULL ? sley_promise_error(watch) : sley_error_nomem();
  if (e != NULL && is_closed(e)) return;
  if (e == sley_error_nomem()) sley__connection_failed(c, e);
  else sley__member_count(&c->member->gone, 1);
  sley_cancel(serving);
}
