/* Made by scripts/generate from sley/remote.h: its functions for pointers and bindings. */
#include <sley/remote.h>

/* clang-format off */

sley_promise *(sley_remote_new)(sley_remote **r)
{
  return sley_remote_new_at("", r);
}
