/* Jobs started by callbacks of results: sent in batches, and found earlier by anything that looks for them. And the
 * figures of jobs so short that one clock reading serves many.
 * Tests src/preempt/stage.c. */
#include "support/pools.h"

/* Two pools: results of one arrive while the only thread of the other waits at the gate. */
static sley_workers *here, *there;
static sley_promise *blocker;

static void open_pools(size_t limit)
{
  sley_workers_options o = {.size = sizeof(o), .name = "there", .maximum = 1, .queue = limit};
  here = pool_of(1);
  assert_null(sley_workers_new(&o, &there));
  gate_close();
  tokens.dropped = 0;
  blocker = sley_detach(there, gated, token(1));
  gate_wait(1);
}

static void close_pools(void)
{
  gate_release();
  run_gives(blocker, 2);
  close_pool(here);
  close_pool(there);
}

/* Runs f as the callback of a result. */
static void as_result(sley_value_fn *f)
{
  sley_promise *p = sley_detach(here, doubled, token(1));
  sley_on_success(p, f, NULL);
  run_gives(p, 2);
}

static sley_promise *started[64];

static void starts_and_cancels(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  int before = tokens_dropped();
  for (int i = 0; i < 3; i++) started[i] = sley_detach(there, doubled, token(i));
  sley_cancel(started[1]);
  assert_int_equal(tokens_dropped(), before + 1);
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(there, &c);
  assert_int_equal(c.queued, 2);
  assert_int_equal(c.canceled, 1);
}

static void canceled_before_it_is_sent(void **state)
{
  (void)state;
  open_pools(0);
  as_result(starts_and_cancels);
  run_fails(started[1], &sley_kind_sley, SLEY_ECANCELED);
  gate_release();
  run_gives(started[0], 0);
  run_gives(started[2], 4);
  close_pools();
}

static void counts(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  started[0] = sley_detach(there, doubled, token(3));
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(there, &c);
  assert_int_equal(c.queued, 1);
}

static void counted_before_it_is_sent(void **state)
{
  (void)state;
  open_pools(0);
  as_result(counts);
  gate_release();
  run_gives(started[0], 6);
  close_pools();
}

static void tries(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  for (int i = 0; i < 2; i++) started[i] = sley_detach(there, doubled, token(i));
  assert_int_equal(sley_try_detach(there, SLEY_PRIORITY_NORMAL, doubled, token(9), &started[2]),
                   -SLEY_EAGAIN);
}

static void the_limit_knows_what_is_not_sent(void **state)
{
  (void)state;
  open_pools(2);
  as_result(tries);
  gate_release();
  run_gives(started[0], 0);
  run_gives(started[1], 2);
  close_pools();
}

static void starts_and_closes(void *ctx, sley_value *v)
{
  sley_workers **fresh = ctx;
  (void)v;
  for (int i = 0; i < 3; i++) started[i] = sley_detach(*fresh, doubled, token(i));
  started[3] = sley_workers_close(*fresh, -1);
}

static void closed_behind_it(void **state)
{
  (void)state;
  sley_workers *fresh = pool_of(1);
  here = pool_of(1);
  sley_promise *p = sley_detach(here, doubled, token(1));
  sley_on_success(p, starts_and_closes, &fresh);
  run_gives(p, 2);
  for (int i = 0; i < 3; i++) run_gives(started[i], i * 2);
  run_gives(started[3], 0);
  close_pool(here);
}

static void is_settled(void *ctx, sley_value *v)
{
  bool *settled = ctx;
  (void)v;
  *settled = !sley_is_pending(started[0]);
}

static void starts_and_drains(void *ctx, sley_value *v)
{
  (void)v;
  started[0] = sley_detach(here, doubled, token(7));
  started[1] = sley_workers_drain(here);
  sley_on_success(started[1], is_settled, ctx);
}

static void drained_behind_it(void **state)
{
  (void)state;
  bool settled = false;
  here = pool_of(1);
  sley_promise *p = sley_detach(here, doubled, token(1));
  sley_on_success(p, starts_and_drains, &settled);
  run_gives(p, 2);
  run_gives(started[1], 0);
  assert_true(settled);
  run_gives(started[0], 14);
  close_pool(here);
}

/* Many results together, each starting another job, in one pool and alternately in two. */
enum { LINES = 300, LONG = 5 };
static int steps[LINES];

static void next_step(void *ctx, sley_value *v)
{
  int *left = ctx;
  (void)v;
  if (--*left == 0) return;
  sley_promise *p = sley_detach(*left % 3 == 0 ? there : here, doubled, token(*left));
  sley_on_success(p, next_step, ctx);
  sley_drop(p);
}

