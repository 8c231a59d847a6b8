/* The works of a half: those in line, and bodies, which have the half for themselves. See line.c. */
#ifndef SLEY_IO_LINE_H
#define SLEY_IO_LINE_H

#include "io/channel/half.h"

typedef enum sley__step {
  SLEY__STEP_DONE,  /* *v is its value, or *e its error, owned */
  SLEY__STEP_MORE,  /* more is needed: data, or room; attempted again when there is */
  SLEY__STEP_RUNS,  /* a body runs, and ends the work */
  SLEY__STEP_LEAVES /* output: it waits outside of the line from now on */
} sley__step;

/* A kind of work on a half. */
typedef struct sley__work_type {
  sley__operation_type operation; /* its cancel is sley__work_cancel */
  size_t bytes;                   /* of the struct that begins with a sley__work */
  /* Called when it is the first in line, and again when there is more. Input: only if `need` bytes are unread, or no more
   * will come (sley__input_is_over): then it must not ask for more. Runs no callback. */
  sley__step (*attempt)(struct sley__work *work, sley_value *v, sley_error **e);
  /* Input: its attempt when `need` bytes are unread and more can come, without a look at that; MORE: the first in line is
   * to be attempted. It can end itself, with callbacks. NULL: it has none. */
  sley__step (*call)(struct sley__work *work, sley_value *v, sley_error **e);
  void (*drop)(struct sley__work *work); /* its struct goes; NULL: it owns nothing */
  /* It has to stand behind others: copies what is the caller's as soon as the call has returned. false: out of memory.
   * NULL: nothing is. */
  bool (*copy)(struct sley__work *work);
  bool
      starts_in_line; /* it has its place there before the first attempt, which can then run callbacks */
  bool has_body;      /* it runs one under a sley__lock */
  bool may_when_closed; /* it can be started on a half that is closed */
  bool goes_on;         /* a cancel ends only the waiting for it */
  bool lends; /* who waits is to run at once, also where others wait for the end of a callback */
  /* Of works in memory of their owner's, who has no promise: it is over, with e if there is one, or canceled. Consumes v
   * and e. NULL: it is the data of an operation. */
  void (*over)(struct sley__work *work, sley_value v, sley_error *e);
  const char *(*site)(const struct sley__work *work); /* of those; where it was asked for */
} sley__work_type;

typedef struct sley__work {
  const sley__work_type *type;
  struct sley__work *next;
  sley__half *half;
  union {
    size_t need; /* input: bytes to be unread before an attempt */
    uint64_t
        target; /* output, outside the line: the position up to which all is to be sent; 0: below the low mark */
  };
  uint8_t depth; /* of the handle by which it was asked for */
  bool is_canceled;
  bool is_running; /* and ends by itself */
  uint32_t looks;  /* that found it waiting: see limited.c */
} sley__work;
enum { SLEY__LOOKS_OVER = INT32_MAX }; /* it is being rejected for a limit of time */

static inline sley_input *sley__work_input(const sley__work *work)
{
  return (sley_input *)(void *)work->half;
}
static inline sley_output *sley__work_output(const sley__work *work)
{
  return (sley_output *)(void *)work->half;
}

/* The half behind a handle; aborts if it is none, or belongs to a body that has ended. */
sley__half *sley__half_check_slow(const void *handle, const char *function, const char *site);
static inline unsigned sley__depth_of(const void *handle)
{
  return (uintptr_t)handle & SLEY__DEPTH_MOST;
}
static inline sley__half *sley__half_of(const void *handle)
{
  return (sley__half *)((uintptr_t)handle & ~(uintptr_t)SLEY__DEPTH_MOST);
}
static inline sley__half *sley__half_check(const void *handle, const char *function,
                                           const char *site)
{
  sley__half *half = sley__half_of(handle);
  if (SLEY__UNLIKELY(half == NULL || !sley__io_is_here(sley__io_of_half(half)) ||
                     sley__depth_of(handle) > half->depth))
    return sley__half_check_slow(handle, function, site);
  return half;
}
/* What a work with a body needs as long as that runs, when it has the half for itself. It lies on the stack, and goes to
 * memory of its own when the body has to be waited for. */
typedef struct sley__lock {
  sley__work *work;
  sley__line inside;  /* works that the body asks for */
  sley__top outer;    /* of the half, as it was before */
  sley_promise *body; /* pending; one reference. NULL: the function that gives it runs */
  uint64_t before;    /* the half's position as it began */
  bool was_over;      /* input: at that time */
  bool is_reserve;    /* its memory is of the domain's reserve */
  bool has_ended; /* its body has, while one inside it still runs: it ends in the turn after that */
  sley_done_fn *done; /* once it waits: see sley__lock_wait */
  struct sley__later later;
} sley__lock;

