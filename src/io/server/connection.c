/* What a connection is asked while it is served. */
#include <sys/ioctl.h>

#include "io/server/server.h"

/* ---- its memory: the struct, the peer's address, what serve needs, the user's data, its least
 * rate ---- */

static sley__peer_kind kind_of(const sley__peer *peer)
{
  return peer->length == 0                 ? SLEY__PEER_NONE
         : peer->any.sa_family == AF_INET  ? SLEY__PEER_V4
         : peer->any.sa_family == AF_INET6 ? SLEY__PEER_V6
                                           : SLEY__PEER_UNIX;
}

/* Of the address without what is zero. */
static size_t peer_bytes(unsigned kind)
{
  return kind == SLEY__PEER_V4   ? offsetof(struct sockaddr_in, sin_zero)
         : kind == SLEY__PEER_V6 ? sizeof(struct sockaddr_in6)
                                 : 0;
}

static size_t aligned(size_t bytes, size_t to) { return (bytes + to - 1) & ~(to - 1); }

static size_t served_at(unsigned kind)
{
  return aligned(sizeof(sley_connection) + peer_bytes(kind), _Alignof(connection_served));
}

static size_t data_at(const sley_server *s, unsigned kind)
{
  return served_at(kind) + (s->options.serve != NULL ? sizeof(connection_served) : 0);
}

static size_t rate_at(const sley_server *s, unsigned kind)
{
  size_t at = data_at(s, kind), size = s->options.data_size;
  if (size > 0) at = aligned(at, _Alignof(max_align_t)) + size;
  return s->options.least > 0 ? aligned(at, _Alignof(sley__limited_rate)) : at;
}

static size_t bytes_of(const sley_server *s, unsigned kind)
{
  return rate_at(s, kind) + (s->options.least > 0 ? sizeof(sley__limited_rate) : 0);
}

static char *behind(const sley_connection *c, size_t at) { return (char *)(uintptr_t)c + at; }

sley_connection *sley__connection_new(member *m, const sley__peer *peer)
{
  sley__peer_kind kind = kind_of(peer);
  size_t bytes = bytes_of(m->server, kind);
  sley_connection *c = sley__alloc(sley__self(), bytes);
  if (c == NULL) return NULL;
  memset(c, 0, bytes);
  c->member = m;
  c->peer_kind = (unsigned)kind & 3;
  memcpy(behind(c, sizeof(*c)), &peer->any, peer_bytes(kind));
  return c;
}

void sley__connection_free(sley_connection *c)
{
  sley__free(sley__self(), c, bytes_of(c->member->server, c->peer_kind));
}

sley__peer sley__connection_peer(const sley_connection *c)
{
  sley__peer peer = {0};
  if (c->peer_kind == SLEY__PEER_V4) peer.length = sizeof(peer.v4);
  if (c->peer_kind == SLEY__PEER_V6) peer.length = sizeof(peer.v6);
  memcpy(&peer.any, behind(c, sizeof(*c)), peer_bytes(c->peer_kind));
  return peer;
}

connection_served *sley__connection_served(const sley_connection *c)
{
  return (connection_served *)(void *)behind(c, served_at(c->peer_kind));
}

sley__limited_rate *sley__connection_rate(const sley_connection *c)
{
  return (sley__limited_rate *)(void *)behind(c, rate_at(c->member->server, c->peer_kind));
}

/* ---- what it has ---- */

sley_input *sley_connection_input(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  const sley_connection *c = connection;
  const sley_io *io = sley__connection_io(c);
  if (io == NULL) return NULL;
  sley__half *half = &sley__channel_of(io)->in.half;
  if (c->member->server->options.burst == NULL) return (sley_input *)(void *)half;
  return half->depth > 0 ? (sley_input *)(void *)((char *)half + 1) : NULL; /* of its body */
}

sley_output *sley_connection_output(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  const sley_io *io = sley__connection_io(connection);
  return io != NULL ? &sley__channel_of(io)->out : NULL;
}

const sley_value *sley_connection_context(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  return &connection->member->server->options.context;
}

void *sley_connection_data(const sley_connection *connection)
{
  SLEY__NEEDS(connection);
  size_t at = data_at(connection->member->server, connection->peer_kind);
  return behind(connection, aligned(at, _Alignof(max_align_t)));
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
  sley__peer peer = sley__connection_peer(connection);
  if (peer.length != 0) return sley_address_from_sockaddr_at(site, &peer.any, peer.length, out);
  return sley_socket_peer_at(site, sley__connection_io(connection), out);
}

/* ---- idle ---- */

static uint32_t bytes_that_came(const sley_connection *c)
{
  const sley_input *in = &sley__channel_of(sley__connection_io(c))->in;
  return (uint32_t)(in->half.position + in->unread);
}

void sley_connection_idle(sley_connection *connection)
{
  SLEY__NEEDS(connection);
  const sley_connection *c = connection;
  const sley_io *io = sley__connection_io(c);
  if (io == NULL || c->member->server->options.serve == NULL) return;
  connection_served *served = sley__connection_served(c);
  served->is_idle = sley__channel_of(io)->in.unread == 0;
  served->came = bytes_that_came(c);
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

bool sley__connection_is_between(const sley_connection *c)
{
  const sley_io *io = sley__connection_io(c);
  if (io == NULL || !sley__connection_is_served(c) || io->error != NULL) return false;
  const sley__channel *channel = sley__channel_of(io);
  if (channel->in.unread > 0) return false;
  if (c->member->server->options.burst != NULL) return channel->in.half.depth == 0;
  const connection_served *served = sley__connection_served(c);
  return served->is_idle && served->came == bytes_that_came(c);
}

bool sley__connection_is_idle(const sley_connection *c)
{
  return sley__connection_is_between(c) && !has_more_below(sley__connection_io(c));
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
  if (!sley__connection_is_served(c)) return NULL;
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
