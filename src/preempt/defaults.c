/* The pools of a runtime: the list of all of them, the three that it makes by itself, and their end. */
#include <errno.h>
#include <stdio.h>

#include "preempt/pool.h"

enum { DEFAULTS = 3, PATIENCE = 5 /* seconds that the runtime's end waits for jobs */ };

typedef struct pools {
  sley_workers *first;              /* all that are not over; one hold on each */
  sley_workers *defaults[DEFAULTS]; /* one more hold on each */
} pools;

static sley_workers no_pool = {.name = "none"}; /* out of memory: takes no job */

static void end(sley_runtime *r);

/* Under the lock. */
static pools *pools_of(sley_runtime *r)
{
  pools *all = r->workers;
  if (all != NULL) return all;
  all = sley__runtime_alloc(r, sizeof(*all));
  if (all == NULL) return NULL;
  memset(all, 0, sizeof(*all));
  r->workers_end = end;
  r->workers = all;
  return all;
}

bool sley__pool_list(sley_workers *pool)
{
  sley__process_lock(SLEY__LOCK_POOLS);
  pools *all = pools_of(pool->runtime);
  if (all != NULL) {
    pool->next_pool = all->first;
    all->first = pool;
    pool->listed = true;
  }
  sley__process_unlock(SLEY__LOCK_POOLS);
  return all != NULL;
}

void sley__pool_unlist(sley_workers *pool)
{
  sley__process_lock(SLEY__LOCK_POOLS);
  if (pool->listed) {
    sley_workers **place = &((pools *)pool->runtime->workers)->first;
    while (*place != pool) place = &(*place)->next_pool;
    *place = pool->next_pool;
    pool->listed = false;
  }
  sley__process_unlock(SLEY__LOCK_POOLS);
  sley__pool_release(pool);
}

/* ---- the runtime's own ---- */

static sley_workers *make(sley_runtime *r, sley_workers_purpose which)
{
  static const sley_workers_options options[DEFAULTS] = {
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
  if ((unsigned)which >= DEFAULTS)
    sley__abort(
        "sley_workers_default was asked for pool %d, which there is not: the purposes are those of "
        "sley_workers_purpose",
        (int)which);
  sley__process_lock(SLEY__LOCK_POOLS);
  pools *all = pools_of(r);
  sley_workers *pool = all == NULL ? NULL : all->defaults[which];
  sley__process_unlock(SLEY__LOCK_POOLS);
  if (pool != NULL) return pool;
  pool = make(r, which);
  if (pool == NULL) return &no_pool;
  sley__process_lock(SLEY__LOCK_POOLS);
  sley_workers **place = &((pools *)r->workers)->defaults[which];
  sley_workers *spare = *place; /* another domain was quicker */
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

/* Until no thread of pool is left, or patience is over. */
static void wait_for(sley_workers *pool, const struct timespec *until)
{
  int code = 0;
  pthread_mutex_lock(&pool->lock);
  while (pool->threads > 0 && code == 0 && !pool->left_behind)
    code = pthread_cond_timedwait(&pool->gone, &pool->lock, until);
  pthread_mutex_unlock(&pool->lock);
}

/* Whether the pool is over; otherwise threads are left in it, and the last of them frees it. */
static bool finish(sley_workers *pool, struct timespec until)
{
  bool over, left_behind;
  sley__pool_gate(pool, true);
  do {
    wait_for(pool, &until);
    pthread_mutex_lock(&pool->lock);
    over = pool->threads == 0;
    left_behind = pool->left_behind;
    if (over) sley__pool_join_ended(pool, true);
    pthread_mutex_unlock(&pool->lock);
    until.tv_sec++;
  } while (!over && !left_behind && sley__pool_hurry(pool) == 0);
  return over && !left_behind;
}

/* Domains have ended, and with them went all jobs that waited. */
static void end(sley_runtime *r)
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
    if (finish(pool, until)) sley__pool_release(pool); /* the list's */
    sley__pool_release(pool);
  }
  for (int which = 0; which < DEFAULTS; which++)
    if (all->defaults[which] != NULL) sley__pool_release(all->defaults[which]);
  sley__runtime_free(r, all, sizeof(*all));
  r->workers = NULL;
}
