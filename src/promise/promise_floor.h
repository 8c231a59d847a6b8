/* What the promise floor shows the floors above it: the domain's scheduler, memory, usage errors and
 * operations. Nothing here knows a descriptor, a thread or libev. The promise floor's own files
 * include promise_internal.h, which builds on this. */
#ifndef SLEY_PROMISE_FLOOR_H
#define SLEY_PROMISE_FLOOR_H

#include <stdarg.h>

#include <sley/bind.h>
#include <sley/cancel.h>
#include <sley/combine.h>
#include <sley/dump.h>
#include <sley/fiber.h>
#include <sley/hooks.h>
#include <sley/list.h>
#include <sley/pause.h>
#include <sley/promise.h>
#include <sley/runtime.h>
#include <sley/scope.h>
#include <sley/storage.h>
#include <sley/stream.h>

#include "promise/base/copy.h"
#include "promise/base/handle.h"
#include "promise/base/list.h"

#define SLEY__LIKELY(x) __builtin_expect(!!(x), 1)
#define SLEY__UNLIKELY(x) __builtin_expect(!!(x), 0)
/* For one body with constant arguments in several functions; and for the rare half of a function. (Branches
 * are counted once in each body, not in each copy: scripts/coverage.) */
#ifndef SLEY__ALWAYS_INLINE
#define SLEY__ALWAYS_INLINE inline __attribute__((always_inline))
#endif
#define SLEY__NOINLINE __attribute__((noinline))
/* The object of type TYPE whose member MEMBER pointer points to. */
#define SLEY__CONTAINER(pointer, TYPE, MEMBER) \
  ((TYPE *)(void *)((char *)(pointer)-offsetof(TYPE, MEMBER)))

/* Usage errors: writes "sley: SENTENCE" to stderr and aborts. */
_Noreturn void sley__abort(const char *format, ...) SLEY_PRINTF(1, 2);

