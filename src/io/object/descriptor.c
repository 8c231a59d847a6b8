/* What an object over a descriptor does: reads and writes that try. A socket is asked with flags that neither block nor
 * raise SIGPIPE; for others that takes more. */
#ifdef __linux__
#define _GNU_SOURCE /* pwritev2 */
#endif
#include "io/object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(sley_room) == sizeof(struct iovec) &&
                   sizeof(sley_slice) == sizeof(sley_room) &&
                   offsetof(struct iovec, iov_base) == offsetof(sley_room, at) &&
                   offsetof(struct iovec, iov_len) == offsetof(sley_room, size),
               "laid out alike");

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif
enum { BLOCKING_MOST = 4096 /* what a pipe that has room takes without blocking: PIPE_BUF */ };

static int64_t result_of(ssize_t n)
{
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -SLEY_EAGAIN : -SLEY_ESYSTEM;
}

static int vectors(size_t n) { return n > IOV_MAX ? IOV_MAX : (int)n; }

static bool can_now(sley_fd fd, short what)
{
  struct pollfd p = {.fd = fd, .events = what};
  return sley__sys_poll(&p, 1, 0) > 0;
}

/* ---- reading ---- */

/* A Unix socket. Descriptors that nobody takes are closed by the kernel, which says that there were some. */
static ssize_t unix_read(sley_io *io, const sley_room *rooms, size_t n, int flags)
{
  struct sley__io_state *state = sley__io_state_of(io);
  if (io->failed == SLEY__READ_TAKES_FDS) return state->fds_read(io, rooms, flags);
  struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)rooms};
  m.msg_iovlen = (__typeof__(m.msg_iovlen))vectors(n);
  ssize_t got = sley__sys_recvmsg(io->handle.fd, &m, flags);
  if (got >= 0 && (m.msg_flags & MSG_CTRUNC)) state->fds_closed++;
  return got;
}

static ssize_t socket_read(sley_io *io, const sley_room *rooms, size_t n)
{
  int flags = io->mode == SLEY_IO_MODE_BLOCK ? MSG_DONTWAIT : 0;
  if (io->failed < 0) return unix_read(io, rooms, n, flags);
  if (SLEY__LIKELY(n == 1)) return sley__sys_recv(io->handle.fd, rooms->at, rooms->size, flags);
  struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)rooms};
  m.msg_iovlen = (__typeof__(m.msg_iovlen))vectors(n);
  return sley__sys_recvmsg(io->handle.fd, &m, flags);
}

static ssize_t stream_read(const sley_io *io, const sley_room *rooms, size_t n)
{
  if (io->mode == SLEY_IO_MODE_BLOCK && io->kind == SLEY__IO_STREAM &&
      !can_now(io->handle.fd, POLLIN)) {
    errno = EAGAIN;
    return -1;
  }
  return sley__sys_readv(io->handle.fd, (const struct iovec *)(const void *)rooms, vectors(n));
}

/* A socket tells an error once, and reads as ended afterwards. */
int64_t sley__fd_read_failed(sley_io *io)
{
  int64_t code = result_of(-1);
  if (code == -SLEY_ESYSTEM && errno != ENOMEM && errno != ENOBUFS) io->failed = (int16_t)errno;
  return code;
}

int64_t sley__fd_read(void *ctx, const sley_room *rooms, size_t n)
{
  sley_io *io = ctx;
  ssize_t got;
  if (SLEY__LIKELY(io->kind == SLEY__IO_SOCKET && n == 1 && io->failed == 0 &&
                   io->mode != SLEY_IO_MODE_BLOCK)) {
    got = sley__sys_recv(io->handle.fd, rooms->at, rooms->size, 0);
    if (SLEY__LIKELY(got >= 0)) return got;
    if (errno != EINTR) return sley__fd_read_failed(io);
  }
  if (SLEY__UNLIKELY(io->failed > 0)) {
    errno = io->failed;
    return -SLEY_ESYSTEM;
  }
  do got = io->kind == SLEY__IO_SOCKET ? socket_read(io, rooms, n) : stream_read(io, rooms, n);
  while (got < 0 && errno == EINTR);
  return SLEY__LIKELY(got >= 0) ? got : sley__fd_read_failed(io);
}

