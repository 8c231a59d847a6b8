/* sley/server.h: servers: who accepts, in which domains connections are served, how many at once, how it ends.
 *
 *   SLEY_SERVER_MODE_LEAST   one acceptor hands each connection to the domain with the fewest open ones, in
 *                            turn among equals. The default.
 *   SLEY_SERVER_MODE_KEY     one acceptor hands each connection to the domain that a function of yours
 *                            chooses.
 *   SLEY_SERVER_MODE_KERNEL  a listener in every domain on one port (SO_REUSEPORT); the kernel spreads by a
 *                            hash of the addresses. No hand-over, the cheapest to connect; with few
 *                            connections some domains get many and others none. Unix sockets, which cannot
 *                            share a name, are distributed as by SLEY_SERVER_MODE_LEAST.
 *
 * A connection is handed over before anything is made for it, and belongs to the domain that serves it. One of three
 * functions serves it there:
 *
 *     burst   is called whenever there is unread data. What lies between two calls is the library's: an idle
 *             connection has no buffer, no promise of yours, and no stack
 *     serve   is called once, and has the whole connection, with its input and its output. If it returns the promise of
 *             sley_input_each, which nobody else has, that goes on without one: as small as burst, and in no dump
 *     bare    is called once with the sley_io, for protocols that do without channels or give the connection away
 *
 *     static sley_promise *echo(sley_connection *c)
 *     {
 *       const char *data;
 *       sley_input *in = sley_connection_input(c);
 *       size_t size = sley_input_peek(in, &data);
 *       sley_promise *written = sley_output_write(sley_connection_output(c), data, size);
 *       sley_input_consume(in, size);
 *       return written;
 *     }
 *
 * When the function's promise is settled (burst: when the peer has ended, or a call's promise is fulfilled with true), the
 * output is flushed and closed, then the input: what was written arrives. Rejections other than Canceled go to the async
 * hook of the domain, with the peer's address and the site of sley_server_start; only counted is that the peer has reset
 * the connection, or has left in the middle of a message. */
#ifndef SLEY_SERVER_H
#define SLEY_SERVER_H

#include <sley/channel.h>
#include <sley/domain.h>
#include <sley/scope.h>
#include <sley/socket.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_server sley_server;         /* counted; any thread */
typedef struct sley_connection sley_connection; /* belongs to the domain that serves it */

/* The members serve and burst of sley_server_options. The connection is lent until it has been closed, which is after
 * the promise is settled; that of burst is as for sley_input_each: unit or sley_input_more to be called again, true to
 * end. */
typedef sley_promise *sley_connection_fn(sley_connection *connection);
/* The member bare of sley_server_options: until its promise is settled; then the connection is closed, unless it was
 * taken out (sley_io_take). context is one value for all connections of all domains, which may use it at the same time:
 * it must allow that. */
typedef sley_promise *sley_serve_fn(sley_value *connection, const sley_value *context);
/* Gets a connection that leaves its server: see sley_connection_detach. What *taken holds is its own. Its promise is the
 * server's only to tell the async hook that it is rejected, other than with Canceled. */
typedef sley_promise *sley_detached_fn(void *ctx, sley_detached *taken);
/* The member wrap of sley_server_options. Owns io; fulfilled with the object that is served in its place
 * (sley_type_io), such as one over io made with sley_io_new, or io itself. Canceled when it takes too long. */
typedef sley_promise *sley_wrap_fn(sley_io *io, const sley_value *context);
/* Runs in the acceptor's domain and chooses the domain: number (result modulo count) serves. */
typedef uint64_t sley_server_key_fn(sley_io *io, const sley_value *context);

/* How connections come to their domains; see the member mode of sley_server_options. */
typedef enum sley_server_mode {
  SLEY_SERVER_MODE_LEAST = 0,
  SLEY_SERVER_MODE_KEY = 1,
  SLEY_SERVER_MODE_KERNEL = 2
} sley_server_mode;

