/* sley/channel.h: buffered input and output over a byte object.
 *
 * A channel holds blocks of its domain (see sley/bytes.h) only while it holds data: one that waits for its peer has none.
 * A block has room for 16,832 bytes: a message of 16 KiB, and something before and behind it.
 * Output is sent once a turn of the loop, together; a writer that is more than the high mark ahead of its peer waits.
 *
 * Operations of one half run one after the other, in the order in which they were asked for; a pending one can be
 * canceled. The functions that give no promise take nothing while others are under way or in line, so that nothing
 * overtakes what was asked for earlier. What one call writes is one piece: nothing of others comes between, also where
 * it has to wait.
 *
 * A cancel consumes nothing, but what was consumed can be lost with a choice: a read stands inside sley_pick or
 * sley_with_timeout, the line arrives, and a callback of the same arrival cancels the choice. The read is fulfilled, the choice
 * is Canceled, and nobody has the line. Cancel the read itself; or put a bind on the read inside the choice; or choose
 * sley_input_fill, which consumes nothing, and take the line behind that (sley_try_line).
 *
 * What a function lends (sley_input_peek, sley_try_line, sley_await_line, ...) stays where it is until the next call on
 * this input by anybody, or its close; it is never ended by data that arrives, by time limits or by errors. What a fiber is
 * lent while others are in line behind it stays until the fiber waits next. Any number of fibers may use one channel;
 * where several read, use the functions that give bytes.
 *
 * When a domain ends (sley_finish, sley_domain_end, a shutdown), what its outputs have not sent is sent, for at most five
 * seconds; what is left then is named in the domain's report (sley_domain_options; stderr), and all its channels are
 * aborted.
 *
 * What the calls do in each state:
 *
 *               a promise       no promise      close            abort       cancel        time limit    domain ends
 *     idle      runs            runs            runs             at once     -             -             aborts
 *     waits     in line         takes nothing   in: at once      at once     ends it       rejects it    aborts
 *                                               out: in line
 *     body runs in line;        takes nothing;  in: at once      at once,    cancels the   rejects what  aborts
 *               inside: runs    inside: runs    out: in line     cancels it  body          waits inside
 *     draining  closed          takes nothing   the same promise at once     waits no more only finish   aborts
 *     broken    the error       the error       the error, once  at once     -             -             aborts
 *     closed    closed          takes nothing   the same promise nothing     -             -             -
 *
 * Closed and without an error, also by sley_output_end: sley_output_flush and sley_output_end are fulfilled, since there is
 * nothing left to send.
 *
 * The end of a socket and of a pipe is for good. A file and a terminal are asked again by each operation that gives a
 * promise or awaits, so a file that has grown is read on.
 *
 * Broken: the object has failed. On input, what has come before is read first; on output, what is unsent is dropped,
 * and sley_output_reserve lends memory that goes nowhere, so that a protocol can finish its message. */
#ifndef SLEY_CHANNEL_H
#define SLEY_CHANNEL_H

#include <sley/bytes.h>
#include <sley/io.h>
#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_input sley_input;   /* reads; counted with its object, of its domain  */
typedef struct sley_output sley_output; /* writes; counted with its object, of its domain */

