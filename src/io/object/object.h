/* The byte object, as the other folders of io see it. Reading guide: this file; io.c, its life; descriptor.c, what an
 * object over a descriptor does; seqpacket.c; transfer.c, the promises of reading and writing over any type, with
 * attempt.c, want.c and read_write.c; fds.c, message.c and send_fds.c, descriptors that come with bytes; splice.c; close.c; from_fd.c;
 * pair.c, pairs in memory; peer.c. */
#ifndef SLEY_IO_OBJECT_H
#define SLEY_IO_OBJECT_H

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <sley/convenience.h>
#include <sley/fds.h>
#include <sley/io.h>
#include <sley/pause.h>

#include "io/bytes/bytes.h"

/* What the descriptor of an object is, as far as it matters for its calls. */
typedef enum sley__io_kind {
  SLEY__IO_UNKNOWN, /* not asked yet */
  SLEY__IO_SOCKET,
  SLEY__IO_STREAM, /* a pipe, a terminal, a device */
  SLEY__IO_PLAIN,  /* a file: never waits, and the kernel does not watch it */
  SLEY__IO_CUSTOM  /* no descriptor: a type */
} sley__io_kind;

/* Reads of a Unix socket ask for more than bytes: in sley_io.failed, since an ordinary read looks there. */
typedef enum sley__read {
  SLEY__READ_COUNTS_FDS = -1, /* closes descriptors that come, and counts */
  SLEY__READ_TAKES_FDS = -2   /* its input keeps them */
} sley__read;

/* Room for both halves of a channel, in words: see channel.h, which asserts that they fit. */
enum { SLEY__IO_HALVES = 14 };
/* Words of that before what only open channels use. Halves whose object was detached can still be asked. */
enum { SLEY__IO_UNUSED = sizeof(void *) == 8 ? 10 : 9 };

struct sley__transfer;

/* The memory is the runtime's, since an object can change domains: under way no loop knows it, and one does from its
 * first use there on. */
struct sley_io {
  struct sley__handle
      handle; /* the first member; its loop is NULL as long as no loop knows the object; counts holders */
  uint8_t kind;      /* sley__io_kind */
  unsigned mode : 4; /* sley_io_mode */
  bool has_channels : 1;
  bool is_standard : 1;  /* its descriptor is neither closed nor set */
  bool is_seqpacket : 1; /* a descriptor with messages */
  int16_t
      failed; /* the errno value that reading has failed with, for ever; 0: none; or a sley__read */
  uint32_t high;     /* of its output: the high mark, an option */
  sley_error *error; /* what every operation is rejected with; NULL: it is open */
  union {
    struct sley__dlist place; /* if a loop knows it: among all objects of its domain */
    struct {                  /* if none does */
      sley_runtime *runtime;
      sley_promise *closing; /* of the first close, unless it is a sley__custom; one reference */
    } away;
  };
  union {
    struct {
      _Alignas(16) uint64_t unused[SLEY__IO_UNUSED];
      struct sley__transfer
          *transfer[2]; /* without channels: pending ones, newest first: reading, writing */
    };
    _Alignas(16) uint64_t halves[SLEY__IO_HALVES];
  };
  uint64_t mark; /* OPEN or GONE; beyond the bytes that allocators overwrite in freed memory */
};

/* Of one over a descriptor. */
enum { SLEY__IO_BYTES = offsetof(sley_io, mark) + sizeof(uint64_t) };
_Static_assert(sizeof(void *) != 8 || (int)SLEY__IO_BYTES == 248,
               "an allocation of 256 bytes, with the header of malloc");

/* One of a type of the user's, or in memory. */
typedef struct sley__custom {
  sley_io io; /* the first member */
  const sley_io_type *type;
  void *ctx;              /* of the type's functions */
  sley_promise *closing;  /* of the first close; one reference */
  sley_promise *asked[2]; /* of its type's ready; one reference each */
  sley_error *trouble;    /* what that was rejected with; lent to calls->refused */
  unsigned observers;     /* of those promises: the memory is theirs, too */
  bool is_gone;           /* nobody else has it */
} sley__custom;

