/* Runtimes, and their domains: making, entering, leaving. process.c has the default ones and the thread's current
 * domain; end.c the end of a domain. */
#include <stdio.h>
#include <stdlib.h>

#include "promise/scheduler/scheduler.h"

/* ---- runtimes ---- */

static void *malloc_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  return malloc(bytes);
}

static void malloc_free(void *ctx, void *memory, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  free(memory);
}

static const sley_allocator malloc_allocator = {malloc_alloc, malloc_free, NULL};

bool sley__uses_malloc(const sley_domain *d) { return d->heap.allocator.free == malloc_free; }

sley_error *sley__runtime_options_check(const sley_runtime_options *o, const char *function)
{
  if ((o->allocator.alloc == NULL) == (o->allocator.free == NULL)) return NULL;
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                        "%s: the allocator has one function of two: give both or none", function);
}

sley_error *sley_runtime_new(const sley_runtime_options *options, sley_runtime **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  SLEY__OPTIONS_READ_IF(options, sley_runtime_options, "sley_runtime_new");
  sley_error *wrong =
      options != NULL ? sley__runtime_options_check(options, "sley_runtime_new") : NULL;
  if (wrong != NULL) return wrong;
  sley_allocator allocator = malloc_allocator;
  if (options != NULL && options->allocator.alloc != NULL) allocator = options->allocator;
  sley_runtime *r = allocator.alloc(allocator.ctx, sizeof(*r));
  if (r == NULL) return &sley__nomem;
  memset(r, 0, sizeof(*r));
  r->allocator = allocator;
  r->holders = 1;
  r->origin = sley__origin;
  if (options != NULL) {
    r->single_objects = options->single_objects;
    r->max_threads = options->max_threads;
    r->no_fault_handler = options->no_fault_handler;
    r->slow = sley__slow_time(options->slow_seconds);
    if (options->engine != NULL) snprintf(r->engine, sizeof(r->engine), "%s", options->engine);
  }
  const char *debug = getenv("SLEY_DEBUG");
  if (debug != NULL && debug[0] != '\0' && strcmp(debug, "0") != 0) {
    r->single_objects = r->tells = true;
    if (r->slow == 0) r->slow = 100 * SLEY_MILLISECOND;
  }
  if (r->single_objects) sley__errors_debug();
  *out = r;
  return NULL;
}

/* For messages: "server, shard 1 and 2 more". */
static void domains_say(const sley_runtime *runtime, char *text, size_t size)
{
  enum { SAID = 4 };
  size_t used = 0;
  unsigned count = 0;
  sley__process_lock(SLEY__LOCK_DOMAINS);
  for (const sley_domain *d = runtime->first_domain; d != NULL; d = d->next_in_runtime) {
    if (count++ >= SAID) continue;
    bool has_ended = __atomic_load_n(&d->joined, __ATOMIC_ACQUIRE);
    sley__append(text, size, &used, "%s%s%s", count > 1 ? ", " : "", d->name,
                 has_ended ? " (ended, but a handle, a team or a server still keeps it)" : "");
  }
  sley__process_unlock(SLEY__LOCK_DOMAINS);
  if (count > SAID) sley__append(text, size, &used, " and %u more", count - SAID);
}

void sley__runtime_end(sley_runtime *runtime, const char *function)
{
  void (*wait)(sley_runtime *) = __atomic_load_n(&runtime->abandoned_wait, __ATOMIC_RELAXED);
  if (wait != NULL) wait(runtime);
  if (runtime->workers_end != NULL) runtime->workers_end(runtime);
  unsigned left = __atomic_load_n(&runtime->domains, __ATOMIC_ACQUIRE);
  if (left != 0) {
    char names[512] = "";
    domains_say(runtime, names, sizeof(names));
    sley__abort(
        "%s: %u domain%s of the runtime %s still there: %s; end every domain and drop "
        "what keeps it first (sley_domain_shutdown and sley_domain_drop for one that was spawned, "
        "sley_domain_end for one that was made with sley_domain_new, sley_server_drop and "
        "sley_team_drop)",
        function, left, left == 1 ? "" : "s", left == 1 ? "is" : "are", names);
  }
  sley__runtime_release(runtime);
}

void sley_runtime_drop(sley_runtime *runtime)
{
  if (runtime == NULL) return;
  sley__own_runtime(runtime, "sley_runtime_drop");
  sley__runtime_end(runtime, "sley_runtime_drop");
}

