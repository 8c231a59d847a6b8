/* Counters of a pool.
 *
 * The clock is read when a job has ended, for its duration and as the start of the next job. If jobs are so short
 * that this would cost a noticeable part of them, it is read once per stretch of several jobs: their number and the
 * sum of their times stay exact, the longest is assumed to equal the average, and each is assumed to start after an
 * equal share of the stretch. A stretch that was not short counts as one long job and others of no length, and the
 * next one has one job. */
#include <stdio.h>

#include "preempt/worker.h"

enum { STRETCH_MOST = 16 };
#define SHORT ((sley_time)2000) /* nanoseconds */

void sley__stretch_job(stretch *s, const job *j)
{
  sley_time waited = s->begin - j->since;
  if (waited < 0) waited = 0;
  s->jobs++;
  s->waited += waited;
  if (waited > s->longest) s->longest = waited;
}

bool sley__stretch_over(const stretch *s) { return s->jobs >= s->most; }

void sley__stretch_close(sley_workers *pool, stretch *s, sley_time now)
{
  sley_workers_counters *c = &pool->counters;
  sley_time ran = now - s->begin, each = ran / s->jobs;
  bool is_short = each <= SHORT;
  sley_time waited_most = s->longest + each * (s->jobs - 1), ran_most = is_short ? each : ran;
  c->run_total += ran;
  c->wait_total += s->waited + each * s->jobs * (s->jobs - 1) / 2;
  if (ran_most > c->run_most) c->run_most = ran_most;
  if (waited_most > c->wait_most) c->wait_most = waited_most;
  unsigned most = !is_short ? 1 : s->most < STRETCH_MOST ? 2 * s->most : STRETCH_MOST;
  *s = (stretch){.begin = now, .most = most};
}

static sley_time oldest_wait(const sley_workers *pool)
{
  sley_time since = 0;
  for (int class = 0; class < CLASSES; class ++) {
    const job *j = sley__job_oldest(&pool->queues[class]);
    if (j != NULL && (since == 0 || j->since < since)) since = j->since;
  }
  return since == 0 ? 0 : sley__clock() - since;
}

void sley_workers_counters_get(sley_workers *pool, sley_workers_counters *out)
{
  sley_workers_counters now = {0};
  size_t size = SLEY__FIGURES_CHECK(out, sley_workers_counters, "sley_workers_counters_get");
  sley__jobs_send_all_staged(sley__current->completions);
  if (pool->runtime != NULL) {
    sley__refuse_elsewhere(pool->origin, "pool", pool->name);
    pthread_mutex_lock(&pool->lock);
    sley__pool_sort(pool);
    now = pool->counters;
    now.threads = pool->threads;
    now.in_main = pool->in_main;
    now.queued = pool->queued;
    now.oldest = oldest_wait(pool);
    for (const worker *w = pool->all; w != NULL; w = w->next)
      now.busy += __atomic_load_n(&w->inside, __ATOMIC_RELAXED) ? 1 : 0;
    pthread_mutex_unlock(&pool->lock);
  }
  now.size = size;
  memcpy(out, &now, size);
}

void sley_workers_report(sley_workers *pool, sley_workers_report_fn *f, void *ctx)
{
  SLEY__NEEDS(pool);
  SLEY__NEEDS(f);
  char name[THREAD_NAME_BYTES];
  if (pool->runtime == NULL) return;
  sley__refuse_elsewhere(pool->origin, "pool", pool->name);
  pthread_mutex_lock(&pool->lock);
  sley_time now = sley__clock();
  for (const worker *w = pool->all; w != NULL; w = w->next) {
    if (!__atomic_load_n(&w->inside, __ATOMIC_RELAXED)) continue;
    sley__thread_name_of(pool, w->number, name);
    f(ctx, name, w->site, now - w->since);
  }
  pthread_mutex_unlock(&pool->lock);
}
