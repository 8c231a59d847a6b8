/* Made by scripts/generate from sley/client.h: its functions for pointers and bindings. */
#include <sley/client.h>

/* clang-format off */

sley_promise *(sley_with_connection)(const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_with_connection_at("", options, host, port, f, ctx, drop);
}