static void many_results_start_many_jobs(void **state)
{
  (void)state;
  here = pool_of(2);
  there = pool_of(1);
  tokens.dropped = 0;
  for (int i = 0; i < LINES; i++) {
    steps[i] = LONG;
    next_step(&steps[i], NULL);
  }
  for (int left = 1; left > 0;) {
    sley_error_drop(sley_step(-1));
    left = 0;
    for (int i = 0; i < LINES; i++) left += steps[i];
  }
  assert_int_equal(tokens_dropped(), LINES * (LONG - 1));
  close_pool(here);
  close_pool(there);
}

static int noted; /* any thread, __atomic */

static sley_error *is_noted(sley_value *arg, sley_value *out)
{
  __atomic_add_fetch(&noted, 1, __ATOMIC_RELEASE);
  return doubled(arg, out);
}

/* This many have run, and no more do while nothing is sent. */
static void only(int wanted)
{
  for (int i = 0; i < 20000 && __atomic_load_n(&noted, __ATOMIC_ACQUIRE) < wanted; i++)
    usleep(1000);
  usleep(20000);
  assert_int_equal(__atomic_load_n(&noted, __ATOMIC_ACQUIRE), wanted);
}

static void starts_sixteen_and_thirty_two(void *ctx, sley_value *v)
{
  int n = 0;
  (void)ctx;
  (void)v;
  for (; n < 15; n++) started[n] = sley_detach(there, is_noted, token(n));
  only(0);
  for (; n < 16 + 31; n++) started[n] = sley_detach(there, is_noted, token(n));
  only(16);
  for (; n < 16 + 32; n++) started[n] = sley_detach(there, is_noted, token(n));
  only(48);
}

/* A callback that runs for long delays no more than this many. */
static void sent_by_sixteen_then_thirty_two(void **state)
{
  (void)state;
  here = pool_of(1);
  there = pool_of(1);
  noted = 0;
  as_result(starts_sixteen_and_thirty_two);
  for (int i = 0; i < 48; i++) run_gives(started[i], 2 * i);
  close_pool(here);
  close_pool(there);
}

/* ---- results that have no reader ---- */

static sley_error *gated_back(sley_value *arg, sley_value *out)
{
  sley_value ignored;
  sley_error *e = gated(arg, &ignored);
  return e != NULL ? e : given_back(arg, out);
}

static void the_result_of_a_canceled_job_is_dropped(void **state)
{
  (void)state;
  here = pool_of(1);
  gate_close();
  tokens.dropped = 0;
  sley_promise *p = sley_detach(here, gated_back, token(1));
  gate_wait(1);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(tokens_dropped(), 0);
  gate_release();
  run_gives(sley_workers_drain(here), 0);
  close_pool(here);
  assert_int_equal(tokens_dropped(), 1);
}

/* ---- figures of short jobs ---- */

static sley_error *short_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  return NULL;
}

static sley_error *long_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  usleep(20000);
  return NULL;
}

static void short_jobs_and_a_long_one(void **state)
{
  (void)state;
  enum { SHORT_JOBS = 400, AT = 203 };
  sley_promise *ps[SHORT_JOBS + 1];
  here = pool_of(1);
  gate_close();
  blocker = sley_detach(here, gated, token(1));
  gate_wait(1);
  for (int i = 0; i <= SHORT_JOBS; i++)
    ps[i] = sley_detach(here, i == AT ? long_job : short_job, sley_unit());
  gate_release();
  run_gives(blocker, 2);
  for (int i = 0; i <= SHORT_JOBS; i++) run_gives(ps[i], 0);
  sley_workers_counters c = {.size = sizeof(c)};
  for (int i = 0; i < 1000 && c.run_most == 0; i++) { /* the last may not be counted yet */
    run_gives(sley_workers_drain(here), 0);
    sley_workers_counters_get(here, &c);
    if (c.run_most < 20 * SLEY_MILLISECOND) c.run_most = 0;
    usleep(1000);
  }
  assert_int_equal(c.finished, SHORT_JOBS + 2);
  assert_true(c.run_most >= 20 * SLEY_MILLISECOND);
  assert_true(c.run_total >= c.run_most);
  assert_true(c.wait_most >= 20 * SLEY_MILLISECOND);
  /* The jobs behind the long one waited for it. */
  assert_true(c.wait_total >= (SHORT_JOBS - AT - 16) * (20 * SLEY_MILLISECOND));
  assert_true(c.wait_total <= c.wait_most * (SHORT_JOBS + 2));
  close_pool(here);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(canceled_before_it_is_sent),
      TEST(counted_before_it_is_sent),
      TEST(the_limit_knows_what_is_not_sent),
      TEST(closed_behind_it),
      TEST(drained_behind_it),
      TEST(many_results_start_many_jobs),
      TEST(sent_by_sixteen_then_thirty_two),
      TEST(the_result_of_a_canceled_job_is_dropped),
      TEST(short_jobs_and_a_long_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
