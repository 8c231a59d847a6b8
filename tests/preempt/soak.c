/* Long random use of pools: jobs in all classes, canceled at random, from a main domain and from short-lived
 * domains; pools closed during work, with and without patience; calls back into domains that are about to end;
 * failing thread starts and allocations. Every job must settle its promise exactly once and drop its argument
 * exactly once, and nothing may be left. Usage: preempt-soak JOBS [SEED]; scripts/soak-preempt runs it for long. */
#include <dlfcn.h>
#include <errno.h>

#include "support/process.h"

enum { IN_FLIGHT = 400, ROUND = 20000 };

/* ---- thread starts that fail: one in so many; 0: none ---- */

static unsigned threads_fail_every, thread_starts; /* any thread, __atomic */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *ctx)
{
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  unsigned every = __atomic_load_n(&threads_fail_every, __ATOMIC_RELAXED);
  if (every != 0 && __atomic_add_fetch(&thread_starts, 1, __ATOMIC_RELAXED) % every != 0)
    return EAGAIN;
  return real(thread, attributes, start, ctx);
}

/* ---- counters; any thread, __atomic ---- */

static uint64_t made, dropped, settled, fulfilled, canceled, refused;

static void count(uint64_t *n) { __atomic_add_fetch(n, 1, __ATOMIC_RELAXED); }
static uint64_t total(uint64_t *n) { return __atomic_load_n(n, __ATOMIC_RELAXED); }

static void wrong(const char *what)
{
  fprintf(stderr, "soak: %s\n", what);
  abort();
}

/* The argument of a job: alive until it is dropped, exactly once. */
enum { ALIVE = 0x51e7, DEAD = 0xdead };
typedef struct ticket {
  unsigned life;
  unsigned action;
} ticket;

static void ticket_drop(void *ptr)
{
  ticket *t = ptr;
  if (t->life != ALIVE) wrong("an argument was dropped twice");
  t->life = DEAD;
  free(t);
  count(&dropped);
}

static const sley_type ticket_type = {
    .size = sizeof(sley_type), .name = "ticket", .drop = ticket_drop, .send = sley_send_plain};

static uint64_t next_random(uint64_t *state)
{
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

/* ---- jobs ---- */

static sley_promise *echo(sley_value *arg) { return sley_return(sley_int(arg->i)); }

static void checked(const ticket *t)
{
  if (t->life != ALIVE) wrong("a job reads an argument that is gone");
}

static sley_error *job(sley_value *arg, sley_value *out)
{
  const ticket *t = arg->ptr;
  checked(t);
  switch (t->action % 16) {
    case 0: usleep(t->action % 300); break;
    case 1: return sley_error_new(&sley_kind_errno, EIO, "wanted");
    case 2: /* ignores cancel requests */
      for (int i = 0; i < 2000 && !sley_job_is_canceled(); i++) checked(t);
      break;
    case 3: return sley_take(arg, out) == 0 ? NULL : sley_error_nomem();
    case 4: {
      sley_value v;
      sley_error *e = sley_run_in_main(NULL, echo, sley_int(7), &v);
      if (e == NULL && v.i != 7) wrong("a call into the domain gave another's answer");
      return e;
    }
    case 5: {
      int code = sley_run_in_main_dont_wait(NULL, echo, sley_int(7), NULL, NULL);
      if (code != 0 && code != -SLEY_ENOMEM && code != -SLEY_EGONE) wrong("dont_wait");
      break;
    }
    default: break;
  }
  checked(t);
  *out = sley_int(1);
  return NULL;
}

/* ---- one domain's part ---- */

typedef struct load {
  sley_workers *pool;
  uint64_t random;
  long left;
  int in_flight, limit;
  bool starting;
  sley_promise *flying[IN_FLIGHT];
  sley_resolver *over;
} load;

typedef struct flight {
  load *load;
  int place;
} flight;

static void more(load *l);

static void landed(load *l, int place)
{
  count(&settled);
  sley_drop(l->flying[place]);
  l->flying[place] = NULL;
  l->in_flight--;
}

static void landed_well(void *ctx, sley_value *v)
{
  const flight *f = ctx;
  (void)v;
  count(&fulfilled);
  landed(f->load, f->place);
  more(f->load);
}

static void landed_badly(void *ctx, sley_error *e)
{
  const flight *f = ctx;
  if (sley_error_is_canceled(e)) count(&canceled);
  else count(&refused);
  landed(f->load, f->place);
  if (sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED)) f->load->left = 0;
  more(f->load);
}

static void start_one(load *l, int place)
{
  ticket *t = malloc(sizeof(*t));
  flight *f = malloc(sizeof(*f));
  if (t == NULL || f == NULL) wrong("no memory for the test itself");
  *t = (ticket){ALIVE, (unsigned)(next_random(&l->random) >> 8)};
  *f = (flight){l, place};
  count(&made);
  l->left--;
  l->in_flight++;
  l->flying[place] = sley_detach_class(l->pool, (sley_priority)(next_random(&l->random) % 3), job,
                                       sley_own(t, &ticket_type));
  sley_promise *p = sley_keep(l->flying[place]);
  sley_on_any(p, landed_well, landed_badly, f, free);
  sley_drop(p);
}

