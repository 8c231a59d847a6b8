/* Made by scripts/generate from sley/retry.h: its functions for pointers and bindings. */
#include <sley/retry.h>

/* clang-format off */

sley_promise *(sley_retry)(const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop)
{
  return sley_retry_at("", options, attempt, ctx, drop);
}
