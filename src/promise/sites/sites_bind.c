/* Made by scripts/generate from sley/bind.h: its functions for pointers and bindings. */
#include <sley/bind.h>

/* clang-format off */

sley_promise *(sley_bind)(sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_bind_at("", p, f, ctx, drop);
}

sley_promise *(sley_map)(sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_map_at("", p, f, ctx, drop);
}

sley_promise *(sley_catch)(sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_catch_at("", p, f, ctx, drop);
}

sley_promise *(sley_try_bind)(sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx, sley_drop_fn *drop)
{
  return sley_try_bind_at("", p, ok, failed, ctx, drop);
}

sley_promise *(sley_finalize)(sley_promise *p, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop)
{
  return sley_finalize_at("", p, cleanup, ctx, drop);
}

sley_promise *(sley_finalize_with)(sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop)
{
  return sley_finalize_with_at("", start, cleanup, ctx, drop);
}