typedef struct sley_channel_options {
  size_t size; /* sizeof(sley_channel_options) */
  /* Input: bytes that a line or a piece can have; 0: 64 KiB. */
  size_t most;
  /* Output: a writer waits from high unsent bytes on until there are low; 0: 64 KiB, and a quarter of high. */
  size_t high, low;
  /* Seconds for reading away what the peer still sends after the end, however much that is; who sends on is reset then.
   * 0: 2; less: none. */
  double linger;
  /* Seconds that a close or an end, and what stands before it in line, waits for the peer without progress until it aborts;
   * 0: 30. */
  double finish;
  /* Output is sent by sley_output_flush only, or when it has more than a block. */
  bool no_auto_flush;
  /* Bytes behind the last end of a line are no line. */
  bool whole_lines;
  /* Limits of time in seconds, which count only while an operation waits for the peer; 0: none. So a program that computes,
   * or waits for something else, is not over them. When one is over, what waits is rejected with SLEY_ETIMEOUT, and the
   * channel stays as it is. That is never too early, and at most an eighth of the shortest limit too late: one alarm looks
   * after all channels of the domain that have the same limits.
   * idle: no byte comes or goes. */
  double idle;
  /* An operation is not over yet. That of sley_input_each begins anew when its function has consumed something. */
  double deadline;
  /* Fewer than least bytes have come and gone in least_over seconds. Where sley_input_each waits for the first byte of
   * something new, neither this nor deadline counts: only idle does. */
  size_t least;
  double least_over;
  /* What is read before anything else, such as what sley_channels_detach gave; at most `most` bytes. It is consumed, also on
   * failure. */
  sley_bytes unread;
  /* Input of a Unix socket: descriptors that come are kept for sley_input_take_fds (sley/fds.h); else they are closed. */
  bool take_fds;
} sley_channel_options;

/* ---- made ---- */

/* Make the halves of an object; it is closed when those that were made are. From then on it is read and written through
 * them alone. options can be NULL, and are copied.
 * Owns    on success consumes one holder of io; the halves are the caller's: sley_input_drop, sley_output_drop.
 * Fails   SLEY_EINVAL: it has channels, or an operation is pending; SLEY_ECLOSED; out of memory; kind errno (what is
 *         wrong with its descriptor). *in and *out are NULL then, and io is still the caller's.
 * Cost    no allocation: the halves lie in the object. One, if linger or finish is set; two, if a limit of time is.
 * Lwt     Lwt_io.of_fd, of_unix_fd
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_channels(const sley_channel_options *options, sley_io *io,
                                                  sley_input **in, sley_output **out);
SLEY_API SLEY_NODISCARD sley_error *sley_input_from_io(const sley_channel_options *options,
                                                       sley_io *io, sley_input **out);
SLEY_API SLEY_NODISCARD sley_error *sley_output_from_io(const sley_channel_options *options,
                                                        sley_io *io, sley_output **out);
/* An output into memory of the library, which grows. sley_output_memory lends what has been written and flushed.
 * Owns    *out is the caller's; *data is lent until the next call on output.
 * Fails   returns an error if out of memory, and *out is NULL; otherwise NULL.
 * Lwt     Lwt_io.of_bytes
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_output_to_memory(sley_output **out);
SLEY_API void sley_output_memory(sley_output *output, const char **data, size_t *size);
/* An output into size bytes of yours, which has positions (sley_output_seek). What has been written is there after a
 * flush.
 * Owns    *out is the caller's; data is lent to it until it is closed.
 * Fails   as sley_output_to_memory. An output that is given more than fits fails with SLEY_EINVAL.
 * Lwt     Lwt_io.of_bytes
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_output_to_bytes(void *data, size_t size,
                                                         sley_output **out);
/* An input that reads a part, and has positions (sley_input_seek).
 * Owns    consumes *bytes and leaves all zeros, also on failure; *out is the caller's.
 * Fails   as sley_output_to_memory.
 * Lwt     Lwt_io.of_bytes
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_input_from_bytes(sley_bytes *bytes, sley_input **out);
/* What is written to *out is read from *in, through memory: the halves of sley_io_pair.
 * Owns    both are the caller's.
 * Fails   as sley_output_to_memory; both are NULL then.
 * Lwt     Lwt_io.pipe
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_channel_pipe(sley_input **in, sley_output **out);

/* The standard streams of the process. Every domain has outputs of its own; whole lines of up to 4 KiB that go to a pipe, a
 * terminal or a file are never cut by another domain's, and between domains no order is promised. What the current
 * domain has not sent is sent at exit(3), which waits at most a second, and writes an error of standard output that nobody
 * was told of to stderr; sley_finish sends it before. Input is for the domain that asks first.
 * Owns    they are lent, until the domain ends. The descriptors are neither closed nor set.
 * Fails   NULL: out of memory, or sley_stdin, sley_stdout or sley_stderr is in use; input: another domain has it.
 * Lwt     Lwt_io.stdin, stdout, stderr
 * Since   0.1 */
