/* The office: where a domain gets finished jobs back. */
#ifndef SLEY_PREEMPT_OFFICE_H
#define SLEY_PREEMPT_OFFICE_H

#include "preempt/preempt_floor.h"
#include "queue/queue_floor.h"

typedef struct job {
  struct sley__inbox_node done; /* on its way home */
  struct job *next, *previous;  /* in the pool's queue; under the pool's lock */
  sley_workers *pool;
  sley_job_fn *f;
  sley_value arg, out;
  sley_error *error;
  struct sley__post_office *office;
  bool queued;             /* under the pool's lock */
  sley_resolver *resolver; /* home only; NULL once cancelled */
} job;

/* The current domain's office with one more job out; NULL when out of memory or descriptors. */
struct sley__post_office *sley__office_take(sley_domain *d);
/* Sends a finished job home. Any thread; the job is gone. */
void sley__office_deliver(job *j);
/* One job fewer, without delivery. Home only. */
void sley__office_give_back(struct sley__post_office *office);
void sley__job_free(job *j);

#endif
