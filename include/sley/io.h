/* sley/io.h: what bytes go through. A sley_io is a connection, a pipe, a terminal, one end of a pair in memory, or
 * something of yours: one type for all, with one table of functions behind it. sley/channel.h has buffered input and
 * output over one.
 *
 * The buffer of a read or a write is only touched inside calls and while its operation is pending. Canceling an
 * operation ends it in the same call, on every engine: the buffer is yours again immediately. */
#ifndef SLEY_IO_H
#define SLEY_IO_H

#include <sley/address.h>
#include <sley/bytes.h>
#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_io sley_io; /* counted; belongs to its domain */

/* ---- life ---- */

/* How an object over a descriptor calls the system, which it does from its first use on. */
typedef enum sley_io_mode {
  /* At the first use sockets, pipes and terminals are set not to block; what else it is is read and written as it is,
   * and never waits. */
  SLEY_IO_MODE_GUESS = 0,
  /* O_NONBLOCK is set at the first use. */
  SLEY_IO_MODE_NONBLOCK = 1,
  /* O_NONBLOCK stays as it is, because others use the same description: the descriptor is polled before each call,
   * which moves little enough not to block. */
  SLEY_IO_MODE_BLOCK = 2,
  /* It does not block already: nothing is set. */
  SLEY_IO_MODE_READY = 3
} sley_io_mode;

/* Makes an object over fd.
 * Owns    on success fd belongs to the object; *out is the caller's: sley_io_drop.
 * Fails   returns an error if out of memory or fd is negative, and *out is NULL; what is wrong with fd is told by the
 *         first operation.
 * Lwt     Lwt_unix.of_unix_file_descr
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_io_from_fd(sley_fd fd, sley_io_mode mode,
                                                              sley_io **out);
/* Add and drop a holder; NULL is allowed. Dropping the last one of an open object aborts it.
 * Since   0.1 */
SLEY_API sley_io *sley_io_keep(sley_io *io);
SLEY_API void sley_io_drop(sley_io *io);
/* The standard streams of the process, as objects of the domain that asks first; NULL in any other. Their descriptors
 * are neither closed nor set.
 * Owns    they are lent, until the domain ends.
 * Fails   NULL, too, if out of memory.
 * Lwt     Lwt_unix.stdin, stdout, stderr
 * Since   0.1 */
SLEY_API sley_io *sley_stdin(void);
SLEY_API sley_io *sley_stdout(void);
SLEY_API sley_io *sley_stderr(void);

/* Two ends in memory: what is written to one is read from the other, in a later pass of the loop, so that a write never
 * runs the reader's callbacks. limit: bytes that can be under way in each direction; 0: 64 KiB. Both belong to the
 * domain that makes them. When one is closed, the other reads what is there and then the end; its writes are rejected
 * with errno EPIPE.
 * Owns    both are the caller's.
 * Fails   returns an error if out of memory, and both are NULL; otherwise NULL.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_io_pair(size_t limit, sley_io *ends[2]);
/* What a Unix socket carries. */
typedef enum sley_socket_kind {
  SLEY_SOCKET_KIND_STREAM = 0,
  /* Messages: each write is one, and each read gives one. One that is longer than the room for it is gone, and the read
   * is rejected with SLEY_EINVAL; one without bytes cannot be told from the end. Channels refuse such an object. */
  SLEY_SOCKET_KIND_SEQPACKET = 1
} sley_socket_kind;
/* A pipe, and two connected Unix sockets. Their descriptors do not block and are closed on exec.
 * Owns    both are the caller's.
 * Fails   kind errno (EMFILE, ENFILE; EPROTONOSUPPORT: the system has no such kind); SLEY_EINVAL: no kind; out of memory;
 *         both are NULL then.
 * Lwt     Lwt_unix.pipe; Lwt_unix.socketpair
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_pipe(sley_io **in, sley_io **out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_socketpair(sley_socket_kind kind,
                                                              sley_io *ends[2]);
/* Another object over a duplicate of the descriptor, with the same mode, closed on exec.
 * Owns    *out is the caller's.
 * Fails   SLEY_EINVAL: io has no descriptor; SLEY_ECLOSED; kind errno; out of memory. *out is NULL then.
 * Lwt     Lwt_unix.dup
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_io_dup(const sley_io *io, sley_io **out);
/* Takes the descriptor out of the object, which is closed then. The descriptor blocks again, unless its mode is
 * SLEY_IO_MODE_BLOCK or SLEY_IO_MODE_READY.
 * Owns    consumes one holder of io on success; *out is the caller's to close.
 * Fails   SLEY_EINVAL: io has no descriptor, or an operation is pending, or it has channels; SLEY_ECLOSED. *out is -1
 *         then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_io_take_fd(sley_io *io, sley_fd *out);

/* Whether neither close nor abort has been called; whether a call on its descriptor can block, as of now (without a
 * descriptor: false); and whether its descriptor is a terminal.
 * Lwt     Lwt_unix.state; blocking; isatty
 * Since   0.1 */
