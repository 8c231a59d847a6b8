/* The two ends of a datagram socket, and its figures. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/un.h>

#include "io/datagram/datagram.h"

typedef int ask_fn(int fd, struct sockaddr *address, socklen_t *size);

static sley_error *end_of(const char *site, const sley_datagram *d, ask_fn *ask, const char *call,
                          sley_address *out)
{
  union {
    struct sockaddr any;
    sley_address room; /* more than a sockaddr_un: its path can be without its 0 */
  } u;
  socklen_t size = sizeof(u);
  *out = (sley_address){0};
  if (d->is_closed) return sley_error_closed();
  if (ask(d->handle.fd, &u.any, &size) != 0) return sley__error_errno(site, errno, call);
  if (size > sizeof(u)) size = sizeof(u);
  return sley_address_from_sockaddr_at(site, &u, size, out);
}

void sley__datagram_note_port(sley_datagram *d)
{
  sley_address at;
  sley_error_drop(end_of("", d, getsockname, "getsockname", &at));
  d->port = sley_address_port(&at);
}

sley_error *sley_datagram_local_at(const char *site, const sley_datagram *d, sley_address *out)
{
  sley__datagram_check(d, "sley_datagram_local", site);
  SLEY__NEEDS_AT(site, out);
  return end_of(site, d, getsockname, "getsockname", out);
}

sley_error *sley_datagram_peer_at(const char *site, const sley_datagram *d, sley_address *out)
{
  sley__datagram_check(d, "sley_datagram_peer", site);
  SLEY__NEEDS_AT(site, out);
  return end_of(site, d, getpeername, "getpeername", out);
}

sley_error *sley_datagram_connect_at(const char *site, sley_datagram *d, const sley_address *to)
{
  static const sley_address none;
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  unsigned length = sizeof(nobody);
  sley__datagram_check(d, "sley_datagram_connect", site);
  if (d->is_closing || d->is_closed) return sley_error_closed();
  const void *address = to != NULL ? sley_address_sockaddr(to, &length) : &nobody;
  while (sley__sys_connect(d->handle.fd, address, (socklen_t)length) != 0) {
    if (errno == EINTR) continue;
#ifndef __linux__
    if (to == NULL && (errno == EAFNOSUPPORT || errno == EINVAL)) break; /* it has worked */
#endif
    char text[SLEY_ADDRESS_TEXT];
    int code = errno;
    sley_address_text(to != NULL ? to : &none, text, sizeof(text));
    return sley_error_new_at(site, &sley_kind_errno, code, "sley_datagram_connect to %s: %s", text,
                             strerror(code));
  }
  d->peer = to != NULL ? *to : none;
  d->has_peer = to != NULL;
  sley__datagram_note_port(d);
  return NULL;
}

sley_fd sley_datagram_fd(const sley_datagram *d)
{
  sley__datagram_check(d, __func__, "");
  return d->is_closed ? -1 : d->handle.fd;
}

void sley_datagram_counters_get(const sley_datagram *d, sley_datagram_counters *out)
{
  sley__datagram_check(d, __func__, "");
  size_t size = SLEY__FIGURES_CHECK(out, sley_datagram_counters, "sley_datagram_counters_get");
  sley_datagram_counters now = d->counters;
  now.size = size;
  memcpy(out, &now, size);
}