/* For arguments that must be there: aborts where one is NULL, and names function and argument. Any thread. */
_Noreturn void sley__missing(const char *function, const char *site, const char *argument);
#define SLEY__NEEDS_AT(site, argument)                                                \
  do {                                                                                \
    if (SLEY__UNLIKELY((argument) == NULL)) sley__missing(__func__, site, #argument); \
  } while (0)
#define SLEY__NEEDS(argument) SLEY__NEEDS_AT("", argument)

/* Structs of the caller's that begin with their size, of which this library knows needed bytes. Options
 * must have all of them; of figures to be filled in, the caller may know fewer. Either aborts where the
 * size was not set. Any thread. */
void sley__options_check(const void *options, size_t needed, const char *type,
                         const char *function);
size_t sley__figures_check(const void *figures, size_t needed, const char *type,
                           const char *function);
#define SLEY__OPTIONS_CHECK(options, type, function) \
  sley__options_check(options, sizeof(type), #type, function)
/* The bytes to fill in. */
#define SLEY__FIGURES_CHECK(figures, type, function) \
  sley__figures_check(figures, sizeof(type), #type, function)

/* What any thread may use notes sley__origin when it is made: aborts in the child of a fork, and where
 * another copy of the library made it. what: "pool"; name: "" where it has none. */
_Noreturn void sley__of_elsewhere(uintptr_t origin, const char *function, const char *site,
                                  const char *what, const char *name);
/* function: the public one that was called, for which other functions of the library look. */
#define sley__refuse_elsewhere_in(function, site, origin, what, name) \
  do {                                                                \
    if (SLEY__UNLIKELY((origin) != sley__origin))                     \
      sley__of_elsewhere(origin, function, site, what, name);         \
  } while (0)
/* In public functions. */
#define sley__refuse_elsewhere_at(site, origin, what, name) \
  sley__refuse_elsewhere_in(__func__, site, origin, what, name)
#define sley__refuse_elsewhere(origin, what, name) sley__refuse_elsewhere_at("", origin, what, name)

struct sley_runtime {
  sley_allocator allocator;
  bool single_objects;
  bool is_default;
  bool no_fault_handler;
  uintptr_t origin; /* sley__origin when it was made */
  unsigned max_threads;
  unsigned domains;          /* live domains; any thread, __atomic */
  sley_domain *first_domain; /* of these, by next_in_runtime; runtime.c's lock */
  sley_time slow;            /* see sley_runtime_options; 0: off */
  unsigned threads;          /* threads started now; any thread, __atomic */
  unsigned holders; /* what must find the runtime's memory beside the runtime itself: pools that
                       threads are left in; any thread, __atomic */
  void *workers;    /* the preempt floor's pools; NULL until used; any thread, __atomic */
  void (*workers_end)(sley_runtime *); /* set with it; called when the runtime ends */
  /* The domain floor's: requests to end a domain whose asker has ended, and the seats of such domains
   * whose threads are to be joined. Under that floor's lock. */
  unsigned abandoned;
  struct sley__seat *uncollected;
  void (*abandoned_wait)(sley_runtime *); /* any thread, __atomic; called when the runtime ends */
  struct sley__seat *seats;               /* of all domains that others know; its own lock */
};

/* checker.c: whether a checker sees freed memory itself, and keeps it. */
bool sley__has_checker(void);

/* pin.c: before a thread is started or a handler of signals is installed: dlclose no longer unmaps the
 * module that holds this copy of the library. Any thread. */
void sley__pin(void);

/* Memory that is not tied to a domain: any thread. sley__runtime_alloc does not zero. */
void *sley__runtime_alloc(sley_runtime *runtime, size_t bytes);
void sley__runtime_free(sley_runtime *runtime, void *memory, size_t bytes);
/* A hold on the runtime's own memory, which sley_runtime_drop then leaves to the last holder. */
void sley__runtime_hold(sley_runtime *runtime);
void sley__runtime_release(sley_runtime *runtime);
/* Aborts where another copy of the library, or the parent of a fork, made runtime. Any thread. */
static inline void sley__own_runtime(const sley_runtime *runtime, const char *function)
{
  if (SLEY__UNLIKELY(runtime->origin != sley__origin))
    sley__of_elsewhere(runtime->origin, function, "", "a runtime", "");
}
/* The runtime used where none is named; made on first use. NULL when out of memory. Any thread. */
sley_runtime *sley__default_runtime(void);

enum { SLEY__SLAB_CLASSES = 16, SLEY__SLOT_LISTS = 3 };

/* In place of a cell's domain: the immortal out-of-memory rejection, whose counts and flags nobody may
 * write; a slot without a cell. No domain has either number. */
#define SLEY__IMMORTAL (UINT32_MAX - 1)
#define SLEY__GONE UINT32_MAX
/* Part of the domain in cells that are allocated alone, so that every use of one is looked at. */
#define SLEY__ALONE ((uint32_t)1 << 30)

/* Nodes for what must not be lost when memory runs out; refilled once a turn. */
enum { SLEY__RESERVE_NODES = 16, SLEY__RESERVE_BYTES = 160 };

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
  /* What every promise operation reads, on two cache lines. */
  uint32_t id;        /* see copy.c; 0: not a real domain (no current one, or after fork) */
  uint32_t depth;     /* nesting of Lwt's resolution loop */
  uint32_t immediate; /* immediate callbacks nested on the stack */
  bool untidy;        /* something is on a dead list or was deferred while burying */
  bool burying;       /* the dead lists are being emptied */
  bool watched;       /* cells go the long way: they are traced, or allocated alone */
  bool alone;         /* every object has a page of its own */
  bool has_stored;    /* there has been a sequence-associated storage */
  bool fibers_ending; /* the domain ends: every await that would wait returns Canceled */
  uint64_t turn;      /* starts at 1 */
  int64_t room;       /* how many more promises may live before there are more than ever */
  uint64_t freed;     /* promises */
  bool (*error_filter)(const sley_error *e); /* NULL: every error may become a rejection */
  const sley_trace *trace;
  struct sley__storage *storage; /* current sequence-associated storage */
  sley_promise *unit;            /* fulfilled with unit: shared, in no page, never freed */
  struct sley__node *queue;      /* immediate callbacks past the stack limit, in order */
  uintptr_t stack_base;          /* where the outermost immediate callback was called */
  sley_promise *frames;          /* top of the stack of settled promises with callbacks to run */
  sley_promise *deferred;        /* FIFO of settled promises whose callbacks wait */
  struct sley__lent *lent;       /* values lent to the callbacks on the stack, innermost first */
  void *free_slots[SLEY__SLOT_LISTS][SLEY__SLAB_CLASSES]; /* see slab.h */

  sley_runtime *runtime;
  sley_allocator allocator; /* of its slabs; the runtime's unless it was given its own */
  sley_promise **deferred_end;
  sley_promise *dead;            /* cells that lost their last reference or maker */
  struct sley__node *dead_nodes; /* observers to be freed */
  struct sley__storage *dead_storage;
  char *dead_objects, **dead_objects_end;   /* whose values are still to be dropped: see bury.c */
  struct sley_sequence_node *dead_elements; /* to be freed when no walk is under way */
  uint32_t walks;                           /* over sequences */
  struct sley__node **queue_end;
  size_t stack_limit;     /* of the stack that runs */
  size_t stack_limit_set; /* the domain's; a fiber may have less */

  struct sley__fiber *fiber;   /* the one that runs; NULL: the thread's own stack does */
  struct sley__fibers *fibers; /* stacks and counters; NULL until the first spawn */

  /* Pauses. */
  struct sley__dlist paused;
  size_t paused_count;
  sley_pause_fn *pause_notifier;
  void *pause_notifier_ctx;

  /* Hooks. */
  sley_hook_fn *async_hook, *unhandled_hook;
  void *async_hook_ctx, *unhandled_hook_ctx;
  void *trace_ctx;

  struct sley__slow *slow; /* see slow.c; NULL: nobody asks */

  /* Dumps: see dump.c. */
  struct sley__names *names;
  struct sley__published published;
  /* The reactor's: nanoseconds since so many turns ago, -1: not known; and waking a sleeping loop from
   * any thread or signal handler (__atomic). */
  sley_time (*turn_age)(const sley_domain *, uint64_t turns);
  void (*wake)(sley_domain *);

  /* Memory: see slab.c. */
  struct sley__dlist pages[2]; /* all pages, the newest first, [is promise] */
  struct sley__quarantine {
    struct sley__dlist pages; /* oldest first */
    size_t bytes;
  } quarantine;                          /* see alone.c */
  void *reserve[2][SLEY__RESERVE_NODES]; /* [is promise] */
  unsigned reserve_left[2];
  sley_counters counters; /* but live and created: see room and freed */
  uint64_t random;        /* of choices; the same in every run, as Lwt's */
  uint64_t jitter;        /* of retries without a seed: see retry.c; 0: not drawn yet */

  /* Other domains look for the seat with each call, so it lies apart from what is written. */
  char apart_between[SLEY__APART];
  const struct sley__part *parts[SLEY__PARTS]; /* NULL: not there */
  struct sley__loop *loop;                     /* NULL until first used */
  struct sley__seat *seat;                     /* NULL where the domain has never met another one */
  struct sley__completion_queue *completions;  /* NULL until first used */

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
  char apart_behind[SLEY__APART];
};

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
  if (SLEY__UNLIKELY(d->slow != NULL)) sley__slow_begin(d);
}
static inline void sley__call_ends(sley_domain *d, const char *site)
{
  if (SLEY__UNLIKELY(d->slow != NULL)) sley__slow_end(d, site);
}

/* The locks that are no object's, free in the child of a fork (lock.c). Held for a few instructions. */
enum sley__process_lock {
  SLEY__LOCK_PROCESS, /* the default runtime and domain */
  SLEY__LOCK_DOMAINS, /* every runtime's list of domains */
  SLEY__LOCK_SIGNALS, /* who waits for which signal */
  SLEY__LOCK_SEATS,   /* every runtime's list of seats */
  SLEY__LOCK_NAMES,   /* of teams */
  SLEY__LOCK_ENDED,   /* domains whose asker has ended */
  SLEY__LOCK_POOLS,   /* every runtime's list of pools */
  SLEY__LOCK_FAULTS,  /* whether the handler of faults is installed, and for how many */
  SLEY__LOCKS
};
void sley__process_lock(enum sley__process_lock which);   /* any thread */
void sley__process_unlock(enum sley__process_lock which); /* any thread */
/* Under the lock, which is let go meanwhile: waits until told. And tells all who wait. */
void sley__process_wait(enum sley__process_lock which);
void sley__process_tell(enum sley__process_lock which);
/* in_child runs in the child of each later fork, perhaps more than once. registered: the caller's own, for
 * this function. Any thread. */
void sley__fork_child_calls(bool *registered, void (*in_child)(void));

/* From now on sley__origin counts the forks between this process and the first one. */
void sley__forks_count(void);
void sley__process_locks_free(void); /* in the child of a fork */
/* Whether a fork made this process, and the domain of that number is the parent's. Any thread. */
bool sley__is_parents(uint32_t number);
/* Notes that sley_finish, called from caller, has ended the default domain of that number; says so of it. false: it
 * is not the last to have ended. Any thread. */
void sley__finish_note(uint32_t number, size_t left, const void *caller);
bool sley__finish_says(uint32_t number, char *text, size_t size);

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

/* Memory of a domain, from its slabs; not zeroed, 16-byte aligned. Owner thread. */
void *sley__alloc(sley_domain *d, size_t bytes);
void sley__free(sley_domain *d, void *memory, size_t bytes);

/* Called by loops once a turn: when the kernel has been asked; and at the end, which refills the reserve
 * and buries the dead. */
void sley__turn_begins(sley_domain *d, sley_time now);
void sley__turn(sley_domain *d);

/* Leave a public function that may have let something go: takes dead cells apart, and runs callbacks
 * that doing so deferred. Cheap when there is nothing to do. */
void sley__settle_down_slow(sley_domain *d);
static inline void sley__settle_down(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->untidy)) sley__settle_down_slow(d);
}

