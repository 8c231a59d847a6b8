/* sley/socket.h: what only sockets have. */
#ifndef SLEY_SOCKET_H
#define SLEY_SOCKET_H

#include <sley/address.h>
#include <sley/io.h>

SLEY_EXTERN_C_BEGIN

/* Who is at the other end of a Unix socket, as the kernel tells it: process, user and group. */
typedef struct sley_credentials {
  int pid; /* -1: not told */
  uint32_t user, group;
} sley_credentials;

/* The addresses of a connection's two ends. A Unix socket that was not bound has one without a name.
 * Fails   kind errno: ENOTCONN (the peer of a connection that was reset), ENOTSOCK, ...; *out is no address then.
 * Lwt     Lwt_unix.getsockname, Lwt_unix.getpeername
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_local(const sley_io *io,
                                                                sley_address *out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_peer(const sley_io *io,
                                                               sley_address *out);

SLEY_EXTERN_C_END

#include <sley/sites/socket.h>

#endif
