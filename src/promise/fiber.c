/* Fibers: spawning, awaiting, going on.
 *
 * Reading guide to fibers: fiber_internal.h has the words; this file, what happens; fiber_end.c, what
 * happens when nothing more will; fiber_stack.c, where stacks come from; fiber_fault.c, their overflow;
 * fiber_switch.h, how one stack becomes another; fiber_checkers.h, who else must know.
 *
 * To the resolution loop a fiber is a bind: the result of the spawn is a cell whose node is on the
 * promise awaited, so a cancel finds its way, and the loop runs the node in its order. Running it
 * switches to the fiber, which comes back when it awaits again or has ended. What the domain keeps
 * about the stack it runs on (immediate callbacks, their queue and limit) and the storage are swapped
 * with each switch; the frames of the loop are not: they belong to the domain.
 *
 * A fiber may park only where nothing of the library lies below it on its own stack, else the loop
 * would be cut in the middle. Each such thing (a frame, an immediate callback, a value lent, a burial)
 * changes one of five fields of the domain, which is how sley_await knows. */
#include <errno.h>
#include <stdio.h>

#include "promise/fiber_checkers.h"

enum { NAME_MOST = sizeof(((fiber *)NULL)->name_given) };

/* ---- switching ---- */

#if defined(SLEY_UCONTEXT)
#define SWITCH(from, to) sley__context_switch(from, to)
#elif defined(SLEY__FIBER_ASAN) || defined(SLEY__FIBER_TSAN)
#define SWITCH(from, to) sley__context_switch(&(from)->sp, (to)->sp, NULL)
#else
#define SWITCH_IN_TAIL 1 /* nobody has to be told afterwards */
#endif

/* What of the domain's state is rarely there to be swapped. */
static __attribute__((noinline)) void more_before(sley_domain *d, fiber *f)
{
  f->swapped = true;
  f->queue = d->queue;
  f->queue_end = d->queue_end;
  f->stack_base = d->stack_base;
  f->stack_limit = d->stack_limit;
  f->immediate = d->immediate;
  d->queue = NULL;
  d->queue_end = &d->queue;
  d->immediate = 0;
  if (d->stack_limit > f->quarter) d->stack_limit = f->quarter;
}

static __attribute__((noinline)) void more_after(sley_domain *d, fiber *f)
{
  f->swapped = false;
  d->queue = f->queue;
  d->queue_end = f->queue == NULL ? &d->queue : f->queue_end;
  d->stack_base = f->stack_base;
  d->stack_limit = f->outer == NULL ? d->stack_limit_set : f->stack_limit;
  d->immediate = f->immediate;
}

static inline void storage_swap(sley_domain *d, fiber *f)
{
  storage *own = f->storage;
  f->storage = d->storage;
  d->storage = own;
}

/* Runs f until it parks or ends, which hands over what this returns. In tail position. */
static inline __attribute__((always_inline)) void *go_on(sley_domain *d, fiber *f, void *handed)
{
  storage_swap(d, f);
  f->outer = d->fiber;
  f->frames = d->frames;
  f->lent = d->lent;
  f->depth = d->depth;
  f->burying = d->burying;
  d->fiber = f;
  f->state = FIBER_RUNNING;
  if (SLEY__UNLIKELY(d->immediate != 0 || d->stack_limit > f->quarter)) more_before(d, f);
#ifdef SWITCH_IN_TAIL
  return sley__context_switch(&f->back.sp, f->self.sp, handed);
#else
  (void)handed; /* in f->error */
  f->then = NULL;
  checkers_before_enter(f);
  SWITCH(&f->back, &f->self);
  checkers_after_enter(f);
  return f->then != NULL ? f->then(f) : f->handed;
#endif
}

/* The fiber's own side of it. Leaving gives the domain's state back to the stack behind. */
static inline __attribute__((always_inline)) void leave(sley_domain *d, fiber *f, int state)
{
  f->state = (uint8_t)state;
  d->fiber = f->outer;
  if (SLEY__UNLIKELY(f->swapped)) more_after(d, f);
  storage_swap(d, f);
}

