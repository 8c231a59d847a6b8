/* What a pool is doing. */
#include <stdio.h>

#include "preempt/pool.h"

static sley_time oldest(const sley_workers *pool)
{
  sley_time since = 0;
  for (int class = 0; class < CLASSES; class ++) {
    const job *j = pool->queues[class].first;
    if (j != NULL && (since == 0 || j->since < since)) since = j->since;
  }
  return since == 0 ? 0 : sley__clock() - since;
}

void sley_workers_counters_get(sley_workers *pool, sley_workers_counters *out)
{
  sley_workers_counters now = {0};
  size_t size = out->size < sizeof(now) ? out->size : sizeof(now);
  if (pool->runtime != NULL) {
    pthread_mutex_lock(&pool->lock);
    sley__pool_sort(pool);
    now = pool->counters;
    now.threads = pool->threads;
    now.in_main = pool->in_main;
    now.queued = pool->queued;
    now.oldest = oldest(pool);
    for (const worker *w = pool->all; w != NULL; w = w->next)
      now.busy += __atomic_load_n(&w->inside, __ATOMIC_RELAXED) ? 1 : 0;
    pthread_mutex_unlock(&pool->lock);
  }
  now.size = size;
  memcpy(out, &now, size);
}

void sley_workers_report(sley_workers *pool, sley_workers_report_fn *f, void *ctx)
{
  char name[THREAD_NAME_BYTES];
  if (pool->runtime == NULL) return;
  pthread_mutex_lock(&pool->lock);
  sley_time now = sley__clock();
  for (const worker *w = pool->all; w != NULL; w = w->next) {
    if (!__atomic_load_n(&w->inside, __ATOMIC_RELAXED)) continue;
    sley__thread_name_of(pool, w->number, name);
    f(ctx, name, w->site, now - w->since);
  }
  pthread_mutex_unlock(&pool->lock);
}
