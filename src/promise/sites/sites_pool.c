/* Made by scripts/generate from sley/pool.h: its functions for pointers and bindings. */
#include <sley/pool.h>

/* clang-format off */

sley_promise *(sley_pool_use)(sley_pool *pool, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_pool_use_at("", pool, f, ctx, drop);
}

sley_promise *(sley_pool_clear)(sley_pool *pool)
{
  return sley_pool_clear_at("", pool);
}
