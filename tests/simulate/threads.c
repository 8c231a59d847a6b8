/* Replacements for pthreads and clocks: the linker redirects the calls of the program and the library to them
 * (--wrap). A lock lives in the memory of the pthread_mutex_t itself: all zero, as the initializers leave it, is
 * free. The rest of pthreads (attributes, once, signal masks) is real. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "simulate.h"

typedef struct lock {
  simulate_thread *owner;
} lock;
_Static_assert(sizeof(lock) <= sizeof(pthread_mutex_t), "a lock fits");

static lock *lock_of(pthread_mutex_t *mutex) { return (lock *)(void *)mutex; }

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
  (void)attributes;
  memset(mutex, 0, sizeof(*mutex));
  return 0;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
  if (lock_of(mutex)->owner != NULL) simulate_fail("a lock is destroyed that somebody holds");
  return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
  lock *l = lock_of(mutex);
  if (!simulate_running()) return 0;
  simulate_point("a lock", 0);
  if (l->owner == simulate_self()) simulate_fail("a thread takes a lock that it holds");
  while (l->owner != NULL) simulate_block(l, FOREVER, "waits for a lock");
  l->owner = simulate_self();
  return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
  lock *l = lock_of(mutex);
  if (!simulate_running()) return 0;
  if (l->owner != simulate_self())
    simulate_fail("a thread gives back a lock that it does not hold");
  l->owner = NULL;
  simulate_wake(l, true);
  simulate_point("an unlock", 0);
  return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
  (void)condition;
  (void)attributes;
  return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
  (void)condition;
  return 0;
}

static bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           simulate_time deadline)
{
  lock *l = lock_of(mutex);
  if (l->owner != simulate_self()) simulate_fail("a thread waits under a lock it does not hold");
  l->owner = NULL;
  simulate_wake(l, true);
  bool in_time = simulate_block(condition, deadline, "waits for a condition");
  __wrap_pthread_mutex_lock(mutex);
  return in_time;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
  condition_wait(condition, mutex, FOREVER);
  return 0;
}

/* Ignores the clock chosen for the condition: there is only one. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
  simulate_time deadline = (simulate_time)until->tv_sec * 1000000000 + until->tv_nsec;
  return condition_wait(condition, mutex, deadline) ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition);
int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
  simulate_point("a signal", 0);
  simulate_wake(condition, false);
  return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
  simulate_point("a broadcast", 0);
  simulate_wake(condition, true);
  return 0;
}

/* ---- threads ---- */

static pthread_t handle_of(simulate_thread *t) { return (pthread_t)(uintptr_t)t; }

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg)
{
  (void)attributes;
  simulate_thread *t = simulate_spawn(start, arg, "thread");
  if (t == NULL) return EAGAIN;
  *thread = handle_of(t);
  return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result)
{
  void *value = simulate_join((simulate_thread *)(uintptr_t)thread);
  if (result != NULL) *result = value;
  return 0;
}

int __wrap_pthread_tryjoin_np(pthread_t thread, void **result);
int __wrap_pthread_tryjoin_np(pthread_t thread, void **result)
{
  if (!simulate_has_ended((simulate_thread *)(uintptr_t)thread)) return EBUSY;
  return __wrap_pthread_join(thread, result);
}

pthread_t __wrap_pthread_self(void);
pthread_t __wrap_pthread_self(void) { return handle_of(simulate_self()); }

int __wrap_pthread_setname_np(pthread_t thread, const char *name);
int __wrap_pthread_setname_np(pthread_t thread, const char *name)
{
  (void)thread;
  simulate_name(name);
  return 0;
}

/* ---- time ---- */

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
  if (!simulate_running()) return __real_clock_gettime(clock, out);
  simulate_time now = simulate_clock();
  out->tv_sec = (time_t)(now / 1000000000);
  out->tv_nsec = (long)(now % 1000000000);
  return 0;
}

int __wrap_usleep(useconds_t microseconds);
int __wrap_usleep(useconds_t microseconds)
{
  static const char nothing;
  simulate_block(&nothing, simulate_clock() + (simulate_time)microseconds * 1000, "sleeps");
  return 0;
}

int __wrap_sched_yield(void);
int __wrap_sched_yield(void)
{
  simulate_point("a yield", 0);
  return 0;
}
