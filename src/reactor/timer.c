/* Timers and the promises over them: sleep, timeout, with_timeout. */
#include <math.h>

#include "reactor/engine.h"

bool sley__loop_wheel(struct sley__loop *loop)
{
  if (SLEY__LIKELY(loop->wheel != NULL)) return true;
  sley__wheel *w = sley__runtime_alloc(loop->domain->runtime, sizeof(*w));
  if (w == NULL) return false;
  sley__wheel_init(w, loop->now);
  loop->wheel = w;
  sley__foreign_wheel(loop);
  return true;
}

typedef struct sleeper {
  sley__timer timer;
  struct sley__loop *loop;
  sley_resolver *resolver;
  bool rejects;
} sleeper;

static void sleep_cancel(void *data)
{
  sleeper *s = data;
  sley__wheel_stop(s->loop->wheel, &s->timer);
  sley_resolver_drop(&s->resolver);
}

static const sley__operation_type sleep_type = {"sleep", sleep_cancel},
                                  timeout_type = {"timeout", sleep_cancel};

static void sleep_over(sley__timer *timer)
{
  sleeper *s = SLEY__CONTAINER(timer, sleeper, timer);
  sley_resolver *r = s->resolver;
  if (s->rejects) sley_reject(&r, sley_error_timeout());
  else sley__operation_fulfill(&r, sley_unit());
}

static sley_promise *sleep_promise(const char *function, const char *site, sley_time due,
                                   bool rejects)
{
  sley_promise *failed = NULL;
  struct sley__loop *loop = sley__loop_here(function, site, &failed);
  if (loop == NULL) return failed;
  if (!sley__loop_wheel(loop)) return sley__nomem_promise();
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
  sley__wheel_start(loop->wheel, &s->timer, due);
  return p;
}

sley_time sley_seconds(double seconds)
{
  double nanoseconds = ceil(seconds * 1e9);
  if (!(nanoseconds < 9.2e18)) return INT64_MAX;
  return nanoseconds > 0 ? (sley_time)nanoseconds : 0;
}

static sley_time after(sley_time nanoseconds)
{
  sley_time now = sley__clock();
  return nanoseconds > INT64_MAX - now ? INT64_MAX : now + nanoseconds;
}

sley_promise *sley__sleep(const char *site, sley_time nanoseconds)
{
  if (nanoseconds <= 0) return sley_pause_at(site);
  return sleep_promise("sley_sleep_at", site, after(nanoseconds), false);
}

sley_promise *sley__sleep_until(const char *site, sley_time due)
{
  return sleep_promise("sley_sleep_at", site, due, false);
}

sley_promise *sley_sleep_at(const char *site, double seconds)
{
  return sley__sleep(site, sley_seconds(seconds));
}

sley_promise *sley_timeout_at(const char *site, double seconds)
{
  return sleep_promise(__func__, site, after(sley_seconds(seconds)), true);
}

sley_promise *sley_with_timeout_at(const char *site, sley_promise *p, double seconds)
{
  sley_promise *both[] = {p, sley_timeout_at(site, seconds)};
  return sley_pick_at(site, both, 2);
}
