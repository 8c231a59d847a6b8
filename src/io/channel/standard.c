/* The standard streams as channels. Every domain has outputs of its own over the same two descriptors; what keeps their
 * lines whole is in descriptor.c. */
#include "io/channel/channel.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

sley_input *sley_input_stdin(void)
{
  sley_io *io = sley__io_standard(STDIN_FILENO);
  sley_input *in = NULL;
  if (io == NULL) return NULL;
  if (io->has_channels) return &sley__channel_of(io)->in;
  sley_error_drop(sley_input_from_io(NULL, io, &in)); /* the domain's holder is now the input's */
  return in;
}

/* ---- what is left at exit ---- */

enum { EXIT_MS = 1000 };

static int64_t milliseconds(void) { return sley__clock() / 1000000; }

static void send_left(sley_output *out, int64_t until)
{
  const sley_io *io = sley__io_of_output(out);
  if (io->handle.fd < 0) return; /* the program was started without it */
  while (io->error == NULL && out->half.error == NULL && out->unsent > 0) {
    int64_t left = until - milliseconds();
    struct pollfd p = {.fd = io->handle.fd, .events = POLLOUT};
    if (left <= 0 || sley__sys_poll(&p, 1, (int)left) <= 0) return;
    sley__output_send(out);
  }
}

/* No hook is called: what it uses can be gone by now. */
static void tell_lost(sley_output *out)
{
  char text[256];
  if (out->half.error == NULL || out->half.is_told) return;
  sley_error_format(out->half.error, text, sizeof(text));
  out->half.is_told = true;
  fprintf(stderr, "sley: what was written to standard output is lost: %s\n", text);
}

/* Of the thread's current domain: others may be writing. A fork's child has none, so nothing is sent
 * twice. */
static void at_exit(void)
{
  const sley_domain *d = sley__current;
  if (d->id == 0 || d->io == NULL) return;
  int64_t until = milliseconds() + EXIT_MS;
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    sley_io *io = d->io->standard[fd];
    if (io == NULL || !io->has_channels) continue;
    sley_output *out = &sley__channel_of(io)->out;
    send_left(out, until);
    if (fd == STDOUT_FILENO) tell_lost(out);
  }
}

/* No pthread_once: a child forked while another thread is inside it would block. */
static void at_exit_register(void)
{
  static int is_registered; /* any thread, __atomic */
  if (__atomic_exchange_n(&is_registered, 1, __ATOMIC_RELAXED) == 0)
    (void)atexit(at_exit); /* where it fails, what is left is lost, as by _exit */
}

/* ---- outputs ---- */

static sley_output *standard_output(sley_fd fd)
{
  sley_io *io = sley__io_standard_shared(fd);
  sley_output *out = NULL;
  if (io == NULL) return NULL;
  if (io->has_channels) return &sley__channel_of(io)->out;
  at_exit_register();
  sley_error_drop(sley_output_from_io(NULL, io, &out));
  return out;
}

sley_output *sley_output_stdout(void) { return standard_output(STDOUT_FILENO); }
sley_output *sley_output_stderr(void) { return standard_output(STDERR_FILENO); }
