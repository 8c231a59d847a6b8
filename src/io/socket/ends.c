/* The addresses of a connection's two ends. */
#include <errno.h>

#include <sley/socket.h>

#include "io/socket/address.h"
#include "promise/promise_floor.h"

typedef int ask_fn(int fd, struct sockaddr *address, socklen_t *size);

static sley_error *address_of_end(const char *site, const sley_io *io, ask_fn *ask,
                                  const char *call, sley_address *out)
{
  union {
    struct sockaddr any;
    sley_address room; /* more than a sockaddr_un: its path can be without its 0 */
  } u;
  socklen_t size = sizeof(u);
  *out = (sley_address){0};
  if (ask(sley_io_fd(io), &u.any, &size) != 0) return sley__error_errno(site, errno, call);
  if (size > sizeof(u)) size = sizeof(u);
  return sley_address_from_sockaddr_at(site, &u, size, out);
}

sley_error *sley_socket_local_at(const char *site, const sley_io *io, sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  return address_of_end(site, io, getsockname, "getsockname", out);
}

sley_error *sley_socket_peer_at(const char *site, const sley_io *io, sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  return address_of_end(site, io, getpeername, "getpeername", out);
}
