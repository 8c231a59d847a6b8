/* The loop of a domain: turns, and sley_run.
 *
 * Reading guide to the reactor: this file; engine.h, what asks the kernel, and engine_libev.c, which
 * does; readiness.c, operations on descriptors; timer.c; lap.c; signal.c; system.c.
 *
 * A turn, in Lwt's order: ask the kernel (sleeping only if nothing is ready), run what it reports,
 * due timers, what other threads sent, and the pauses; then publish what was sent to others. Pauses
 * made by pauses run in further rounds of the same turn, up to a count and a time, before the kernel
 * is asked again. Each source has a time of its own in a turn (budget.c); one that has not finished by then
 * keeps the rest, and the next turn begins with it: see docs/decisions/turn.md.
 *
 * Regret: the hooks of floors above are a fixed array. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "reactor/engine.h"

enum { PAUSE_ROUNDS = 64, UNASKED = 16 /* turns */ };
#define UNASKED_TIME ((sley_time)50000)
#define READY_TIME SLEY_MILLISECOND /* without asking, while descriptors are ready */

sley_time sley__clock(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (sley_time)t.tv_sec * SLEY_SECOND + t.tv_nsec;
}

static void loop_end(sley_domain *d)
{
  struct sley__loop *loop = d->loop;
  sley__signals_forget(loop);
  __atomic_store_n(&d->wake, NULL, __ATOMIC_RELAXED);
  d->turn_age = NULL;
  loop->type->close(d, loop->engine);
  d->loop = NULL;
  sley__runtime_free(d->runtime, loop, sizeof(*loop));
}

static const struct sley__part loop_part = {.end = loop_end};

int sley__loop_open(sley_domain *d)
{
  if (d->loop != NULL) return 0;
  if (d->ending) return -SLEY_EGONE; /* nobody would end a second one */
  struct sley__loop *loop = sley__runtime_alloc(d->runtime, sizeof(*loop));
  if (loop == NULL) return -SLEY_ENOMEM;
  memset(loop, 0, sizeof(*loop));
  loop->domain = d;
  sley__dlist_init(&loop->waits);
  sley__dlist_init(&loop->ready);
  loop->type = sley__engine_default;
  loop->now = sley__clock();
  sley__budget_unlimited(&loop->budget);
  loop->cut = NO_SOURCE;
  for (int i = 0; i < LAP_LEVELS; i++)
    for (int k = 0; k < LAPS; k++) loop->laps.began[i][k] = loop->now;
  errno = 0;
  loop->engine = loop->type->open(d);
  if (loop->engine == NULL) {
    int code = errno;
    sley__runtime_free(d->runtime, loop, sizeof(*loop));
    errno = code;
    return code == 0 ? -SLEY_ENOMEM : -SLEY_ESYSTEM;
  }
  d->loop = loop;
  d->parts[SLEY__PART_LOOP] = &loop_part;
  d->turn_age = sley__lap_age;
  __atomic_store_n(&d->wake, sley_wake, __ATOMIC_RELEASE);
  return 0;
}

bool sley__engine_is_known(const char *name) { return sley__engine_default->has(name); }

const char *sley__loop_engine(const struct sley__loop *loop)
{
  return loop->type->backend(loop->engine);
}

sley_error *sley__loop_error(const char *site, int code)
{
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  if (code == -SLEY_ESYSTEM) return sley__error_errno(site, errno, "the loop cannot be made");
  return sley_error_new_at(site, &sley_kind_sley, -code, NULL);
}

struct sley__loop *sley__loop_here(const char *function, const char *site, sley_promise **failed)
{
  sley_domain *d = sley__self_at(function, site);
  int code = sley__loop_open(d);
  if (code == 0) return d->loop;
  *failed = sley_fail_at(site, sley__loop_error(site, code));
  return NULL;
}

void sley__loop_add_hooks(sley_domain *d, const sley__loop_hooks *hooks)
{
  struct sley__loop *loop = d->loop;
  for (unsigned i = 0; i < loop->hook_count; i++)
    if (loop->hooks[i] == hooks) return;
  unsigned drains = 0;
  while (drains < sizeof(hooks->drains) / sizeof(hooks->drains[0]) && hooks->drains[drains] != NULL)
    drains++;
  if (loop->hook_count == MOST_HOOKS || loop->drain_count + drains > MOST_DRAINS)
    sley__abort(
        "more floors hook into a loop than there are: this is a fault of the library; please "
        "report it");
  loop->hooks[loop->hook_count++] = hooks;
  memcpy(&loop->drains[loop->drain_count], hooks->drains, drains * sizeof(hooks->drains[0]));
  loop->drain_count += drains;
}

void sley__loop_wake(struct sley__loop *loop) { loop->type->wake(loop->engine); }

const sley__loop_counters *sley__loop_counters_of(const struct sley__loop *loop)
{
  return &loop->counters;
}

static void count(uint64_t *counter) { __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED); }

static void sleep_begin(sley__loop_counters *counters)
{
  __atomic_store_n(&counters->since, (uint64_t)sley__clock(), __ATOMIC_RELAXED);
}

