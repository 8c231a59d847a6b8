/* The threads of a pool: work, rest, end. help.c starts and wakes them. */
#include <stdio.h>

#include "preempt/pool.h"

_Thread_local worker *sley__worker;

void sley__thread_name_of(const sley_workers *pool, unsigned number, char text[THREAD_NAME_BYTES])
{
  char digits[12];
  int used = snprintf(digits, sizeof(digits), "-%u", number);
  snprintf(text, THREAD_NAME_BYTES, "%.*s%s", NAME_BYTES - 1 - used, pool->name, digits);
}

/* ---- rest ---- */

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
      "nobody would ever hear of it. Return, with an error if need be",
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
  uintptr_t origin = sley__origin;
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
  if (origin != sley__origin)
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

/* There are more threads than the maximum, as one has come back from sley_run_in_main. One that has not
 * arrived is not counted: it may be unable to start or to begin. */
static bool too_many(const sley_workers *pool)
{
  unsigned coming = pool->beginning + (pool->help_coming ? 1 : 0);
  return pool_active(pool) - coming > pool->options.maximum;
}

static void work_until_end(worker *w)
{
  sley_workers *pool = w->pool;
  for (;;) {
    if (w->arriving) pool->help_coming = w->arriving = false;
    if (too_many(pool)) {
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
  if (w->pool->waited_for) sley__pool_notify(w->pool);
}

bool sley__pool_join_ended(sley_workers *pool, bool wait)
{
  worker *left = NULL;
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next_idle;
    pthread_mutex_unlock(&pool->lock);
    bool joined = wait ? pthread_join(w->thread, NULL) == 0 : sley__thread_join_ended(w->thread);
    if (joined) sley__runtime_free(pool->runtime, w, sizeof(*w));
    pthread_mutex_lock(&pool->lock);
    if (joined) continue;
    w->next_idle = left;
    left = w;
  }
  for (worker *next; left != NULL; left = next) {
    next = left->next_idle;
    left->next_idle = pool->ended;
    pool->ended = left;
  }
  return pool->ended == NULL;
}

void sley__pool_detach_ended(sley_workers *pool)
{
  while (pool->ended != NULL) {
    worker *w = pool->ended;
    pool->ended = w->next_idle;
    pthread_detach(w->thread);
    sley__runtime_free(pool->runtime, w, sizeof(*w));
  }
}

/* w looks for no job from now on: what waits is another thread's, or is rejected where none is left and w
 * could not begin. Under the lock, let go meanwhile. Consumes failed. */
static void hand_over(worker *w, sley_error *failed)
{
  sley_workers *pool = w->pool;
  job *refused = NULL;
  pool->leaving++;
  if (failed != NULL) {
    sley__pool_start_failed(pool);
    if (pool_active(pool) == 0) refused = sley__pool_take_all(pool);
  }
  pthread_mutex_unlock(&pool->lock);
  forget_home(w);
  if (refused != NULL) sley__jobs_refuse(refused, failed);
  else sley_error_drop(failed);
  sley__pool_call_help(pool);
  pthread_mutex_lock(&pool->lock);
}

/* The end of a thread, under the lock, which is let go. */
static void leave(worker *w)
{
  sley_workers *pool = w->pool;
  sley__pool_join_ended(pool, false);
  SLEY__LIST_REMOVE(w, next, place);
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

/* What the user's function has done may be a fork, from which it returned in the child. */
static void refuse_child(const sley_workers *pool, const char *function)
{
  if (SLEY__LIKELY(pool->origin == sley__origin)) return;
  sley__abort(
      "the %s of pool %s returned in the child of a fork, where its pool does not exist: "
      "call exec or _exit there",
      function, pool->name);
}

/* Runs the pool's begin, on the new thread. It may take long, so that threads at rest are called for jobs
 * that come meanwhile; another one is not started. Under the lock, let go meanwhile. */
static sley_error *begin(worker *w)
{
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  if (pool->options.begin == NULL) return NULL;
  pool->help_coming = w->arriving = false;
  pool->beginning++;
  inside(w, "the pool's begin");
  help wanted = sley__pool_help_wanted(pool);
  pthread_mutex_unlock(&pool->lock);
  sley__pool_help(pool, wanted);
  sley_error *e = pool->options.begin(pool->options.ctx, &w->state);
  refuse_child(pool, "begin");
  if (e != NULL) {
    sley__thread_name_of(pool, w->number, name);
    e = sley_error_wrap_at("", e, "thread %s cannot begin: %s", name, sley_error_message(e));
    sley__error_share(e);
  }
  pthread_mutex_lock(&pool->lock);
  outside(w);
  pool->beginning--;
  return e;
}

static void end(worker *w)
{
  sley_workers *pool = w->pool;
  if (pool->options.end == NULL) return;
  inside(w, "the pool's end");
  pthread_mutex_unlock(&pool->lock);
  pool->options.end(pool->options.ctx, w->state);
  refuse_child(pool, "end");
  pthread_mutex_lock(&pool->lock);
  outside(w);
}

void *sley__worker_main(void *ctx)
{
  worker *w = ctx;
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  sley__worker = w;
  sley__current = &sley__in_job;
  sley__thread_unpin();
  pthread_mutex_lock(&pool->lock); /* whoever started it has filled it in */
  sley__thread_name_of(pool, w->number, name);
  sley__thread_name_self(name);
  sley_error *e = begin(w);
  if (e == NULL) {
    work_until_end(w);
    hand_over(w, NULL);
    end(w);
  } else {
    hand_over(w, e);
  }
  sley__worker = NULL;
  leave(w);
  return NULL;
}
