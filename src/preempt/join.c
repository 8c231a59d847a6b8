/* Threads that have left their pool: joined or detached. */
#include "preempt/worker.h"

bool sley__pool_join_ended(sley_workers *pool, bool wait)
{
  worker *left = NULL;
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next_idle;
    pthread_mutex_unlock(&pool->lock);
    bool joined = wait ? pthread_join(w->thread, NULL) == 0 : sley__thread_join_ended(w->thread);
    if (joined) sley__runtime_free(pool->runtime, w, sizeof(*w));
    pthread_mutex_lock(&pool->lock);
    if (joined) continue;
    w->next_idle = left;
    left = w;
  }
  for (worker *next; left != NULL; left = next) {
    next = left->next_idle;
    left->next_idle = pool->ended;
    pool->ended = left;
  }
  return pool->ended == NULL;
}

void sley__pool_detach_ended(sley_workers *pool)
{
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next_idle;
    pthread_detach(w->thread);
    sley__runtime_free(pool->runtime, w, sizeof(*w));
  }
}
