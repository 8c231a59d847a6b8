/* The timing wheel: wheel.h says how it works. */
#include "reactor/wheel.h"

#include "promise/promise_floor.h"

/* A slot with at most so many timers is read for its earliest one; with more of them, the loop wakes up as the slot
 * begins, moves them down and sleeps again. */
enum { FEW = 8 };

enum { SIZE_BITS = 8 * sizeof(size_t) };

void sley__wheel_init(sley__wheel *w, sley_time now)
{
  *w = (sley__wheel){
      .wake = INT64_MAX, .fresh_wake = INT64_MAX, .position = (uint64_t)now >> WHEEL_TICK};
  w->near_end = &w->near;
}

static inline bool timer_before(const sley__timer *a, const sley__timer *b)
{
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

/* ---- start and stop ---- */

static inline void wheel_put(sley__wheel *w, sley__timer *timer)
{
  uint64_t tick = (uint64_t)timer->due >> WHEEL_TICK;
  sley__timer **list = &w->fresh;
  if (SLEY__LIKELY(tick > w->position)) {
    unsigned level = (unsigned)(63 - __builtin_clzll(tick ^ w->position)) / WHEEL_DIGIT;
    unsigned slot = (unsigned)(tick >> (WHEEL_DIGIT * level)) % WHEEL_SLOTS;
    list = &w->slots[level][slot];
    if (*list == NULL) {
      w->used[level] |= (uint64_t)1 << slot;
      w->levels |= 1U << level;
    }
  } else if (timer->due < w->fresh_wake) {
    w->fresh_wake = timer->due;
  }
  SLEY__LIST_PREPEND(*list, timer, next, place);
}

void sley__wheel_start(sley__wheel *w, sley__timer *timer, sley_time due)
{
  bool is_sooner = due < w->wake;
  timer->due = due;
  timer->order = w->order++;
  if (is_sooner) w->wake = due;
  wheel_put(w, timer);
  if (SLEY__UNLIKELY(w->sooner != NULL) && is_sooner) w->sooner(w);
}

SLEY__NOINLINE void sley__wheel_move(sley__wheel *w, sley__timer *timer, sley_time due)
{
  sley__wheel_stop(w, timer);
  sley__wheel_start(w, timer, due);
}

static void slot_is_empty(sley__wheel *w, size_t level, size_t slot)
{
  w->used[level] &= ~((uint64_t)1 << slot);
  if (w->used[level] == 0) w->levels &= ~(1U << level);
}

/* timer was the last of its list, and place pointed to it. */
static void last_stopped(sley__wheel *w, sley__timer *timer, sley__timer **place)
{
  size_t index = ((uintptr_t)place - (uintptr_t)w->slots) / sizeof(*place);
  if (w->near_end == &timer->next) w->near_end = place;
  else if (index < (size_t)WHEEL_LEVELS * WHEEL_SLOTS)
    slot_is_empty(w, index / WHEEL_SLOTS, index % WHEEL_SLOTS);
  if (w->levels == 0 && w->near == NULL && w->fresh == NULL) w->wake = w->fresh_wake = INT64_MAX;
}

void sley__wheel_stop(sley__wheel *w, sley__timer *timer)
{
  sley__timer **place = timer->place, *next = timer->next;
  if (place == NULL) return;
  timer->place = NULL;
  *place = next;
  if (next != NULL) next->place = place;
  else last_stopped(w, timer, place);
}

/* ---- sorting ---- */

/* Takes the longest beginning of *rest that is in order, or in the opposite one: timers are put in front of each
 * other, so a slot begins with its newest. */
static sley__timer *run_take(sley__timer **rest)
{
  sley__timer *first = *rest, *last = first, *next = first->next;
  if (next != NULL && timer_before(next, first)) {
    first->next = NULL;
    while (next != NULL && timer_before(next, first)) {
      sley__timer *behind = next->next;
      next->next = first;
      first = next;
      next = behind;
    }
  } else {
    for (; next != NULL && timer_before(last, next); next = next->next) last = next;
    last->next = NULL;
  }
  *rest = next;
  return first;
}

static sley__timer *runs_merge(sley__timer *a, sley__timer *b)
{
  sley__timer *first, **end = &first;
  while (a != NULL && b != NULL) {
    sley__timer **earlier = timer_before(b, a) ? &b : &a;
    *end = *earlier;
    end = &(*earlier)->next;
    *earlier = *end;
  }
  *end = a != NULL ? a : b;
  return first;
}

/* Merge sort of a list of at least one, by next alone. runs[n] is empty or merged from 2^n runs. */
static sley__timer *timers_sort(sley__timer *rest)
{
  sley__timer *sorted = run_take(&rest);
  if (SLEY__LIKELY(rest == NULL)) return sorted;
  sley__timer *runs[SIZE_BITS];
  runs[0] = sorted;
  unsigned used = 1;
  while (rest != NULL) {
    unsigned n = 0;
    sorted = run_take(&rest);
    for (; n < used && runs[n] != NULL; n++) {
      sorted = runs_merge(runs[n], sorted);
      runs[n] = NULL;
    }
    runs[n] = sorted;
    if (n == used) used++;
  }
  sorted = NULL;
  for (unsigned n = 0; n < used; n++) sorted = runs_merge(runs[n], sorted);
  return sorted;
}

static void near_insert(sley__timer **at, sley__timer *timer)
{
  timer->next = *at;
  timer->place = at;
  if (timer->next != NULL) timer->next->place = &timer->next;
  *at = timer;
}

/* Sorts fresh into near: mostly at its end. */
static void fresh_sort_in(sley__wheel *w)
{
  if (w->fresh == NULL) return;
  sley__timer *sorted = timers_sort(w->fresh), **at = w->near_end;
  w->fresh = NULL;
  w->fresh_wake = INT64_MAX;
  if (w->near != NULL && timer_before(sorted, SLEY__CONTAINER(at, sley__timer, next)))
    at = &w->near;
  while (sorted != NULL) {
    sley__timer *timer = sorted;
    sorted = timer->next;
    while (*at != NULL && timer_before(*at, timer)) at = &(*at)->next;
    near_insert(at, timer);
    at = &timer->next;
  }
  if (*at == NULL) w->near_end = at;
}

/* ---- a turn ---- */

/* The first slot in use of the lowest level in use, and the tick in which it begins. There must be one. */
static uint64_t first_slot(const sley__wheel *w, unsigned *level, unsigned *slot)
{
  *level = (unsigned)__builtin_ctz(w->levels);
  *slot = (unsigned)__builtin_ctzll(w->used[*level]);
  unsigned above = WHEEL_DIGIT * (*level + 1);
  return (w->position >> above << above) | (uint64_t)*slot << (WHEEL_DIGIT * *level);
}

/* Moves the position to the first slot in use, and its timers down. false: it begins after tick, or there is none. */
static bool move_down(sley__wheel *w, uint64_t tick)
{
  unsigned level, slot;
  if (w->levels == 0) return false;
  uint64_t begins = first_slot(w, &level, &slot);
  if (begins > tick) return false;
  w->position = begins;
  sley__timer *timer = w->slots[level][slot];
  w->slots[level][slot] = NULL;
  slot_is_empty(w, level, slot);
  while (timer != NULL) {
    sley__timer *next = timer->next;
    wheel_put(w, timer);
    timer = next;
  }
  fresh_sort_in(w);
  return true;
}

void sley__wheel_begin(sley__wheel *w, sley_time now)
{
  uint64_t tick = (uint64_t)now >> WHEEL_TICK;
  fresh_sort_in(w);
  while (move_down(w, tick)) continue;
  if (tick > w->position) w->position = tick;
}

sley__timer *sley__wheel_take(sley__wheel *w, sley_time now)
{
  sley__timer *timer = w->near;
  if (timer == NULL || timer->due > now) return NULL;
  sley__wheel_stop(w, timer);
  return timer;
}

/* When the first timer outside near and fresh is due, or earlier. Restarted ones can be due after the end of their slot,
 * and others then come before them. */
static sley_time slots_wake(const sley__wheel *w)
{
  unsigned level, slot, seen = 0;
  sley_time least = INT64_MAX;
  if (w->levels == 0) return least;
  uint64_t begins = first_slot(w, &level, &slot);
  for (const sley__timer *timer = w->slots[level][slot]; timer != NULL; timer = timer->next) {
    if (++seen > FEW) return (sley_time)(begins << WHEEL_TICK);
    if (timer->due < least) least = timer->due;
  }
  uint64_t ticks = ((uint64_t)least >> WHEEL_TICK) - begins;
  return ticks >> (WHEEL_DIGIT * level) == 0 ? least : (sley_time)(begins << WHEEL_TICK);
}

void sley__wheel_end(sley__wheel *w)
{
  sley_time first = w->near != NULL ? w->near->due : slots_wake(w);
  if (w->fresh == NULL) w->fresh_wake = INT64_MAX; /* they were stopped */
  w->wake = first < w->fresh_wake ? first : w->fresh_wake;
}

sley_time sley__wheel_next(sley__wheel *w)
{
  fresh_sort_in(w);
  while (w->near == NULL && move_down(w, UINT64_MAX)) continue;
  sley__wheel_end(w);
  return w->wake;
}
