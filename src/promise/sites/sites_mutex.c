/* Made by scripts/generate from sley/mutex.h: its functions for pointers and bindings. */
#include <sley/mutex.h>

/* clang-format off */

sley_promise *(sley_mutex_lock)(sley_mutex *m)
{
  return sley_mutex_lock_at("", m);
}

sley_promise *(sley_with_lock)(sley_mutex *m, sley_start_fn *start, void *ctx, sley_drop_fn *drop)
{
  return sley_with_lock_at("", m, start, ctx, drop);
}