/* Operations: a cancelable promise and the state of what is behind it in one allocation. The data
 * lives until the operation is over, however early the promise settles. */
typedef struct sley__operation_type {
  const char *name;
  /* The promise was cancelled and is settled already: stop as soon as possible, then answer or
   * drop the resolver as usual. May do so before it returns. NULL: the operation just goes on. */
  void (*cancel)(void *data);
} sley__operation_type;

/* A pending operation, or NULL when out of memory. *data is 16-byte aligned, not zeroed. The
 * resolver is the caller's (keep it in data): answering or dropping it ends the operation and frees
 * data as soon as the promise needs it no longer. */
sley_promise *sley__operation_new(const char *site, const sley__operation_type *type, size_t bytes,
                                  void **data, sley_resolver **resolver);

/* sley_fulfill for an operation's resolver. Mostly nobody but the library listens for its being cancelled:
 * it stops to, and answering is as quick as for any other promise. */
void sley__operation_fulfill(sley_resolver **r, sley_value v);

/* Where the promise of a resolver that has not answered was made. */
const char *sley__resolver_site(const sley_resolver *r);

/* sley_reject, unless nobody holds the promise or waits for it: then sley_resolver_drop. For ends
 * that only those still there need to hear of. Consumes e. */
void sley__reject_if_watched(sley_resolver **r, sley_error *e);

