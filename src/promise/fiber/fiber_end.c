/* Fibers whose wait ends without an answer: the awaited promise can never settle, or the domain ends; and the reports
 * on live fibers. A C stack is never unwound by force: every pending await returns an error, and the fiber is
 * expected to end. One that keeps awaiting is named and abandoned. */
#include <stdio.h>

#include "promise/fiber/fiber_checkers.h"

enum { MOST_REFUSED = 1000 };

/* Moves the node of a parked fiber onto on, a settled cell, which will run it. */
static void move_to(fiber_cell *result, sley_promise *on)
{
  if (result->node.source != NULL)
    sley__node_unlink_from(&result->node.source->callbacks, &result->node);
  sley__node_listen(on, &result->node);
}

void sley__fiber_abandon(sley_domain *d, sley_promise *cell)
{
  fiber_cell *result = (fiber_cell *)(void *)cell;
  sley_promise *abandoned = &d->fibers->abandoned;
  move_to(result, abandoned);
  if (!(abandoned->flags & FLAG_FRAME)) sley__defer(d, abandoned);
}

/* ---- the end of a domain ---- */

static _Noreturn void give_up(fiber *f, const char *site)
{
  fprintf(stderr,
          "sley: left in domain %s: fiber %s, spawned at %s, does not end: sley_await returned "
          "Canceled %d times because the domain ends, last at %s\n",
          f->domain->name, sley__fiber_name(f), f->result->cell.site, MOST_REFUSED, site);
  f->awaits_at = site;
  sley__fiber_stop(f->domain, f);
  sley__abort("fiber %s continued after the end of its domain", sley__fiber_name(f));
}

sley_error *sley__await_refused(sley_domain *d, fiber *f, const char *site, sley_promise *p)
{
  if (++f->refused > MOST_REFUSED) {
    sley_drop(p);
    give_up(f, site);
  }
  sley_cancel(p); /* the operation behind it may use memory on this stack */
  if (sley__underlying(d, p)->state != STATE_PENDING) return NULL;
  sley_drop(p);
  return &sley__canceled;
}

static bool is_parked(void *ctx, fiber *f)
{
  (void)ctx;
  return f->state == FIBER_PARKED;
}

static void fibers_end(sley_domain *d)
{
  if (d->fiber != NULL)
    sley__abort(
        "domain %s was ended inside its own fiber %s, by sley_finish or a similar function: end it "
        "after sley_run has returned",
        d->name, sley__fiber_name(d->fiber));
  d->fibers_ending = true;
  fiber *f;
  while ((f = sley__fibers_find(d, is_parked, NULL)) != NULL) {
    fiber_cell *result = f->result;
    sley_promise *base = d->frames;
    result->cell.producers++;                     /* keeps the result, even if its fiber ends */
    sley__cancel_collect(d, result->node.source); /* see sley__await_refused */
    sley__canceled_leave(d, base);
    sley__run_frames(d, base);
    if (result->fiber != NULL && result->fiber->state == FIBER_PARKED) {
      sley_promise *canceled = &d->fibers->canceled;
      move_to(result, canceled);
      sley__push_frame(d, canceled);
      sley__run_frames(d, base);
    }
    sley__producer_drop(d, &result->cell);
    sley__settle_down(d);
  }
}

static void fibers_release(sley_domain *d)
{
  sley__stacks_release(d);
  sley__fault_end(d);
  sley__runtime_free(d->runtime, d->fibers, sizeof(*d->fibers));
  d->fibers = NULL;
  d->parts[SLEY__PART_FIBERS] = NULL;
}

const struct sley__part sley__fibers_part = {.enter = sley__fault_enter,
                                             .leave = sley__fault_leave,
                                             .end = fibers_end,
                                             .release = fibers_release};

static bool cancel_one(void *ctx, fiber *f)
{
  (void)ctx;
  return f->state == FIBER_PARKED && !f->result->not_cancelable && f->refused == 0;
}

void sley__fibers_cancel(sley_domain *d)
{
  if (d->fibers == NULL) return;
  fiber *f;
  while ((f = sley__fibers_find(d, cancel_one, NULL)) != NULL) {
    f->refused = 1; /* reported once */
    sley_cancel(&f->result->cell);
  }
}

/* ---- reports ---- */

typedef struct telling {
  sley_fiber_fn *f;
  void *ctx;
} telling;

static size_t used(const fiber *f)
{
  if (f->state == FIBER_RUNNING) return 0;
#ifdef SLEY_UCONTEXT
  return 0; /* only the machine knows where ucontext keeps its stack pointer */
#else
  return (size_t)(f->top - (const char *)f->self.sp);
#endif
}

static bool tell(void *ctx, fiber *f)
{
  const telling *t = ctx;
  sley_fiber_info info = {.size = sizeof(info),
                          .name = sley__fiber_name(f),
                          .spawned_at = f->result->cell.site,
                          .awaits_at = f->state == FIBER_RUNNING ? NULL : f->awaits_at,
                          .stack = (size_t)(f->top - f->low),
                          .stack_used = used(f)};
  t->f(t->ctx, &info);
  return false;
}

void sley_fiber_report(sley_fiber_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  if (d->fibers != NULL) sley__fibers_find(d, tell, &(telling){f, ctx});
}

void sley_fiber_counters_get(sley_fiber_counters *out)
{
  sley_domain *d = sley__self();
  sley_fiber_counters now = {0};
  size_t size = SLEY__FIGURES_CHECK(out, sley_fiber_counters, "sley_fiber_counters_get");
  const struct sley__fibers *pool = d->fibers;
  if (pool != NULL) {
    now.live = pool->peak - (uint64_t)pool->room;
    now.peak = pool->peak;
    now.spawned = pool->ended + now.live;
    now.stacks = pool->stacks;
    now.trimmed = pool->trimmed;
  }
  memcpy(out, &now, size);
  out->size = size;
}
