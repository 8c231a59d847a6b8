/* Closing a pool, and waiting until it is idle. Both send a notice home when that is so. */
#include <stdio.h>

#include "preempt/worker.h"

/* ---- the end of a pool ---- */

void sley__pool_gate(sley_workers *pool, bool hurry)
{
  worker *idle, *next;
  pthread_mutex_lock(&pool->lock);
  __atomic_store_n(&pool->closing, true, __ATOMIC_RELEASE);
  if (hurry) __atomic_store_n(&pool->hurry, true, __ATOMIC_RELAXED);
  idle = pool->idle;
  pool->idle = NULL;
  for (worker *w = idle; w != NULL; w = w->next_idle) w->resting = false;
  sley__sleeper_announce(&pool->sleeper);
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  for (; idle != NULL; idle = next) {
    next = idle->next_idle; /* once woken, it can be freed at any time */
    sley__unpark(&idle->parker);
  }
}

static void report_left_behind(void *ctx, const char *thread, const char *site, sley_time inside)
{
  (void)ctx;
  fprintf(
      stderr,
      "sley: the pool was closed while thread %s was still inside a job from %s, for %.3f s now\n",
      thread, site[0] != '\0' ? site : "an unknown place", (double)inside * 1e-9);
}

unsigned sley__pool_hurry(sley_workers *pool, bool is_told)
{
  unsigned inside = 0;
  pthread_mutex_lock(&pool->lock);
  /* Counted before the jobs can see hurry: one that checks it can leave immediately. */
  for (const worker *w = pool->all; w != NULL; w = w->next)
    inside += __atomic_load_n(&w->inside, __ATOMIC_RELAXED) ? 1 : 0;
  __atomic_store_n(&pool->hurry, true, __ATOMIC_RELAXED);
  sley__sleeper_announce(&pool->sleeper); /* jobs pushed after this are refused on submission */
  job *list = sley__pool_take_all(pool);
  if (inside > 0) {
    pool->left_behind = true; /* threads that leave from now on detach themselves */
    /* Taken first: joining releases the lock, and the last thread to leave would then notify the closer that the
     * pool has ended and that its reference is to be dropped. */
    notice *n = pool->closer;
    pool->closer = NULL;
    sley__pool_join_ended(pool, false);
    sley__pool_detach_ended(pool);
    if (n != NULL) {
      n->number = inside;
      sley__completions_push_and_release(n->home, &n->completion);
    }
  }
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  if (inside > 0 && is_told) sley_workers_report(pool, report_left_behind, NULL);
  if (list != NULL) sley__jobs_refuse(list, sley_error_closed());
  return inside;
}

/* ---- close ---- */

static void close_patience_over(void *ctx, sley_value *v)
{
  notice *n = ctx;
  (void)v;
  sley__pool_hurry(n->pool, true);
}

/* Makes n the pool's closer, unless there is one. */
static bool close_begin(sley_workers *pool, notice *n)
{
  pthread_mutex_lock(&pool->lock);
  bool first = !pool->closing;
  if (first) {
    pool->closer = n;
    n->pool = pool;
    __atomic_store_n(&pool->closing, true, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&pool->lock);
  return first;
}

sley_promise *sley_workers_close_at(const char *site, sley_workers *pool, double seconds)
{
  SLEY__NEEDS_AT(site, pool);
  sley_promise *p;
  sley_error *e = sley__pool_objection(__func__, site, sley__self(), pool);
  if (e != NULL) return sley_fail_at(site, e);
  notice *n = sley__notice_new(site, &p);
  if (n == NULL) return p;
  sley__jobs_send_all_staged(n->home);
  sley_time patience = seconds < 0 ? -1 : sley_seconds(seconds);
  if (patience > 0) {
    n->deadline = sley__sleep(SLEY_HERE, patience);
    if (!sley_is_pending(n->deadline)) return sley__notice_refuse(site, n, p, sley_error_nomem());
  }
  if (!close_begin(pool, n))
    return sley__notice_refuse(
        site, n, p,
        sley_error_new_at(site, &sley_kind_sley, SLEY_ECLOSED, "pool %s is closed", pool->name));
  sley__pool_hold(pool);
  if (n->deadline != NULL) sley_on_success(n->deadline, close_patience_over, n);
  sley__pool_gate(pool, false);
  if (patience == 0) sley__pool_hurry(pool, true);
  return p;
}

/* ---- drain ---- */

sley_promise *sley_workers_drain_at(const char *site, sley_workers *pool)
{
  SLEY__NEEDS_AT(site, pool);
  sley_promise *p;
  sley_error *e = sley__pool_objection(__func__, site, sley__self(), pool);
  if (e != NULL) return sley_fail_at(site, e);
  notice *n = sley__notice_new(site, &p);
  if (n == NULL) return p;
  sley__jobs_send_all_staged(n->home);
  pthread_mutex_lock(&pool->lock);
  n->next = pool->drainers;
  pool->drainers = n;
  sley__pool_sort(pool);
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  return p;
}
