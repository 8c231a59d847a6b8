/* Which thread is woken or started for waiting jobs; submit.c decides when. */
#include <errno.h>

#include "preempt/worker.h"

#define START_AGAIN (100 * SLEY_MILLISECOND) /* after a thread could not be started */

void sley__pool_start_failed(sley_workers *pool)
{
  pool->start_after = sley__clock() + START_AGAIN;
}

/* A thread could not be started a moment ago, and others are left to do the work. */
static bool starts_later(const sley_workers *pool)
{
  return pool->start_after != 0 && sley__pool_active(pool) > 0 && sley__clock() < pool->start_after;
}

help sley__pool_help_wanted(sley_workers *pool)
{
  help none = {0};
  if (pool->help_coming) return none;
  if (pool->idle == NULL) {
    if (pool->beginning > 0 || sley__pool_active(pool) >= pool->options.maximum) return none;
    if (starts_later(pool)) {
      /* Only time ends this, and no thread of the pool need notice: the next submitter checks again. */
      sley__sleeper_announce(&pool->sleeper);
      return none;
    }
  }
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
  return (help){.start = true};
}

static int worker_create(sley_workers *pool, worker *w)
{
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, pool->options.stack);
  if (code == 0) code = sley__thread_create(&w->thread, &attributes, sley__worker_main, w);
  pthread_attr_destroy(&attributes);
  return code;
}

/* Starts the thread counted by help_wanted. If that fails and threads are left, *next is the help still needed: a
 * thread that went idle meanwhile relied on the one being started. */
static int worker_start(sley_workers *pool, help *next)
{
  *next = (help){0};
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
    code = sley__parker_init(&w->parker);
    if (code != 0) {
      sley__runtime_free(r, w, sizeof(*w));
      w = NULL;
    }
  }
  pthread_mutex_lock(&pool->lock);
  if (w != NULL) {
    w->number = ++pool->numbers;
    code = worker_create(pool, w);
    if (code != 0) {
      sley__parker_destroy(&w->parker);
      sley__runtime_free(r, w, sizeof(*w));
    }
  }
  if (code == 0) {
    SLEY__LIST_PREPEND(pool->all, w, next, place);
    pool->counters.started++;
    if (pool->threads > pool->counters.threads_most) pool->counters.threads_most = pool->threads;
    pool->start_after = 0;
  } else {
    pool->threads--;
    pool->help_coming = false;
    pool->counters.not_started++;
    sley__pool_start_failed(pool);
    __atomic_sub_fetch(&r->threads, 1, __ATOMIC_RELAXED);
    if (sley__pool_active(pool) > 0) {
      code = 0;
      *next = sley__pool_help_wanted(pool);
    } else {
      sley__sleeper_announce(&pool->sleeper);
    }
    sley__pool_notify(pool);
  }
  bool last = code != 0 && pool->left_behind && pool->threads == 0;
  pthread_mutex_unlock(&pool->lock);
  if (last) sley__pool_unlist(pool);
  return code;
}

int sley__pool_help(sley_workers *pool, help wanted)
{
  int code = 0;
  while (wanted.start && code == 0) code = worker_start(pool, &wanted);
  if (wanted.woken != NULL) sley__unpark(&wanted.woken->parker);
  return code;
}
