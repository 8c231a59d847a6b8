/* Runtimes and domains: making, entering, ending, and the thread's current one.
 *
 * The current domain is one thread-local pointer that is never NULL: without a domain it points to a
 * stand-in with id 0, so that the check every entry makes (the promise's domain is the current one)
 * also catches threads without a domain and the child of a fork. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "promise/promise_internal.h"

static sley_domain nobody = {.name = "none"};
static sley_domain forked = {.name = "the child of a fork"};

_Thread_local sley_domain *sley__current __attribute__((tls_model("initial-exec"))) = &nobody;

static pthread_once_t process_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t domains_lock = PTHREAD_MUTEX_INITIALIZER; /* of runtimes' domains */
static uint32_t last_id;                                         /* any thread, __atomic */
static sley_runtime *default_runtime;                            /* under process_lock */
static sley_domain *default_domain;                              /* under process_lock */
static sley_runtime_options configured;                          /* under process_lock */

unsigned sley__forks;
static bool is_child; /* of a fork, and has not said that it knows */

static void fork_child(void)
{
  is_child = true;
  sley__forks++;
  if (sley__current != &nobody) sley__current = &forked;
}

static void process_start(void) { pthread_atfork(NULL, NULL, fork_child); }

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

void *sley__runtime_alloc(sley_runtime *runtime, size_t bytes)
{
  return runtime->allocator.alloc(runtime->allocator.ctx, bytes);
}

void sley__runtime_free(sley_runtime *runtime, void *memory, size_t bytes)
{
  if (memory != NULL) runtime->allocator.free(runtime->allocator.ctx, memory, bytes);
}

void sley__runtime_hold(sley_runtime *runtime)
{
  __atomic_add_fetch(&runtime->holders, 1, __ATOMIC_RELAXED);
}

void sley__runtime_release(sley_runtime *runtime)
{
  if (__atomic_sub_fetch(&runtime->holders, 1, __ATOMIC_ACQ_REL) == 0)
    runtime->allocator.free(runtime->allocator.ctx, runtime, sizeof(*runtime));
}

static bool options_are_good(const sley_runtime_options *o, const char *function)
{
  SLEY__OPTIONS_CHECK(o, sley_runtime_options, function);
  return (o->allocator.alloc == NULL) == (o->allocator.free == NULL);
}

int sley_runtime_new(sley_runtime **out, const sley_runtime_options *options)
{
  SLEY__NEEDS(out);
  *out = NULL;
  if (options != NULL && !options_are_good(options, "sley_runtime_new")) return -SLEY_EINVAL;
  sley_allocator allocator = malloc_allocator;
  if (options != NULL && options->allocator.alloc != NULL) allocator = options->allocator;
  sley_runtime *r = allocator.alloc(allocator.ctx, sizeof(*r));
  if (r == NULL) return -SLEY_ENOMEM;
  memset(r, 0, sizeof(*r));
  r->allocator = allocator;
  r->holders = 1;
  if (options != NULL) {
    r->single_objects = options->single_objects;
    r->max_threads = options->max_threads;
    r->no_fault_handler = options->no_fault_handler;
    r->slow = options->slow_callback;
  }
  const char *debug = getenv("SLEY_DEBUG");
  if (debug != NULL && debug[0] != '\0' && strcmp(debug, "0") != 0) {
    r->single_objects = true;
    if (r->slow == 0) r->slow = 100 * SLEY_MILLISECOND;
  }
  *out = r;
  return 0;
}

/* For a sentence: "server, shard 1 and 2 more". */
static void domains_say(const sley_runtime *runtime, char *text, size_t size)
{
  enum { SAID = 4 };
  size_t used = 0;
  unsigned count = 0;
  pthread_mutex_lock(&domains_lock);
  for (const sley_domain *d = runtime->first_domain; d != NULL; d = d->next_in_runtime) {
    if (count++ >= SAID) continue;
    int n = snprintf(text + used, size - used, "%s%s", count > 1 ? ", " : "", d->name);
    if (n > 0 && (size_t)n < size - used) used += (size_t)n;
  }
  pthread_mutex_unlock(&domains_lock);
  if (count > SAID) snprintf(text + used, size - used, " and %u more", count - SAID);
}

