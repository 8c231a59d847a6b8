/* Pools of threads for blocking work.
 *
 * Reading guide to preempt: this file, the pool and sley_detach; office.c, how results come home.
 * The queue of jobs is under a lock: a job costs a system call on the other side anyway, and a
 * cancelled job must be found in it and taken out.
 *
 * Jobs beyond the queue's limit wait in the same list, in order: what the limit promises (the caller
 * waits, the loop never runs a job) holds either way, and a job of another domain that frees a place
 * needs to tell nobody.
 *
 * Regret: threads that ended for want of work are joined only by the next start or the close. */
#include "preempt/preempt_floor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "preempt/office.h"

typedef struct worker {
  struct worker *next; /* in the list of ended ones */
  pthread_t thread;
  sley_workers *pool;
} worker;

struct sley_workers {
  sley_runtime *runtime;
  char name[16];
  unsigned minimum, maximum;
  size_t limit;
  double idle;
  pthread_mutex_t lock; /* everything below */
  pthread_cond_t work, ended_one;
  job *first, *last;
  size_t queued;
  unsigned threads, waiting, busy;
  uint64_t finished;
  worker *ended;
  bool closing;
};

/* ---- threads ---- */

static job *pop(sley_workers *pool)
{
  job *j = pool->first;
  pool->first = j->next;
  if (pool->first == NULL) pool->last = NULL;
  else pool->first->previous = NULL;
  j->queued = false;
  pool->queued--;
  return j;
}

static void unlink_job(sley_workers *pool, job *j)
{
  if (j->previous != NULL) j->previous->next = j->next;
  else pool->first = j->next;
  if (j->next != NULL) j->next->previous = j->previous;
  else pool->last = j->previous;
  j->queued = false;
  pool->queued--;
}

static void run(job *j)
{
  j->error = j->f(&j->arg, &j->out);
  sley_value_drop(&j->arg);
  if (j->error == NULL && sley__value_send(&j->out) != 0) {
    j->error = sley_error_new(&sley_kind_sley, SLEY_ESEND, "a job's result of type %s: %s",
                              j->out.type->name, sley_code_text(SLEY_ESEND));
  }
  if (j->error != NULL) {
    sley_value_drop(&j->out);
    sley__error_share(j->error);
  }
}

/* Waits for work; false when this thread is to end. */
static bool wait_for_work(sley_workers *pool)
{
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  double whole = pool->idle < 1e6 ? pool->idle : 1e6;
  until.tv_sec += (time_t)whole;
  until.tv_nsec += (long)((whole - (double)(time_t)whole) * 1e9);
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  while (pool->first == NULL) {
    if (pool->closing) return false;
    pool->waiting++;
    int code = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
    pool->waiting--;
    if (code == ETIMEDOUT && pool->first == NULL && pool->threads > pool->minimum) return false;
  }
  return true;
}

static void *worker_main(void *argument)
{
  worker *w = argument;
  sley_workers *pool = w->pool;
  pthread_mutex_lock(&pool->lock);
  while (wait_for_work(pool)) {
    job *j = pop(pool);
    pool->busy++;
    pthread_mutex_unlock(&pool->lock);
    run(j);
    sley__office_deliver(j);
    pthread_mutex_lock(&pool->lock);
    pool->busy--;
    pool->finished++;
  }
  pool->threads--;
  w->next = pool->ended;
  pool->ended = w;
  pthread_cond_signal(&pool->ended_one);
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* Joins the threads that have ended. Under the lock, which is let go meanwhile. */
static void join_ended(sley_workers *pool)
{
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next;
    pthread_mutex_unlock(&pool->lock);
    pthread_join(w->thread, NULL);
    sley__runtime_free(pool->runtime, w, sizeof(*w));
    __atomic_sub_fetch(&pool->runtime->threads, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&pool->lock);
  }
}

