/* Replacements for thread functions of the C library: starts that fail or are delayed, a function called right after
 * an unlock, and a count of threads that nobody has joined or detached. */
#ifndef TESTS_SUPPORT_THREAD_CALLS_H
#define TESTS_SUPPORT_THREAD_CALLS_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Any thread, __atomic. */
static int starts_to_fail; /* this many of the next starts fail */
static bool starts_held;   /* while true, new threads wait before their first step */
static int threads_owed;   /* started, and neither joined nor detached */

/* Called once, right after the next unlock of any mutex by this thread. */
static _Thread_local void (*behind_unlock)(void);

#define THE_REAL(name)                                                \
  static __typeof__(name) *real;                                      \
  __typeof__(name) *found = __atomic_load_n(&real, __ATOMIC_RELAXED); \
  if (found == NULL) {                                                \
    *(void **)(&found) = dlsym(RTLD_NEXT, #name);                     \
    __atomic_store_n(&real, found, __ATOMIC_RELAXED);                 \
  }

typedef struct held_start {
  void *(*start)(void *);
  void *ctx;
} held_start;

static inline void *start_held(void *ctx)
{
  held_start h = *(held_start *)ctx;
  free(ctx);
  while (__atomic_load_n(&starts_held, __ATOMIC_ACQUIRE)) usleep(500);
  return h.start(h.ctx);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *ctx)
{
  THE_REAL(pthread_create)
  if (__atomic_load_n(&starts_to_fail, __ATOMIC_RELAXED) > 0 &&
      __atomic_fetch_sub(&starts_to_fail, 1, __ATOMIC_RELAXED) > 0)
    return EAGAIN;
  held_start *h = malloc(sizeof(*h));
  if (h == NULL) return EAGAIN;
  *h = (held_start){start, ctx};
  __atomic_add_fetch(&threads_owed, 1, __ATOMIC_RELAXED);
  int code = found(thread, attributes, start_held, h);
  if (code == 0) return 0;
  __atomic_sub_fetch(&threads_owed, 1, __ATOMIC_RELAXED);
  free(h);
  return code;
}

int pthread_join(pthread_t thread, void **result)
{
  THE_REAL(pthread_join)
  int code = found(thread, result);
  if (code == 0) __atomic_sub_fetch(&threads_owed, 1, __ATOMIC_RELAXED);
  return code;
}

int pthread_detach(pthread_t thread)
{
  THE_REAL(pthread_detach)
  int code = found(thread);
  if (code == 0) __atomic_sub_fetch(&threads_owed, 1, __ATOMIC_RELAXED);
  return code;
}

int pthread_mutex_unlock(pthread_mutex_t *lock)
{
  THE_REAL(pthread_mutex_unlock)
  int code = found(lock);
  void (*f)(void) = behind_unlock;
  behind_unlock = NULL;
  if (f != NULL) f();
  return code;
}

#endif