static void runtime_end(sley_runtime *runtime, const char *function)
{
  void (*wait)(sley_runtime *) = __atomic_load_n(&runtime->abandoned_wait, __ATOMIC_RELAXED);
  if (wait != NULL) wait(runtime);
  if (runtime->workers_end != NULL) runtime->workers_end(runtime);
  unsigned left = __atomic_load_n(&runtime->domains, __ATOMIC_ACQUIRE);
  if (left != 0) {
    char names[256] = "";
    domains_say(runtime, names, sizeof(names));
    sley__abort(
        "%s: %u domain%s of the runtime %s still there: %s; end every domain first "
        "(sley_domain_shutdown "
        "and sley_domain_drop for one that was spawned, sley_domain_end for one that was made with "
        "sley_domain_new)",
        function, left, left == 1 ? "" : "s", left == 1 ? "is" : "are", names);
  }
  sley__runtime_release(runtime);
}

void sley_runtime_drop(sley_runtime *runtime)
{
  if (runtime != NULL) runtime_end(runtime, "sley_runtime_drop");
}

static sley_runtime *default_runtime_locked(void)
{
  if (default_runtime == NULL &&
      sley_runtime_new(&default_runtime, configured.size != 0 ? &configured : NULL) == 0)
    default_runtime->is_default = true;
  return default_runtime;
}

sley_runtime *sley__default_runtime(void)
{
  pthread_mutex_lock(&process_lock);
  sley_runtime *r = default_runtime_locked();
  pthread_mutex_unlock(&process_lock);
  return r;
}

int sley_configure(const sley_runtime_options *options)
{
  if (!options_are_good(options, "sley_configure")) return -SLEY_EINVAL;
  pthread_mutex_lock(&process_lock);
  int code = default_runtime != NULL ? -SLEY_EINVAL : 0;
  if (code == 0) configured = *options;
  pthread_mutex_unlock(&process_lock);
  return code;
}

/* ---- domains ---- */

/* A domain and its promise that says "done", which has so many references from the start that no drop
 * of a handle brings it to none. */
struct domain_block {
  char apart_before[SLEY__APART]; /* another domain's thread may have allocated it */
  sley_domain domain;
  sley_promise unit;
  char apart_behind[SLEY__APART];
};
enum { UNIT_REFS = 1 << 30 };

static void unit_start(sley_domain *d, sley_promise *unit)
{
  cell_init(d, unit, KIND_PLAIN, "");
  unit->refs = UNIT_REFS;
  unit->state = STATE_FULFILLED;
  unit->value = sley_unit();
  d->unit = unit;
}

sley_domain *sley__domain_make(sley_runtime *runtime, const char *name,
                               const sley_allocator *allocator)
{
  pthread_once(&process_once, process_start);
  struct domain_block *block = sley__runtime_alloc(runtime, sizeof(*block));
  if (block == NULL) return NULL;
  sley_domain *d = &block->domain;
  memset(d, 0, sizeof(*d));
  d->turn = d->published.turn = 1;
  d->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
  d->runtime = runtime;
  d->allocator = allocator != NULL ? *allocator : runtime->allocator;
  d->deferred_end = &d->deferred;
  d->queue_end = &d->queue;
  d->stack_limit = d->stack_limit_set = 65536;
  unit_start(d, &block->unit);
  d->paused.next = d->paused.prev = &d->paused;
  d->random = 0x9e3779b97f4a7c15u;
  d->alone = d->watched = runtime->single_objects;
  if (d->alone) d->trace = &sley__no_trace;
  d->counters.size = sizeof(d->counters);
  if (name != NULL) snprintf(d->name, sizeof(d->name), "%s", name);
  else snprintf(d->name, sizeof(d->name), "domain %u", (unsigned)d->id);
  sley__reserve_fill(d);
  if (d->reserve_left[0] < SLEY__RESERVE_NODES || d->reserve_left[1] < SLEY__RESERVE_NODES) {
    sley__slabs_release(d);
    sley__runtime_free(runtime, block, sizeof(*block));
    return NULL;
  }
  sley__slow_start(d, runtime->slow);
  pthread_mutex_lock(&domains_lock);
  d->next_in_runtime = runtime->first_domain;
  runtime->first_domain = d;
  pthread_mutex_unlock(&domains_lock);
  __atomic_add_fetch(&runtime->domains, 1, __ATOMIC_RELAXED);
  return d;
}

