/* The pools that a runtime creates itself, and the end of all its pools. */
#include <errno.h>
#include <stdio.h>

#include "preempt/worker.h"

enum { PATIENCE = 5 /* seconds that the end of a runtime waits for jobs */ };
#define MOMENT (100 * SLEY_MILLISECOND) /* that it waits for those that may be left behind */

static sley_workers no_pool = {.name = "none"}; /* if memory runs out: refuses all jobs */

/* ---- the runtime's own ---- */

static sley_workers *default_make(sley_runtime *r, sley_workers_purpose which)
{
  static const sley_workers_options options[DEFAULT_POOLS] = {
      [SLEY_WORKERS_PURPOSE_IO] = {.size = sizeof(options[0]), .name = "sley-io", .maximum = 64},
      [SLEY_WORKERS_PURPOSE_DNS] = {.size = sizeof(options[0]), .name = "sley-dns", .maximum = 16},
      [SLEY_WORKERS_PURPOSE_COMPUTE] = {
          .size = sizeof(options[0]), .name = "sley-compute", .kind = SLEY_WORKERS_KIND_COMPUTE}};
  sley_workers *pool;
  return sley__pool_new(r, &options[which], &pool) == NULL ? pool : NULL;
}

sley_workers *sley_workers_default(sley_workers_purpose which)
{
  sley_runtime *r = sley__self()->runtime;
  if ((unsigned)which >= DEFAULT_POOLS)
    sley__abort(
        "sley_workers_default was asked for pool %d, which does not exist: use a constant of "
        "sley_workers_purpose",
        (int)which);
  sley__process_lock(SLEY__LOCK_POOLS);
  pools *all = sley__pools_of(r);
  sley_workers *pool = all == NULL ? NULL : all->defaults[which];
  sley__process_unlock(SLEY__LOCK_POOLS);
  if (pool != NULL) return pool;
  pool = default_make(r, which);
  if (pool == NULL) return &no_pool;
  sley__process_lock(SLEY__LOCK_POOLS);
  sley_workers **place = &((pools *)r->workers)->defaults[which];
  sley_workers *spare = *place; /* another domain was faster */
  if (spare == NULL) {
    sley__pool_hold(pool);
    *place = pool;
  }
  sley__process_unlock(SLEY__LOCK_POOLS);
  if (spare == NULL) return pool;
  sley__pool_unlist(pool);
  return spare;
}

/* ---- the end ---- */

static bool jobs_may_be_left(const job_queue *q)
{
  for (const struct sley__dlist *at = q->jobs.next; at != &q->jobs; at = at->next)
    if (!SLEY__CONTAINER((uintptr_t)at, job, place)->may_be_left) return false;
  return true;
}

/* Whether jobs run, and all that run or wait may be left behind. Under the lock. */
static bool pool_may_be_left(sley_workers *pool)
{
  bool runs = false;
  for (const worker *w = pool->all; w != NULL; w = w->next) {
    if (!__atomic_load_n(&w->inside, __ATOMIC_RELAXED)) continue;
    if (!w->may_be_left) return false;
    runs = true;
  }
  sley__pool_sort(pool);
  for (int i = 0; i < CLASSES; i++)
    if (!jobs_may_be_left(&pool->queues[i])) return false;
  return runs;
}

/* Waits until pool has no threads left, or time is up, or after a moment those that are left may be left behind: true. */
static bool pool_wait(sley_workers *pool, const struct timespec *until)
{
  struct timespec moment = sley__condition_until(MOMENT);
  bool is_over = false, may_be_left = false;
  int code = 0;
  pthread_mutex_lock(&pool->lock);
  while (pool->threads > 0 && code == 0 && !pool->left_behind && !may_be_left) {
    code = pthread_cond_timedwait(&pool->gone, &pool->lock, is_over ? until : &moment);
    if (code != 0 && !is_over) {
      is_over = true;
      code = 0;
    }
    may_be_left = is_over && pool_may_be_left(pool);
  }
  pthread_mutex_unlock(&pool->lock);
  return may_be_left;
}

/* true: the pool has ended; otherwise threads are left in it, and the last of them frees it. */
static bool pool_finish(sley_workers *pool, struct timespec until)
{
  bool over, left_behind, may_be_left;
  sley__pool_gate(pool, true);
  do {
    may_be_left = pool_wait(pool, &until);
    pthread_mutex_lock(&pool->lock);
    over = pool->threads == 0;
    left_behind = pool->left_behind;
    if (over) sley__pool_join_ended(pool, true);
    pthread_mutex_unlock(&pool->lock);
    until.tv_sec++;
  } while (!over && !left_behind && sley__pool_hurry(pool, !may_be_left) == 0);
  return over && !left_behind;
}

void sley__pools_end(sley_runtime *r)
{
  pools *all = r->workers;
  struct timespec until = sley__condition_until(PATIENCE * SLEY_SECOND);
  for (;;) {
    sley__process_lock(SLEY__LOCK_POOLS);
    sley_workers *pool = all->first;
    if (pool != NULL) {
      all->first = pool->next_pool;
      pool->listed = false;
      sley__pool_hold(pool);
    }
    sley__process_unlock(SLEY__LOCK_POOLS);
    if (pool == NULL) break;
    if (pool_finish(pool, until)) sley__pool_release(pool); /* the list's */
    sley__pool_release(pool);
  }
  for (int which = 0; which < DEFAULT_POOLS; which++)
    if (all->defaults[which] != NULL) sley__pool_release(all->defaults[which]);
  sley__runtime_free(r, all, sizeof(*all));
  r->workers = NULL;
}
