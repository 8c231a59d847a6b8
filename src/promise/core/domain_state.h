/* The state of a domain, nested by whose it is. Of folders and floors above the core there are only pointers. */
#ifndef SLEY_CORE_DOMAIN_STATE_H
#define SLEY_CORE_DOMAIN_STATE_H

#include <sley/hooks.h>
#include <sley/pause.h>
#include <sley/runtime.h>

#include "promise/memory/memory.h"

/* Behind what one domain writes all the time: keeps the next object, which may be another domain's,
 * off its cache lines. Processors fetch lines in pairs. */
enum { SLEY__APART = 128 };

/* What a domain says of itself while it is busy. Written by the owner, relaxed; any thread. */
struct sley__published {
  const char *running; /* site of the promise whose callback was started last; NULL: none is */
  sley_time since;     /* start of this turn */
  uint64_t turn, live, created;
  void (*wanted)(
      sley_domain
          *); /* to be called when the turn ends; set by any thread and by signal handlers */
};

/* What folders and floors above hang into a domain: functions of it that may be NULL, the domain current. */
struct sley__part {
  void (*enter)(sley_domain *d);   /* the domain becomes its thread's current one */
  void (*leave)(sley_domain *d);   /* and is no longer */
  void (*end)(sley_domain *d);     /* the domain ends: before promises are reported and freed */
  void (*release)(sley_domain *d); /* after that */
  void (*drop)(sley_domain *d);    /* with the last handle: any thread, and current nowhere */
};
/* In the order in which they end. */
enum sley__part_place {
  SLEY__PART_FIBERS,
  SLEY__PART_COMPLETIONS, /* preempt floor's completions */
  SLEY__PART_SEAT,        /* domain floor */
  SLEY__PART_LOOP,        /* reactor */
  SLEY__PARTS
};

struct sley_domain {
  /* What every promise operation reads, on two cache lines: see the assertions below. */
  uint32_t id;        /* see copy.c; 0: not a real domain (no current one, or after fork) */
  uint32_t depth;     /* nesting of Lwt's resolution loop */
  uint32_t immediate; /* immediate callbacks nested on the stack */
  bool untidy;     /* something is on a list of what is to be freed or was deferred while freeing */
  bool freeing;    /* the lists of what is to be freed are being emptied */
  bool has_stored; /* there has been a sequence-associated storage */
  bool fibers_ending; /* the domain ends: every await that would wait returns Canceled */
  uint64_t turn;      /* starts at 1 */
  bool (*error_filter)(const sley_error *e); /* NULL: every error may become a rejection */
  const sley_trace *trace;
  struct sley__storage *storage; /* current sequence-associated storage */
  sley_promise *unit;            /* fulfilled with unit: shared, in no page, never freed */
  struct sley__node *queue;      /* immediate callbacks past the stack limit, in order */
  uintptr_t stack_base;          /* where the outermost immediate callback was called */
  sley_promise *frames;          /* top of the stack of settled promises with callbacks to run */
  sley_promise *deferred;        /* FIFO of settled promises whose callbacks wait */
  struct sley__lent *lent;       /* values lent to the callbacks on the stack, innermost first */
  struct sley__heap heap;        /* begins with what is read as often */

  /* Core. */
  sley_promise **deferred_end;
  struct sley__node **queue_end;
  struct {
    size_t limit;     /* of the stack that runs */
    size_t limit_set; /* the domain's; a fiber may have less */
  } stack;
  struct {               /* what free.c takes apart */
    sley_promise *cells; /* that lost their last reference or producer */
    struct sley__node *nodes;
    struct sley__storage *storages;
    char *objects, **objects_end; /* whose values are still to be dropped */
  } to_free;
  struct {
    sley_hook_fn *async, *unhandled;
    void *async_ctx, *unhandled_ctx;
    void *trace_ctx;
    struct sley__slow *slow; /* see slow.c; NULL: nobody asks */
  } hooks;
  struct {
    uint64_t immediate, unhandled; /* see sley_counters */
  } counters;
  struct sley__names *names; /* of promises: see name.c */

