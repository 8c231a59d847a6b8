/* The threads of a pool: start, work, rest, end; and the chain of wake-ups. Naming and placing them is
 * Linux's own here; elsewhere neither is done. */
#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preempt/pool.h"

#define START_AGAIN (100 * SLEY_MILLISECOND) /* after the system allowed no more threads */

_Thread_local worker *sley__worker;

/* ---- what differs between systems ---- */

void sley__thread_name_of(const sley_workers *pool, unsigned number, char text[THREAD_NAME_BYTES])
{
  char digits[12];
  int used = snprintf(digits, sizeof(digits), "-%u", number);
  snprintf(text, THREAD_NAME_BYTES, "%.*s%s", NAME_BYTES - 1 - used, pool->name, digits);
}

#ifdef __linux__
/* Threads inherit the processors of whoever starts them, which may be a pinned domain. */
static void unpin(void)
{
  cpu_set_t all, own;
  if (sched_getaffinity(getpid(), sizeof(all), &all) != 0 ||
      sched_getaffinity(0, sizeof(own), &own) != 0 || CPU_EQUAL(&all, &own))
    return;
  sched_setaffinity(0, sizeof(all), &all);
}

static void name_self(const char *name) { pthread_setname_np(pthread_self(), name); }

/* sley_domain_default_count is of the calling thread: a pinned one sees one processor. Where it sees
 * fewer than its mask has, a quota is at work. */
unsigned sley__usable_processors(void)
{
  cpu_set_t all, own;
  unsigned here = sley_domain_default_count();
  if (sched_getaffinity(getpid(), sizeof(all), &all) != 0 ||
      sched_getaffinity(0, sizeof(own), &own) != 0)
    return here;
  unsigned usable = (unsigned)CPU_COUNT(&all), mine = (unsigned)CPU_COUNT(&own);
  return here < mine && here < usable ? here : usable;
}
#else
static void unpin(void) {}
static void name_self(const char *name) { (void)name; }
unsigned sley__usable_processors(void) { return sley_domain_default_count(); }
#endif

/* ---- who wakes whom ---- */

/* Threads that will look for a job: not those that wait for a loop or are on their way out. */
static unsigned active(const sley_workers *pool)
{
  return pool->threads - pool->in_main - pool->leaving;
}

