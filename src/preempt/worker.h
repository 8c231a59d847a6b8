/* The threads of a pool, and how they are started and woken. */
#ifndef SLEY_PREEMPT_WORKER_H
#define SLEY_PREEMPT_WORKER_H

#include "preempt/park.h"
#include "preempt/pool.h"

enum { THREAD_NAME_BYTES = 24 };

/* Short jobs are timed several at a time: see figures.c. The thread's own. */
typedef struct stretch {
  sley_time begin;           /* when the clock was last read; 0: to be read before the next job */
  unsigned jobs, most;       /* jobs started since; after how many the clock is read again */
  sley_time waited, longest; /* how long those waited until begin: the sum, and the longest */
} stretch;

/* ---- figures.c ---- */

void sley__stretch_job(stretch *s, const job *j); /* a job begins */
bool sley__stretch_over(const stretch *s);        /* true: read the clock when the job has ended */
/* Its jobs have just ended. Under the lock. */
void sley__stretch_close(sley_workers *pool, stretch *s, sley_time now);

struct worker {
  sley_workers *pool;
  worker *next, **place; /* in all */
  worker *next_idle;     /* in idle, or in ended */
  bool resting;          /* in idle */
  bool arriving;         /* was woken or started to help */
  unsigned number;
  pthread_t thread;
  parker parker;
  void *state;
  /* For reports; written under the lock. */
  const char *site;
  sley_time since;
  bool may_be_left; /* its job */
  bool inside;      /* in a job; cleared by the thread itself; any thread, __atomic */
  /* The thread's own. */
  job *job;
  completion_queue *home; /* the domain its jobs come from, with a hold; NULL: none */
  stretch stretch;
};

extern _Thread_local worker *sley__worker; /* of this thread, or NULL */

/* ---- thread.c ---- */

void *sley__worker_main(void *ctx); /* what a thread runs; ctx is the worker */

/* ---- help.c ---- */

/* A thread to wake or start for waiting jobs; determined under the lock, carried out without it. */
typedef struct help {
  worker *woken;
  bool start;
} help;
help sley__pool_help_wanted(sley_workers *pool);
/* 0, or the reason if no thread can be started and none is left to run the waiting jobs. */
int sley__pool_help(sley_workers *pool, help wanted);
/* A thread could not be started or could not begin: the next start is delayed. Under the lock. */
void sley__pool_start_failed(sley_workers *pool);

/* ---- end of threads: join.c ---- */

/* Under the lock, released meanwhile. A thread that has left the pool can still be running destructors of its
 * thread-local variables, for any length of time: without `wait`, which is forbidden for loops, it is left for
 * another time. Each thread that leaves joins those before it; a submitter joins none. false: some are left. */
bool sley__pool_join_ended(sley_workers *pool, bool wait);
void sley__pool_detach_ended(sley_workers *pool); /* they will not be joined. Under the lock */

/* ---- system.c ---- */

/* Threads inherit the processors of the thread that starts them, which can be a pinned domain. */
void sley__thread_unpin(void);
void sley__thread_name_self(const char *name);
void sley__thread_name_of(const sley_workers *pool, unsigned number, char text[THREAD_NAME_BYTES]);

#endif
