/* Jobs: frames, submission to a pool, and the return home. */
#include "preempt/worker.h"

/* ---- frames ---- */

job *sley__job_new(sley_domain *d, const sley_job_type *type, size_t bytes)
{
  completion_queue *q = d->completions;
  if (bytes > SIZE_MAX / 2) return NULL;
  size_t whole = sizeof(job) + (bytes > FRAME_DATA ? bytes : FRAME_DATA);
  job *j;
  if (q != NULL && q->frame_count > 0 && bytes <= FRAME_DATA) j = q->frames[--q->frame_count];
  else j = sley__runtime_alloc(d->runtime, whole);
  if (j == NULL) return NULL;
  j->completion.kind = &sley__job_completion;
  j->completion.holds = false;
  j->state = JOB_NEW;
  j->canceled = j->may_be_left = false;
  j->type = type;
  j->runtime = d->runtime;
  j->bytes = whole;
  j->out = sley_unit();
  j->error = NULL;
  return j;
}

void sley__job_discard(job *j)
{
  if (j->type->drop != NULL) j->type->drop(j->data);
  sley_value_drop(&j->out);
  sley_error_drop(j->error);
  sley__runtime_free(j->runtime, j, j->bytes);
}

/* At home: the frame can be reused for the next job. */
static void frame_free(completion_queue *q, job *j)
{
  if (j->type->drop != NULL) j->type->drop(j->data);
  if (q->frame_count < FRAMES_KEPT && j->bytes == sizeof(job) + FRAME_DATA &&
      !j->runtime->single_objects)
    q->frames[q->frame_count++] = j;
  else sley__runtime_free(j->runtime, j, j->bytes);
}

void *sley_job_new(const sley_job_type *type, size_t bytes)
{
  SLEY__NEEDS(type);
  SLEY__NEEDS(type->work);
  job *j = sley__job_new(sley__self(), type, bytes);
  if (j == NULL) return NULL;
  memset(j->data, 0, bytes);
  return j->data;
}

void sley__job_may_be_left(void *data) { sley__job_of(data)->may_be_left = true; }

void sley_job_drop(void *data)
{
  if (data != NULL) sley__job_discard(sley__job_of(data));
}

/* ---- on a worker ---- */

void sley__job_run(job *j)
{
  j->error = j->type->work(j->data, &j->out);
  if (j->error == NULL && j->out.type != NULL && sley__value_send(&j->out) != 0)
    j->error = sley__send_error(j->site, &j->out, "a job's result");
  if (j->error == NULL) return;
  sley_value_drop(&j->out);
  sley__error_pass(j->error, j->site);
  sley__error_share(j->error);
}

/* ---- at home ---- */

static void job_out_add(completion_queue *q, job *j)
{
  SLEY__LIST_PREPEND(q->out, j, next_out, out_place);
  j->use->out++;
}

static void job_out_remove(job *j)
{
  SLEY__LIST_REMOVE(j, next_out, out_place);
  j->use->out--;
}

static void job_arrive(completion_queue *q, completion *c)
{
  job *j = SLEY__CONTAINER(c, job, completion);
  sley_resolver *r = j->resolver;
  job_out_remove(j);
  if (r == NULL) {
    sley_value_drop(&j->out);
    sley_error_drop(j->error);
    frame_free(q, j);
    return;
  }
  sley_error *e = j->error;
  sley_value out = j->out;
  if (e == NULL && j->type->finish != NULL) e = j->type->finish(j->data, &out);
  frame_free(q, j);
  if (e == NULL) {
    sley__operation_fulfill(&r, out);
  } else {
    sley_value_drop(&out);
    sley_reject(&r, e);
  }
}

/* Removes j from its pool's queue; false: a thread already has it. */
static bool job_take_back(job *j)
{
  if (__atomic_load_n(&j->state, __ATOMIC_ACQUIRE) != JOB_QUEUED) return false;
  sley_workers *pool = j->use->pool;
  sley__jobs_send_staged(j->use);
  pthread_mutex_lock(&pool->lock);
  sley__pool_sort(pool);
  bool mine = __atomic_load_n(&j->state, __ATOMIC_RELAXED) == JOB_QUEUED;
  if (mine) {
    sley__pool_remove(pool, j);
    pool->counters.canceled++;
    sley__pool_notify(pool);
  }
  pthread_mutex_unlock(&pool->lock);
  return mine;
}

