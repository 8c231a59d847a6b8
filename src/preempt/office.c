/* How finished jobs come home: through the domain's inbox, in batches, with one wake-up for a loop
 * that sleeps. An office outlives its domain while jobs are out; what comes home then is dropped by
 * the thread that brings it. */
#include <pthread.h>
#include <string.h>

#include "preempt/office.h"
#include "reactor/reactor_floor.h"

struct sley__post_office {
  struct sley__inbox inbox;     /* any thread */
  struct sley__sleeper sleeper; /* any thread */
  unsigned holders;             /* the domain and every job out; any thread, __atomic */
  sley_runtime *runtime;
  pthread_mutex_t lock;    /* keeps the loop from ending while it is woken */
  struct sley__loop *loop; /* under lock; NULL once the domain has ended */
};

void sley__job_free(job *j)
{
  sley_value_drop(&j->arg);
  sley_value_drop(&j->out);
  sley_error_drop(j->error);
  sley__runtime_free(j->office->runtime, j, sizeof(*j));
}

static void finish_nobody(struct sley__post_office *office)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&office->inbox);
  while (node != NULL) {
    job *j = SLEY__CONTAINER(node, job, done);
    node = node->next;
    sley__job_free(j);
  }
}

static void release(struct sley__post_office *office)
{
  if (__atomic_sub_fetch(&office->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  finish_nobody(office);
  pthread_mutex_destroy(&office->lock);
  sley__runtime_free(office->runtime, office, sizeof(*office));
}

void sley__office_deliver(job *j)
{
  struct sley__post_office *office = j->office;
  sley__inbox_push(&office->inbox, &j->done);
  if (sley__sleeper_notify(&office->sleeper)) {
    pthread_mutex_lock(&office->lock);
    if (office->loop != NULL) sley__loop_wake(office->loop);
    pthread_mutex_unlock(&office->lock);
  }
  release(office);
}

void sley__office_give_back(struct sley__post_office *office) { release(office); }

static void come_home(job *j)
{
  sley_resolver *r = j->resolver;
  if (r != NULL) {
    j->resolver = NULL;
    if (j->error != NULL) {
      sley_error *e = j->error;
      j->error = NULL;
      sley__job_free(j);
      sley_reject(&r, e);
    } else {
      sley_value out = j->out;
      j->out = sley_unit();
      sley__job_free(j);
      sley_fulfill(&r, out);
    }
  } else {
    sley__job_free(j);
  }
}

static bool drain(sley_domain *d)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&d->office->inbox);
  bool any = node != NULL;
  while (node != NULL) {
    job *j = SLEY__CONTAINER(node, job, done);
    node = node->next;
    come_home(j);
  }
  return any;
}

static bool prepare_sleep(sley_domain *d)
{
  sley__sleeper_announce(&d->office->sleeper);
  return sley__inbox_is_empty(&d->office->inbox);
}

static void awake(sley_domain *d) { sley__sleeper_awake(&d->office->sleeper); }

static const sley__loop_hooks office_hooks = {
    .drain = drain, .prepare_sleep = prepare_sleep, .awake = awake};

static void office_end(sley_domain *d)
{
  struct sley__post_office *office = d->office;
  d->office = NULL;
  pthread_mutex_lock(&office->lock);
  office->loop = NULL;
  pthread_mutex_unlock(&office->lock);
  finish_nobody(office);
  release(office);
}

struct sley__post_office *sley__office_take(sley_domain *d)
{
  if (d->office == NULL) {
    if (sley__loop_open(d) != 0) return NULL;
    struct sley__post_office *office = sley__runtime_alloc(d->runtime, sizeof(*office));
    if (office == NULL) return NULL;
    memset(office, 0, sizeof(*office));
    if (pthread_mutex_init(&office->lock, NULL) != 0) {
      sley__runtime_free(d->runtime, office, sizeof(*office));
      return NULL;
    }
    office->holders = 1;
    office->runtime = d->runtime;
    office->loop = d->loop;
    d->office = office;
    d->office_end = office_end;
    sley__loop_add_hooks(d, &office_hooks);
  }
  __atomic_add_fetch(&d->office->holders, 1, __ATOMIC_RELAXED);
  return d->office;
}
