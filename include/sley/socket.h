/* sley/socket.h: listening and connecting, and what only sockets have. */
#ifndef SLEY_SOCKET_H
#define SLEY_SOCKET_H

#include <sley/dns.h>
#include <sley/io.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* ---- listening ---- */

typedef struct sley_listener sley_listener; /* a listening socket, belongs to its domain */

typedef struct sley_listen_options {
  size_t size;         /* sizeof(sley_listen_options)                                             */
  const char *address; /* numeric: "127.0.0.1", "::1", "127.0.0.1:80" or "[::1]:80"; or "unix:PATH",
                          as in sley/address.h, of any length on Linux. NULL or "*": every address,
                          IPv6 and IPv4                                                           */
  unsigned port;       /* unless address has one. 0: the system picks one, see sley_listener_port */
  int backlog;         /* 0: the system's maximum                                                 */
  bool share_port;     /* SO_REUSEPORT: the kernel spreads connections over all sockets that share
                          the port, one per domain                                                */
  bool only_ipv6;      /* every IPv6 address, and no IPv4 one                                     */
  /* Of a Unix socket. Its file appears under its name only when the socket listens, and with its
   * mode: until then it is called PATH.PID.N. */
  bool replace;          /* the file of a Unix socket on which nobody listens any more is replaced;
                          for other addresses, SLEY_EINVAL                                        */
  unsigned mode;         /* permissions of the file: who may write to it may connect. 0: those that
                          the process's umask leaves                                              */
  sley_socket_kind kind; /* of a Unix socket: what its connections carry                          */
  double defer_accept;   /* seconds: a connection is accepted when its first data is there, at the
                          latest after so long (TCP_DEFER_ACCEPT, Linux). Not where the server
                          speaks first. What only connects looks as if it were served, and closing
                          the listener resets the connections that still wait, of which no queue
                          tells. 0: no                                                            */
  int fast_open;         /* requests whose data came with the first packet and that are not accepted
                          yet (TCP_FASTOPEN, RFC 7413): only where a repeated request does no harm.
                          The system must allow it, see sley_listener_has_fast_open. 0: none      */
  double keep_alive;   /* of the connections it accepts, as in sley_connect_options; 0: off       */
  double user_timeout; /* likewise; 0: the system's limit                                         */
  /* Sets up the socket before it is bound, and with it what accepted connections inherit (buffers,
   * congestion control); an owned error gives up. */
  sley_error *(*prepare)(void *ctx, sley_fd fd);
  void *prepare_ctx;
  sley_drop_fn *prepare_drop; /* NULL, or called with prepare_ctx before sley_listen returns      */
} sley_listen_options;

/* Opens a listening socket in the current domain. One that is left when the domain ends is closed then, and its handle is
 * not to be used afterwards.
 * Owns    options and what they point to are only read during the call; *out is the caller's: sley_listener_close.
 * Fails   an owned error, *out is NULL: of kind errno, which names address, port and the call that failed (EADDRINUSE,
 *         too, if somebody listens on the Unix socket, or its file is there and replace is not set or it is no socket);
 *         SLEY_EINVAL: no such address, or an option that does not go with it; prepare's error.
 * Lwt     Lwt_unix.socket, Lwt_unix.bind, Lwt_unix.listen
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_listen(const sley_listen_options *options,
                                                          sley_listener **out);
/* Where it listens: the port, 0 for Unix sockets; the address, of a Unix path too long for an address one without a
 * name; the descriptor, lent.
 * Since   0.1 */
SLEY_API unsigned sley_listener_port(const sley_listener *listener);
SLEY_API void sley_listener_address(const sley_listener *listener, sley_address *out);
SLEY_API sley_fd sley_listener_fd(const sley_listener *listener);
/* Whether fast_open was asked for and the system allows it: net.ipv4.tcp_fastopen has the bit 2 (Linux).
 * Since   0.1 */
SLEY_API bool sley_listener_has_fast_open(const sley_listener *listener);
/* Closes it, and removes the file of a Unix socket if it is still this listener's; a pending accept is rejected with
 * sley_error_closed(). The kernel resets connections in its queue, whose peers may have sent already: to serve them,
 * accept until an accept stays pending, then close.
 * Since   0.1 */
SLEY_API void sley_listener_close(sley_listener *listener);

/* The next connection, a value of sley_type_io; cancelable. One accept at a time: cancel it before the next, or let
 * sley_pick or sley_with_timeout do so (sley_choose leaves it pending). When descriptors or memory run out, or the
 * kernel refuses to watch another descriptor, it waits and tries again (10 ms, doubling to 1 s); without descriptors
 * a spare one drains the queue meanwhile. A connection that failed before it was accepted (ECONNABORTED, EPROTO,
 * ENETDOWN, EPERM and whatever else accept(2) reports of one peer) is passed over. sley_listener_refused counts
 * connections that were dropped or passed over.
 * Fails   rejected for what is wrong with the listener itself: kind errno (EBADF, EINVAL, ...), SLEY_ECLOSED when it
 *         is closed; SLEY_EINVAL while another accept waits; out of memory.
 * Lwt     Lwt_unix.accept
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_accept(sley_listener *listener);
/* Accepts the connections that are there, at least one and at most n, or 256: a sley_list of sley_type_io; cancelable.
 * Fails   SLEY_EINVAL: n is 0; otherwise as sley_accept. What accepting fails with after some is told by the next call.
 * Lwt     Lwt_unix.accept_n
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_accept_n(sley_listener *listener, size_t n);
/* Is given a connection, which is its own: sley_io_drop. */
typedef sley_promise *sley_accepted_fn(void *ctx, sley_io *io);
/* Accepts one connection after the other, and calls f with each; while promises of `most` calls are pending, nothing is
 * accepted (0: no limit). Fulfilled with unit when the listener is closed and all of them are settled. What one is
 * rejected with is told to the async hook, and accepting goes on. Cancelable: accepting ends, and they are canceled.
 * Fails   as sley_accept, when all of them are settled.
 * Cost    a few allocations for each connection. A server with limits of time and an orderly stop: sley_server_start.
 * Lwt     Lwt_io.establish_server_with_client_socket
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_accept_each(sley_listener *listener,
                                                                 size_t most, sley_accepted_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API uint64_t sley_listener_accepted(const sley_listener *listener);
SLEY_API uint64_t sley_listener_refused(const sley_listener *listener);

/* ---- connecting ---- */

