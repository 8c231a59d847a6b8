/* What AddressSanitizer, ThreadSanitizer, LeakSanitizer and Valgrind must know about stacks. Empty in builds without
 * them; Valgrind's header costs three instructions per mapping. */
#ifndef SLEY_PROMISE_FIBER_CHECKERS_H
#define SLEY_PROMISE_FIBER_CHECKERS_H

#include "promise/fiber/fiber_internal.h"

#ifdef SLEY__FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define NO_ADDRESS_CHECK __attribute__((no_sanitize_address))
#define STACK_FACTOR 4 /* its frames are larger by this factor */
#else
#define NO_ADDRESS_CHECK
#define STACK_FACTOR 1
#endif

#ifdef SLEY__FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifdef SLEY__FIBER_VALGRIND
#include <valgrind/valgrind.h>
#endif

/* Around a switch into f, on the stack that resumes it. */
static inline void sley__checkers_before_enter(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_start_switch_fiber(&f->back_fake, f->low, (size_t)(f->top - f->low));
#endif
#ifdef SLEY__FIBER_TSAN
  f->back_thread = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(f->thread, 0);
#endif
}
static inline void sley__checkers_after_enter(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_finish_switch_fiber(f->back_fake, NULL, NULL);
#endif
}

/* On f's own stack: at its start, around parking, at its end. */
static inline void sley__checkers_begin(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_finish_switch_fiber(NULL, &f->back_low, &f->back_bytes);
#endif
}
static inline void sley__checkers_before_park(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_start_switch_fiber(&f->fake, f->back_low, f->back_bytes);
#endif
#ifdef SLEY__FIBER_TSAN
  __tsan_switch_to_fiber(f->back_thread, 0);
#endif
}
static inline void sley__checkers_after_park(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_finish_switch_fiber(f->fake, &f->back_low, &f->back_bytes);
#endif
}
static inline void sley__checkers_before_end(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_ASAN
  __sanitizer_start_switch_fiber(NULL, f->back_low, f->back_bytes);
#endif
#ifdef SLEY__FIBER_TSAN
  __tsan_switch_to_fiber(f->back_thread, 0);
#endif
}

/* A stack is carved from its mapping; a fiber takes it, and frees it; it is about to be unmapped. */
static inline void sley__checkers_carved(stack_chunk *chunk, uint32_t index, char *low, char *top)
{
  (void)chunk;
  (void)index;
  (void)low;
  (void)top;
#ifdef SLEY__FIBER_ASAN
  /* Pointers on the stack keep memory from being reported as leaked. The guard, unreadable, is excluded. */
  __lsan_register_root_region(low, (size_t)(top - low));
#endif
#ifdef SLEY__FIBER_VALGRIND
  chunk->valgrind_ids[index] = VALGRIND_STACK_REGISTER(low, top);
#endif
}
static inline void sley__checkers_taken(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_TSAN
  f->thread = __tsan_create_fiber(0);
#endif
}
static inline void sley__checkers_given(fiber *f)
{
  (void)f;
#ifdef SLEY__FIBER_TSAN
  __tsan_destroy_fiber(f->thread);
#endif
#ifdef SLEY__FIBER_ASAN
  /* Abandoned frames are still marked. */
  __asan_unpoison_memory_region(f->low, (size_t)(f->top - f->low));
#endif
}
static inline void sley__checkers_unmapped(stack_chunk *chunk, uint32_t index, char *low, char *top)
{
  (void)chunk;
  (void)index;
  (void)low;
  (void)top;
#ifdef SLEY__FIBER_ASAN
  __asan_unpoison_memory_region(low, (size_t)(top - low));
  __lsan_unregister_root_region(low, (size_t)(top - low));
#endif
#ifdef SLEY__FIBER_VALGRIND
  VALGRIND_STACK_DEREGISTER(chunk->valgrind_ids[index]);
#endif
}
/* Whether memory below the stack pointer can be read. */
static inline bool sley__checkers_allow_watermark(void)
{
#ifdef SLEY__FIBER_VALGRIND
  return !RUNNING_ON_VALGRIND;
#else
  return true;
#endif
}

#endif