/* A scope that is to be, zero where nothing is said. Its deadline is known to scopes within it, but somebody
 * else has to make it fail then: sley__scope_set_timer does when timer is fulfilled, and cancels timer
 * when the scope is left. It consumes timer; body may call it once. */
typedef struct sley__scope_plan {
  const char *site;
  sley_time deadline;
  sley_scope_fn *body;
  void *ctx; /* of body and on_failure */
  void *owned;
  sley_drop_fn *drop; /* of owned, when all is over or body will never run */
  bool supervises;
  sley_error_fn *on_failure;
} sley__scope_plan;
sley_promise *sley__with_scope(const sley__scope_plan *plan);
void sley__scope_set_timer(sley_scope *scope, sley_promise *timer);

/* sley_stream_from_at for streams made of something that is to be let go early: unread(ctx) is called
 * when the last place to read from is gone, while next's promise may still be pending. */
sley_stream *sley__stream_from(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop,
                               sley_done_fn *unread);
/* What functions that make streams give when memory is out. */
extern sley_stream sley__stream_nomem;

/* Aborts unless p is d's, the current domain's. */
void sley__promise_check(sley_domain *d, const sley_promise *p, const char *function);
/* A rejected promise that costs no memory: the static out-of-memory rejection. */
sley_promise *sley__nomem_promise(void);

/* Aborts where a function gave what it was lent back as its result, without having taken it: both would be
 * dropped. Before either is. function: what it was given to, at site. Any thread. */
void sley__lent_given_back_slow(const sley_value *lent, const char *function, const char *site);
static inline void sley__lent_given_back(const sley_value *lent, const sley_value *out,
                                         const char *function, const char *site)
{
  if (SLEY__UNLIKELY(out->type != NULL && out->type == lent->type && out->ptr == lent->ptr))
    sley__lent_given_back_slow(lent, function, site);
}
/* The same of what p, the function's result, is fulfilled with, if it is. */
void sley__lent_settles(const sley_value *lent, sley_promise *p, const char *function,
                        const char *site);
/* function gives v away, for good: where debugging, aborts if v is a callback's for its time only. */
void sley__value_given_slow(const sley_domain *d, const sley_value *v, const char *function,
                            const char *site);
static inline void sley__value_given(const sley_domain *d, const sley_value *v,
                                     const char *function, const char *site)
{
  if (SLEY__LIKELY(!d->alone) || v->type == NULL) return;
  sley_value given = *v; /* the caller's stays where it is, in registers */
  sley__value_given_slow(d, &given, function, site);
}
/* Aborts where e is gone as far as its memory shows it, always where debugging; or another copy's. Any
 * thread. */
