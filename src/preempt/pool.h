/* The preempt floor's own header: offices, jobs, pools, workers.
 *
 *   office   where a domain gets back what others do for it. Outlives it while anything is out.
 *   parcel   what comes home through an office: a job, a notice (a pool is closed), a call into the domain.
 *   account  a domain's relation to a pool it uses; keeps the pool allocated.
 *   pool     queue, threads, figures; under one lock but for the way in.
 *   worker   a thread of a pool. */
#ifndef SLEY_PREEMPT_POOL_H
#define SLEY_PREEMPT_POOL_H

#include <pthread.h>
#include <stdalign.h>
#include <string.h>

#include "preempt/park.h"
#include "preempt/preempt_floor.h"
#include "queue/queue_floor.h"
#include "reactor/reactor_floor.h"

typedef struct sley__office office;
typedef struct account account;
typedef struct worker worker;

typedef struct parcel {
  struct sley__inbox_node node; /* first */
  enum parcel_kind { PARCEL_JOB, PARCEL_NOTICE, PARCEL_CALL } kind;
  bool holds; /* carries a hold of the office home */
} parcel;

/* ---- office.c ---- */

/* FRAME_DATA: bytes of data in the frames that are kept for the next job. */
enum { OFFICE_HOLDS = 1024, OFFICE_FRAMES = 64, FRAME_DATA = 48 };

struct sley__office {
  struct sley__inbox inbox;     /* any thread */
  struct sley__sleeper sleeper; /* any thread */
  unsigned holders;             /* the domain and everything out; any thread, __atomic */
  bool ended; /* what is pushed later its pusher takes back; any thread, __atomic */
  char apart[SLEY__APART];
  sley_runtime *runtime;
  uint32_t domain_id;
  pthread_mutex_t lock;    /* keeps the loop from ending while it is woken */
  struct sley__loop *loop; /* under lock; NULL once the domain has ended */
  /* Home only. */
  struct sley__intake intake; /* parcels out of the inbox that no turn had time for */
  unsigned spare;             /* holds taken in advance, or come back */
  bool draining; /* results are being handed out: jobs started meanwhile are sent together */
  account *accounts;
  struct job *out;          /* jobs that have not come home */
  struct notice *notices;   /* the same */
  struct serving *servings; /* calls of sley_run_in_main that are being served here */
  void *frames[OFFICE_FRAMES];
  unsigned frame_count;
};

/* d's office, made on first use. d is the current domain. 0, or what sley__loop_open gives: -SLEY_EGONE once
 * d is ending, since nobody would end a second office. */
int sley__office_open(sley_domain *d, office **out);
void sley__office_hold(office *o);      /* one more thing out. Home only */
void sley__office_take_back(office *o); /* it is not sent after all. Home only */
void sley__office_hold_far(office *o);  /* the same from a thread that holds it already */
void sley__office_release_far(office *o);
/* Sends a parcel home. Any thread, which has a hold beside one that the parcel carries; the parcel is
 * gone. */
void sley__office_push(office *o, parcel *p);
/* The same, and gives a hold back. */
void sley__office_deliver(office *o, parcel *p);

/* ---- jobs: job.c ---- */

enum job_state { JOB_NEW, JOB_QUEUED, JOB_TAKEN };

typedef struct job {
  parcel parcel; /* first: on its way to the pool, and home */
  unsigned char priority;
  unsigned char state; /* written under the pool's lock; any thread, __atomic */
  bool canceled;       /* any thread, __atomic */
  union {
    struct sley__dlist place; /* in a class's queue; under the pool's lock */
    struct job *next;         /* in a list of sley__pool_take_all */
  };
  const sley_job_type *type;
  const char *site;
  office *home;
  sley_runtime *runtime;
  size_t bytes; /* of the whole frame */
  sley_time since;
  sley_value out; /* the worker's, then home's */
  sley_error *error;
  /* Home only. */
  account *account;
  sley_resolver *resolver;           /* NULL once cancelled */
  struct job *next_out, **out_place; /* in the office's list */
  alignas(max_align_t) char data[];
} job;

void sley__job_run(job *j);     /* on a worker */
void sley__job_discard(job *j); /* any thread: drops what it owns and the frame */
void sley__job_home(job *j);    /* home: settles the promise */
void sley__jobs_end(office *o); /* home, at the domain's end: removes or tells what is out */

