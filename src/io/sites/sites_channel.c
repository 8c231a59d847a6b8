/* Made by scripts/generate from sley/channel.h: its functions for pointers and bindings. */
#include <sley/channel.h>

/* clang-format off */

sley_promise *(sley_input_fill)(sley_input *in, size_t n)
{
  return sley_input_fill_at("", in, n);
}

sley_promise *(sley_input_watch_end)(sley_input *in)
{
  return sley_input_watch_end_at("", in);
}

sley_promise *(sley_input_each)(sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_input_each_at("", in, f, ctx, drop);
}

sley_promise *(sley_input_atomic)(sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_input_atomic_at("", in, f, ctx, drop);
}

sley_promise *(sley_input_char)(sley_input *in)
{
  return sley_input_char_at("", in);
}

sley_promise *(sley_input_char_opt)(sley_input *in)
{
  return sley_input_char_opt_at("", in);
}

sley_promise *(sley_input_line)(sley_input *in)
{
  return sley_input_line_at("", in);
}

sley_promise *(sley_input_line_opt)(sley_input *in)
{
  return sley_input_line_opt_at("", in);
}

sley_promise *(sley_input_until)(sley_input *in, const void *end, size_t size)
{
  return sley_input_until_at("", in, end, size);
}

sley_promise *(sley_input_some)(sley_input *in, size_t most)
{
  return sley_input_some_at("", in, most);
}

sley_promise *(sley_input_exactly)(sley_input *in, size_t n)
{
  return sley_input_exactly_at("", in, n);
}

sley_promise *(sley_input_all)(sley_input *in, size_t most)
{
  return sley_input_all_at("", in, most);
}

sley_promise *(sley_input_read)(sley_input *in, void *buffer, size_t size)
{
  return sley_input_read_at("", in, buffer, size);
}

sley_promise *(sley_input_read_exactly)(sley_input *in, void *buffer, size_t size)
{
  return sley_input_read_exactly_at("", in, buffer, size);
}

sley_promise *(sley_input_skip)(sley_input *in, uint64_t bytes)
{
  return sley_input_skip_at("", in, bytes);
}

sley_error *(sley_await_line)(sley_input *in, const char **data, size_t *size)
{
  return sley_await_line_at("", in, data, size);
}

sley_error *(sley_await_bytes)(sley_input *in, size_t n, const char **data)
{
  return sley_await_bytes_at("", in, n, data);
}

sley_promise *(sley_output_write)(sley_output *output, const void *data, size_t size)
{
  return sley_output_write_at("", output, data, size);
}

sley_promise *(sley_output_text)(sley_output *output, const char *text)
{
  return sley_output_text_at("", output, text);
}

sley_promise *(sley_output_line)(sley_output *output, const char *text)
{
  return sley_output_line_at("", output, text);
}

sley_promise *(sley_output_line_bytes)(sley_output *output, const void *data, size_t size)
{
  return sley_output_line_bytes_at("", output, data, size);
}

sley_promise *(sley_output_char)(sley_output *output, char c)
{
  return sley_output_char_at("", output, c);
}

sley_promise *(sley_output_slices)(sley_output *output, const sley_slice *slices, size_t n)
{
  return sley_output_slices_at("", output, slices, n);
}

sley_promise *(sley_output_bytes)(sley_output *output, sley_bytes *bytes)
{
  return sley_output_bytes_at("", output, bytes);
}

sley_promise *(sley_output_wait_ready)(sley_output *output)
{
  return sley_output_wait_ready_at("", output);
}

sley_promise *(sley_output_flush)(sley_output *output)
{
  return sley_output_flush_at("", output);
}

sley_promise *(sley_flush_all)(void)
{
  return sley_flush_all_at("");
}

sley_promise *(sley_output_end)(sley_output *output)
{
  return sley_output_end_at("", output);
}

sley_promise *(sley_output_atomic)(sley_output *output, sley_output_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_output_atomic_at("", output, f, ctx, drop);
}

sley_promise *(sley_input_seek)(sley_input *in, int64_t position)
{
  return sley_input_seek_at("", in, position);
}

sley_promise *(sley_output_seek)(sley_output *output, int64_t position)
{
  return sley_output_seek_at("", output, position);
}

sley_promise *(sley_input_size)(sley_input *in)
{
  return sley_input_size_at("", in);
}

sley_promise *(sley_output_size)(sley_output *output)
{
  return sley_output_size_at("", output);
}

sley_promise *(sley_input_close)(sley_input *in)
{
  return sley_input_close_at("", in);
}

sley_promise *(sley_output_close)(sley_output *output)
{
  return sley_output_close_at("", output);
}

sley_input *(sley_input_in)(const sley_value *v)
{
  return sley_input_in_at("", v);
}

sley_output *(sley_output_in)(const sley_value *v)
{
  return sley_output_in_at("", v);
}
