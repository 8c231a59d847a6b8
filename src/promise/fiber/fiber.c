/* Fibers: resuming, parking and ending.
 *
 * Reading guide to fibers: fiber_internal.h defines the terms; fiber_spawn.c makes fibers; fiber_await.c waits;
 * fiber_run.h and this file switch in between; fiber_end.c ends waits that will never be answered; fiber_stack.c
 * allocates stacks; fiber_fault.c reports their overflow; fiber_switch.h switches stacks; fiber_checkers.h informs
 * sanitizers and Valgrind; generator.c uses fibers as sources of streams.
 *
 * To the resolution loop a fiber is a bind: the result of the spawn is a cell whose node is on the awaited promise,
 * so cancel finds its way, and the loop runs the node in order. Running it switches to the fiber, which switches back
 * when it awaits again or has ended. The domain's state that belongs to a stack (immediate callbacks, their queue and
 * limit) and the storage are swapped with each switch. The frames of the loop are not: they belong to the domain.
 *
 * A fiber can park only if its own stack has no frame of the library's in progress; otherwise the loop would be cut
 * in the middle. Each such frame (a loop frame, an immediate callback, a lent value, a freeing) changes one of five
 * fields of the domain, which sley_await checks. */
#include "promise/fiber/fiber_run.h"
#include "promise/fiber/fiber_warm.h"

void sley__fiber_swap_more(sley_domain *d, fiber *f)
{
  f->swapped = true;
  f->queue = d->queue;
  f->queue_end = d->queue_end;
  f->stack_base = d->stack_base;
  f->stack_limit = d->stack.limit;
  f->immediate = d->immediate;
  d->queue = NULL;
  d->queue_end = &d->queue;
  d->immediate = 0;
  if (d->stack.limit > f->quarter) d->stack.limit = f->quarter;
}

void sley__fiber_swap_more_back(sley_domain *d, fiber *f)
{
  f->swapped = false;
  d->queue = f->queue;
  d->queue_end = f->queue == NULL ? &d->queue : f->queue_end;
  d->stack_base = f->stack_base;
  d->stack.limit = f->outer == NULL ? d->stack.limit_set : f->stack_limit;
  d->immediate = f->immediate;
}

void *sley__fiber_parked(void *argument)
{
  fiber *f = argument;
  sley_promise *p = &f->result->cell;
  sley__settle_down(f->domain); /* this can end f */
  return p;
}

void sley__fiber_stop(sley_domain *d, fiber *f) { (void)sley__fiber_park(d, f, FIBER_STUCK); }

/* ---- ending ---- */

/* Frees the stack; returns what the fiber's function returned. */
static sley_promise *end(sley_domain *d, fiber *f)
{
  sley_promise *given = f->given;
  f->result->fiber = NULL;
  sley__storage_drop(d, f->storage);
  if (sley__stack_stays_warm(d, f)) sley__stack_give_warm(d, f);
  else sley__stack_cool(d, f);
  return given;
}

/* The result of a spawn whose fiber has already ended: what the function returned. */
static void *ended_at_once(void *argument)
{
  fiber *f = argument;
  sley_domain *d = f->domain;
  sley_promise *p = &f->result->cell;
  sley_promise *given = end(d, f);
  sley__check(d, given, "the return value of a fiber's function");
  sley__cell_release(d, p);
  sley__settle_down(d);
  return given;
}

/* Completes the loop's step after a fiber that it resumed has ended. */
static void *ended(void *argument)
{
  fiber *f = argument;
  sley_domain *d = f->domain;
  sley_promise *p = &f->result->cell;
  const sley_promise *source = f->source;
  sley__deliver_last(d, p, end(d, f), source);
  return NULL;
}

static _Noreturn SLEY__NOINLINE void returned_null(const fiber *f)
{
  sley__abort(
      "the function of fiber %s, spawned at %s, returned NULL; return a promise, for example "
      "sley_return(sley_unit())",
      sley__fiber_name(f), f->result->cell.site);
}

#ifdef SWITCH_IN_TAIL

/* Frees a stack that stays warm while still running on it: nothing called here can take it. */
static SLEY__ALWAYS_INLINE sley__context_end end_here(sley_domain *d, fiber *f, sley_promise *given)
{
  sley_promise *p = &f->result->cell;
  void *back = f->back.sp;
  f->result->fiber = NULL;
  sley__stack_give_warm(d, f);
  if (f->was_parked) {
    sley__deliver_last(d, p, given, f->source);
    return (sley__context_end){NULL, back};
  }
  sley__cell_release(d, p);
  return (sley__context_end){given, back};
}