/* ---- domains ---- */

/* A domain and its unit promise, which starts with so many references that dropping handles never frees it. */
struct domain_block {
  char apart_before[SLEY__APART]; /* another domain's thread may have allocated the neighbor */
  sley_domain domain;
  sley_promise unit;
  char apart_behind[SLEY__APART];
};
enum { UNIT_REFS = 1 << 30 };

static void unit_start(sley_domain *d, sley_promise *unit)
{
  sley__cell_init(d, unit, KIND_PLAIN, "");
  unit->refs = UNIT_REFS;
  sley__outcome_value(unit, &(sley_value){.type = NULL});
  d->unit = unit;
}

static void runtime_add(sley_runtime *r, sley_domain *d)
{
  sley__process_lock(SLEY__LOCK_DOMAINS);
  d->next_in_runtime = r->first_domain;
  r->first_domain = d;
  sley__process_unlock(SLEY__LOCK_DOMAINS);
  __atomic_add_fetch(&r->domains, 1, __ATOMIC_RELAXED);
}

sley_domain *sley__domain_make(sley_runtime *runtime, const char *name,
                               const sley_allocator *allocator)
{
  sley__forks_expect();
  sley__kinds_check();
  struct domain_block *block = sley__runtime_alloc(runtime, sizeof(*block));
  if (block == NULL) return NULL;
  sley_domain *d = &block->domain;
  memset(d, 0, sizeof(*d));
  d->turn = d->published.turn = 1;
  d->id = sley__id_new(&d->number);
  d->runtime = runtime;
  d->deferred_end = &d->deferred;
  d->queue_end = &d->queue;
  d->to_free.objects_end = &d->to_free.objects;
  d->stack.limit = d->stack.limit_set = 65536;
  unit_start(d, &block->unit);
  sley__dlist_init(&d->pauses.waiting);
  sley__heap_init(&d->heap, allocator != NULL ? allocator : &runtime->allocator,
                  runtime->single_objects);
  d->parts[SLEY__PART_SLOTS] = &sley__slots_part;
  d->random = 0x9e3779b97f4a7c15u;
  if (d->heap.alone) d->trace = &sley__no_trace;
  if (name != NULL) snprintf(d->name, sizeof(d->name), "%s", name);
  else snprintf(d->name, sizeof(d->name), "domain %u", (unsigned)d->number);
  if (!sley__heap_reserve_fill(&d->heap)) {
    sley__heap_release(&d->heap, NULL);
    sley__runtime_free(runtime, block, sizeof(*block));
    return NULL;
  }
  memcpy(d->engine, runtime->engine, sizeof(d->engine));
  sley__slow_start(d, runtime->slow);
  d->handles = 1;
  sley__runtime_hold(runtime); /* handles can outlive it */
  runtime_add(runtime, d);
  return d;
}

static void runtime_remove(sley_domain *d)
{
  sley__process_lock(SLEY__LOCK_DOMAINS);
  sley_domain **place = &d->runtime->first_domain;
  while (*place != d) place = &(*place)->next_in_runtime;
  *place = d->next_in_runtime;
  sley__process_unlock(SLEY__LOCK_DOMAINS);
}

static void memory_free(sley_domain *d)
{
  sley_runtime *r = d->runtime;
  for (int i = 0; i < SLEY__PARTS; i++)
    if (d->parts[i] != NULL && d->parts[i]->drop != NULL) d->parts[i]->drop(d);
  sley__runtime_free(r, SLEY__CONTAINER(d, struct domain_block, domain),
                     sizeof(struct domain_block));
  sley__runtime_release(r);
}

/* Call this last: the runtime may end with its last domain. */
static void runtime_count_down(sley_runtime *r)
{
  __atomic_sub_fetch(&r->domains, 1, __ATOMIC_RELEASE);
}

static bool is_last_handle(sley_domain *d)
{
  return __atomic_sub_fetch(&d->handles, 1, __ATOMIC_ACQ_REL) == 0;
}

void sley__domain_release(sley_domain *d)
{
  if (!is_last_handle(d)) return;
  sley_runtime *r = d->runtime;
  bool ended = __atomic_load_n(&d->ended, __ATOMIC_RELAXED);
  if (!ended && !d->spawned)
    sley__abort(
        "sley_domain_drop: the handle of domain %u (%s) was dropped more often than it was kept: "
        "sley_domain_end ends the domain and drops the first handle",
        (unsigned)d->id, d->name);
  if (!ended) runtime_remove(d);
  memory_free(d);
  if (!ended) runtime_count_down(r);
}

