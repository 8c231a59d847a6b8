/* Threads of domains whose asker ended before they did. Nobody waits for them, so the runtime does
 * when it is dropped: it cannot free its memory under a running thread. */
#include "domain/seat.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of abandoned and uncollected */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void sley__ended_collect(seat *ended)
{
  pthread_join(ended->thread, NULL);
  __atomic_sub_fetch(&ended->runtime->threads, 1, __ATOMIC_RELAXED);
  sley__domain_release(ended->domain);
}

void sley__abandon(sley_runtime *runtime, unsigned requests)
{
  pthread_mutex_lock(&lock);
  runtime->abandoned += requests;
  pthread_mutex_unlock(&lock);
}

void sley__abandoned_ended(sley_runtime *runtime, seat *ended)
{
  bool is_myself = ended != NULL && pthread_equal(ended->thread, pthread_self());
  if (ended != NULL && !is_myself) sley__ended_collect(ended);
  pthread_mutex_lock(&lock);
  if (is_myself) {
    ended->next_uncollected = runtime->uncollected;
    runtime->uncollected = ended;
  } else {
    runtime->abandoned--;
  }
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

void sley__abandoned_wait(sley_runtime *runtime)
{
  pthread_mutex_lock(&lock);
  while (runtime->abandoned > 0) {
    seat *ended = runtime->uncollected;
    if (ended == NULL) {
      pthread_cond_wait(&changed, &lock);
      continue;
    }
    runtime->uncollected = ended->next_uncollected;
    pthread_mutex_unlock(&lock);
    sley__ended_collect(ended);
    pthread_mutex_lock(&lock);
    runtime->abandoned--;
  }
  pthread_mutex_unlock(&lock);
}
