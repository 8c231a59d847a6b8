/* Made by scripts/generate from sley/fds.h: its functions for pointers and bindings. */
#include <sley/fds.h>

/* clang-format off */

sley_promise *(sley_send_fds)(sley_io *io, const sley_slice *slices, size_t n, const sley_fd *fds, size_t count)
{
  return sley_send_fds_at("", io, slices, n, fds, count);
}

sley_promise *(sley_receive_fds)(sley_io *io, size_t most_bytes, size_t most_fds)
{
  return sley_receive_fds_at("", io, most_bytes, most_fds);
}

sley_fd (sley_fds_take_fd)(const sley_fds *fds, size_t index)
{
  return sley_fds_take_fd_at("", fds, index);
}

sley_fds *(sley_fds_in)(const sley_value *v)
{
  return sley_fds_in_at("", v);
}

sley_promise *(sley_output_fds)(sley_output *output, const sley_fd *fds, size_t n)
{
  return sley_output_fds_at("", output, fds, n);
}