/* The line of the current depth. */
static inline sley__line *sley__half_line(sley__half *half)
{
  return half->depth == 0 ? &half->top.line : &half->top.lock->inside;
}
/* The first work of the current depth; NULL: there is none. */
static inline sley__work *sley__half_first(const sley__half *half)
{
  const sley__work *last = half->depth == 0 ? half->top.line.last : half->top.lock->inside.last;
  return last != NULL ? last->next : NULL;
}
/* The next one in line; work NULL: the first. NULL: there is none. */
static inline sley__work *sley__line_next(const sley__line *line, const sley__work *work)
{
  if (work == line->last) return NULL;
  return work != NULL ? work->next : line->last->next;
}
/* Whether nothing is under way or in line that a call through this handle would overtake. */
static inline bool sley__half_is_free(const sley__half *half, const void *handle)
{
  if (half->depth != sley__depth_of(handle)) return false;
  return half->depth == 0 ? half->top.line.last == NULL : half->top.lock->inside.last == NULL;
}
/* Whether a call without a promise can use the half behind handle now without any further check. */
static inline bool sley__half_is_here(const sley__half *half, const void *handle)
{
  return SLEY__LIKELY((uintptr_t)handle > SLEY__DEPTH_MOST && half->free_in == sley__current->id &&
                      half->depth == sley__depth_of(handle));
}
/* That half, of this kind; else NULL. */
static inline sley_input *sley__input_if_free(const sley_input *handle)
{
  sley_input *in = (sley_input *)(void *)sley__half_of(handle);
  return sley__half_is_here(&in->half, handle) ? in : NULL;
}
static inline sley_output *sley__output_if_free(const sley_output *handle)
{
  sley_output *out = (sley_output *)(void *)sley__half_of(handle);
  return sley__half_is_here(&out->half, handle) ? out : NULL;
}
/* Call when any of this has changed: the first in line, the depth, what is closed, an output's error. Owner. */
static inline void sley__half_look(sley__half *half)
{
  bool is_free = sley__half_line(half)->last == NULL && !half->is_closed &&
                 (half->error == NULL || !half->is_output);
  half->free_in = is_free ? sley__current->id : SLEY__NOT_FREE;
}
static inline void sley__half_close(sley__half *half)
{
  half->is_closed = true;
  half->free_in = SLEY__NOT_FREE;
}
/* Does it at once if that can be, else puts a copy of it in line. wanted: type and own members are set, and NULL-safe
 * for drop; consumed. */
sley_promise *sley__work_start(const char *site, const char *function, const void *handle,
                               sley__work *wanted);
/* The same, for a work that waits outside the line of an output. */
sley_promise *sley__work_start_outside(const char *site, const char *function,
                                       const sley_output *handle, const sley__work *wanted);
/* Puts one in line that its owner has, in its own memory, and attempts it if it is the first. It can be over when this
 * returns, and callbacks run here. Its half and its type are set; the half is open and free, and its object is held. */
void sley__work_begin(sley__work *work);
/* Puts it in line without an attempt; half and depth are set. */
void sley__work_put(sley__work *work);
/* Cancels it; callbacks run here if its owner has it. */
void sley__work_cancel(void *data);
/* Takes it out of its line, and frees nothing. */
void sley__work_leave(sley__work *work);
/* Settles a work that is in no line: with e if there is one. Callbacks run here. */
void sley__work_settle(sley__work *work, sley_value v, sley_error *e);
/* Rejects all works of all depths but those whose body runs: these are canceled. Consumes e. */
void sley__half_reject_all(sley__half *half, sley_error *e);

/* The same with those that are marked (SLEY__LOOKS_OVER); the others go on. The object must be held. */
void sley__half_reject_marked(sley__half *half, sley_error *e);
/* Where it was asked for; "": it is in no line yet, and if it fails then, its promise has the place. */
const char *sley__work_site(sley__work *work);

/* The handle for the body. */
static inline void *sley__lock_enter(sley__lock *lock, sley__work *work)
{
  sley__half *half = work->half;
  lock->work = work;
  lock->inside.last = NULL;
  lock->outer = half->top;
  lock->body = NULL;
  lock->has_ended = false;
  lock->before = half->position;
  half->top.lock = lock;
  work->is_running = true;
  half->depth++;
  sley__half_look(half);
  return (char *)half + half->depth;
}

/* Rejects what the body has asked for and not waited for. */
void sley__lock_left_inside(sley__half *half);
/* The body of the innermost lock has ended before one inside it, and that is over now. */
void sley__lock_uncovered(const sley__half *half);
static inline void sley__lock_leave(const sley__lock *lock)
{
  sley__half *half = lock->work->half;
  if (SLEY__UNLIKELY(lock->inside.last != NULL)) sley__lock_left_inside(half);
  half->depth--;
  lock->work->is_running = false;
  half->top = lock->outer;
  sley__half_look(half);
  if (SLEY__UNLIKELY(half->depth > 0 && half->top.lock->has_ended)) sley__lock_uncovered(half);
}
/* Whether a body inside of this one still runs. */
static inline bool sley__lock_is_covered(const sley__lock *lock)
{
  return lock->work->half->top.lock != lock;
}
/* Holds the object and waits for the end of the body, which it consumes and cancels if it is wanted no more, and of those
 * inside it, then calls done with a lock in other memory; done begins with sley__lock_over. */
void sley__lock_wait(const sley__lock *lock, sley_promise *body, sley_done_fn *done);
/* Leaves the lock and frees its memory. Returns what it was; its object still has the holder. */
static inline sley__lock sley__lock_over(void *lock)
{
  sley__lock was = *(const sley__lock *)lock;
  ((sley__lock *)lock)->body = NULL;
  sley__lock_leave(lock);
  sley__free(sley__current, lock, was.is_reserve ? SLEY__RESERVE_BYTES : sizeof(was));
  return was;
}

#endif
