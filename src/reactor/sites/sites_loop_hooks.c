/* Made by scripts/generate from sley/loop_hooks.h: its functions for pointers and bindings. */
#include <sley/loop_hooks.h>

/* clang-format off */

sley_error *(sley_at_finish)(bool last, sley_start_fn *f, void *ctx, sley_drop_fn *drop, sley_finish_hook **out)
{
  return sley_at_finish_at("", last, f, ctx, drop, out);
}
