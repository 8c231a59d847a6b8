/* Objects over descriptors of the caller's: made, taken apart, asked; pipes and socket pairs; the standard streams. */
#ifdef __linux__
#define _GNU_SOURCE /* pipe2 */
#endif
#include "io/object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

sley_error *sley_io_from_fd_at(const char *site, sley_fd fd, sley_io_mode mode, sley_io **out)
{
  SLEY__NEEDS_AT(site, out);
  *out = NULL;
  if (fd < 0 || mode > SLEY_IO_MODE_READY)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_io_from_fd was given descriptor %d and mode %d", fd, (int)mode);
  *out = sley__io_make(sley__self()->runtime, fd, SLEY__IO_UNKNOWN, mode);
  if (*out == NULL) return sley_error_nomem();
  sley__io_note_site(*out, site);
  return NULL;
}

/* ---- two at once ---- */

static void close_both(const sley_fd fds[2])
{
  sley__sys_close(fds[0]);
  sley__sys_close(fds[1]);
}

static sley_error *over_both(const char *site, const sley_fd fds[2], sley__io_kind kind,
                             sley_io *made[2])
{
  sley_runtime *runtime = sley__self()->runtime;
  made[0] = sley__io_make(runtime, fds[0], kind, SLEY_IO_MODE_READY);
  made[1] = made[0] == NULL ? NULL : sley__io_make(runtime, fds[1], kind, SLEY_IO_MODE_READY);
  if (made[1] != NULL) {
    sley__io_note_site(made[0], site);
    sley__io_note_site(made[1], site);
    return NULL;
  }
  if (made[0] != NULL) made[0]->handle.fd = -1;
  sley_io_drop(made[0]);
  made[0] = NULL;
  close_both(fds);
  return sley_error_nomem();
}

#if !defined(__linux__)
static bool prepare_both(const sley_fd fds[2])
{
  for (int i = 0; i < 2; i++)
    if (sley__sys_fcntl(fds[i], F_SETFD, FD_CLOEXEC) != 0 ||
        sley__sys_fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0) {
      int code = errno;
      close_both(fds);
      errno = code;
      return false;
    }
  return true;
}
#endif

sley_error *sley_pipe_at(const char *site, sley_io **in, sley_io **out)
{
  SLEY__NEEDS_AT(site, in);
  SLEY__NEEDS_AT(site, out);
  sley_fd fds[2];
  sley_io *made[2];
  *in = *out = NULL;
#if defined(__linux__)
  if (sley__sys_pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0 || !sley__fds_above_standard(fds))
    return sley__error_errno(site, errno, "pipe");
#else
  if (sley__sys_pipe(fds) != 0 || !sley__fds_above_standard(fds) || !prepare_both(fds))
    return sley__error_errno(site, errno, "pipe");
#endif
  sley_error *e = over_both(site, fds, SLEY__IO_STREAM, made);
  *in = made[0];
  *out = made[1];
  return e;
}

sley_error *sley_socketpair_at(const char *site, sley_socket_kind kind, sley_io *ends[2])
{
  SLEY__NEEDS_AT(site, ends);
  sley_fd fds[2];
  int type = sley__socket_type(kind);
  ends[0] = ends[1] = NULL;
  if (kind > SLEY_SOCKET_KIND_SEQPACKET)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_socketpair was given kind %d", (int)kind);
#if defined(__linux__)
  if (sley__sys_socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0 ||
      !sley__fds_above_standard(fds))
    return sley__error_errno(site, errno, "socketpair");
#else
  if (sley__sys_socketpair(AF_UNIX, type, 0, fds) != 0 || !sley__fds_above_standard(fds) ||
      !prepare_both(fds))
    return sley__error_errno(site, errno, "socketpair");
#endif
  sley_error *e = over_both(site, fds, SLEY__IO_SOCKET, ends);
  for (int i = 0; i < 2; i++)
    if (ends[i] != NULL) sley__io_set_unix(ends[i], type == SOCK_SEQPACKET);
  return e;
}

/* ---- its descriptor ---- */

static sley_error *no_descriptor(const sley_io *io, const char *function)
{
  if (io->error != NULL) return sley_error_keep(io->error);
  return io->kind != SLEY__IO_CUSTOM
             ? NULL
             : sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL,
                                 "%s: an object of type %s has no descriptor", function,
                                 sley__io_type_of(io)->name);
}

