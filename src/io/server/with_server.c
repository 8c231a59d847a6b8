/* A server for as long as a function needs it: made of public functions. */
#include <sley/bind.h>
#include <sley/cancel.h>

#include "io/server/server.h"

typedef struct use {
  unsigned holders;
  const char *site;
  const sley_server_options *options; /* NULL: sley_server_start has been called */
  sley_promise *start;                /* of a server */
  double seconds;
  sley_server_fn *f;
  void *ctx;
  sley_drop_fn *drop;
} use;

static void use_release(void *ctx)
{
  use *u = ctx;
  if (--u->holders > 0) return;
  if (u->options != NULL) sley__server_options_drop(u->options);
  sley_drop(u->start);
  if (u->drop != NULL) u->drop(u->ctx);
  sley__free(sley__self(), u, sizeof(*u));
}

static use *use_hold(use *u)
{
  u->holders++;
  return u;
}

static sley_promise *call(void *ctx, sley_value *v)
{
  const use *u = ctx;
  return sley__returned(u->f(u->ctx, sley_server_in(v)), "sley_with_server", u->site);
}

static sley_promise *start(void *ctx)
{
  use *u = ctx;
  const sley_server_options *options = u->options;
  u->options = NULL;
  u->start = sley_server_start_at(u->site, options);
  /* Starting in several domains cannot be canceled: then it is stopped as soon as it has started. */
  sley_promise *started = sley_wrap_in_cancelable_at(u->site, sley_keep(u->start));
  return sley_bind_at(u->site, started, call, use_hold(u), use_release);
}

/* Also where f was not called, canceled or without memory: then the server can be about to start. */
static sley_promise *stop(void *ctx)
{
  use *u = ctx;
  sley_promise_state state = sley_state(u->start);
  if (state == SLEY_PROMISE_STATE_REJECTED) return sley_return_unit();
  if (state == SLEY_PROMISE_STATE_PENDING)
    return sley_finalize_at(u->site, sley_keep(u->start), stop, use_hold(u), use_release);
  sley_server *s = sley_server_in(sley_promise_value(u->start));
  return sley_no_cancel_at(u->site, sley_server_stop_at(u->site, s, u->seconds));
}

sley_promise *sley_with_server_at(const char *site, const sley_server_options *options,
                                  double seconds, sley_server_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, options);
  SLEY__NEEDS_AT(site, f);
  use *u = sley__alloc(sley__self(), sizeof(*u));
  if (u == NULL) {
    sley__server_options_drop(options);
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *u = (use){1, site, options, NULL, seconds, f, ctx, drop};
  return sley_finalize_with_at(site, start, stop, u, use_release);
}
