/* The threads of a pool: work, rest, end. help.c starts and wakes them. */
#include "preempt/worker.h"

_Thread_local worker *sley__worker;

/* ---- rest ---- */

static void idle_remove(sley_workers *pool, worker *w)
{
  worker **place = &pool->idle;
  while (*place != w) place = &(*place)->next_idle;
  *place = w->next_idle;
  w->resting = false;
}

static void worker_forget_home(worker *w)
{
  if (w->home != NULL) sley__completions_release_far(w->home);
  w->home = NULL;
}

/* Rests until woken; false: nothing came for so long that the thread should end. Under the lock, released meanwhile. */
static bool worker_rest(worker *w)
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
  worker_forget_home(w);
  bool woken = sley__park(&w->parker, spare ? sley_seconds(pool->options.idle) : -1);
  pthread_mutex_lock(&pool->lock);
  if (woken || !w->resting) {
    if (!woken) { /* the thread that took it off the list is about to wake it */
      pthread_mutex_unlock(&pool->lock);
      sley__park(&w->parker, -1);
      pthread_mutex_lock(&pool->lock);
    }
    return true;
  }
  idle_remove(pool, w);
  return pool->threads - pool->leaving <= pool->options.minimum;
}

/* ---- a thread's life ---- */

/* While jobs come from one domain, the thread keeps the first one's hold and the others carry theirs home. */
static void worker_come_from(worker *w, job *j)
{
  j->completion.holds = j->home == w->home;
  if (j->completion.holds) return;
  worker_forget_home(w);
  w->home = j->home;
}

/* Runs if the frame is left in any other way: this file is compiled with -fexceptions. */
static void must_have_returned(const worker **in)
{
  if (*in == NULL) return;
  sley__abort(
      "a job of pool %s, detached at %s, left its thread by pthread_exit or by an exception: its "
      "promise would never settle. Return from the job, with an error if necessary",
      (*in)->pool->name, (*in)->site[0] != '\0' ? (*in)->site : "an unknown place");
}

static void run_to_its_end(const worker *w, job *j)
{
  __attribute__((cleanup(must_have_returned))) const worker *in = w;
  sley__job_run(j);
  in = NULL;
}

/* Runs j, which was taken under the lock; the lock is released meanwhile. */
static void worker_run_job(worker *w, job *j)
{
  sley_workers *pool = w->pool;
  uintptr_t origin = sley__origin;
  help wanted = sley__pool_help_wanted(pool);
  pool->inside++;
  w->site = j->site;
  w->may_be_left = j->may_be_left;
  w->job = j;
  if (w->stretch.begin == 0) w->stretch.begin = sley__clock();
  w->since = w->stretch.begin;
  __atomic_store_n(&w->inside, true, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&pool->lock);
  if (wanted.woken != NULL || wanted.start) sley__pool_help(pool, wanted);
  worker_come_from(w, j);
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
  sley__completions_push(w->home, &j->completion);
  pthread_mutex_lock(&pool->lock);
  pool->inside--;
  pool->counters.finished++;
  if (now != 0) sley__stretch_close(pool, &w->stretch, now);
  if (pool->waited_for) sley__pool_notify(pool);
}

/* True if there is no work, and the submitter of the next job will find the sleeper armed. Under the lock. */
static bool worker_may_leave(sley_workers *pool)
{
  if (pool->queued > 0) return false;
  if (!pool->help_coming) sley__sleeper_announce(&pool->sleeper);
  return sley__inbox_is_empty(&pool->incoming);
}

static void worker_stretch_end(worker *w)
{
  if (w->stretch.jobs > 0) sley__stretch_close(w->pool, &w->stretch, sley__clock());
  w->stretch.begin = 0;
}

/* There are more threads than the maximum, since one came back from sley_run_in_main. A thread that has not arrived
 * is not counted: it may fail to start or to begin. */
static bool worker_is_surplus(const sley_workers *pool)
{
  unsigned coming = pool->beginning + (pool->help_coming ? 1 : 0);
  return sley__pool_active(pool) - coming > pool->options.maximum;
}

static void worker_loop(worker *w)
{
  sley_workers *pool = w->pool;
  for (;;) {
    if (w->arriving) pool->help_coming = w->arriving = false;
    if (worker_is_surplus(pool)) {
      worker_stretch_end(w);
      return;
    }
    job *j = sley__pool_take(pool);
    if (j != NULL) {
      worker_run_job(w, j);
      continue;
    }
    worker_stretch_end(w);
    if ((pool->closing || !worker_rest(w)) && worker_may_leave(pool)) return;
  }
}

