/* Made by scripts/generate from sley/switch.h: its functions for pointers and bindings. */
#include <sley/switch.h>

/* clang-format off */

sley_promise *(sley_switch_turn_off)(sley_switch *s)
{
  return sley_switch_turn_off_at("", s);
}

sley_promise *(sley_with_switch)(sley_switch_fn *start, void *ctx)
{
  return sley_with_switch_at("", start, ctx);
}
