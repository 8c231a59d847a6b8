/* What the tests of the floors above promises share: counted memory that can fail, and nothing left
 * after a test: no promise, no memory, no descriptor, no thread. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sley.h>

#include "told.h"

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

/* Any thread, __atomic. Allocation number fail_at fails, and every fail_every'th one (0: none). */
static struct {
  size_t blocks, count, fail_at, fail_every, failed;
} memory;

static inline void *memory_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  size_t number = __atomic_add_fetch(&memory.count, 1, __ATOMIC_RELAXED);
  size_t fail_at = __atomic_load_n(&memory.fail_at, __ATOMIC_RELAXED);
  size_t every = __atomic_load_n(&memory.fail_every, __ATOMIC_RELAXED);
  if (number == fail_at || (every != 0 && number % every == 0)) {
    __atomic_add_fetch(&memory.failed, 1, __ATOMIC_RELAXED);
    return NULL;
  }
  void *block = malloc(bytes);
  if (block != NULL) __atomic_add_fetch(&memory.blocks, 1, __ATOMIC_RELAXED);
  return block;
}

static inline void memory_free(void *ctx, void *block, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  if (block != NULL) __atomic_sub_fetch(&memory.blocks, 1, __ATOMIC_RELAXED);
  free(block);
}

static inline void memory_fails(size_t at, size_t every)
{
  __atomic_store_n(&memory.count, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&memory.failed, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&memory.fail_at, at, __ATOMIC_RELAXED);
  __atomic_store_n(&memory.fail_every, every, __ATOMIC_RELAXED);
}

static int descriptors_before, threads_before;

static inline void *nothing(void *ctx) { return ctx; }

/* Slabs would hide single failures: each object is an allocation. */
static inline int begin(bool single_objects, unsigned max_threads)
{
  memory_fails(0, 0);
  if (threads_before == 0) {
    /* The thread checker starts one of its own with the first. */
    pthread_t first;
    if (pthread_create(&first, NULL, nothing, NULL) != 0) return -1;
    pthread_join(first, NULL);
    usleep(10000); /* a joined thread may be listed a moment longer */
    threads_before = threads();
  }
  if (threads() < threads_before) threads_before = threads();
  descriptors_before = descriptors();
  sley_runtime_options options = {.size = sizeof(options),
                                  .allocator = {memory_alloc, memory_free, NULL},
                                  .single_objects = single_objects,
                                  .max_threads = max_threads};
  if (sley_configure(&options) != 0) return -1;
  sley_drop(sley_return(sley_unit()));
  return 0;
}

/* 0, or which of the things that must not be left are left. */
static inline int finish(void)
{
  memory_fails(0, 0);
  int left = sley_finish() != 0 ? 1 : 0;
  /* A joined thread may be listed a moment longer; the last thread of a pool that was left inside a job
   * frees the pool's memory, and the runtime's. */
  for (int i = 0; i < 20000 && (threads() > threads_before ||
                                __atomic_load_n(&memory.blocks, __ATOMIC_ACQUIRE) != 0);
       i++)
    usleep(1000);
  if (__atomic_load_n(&memory.blocks, __ATOMIC_ACQUIRE) != 0) left |= 2;
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

static inline void run_gives(sley_promise *p, int64_t wanted)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  assert_int_equal(v.i, wanted);
}

/* Returns the message, valid until the next call. */
static inline const char *run_fails(sley_promise *p, const sley_error_kind *kind, int code)
{
  static char text[1024];
  sley_error *e = sley_run(p, NULL);
  assert_non_null(e);
  sley_error_format(e, text, sizeof(text));
  if (!sley_error_is(e, kind, code)) print_message("error: %s\n", text);
  assert_true(sley_error_is(e, kind, code));
  sley_error_drop(e);
  return text;
}

/* Runs scenario with its first allocation failing, its second, and so on until none fails; then with
 * every 2nd, 3rd, 5th and 7th. The scenario may find promises rejected for want of memory, and
 * nothing else wrong. */
static inline void each_allocation_fails(void (*scenario)(void))
{
  size_t failures = 0;
  for (size_t at = 1;; at++) {
    assert_int_equal(begin(true, 0), 0);
    memory_fails(at, 0);
    scenario();
    size_t failed = __atomic_load_n(&memory.failed, __ATOMIC_RELAXED);
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

/* Runs p; true if it was fulfilled. Otherwise memory must have run out. */
static inline bool ran_or_no_memory(sley_promise *p, sley_value *out)
{
  sley_error *e = sley_run(p, out);
  if (e == NULL) return true;
  if (!sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM)) {
    char text[1024];
    sley_error_format(e, text, sizeof(text));
    fail_msg("not the want of memory: %s", text);
  }
  sley_error_drop(e);
  return false;
}

#endif
