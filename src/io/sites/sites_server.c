/* Made by scripts/generate from sley/server.h: its functions for pointers and bindings. */
#include <sley/server.h>

/* clang-format off */

sley_promise *(sley_server_start)(const sley_server_options *options)
{
  return sley_server_start_at("", options);
}

sley_promise *(sley_server_stop)(sley_server *server, double seconds)
{
  return sley_server_stop_at("", server, seconds);
}

sley_promise *(sley_with_server)(const sley_server_options *options, double seconds, sley_server_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_with_server_at("", options, seconds, f, ctx, drop);
}

sley_promise *(sley_stop_on_signals)(void)
{
  return sley_stop_on_signals_at("");
}

sley_error *(sley_connection_peer)(const sley_connection *connection, sley_address *out)
{
  return sley_connection_peer_at("", connection, out);
}

sley_error *(sley_connection_detach)(sley_connection *connection, sley_detached_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_connection_detach_at("", connection, f, ctx, drop);
}