/* ---- pools: workers.c ---- */

/* STAGE_FIRST: so many jobs that results start are sent together first. */
enum { STAGE_FIRST = 16 };
enum { CLASSES = 3, LOWEST_EVERY = 16, NAME_BYTES = 16, THREAD_NAME_BYTES = 24 };

typedef struct job_queue {
  struct sley__dlist jobs; /* in the order in which they came */
  size_t count;
} job_queue;

/* NULL: the queue is empty. */
static inline job *sley__job_oldest(const job_queue *q)
{
  return sley__dlist_is_empty(&q->jobs) ? NULL : SLEY__CONTAINER(q->jobs.next, job, place);
}

struct account {
  sley_workers *pool; /* one hold */
  account *next;
  size_t out;                               /* jobs of this domain not back yet */
  struct sley__inbox_node *newest, *oldest; /* jobs not sent yet; NULL: none */
  unsigned staged, most;                    /* so many; as many are sent at once */
};

/* Somebody waits for a pool to be closed or idle. */
typedef struct notice {
  parcel parcel; /* first */
  office *home;
  sley_runtime *runtime;
  struct notice *next;
  int64_t number;
  sley_workers *pool; /* of a close: one hold; of others NULL */
  /* Home only. */
  sley_resolver *resolver; /* NULL once cancelled */
  sley_promise *deadline;  /* of a close; then the timer for threads that are to be joined */
  sley_time look_after;    /* how long that was; 0: the pool is not over */
  struct notice *next_out, **out_place;
} notice;

struct sley_workers {
  /* Any thread. Jobs come in here, without a lock; sleeper: whoever brings the next one has to see to
   * a thread for it. */
  struct sley__inbox incoming;
  struct sley__sleeper sleeper;
  unsigned holders; /* any thread, __atomic */
  bool closing;     /* any thread, __atomic; set under lock */
  bool hurry;       /* the close's patience is over; the same */
  char apart[SLEY__APART];
  pthread_mutex_t lock; /* of everything below but what never changes */
  job_queue queues[CLASSES];
  size_t queued;
  unsigned picks; /* since the lowest class had its turn */
  worker *all, *idle, *ended;
  unsigned threads, in_main, beginning, leaving, inside, numbers;
  bool waited_for;       /* there is a closer or a drainer */
  sley_time start_after; /* no thread could be started: not again before; 0: none failed */
  bool help_coming; /* a thread was woken or started and has not arrived: nobody else is called */
  bool left_behind; /* closed with threads inside jobs: they clear up after themselves */
  bool listed;      /* in the runtime's list; under that list's lock */
  notice *closer, *drainers;
  pthread_cond_t gone; /* a thread has left a job or ended, for the runtime's end */
  sley_workers_counters counters;
  sley_workers *next_pool; /* under the list's lock */
  /* Never changes. */
  sley_runtime *runtime;
  uintptr_t origin; /* sley__origin when it was made */
  char name[NAME_BYTES];
  sley_workers_options options;
};

/* 0, -SLEY_ENOMEM or -SLEY_EINVAL. In the runtime's list, which holds it. */
sley_error *sley__pool_new(sley_runtime *r, const sley_workers_options *o, sley_workers **out);
void sley__pool_hold(sley_workers *pool);
void sley__pool_release(sley_workers *pool);
/* Queues a list of jobs, newest first; a thread will come for each, or it is rejected. Home only. */
void sley__pool_submit(sley_workers *pool, struct sley__inbox_node *newest,
                       struct sley__inbox_node *oldest);
/* Without the lock: sees to a thread for what waits, or rejects it. Called by whoever found the sleeper
 * armed, and by a thread that leaves. */
void sley__pool_call_help(sley_workers *pool);
/* Under the lock: */
void sley__pool_sort(sley_workers *pool); /* takes in what has come */
job *sley__pool_take(sley_workers *pool);
void sley__pool_remove(sley_workers *pool, job *j);
job *sley__pool_take_all(sley_workers *pool); /* linked by next */
/* NULL, or why pool takes no job of d. */
sley_error *sley__pool_objection(const char *function, const char *site, sley_domain *d,
                                 sley_workers *pool);
/* Without the lock: rejects a list of sley__pool_take_all. Consumes e. */
void sley__jobs_refuse(job *list, sley_error *e);
/* Something ended: under the lock, tells who waits for it. */
void sley__pool_notify(sley_workers *pool);

