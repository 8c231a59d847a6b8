/* Switching between stacks, with the domain's state that belongs to them; inlined into fiber.c, fiber_spawn.c and
 * fiber_await.c. */
#ifndef SLEY_PROMISE_FIBER_RUN_H
#define SLEY_PROMISE_FIBER_RUN_H

#include "promise/fiber/fiber_checkers.h"

#if !defined(SLEY_UCONTEXT) && !defined(SLEY__FIBER_ASAN) && !defined(SLEY__FIBER_TSAN)
#define SWITCH_IN_TAIL 1 /* no checker needs a call after the switch */
#endif

static inline void sley__fiber_storage_swap(sley_domain *d, fiber *f)
{
  storage *own = f->storage;
  f->storage = d->storage;
  d->storage = own;
}

/* On the stack that resumes f: installs f's state in the domain. */
static SLEY__ALWAYS_INLINE void sley__fiber_enter(sley_domain *d, fiber *f)
{
  sley__fiber_storage_swap(d, f);
  f->outer = d->fiber;
  f->frames = d->frames;
  f->lent = d->lent;
  f->depth = d->depth;
  f->freeing = d->freeing;
  d->fiber = f;
  f->state = FIBER_RUNNING;
  if (SLEY__UNLIKELY(d->immediate != 0 || d->stack.limit > f->quarter)) sley__fiber_swap_more(d, f);
}

/* On f's own stack: restores the state of the stack behind. */
static SLEY__ALWAYS_INLINE void sley__fiber_leave(sley_domain *d, fiber *f, int state)
{
  f->state = (uint8_t)state;
  d->fiber = f->outer;
  if (SLEY__UNLIKELY(f->swapped)) sley__fiber_swap_more_back(d, f);
  sley__fiber_storage_swap(d, f);
}

/* Begins a fiber, or resumes one, whose sley_await then returns error. Returns what the fiber hands over when it
 * parks or ends. In tail position. */
#ifdef SWITCH_IN_TAIL

static SLEY__ALWAYS_INLINE void *sley__fiber_start(sley_domain *d, fiber *f)
{
  sley__fiber_enter(d, f);
  return sley__context_start(&f->back.sp, f, (void *(*)(void *))f->fn, f->ctx);
}

static SLEY__ALWAYS_INLINE void *sley__fiber_go_on(sley_domain *d, fiber *f, sley_error *error)
{
  sley__fiber_enter(d, f);
  return sley__context_switch(&f->back.sp, f->self.sp, error);
}

#else

void *sley__fiber_begin(void *f);

static inline void *sley__fiber_entered(fiber *f)
{
  sley__checkers_after_enter(f);
  return f->then != NULL ? f->then(f) : f->handed;
}

static inline void *sley__fiber_start(sley_domain *d, fiber *f)
{
  sley__fiber_enter(d, f);
  f->then = NULL;
  sley__checkers_before_enter(f);
#ifdef SLEY_UCONTEXT
  sley__context_make(&f->self, f->low, (char *)f, sley__fiber_begin, f);
  sley__context_switch(&f->back, &f->self);
#else
  sley__context_start(&f->back.sp, f, sley__fiber_begin, f);
#endif
  return sley__fiber_entered(f);
}

#ifdef SLEY_UCONTEXT
#define SWITCH(from, to) sley__context_switch(from, to)
#else
#define SWITCH(from, to) sley__context_switch(&(from)->sp, (to)->sp, NULL)
#endif

static inline void *sley__fiber_go_on(sley_domain *d, fiber *f, sley_error *error)
{
  f->error = error;
  sley__fiber_enter(d, f);
  f->then = NULL;
  sley__checkers_before_enter(f);
  SWITCH(&f->back, &f->self);
  return sley__fiber_entered(f);
}

#endif

/* Switches to the stack behind until f is resumed. Returns the error for sley_await to return. In tail position. */
static SLEY__ALWAYS_INLINE sley_error *sley__fiber_park(sley_domain *d, fiber *f, int state)
{
  sley__fiber_leave(d, f, state);
#ifdef SWITCH_IN_TAIL
  if (SLEY__UNLIKELY(d->untidy) && !f->was_parked) {
    f->was_parked = true;
    return sley__context_switch_then(&f->self.sp, f->back.sp, sley__fiber_parked, f);
  }
  f->was_parked = true;
  return sley__context_switch_back(&f->self.sp, f->back.sp, &f->result->cell);
#else
  if (!f->was_parked) f->then = sley__fiber_parked;
  f->was_parked = true;
  f->handed = NULL;
  sley__checkers_before_park(f);
  SWITCH(&f->self, &f->back);
  sley__checkers_after_park(f);
  return f->error;
#endif
}

#endif
