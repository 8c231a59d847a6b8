/* A pool: a queue of jobs, and the threads that run them. All under one lock, except for submitting. */
#ifndef SLEY_PREEMPT_POOL_H
#define SLEY_PREEMPT_POOL_H

#include "preempt/completion.h"
#include "preempt/job.h"

typedef struct worker worker;
typedef struct notice notice;

enum { CLASSES = 3, LOWEST_EVERY = 16, NAME_BYTES = 16 };

typedef struct job_queue {
  struct sley__dlist jobs; /* in order of arrival */
  size_t count;
} job_queue;

struct sley_workers {
  /* Any thread. Jobs enter here, without a lock; sleeper: armed if the submitter of the next job must find a thread
   * for it. */
  struct sley__inbox incoming;
  struct sley__sleeper sleeper;
  unsigned holders; /* any thread, __atomic */
  bool closing;     /* any thread, __atomic; set under lock */
  bool hurry;       /* the close has run out of patience; any thread, __atomic; set under lock */
  char apart[SLEY__APART];
  pthread_mutex_t lock; /* protects everything below that can change */
  job_queue queues[CLASSES];
  size_t queued;
  unsigned picks; /* since the lowest class was last served */
  worker *all, *idle, *ended;
  unsigned threads, in_main, beginning, leaving, inside, numbers;
  bool waited_for;       /* there is a closer or a drainer */
  sley_time start_after; /* no thread could be started: not to be tried before; 0: none failed */
  bool help_coming;      /* a thread was woken or started and has not arrived: no other is called */
  bool left_behind;      /* closed with threads inside jobs: they detach themselves */
  bool listed;           /* in the runtime's list; under that list's lock */
  notice *closer, *drainers;
  pthread_cond_t gone; /* signaled when a thread has left a job or ended, for the runtime's end */
  sley_workers_counters counters;
  sley_workers *next_pool; /* under the list's lock */
  /* Never changes. */
  sley_runtime *runtime;
  uintptr_t origin; /* sley__origin when it was made */
  char name[NAME_BYTES];
  sley_workers_options options;
};

/* A domain's use of a pool, which keeps the pool allocated. Home only. */
typedef struct pool_use {
  sley_workers *pool; /* one hold */
  struct pool_use *next;
  size_t out;                               /* jobs of this domain that are not back yet */
  struct sley__inbox_node *newest, *oldest; /* jobs not sent yet; NULL: none */
  unsigned staged, most;                    /* how many of those; how many are sent together */
} pool_use;

/* A domain waits until a pool is closed or idle. */
struct notice {
  completion completion; /* first */
  completion_queue *home;
  sley_runtime *runtime;
  notice *next;
  int64_t number;
  sley_workers *pool; /* of a close: one hold; otherwise NULL */
  /* Home only. */
  sley_resolver *resolver; /* NULL once canceled */
  sley_promise *deadline;  /* of a close; then the timer for threads to be joined */
  sley_time look_after;    /* that timer's last delay; 0: the pool has not ended */
  notice *next_out, **out_place;
};

/* ---- pool_queue.c: the queue, under the lock ---- */

/* NULL: the queue is empty. */
static inline job *sley__job_oldest(const job_queue *q)
{
  return sley__dlist_is_empty(&q->jobs) ? NULL : SLEY__CONTAINER(q->jobs.next, job, place);
}
/* Threads that will take a job: not those that wait for a domain or are leaving. */
static inline unsigned sley__pool_active(const sley_workers *pool)
{
  return pool->threads - pool->in_main - pool->leaving;
}
void sley__pool_sort(sley_workers *pool); /* sorts jobs that have arrived into the queues */
job *sley__pool_take(sley_workers *pool);
void sley__pool_remove(sley_workers *pool, job *j);
job *sley__pool_take_all(sley_workers *pool); /* linked by next */
/* Something ended: sends the notices that wait for that. */
void sley__pool_notify(sley_workers *pool);

/* ---- pool_queue.c, without the lock ---- */

void sley__pool_hold(sley_workers *pool);
void sley__pool_release(sley_workers *pool);

/* ---- submit.c, without the lock ---- */

/* Queues a list of jobs, newest first; each gets a thread or is rejected. Home only. */
void sley__pool_submit(sley_workers *pool, struct sley__inbox_node *newest,
                       struct sley__inbox_node *oldest);
/* Wakes or starts a thread for waiting jobs, or rejects them. Called by a submitter that found the sleeper armed,
 * and by a thread that leaves. */
void sley__pool_call_help(sley_workers *pool);
/* Rejects a list from sley__pool_take_all. Consumes e. */
void sley__jobs_refuse(job *list, sley_error *e);

/* ---- stage.c, home only ---- */

/* The use of pool by q's domain, made on first use. NULL: out of memory. */
pool_use *sley__pool_use_of(completion_queue *q, sley_workers *pool);
void sley__pool_uses_end(completion_queue *q);

/* ---- workers.c ---- */

/* Returns NULL or an error. The pool is in the runtime's list, which holds it. */
sley_error *sley__pool_new(sley_runtime *r, const sley_workers_options *o, sley_workers **out);
/* NULL, or an error if pool takes no job of d. */
sley_error *sley__pool_objection(const char *function, const char *site, sley_domain *d,
                                 sley_workers *pool);

/* ---- pool_list.c: the runtime's pools ---- */

enum { DEFAULT_POOLS = 3 };

typedef struct pools {
  sley_workers *first;                   /* all that have not ended; one hold on each */
  sley_workers *defaults[DEFAULT_POOLS]; /* one more hold on each */
} pools;

extern void (*const sley__pools_end_hook)(sley_runtime *r); /* sley__pools_end */
pools *sley__pools_of(sley_runtime *r);     /* NULL: out of memory. Under SLEY__LOCK_POOLS */
bool sley__pool_list(sley_workers *pool);   /* false: out of memory */
void sley__pool_unlist(sley_workers *pool); /* and drops the list's hold, if it was listed */

/* ---- defaults.c ---- */

void sley__pools_end(sley_runtime *r); /* domains have ended, and all waiting jobs with them */

/* ---- close.c ---- */

/* Refuses jobs from now on and lets idle threads leave; hurry: running jobs can see it. */
void sley__pool_gate(sley_workers *pool, bool hurry);
/* Called when patience has run out: rejects waiting jobs, lets running ones see it, reports threads still inside a
 * job on stderr (is_told) and leaves them behind. Returns how many threads those are. */
unsigned sley__pool_hurry(sley_workers *pool, bool is_told);

/* ---- notice.c ---- */

extern const completion_kind sley__notice_completion;
notice *sley__notice_new(const char *site, sley_promise **p); /* NULL: *p is a rejected promise */
/* For a notice that is not sent after all. Consumes e. */
sley_promise *sley__notice_refuse(const char *site, notice *n, sley_promise *p, sley_error *e);

/* ---- main.c ---- */

extern const completion_kind sley__call_completion;

/* ---- system.c ---- */

unsigned sley__usable_processors(void); /* by this process, even if the calling thread is pinned */

/* ---- fork.c ---- */

void sley__forks_watch(void); /* any thread */

#endif
