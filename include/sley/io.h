/* sley/io.h: TCP as promises.
 *
 * The buffer of a read or write belongs to that operation until it has ended. Canceling a read or write settles its
 * promise immediately and, on engines that report readiness (libev's), ends the operation in the same call, before
 * any callback runs. */
#ifndef SLEY_IO_H
#define SLEY_IO_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_io sley_io;             /* a connection, belongs to its domain       */
typedef struct sley_listener sley_listener; /* a listening socket, belongs to its domain */

/* The type of values that own a connection; its drop is sley_io_abort. It may cross to another domain
 * while no operation on it is pending, and belongs to that domain from its first use there.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_io;

typedef struct sley_listen_options {
  size_t size;      /* sizeof(sley_listen_options)                                   */
  const char *host; /* numeric address; NULL: every address, IPv6 and IPv4           */
  unsigned port;    /* 0: the system picks one, see sley_listener_port               */
  int backlog;      /* 0: the system's maximum                                       */
  bool share_port;  /* SO_REUSEPORT: the kernel spreads connections over all sockets
                        that share the port, one per domain                           */
} sley_listen_options;

/* Opens a listening socket in the current domain.
 * Owns    *out is the caller's: sley_listener_close.
 * Fails   an owned error, *out is NULL: of kind errno, which names host, port and the call that failed; of kind
 *         dns, which names host, where that is not a numeric address.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_listen(const sley_listen_options *options,
                                                          sley_listener **out);
/* The port that it listens on.
 * Since   0.1 */
SLEY_API unsigned sley_listener_port(const sley_listener *listener);
/* Closes it; a pending accept is rejected with sley_error_closed(). The kernel resets connections in its queue,
 * whose peers may have sent already: to serve them, accept until an accept stays pending, then close.
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
SLEY_API uint64_t sley_listener_accepted(const sley_listener *listener);
SLEY_API uint64_t sley_listener_refused(const sley_listener *listener);

/* Reads at least 1 and at most size bytes into buffer: an integer, 0 at the end of the stream; cancelable. One read
 * at a time: a callback of a canceled read may start the next. sley_choose leaves the read pending, and another one
 * is refused; sley_pick cancels it.
 * Owns    buffer is the operation's until it has ended.
 * Fails   rejected with kind errno (ECONNRESET, ...; ENOSPC, ENOMEM: the kernel refuses to watch the descriptor,
 *         and the next read asks again), SLEY_ECLOSED, or SLEY_EINVAL while another read waits.
 * Lwt     Lwt_unix.read
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_read(sley_io *io, void *buffer, size_t size);
/* Writes all of data: fulfilled with unit; cancelable (some of it may be written then). One write at a time, as for
 * sley_read. A large one is written in parts and lets other code run between them. SIGPIPE is never raised.
 * Owns    data is the operation's until it has ended.
 * Fails   rejected as sley_read (EPIPE, ECONNRESET, ...); some of it may be written.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_write(sley_io *io, const void *data,
                                                           size_t size);

/* Ends the sending half: the peer reads the end of the stream.
 * Fails   kind errno.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_io_shutdown(sley_io *io);
/* Closes; pending reads and writes are rejected with sley_error_closed(). NULL is allowed.
 * Owns    consumes io.
 * Since   0.1 */
SLEY_API void sley_io_abort(sley_io *io);
/* The descriptor, lent; and TCP_NODELAY, which is on from the start.
 * Fails   sley_io_set_nodelay: kind errno.
 * Since   0.1 */
SLEY_API sley_fd sley_io_fd(const sley_io *io);
SLEY_API SLEY_NODISCARD sley_error *sley_io_set_nodelay(sley_io *io, bool on);
/* "address:port" of the peer, cut to size - 1 bytes; returns the length needed.
 * Since   0.1 */
SLEY_API size_t sley_io_peer(const sley_io *io, char *text, size_t size);
/* Values that own a connection. to_value consumes it, in lends it, take moves it out as sley_take does.
 * Since   0.1 */
SLEY_API sley_value sley_io_to_value(sley_io *io);
SLEY_API SLEY_SITE sley_io *sley_io_in(const sley_value *v);
SLEY_API bool sley_io_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_io *sley_io_take(sley_value *v);

SLEY_EXTERN_C_END

#include <sley/sites/io.h>

#endif