SLEY_API sley_input *sley_input_stdin(void);
SLEY_API sley_output *sley_output_stdout(void);
SLEY_API sley_output *sley_output_stderr(void);

/* Add and drop a holder of a half, which is one of its object; NULL is allowed. The last one aborts what is open.
 * Since   0.1 */
SLEY_API sley_input *sley_input_keep(sley_input *in);
SLEY_API void sley_input_drop(sley_input *in);
SLEY_API sley_output *sley_output_keep(sley_output *output);
SLEY_API void sley_output_drop(sley_output *output);
/* The object, lent.
 * Since   0.1 */
SLEY_API sley_io *sley_input_io(const sley_input *in);
SLEY_API sley_io *sley_output_io(const sley_output *output);

/* ---- input: data where it lies ---- */

/* What is unread, in one piece; 0 bytes if nothing is, or others are under way. No more than a block, the rest after that
 * is consumed, unless a fill or sley_input_more has asked for more than a block: so sley_output_write copies all of it,
 * and it can be consumed at once.
 * Owns    *data is lent until the next call on this input.
 * Cost    constant.
 * Lwt     Lwt_io.direct_access
 * Since   0.1 */
SLEY_API size_t sley_input_peek(sley_input *in, const char **data);
/* Marks n of the bytes that sley_input_peek shows as read; more than are unread aborts.
 * Since   0.1 */
SLEY_API void sley_input_consume(sley_input *in, size_t n);
/* Waits until n bytes are unread, in one piece: how many are; fewer only if no more will come, 0 at the end.
 * Cancelable: nothing is consumed.
 * Fails   SLEY_EINVAL: n is more than the input's most; the object's error, once all before it has been read; closed.
 * Lwt     Lwt_io.block
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_fill(sley_input *in, size_t n);
/* Whether sley_input_fill would not wait; bytes unread; bytes consumed so far; whether others are under way, it is closed,
 * and nothing comes behind what is unread.
 * Lwt     Lwt_io.buffered, position, is_busy, is_closed
 * Since   0.1 */
SLEY_API bool sley_input_has(const sley_input *in, size_t n);
SLEY_API size_t sley_input_buffered(const sley_input *in);
SLEY_API int64_t sley_input_position(const sley_input *in);
SLEY_API bool sley_input_is_busy(const sley_input *in);
SLEY_API bool sley_input_is_closed(const sley_input *in);
SLEY_API bool sley_input_is_ended(const sley_input *in);
/* The error that the object failed with, lent; NULL: none.
 * Since   0.1 */
SLEY_API sley_error *sley_input_error(const sley_input *in);
/* Waits until no more will come: fulfilled with unit when the peer has ended, also while nobody reads, as in a function that
 * computes an answer for it. Does not stand in line, and consumes nothing; while nobody else reads, it reads ahead, up to the
 * input's most, so that behind more than that the end is heard of only when some has been read. A peer that has ended
 * can still read: whether it has gone depends on your protocol. Cancelable.
 * Fails   the object's error, such as ECONNRESET; closed.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_watch_end(sley_input *in);

/* What a body of sley_input_each and sley_input_atomic is given: the input by an inside handle, through which the body
 * has it for itself; what is asked for by other handles waits until the body's promise is settled. The handle is the
 * body's until then; used afterwards, it aborts. Bodies can be nested, 15 deep (SLEY_EDEPTH). Closing through it is
 * refused (SLEY_EINVAL). */
