/* sley/datagram.h: packets: UDP over IPv4 and IPv6, with multicast, and Unix datagram sockets.
 *
 * A network may lose packets, double them and change their order; nothing here waits for an answer. What the kernel
 * says of one packet or of its receiver (EMSGSIZE, ECONNREFUSED, EHOSTUNREACH, ...) drops that packet, is counted as
 * refused and told to failed of the options, and the socket goes on. What it says of the socket itself (EBADF,
 * ENOTSOCK, no memory for a second) rejects what waits. If the kernel has no room to watch a socket (ENOSPC, ENOMEM), the
 * async hook is told once, and the socket goes on, looked at every 64 ms until the kernel watches it.
 *
 * What the calls do in each state:
 *
 *               receive, each       send            flush, wait_ready   close               abort
 *     open      runs                is staged       runs                sends what is       at once
 *                                                                       staged first
 *     closing   closed              -SLEY_ECLOSED   runs                the same promise    at once; close is closed
 *     closed    closed              -SLEY_ECLOSED   closed              unit                nothing
 *
 * A close, an abort and the end of the domain reject what waits to receive with closed. What is left when its domain
 * ends is aborted; its handles are not to be used afterwards. */
#ifndef SLEY_DATAGRAM_H
#define SLEY_DATAGRAM_H

#include <sley/socket.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_datagram sley_datagram; /* a socket; counted; belongs to its domain */

/* One packet.
 * Received, all of it is lent: by sley_datagram_each until the promise of its function is settled, by a value until
 * that is dropped. To be sent, all of it is copied; members that are 0 or NULL leave the choice to the system. */
typedef struct sley_packet {
  const char *at; /* its bytes; size 0 is a packet without any */
  size_t size;
  /* Sent: the receiver; NULL: the socket's peer. Received: with want_destination the address, of this machine or of a
   * group, that it was sent to; else NULL. */
  const sley_address *to;
  /* Received: the sender; NULL: a Unix socket without a name. Sent: the address of this machine that it comes from,
   * such as to of a received one. */
  const sley_address *from;
  /* The number of the interface that it came through (with want_destination) or goes through. */
  unsigned interface;
  /* The byte of the differentiated services field (RFC 2474), whose two lowest bits are ECN (RFC 3168). Received: with
   * want_tos. Sent: 0 is what the socket is set to. */
  unsigned tos;
  const sley_fd *fds; /* Unix: descriptors; see sley_packet_take_fd */
  size_t fd_count;
  const sley_credentials *credentials; /* Unix, received with want_credentials; else NULL */
  bool cut;                            /* received: it was longer than most, and the rest is gone */
  /* Received: it came with more descriptors than most_fds, or than this process could open; those are gone. */
  bool lost_fds;
} sley_packet;

/* Is told that a packet to `to` was dropped, or that the receiver of an earlier one refused it: code is the errno
 * value. to is lent; NULL: not known. Called from the loop. */
typedef void sley_datagram_failed_fn(void *ctx, const sley_address *to, int code);

/* Options and what they point to are copied before sley_datagram_open returns. */
typedef struct sley_datagram_options {
  size_t size; /* sizeof(sley_datagram_options) */
  /* To be bound to, as sley_address_parse reads it. NULL: what the system chooses, for the family of peer if there is
   * one, else for IPv6 and IPv4. */
  const char *address;
  const char *peer;   /* the only one that is heard; NULL: all are */
  bool share_port;    /* SO_REUSEPORT: the kernel spreads senders over the sockets that share it */
  bool reuse_address; /* SO_REUSEADDR: several sockets can receive the packets of a group */
  bool broadcast;     /* packets can be sent to broadcast addresses */
  bool only_ipv6;     /* no IPv4 through an IPv6 socket */
  bool want_destination; /* fill in to and interface of what is received */
  bool want_tos;         /* fill in tos */
  bool want_credentials; /* fill in credentials */
  size_t most;           /* bytes of a packet that is received; longer ones are cut. 0: 2,048 */
  unsigned batch;        /* packets received with one call, at most 1,024; 0: 32 */
  unsigned most_fds;     /* descriptors of a packet that is received, at most 253; 0: none */
  size_t queue;          /* bytes that can be staged; 0: 1 MiB */
  size_t receive_buffer; /* SO_RCVBUF in bytes; 0: the system's */
  size_t send_buffer;    /* SO_SNDBUF in bytes; 0: the system's */
  double finish;         /* seconds that a close waits for the kernel to take all; 0: 5 */
  /* Of a Unix socket with a path. */
  bool replace;  /* a file to which no socket is bound any more is replaced */
  unsigned mode; /* permissions of the file: who may write to it may send; 0: the umask's */
  /* Sets up the descriptor before it is bound: other options, a device, a filter. Called once; an owned error makes the
   * opening fail. NULL: nothing. */
  sley_error *(*prepare)(void *ctx, sley_fd fd);
  void *prepare_ctx;
  sley_drop_fn *prepare_drop; /* called once with prepare_ctx, on failure, too; NULL: nothing */
  sley_datagram_failed_fn *failed; /* NULL: nobody is told; see the counters */
  void *failed_ctx;
  /* Called once with failed_ctx, when the socket is closed or cannot be opened; NULL: nothing. */
  sley_drop_fn *failed_drop;
} sley_datagram_options;

