/* An allocator for the runtimes of tests, which counts blocks and can be told to fail. */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/* Any thread, __atomic. The allocation number fail_at fails, and so does every fail_every-th (0: none). */
static struct {
  size_t blocks; /* not freed yet */
  size_t count, fail_at, fail_every, failed;
} heap;

static inline void *memory_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  size_t number = __atomic_add_fetch(&heap.count, 1, __ATOMIC_RELAXED);
  size_t fail_at = __atomic_load_n(&heap.fail_at, __ATOMIC_RELAXED);
  size_t every = __atomic_load_n(&heap.fail_every, __ATOMIC_RELAXED);
  if (number == fail_at || (every != 0 && number % every == 0)) {
    __atomic_add_fetch(&heap.failed, 1, __ATOMIC_RELAXED);
    return NULL;
  }
  void *block = malloc(bytes);
  if (block != NULL) __atomic_add_fetch(&heap.blocks, 1, __ATOMIC_RELAXED);
  return block;
}

static inline void memory_free(void *ctx, void *block, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  if (block != NULL) __atomic_sub_fetch(&heap.blocks, 1, __ATOMIC_RELAXED);
  free(block);
}

/* Starts counting at the next allocation. */
static inline void memory_fails(size_t at, size_t every)
{
  __atomic_store_n(&heap.count, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&heap.failed, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&heap.fail_at, at, __ATOMIC_RELAXED);
  __atomic_store_n(&heap.fail_every, every, __ATOMIC_RELAXED);
}

#endif
