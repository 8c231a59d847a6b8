/* The runtime's list of pools. */
#include "preempt/pool.h"

pools *sley__pools_of(sley_runtime *r)
{
  pools *all = r->workers;
  if (all != NULL) return all;
  all = sley__runtime_alloc(r, sizeof(*all));
  if (all == NULL) return NULL;
  memset(all, 0, sizeof(*all));
  r->workers_end = sley__pools_end_hook;
  r->workers = all;
  return all;
}

bool sley__pool_list(sley_workers *pool)
{
  sley__process_lock(SLEY__LOCK_POOLS);
  pools *all = sley__pools_of(pool->runtime);
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
