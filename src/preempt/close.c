/* Closing a pool and waiting for it to be idle. Both send a notice home when it is so. */
#include <stdio.h>

#include "preempt/pool.h"

enum { LOOK_FIRST = 1000000, LOOK_MOST = 20000000 }; /* ns */

static void notice_deliver(notice *n) { sley__office_deliver(n->home, &n->parcel); }

void sley__pool_notify(sley_workers *pool)
{
  bool over = pool->closing && pool->threads == 0;
  if (pool->drainers != NULL &&
      (over || (pool->queued == 0 && pool->inside == 0 && sley__inbox_is_empty(&pool->incoming)))) {
    notice *n = pool->drainers;
    pool->drainers = NULL;
    while (n != NULL) {
      notice *next = n->next;
      notice_deliver(n);
      n = next;
    }
  }
  if (over && pool->closer != NULL) {
    notice *n = pool->closer;
    pool->closer = NULL;
    notice_deliver(n);
  }
  pool->waited_for = pool->closer != NULL || pool->drainers != NULL;
}

/* ---- the end of a pool ---- */

void sley__pool_gate(sley_workers *pool, bool hurry)
{
  worker *idle, *next;
  pthread_mutex_lock(&pool->lock);
  __atomic_store_n(&pool->closing, true, __ATOMIC_RELEASE);
  if (hurry) __atomic_store_n(&pool->hurry, true, __ATOMIC_RELAXED);
  idle = pool->idle;
  pool->idle = NULL;
  for (worker *w = idle; w != NULL; w = w->next_idle) w->resting = false;
  sley__sleeper_announce(&pool->sleeper);
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  for (; idle != NULL; idle = next) {
    next = idle->next_idle; /* woken, it may be gone */
    sley__unpark(&idle->bed);
  }
}

static void name_one(void *ctx, const char *thread, const char *site, sley_time inside)
{
  (void)ctx;
  fprintf(stderr, "sley: closing its pool leaves thread %s inside a job from %s, for %.3f s now\n",
          thread, site[0] != '\0' ? site : "an unknown place", (double)inside * 1e-9);
}

unsigned sley__pool_hurry(sley_workers *pool)
{
  unsigned inside = 0;
  pthread_mutex_lock(&pool->lock);
  /* Before they are told: who listens is gone at once. */
  for (const worker *w = pool->all; w != NULL; w = w->next)
    inside += __atomic_load_n(&w->inside, __ATOMIC_RELAXED) ? 1 : 0;
  __atomic_store_n(&pool->hurry, true, __ATOMIC_RELAXED);
  sley__sleeper_announce(&pool->sleeper); /* what comes behind this its submitter refuses */
  job *list = sley__pool_take_all(pool);
  if (inside > 0) {
    pool->left_behind = true; /* who leaves from now on joins itself */
    /* Taken first: joining lets go of the lock, and the last to leave would tell the closer that the pool
     * is over, which is to let go of it then, too. */
    notice *n = pool->closer;
    pool->closer = NULL;
    sley__pool_join_ended(pool, false);
    sley__pool_detach_ended(pool);
    if (n != NULL) {
      n->number = inside;
      notice_deliver(n);
    }
  }
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  if (inside > 0) sley_workers_report(pool, name_one, NULL);
  if (list != NULL) sley__jobs_refuse(list, sley_error_closed());
  return inside;
}

/* ---- notices ---- */

static void notice_unlink(notice *n) { SLEY__LIST_REMOVE(n, next_out, out_place); }

void sley__notice_discard(notice *n)
{
  sley_workers *pool = n->pool;
  sley__runtime_free(n->runtime, n, sizeof(*n));
  if (pool != NULL) sley__pool_release(pool); /* its threads are joined at the runtime's end */
}

static void deadline_end(notice *n)
{
  sley_promise *deadline = n->deadline;
  n->deadline = NULL;
  if (deadline == NULL) return;
  sley_cancel(deadline);
  sley_drop(deadline);
}

static void look_again(void *ctx, sley_value *v)
{
  (void)v;
  sley__notice_home(ctx);
}

/* Whether all threads of n's pool are joined. Otherwise n looks again, so that the loop does not stand still
 * for the destructors of their thread-local variables. */
static bool threads_are_joined(notice *n)
{
  sley_workers *pool = n->pool;
  pthread_mutex_lock(&pool->lock);
  bool joined = sley__pool_join_ended(pool, false);
  pthread_mutex_unlock(&pool->lock);
  if (joined) return true;
  n->look_after = n->look_after == 0              ? LOOK_FIRST
                  : n->look_after * 2 < LOOK_MOST ? n->look_after * 2
                                                  : LOOK_MOST;
  n->deadline = sley__sleep(SLEY_HERE, n->look_after);
  if (sley_is_pending(n->deadline)) {
    sley_on_success(n->deadline, look_again, n);
    return false;
  }
  sley_drop(n->deadline); /* no memory for a timer */
  n->deadline = NULL;
  pthread_mutex_lock(&pool->lock);
  sley__pool_join_ended(pool, true);
  pthread_mutex_unlock(&pool->lock);
  return true;
}

