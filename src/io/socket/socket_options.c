/* Options of sockets: by descriptor, and of connections. */
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_KEEPCNT */
#endif
#include "io/socket/socket_options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <sley/socket.h>

#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

#if defined(TCP_KEEPIDLE)
#define KEEP_IDLE TCP_KEEPIDLE
#elif defined(TCP_KEEPALIVE)
#define KEEP_IDLE TCP_KEEPALIVE
#endif

static int set_int(sley_fd fd, int level, int name, int value)
{
  return sley__sys_setsockopt(fd, level, name, &value, sizeof(value));
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

/* ---- of connections ---- */

static sley_error *option_error(const char *site, const char *call, int level, int option)
{
  int code = errno;
  return sley_error_new_at(site, &sley_kind_errno, code, "%s of level %d, option %d: %s", call,
                           level, option, strerror(code));
}

static sley_error *value_error(const char *site, const char *function, const char *wrong)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "%s: %s", function, wrong);
}

sley_error *sley_socket_set_at(const char *site, sley_io *io, int level, int option,
                               const void *value, size_t size)
{
  SLEY__NEEDS_AT(site, value);
  if (sley__sys_setsockopt(sley_io_fd(io), level, option, value, (socklen_t)size) == 0) return NULL;
  return option_error(site, "setsockopt", level, option);
}

sley_error *sley_socket_get_at(const char *site, const sley_io *io, int level, int option,
                               void *value, size_t *size)
{
  SLEY__NEEDS_AT(site, value);
  SLEY__NEEDS_AT(site, size);
  socklen_t length = *size < INT_MAX ? (socklen_t)*size : INT_MAX;
  if (sley__sys_getsockopt(sley_io_fd(io), level, option, value, &length) != 0)
    return option_error(site, "getsockopt", level, option);
  *size = length;
  return NULL;
}

sley_error *sley_socket_set_keep_alive_at(const char *site, sley_io *io, double idle_seconds,
                                          double interval_seconds, size_t count)
{
  if (!(idle_seconds >= 0) || !(interval_seconds >= 0) || count < 1 || count > INT_MAX)
    return value_error(site, "sley_socket_set_keep_alive",
                       "the seconds are negative or no numbers, or the count is 0");
  return sley__fd_keep_alive(site, sley_io_fd(io), idle_seconds, interval_seconds, (int)count);
}

sley_error *sley_socket_set_user_timeout_at(const char *site, sley_io *io, double seconds)
{
  if (!(seconds >= 0))
    return value_error(site, "sley_socket_set_user_timeout",
                       "the seconds are negative or no number");
  return sley__fd_user_timeout(site, sley_io_fd(io), seconds);
}

sley_error *sley_socket_set_linger_at(const char *site, sley_io *io, double seconds)
{
  if (isnan(seconds))
    return value_error(site, "sley_socket_set_linger", "the seconds are no number");
  struct linger linger = {.l_onoff = seconds >= 0,
                          .l_linger = seconds > 0 ? rounded_up(seconds) : 0};
  if (sley__sys_setsockopt(sley_io_fd(io), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0)
    return NULL;
  return sley__error_errno(site, errno, "setsockopt of SO_LINGER");
}

sley_error *sley_socket_set_buffers_at(const char *site, sley_io *io, size_t send, size_t receive)
{
  sley_fd fd = sley_io_fd(io);
  if (send > INT_MAX || receive > INT_MAX)
    return value_error(site, "sley_socket_set_buffers", "a buffer has more than INT_MAX bytes");
  if (send > 0 && set_int(fd, SOL_SOCKET, SO_SNDBUF, (int)send) != 0)
    return sley__error_errno(site, errno, "setsockopt of SO_SNDBUF");
  if (receive > 0 && set_int(fd, SOL_SOCKET, SO_RCVBUF, (int)receive) != 0)
    return sley__error_errno(site, errno, "setsockopt of SO_RCVBUF");
  return NULL;
}
