/* Made by scripts/generate from sley/address.h: its functions for pointers and bindings. */
#include <sley/address.h>

/* clang-format off */

sley_error *(sley_address_parse)(const char *text, sley_address *out)
{
  return sley_address_parse_at("", text, out);
}

sley_error *(sley_address_from_host)(const char *host, unsigned port, sley_address *out)
{
  return sley_address_from_host_at("", host, port, out);
}

sley_error *(sley_address_from_path)(const void *path, size_t size, sley_address *out)
{
  return sley_address_from_path_at("", path, size, out);
}

sley_error *(sley_address_from_sockaddr)(const void *sockaddr, size_t size, sley_address *out)
{
  return sley_address_from_sockaddr_at("", sockaddr, size, out);
}

const sley_address *(sley_address_in)(const sley_value *v)
{
  return sley_address_in_at("", v);
}

int (sley_address_take)(const sley_value *v, sley_address *out)
{
  return sley_address_take_at("", v, out);
}