typedef sley_promise *sley_input_fn(void *ctx, sley_input *in);
/* Calls f whenever there is unread data, until the end. f consumes something, or gives sley_input_more. While its promise
 * is pending, nothing more is read, but for sley_input_watch_end. At the end f is called once more if bytes are unread
 * (sley_input_is_ended is true then). Cancelable: the promise of f is canceled, and others go on when that is settled.
 * Fails   rejected as f's promise is; with the object's error; with end of file, if f leaves bytes at the end; with
 *         SLEY_EINVAL, if f consumes nothing and does not ask for more; closed. Fulfilled with unit at the end, or when
 *         f's promise is fulfilled with true.
 * Cost    allocates nothing for a call of f that gives sley_input_more(0).
 * Lwt     Lwt_io.direct_access, Lwt_stream.iter_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_each(sley_input *in, sley_input_fn *f,
                                                                void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
/* For f of sley_input_each to give, in the call that asks: call again when n bytes are unread, or more than now if n is
 * no more than that. sley_input_more(0) is also for an f that has consumed everything.
 * Cost    allocates nothing: the promise is shared.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_more(size_t n);
/* Calls f once and lets others wait until its promise, which becomes the result, is settled. Cancelable, as
 * sley_input_each.
 * Lwt     Lwt_io.atomic
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_atomic(
    sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- input: what it consists of ---- */

/* One byte: an integer; _opt: none at the end. One line as text (sley_type_text, so not behind a NUL), without its end,
 * LF or CR LF; what stands behind the last end of a line is one, too, unless the option whole_lines is set. Cancelable:
 * nothing is consumed.
 * Fails   end of file, but for _opt; SLEY_EINVAL: the line is longer than most, and stays unread; the object's error,
 *         and a line that it cut stays unread; closed; out of memory.
 * Lwt     Lwt_io.read_char, read_char_opt, read_line, read_line_opt
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_char(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_char_opt(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_line(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_line_opt(sley_input *in);
/* Bytes (sley_type_bytes): those before the first end, which is consumed, too; what is there, at least 1 and at most most
 * bytes, and 0 bytes at the end; exactly n; all up to the end, at most most. Those that are at least a quarter of a
 * block refer to it instead of being copied. Cancelable: nothing is consumed.
 * Fails   as sley_input_line. sley_input_exactly: with end of file before n bytes, which stay unread, and SLEY_EINVAL if
 *         n is more than the input's most. sley_input_all: SLEY_EINVAL if there are more than most, which stay unread.
 * Lwt     Lwt_io.read
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_until(sley_input *in, const void *end,
                                                                 size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_some(sley_input *in, size_t most);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_exactly(sley_input *in, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_all(sley_input *in, size_t most);
/* Into a buffer: what is there, at least 1 byte, and how many (0 at the end); all of it (unit). sley_input_skip throws
 * bytes away: how many, fewer at the end. Cancelable: sley_input_read consumes nothing, the others have consumed what
 * they have.
 * Owns    buffer is the operation's until it has ended.
 * Fails   as sley_input_line; sley_input_read_exactly: end of file.
 * Lwt     Lwt_io.read_into, read_into_exactly
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_read(sley_input *in, void *buffer,
                                                                size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_read_exactly(sley_input *in,
                                                                        void *buffer, size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_skip(sley_input *in, uint64_t bytes);

/* Lend and consume a line, and n bytes, without a promise: 1; 0: not there yet, or others are under way.
 * Fails   -SLEY_EEOF; -SLEY_EINVAL: longer than most; -SLEY_ESYSTEM: sley_input_error lends the error, and sley_error_keep
 *         makes it one to reject with; -SLEY_ECLOSED. *data is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_try_line(sley_input *in, const char **data, size_t *size);
SLEY_API SLEY_NODISCARD int sley_try_bytes(sley_input *in, size_t n, const char **data);
/* sley_try_line and sley_try_bytes in a fiber, which waits until the data is there. At the end *data is NULL.
 * Fails   returns an owned error, as sley_input_line, Canceled too; sley_await_bytes: end of file before n bytes. Outside
 *         a fiber they abort, as sley_await does, also if the data is there.
 * Cost    no allocation if it is there.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_await_line(sley_input *in, const char **data,
                                                              size_t *size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_await_bytes(sley_input *in, size_t n,
                                                               const char **data);

/* ---- output ---- */

/* Room for n bytes in one piece, at most a block's; never waits. sley_output_commit makes the first n of them output,
 * and follows without another call on this output between.
 * Owns    the room is lent until the next call on this output.
 * Fails   NULL: out of memory, or n is too large, or others are under way (sley_output_is_busy), or it is closed.
 * Lwt     Lwt_io.direct_access
 * Since   0.1 */
