/* Closing pools: waiting jobs, running jobs, jobs that do not return in time; and waiting for idleness.
 * Tests src/preempt/close.c, src/preempt/notice.c, src/preempt/join.c, src/preempt/defaults.c. */
#include "preempt/preempt_floor.h"
#include "support/pools.h"

static sley_promise *later(double seconds) { return sley_sleep(seconds); }

static sley_promise *open_the_gate(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  gate_release();
  return sley_return(sley_unit());
}

static void what_it_has_is_run_first(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  tokens.dropped = 0;
  sley_promise *runs = sley_detach(pool, gated, token(3)),
               *waits = sley_detach(pool, doubled, token(4));
  gate_wait(1);
  sley_promise *closed = sley_workers_close(pool, 10);
  run_fails(sley_detach(pool, doubled, token(5)), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_workers_close(pool, 1), &sley_kind_sley, SLEY_ECLOSED);
  gate_release();
  run_gives(closed, 0);
  run_gives(runs, 6);
  run_gives(waits, 8);
  assert_int_equal(tokens_dropped(), 3);
}

static void without_patience_what_waits_is_rejected(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  tokens.dropped = 0;
  sley_promise *runs = sley_detach(pool, gated, token(3)),
               *waits = sley_detach(pool, gated, token(4));
  gate_wait(1);
  run_gives(sley_workers_close(pool, 0), 1);
  run_fails(waits, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(tokens_dropped(), 1);
  gate_release();
  run_gives(runs, 6); /* its result is not lost */
  assert_int_equal(tokens_dropped(), 2);
}

static bool seen_canceled; /* any thread, __atomic */

static sley_error *until_canceled(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  pthread_mutex_lock(&gate_lock);
  at_gate++;
  pthread_cond_broadcast(&gate_moved);
  pthread_mutex_unlock(&gate_lock);
  while (!sley_job_is_canceled()) usleep(100);
  __atomic_store_n(&seen_canceled, true, __ATOMIC_RELAXED);
  return NULL;
}

static void what_runs_is_told_at_the_deadline(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(2);
  gate_close();
  seen_canceled = false;
  sley_promise *p = sley_detach(pool, until_canceled, sley_unit());
  gate_wait(1);
  sley_promise *closed = sley_workers_close(pool, 0.02);
  sley_value left;
  assert_null(sley_run(closed, &left));
  assert_int_equal(left.i, 1);
  run_gives(p, 0);
  assert_true(__atomic_load_n(&seen_canceled, __ATOMIC_RELAXED));
}

static void canceling_tells_the_job(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  seen_canceled = false;
  sley_promise *p = sley_detach(pool, until_canceled, sley_unit());
  gate_wait(1);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  close_pool(pool);
  assert_true(__atomic_load_n(&seen_canceled, __ATOMIC_RELAXED));
  assert_false(sley_job_is_canceled());
}

static void a_closed_pool_nobody_used(void **state)
{
  (void)state;
  close_pool(pool_of(3));
  sley_workers *pool = pool_of(3);
  (void)pool; /* the end of the runtime closes it */
}

static void nobody_waits_for_the_close(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(2);
  gate_close();
  sley_promise *p = sley_detach(pool, gated, token(1));
  gate_wait(1);
  sley_promise *closed = sley_workers_close(pool, 30);
  sley_cancel(closed);
  run_fails(closed, &sley_kind_sley, SLEY_ECANCELED);
  gate_release();
  run_gives(p, 2);
}

static void the_domain_ends_before_the_close(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 0), 0);
  sley_workers *pool = pool_of(2);
  gate_close();
  tokens.dropped = 0;
  sley_drop(sley_detach(pool, gated, token(1)));
  sley_drop(sley_detach(pool, gated, token(1)));
  gate_wait(2);
  sley_drop(sley_detach(pool, gated, token(1)));
  sley_drop(sley_workers_close(pool, 30));
  gate_release();
  assert_int_equal(finish(), 0);
  assert_int_equal(tokens_dropped(), 3);
}

static void drained_when_idle(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(2);
  run_gives(sley_workers_drain(pool), 0);
  gate_close();
  sley_promise *ps[5];
  for (int i = 0; i < 5; i++) ps[i] = sley_detach(pool, gated, token(i));
  sley_promise *drained = sley_workers_drain(pool), *again = sley_workers_drain(pool);
  sley_cancel(ps[4]);
  run_gives(later(0.01), 0);
  assert_true(sley_is_pending(drained));
  sley_promise *opened = sley_bind(later(0.005), open_the_gate, NULL);
  run_gives(drained, 0);
  run_gives(again, 0);
  run_gives(opened, 0);
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  assert_int_equal(c.finished + c.canceled, 5);
  assert_int_equal(c.queued, 0);
  for (int i = 0; i < 4; i++) run_gives(ps[i], i * 2);
  run_fails(ps[4], &sley_kind_sley, SLEY_ECANCELED);
  close_pool(pool);
}

static void a_default_pool_may_be_closed(void **state)
{
  (void)state;
  run_gives(sley_detach(NULL, doubled, token(1)), 2);
  close_pool(sley_workers_default(SLEY_WORKERS_PURPOSE_IO));
  run_fails(sley_detach(NULL, doubled, token(1)), &sley_kind_sley, SLEY_ECLOSED);
  run_gives(sley_detach(sley_workers_default(SLEY_WORKERS_PURPOSE_COMPUTE), doubled, token(1)), 2);
}

