/* TCP sockets that listen. */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/socket/address.h"
#include "io/socket/escape.h"
#include "io/socket/listen.h"
#include "io/socket/port.h"
#include "io/socket/socket_options.h"

int sley__listen_backlog(const sley_listen_options *o)
{
  return o->backlog > 0 ? o->backlog : SOMAXCONN;
}

sley_error *sley__listen_error(const char *site, const sley_listen_options *o, const char *call,
                               int code)
{
  char port[24] = "";
  if (o->port != 0) snprintf(port, sizeof(port), " port %u", o->port);
  return sley_error_new_at(site, &sley_kind_errno, code, "listening on %s%s: %s: %s",
                           o->address != NULL ? sley__say(o->address).text : "every address", port,
                           call, strerror(code));
}

/* ---- where ---- */

/* The addresses to be tried, at most 2; 0: there is none. "Every address" is IPv6 with mapped IPv4 if the system has
 * IPv6, otherwise IPv4. */
static size_t addresses_of(const sley_listen_options *o, sley_address *out)
{
  const char *text = o->address != NULL ? o->address : "*";
  bool no_interface;
  if (strcmp(text, "*") == 0 || strncmp(text, "*:", 2) == 0) {
    unsigned port = o->port;
    if (text[1] == ':' && sley__port_parse(text + 2, &port) != PORT_NUMBER) return 0;
    sley__address_of_number("::", port, &out[0], &no_interface);
    sley__address_of_number("0.0.0.0", port, &out[1], &no_interface);
    return o->only_ipv6 ? 1 : 2;
  }
  if (sley__address_of_number(text, o->port, out, &no_interface)) return 1;
  sley_error *e = sley_address_parse(text, out);
  sley_error_drop(e);
  return e == NULL ? 1 : 0;
}

static sley_error *address_error(const char *site, const sley_listen_options *o)
{
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_EINVAL,
      "sley_listen: \"%s\" is no address of this machine: 127.0.0.1, ::1, 127.0.0.1:80, [::1]:80, "
      "* and unix:PATH are some",
      sley__say(o->address).text);
}

/* ---- options ---- */

static const char *set_int(sley_fd fd, int level, int name, int value, const char *said)
{
  return sley__sys_setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? NULL : said;
}

/* What failed, with errno set; NULL: nothing. */
static const char *set_waiting(const sley_listen_options *o, sley_fd fd)
{
  const char *failed = NULL;
#ifdef TCP_DEFER_ACCEPT
  if (o->defer_accept > 0)
    failed = set_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, (int)fmin(ceil(o->defer_accept), 3600),
                     "setsockopt of TCP_DEFER_ACCEPT");
#else
  errno = ENOTSUP;
  if (o->defer_accept > 0) failed = "defer_accept";
#endif
  if (failed != NULL || o->fast_open <= 0) return failed;
#ifdef TCP_FASTOPEN
  return set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, o->fast_open, "setsockopt of TCP_FASTOPEN");
#else
  errno = ENOTSUP;
  return "fast_open";
#endif
}

sley_error *sley__listen_prepare(const char *site, const sley_listen_options *o, sley_fd fd)
{
  sley_error *e = NULL;
  if (o->keep_alive > 0) e = sley__fd_keep_alive(site, fd, o->keep_alive, o->keep_alive / 4, 4);
  if (e == NULL && o->user_timeout > 0) e = sley__fd_user_timeout(site, fd, o->user_timeout);
  if (e == NULL && o->prepare != NULL) e = o->prepare(o->prepare_ctx, fd);
  return e;
}

static const char *set_address(const sley_listen_options *o, const sley_address *address,
                               sley_fd fd)
{
  const char *failed = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1, "setsockopt of SO_REUSEADDR");
  if (failed == NULL && o->share_port)
    failed = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1, "setsockopt of SO_REUSEPORT");
  if (failed == NULL && sley_address_family_get(address) == SLEY_ADDRESS_FAMILY_IPV6)
    failed = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, o->only_ipv6, "setsockopt of IPV6_V6ONLY");
  return failed;
}

/* ---- opening ---- */

static sley_error *open_one(const char *site, const sley_listen_options *o,
                            const sley_address *address, sley_fd *out)
{
  sley_fd fd = *out = sley__socket(sley__sockaddr(address)->sa_family, SOCK_STREAM);
  if (fd < 0) return sley__listen_error(site, o, "socket", errno);
  const char *failed = set_address(o, address, fd);
  if (failed == NULL) failed = set_waiting(o, fd);
  sley_error *e = failed != NULL ? sley__listen_error(site, o, failed, errno)
                                 : sley__listen_prepare(site, o, fd);
  if (e == NULL && sley__sys_bind(fd, sley__sockaddr(address), (socklen_t)address->length) != 0)
    e = sley__listen_error(site, o, "bind", errno);
  if (e == NULL && sley__sys_listen(fd, sley__listen_backlog(o)) != 0)
    e = sley__listen_error(site, o, "listen", errno);
  if (e == NULL) return NULL;
  sley__sys_close(fd);
  *out = -1;
  return e;
}

sley_error *sley__listen_open(const char *site, const sley_listen_options *o, sley_fd *out)
{
  sley_address addresses[2];
  size_t n = addresses_of(o, addresses);
  if (n == 0) return address_error(site, o);
  for (size_t i = 0; i < n; i++)
    if (sley_address_port(&addresses[i]) == 0) sley__address_set_port(&addresses[i], o->port);
  if (o->port != 0 && sley_address_port(&addresses[0]) != o->port)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_listen: \"%s\" has another port than the option port, %u",
                             sley__say(o->address).text, o->port);
  sley_error *e = open_one(site, o, &addresses[0], out);
  if (e == NULL || n == 1) return e;
  /* Another family would only hide that the port is taken. */
  if (sley_error_is(e, &sley_kind_errno, EADDRINUSE) || sley_error_is(e, &sley_kind_errno, EACCES))
    return e;
  sley_error_drop(e);
  return open_one(site, o, &addresses[1], out);
}
