/* sley_detach: a job whose frame holds a function and its argument. */
#include "preempt/worker.h"

typedef struct detached {
  sley_job_fn *f;
  sley_value arg;
} detached;

_Static_assert(sizeof(detached) <= FRAME_DATA, "frames of detached functions are kept");

static sley_error *detached_work(void *data, sley_value *out)
{
  detached *t = data;
  const char *site = sley__job_of(data)->site;
  sley_error *e = t->f(&t->arg, out);
  sley__lent_given_back(&t->arg, out, "sley_detach", site);
  sley_value_drop(&t->arg);
  return e;
}

static void detached_drop(void *data) { sley_value_drop(&((detached *)data)->arg); }

static const sley_job_type detached_type = {
    .size = sizeof(sley_job_type), .name = "detach", .work = detached_work, .drop = detached_drop};

static sley_promise *detach(const char *function, const char *site, sley_workers *pool,
                            sley_priority priority, sley_job_fn *f, sley_value arg)
{
  if (SLEY__UNLIKELY(f == NULL)) sley__missing(function, site, "f");
  sley_error *e = NULL;
  job *j = NULL;
  if (arg.type != NULL && sley__value_send(&arg) != 0)
    e = sley__send_error(site, &arg, "sley_detach: the job's argument");
  else if ((j = sley__job_new(sley__self(), &detached_type, sizeof(detached))) == NULL)
    e = sley_error_nomem();
  if (j == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, e);
  }
  *(detached *)(void *)j->data = (detached){f, arg};
  return sley__job_start(function, site, pool, priority, j);
}

sley_promise *sley_detach_at(const char *site, sley_workers *pool, sley_job_fn *f, sley_value arg)
{
  return detach(__func__, site, pool, SLEY_PRIORITY_NORMAL, f, arg);
}

sley_promise *sley_detach_class_at(const char *site, sley_workers *pool, sley_priority priority,
                                   sley_job_fn *f, sley_value arg)
{
  return detach(__func__, site, pool, priority, f, arg);
}

static bool detach_has_room(const char *site, sley_workers *pool, sley_priority priority)
{
  if (pool->runtime == NULL || (unsigned)priority >= CLASSES) return true; /* refused later */
  sley__refuse_elsewhere_in("sley_try_detach", site, pool->origin, "pool", pool->name);
  sley__jobs_send_all_staged(sley__current->completions);
  pthread_mutex_lock(&pool->lock);
  sley__pool_sort(pool);
  bool room = pool->queues[priority].count < pool->options.queue;
  pthread_mutex_unlock(&pool->lock);
  return room;
}

int sley_try_detach_at(const char *site, sley_workers *pool, sley_priority priority, sley_job_fn *f,
                       sley_value arg, sley_promise **out)
{
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  *out = NULL;
  sley__self(); /* aborts in the child of a fork before waiting for a lock */
  if (pool == NULL) pool = sley_workers_default(SLEY_WORKERS_PURPOSE_IO);
  if (!detach_has_room(site, pool, priority)) {
    sley_value_drop(&arg);
    return -SLEY_EAGAIN;
  }
  *out = detach(__func__, site, pool, priority, f, arg);
  return 0;
}