static SLEY__ALWAYS_INLINE sley__context_end leave_for_good(sley_domain *d, fiber *f,
                                                            sley_promise *given)
{
  bool is_quick = f->storage == NULL && !d->untidy && given->domain == d->id;
  if (SLEY__LIKELY(is_quick && sley__stack_stays_warm(d, f))) return end_here(d, f, given);
  f->given = given;
  sley__context_switch_then(&f->self.sp, f->back.sp, f->was_parked ? ended : ended_at_once, f);
  __builtin_unreachable();
}

#else

static sley__context_end leave_for_good(sley_domain *d, fiber *f, sley_promise *given)
{
  (void)d;
  f->given = given;
  f->then = f->was_parked ? ended : ended_at_once;
  sley__checkers_before_end(f);
  SWITCH(&f->self, &f->back);
  __builtin_unreachable();
}

#endif

NO_ADDRESS_CHECK sley__context_end sley__fiber_returned(void *given, void *top)
{
  fiber *f = top;
  if (SLEY__UNLIKELY(given == NULL)) returned_null(f);
  if (SLEY__UNLIKELY(f->drop != NULL)) f->drop(f->ctx);
  sley__fiber_leave(f->domain, f, FIBER_ENDED);
  return leave_for_good(f->domain, f, given);
}

/* ---- resuming ---- */

/* Stores the value of source where the fiber wants it, or returns the error. */
static sley_error *outcome_take(sley_domain *d, const fiber *f, sley_promise *source)
{
  if (source->state == STATE_REJECTED) {
    sley__error_pass(source->error, f->awaits_at);
    return sley_error_keep(source->error);
  }
  if (f->wants == WANTS_NOTHING) return NULL;
  sley_value *v = sley__value_of(source);
  if (f->wants == WANTS_INT) {
    if (v->type != NULL) sley__await_not_an_int(f->awaits_at, v);
    *(int64_t *)f->out = v->i;
    return NULL;
  }
  if (v->type == NULL) {
    sley__value_put(f->out, v);
    return NULL;
  }
  struct sley__lent lent = {v, source, 0, d->lent};
  d->lent = &lent;
  int code = sley_take(v, f->out);
  d->lent = lent.outer;
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  return code != 0 ? sley_error_new_at(f->awaits_at, &sley_kind_sley, -code, NULL) : NULL;
}

static void run(void *domain, void *s, void *settled)
{
  sley_promise *source = settled;
  fiber *f = ((fiber_cell *)s)->fiber;
  sley_error *e = outcome_take(domain, f, source);
  f->source = source;
  (void)sley__fiber_go_on(domain, f, e);
}

static void run_scalar(void *domain, void *s, void *settled)
{
  sley_promise *source = settled;
  fiber *f = ((fiber_cell *)s)->fiber;
  f->source = source;
  if (f->wants == WANTS_INT) *(int64_t *)f->out = source->value.i;
  else if (f->wants == WANTS_VALUE) sley__value_put(f->out, &source->value);
  (void)sley__fiber_go_on(domain, f, NULL);
}

static void cell_run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  (void)held;
  sley__context_visit(d, SLEY__CONTAINER(n, fiber_cell, node), source, run);
}

static void cell_run_scalar(sley_domain *d, sley_promise *cell, sley_promise *source)
{
  sley__context_visit(d, cell, source, run_scalar);
}

static sley_promise *cell_cancel(sley_domain *d, sley_promise *p, sley_promise *how, group **groups)
{
  (void)d;
  (void)p;
  (void)groups;
  const fiber_cell *result = (const fiber_cell *)(const void *)how;
  return result->not_cancelable ? NULL : result->node.source;
}

static bool may_await_itself(const sley_promise *cell)
{
  return ((const fiber_cell *)(const void *)cell)->awaits_guard;
}

const struct sley__kind sley__kind_fiber = {.name = "fiber",
                                            .properties = IS_SINGLE | HAS_STACK | NEEDS_ALL,
                                            .shape = SHAPE_ONE,
                                            .run = cell_run,
                                            .run_scalar = cell_run_scalar,
                                            .cancel = cell_cancel,
                                            .orphaned = sley__fiber_abandon,
                                            .may_await_itself = may_await_itself};

#ifndef SWITCH_IN_TAIL
NO_ADDRESS_CHECK void *sley__fiber_begin(void *argument)
{
  fiber *f = argument;
  sley__checkers_begin(f);
  return f->fn(f->ctx);
}
#endif
