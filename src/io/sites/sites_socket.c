/* Made by scripts/generate from sley/socket.h: its functions for pointers and bindings. */
#include <sley/socket.h>

/* clang-format off */

sley_promise *(sley_connect)(const sley_connect_options *options, const char *host, const char *port)
{
  return sley_connect_at("", options, host, port);
}

sley_promise *(sley_connect_to)(const sley_connect_options *options, const sley_address *addresses, size_t n)
{
  return sley_connect_to_at("", options, addresses, n);
}

sley_error *(sley_socket_local)(const sley_io *io, sley_address *out)
{
  return sley_socket_local_at("", io, out);
}

sley_error *(sley_socket_peer)(const sley_io *io, sley_address *out)
{
  return sley_socket_peer_at("", io, out);
}
