/* System calls for many packets at once, and what stands for them on systems without (macOS). */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

#ifdef __APPLE__
int sley__datagram_recvmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls)
{
  for (unsigned i = 0; i < n; i++) {
    ++*calls;
    ssize_t size = sley__sys_recvmsg(fd, &messages[i].msg_hdr, 0);
    if (size < 0) return i > 0 ? (int)i : -1; /* the next call says why */
    messages[i].msg_len = (unsigned)size;
  }
  return (int)n;
}

int sley__datagram_sendmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls)
{
  for (unsigned i = 0; i < n; i++) {
    ++*calls;
    if (sley__sys_sendmsg(fd, &messages[i].msg_hdr, 0) < 0) return i > 0 ? (int)i : -1;
  }
  return (int)n;
}

sley_fd sley__datagram_socket(int family)
{
  sley_fd fd = sley__fd_above_standard(sley__sys_socket(family, SOCK_DGRAM, 0));
  if (fd < 0) return fd;
  sley__sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
  sley__sys_fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}
#else
int sley__datagram_recvmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls)
{
  ++*calls;
  return (int)sley__sys_recvmmsg(fd, messages, n, MSG_CMSG_CLOEXEC, NULL);
}

int sley__datagram_sendmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls)
{
  ++*calls;
  return (int)sley__sys_sendmmsg(fd, messages, n, MSG_NOSIGNAL);
}

sley_fd sley__datagram_socket(int family)
{
  return sley__fd_above_standard(
      sley__sys_socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}
#endif
