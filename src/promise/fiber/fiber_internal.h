/* Fibers: shared by the files named fiber_*.
 *
 * Terms used in these files:
 *   fiber     a function that runs on a stack of its own and can wait. Its struct lies at the top of that stack, so a
 *             parked fiber costs the part of its stack that was touched, and its result's cell.
 *   result    the promise that sley_spawn returns: a cell whose node is on the awaited promise, as a bind's is on its
 *             input. The resolution loop knows nothing else of fibers.
 *   parked    waiting in sley_await.       back   the stack that resumed the fiber, and that continues when the fiber
 *             parks or ends; another fiber's or the thread's.
 *   warm      a free stack that still has memory in it.   cold   a free stack without. */
#ifndef SLEY_FIBER_INTERNAL_H
#define SLEY_FIBER_INTERNAL_H

#include "promise/fiber/fiber_switch.h"
#include "promise/fiber/floor.h"
#include "promise/scheduler/scheduler.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLEY__FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define SLEY__FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLEY__FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define SLEY__FIBER_TSAN 1
#endif
#endif
#if !defined(SLEY__FIBER_ASAN) && !defined(SLEY__FIBER_TSAN) && defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#define SLEY__FIBER_VALGRIND 1
#endif
#endif

typedef struct sley__fiber fiber;

/* The result of a spawn. For the loop and for cancel it is a single whose callback is the fiber. */
typedef struct fiber_cell {
  sley_promise cell;
  node node;
  struct sley__fiber *fiber; /* NULL once it has ended */
  bool not_cancelable;
  bool awaits_guard; /* has awaited a guard, possibly one of its own result */
} fiber_cell;
_Static_assert(offsetof(fiber_cell, node) == offsetof(single, node), "the same place");

enum { CHUNK_STACKS = 32 };

/* Stacks that were mapped together; each has its guard below it. */
typedef struct stack_chunk {
  struct sley__dlist place; /* in the pool's list of chunks with or without room */
  char *memory;
  uint32_t count;  /* stacks */
  uint32_t carved; /* this many, from the first, have their guard */
  uint32_t cold;   /* a bit for each stack: carved and free, without memory */
  unsigned class;
#ifdef SLEY__FIBER_VALGRIND
  unsigned valgrind_ids[CHUNK_STACKS];
#endif
} stack_chunk;

enum {
  FIBER_FREE, /* only its stack exists */
  FIBER_RUNNING,
  FIBER_PARKED,
  FIBER_ENDED,
  FIBER_STUCK /* did not end with its domain; never resumed */
};

enum { WANTS_NOTHING, WANTS_VALUE, WANTS_INT };

/* The fields that every spawn and await uses come first; the stack begins right below. */
struct sley__fiber {
  sley__context self, back;
  fiber *outer; /* the fiber that resumed this one */
  fiber_cell *result;
  sley_domain *domain;

  /* The domain's state that belongs to a stack. While the fiber runs: that of the stack that resumed it, to be
   * restored. storage: while parked, the fiber's own. */
  storage *storage;
  sley_promise *frames;
  struct sley__lent *lent;
  uint32_t depth;
  bool freeing;

  uint8_t state;
  bool was_parked;
  uint8_t wants;
  bool has_name;
  bool swapped;     /* swap_more has swapped the fields below, too */
  bool is_tidy;     /* free stack: checked since it was last used */
  uint32_t refused; /* awaits that returned Canceled because the domain ends */
  void *out;        /* where to store what it wants */
  sley_error *error;
  const char *awaits_at;      /* site of the last sley_await */
  const sley_promise *source; /* the promise for which it was resumed */
  sley_promise *given;        /* what fn returned */
  sley_start_fn *fn;
  void *ctx;
  sley_drop_fn *drop;

  size_t quarter; /* of the stack: the limit of immediate callbacks */
  fiber *next_warm;
  const char *looked_at; /* free stack: where to search for traces of deep use; NULL: nowhere */
  uint32_t class, index; /* index: in its chunk */
  stack_chunk *chunk;
  char *low, *top; /* of the stack; the guard is below low */

  uint32_t immediate;
  node *queue, **queue_end;
  uintptr_t stack_base;
  size_t stack_limit;
  /* If the switch is not in tail position: what the stack behind does next, and receives. */
  void *(*then)(void *f);
  void *handed;
#ifdef SLEY__FIBER_ASAN
  void *fake, *back_fake;
  const void *back_low;
  size_t back_bytes;
#endif
#ifdef SLEY__FIBER_TSAN
  void *thread, *back_thread;
#endif
  char name[32]; /* if it was given one */
};