typedef struct sley_server_options {
  size_t size; /* sizeof(sley_server_options) */
  /* Where: TCP and Unix sockets, as many as there are. share_port is set as the mode needs; prepare is called in each
   * domain that listens. */
  const sley_listen_options *const *listen;
  size_t listens; /* how many addresses those are */
  /* The domains that serve, each one kept; NULL: the current one. */
  sley_domain *const *domains;
  size_t count;            /* how many domains those are */
  sley_server_mode mode;   /* 0: SLEY_SERVER_MODE_LEAST */
  sley_server_key_fn *key; /* SLEY_SERVER_MODE_KEY only */
  /* Exactly one of burst, serve and bare is set, and serves. This one is called whenever there is unread data. */
  sley_connection_fn *burst;
  sley_connection_fn *serve; /* called once for a connection, with channels   */
  sley_serve_fn *bare;       /* called once for a connection, with the sley_io */
  /* serve and each call of burst run in a fiber, and can await. That of a burst ends where it would wait for the next
   * one. */
  bool in_fiber;
  sley_value context; /* consumed; its type must allow it to cross */
  /* Bytes of yours for each connection, zero at first: sley_connection_data. data_drop is called with them when the
   * connection is over; NULL: nothing is to be done. */
  size_t data_size;
  sley_drop_fn *data_drop;
  /* Connections that are open at once, over all domains: served, being wrapped, or being closed (see linger and
   * finish in sley_channel_options). At the limit nothing is accepted, and the listener's queue is the back-pressure.
   * 0: no limit. */
  size_t most;
  /* Connections of one peer that are served at once, over all domains; what it opens beyond is closed at once. A peer is an
   * IPv4 address, or the first 64 bits of an IPv6 one (link-local: the last); Unix sockets have no limit.
   * 0: no limit. */
  size_t most_per_peer;
  /* Seconds that a connection may wait for its peer, to send or to take what was sent, without a byte: see
   * sley_server_start. 0: 60; negative: no limit. */
  double idle;
  /* Fewer than `least` bytes that have come and gone in `least_over` seconds, while something waits for the peer, end a
   * connection as `idle` does. It can be silent for as long as idle allows before it sends something new: in burst
   * between two calls, in serve see sley_connection_idle. 0: no such limit. */
  size_t least;
  double least_over;
  /* A peer that goes is told to what serves it: its pending promise is canceled, also if it waits for something else, such
   * as a database. Gone is who has reset the connection, or ended its half: leave this out if your peers end theirs
   * and read on (a client that shuts down its output behind its only request). Unread input is read ahead for it, up to the
   * input's most. Nothing, for a function that ends at once; else once about 400 bytes for a connection. */
  bool cancel_gone;
  /* Seconds that a connection may last, at most an eighth longer. Then it ends as soon as it is idle (as in
   * sley_server_stop), and sley_connection_is_ending is true; what is still busy `life_grace` seconds later is canceled, and
   * aborted after as many again. 0: no limit; life_grace 0: 10. */
  double life, life_grace;
  /* Seconds from sley_server_stop to the end of accepting, in which sley_server_is_ready is false already, for whoever
   * asks it and sends connections here. */
  double ready;
  const sley_channel_options *channels; /* of serve and burst; NULL: all zeros */
  bool keep_delay;                      /* TCP_NODELAY is not set              */
  /* Whether this peer is accepted, asked in the acceptor's domain before anything is made for it.
   * One without an address (it has left) is not asked about. NULL: all are. */
  bool (*accept_if)(const sley_address *peer, const sley_value *context);
  /* Sets up each connection in the domain that serves it; an owned error gives it up. */
  sley_error *(*prepare)(sley_io *io, const sley_value *context);
  /* Puts another object in the place of each connection, after prepare and before it is served: encryption, say. A rejection
   * is told as that of serve, and only counted if the peer has gone (end of file, too) or the time is over. */
  sley_wrap_fn *wrap;
  double wrap_time; /* seconds that it may take; 0: 10; negative: no limit */
  /* Connections that are being wrapped at once, over all domains; at the limit nothing is accepted. 0: no limit. */
  size_t wrap_most;
} sley_server_options;

