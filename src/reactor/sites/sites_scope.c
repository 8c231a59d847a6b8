/* Made by scripts/generate from sley/scope.h: its functions for pointers and bindings. */
#include <sley/scope.h>

/* clang-format off */

sley_promise *(sley_with_deadline)(double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *drop)
{
  return sley_with_deadline_at("", seconds, body, ctx, drop);
}