enum { STACK_CLASSES = 18, STACK_LEAST = 14 /* 16 KiB */, STACK_DEFAULT = 18 /* 256 KiB */ };

struct sley__fibers {
  fiber *warm[STACK_CLASSES];
  uint32_t warm_room[STACK_CLASSES]; /* how many more can stay warm */
  /* Two numbers hold three: live = peak - room, spawned = ended + live. */
  int64_t room; /* how many more fibers can live before a new peak */
  uint64_t ended, peak;
  uint64_t stacks, trimmed;
  /* Settled cells. The nodes of fibers whose wait must end are moved onto their lists. */
  sley_promise canceled, abandoned;
  bool watermarks;    /* memory below a stack pointer can be read */
  size_t page, guard; /* bytes */
  struct sley__dlist roomy[STACK_CLASSES], full[STACK_CLASSES];
};

/* The fiber's name, or where it was spawned. */
static inline const char *sley__fiber_name(const fiber *f)
{
  if (f->has_name) return f->name;
  const char *site = f->result->cell.site;
  return site[0] != '\0' ? site : "of an unknown place";
}

/* fiber.c: leaves f's stack for good; f must not be resumed. */
void sley__fiber_stop(sley_domain *d, fiber *f);
/* Swaps the state of the domain that is rarely set. */
void sley__fiber_swap_more(sley_domain *d, fiber *f);
void sley__fiber_swap_more_back(sley_domain *d, fiber *f);
/* The result of a spawn whose fiber has parked, if the domain must first be settled down. */
void *sley__fiber_parked(void *argument);
/* fiber_await.c: the running fiber, if it can wait here; aborts otherwise. */
fiber *sley__fiber_here(sley_domain *d, const char *site, const char *function);

/* fiber_stack.c */
void sley__stacks_init(struct sley__fibers *pool);
/* A stack of at least bytes with its fiber's struct at the top; chunk, index, low, top and the checkers' fields are
 * initialized. NULL: *why names the failed call, and errno is set; or no memory. */
fiber *sley__stack_take(sley_domain *d, size_t bytes, const char **why);
/* The first frees a stack and its memory, which can unmap it; the second discards what deep use left in a free one. */
void sley__stack_cool(sley_domain *d, fiber *f);
void sley__stack_tidy(sley_domain *d, fiber *f);
/* Unmaps everything, live stacks included. */
void sley__stacks_release(sley_domain *d);
/* Calls f for the live fibers, in no order, until it returns true; returns that fiber, or NULL. */
fiber *sley__fibers_find(sley_domain *d, bool (*f)(void *ctx, fiber *f), void *ctx);
/* The system calls used; tests replace them to make them fail. */
extern struct sley__stack_calls {
  void *(*map)(size_t bytes);                  /* NULL: failed */
  int (*guard)(void *memory, size_t bytes);    /* 0 or -1, MADV_GUARD_INSTALL */
  int (*protect)(void *memory, size_t bytes);  /* 0 or -1, mprotect */
  void (*discard)(void *memory, size_t bytes); /* frees the memory, keeps the mapping */
  int (*unmap)(void *memory, size_t bytes);    /* 0 or -1 */
} sley__stack_calls;
size_t sley__stack_guard_bytes(void);

/* fiber_end.c: the promise that a fiber awaits will never settle. */
void sley__fiber_abandon(sley_domain *d, sley_promise *cell);
/* The part that attaches fibers to their domain. */
extern const struct sley__part sley__fibers_part;
/* fiber_fault.c. The handlers are installed while some domain has fibers; a thread has a stack for them while it has
 * entered such a domain. */
void sley__fault_begin(sley_domain *d);
void sley__fault_end(sley_domain *d);
void sley__fault_enter(sley_domain *d);
void sley__fault_leave(sley_domain *d);

/* For an await while the domain ends: NULL if canceling p has settled it; otherwise p is dropped. */
sley_error *sley__await_refused(sley_domain *d, struct sley__fiber *f, const char *site,
                                sley_promise *p);

/* fiber_await.c: aborts because sley_await_int at site found v. */
_Noreturn void sley__await_not_an_int(const char *site, const sley_value *v);

#endif