/* ---- writing ---- */

static ssize_t socket_write(const sley_io *io, const sley_slice *slices, size_t n)
{
  int flags = MSG_NOSIGNAL | (io->mode == SLEY_IO_MODE_BLOCK ? MSG_DONTWAIT : 0);
  if (SLEY__LIKELY(n == 1)) return sley__sys_send(io->handle.fd, slices->at, slices->size, flags);
  struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)slices};
  m.msg_iovlen = (__typeof__(m.msg_iovlen))vectors(n);
  return sley__sys_sendmsg(io->handle.fd, &m, flags);
}

void sley__sigpipe_begin(sley__no_sigpipe *mask)
{
  sigset_t pipe, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &mask->old);
  mask->was_blocked = sigismember(&mask->old, SIGPIPE); /* by the thread, anyway */
  if (mask->was_blocked) return;
  sigpending(&pending);
  mask->was_pending = sigismember(&pending, SIGPIPE);
}

void sley__sigpipe_end(const sley__no_sigpipe *mask, bool was_raised)
{
  int code = errno;
  if (mask->was_blocked) return;
  if (was_raised && !mask->was_pending) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
#ifdef __APPLE__ /* no sigtimedwait */
    int number;
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE)) sigwait(&pipe, &number);
#else
    const struct timespec none = {0, 0};
    while (sigtimedwait(&pipe, NULL, &none) < 0 && errno == EINTR) continue;
#endif
  }
  pthread_sigmask(SIG_SETMASK, &mask->old, NULL);
  errno = code;
}

static ssize_t write_masked(sley_fd fd, const struct iovec *v, int n)
{
  sley__no_sigpipe mask;
  sley__sigpipe_begin(&mask);
  ssize_t written = sley__sys_writev(fd, v, n);
  sley__sigpipe_end(&mask, written < 0 && errno == EPIPE);
  return written;
}

static ssize_t write_quietly(sley_fd fd, const struct iovec *v, int n)
{
#if defined(__linux__) && defined(__GLIBC__)
#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100 /* Linux 6.18 */
#endif
  static int is_unknown; /* any thread, __atomic */
  if (!__atomic_load_n(&is_unknown, __ATOMIC_RELAXED)) {
    ssize_t written = pwritev2(fd, v, n, -1, RWF_NOSIGNAL);
    if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
    __atomic_store_n(&is_unknown, 1, __ATOMIC_RELAXED);
  }
#endif
  return write_masked(fd, v, n);
}

/* Lines of a standard stream stay whole where other domains write to it, too: what is written at once ends with one,
 * unless more than fits into one write has none. */
static size_t whole_lines(const struct iovec *v, int n, size_t size)
{
  for (int i = n - 1; i >= 0; i--) {
    const char *at = v[i].iov_base;
    size -= v[i].iov_len;
    for (size_t length = v[i].iov_len; length > 0; length--)
      if (at[length - 1] == '\n') return size + length;
  }
  return 0;
}

/* The first `size` bytes of what v says. */
static int cut(struct iovec *v, int n, size_t size)
{
  int kept = 0;
  for (; kept < n && size > 0; kept++) {
    if (v[kept].iov_len > size) v[kept].iov_len = size;
    size -= v[kept].iov_len;
  }
  return kept;
}

static ssize_t standard_write(const sley_io *io, const sley_slice *slices, size_t n)
{
  struct iovec v[SLEY__IO_SLICES];
  int count = (int)(n < SLEY__IO_SLICES ? n : SLEY__IO_SLICES);
  size_t size = 0, most = io->kind == SLEY__IO_PLAIN ? SIZE_MAX / 2 : BLOCKING_MOST;
  for (int i = 0; i < count; i++) {
    v[i] = (struct iovec){.iov_base = (void *)(uintptr_t)slices[i].at, .iov_len = slices[i].size};
    size += slices[i].size;
  }
  bool is_all = size <= most && n < SLEY__IO_SLICES;
  if (size > most) count = cut(v, count, size = most);
  size_t lines = is_all ? 0 : whole_lines(v, count, size);
  if (lines > 0) count = cut(v, count, lines);
  return write_quietly(io->handle.fd, v, count);
}

