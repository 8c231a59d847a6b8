/* Threads with slow thread-local destructors: a loop that waits for the end of their domain or pool keeps running
 * everything else meanwhile, and continues once the threads are gone. Fault 34.
 * Tests src/domain/life/collect.c. */
#include "support/domains.h"

static pthread_key_t slow_key;
static unsigned begun, ended, released, timed_out; /* destructors; any thread, __atomic */
enum { PATIENCE = 60000 /* ms; for a destructor while the loop is blocked */ };

static unsigned value_of(const unsigned *count) { return __atomic_load_n(count, __ATOMIC_SEQ_CST); }

/* Returns only when the test releases it. */
static void destroy_slowly(void *value)
{
  (void)value;
  __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
  int left = PATIENCE;
  while (value_of(&released) == 0 && left-- > 0) usleep(1000);
  if (left <= 0) __atomic_add_fetch(&timed_out, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
}

static void make_slow(void) { pthread_setspecific(slow_key, &slow_key); }

static sley_promise *slow_here(sley_value *arg)
{
  (void)arg;
  make_slow();
  return sley_return(sley_unit());
}

static sley_error *slow_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_unit();
  make_slow();
  return NULL;
}

/* ---- a loop that is busy meanwhile ---- */

enum { BEATS = 20 };
static unsigned beats, wanted_destructors;
static bool is_over;

/* Beats; once all destructors have begun, beats a few more times and then releases them. */
static sley_promise *beat(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (value_of(&begun) >= wanted_destructors && ++beats == BEATS)
    __atomic_store_n(&released, 1, __ATOMIC_SEQ_CST);
  if (is_over) return sley_return(sley_unit());
  return sley_bind(sley_sleep((double)(1000000) / SLEY_SECOND), beat, NULL);
}

static void stop(void *ctx)
{
  (void)ctx;
  is_over = true;
}

/* Runs p, which waits for this many destructors; they end only if the loop keeps running. */
static void run_beating(sley_promise *p, unsigned destructors)
{
  beats = 0;
  is_over = false;
  wanted_destructors = destructors;
  sley_promise *heart = beat(NULL, NULL);
  sley_on_termination(p, stop, NULL);
  run_gives(p, 0);
  run_gives(heart, 0);
  assert_int_equal(value_of(&timed_out), 0);
  assert_true(beats >= BEATS);
}

static void begins(void)
{
  for (int i = 0; i < PATIENCE && value_of(&begun) == 0; i++) run_gives(sley_sleep(0.001), 0);
}

static void release(void) { __atomic_store_n(&released, 1, __ATOMIC_SEQ_CST); }

static void counts_begin(void) { begun = ended = released = timed_out = 0; }

static void gone(unsigned count)
{
  assert_int_equal(value_of(&begun), count);
  assert_int_equal(value_of(&ended), count);
  assert_int_equal(value_of(&timed_out), 0);
}

static void a_domain_ends(void **state)
{
  (void)state;
  counts_begin();
  sley_domain *d = start("slow");
  run_gives(sley_call(d, slow_here, sley_unit()), 0);
  run_beating(sley_domain_shutdown(d, 1), 1);
  gone(1);
  sley_domain_drop(d);
}

static void several_end_at_once(void **state)
{
  (void)state;
  sley_domain *ds[3];
  sley_promise *ps[3];
  counts_begin();
  for (int i = 0; i < 3; i++) {
    ds[i] = start("slow");
    if (i != 1) run_gives(sley_call(ds[i], slow_here, sley_unit()), 0);
  }
  for (int i = 0; i < 3; i++) ps[i] = sley_domain_shutdown(ds[i], 1);
  run_beating(sley_join(ps, 3), 2);
  gone(2);
  for (int i = 0; i < 3; i++) sley_domain_drop(ds[i]);
}

/* Nobody waits for this shutdown any more. Its settling also means that a slot among the runtime's threads is free. */
static void a_shutdown_is_canceled(void **state)
{
  (void)state;
  counts_begin();
  sley_domain *d = start("slow");
  run_gives(sley_call(d, slow_here, sley_unit()), 0);
  sley_promise *p = sley_domain_shutdown(d, 1);
  begins();
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  sley_domain_drop(d);
  release();
  assert_int_equal(sley_finish(), 0); /* joins the thread */
  gone(1);
}

/* The caller ends while the thread is in its destructors: the end of the runtime joins it. */
static void the_asker_ends_before(void **state)
{
  (void)state;
  counts_begin();
  sley_domain *d = start("slow");
  run_gives(sley_call(d, slow_here, sley_unit()), 0);
  sley_promise *p = sley_domain_shutdown(d, 1);
  begins();
  run_gives(sley_sleep(0.005), 0);
  assert_true(sley_is_pending(p));
  sley_drop(p);
  sley_domain_drop(d);
  release();
  assert_int_equal(sley_finish(), 0);
  gone(1);
}

static sley_promise *end_another(sley_value *arg)
{
  sley_domain *d = sley_domain_in(arg);
  return sley_domain_shutdown(d, 1);
}

/* A caller that is a domain with a thread of its own, whose end does not block either. */
static void a_spawned_asker_ends_before(void **state)
{
  (void)state;
  counts_begin();
  sley_domain *slow = start("slow"), *asker = start("asker");
  run_gives(sley_call(slow, slow_here, sley_unit()), 0);
  sley_drop(sley_call(asker, end_another, sley_domain_to_value(sley_domain_keep(slow))));
  begins();
  sley_error_drop(sley_run(sley_domain_shutdown(asker, 0), NULL));
  assert_int_equal(value_of(&ended), 0);
  sley_domain_drop(asker);
  sley_domain_drop(slow);
  release();
  assert_int_equal(sley_finish(), 0);
  gone(1);
}

/* ---- pools ---- */

static sley_workers *pool_new(void)
{
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "slow", .maximum = 2};
  assert_null(sley_workers_new(&o, &pool));
  return pool;
}

static void a_pool_closes(void **state)
{
  (void)state;
  counts_begin();
  sley_workers *pool = pool_new();
  run_gives(sley_detach(pool, slow_job, sley_unit()), 0);
  run_beating(sley_workers_close(pool, 1000), 1);
  gone(1);
}

static void a_close_is_canceled(void **state)
{
  (void)state;
  counts_begin();
  sley_workers *pool = pool_new();
  run_gives(sley_detach(pool, slow_job, sley_unit()), 0);
  sley_promise *p = sley_workers_close(pool, 10);
  begins();
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  release();
  assert_int_equal(sley_finish(), 0); /* joins the thread */
  gone(1);
}

/* A thread that left its pool when idle is still there when the next one is started. */
static void a_thread_is_started_meanwhile(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "slow", .maximum = 2, .idle = 0.001};
  counts_begin();
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_detach(pool, slow_job, sley_unit()), 0);
  begins();
  run_gives(sley_detach(pool, slow_job, sley_unit()), 0); /* on a second thread */
  assert_int_equal(value_of(&ended), 0);
  run_beating(sley_workers_close(pool, 1000), 2);
  gone(2);
}

int main(void)
{
  if (pthread_key_create(&slow_key, destroy_slowly) != 0) return 1;
  const struct CMUnitTest tests[] = {
      TEST(a_domain_ends),
      TEST(several_end_at_once),
      TEST(a_shutdown_is_canceled),
      TEST(the_asker_ends_before),
      TEST(a_spawned_asker_ends_before),
      TEST(a_pool_closes),
      TEST(a_close_is_canceled),
      TEST(a_thread_is_started_meanwhile),
  };
  return cmocka_run_group_tests_name("threads that take long to go", tests, NULL, NULL);
}
