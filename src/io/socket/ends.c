/* The two ends of a connection: their addresses, and who is at the other one. */
#ifdef __linux__
#define _GNU_SOURCE /* struct ucred */
#endif
#include <errno.h>
#include <unistd.h>

#include <sley/socket.h>

#include "io/socket/address.h"
#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

static int ask_socket(sley_fd fd, bool peer, sley_address *out)
{
  union {
    struct sockaddr any;
    sley_address room; /* more than a sockaddr_un: its path can be without its 0 */
  } u;
  socklen_t size = sizeof(u);
  int code =
      peer ? sley__sys_getpeername(fd, &u.any, &size) : sley__sys_getsockname(fd, &u.any, &size);
  if (code != 0) return -SLEY_ESYSTEM;
  if (size > sizeof(u)) size = sizeof(u);
  if (sley__address_of_sockaddr(&u, size, out)) return 0;
  errno = EAFNOSUPPORT;
  return -SLEY_ESYSTEM;
}

/* What the type tells, or that of the object below. */
static int ask(const sley_io *io, bool peer, sley_address *out)
{
  void *ctx;
  const sley_io_type *type;
  while ((type = sley_io_type_get(io, &ctx)) != NULL && type->address == NULL) {
    const sley_io *below = sley_io_below(io);
    if (below == NULL) break;
    io = below;
  }
  if (type == NULL) return ask_socket(sley_io_fd(io), peer, out);
  if (type->address != NULL && sley_io_is_open(io)) return type->address(ctx, peer, out);
  errno = ENOTSOCK;
  return -SLEY_ESYSTEM;
}

static sley_error *address_of_end(const char *site, const sley_io *io, bool peer, sley_address *out)
{
  *out = (sley_address){0};
  if (ask(io, peer, out) == 0) return NULL;
  int code = errno;
  *out = (sley_address){0};
  return sley__error_errno(site, code, peer ? "getpeername" : "getsockname");
}

sley_error *sley_socket_local_at(const char *site, const sley_io *io, sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  return address_of_end(site, io, false, out);
}

sley_error *sley_socket_peer_at(const char *site, const sley_io *io, sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  return address_of_end(site, io, true, out);
}

#ifndef __linux__
static int ask_peer(sley_fd fd, sley_credentials *out)
{
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__)
  uid_t user;
  gid_t group;
  if (getpeereid(fd, &user, &group) != 0) return -1;
  *out = (sley_credentials){.pid = -1, .user = user, .group = group};
  return 0;
#else
  (void)fd;
  (void)out;
  errno = ENOTSUP;
  return -1;
#endif
}
#else
static int ask_peer(sley_fd fd, sley_credentials *out)
{
  struct ucred peer;
  socklen_t size = sizeof(peer);
  if (sley__sys_getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  if (peer.pid == 0) { /* not a Unix socket, or not connected */
    errno = ENOTCONN;
    return -1;
  }
  *out = (sley_credentials){.pid = peer.pid, .user = peer.uid, .group = peer.gid};
  return 0;
}
#endif

sley_error *sley_socket_credentials_at(const char *site, const sley_io *io, sley_credentials *out)
{
  SLEY__NEEDS_AT(site, out);
  *out = (sley_credentials){.pid = -1};
  if (ask_peer(sley_io_fd(io), out) == 0) return NULL;
  return sley__error_errno(site, errno, "getsockopt of SO_PEERCRED");
}