SLEY_API bool sley_io_is_open(const sley_io *io);
SLEY_API bool sley_io_is_blocking(const sley_io *io);
SLEY_API bool sley_io_is_terminal(const sley_io *io);
/* The descriptor, lent; -1: there is none, or it is closed.
 * Lwt     Lwt_unix.unix_file_descr
 * Since   0.1 */
SLEY_API sley_fd sley_io_fd(const sley_io *io);
/* The object that this one is made over, lent; NULL: none.
 * Since   0.1 */
SLEY_API sley_io *sley_io_below(const sley_io *io);

/* Closes. Everything pending is rejected with sley_error_closed(), and so is everything asked for later. The first call
 * closes; later ones give the same promise. Not for an object that has channels: close those.
 * Owns    the caller's holder stays: sley_io_drop.
 * Fails   rejected with the error of closing (kind errno: EIO, ENOSPC; those of io's type); SLEY_EINVAL if it has
 *         channels. It is closed in any case but the last.
 * Lwt     Lwt_unix.close
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_io_close(sley_io *io);
/* sley_io_close immediately, and nobody hears of errors; what a socket still has to send is sent. sley_io_abort_with: what is
 * pending and what is asked for later is rejected with e, also through the channels of the object, if it has some. NULL,
 * and an object that is closed, are left alone.
 * Owns    the caller's holder stays; sley_io_abort_with consumes e.
 * Lwt     Lwt_unix.abort
 * Since   0.1 */
SLEY_API void sley_io_abort(sley_io *io);
SLEY_API void sley_io_abort_with(sley_io *io, sley_error *e);
/* Ends one direction: after sley_io_end the peer reads the end, and writing here is rejected; after
 * sley_io_end_reading reads give the end. ENOTCONN counts as done.
 * Fails   SLEY_EINVAL: it has no halves; SLEY_ECLOSED; kind errno.
 * Lwt     Lwt_unix.shutdown
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_io_end(sley_io *io);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_io_end_reading(sley_io *io);

/* ---- reading and writing ---- */

/* Pieces of memory to write from and to read into; laid out like struct iovec. */
typedef struct sley_slice {
  const void *at;
  size_t size;
} sley_slice;
typedef struct sley_room {
  void *at;
  size_t size;
} sley_room;

/* Reads at least 1 and at most size bytes into buffer: an integer, 0 at the end; cancelable. One read at a time: a
 * callback of a canceled read may start the next. sley_choose leaves the read pending, and another one is refused;
 * sley_pick cancels it. sley_readv fills rooms one after the other, as far as data is there.
 * Owns    the buffers are the operation's until it has ended; rooms is copied.
 * Fails   rejected with kind errno (ECONNRESET, ..., which every later read says too; ENOSPC, ENOMEM: the kernel
 *         refuses to watch the descriptor, and the next read asks again), SLEY_ECLOSED; SLEY_EINVAL while another
 *         read waits, without room for a byte, or when io has channels.
 * Lwt     Lwt_unix.read, Lwt_bytes.read, Lwt_unix.recv; Lwt_unix.readv
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_read(sley_io *io, void *buffer, size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_readv(sley_io *io, const sley_room *rooms,
                                                           size_t n);
/* Writes all of data, or of all slices: fulfilled with unit; cancelable (some of it may be written then). One write at a
 * time, as for sley_read. A large one is written in parts and lets other code run between them. sley_write_some writes at
 * least 1 byte, and tells how many. SIGPIPE is never raised.
 * Owns    data is the operation's until it has ended; slices is copied.
 * Fails   rejected as sley_read (EPIPE, ECONNRESET, ...); some of it may be written.
 * Lwt     Lwt_unix.write, Lwt_bytes.write, Lwt_unix.send; Lwt_unix.writev, whose writes can be short
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_write(sley_io *io, const void *data,
                                                           size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_write_some(sley_io *io, const void *data,
                                                                size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_writev(sley_io *io, const sley_slice *slices,
                                                            size_t n);
/* What can be done without waiting: the number of bytes; reading, 0 at the end.
 * Fails   -SLEY_EAGAIN; -SLEY_ECLOSED; -SLEY_EINVAL as sley_read; -SLEY_ENOMEM; -SLEY_ESYSTEM with errno.
 * Lwt     Lwt_unix.readable, writable
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int64_t sley_try_read(sley_io *io, void *buffer, size_t size);
SLEY_API SLEY_NODISCARD int64_t sley_try_write(sley_io *io, const void *data, size_t size);
/* Fulfilled with unit when a read or a write is worth trying; cancelable. Any number at a time.
 * Fails   as sley_read.
 * Lwt     Lwt_unix.wait_read, wait_write
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_io_wait_readable(sley_io *io);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_io_wait_writable(sley_io *io);

/* ---- behind one ---- */