/* ---- io.c ---- */

/* The mark of an object of this copy of the library that somebody holds. */
#define SLEY__IO_BASE ((uint64_t)0x736c6579207463ff)
#define SLEY__IO_OPEN (SLEY__IO_BASE ^ (uintptr_t)&sley__copy)
/* Aborts unless io is an object, and of this domain if any loop knows it. */
void sley__io_check_slow(const sley_io *io, const char *function, const char *site);
/* Whether it is that, and the current domain's loop knows it. */
static inline bool sley__io_is_here(const sley_io *io)
{
  return SLEY__LIKELY(io->mark == SLEY__IO_OPEN && io->handle.loop == sley__current->loop);
}
static inline void sley__io_check(const sley_io *io, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(io == NULL || !sley__io_is_here(io))) sley__io_check_slow(io, function, site);
}
/* An object over fd, which belongs to it on success. Makes no system call. NULL: out of memory. */
sley_io *sley__io_make(sley_runtime *runtime, sley_fd fd, sley__io_kind kind, sley_io_mode mode);
/* The current domain's loop knows it from now on. 0 or a negated code (-SLEY_ESYSTEM: errno). */
int sley__io_attach_slow(sley_io *io);
static inline int sley__io_attach(sley_io *io)
{
  return SLEY__LIKELY(io->handle.loop != NULL) ? 0 : sley__io_attach_slow(io);
}
/* Its loop forgets it. */
void sley__io_leave(sley_io *io);
/* The state of its domain, which is the current one. */
static inline struct sley__io_state *sley__io_state_of(const sley_io *io)
{
  (void)io;
  return sley__current->io;
}
/* standard_closed.c: whether a standard stream is not there, and an object in its place, all of whose reads and writes fail
 * with EBADF. NULL: out of memory. */
bool sley__io_standard_is_closed(sley_fd fd);
sley_io *sley__io_standard_closed(sley_fd fd);
/* The error for a negated code of an object's function; call it immediately, since errno is the reason. call: the
 * system call, or "read" and "write" of a type. */
sley_error *sley__io_code_error(const char *site, const sley_io *io, int64_t code,
                                const char *call);
/* The next one of the domain; io NULL: the first. NULL: there is none. */
sley_io *sley__io_next(struct sley__io_state *state, sley_io *io);
/* Its promise of closing, or where that goes; NULL: it is not closed, since a loop knows it. */
sley_promise **sley__io_closing_at(sley_io *io);
static inline sley_promise *sley__io_closing(sley_io *io)
{
  sley_promise **at = sley__io_closing_at(io);
  return at != NULL ? *at : NULL;
}
sley_runtime *sley__io_runtime(const sley_io *io);
/* Where it was made, for what a domain tells as it ends: kept if SLEY_DEBUG is set; "": not known. */
void sley__io_note_site(sley_io *io, const char *site);
const char *sley__io_site(const sley_io *io);
static inline void sley__io_hold(sley_io *io) { io->handle.holders++; }
/* The domain's state and loop, with hooks into its turns. 0 or a negated code. */
int sley__io_state_start(sley_domain *d);
extern const struct sley__part sley__objects_part;

/* ---- transfer.c ---- */

/* Of objects without channels. */
extern const struct sley__handle_calls sley__io_calls;
/* Directions (SLEY__READ, SLEY__WRITE) in which calls->ready is to be called. */
void sley__io_want(sley_io *io, unsigned what);
void sley__io_want_no_more(sley_io *io, unsigned what);
/* The memory of an object that nobody holds. */
void sley__io_free(sley_io *io);
/* Rejects what is pending with io->error, in callbacks. */
void sley__io_reject_all(sley_io *io);
/* The error for calls->refused with this code: an errno value, or 0 for the trouble of a type. */
sley_error *sley__io_refusal(sley_io *io, int code, const char *site);
/* What becomes of an operation without a byte of room, or to write. */
sley_promise *sley__io_nothing(const char *site, const char *function, const sley_io *io,
                               bool reads);
