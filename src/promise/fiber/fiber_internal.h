/* Fibers: what the files of this name share.
 *
 * Words used in these files:
 *   fiber     a function that runs on a stack of its own and may wait; its struct lies at the top of
 *             that stack, so a parked fiber costs what its stack has touched, and its result's cell.
 *   result    the promise sley_spawn gives: a cell whose node is on the promise the fiber awaits, as
 *             a bind's is on its input. That is all the resolution loop knows of fibers.
 *   parked    waiting in sley_await.       back   the stack that resumed the fiber, gone on with
 *             when the fiber parks or ends; another fiber's or the thread's.
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

/* The result of a spawn. To the loop and to cancel it is a single whose callback is the fiber. */
typedef struct fiber_cell {
  sley_promise cell;
  node node;
  struct sley__fiber *fiber; /* NULL once it has ended */
  bool not_cancelable;
  bool awaits_guard; /* has awaited a guard, which may be one of its own result */
} fiber_cell;
_Static_assert(offsetof(fiber_cell, node) == offsetof(single, node), "the same place");

enum { CHUNK_STACKS = 32 };

/* Stacks that were mapped together; each has its guard below it. */
typedef struct stack_chunk {
  struct sley__dlist place; /* in the pool's list of those with or without room */
  char *memory;
  uint32_t count;  /* stacks */
  uint32_t carved; /* the first so many have their guard */
  uint32_t cold;   /* a bit each: carved and free, without memory */
  unsigned class;
#ifdef SLEY__FIBER_VALGRIND
  unsigned valgrind_ids[CHUNK_STACKS];
#endif
} stack_chunk;

enum {
  FIBER_FREE, /* only its stack is there */
  FIBER_RUNNING,
  FIBER_PARKED,
  FIBER_ENDED,
  FIBER_STUCK /* did not end with its domain; never resumed */
};

enum { WANTS_NOTHING, WANTS_VALUE, WANTS_INT };

/* What every spawn and await touches comes first; the stack begins right below. */
struct sley__fiber {
  sley__context self, back;
  fiber *outer; /* the fiber that resumed this one */
  fiber_cell *result;
  sley_domain *domain;

  /* The domain's state that belongs to a stack. While the fiber runs: that of the stack it was resumed
   * from, to be put back. storage: the fiber's own while it is parked. */
  storage *storage;
  sley_promise *frames;
  struct sley__lent *lent;
  uint32_t depth;
  bool freeing;

  uint8_t state;
  bool was_parked;
  uint8_t wants;
  bool has_name;
  bool swapped;     /* of the domain's state also what is below */
  bool is_tidy;     /* of a free stack: looked at since it was used */
  uint32_t refused; /* awaits answered Canceled because the domain ends */
  void *out;        /* where what it wants goes */
  sley_error *error;
  const char *awaits_at;      /* site of the last sley_await */
  const sley_promise *source; /* the promise that it was resumed for */
  sley_promise *given;        /* what fn returned */
  sley_start_fn *fn;
  void *ctx;
  sley_drop_fn *drop;

  size_t quarter; /* of the stack, which is what immediate callbacks may use */
  fiber *next_warm;
  const char *looked_at; /* of a free stack, for traces of deep use; NULL: nowhere */
  uint32_t class, index; /* index: in its chunk */
  stack_chunk *chunk;
  char *low, *top; /* of the stack; the guard is below low */

  uint32_t immediate;
  node *queue, **queue_end;
  uintptr_t stack_base;
  size_t stack_limit;
  /* Where the switch is not made in tail position: what the stack behind does next, and gets. */
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
  uint32_t warm_room[STACK_CLASSES]; /* how many more may stay warm */
  /* Two numbers keep three: live = peak - room, spawned = ended + live. */
  int64_t room; /* how many more fibers may live before there are more than ever */
  uint64_t ended, peak;
  uint64_t stacks, trimmed;
  /* Settled cells onto whose lists the nodes of fibers go that must not wait longer. */
  sley_promise canceled, abandoned;
  bool watermarks;    /* memory below a stack pointer may be looked at */
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

/* fiber.c: leaves f's stack for good. Comes back if it is resumed, which must not be. */
void sley__fiber_stop(sley_domain *d, fiber *f);
/* What of the domain's state is rarely there to be swapped. */
void sley__fiber_swap_more(sley_domain *d, fiber *f);
void sley__fiber_swap_more_back(sley_domain *d, fiber *f);
/* What a spawn returns whose fiber has parked, when something else is to be done first. */
void *sley__fiber_parked(void *argument);
/* fiber_await.c: the running fiber, which may wait here; aborts otherwise. */
fiber *sley__fiber_here(sley_domain *d, const char *site, const char *function);

/* fiber_stack.c */
void sley__stacks_init(struct sley__fibers *pool);
/* A stack of at least bytes with its fiber's struct at the top, of which chunk, index, low, top and
 * the checkers' parts are filled in. NULL: *why says which call failed, errno why; or no memory. */
fiber *sley__stack_take(sley_domain *d, size_t bytes, const char **why);
/* Gives back a stack with its memory, which may unmap it; of one that is free and was used deeply, that
 * part. */
void sley__stack_cool(sley_domain *d, fiber *f);
void sley__stack_tidy(sley_domain *d, fiber *f);
/* Unmaps everything; what is live is lost. */
void sley__stacks_release(sley_domain *d);
/* Calls f for the live fibers, in no order, until it returns true; which one that was, or NULL. */
fiber *sley__fibers_find(sley_domain *d, bool (*f)(void *ctx, fiber *f), void *ctx);
/* The system calls behind it, for tests to fail. */
extern struct sley__stack_calls {
  void *(*map)(size_t bytes);                  /* NULL: failed */
  int (*guard)(void *memory, size_t bytes);    /* 0 or -1, MADV_GUARD_INSTALL */
  int (*protect)(void *memory, size_t bytes);  /* 0 or -1, mprotect */
  void (*discard)(void *memory, size_t bytes); /* its memory, not its place */
  int (*unmap)(void *memory, size_t bytes);    /* 0 or -1 */
} sley__stack_calls;
size_t sley__stack_guard_bytes(void);

/* fiber_end.c: what a fiber awaits will never settle. */
void sley__fiber_abandon(sley_domain *d, sley_promise *cell);
/* How fibers hang in their domain. */
extern const struct sley__part sley__fibers_part;
/* fiber_fault.c. The handlers are there while some domain has fibers; a thread has a stack for them while it
 * has entered such a domain. */
void sley__fault_begin(sley_domain *d);
void sley__fault_end(sley_domain *d);
void sley__fault_enter(sley_domain *d);
void sley__fault_leave(sley_domain *d);

/* The domain ends: NULL if canceling p has settled it; otherwise it is dropped. */
sley_error *sley__await_refused(sley_domain *d, struct sley__fiber *f, const char *site,
                                sley_promise *p);

/* fiber_await.c: sley_await_int at site found v. */
_Noreturn void sley__await_not_an_int(const char *site, const sley_value *v);

#endif