  /* Combine. */
  struct {
    struct sley__dlist waiting;
    size_t count;
    sley_pause_fn *notifier;
    void *notifier_ctx;
  } pauses;
  uint64_t random; /* of choices; the same in every run, as Lwt's */

  /* Fiber. */
  struct sley__fiber *fiber;   /* the one that runs; NULL: the thread's own stack does */
  struct sley__fibers *fibers; /* stacks and counters; NULL until the first spawn */

  /* Collection. */
  struct {
    struct sley_sequence_node *to_free; /* freed when no walk is under way */
    uint32_t walks;
  } sequences;
  uint64_t jitter; /* of retries without a seed: see retry.c; 0: not drawn yet */

  /* Scheduler. */
  struct sley__published published;
  sley_runtime *runtime;
  sley_domain *next_in_runtime;
  uint32_t number; /* which of this copy's domains it is, from 1: what people are told */
  char name[32];
  char engine[16];           /* wanted by name; empty: the best */
  sley_domain *entered_over; /* the thread's current domain before this one was entered */
  bool entered;              /* any thread, __atomic */
  bool ended;                /* only its memory is there, for handles; any thread, __atomic */
  unsigned handles; /* of the public kind, and one of whoever ends it: any thread, __atomic */
  bool turning;     /* its loop runs */
  bool spawned;     /* has a thread of its own, which ends it */
  bool ending;      /* sley__domain_clear has begun */
  bool is_default;

  /* The reactor's: nanoseconds since so many turns ago, -1: not known; and waking a sleeping loop from
   * any thread or signal handler (__atomic). */
  sley_time (*turn_age)(const sley_domain *, uint64_t turns);
  void (*wake)(sley_domain *);

  /* What hangs in here. Other domains look for the seat with each call, so it lies apart from what is written. */
  char apart_between[SLEY__APART];
  const struct sley__part *parts[SLEY__PARTS]; /* NULL: not there */
  struct sley__loop *loop;                     /* NULL until first used */
  struct sley__seat *seat;                     /* NULL where the domain has never met another one */
  struct sley__completion_queue *completions;  /* NULL until first used */
  char apart_behind[SLEY__APART];
};
/* All that a promise operation reads stands in front of the lists of free slots. */
_Static_assert(sizeof(void *) != 8 || (offsetof(sley_domain, stack_base) == 64 &&
                                       offsetof(sley_domain, heap.free_slots) == 120),
               "two cache lines");

/* Says that a callback of the promise made at site begins, or a function called for it: for those who
 * look while it runs. */
static inline void sley__running(sley_domain *d, const char *site)
{
  __atomic_store_n(&d->published.running, site, __ATOMIC_RELAXED);
}

/* Around a function that is called as an answer to what came from elsewhere, for the promise made at
 * site: for those who look while it runs, and who want to know if it took long. Not nested. */
void sley__slow_begin(sley_domain *d);
void sley__slow_end(sley_domain *d, const char *site);
static inline void sley__call_begins(sley_domain *d, const char *site)
{
  sley__running(d, site);
  if (SLEY__UNLIKELY(d->hooks.slow != NULL)) sley__slow_begin(d);
}
static inline void sley__call_ends(sley_domain *d, const char *site)
{
  if (SLEY__UNLIKELY(d->hooks.slow != NULL)) sley__slow_end(d, site);
}

/* The thread's current domain, never NULL: a stand-in with id 0 when there is none. */
extern _Thread_local sley_domain *sley__current __attribute__((tls_model("initial-exec")));

/* Stands in for a current domain on threads of pools, while they run jobs. */
extern sley_domain sley__in_job;

/* Out of line: makes the default domain, or aborts with advice (no domain on this thread; a job; child of
 * a fork). function and site: of the call, for the sentence; site "" where it is not known. */
sley_domain *sley__self_slow(const char *function, const char *site);

/* The current domain, made on the first use. */
static inline sley_domain *sley__self_at(const char *function, const char *site)
{
  sley_domain *d = sley__current;
  return SLEY__LIKELY(d->id != 0) ? d : sley__self_slow(function, site);
}
#define sley__self() sley__self_at(__func__, "")

#endif
