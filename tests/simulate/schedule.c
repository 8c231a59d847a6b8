/* The scheduler. It works in one of two ways for each seed: at every point it switches with some probability to any
 * runnable thread; or it uses priorities, changed at a few random points (Burckhardt, Kothari, Musuvathi,
 * Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010).
 *
 * Time advances a little with each clock reading and jumps to the next deadline when nothing is runnable, sometimes
 * earlier. Nothing runnable and no deadline is a lost wake-up, which these runs look for. Memory is sequentially
 * consistent here: missing fences are for models/sleep_wake.pml. */
#define _GNU_SOURCE
#include "simulate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "promise/promise_floor.h"

#ifdef __SANITIZE_ADDRESS__
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
pthread_t __real_pthread_self(void); /* threads.c wraps it */
#endif

enum {
  STACK_BYTES = 512 * 1024,
  THREADS_MOST = 256,
  STEPS_MOST = 20000000,
  CHANGES = 12,      /* priority changes in a run */
  CHANGES_IN = 4000, /* number of points among which they lie */
  HISTORY = 64
};

typedef enum thread_state { RUNNABLE, BLOCKED, FINISHED } thread_state;

struct simulate_thread {
  ucontext_t context;
  void *stack;
  size_t number;
  char name[32];
  simulate_start *start;
  void *arg, *result;
  thread_state state;
  const void *object; /* blocked on it */
  simulate_time deadline;
  bool in_time; /* woken before its deadline */
  const char *what;
  sley_domain *current; /* its thread-local variables while it does not run */
  int saved_errno;
  const char *file; /* its last yield point */
  int line;
  uint32_t priority;
  const void *stack_bottom; /* as the address checker knows it */
  size_t stack_bytes;
  void *fake_stack;
};

static struct {
  bool running, verbose;
  uint64_t seed, random, hash, steps;
  bool by_priority;
  uint32_t rate; /* otherwise: one point in this many switches */
  uint64_t changes[CHANGES];
  uint32_t lowest;
  simulate_time now;
  simulate_thread *threads[THREADS_MOST];
  size_t count;
  simulate_thread *self;
  sley_domain *nobody; /* a new thread's current domain */
  struct {
    size_t from, to;
    const char *file;
    int line;
  } history[HISTORY];
  uint64_t switches;
} world;

static uint32_t chance(uint32_t below)
{
  world.random ^= world.random << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
  world.random ^= world.random >> 7;
  world.random ^= world.random << 17;
  return (uint32_t)((world.random >> 32) % below);
}

static void remember(uint64_t what) { world.hash = (world.hash ^ what) * 0x100000001b3u; }

bool simulate_running(void) { return world.running; }

uint64_t simulate_steps(void) { return world.steps; }

simulate_thread *simulate_self(void) { return world.self; }

/* ---- failing ---- */

static void describe(const simulate_thread *t)
{
  static const char *const states[] = {"can run", "blocked", "has ended"};
  fprintf(stderr, "  %zu %s: %s", t->number, t->name, states[t->state]);
  if (t->state == BLOCKED) fprintf(stderr, ", %s", t->what);
  if (t->file != NULL) fprintf(stderr, "; last at %s:%d", t->file, t->line);
  fputc('\n', stderr);
}

static void tell(void)
{
  for (size_t i = 0; i < world.count; i++) describe(world.threads[i]);
  uint64_t first = world.switches > HISTORY / 4 ? world.switches - HISTORY / 4 : 0;
  for (uint64_t i = first; i < world.switches; i++)
    fprintf(stderr, "  switch %llu: %zu -> %zu at %s:%d\n", (unsigned long long)i,
            world.history[i % HISTORY].from, world.history[i % HISTORY].to,
            world.history[i % HISTORY].file, world.history[i % HISTORY].line);
  fprintf(stderr, "simulate: again with: scripts/simulate --replay %llu %s\n",
          (unsigned long long)world.seed, simulate_program);
}

void simulate_fail(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "simulate: %s, seed %llu: ", simulate_program, (unsigned long long)world.seed);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  tell();
  _exit(1);
}

/* ---- switching ---- */

#ifdef __SANITIZE_ADDRESS__
static void leave_stack(simulate_thread *from, const simulate_thread *to)
{
  __sanitizer_start_switch_fiber(from->state == FINISHED ? NULL : &from->fake_stack,
                                 to->stack_bottom, to->stack_bytes);
}