/* ---- stage.c, home only ---- */

void sley__job_send(account *a, job *j); /* now, or with others when results are handed out */
void sley__jobs_publish(account *a);     /* sends what is staged */
void sley__jobs_publish_all(office *o);  /* the same for every pool; o may be NULL */
void sley__jobs_stage(office *o);        /* begins to stage */

/* ---- the runtime's pools: defaults.c ---- */

bool sley__pool_list(sley_workers *pool);   /* false: out of memory */
void sley__pool_unlist(sley_workers *pool); /* and gives the list's hold back, if it is in it */

/* ---- close.c ---- */

/* Refuses jobs from now on, and lets idle threads go; hurry: tells what runs. */
void sley__pool_gate(sley_workers *pool, bool hurry);
/* The end of patience: rejects what waits, tells what runs, names on stderr what is still inside a job
 * and leaves it behind. How many threads that are. */
unsigned sley__pool_hurry(sley_workers *pool);
void sley__notices_end(office *o); /* home, at the domain's end */

void sley__notice_home(notice *n);
void sley__notice_discard(notice *n);

/* ---- figures.c ---- */

/* Short jobs are timed many at a time: see figures.c. The thread's own. */
typedef struct stretch {
  sley_time begin;           /* the clock was read last; 0: it has to be, before the next job */
  unsigned jobs, most;       /* that began since; after how many it is read again */
  sley_time waited, longest; /* of those, until begin: together, and the one that waited longest */
} stretch;

void sley__stretch_job(stretch *s, const job *j); /* a job begins */
bool sley__stretch_over(const stretch *s);        /* the clock is to be read when it has ended */
/* Its jobs have ended now. Under the lock. */
void sley__stretch_close(sley_workers *pool, stretch *s, sley_time now);

/* ---- threads: thread.c ---- */

struct worker {
  sley_workers *pool;
  worker *next, **place; /* in all */
  worker *next_idle;     /* in idle, or in ended */
  bool resting;          /* in idle */
  bool arriving;         /* was woken or started to help */
  unsigned number;
  pthread_t thread;
  parker bed;
  void *state;
  /* For reports; written under the lock. */
  const char *site;
  sley_time since;
  bool inside; /* in a job; cleared by itself; any thread, __atomic */
  /* The thread's own. */
  job *job;
  office *home; /* where its jobs come from, with a hold; NULL: none */
  stretch stretch;
};

extern _Thread_local worker *sley__worker; /* of this thread, or NULL */

void *sley__worker_main(void *ctx); /* what a thread runs; ctx is the worker */
/* Under the lock, let go meanwhile. A thread that has left the pool may be in the destructors of its
 * thread-local variables, however long those take: unless wait, which no loop may, it is left for another
 * time. Each thread that leaves joins those before it; a submitter joins nobody. false: some are left. */
bool sley__pool_join_ended(sley_workers *pool, bool wait);
void sley__pool_detach_ended(sley_workers *pool); /* nobody will join them. Under the lock */
void sley__thread_name_of(const sley_workers *pool, unsigned number, char text[THREAD_NAME_BYTES]);
/* Threads that will look for a job: not those that wait for a loop or are on their way out. Under the
 * lock. */
static inline unsigned pool_active(const sley_workers *pool)
{
  return pool->threads - pool->in_main - pool->leaving;
}

/* ---- help.c ---- */

/* Under the lock: whether a thread has to be woken or started for what waits, and who. help does it
 * without the lock. */
typedef struct help {
  worker *woken;
  bool start;
} help;
help sley__pool_help_wanted(sley_workers *pool);
/* 0, or why no thread can be started where none is left that would run what waits. */
int sley__pool_help(sley_workers *pool, help wanted);
/* Under the lock: a thread could not be started or could not begin, so the next start waits a while. */
void sley__pool_start_failed(sley_workers *pool);

/* ---- system.c ---- */

/* Threads inherit the processors of whoever starts them, which may be a pinned domain. */
void sley__thread_unpin(void);
void sley__thread_name_self(const char *name);
/* By this process, pinned as the calling thread may be. */
unsigned sley__usable_processors(void);

/* ---- main.c ---- */

void sley__call_home(office *o, parcel *p);
void sley__call_discard(parcel *p);
void sley__calls_stop(office *o);

/* ---- fork.c ---- */

void sley__forks_watch(void); /* any thread */

#endif
