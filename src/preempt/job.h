/* Jobs: a frame with everything that a call uses, on its way to a pool and home. */
#ifndef SLEY_PREEMPT_JOB_H
#define SLEY_PREEMPT_JOB_H

#include <stdalign.h>

#include "preempt/completion.h"

enum job_state { JOB_NEW, JOB_QUEUED, JOB_TAKEN };

typedef struct job {
  completion completion; /* first: on its way to the pool, and home */
  unsigned char priority;
  unsigned char state; /* written under the pool's lock; any thread, __atomic */
  bool canceled;       /* any thread, __atomic */
  bool may_be_left;    /* see sley__job_may_be_left */
  union {
    struct sley__dlist place; /* in a class's queue; under the pool's lock */
    struct job *next;         /* in a list of sley__pool_take_all */
  };
  const sley_job_type *type;
  const char *site;
  completion_queue *home;
  sley_runtime *runtime;
  size_t bytes; /* size of the whole frame */
  sley_time since;
  sley_value out; /* written by the worker, then owned by home */
  sley_error *error;
  /* Home only. */
  struct pool_use *use;
  sley_resolver *resolver;           /* NULL once canceled */
  struct job *next_out, **out_place; /* in the completion queue's list */
  alignas(max_align_t) char data[];
} job;

static inline job *sley__job_of(void *data) { return SLEY__CONTAINER(data, job, data); }

/* ---- job.c ---- */

job *sley__job_new(sley_domain *d, const sley_job_type *type, size_t bytes); /* NULL: no memory */
void sley__job_discard(job *j); /* any thread: frees the frame and what it owns */
void sley__job_run(job *j);     /* on a worker */
sley_promise *sley__job_start(const char *function, const char *site, sley_workers *pool,
                              sley_priority priority, job *j);

/* ---- stage.c, home only ---- */

void sley__job_send(struct pool_use *u,
                    job *j); /* now, or with others while results are delivered */
void sley__jobs_send_staged(struct pool_use *u);
void sley__jobs_send_all_staged(completion_queue *q); /* for every pool; q can be NULL */
void sley__jobs_stage_begin(completion_queue *q);
void sley__jobs_stage_end(completion_queue *q);

#endif
