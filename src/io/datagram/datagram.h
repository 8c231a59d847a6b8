/* Datagram sockets. Reading guide: open.c makes them, close.c ends them; room.c and received.c are where packets come
 * in, receive.c and each.c give them to whoever waits; stage.c and queue.c take what is to be sent, send.c sends it;
 * state.c is what a domain has for all of its sockets: the hooks of its loop, what is to be told, what is tried again;
 * packet.c is packets as values, ends.c addresses, multicast.c groups, calls.c the system calls that not every system
 * has.
 *
 * The kernel is asked for many packets at once, and given many, because a call costs as much as the rest of a packet.
 * The memory for them belongs to the domain, which has it once for all sockets: a socket without packets has none. */
#ifndef SLEY_IO_DATAGRAM_H
#define SLEY_IO_DATAGRAM_H

#ifdef __linux__
#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE first"
#endif
#endif
#include <sys/socket.h>
#include <sys/types.h>

#include <sley/alarm.h>
#include <sley/datagram.h>

#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

/* ---- calls.c ---- */

#if defined(__APPLE__)
struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned msg_len;
};
#endif
/* recvmmsg and sendmmsg of n messages, n > 0; where there are none, a call for each; *calls counts them. Descriptors
 * that come are close-on-exec. -1: errno. */
int sley__datagram_recvmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls);
int sley__datagram_sendmmsg(sley_fd fd, struct mmsghdr *messages, unsigned n, uint64_t *calls);
/* A nonblocking datagram socket that is close-on-exec. -1: errno. */
sley_fd sley__datagram_socket(int family);

/* ---- room.c ---- */

/* Memory for packets to be received in, one allocation. */
typedef struct sley__room {
  sley_runtime *runtime;
  size_t bytes;
  size_t most, control; /* bytes of data and of control messages for each packet */
  unsigned batch, most_fds;
  unsigned used; /* packets in it */
  struct mmsghdr *headers;
  struct iovec *parts;
  sley_address *from, *to;
  sley_credentials *credentials;
  sley_fd *fds; /* most_fds for each */
  char *controls;
  sley_packet packets[];
} sley__room;

/* From the domain's spare ones if it has one of this socket's sizes. batch: 1, or the socket's. NULL: out of memory. */
sley__room *sley__room_take(sley_datagram *d, unsigned batch);
/* Closes the descriptors in it that nobody took; then it is spare, or freed. */
void sley__room_give(sley_datagram *d, sley__room *room);
/* Closes them and counts them, and frees it. Any thread. */
unsigned sley__room_close_fds(sley__room *room);
void sley__room_free(sley__room *room);
/* Receives into it: the number of packets; 0: there are none now; or a negated errno value. What the kernel says of
 * peers is noted in d. */
int sley__room_fill(sley_datagram *d, sley__room *room);

/* ---- received.c ---- */

/* Bytes of control messages that a packet of this socket can come with. */
size_t sley__room_control(const sley_datagram *d);
/* Fills in the i-th packet from what the kernel wrote into its room. */
void sley__packet_read(sley_datagram *d, sley__room *room, unsigned i);

/* ---- queue.c ---- */

typedef struct sley__chunk {
  struct sley__chunk *next;
  size_t bytes, used; /* with this head */
} sley__chunk;

/* In a chunk; behind it are to, control and the data, each aligned. */
typedef struct sley__staged {
  uint32_t bytes; /* to the next one */
  uint32_t size;  /* of the data */
  uint16_t to_length, control_length, fd_count;
  bool was_tried; /* once, in vain */
  int error;      /* 0, or why it was dropped: to be told */
} sley__staged;
enum {
  SLEY__STAGED_COUNTS = 128, /* what queue counts for a packet beside its bytes */
  SLEY__STAGED_ALIGN = 16,
  SLEY__STAGED_HEAD = 32
};
_Static_assert(sizeof(sley__staged) <= SLEY__STAGED_HEAD, "its head");
static inline size_t sley__staged_aligned(size_t bytes)
{
  return (bytes + SLEY__STAGED_ALIGN - 1) & ~(size_t)(SLEY__STAGED_ALIGN - 1);
}
static inline char *sley__staged_to(sley__staged *s) { return (char *)s + SLEY__STAGED_HEAD; }
static inline char *sley__staged_control(sley__staged *s)
{
  return sley__staged_to(s) + sley__staged_aligned(s->to_length);
}
static inline char *sley__staged_data(sley__staged *s)
{
  return sley__staged_control(s) + sley__staged_aligned(s->control_length);
}

