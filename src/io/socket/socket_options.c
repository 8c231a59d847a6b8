/* Options of sockets, by descriptor. */
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_KEEPCNT */
#endif
#include "io/socket/socket_options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "promise/promise_floor.h"

#if defined(TCP_KEEPIDLE)
#define KEEP_IDLE TCP_KEEPIDLE
#elif defined(TCP_KEEPALIVE)
#define KEEP_IDLE TCP_KEEPALIVE
#endif

static int set_int(sley_fd fd, int level, int name, int value)
{
  return setsockopt(fd, level, name, &value, sizeof(value));
}

/* At least one: a shorter time is not 0, which means something else. */
static int rounded_up(double value)
{
  double whole = ceil(value);
  return whole < 1 ? 1 : whole < INT_MAX ? (int)whole : INT_MAX;
}

sley_error *sley__fd_keep_alive(const char *site, sley_fd fd, double idle, double interval,
                                int count)
{
  if (set_int(fd, SOL_SOCKET, SO_KEEPALIVE, idle > 0) != 0)
    return sley__error_errno(site, errno, "setsockopt of SO_KEEPALIVE");
  if (!(idle > 0)) return NULL;
#ifdef KEEP_IDLE
  if (set_int(fd, IPPROTO_TCP, KEEP_IDLE, rounded_up(idle)) != 0)
    return sley__error_errno(site, errno, "setsockopt of TCP_KEEPIDLE");
#endif
#ifdef TCP_KEEPINTVL
  if (set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, rounded_up(interval)) != 0)
    return sley__error_errno(site, errno, "setsockopt of TCP_KEEPINTVL");
#endif
#ifdef TCP_KEEPCNT
  if (set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, count) != 0)
    return sley__error_errno(site, errno, "setsockopt of TCP_KEEPCNT");
#endif
  return NULL;
}

sley_error *sley__fd_user_timeout(const char *site, sley_fd fd, double seconds)
{
#ifdef TCP_USER_TIMEOUT
  int milliseconds = seconds > 0 ? rounded_up(seconds * 1000) : 0;
  if (set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds) == 0) return NULL;
  return sley__error_errno(site, errno, "setsockopt of TCP_USER_TIMEOUT");
#else
  (void)fd;
  if (seconds == 0) return NULL;
  return sley__error_errno(site, ENOTSUP, "TCP_USER_TIMEOUT");
#endif
}
