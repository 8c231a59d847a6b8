/* sley/format.h: what channels carry besides bytes and lines: integers and floats, formatted text, dumps, and streams of
 * characters and lines. All of it is one piece each, in the line of its channel: see sley/channel.h. */
#ifndef SLEY_FORMAT_H
#define SLEY_FORMAT_H

#include <sley/channel.h>
#include <sley/stream.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* ---- numbers ---- */

/* The order of the bytes of a number.
 * Lwt     Lwt_io.LE, BE, system_byte_order; Lwt_sys.byte_order
 * Since   0.1 */
typedef enum sley_byte_order {
  SLEY_BYTE_ORDER_NATIVE = 0, /* this machine's                                  */
  SLEY_BYTE_ORDER_LITTLE = 1, /* the least significant byte first                */
  SLEY_BYTE_ORDER_BIG = 2     /* the most significant byte first: the network's  */
} sley_byte_order;

/* An integer of 1, 2, 4 or 8 bytes, in two's complement or unsigned; a double from an IEEE 754 number of 4 or 8 bytes.
 * Cancelable: nothing is consumed.
 * Fails   end of file before so many bytes, which stay unread; SLEY_EINVAL: another width, or an unsigned one of 8 bytes
 *         that is more than INT64_MAX, which stays unread (sley_input_int gives its bits); the object's error; closed.
 * Cost    no system call if the bytes are there.
 * Lwt     Lwt_io.read_int, read_int16, read_int32, read_int64, read_float32, read_float64
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_int(sley_input *in, unsigned width,
                                                               sley_byte_order order);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_uint(sley_input *in, unsigned width,
                                                                sley_byte_order order);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_input_float(sley_input *in, unsigned width,
                                                                 sley_byte_order order);
/* Write one, as sley_output_write writes bytes. A number is rounded to 4 bytes.
 * Fails   SLEY_EINVAL, and nothing is written: another width, or i fits neither the signed nor the unsigned integers of
 *         that width; as sley_output_write.
 * Lwt     Lwt_io.write_int, write_int16, write_int32, write_int64, write_float32, write_float64, which cut what does not
 *         fit
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_int(sley_output *output, int64_t i,
                                                                unsigned width,
                                                                sley_byte_order order);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_float(sley_output *output,
                                                                  double number, unsigned width,
                                                                  sley_byte_order order);

/* ---- text ---- */

/* Writes formatted text, as sley_output_write does. The arguments are used before the call returns.
 * Fails   as sley_output_write; kind errno: EILSEQ, EOVERFLOW (vsnprintf(3)).
 * Cost    no allocation for a text of less than 512 bytes that does not stand in line.
 * Lwt     Lwt_io.fprintf, printf, eprintf
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_printf(sley_output *output,
                                                                   const char *format, ...)
    SLEY_PRINTF(2, 3);
/* Writes size bytes as `hexdump -Cv` shows them: lines with the position, 16 bytes in hexadecimal, and their characters;
 * the last line is the size alone.
 * Fails   as sley_output_write; SLEY_EINVAL: there are 4 GiB or more.
 * Cost    about 5 bytes of memory for each byte of data.
 * Lwt     Lwt_io.hexdump, in its own layout
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_hexdump(sley_output *output,
                                                                    const void *data, size_t size);

/* ---- streams ---- */

/* Streams of what is read: bytes, as integers; lines, as text. Each read of the stream is one of sley_input_char_opt or
 * sley_input_line_opt, so nothing is read ahead, and others can read between. The stream ends where the input does.
 * Owns    the stream holds the input.
 * Fails   a read is rejected as those are.
 * Lwt     Lwt_io.read_chars, read_lines
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_input_chars(sley_input *in);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_input_lines(sley_input *in);
/* Write the elements of a stream until it ends: as they are, or each with a newline. Elements are text, bytes, and
 * integers from 0 to 255, which are one byte each. The next is read when the one before is below the mark, and others can
 * write between. Fulfilled with unit; cancelable.
 * Owns    consumes s.
 * Fails   rejected as a read of s is; as sley_output_write; SLEY_EINVAL: an element of another type.
 * Lwt     Lwt_io.write_chars, hexdump_stream; write_lines
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_stream(sley_output *output,
                                                                   sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_output_lines(sley_output *output,
                                                                  sley_stream *s);

SLEY_EXTERN_C_END

#include <sley/sites/format.h>

#endif