int sley_domain_new(sley_runtime *runtime, const char *name, sley_domain **out)
{
  SLEY__NEEDS(out);
  if (runtime == NULL) runtime = sley__default_runtime();
  *out = runtime == NULL ? NULL : sley__domain_make(runtime, name, NULL);
  return *out == NULL ? -SLEY_ENOMEM : 0;
}

void sley_domain_enter(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (__atomic_exchange_n(&domain->entered, true, __ATOMIC_ACQUIRE))
    sley__abort("sley_domain_enter: domain %u (%s) is entered already, by this or another thread",
                (unsigned)domain->id, domain->name);
  domain->entered_over = sley__current;
  sley__current = domain;
  if (domain->fibers != NULL) sley__fault_begin(domain);
}

/* What ends or leaves a domain may not run on top of its own callbacks. */
static void refuse_inside(const sley_domain *d, const char *function)
{
  if (d->ending) return;
  if (d->turning || d->depth > 0 || d->immediate > 0 || d->frames != NULL || d->burying)
    sley__abort(
        "%s inside a callback of domain %s (or in what atexit was given, by an exit there): call "
        "it "
        "when sley_run or sley_step has returned",
        function, d->name);
}

void sley_domain_leave(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (sley__current != domain)
    sley__abort(
        "sley_domain_leave: domain %u (%s) is not this thread's current domain, which is %s",
        (unsigned)domain->id, domain->name, sley__current->name);
  refuse_inside(domain, "sley_domain_leave");
  if (domain->fibers != NULL) sley__fault_end(domain);
  sley__current = domain->entered_over;
  domain->entered_over = NULL;
  __atomic_store_n(&domain->entered, false, __ATOMIC_RELEASE);
}

sley_domain *sley_domain_current(void) { return sley__current->id != 0 ? sley__current : NULL; }

const char *sley_domain_name(const sley_domain *domain) { return domain->name; }

unsigned sley_domain_id(const sley_domain *domain) { return domain->id; }

/* ---- ending ---- */

static void site_count_add(void *ctx, const char *site, size_t pending, size_t settled)
{
  (void)site;
  *(size_t *)ctx += pending + settled;
}

static void site_write(void *ctx, const char *site, size_t pending, size_t settled)
{
  const sley_domain *d = ctx;
  fprintf(stderr, "sley: left in domain %s: %zu pending and %zu settled promises made at %s\n",
          d->name, pending, settled, site[0] != '\0' ? site : "an unknown place");
}

static void orphan_release(void *ctx, sley_promise *p)
{
  (void)ctx;
  /* Values are dropped; what pending cells own follows when nothing runs callbacks any more. */
  if (p->state == STATE_FULFILLED && !(p->flags & FLAG_SHARED)) sley_value_drop(&p->value);
  if (p->state == STATE_REJECTED) {
    sley_error *e = p->error;
    p->error = &sley__canceled;
    sley_error_drop(e);
  }
}

static void contexts_release(void *ctx, sley_promise *p)
{
  (void)ctx;
  if (p->kind >= KIND_BIND && p->kind <= KIND_FINALIZE && (p->flags & FLAG_LOADED)) {
    single *s = (single *)(void *)p;
    sley_drop_fn *drop = s->drop;
    s->drop = NULL;
    if (drop != NULL) drop(s->ctx);
  }
  node *heads[] = {is_settled(p) || p->state == STATE_PENDING ? p->callbacks : NULL,
                   p->state == STATE_PENDING ? p->cancel_nodes : NULL};
  for (int i = 0; i < 2; i++) {
    node *n = heads[i];
    if (n == NULL) continue;
    do {
      if (n->kind >= NODE_ON_SUCCESS && n->kind <= NODE_ATTACH) {
        observer *o = (observer *)(void *)n;
        sley_drop_fn *drop = o->drop;
        o->drop = NULL;
        if (drop != NULL) drop(o->ctx);
      }
      n = n->next;
    } while (n != heads[i]);
  }
}

