/* The fast paths for taking and freeing warm stacks. With address checks stacks are larger. */
#ifndef SLEY_PROMISE_FIBER_WARM_H
#define SLEY_PROMISE_FIBER_WARM_H

#include "promise/fiber/fiber_checkers.h"

#define STACK_CLASS_DEFAULT (STACK_DEFAULT - STACK_LEAST + (STACK_FACTOR == 1 ? 0 : 2))

static inline void sley__stack_counted(struct sley__fibers *pool)
{
  if (SLEY__UNLIKELY(--pool->room < 0)) {
    pool->room = 0;
    pool->peak++;
  }
}

static inline void sley__stack_take_warm(struct sley__fibers *pool, fiber *f, unsigned class)
{
  pool->warm[class] = f->next_warm;
  pool->warm_room[class]++;
  f->is_tidy = false;
  sley__stack_counted(pool);
  sley__checkers_taken(f);
}

static inline bool sley__stack_stays_warm(const sley_domain *d, const fiber *f)
{
  return d->fibers->warm_room[f->class] != 0;
}

/* Frees a stack that stays warm: the next spawn takes it. Only the stack that will now lie below it is checked for
 * traces of deep use, once: so running one fiber after another costs nothing. */
static SLEY__ALWAYS_INLINE void sley__stack_give_warm(sley_domain *d, fiber *f)
{
  struct sley__fibers *pool = d->fibers;
  fiber *below = pool->warm[f->class];
  pool->room++;
  pool->ended++;
  f->state = FIBER_FREE;
  sley__checkers_given(f);
  if (SLEY__LIKELY(below != NULL) && SLEY__UNLIKELY(!below->is_tidy)) sley__stack_tidy(d, below);
  f->next_warm = below;
  pool->warm[f->class] = f;
  pool->warm_room[f->class]--;
}

#endif