static void more(load *l)
{
  if (l->starting) return; /* settled inside the call: the caller's loop continues */
  l->starting = true;
  if (l->left > 0 && l->in_flight < IN_FLIGHT && next_random(&l->random) % 8 == 0) {
    int place = (int)(next_random(&l->random) % IN_FLIGHT);
    if (l->flying[place] != NULL) sley_cancel(l->flying[place]);
  }
  for (int i = 0; l->in_flight < l->limit && i < IN_FLIGHT && l->left > 0; i++) {
    int place = (int)(next_random(&l->random) % IN_FLIGHT);
    if (l->flying[place] != NULL) break;
    start_one(l, place);
    if (next_random(&l->random) % 4 == 0) break;
  }
  if (l->in_flight == 0 && l->left > 0 && l->flying[0] == NULL) start_one(l, 0);
  l->starting = false;
  if (l->left <= 0 && l->in_flight == 0 && l->over != NULL) sley_fulfill(&l->over, sley_unit());
}

static void load_free(void *ctx) { free(ctx); }

/* limit: the most in flight; without memory, nodes that must not be lost come from a small reserve. */
static sley_promise *run_load(sley_workers *pool, uint64_t seed, long jobs, int limit)
{
  load *l = calloc(1, sizeof(*l));
  if (l == NULL) wrong("no memory for the test itself");
  *l = (load){.pool = pool, .random = seed | 1, .left = jobs, .limit = limit};
  sley_promise *p = sley_attach(sley_pending(&l->over), l, load_free);
  if (l->over == NULL) { /* out of memory */
    free(l);
    return p;
  }
  more(l);
  return p;
}

/* ---- rounds ---- */

static sley_promise *visit(sley_value *arg)
{
  return run_load(arg->ptr, 77 + total(&made), 300, 100);
}

/* Domains that start, detach jobs, and are ended before those finish. */
static void visitors(sley_workers *pool, uint64_t *random)
{
  sley_domain *d;
  sley_domain_options o = {
      .size = sizeof(o), .name = "visitor", .start = visit, .arg = sley_borrow(pool)};
  if (sley_domain_spawn(&o, &d) != NULL) return;
  sley_error_drop(sley_run(
      sley_sleep((double)((sley_time)(next_random(random) % 2000000)) / SLEY_SECOND), NULL));
  sley_promise *ended = sley_domain_shutdown(d, (double)(next_random(random) % 3) * 1e-3);
  sley_error_drop(sley_run(ended, NULL));
  sley_domain_drop(d);
}

static void swallow(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void round_run(uint64_t seed, long jobs)
{
  uint64_t random = seed, made_before = total(&made), settled_before = total(&settled);
  unsigned kind = (unsigned)(next_random(&random) % 5);
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o),
                            .name = "soak",
                            .maximum = 1 + (unsigned)(next_random(&random) % 6),
                            .queue = 64,
                            .idle = kind == 1 ? 0.0005 : 0};
  if (begin(kind == 4, 0) != 0) wrong("the test before left a runtime");
  sley_set_async_hook(swallow, NULL);
  sley_set_unhandled_hook(swallow, NULL);
  if (kind == 3) __atomic_store_n(&threads_fail_every, 3, __ATOMIC_RELAXED);
  if (kind == 4) memory_fails(0, 20 + next_random(&random) % 50);
  if (sley_workers_new(&o, &pool) == NULL) {
    sley_promise *p = run_load(pool, seed, kind == 4 ? jobs / 10 + 1 : jobs,
                               kind == 4 ? 4 : IN_FLIGHT),
                 *closed = NULL;
    if (kind == 2) {
      visitors(pool, &random);
      visitors(pool, &random);
    }
    if (next_random(&random) % 2 == 0) { /* closed during work */
      sley_error_drop(sley_run(
          sley_sleep((double)((sley_time)(next_random(&random) % 20000000)) / SLEY_SECOND), NULL));
      closed = sley_workers_close(pool, (double)(next_random(&random) % 3) * 0.001);
    }
    sley_error_drop(sley_run(p, NULL));
    if (closed != NULL) sley_error_drop(sley_run(closed, NULL));
    else if (next_random(&random) % 2 == 0)
      sley_error_drop(sley_run(sley_workers_close(pool, 5), NULL));
  }
  __atomic_store_n(&threads_fail_every, 0, __ATOMIC_RELAXED);
  memory_fails(0, 0);
  sley_finish();
  /* Threads that a close left behind free the rest when they return. */
  for (int i = 0; i < 20000 && __atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) > 0; i++)
    usleep(1000);
  if (__atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) != 0) wrong("memory is left");
  if (total(&made) != total(&dropped)) wrong("an argument was not dropped");
  if (kind != 2 && total(&made) - made_before != total(&settled) - settled_before)
    wrong("a promise did not settle once");
  for (int i = 0; i < 20000 && threads() > threads_before; i++) usleep(1000);
  if (threads() > threads_before) wrong("a thread is left");
  if (descriptors() != descriptors_before) wrong("a descriptor is left");
}

int main(int argc, char **argv)
{
  long jobs = argc > 1 ? atol(argv[1]) : 100000;
  uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  unsigned rounds = 0;
  for (; total(&made) < (uint64_t)jobs; rounds++) {
    round_run(seed * 1000003 + rounds * 7919 + 1, jobs < ROUND ? jobs / 4 + 1 : ROUND);
  }
  printf("%u rounds, %llu jobs: %llu fulfilled, %llu canceled, %llu rejected\n", rounds,
         (unsigned long long)total(&made), (unsigned long long)total(&fulfilled),
         (unsigned long long)total(&canceled), (unsigned long long)total(&refused));
  return 0;
}