static void job_cancel(void *data)
{
  job *j = *(job **)data;
  sley_resolver *r = j->resolver;
  j->resolver = NULL;
  if (job_take_back(j)) {
    job_out_remove(j);
    sley__completions_take_back(j->home);
    frame_free(j->home, j);
  } else {
    __atomic_store_n(&j->canceled, true, __ATOMIC_RELAXED);
    if (j->type->interrupt != NULL) j->type->interrupt(j->data);
  }
  sley_resolver_drop(&r);
}

/* The domain ends: takes back jobs that no thread has, and cancels running ones. */
static void jobs_end(completion_queue *q)
{
  for (job *next, *j = q->out; j != NULL; j = next) {
    next = j->next_out;
    j->resolver = NULL;
    if (job_take_back(j)) {
      sley__completions_take_back(q);
      sley__job_discard(j);
    } else {
      __atomic_store_n(&j->canceled, true, __ATOMIC_RELAXED);
      if (j->type->interrupt != NULL) j->type->interrupt(j->data);
    }
  }
  q->out = NULL;
}

static void job_lose(completion *c) { sley__job_discard(SLEY__CONTAINER(c, job, completion)); }

static void jobs_clear(completion_queue *q)
{
  sley__pool_uses_end(q);
  while (q->frame_count > 0)
    sley__runtime_free(q->runtime, q->frames[--q->frame_count], sizeof(job) + FRAME_DATA);
}

const completion_kind sley__job_completion = {.arrive = job_arrive,
                                              .lose = job_lose,
                                              .end = jobs_end,
                                              .clear = jobs_clear,
                                              .drain_begin = sley__jobs_stage_begin,
                                              .drain_end = sley__jobs_stage_end};

static const sley__operation_type job_operation = {"job", job_cancel};

static sley_promise *job_refuse(const char *site, job *j, sley_error *e)
{
  sley__job_discard(j);
  return sley_fail_at(site, e);
}

sley_promise *sley__job_start(const char *function, const char *site, sley_workers *pool,
                              sley_priority priority, job *j)
{
  sley_domain *d = sley__self();
  if (pool == NULL) pool = sley_workers_default(SLEY_WORKERS_PURPOSE_IO);
  sley_error *e = sley__pool_objection(function, site, d, pool);
  if (e == NULL && (unsigned)priority >= CLASSES)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "there is no job class %d: use a constant of sley_priority",
                          (int)priority);
  completion_queue *q = NULL;
  int code = e == NULL ? sley__completions_open(d, &q) : 0;
  if (code != 0) e = sley__loop_error(site, code);
  if (e != NULL) return job_refuse(site, j, e);
  pool_use *u = sley__pool_use_of(q, pool);
  void *data;
  sley_resolver *r;
  sley_promise *p =
      u == NULL ? NULL : sley__operation_new(site, &job_operation, sizeof(job *), &data, &r);
  if (p == NULL) return job_refuse(site, j, sley_error_nomem());
  *(job **)data = j;
  j->site = site;
  j->priority = (unsigned char)priority;
  j->home = q;
  j->use = u;
  j->resolver = r;
  j->since = sley_now();
  sley__completions_hold(q);
  job_out_add(q, j);
  sley__job_send(u, j);
  return p;
}

sley_promise *sley_job_start_at(const char *site, sley_workers *pool, sley_priority priority,
                                void *data)
{
  SLEY__NEEDS_AT(site, data);
  if (sley__job_of(data)->state != JOB_NEW)
    sley__abort(
        "sley_job_start%s%s was given a frame that was already started: a frame is for one job; "
        "make another with sley_job_new",
        site[0] != '\0' ? " at " : "", site);
  return sley__job_start(__func__, site, pool, priority, sley__job_of(data));
}

/* ---- in a job ---- */

bool sley_job_is_canceled(void)
{
  const worker *w = sley__worker;
  return w != NULL && w->job != NULL &&
         (__atomic_load_n(&w->job->canceled, __ATOMIC_RELAXED) ||
          __atomic_load_n(&w->pool->hurry, __ATOMIC_RELAXED));
}

void *sley_worker_state(void) { return sley__worker != NULL ? sley__worker->state : NULL; }
