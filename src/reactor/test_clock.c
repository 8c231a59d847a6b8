/* Clocks for tests: the loop moves them where it would sleep. */
#include <sley/test_clock.h>

#include <stdio.h>

#include "reactor/engine.h"

/* So far does a clock go: what is added to the time must not overflow. */
#define CLOCK_MOST (INT64_MAX / 2)

/* ---- moving ---- */

static bool jobs_are_expected(const struct sley__loop *loop)
{
  for (unsigned i = 0; i < loop->hook_count; i++) {
    const sley__loop_hooks *hooks = loop->hooks[i];
    if (hooks->expects != NULL && hooks->expects(loop->domain)) return true;
  }
  return false;
}

static sley_time clock_sleep(struct sley__loop *loop, sley_time timeout)
{
  struct sley__test_clock *clock = &loop->test_clock;
  loop->type->iterate(loop->engine, 0);
  if (!sley__dlist_is_empty(&loop->ready)) return 0;
  if (clock->automatic && jobs_are_expected(loop)) return timeout;
  sley_time next = clock->until;
  if (timeout > 0) next = timeout < CLOCK_MOST - clock->now ? clock->now + timeout : CLOCK_MOST;
  if (!clock->automatic && next > clock->until) next = clock->until;
  bool moves = next > clock->now;
  clock->now = next;
  if (clock->until < next) clock->until = next;
  return moves || sley__loop_nothing_comes(loop) ? 0 : -1;
}

static bool clock_has_arrived(void *ctx)
{
  struct sley__loop *loop = ctx;
  return loop->test_clock.now >= loop->test_clock.until && sley__loop_until_next(loop) != 0;
}

sley_error *sley_test_clock_advance(double seconds)
{
  sley_domain *d = sley__self();
  if (d->loop == NULL || !d->loop->test_clock.runs)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                          "sley_test_clock_advance: the domain has no test clock: call "
                          "sley_test_clock_start first");
  if (!(seconds >= 0))
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                          "sley_test_clock_advance: %g seconds: a clock goes forward", seconds);
  struct sley__test_clock *clock = &d->loop->test_clock;
  sley_time most = CLOCK_MOST - clock->until, step = sley_seconds(seconds);
  clock->until += step < most ? step : most;
  if (d->turning || d->depth > 0 || d->fiber != NULL) return NULL;
  return sley__loop_run_until(d, clock_has_arrived, d->loop);
}

/* ---- waiting for ever ---- */

struct names {
  char text[256];
  size_t used, more;
};

static void name_add(void *ctx, const char *site, size_t pending, size_t settled)
{
  struct names *n = ctx;
  (void)settled;
  if (pending == 0) return;
  size_t room = sizeof(n->text) - n->used;
  int bytes = snprintf(n->text + n->used, room, "%s%s (%zu)", n->used > 0 ? ", " : "",
                       site[0] != '\0' ? site : "an unknown place", pending);
  if (bytes > 0 && (size_t)bytes < room) n->used += (size_t)bytes;
  else n->more++;
  n->text[n->used] = '\0';
}

static sley_error *clock_check(struct sley__loop *loop, const sley_promise *p)
{
  const struct sley__test_clock *clock = &loop->test_clock;
  sley_time next = loop->wheel != NULL ? sley__wheel_next(loop->wheel) : INT64_MAX;
  bool moves = clock->now < clock->until || (clock->automatic && next <= CLOCK_MOST);
  if (moves || sley__loop_until_next(loop) == 0 || !sley__loop_nothing_comes(loop)) return NULL;
  struct names names = {.text = ""};
  char due[80] = "there is no timer", more[40] = "";
  if (next < INT64_MAX)
    snprintf(due, sizeof(due), "the next timer is due after sley_test_clock_advance(%.9g)",
             (double)(next - clock->now) * 1e-9);
  sley_report(name_add, &names);
  if (names.more > 0) snprintf(more, sizeof(more), " and %zu places more", names.more);
  return sley_error_new_at(sley_site(p), &sley_kind_sley, SLEY_EDEADLOCK,
                           "sley_run would wait for ever on the test clock: %s, and nothing else "
                           "can come; pending: %s%s",
                           due, names.text, more);
}

/* ---- start and end ---- */

sley_error *sley_test_clock_start(sley_test_clock_mode mode)
{
  sley_domain *d = sley__self();
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  struct sley__test_clock *clock = &d->loop->test_clock;
  if (clock->runs)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                          "sley_test_clock_start: domain %s has a test clock: end it first",
                          d->name);
  sley_time now = sley__clock();
  *clock = (struct sley__test_clock){.runs = true,
                                     .automatic = mode == SLEY_TEST_CLOCK_MODE_AUTOMATIC,
                                     .now = now,
                                     .until = now,
                                     .sleep = clock_sleep,
                                     .check = clock_check};
  __atomic_add_fetch(&sley__test_clocks, 1, __ATOMIC_RELAXED);
  return NULL;
}

void sley_test_clock_end(void)
{
  struct sley__loop *loop = sley__self()->loop;
  if (loop == NULL || !loop->test_clock.runs) return;
  loop->test_clock.runs = false;
  __atomic_sub_fetch(&sley__test_clocks, 1, __ATOMIC_RELAXED);
}