void sley__error_check(const sley_error *e, const char *function, const char *site);
int sley__length_of_name(const char *function); /* without _at, as the caller knows it */
_Noreturn void sley__no_error(const char *function, const char *site);
/* From now on errors that are dropped keep their memory for a while, so that a later use is seen. */
void sley__errors_debug(void);
/* Marks e as shared between threads: counted atomically from now on. Call it before e (and so its
 * causes) is handed to another thread. */
void sley__error_share(sley_error *e);
/* Notes in e's trace that it passed site; before it is shared. */
void sley__error_pass(sley_error *e, const char *site);
/* The forms of sley_error_new and sley_error_wrap that take a list of arguments. */
sley_error *sley__error_new_list(const char *site, const sley_error_kind *kind, int code,
                                 const char *format, va_list arguments);
sley_error *sley__error_wrap_list(const char *site, sley_error *cause, const char *format,
                                  va_list arguments);
/* An error of kind errno: "WHAT: TEXT". */
sley_error *sley__error_errno(const char *site, int errno_value, const char *what);
/* What a negative code stands for. */
sley_error *sley__error_of_code(int code);

/* Takes the outcome of a settled promise: *out (may be NULL) by sley_take's rule and NULL, or an owned
 * error. Consumes p. */
sley_error *sley__finish(sley_promise *p, sley_value *out);

/* The values as a list that owns them, which become unit. NULL: out of memory, they are left. */
sley_list *sley__list_of(sley_domain *d, sley_value *values, size_t n);

/* Says why v, which is what, may not leave its domain. */
sley_error *sley__send_error(const char *site, const sley_value *v, const char *what);
/* Says why sley_value_dup of v, which is what, failed with code. */
sley_error *sley__dup_error(const char *site, const sley_value *v, int code, const char *what);
/* Makes v ready for another domain by its type's rule. 0 or -SLEY_ESEND (v unchanged). */
int sley__value_send(sley_value *v);

/* Makes a domain that is not entered. Any thread. */
sley_domain *sley__domain_make(sley_runtime *runtime, const char *name,
                               const sley_allocator *allocator); /* NULL: the runtime's */
/* The two halves of sley_domain_end: ends what the floors above hung in, reports and frees what is
 * left (d must be current; returns how many promises were left); makes it no longer one of its
 * runtime's, and lets go of the handle of whoever ends it (not current). */
size_t sley__domain_clear(sley_domain *d, sley_report_fn *report, void *ctx);
void sley__domain_over(sley_domain *d);
/* One handle less; the last frees the memory, and ends what was not over. Any thread. */
void sley__domain_release(sley_domain *d);
/* Aborts where a fiber runs: what follows would run the loop on its stack, and nobody else's. */
void sley__refuse_in_fiber(sley_domain *d, const char *function);
/* Cancels the promises of all fibers that wait, once each. */
void sley__fibers_cancel(sley_domain *d);
/* What a callback given to function at site returned; aborts with advice where it is NULL. */
_Noreturn void sley__returned_null(const char *function, const char *site);
static inline sley_promise *sley__returned(sley_promise *p, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(p == NULL)) sley__returned_null(function, site);
  return p;
}
/* Gives the async hook an error. Consumes e. */
void sley__async_error(sley_domain *d, sley_error *e, const char *site);

/* Appends to a text of size bytes of which used are taken; counts on when it is full. */
void sley__append(char *text, size_t size, size_t *used, const char *format, ...) SLEY_PRINTF(4, 5);
/* Writes text as a JSON string. */
void sley__json_string(sley_write_fn *write, void *ctx, const char *text);
/* Copies a value word by word: in one piece it would have to wait until the two words, if they were just
 * written, have left the store buffer. */
static inline void sley__value_put(sley_value *to, const sley_value *from)
{
  to->u = from->u;
  to->type = from->type;
}

/* sley_with_value, for what is done often with the same value: where no other storage is current, the
 * storage is made once and kept in *cached (NULL at first) until it is forgotten. Owner. */
sley_promise *sley__with_cached(struct sley__storage **cached, const sley_key *key, sley_value v,
                                sley_start_fn *start, void *ctx);
void sley__storage_forget(struct sley__storage **cached);

/* Nesting level of cross-domain calls, kept in the storage under this key. */
extern const sley_key sley__call_level;

#endif