/* Opens the listeners and begins to accept: a value of sley_type_server. The acceptor is the current domain. An error
 * of accepting goes to the async hook, once until the next connection comes, and so does that connections were closed
 * because descriptors or memory had run out; it tries again every 10 ms.
 *
 * A connection that is served with channels waits for its peer while something waits for its input or while its output
 * has unsent bytes. If no byte moves in that time for `idle` seconds, what serves it is canceled, and it is closed; likewise
 * if fewer than `least` do. One alarm looks after all connections of a domain, so it can be an eighth of the shortest of these
 * times later. A function that waits for something else is left alone.
 * Owns    consumes options->context; the rest of options can be freed when this returns, but for the ctx of prepare in
 *         listen, whose drop is called when the server is freed.
 * Fails   rejected as sley_listen; SLEY_EINVAL (nothing to listen on, no domains, not one function that serves, no key),
 *         SLEY_ESEND, SLEY_EGONE, out of memory. Nothing listens then.
 * Lwt     Lwt_io.establish_server_with_client_address, establish_server_with_client_socket
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_server_start(
    const sley_server_options *options);
SLEY_API extern const sley_type sley_type_server;
/* One more handle, one less; values that own a handle: to_value consumes it, in lends it, take moves it out as
 * sley_take does. Dropping the last handle does not stop the server.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_server *sley_server_keep(sley_server *server);
SLEY_API void sley_server_drop(sley_server *server);
SLEY_API sley_value sley_server_to_value(sley_server *server);
SLEY_API sley_server *sley_server_in(const sley_value *v);
SLEY_API bool sley_server_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_server *sley_server_take(sley_value *v);

/* Ends a server: `ready` seconds later it closes the listeners, and idle connections end (burst: those between two calls;
 * serve: see sley_connection_idle). The others have so many seconds; then what still serves them is canceled, and a second
 * later their connections are aborted. Called again, it waits no longer than it is told now, and not for `ready`.
 * Connections in the queues of the listeners are still accepted and served, up to `most`, as far as the first turns of what
 * serves them go in these seconds, at least one; the rest is reset. A peer that connects at the moment of closing
 * is refused, or reset if its side of the handshake was complete. With defer_accept it accepts for at
 * least 1.2 seconds more, in which the kernel gives out what it holds back.
 * Fulfilled when nothing serves any more, with an integer: how many the server has canceled busy since its start.
 * Owns    borrows server.
 * Fails   SLEY_ETIMEOUT: what serves some connections has not ended when it was canceled; the sentence names their peers.
 *         Out of memory.
 * Thread  the domain that started it.
 * Lwt     Lwt_io.shutdown_server, which leaves connections alone
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_server_stop(sley_server *server,
                                                                 double seconds);
/* Is lent a server until its promise is settled. */
typedef sley_promise *sley_server_fn(void *ctx, sley_server *server);
/* A server for as long as f's promise is pending: starts it as sley_server_start, calls f when it listens, and stops it as
 * sley_server_stop(server, seconds) when f's promise, whose outcome becomes the result's, is settled. Cancelable: f's
 * promise is canceled, and the server is stopped all the same. How many connections the stop canceled is in the counters of
 * a server that f has kept (sley_server_keep, sley_server_counters_sum). A server that is a program, and hears a signal from before it
 * says that it listens:
 *
 *     static sley_promise *listens(void *ctx, sley_server *server)
 *     {
 *       sley_promise *signals = sley_stop_on_signals();
 *       printf("listening on port %u\n", sley_server_port(server));
 *       return signals;
 *     }
 *
 *     return sley_main(sley_with_server(&options, 5, listens, NULL), "chat");
 *
 * Owns    as sley_server_start.
 * Fails   as sley_server_start, and then f is not called; as f's promise; as sley_server_stop, whose error replaces that of
 *         f. A server that cannot be stopped for want of memory goes on.
 * Lwt     Lwt_io.establish_server_with_client_address and shutdown_server in a finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_server(const sley_server_options *options,
                                                                 double seconds, sley_server_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
/* Whether sley_server_stop has not been called yet.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_server_is_ready(const sley_server *server);
/* Fulfilled with the number of the first SIGINT or SIGTERM, an integer; cancelable. From then on both signals have their
 * default effect again, so that a second one ends the process at once, even if its loop stands still. The process's exit
 * status tells that from an orderly end. One that something else waits for stays with that, and one that is waited for
 * later is caught again. When the domain ends, what was there before sley_stop_on_signals is put back.
 * Fails   as sley_wait_signal.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stop_on_signals(void);

/* Where it listens: the first port that it has, 0 if it has Unix sockets only; and the address of each of options->listen,
 * no address for an index past the end.
 * Thread  any.
 * Since   0.1 */
SLEY_API unsigned sley_server_port(const sley_server *server);
SLEY_API void sley_server_address(const sley_server *server, size_t index, sley_address *out);

