/* Timers and the promises over them: sleep, timeout, with_timeout. */
#include <math.h>

#include "reactor/engine.h"

static bool timer_before(const sley__timer *a, const sley__timer *b)
{
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static sley__timer *timer_meld(sley__timer *a, sley__timer *b)
{
  if (a == NULL) return b;
  if (b == NULL) return a;
  if (timer_before(b, a)) {
    sley__timer *c = a;
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
static sley__timer *timer_meld_row(sley__timer *row)
{
  sley__timer *pairs = NULL;
  while (row != NULL) {
    sley__timer *a = row, *b = row->next;
    row = b != NULL ? b->next : NULL;
    a->next = NULL;
    if (b != NULL) b->next = NULL;
    a = timer_meld(a, b);
    a->next = pairs;
    pairs = a;
  }
  sley__timer *root = NULL;
  while (pairs != NULL) {
    sley__timer *a = pairs;
    pairs = a->next;
    a->next = NULL;
    root = timer_meld(root, a);
  }
  if (root != NULL) root->previous = NULL;
  return root;
}

void sley__timer_start(struct sley__loop *loop, sley__timer *timer, sley_time due)
{
  timer->child = timer->next = timer->previous = NULL;
  timer->due = due;
  timer->order = loop->timer_order++;
  timer->active = true;
  loop->timers = timer_meld(loop->timers, timer);
}

void sley__timer_stop(struct sley__loop *loop, sley__timer *timer)
{
  if (!timer->active) return;
  timer->active = false;
  sley__timer *children = timer_meld_row(timer->child);
  if (loop->timers == timer) {
    loop->timers = children;
    return;
  }
  if (timer->previous->child == timer) timer->previous->child = timer->next;
  else timer->previous->next = timer->next;
  if (timer->next != NULL) timer->next->previous = timer->previous;
  loop->timers = timer_meld(loop->timers, children);
}

/* ---- promises ---- */

typedef struct sleeper {
  sley__timer timer;
  struct sley__loop *loop;
  sley_resolver *resolver;
  bool rejects;
} sleeper;

static void sleep_cancel(void *data)
{
  sleeper *s = data;
  sley__timer_stop(s->loop, &s->timer);
  sley_resolver_drop(&s->resolver);
}

static const sley__operation_type sleep_type = {"sleep", sleep_cancel},
                                  timeout_type = {"timeout", sleep_cancel};

static void sleep_over(sley__timer *timer)
{
  sleeper *s = SLEY__CONTAINER(timer, sleeper, timer);
  sley_resolver *r = s->resolver;
  if (s->rejects) sley_reject(&r, sley_error_timeout());
  else sley_fulfill(&r, sley_unit());
}

static sley_promise *sleep_until(const char *function, const char *site, sley_time nanoseconds,
                                 bool rejects)
{
  sley_promise *failed;
  struct sley__loop *loop = sley__loop_here(function, site, &failed);
  if (loop == NULL) return failed;
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, rejects ? &timeout_type : &sleep_type, sizeof(sleeper), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  sleeper *s = data;
  s->loop = loop;
  s->resolver = r;
  s->rejects = rejects;
  s->timer.fire = sleep_over;
  sley_time now = sley__clock();
  sley__timer_start(loop, &s->timer, nanoseconds > INT64_MAX - now ? INT64_MAX : now + nanoseconds);
  return p;
}

sley_time sley_seconds(double seconds)
{
  double nanoseconds = ceil(seconds * 1e9);
  if (!(nanoseconds < 9.2e18)) return INT64_MAX;
  return nanoseconds > 0 ? (sley_time)nanoseconds : 0;
}

sley_promise *sley__sleep(const char *site, sley_time nanoseconds)
{
  if (nanoseconds <= 0) return sley_pause_at(site);
  return sleep_until("sley_sleep_at", site, nanoseconds, false);
}

sley_promise *sley_sleep_at(const char *site, double seconds)
{
  return sley__sleep(site, sley_seconds(seconds));
}

sley_promise *sley_timeout_at(const char *site, double seconds)
{
  return sleep_until(__func__, site, sley_seconds(seconds), true);
}

sley_promise *sley_with_timeout_at(const char *site, sley_promise *p, double seconds)
{
  sley_promise *both[] = {p, sley_timeout_at(site, seconds)};
  return sley_pick_at(site, both, 2);
}
