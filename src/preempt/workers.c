/* Pools: the queue of jobs, and what becomes of it.
 *
 * Reading guide to preempt: pool.h; this file; help.c, who wakes or starts whom; thread.c, what a thread
 * does; job.c, jobs, sley_detach and cancel; stage.c; office.c, how results come home; main.c,
 * sley_run_in_main; close.c; defaults.c; figures.c; fork.c; park.c; system.c.
 *
 * A job comes in without a lock, onto an inbox that whoever next holds the lock sorts into the classes'
 * queues. The lock is the workers': one taking of it per job covers the account of the last job and the
 * choice of the next. Cancel takes it too, to find the job and unlink it, so that what is cancelled
 * leaves nothing behind however long the pool hangs.
 *
 * Who sees to a thread: the pool's sleeper is armed whenever a thread could be woken or started and none
 * is on its way; the one who brings a job and finds it armed does it. A thread that arrives and finds
 * more work than its own calls the next. So wake-ups form a chain, one at a time, off the loop. While one
 * is on its way nobody else is called and nobody arms the sleeper: whoever ends that (it arrives, cannot be
 * started, cannot begin, or leaves) arms it or calls the next one.
 *
 * Regret: jobs beyond the limit wait in the same queue. The limit is for sley_try_detach; a promise that
 * waits is what back-pressure is otherwise, and one list keeps the order. */
#include <errno.h>
#include <stdio.h>

#include "preempt/pool.h"

enum { THREADS_BLOCKING = 16, QUEUE = 1024, STACK = 2 << 20, IDLE = 10 };

/* ---- the queue, under the lock ---- */

static void append(sley_workers *pool, job *j)
{
  job_queue *q = &pool->queues[j->priority];
  sley__dlist_append(&q->jobs, &j->place);
  q->count++;
  pool->queued++;
}

static void unlink_job(sley_workers *pool, job *j)
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
    append(pool, (job *)(void *)node);
    node = next;
  }
}

void sley__pool_remove(sley_workers *pool, job *j) { unlink_job(pool, j); }

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
  unlink_job(pool, j);
  return j;
}

job *sley__pool_take_all(sley_workers *pool)
{
  job *list = NULL, **end = &list;
  sley__pool_sort(pool);
  for (job *j; (j = highest_first(pool)) != NULL;) {
    unlink_job(pool, j);
    j->next = NULL;
    SLEY__FIFO_APPEND(end, j, next);
    pool->counters.refused++;
  }
  return list;
}

void sley__jobs_refuse(job *list, sley_error *e)
{
  sley__error_share(e);
  while (list != NULL) {
    job *j = list;
    list = j->next;
    j->error = sley_error_keep(e);
    sley__office_deliver(j->home, &j->parcel);
  }
  sley_error_drop(e);
}

/* ---- submitting ---- */

static void refuse_all(sley_workers *pool, bool closed, sley_error *e)
{
  pthread_mutex_lock(&pool->lock);
  /* Somebody else may have started a thread after this one could not: that thread runs what waits. */
  job *list = closed || pool_active(pool) == 0 ? sley__pool_take_all(pool) : NULL;
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  sley__jobs_refuse(list, e);
}

void sley__pool_call_help(sley_workers *pool)
{
  pthread_mutex_lock(&pool->lock);
  bool closed = pool->hurry || (pool->closing && pool->threads == 0);
  help wanted = {0};
  if (!closed) wanted = sley__pool_help_wanted(pool);
  else sley__sleeper_announce(&pool->sleeper);
  pthread_mutex_unlock(&pool->lock);
  if (closed) {
    refuse_all(pool, true, sley_error_closed());
    return;
  }
  int code = sley__pool_help(pool, wanted);
  if (code == 0) return;
  refuse_all(pool, false,
             code == ENOMEM ? sley_error_nomem()
                            : sley__error_errno("", code, "no worker thread can be started"));
}

void sley__pool_submit(sley_workers *pool, struct sley__inbox_node *newest,
                       struct sley__inbox_node *oldest)
{
  sley__inbox_push_list(&pool->incoming, newest, oldest);
  if (sley__sleeper_notify_pushed(&pool->sleeper)) sley__pool_call_help(pool);
}

/* ---- making and holding ---- */

void sley__pool_hold(sley_workers *pool)
{
  __atomic_add_fetch(&pool->holders, 1, __ATOMIC_RELAXED);
}

void sley__pool_release(sley_workers *pool)
{
  if (__atomic_sub_fetch(&pool->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  sley_runtime *r = pool->runtime;
  pthread_cond_destroy(&pool->gone);
  pthread_mutex_destroy(&pool->lock);
  sley__runtime_free(r, pool, sizeof(*pool));
  sley__runtime_release(r);
}

/* Fills in what is left to the library; says what is wrong, or NULL. */
static const char *options_complete(sley_workers_options *o)
{
  bool compute = o->kind == SLEY_WORKERS_KIND_COMPUTE;
  if (o->kind != SLEY_WORKERS_KIND_BLOCKING && !compute) return "there is no such kind of pool";
  if (o->maximum == 0) o->maximum = compute ? sley__usable_processors() : THREADS_BLOCKING;
  if (o->maximum < o->minimum && !compute) return "the minimum of threads is above the maximum";
  if (compute && o->minimum == 0) o->minimum = o->maximum;
  if (o->minimum > o->maximum) return "the minimum of threads is above the maximum";
  if (!(o->idle >= 0)) return "the idle time is negative";
  if (o->queue == 0) o->queue = QUEUE;
  if (o->idle == 0) o->idle = IDLE;
  if (o->stack == 0) o->stack = STACK;
  if (o->end != NULL && o->begin == NULL) return "end has no begin";
  return o->stack >= 16384 ? NULL : "the stack is smaller than 16 KiB";
}

sley_error *sley__pool_new(sley_runtime *r, const sley_workers_options *o, sley_workers **out)
{
  *out = NULL;
  SLEY__OPTIONS_CHECK(o, sley_workers_options, "sley_workers_new");
  sley_workers_options options = *o;
  const char *wrong = options_complete(&options);
  if (wrong != NULL)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "sley_workers_new: %s", wrong);
  sley_workers *pool = sley__runtime_alloc(r, sizeof(*pool));
  if (pool == NULL) return sley_error_nomem();
  memset(pool, 0, sizeof(*pool));
  if (pthread_mutex_init(&pool->lock, NULL) != 0) {
    sley__runtime_free(r, pool, sizeof(*pool));
    return sley_error_nomem();
  }
  if (sley__condition_init(&pool->gone) != 0) {
    pthread_mutex_destroy(&pool->lock);
    sley__runtime_free(r, pool, sizeof(*pool));
    return sley_error_nomem();
  }
  sley__forks_watch();
  snprintf(pool->name, sizeof(pool->name), "%s", o->name != NULL ? o->name : "workers");
  for (int class = 0; class < CLASSES; class ++) sley__dlist_init(&pool->queues[class].jobs);
  options.name = pool->name;
  pool->options = options;
  pool->runtime = r;
  pool->origin = sley__origin;
  pool->holders = 1; /* the runtime's list */
  sley__sleeper_announce(&pool->sleeper);
  sley__runtime_hold(r);
  if (!sley__pool_list(pool)) {
    sley__pool_release(pool);
    return sley_error_nomem();
  }
  *out = pool;
  return NULL;
}

sley_error *sley_workers_new(const sley_workers_options *options, sley_workers **out)
{
  SLEY__NEEDS(out);
  return sley__pool_new(sley__self()->runtime, options, out);
}

const char *sley_workers_name(const sley_workers *pool) { return pool->name; }
