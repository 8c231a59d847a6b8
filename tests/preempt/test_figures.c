/* What pools count, and the figures that the headers state: limits, defaults, turns.
 * Tests src/preempt/figures.c, src/preempt/defaults.c, src/preempt/pool_list.c. */
#define _GNU_SOURCE
#include <math.h>

#include "support/watched_pool.h"

/* ---- counts ---- */

static void each_job_is_counted_once(void **state)
{
  (void)state;
  pool = pool_of(1);
  gate_close();
  __atomic_store_n(&starts_to_fail, 1, __ATOMIC_RELAXED);
  run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_errno, EAGAIN);
  sley_promise *runs = sley_detach(pool, gated, token(1)),
               *waits = sley_detach(pool, doubled, token(2));
  gate_wait(1);
  sley_cancel(waits);
  sley_cancel(runs); /* it keeps running and finishes in the end */
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  run_fails(runs, &sley_kind_sley, SLEY_ECANCELED);
  gate_release();
  run_gives(sley_workers_drain(pool), 0);
  sley_workers_counters c = figures_of();
  assert_int_equal(c.refused, 1);
  assert_int_equal(c.canceled, 1);
  assert_int_equal(c.finished, 1);
  assert_int_equal(c.queued, 0);
  close_pool(pool);
}

static void the_queue_is_measured(void **state)
{
  (void)state;
  sley_promise *ps[4];
  pool = pool_of(1);
  gate_close();
  ps[0] = sley_detach(pool, gated, token(0));
  gate_wait(1);
  ps[1] = sley_detach_class(pool, SLEY_PRIORITY_LOW, doubled, token(1));
  run_gives(sley_sleep(0.01), 0);
  ps[2] = sley_detach_class(pool, SLEY_PRIORITY_HIGH, doubled, token(2));
  ps[3] = sley_detach(pool, doubled, token(3));
  sley_workers_counters c = figures_of();
  assert_int_equal(c.queued, 3);
  assert_true(c.oldest >= 10 * SLEY_MILLISECOND); /* of any class */
  gate_release();
  for (int i = 0; i < 4; i++) run_gives(ps[i], 2 * i);
  c = figures_of();
  assert_int_equal(c.queued_most, 3);
  assert_int_equal(c.oldest, 0);
  close_pool(pool);
}

/* ---- turns of classes ---- */

static int order[64], order_count; /* one thread */

static sley_error *notes(sley_value *arg, sley_value *out)
{
  (void)out;
  order[order_count++] = (int)arg->i;
  return NULL;
}

static void every_sixteenth_is_of_the_lowest_class(void **state)
{
  (void)state;
  enum { JOBS = 40, LOW = 4 };
  sley_promise *ps[JOBS], *first;
  pool = pool_of(1);
  gate_close();
  order_count = 0;
  first = sley_detach(pool, gated, token(0));
  gate_wait(1);
  for (int i = 0; i < JOBS; i++)
    ps[i] = sley_detach_class(pool, i < LOW ? SLEY_PRIORITY_LOW : SLEY_PRIORITY_HIGH, notes,
                              sley_int(i));
  gate_release();
  run_gives(first, 0);
  for (int i = 0; i < JOBS; i++) run_gives(ps[i], 0);
  /* The first one was at the gate: 16, 32, and the rest once the others are done. */
  for (int i = 0; i < JOBS; i++)
    assert_int_equal(order[i] < LOW, i == 14 || i == 30 || i >= JOBS - 2);
  close_pool(pool);
}

/* ---- limits and defaults ---- */

static void so_many_threads(sley_workers *of, unsigned wanted)
{
  enum { MORE = 5, MOST = 64 + MORE };
  sley_promise *ps[MOST];
  pool = of;
  gate_close();
  for (unsigned i = 0; i < wanted + MORE; i++) ps[i] = sley_detach(of, gated, token(i));
  gate_wait((int)wanted);
  sley_workers_counters c = figures_of();
  assert_int_equal(c.threads, wanted);
  assert_int_equal(c.threads_most, wanted);
  assert_int_equal(c.queued, MORE);
  gate_release();
  for (unsigned i = 0; i < wanted + MORE; i++) run_gives(ps[i], 2 * i);
}

static void default_maximums(void **state)
{
  (void)state;
  so_many_threads(sley_workers_default(SLEY_WORKERS_PURPOSE_IO), 64);
  so_many_threads(sley_workers_default(SLEY_WORKERS_PURPOSE_DNS), 16);
  sley_workers *mine = pool_of(0);
  so_many_threads(mine, 16);
  close_pool(mine);
}

