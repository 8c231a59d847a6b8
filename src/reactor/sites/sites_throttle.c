/* Made by scripts/generate from sley/throttle.h: its functions for pointers and bindings. */
#include <sley/throttle.h>

/* clang-format off */

sley_promise *(sley_throttle_wait)(sley_throttle *throttle, const void *key, size_t size)
{
  return sley_throttle_wait_at("", throttle, key, size);
}
