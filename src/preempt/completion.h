/* The completion queue: how a domain gets back what other threads do for it. It outlives its domain while anything
 * is out. A completion is a job, a notice (a pool is closed or idle), or a call into the domain. */
#ifndef SLEY_PREEMPT_COMPLETION_H
#define SLEY_PREEMPT_COMPLETION_H

#include <pthread.h>
#include <string.h>

#include "preempt/preempt_floor.h"
#include "queue/queue_floor.h"
#include "reactor/reactor_floor.h"

typedef struct sley__completion_queue completion_queue;
typedef struct completion completion;

/* Each is defined with its subject; tables.c lists them. */
typedef struct completion_kind {
  void (*arrive)(completion_queue *q, completion *c); /* home, in a turn; consumes c */
  void (*lose)(completion *c);      /* any thread, once the domain has ended; consumes c */
  void (*end)(completion_queue *q); /* home: the domain ends; abandons what is out of this kind */
  /* Home, for jobs only: called before and after completions are delivered. */
  void (*clear)(completion_queue *q); /* home, last: frees what the kind keeps; NULL: nothing */
  void (*drain_begin)(completion_queue *q);
  void (*drain_end)(completion_queue *q);
} completion_kind;
extern const completion_kind *const sley__completion_kinds[4]; /* NULL ends it */
extern const completion_kind sley__job_completion;

struct completion {
  struct sley__inbox_node node; /* first */
  const completion_kind *kind;
  bool holds; /* carries a hold on the queue home */
};

/* FRAME_DATA: bytes of data in frames that are kept for later jobs. */
enum { HOLDS_AT_ONCE = 1024, FRAMES_KEPT = 64, FRAME_DATA = 48 };

struct sley__completion_queue {
  struct sley__inbox inbox;     /* any thread */
  struct sley__sleeper sleeper; /* any thread */
  unsigned holders;             /* the domain and everything out; any thread, __atomic */
  bool ended;                   /* senders take back what they push later; any thread, __atomic */
  char apart[SLEY__APART];
  sley_runtime *runtime;
  uint32_t domain_id;
  pthread_mutex_t lock;    /* keeps the loop from ending while it is being woken */
  struct sley__loop *loop; /* under lock; NULL once the domain has ended */
  /* Home only. */
  struct sley__intake intake; /* completions that no turn had time for */
  unsigned spare;             /* holds taken in advance, or returned */
  bool draining;              /* results are being delivered: see stage.c */
  struct pool_use *uses;      /* the pools that this domain uses */
  struct job *out;            /* jobs that have not come home */
  struct notice *notices;     /* notices that have not come home */
  struct running *running;    /* calls of sley_run_in_main that are being served here */
  void *frames[FRAMES_KEPT];
  unsigned frame_count;
};

/* The queue of d, the current domain, made on first use. Returns 0, or the code of sley__loop_open: -SLEY_EGONE once
 * d is ending, since a second queue would never be ended. */
int sley__completions_open(sley_domain *d, completion_queue **out);
void sley__completions_hold(completion_queue *q);      /* for one more completion. Home only */
void sley__completions_take_back(completion_queue *q); /* for one not sent after all. Home only */
void sley__completions_hold_far(completion_queue *q);  /* another hold, for a thread that has one */
void sley__completions_release_far(completion_queue *q);
/* Sends c home. Any thread with a hold besides one that c carries; consumes c. */
void sley__completions_push(completion_queue *q, completion *c);
/* As sley__completions_push, and releases the thread's hold. */
void sley__completions_push_and_release(completion_queue *q, completion *c);

#endif
