/* A domain's uses of pools, and the jobs staged in them. A job is sent immediately, unless the callback of a result
 * starts it: while results are delivered, jobs are staged, and sent with one write and one wake-up when all results
 * are delivered or when twice as many as the last time are staged. So no job waits here longer than the delivery has
 * taken so far, and a woken thread finds more than one job. (On one processor the kernel often runs the woken thread
 * immediately: woken for each job, it would run that one and go back to sleep.) */
#include "preempt/pool.h"

/* The first batch of jobs started by results has this size. */
enum { STAGE_FIRST = 16 };

/* ---- uses ---- */

/* Forgets closed pools that have no jobs of this domain left. */
static void pool_uses_tidy(completion_queue *q)
{
  for (pool_use **place = &q->uses; *place != NULL;) {
    pool_use *u = *place;
    if (u->out == 0 && __atomic_load_n(&u->pool->closing, __ATOMIC_ACQUIRE)) {
      *place = u->next;
      sley__pool_release(u->pool);
      sley__runtime_free(q->runtime, u, sizeof(*u));
    } else {
      place = &u->next;
    }
  }
}

pool_use *sley__pool_use_of(completion_queue *q, sley_workers *pool)
{
  for (pool_use *u = q->uses; u != NULL; u = u->next)
    if (u->pool == pool) return u;
  pool_uses_tidy(q);
  pool_use *u = sley__runtime_alloc(q->runtime, sizeof(*u));
  if (u == NULL) return NULL;
  sley__pool_hold(pool);
  *u = (pool_use){.pool = pool, .next = q->uses, .most = STAGE_FIRST};
  q->uses = u;
  return u;
}

void sley__pool_uses_end(completion_queue *q)
{
  while (q->uses != NULL) {
    pool_use *u = q->uses;
    q->uses = u->next;
    sley__pool_release(u->pool);
    sley__runtime_free(q->runtime, u, sizeof(*u));
  }
}

/* ---- staging ---- */

void sley__jobs_send_staged(pool_use *u)
{
  struct sley__inbox_node *newest = u->newest;
  if (newest == NULL) return;
  u->newest = NULL;
  u->staged = 0;
  sley__pool_submit(u->pool, newest, u->oldest);
}

void sley__jobs_send_all_staged(completion_queue *q)
{
  if (q == NULL) return;
  for (pool_use *u = q->uses; u != NULL; u = u->next) sley__jobs_send_staged(u);
}

void sley__jobs_stage_begin(completion_queue *q)
{
  q->draining = true;
  for (pool_use *u = q->uses; u != NULL; u = u->next) u->most = STAGE_FIRST;
}

void sley__jobs_stage_end(completion_queue *q)
{
  q->draining = false;
  sley__jobs_send_all_staged(q);
}

void sley__job_send(pool_use *u, job *j)
{
  struct sley__inbox_node *node = &j->completion.node;
  __atomic_store_n(&j->state, JOB_QUEUED, __ATOMIC_RELAXED);
  if (!j->home->draining) {
    sley__pool_submit(u->pool, node, node);
    return;
  }
  node->next = u->newest;
  if (u->newest == NULL) u->oldest = node;
  u->newest = node;
  if (++u->staged < u->most) return;
  u->most *= 2;
  sley__jobs_send_staged(u);
}
