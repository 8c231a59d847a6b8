/* Domains that a loop of the user's drives. Between two steps they rest: the kernel knows what is watched, the floors
 * above have announced sleep, and a wake-up makes the engine's descriptor readable and calls the user's notifier. What
 * the user's own callbacks start meanwhile wakes the loop, since nothing else would pass it on before the next step. */
#include <sched.h>

#include <sley/engine.h>

#include "reactor/engine.h"

/* ---- waking ---- */

static void call_host(struct sley__loop *loop)
{
  struct sley__foreign *foreign = &loop->foreign;
  __atomic_add_fetch(&foreign->calling, 1, __ATOMIC_SEQ_CST);
  sley_loop_fn *f = __atomic_load_n(&foreign->wake.f, __ATOMIC_SEQ_CST);
  if (f != NULL) f(foreign->wake.ctx);
  __atomic_sub_fetch(&foreign->calling, 1, __ATOMIC_RELEASE);
}

void sley__loop_wake(struct sley__loop *loop)
{
  if (loop->type->wake(loop->engine) && __atomic_load_n(&loop->foreign.on, __ATOMIC_ACQUIRE))
    call_host(loop);
}

void sley__loop_touched(sley_domain *d)
{
  struct sley__foreign *foreign = &d->loop->foreign;
  if (foreign->touched) return;
  foreign->touched = true;
  sley__loop_wake(d->loop);
}

/* ---- how long it may sleep ---- */

static sley_time deadline(const struct sley__loop *loop)
{
  sley_time left = sley__loop_until_next(loop);
  return left > 0 ? loop->wheel->wake : left == 0 ? 0 : INT64_MAX;
}

sley_time sley__foreign_timeout(struct sley__loop *loop)
{
  loop->foreign.told = deadline(loop);
  return loop->foreign.touched ? 0 : sley__hooks_sleep_most(loop, sley__loop_until_next(loop));
}

static void tell_changed(struct sley__loop *loop)
{
  struct sley__foreign *foreign = &loop->foreign;
  if (foreign->changed.f == NULL || loop->domain->turning) return;
  sley_time now = deadline(loop);
  if (now >= foreign->told) return;
  foreign->told = now;
  foreign->changed.f(foreign->changed.ctx);
}

static void timer_is_sooner(sley__wheel *wheel) { tell_changed(wheel->loop); }

static void has_paused(void *ctx, size_t count)
{
  struct sley__loop *loop = ctx;
  const sley_pause_notifier *user = &loop->domain->pauses.diverted;
  if (user->f != NULL) user->f(user->ctx, count);
  tell_changed(loop);
}

void sley__foreign_wheel(struct sley__loop *loop)
{
  if (loop->wheel == NULL) return;
  loop->wheel->loop = loop;
  loop->wheel->sooner = loop->foreign.changed.f != NULL ? timer_is_sooner : NULL;
}

/* ---- between two steps ---- */

void sley__foreign_rest(struct sley__loop *loop)
{
  struct sley__foreign *foreign = &loop->foreign;
  bool open = sley__waits_are_open(loop); /* otherwise the next step tells who waits */
  foreign->rests = true;
  foreign->touched = !open;
  sley__sleep_begins(loop);
  if (!loop->type->rest(loop->engine, open)) call_host(loop);
  else if (!open || !sley__hooks_prepare_sleep(loop, &foreign->announced)) sley__loop_wake(loop);
  tell_changed(loop);
}

void sley__foreign_resume(struct sley__loop *loop)
{
  struct sley__foreign *foreign = &loop->foreign;
  if (!foreign->rests) return;
  foreign->rests = foreign->touched = false;
  loop->type->resume(loop->engine);
  sley__sleep_ends(loop);
  sley__hooks_awake(loop, foreign->announced);
  foreign->announced = 0;
}

/* ---- the user's part ---- */

/* The current domain's loop, which is driven from now on. NULL: there is none, or its engine cannot be driven. */
static struct sley__loop *driven(const char *function, sley_fd *fd)
{
  sley_domain *d = sley__self_at(function, "");
  if (sley__loop_open(d) != 0 || d->loop->type->show == NULL) return NULL;
  struct sley__loop *loop = d->loop;
  *fd = loop->type->show(loop->engine);
  if (!loop->foreign.on) loop->foreign.told = INT64_MAX;
  __atomic_store_n(&loop->foreign.on, true, __ATOMIC_RELEASE);
  d->driven = true;
  if (!d->turning && !loop->foreign.rests) sley__foreign_rest(loop);
  return loop;
}

sley_fd sley_loop_fd(void)
{
  sley_fd fd = -1;
  return driven(__func__, &fd) != NULL ? fd : -1;
}

sley_loop_notifier(sley_loop_set_wake)(sley_loop_fn *f, void *ctx, sley_drop_fn *drop)
{
  sley_fd fd;
  struct sley__loop *loop = driven(__func__, &fd);
  if (loop == NULL) return (sley_loop_notifier){f, ctx, drop}; /* nothing is kept */
  struct sley__foreign *foreign = &loop->foreign;
  sley_loop_notifier before = foreign->wake;
  __atomic_store_n(&foreign->wake.f, NULL, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&foreign->calling, __ATOMIC_SEQ_CST) != 0) sched_yield();
  foreign->wake.ctx = ctx;
  foreign->wake.drop = drop;
  __atomic_store_n(&foreign->wake.f, f, __ATOMIC_SEQ_CST);
  if (f != NULL && foreign->rests) call_host(loop); /* a wake-up can have come in between */
  return before;
}

sley_loop_notifier(sley_loop_set_changed)(sley_loop_fn *f, void *ctx, sley_drop_fn *drop)
{
  sley_fd fd;
  struct sley__loop *loop = driven(__func__, &fd);
  if (loop == NULL) return (sley_loop_notifier){f, ctx, drop};
  sley_domain *d = loop->domain;
  sley_loop_notifier before = loop->foreign.changed;
  loop->foreign.changed = (sley_loop_notifier){f, ctx, drop};
  if (!d->pauses.is_diverted) {
    d->pauses.diverted = (sley_pause_notifier){d->pauses.notifier, d->pauses.notifier_ctx};
    d->pauses.is_diverted = true;
    d->pauses.notifier = has_paused;
    d->pauses.notifier_ctx = loop;
  }
  sley__foreign_wheel(loop);
  tell_changed(loop);
  return before;
}

static void notifier_drop(const sley_loop_notifier *notifier)
{
  if (notifier->f != NULL && notifier->drop != NULL) notifier->drop(notifier->ctx);
}

void sley__foreign_end(struct sley__loop *loop)
{
  sley_domain *d = loop->domain;
  d->driven = false;
  if (d->pauses.is_diverted) {
    d->pauses.is_diverted = false;
    d->pauses.notifier = d->pauses.diverted.f;
    d->pauses.notifier_ctx = d->pauses.diverted.ctx;
  }
  notifier_drop(&loop->foreign.wake);
  notifier_drop(&loop->foreign.changed);
}