static void enter_stack(simulate_thread *here)
{
  __sanitizer_finish_switch_fiber(here->fake_stack, NULL, NULL);
}
#else
static void leave_stack(simulate_thread *from, const simulate_thread *to)
{
  (void)from;
  (void)to;
}

static void enter_stack(simulate_thread *here) { (void)here; }
#endif

static void go_to(simulate_thread *to)
{
  simulate_thread *from = world.self;
  if (to == from) return;
  uint64_t at = world.switches++ % HISTORY;
  world.history[at].from = from->number;
  world.history[at].to = to->number;
  world.history[at].file = from->file == NULL ? "" : from->file;
  world.history[at].line = from->line;
  remember(to->number + 1);
  if (world.verbose)
    fprintf(stderr, "%12lld %8llu: %s -> %s at %s:%d%s%s\n", (long long)world.now,
            (unsigned long long)world.steps, from->name, to->name, world.history[at].file,
            from->line, from->state == BLOCKED ? ", " : "",
            from->state == BLOCKED ? from->what : "");
  from->saved_errno = errno;
  from->current = sley__current;
  world.self = to;
  leave_stack(from, to);
  swapcontext(&from->context, &to->context);
  enter_stack(from);
  sley__current = from->current;
  errno = from->saved_errno;
}

static bool is_due(const simulate_thread *t)
{
  return t->state == BLOCKED && t->deadline != FOREVER && t->deadline <= world.now;
}

static void let_due_run(void)
{
  for (size_t i = 0; i < world.count; i++) {
    if (!is_due(world.threads[i])) continue;
    world.threads[i]->state = RUNNABLE;
    world.threads[i]->in_time = false;
  }
}

static bool jump_to_deadline(void)
{
  simulate_time next = FOREVER;
  for (size_t i = 0; i < world.count; i++) {
    const simulate_thread *t = world.threads[i];
    if (t->state != BLOCKED || t->deadline == FOREVER) continue;
    if (next == FOREVER || t->deadline < next) next = t->deadline;
  }
  if (next == FOREVER) return false;
  if (next > world.now) world.now = next;
  let_due_run();
  return true;
}

static simulate_thread *choose(void)
{
  simulate_thread *runnable[THREADS_MOST], *best = NULL;
  size_t count = 0;
  for (size_t i = 0; i < world.count; i++) {
    simulate_thread *t = world.threads[i];
    if (t->state != RUNNABLE) continue;
    runnable[count++] = t;
    if (best == NULL || t->priority > best->priority) best = t;
  }
  if (count == 0) return NULL;
  return world.by_priority ? best : runnable[chance((uint32_t)count)];
}

/* Another thread must run. */
static void give_way(void)
{
  let_due_run();
  simulate_thread *next = choose();
  while (next == NULL) {
    if (!jump_to_deadline()) simulate_fail("nobody can go on: a wake-up or an answer is lost");
    next = choose();
  }
  go_to(next);
}

static void lower_priority(simulate_thread *t) { t->priority = world.lowest--; }

void simulate_point(const char *file, int line)
{
  if (!world.running) return;
  simulate_thread *here = world.self;
  here->file = file;
  here->line = line;
  remember((uint64_t)line << 8 | here->number);
  if (++world.steps > STEPS_MOST) simulate_fail("%d points and no end", STEPS_MOST);
  if (chance(512) == 0) jump_to_deadline();
  if (world.by_priority) {
    for (int i = 0; i < CHANGES; i++)
      if (world.changes[i] == world.steps) lower_priority(here);
    /* A thread that only polls lets others run. */
    if (chance(64) == 0) lower_priority(here);
    give_way();
  } else if (chance(world.rate) == 0) {
    give_way();
  }
}

bool simulate_block(const void *object, simulate_time deadline, const char *what)
{
  simulate_thread *here = world.self;
  here->state = BLOCKED;
  here->object = object;
  here->deadline = deadline;
  here->what = what;
  here->in_time = true;
  give_way();
  here->object = NULL;
  return here->in_time;
}

void simulate_wake(const void *object, bool all)
{
  simulate_thread *blocked[THREADS_MOST];
  size_t count = 0;
  for (size_t i = 0; i < world.count; i++)
    if (world.threads[i]->state == BLOCKED && world.threads[i]->object == object)
      blocked[count++] = world.threads[i];
  if (count == 0) return;
  size_t chosen = all ? 0 : chance((uint32_t)count);
  for (size_t i = chosen; i < (all ? count : chosen + 1); i++) blocked[i]->state = RUNNABLE;
}