/* Puts p on a list, through a field that only searches for what to cancel use otherwise, with one maker more. */
static void unheld_collect(void *ctx, sley_promise *p)
{
  sley_promise **first = ctx;
  bool waits = (p->state == STATE_PENDING || p->state == STATE_PROXY) && p->kind >= KIND_READ &&
               p->kind != KIND_FIBER;
  if (!waits || p->refs > 0 || p->makers == 0) return;
  p->makers++;
  p->marked = *first;
  *first = p;
}

/* Whoever waits and is held by nobody lets go: nothing will tell it any more. So what waits for itself in
 * ways that were not seen before ends here at last. */
static void unheld_release(sley_domain *d)
{
  sley_promise *first = NULL;
  if (sley__live(d) > 0) sley__cells_walk(d, unheld_collect, &first);
  for (sley_promise *p = first; p != NULL; p = p->marked) sley__sources_leave(d, p);
  for (sley_promise *p = first, *next; p != NULL; p = next) {
    next = p->marked;
    p->marked = NULL;
    maker_drop(d, p);
  }
  sley__settle_down(d);
}

/* What the lines by place do not say: names, and handles that were handed over too often. */
static void particular_write(void *ctx, sley_promise *p)
{
  const sley_domain *d = ctx;
  const char *site = p->site[0] != '\0' ? p->site : "an unknown place", *name = sley__name_of(d, p);
  if (name != NULL)
    fprintf(stderr, "sley: left in domain %s: %s promise \"%s\" made at %s\n", d->name,
            is_settled(p) ? "settled" : "pending", name, site);
  if (p->refs > INT32_MAX && !is_immortal(p))
    fprintf(stderr,
            "sley: the promise made at %s was handed over or dropped %u more times than it was "
            "held, so it could not end: sley_keep it for every further use (SLEY_DEBUG=1 names the "
            "call)\n",
            site, (unsigned)-p->refs);
}

/* Nobody will read it any more. */
static void unread_tell(void *ctx, sley_promise *p)
{
  if (p->state != STATE_REJECTED || (p->flags & FLAG_READ) || p->error == &sley__canceled) return;
  p->flags |= FLAG_READ;
  sley__unhandled(ctx, p->error, p->site);
}

/* An operation still under way that nobody holds or waits for is no promise left behind. */
static void forgotten_release(void *ctx, sley_promise *p)
{
  sley_domain *d = ctx;
  const node *own = p->kind == KIND_OPERATION ? &((operation *)(void *)p)->cancel_node : NULL;
  if (own == NULL || p->state != STATE_PENDING || p->refs > 0 || p->callbacks != NULL ||
      p->cancel_nodes != own || own->next != own)
    return;
  p->domain = SLEY__GONE;
  cell_removed(d);
}

size_t sley__domain_clear(sley_domain *d, sley_report_fn *report, void *ctx)
{
  d->ending = true;
  sley__fibers_end(d);
  if (d->office_end != NULL) d->office_end(d);
  if (d->seat_end != NULL) d->seat_end(d);
  if (d->loop_end != NULL) d->loop_end(d);
  sley_abandon_paused();
  sley__settle_down(d);
  unheld_release(d);
  storage *s = d->storage;
  d->storage = NULL;
  storage_drop(d, s);
  sley__bury(d);
  sley__cells_walk(d, forgotten_release, d);
  size_t left = 0;
  sley_report(site_count_add, &left);
  if (left < sley__live(d)) left = (size_t)sley__live(d);
  if (left > 0) {
    sley__cells_walk(d, unread_tell, d);
    if (report != NULL) {
      sley_report(report, ctx);
      sley__cells_walk(d, particular_write, d);
    }
    d->burying = true; /* drops by destructors only mark */
    sley_set_trace(NULL, NULL);
    sley__cells_walk(d, contexts_release, NULL);
    sley__cells_walk(d, orphan_release, NULL);
  }
  sley__names_release(d);
  sley__slow_stop(d);
  sley__fibers_release(d);
  sley__slabs_release(d);
  return left;
}