void sley__notice_home(notice *n)
{
  sley_workers *pool = n->pool;
  int64_t number = n->number;
  deadline_end(n);
  if (pool != NULL && number == 0 && !threads_are_joined(n)) return;
  sley_resolver *r = n->resolver;
  notice_unlink(n);
  sley__runtime_free(n->runtime, n, sizeof(*n));
  if (pool != NULL) {
    if (number == 0) sley__pool_unlist(pool);
    sley__pool_release(pool);
  }
  if (r != NULL) sley_fulfill(&r, sley_int(number));
}

void sley__notices_end(office *o)
{
  /* Pools that were being closed go on to run what they have, with the runtime's end for a deadline. */
  for (notice *next, *n = o->notices; n != NULL; n = next) {
    next = n->next_out;
    n->resolver = NULL;
    deadline_end(n);
    notice_unlink(n);
    if (n->look_after != 0) sley__notice_discard(n); /* it is home already */
  }
}

static void notice_cancel(void *data)
{
  notice *n = *(notice **)data;
  sley_resolver *r = n->resolver;
  n->resolver = NULL;
  sley_resolver_drop(&r);
}

static const sley__operation_type notice_operation = {"pool notice", notice_cancel};

/* NULL: *p is a rejected promise. */
static notice *notice_new(const char *site, sley_promise **p)
{
  sley_domain *d = sley__self();
  office *o;
  int code = sley__office_open(d, &o);
  if (code != 0) {
    *p = sley_fail_at(site, sley__loop_error(site, code));
    return NULL;
  }
  notice *n = sley__runtime_alloc(d->runtime, sizeof(*n));
  void *data;
  sley_resolver *r;
  *p = n == NULL ? NULL : sley__operation_new(site, &notice_operation, sizeof(n), &data, &r);
  if (*p == NULL) {
    sley__runtime_free(d->runtime, n, sizeof(*n));
    *p = sley__nomem_promise();
    return NULL;
  }
  memset(n, 0, sizeof(*n));
  n->parcel.kind = PARCEL_NOTICE;
  n->home = o;
  n->runtime = d->runtime;
  n->resolver = r;
  *(notice **)data = n;
  SLEY__LIST_PREPEND(o->notices, n, next_out, out_place);
  o->notices = n;
  sley__office_hold(o);
  return n;
}

/* One that is not sent after all. */
static sley_promise *notice_refuse(const char *site, notice *n, sley_promise *p, sley_error *e)
{
  sley_resolver *r = n->resolver;
  deadline_end(n);
  notice_unlink(n);
  sley__office_take_back(n->home);
  sley__runtime_free(n->runtime, n, sizeof(*n));
  sley_fulfill(&r, sley_unit()); /* dropped, it would be reported */
  sley_drop(p);
  return sley_fail_at(site, e);
}

/* ---- close ---- */

static void patience_over(void *ctx, sley_value *v)
{
  notice *n = ctx;
  (void)v;
  sley__pool_hurry(n->pool);
}

/* The pool's closer is n, unless it has one. */
static bool become_closer(sley_workers *pool, notice *n)
{
  pthread_mutex_lock(&pool->lock);
  bool first = !pool->closing;
  if (first) {
    pool->closer = n;
    n->pool = pool;
    __atomic_store_n(&pool->closing, true, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&pool->lock);
  return first;
}

sley_promise *sley_workers_close_at(const char *site, sley_workers *pool, double seconds)
{
  SLEY__NEEDS_AT(site, pool);
  sley_promise *p;
  sley_error *e = sley__pool_objection(__func__, site, sley__self(), pool);
  if (e != NULL) return sley_fail_at(site, e);
  notice *n = notice_new(site, &p);
  if (n == NULL) return p;
  sley__jobs_publish_all(n->home);
  sley_time patience = seconds < 0 ? -1 : sley_seconds(seconds);
  if (patience > 0) {
    n->deadline = sley__sleep(SLEY_HERE, patience);
    if (!sley_is_pending(n->deadline)) return notice_refuse(site, n, p, sley_error_nomem());
  }
  if (!become_closer(pool, n))
    return notice_refuse(
        site, n, p,
        sley_error_new_at(site, &sley_kind_sley, SLEY_ECLOSED, "pool %s is closed", pool->name));
  sley__pool_hold(pool);
  if (n->deadline != NULL) sley_on_success(n->deadline, patience_over, n);
  sley__pool_gate(pool, false);
  if (patience == 0) sley__pool_hurry(pool);
  return p;
}

/* ---- drain ---- */

sley_promise *sley_workers_drain_at(const char *site, sley_workers *pool)
{
  SLEY__NEEDS_AT(site, pool);
  sley_promise *p;
  sley_error *e = sley__pool_objection(__func__, site, sley__self(), pool);
  if (e != NULL) return sley_fail_at(site, e);
  notice *n = notice_new(site, &p);
  if (n == NULL) return p;
  sley__jobs_publish_all(n->home);
  pthread_mutex_lock(&pool->lock);
  n->next = pool->drainers;
  pool->drainers = n;
  sley__pool_sort(pool);
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  return p;
}