static void the_default_limit_of_a_queue(void **state)
{
  (void)state;
  enum { LIMIT = 1024 };
  static sley_promise *ps[LIMIT];
  sley_promise *first, *more;
  pool = pool_of(1);
  gate_close();
  first = sley_detach(pool, gated, token(1));
  gate_wait(1);
  for (int i = 0; i < LIMIT; i++)
    assert_int_equal(sley_try_detach(pool, SLEY_PRIORITY_NORMAL, doubled, token(i), &ps[i]), 0);
  assert_int_equal(sley_try_detach(pool, SLEY_PRIORITY_NORMAL, doubled, token(0), &more),
                   -SLEY_EAGAIN);
  gate_release();
  run_gives(first, 2);
  for (int i = 0; i < LIMIT; i++) run_gives(ps[i], 2 * i);
  close_pool(pool);
}

static void ends(void *ctx, void *thread_state)
{
  (void)ctx;
  (void)thread_state;
}

static void options_that_make_no_pool(void **state)
{
  (void)state;
  const sley_workers_options bad[] = {
      {.size = sizeof(bad[0]), .minimum = 4, .maximum = 2},
      {.size = sizeof(bad[0]), .minimum = 17},
      {.size = sizeof(bad[0]), .kind = SLEY_WORKERS_KIND_COMPUTE, .minimum = 4, .maximum = 2},
      {.size = sizeof(bad[0]), .kind = (sley_workers_kind)2},
      {.size = sizeof(bad[0]), .idle = -1},
      {.size = sizeof(bad[0]), .idle = NAN},
      {.size = sizeof(bad[0]), .stack = 16383},
      {.size = sizeof(bad[0]), .end = ends},
  };
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    pool = (sley_workers *)state;
    assert_int_equal(code_of_error(sley_workers_new(&bad[i], &pool)), -SLEY_EINVAL);
    assert_null(pool);
  }
}

static void threads_of_calculation_are_kept(void **state)
{
  (void)state;
  sley_promise *ps[2];
  sley_workers_options o = {.size = sizeof(o),
                            .name = "keeps",
                            .kind = SLEY_WORKERS_KIND_COMPUTE,
                            .maximum = 2,
                            .idle = 0.001};
  assert_null(sley_workers_new(&o, &pool));
  gate_close();
  for (int i = 0; i < 2; i++) ps[i] = sley_detach(pool, gated, token(i));
  gate_wait(2);
  gate_release();
  for (int i = 0; i < 2; i++) run_gives(ps[i], 2 * i);
  for (int i = 0; i < 50; i++) {
    usleep(1000);
    assert_int_equal(figures_of().threads, 2);
  }
  close_pool(pool);
}

/* ---- notifications, and what is kept ---- */

static int heard; /* any thread, __atomic */

static sley_error *until_told(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  pthread_mutex_lock(&gate_lock);
  at_gate++;
  pthread_cond_broadcast(&gate_moved);
  pthread_mutex_unlock(&gate_lock);
  while (!sley_job_is_canceled()) usleep(200);
  __atomic_add_fetch(&heard, 1, __ATOMIC_RELEASE);
  return NULL;
}

static sley_promise *leaves_a_job(sley_value *arg)
{
  (void)arg;
  sley_drop(sley_detach(pool, until_told, sley_unit()));
  return sley_return(sley_unit());
}

static void the_end_of_its_domain_tells_a_job(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "short"};
  pool = pool_of(1);
  gate_close();
  __atomic_store_n(&heard, 0, __ATOMIC_RELEASE);
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, leaves_a_job, sley_unit()), 0);
  gate_wait(1);
  run_gives(sley_domain_shutdown(d, 5), 0);
  sley_domain_drop(d);
  for (int i = 0; i < 20000 && __atomic_load_n(&heard, __ATOMIC_ACQUIRE) == 0; i++) usleep(1000);
  assert_int_equal(__atomic_load_n(&heard, __ATOMIC_ACQUIRE), 1);
  close_pool(pool);
}

static void closed_pools_are_forgotten(void **state)
{
  (void)state;
  size_t early = 0;
  for (int i = 0; i < 60; i++) {
    pool = pool_of(1);
    run_gives(sley_detach(pool, doubled, token(1)), 2);
    close_pool(pool);
    if (i == 9) early = __atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE);
  }
  assert_true(__atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) < early + 25);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(each_job_is_counted_once),
      TEST(the_queue_is_measured),
      TEST(every_sixteenth_is_of_the_lowest_class),
      TEST(default_maximums),
      TEST(the_default_limit_of_a_queue),
      TEST(options_that_make_no_pool),
      TEST(threads_of_calculation_are_kept),
      TEST(the_end_of_its_domain_tells_a_job),
      TEST(closed_pools_are_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