enum { SLEY__IO_SLICES = 16 /* in one attempt */ };
/* The name of the call that reads or writes io, for messages. */
const char *sley__io_call_name(const sley_io *io, bool writes);

/* ---- descriptor.c ---- */

extern const sley_io_type sley__descriptor_type;
extern const sley_io_type sley__seqpacket_type; /* messages over a descriptor */
static inline const sley_io_type *sley__io_type_of(const sley_io *io)
{
  if (SLEY__UNLIKELY(io->is_seqpacket)) return &sley__seqpacket_type;
  if (io->kind != SLEY__IO_CUSTOM) return &sley__descriptor_type;
  return ((const sley__custom *)(const void *)io)->type;
}
static inline void *sley__io_ctx_of(const sley_io *io)
{
  return io->kind != SLEY__IO_CUSTOM ? (void *)(uintptr_t)io
                                     : ((const sley__custom *)(const void *)io)->ctx;
}
/* The functions of these types; ctx is the object. */
sley_promise *sley__fd_end(void *ctx);
sley_promise *sley__fd_end_reading(void *ctx);
sley_fd sley__fd_of(void *ctx);
static inline int sley__socket_type(sley_socket_kind kind)
{
  return kind == SLEY_SOCKET_KIND_SEQPACKET ? SOCK_SEQPACKET : SOCK_STREAM;
}
/* It is over a Unix socket, whose descriptor is known. */
static inline void sley__io_set_unix(sley_io *io, bool is_seqpacket)
{
  io->failed = SLEY__READ_COUNTS_FDS;
  io->is_seqpacket = is_seqpacket;
}
int64_t sley__fd_read(void *ctx, const sley_room *rooms, size_t n);
int64_t sley__fd_write(void *ctx, const sley_slice *slices, size_t n);

/* The negated code of a read, or a write, that has failed with errno. */
int64_t sley__fd_read_failed(sley_io *io);
int64_t sley__fd_write_failed(void);
/* Whether it is a socket that is read and written without any flag. */
static inline bool sley__io_is_simple(const sley_io *io)
{
  return SLEY__LIKELY(io->kind == SLEY__IO_SOCKET && io->mode != SLEY_IO_MODE_BLOCK);
}
/* What sley__fd_read and sley__fd_write do with those. */
static inline int64_t sley__socket_read(sley_io *io, void *to, size_t size)
{
  const sley_room room = {to, size};
  if (SLEY__UNLIKELY(io->failed != 0)) return sley__fd_read(io, &room, 1);
  ssize_t n = sley__sys_recv(io->handle.fd, to, size, 0);
  if (SLEY__LIKELY(n >= 0)) return n;
  return errno == EINTR ? sley__fd_read(io, &room, 1) : sley__fd_read_failed(io);
}
static inline int64_t sley__socket_write(sley_io *io, const void *from, size_t size)
{
  const sley_slice slice = {from, size};
  ssize_t n = sley__sys_send(io->handle.fd, from, size, MSG_NOSIGNAL);
  if (SLEY__LIKELY(n >= 0)) return n;
  return errno == EINTR ? sley__fd_write(io, &slice, 1) : sley__fd_write_failed();
}

/* Whether it is written in parts, each after asking whether there is room: then a short count does not tell. */
static inline bool sley__io_is_polled(const sley_io *io)
{
  return io->mode == SLEY_IO_MODE_BLOCK && io->kind != SLEY__IO_SOCKET;
}

/* Asks what fd is, if that is not known, and sets it not to block if its mode says so. 0 or -SLEY_ESYSTEM. */
int sley__fd_prepare(sley_io *io);

/* ---- fds.c, message.c ---- */

/* What came with a read. */
typedef struct sley__arrived {
  size_t count;
  bool lost; /* some could not be opened here */
  sley_fd fds[SLEY_FDS_MOST];
} sley__arrived;

