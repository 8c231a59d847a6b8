/* The state of a domain, grouped by the folder that owns it. Folders above the core keep only pointers here. */
#ifndef SLEY_CORE_DOMAIN_STATE_H
#define SLEY_CORE_DOMAIN_STATE_H

#include <sley/hooks.h>
#include <sley/pause.h>
#include <sley/runtime.h>

#include "promise/memory/memory.h"

/* Padding behind frequently written data: keeps the next object, which may be another domain's, off its cache lines.
 * Processors fetch lines in pairs. */
enum { SLEY__APART = 128 };

/* What a domain publishes while it is busy. Written by the owner, relaxed; any thread. */
struct sley__published {
  const char *running; /* site of the promise whose callback started last; NULL: no callback runs */
  sley_time since;     /* start of this turn */
  uint64_t turn, live, created;
  void (*wanted)(
      sley_domain *); /* called when the turn ends; set by any thread and by signal handlers */
};

/* Functions that folders and floors above attach to a domain. Each may be NULL; the domain is current when called. */
struct sley__part {
  void (*enter)(sley_domain *d);   /* the domain becomes its thread's current one */
  void (*leave)(sley_domain *d);   /* and no longer is */
  void (*end)(sley_domain *d);     /* the domain ends; promises are not yet reported or freed */
  void (*release)(sley_domain *d); /* after they are */
  void (*drop)(sley_domain *d);    /* last handle dropped: any thread; not current */
};
/* In the order in which they end. */
enum sley__part_place {
  SLEY__PART_FIBERS,
  SLEY__PART_SLOTS,       /* state of libraries: promises and objects still work */
  SLEY__PART_SOCKETS,     /* I/O floor: questions to resolvers, connects */
  SLEY__PART_COMPLETIONS, /* preempt floor's completions */
  SLEY__PART_SEAT,        /* domain floor */
  SLEY__PART_DATAGRAMS,   /* I/O floor's datagram sockets */
  SLEY__PART_IO,          /* I/O floor: objects */
  SLEY__PART_BLOCKS,      /* I/O floor: their memory */
  SLEY__PART_LOOP,        /* reactor */
  SLEY__PARTS
};

struct sley_domain {
  /* What every promise operation reads, on two cache lines: see the assertions below. */
  uint32_t id;        /* see copy.c; 0: not a real domain (no current one, or after fork) */
  uint32_t depth;     /* nesting of Lwt's resolution loop */
  uint32_t immediate; /* immediate callbacks nested on the stack */
  bool untidy;  /* a list of things to free is not empty, or something was deferred while freeing */
  bool freeing; /* the lists of things to free are being emptied */
  bool has_stored;    /* sequence-associated storage has been used */
  bool fibers_ending; /* the domain is ending: every await that would wait returns Canceled */
  uint64_t turn;      /* starts at 1 */
  bool (*error_filter)(const sley_error *e); /* NULL: every error can become a rejection */
  const sley_trace *trace;
  struct sley__storage *storage; /* current sequence-associated storage */
  sley_promise *unit;            /* fulfilled with unit; shared, never freed, in no page */
  struct sley__node *queue;      /* immediate callbacks past the stack limit, in order */
  uintptr_t stack_base;          /* where the outermost immediate callback was called */
  sley_promise *frames;          /* top of the stack of settled promises with callbacks to run */
  sley_promise *deferred;        /* FIFO of settled promises whose callbacks were deferred */
  struct sley__lent *lent;       /* values lent to the callbacks on the stack, innermost first */
  struct sley__heap heap;        /* starts with fields that are read as often */

  /* Core. */
  sley_promise **deferred_end;
  struct sley__node **queue_end;
  struct {
    size_t limit;     /* of the current stack */
    size_t limit_set; /* the domain's; a fiber's can be smaller */
  } stack;
  struct {               /* emptied by free.c */
    sley_promise *cells; /* have lost their last reference or producer */
    struct sley__node *nodes;
    struct sley__storage *storages;
    char *objects, **objects_end; /* their values are still to be dropped */
  } to_free;
  struct {
    sley_hook_fn *async, *unhandled;
    void *async_ctx, *unhandled_ctx;
    void *trace_ctx;
    struct sley__slow *slow; /* see slow.c; NULL: not measured */
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
    sley_pause_notifier diverted; /* the user's, if the reactor's stands in its place */
    bool is_diverted;
  } pauses;
  uint64_t random; /* for choices; the same sequence in every run, as in Lwt */

