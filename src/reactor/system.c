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

#if defined(__APPLE__)
#define CONDITION_CLOCK CLOCK_REALTIME /* it has no other for these */
int sley__condition_init(pthread_cond_t *condition) { return pthread_cond_init(condition, NULL); }
#else
#define CONDITION_CLOCK CLOCK_MONOTONIC
int sley__condition_init(pthread_cond_t *condition)
{
  pthread_condattr_t attributes;
  int code = pthread_condattr_init(&attributes);
  if (code != 0) return code;
  code = pthread_condattr_setclock(&attributes, CONDITION_CLOCK);
  if (code == 0) code = pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
  return code;
}
#endif

struct timespec sley__condition_until(sley_time left)
{
  enum { LONGEST = 1000000000 }; /* seconds: as good as for ever, and fits every time_t */
  struct timespec until;
  clock_gettime(CONDITION_CLOCK, &until);
  sley_time seconds = left / SLEY_SECOND;
  until.tv_sec += (time_t)(seconds < LONGEST ? seconds : LONGEST);
  until.tv_nsec += (long)(left % SLEY_SECOND);
  if (until.tv_nsec >= SLEY_SECOND) {
    until.tv_sec++;
    until.tv_nsec -= (long)SLEY_SECOND;
  }
  return until;
}
