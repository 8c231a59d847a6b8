/* sley/fds.h: descriptors that travel with bytes over Unix sockets (SCM_RIGHTS: unix(7)), so that one process hands a
 * file, a connection or a listener to another.
 *
 * Descriptors come with bytes, in their order; a read gives those of one message at most. On Linux it ends with the bytes
 * that they were sent with; bytes that were sent before them without descriptors can stand before these, since the
 * kernel glues them. What arrives is close-on-exec. What nobody takes is closed and counted: a socket that is read
 * without asking for descriptors, what is left of a message when it is dropped, of an input when it is closed. */
#ifndef SLEY_FDS_H
#define SLEY_FDS_H

#include <sley/channel.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* So many descriptors travel with one message at most (Linux: SCM_MAX_FD). */
enum { SLEY_FDS_MOST = 253 };

/* Bytes, and the descriptors that came with them. */
typedef struct sley_fds {
  sley_bytes bytes; /* none: the end */
  const sley_fd *fds;
  size_t count;
  /* It came with more descriptors than were asked for, or than this process could open; those are gone. */
  bool lost_fds;
} sley_fds;

/* ---- over an object ---- */

/* Writes all of slices, as sley_writev, with descriptors, which travel with the first byte; cancelable.
 * Owns    the memory is the operation's until it has ended, and the descriptors stay open until then; they are still
 *         the caller's afterwards. slices and fds are copied.
 * Fails   SLEY_EINVAL: no Unix socket, more than SLEY_FDS_MOST, or no byte to travel with; kind errno (EBADF;
 *         ETOOMANYREFS: too many are under way); otherwise as sley_writev.
 * Lwt     Lwt_unix.send_msg, Lwt_bytes.send_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_send_fds(sley_io *io, const sley_slice *slices,
                                                              size_t n, const sley_fd *fds,
                                                              size_t count);
/* Reads at least 1 and at most most_bytes, with at most most_fds descriptors that come with them: a value of
 * sley_type_fds, whose bytes are none at the end; cancelable: nothing is consumed. On a socket of kind seqpacket it is
 * one message.
 * Fails   SLEY_EINVAL: no Unix socket, most_bytes is 0, or most_fds is over SLEY_FDS_MOST; otherwise as sley_read.
 * Lwt     Lwt_unix.recv_msg, Lwt_bytes.recv_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_receive_fds(sley_io *io, size_t most_bytes,
                                                                 size_t most_fds);

/* Takes a descriptor of what was received; index is that in its fds.
 * Owns    the descriptor is the caller's.
 * Fails   -1: it was taken before. An index of count or more aborts.
 * Lwt     Lwt_unix.recv_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_fd sley_fds_take_fd(const sley_fds *fds, size_t index);

/* The type of values that own bytes with their descriptors. They may cross to another domain.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_fds;
/* to_value consumes, in lends, take moves it out as sley_take does.
 * Since   0.1 */
SLEY_API sley_value sley_fds_to_value(sley_fds *fds);
SLEY_API SLEY_SITE sley_fds *sley_fds_in(const sley_value *v);
SLEY_API bool sley_fds_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_fds *sley_fds_take(sley_value *v);
/* Frees what sley_fds_take gave, and closes the descriptors that nobody took. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_fds_drop(sley_fds *fds);

/* ---- through channels ---- */

/* Takes up to n descriptors that were sent with bytes consumed so far, in their order; returns how many. They are there as
 * soon as all bytes that they were sent with are consumed, and never before the first of these is. For inputs made with
 * the option take_fds; 0, too, while others are under way. An input keeps 1,012 that nobody takes; what comes beyond is
 * closed.
 * Owns    those that it gives are the caller's.
 * Lwt     Lwt_unix.recv_msg
 * Since   0.1 */
SLEY_API SLEY_NODISCARD size_t sley_input_take_fds(sley_input *in, sley_fd *fds, size_t n);
/* Lets n descriptors travel with the next byte that is written: fulfilled with unit. Stands in line; where others write,
 * too, ask for both inside of sley_output_atomic. Those that no byte follows are closed with the output. Cancelable.
 * Owns    they are duplicated in the call, and stay the caller's.
 * Fails   SLEY_EINVAL: no Unix socket, or more than SLEY_FDS_MOST for one byte; kind errno (EBADF, EMFILE: they cannot
 *         be duplicated); otherwise as sley_output_write.
 * Lwt     Lwt_unix.send_msg
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_fds(sley_output *output,
                                                                const sley_fd *fds, size_t n);

/* Times that descriptors came over a Unix socket of the current domain and were closed, because nobody took them. Packets
 * have a counter of their own.
 * Since   0.1 */
SLEY_API uint64_t sley_fds_closed_count(void);

SLEY_EXTERN_C_END

#include <sley/sites/fds.h>

#endif
