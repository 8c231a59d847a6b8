/* The wheel, libev's heap of four children, and a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986). */
#include "timers.h"

#include <ev.h>
#include <stdlib.h>

#include "reactor/reactor_floor.h"
#include "reactor/wheel.h"

/* Operations one after the other, as in a program: the compiler must not merge them. */
#define BARRIER() __asm__ volatile("" ::: "memory")

struct timer_set {
  sley__wheel wheel;
  struct ev_loop *loop;
  struct heap_timer *heap;
  void *timers;
  long ran, wrong;
  int64_t now;
  sley_time last_due;
  uint64_t order;
};

static timer_set *set_make(unsigned count, size_t bytes)
{
  timer_set *s = calloc(1, sizeof(*s));
  if (s == NULL) abort();
  s->timers = calloc(count, bytes);
  if (s->timers == NULL) abort();
  return s;
}

static void set_drop(timer_set *s)
{
  if (s->loop != NULL) ev_loop_destroy(s->loop);
  free(s->timers);
  free(s);
}

static void ran(timer_set *s, sley_time due)
{
  if (due > s->now || due < s->last_due) s->wrong++;
  s->last_due = due;
  s->ran++;
}

/* ---- the wheel ---- */

static void wheel_fires(sley__timer *timer) { (void)timer; }

static timer_set *wheel_make(unsigned count)
{
  timer_set *s = set_make(count, sizeof(sley__timer));
  for (unsigned i = 0; i < count; i++) ((sley__timer *)s->timers + i)->fire = wheel_fires;
  sley__wheel_init(&s->wheel, 0);
  return s;
}

static sley__timer *wheel_timer(timer_set *s, unsigned number)
{
  return (sley__timer *)s->timers + number;
}

static void wheel_start(timer_set *s, unsigned number, int64_t due)
{
  sley__wheel_start(&s->wheel, wheel_timer(s, number), due);
}

static void wheel_stop(timer_set *s, unsigned number)
{
  sley__wheel_stop(&s->wheel, wheel_timer(s, number));
}

static void wheel_pairs(timer_set *s, unsigned number, int64_t due, long count)
{
  sley__timer *t = wheel_timer(s, number);
  for (long i = 0; i < count; i++) {
    sley__wheel_start(&s->wheel, t, due);
    BARRIER();
    sley__wheel_stop(&s->wheel, t);
  }
}

static void wheel_restarts(timer_set *s, const unsigned *numbers, int64_t due, long count)
{
  for (long i = 0; i < count; i++) {
    sley__timer *t = wheel_timer(s, numbers[i]);
    sley__wheel_stop(&s->wheel, t);
    sley__wheel_start(&s->wheel, t, due + i);
  }
}

static long wheel_fire(timer_set *s, const unsigned *steps, long *wrong)
{
  for (unsigned i = 0; s->wheel.wake < INT64_MAX; i++) {
    s->now += steps[i % TIMER_STEPS];
    if (s->wheel.wake > s->now) continue;
    sley__wheel_begin(&s->wheel, s->now);
    for (sley__timer *t; (t = sley__wheel_take(&s->wheel, s->now)) != NULL;) ran(s, t->due);
    sley__wheel_end(&s->wheel);
  }
  *wrong += s->wrong;
  return s->ran;
}

/* ---- libev ---- */

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
  (void)timer;
  (void)events;
  ((timer_set *)ev_userdata(loop))->ran++;
}

static timer_set *libev_make(unsigned count)
{
  timer_set *s = set_make(count, sizeof(ev_timer));
  s->loop = ev_loop_new(EVFLAG_NOENV);
  ev_set_userdata(s->loop, s);
  for (unsigned i = 0; i < count; i++) ev_init((ev_timer *)s->timers + i, on_timer);
  return s;
}

static void libev_start(timer_set *s, unsigned number, int64_t due)
{
  ev_timer *t = (ev_timer *)s->timers + number;
  ev_timer_set(t, (double)due * 1e-9, 0.);
  ev_timer_start(s->loop, t);
}

static void libev_stop(timer_set *s, unsigned number)
{
  ev_timer_stop(s->loop, (ev_timer *)s->timers + number);
}

static void libev_pairs(timer_set *s, unsigned number, int64_t due, long count)
{
  for (long i = 0; i < count; i++) {
    libev_start(s, number, due);
    libev_stop(s, number);
  }
}

static void libev_restarts(timer_set *s, const unsigned *numbers, int64_t due, long count)
{
  for (long i = 0; i < count; i++) {
    libev_stop(s, numbers[i]);
    libev_start(s, numbers[i], due + i);
  }
}

