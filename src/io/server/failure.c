/* How the serving of a connection ends otherwise: it fails, is canceled, is aborted. */
#include "io/server/server.h"

#include <errno.h>
#include <stdio.h>

/* ---- what is told ---- */

void sley__connection_name(const sley_connection *c, char *text, size_t size)
{
  if (c->peer.length != 0 && c->peer.any.sa_family == AF_UNIX)
    snprintf(text, size, "unix (unnamed)");
  else sley__peer_text(&c->peer, text, size);
}

/* The peer has gone, and that is all that is wrong: it is counted, and no news. */
static bool is_of_peer(const sley_connection *c, const sley_error *e)
{
  int code = sley_error_code(e);
  bool is_errno = sley_error_kind_get(e) == &sley_kind_errno;
  bool has_gone = is_errno && (code == ECONNRESET || code == EPIPE || code == ETIMEDOUT);
  if (c->stage == CONNECTION_WRAPPED)
    return has_gone || sley_error_is(e, &sley_kind_sley, SLEY_EEOF);
  if (c->io == NULL) return has_gone && c->stage > CONNECTION_SERVED;
  const sley__channel *channel = sley__channel_of(c->io);
  if (is_errno) return has_gone && (e == channel->in.half.error || e == channel->out.half.error);
  return c->member->server->options.burst != NULL && sley_error_is(e, &sley_kind_sley, SLEY_EEOF);
}

void sley__connection_failed(sley_connection *c, sley_error *e)
{
  const sley_server *s = c->member->server;
  bool is_closing = c->stage > CONNECTION_LEAVES_SCOPE, is_wrapped = c->stage == CONNECTION_WRAPPED;
  bool is_aborted = c->io != NULL && c->io->error != NULL && /* by a stop, or its domain ends */
                    sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED);
  if (sley_error_is_canceled(e) || is_aborted || (is_closing && c->was_told)) return;
  if (!c->was_told) sley__member_count(&c->member->failed, 1);
  c->was_told = true;
  if (is_of_peer(c, e)) return;
  char name[SLEY__CONNECTION_NAME];
  sley__connection_name(c, name, sizeof(name));
  const char *doing = is_wrapped                             ? "wrapping the connection of"
                      : c->stage == CONNECTION_LEAVES_SERVER ? "detaching the connection of"
                      : is_closing                           ? "closing the connection of"
                                                             : "connection from";
  sley__server_tell(s, e, doing, name);
}

/* ---- ended from outside ---- */

void sley__connection_cancel(sley_connection *c)
{
  c->is_canceled = true;
  if (c->stage == CONNECTION_SERVED && c->serving.half != NULL) {
    sley_io *io = c->io;
    sley__io_hold(io);
    sley__work_cancel(&c->serving);
    sley_io_drop(io);
    return;
  }
  bool is_under_way = c->stage <= CONNECTION_SERVED || c->stage == CONNECTION_LEAVES_SERVER;
  if (c->promise == NULL || !is_under_way) return;
  sley_promise *p = sley_keep(c->promise);
  sley_cancel(p);
  sley_drop(p);
}

void sley__connection_abort(sley_connection *c)
{
  sley_io *io = c->io != NULL                              ? c->io
                : sley__value_is(&c->value, &sley_type_io) ? sley_io_in(&c->value)
                                                           : NULL;
  if (io != NULL) sley_io_abort(io);
}
