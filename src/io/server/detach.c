/* The way out of a server: what serves a connection has ended in order, and somebody gets its object and what is unread. */
#include "io/server/server.h"

static void taker_drop(connection_extras *x)
{
  sley_drop_fn *drop = x->taker_drop;
  void *ctx = x->taker_ctx;
  x->taker = NULL;
  x->taker_drop = NULL;
  if (drop != NULL) drop(ctx);
}

void sley__detach_forget(sley_connection *c)
{
  if (c->extras != NULL && c->extras->taker != NULL) taker_drop(c->extras);
}

/* ---- asked for ---- */

static const char *obstacle(const sley_connection *c)
{
  if (sley__is_bare(c->member->server))
    return "the object of bare is taken out of its value (sley_io_take)";
  if (c->extras != NULL && c->extras->taker != NULL) return "it was called before";
  return NULL;
}

sley_error *sley_connection_detach_at(const char *site, sley_connection *connection,
                                      sley_detached_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, connection);
  SLEY__NEEDS_AT(site, f);
  sley_connection *c = connection;
  const char *why = obstacle(c);
  sley_error *e = NULL;
  if (why != NULL)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_connection_detach: %s", why);
  else if (c->stage != CONNECTION_SERVED || c->io->error != NULL) e = sley_error_closed();
  connection_extras *x = e == NULL ? sley__connection_extras(c) : NULL;
  if (x == NULL) {
    if (drop != NULL) drop(ctx);
    return e != NULL ? e : sley_error_nomem();
  }
  x->taker = f;
  x->taker_ctx = ctx;
  x->taker_drop = drop;
  return NULL;
}

/* ---- leaving ---- */

static void taker_failed(void *ctx, sley_error *e)
{
  const sley_server *s = ctx;
  if (!sley_error_is_canceled(e)) sley__server_tell(s, e, "a connection", "that left its server");
}

/* When it is none of the server's any more. */
static void give(sley_connection *c)
{
  connection_extras x = *c->extras;
  sley_server *s = sley_server_keep(c->member->server);
  c->extras->taker = NULL;
  sley__member_count(&c->member->detached, 1);
  sley__connection_free(c);
  sley_promise *p =
      sley__returned(x.taker(x.taker_ctx, &x.taken), "sley_connection_detach", s->site);
  taker_drop(&x);
  sley_on_failure(p, taker_failed, s, sley__server_release);
  sley_drop(p);
}

static void detached(void *ctx, sley_value *v)
{
  const sley_connection *c = ctx;
  (void)!sley_detached_take(v, &c->extras->taken); /* nobody else has it */
}

static void not_detached(void *ctx, sley_error *e) { sley__connection_failed(ctx, e); }

static void detach_over(void *ctx)
{
  sley_connection *c = ctx;
  sley_io *io = c->io;
  c->io = NULL;
  sley_io_drop(io);
  if (c->extras->taken.io == NULL) {
    sley__detach_forget(c);
    sley__connection_go_on(c);
    return;
  }
  sley_drop(c->promise);
  c->promise = NULL;
  give(c);
}

bool sley__connection_leave_server(sley_connection *c)
{
  if (c->extras == NULL || c->extras->taker == NULL) return false;
  sley__channel *channel = sley__channel_of(c->io);
  sley__io_hold(c->io); /* of both channels, which the call consumes */
  sley_promise *p = sley_channels_detach_at(c->member->server->site, &channel->in, &channel->out);
  c->promise = sley_keep(p);
  sley_on_any(p, detached, not_detached, c, detach_over);
  sley_drop(p);
  return true;
}
