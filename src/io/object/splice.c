/* From one descriptor to another without a copy, through a pipe of the domain's, which is empty between the calls: what the
 * other takes no more of comes out of it again, into memory that is there before. So no data waits in a pipe, and EAGAIN
 * of reading means that nothing has come. */
#ifdef __linux__
#define _GNU_SOURCE /* splice, pipe2 */
#endif
#include "io/object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
enum { AT_ONCE = 64 * 1024 /* what a new pipe holds */ };

/* The pipe and the memory; false: there are none. */
static bool splice_open(struct sley__io_state *state)
{
  if (state->pipe_rest == NULL) state->pipe_rest = sley__block_new(state->runtime, AT_ONCE);
  if (state->pipe_rest == NULL) return false;
  return state->has_pipe ||
         (state->has_pipe = sley__sys_pipe2(state->pipe, O_CLOEXEC | O_NONBLOCK) == 0);
}

void sley__splice_end(struct sley__io_state *state)
{
  if (state->pipe_rest != NULL) sley__block_drop(state->pipe_rest);
  state->pipe_rest = NULL;
  if (!state->has_pipe) return;
  sley__sys_close(state->pipe[0]);
  sley__sys_close(state->pipe[1]);
  state->has_pipe = false;
}

static ssize_t splice_some(sley_fd from, sley_fd to, size_t size)
{
  ssize_t n;
  do n = sley__sys_splice(from, NULL, to, NULL, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  while (n < 0 && errno == EINTR);
  return n;
}

/* How much `to` took of what is in the pipe. */
static size_t splice_out(const struct sley__io_state *state, const sley_io *to, size_t size)
{
  size_t gone = 0;
  sley__no_sigpipe mask;
  sley__sigpipe_begin(&mask);
  while (gone < size) {
    ssize_t n = splice_some(state->pipe[0], to->handle.fd, size - gone);
    if (n <= 0) {
      sley__sigpipe_end(&mask, n < 0 && errno == EPIPE);
      return gone;
    }
    gone += (size_t)n;
  }
  sley__sigpipe_end(&mask, false);
  return gone;
}

/* The pipe holds so much, and gives it. */
static struct sley__block *take_rest(struct sley__io_state *state, size_t size)
{
  struct sley__block *b = state->pipe_rest;
  state->pipe_rest = NULL;
  for (size_t done = 0; done < size;) {
    ssize_t n = sley__sys_read(state->pipe[0], b->data + done, size - done);
    if (n > 0) done += (size_t)n;
  }
  return b;
}

size_t sley__io_splice(sley_io *from, const sley_io *to, size_t most, sley__spliced *out)
{
  struct sley__io_state *state = sley__io_state_of(from);
  *out = (sley__spliced){0};
  if (!splice_open(state)) {
    out->is_refused = true;
    return 0;
  }
  ssize_t n = splice_some(from->handle.fd, state->pipe[1], most < AT_ONCE ? most : AT_ONCE);
  if (n <= 0) { /* the end is read again, and so is nothing; an error of a socket is told once */
    from->handle.maybe_ready |= SLEY__READ;
    out->is_refused = n < 0 && errno == EINVAL;
    if (n < 0 && errno == EAGAIN) from->handle.maybe_ready &= (uint8_t)~SLEY__READ;
    else if (n < 0 && !out->is_refused && errno != ENOMEM && errno != ENOBUFS)
      from->failed = (int16_t)errno;
    return 0;
  }
  size_t gone = splice_out(state, to, (size_t)n);
  out->size = (size_t)n - gone;
  if (out->size > 0) out->rest = take_rest(state, out->size);
  return (size_t)n;
}

bool sley__io_can_splice(const sley_io *io)
{
  return (io->kind == SLEY__IO_SOCKET || io->kind == SLEY__IO_STREAM) &&
         sley__io_type_of(io) == &sley__descriptor_type && io->mode != SLEY_IO_MODE_BLOCK &&
         !io->is_standard && io->failed != SLEY__READ_TAKES_FDS;
}
#else
void sley__splice_end(struct sley__io_state *state) { (void)state; }

size_t sley__io_splice(sley_io *from, const sley_io *to, size_t most, sley__spliced *out)
{
  (void)from;
  (void)to;
  (void)most;
  *out = (sley__spliced){.is_refused = true};
  return 0;
}

bool sley__io_can_splice(const sley_io *io)
{
  (void)io;
  return false;
}
#endif
