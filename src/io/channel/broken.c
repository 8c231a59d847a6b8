/* Hearing that an output breaks while nothing is written to it: from a flush in the background, and from the kernel, where
 * that is told like something to read. An end that can still be read by its peer, and data that nobody reads, are no break. */
#include <errno.h>
#include <poll.h>

#include "io/channel/channel.h"

enum { HANGUP = POLLHUP, HANGUP_OR_ERROR = POLLHUP | POLLERR };
static const uint64_t NEVER = UINT64_MAX; /* only by an error */

/* A socket also reports messages for its user as an error, but none without a hang-up is for good. */
static bool is_gone(const sley_io *io)
{
  struct pollfd p = {.fd = io->handle.fd};
  if (sley__sys_poll(&p, 1, 0) <= 0) return false;
  return (p.revents & (io->kind == SLEY__IO_SOCKET ? HANGUP : HANGUP_OR_ERROR)) != 0;
}

/* Something is to be read, or told, where an output is watched. Runs no callback. */
static void output_look(sley_io *io)
{
  sley_output *out = &sley__channel_of(io)->out;
  if (out->half.error != NULL || !is_gone(io)) return;
  errno = EPIPE; /* the kernel's reason stays with it, for who reads */
  sley__output_fail(out, -SLEY_ESYSTEM);
  sley__channels_list(io); /* to be told in the next turn */
}

void sley__output_watch(sley_output *out, sley__work *work, bool asks_kernel)
{
  sley_io *io = sley__io_of_output(out);
  work->half = &out->half;
  work->target = NEVER;
  work->depth = 0;
  work->is_canceled = work->is_running = false;
  work->looks = 0;
  sley__output_append_waiting(out, work);
  if (!asks_kernel || (io->kind != SLEY__IO_SOCKET && io->kind != SLEY__IO_STREAM)) return;
  out->half.is_watched = true;
  sley__io_state_of(io)->look = output_look;
  sley__io_want(io, SLEY__READ);
}

void sley__output_watch_end(sley__work *work)
{
  sley_output *out = sley__work_output(work);
  sley_io *io = sley__io_of_output(out);
  const sley_input *in = &sley__channel_of(io)->in;
  sley__work_leave(work);
  if (!out->half.is_watched) return;
  out->half.is_watched = false;
  if (sley__half_first(&in->half) == NULL && !sley__input_is_watched(in))
    sley__io_want_no_more(io, SLEY__READ);
}
