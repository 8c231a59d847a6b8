/* Made by scripts/generate from sley/io.h: its functions for pointers and bindings. */
#include <sley/io.h>

/* clang-format off */

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
