/* sley/pump.h: what one channel reads is written to another, until the end. */
#ifndef SLEY_PUMP_H
#define SLEY_PUMP_H

#include <sley/channel.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Write what in reads to output until the end, or at most so many bytes: fulfilled with how many. Blocks change hands
 * without a copy where they are filled well. What has come is flushed while the source waits, and the source is not read
 * while the output is above its mark: over a chain of pumps at most the mark and a block each are under way. Both
 * channels are busy meanwhile, and what others ask for stands in line; the output is not ended. Between two sockets, pipes
 * or terminals of Linux more than a block that is there moves without a copy, by splice(2) through a pipe of the domain,
 * which holds nothing afterwards.
 * An output that breaks meanwhile ends it, also while the source waits: one with unsent bytes, a pipe that nobody reads any
 * more, a connection that was reset, a Unix socket whose peer has closed. The end of a peer that can still read does not.
 * Cancelable: what has left the input reaches the output.
 * Fails   the error of either, with "reading from NAME: " or "writing to NAME: " before its message, where NAME is the
 *         address of the peer, if it has one; closed; out of memory. What is unread then is still the input's.
 * Cost    a few allocations for all of it; for each block one.
 * Lwt     Lwt_io.read_chars and write_chars
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_pump(sley_input *in,
                                                                sley_output *output);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_pump_n(sley_input *in, uint64_t bytes,
                                                                  sley_output *output);
/* Pumps both ways between two connections, as a proxy does. The end of one is handed on to the other, by
 * sley_output_end; fulfilled with unit when both have ended. An output without halves is not ended. So the outputs that
 * were ended are sent to the last byte then, standard output too: another flush is fulfilled, and a write is rejected with
 * closed. The channels are not closed. Cancelable: both ways, as sley_input_pump.
 * Fails   as sley_input_pump, with the first error, which aborts both connections. Only if one of them has closed and takes
 *         no more (EPIPE, ECONNRESET), what it sent before still goes to the other, and neither is aborted: close them,
 *         and a client gets the answer of a server that did not read all of its request.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_relay(sley_input *a_in, sley_output *a_output,
                                                           sley_input *b_in, sley_output *b_output);

SLEY_EXTERN_C_END

#include <sley/sites/pump.h>

#endif