static int start_thread(sley_workers *pool)
{
  sley_runtime *r = pool->runtime;
  unsigned count = __atomic_add_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  worker *w = NULL;
  int code = EAGAIN;
  if (r->max_threads == 0 || count <= r->max_threads) {
    w = sley__runtime_alloc(r, sizeof(*w));
    code = w == NULL ? ENOMEM : 0;
  }
  if (w != NULL) {
    sigset_t all, old;
    w->pool = pool;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    code = pthread_create(&w->thread, NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
  if (code == 0) {
    pool->threads++;
    return 0;
  }
  sley__runtime_free(r, w, sizeof(*w));
  __atomic_sub_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  return code;
}

/* Queues j and sees to it that a thread will come for it. 0, or why there is none at all. */
static int submit(sley_workers *pool, job *j)
{
  int code = 0;
  pthread_mutex_lock(&pool->lock);
  join_ended(pool);
  if (pool->waiting <= pool->queued && pool->threads < pool->maximum) code = start_thread(pool);
  if (pool->threads == 0) {
    pthread_mutex_unlock(&pool->lock);
    return code;
  }
  j->queued = true;
  j->next = NULL;
  j->previous = pool->last;
  if (pool->last != NULL) pool->last->next = j;
  else pool->first = j;
  pool->last = j;
  pool->queued++;
  pthread_cond_signal(&pool->work);
  pthread_mutex_unlock(&pool->lock);
  return 0;
}

/* ---- pools ---- */

static int pool_new(sley_runtime *r, const sley_workers_options *o, sley_workers **out)
{
  *out = NULL;
  unsigned maximum = o->maximum != 0 ? o->maximum : 16;
  if (o->size < sizeof(*o) || o->minimum > maximum || o->idle < 0) return -SLEY_EINVAL;
  sley_workers *pool = sley__runtime_alloc(r, sizeof(*pool));
  if (pool == NULL) return -SLEY_ENOMEM;
  memset(pool, 0, sizeof(*pool));
  pool->runtime = r;
  snprintf(pool->name, sizeof(pool->name), "%s", o->name != NULL ? o->name : "workers");
  pool->minimum = o->minimum;
  pool->maximum = maximum;
  pool->limit = o->queue != 0 ? o->queue : 1024;
  pool->idle = o->idle > 0 ? o->idle : 10;
  if (pthread_mutex_init(&pool->lock, NULL) != 0 || pthread_cond_init(&pool->work, NULL) != 0 ||
      pthread_cond_init(&pool->ended_one, NULL) != 0) {
    sley__runtime_free(r, pool, sizeof(*pool));
    return -SLEY_ENOMEM;
  }
  *out = pool;
  return 0;
}

int sley_workers_new(const sley_workers_options *options, sley_workers **out)
{
  return pool_new(sley__self()->runtime, options, out);
}

void sley_workers_close(sley_workers *pool)
{
  if (pool == NULL) return;
  pthread_mutex_lock(&pool->lock);
  pool->closing = true;
  job *left = pool->first;
  pool->first = pool->last = NULL;
  pool->queued = 0;
  for (job *j = left; j != NULL; j = j->next) j->queued = false;
  pthread_cond_broadcast(&pool->work);
  while (pool->threads > 0) pthread_cond_wait(&pool->ended_one, &pool->lock);
  join_ended(pool);
  pthread_mutex_unlock(&pool->lock);
  while (left != NULL) {
    job *j = left;
    left = j->next;
    sley_value_drop(&j->arg);
    j->error = sley_error_closed();
    sley__office_deliver(j);
  }
  pthread_mutex_destroy(&pool->lock);
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->ended_one);
  sley__runtime_free(pool->runtime, pool, sizeof(*pool));
}

void sley_workers_counters_get(sley_workers *pool, sley_workers_counters *out)
{
  sley_workers_counters now = {.size = out->size < sizeof(now) ? out->size : sizeof(now)};
  pthread_mutex_lock(&pool->lock);
  now.threads = pool->threads;
  now.busy = pool->busy;
  now.queued = pool->queued;
  now.finished = pool->finished;
  pthread_mutex_unlock(&pool->lock);
  memcpy(out, &now, now.size);
}

/* ---- the runtime's own pools ---- */

typedef struct default_pools {
  sley_workers *general, *dns;
} default_pools;

static void default_pools_end(sley_runtime *r)
{
  default_pools *pools = r->workers;
  if (pools == NULL) return;
  sley_workers_close(pools->general);
  sley_workers_close(pools->dns);
  sley__runtime_free(r, pools, sizeof(*pools));
  r->workers = NULL;
}

static pthread_mutex_t default_pools_lock = PTHREAD_MUTEX_INITIALIZER;

static default_pools *default_pools_make(sley_runtime *r)
{
  static const sley_workers_options general = {
      .size = sizeof(general), .name = "sley-workers", .maximum = 16};
  static const sley_workers_options dns = {.size = sizeof(dns), .name = "sley-dns", .maximum = 4};
  default_pools *pools = sley__runtime_alloc(r, sizeof(*pools));
  if (pools == NULL) return NULL;
  if (pool_new(r, &general, &pools->general) == 0) {
    if (pool_new(r, &dns, &pools->dns) == 0) return pools;
    sley_workers_close(pools->general);
  }
  sley__runtime_free(r, pools, sizeof(*pools));
  return NULL;
}

static default_pools *default_pools_of(sley_runtime *r)
{
  default_pools *pools = __atomic_load_n(&r->workers, __ATOMIC_ACQUIRE);
  if (pools != NULL) return pools;
  pthread_mutex_lock(&default_pools_lock);
  pools = r->workers;
  if (pools == NULL) {
    pools = default_pools_make(r);
    r->workers_end = default_pools_end;
    __atomic_store_n(&r->workers, pools, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&default_pools_lock);
  return pools;
}

sley_workers *sley__workers_dns(void)
{
  default_pools *pools = default_pools_of(sley__self()->runtime);
  return pools == NULL ? NULL : pools->dns;
}

/* ---- detach ---- */

static void detach_cancel(void *data)
{
  job *j = *(job **)data;
  sley_resolver *r = j->resolver;
  sley_workers *pool = j->pool;
  j->resolver = NULL;
  pthread_mutex_lock(&pool->lock);
  bool mine = j->queued;
  if (mine) unlink_job(pool, j);
  pthread_mutex_unlock(&pool->lock);
  if (mine) {
    struct sley__post_office *office = j->office;
    sley__job_free(j);
    sley__office_give_back(office);
  }
  sley_resolver_drop(&r);
}

static const sley__operation_type detach_type = {"detach", detach_cancel};

static sley_promise *refuse(const char *site, sley_value *arg, sley_error *e)
{
  sley_value_drop(arg);
  return sley_fail_at(site, e);
}

sley_promise *sley_detach_at(const char *site, sley_workers *pool, sley_job_fn *f, sley_value arg)
{
  sley_domain *d = sley__self();
  if (pool == NULL) {
    default_pools *pools = default_pools_of(d->runtime);
    if (pools == NULL) return refuse(site, &arg, sley_error_nomem());
    pool = pools->general;
  }
  if (sley__value_send(&arg) != 0) {
    sley_error *e =
        sley_error_new_at(site, &sley_kind_sley, SLEY_ESEND, "a job's argument of type %s: %s",
                          arg.type->name, sley_code_text(SLEY_ESEND));
    return refuse(site, &arg, e);
  }
  struct sley__post_office *office = sley__office_take(d);
  if (office == NULL) return refuse(site, &arg, sley_error_nomem());
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &detach_type, sizeof(job *), &data, &r);
  job *j = p == NULL ? NULL : sley__runtime_alloc(d->runtime, sizeof(*j));
  if (j == NULL) {
    if (p != NULL) {
      sley_drop(p);
      sley_resolver_drop(&r);
    }
    sley__office_give_back(office);
    return refuse(site, &arg, sley_error_nomem());
  }
  *j = (job){.pool = pool, .f = f, .arg = arg, .office = office, .resolver = r};
  *(job **)data = j;
  int code = submit(pool, j);
  if (code == 0) return p;
  j->resolver = NULL;
  sley__job_free(j);
  sley__office_give_back(office);
  sley_reject(&r, code == ENOMEM
                      ? sley_error_nomem()
                      : sley__error_errno(site, code, "no worker thread can be started"));
  return p;
}

sley_promise *(sley_detach)(sley_workers *pool, sley_job_fn *f, sley_value arg)
{
  return sley_detach_at("", pool, f, arg);
}
