/* Made by scripts/generate from sley/job.h: its functions for pointers and bindings. */
#include <sley/job.h>

/* clang-format off */

sley_promise *(sley_job_start)(sley_workers *pool, sley_priority priority, void *data)
{
  return sley_job_start_at("", pool, priority, data);
}
