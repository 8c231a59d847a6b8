/* Unix sockets of kind seqpacket: a read gives one message, and a write sends one. */
#include "io/object/object.h"

#include <errno.h>
#include <limits.h>
#include <sys/uio.h>

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

static int64_t result_of(ssize_t n)
{
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -SLEY_EAGAIN : -SLEY_ESYSTEM;
}

static struct msghdr message_of(const void *parts, size_t n)
{
  struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)parts};
  m.msg_iovlen = (__typeof__(m.msg_iovlen))n;
  return m;
}

static int flags_of(const sley_io *io) { return io->mode == SLEY_IO_MODE_BLOCK ? MSG_DONTWAIT : 0; }

/* What does not fit is gone, and descriptors are closed by the kernel. */
static int64_t seqpacket_read(void *ctx, const sley_room *rooms, size_t n)
{
  const sley_io *io = ctx;
  struct msghdr m = message_of(rooms, n < IOV_MAX ? n : IOV_MAX);
  ssize_t got;
  do got = sley__sys_recvmsg(io->handle.fd, &m, flags_of(io));
  while (got < 0 && errno == EINTR);
  if (got < 0) return result_of(got);
  if (m.msg_flags & MSG_CTRUNC) sley__io_state_of(io)->fds_closed++;
  return m.msg_flags & MSG_TRUNC ? -SLEY_EINVAL : got;
}

static int64_t seqpacket_write(void *ctx, const sley_slice *slices, size_t n)
{
  const sley_io *io = ctx;
  const struct msghdr m = message_of(slices, n);
  ssize_t sent;
  if (n > IOV_MAX) {
    errno = EMSGSIZE;
    return -SLEY_ESYSTEM;
  }
  do sent = sley__sys_sendmsg(io->handle.fd, &m, MSG_NOSIGNAL | flags_of(io));
  while (sent < 0 && errno == EINTR);
  return result_of(sent);
}

const sley_io_type sley__seqpacket_type = {.size = sizeof(sley_io_type),
                                           .name = "seqpacket",
                                           .read = seqpacket_read,
                                           .write = seqpacket_write,
                                           .end = sley__fd_end,
                                           .end_reading = sley__fd_end_reading,
                                           .fd = sley__fd_of};
