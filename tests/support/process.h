/* Tests that use the default runtime of the process, with memory that is counted and can fail. Each checks that it
 * leaves nothing behind: no promise, no memory, no descriptor, no thread. */
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/memory.h"
#include "support/run.h"

static inline int descriptors(void)
{
  int count = 0;
  for (int fd = 0; fd < 1024; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static inline int threads(void)
{
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  int count = 0;
  while (file != NULL && fgets(line, sizeof(line), file) != NULL)
    if (sscanf(line, "Threads: %d", &count) == 1) break;
  if (file != NULL) fclose(file);
  return count;
}

static int descriptors_before, threads_before;

static inline void *nothing(void *ctx) { return ctx; }

/* What finish compares with. */
static inline int count_before(void)
{
  memory_fails(0, 0);
  if (threads_before == 0) {
    /* The thread checker starts a thread of its own together with the first. */
    pthread_t first;
    if (pthread_create(&first, NULL, nothing, NULL) != 0) return -1;
    pthread_join(first, NULL);
    usleep(10000); /* a joined thread can stay in the list for a moment */
    threads_before = threads();
  }
  if (threads() < threads_before) threads_before = threads();
  descriptors_before = descriptors();
  return 0;
}

/* single_objects: each object is an allocation of its own, so that each can fail; slabs would hide that. */
static inline int begin(bool single_objects, unsigned max_threads)
{
  if (count_before() != 0) return -1;
  sley_runtime_options options = {.size = sizeof(options),
                                  .allocator = {memory_alloc, memory_free, NULL},
                                  .single_objects = single_objects,
                                  .max_threads = max_threads,
                                  .engine = getenv("SLEY_TEST_ENGINE")};
  if (sley_configure(&options) != NULL) return -1;
  sley_drop(sley_return(sley_unit()));
  return 0;
}

/* 0, or bits that say what was left behind. */
static inline int finish(void)
{
  memory_fails(0, 0);
  int left = sley_finish() != 0 ? 1 : 0;
  /* A joined thread can stay in the list for a moment, and the last thread of a pool that was closed while in a job
   * frees the memory of the pool and of the runtime. */
  for (int i = 0; i < 20000 && (threads() > threads_before ||
                                __atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) != 0);
       i++)
    usleep(1000);
  if (__atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) != 0) left |= 2;
  if (threads() > threads_before) left |= 4;
  if (descriptors() != descriptors_before) left |= 8;
  if (left != 0)
    print_message("left behind:%s%s%s%s\n", left & 1 ? " promises" : "", left & 2 ? " memory" : "",
                  left & 4 ? " threads" : "", left & 8 ? " descriptors" : "");
  return left;
}

static inline int setup(void **state)
{
  (void)state;
  return begin(false, 0);
}

static inline int teardown(void **state)
{
  (void)state;
  return finish() == 0 ? 0 : -1;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Runs scenario with its first allocation failing, its second, and so on until none fails; then with every 2nd, 3rd,
 * 5th and 7th. Out of memory can reject the scenario's promises; nothing else may go wrong. */
static inline void each_allocation_fails(void (*scenario)(void))
{
  size_t failures = 0;
  for (size_t at = 1;; at++) {
    assert_int_equal(begin(true, 0), 0);
    memory_fails(at, 0);
    scenario();
    size_t failed = __atomic_load_n(&heap.failed, __ATOMIC_RELAXED);
    if (finish() != 0) fail_msg("after allocation %zu failed", at);
    if (failed == 0) break;
    failures++;
  }
  static const size_t every[] = {2, 3, 5, 7};
  for (size_t i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
    assert_int_equal(begin(true, 0), 0);
    memory_fails(0, every[i]);
    scenario();
    if (finish() != 0) fail_msg("after every allocation %zu failed", every[i]);
  }
  assert_true(failures > 0);
  print_message("%zu single failures\n", failures);
}

#endif