/* What an object does. The functions try, and never wait; promises, one operation per direction, canceling and closing
 * are the library's. All but read, write, ready and abort may be NULL. An object over another one holds the channels
 * of that one (see sley/channel.h). */
typedef struct sley_io_type {
  size_t size;      /* sizeof(sley_io_type)  */
  const char *name; /* "tls": in messages    */
  /* As sley_try_read and sley_try_write: bytes, 0 at the end, -SLEY_EAGAIN, or -SLEY_ESYSTEM with errno. At least one
   * byte of room or data is given. */
  int64_t (*read)(void *ctx, const sley_room *rooms, size_t n);
  int64_t (*write)(void *ctx, const sley_slice *slices, size_t n);
  /* After -SLEY_EAGAIN: a promise of when to try again; an error rejects what waits. May be asked for both directions at
   * once, but not twice for one. It is canceled if nobody waits for it any more. */
  sley_promise *(*ready)(void *ctx, bool to_write);
  /* Ends everything and frees ctx now; a promise of ready is canceled afterwards. */
  void (*abort)(void *ctx);
  /* The same with an orderly end: NULL: abort does it. ctx may live on until the promise is settled. */
  sley_promise *(*close)(void *ctx);
  /* The peer reads the end; NULL: it has no halves. */
  sley_promise *(*end)(void *ctx);
  /* Nothing more is read; NULL: it has no halves. */
  sley_promise *(*end_reading)(void *ctx);
  /* Moves to offset, counted as by lseek(2): an integer, the new position; NULL: it has none. */
  sley_promise *(*seek)(void *ctx, int64_t offset, int whence);
  /* Whether it can change domains now; NULL: never. */
  bool (*is_idle)(void *ctx);
  /* What carries its bytes as they are; NULL: nothing does. */
  sley_fd (*fd)(void *ctx);
  /* The object that this one is made over, lent; NULL: none. */
  sley_io *(*below)(void *ctx);
  /* The address of this end or of the peer: 0, or -SLEY_ESYSTEM with errno; NULL: those of what it is made over. For
   * sley_socket_local and sley_socket_peer. */
  int (*address)(void *ctx, bool peer, sley_address *out);
} sley_io_type;

/* Makes an object of a type.
 * Owns    on success ctx belongs to the object (see abort); *out is the caller's: sley_io_drop.
 * Fails   returns an error if out of memory, and *out is NULL; ctx is still the caller's.
 * Lwt     Lwt_io.make
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_io_new(const sley_io_type *type, void *ctx,
                                                          sley_io **out);
/* The type that it was made with, and its ctx in *ctx. NULL: it is one of the library's.
 * Owns    *ctx is lent.
 * Since   0.1 */
SLEY_API const sley_io_type *sley_io_type_get(const sley_io *io, void **ctx);

/* ---- values ---- */

/* The type of values that hold an object; its drop is sley_io_drop. A value of it may cross to another domain while the
 * object has one holder, no channels and nothing pending; it belongs to that domain from its first use there. Pairs in
 * memory stay where they are. to_value consumes a holder, in lends, take moves it out as sley_take does.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_io;
SLEY_API sley_value sley_io_to_value(sley_io *io);
SLEY_API SLEY_SITE sley_io *sley_io_in(const sley_value *v);
SLEY_API bool sley_io_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_io *sley_io_take(sley_value *v);

/* ---- connections ---- */

/* TCP_NODELAY, which is on from the start.
 * Fails   kind errno.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_io_set_nodelay(sley_io *io, bool on);

SLEY_EXTERN_C_END

#include <sley/sites/io.h>

#endif