/* Opens a socket in the current domain. The file of a Unix socket's path is removed as the socket closes, if it is
 * still that socket's.
 * Owns    *out is the caller's: sley_datagram_drop.
 * Fails   SLEY_EINVAL: an address cannot be read, address and peer are of different families, or a number is out of
 *         its range; kind errno, naming the address and the call that failed; what prepare returns; *out is NULL.
 * Lwt     Lwt_unix.socket, Lwt_unix.bind, Lwt_unix.connect
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_open(
    const sley_datagram_options *options, sley_datagram **out);
/* Add and drop a handle. Dropping the last one of a socket that is not being closed aborts it. NULL is allowed.
 * Since   0.1 */
SLEY_API sley_datagram *sley_datagram_keep(sley_datagram *d);
SLEY_API void sley_datagram_drop(sley_datagram *d);
/* Sends what is staged, then closes; the handle stays the caller's. Fulfilled with unit; not cancelable. A second call
 * gives the same promise.
 * Fails   rejected with SLEY_ETIMEOUT if the kernel has not taken everything after `finish` seconds, and the rest is
 *         dropped; closed, if an abort came first.
 * Lwt     Lwt_unix.close
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_datagram_close(sley_datagram *d);
/* Closes at once: what is staged is dropped, and what waits is rejected with closed. NULL is allowed.
 * Lwt     Lwt_unix.abort
 * Since   0.1 */
SLEY_API void sley_datagram_abort(sley_datagram *d);
/* Makes to the only peer, in place of the one before; NULL: there is none any more.
 * Fails   kind errno; closed.
 * Lwt     Lwt_unix.connect
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_connect(sley_datagram *d,
                                                                    const sley_address *to);
/* The descriptor, lent; -1 once it is closed.
 * Lwt     Lwt_unix.unix_file_descr
 * Since   0.1 */
SLEY_API sley_fd sley_datagram_fd(const sley_datagram *d);
/* The address that it is bound to, and its peer's; one without a name for a Unix socket that has none.
 * Fails   kind errno (ENOTCONN: it has no peer); closed; *out is no address then.
 * Lwt     Lwt_unix.getsockname, Lwt_unix.getpeername
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_local(const sley_datagram *d,
                                                                  sley_address *out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_peer(const sley_datagram *d,
                                                                 sley_address *out);

/* ---- receiving ---- */

/* The next packet: a value of sley_type_packet; cancelable, and then no packet is consumed. Several may wait: the one
 * that asked first gets the first.
 * Fails   SLEY_EINVAL while sley_datagram_each runs; kind errno, out of memory, closed.
 * Cost    one allocation with room for `most` bytes, and a system call for each packet.
 * Lwt     Lwt_unix.recvfrom, Lwt_unix.recv_msg; Lwt_bytes.recvfrom, Lwt_bytes.recv_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_datagram_receive(sley_datagram *d);
/* Is lent packets that have come, n of them, until its promise is settled. */
typedef sley_promise *sley_packets_fn(void *ctx, const sley_packet *packets, size_t n);
/* Calls f with what has come, up to `batch` packets at once, again and again. While the promise of f is pending, nothing
 * is received, and the kernel's buffer fills up. Cancelable: the promise of f is canceled, too, and the packets are
 * lent until that is settled.
 * Fails   rejected as the promise of f is; SLEY_EINVAL while another one runs or a receive waits; kind errno, out of
 *         memory, closed. Fulfilled with unit when the promise of f is fulfilled with true.
 * Cost    allocates nothing for a call of f, which can give sley_return_unit(); one system call for each batch.
 * Lwt     Lwt_unix.recvfrom, again and again
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_datagram_each(
    sley_datagram *d, sley_packets_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Takes a descriptor of a received packet; index is that in its fds. It is close-on-exec. What nobody takes is closed
 * when the packet is no longer lent.
 * Owns    the descriptor is the caller's.
 * Fails   -1: it was taken before. An index of fd_count or more aborts.
 * Lwt     Lwt_unix.recv_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_fd sley_packet_take_fd(const sley_packet *packet,
                                                              size_t index);

/* The type of values that own a received packet. They may cross to another domain.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_packet;
/* Values that own a received packet. to_value consumes it, in lends it, take moves it out as sley_take does.
 * Since   0.1 */
