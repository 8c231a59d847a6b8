/* The timers that a loop could have, behind one set of functions: the wheel of src/reactor, libev's heap and a pairing
 * heap. Timers are numbered; times are nanoseconds from the set's beginning. Each call does many operations, so that
 * the call itself does not count. */
#ifndef BENCH_TIMERS_H
#define BENCH_TIMERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct timer_set timer_set;

typedef struct timer_kind {
  const char *name;
  timer_set *(*make)(unsigned count);
  void (*drop)(timer_set *);
  void (*start)(timer_set *, unsigned number, int64_t due);
  void (*stop)(timer_set *, unsigned number);
  void (*pairs)(timer_set *, unsigned number, int64_t due, long count); /* started and stopped */
  void (*restarts)(timer_set *, const unsigned *numbers, int64_t due, long count);
  /* Runs what is due at each time of a clock that moves by at most 50 ms, until nothing is left. Returns how many ran;
   * those too early or out of order add to *wrong. */
  long (*fire)(timer_set *, const unsigned *steps, long *wrong);
} timer_kind;

enum { TIMER_STEPS = 4096 }; /* a power of 2 */

extern const timer_kind timer_kinds[];
extern const int timer_kinds_count;

#ifdef __cplusplus
}
#endif
#endif