/* A place in the queue; chunk NULL: it is empty. */
typedef struct sley__place {
  sley__chunk *chunk;
  size_t at;
} sley__place;
/* Memory for a packet of so many bytes behind the last one. NULL: out of memory. */
sley__staged *sley__staged_new(sley_datagram *d, size_t bytes);
/* The packet at this place, which moves on to the next chunk if need be; NULL: the queue's end. */
sley__staged *sley__staged_at(sley__place *place);
/* The packet to be sent first was taken by the kernel, or refused (error). */
void sley__staged_gone(sley_datagram *d, int error);
/* Frees what is in front of told. */
void sley__staged_forget(sley_datagram *d);
/* Drops everything. */
void sley__staged_drop(sley_datagram *d);

/* ---- a socket ---- */

/* sley_datagram_each: in the socket, so that it does not end with its promise. */
typedef struct sley__each {
  sley_resolver *resolver; /* NULL: none runs */
  sley_packets_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  sley__room *room;   /* lent to f */
  sley_promise *body; /* of f, pending */
  sley_error *error;  /* what it ends with once f has; owned */
  bool in_call, is_canceled;
  uint8_t rests; /* times that it leaves what is behind a full batch to the next turn */
} sley__each;

struct sley_datagram {
  struct sley__handle handle; /* the first member */
  uint64_t mark;
  sley_domain *domain;
  unsigned handles, holders; /* the user's; theirs together, the loop's and those of what runs */
  int family;
  bool is_unix, only_ipv6, has_peer;
  bool wants_destination, wants_tos, wants_credentials;
  bool is_closing, is_closed;
  const char *site;
  struct sley__dlist place; /* among the domain's */

  /* Receiving. */
  size_t most, control;
  unsigned batch, most_fds;
  unsigned port;                /* of this end */
  struct sley__dlist receivers; /* of receive operations */
  sley__each each;
  uint32_t overflows; /* SO_RXQ_OVFL's last count */
  bool is_starved;    /* there was no memory */
  bool is_refused;    /* the kernel had no room to watch it */
  sley_time starved_since;

  /* Sending. */
  size_t queue, staged;
  uint64_t came, went; /* packets: staged; taken by the kernel, or refused */
  sley__place told; /* what is in front of it is forgotten; refused ones behind it are to be told */
  sley__place next; /* to be sent */
  sley__chunk *last;          /* where the next one is staged */
  unsigned failures;          /* refused ones that are to be told */
  unsigned peer_errors;       /* told by the kernel beside any packet; to be told */
  int peer_error;             /* the last of them */
  bool is_blocked;            /* until it can be written */
  bool is_stalled;            /* until the domain's alarm */
  struct sley__dlist waiting; /* of flush and ready operations */
  struct sley__dlist dirty, news, stalled;

  sley_datagram_failed_fn *failed;
  void *failed_ctx;
  sley_drop_fn *failed_drop;
  sley_datagram_counters counters;
  sley_address peer;
  struct {
    char *path; /* of a Unix socket, to be removed; NULL: none */
    size_t bytes;
    dev_t device;
    ino_t number;
  } file;
  sley_promise *closing; /* what sley_datagram_close gave */
  sley_resolver *closer;
  double finish;
  sley_time finish_by;
};

/* mark of one that has a handle; a socket of another copy of the library is not known here. */
#define SLEY__DATAGRAM_BASE UINT64_C(0x736c657964676dff)
#define SLEY__DATAGRAM_OPEN (SLEY__DATAGRAM_BASE ^ (uintptr_t)&sley__copy)
_Noreturn void sley__datagram_refuse(const sley_datagram *d, const char *function,
                                     const char *site);