static void worker_goes_in(worker *w, const char *site)
{
  w->site = site;
  w->since = sley__clock();
  __atomic_store_n(&w->inside, true, __ATOMIC_RELAXED);
  w->pool->inside++;
}

static void worker_comes_out(worker *w)
{
  __atomic_store_n(&w->inside, false, __ATOMIC_RELAXED);
  w->pool->inside--;
  if (w->pool->waited_for) sley__pool_notify(w->pool);
}

/* w takes no more jobs: another thread runs those that wait, or they are rejected if none is left and w could not
 * begin. Under the lock, released meanwhile. Consumes failed. */
static void worker_hand_over(worker *w, sley_error *failed)
{
  sley_workers *pool = w->pool;
  job *refused = NULL;
  pool->leaving++;
  if (failed != NULL) {
    sley__pool_start_failed(pool);
    if (sley__pool_active(pool) == 0) refused = sley__pool_take_all(pool);
  }
  pthread_mutex_unlock(&pool->lock);
  worker_forget_home(w);
  if (refused != NULL) sley__jobs_refuse(refused, failed);
  else sley_error_drop(failed);
  sley__pool_call_help(pool);
  pthread_mutex_lock(&pool->lock);
}

/* The end of a thread. Under the lock, which is released. */
static void worker_leave(worker *w)
{
  sley_workers *pool = w->pool;
  sley__pool_join_ended(pool, false);
  SLEY__LIST_REMOVE(w, next, place);
  pool->threads--;
  pool->leaving--;
  __atomic_sub_fetch(&pool->runtime->threads, 1, __ATOMIC_RELAXED);
  sley__parker_destroy(&w->parker);
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

/* The user's function might have forked and returned in the child. */
static void worker_refuse_child(const sley_workers *pool, const char *function)
{
  if (SLEY__LIKELY(pool->origin == sley__origin)) return;
  sley__abort(
      "the %s of pool %s returned in the child of a fork, where its pool does not exist: "
      "call exec or _exit there",
      function, pool->name);
}

/* Runs the pool's begin on the new thread. It can take long, so idle threads are called for jobs that arrive
 * meanwhile; no other thread is started. Under the lock, released meanwhile. */
static sley_error *worker_begin(worker *w)
{
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  if (pool->options.begin == NULL) return NULL;
  pool->help_coming = w->arriving = false;
  pool->beginning++;
  worker_goes_in(w, "the pool's begin");
  help wanted = sley__pool_help_wanted(pool);
  pthread_mutex_unlock(&pool->lock);
  sley__pool_help(pool, wanted);
  sley_error *e = pool->options.begin(pool->options.ctx, &w->state);
  worker_refuse_child(pool, "begin");
  if (e != NULL) {
    sley__thread_name_of(pool, w->number, name);
    e = sley_error_wrap_at("", e, "thread %s cannot begin: %s", name, sley_error_message(e));
    sley__error_share(e);
  }
  pthread_mutex_lock(&pool->lock);
  worker_comes_out(w);
  pool->beginning--;
  return e;
}

static void worker_end(worker *w)
{
  sley_workers *pool = w->pool;
  if (pool->options.end == NULL) return;
  worker_goes_in(w, "the pool's end");
  pthread_mutex_unlock(&pool->lock);
  pool->options.end(pool->options.ctx, w->state);
  worker_refuse_child(pool, "end");
  pthread_mutex_lock(&pool->lock);
  worker_comes_out(w);
}

void *sley__worker_main(void *ctx)
{
  worker *w = ctx;
  sley_workers *pool = w->pool;
  char name[THREAD_NAME_BYTES];
  sley__worker = w;
  sley__current = &sley__in_job;
  sley__thread_unpin();
  pthread_mutex_lock(&pool->lock); /* the starter has filled in w once it releases the lock */
  sley__thread_name_of(pool, w->number, name);
  sley__thread_name_self(name);
  sley_error *e = worker_begin(w);
  if (e == NULL) {
    worker_loop(w);
    worker_hand_over(w, NULL);
    worker_end(w);
  } else {
    worker_hand_over(w, e);
  }
  sley__worker = NULL;
  worker_leave(w);
  return NULL;
}
