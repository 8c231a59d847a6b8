/* Bodies: functions that have a half to themselves until their promise is settled. */
#include "io/channel/channel.h"

_Static_assert(sizeof(sley__lock) <= SLEY__RESERVE_BYTES, "the reserve's nodes can be locks");

/* Its body must not be lost: out of memory, it goes to the domain's reserve. */
static sley__lock *lock_move(const sley__lock *lock)
{
  sley_domain *d = sley__current;
  sley__lock *own = sley__alloc(d, sizeof(*own));
  bool is_reserve = own == NULL;
  if (SLEY__UNLIKELY(is_reserve)) own = sley__reserve_take(d, false);
  *own = *lock;
  own->is_reserve = is_reserve;
  sley__lock **place = &lock->work->half->top.lock;
  while (*place != lock) place = &(*place)->outer.lock;
  *place = own;
  return own;
}

static void lock_later(struct sley__later *later)
{
  sley__lock *lock = SLEY__CONTAINER(later, sley__lock, later);
  if (!sley__lock_is_covered(lock)) lock->done(lock);
}

void sley__lock_uncovered(const sley__half *half)
{
  sley__run_later(sley__io_state_of(sley__io_of_half(half)), &half->top.lock->later);
}

static void lock_body_over(void *ctx)
{
  sley__lock *lock = ctx, *inner = lock->work->half->top.lock;
  if (SLEY__LIKELY(inner == lock)) {
    lock->done(lock);
    return;
  }
  lock->has_ended = true;
  while (inner->outer.lock != lock) inner = inner->outer.lock;
  if (inner->body != NULL) sley_cancel(inner->body);
}

void sley__lock_wait(const sley__lock *lock, sley_promise *body, sley_done_fn *done)
{
  sley__lock *own = lock_move(lock);
  const sley__work *work = own->work;
  sley__io_hold(sley__io_of_half(work->half));
  own->body = body;
  own->done = done;
  own->later = (struct sley__later){.run = lock_later};
  if (SLEY__UNLIKELY(!sley_is_pending(body))) {
    lock_body_over(own);
    return;
  }
  bool is_unwanted = work->is_canceled || (work->depth > 0 && own->outer.lock->has_ended);
  sley_on_termination(body, lock_body_over, own);
  if (SLEY__UNLIKELY(is_unwanted)) sley_cancel(body);
}
