/* Made by scripts/generate from sley/promise.h: its functions for pointers and bindings. */
#include <sley/promise.h>

/* clang-format off */

sley_promise *(sley_return)(sley_value v)
{
  return sley_return_at("", v);
}

sley_promise *(sley_fail)(sley_error *e)
{
  return sley_fail_at("", e);
}

sley_promise *(sley_pending)(sley_resolver **r)
{
  return sley_pending_at("", r);
}

sley_promise *(sley_cancelable)(sley_resolver **r)
{
  return sley_cancelable_at("", r);
}

sley_promise *(sley_wrap)(sley_value v, sley_map_fn *f, void *ctx)
{
  return sley_wrap_at("", v, f, ctx);
}
