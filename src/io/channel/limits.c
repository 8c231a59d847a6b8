/* The rounds of looks. */
#include "io/channel/limits.h"

enum {
  LOOKS = 8 /* in the shortest limit, so that none is exceeded by more than an eighth of it */
};
enum { ROUND_MOST = 1024 /* looks in one turn */ };
#define EVERY_LEAST 0.001 /* seconds */
#define NEXT_TURN 1e-9

static double shorter(double a, double b) { return a > 0 && (b <= 0 || a < b) ? a : b; }

static uint32_t looks_in(const sley__limits *limits, double seconds)
{
  double looks = seconds > 0 ? seconds / limits->every : 0;
  uint32_t whole = looks < INT32_MAX ? (uint32_t)looks : INT32_MAX;
  return looks > whole && looks < INT32_MAX ? whole + 1 : whole;
}

void sley__limits_init(sley__limits *limits, const sley__limits_type *type, double idle,
                       double deadline, size_t least, double least_over)
{
  *limits =
      (sley__limits){.type = type, .least = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX};
  sley__dlist_init(&limits->all);
  double shortest = shorter(idle, shorter(deadline, least_over));
  if (!(shortest > 0)) return;
  limits->every = shortest / LOOKS > EVERY_LEAST ? shortest / LOOKS : EVERY_LEAST;
  limits->idle_looks = looks_in(limits, idle);
  limits->deadline_looks = looks_in(limits, deadline);
  limits->least_looks = looks_in(limits, least_over);
}

/* ---- looking ---- */

/* The first look that finds something waiting is the beginning of its time. */
static bool is_idle_too_long(const sley__limits *limits, sley__limited *l,
                             const sley__activity *found)
{
  bool goes_on = found->waits && l->quiet > 0 && found->moved == l->moved;
  l->moved = found->moved;
  l->quiet = goes_on ? (l->quiet + 1) & INT32_MAX : found->waits;
  if (limits->idle_looks == 0 || l->quiet <= limits->idle_looks) return false;
  l->quiet = 0;
  return true;
}

static bool is_too_slow(const sley__limits *limits, sley__limited *l, const sley__activity *found)
{
  if (limits->least_looks == 0) return false;
  sley__limited_rate *rate = limits->type->rate(l);
  bool begins = rate->looks == 0, is_over = false;
  rate->looks = found->begun ? rate->looks + 1 : 0;
  if (rate->looks > limits->least_looks) {
    is_over = found->moved - rate->before < limits->least;
    rate->looks = !is_over;
    begins = true;
  }
  if (begins) rate->before = found->moved;
  return is_over;
}

static void limited_look(sley__limits *limits, sley__limited *l)
{
  sley__activity found = {0};
  if (limits->type->look(l, &found)) limits->is_busy = true;
  bool slow = is_too_slow(limits, l, &found);
  if (is_idle_too_long(limits, l, &found)) limits->type->over(l, SLEY__LIMIT_IDLE);
  else if (slow) limits->type->over(l, SLEY__LIMIT_LEAST);
  else if (found.late) limits->type->over(l, SLEY__LIMIT_DEADLINE);
}

/* Whether this round has seen all. */
static bool round_go_on(sley__limits *limits)
{
  for (int i = 0; i < ROUND_MOST && !sley__dlist_is_empty(&limits->all); i++) {
    sley__limited *l = SLEY__CONTAINER(limits->all.next, sley__limited, place);
    if (l->is_even == limits->is_even) return true; /* as all behind it */
    l->is_even = limits->is_even;
    sley__dlist_remove(&l->place);
    sley__dlist_append(&limits->all, &l->place);
    limited_look(limits, l);
  }
  return sley__dlist_is_empty(&limits->all);
}

static void rest(const sley__limits *limits, double seconds)
{
  if (limits->alarm == NULL) return;
  (void)sley_alarm_change(limits->alarm, seconds);
  sley_alarm_start_now(limits->alarm);
}

/* From the end of one round to the beginning of the next: so no two looks are nearer. */
static sley_error *limits_look(void *ctx)
{
  sley__limits *limits = ctx;
  limits->type->hold(limits);
  limits->is_looking = true;
  if (!limits->in_round) limits->is_even = !limits->is_even;
  bool is_over = round_go_on(limits);
  limits->in_round = !is_over;
  limits->is_looking = false;
  if (sley__dlist_is_empty(&limits->all)) {
    sley__limits_end(limits);
  } else if (!is_over) {
    rest(limits, NEXT_TURN);
  } else {
    if (limits->is_busy) rest(limits, limits->every);
    limits->is_busy = false;
  }
  limits->type->release(limits);
  return NULL;
}

/* ---- the alarm ---- */

/* Also when the domain ends. */
static void alarm_gone(void *ctx)
{
  sley__limits *limits = ctx;
  limits->alarm = NULL;
  limits->type->release(limits);
}

sley_error *sley__limits_begin(sley__limits *limits, const char *site)
{
  if (limits->every <= 0 || limits->alarm != NULL) return NULL;
  limits->type->hold(limits);
  return sley_alarm_new_at(site, limits->every, limits_look, limits, alarm_gone, &limits->alarm);
}

void sley__limits_wake(sley__limits *limits)
{
  limits->is_busy = true;
  if (limits->is_looking || limits->alarm == NULL || sley_alarm_is_started(limits->alarm)) return;
  rest(limits, limits->every);
}

void sley__limits_end(sley__limits *limits)
{
  if (limits->is_looking) return; /* it ends when the round is over */
  sley_alarm_drop(limits->alarm);
}

void sley__limited_join(sley__limits *limits, sley__limited *limited)
{
  *limited = (sley__limited){.is_even = limits->is_even};
  sley__dlist_append(&limits->all, &limited->place);
}
