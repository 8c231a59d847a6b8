/* Made by scripts/generate from sley/io.h: its functions for pointers and bindings. */
#include <sley/io.h>

/* clang-format off */

sley_promise *(sley_io_close)(sley_io *io)
{
  return sley_io_close_at("", io);
}

sley_promise *(sley_io_end)(sley_io *io)
{
  return sley_io_end_at("", io);
}

sley_promise *(sley_io_end_reading)(sley_io *io)
{
  return sley_io_end_reading_at("", io);
}

sley_promise *(sley_read)(sley_io *io, void *buffer, size_t size)
{
  return sley_read_at("", io, buffer, size);
}

sley_promise *(sley_readv)(sley_io *io, const sley_room *rooms, size_t n)
{
  return sley_readv_at("", io, rooms, n);
}

sley_promise *(sley_write)(sley_io *io, const void *data, size_t size)
{
  return sley_write_at("", io, data, size);
}

sley_promise *(sley_write_some)(sley_io *io, const void *data, size_t size)
{
  return sley_write_some_at("", io, data, size);
}

sley_promise *(sley_writev)(sley_io *io, const sley_slice *slices, size_t n)
{
  return sley_writev_at("", io, slices, n);
}

sley_promise *(sley_io_wait_readable)(sley_io *io)
{
  return sley_io_wait_readable_at("", io);
}

sley_promise *(sley_io_wait_writable)(sley_io *io)
{
  return sley_io_wait_writable_at("", io);
}

sley_io *(sley_io_in)(const sley_value *v)
{
  return sley_io_in_at("", v);
}
