/* What the tests of pools share: values that count their end, jobs that wait at a gate. */
#ifndef TESTS_PREEMPT_FIXTURE_H
#define TESTS_PREEMPT_FIXTURE_H

#include <errno.h>
#include <pthread.h>

#include "../support.h"

static int dropped; /* any thread, __atomic */

static inline void token_drop(void *ptr)
{
  free(ptr);
  __atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
}

static inline void *token_send(void *ptr) { return ptr; }

static const sley_type token_type = {
    .size = sizeof(sley_type), .name = "token", .drop = token_drop, .send = token_send};
static const sley_type local_type = {
    .size = sizeof(sley_type), .name = "local", .drop = token_drop};

static inline sley_value token(int64_t i)
{
  int64_t *ptr = malloc(sizeof(*ptr));
  *ptr = i;
  return sley_own(ptr, &token_type);
}

static inline sley_error *doubled(sley_value *arg, sley_value *out)
{
  *out = sley_int(*(int64_t *)arg->ptr * 2);
  return NULL;
}

static inline sley_error *given_back(sley_value *arg, sley_value *out)
{
  int code = sley_take(arg, out);
  return code == 0 ? NULL : sley_error_nomem();
}

static inline sley_error *failing(sley_value *arg, sley_value *out)
{
  (void)out;
  return sley_error_new(&sley_kind_errno, EIO, "job %d", (int)*(int64_t *)arg->ptr);
}

static inline sley_error *local(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_own(malloc(1), &local_type);
  return NULL;
}

/* Jobs that wait until they are let go. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int at_gate;

static inline sley_error *gated(sley_value *arg, sley_value *out)
{
  pthread_mutex_lock(&gate_lock);
  at_gate++;
  pthread_cond_broadcast(&gate_moved);
  while (!gate_open) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
  return doubled(arg, out);
}

static inline void gate_close(void)
{
  pthread_mutex_lock(&gate_lock);
  gate_open = false;
  at_gate = 0;
  pthread_mutex_unlock(&gate_lock);
}

static inline void gate_release(void)
{
  pthread_mutex_lock(&gate_lock);
  gate_open = true;
  pthread_cond_broadcast(&gate_moved);
  pthread_mutex_unlock(&gate_lock);
}

static inline void gate_wait(int jobs)
{
  pthread_mutex_lock(&gate_lock);
  while (at_gate < jobs) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
}

static inline sley_workers *pool_of(unsigned maximum)
{
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "test", .maximum = maximum};
  assert_int_equal(sley_workers_new(&o, &pool), 0);
  return pool;
}

/* All of its threads have ended. */
static inline void close_pool(sley_workers *pool) { run_gives(sley_workers_close(pool, -1), 0); }

#endif
