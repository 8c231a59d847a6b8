/* Fibers: making one, and running it up to its first wait. */
#include <errno.h>
#include <stdio.h>

#include "promise/fiber/fiber_run.h"
#include "promise/fiber/fiber_warm.h"

enum { NAME_MOST = sizeof(((fiber *)NULL)->name) };

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
    sley__cell_init(d, settled[i], KIND_PLAIN, "");
    sley__outcome_error(settled[i], errors[i]);
    settled[i]->flags = FLAG_READ;
  }
  sley__stacks_init(pool);
  d->fibers = pool;
  d->parts[SLEY__PART_FIBERS] = &sley__fibers_part;
  sley__fault_begin(d);
  return pool;
}

static sley_error *no_stack(const char *site, const char *name, const char *why, uint64_t stacks)
{
  if (why == NULL) return sley_error_nomem();
  if (errno == EINVAL)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "fiber %s: a stack cannot be as large as the options require", name);
  return sley_error_new_at(site, &sley_kind_sley, SLEY_ENOMEM,
                           "fiber %s: no stack, %s: %s (%llu stacks are mapped; if memory is left, "
                           "the limit is the number of mappings, vm.max_map_count on Linux)",
                           name, why, strerror(errno), (unsigned long long)stacks);
}

static void name_set(fiber *f, const char *name)
{
  size_t length = strnlen(name, NAME_MOST - 1);
  memcpy(f->name, name, length);
  f->name[length] = '\0';
  f->has_name = true;
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

/* Initializes a fiber on its stack with its result and its function. */
static SLEY__ALWAYS_INLINE void fiber_init(sley_domain *d, fiber *f, fiber_cell *result,
                                           const char *site, storage *bound)
{
  sley__cell_init(d, &result->cell, KIND_FIBER, site);
  result->cell.producers = 1;
  result->node.kind = NODE_CELL;
  result->node.source = NULL;
  result->fiber = f;
  result->not_cancelable = result->awaits_guard = false;
  f->result = result;
  f->storage = sley__storage_keep(bound);
  f->was_parked = false;
  f->wants = WANTS_NOTHING;
  f->has_name = f->swapped = false;
  f->refused = 0;
}

static SLEY__ALWAYS_INLINE sley_promise *begin(sley_domain *d, fiber *f, sley_start_fn *fn,
                                               void *ctx, sley_drop_fn *drop)
{
  f->fn = fn;
  f->ctx = ctx;
  f->drop = drop;
  return sley__fiber_start(d, f);
}

/* NULL: *e is the reason. */
static fiber *fiber_new(sley_domain *d, const char *site, const sley_spawn_options *o,
                        sley_error **e)
{
  *e = &sley__nomem;
  struct sley__fibers *pool = pool_of(d);
  fiber_cell *result = pool == NULL ? NULL : sley__cell_alloc(d, sizeof(fiber_cell));
  if (result == NULL) return NULL;
  const char *why;
  fiber *f = sley__stack_take(d, o->stack, &why);
  if (f == NULL) {
    *e = no_stack(site, o->name != NULL ? o->name : site, why, pool->stacks);
    sley__cell_free(d, &result->cell, sizeof(fiber_cell));
    return NULL;
  }
  fiber_init(d, f, result, site, o->empty_storage ? NULL : d->storage);
  result->not_cancelable = o->not_cancelable;
  if (o->name != NULL) name_set(f, o->name);
  sley__trace_created(d, &result->cell);
  return f;
}

static SLEY__NOINLINE sley_promise *spawn(const char *site, const sley_spawn_options *options,
                                          sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  if (fn == NULL) sley__missing("sley_spawn", site, "fn");
  sley_domain *d = sley__self();
  SLEY__OPTIONS_READ(options, sley_spawn_options, "sley_spawn_with");
  sley_error *e;
  fiber *f = fiber_new(d, site, options, &e);
  if (f == NULL) return never_runs(d, site, e, ctx, drop);
  return begin(d, f, fn, ctx, drop);
}

/* Fast path, without options: usually a stack and a cell are at hand. Nothing here may need a stack slot, or the
 * switch is not in tail position. */
static SLEY__ALWAYS_INLINE sley_promise *spawn_quickly(const char *site, sley_start_fn *fn,
                                                       void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__current;
  struct sley__fibers *pool = d->fibers;
  if (SLEY__UNLIKELY(pool == NULL || fn == NULL)) return spawn(site, &no_options, fn, ctx, drop);
  fiber *f = pool->warm[STACK_CLASS_DEFAULT];
  fiber_cell *result = f == NULL ? NULL : sley__cell_alloc_quick(d, sizeof(fiber_cell));
  if (SLEY__UNLIKELY(result == NULL)) return spawn(site, &no_options, fn, ctx, drop);
  sley__stack_take_warm(pool, f, STACK_CLASS_DEFAULT);
  fiber_init(d, f, result, site, d->storage);
  return begin(d, f, fn, ctx, drop);
}

/* ---- the public functions ---- */

sley_promise *sley_spawn_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return spawn_quickly(site, fn, ctx, drop);
}

sley_promise *sley_spawn_with_at(const char *site, const sley_spawn_options *options,
                                 sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return spawn(site, options != NULL ? options : &no_options, fn, ctx, drop);
}

void sley_spawn_async_with_at(const char *site, const sley_spawn_options *options,
                              sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_error *e = sley_ignore_result(sley_spawn_with_at(site, options, fn, ctx, drop));
  if (e != NULL) sley__async_error(sley__self(), e, site);
}

void sley_spawn_async_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_spawn_async_with_at(site, NULL, fn, ctx, drop);
}
