/* Made by scripts/generate from sley/dns.h: its functions for pointers and bindings. */
#include <sley/dns.h>

/* clang-format off */

sley_promise *(sley_resolve)(const char *host, const char *port)
{
  return sley_resolve_at("", host, port);
}

sley_promise *(sley_resolve_name)(const sley_address *address)
{
  return sley_resolve_name_at("", address);
}
