/* sley/socket.h: connecting, and what only sockets have. */
#ifndef SLEY_SOCKET_H
#define SLEY_SOCKET_H

#include <sley/dns.h>
#include <sley/io.h>

SLEY_EXTERN_C_BEGIN

/* Who is at the other end of a Unix socket, as the kernel tells it: process, user and group. */
typedef struct sley_credentials {
  int pid; /* -1: not told */
  uint32_t user, group;
} sley_credentials;

typedef struct sley_connect_options {
  size_t size;          /* sizeof(sley_connect_options)                                        */
  double timeout;       /* seconds in all, with looking up the name; 0: no limit, and 30 for
                               each address                                                        */
  double attempt_delay; /* seconds until the next address is tried beside those under way, from
                               0.01 to 2; 0: 0.25; negative: one address after the other           */
  const sley_address *from; /* the local address; port 0: any port. Addresses of another family are
                               left out. NULL: the system chooses                                  */
  bool keep_delay;     /* TCP_NODELAY is not set: small writes wait for each other            */
  double keep_alive;   /* seconds of silence until the kernel asks the peer, and then asks in
                               every quarter of that; a peer that does not answer four times is
                               gone. 0: it does not ask                                            */
  double user_timeout; /* seconds that sent data can stay unacknowledged until the peer is gone
                               (TCP_USER_TIMEOUT, Linux); 0: the system's limit, about 15 minutes  */
  /* Whether this address is allowed: asked for each one, after names and before the
   * connect. The place to keep a program that connects on behalf of others to public addresses
   * (sley_address_is_public), whatever a name stands for by now. NULL: all are. */
  bool (*allow)(void *ctx, const sley_address *address);
  void *allow_ctx;
  sley_drop_fn
      *allow_drop; /* NULL, or called with allow_ctx at the end                           */
  /* Sets up each socket before it is bound or connected; an owned error gives up that address. */
  sley_error *(*prepare)(void *ctx, sley_fd fd);
  void *prepare_ctx;
  sley_drop_fn
      *prepare_drop; /* NULL, or called with prepare_ctx at the end                       */
} sley_connect_options;

/* Connects to a host's address: a value of sley_type_io; cancelable. host and port are those of sley_resolve. The
 * addresses, at most 16, are tried in its order, the next one as soon as one has failed or attempt_delay after the last
 * (RFC 8305); the first that answers wins, of several at the same time the one tried earlier, and the others are closed
 * then. A socket that the kernel has connected to itself, as can happen where nothing listens on a port of this machine,
 * is tried again twice and then counts as refused. With port NULL host is a Unix socket, unix:PATH as in
 * sley/address.h, of any length on Linux; one whose queue is full is tried again, 1 ms later, then 2 ms, up to 64 ms.
 * With a port a Unix socket is never connected to.
 * Owns    options (NULL: all zeros), what they point to, host and port are copied; the two drops are called in any case.
 * Fails   rejected as sley_resolve; SLEY_EINVAL (options, no such Unix socket's name); errno (refused, unreachable,
 *         EACCES: allow said no, EAFNOSUPPORT: no address of from's family), prepare's error, or SLEY_ETIMEOUT. If
 *         several addresses have failed, the error is the first one's, and the sentence names all.
 * Lwt     Lwt_unix.connect, Lwt_io.open_connection
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_connect(const sley_connect_options *options,
                                                             const char *host, const char *port);
/* sley_connect to one of n addresses, in this order.
 * Owns    options and addresses are copied.
 * Fails   as sley_connect; SLEY_EINVAL if n is 0 or an address is none.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_connect_to(const sley_connect_options *options,
                                                                const sley_address *addresses,
                                                                size_t n);

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