void sley__domain_free(sley_domain *d)
{
  sley_runtime *r = d->runtime;
  pthread_mutex_lock(&domains_lock);
  sley_domain **place = &r->first_domain;
  while (*place != d) place = &(*place)->next_in_runtime;
  *place = d->next_in_runtime;
  pthread_mutex_unlock(&domains_lock);
  sley__runtime_free(r, SLEY__CONTAINER(d, struct domain_block, domain),
                     sizeof(struct domain_block));
  __atomic_sub_fetch(&r->domains, 1, __ATOMIC_RELEASE);
}

size_t sley_domain_end(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (domain->spawned)
    sley__abort(
        "sley_domain_end: domain %u (%s) has a thread of its own: end it with "
        "sley_domain_shutdown, and let go of the handle with sley_domain_drop",
        (unsigned)domain->id, domain->name);
  if (__atomic_load_n(&domain->entered, __ATOMIC_ACQUIRE))
    sley__abort("sley_domain_end: domain %u (%s) is still entered; call sley_domain_leave first",
                (unsigned)domain->id, domain->name);
  sley_domain_enter(domain);
  size_t left = sley__domain_clear(domain, site_write, domain);
  sley_domain_leave(domain);
  sley__domain_free(domain);
  return left;
}

void sley__of_parent(const char *what, const char *name)
{
  sley__abort(
      "%s%s%s belongs to the parent of this forked process, which hears nothing of what is done to "
      "it "
      "here: leave what was made before the fork alone, and make a new one after "
      "sley_after_fork_child",
      what, name[0] != '\0' ? " " : "", name);
}

void sley_after_fork_child(void)
{
  static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  if (!is_child) return;
  is_child = false;
  process_lock = domains_lock = fresh; /* another thread of the parent may have held it */
  default_domain = NULL;
  default_runtime = NULL;
  sley__current = &nobody;
}

/* ---- the default domain ---- */

sley_domain *sley__self_slow(void)
{
  if (sley__current == &forked)
    sley__abort(
        "this process is the child of a fork; domains stay with the parent: fork before "
        "the first use of the library, exec, or call sley_after_fork_child first");
  pthread_mutex_lock(&process_lock);
  if (default_domain != NULL) {
    pthread_mutex_unlock(&process_lock);
    sley__abort(
        "this thread has no domain: the default one belongs to the thread that used the "
        "library first; start one with sley_domain_spawn, enter one with "
        "sley_domain_enter, or send work with sley_post");
  }
  sley_runtime *r = default_runtime_locked();
  sley_domain *d = r == NULL ? NULL : sley__domain_make(r, "main", NULL);
  default_domain = d;
  pthread_mutex_unlock(&process_lock);
  if (d == NULL) sley__abort("out of memory while making the default domain");
  d->is_default = true;
  sley_domain_enter(d);
  return d;
}

size_t sley_finish(void)
{
  sley_domain *d = sley__current;
  if (d->id == 0 || !d->is_default) return 0;
  refuse_inside(d, "sley_finish");
  size_t left = sley__domain_clear(d, site_write, d);
  sley_domain_leave(d);
  sley__domain_free(d);
  pthread_mutex_lock(&process_lock);
  sley_runtime *r = default_runtime;
  default_domain = NULL;
  default_runtime = NULL;
  pthread_mutex_unlock(&process_lock);
  if (r != NULL) runtime_end(r, "sley_finish");
  return left;
}

/* ---- the rest ---- */

void sley__turn(sley_domain *d)
{
  sley__reserve_fill(d);
  sley__settle_down(d);
  sley__dump_turn(d);
}

sley_promise *sley__nomem_promise(void)
{
  static sley_promise immortal = {.refs = 1,
                                  .domain = SLEY__IMMORTAL,
                                  .state = STATE_REJECTED,
                                  .kind = KIND_PLAIN,
                                  .flags = FLAG_READ,
                                  .error = &sley__nomem,
                                  .site = ""};
  error_filter(sley__current, &sley__nomem);
  return &immortal;
}
