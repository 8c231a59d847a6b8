/* Alarms are timers that are restarted: mostly that only writes when they are due. So the alarm of a busy connection
 * costs a few operations of the wheel per idle time, and none per request. Those that are left end with their loop. */
#include <sley/alarm.h>

#include "reactor/engine.h"

/* What a restart reads and writes, and no more: it is one cache line, and many of them are few pages. */
struct sley_alarm {
  sley__timer timer;
  sley_time span;
  struct alarm_rest *rest;
  uint32_t domain; /* SLEY__GONE: dropped */
  bool calls;      /* f runs */
  bool dropped;    /* by f, which still runs */
};
_Static_assert(sizeof(void *) != 8 || sizeof(sley_alarm) == 64, "a cache line");

struct alarm_rest {
  sley_alarm *alarm;
  struct sley__loop *loop;
  sley_alarm_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
  struct sley__ending ending;
};

static SLEY__NOINLINE _Noreturn void alarm_misused(const sley_alarm *alarm, const char *function)
{
  if (alarm == NULL) sley__abort("%s: alarm is NULL", function);
  sley__refuse_foreign_id(alarm->domain, function, "", "an alarm");
  sley__abort("%s: the alarm was dropped, or ended with its domain", function);
}

/* The loop of the alarm, which is the current domain's; aborts if it is not. Read from the domain and not from the alarm,
 * it is there before the alarm has come from memory. */
static inline struct sley__loop *alarm_loop(const sley_alarm *alarm, const char *function)
{
  const sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(alarm == NULL || alarm->domain != d->id)) alarm_misused(alarm, function);
  return d->loop;
}

static void alarm_free(sley_alarm *alarm)
{
  struct alarm_rest *rest = alarm->rest;
  sley_domain *d = rest->loop->domain;
  sley_drop_fn *drop = rest->drop;
  void *ctx = rest->ctx;
  alarm->domain = SLEY__GONE;
  sley__dlist_remove(&rest->ending.place);
  sley__free(d, rest, sizeof(*rest));
  sley__free(d, alarm, sizeof(*alarm));
  if (drop != NULL) drop(ctx);
}

static void alarm_end(struct sley__loop *loop, struct sley__ending *ending)
{
  sley_alarm *alarm = SLEY__CONTAINER(ending, struct alarm_rest, ending)->alarm;
  sley__wheel_stop(loop->wheel, &alarm->timer);
  alarm_free(alarm);
}

static void alarm_fires(sley__timer *timer)
{
  sley_alarm *alarm = SLEY__CONTAINER(timer, sley_alarm, timer);
  const struct alarm_rest *rest = alarm->rest;
  sley_domain *d = rest->loop->domain;
  const char *site = rest->site;
  alarm->calls = true;
  sley__call_begins(d, site);
  sley_error *e = rest->f(rest->ctx);
  sley__call_ends(d, site);
  alarm->calls = false;
  if (alarm->dropped) alarm_free(alarm);
  if (e != NULL) sley__async_error(d, e, site);
}

bool sley__timer_is_alarm(const sley__timer *timer) { return timer->fire == alarm_fires; }

sley_error *sley_alarm_new_at(const char *site, double seconds, sley_alarm_fn *f, void *ctx,
                              sley_drop_fn *drop, sley_alarm **out)
{
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self_at("sley_alarm_new", site);
  sley_error *e = NULL;
  *out = NULL;
  int code = sley__loop_open(d);
  if (code != 0) e = sley__loop_error(site, code);
  else if (!(seconds > 0))
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_alarm_new: %g seconds: the time of an alarm is positive", seconds);
  sley_alarm *alarm =
      e == NULL && sley__loop_wheel(d->loop) ? sley__alloc(d, sizeof(*alarm)) : NULL;
  struct alarm_rest *rest = alarm != NULL ? sley__alloc(d, sizeof(*rest)) : NULL;
  if (rest == NULL) {
    if (alarm != NULL) sley__free(d, alarm, sizeof(*alarm));
    if (drop != NULL) drop(ctx);
    return e != NULL ? e : sley_error_nomem();
  }
  *alarm = (sley_alarm){
      .timer.fire = alarm_fires, .span = sley_seconds(seconds), .rest = rest, .domain = d->id};
  *rest = (struct alarm_rest){.alarm = alarm,
                              .loop = d->loop,
                              .f = f,
                              .ctx = ctx,
                              .drop = drop,
                              .site = site,
                              .ending.end = alarm_end};
  sley__loop_add_ending(d->loop, &rest->ending);
  *out = alarm;
  return NULL;
}

void sley_alarm_drop(sley_alarm *alarm)
{
  if (alarm == NULL) return;
  struct sley__loop *loop = alarm_loop(alarm, "sley_alarm_drop");
  alarm->domain = SLEY__GONE;
  sley__wheel_stop(loop->wheel, &alarm->timer);
  if (alarm->calls) alarm->dropped = true;
  else alarm_free(alarm);
}

static inline void alarm_start(struct sley__loop *loop, sley_alarm *alarm, sley_time now)
{
  sley_time due = alarm->span < INT64_MAX - now ? now + alarm->span : INT64_MAX;
  sley__wheel_restart(loop->wheel, &alarm->timer, due);
}

static SLEY__NOINLINE void start_outside_turns(sley_alarm *alarm) { sley_alarm_start_now(alarm); }

/* A restart of one of many waits for its cache line. The shorter this is, the more of them the processor has under way, so
 * whatever is rare is a call at the end. */
void sley_alarm_start(sley_alarm *alarm)
{
  struct sley__loop *loop = alarm_loop(alarm, "sley_alarm_start");
  if (SLEY__LIKELY(sley__current->turning)) alarm_start(loop, alarm, loop->now);
  else start_outside_turns(alarm);
}

void sley_alarm_start_now(sley_alarm *alarm)
{
  struct sley__loop *loop = alarm_loop(alarm, "sley_alarm_start_now");
  alarm_start(loop, alarm, sley__clock());
}

void sley_alarm_stop(sley_alarm *alarm)
{
  struct sley__loop *loop = alarm_loop(alarm, "sley_alarm_stop");
  sley__wheel_stop(loop->wheel, &alarm->timer);
}

int sley_alarm_change(sley_alarm *alarm, double seconds)
{
  struct sley__loop *loop = alarm_loop(alarm, "sley_alarm_change");
  if (!(seconds > 0)) return -SLEY_EINVAL;
  alarm->span = sley_seconds(seconds);
  if (sley__timer_is_started(&alarm->timer)) alarm_start(loop, alarm, sley__clock());
  return 0;
}

bool sley_alarm_is_started(const sley_alarm *alarm)
{
  alarm_loop(alarm, "sley_alarm_is_started");
  return sley__timer_is_started(&alarm->timer);
}
