/* Running a function on a small stack, to show that something does not recurse. */
#ifndef TESTS_SUPPORT_SMALL_STACK_H
#define TESTS_SUPPORT_SMALL_STACK_H

#include <pthread.h>

#include "support/unit.h"

/* Calls f on a thread with kib KiB of stack and returns its result. */
static inline void *run_on_stack(size_t kib, void *(*f)(void *), void *ctx)
{
  pthread_t thread;
  pthread_attr_t attributes;
  void *result;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, kib * 1024), 0);
  assert_int_equal(pthread_create(&thread, &attributes, f, ctx), 0);
  assert_int_equal(pthread_join(thread, &result), 0);
  pthread_attr_destroy(&attributes);
  return result;
}

#endif
