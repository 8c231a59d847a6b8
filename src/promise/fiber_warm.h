/* The quick ways to a stack and back: those that are warm. With address checks stacks are larger. */
#ifndef SLEY_PROMISE_FIBER_WARM_H
#define SLEY_PROMISE_FIBER_WARM_H

#include "promise/fiber_checkers.h"

#define STACK_CLASS_DEFAULT (STACK_DEFAULT - STACK_LEAST + (STACK_FACTOR == 1 ? 0 : 2))

/* Of a deeply used stack the kernel gets back what is more than KEPT_BYTES below the top. It is known by
 * what calls have left in the LARGE_PLACE below: if their frames are not larger, there is something in a
 * place. So a small place is looked at each time, in turn one of several, and all of it now and then.
 * Reading untouched pages costs no memory: the kernel shows one page of zeros for all. The small places
 * are in the first half of a page: at the end are the lines that the fiber has just written in another
 * page, for which a processor takes them. */
enum { KEPT_BYTES = 16384, LARGE_PLACE = 8192 };
enum { SMALL_PLACE = 128, SMALL_PLACES = 16, CLOSELY_EVERY = 64 };

typedef uint64_t words __attribute__((vector_size(16), may_alias));

/* bytes: a constant, multiple of 64. */
NO_ADDRESS_CHECK static SLEY__ALWAYS_INLINE bool any_written(const char *from, size_t bytes)
{
  const words *at = (const words *)(const void *)from;
  words a = {0}, b = {0}, c = {0}, e = {0};
  for (size_t i = 0; i < bytes / sizeof(words); i += 4) {
    a |= at[i];
    b |= at[i + 1];
    c |= at[i + 2];
    e |= at[i + 3];
  }
  words all = (a | b) | (c | e);
  return (all[0] | all[1]) != 0;
}

static inline void stack_counted(struct sley__fibers *pool)
{
  if (SLEY__UNLIKELY(--pool->room < 0)) {
    pool->room = 0;
    pool->peak++;
  }
}

static inline void stack_take_warm(struct sley__fibers *pool, fiber *f, unsigned class)
{
  pool->warm[class] = f->next_warm;
  pool->warm_room[class]++;
  stack_counted(pool);
  checkers_taken(f);
}

static inline bool stack_stays_warm(const sley_domain *d, const fiber *f)
{
  return d->fibers->warm_room[f->class] != 0;
}

/* Of a stack that stays warm: the next spawn may take it. */
static SLEY__ALWAYS_INLINE void stack_give_warm(sley_domain *d, fiber *f)
{
  struct sley__fibers *pool = d->fibers;
  pool->room++;
  uint64_t turn = ++pool->ended;
  f->state = FIBER_FREE;
  checkers_given(f);
  if (SLEY__LIKELY(f->looked_at != NULL) &&
      SLEY__UNLIKELY(turn % CLOSELY_EVERY == 0 ||
                     any_written(f->looked_at + turn % SMALL_PLACES * SMALL_PLACE, SMALL_PLACE)))
    sley__stack_trim(d, f);
  f->next_warm = pool->warm[f->class];
  pool->warm[f->class] = f;
  pool->warm_room[f->class]--;
}

#endif