/* The end of the runtime does not wait forever for a job that does not return: it reports the job and leaves it
 * behind. */
static void a_job_that_outlives_the_runtime(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 0), 0);
  gate_close();
  tokens.dropped = 0;
  sley_drop(sley_detach(NULL, gated, token(1)));
  gate_wait(1);
  size_t before = sley_finish();
  assert_int_equal(before, 0);
  assert_true(__atomic_load_n(&heap.blocks, __ATOMIC_RELAXED) > 0);
  gate_release();
  for (int i = 0; i < 20000 && __atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE) > 0; i++)
    usleep(1000);
  assert_int_equal(__atomic_load_n(&heap.blocks, __ATOMIC_ACQUIRE), 0);
  assert_int_equal(tokens_dropped(), 1);
}

static void close_without_memory(void)
{
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "poor", .maximum = 2};
  if (sley_workers_new(&o, &pool) != NULL) return;
  sley_value v;
  sley_promise *p = sley_detach(pool, doubled, token(1));
  ran_or_no_memory(sley_workers_drain(pool), &v);
  ran_or_no_memory(sley_workers_close(pool, 5), &v);
  ran_or_no_memory(p, &v);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(close_without_memory);
}

static pthread_key_t slow_key;

static void slowly(void *unused)
{
  (void)unused;
  usleep(200000);
}

/* The pool's begin and end functions: the second thread takes long to end, after the pool no longer counts it. */
static sley_error *first_is_quick(void *ctx, void **state)
{
  int *threads_begun = ctx;
  *state = NULL;
  if (__atomic_add_fetch(threads_begun, 1, __ATOMIC_RELAXED) == 2)
    pthread_setspecific(slow_key, threads_begun);
  return NULL;
}

static sley_error *sleeps(sley_value *arg, sley_value *out)
{
  usleep((useconds_t)arg->i);
  *out = sley_unit();
  return NULL;
}

/* How many the close leaves behind: one, which exits while the other is joined. None: the machine was so busy that its job had
 * ended before. */
static int64_t leaves_one_behind(void)
{
  int begun = 0;
  sley_value left;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o),
                            .name = "joined",
                            .maximum = 2,
                            .idle = 0.001,
                            .begin = first_is_quick,
                            .ctx = &begun};
  assert_null(sley_workers_new(&o, &pool));
  sley_promise *longer = sley_detach(pool, sleeps, sley_int(100000));
  sley_error_drop(sley_run(sley_sleep(0.01), NULL));
  run_gives(sley_detach(pool, sleeps, sley_int(1)), 0);
  sley_error_drop(sley_run(sley_sleep(0.02), NULL));
  assert_null(sley_run(sley_workers_close(pool, 0), &left));
  sley_error_drop(sley_run(longer, NULL));
  return left.i;
}

/* While the close joins one thread, the last thread that it must leave behind exits. */
static void left_behind_while_another_is_joined(void **state)
{
  (void)state;
  int64_t left = 0;
  assert_int_equal(pthread_key_create(&slow_key, slowly), 0);
  for (int tries = 0; left == 0 && tries < 50; tries++) left = leaves_one_behind();
  assert_int_equal(left, 1);
  pthread_key_delete(slow_key);
}

static bool endless_ends; /* never; any thread, __atomic */

static sley_error *never_ends(void *data, sley_value *out)
{
  (void)data;
  *out = sley_unit();
  while (!__atomic_load_n(&endless_ends, __ATOMIC_RELAXED)) pause();
  return NULL;
}

static const sley_job_type endless = {
    .size = sizeof(sley_job_type), .name = "endless", .work = never_ends};

/* As a look-up of a name whose servers are dead. */
static void finish_leaves_behind_what_may_be_left(void **state)
{
  (void)state;
  int err[2], status;
  char text[1000];
  assert_int_equal(pipe(err), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(err[1], 2);
    alarm(60); /* whatever becomes of it */
    void *data = sley_job_new(&endless, 8);
    sley__job_may_be_left(data);
    sley_promise *p =
        sley_job_start(sley_workers_default(SLEY_WORKERS_PURPOSE_DNS), SLEY_PRIORITY_NORMAL, data);
    sley_error *e = sley_run(sley_with_timeout(p, 0.02), NULL);
    bool is_late = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT);
    sley_error_drop(e);
    _exit(sley_finish() == 0 && is_late ? 0 : 9);
  }
  close(err[1]);
  ssize_t n = read(err[0], text, sizeof(text) - 1);
  text[n > 0 ? n : 0] = '\0';
  close(err[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_string_equal(text, ""); /* it is told after the 5 seconds that others have */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finish_leaves_behind_what_may_be_left),
      TEST(left_behind_while_another_is_joined),
      TEST(what_it_has_is_run_first),
      TEST(without_patience_what_waits_is_rejected),
      TEST(what_runs_is_told_at_the_deadline),
      TEST(canceling_tells_the_job),
      TEST(a_closed_pool_nobody_used),
      TEST(nobody_waits_for_the_close),
      cmocka_unit_test(the_domain_ends_before_the_close),
      TEST(drained_when_idle),
      TEST(a_default_pool_may_be_closed),
      cmocka_unit_test(a_job_that_outlives_the_runtime),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