/* What a spawn returns whose fiber has parked. */
static void *parked(void *argument)
{
  fiber *f = argument;
  sley_promise *p = &f->result->cell;
  sley__settle_down(f->domain); /* f may end in it */
  return p;
}

/* In tail position. Gives the error that the fiber goes on with. */
static inline __attribute__((always_inline)) sley_error *park(sley_domain *d, fiber *f, int state)
{
  leave(d, f, state);
  bool first = !f->was_parked;
  f->was_parked = true;
#ifdef SWITCH_IN_TAIL
  if (!first) return sley__context_switch_back(&f->self.sp, f->back.sp, NULL);
  if (SLEY__UNLIKELY(d->untidy))
    return sley__context_switch_then(&f->self.sp, f->back.sp, parked, f);
  return sley__context_switch(&f->self.sp, f->back.sp, &f->result->cell);
#else
  if (first) f->then = parked;
  f->handed = NULL;
  checkers_before_park(f);
  SWITCH(&f->self, &f->back);
  checkers_after_park(f);
  return f->error;
#endif
}

void sley__fiber_stop(sley_domain *d, fiber *f) { (void)park(d, f, FIBER_STUCK); }

/* Gives the stack back; what the fiber's function returned. */
static inline sley_promise *end(sley_domain *d, fiber *f)
{
  sley_promise *given = f->given;
  f->result->fiber = NULL;
  storage_drop(d, f->storage);
  d->fibers->counters.live--;
  sley__stack_give(d, f);
  return given;
}

/* What a spawn returns whose fiber has ended: what the function did. */
static void *ended_at_once(void *argument)
{
  fiber *f = argument;
  sley_domain *d = f->domain;
  sley_promise *p = &f->result->cell;
  sley_promise *given = end(d, f);
  check(d, given, "the return value of a fiber's function");
  cell_release(d, p);
  sley__settle_down(d);
  return given;
}

/* What is left to do for the loop when a fiber that it resumed has ended. */
static void *ended(void *argument)
{
  fiber *f = argument;
  sley_domain *d = f->domain;
  sley_promise *p = &f->result->cell;
  const sley_promise *source = f->source;
  sley__deliver(d, p, end(d, f), source);
  maker_drop(d, p);
  return NULL;
}

/* Where a fiber's stack begins. */
NO_ADDRESS_CHECK static void begin(void *argument)
{
  fiber *f = argument;
  checkers_begin(f);
  sley_promise *given = f->fn(f->ctx);
  if (SLEY__UNLIKELY(given == NULL))
    sley__abort(
        "the function of fiber %s, spawned at %s, returned NULL; return a promise, for example "
        "sley_return(sley_unit())",
        f->name, f->result->cell.site);
  if (f->drop != NULL) f->drop(f->ctx);
  f->given = given;
  leave(f->domain, f, FIBER_ENDED);
#ifdef SWITCH_IN_TAIL
  if (f->was_parked) sley__context_balance();
  sley__context_switch_then(&f->self.sp, f->back.sp, f->was_parked ? ended : ended_at_once, f);
#else
  f->then = f->was_parked ? ended : ended_at_once;
  checkers_before_end(f);
  SWITCH(&f->self, &f->back);
#endif
  __builtin_unreachable();
}

/* ---- spawning ---- */

static struct sley__fibers *pool_of(sley_domain *d)
{
  struct sley__fibers *pool = d->fibers;
  if (SLEY__LIKELY(pool != NULL)) return pool;
  pool = sley__runtime_alloc(d->runtime, sizeof(*pool));
  if (pool == NULL) return NULL;
  memset(pool, 0, sizeof(*pool));
  sley_promise *settled[] = {&pool->canceled, &pool->abandoned};
  sley_error *errors[] = {&sley__canceled, &sley__abandoned};
  for (int i = 0; i < 2; i++) {
    cell_init(d, settled[i], KIND_PLAIN, "");
    settled[i]->state = STATE_REJECTED;
    settled[i]->error = errors[i];
    settled[i]->flags = FLAG_READ;
  }
  sley__stacks_init(pool);
  d->fibers = pool;
  sley__fault_begin(d);
  return pool;
}