static ssize_t stream_write(const sley_io *io, const sley_slice *slices, size_t n)
{
  sley_fd fd = io->handle.fd;
  if (io->mode == SLEY_IO_MODE_BLOCK && io->kind != SLEY__IO_PLAIN && !can_now(fd, POLLOUT)) {
    errno = EAGAIN;
    return -1;
  }
  if (io->is_standard) return standard_write(io, slices, n);
  if (io->mode != SLEY_IO_MODE_BLOCK || io->kind == SLEY__IO_PLAIN)
    return write_quietly(fd, (const struct iovec *)(const void *)slices, vectors(n));
  while (n > 1 && slices->size == 0) slices++, n--;
  struct iovec first = {.iov_base = (void *)(uintptr_t)slices->at,
                        .iov_len = slices->size < BLOCKING_MOST ? slices->size : BLOCKING_MOST};
  return write_quietly(fd, &first, 1);
}

int64_t sley__fd_write_failed(void) { return result_of(-1); }

int64_t sley__fd_write(void *ctx, const sley_slice *slices, size_t n)
{
  const sley_io *io = ctx;
  ssize_t done;
  do done = io->kind == SLEY__IO_SOCKET ? socket_write(io, slices, n) : stream_write(io, slices, n);
  while (done < 0 && errno == EINTR);
  return SLEY__LIKELY(done >= 0) ? done : result_of(-1);
}

/* ---- the rest of the type ---- */

static sley_promise *shut(sley_io *io, int how)
{
  if (io->kind != SLEY__IO_SOCKET)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                    "a descriptor that is no socket has no halves to end"));
  if (sley__sys_shutdown(io->handle.fd, how) == 0 || errno == ENOTCONN) return sley_return_unit();
  return sley_fail(sley__error_errno("", errno, "shutdown"));
}

sley_promise *sley__fd_end(void *ctx) { return shut(ctx, SHUT_WR); }
sley_promise *sley__fd_end_reading(void *ctx) { return shut(ctx, SHUT_RD); }

sley_fd sley__fd_of(void *ctx) { return ((const sley_io *)ctx)->handle.fd; }

/* Waiting and closing are done with the handle. */
const sley_io_type sley__descriptor_type = {.size = sizeof(sley_io_type),
                                            .name = "descriptor",
                                            .read = sley__fd_read,
                                            .write = sley__fd_write,
                                            .end = sley__fd_end,
                                            .end_reading = sley__fd_end_reading,
                                            .fd = sley__fd_of};

/* ---- the first use ---- */

static sley__io_kind kind_of(const struct stat *s)
{
  if (S_ISSOCK(s->st_mode)) return SLEY__IO_SOCKET;
  if (S_ISREG(s->st_mode) || S_ISDIR(s->st_mode) || S_ISBLK(s->st_mode)) return SLEY__IO_PLAIN;
  return SLEY__IO_STREAM;
}

/* Which kind of socket it is, of those that differ. */
static void socket_look(sley_io *io)
{
  int type = 0;
  socklen_t size = sizeof(type);
  if (sley__io_is_unix(io) &&
      sley__sys_getsockopt(io->handle.fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
    sley__io_set_unix(io, type == SOCK_SEQPACKET);
}

int sley__fd_prepare(sley_io *io)
{
  if (io->kind == SLEY__IO_UNKNOWN) {
    struct stat s;
    if (sley__sys_fstat(io->handle.fd, &s) != 0) return -SLEY_ESYSTEM;
    io->kind = (uint8_t)kind_of(&s);
    if (io->kind == SLEY__IO_SOCKET) socket_look(io);
  }
  bool sets = io->mode == SLEY_IO_MODE_NONBLOCK ||
              (io->mode == SLEY_IO_MODE_GUESS && io->kind != SLEY__IO_PLAIN);
  if (!sets) return 0;
  int flags = sley__sys_fcntl(io->handle.fd, F_GETFL, 0);
  if (flags < 0) return -SLEY_ESYSTEM;
  if (!(flags & O_NONBLOCK) && sley__sys_fcntl(io->handle.fd, F_SETFL, flags | O_NONBLOCK) != 0)
    return -SLEY_ESYSTEM;
  return 0;
}