/* Its clock cannot be moved by hand: the times are the same ones divided by 10^6, and all are over at once. */
static long libev_fire(timer_set *s, const unsigned *steps, long *wrong)
{
  (void)steps;
  (void)wrong;
  while (ev_run(s->loop, EVRUN_NOWAIT)) continue;
  return s->ran;
}

static void libev_start_soon(timer_set *s, unsigned number, int64_t due)
{
  libev_start(s, number, due > 1000000000000 ? due : due / 1000000);
}

/* ---- the pairing heap ---- */

typedef struct heap_timer {
  struct heap_timer *child, *next, *previous; /* previous: left sibling, or parent of the first */
  sley_time due;
  uint64_t order;
  void (*fire)(struct heap_timer *timer);
  bool active;
} heap_timer;

static bool heap_before(const heap_timer *a, const heap_timer *b)
{
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static heap_timer *heap_meld(heap_timer *a, heap_timer *b)
{
  if (a == NULL) return b;
  if (b == NULL) return a;
  if (heap_before(b, a)) {
    heap_timer *c = a;
    a = b;
    b = c;
  }
  b->previous = a;
  b->next = a->child;
  if (b->next != NULL) b->next->previous = b;
  a->child = b;
  return a;
}

/* Melds a row of siblings in pairs, then the pairs from right to left. */
static heap_timer *heap_meld_row(heap_timer *row)
{
  heap_timer *pairs = NULL;
  while (row != NULL) {
    heap_timer *a = row, *b = row->next;
    row = b != NULL ? b->next : NULL;
    a->next = NULL;
    if (b != NULL) b->next = NULL;
    a = heap_meld(a, b);
    a->next = pairs;
    pairs = a;
  }
  heap_timer *root = NULL;
  while (pairs != NULL) {
    heap_timer *a = pairs;
    pairs = a->next;
    a->next = NULL;
    root = heap_meld(root, a);
  }
  if (root != NULL) root->previous = NULL;
  return root;
}

static timer_set *heap_make(unsigned count) { return set_make(count, sizeof(heap_timer)); }

static __attribute__((noinline)) void heap_start(timer_set *s, unsigned number, int64_t due)
{
  heap_timer *t = (heap_timer *)s->timers + number;
  t->child = t->next = t->previous = NULL;
  t->due = due;
  t->order = s->order++;
  t->active = true;
  s->heap = heap_meld(s->heap, t);
}

static __attribute__((noinline)) void heap_remove(timer_set *s, heap_timer *t)
{
  if (!t->active) return;
  t->active = false;
  heap_timer *children = heap_meld_row(t->child);
  if (s->heap == t) {
    s->heap = children;
    return;
  }
  if (t->previous->child == t) t->previous->child = t->next;
  else t->previous->next = t->next;
  if (t->next != NULL) t->next->previous = t->previous;
  s->heap = heap_meld(s->heap, children);
}

static void heap_stop(timer_set *s, unsigned number)
{
  heap_remove(s, (heap_timer *)s->timers + number);
}

static void heap_pairs(timer_set *s, unsigned number, int64_t due, long count)
{
  for (long i = 0; i < count; i++) {
    heap_start(s, number, due);
    heap_stop(s, number);
  }
}

static void heap_restarts(timer_set *s, const unsigned *numbers, int64_t due, long count)
{
  for (long i = 0; i < count; i++) {
    heap_stop(s, numbers[i]);
    heap_start(s, numbers[i], due + i);
  }
}

static long heap_fire(timer_set *s, const unsigned *steps, long *wrong)
{
  for (unsigned i = 0; s->heap != NULL; i++) {
    s->now += steps[i % TIMER_STEPS];
    for (heap_timer *t; (t = s->heap) != NULL && t->due <= s->now;) {
      heap_remove(s, t);
      ran(s, t->due);
    }
  }
  *wrong += s->wrong;
  return s->ran;
}

const timer_kind timer_kinds[] = {{"wheel", wheel_make, set_drop, wheel_start, wheel_stop,
                                   wheel_pairs, wheel_restarts, wheel_fire},
                                  {"libev", libev_make, set_drop, libev_start_soon, libev_stop,
                                   libev_pairs, libev_restarts, libev_fire},
                                  {"pairing_heap", heap_make, set_drop, heap_start, heap_stop,
                                   heap_pairs, heap_restarts, heap_fire}};
const int timer_kinds_count = sizeof(timer_kinds) / sizeof(timer_kinds[0]);
