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

void sley_connection_answered(sley_connection *connection)
{
  SLEY__NEEDS(connection);
  uint64_t *answered = &connection->member->answered;
  __atomic_store_n(answered, *answered + 1, __ATOMIC_RELAXED);
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

bool sley__connection_is_idle(const sley_connection *c)
{
  if (c->io == NULL || c->stage != CONNECTION_SERVED || c->io->error != NULL) return false;
  const sley__channel *channel = sley__channel_of(c->io);
  if (channel->in.unread > 0) return false;
  bool is_idle = c->member->server->options.burst != NULL
                     ? channel->in.half.depth == 0
                     : c->is_idle && c->came == bytes_that_came(c);
  return is_idle && !has_more_below(c->io);
}

/* ---- its scope ---- */

static sley_promise *scope_body(void *ctx, sley_scope *scope)
{
  connection_scope *s = ctx;
  sley_promise *ending = s->ending;
  s->scope = sley_scope_keep(scope);
  s->ending = NULL;
  return ending;
}

/* What is started in it has failed. */
static void scope_failed(void *ctx, sley_error *e)
{
  sley_connection *c = ctx;
  sley__connection_failed(c, e);
  sley__connection_cancel(c);
}

sley_scope *sley_connection_scope(sley_connection *connection)
{
  SLEY__NEEDS(connection);
  sley_connection *c = connection;
  if (c->stage != CONNECTION_SERVED) return NULL;
  if (c->scope != NULL) return c->scope->scope;
  connection_scope *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) return NULL;
  *s = (connection_scope){0};
  const char *site = c->member->server->site;
  s->ending = sley_cancelable_at(site, &s->end);
  s->result = sley_with_scope_at(site, scope_body, s, NULL);
  c->scope = s;
  if (s->scope == NULL) {
    sley__connection_scope_free(c);
    return NULL;
  }
  sley_on_failure(s->result, scope_failed, c, NULL);
  return s->scope;
}

sley_promise *sley__connection_scope_leave(sley_connection *c)
{
  if (c->scope == NULL) return NULL;
  sley_fulfill(&c->scope->end, sley_unit());
  return sley_keep(c->scope->result);
}

void sley__connection_scope_free(sley_connection *c)
{
  connection_scope *s = c->scope;
  c->scope = NULL;
  if (s == NULL) return;
  sley_scope_drop(s->scope);
  sley_drop(s->ending);
  sley_resolver_drop(&s->end);
  sley_drop(s->result);
  sley__free(sley__self(), s, sizeof(*s));
}