typedef struct sley_server_counters {
  size_t size;        /* in: sizeof as the caller knows it                           */
  uint64_t accepted;  /* connections given to the domain                             */
  uint64_t open;      /* that it serves now                                          */
  uint64_t failed;    /* that failed: rejected, other than with Canceled, or reset   */
  uint64_t lost;      /* that could not be served: the domain had ended, or the server
                         was at its limit when it stopped                            */
  uint64_t refused;   /* by accept_if, and beyond most_per_peer                      */
  uint64_t timed_out; /* that were idle or too slow for too long, or wrapped         */
  uint64_t aged;      /* that had their longest life                                 */
  uint64_t canceled;  /* that a stop, or the end of its life, has canceled, busy     */
  uint64_t dropped;   /* of the queue: they failed there, or were closed because descriptors
                         or memory had run out, of which the async hook is told       */
  uint64_t gone;      /* whose peer went while they were served (cancel_gone)        */
  uint64_t detached;  /* that have left the server: sley_connection_detach           */
  uint64_t answered;  /* requests of which sley_connection_answered told             */
} sley_server_counters;
/* What domain number index got, and what all of them got together; a snapshot. An index past the end counts nothing. What
 * the acceptor refused or dropped counts for the first domain.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_server_counters_get(const sley_server *server, size_t index,
                                       sley_server_counters *out);
SLEY_API void sley_server_counters_sum(const sley_server *server, sley_server_counters *out);

/* ---- a connection ---- */

/* Its halves, lent. In a call of burst the input is the inside handle of sley_input_each; between two calls NULL. Without
 * a call they are closed when the function's promise is settled.
 * Since   0.1 */
SLEY_API sley_input *sley_connection_input(const sley_connection *connection);
SLEY_API sley_output *sley_connection_output(const sley_connection *connection);
/* The server's context, and the server, lent.
 * Since   0.1 */
SLEY_API const sley_value *sley_connection_context(const sley_connection *connection);
SLEY_API sley_server *sley_connection_server(const sley_connection *connection);
/* The connection's `data_size` bytes, aligned for anything; lent until it is over. Here lives what bursts have to
 * remember.
 * Since   0.1 */
SLEY_API void *sley_connection_data(const sley_connection *connection);
/* The address of the peer; a Unix socket that was not bound has one without a name.
 * Fails   kind errno: ENOTCONN, if the peer had left before it was served; *out is no address then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_connection_peer(
    const sley_connection *connection, sley_address *out);
/* A scope that is left when the connection ends, before its output is flushed: what was started in it ends with the
 * connection, and its failure ends the connection and is told as that of serve. Made by the first call.
 * Owns    lent until the connection has ended.
 * Fails   NULL: out of memory, or the connection is being closed.
 * Cost    as sley_with_scope.
 * Since   0.1 */
SLEY_API sley_scope *sley_connection_scope(sley_connection *connection);
/* Of serve: says that nothing is under way. Call it each time before waiting for the next request: it counts from then
 * until the next byte comes, half a request, too, and not at all if bytes are unread already. While it counts, a stop
 * and the end of its life cancel what waits there; a request that has come is never canceled for it.
 * Since   0.1 */
SLEY_API void sley_connection_idle(sley_connection *connection);
/* Takes a connection of serve or burst out of its server, for another protocol, say. When what serves it has ended in order
 * (burst: with true, or at the end), its scope is left, what was written is sent, and f gets the object and what is unread,
 * such as for sley_channels. From then on the server does not count it, nor has it a place or limits, and a stop leaves
 * it alone; *connection is gone. If serving fails or is canceled, or sending does, only drop(ctx) is called.
 * Fails   SLEY_EINVAL: bare, or called before; closed: it is over; out of memory. drop(ctx) is called then, too.
 * Lwt     Lwt_io.establish_server_with_client_socket with no_close
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_connection_detach(
    sley_connection *connection, sley_detached_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
/* Counts a request of yours that was answered: `answered` in the counters of its domain.
 * Cost    no atomic read-modify-write.
 * Since   0.1 */
SLEY_API void sley_connection_answered(sley_connection *connection);
/* Whether the server is being stopped, so that this answer should be the last one.
 * Since   0.1 */
SLEY_API bool sley_connection_is_ending(const sley_connection *connection);

SLEY_EXTERN_C_END

#include <sley/sites/server.h>

#endif