/* Aborts unless it is a socket of the current domain that has a handle. */
static inline void sley__datagram_check(const sley_datagram *d, const char *function,
                                        const char *site)
{
  if (SLEY__UNLIKELY(d == NULL || d->mark != SLEY__DATAGRAM_OPEN || d->domain != sley__current))
    sley__datagram_refuse(d, function, site);
}
/* An error if it was closed or is being closed. */
sley_error *sley__datagram_closed(const sley_datagram *d);
static inline void sley__datagram_hold(sley_datagram *d) { d->holders++; }
void sley__datagram_release(sley_datagram *d);
/* The loop watches it in these directions, too, or no more. */
void sley__datagram_want(sley_datagram *d, unsigned what);
void sley__datagram_want_no_more(sley_datagram *d, unsigned what);

extern const struct sley__handle_calls sley__datagram_calls;

/* ---- receive.c, each.c: callbacks run in all of these ---- */

void sley__receivers_run(sley_datagram *d);
void sley__receivers_reject(sley_datagram *d, sley_error *e); /* consumes e */
void sley__each_run(sley_datagram *d);
void sley__each_reject(sley_datagram *d, sley_error *e); /* consumes e */
void sley__each_release(sley_datagram *d);               /* its domain has ended */
/* For whom packets are to be received. */
static inline bool sley__datagram_listens(const sley_datagram *d)
{
  return !sley__dlist_is_empty(&d->receivers) ||
         (d->each.resolver != NULL && d->each.body == NULL && !d->each.in_call);
}
/* Receiving failed because of this negated errno value: tries again later, or rejects what waits. */
void sley__datagram_receive_failed(sley_datagram *d, int code);
/* Something waits or runs: tries now if that may help. */
void sley__datagram_listen(sley_datagram *d);

/* ---- send.c ---- */

/* Sends until the queue is empty or the kernel takes no more. Runs no callback. */
void sley__datagram_send_all(sley_datagram *d);
/* Whether somebody is to be told of something; and tells: callbacks run. */
bool sley__datagram_has_news(const sley_datagram *d);
void sley__datagram_tell(sley_datagram *d);
/* Rejects those that wait for the queue. Consumes e. */
void sley__waiting_reject(sley_datagram *d, sley_error *e);

/* ---- close.c ---- */

void sley__datagram_opened(sley_datagram *d); /* has its first handle */

void sley__datagram_end(sley_datagram *d,
                        sley_error *e); /* e: of the close; NULL: none; consumed */
void sley__datagram_free(sley_datagram *d);

/* ---- path.c ---- */

/* Memory for the path of the file, if the address is one. */
bool sley__datagram_path_reserve(sley_datagram *d, const sley_address *address);
/* What failed, with errno; NULL: it is bound. */
const char *sley__datagram_bind(sley_datagram *d, sley_fd fd, const sley_address *address,
                                bool replace, unsigned mode);
/* Removes the file, if it is still this socket's. */
void sley__datagram_path_remove(sley_datagram *d);

/* ---- ends.c ---- */

void sley__datagram_note_port(sley_datagram *d); /* the system may have chosen it */

/* ---- state.c ---- */

typedef struct sley__datagrams {
  struct sley__dlist all;
  struct sley__dlist dirty;   /* with packets to send as the turn ends */
  struct sley__dlist news;    /* with something to be told in the next turn */
  struct sley__dlist stalled; /* to be tried again by the alarm */
  sley_alarm *alarm;
  sley_time pause;
  sley__room *spare_one, *spare_many;
  sley__chunk *spare_chunk;
} sley__datagrams;

/* The domain's, made on first use. 0 or a code of sley__loop_open. */
int sley__datagrams_open(sley_domain *d);
void sley__datagram_mark_dirty(sley_datagram *d);
void sley__datagram_mark_news(sley_datagram *d);
void sley__datagram_stall(sley_datagram *d);

#endif
