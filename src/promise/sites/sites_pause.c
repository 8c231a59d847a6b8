/* Made by scripts/generate from sley/pause.h: its functions for pointers and bindings. */
#include <sley/pause.h>

/* clang-format off */

sley_promise *(sley_pause)(void)
{
  return sley_pause_at("");
}
