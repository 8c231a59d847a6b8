/* Memory that belongs to a runtime and to no domain of it. Any thread. */
#include "promise/memory/runtime_memory.h"

void *sley__runtime_alloc(sley_runtime *runtime, size_t bytes)
{
  return runtime->allocator.alloc(runtime->allocator.ctx, bytes);
}

void sley__runtime_free(sley_runtime *runtime, void *memory, size_t bytes)
{
  if (memory != NULL) runtime->allocator.free(runtime->allocator.ctx, memory, bytes);
}

void sley__runtime_hold(sley_runtime *runtime)
{
  __atomic_add_fetch(&runtime->holders, 1, __ATOMIC_RELAXED);
}

void sley__runtime_release(sley_runtime *runtime)
{
  if (__atomic_sub_fetch(&runtime->holders, 1, __ATOMIC_ACQ_REL) == 0)
    runtime->allocator.free(runtime->allocator.ctx, runtime, sizeof(*runtime));
}