static sley_error *no_stack(const char *site, const char *name, const char *why, uint64_t stacks)
{
  if (why == NULL) return sley_error_nomem();
  if (errno == EINVAL)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "fiber %s: a stack cannot be as large as the options say", name);
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_ENOMEM,
      "fiber %s: no stack, %s: %s (%llu stacks are mapped; where memory is left, "
      "the limit is the number of mappings, vm.max_map_count on Linux)",
      name, why, strerror(errno), (unsigned long long)stacks);
}

static void name_set(fiber *f, const char *name)
{
  size_t length = strnlen(name, NAME_MOST - 1);
  memcpy(f->name_given, name, length);
  f->name_given[length] = '\0';
  f->name = f->name_given;
}

static const sley_spawn_options no_options = {.size = sizeof(no_options)};

static sley_promise *never_runs(sley_domain *d, const char *site, sley_error *e, void *ctx,
                                sley_drop_fn *drop)
{
  if (drop != NULL) drop(ctx);
  sley_promise *p = e == &sley__nomem ? sley__nomem_promise() : sley_fail_at(site, e);
  sley__settle_down(d);
  return p;
}

/* The fiber with its stack and its result; NULL: *e. */
static inline fiber *fiber_new(sley_domain *d, const char *site, const sley_spawn_options *o,
                               sley_error **e)
{
  *e = &sley__nomem;
  struct sley__fibers *pool = pool_of(d);
  fiber_cell *result = pool == NULL ? NULL : cell_alloc(d, sizeof(fiber_cell));
  if (SLEY__UNLIKELY(result == NULL)) return NULL;
  const char *why;
  fiber *f = sley__stack_take(d, o->stack, &why);
  if (SLEY__UNLIKELY(f == NULL)) {
    *e = no_stack(site, o->name != NULL ? o->name : site, why, pool->counters.stacks);
    sley__cell_free(d, &result->cell, sizeof(fiber_cell));
    return NULL;
  }
  cell_init(d, &result->cell, KIND_FIBER, site);
  result->cell.makers = 1;
  result->node.kind = NODE_CELL;
  result->node.source = NULL;
  result->fiber = f;
  result->not_cancelable = o->not_cancelable;
  f->result = result;
  f->storage = o->empty_storage ? NULL : storage_keep(d->storage);
  f->domain = d;
  f->awaits_at = NULL;
  f->refused = 0;
  f->swapped = f->was_parked = false;
  f->name = site[0] != '\0' ? site : "of an unknown place";
  if (SLEY__UNLIKELY(o->name != NULL)) name_set(f, o->name);
  pool->counters.spawned++;
  if (++pool->counters.live > pool->counters.peak) pool->counters.peak = pool->counters.live;
  TRACE(d, created, &result->cell);
  return f;
}

static sley_promise *spawn(const char *site, const sley_spawn_options *options, sley_start_fn *fn,
                           void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  if (options->size < sizeof(sley_spawn_options))
    sley__abort(
        "sley_spawn_with at %s was given options of %zu bytes; set their size to "
        "sizeof(sley_spawn_options)",
        site, options->size);
  sley_error *e;
  fiber *f = fiber_new(d, site, options, &e);
  if (SLEY__UNLIKELY(f == NULL)) return never_runs(d, site, e, ctx, drop);
  f->fn = fn;
  f->ctx = ctx;
  f->drop = drop;
  sley__context_make(&f->self, f->low, (char *)f, begin, f);
  return go_on(d, f, NULL);
}

/* ---- awaiting ---- */

static _Noreturn void await_misuse(sley_domain *d, const char *site, const char *function)
{
  if (d->fiber == NULL)
    sley__abort(
        "%s at %s outside a fiber: wait in a function started with sley_spawn, go on in a callback "
        "with sley_bind, or, at the top of a program, use sley_run",
        function, site);
  sley__abort(
      "%s at %s in a callback that runs on the stack of fiber %s but is not part of it: let the "
      "callback return the promise, or start a fiber of its own with sley_spawn",
      function, site, d->fiber->name);
}

