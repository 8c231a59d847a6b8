/* The loop of a domain: made on first use, and ended with the domain.
 *
 * Reading guide to the reactor: this file; turn.c, what a turn is; run.c, sley_run; engine.h, what asks the kernel,
 * engine_libev.c, which does, and engines.c, choosing one; park.c, where it sleeps; handle.h and handle.c, descriptors
 * and who is told of them; readiness.c, accepting; wait.c, waiting for bare ones, and fd_watch.c,
 * watching them; foreign.c, loops of the user's; wheel.h, timer.c, deadline.c, every.c, alarm.c and throttle.c; clock.c,
 * test_clock.c and turn_clock.c; loop_hook.c and finish_hook.c; counters.c; budget.c; retry.c; signal.c; system.h, all
 * system calls, and system.c, those that differ between systems.
 *
 * Regret: the hooks of floors above are a fixed array. */
#include <errno.h>

#include "reactor/engine.h"

static void loop_end(sley_domain *d)
{
  struct sley__loop *loop = d->loop;
  while (!sley__dlist_is_empty(&loop->endings)) {
    struct sley__ending *first = SLEY__CONTAINER(loop->endings.next, struct sley__ending, place);
    first->end(loop, first);
  }
  if (loop->test_clock.runs) __atomic_sub_fetch(&sley__test_clocks, 1, __ATOMIC_RELAXED);
  sley__signals_forget(loop);
  sley__foreign_end(loop);
  sley__handles_end(loop);
  __atomic_store_n(&d->wake, NULL, __ATOMIC_RELAXED);
  d->turn_age = NULL;
  d->finish = NULL;
  loop->type->close(d, loop->engine);
  d->loop = NULL;
  if (loop->wheel != NULL) sley__runtime_free(d->runtime, loop->wheel, sizeof(*loop->wheel));
  sley__runtime_free(d->runtime, loop, sizeof(*loop));
}

static const struct sley__part loop_part = {.end = loop_end};

/* -SLEY_EINVAL: the domain's engine cannot be had. */
static int engine_open(sley_domain *d, struct sley__loop *loop)
{
  char why[SLEY__ENGINE_MISSING];
  const char *name = d->engine[0] != '\0' ? d->engine : NULL;
  if (name != NULL && sley__engine_is_missing(name, why, sizeof(why))) return -SLEY_EINVAL;
  loop->engine = loop->type->open(d, name);
  if (loop->engine != NULL) return 0;
  return errno == 0 ? -SLEY_ENOMEM : -SLEY_ESYSTEM;
}

int sley__loop_open(sley_domain *d)
{
  if (d->loop != NULL) return 0;
  if (d->ending) return -SLEY_EGONE; /* a second loop would never be ended */
  struct sley__loop *loop = sley__runtime_alloc(d->runtime, sizeof(*loop));
  if (loop == NULL) return -SLEY_ENOMEM;
  memset(loop, 0, sizeof(*loop));
  loop->domain = d;
  sley__dlist_init(&loop->waits);
  sley__dlist_init(&loop->endings);
  sley__dlist_init(&loop->ready);
  sley__dlist_init(&loop->over);
  loop->type = sley__engine_default;
  loop->now = sley__clock();
  sley__budget_unlimited(&loop->budget);
  loop->cut = NO_SOURCE;
  for (int i = 0; i < CLOCK_LEVELS; i++)
    for (int k = 0; k < CLOCK_TURNS; k++) loop->clock.began[i][k] = loop->now;
  int code = engine_open(d, loop);
  if (code != 0) {
    int reason = errno;
    sley__runtime_free(d->runtime, loop, sizeof(*loop));
    errno = reason;
    return code;
  }
  d->loop = loop;
  d->parts[SLEY__PART_LOOP] = &loop_part;
  d->turn_age = sley__turn_clock_age;
  __atomic_store_n(&d->wake, sley_wake, __ATOMIC_RELEASE);
  const char *engine = loop->type->name(loop->engine);
  __atomic_store_n(&d->engine_runs, engine, __ATOMIC_RELEASE);
  if (d->runtime->tells) sley__engine_tell(d, engine);
  return 0;
}

const char *sley__loop_engine(const struct sley__loop *loop)
{
  return loop->type->name(loop->engine);
}

const char *sley_engine_name(const sley_domain *domain)
{
  if (domain == NULL) {
    sley_domain *d = sley__self();
    if (d->loop == NULL) (void)sley__loop_open(d);
    domain = d;
  }
  return __atomic_load_n(&domain->engine_runs, __ATOMIC_ACQUIRE);
}

sley_error *sley__loop_error(const char *site, int code)
{
  char why[SLEY__ENGINE_MISSING] = "";
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  if (code == -SLEY_ESYSTEM) return sley__error_errno(site, errno, "the loop cannot be made");
  const char *engine = sley__current->engine;
  if (code == -SLEY_EINVAL && sley__engine_is_missing(engine, why, sizeof(why)))
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "the loop cannot be made: %s",
                             why);
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
        "more floors hook into a loop than there are: this is a bug in the library; please report "
        "it");
  loop->hooks[loop->hook_count++] = hooks;
  memcpy(&loop->drains[loop->drain_count], hooks->drains, drains * sizeof(hooks->drains[0]));
  loop->drain_count += drains;
}

void sley__loop_add_ending(struct sley__loop *loop, struct sley__ending *ending)
{
  sley__dlist_append(&loop->endings, &ending->place);
}

const sley__loop_counters *sley__loop_counters_of(const struct sley__loop *loop)
{
  return &loop->counters;
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
