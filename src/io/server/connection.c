/* What a connection is asked while it is served. */
#include <sys/ioctl.h>

#include "io/server/server.h"

/* ---- what it has ---- */

sley_input *sley_connection_input(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  const sley_connection *c = connection;
  if (c->io == NULL) return NULL;
  sley__half *half = &sley__channel_of(c->io)->in.half;
  if (c->member->server->options.burst == NULL) return (sley_input *)(void *)half;
  return half->depth > 0 ? (sley_input *)(void *)((char *)half + 1) : NULL; /* of its body */
}

sley_output *sley_connection_output(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return connection->io != NULL ? &sley__channel_of(connection->io)->out : NULL;
}

const sley_value *sley_connection_context(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return &connection->member->server->options.context;
}

void *sley_connection_data(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return (void *)(uintptr_t)connection->data;
}

sley_server *sley_connection_server(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return connection->member->server;
}

sley_error *sley_connection_peer_at(const char *site, const sley_connection *connection,
                                    sley_address *out)
{
  SLEY__NEEDS_AT(site, connection);
  SLEY__NEEDS_AT(site, out);
  const sley__peer *peer = &connection->peer;
  if (peer->length != 0 && peer->any.sa_family != AF_UNIX)
    return sley_address_from_sockaddr_at(site, &peer->any, peer->length, out);
  return sley_socket_peer_at(site, connection->io, out);
}

/* ---- idle ---- */

static uint32_t bytes_that_came(const sley_connection *c)
{
  const sley_input *in = &sley__channel_of(c->io)->in;
  return (uint32_t)(in->half.position + in->unread);
}

void sley_connection_idle(sley_connection *connection)
{
  SLEY__NEEDS(connection);
  sley_connection *c = connection;
  const sley_input *in = &sley__channel_of(c->io)->in;
  c->is_idle = in->unread == 0;
  c->came = bytes_that_came(c);
}

bool sley_connection_is_ending(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return connection->member->is_ending || connection->is_aged;
}

/* Bytes may lie in the kernel, or in the channels that a wrapper reads: a request that has come is served. */
static bool has_more_below(sley_io *io)
{
  for (const sley_io *at = io; at != NULL; at = sley_io_below(at)) {
    int bytes = 0;
    sley_fd fd = at->handle.fd;
    if (fd >= 0 && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0) return true;
    if (at != io && at->has_channels && sley__channel_of(at)->in.unread > 0) return true;
  }
  return false;
}

bool sley__connection_is_between(const sley_connection *c)
{
  if (c->io == NULL || c->stage != CONNECTION_SERVED || c->io->error != NULL) return false;
  const sley__channel *channel = sley__channel_of(c->io);
  if (channel->in.unread > 0) return false;
  return c->member->server->options.burst != NULL ? channel->in.half.depth == 0
                                                  : c->is_idle && c->came == bytes_that_came(c);
}

bool sley__connection_is_idle(const sley_connection *c)
{
  return sley__connection_is_between(c) && !has_more_below(c->io);
}

/* ---- its scope ---- */

static sley_promise *scope_body(void *ctx, sley_scope *scope)
{
  connection_extras *x = ctx;
  sley_promise *ending = x->ending;
  x->scope = sley_scope_keep(scope);
  x->ending = NULL;
  return ending;
}

/* What is started in it has failed. */
static void scope_failed(void *ctx, sley_error *e)
{
  sley_connection *c = ctx;
  sley__connection_failed(c, e);
  sley__connection_cancel(c);
}

/* Out of memory. */
static void scope_unmake(connection_extras *x)
{
  sley_promise *ending = x->ending, *result = x->result;
  x->ending = x->result = NULL;
  sley_drop(ending);
  sley_resolver_drop(&x->end);
  sley_drop(result);
}

sley_scope *sley_connection_scope(sley_connection *connection)
{
  SLEY__NEEDS(connection);
  sley_connection *c = connection;
  if (c->stage != CONNECTION_SERVED) return NULL;
  connection_extras *x = sley__connection_extras(c);
  if (x == NULL || x->scope != NULL) return x != NULL ? x->scope : NULL;
  const char *site = c->member->server->site;
  x->ending = sley_cancelable_at(site, &x->end);
  x->result = sley_with_scope_at(site, scope_body, x, NULL);
  if (x->scope == NULL) {
    scope_unmake(x);
    return NULL;
  }
  sley_on_failure(x->result, scope_failed, c, NULL);
  return x->scope;
}

sley_promise *sley__connection_scope_leave(sley_connection *c)
{
  connection_extras *x = c->extras;
  if (x == NULL || x->scope == NULL) return NULL;
  sley_fulfill(&x->end, sley_unit());
  return sley_keep(x->result);
}
