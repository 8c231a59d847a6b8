/* The locks of the process: those that belong to no object. In the child of a fork each is free, even if it was held:
 * the other threads do not exist there, and the child must never wait for one.
 *
 * The data that such a lock guards can be half written in the child. It belongs to the parent, so the file that
 * owns it discards it when it finds that sley__origin has changed. */
#include <pthread.h>

#include "promise/base/base.h"

typedef struct process_lock {
  pthread_mutex_t mutex;
  pthread_cond_t told;
} process_lock;
#define FREE                                            \
  {                                                     \
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER \
  }

static process_lock locks[SLEY__LOCKS] = {FREE, FREE, FREE, FREE, FREE, FREE, FREE, FREE, FREE};
_Static_assert(SLEY__LOCKS == 9, "every lock has its initializer");

void sley__process_lock(enum sley__process_lock which)
{
  sley__forks_count(); /* before the first lock: a fork can happen while it is held */
  pthread_mutex_lock(&locks[which].mutex);
}

void sley__process_unlock(enum sley__process_lock which)
{
  pthread_mutex_unlock(&locks[which].mutex);
}

void sley__process_wait(enum sley__process_lock which)
{
  pthread_cond_wait(&locks[which].told, &locks[which].mutex);
}

void sley__process_tell(enum sley__process_lock which)
{
  pthread_cond_broadcast(&locks[which].told);
}

void sley__process_locks_free(void)
{
  static const process_lock fresh = FREE;
  for (int which = 0; which < SLEY__LOCKS; which++) locks[which] = fresh;
}

/* If several threads come first, all of them register, and in_child then runs more than once. With pthread_once a
 * child forked while another thread was inside it would block. */
void sley__fork_child_calls(bool *registered, void (*in_child)(void))
{
  if (!__atomic_load_n(registered, __ATOMIC_ACQUIRE)) {
#ifndef __GLIBC__ /* glibc removes the handlers of a module when it is unloaded */
    sley__pin();
#endif
    pthread_atfork(NULL, NULL, in_child);
  }
  /* Stored each time, so that a first call takes as many steps as later ones: simulated runs are alike. */
  __atomic_store_n(registered, true, __ATOMIC_RELEASE);
}
