/* Made by scripts/generate from sley/bytes.h: its functions for pointers and bindings. */
#include <sley/bytes.h>

/* clang-format off */

sley_bytes (sley_bytes_part)(const sley_bytes *b, size_t from, size_t size)
{
  return sley_bytes_part_at("", b, from, size);
}

const sley_bytes *(sley_bytes_in)(const sley_value *v)
{
  return sley_bytes_in_at("", v);
}