bool sley__io_is_unix(const sley_io *io);
/* recvmsg(2) with descriptors, which are close-on-exec. -1 with errno; EINTR, too. Bytes that came without some can stand
 * before those that came with them, and Linux does not say how many; there the read ends with these. Elsewhere it begins
 * with these, and others can stand behind. */
ssize_t sley__fds_receive(sley_fd fd, const sley_room *room, int flags, sley__arrived *out);
/* sendmsg(2) with descriptors. */
ssize_t sley__fds_send(const sley_io *io, const sley_slice *slices, size_t n, const sley_fd *fds,
                       size_t count);
void sley__fds_close(const sley_fd *fds, size_t count);
/* Takes the descriptors out of a control message of theirs, close-on-exec: how many, at most `most`. Others are closed, or
 * could not be moved above the standard ones, and count in *lost. */
size_t sley__fds_arrived(const struct cmsghdr *c, sley_fd *fds, size_t most, size_t *lost);
/* Duplicates all of them or, with errno, none. */
bool sley__fds_duplicate(const sley_fd *from, size_t n, sley_fd *to);

/* Attempts of sley_receive_fds and sley_send_fds: as the functions of a type. */
int64_t sley__fds_attempt_receive(sley_io *io, size_t most_bytes, size_t most_fds,
                                  sley_value *value);
int64_t sley__fds_attempt_send(const sley_io *io, const sley_slice *slices, size_t n,
                               const sley_fd *fds, size_t count);

/* ---- splice.c ---- */

/* A write to a pipe that nobody reads raises SIGPIPE, and so do some calls on sockets: the signal is blocked between these,
 * and taken if it is a new one. In descriptor.c. */
typedef struct sley__no_sigpipe {
  sigset_t old;
  int was_blocked, was_pending;
} sley__no_sigpipe;
void sley__sigpipe_begin(sley__no_sigpipe *mask);
void sley__sigpipe_end(const sley__no_sigpipe *mask, bool was_raised);

typedef struct sley__spliced {
  struct sley__block
      *rest; /* what the other did not take: size bytes at the beginning of its data; one holder */
  size_t size;
  bool is_refused; /* it cannot be done with these */
} sley__spliced;
bool sley__io_can_splice(const sley_io *io);
/* Moves at most so many bytes, and 64 KiB: how many left `from`; 0: nothing has come, or a read says why not. */
size_t sley__io_splice(sley_io *from, const sley_io *to, size_t most, sley__spliced *out);
void sley__splice_end(struct sley__io_state *state);

/* ---- from_fd.c ---- */

/* The standard stream with this descriptor, lent; NULL: another domain has them, or out of memory. */
sley_io *sley__io_standard(sley_fd fd);
/* The same, but every domain has one; NULL: out of memory. */
sley_io *sley__io_standard_shared(sley_fd fd);
void sley__io_standard_end(sley_domain *d);

/* ---- close.c ---- */

/* Closes the descriptor or aborts the type, then rejects what is pending with e, which it consumes. */
void sley__io_abort_now(sley_io *io, sley_error *e);
/* The promise of closing, when nothing is pending and it has no channels any more. */
sley_promise *sley__io_close_now(const char *site, sley_io *io);

/* ---- peer.c ---- */

/* The remote address; length 0: none (any more). */
typedef struct sley__peer {
  socklen_t length;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  };
} sley__peer;
enum { SLEY__PEER_TEXT = 80 }; /* bytes that "address:port" fits in */
sley__peer sley__peer_of(const sley_io *io);
/* "address:port", cut to size - 1 bytes; returns the length needed. */
size_t sley__peer_text(const sley__peer *peer, char *text, size_t size);
/* What messages call it: the peer's address, the name of its type, or its descriptor. known: its peer; NULL: it is asked. */
void sley__io_name(const sley_io *io, const sley__peer *known, char *text, size_t size);

/* A connected socket that does not block, with TCP_NODELAY, known to d's loop. 0, or a negated code, and fd is still
 * the caller's. */
int sley__io_new(sley_domain *d, sley_fd fd, bool is_seqpacket, sley_io **out);

#endif
