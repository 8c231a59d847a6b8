/* Made by scripts/generate from sley/match.h: its functions for pointers and bindings. */
#include <sley/match.h>

/* clang-format off */

sley_promise *(sley_catch_if)(sley_promise *p, sley_match m, sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_catch_if_at("", p, m, f, ctx, drop);
}
