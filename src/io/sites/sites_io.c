/* Made by scripts/generate from sley/io.h: its functions for pointers and bindings. */
#include <sley/io.h>

/* clang-format off */

sley_error *(sley_listen)(const sley_listen_options *options, sley_listener **out)
{
  return sley_listen_at("", options, out);
}

sley_promise *(sley_accept)(sley_listener *listener)
{
  return sley_accept_at("", listener);
}

sley_promise *(sley_read)(sley_io *io, void *buffer, size_t size)
{
  return sley_read_at("", io, buffer, size);
}

sley_promise *(sley_write)(sley_io *io, const void *data, size_t size)
{
  return sley_write_at("", io, data, size);
}

sley_io *(sley_io_in)(const sley_value *v)
{
  return sley_io_in_at("", v);
}
