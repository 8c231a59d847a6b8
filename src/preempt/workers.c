/* Worker pools: making them.
 *
 * Reading guide to preempt: pool.h; pool_queue.c, the queue; submit.c, submission; help.c, which thread is woken or
 * started; thread.c, what a thread does, and join.c, its end; job.c and detach.c, what users start; stage.c;
 * completion.c, how results come home; main.c, sley_run_in_main; notice.c and close.c; pool_list.c and defaults.c, the
 * runtime's pools; figures.c; fork.c; park.c; system.c. tables.c sees them all.
 *
 * Regret: jobs beyond the limit wait in the same queue. The limit is for sley_try_detach; otherwise a pending
 * promise is the back-pressure, and one list keeps the order. */
#include <stdio.h>

#include "preempt/pool.h"

enum { THREADS_BLOCKING = 16, QUEUE = 1024, STACK = 2 << 20, IDLE = 10 };

/* Fills in defaults; returns what is wrong, or NULL. */
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
  sley_workers_options options;
  SLEY__OPTIONS_COPY(&options, o, sley_workers_options);
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
  pool->holders = 1; /* of the runtime's list */
  sley__sleeper_announce(&pool->sleeper);
  sley__runtime_hold(r);
  if (!sley__pool_list(pool)) {
    pool->options.drop = NULL; /* the caller drops ctx */
    sley__pool_release(pool);
    return sley_error_nomem();
  }
  *out = pool;
  return NULL;
}

sley_error *sley_workers_new(const sley_workers_options *options, sley_workers **out)
{
  SLEY__NEEDS(out);
  sley_error *e = sley__pool_new(sley__self()->runtime, options, out);
  if (e != NULL && options->drop != NULL) options->drop(options->ctx);
  return e;
}

const char *sley_workers_name(const sley_workers *pool) { return pool->name; }

sley_error *sley__pool_objection(const char *function, const char *site, sley_domain *d,
                                 sley_workers *pool)
{
  if (pool->runtime == NULL) return sley_error_nomem();
  sley__refuse_elsewhere_in(function, site, pool->origin, "pool", pool->name);
  if (pool->runtime != d->runtime)
    return sley_error_new_at(
        site, &sley_kind_sley, SLEY_EINVAL,
        "pool %s belongs to another runtime: use a pool of this domain's runtime", pool->name);
  if (__atomic_load_n(&pool->closing, __ATOMIC_ACQUIRE))
    return sley_error_new_at(site, &sley_kind_sley, SLEY_ECLOSED, "pool %s is closed", pool->name);
  return NULL;
}