SLEY_API sley_value sley_packet_to_value(sley_packet *packet);
SLEY_API SLEY_SITE sley_packet *sley_packet_in(const sley_value *v);
SLEY_API bool sley_packet_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_packet *sley_packet_take(sley_value *v);
/* Frees a packet that sley_packet_take gave. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_packet_drop(sley_packet *packet);

/* ---- sending ---- */

/* Stages a packet, to be sent as the turn of the loop ends, many with one call. Its descriptors are duplicated. Packets
 * are sent in order; while the kernel takes none, because its buffer or that of a Unix socket's receiver is full, they
 * wait, and those behind them.
 * Owns    everything is copied.
 * Fails   -SLEY_EAGAIN: `queue` bytes are staged, each packet counted with 128 bytes more; it is not taken.
 *         -SLEY_EINVAL: no receiver, an address of another family, over 1 GiB, or descriptors that do not fit
 *         (over 253, or not on a Unix socket). -SLEY_ENOMEM; -SLEY_ECLOSED; -SLEY_ESYSTEM: errno says why a
 *         descriptor cannot be duplicated. Otherwise 0; what the kernel says later is told to failed.
 * Cost    a copy; allocates nothing once as much has been staged before.
 * Lwt     Lwt_unix.sendto, Lwt_unix.send_msgto, Lwt_unix.send_msg; Lwt_bytes.sendto, Lwt_bytes.send_msg
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_datagram_send(sley_datagram *d, const sley_packet *packet);
/* Bytes that are staged, as `queue` counts them.
 * Since   0.1 */
SLEY_API size_t sley_datagram_staged(const sley_datagram *d);
/* Sends what is staged, now; fulfilled with unit when the kernel has taken or refused all of it; cancelable, and only
 * the waiting ends then.
 * Fails   closed, out of memory.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_datagram_flush(sley_datagram *d);
/* Fulfilled with unit when at most half of `queue` is staged; cancelable.
 * Fails   closed, out of memory.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_datagram_wait_ready(sley_datagram *d);

/* ---- multicast (RFC 1112, RFC 4607) ---- */

/* Join and leave a group, such as "239.1.2.3" or "ff02::1234"; only packets of source if that is not NULL. interface is
 * a name or a number; NULL: the system's choice. An IPv6 socket cannot join a group of IPv4. Several sockets of a
 * machine receive a group's packets at one port if each has reuse_address.
 * Fails   SLEY_EINVAL: no address of the socket's family, or no group; kind errno: there is no such interface
 *         (ENODEV), ...; closed.
 * Lwt     Lwt_unix.mcast_add_membership, Lwt_unix.mcast_drop_membership, for IPv4
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_join(sley_datagram *d,
                                                                 const char *group,
                                                                 const char *interface,
                                                                 const char *source);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_leave(sley_datagram *d,
                                                                  const char *group,
                                                                  const char *interface,
                                                                  const char *source);
/* How packets to groups are sent: over at most so many routers (1 at first: none; 0: not beyond this machine), to
 * sockets of this machine, too, or not (at first they are), and through interface, a name or a number (NULL: the
 * system's choice).
 * Fails   SLEY_EINVAL: hops is over 255, or a Unix socket; kind errno; closed.
 * Lwt     Lwt_unix.mcast_set_ttl, Lwt_unix.mcast_set_loop, for IPv4
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_datagram_set_multicast(sley_datagram *d,
                                                                          unsigned hops, bool loop,
                                                                          const char *interface);

/* ---- figures ---- */

typedef struct sley_datagram_counters {
  size_t size;             /* in: sizeof(sley_datagram_counters) as the caller knows it        */
  uint64_t received, sent; /* packets; sent: that the kernel took                              */
  uint64_t calls_in,
      calls_out;    /* system calls for them                                            */
  uint64_t cut;     /* received, without what was longer than most                      */
  uint64_t refused; /* what failed is told of                                           */
  uint64_t full;    /* not taken by sley_datagram_send, because the queue was full      */
  uint64_t dropped; /* by the kernel, because its buffer for the socket was full, as far as it has
                                   told: it tells with a later packet, and only Linux does          */
  uint64_t fds_closed; /* descriptors that came and that nobody took                       */
} sley_datagram_counters;
/* Fills in out.
 * Since   0.1 */
SLEY_API void sley_datagram_counters_get(const sley_datagram *d, sley_datagram_counters *out);

SLEY_EXTERN_C_END

#include <sley/sites/datagram.h>

#endif