void sley__refuse_in_fiber(sley_domain *d, const char *function)
{
  if (d->fiber != NULL)
    sley__abort(
        "%s inside fiber %s: use sley_await there, which lets the rest of the domain go on while "
        "the "
        "fiber waits",
        function, d->fiber->name);
}

/* The running fiber, which may park here; aborts otherwise. */
static inline fiber *fiber_here(sley_domain *d, const char *site, const char *function)
{
  fiber *f = d->fiber;
  if (SLEY__UNLIKELY(f == NULL || f->frames != d->frames || d->immediate != 0 ||
                     f->lent != d->lent || f->depth != d->depth || f->burying != d->burying))
    await_misuse(d, site, function);
  return f;
}

static _Noreturn void not_an_int(const char *site, const sley_value *v)
{
  sley__abort("sley_await_int at %s was given a value of type %s; use sley_await_ptr", site,
              v->type->name);
}

static __attribute__((noinline)) sley_error *settled_at(const char *site, sley_promise *u,
                                                        sley_promise *p, int wants, void *out)
{
  sley_value v = sley_unit();
  if (u->state == STATE_REJECTED) sley__error_pass(u->error, site);
  sley_error *e = sley__finish(p, wants == WANTS_NOTHING ? NULL : &v);
  if (wants == WANTS_VALUE) *(sley_value *)out = v;
  if (wants != WANTS_INT) return e;
  if (v.type != NULL) not_an_int(site, &v);
  *(int64_t *)out = v.i;
  return e;
}

/* out: a value or an integer, by wants, that is 0 already. In tail position. */
static inline __attribute__((always_inline)) sley_error *await(const char *site, sley_promise *p,
                                                               int wants, void *out,
                                                               const char *function)
{
  sley_domain *d = sley__self();
  fiber *f = fiber_here(d, site, function);
  check(d, p, function);
  sley_promise *u = underlying(d, p);
  if (u->state != STATE_PENDING) return settled_at(site, u, p, wants, out);
  if (SLEY__UNLIKELY(d->fibers->ending)) {
    sley_error *e = sley__await_refused(d, f, site, p);
    return e != NULL ? e : settled_at(site, underlying(d, p), p, wants, out);
  }
  if (SLEY__UNLIKELY(u == underlying(d, &f->result->cell)))
    sley__abort("%s at %s: fiber %s awaits its own result, which will never be there", function,
                site, f->name);
  node_listen(u, &f->result->node);
  TRACE(d, waits, &f->result->cell, u);
  ref_drop(d, p); /* what that lets go is buried behind the switch: burying might resume f */
  f->awaits_at = site;
  f->wants = (uint8_t)wants;
  f->out = out;
  return park(d, f, FIBER_PARKED);
}

/* Puts the value of source where the fiber wants it; or gives the error. */
static inline sley_error *outcome_take(sley_domain *d, const fiber *f, sley_promise *source)
{
  if (SLEY__UNLIKELY(source->state == STATE_REJECTED)) {
    sley__error_pass(source->error, f->awaits_at);
    return sley_error_keep(source->error);
  }
  if (f->wants == WANTS_NOTHING) return NULL;
  sley_value *v = value_of(source);
  if (f->wants == WANTS_INT) {
    if (SLEY__UNLIKELY(v->type != NULL)) not_an_int(f->awaits_at, v);
    *(int64_t *)f->out = v->i;
    return NULL;
  }
  if (SLEY__LIKELY(v->type == NULL)) {
    *(sley_value *)f->out = *v;
    return NULL;
  }
  struct sley__lent lent = {v, source, 0, d->lent};
  d->lent = &lent;
  int code = sley_take(v, f->out);
  d->lent = lent.outer;
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  return code != 0 ? sley_error_new_at(f->awaits_at, &sley_kind_sley, -code, NULL) : NULL;
}

void sley__fiber_run(sley_domain *d, single *s, sley_promise *source)
{
  fiber *f = ((fiber_cell *)(void *)s)->fiber;
  f->error = outcome_take(d, f, source);
  f->source = source;
  f->awaits_at = NULL;
  (void)go_on(d, f, f->error);
}

