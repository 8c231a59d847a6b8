/* Made by scripts/generate from sley/format.h: its functions for pointers and bindings. */
#include <sley/format.h>

#include "io/channel/channel.h"

/* clang-format off */

sley_promise *(sley_input_int)(sley_input *in, unsigned width, sley_byte_order order)
{
  return sley_input_int_at("", in, width, order);
}

sley_promise *(sley_input_uint)(sley_input *in, unsigned width, sley_byte_order order)
{
  return sley_input_uint_at("", in, width, order);
}

sley_promise *(sley_input_float)(sley_input *in, unsigned width, sley_byte_order order)
{
  return sley_input_float_at("", in, width, order);
}

sley_promise *(sley_output_int)(sley_output *output, int64_t i, unsigned width, sley_byte_order order)
{
  return sley_output_int_at("", output, i, width, order);
}

sley_promise *(sley_output_float)(sley_output *output, double number, unsigned width, sley_byte_order order)
{
  return sley_output_float_at("", output, number, width, order);
}

sley_promise *(sley_output_printf)(sley_output *output, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_promise *result = sley__output_printf_list("", output, format, arguments);
  va_end(arguments);
  return result;
}

sley_promise *(sley_output_hexdump)(sley_output *output, const void *data, size_t size)
{
  return sley_output_hexdump_at("", output, data, size);
}

sley_stream *(sley_input_chars)(sley_input *in)
{
  return sley_input_chars_at("", in);
}

sley_stream *(sley_input_lines)(sley_input *in)
{
  return sley_input_lines_at("", in);
}

sley_promise *(sley_output_stream)(sley_output *output, sley_stream *s)
{
  return sley_output_stream_at("", output, s);
}

sley_promise *(sley_output_lines)(sley_output *output, sley_stream *s)
{
  return sley_output_lines_at("", output, s);
}