static bool may_start(const sley_workers *pool)
{
  if (active(pool) >= pool->options.maximum) return false;
  return active(pool) == 0 || pool->start_after == 0 || sley__clock() >= pool->start_after;
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

static void idle_remove(sley_workers *pool, worker *w)
{
  worker **place = &pool->idle;
  while (*place != w) place = &(*place)->next_idle;
  *place = w->next_idle;
  w->resting = false;
}

static void forget_home(worker *w)
{
  if (w->home != NULL) sley__office_release_far(w->home);
  w->home = NULL;
}

/* Rests until woken; false: nothing came for so long that the thread is to end. Under the lock, which is
 * let go meanwhile. */
static bool rest(worker *w)
{
  sley_workers *pool = w->pool;
  w->resting = true;
  w->next_idle = pool->idle;
  pool->idle = w;
  if (!pool->help_coming) sley__sleeper_announce(&pool->sleeper);
  if (!sley__inbox_is_empty(&pool->incoming)) {
    idle_remove(pool, w);
    return true;
  }
  bool spare = pool->threads - pool->leaving > pool->options.minimum;
  pthread_mutex_unlock(&pool->lock);
  forget_home(w);
  bool woken = sley__park(&w->bed, spare ? sley_seconds(pool->options.idle) : -1);
  pthread_mutex_lock(&pool->lock);
  if (woken || !w->resting) {
    if (!woken) { /* whoever took it from the list is about to wake it */
      pthread_mutex_unlock(&pool->lock);
      sley__park(&w->bed, -1);
      pthread_mutex_lock(&pool->lock);
    }
    return true;
  }
  idle_remove(pool, w);
  return pool->threads - pool->leaving <= pool->options.minimum;
}

/* ---- a thread's life ---- */

/* While jobs come from one office, the thread keeps the first one's hold and the others carry theirs
 * home. */
static void come_from(worker *w, job *j)
{
  j->parcel.holds = j->home == w->home;
  if (j->parcel.holds) return;
  forget_home(w);
  w->home = j->home;
}

/* Runs when the frame is left otherwise: this file is compiled with -fexceptions. */
static void must_have_returned(const worker **in)
{
  if (*in == NULL) return;
  sley__abort(
      "a job of pool %s, detached at %s, left its thread by pthread_exit or by an exception: "
      "nobody would "
      "ever hear of it. Return, with an error if need be",
      (*in)->pool->name, (*in)->site[0] != '\0' ? (*in)->site : "an unknown place");
}

static void run_to_its_end(const worker *w, job *j)
{
  __attribute__((cleanup(must_have_returned))) const worker *in = w;
  sley__job_run(j);
  in = NULL;
}

/* Runs j, taken under the lock, which is let go meanwhile. */
static void work(worker *w, job *j)
{
  sley_workers *pool = w->pool;
  unsigned forks = sley__forks;
  help wanted = sley__pool_help_wanted(pool);
  pool->inside++;
  w->site = j->site;
  w->job = j;
  if (w->stretch.begin == 0) w->stretch.begin = sley__clock();
  w->since = w->stretch.begin;
  __atomic_store_n(&w->inside, true, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&pool->lock);
  if (wanted.woken != NULL || wanted.start) sley__pool_help(pool, wanted);
  come_from(w, j);
  sley__stretch_job(&w->stretch, j);
  run_to_its_end(w, j);
  if (forks != sley__forks)
    sley__abort(
        "a job of pool %s returned in the child of a fork, where its pool does not exist: "
        "call exec or _exit there",
        pool->name);
  sley_time now = sley__stretch_over(&w->stretch) ? sley__clock() : 0;
  w->job = NULL;
  __atomic_store_n(&w->inside, false, __ATOMIC_RELAXED);
  sley__office_push(w->home, &j->parcel);
  pthread_mutex_lock(&pool->lock);
  pool->inside--;
  pool->counters.finished++;
  if (now != 0) sley__stretch_close(pool, &w->stretch, now);
  if (pool->waited_for) sley__pool_notify(pool);
}

/* Nothing is there, and whoever brings the next job finds the sleeper armed. Under the lock. */
static bool may_leave(sley_workers *pool)
{
  if (pool->queued > 0) return false;
  if (!pool->help_coming) sley__sleeper_announce(&pool->sleeper);
  return sley__inbox_is_empty(&pool->incoming);
}

static void stretch_end(worker *w)
{
  if (w->stretch.jobs > 0) sley__stretch_close(w->pool, &w->stretch, sley__clock());
  w->stretch.begin = 0;
}

static void work_until_end(worker *w)
{
  sley_workers *pool = w->pool;
  for (;;) {
    if (w->arriving) pool->help_coming = w->arriving = false;
    if (active(pool) > pool->options.maximum) {
      stretch_end(w);
      return;
    }
    job *j = sley__pool_take(pool);
    if (j != NULL) {
      work(w, j);
      continue;
    }
    stretch_end(w);
    if ((pool->closing || !rest(w)) && may_leave(pool)) return;
  }
}

static void inside(worker *w, const char *site)
{
  w->site = site;
  w->since = sley__clock();
  __atomic_store_n(&w->inside, true, __ATOMIC_RELAXED);
  w->pool->inside++;
}

static void outside(worker *w)
{
  __atomic_store_n(&w->inside, false, __ATOMIC_RELAXED);
  w->pool->inside--;
}

/* Rejects what nobody will come for once this thread has gone. Under the lock, let go meanwhile. */
static void refuse_rest(sley_workers *pool, sley_error *failed)
{
  if (!pool->hurry && (failed == NULL || active(pool) > 0)) return;
  job *refused = sley__pool_take_all(pool);
  sley__sleeper_announce(&pool->sleeper);
  pthread_mutex_unlock(&pool->lock);
  if (refused != NULL)
    sley__jobs_refuse(refused, failed != NULL ? sley_error_keep(failed) : sley_error_closed());
  pthread_mutex_lock(&pool->lock);
}

/* The end of a thread, under the lock, which is let go. */
static void leave(worker *w, sley_error *failed)
{
  sley_workers *pool = w->pool;
  if (w->arriving) pool->help_coming = w->arriving = false;
  refuse_rest(pool, failed);
  sley_error_drop(failed);
  sley__pool_join_ended(pool);
  *w->place = w->next;
  if (w->next != NULL) w->next->place = w->place;
  pool->threads--;
  pool->leaving--;
  __atomic_sub_fetch(&pool->runtime->threads, 1, __ATOMIC_RELAXED);
  sley__parker_destroy(&w->bed);
  bool alone = pool->left_behind, last = pool->threads == 0;
  if (alone) {
    pthread_detach(w->thread);
    sley__runtime_free(pool->runtime, w, sizeof(*w));
  } else {
    w->next_idle = pool->ended;
    pool->ended = w;
  }
  pthread_cond_broadcast(&pool->gone);
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  if (alone && last) sley__pool_unlist(pool);
}

/* Runs the pool's begin, on the new thread. */
static sley_error *begin(worker *w)
{
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  if (pool->options.begin == NULL) return NULL;
  sley_error *e = pool->options.begin(pool->options.ctx, &w->state);
  if (e == NULL) return NULL;
  sley__thread_name_of(pool, w->number, name);
  e = sley_error_wrap_at("", e, "thread %s cannot begin: %s", name, sley_error_message(e));
  sley__error_share(e);
  return e;
}

static void end(worker *w)
{
  sley_workers *pool = w->pool;
  if (pool->options.end == NULL) return;
  inside(w, "the pool's end");
  pthread_mutex_unlock(&pool->lock);
  pool->options.end(pool->options.ctx, w->state);
  pthread_mutex_lock(&pool->lock);
  outside(w);
}

static void *worker_main(void *ctx)
{
  worker *w = ctx;
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  sley__worker = w;
  unpin();
  pthread_mutex_lock(&pool->lock); /* whoever started it has filled it in */
  sley__thread_name_of(pool, w->number, name);
  inside(w, "the pool's begin");
  if (pool->options.begin == NULL) outside(w);
  pthread_mutex_unlock(&pool->lock);
  name_self(name);
  sley_error *e = begin(w);
  pthread_mutex_lock(&pool->lock);
  if (pool->options.begin != NULL) outside(w);
  if (e == NULL) {
    work_until_end(w);
    pool->leaving++;
    pthread_mutex_unlock(&pool->lock);
    forget_home(w);
    pthread_mutex_lock(&pool->lock);
    end(w);
  } else {
    pool->leaving++;
  }
  sley__worker = NULL;
  leave(w, e);
  return NULL;
}

/* ---- starting and joining ---- */

void sley__pool_join_ended(sley_workers *pool)
{
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next_idle;
    pthread_mutex_unlock(&pool->lock);
    pthread_join(w->thread, NULL);
    sley__runtime_free(pool->runtime, w, sizeof(*w));
    pthread_mutex_lock(&pool->lock);
  }
}

static int thread_create(sley_workers *pool, worker *w)
{
  pthread_attr_t attributes;
  sigset_t all, old;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, pool->options.stack);
  if (code == 0) {
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    code = pthread_create(&w->thread, &attributes, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
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
  sley__pool_join_ended(pool);
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
    if (active(pool) > 0) code = 0; /* those will do it */
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
