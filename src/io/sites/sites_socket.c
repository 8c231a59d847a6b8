/* Made by scripts/generate from sley/socket.h: its functions for pointers and bindings. */
#include <sley/socket.h>

/* clang-format off */

sley_error *(sley_socket_local)(const sley_io *io, sley_address *out)
{
  return sley_socket_local_at("", io, out);
}

sley_error *(sley_socket_peer)(const sley_io *io, sley_address *out)
{
  return sley_socket_peer_at("", io, out);
}
