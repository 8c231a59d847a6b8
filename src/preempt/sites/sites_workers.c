/* Made by scripts/generate from sley/workers.h: its functions for pointers and bindings. */
#include <sley/workers.h>

/* clang-format off */

sley_promise *(sley_workers_close)(sley_workers *pool, double seconds)
{
  return sley_workers_close_at("", pool, seconds);
}

sley_promise *(sley_workers_drain)(sley_workers *pool)
{
  return sley_workers_drain_at("", pool);
}

sley_promise *(sley_detach)(sley_workers *pool, sley_job_fn *f, sley_value arg)
{
  return sley_detach_at("", pool, f, arg);
}

sley_promise *(sley_detach_class)(sley_workers *pool, sley_priority priority, sley_job_fn *f, sley_value arg)
{
  return sley_detach_class_at("", pool, priority, f, arg);
}

int (sley_try_detach)(sley_workers *pool, sley_priority priority, sley_job_fn *f, sley_value arg, sley_promise **out)
{
  return sley_try_detach_at("", pool, priority, f, arg, out);
}