SLEY_API char *sley_output_reserve(sley_output *output, size_t n);
SLEY_API void sley_output_commit(sley_output *output, size_t n);
/* Write data, a text, a line with a newline, a byte, or slices, as one piece: fulfilled with unit when what is unsent is
 * below the high mark, mostly at once. Up to a block is copied before the call returns, also where it has to stand in line;
 * more is copied piece by piece as there is room, and data is borrowed until the promise is settled.
 * Cancelable: what was copied is sent. So canceling a write of more than a block, also by a time limit, can cut the message,
 * and what is written next follows the cut: use sley_output_bytes, whose cancel never cuts, or abort the connection.
 * Fails   the object's error; closed; out of memory, and nothing of it was copied, or what was is sent.
 * Lwt     Lwt_io.write, write_line, write_char, write_from_exactly
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_write(sley_output *output,
                                                                  const void *data, size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_text(sley_output *output,
                                                                 const char *text);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_line(sley_output *output,
                                                                 const char *text);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_line_bytes(sley_output *output,
                                                                       const void *data,
                                                                       size_t size);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_char(sley_output *output, char c);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_slices(sley_output *output,
                                                                   const sley_slice *slices,
                                                                   size_t n);
/* Writes a part without a copy; it is held until it is sent. Cancelable: all of it is sent, or nothing if it still stood
 * in line; never a piece.
 * Owns    consumes *bytes and leaves all zeros.
 * Fails   as sley_output_write; then nothing of it was taken.
 * Lwt     Lwt_io.write_from_exactly_bigstring
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_bytes(sley_output *output,
                                                                  sley_bytes *bytes);
/* Writes data without a promise: 0, and all of it is copied.
 * Fails   nothing is taken: -SLEY_EAGAIN above the high mark or while others are under way; -SLEY_ECLOSED;
 *         -SLEY_ESYSTEM: see sley_output_error; -SLEY_EINVAL: more than a block; -SLEY_ENOMEM.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_output_try_write(sley_output *output, const void *data,
                                                  size_t size);
/* Whether what is unsent is below the high mark; whether others are under way; and whether it is closed.
 * Lwt     Lwt_io.is_busy, is_closed
 * Since   0.1 */
SLEY_API bool sley_output_is_ready(const sley_output *output);
SLEY_API bool sley_output_is_busy(const sley_output *output);
SLEY_API bool sley_output_is_closed(const sley_output *output);
/* Fulfilled with unit when what is unsent is below the mark. Does not stand in line.
 * Fails   as sley_output_write.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_wait_ready(sley_output *output);
/* Bytes unsent; bytes written so far.
 * Lwt     Lwt_io.buffered, position
 * Since   0.1 */
SLEY_API size_t sley_output_buffered(const sley_output *output);
SLEY_API int64_t sley_output_position(const sley_output *output);
/* Sends now, in this call, what was written so far, as far as the object takes it; fulfilled with unit when it has taken
 * all. Cancelable: only the waiting ends. sley_flush_all: of all outputs of this domain.
 * Fails   the object's error, also of an earlier turn; closed, unless it has ended and all was sent.
 * Lwt     Lwt_io.flush, flush_all
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_flush(sley_output *output);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_flush_all(void);
/* Flushes, then ends this direction: the peer reads the end, and later writes are rejected with closed; reading goes on.
 * Where a descriptor can only be written it is closed. Cancelable: it goes on. Once it is over, another end and
 * sley_output_flush are fulfilled.
 * Fails   the object's error; SLEY_ETIMEOUT, as sley_output_close; closed, by another end or close that is not over yet,
 *         or by an abort.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_end(sley_output *output);
/* The error that the object failed with, lent; NULL: none. It counts as told. An output that goes without having told its
 * error to anybody tells the async hook.
 * Since   0.1 */
SLEY_API sley_error *sley_output_error(sley_output *output);
/* As sley_input_atomic.
 * Lwt     Lwt_io.atomic
 * Since   0.1 */