static void sleep_end(sley__loop_counters *counters, sley_time now)
{
  count(&counters->sleeps);
  uint64_t time = (uint64_t)now - counters->since;
  __atomic_store_n(&counters->since, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&counters->idle, counters->idle + time, __ATOMIC_RELAXED);
}

static sley_time until_next(const struct sley__loop *loop)
{
  if (loop->domain->pauses.count > 0 || loop->cut != NO_SOURCE ||
      !sley__dlist_is_empty(&loop->ready))
    return 0;
  if (loop->timers == NULL) return -1;
  sley_time left = loop->timers->due - sley__clock();
  return left > 0 ? left : 0;
}

static bool spin(struct sley__loop *loop, sley_time most)
{
  for (unsigned i = 0; i < loop->hook_count; i++) {
    const sley__loop_hooks *hooks = loop->hooks[i];
    if (hooks->spin != NULL && hooks->spin(loop->domain, most)) return true;
  }
  return false;
}

/* Whether every floor above lets the loop sleep. All that announced sleep are told when it is over. */
static bool prepare_sleep(struct sley__loop *loop, unsigned *announced)
{
  for (*announced = 0; *announced < loop->hook_count;) {
    const sley__loop_hooks *hooks = loop->hooks[(*announced)++];
    if (hooks->prepare_sleep != NULL && !hooks->prepare_sleep(loop->domain)) return false;
  }
  return true;
}

/* Descriptors that are ready and were not tried yet come before all that the kernel could name now; asked, it
 * would only name them again, each at a price. */
static bool has_enough_ready(struct sley__loop *loop)
{
  if (loop->cut != DESCRIPTORS) return false;
  loop->now = sley__clock();
  return ++loop->unasked < UNASKED && loop->now - loop->asked < READY_TIME;
}

static void ask_kernel(struct sley__loop *loop, sley_time timeout)
{
  unsigned announced = 0;
  if (has_enough_ready(loop)) return;
  if (timeout != 0 && spin(loop, timeout)) {
    timeout = 0;
    /* What was found runs first; the kernel is asked now and then, though. */
    loop->now = sley__clock();
    if (++loop->unasked < UNASKED && loop->now - loop->asked < UNASKED_TIME) return;
  }
  loop->unasked = 0;
  if (!sley__dlist_is_empty(&loop->waits) && sley__waits_check(loop)) timeout = 0;
  if (timeout != 0 && !prepare_sleep(loop, &announced)) timeout = 0;
  if (timeout != 0) sleep_begin(&loop->counters);
  loop->type->iterate(loop->engine, timeout);
  loop->now = loop->asked = sley__clock();
  if (timeout != 0) sleep_end(&loop->counters, loop->now);
  for (unsigned i = 0; i < announced; i++)
    if (loop->hooks[i]->awake != NULL) loop->hooks[i]->awake(loop->domain);
}

static bool is_due(const struct sley__loop *loop, uint64_t order)
{
  const sley__timer *next = loop->timers;
  return next != NULL && next->due <= loop->now && next->order < order;
}

