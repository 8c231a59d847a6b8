/* How jobs enter a pool, and how they get a thread.
 *
 * The pool's sleeper is armed whenever a thread could be woken or started and none is coming; a submitter that finds
 * it armed wakes or starts one. A thread that arrives and finds more work than its own calls the next. So wake-ups
 * form a chain, one at a time, off the loop. While a thread is coming no other is called and the sleeper is not
 * armed: the thread that ends this state (it arrives, cannot be started, cannot begin, or leaves) arms it or calls
 * the next one. */
#include <errno.h>

#include "preempt/worker.h"

void sley__jobs_refuse(job *list, sley_error *e)
{
  sley__error_share(e);
  while (list != NULL) {
    job *j = list;
    list = j->next;
    j->error = sley_error_keep(e);
    sley__completions_push_and_release(j->home, &j->completion);
  }
  sley_error_drop(e);
}

static void submit_refuse_all(sley_workers *pool, bool closed, sley_error *e)
{
  pthread_mutex_lock(&pool->lock);
  /* Another thread might have been started after this start failed: it runs the waiting jobs. */
  job *list = closed || sley__pool_active(pool) == 0 ? sley__pool_take_all(pool) : NULL;
  sley__pool_notify(pool);
  pthread_mutex_unlock(&pool->lock);
  sley__jobs_refuse(list, e);
}

void sley__pool_call_help(sley_workers *pool)
{
  pthread_mutex_lock(&pool->lock);
  bool closed = pool->hurry || (pool->closing && pool->threads == 0);
  help wanted = {0};
  if (!closed) wanted = sley__pool_help_wanted(pool);
  else sley__sleeper_announce(&pool->sleeper);
  pthread_mutex_unlock(&pool->lock);
  if (closed) {
    submit_refuse_all(pool, true, sley_error_closed());
    return;
  }
  int code = sley__pool_help(pool, wanted);
  if (code == 0) return;
  submit_refuse_all(pool, false,
                    code == ENOMEM
                        ? sley_error_nomem()
                        : sley__error_errno("", code, "no worker thread can be started"));
}

void sley__pool_submit(sley_workers *pool, struct sley__inbox_node *newest,
                       struct sley__inbox_node *oldest)
{
  sley__inbox_push_list(&pool->incoming, newest, oldest);
  if (sley__sleeper_notify_pushed(&pool->sleeper)) sley__pool_call_help(pool);
}