simulate_time simulate_clock(void)
{
  simulate_point("the clock", 0);
  world.now += 1 + chance(2000);
  return world.now;
}

/* ---- threads ---- */

static void *stack_make(void)
{
  static long page;
  if (page == 0) page = sysconf(_SC_PAGESIZE);
  void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) return NULL;
  mprotect(stack, (size_t)page, PROT_NONE);
  return stack;
}

static void thread_main(void)
{
  simulate_thread *here = world.self;
  enter_stack(here);
  sley__current = here->current;
  errno = 0;
  here->result = here->start(here->arg);
  here->state = FINISHED;
  simulate_wake(here, true);
  give_way();
  abort();
}

static simulate_thread *thread_add(const char *name)
{
  if (world.count == THREADS_MOST) simulate_fail("more than %d threads", THREADS_MOST);
  simulate_thread *t = calloc(1, sizeof(*t));
  if (t == NULL) return NULL;
  t->number = world.count;
  t->priority = 1000000 + chance(1000000);
  t->current = world.nobody;
  snprintf(t->name, sizeof(t->name), "%s", name);
  world.threads[world.count++] = t;
  return t;
}

simulate_thread *simulate_spawn(simulate_start *start, void *arg, const char *name)
{
  void *stack = stack_make();
  simulate_thread *t = stack == NULL ? NULL : thread_add(name);
  if (t == NULL) {
    if (stack != NULL) munmap(stack, STACK_BYTES);
    return NULL;
  }
  t->stack = stack;
  t->stack_bottom = stack;
  t->stack_bytes = STACK_BYTES;
  t->start = start;
  t->arg = arg;
  getcontext(&t->context);
  t->context.uc_stack.ss_sp = stack;
  t->context.uc_stack.ss_size = STACK_BYTES;
  t->context.uc_link = NULL;
  makecontext(&t->context, thread_main, 0);
  simulate_point("a new thread", 0);
  return t;
}

void simulate_name(const char *name)
{
  snprintf(world.self->name, sizeof(world.self->name), "%s", name);
}

bool simulate_has_ended(const simulate_thread *thread)
{
  simulate_point("a look at a thread", 0);
  return thread->state == FINISHED;
}

void *simulate_join(simulate_thread *thread)
{
  simulate_point("a join", 0);
  while (thread->state != FINISHED) simulate_block(thread, FOREVER, "joins a thread");
  void *result = thread->result;
  if (thread->stack == NULL) simulate_fail("a thread is joined twice");
  munmap(thread->stack, STACK_BYTES);
  thread->stack = NULL;
  return result;
}

/* ---- a run ---- */

static void choose_way(void)
{
  static const uint32_t rates[] = {1, 2, 4, 16, 64};
  world.by_priority = chance(3) == 0;
  world.rate = rates[chance(sizeof(rates) / sizeof(rates[0]))];
  for (int i = 0; i < CHANGES; i++) world.changes[i] = 1 + chance(CHANGES_IN);
}

void simulate_begin(uint64_t seed, bool verbose)
{
  memset(&world, 0, sizeof(world));
  world.seed = seed;
  world.verbose = verbose;
  world.random = (seed + 1) * 0x9e3779b97f4a7c15u;
  world.hash = 0xcbf29ce484222325u; /* Fowler, Noll, Vo */
  world.lowest = 1000000;
  world.now = 1000000000;
  world.nobody = sley__current;
  for (int i = 0; i < 8; i++) chance(2);
  choose_way();
  world.self = thread_add("main");
  if (world.self == NULL) abort();
#ifdef __SANITIZE_ADDRESS__
  pthread_attr_t attributes;
  void *bottom;
  size_t bytes;
  if (pthread_getattr_np(__real_pthread_self(), &attributes) != 0) abort();
  pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  world.self->stack_bottom = bottom;
  world.self->stack_bytes = bytes;
#endif
  world.running = true;
}

uint64_t simulate_end(void)
{
  for (size_t i = 1; i < world.count; i++) {
    const simulate_thread *t = world.threads[i];
    if (t->state != FINISHED) simulate_fail("thread %s has not ended", t->name);
    if (t->stack != NULL) simulate_fail("thread %s has not been joined", t->name);
  }
  world.running = false;
  for (size_t i = 0; i < world.count; i++) free(world.threads[i]);
  return world.hash;
}
