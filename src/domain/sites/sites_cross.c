/* Made by scripts/generate from sley/cross.h: its functions for pointers and bindings. */
#include <sley/cross.h>

/* clang-format off */

sley_promise *(sley_cross_mutex_lock)(sley_cross_mutex *mutex)
{
  return sley_cross_mutex_lock_at("", mutex);
}

sley_promise *(sley_cross_mutex_with_lock)(sley_cross_mutex *mutex, sley_start_fn *start, void *ctx, sley_drop_fn *drop)
{
  return sley_cross_mutex_with_lock_at("", mutex, start, ctx, drop);
}

sley_promise *(sley_cross_condition_wait)(sley_cross_condition *condition, sley_cross_mutex *mutex)
{
  return sley_cross_condition_wait_at("", condition, mutex);
}

sley_promise *(sley_cross_once_run)(sley_cross_once *once, sley_start_fn *start, void *ctx, sley_drop_fn *drop)
{
  return sley_cross_once_run_at("", once, start, ctx, drop);
}

sley_promise *(sley_cross_barrier_wait)(sley_cross_barrier *barrier)
{
  return sley_cross_barrier_wait_at("", barrier);
}
