/* Made by scripts/generate from sley/fiber.h: its functions for pointers and bindings. */
#include <sley/fiber.h>

/* clang-format off */

sley_promise *(sley_spawn)(sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_spawn_at("", fn, ctx, drop);
}

sley_promise *(sley_spawn_with)(const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_spawn_with_at("", options, fn, ctx, drop);
}

void (sley_spawn_async)(sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_spawn_async_at("", fn, ctx, drop);
}

void (sley_spawn_async_with)(const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_spawn_async_with_at("", options, fn, ctx, drop);
}

sley_error *(sley_await)(sley_promise *p, sley_value *out)
{
  return sley_await_at("", p, out);
}

sley_error *(sley_await_int)(sley_promise *p, int64_t *out)
{
  return sley_await_int_at("", p, out);
}

sley_error *(sley_await_ptr)(sley_promise *p, const sley_type *type, void **out)
{
  return sley_await_ptr_at("", p, type, out);
}

sley_error *(sley_yield)(void)
{
  return sley_yield_at("");
}
