/* Outputs of a domain that ends: what is unsent is sent, as long as the peers take it, for a few seconds; what is left then
 * is told to the async hook. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "io/channel/channel.h"

#define FINISH_MOST (5 * SLEY_SECOND)
enum { AT_ONCE = 64, /* descriptors that are waited for */ WAIT = 50 /* milliseconds */ };

static sley_output *unsent_output(const sley_io *io)
{
  sley_output *out = &sley__channel_of(io)->out;
  return io->has_channels && io->error == NULL && out->unsent > 0 ? out : NULL;
}

/* Sends what can be sent now; fills in the descriptors of those that have more. */
static nfds_t send_now(const struct sley__io_state *state, struct pollfd waiting[AT_ONCE])
{
  nfds_t n = 0;
  for (struct sley__dlist *p = state->open.next; p != &state->open; p = p->next) {
    const sley_io *io = SLEY__CONTAINER(p, sley_io, place);
    sley_output *out = unsent_output(io);
    if (out == NULL) continue;
    sley__output_send(out);
    if (out->unsent > 0 && io->kind != SLEY__IO_CUSTOM && n < AT_ONCE)
      waiting[n++] = (struct pollfd){.fd = io->handle.fd, .events = POLLOUT};
  }
  return n;
}

static void tell_unsent(const struct sley__io_state *state, const sley_io *io)
{
  char peer[SLEY__PEER_TEXT];
  const sley_output *out = unsent_output(io);
  sley__peer who = {0};
  if (out == NULL) return;
  if (io->kind == SLEY__IO_SOCKET) who = sley__peer_of(io);
  if (who.length > 0) sley__peer_text(&who, peer, sizeof(peer));
  else snprintf(peer, sizeof(peer), "%s %d", io->type->name, io->handle.fd);
  sley__async_error(
      state->domain,
      sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT,
                     "the domain ends: %zu bytes to %s were not sent", out->unsent, peer),
      "");
}

void sley__channels_finish(struct sley__io_state *state)
{
  struct pollfd waiting[AT_ONCE];
  sley_time end = sley__clock() + FINISH_MOST;
  for (nfds_t n; (n = send_now(state, waiting)) > 0 && sley__clock() < end;)
    if (poll(waiting, n, WAIT) < 0 && errno != EINTR) break;
  for (struct sley__dlist *p = state->open.next; p != &state->open; p = p->next)
    tell_unsent(state, SLEY__CONTAINER(p, sley_io, place));
}