  /* Fiber. */
  struct sley__fiber *fiber;   /* the running one; NULL: the thread's own stack runs */
  struct sley__fibers *fibers; /* stacks and counters; NULL until the first spawn */

  /* Collection. */
  struct {
    struct sley_sequence_node *to_free; /* freed when no walk is under way */
    uint32_t walks;
  } sequences;
  uint64_t jitter; /* for retries without a seed: see retry.c; 0: not drawn yet */

  /* Scheduler. */
  struct sley__published published;
  sley_runtime *runtime;
  sley_domain *next_in_runtime;
  uint32_t number; /* its number among this copy's domains, from 1; used in messages */
  char name[32];
  char engine[16];           /* requested by name; empty: the best available */
  const char *engine_runs;   /* static; NULL: no loop yet; any thread, __atomic */
  sley_domain *entered_over; /* the thread's current domain before this one was entered */
  bool entered;              /* any thread, __atomic */
  bool ended;                /* only its memory is left, for handles; any thread, __atomic */
  bool joined;               /* its own thread has ended, and only handles are left; likewise */
  unsigned handles; /* public ones, and one held until the domain ends: any thread, __atomic */
  bool turning;     /* its loop runs */
  bool driven;      /* by a loop of the user's */
  bool spawned;     /* has a thread of its own, which ends it */
  bool ending;      /* sley__domain_clear has begun */
  bool is_default;
  bool slots_over;           /* no more state of libraries is made */
  struct sley__slots *slots; /* state of libraries: see slot.c; NULL until there is some */

  /* Set by the reactor: nanoseconds since that many turns ago (-1: unknown), and waking a sleeping loop from any
   * thread or signal handler (__atomic). */
  sley_time (*turn_age)(const sley_domain *, uint64_t turns);
  void (*wake)(sley_domain *);
  void (*finish)(sley_domain *); /* runs what the program wants before the end; NULL: nothing */
  void (*report)(sley_domain *, const char *line); /* of what is left at its end; NULL: to stderr */

  /* Parts. Other domains read seat on every call, so padding separates it from what is written. */
  char apart_between[SLEY__APART];
  const struct sley__part *parts[SLEY__PARTS]; /* NULL: absent */
  struct sley__loop *loop;                     /* NULL until first used */
  struct sley__seat *seat;                     /* NULL until the domain first meets another one */
  struct sley__completion_queue *completions;  /* NULL until first used */
  struct sley__datagrams *datagrams;           /* NULL until first used */
  struct sley__socket_state *sockets;          /* NULL until a name is asked for or connected to */
  const struct sley_dns_source *dns_source;    /* NULL: the system */
  struct sley__io_state *io;                   /* blocks and channels; NULL until first used */
  char apart_behind[SLEY__APART];
};
/* All that a promise operation reads lies before the lists of free slots. */
_Static_assert(sizeof(void *) != 8 || (offsetof(sley_domain, stack_base) == 64 &&
                                       offsetof(sley_domain, heap.free_slots) == 120),
               "two cache lines");

/* Publishes that a callback of the promise made at site starts, or a function called for it; readers look while it
 * runs. */
static inline void sley__running(sley_domain *d, const char *site)
{
  __atomic_store_n(&d->published.running, site, __ATOMIC_RELAXED);
}

/* Bracket a function called in response to an external event, for the promise made at site: they publish it and, if
 * enabled, measure how long it took. Not nested. */
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

/* Initial-exec: found with one load, in room that every thread has from the start. A module that is loaded late may find none
 * left, and with musl never does (docs/decisions/thread-local.md). */
#ifdef SLEY_TLS_DYNAMIC
#define SLEY__TLS_MODEL "global-dynamic"
#else
#define SLEY__TLS_MODEL "initial-exec"
#endif

/* The thread's current domain, never NULL: a stand-in with id 0 if there is none. */
extern _Thread_local sley_domain *sley__current __attribute__((tls_model(SLEY__TLS_MODEL)));

/* Stands in for the current domain on pool threads while they run jobs. */
extern sley_domain sley__in_job;

/* Out of line: makes the default domain, or aborts with advice (no domain on this thread; a job; child of a fork).
 * function and site: of the call, for the message; site is "" if unknown. */
sley_domain *sley__self_slow(const char *function, const char *site);

/* The current domain, created on first use. */
static inline sley_domain *sley__self_at(const char *function, const char *site)
{
  sley_domain *d = sley__current;
  return SLEY__LIKELY(d->id != 0) ? d : sley__self_slow(function, site);
}
#define sley__self() sley__self_at(__func__, "")

#endif
