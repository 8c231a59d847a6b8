/* Jobs on their way to a pool. A job is sent at once, but for those that callbacks of results start: while
 * results are handed out they are staged, and sent by one write and with one wake-up when all are handed
 * out, or when there are as many as the last time and as many again. So nothing waits here longer than
 * the handing out has been going on, and a thread that is woken finds more than one job. (On one processor
 * the kernel often lets it run at once: woken for each job, it would do that one and go to sleep.) */
#include "preempt/pool.h"

void sley__jobs_publish(account *a)
{
  struct sley__inbox_node *newest = a->newest;
  if (newest == NULL) return;
  a->newest = NULL;
  a->staged = 0;
  sley__pool_submit(a->pool, newest, a->oldest);
}

void sley__jobs_publish_all(office *o)
{
  if (o == NULL) return;
  for (account *a = o->accounts; a != NULL; a = a->next) sley__jobs_publish(a);
}

void sley__jobs_stage(office *o)
{
  o->draining = true;
  for (account *a = o->accounts; a != NULL; a = a->next) a->most = STAGE_FIRST;
}

void sley__job_send(account *a, job *j)
{
  struct sley__inbox_node *node = &j->parcel.node;
  __atomic_store_n(&j->state, JOB_QUEUED, __ATOMIC_RELAXED);
  if (!j->home->draining) {
    sley__pool_submit(a->pool, node, node);
    return;
  }
  node->next = a->newest;
  if (a->newest == NULL) a->oldest = node;
  a->newest = node;
  if (++a->staged < a->most) return;
  a->most *= 2;
  sley__jobs_publish(a);
}
