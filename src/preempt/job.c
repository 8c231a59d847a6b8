/* Jobs: a frame that holds all a call touches, its way to a pool, and its way home. sley_detach is a
 * job whose frame holds a function and its argument. */
#include <errno.h>

#include "preempt/pool.h"

static job *job_of(void *data) { return SLEY__CONTAINER(data, job, data); }

/* ---- frames ---- */

static job *frame_new(sley_domain *d, const sley_job_type *type, size_t bytes)
{
  office *o = d->office;
  if (bytes > SIZE_MAX / 2) return NULL;
  size_t whole = sizeof(job) + (bytes > FRAME_DATA ? bytes : FRAME_DATA);
  job *j;
  if (o != NULL && o->frame_count > 0 && bytes <= FRAME_DATA) j = o->frames[--o->frame_count];
  else j = sley__runtime_alloc(d->runtime, whole);
  if (j == NULL) return NULL;
  j->parcel.kind = PARCEL_JOB;
  j->parcel.holds = false;
  j->state = JOB_NEW;
  j->canceled = false;
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

/* At home: the frame may serve the next job. */
static void frame_free(office *o, job *j)
{
  if (j->type->drop != NULL) j->type->drop(j->data);
  if (o->frame_count < OFFICE_FRAMES && j->bytes == sizeof(job) + FRAME_DATA &&
      !j->runtime->single_objects)
    o->frames[o->frame_count++] = j;
  else sley__runtime_free(j->runtime, j, j->bytes);
}

void *sley_job_new(const sley_job_type *type, size_t bytes)
{
  SLEY__NEEDS(type);
  SLEY__NEEDS(type->work);
  job *j = frame_new(sley__self(), type, bytes);
  if (j == NULL) return NULL;
  memset(j->data, 0, bytes);
  return j->data;
}

void sley_job_drop(void *data)
{
  if (data != NULL) sley__job_discard(job_of(data));
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

static void out_add(office *o, job *j)
{
  SLEY__LIST_PREPEND(o->out, j, next_out, out_place);
  j->account->out++;
}

static void out_remove(job *j)
{
  SLEY__LIST_REMOVE(j, next_out, out_place);
  j->account->out--;
}

void sley__job_home(job *j)
{
  office *o = j->home;
  sley_resolver *r = j->resolver;
  out_remove(j);
  if (r == NULL) {
    sley_value_drop(&j->out);
    sley_error_drop(j->error);
    frame_free(o, j);
    return;
  }
  sley_error *e = j->error;
  sley_value out = j->out;
  if (e == NULL && j->type->finish != NULL) e = j->type->finish(j->data, &out);
  frame_free(o, j);
  if (e == NULL) {
    sley__operation_fulfill(&r, out);
  } else {
    sley_value_drop(&out);
    sley_reject(&r, e);
  }
}

/* Takes j out of its pool's queue; false: a thread has it. */
static bool take_back(job *j)
{
  if (__atomic_load_n(&j->state, __ATOMIC_ACQUIRE) != JOB_QUEUED) return false;
  sley_workers *pool = j->account->pool;
  sley__jobs_publish(j->account);
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
  if (take_back(j)) {
    out_remove(j);
    sley__office_take_back(j->home);
    frame_free(j->home, j);
  } else {
    __atomic_store_n(&j->canceled, true, __ATOMIC_RELAXED);
    if (j->type->interrupt != NULL) j->type->interrupt(j->data);
  }
  sley_resolver_drop(&r);
}

void sley__jobs_end(office *o)
{
  for (job *next, *j = o->out; j != NULL; j = next) {
    next = j->next_out;
    j->resolver = NULL;
    if (take_back(j)) {
      sley__office_take_back(o);
      sley__job_discard(j);
    } else {
      __atomic_store_n(&j->canceled, true, __ATOMIC_RELAXED);
      if (j->type->interrupt != NULL) j->type->interrupt(j->data);
    }
  }
  o->out = NULL;
}

static const sley__operation_type job_operation = {"job", job_cancel};

static sley_promise *refuse(const char *site, job *j, sley_error *e)
{
  sley__job_discard(j);
  return sley_fail_at(site, e);
}

/* Forgets pools that are closed and have nothing of this domain any more. */
static void accounts_tidy(office *o)
{
  for (account **place = &o->accounts; *place != NULL;) {
    account *a = *place;
    if (a->out == 0 && __atomic_load_n(&a->pool->closing, __ATOMIC_ACQUIRE)) {
      *place = a->next;
      sley__pool_release(a->pool);
      sley__runtime_free(o->runtime, a, sizeof(*a));
    } else {
      place = &a->next;
    }
  }
}

static account *account_of(office *o, sley_workers *pool)
{
  for (account *a = o->accounts; a != NULL; a = a->next)
    if (a->pool == pool) return a;
  accounts_tidy(o);
  account *a = sley__runtime_alloc(o->runtime, sizeof(*a));
  if (a == NULL) return NULL;
  sley__pool_hold(pool);
  *a = (account){.pool = pool, .next = o->accounts, .most = STAGE_FIRST};
  o->accounts = a;
  return a;
}

sley_error *sley__pool_objection(const char *function, const char *site, sley_domain *d,
                                 sley_workers *pool)
{
  if (pool->runtime == NULL) return sley_error_nomem();
  sley__refuse_elsewhere_in(function, site, pool->origin, "pool", pool->name);
  if (pool->runtime != d->runtime)
    return sley_error_new_at(
        site, &sley_kind_sley, SLEY_EINVAL,
        "pool %s belongs to another runtime: use one that was made in this domain's", pool->name);
  if (__atomic_load_n(&pool->closing, __ATOMIC_ACQUIRE))
    return sley_error_new_at(site, &sley_kind_sley, SLEY_ECLOSED, "pool %s is closed", pool->name);
  return NULL;
}

static sley_promise *start(const char *function, const char *site, sley_workers *pool,
                           sley_priority priority, job *j)
{
  sley_domain *d = sley__self();
  if (pool == NULL) pool = sley_workers_default(SLEY_WORKERS_PURPOSE_IO);
  sley_error *e = sley__pool_objection(function, site, d, pool);
  if (e == NULL && (unsigned)priority >= CLASSES)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "there is no job class %d: the classes are those of sley_priority",
                          (int)priority);
  office *o = NULL;
  int code = e == NULL ? sley__office_open(d, &o) : 0;
  if (code != 0) e = sley__loop_error(site, code);
  if (e != NULL) return refuse(site, j, e);
  account *a = account_of(o, pool);
  void *data;
  sley_resolver *r;
  sley_promise *p =
      a == NULL ? NULL : sley__operation_new(site, &job_operation, sizeof(job *), &data, &r);
  if (p == NULL) return refuse(site, j, sley_error_nomem());
  *(job **)data = j;
  j->site = site;
  j->priority = (unsigned char)priority;
  j->home = o;
  j->account = a;
  j->resolver = r;
  j->since = sley_now();
  sley__office_hold(o);
  out_add(o, j);
  sley__job_send(a, j);
  return p;
}

sley_promise *sley_job_start_at(const char *site, sley_workers *pool, sley_priority priority,
                                void *data)
{
  SLEY__NEEDS_AT(site, data);
  if (job_of(data)->state != JOB_NEW)
    sley__abort(
        "sley_job_start%s%s was given a frame that was started already: a frame is one job; make "
        "another one with sley_job_new",
        site[0] != '\0' ? " at " : "", site);
  return start(__func__, site, pool, priority, job_of(data));
}

/* ---- detach ---- */

typedef struct detached {
  sley_job_fn *f;
  sley_value arg;
} detached;
_Static_assert(sizeof(detached) <= FRAME_DATA, "frames of detached functions are kept");

static sley_error *detached_work(void *data, sley_value *out)
{
  detached *t = data;
  const char *site = job_of(data)->site;
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
  else if ((j = frame_new(sley__self(), &detached_type, sizeof(detached))) == NULL)
    e = sley_error_nomem();
  if (j == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, e);
  }
  *(detached *)(void *)j->data = (detached){f, arg};
  return start(function, site, pool, priority, j);
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

static bool has_room(const char *site, sley_workers *pool, sley_priority priority)
{
  if (pool->runtime == NULL || (unsigned)priority >= CLASSES) return true; /* refused later */
  sley__refuse_elsewhere_in("sley_try_detach", site, pool->origin, "pool", pool->name);
  sley__jobs_publish_all(sley__current->office);
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
  sley__self(); /* the child of a fork is told before it waits for a lock */
  if (pool == NULL) pool = sley_workers_default(SLEY_WORKERS_PURPOSE_IO);
  if (!has_room(site, pool, priority)) {
    sley_value_drop(&arg);
    return -SLEY_EAGAIN;
  }
  *out = detach(__func__, site, pool, priority, f, arg);
  return 0;
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
