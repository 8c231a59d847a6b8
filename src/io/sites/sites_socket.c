/* Made by scripts/generate from sley/socket.h: its functions for pointers and bindings. */
#include <sley/socket.h>

/* clang-format off */

sley_error *(sley_listen)(const sley_listen_options *options, sley_listener **out)
{
  return sley_listen_at("", options, out);
}

sley_promise *(sley_accept)(sley_listener *listener)
{
  return sley_accept_at("", listener);
}

sley_promise *(sley_accept_n)(sley_listener *listener, size_t n)
{
  return sley_accept_n_at("", listener, n);
}

sley_promise *(sley_accept_each)(sley_listener *listener, size_t most, sley_accepted_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_accept_each_at("", listener, most, f, ctx, drop);
}

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

sley_error *(sley_socket_credentials)(const sley_io *io, sley_credentials *out)
{
  return sley_socket_credentials_at("", io, out);
}

sley_error *(sley_socket_set)(sley_io *io, int level, int option, const void *value, size_t size)
{
  return sley_socket_set_at("", io, level, option, value, size);
}

sley_error *(sley_socket_get)(const sley_io *io, int level, int option, void *value, size_t *size)
{
  return sley_socket_get_at("", io, level, option, value, size);
}

sley_error *(sley_socket_set_keep_alive)(sley_io *io, double idle_seconds, double interval_seconds, size_t count)
{
  return sley_socket_set_keep_alive_at("", io, idle_seconds, interval_seconds, count);
}

sley_error *(sley_socket_set_user_timeout)(sley_io *io, double seconds)
{
  return sley_socket_set_user_timeout_at("", io, seconds);
}

sley_error *(sley_socket_set_linger)(sley_io *io, double seconds)
{
  return sley_socket_set_linger_at("", io, seconds);
}

sley_error *(sley_socket_set_buffers)(sley_io *io, size_t send, size_t receive)
{
  return sley_socket_set_buffers_at("", io, send, receive);
}
