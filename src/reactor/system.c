/* Calls that differ between systems. accept4 is of Linux, FreeBSD, NetBSD and OpenBSD. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/reactor_floor.h"

#ifdef __APPLE__
static sley_fd prepared(sley_fd fd)
{
  if (fd < 0) return fd;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

sley_fd sley__accept(sley_fd fd) { return prepared(accept(fd, NULL, NULL)); }

sley_fd sley__socket(int family) { return prepared(socket(family, SOCK_STREAM, 0)); }
#else
sley_fd sley__accept(sley_fd fd) { return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

sley_fd sley__socket(int family)
{
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
#endif
