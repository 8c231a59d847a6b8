/* Notices: a domain that waits until a pool is closed or idle has one at the pool, which then sends it home. */
#include "preempt/worker.h"

enum { LOOK_FIRST = 1000000, LOOK_MOST = 20000000 }; /* ns */

static void notice_unlink(notice *n) { SLEY__LIST_REMOVE(n, next_out, out_place); }

static void notice_discard(notice *n)
{
  sley_workers *pool = n->pool;
  sley__runtime_free(n->runtime, n, sizeof(*n));
  if (pool != NULL) sley__pool_release(pool); /* its threads are joined when the runtime ends */
}

static void notice_deadline_end(notice *n)
{
  sley_promise *deadline = n->deadline;
  n->deadline = NULL;
  if (deadline == NULL) return;
  sley_cancel(deadline);
  sley_drop(deadline);
}

static void notice_home(notice *n);

static void notice_look_again(void *ctx, sley_value *v)
{
  (void)v;
  notice_home(ctx);
}

/* Whether all threads of n's pool are joined. If not, n checks again later, so that the loop does not block on the
 * destructors of their thread-local variables. */
static bool notice_threads_are_joined(notice *n)
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
    sley_on_success(n->deadline, notice_look_again, n);
    return false;
  }
  sley_drop(n->deadline); /* no memory for a timer */
  n->deadline = NULL;
  pthread_mutex_lock(&pool->lock);
  sley__pool_join_ended(pool, true);
  pthread_mutex_unlock(&pool->lock);
  return true;
}

static void notice_home(notice *n)
{
  sley_workers *pool = n->pool;
  int64_t number = n->number;
  notice_deadline_end(n);
  if (pool != NULL && number == 0 && !notice_threads_are_joined(n)) return;
  sley_resolver *r = n->resolver;
  notice_unlink(n);
  sley__runtime_free(n->runtime, n, sizeof(*n));
  if (pool != NULL) {
    if (number == 0) sley__pool_unlist(pool);
    sley__pool_release(pool);
  }
  if (r != NULL) sley_fulfill(&r, sley_int(number));
}

static void notices_end(completion_queue *q)
{
  /* Pools being closed still run their jobs, with the runtime's end as a deadline. */
  for (notice *next, *n = q->notices; n != NULL; n = next) {
    next = n->next_out;
    n->resolver = NULL;
    notice_deadline_end(n);
    notice_unlink(n);
    if (n->look_after != 0) notice_discard(n); /* already home */
  }
}

static void notice_cancel(void *data)
{
  notice *n = *(notice **)data;
  sley_resolver *r = n->resolver;
  n->resolver = NULL;
  sley_resolver_drop(&r);
}

static void notice_arrive(completion_queue *q, completion *c)
{
  (void)q;
  notice_home(SLEY__CONTAINER(c, notice, completion));
}

static void notice_lose(completion *c) { notice_discard(SLEY__CONTAINER(c, notice, completion)); }

const completion_kind sley__notice_completion = {
    .arrive = notice_arrive, .lose = notice_lose, .end = notices_end};

static const sley__operation_type notice_operation = {"pool notice", notice_cancel};

notice *sley__notice_new(const char *site, sley_promise **p)
{
  sley_domain *d = sley__self();
  completion_queue *q;
  int code = sley__completions_open(d, &q);
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
  n->completion.kind = &sley__notice_completion;
  n->home = q;
  n->runtime = d->runtime;
  n->resolver = r;
  *(notice **)data = n;
  SLEY__LIST_PREPEND(q->notices, n, next_out, out_place);
  q->notices = n;
  sley__completions_hold(q);
  return n;
}

sley_promise *sley__notice_refuse(const char *site, notice *n, sley_promise *p, sley_error *e)
{
  sley_resolver *r = n->resolver;
  notice_deadline_end(n);
  notice_unlink(n);
  sley__completions_take_back(n->home);
  sley__runtime_free(n->runtime, n, sizeof(*n));
  sley_fulfill(&r, sley_unit()); /* dropped, it would be reported */
  sley_drop(p);
  return sley_fail_at(site, e);
}