bool sley__fiber_is_cancelable(const sley_promise *result)
{
  return !((const fiber_cell *)(const void *)result)->not_cancelable;
}

/* ---- the public functions ---- */

sley_promise *sley_spawn_at(const char *site, sley_start_fn *fn, void *ctx)
{
  return spawn(site, &no_options, fn, ctx, NULL);
}

sley_promise *(sley_spawn)(sley_start_fn *fn, void *ctx) { return sley_spawn_at("", fn, ctx); }

sley_promise *sley_spawn_own_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return spawn(site, &no_options, fn, ctx, drop);
}

sley_promise *(sley_spawn_own)(sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_spawn_own_at("", fn, ctx, drop);
}

sley_promise *sley_spawn_with_at(const char *site, const sley_spawn_options *options,
                                 sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return spawn(site, options != NULL ? options : &no_options, fn, ctx, drop);
}

sley_promise *(sley_spawn_with)(const sley_spawn_options *options, sley_start_fn *fn, void *ctx,
                                sley_drop_fn *drop)
{
  return sley_spawn_with_at("", options, fn, ctx, drop);
}

void sley_spawn_async_with_at(const char *site, const sley_spawn_options *options,
                              sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_error *e = sley_ignore_result(sley_spawn_with_at(site, options, fn, ctx, drop));
  if (e != NULL) sley__async_error(sley__self(), e, site);
}

void(sley_spawn_async_with)(const sley_spawn_options *options, sley_start_fn *fn, void *ctx,
                            sley_drop_fn *drop)
{
  sley_spawn_async_with_at("", options, fn, ctx, drop);
}

void sley_spawn_async_at(const char *site, sley_start_fn *fn, void *ctx)
{
  sley_spawn_async_with_at(site, NULL, fn, ctx, NULL);
}

void(sley_spawn_async)(sley_start_fn *fn, void *ctx) { sley_spawn_async_at("", fn, ctx); }

sley_error *sley_await_at(const char *site, sley_promise *p, sley_value *out)
{
  if (out != NULL) *out = sley_unit();
  return await(site, p, out != NULL ? WANTS_VALUE : WANTS_NOTHING, out, "sley_await");
}

sley_error *(sley_await)(sley_promise *p, sley_value *out) { return sley_await_at("", p, out); }

sley_error *sley_await_int_at(const char *site, sley_promise *p, int64_t *out)
{
  *out = 0;
  return await(site, p, WANTS_INT, out, "sley_await_int");
}

sley_error *(sley_await_int)(sley_promise *p, int64_t *out)
{
  return sley_await_int_at("", p, out);
}

sley_error *sley_await_ptr_at(const char *site, sley_promise *p, const sley_type *type, void **out)
{
  sley_value v = sley_unit();
  sley_error *e = await(site, p, WANTS_VALUE, &v, "sley_await_ptr");
  if (e == NULL && v.type != type)
    sley__abort("sley_await_ptr at %s was given a value of type %s and asked for %s", site,
                v.type != NULL ? v.type->name : "scalar", type != NULL ? type->name : "scalar");
  *out = e == NULL ? v.ptr : NULL;
  return e;
}

sley_error *(sley_await_ptr)(sley_promise *p, const sley_type *type, void **out)
{
  return sley_await_ptr_at("", p, type, out);
}

sley_error *sley_yield_at(const char *site)
{
  fiber_here(sley__self(), site, "sley_yield");
  return await(site, sley_pause_at(site), WANTS_NOTHING, NULL, "sley_yield");
}

sley_error *(sley_yield)(void) { return sley_yield_at(""); }

const char *sley_fiber_name(void)
{
  const fiber *f = sley__self()->fiber;
  return f != NULL ? f->name : NULL;
}

int sley_fiber_set(const sley_key *key, sley_value v)
{
  fiber_here(sley__self(), "an unknown place", "sley_fiber_set");
  return sley__storage_set(key, &v);
}

int sley_fiber_unset(const sley_key *key)
{
  fiber_here(sley__self(), "an unknown place", "sley_fiber_unset");
  return sley_get(key) == NULL ? 0 : sley__storage_set(key, NULL);
}
