/* Who sees to a thread for what waits: one at rest is woken, or one is started. workers.c says when. */
#include <errno.h>

#include "preempt/pool.h"

#define START_AGAIN (100 * SLEY_MILLISECOND) /* after the system allowed no more threads */

static bool may_start(const sley_workers *pool)
{
  if (pool_active(pool) >= pool->options.maximum) return false;
  return pool_active(pool) == 0 || pool->start_after == 0 || sley__clock() >= pool->start_after;
}

help sley__pool_help_wanted(sley_workers *pool)
{
  help none = {0};
  if (pool->help_coming) return none;
  if (pool->idle == NULL && !may_start(pool)) return none;
  if (pool->queued == 0) {
    sley__sleeper_announce(&pool->sleeper);
    if (sley__inbox_is_empty(&pool->incoming)) return none;
    sley__sleeper_awake(&pool->sleeper);
    sley__pool_sort(pool);
  }
  pool->help_coming = true;
  worker *w = pool->idle;
  if (w != NULL) {
    pool->idle = w->next_idle;
    w->resting = false;
    w->arriving = true;
    return (help){.woken = w};
  }
  pool->threads++;
  if (pool->threads > pool->counters.threads_most) pool->counters.threads_most = pool->threads;
  return (help){.start = true};
}

static int thread_create(sley_workers *pool, worker *w)
{
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, pool->options.stack);
  if (code == 0) code = sley__thread_create(&w->thread, &attributes, sley__worker_main, w);
  pthread_attr_destroy(&attributes);
  return code;
}

/* Starts the thread that help_wanted has counted. */
static int thread_start(sley_workers *pool)
{
  sley_runtime *r = pool->runtime;
  unsigned count = __atomic_add_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  int code = r->max_threads != 0 && count > r->max_threads ? EAGAIN : 0;
  worker *w = code == 0 ? sley__runtime_alloc(r, sizeof(*w)) : NULL;
  if (code == 0 && w == NULL) code = ENOMEM;
  if (w != NULL) {
    memset(w, 0, sizeof(*w));
    w->pool = pool;
    w->arriving = true;
    w->stretch.most = 1;
    code = sley__parker_init(&w->bed);
    if (code != 0) {
      sley__runtime_free(r, w, sizeof(*w));
      w = NULL;
    }
  }
  pthread_mutex_lock(&pool->lock);
  sley__pool_join_ended(pool, false);
  if (w != NULL) {
    w->number = ++pool->numbers;
    code = thread_create(pool, w);
    if (code != 0) {
      sley__parker_destroy(&w->bed);
      sley__runtime_free(r, w, sizeof(*w));
    }
  }
  if (code == 0) {
    w->next = pool->all;
    w->place = &pool->all;
    if (pool->all != NULL) pool->all->place = &w->next;
    pool->all = w;
    pool->counters.started++;
    pool->start_after = 0;
  } else {
    pool->threads--;
    pool->help_coming = false;
    pool->counters.not_started++;
    pool->start_after = sley__clock() + START_AGAIN;
    __atomic_sub_fetch(&r->threads, 1, __ATOMIC_RELAXED);
    if (pool_active(pool) > 0) code = 0; /* those will do it */
    else sley__sleeper_announce(&pool->sleeper);
    sley__pool_notify(pool);
  }
  bool last = code != 0 && pool->left_behind && pool->threads == 0;
  pthread_mutex_unlock(&pool->lock);
  if (last) sley__pool_unlist(pool);
  return code;
}

int sley__pool_help(sley_workers *pool, help wanted)
{
  if (wanted.woken != NULL) sley__unpark(&wanted.woken->bed);
  return wanted.start ? thread_start(pool) : 0;
}
