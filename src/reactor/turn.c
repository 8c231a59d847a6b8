/* One turn of a loop, in Lwt's order: ask the kernel (sleeping only if nothing is ready), run what it reports, due
 * timers, what other threads sent, and the pauses; then publish what was sent to others. Pauses made by pauses run
 * in further rounds of the same turn, up to a count and a time, before the kernel is asked again. Each source has
 * its own budget in a turn (budget.c); a source that exhausts it keeps the rest, and the next turn begins with that
 * source. */
#include <sley/loop_hooks.h>

#include "reactor/engine.h"

enum { PAUSE_ROUNDS = 64, UNASKED = 16 /* turns */ };

#define UNASKED_TIME ((sley_time)50000)

#define READY_TIME SLEY_MILLISECOND /* without asking the kernel, while descriptors are ready */

/* ---- sleep ---- */

static void count_up(uint64_t *counter)
{
  __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static void sleep_begin(sley__loop_counters *counters)
{
  __atomic_store_n(&counters->since, (uint64_t)sley__clock(), __ATOMIC_RELAXED);
}

static void sleep_end(sley__loop_counters *counters, sley_time now)
{
  count_up(&counters->sleeps);
  uint64_t time = (uint64_t)now - counters->since;
  __atomic_store_n(&counters->since, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&counters->idle, counters->idle + time, __ATOMIC_RELAXED);
}

void sley__sleep_begins(struct sley__loop *loop) { sleep_begin(&loop->counters); }

void sley__sleep_ends(struct sley__loop *loop) { sleep_end(&loop->counters, sley__clock()); }

sley_time sley__loop_until_next(const struct sley__loop *loop)
{
  if (loop->domain->pauses.count > 0 || loop->cut != NO_SOURCE ||
      !sley__dlist_is_empty(&loop->ready))
    return 0;
  if (loop->wheel == NULL || loop->wheel->wake == INT64_MAX) return -1;
  sley_time left = loop->wheel->wake - sley__clock();
  return left > 0 ? left : 0;
}

sley_time sley__hooks_sleep_most(const struct sley__loop *loop, sley_time timeout)
{
  for (unsigned i = 0; i < loop->hook_count; i++) {
    if (loop->hooks[i]->sleep_most == NULL) continue;
    sley_time most = loop->hooks[i]->sleep_most(loop->domain);
    if (most >= 0 && (timeout < 0 || timeout > most)) timeout = most;
  }
  return timeout;
}

static bool hooks_spin(struct sley__loop *loop, sley_time most)
{
  for (unsigned i = 0; i < loop->hook_count; i++) {
    const sley__loop_hooks *hooks = loop->hooks[i];
    if (hooks->spin != NULL && hooks->spin(loop->domain, most)) return true;
  }
  return false;
}

bool sley__hooks_prepare_sleep(struct sley__loop *loop, unsigned *announced)
{
  for (*announced = 0; *announced < loop->hook_count;) {
    const sley__loop_hooks *hooks = loop->hooks[(*announced)++];
    if (hooks->prepare_sleep != NULL && !hooks->prepare_sleep(loop->domain)) return false;
  }
  return true;
}

void sley__hooks_awake(struct sley__loop *loop, unsigned announced)
{
  for (unsigned i = 0; i < announced; i++)
    if (loop->hooks[i]->awake != NULL) loop->hooks[i]->awake(loop->domain);
}

/* Descriptors that are ready and have not been tried come first; the kernel could only report them again, each at a
 * cost. */
static bool has_enough_ready(struct sley__loop *loop)
{
  if (loop->cut != DESCRIPTORS) return false;
  loop->now = sley__clock();
  return ++loop->unasked < UNASKED && loop->now - loop->asked < READY_TIME;
}

static void ask_kernel(struct sley__loop *loop, sley_time timeout)
{
  unsigned announced = 0;
  if (timeout != 0 && !loop->test_clock.runs && hooks_spin(loop, timeout)) {
    timeout = 0;
    /* What was found runs first, but the kernel is still asked now and then. */
    loop->now = sley__clock();
    if (++loop->unasked < UNASKED && loop->now - loop->asked < UNASKED_TIME) return;
  }
  loop->unasked = 0;
  if (!sley__dlist_is_empty(&loop->waits) && sley__waits_check(loop)) timeout = 0;
  if (timeout != 0 && !sley__hooks_prepare_sleep(loop, &announced)) timeout = 0;
  if (SLEY__UNLIKELY(timeout != 0 && loop->test_clock.runs))
    timeout = loop->test_clock.sleep(loop, timeout);
  else if (timeout != 0) timeout = sley__hooks_sleep_most(loop, timeout);
  if (timeout != 0) sleep_begin(&loop->counters);
  loop->type->iterate(loop->engine, timeout);
  loop->now = loop->asked = sley__clock();
  if (timeout != 0) sleep_end(&loop->counters, loop->now);
  sley__hooks_awake(loop, announced);
}

/* ---- sources ---- */

/* Also true if a timer was stopped that would have been due. */
static bool timers_may_be_due(const struct sley__loop *loop)
{
  return loop->wheel != NULL && loop->wheel->wake <= loop->now;
}

static bool run_timers(struct sley__loop *loop)
{
  sley__wheel *w = loop->wheel;
  bool cut = false;
  sley__wheel_begin(w, loop->now);
  for (sley__timer *timer; !cut && (timer = sley__wheel_take(w, loop->now)) != NULL;) {
    timer->fire(timer);
    cut = sley__budget_is_spent(&loop->budget, 1);
  }
  sley__wheel_end(w);
  return cut && sley__wheel_is_due(w, loop->now);
}

static inline void run_source(struct sley__loop *loop, unsigned source)
{
  bool cut;
  sley__budget_begin(&loop->budget);
  if (source == DESCRIPTORS) cut = sley__handles_run(loop, &loop->budget);
  else if (source == TIMERS) cut = run_timers(loop);
  else cut = loop->drains[source - HOOKED](loop->domain, &loop->budget);
  if (SLEY__UNLIKELY(cut) && loop->cut == NO_SOURCE) loop->cut = source;
}

/* Runs each source once, beginning with the one that the last turn cut short: what it kept is older than anything
 * since. */
static void run_sources(struct sley__loop *loop)
{
  unsigned first = loop->cut;
  loop->cut = NO_SOURCE;
  if (SLEY__UNLIKELY(first != NO_SOURCE)) run_source(loop, first);
  if (first != DESCRIPTORS && !sley__dlist_is_empty(&loop->ready)) run_source(loop, DESCRIPTORS);
  if (loop->signal_waits != NULL) sley__signals_deliver(loop);
  if (first != TIMERS && timers_may_be_due(loop)) run_source(loop, TIMERS);
  for (unsigned i = 0; i < loop->drain_count; i++)
    if (first != HOOKED + i) run_source(loop, HOOKED + i);
}

/* A round always runs whole. Pauses come last even if they were cut short: a callback that pauses lets everything
 * else go first. */
static void run_pauses(struct sley__loop *loop, bool (*done)(void *), void *ctx)
{
  const size_t *paused = &loop->domain->pauses.count;
  sley__budget_begin(&loop->budget);
  for (int round = 1; *paused > 0; round++) {
    size_t woken = *paused;
    sley_wakeup_paused();
    if (round >= PAUSE_ROUNDS || (done != NULL && done(ctx))) return;
    if (sley__budget_is_spent(&loop->budget, woken < UINT_MAX ? (unsigned)woken : UINT_MAX)) return;
  }
}

/* ---- a turn ---- */

void sley__loop_flush(struct sley__loop *loop)
{
  for (unsigned i = 0; i < loop->hook_count; i++)
    if (loop->hooks[i]->flush != NULL) loop->hooks[i]->flush(loop->domain);
}

/* A callback forked and returned in the child: the loop and the locks needed next belong to the parent. */
static void refuse_child(const sley_domain *d)
{
  if (SLEY__UNLIKELY(sley__current != d))
    sley__of_elsewhere(d->runtime->origin, "sley_run or sley_step", "", "domain", d->name);
}

/* Hooks of the program. What they send to other domains must not wait for the next turn. */
static inline void call_hooks(struct sley__loop *loop, sley_loop_moment moment)
{
  if (SLEY__LIKELY(loop->call_moments == NULL)) return;
  loop->call_moments(loop, (int)moment);
  refuse_child(loop->domain);
  if (moment == SLEY_LOOP_MOMENT_ENTER) sley__loop_flush(loop);
}

void sley__loop_turn(struct sley__loop *loop, sley_time most, bool (*done)(void *), void *ctx)
{
  sley_domain *d = loop->domain;
  bool asks = !has_enough_ready(loop);
  refuse_child(d);
  if (asks) call_hooks(loop, SLEY_LOOP_MOMENT_ENTER);
  if (SLEY__UNLIKELY(loop->test_clock.runs) && loop->wheel != NULL) sley__wheel_next(loop->wheel);
  sley_time timeout = sley__loop_until_next(loop);
  if (most >= 0 && (timeout < 0 || timeout > most)) timeout = most;
  loop->eager = 0;
  if (asks) ask_kernel(loop, timeout);
  if (asks) call_hooks(loop, SLEY_LOOP_MOMENT_LEAVE);
  loop->budget.read = loop->now;
  sley__turn_begins(d, loop->now);
  sley__turn_clock_note(loop, d->turn);
  run_sources(loop);
  run_pauses(loop, done, ctx);
  refuse_child(d);
  sley__budget_unlimited(&loop->budget);
  sley__handles_end(loop);
  sley__turn(d);
  sley__loop_flush(loop);
  count_up(&loop->counters.turns);
}