void sley__domain_over(sley_domain *d)
{
  sley_runtime *r = d->runtime;
  runtime_remove(d);
  __atomic_store_n(&d->ended, true, __ATOMIC_RELEASE);
  if (is_last_handle(d)) memory_free(d); /* otherwise the last handle does */
  runtime_count_down(r);
}

sley_error *sley_domain_new(sley_runtime *runtime, const char *name, sley_domain **out)
{
  SLEY__NEEDS(out);
  if (runtime == NULL) runtime = sley__default_runtime();
  else sley__own_runtime(runtime, "sley_domain_new");
  *out = runtime == NULL ? NULL : sley__domain_make(runtime, name, NULL);
  return *out == NULL ? &sley__nomem : NULL;
}

void sley_domain_enter(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_enter", "", "a domain");
  sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  if (__atomic_load_n(&domain->ended, __ATOMIC_ACQUIRE))
    sley__abort(
        "sley_domain_enter: domain %u (%s) has ended, and only handles to it are left: make a new "
        "one "
        "with sley_domain_new",
        (unsigned)domain->number, domain->name);
  if (__atomic_exchange_n(&domain->entered, true, __ATOMIC_ACQUIRE))
    sley__abort("sley_domain_enter: domain %u (%s) is already entered, by this or another thread",
                (unsigned)domain->number, domain->name);
  domain->entered_over = sley__current;
  sley__current = domain;
  for (int i = 0; i < SLEY__PARTS; i++)
    if (domain->parts[i] != NULL && domain->parts[i]->enter != NULL)
      domain->parts[i]->enter(domain);
}

void sley__refuse_inside(const sley_domain *d, const char *function)
{
  if (d->ending) return;
  if (d->turning || d->depth > 0 || d->immediate > 0 || d->frames != NULL || d->freeing)
    sley__abort(
        "%s inside a callback of domain %s (or in a function of atexit, by an exit there): call it "
        "after sley_run or sley_step has returned",
        function, d->name);
}

void sley_domain_leave(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (sley__current != domain)
    sley__abort(
        "sley_domain_leave: domain %u (%s) is not this thread's current domain, which is %s",
        (unsigned)domain->number, domain->name, sley__current->name);
  sley__refuse_inside(domain, "sley_domain_leave");
  for (int i = 0; i < SLEY__PARTS; i++)
    if (domain->parts[i] != NULL && domain->parts[i]->leave != NULL)
      domain->parts[i]->leave(domain);
  sley__current = domain->entered_over;
  domain->entered_over = NULL;
  __atomic_store_n(&domain->entered, false, __ATOMIC_RELEASE);
}

sley_domain *sley_domain_current(void) { return sley__current->id != 0 ? sley__current : NULL; }

const char *sley_domain_name(const sley_domain *domain)
{
  SLEY__NEEDS(domain);
  return domain->name;
}

unsigned sley_domain_id(const sley_domain *domain)
{
  SLEY__NEEDS(domain);
  return domain->number;
}

/* ---- turns of its loop ---- */

void sley__turn_begins(sley_domain *d, sley_time now)
{
  d->turn++;
  __atomic_store_n(&d->published.turn, d->turn, __ATOMIC_RELAXED);
  __atomic_store_n(&d->published.since, now, __ATOMIC_RELAXED);
}

/* Publishes what others may ask for while it runs: counters, and a requested call. */
static void publish(sley_domain *d)
{
  struct sley__published *p = &d->published;
  __atomic_store_n(&p->running, NULL, __ATOMIC_RELAXED);
  __atomic_store_n(&p->live, sley__live(d), __ATOMIC_RELAXED);
  __atomic_store_n(&p->created, d->heap.freed + sley__live(d), __ATOMIC_RELAXED);
  void (*wanted)(sley_domain *) = __atomic_load_n(&p->wanted, __ATOMIC_RELAXED);
  if (SLEY__LIKELY(wanted == NULL)) return;
  __atomic_store_n(&p->wanted, NULL, __ATOMIC_RELAXED);
  wanted(d);
}

void sley__turn(sley_domain *d)
{
  (void)sley__heap_reserve_fill(&d->heap);
  sley__settle_down(d);
  publish(d);
}
