/* The way out of a server: what serves a connection has ended in order, and somebody gets its object and what is unread. */
#include "io/server/server.h"

void sley__detach_forget(sley_connection *c)
{
  if (c->extras != NULL) sley__taker_drop(c->extras);
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
  else if (!sley__connection_is_served(c) || sley__connection_io(c)->error != NULL)
    e = sley_error_closed();
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

sley_promise *sley__detach_begin(sley_connection *c)
{
  if (c->extras == NULL || c->extras->taker == NULL) return NULL;
  sley__channel *channel = sley__channel_of(c->now.io);
  sley__io_hold(c->now.io); /* the call consumes both channels */
  return sley_channels_detach_at(c->member->server->site, &channel->in, &channel->out);
}

void sley__detached(void *ctx, sley_value *v)
{
  const sley_connection *c = ctx;
  (void)!sley_detached_take(v, &c->extras->taken); /* nobody else has it */
}

bool sley__detach_end(sley_connection *c)
{
  connection_extras *x = c->extras;
  sley_io *io = c->now.io;
  if (x == NULL || x->taker == NULL) return false;
  c->now.io = NULL;
  sley_io_drop(io);
  if (x->taken.io == NULL) sley__taker_drop(x);
  return x->taken.io != NULL;
}

connection_extras sley__detach_take(const sley_connection *c)
{
  connection_extras taken = *c->extras;
  c->extras->taker = NULL;
  c->extras->taker_drop = NULL;
  return taken;
}

static void taker_failed(void *ctx, sley_error *e)
{
  if (!sley_error_is_canceled(e)) sley__server_tell(ctx, e, "a connection", "that left its server");
}

void sley__detach_give(sley_server *s, connection_extras *x)
{
  sley_promise *p =
      sley__returned(x->taker(x->taker_ctx, &x->taken), "sley_connection_detach", s->site);
  sley__taker_drop(x);
  sley_on_failure(p, taker_failed, s, sley__server_release);
  sley_drop(p);
}