sley_error *sley_io_dup_at(const char *site, const sley_io *io, sley_io **out)
{
  SLEY__NEEDS_AT(site, out);
  *out = NULL;
  sley__io_check(io, "sley_io_dup", site);
  sley_error *e = no_descriptor(io, "sley_io_dup");
  if (e != NULL) return e;
  sley_fd fd = sley__fd_duplicate(io->handle.fd);
  if (fd < 0) return sley__error_errno(site, errno, "dup");
  *out = sley__io_make(sley__io_runtime(io), fd, (sley__io_kind)io->kind, (sley_io_mode)io->mode);
  if (*out == NULL) {
    sley__sys_close(fd);
    return sley_error_nomem();
  }
  sley__io_note_site(*out, site);
  if (io->failed < 0) sley__io_set_unix(*out, io->is_seqpacket);
  return NULL;
}

sley_error *sley_io_take_fd(sley_io *io, sley_fd *out)
{
  SLEY__NEEDS(out);
  *out = -1;
  sley__io_check(io, __func__, "");
  sley_error *e = no_descriptor(io, __func__);
  if (e != NULL) return e;
  if (io->has_channels || io->is_standard || io->transfer[0] != NULL || io->transfer[1] != NULL)
    return sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL,
                             "sley_io_take_fd: the object is in use: %s",
                             io->has_channels  ? "it has channels"
                             : io->is_standard ? "it is a standard stream"
                                               : "an operation is pending");
  sley_fd fd = io->handle.fd;
  sley__io_leave(io);
  if (io->mode == SLEY_IO_MODE_GUESS || io->mode == SLEY_IO_MODE_NONBLOCK) {
    int flags = sley__sys_fcntl(fd, F_GETFL, 0);
    if (flags >= 0) sley__sys_fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }
  io->handle.fd = -1;
  io->error = sley_error_closed();
  sley_io_drop(io);
  *out = fd;
  return NULL;
}

bool sley_io_is_open(const sley_io *io)
{
  sley__io_check(io, __func__, "");
  return io->error == NULL;
}

bool sley_io_is_blocking(const sley_io *io)
{
  sley__io_check(io, __func__, "");
  if (io->handle.fd < 0) return false;
  int flags = sley__sys_fcntl(io->handle.fd, F_GETFL, 0);
  return flags >= 0 && !(flags & O_NONBLOCK);
}

bool sley_io_is_terminal(const sley_io *io)
{
  sley__io_check(io, __func__, "");
  return io->handle.fd >= 0 && isatty(io->handle.fd);
}

sley_fd sley_io_fd(const sley_io *io)
{
  sley__io_check(io, __func__, "");
  return io->handle.fd;
}

sley_io *sley_io_below(const sley_io *io)
{
  sley__io_check(io, __func__, "");
  if (io->error != NULL || sley__io_type_of(io)->below == NULL) return NULL;
  return sley__io_type_of(io)->below(sley__io_ctx_of(io));
}

/* ---- standard streams ---- */

static sley_domain *standard_owner; /* any thread, __atomic */

sley_io *sley__io_standard_shared(sley_fd fd)
{
  sley_domain *d = sley__self();
  struct sley__io_state *state = sley__io_state_open(d);
  if (state == NULL) return NULL;
  sley_io *io = state->standard[fd];
  if (io != NULL) return io;
  io = sley__io_standard_is_closed(fd)
           ? sley__io_standard_closed(fd)
           : sley__io_make(d->runtime, fd, SLEY__IO_UNKNOWN, SLEY_IO_MODE_BLOCK);
  if (io == NULL) return NULL;
  io->is_standard = true;
  d->parts[SLEY__PART_IO] = &sley__objects_part;
  return state->standard[fd] = io;
}

sley_io *sley__io_standard(sley_fd fd)
{
  sley_domain *d = sley__self(), *none = NULL;
  if (sley__io_state_open(d) == NULL) return NULL;
  if (!__atomic_compare_exchange_n(&standard_owner, &none, d, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE) &&
      none != d)
    return NULL;
  return sley__io_standard_shared(fd);
}

void sley__io_standard_end(sley_domain *d)
{
  for (int fd = 0; fd < 3; fd++) {
    sley_io *io = d->io->standard[fd];
    d->io->standard[fd] = NULL;
    sley_io_drop(io);
  }
  if (__atomic_load_n(&standard_owner, __ATOMIC_ACQUIRE) == d)
    __atomic_store_n(&standard_owner, NULL, __ATOMIC_RELEASE);
}

sley_io *sley_stdin(void) { return sley__io_standard(STDIN_FILENO); }
sley_io *sley_stdout(void) { return sley__io_standard(STDOUT_FILENO); }
sley_io *sley_stderr(void) { return sley__io_standard(STDERR_FILENO); }
