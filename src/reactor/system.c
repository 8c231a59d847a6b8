/* Calls that differ between systems. accept4 is of Linux, FreeBSD, NetBSD and OpenBSD. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/reactor_floor.h"

#ifdef __APPLE__
sley_fd sley__accept(sley_fd fd)
{
  sley_fd connection = accept(fd, NULL, NULL);
  if (connection < 0) return connection;
  fcntl(connection, F_SETFD, FD_CLOEXEC);
  fcntl(connection, F_SETFL, O_NONBLOCK);
  return connection;
}
#else
sley_fd sley__accept(sley_fd fd)
{
  return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#endif
