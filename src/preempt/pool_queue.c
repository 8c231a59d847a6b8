/* The queue of a pool, and the holds that keep the pool allocated.
 *
 * A job enters without a lock, through an inbox that the next holder of the lock sorts into the queues of the
 * classes. The lock is the workers': a worker takes it once per job, to account for the last job and choose the next
 * one. Cancel also takes it, to find the job and unlink it, so that a canceled job leaves nothing behind even if the
 * pool hangs. */
#include "preempt/pool.h"

/* ---- the queue, under the lock ---- */

static void queue_append(sley_workers *pool, job *j)
{
  job_queue *q = &pool->queues[j->priority];
  sley__dlist_append(&q->jobs, &j->place);
  q->count++;
  pool->queued++;
}

static void queue_remove(sley_workers *pool, job *j)
{
  job_queue *q = &pool->queues[j->priority];
  sley__dlist_remove(&j->place);
  q->count--;
  pool->queued--;
  __atomic_store_n(&j->state, JOB_TAKEN, __ATOMIC_RELAXED);
}

void sley__pool_sort(sley_workers *pool)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&pool->incoming);
  while (node != NULL) {
    struct sley__inbox_node *next = node->next;
    queue_append(pool, (job *)(void *)node);
    node = next;
  }
}

void sley__pool_remove(sley_workers *pool, job *j) { queue_remove(pool, j); }

static job *lowest_first(const sley_workers *pool)
{
  for (int class = CLASSES - 1; class >= 0; class --) {
    job *j = sley__job_oldest(&pool->queues[class]);
    if (j != NULL) return j;
  }
  return NULL;
}

static job *highest_first(const sley_workers *pool)
{
  for (int class = 0; class < CLASSES; class ++) {
    job *j = sley__job_oldest(&pool->queues[class]);
    if (j != NULL) return j;
  }
  return NULL;
}

job *sley__pool_take(sley_workers *pool)
{
  sley__pool_sort(pool);
  if (pool->queued == 0) return NULL;
  if (pool->queued > pool->counters.queued_most) pool->counters.queued_most = pool->queued;
  bool turn = ++pool->picks >= LOWEST_EVERY;
  if (turn) pool->picks = 0;
  job *j = turn ? lowest_first(pool) : highest_first(pool);
  queue_remove(pool, j);
  return j;
}

job *sley__pool_take_all(sley_workers *pool)
{
  job *list = NULL, **end = &list;
  sley__pool_sort(pool);
  for (job *j; (j = highest_first(pool)) != NULL;) {
    queue_remove(pool, j);
    j->next = NULL;
    SLEY__FIFO_APPEND(end, j, next);
    pool->counters.refused++;
  }
  return list;
}

static void notice_send(notice *n) { sley__completions_push_and_release(n->home, &n->completion); }

void sley__pool_notify(sley_workers *pool)
{
  bool over = pool->closing && pool->threads == 0;
  if (pool->drainers != NULL &&
      (over || (pool->queued == 0 && pool->inside == 0 && sley__inbox_is_empty(&pool->incoming)))) {
    notice *n = pool->drainers;
    pool->drainers = NULL;
    while (n != NULL) {
      notice *next = n->next;
      notice_send(n);
      n = next;
    }
  }
  if (over && pool->closer != NULL) {
    notice *n = pool->closer;
    pool->closer = NULL;
    notice_send(n);
  }
  pool->waited_for = pool->closer != NULL || pool->drainers != NULL;
}

/* ---- holds ---- */

void sley__pool_hold(sley_workers *pool)
{
  __atomic_add_fetch(&pool->holders, 1, __ATOMIC_RELAXED);
}

void sley__pool_release(sley_workers *pool)
{
  if (__atomic_sub_fetch(&pool->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  sley_runtime *r = pool->runtime;
  if (pool->options.drop != NULL) pool->options.drop(pool->options.ctx);
  pthread_cond_destroy(&pool->gone);
  pthread_mutex_destroy(&pool->lock);
  sley__runtime_free(r, pool, sizeof(*pool));
  sley__runtime_release(r);
}
