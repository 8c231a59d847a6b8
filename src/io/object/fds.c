/* Control messages with descriptors: one call each. */
#ifdef __linux__
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#endif
#include "io/object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>

/* An option of the user's can make the kernel tell who sent it, too. */
#ifdef SCM_CREDENTIALS
#define CREDENTIALS_SPACE CMSG_SPACE(sizeof(struct ucred))
#else
#define CREDENTIALS_SPACE 0
#endif
enum { CONTROL = CMSG_SPACE(SLEY_FDS_MOST * sizeof(sley_fd)) + CREDENTIALS_SPACE };

typedef union control {
  struct cmsghdr head; /* aligns it */
  char bytes[CONTROL];
} control;

bool sley__io_is_unix(const sley_io *io)
{
  struct sockaddr own = {0}; /* of a longer one the beginning */
  socklen_t size = sizeof(own);
  return io->handle.fd >= 0 && sley__sys_getsockname(io->handle.fd, &own, &size) == 0 &&
         own.sa_family == AF_UNIX;
}

void sley__fds_close(const sley_fd *fds, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (fds[i] >= 0) sley__sys_close(fds[i]);
}

/* ---- receiving ---- */

size_t sley__fds_arrived(const struct cmsghdr *c, sley_fd *fds, size_t most, size_t *lost)
{
  size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(sley_fd), count = 0;
  sley_fd fd;
  for (size_t i = 0; i < n; i++) {
    memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
    fd = sley__fd_above_standard(fd);
    if (fd >= 0 && count < most) {
#ifndef MSG_CMSG_CLOEXEC
      sley__sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
      fds[count++] = fd;
      continue;
    }
    if (fd >= 0) sley__sys_close(fd);
    ++*lost;
  }
  return count;
}

bool sley__fds_duplicate(const sley_fd *from, size_t n, sley_fd *to)
{
  for (size_t i = 0; i < n; i++) {
    to[i] = sley__fd_duplicate(from[i]);
    if (to[i] >= 0) continue;
    int code = errno;
    sley__fds_close(to, i);
    errno = code;
    return false;
  }
  return true;
}

ssize_t sley__fds_receive(sley_fd fd, const sley_room *room, int flags, sley__arrived *out)
{
  control space;
  struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)room,
                     .msg_iovlen = 1,
                     .msg_control = space.bytes,
                     .msg_controllen = sizeof(space)};
  size_t lost = 0;
  out->count = 0;
  out->lost = false;
#ifdef MSG_CMSG_CLOEXEC
  flags |= MSG_CMSG_CLOEXEC;
#endif
  ssize_t n = sley__sys_recvmsg(fd, &m, flags);
  if (n < 0) return n;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
      out->count += sley__fds_arrived(c, out->fds + out->count, SLEY_FDS_MOST - out->count, &lost);
  out->lost = lost > 0 || (m.msg_flags & MSG_CTRUNC) != 0;
  if (!(m.msg_flags & MSG_TRUNC)) return n;
  sley__fds_close(out->fds, out->count);
  out->count = 0;
  errno = EMSGSIZE;
  return -1;
}

/* ---- sending ---- */

ssize_t sley__fds_send(const sley_io *io, const sley_slice *slices, size_t n, const sley_fd *fds,
                       size_t count)
{
  control space;
  memset(&space, 0, sizeof(space));
  struct msghdr m = {
      .msg_iov = (struct iovec *)(uintptr_t)slices,
      .msg_control = space.bytes,
      .msg_controllen = (__typeof__(m.msg_controllen))CMSG_SPACE(count * sizeof(*fds))};
  m.msg_iovlen = (__typeof__(m.msg_iovlen))n;
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = (__typeof__(c->cmsg_len))CMSG_LEN(count * sizeof(*fds));
  memcpy(CMSG_DATA(c), fds, count * sizeof(*fds));
  int flags = MSG_NOSIGNAL | (io->mode == SLEY_IO_MODE_BLOCK ? MSG_DONTWAIT : 0);
  return sley__sys_sendmsg(io->handle.fd, &m, flags);
}
