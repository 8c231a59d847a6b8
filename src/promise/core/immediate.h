/* Callbacks called immediately, and their limit. */
#ifndef SLEY_CORE_IMMEDIATE_H
#define SLEY_CORE_IMMEDIATE_H

#include "promise/core/life.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_HWADDRESS__)
#define LOCALS_ARE_ELSEWHERE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(hwaddress_sanitizer) || \
    __has_feature(safe_stack)
#define LOCALS_ARE_ELSEWHERE 1
#endif
#endif

bool sley__is_deep(const sley_domain *d);
static inline bool sley__must_queue(const sley_domain *d)
{
  return SLEY__UNLIKELY(d->immediate != 0) && sley__is_deep(d);
}
void sley__queue(sley_domain *d, node *n, sley_promise *source);
/* The address of a local shows the stack's position without a frame pointer. Where checkers keep locals elsewhere or
 * tag their addresses, only the frame address is on the stack. */
static inline void sley__immediate_enter(sley_domain *d)
{
#ifdef LOCALS_ARE_ELSEWHERE
  uintptr_t at = (uintptr_t)__builtin_frame_address(0);
#else
  char here;
  uintptr_t at = (uintptr_t)&here;
#endif
  if (SLEY__LIKELY(d->immediate++ == 0)) d->stack_base = at;
}
void sley__queue_drain_if_shallow(sley_domain *d);
static inline void sley__immediate_leave(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->queue != NULL)) sley__queue_drain_if_shallow(d);
  d->immediate--;
}

#endif
