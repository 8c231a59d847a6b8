/* Timers: a hierarchical timing wheel (Varghese, Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987). Starting
 * and stopping a timer takes constant time and allocates nothing.
 *
 * The wheel has 8 levels of 64 slots; a slot of level 0 is one tick of 2^16 ns, a slot of any other level is as long as
 * the whole level below. A timer lies in the level of the highest digit (to base 64) in which its tick and the wheel's
 * position differ, so the lowest level in use has the next timers, and its first slot in use the very next ones. When
 * the position reaches a slot, its timers move down. Those of the position's own tick are sorted, so timers run in the
 * order of their due times to the nanosecond, and equal ones in the order in which they were started. */
#ifndef SLEY_REACTOR_WHEEL_H
#define SLEY_REACTOR_WHEEL_H

#include <sley/loop.h>

enum { WHEEL_LEVELS = 8, WHEEL_SLOTS = 64, WHEEL_DIGIT = 6 /* bits */, WHEEL_TICK = 16 /* bits */ };

typedef struct sley__timer {
  struct sley__timer *next, **place; /* see SLEY__LIST_PREPEND; place NULL: not started */
  sley_time due;
  uint64_t order; /* of its start */
  void (*fire)(struct sley__timer *timer);
} sley__timer;
_Static_assert(sizeof(void *) != 8 || sizeof(sley__timer) == 40, "connections have several");

typedef struct sley__wheel {
  sley_time wake;                /* nothing is due earlier; INT64_MAX: there is no timer */
  uint64_t position;             /* in ticks */
  uint64_t order;                /* of the next start */
  sley__timer *near, **near_end; /* sorted: those of the position's tick and overdue ones */
  sley__timer *fresh;            /* the same, but not sorted in yet */
  sley_time fresh_wake;          /* nothing in fresh is due earlier */
  void (*sooner)(struct sley__wheel *wheel); /* told when wake has become earlier; NULL: nobody */
  struct sley__loop *loop;                   /* of sooner */
  unsigned levels;                           /* bit n: used[n] is not 0 */
  uint64_t used[WHEEL_LEVELS];               /* bit n: slots[][n] is not empty */
  sley__timer *slots[WHEEL_LEVELS][WHEEL_SLOTS];
} sley__wheel;

void sley__wheel_init(sley__wheel *w, sley_time now);

static inline bool sley__timer_is_started(const sley__timer *timer) { return timer->place != NULL; }
/* The timer must not be started. */
void sley__wheel_start(sley__wheel *w, sley__timer *timer, sley_time due);
/* Starts a timer that may be started. One that lies in a slot stays there if it is due no earlier than before, and moves
 * down from there: only its due time and order are written. */
void sley__wheel_move(sley__wheel *w, sley__timer *timer, sley_time due);
static inline void sley__wheel_restart(sley__wheel *w, sley__timer *timer, sley_time due)
{
  bool stays =
      timer->place != NULL && timer->due <= due && (uint64_t)timer->due >> WHEEL_TICK > w->position;
  if (!stays) {
    sley__wheel_move(w, timer, due);
    return;
  }
  timer->due = due;
  timer->order = w->order++;
}
void sley__wheel_stop(sley__wheel *w, sley__timer *timer); /* does nothing if it is not started */

/* A turn: begin, take until NULL or until enough have run, end. Timers started meanwhile are not taken, however short
 * they are: they wait for the next begin. */
void sley__wheel_begin(sley__wheel *w, sley_time now);
static inline bool sley__wheel_is_due(const sley__wheel *w, sley_time now)
{
  return w->near != NULL && w->near->due <= now;
}
sley__timer *sley__wheel_take(sley__wheel *w, sley_time now); /* stopped; NULL: no more is due */
void sley__wheel_end(sley__wheel *w);

/* When the next timer is due, exactly; INT64_MAX: there is none. Only for clocks that then jump there: timers move down
 * as if the position were there. */
sley_time sley__wheel_next(sley__wheel *w);

#endif
