/* Made by scripts/generate from sley/io.h: its functions for pointers and bindings. */
#include <sley/io.h>

/* clang-format off */

sley_error *(sley_io_from_fd)(sley_fd fd, sley_io_mode mode, sley_io **out)
{
  return sley_io_from_fd_at("", fd, mode, out);
}

sley_error *(sley_io_pair)(size_t limit, sley_io *ends[2])
{
  return sley_io_pair_at("", limit, ends);
}

sley_error *(sley_pipe)(sley_io **in, sley_io **out)
{
  return sley_pipe_at("", in, out);
}

sley_error *(sley_socketpair)(sley_socket_kind kind, sley_io *ends[2])
{
  return sley_socketpair_at("", kind, ends);
}

sley_error *(sley_io_dup)(const sley_io *io, sley_io **out)
{
  return sley_io_dup_at("", io, out);
}

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

sley_error *(sley_io_new)(const sley_io_type *type, void *ctx, sley_io **out)
{
  return sley_io_new_at("", type, ctx, out);
}

sley_io *(sley_io_in)(const sley_value *v)
{
  return sley_io_in_at("", v);
}