typedef sley_promise *sley_output_fn(void *ctx, sley_output *output);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_atomic(
    sley_output *output, sley_output_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- positions ---- */

/* Go on at a position, counted from the beginning; the size of what is behind the channel, which stays where it is. Output
 * is flushed before. They stand in line. Cancelable: the old position stays.
 * Fails   SLEY_EINVAL: it has no positions (see sley_io_type), or not this one; as sley_output_flush.
 * Lwt     Lwt_io.set_position; length
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_seek(sley_input *in, int64_t position);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_seek(sley_output *output,
                                                                 int64_t position);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_size(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_size(sley_output *output);

/* ---- the end ---- */

/* sley_input_close rejects what waits with closed, and drops what is unread. sley_output_close stands in line: what was
 * asked for before it is done, what is asked for after it is rejected with closed; then it flushes and ends. When both
 * are closed, so is the object; on a socket what the peer still sends is read away first (see linger), so that the
 * answer is not lost with a reset. Later calls give the same promise.
 * Owns    the caller's holder stays.
 * Fails   the object's error, unless told before; that of closing it; SLEY_ETIMEOUT, with the number of bytes not sent;
 *         SLEY_EINVAL: through an inside handle.
 * Lwt     Lwt_io.close, where closing one half closes both
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_close(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_close(sley_output *output);
/* Closes the object at once: both halves. What waits is rejected with closed, what is unsent is lost, bodies are canceled.
 * To reject with an error of yours, which tells waiters why, call sley_io_abort_with on sley_output_io.
 * Owns    the caller's holder stays.
 * Lwt     Lwt_io.abort
 * Since   0.1 */
SLEY_API void sley_input_abort(sley_input *in);
SLEY_API void sley_output_abort(sley_output *output);

/* Takes the object out of its channels, for another protocol on it (STARTTLS, CONNECT, an upgrade) or another domain, once
 * what was written is sent: a value of sley_type_detached, with what was read and is unread; descriptors that nobody took
 * are closed. From the call on the halves are closed; who still holds one finds it so. A protocol that begins with
 * encryption refuses unread bytes: whoever sent them did so before it. Cancelable: as when it fails.
 * Owns    consumes both, or the one that was made, the other being NULL. When it fails, the object is aborted.
 * Fails   SLEY_EINVAL, and the object is dropped: these are not all halves of one object, or an operation on the input, or a
 *         body, is under way; as sley_output_flush.
 * Lwt     Lwt_io.establish_server_with_client_socket (no_close)
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_channels_detach(sley_input *in,
                                                                     sley_output *output);
/* What sley_channels_detach gives. A value of it may cross to another domain, as the object itself.
 * Owns    in lends it; take moves it out by the rule of sley_take, and io and unread are the caller's: sley_io_drop,
 *         sley_bytes_drop.
 * Fails   sley_detached_take: -SLEY_EMOVED: another reader has it; *out is all zeros.
 * Since   0.1 */
typedef struct sley_detached {
  sley_io *io;
  sley_bytes unread;
} sley_detached;
SLEY_API extern const sley_type sley_type_detached;
SLEY_API SLEY_SITE const sley_detached *sley_detached_in(const sley_value *v);
SLEY_API bool sley_detached_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD int sley_detached_take(sley_value *v, sley_detached *out);

/* The types of values that hold a half; their drops are sley_input_drop and sley_output_drop. They do not cross.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_input, sley_type_output;
SLEY_API sley_value sley_input_to_value(sley_input *in);
SLEY_API SLEY_SITE sley_input *sley_input_in(const sley_value *v);
SLEY_API bool sley_input_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_input *sley_input_take(sley_value *v);
SLEY_API sley_value sley_output_to_value(sley_output *output);
SLEY_API SLEY_SITE sley_output *sley_output_in(const sley_value *v);
SLEY_API bool sley_output_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_output *sley_output_take(sley_value *v);

SLEY_EXTERN_C_END

#include <sley/sites/channel.h>

#endif
