/* Threads of domains whose asker ended before they did. Nobody waits for them, so the runtime does
 * when it is dropped: it cannot free its memory under a running thread. */
#include "domain/seat.h"

/* Of abandoned and uncollected. */
static void ended_lock(void) { sley__process_lock(SLEY__LOCK_ENDED); }

static void ended_unlock(void) { sley__process_unlock(SLEY__LOCK_ENDED); }

void sley__ended_collect(seat *ended)
{
  pthread_join(ended->thread, NULL);
  __atomic_sub_fetch(&ended->runtime->threads, 1, __ATOMIC_RELAXED);
  sley__handle_release(ended);
}

void sley__abandon(sley_runtime *runtime, unsigned requests)
{
  ended_lock();
  runtime->abandoned += requests;
  ended_unlock();
}

void sley__abandoned_ended(sley_runtime *runtime, seat *ended)
{
  bool is_myself = ended != NULL && pthread_equal(ended->thread, pthread_self());
  if (ended != NULL && !is_myself) sley__ended_collect(ended);
  ended_lock();
  if (is_myself) {
    ended->next_uncollected = runtime->uncollected;
    runtime->uncollected = ended;
  } else {
    runtime->abandoned--;
  }
  sley__process_tell(SLEY__LOCK_ENDED);
  ended_unlock();
}

void sley__abandoned_wait(sley_runtime *runtime)
{
  ended_lock();
  while (runtime->abandoned > 0) {
    seat *ended = runtime->uncollected;
    if (ended == NULL) {
      sley__process_wait(SLEY__LOCK_ENDED);
      continue;
    }
    runtime->uncollected = ended->next_uncollected;
    ended_unlock();
    sley__ended_collect(ended);
    ended_lock();
    runtime->abandoned--;
  }
  ended_unlock();
}
