/* How the serving of a connection ends otherwise: it fails, is canceled, is aborted. */
#include "io/server/server.h"

#include <errno.h>
#include <stdio.h>

/* ---- what is told ---- */

void sley__connection_name(const sley_connection *c, char *text, size_t size)
{
  sley__peer peer = sley__connection_peer(c);
  if (c->peer_kind == SLEY__PEER_UNIX) snprintf(text, size, "unix (unnamed)");
  else sley__peer_text(&peer, text, size);
}

/* e is what io failed with, or was made of that by a pump or a relay. */
static bool is_own_error(const sley_io *io, const sley_error *e)
{
  const sley__channel *channel = sley__channel_of(io);
  while (e != NULL && e != channel->in.half.error && e != channel->out.half.error)
    e = sley_error_cause(e);
  return e != NULL;
}

/* The peer has gone, and that is all that is wrong: it is counted, and no news. */
static bool is_of_peer(const sley_connection *c, const sley_error *e)
{
  int code = sley_error_code(e);
  bool is_errno = sley_error_kind_get(e) == &sley_kind_errno;
  bool has_gone = is_errno && (code == ECONNRESET || code == EPIPE || code == ETIMEDOUT);
  if (c->stage == CONNECTION_WRAPPED)
    return has_gone || sley_error_is(e, &sley_kind_sley, SLEY_EEOF);
  const sley_io *io = sley__connection_io(c);
  if (io == NULL) return has_gone && c->stage > CONNECTION_SERVED;
  if (is_errno) return has_gone && is_own_error(io, e);
  /* An end of file can be that of something else which a function reads. */
  return sley_error_is(e, &sley_kind_sley, SLEY_EEOF) && sley__channel_of(io)->in.half.has_ended;
}

void sley__connection_failed(sley_connection *c, sley_error *e)
{
  const sley_server *s = c->member->server;
  bool is_closing = c->stage > CONNECTION_LEAVES_SCOPE, is_wrapped = c->stage == CONNECTION_WRAPPED;
  const sley_io *io = sley__connection_io(c);
  bool is_aborted = io != NULL && io->error != NULL && /* by a stop, or its domain ends */
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
  if (c->stage == CONNECTION_IN_LINE) {
    sley_io *io = sley__connection_io(c);
    sley__io_hold(io);
    sley__work_cancel(&c->serving);
    sley_io_drop(io);
    return;
  }
  bool is_under_way = c->stage <= CONNECTION_SERVED || c->stage == CONNECTION_LEAVES_SERVER;
  if (c->now.promise == NULL || !is_under_way) return;
  sley_promise *p = sley_keep(c->now.promise);
  sley_cancel(p);
  sley_drop(p);
}

void sley__connection_abort(sley_connection *c)
{
  sley_io *io = sley__connection_io(c);
  if (io == NULL && sley__value_is(&c->now.value, &sley_type_io)) io = sley_io_in(&c->now.value);
  if (io != NULL) sley_io_abort(io);
}