typedef struct sley_connect_options {
  size_t size;          /* sizeof(sley_connect_options)                                        */
  double timeout;       /* seconds in all, with looking up the name; 0: no limit, and 30 for
                               each address                                                        */
  double attempt_delay; /* seconds until the next address is tried beside those under way, from
                               0.01 to 2; 0: 0.25; negative: one address after the other           */
  const sley_address *from; /* the local address; port 0: any port. Addresses of another family are
                               left out. NULL: the system chooses                                  */
  sley_socket_kind kind; /* of a Unix socket                                                    */
  bool keep_delay;       /* TCP_NODELAY is not set: small writes wait for each other            */
  double keep_alive;     /* seconds of silence until the kernel asks the peer, and then asks in
                               every quarter of that; a peer that does not answer four times is
                               gone. 0: it does not ask                                            */
  double user_timeout;   /* seconds that sent data can stay unacknowledged until the peer is gone
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
  /* Of the channels that sley_with_connection makes, without unread; NULL: all zeros. For other functions it is NULL. */
  const struct sley_channel_options *channels;
} sley_connect_options;

/* Connects to a host's address: a value of sley_type_io; cancelable. host and port are those of sley_resolve. The
 * addresses, at most 16, are tried in its order, the next one as soon as one has failed or attempt_delay after the last
 * (RFC 8305); the first that answers wins, of several at the same time the one tried earlier, and the others are closed
 * then. A socket that the kernel has connected to itself, as can happen where nothing listens on a port of this machine,
 * is tried again twice and then counts as refused. With port NULL host is text with a port, as users give it: HOST:PORT,
 * [IPV6]:PORT, or a Unix socket, unix:PATH as in sley/address.h, of any length on Linux; one whose queue is full is
 * tried again, 1 ms later, then 2 ms, up to 64 ms. With a port a Unix socket is never connected to.
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

/* ---- what sockets have ---- */

/* The addresses of a connection's two ends; sley_address_text writes them. A Unix socket that was not bound has one without
 * a name. An object of a type has those that its type tells, or those of what it is made over.
 * Fails   kind errno: ENOTCONN (the peer of a connection that was reset), ENOTSOCK, ...; *out is no address then.
 * Lwt     Lwt_unix.getsockname, Lwt_unix.getpeername
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_local(const sley_io *io,
                                                                sley_address *out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_peer(const sley_io *io,
                                                               sley_address *out);

/* Who is at the other end of a Unix socket: of an accepted connection the process that connected, of a connected one
 * the one that called listen, as they were then.
 * Fails   kind errno (ENOTCONN, ...; ENOTSUP: the system does not tell); *out is zeros, with pid -1, then.
 * Lwt     Lwt_unix.get_credentials
 * Since   0.1 */
typedef struct sley_credentials {
  int pid; /* -1: the system does not tell it; the number can be another process's by now */
  uint32_t user, group;
} sley_credentials;
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_credentials(const sley_io *io,
                                                                      sley_credentials *out);

/* Any option of the system: setsockopt(2) and getsockopt(2). *size is the room at value, and then the bytes in it.
 * Fails   kind errno, which names level and option.
 * Lwt     Lwt_unix.setsockopt, Lwt_unix.getsockopt, setsockopt_int, getsockopt_int, getsockopt_optint, getsockopt_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_set(sley_io *io, int level, int option,
                                                              const void *value, size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_get(const sley_io *io, int level,
                                                              int option, void *value,
                                                              size_t *size);
/* The kernel asks a peer that is silent for idle_seconds, and then every interval_seconds; one that leaves count
 * questions unanswered is gone, and reads fail with ETIMEDOUT. Whole seconds, rounded up. idle_seconds 0: it does not ask.
 * Fails   kind errno; SLEY_EINVAL: negative, or count 0.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_set_keep_alive(sley_io *io,
                                                                         double idle_seconds,
                                                                         double interval_seconds,
                                                                         size_t count);
/* How long sent data can stay unacknowledged until the peer is gone (TCP_USER_TIMEOUT, RFC 5482); 0: the system's limit.
 * Fails   kind errno (ENOTSUP: not on this system); SLEY_EINVAL: negative.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_set_user_timeout(sley_io *io,
                                                                           double seconds);
/* What closing does with data that is not sent yet (SO_LINGER): negative: the kernel sends it later, which is the
 * default; 0: it is thrown away, and the peer reads a reset; more: close waits for so many seconds, rounded up, and
 * stops the loop meanwhile.
 * Fails   kind errno; SLEY_EINVAL: no number.
 * Lwt     Lwt_unix.setsockopt_optint
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_set_linger(sley_io *io, double seconds);
/* Bytes that the kernel keeps to send and to receive; 0: as it is. It changes them by itself as long as they are not
 * set, which is better almost always, and Linux doubles what is set.
 * Fails   kind errno; SLEY_EINVAL: over INT_MAX.
 * Lwt     Lwt_unix.setsockopt_int
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socket_set_buffers(sley_io *io, size_t send,
                                                                      size_t receive);

SLEY_EXTERN_C_END

#include <sley/sites/socket.h>

#endif