static bool run_timers(struct sley__loop *loop)
{
  /* Timers started meanwhile wait for the next turn, however short they are. */
  uint64_t order = loop->timer_order;
  while (is_due(loop, order)) {
    sley__timer *timer = loop->timers;
    sley__timer_stop(loop, timer);
    timer->fire(timer);
    if (sley__budget_is_spent(&loop->budget, 1)) return is_due(loop, order);
  }
  return false;
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

/* Each once, and first the one that the last turn cut: what it kept is older than all that came since. */
static void run_sources(struct sley__loop *loop)
{
  unsigned first = loop->cut;
  loop->cut = NO_SOURCE;
  if (SLEY__UNLIKELY(first != NO_SOURCE)) run_source(loop, first);
  if (first != DESCRIPTORS && !sley__dlist_is_empty(&loop->ready)) run_source(loop, DESCRIPTORS);
  if (loop->signal_waits != NULL) sley__signals_deliver(loop);
  if (first != TIMERS && is_due(loop, UINT64_MAX)) run_source(loop, TIMERS);
  for (unsigned i = 0; i < loop->drain_count; i++)
    if (first != HOOKED + i) run_source(loop, HOOKED + i);
}

/* A round is run whole, however many wait for it. Pauses come last also where they were cut: who pauses lets
 * everything else go first. */
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

/* A callback forked, and returned in the child: the loop is the parent's, and so are the locks ahead. */
static void refuse_child(const sley_domain *d)
{
  if (SLEY__UNLIKELY(sley__current != d))
    sley__of_elsewhere(d->runtime->origin, "sley_run or sley_step", "", "domain", d->name);
}

static void turn(struct sley__loop *loop, sley_time most, bool (*done)(void *), void *ctx)
{
  sley_domain *d = loop->domain;
  sley_time timeout = until_next(loop);
  if (most >= 0 && (timeout < 0 || timeout > most)) timeout = most;
  loop->eager = 0;
  refuse_child(d);
  ask_kernel(loop, timeout);
  loop->budget.read = loop->now;
  sley__turn_begins(d, loop->now);
  sley__lap_note(loop, d->turn);
  run_sources(loop);
  run_pauses(loop, done, ctx);
  refuse_child(d);
  sley__budget_unlimited(&loop->budget);
  sley__turn(d);
  for (unsigned i = 0; i < loop->hook_count; i++)
    if (loop->hooks[i]->flush != NULL) loop->hooks[i]->flush(d);
  count(&loop->counters.turns);
}

static void running_begin(struct sley__loop *loop, const char *function)
{
  sley__refuse_in_fiber(loop->domain, function);
  if (loop->domain->turning || loop->domain->depth > 0)
    sley__abort("%s inside a callback of the same domain: return a promise instead, with sley_bind",
                function);
  loop->domain->turning = true;
  sley__running(loop->domain, NULL); /* what was called before is over */
}

static bool is_settled(void *ctx) { return !sley_is_pending(ctx); }

/* Whether the loop is about to sleep for ever: nothing it waits for can come. */
static bool is_stuck(const struct sley__loop *loop)
{
  const sley__engine_type *type = loop->type;
  if (until_next(loop) >= 0 || loop->signal_waits != NULL || !sley__dlist_is_empty(&loop->waits))
    return false;
  if (type->watches == NULL || type->watches(loop->engine)) return false;
  for (unsigned i = 0; i < loop->hook_count; i++) {
    bool (*expects)(sley_domain *) = loop->hooks[i]->expects;
    if (expects == NULL || expects(loop->domain)) return false;
  }
  return true;
}

static void dump_write(void *ctx, const char *text, size_t length)
{
  (void)ctx;
  fwrite(text, 1, length, stderr);
}

/* Where debugging: says once that p can never settle, for nobody is left who could answer. */
static SLEY__NOINLINE void stuck_tell(struct sley__loop *loop, const sley_promise *p)
{
  if (loop->stuck || !is_stuck(loop)) return;
  const char *site = sley_site(p);
  loop->stuck = true;
  fprintf(stderr,
          "sley: sley_run in domain %s waits for the promise made at %s, and nothing is left that "
          "could wake it: no timer, descriptor, signal, job or other domain; answer its resolver, "
          "or drop it, which rejects. What there is:\n",
          loop->domain->name, site[0] != '\0' ? site : "an unknown place");
  sley_dump(SLEY_DUMP_FORMAT_TEXT, dump_write, NULL);
}

static void flush_first(struct sley__loop *loop)
{
  for (unsigned i = 0; i < loop->hook_count; i++)
    if (loop->hooks[i]->flush != NULL) loop->hooks[i]->flush(loop->domain);
}

/* Runs when the frame is left, also by an exception of C++: this file is compiled with -fexceptions. */
static void must_have_ended(struct sley__loop **running)
{
  if (*running == NULL) return;
  sley__abort(
      "an exception left a callback through sley_run or sley_step: what it passed is in no state "
      "to go on. "
      "Catch it in the callback and give sley_fail instead; mark callbacks noexcept");
}

sley_error *sley__loop_run_until(sley_domain *d, bool (*done)(void *ctx), void *ctx)
{
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  struct sley__loop *loop = d->loop;
  running_begin(loop, "sley_run");
  __attribute__((cleanup(must_have_ended))) struct sley__loop *running = loop;
  flush_first(loop);
  while (!done(ctx)) {
    if (SLEY__UNLIKELY(d->heap.alone) && done == is_settled) stuck_tell(loop, ctx);
    turn(loop, -1, done, ctx);
  }
  running->domain->turning = false;
  running = NULL;
  return NULL;
}

sley_error *sley_run(sley_promise *p, sley_value *out)
{
  sley_domain *d = sley__self_at("sley_run", "");
  sley__refuse_in_fiber(d, "sley_run");
  sley__promise_check(d, p, "sley_run");
  if (out != NULL) *out = sley_unit();
  if (sley_is_pending(p)) {
    sley_error *e = sley__loop_run_until(d, is_settled, p);
    if (e != NULL) {
      sley_drop(p);
      return e;
    }
  } else if (d->loop != NULL && (d->turning || d->depth > 0)) {
    running_begin(d->loop, "sley_run");
  }
  return sley__finish(p, out);
}

sley_error *sley_step(sley_time timeout)
{
  sley_domain *d = sley__self();
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  running_begin(d->loop, "sley_step");
  __attribute__((cleanup(must_have_ended))) struct sley__loop *running = d->loop;
  flush_first(d->loop);
  turn(d->loop, timeout, NULL, NULL);
  running->domain->turning = false;
  running = NULL;
  return NULL;
}

sley_time sley_step_timeout(void)
{
  sley_domain *d = sley__self();
  if (d->loop == NULL) return sley_paused_count() > 0 ? 0 : -1;
  return until_next(d->loop);
}

void sley_wake(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (domain->loop != NULL) sley__loop_wake(domain->loop);
}

sley_time sley_now(void)
{
  sley_domain *d = sley__self();
  if (d->loop == NULL) return sley__clock();
  if (!d->turning) d->loop->now = sley__clock();
  return d->loop->now;
}
