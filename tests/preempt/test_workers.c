/* Worker pools: values, errors, cancelling, limits, failing threads and memory. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "../support.h"

/* The n-th start of a thread fails, and all after it; 0: none. */
static int threads_fail_from, thread_starts;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *ctx)
{
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  if (threads_fail_from != 0 && ++thread_starts >= threads_fail_from) return EAGAIN;
  return real(thread, attributes, start, ctx);
}

static int dropped; /* any thread, __atomic */

static void token_drop(void *ptr)
{
  free(ptr);
  __atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
}

static void *token_send(void *ptr) { return ptr; }

static const sley_type token_type = {
    .size = sizeof(sley_type), .name = "token", .drop = token_drop, .send = token_send};
static const sley_type local_type = {
    .size = sizeof(sley_type), .name = "local", .drop = token_drop};

static sley_value token(int64_t i)
{
  int64_t *ptr = malloc(sizeof(*ptr));
  *ptr = i;
  return sley_own(ptr, &token_type);
}

static sley_error *doubled(sley_value *arg, sley_value *out)
{
  *out = sley_int(*(int64_t *)arg->ptr * 2);
  return NULL;
}

static sley_error *given_back(sley_value *arg, sley_value *out)
{
  int code = sley_take(arg, out);
  return code == 0 ? NULL : sley_error_nomem();
}

static sley_error *failing(sley_value *arg, sley_value *out)
{
  (void)out;
  return sley_error_new(&sley_kind_errno, EIO, "job %d", (int)*(int64_t *)arg->ptr);
}

static sley_error *local(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_own(malloc(1), &local_type);
  return NULL;
}

/* Jobs that wait until they are let go. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int at_gate;

static sley_error *gated(sley_value *arg, sley_value *out)
{
  pthread_mutex_lock(&gate_lock);
  at_gate++;
  pthread_cond_broadcast(&gate_moved);
  while (!gate_open) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
  return doubled(arg, out);
}

static void gate_close(void)
{
  gate_open = false;
  at_gate = 0;
}

static void gate_release(void)
{
  pthread_mutex_lock(&gate_lock);
  gate_open = true;
  pthread_cond_broadcast(&gate_moved);
  pthread_mutex_unlock(&gate_lock);
}

static void gate_wait(int jobs)
{
  pthread_mutex_lock(&gate_lock);
  while (at_gate < jobs) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
}

static sley_workers *pool_of(unsigned maximum)
{
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "test", .maximum = maximum};
  assert_int_equal(sley_workers_new(&o, &pool), 0);
  return pool;
}

static void values_and_errors_come_home(void **state)
{
  (void)state;
  dropped = 0;
  run_gives(sley_detach(NULL, doubled, token(21)), 42);
  assert_int_equal(dropped, 1);
  sley_value back;
  assert_null(sley_run(sley_detach(NULL, given_back, token(5)), &back));
  assert_int_equal(*(int64_t *)back.ptr, 5);
  assert_int_equal(dropped, 1);
  sley_value_drop(&back);
  const char *text = run_fails(sley_detach(NULL, failing, token(7)), &sley_kind_errno, EIO);
  assert_non_null(strstr(text, "job 7"));
  assert_int_equal(dropped, 3);
}

static void what_may_not_cross_is_refused(void **state)
{
  (void)state;
  dropped = 0;
  run_fails(sley_detach(NULL, doubled, sley_own(malloc(8), &local_type)), &sley_kind_sley,
            SLEY_ESEND);
  run_fails(sley_detach(NULL, local, sley_unit()), &sley_kind_sley, SLEY_ESEND);
  assert_int_equal(dropped, 2);
}

static void many_jobs_on_few_threads(void **state)
{
  (void)state;
  enum { JOBS = 2000 };
  static sley_promise *ps[JOBS];
  sley_workers *pool = pool_of(3);
  dropped = 0;
  for (int i = 0; i < JOBS; i++) ps[i] = sley_detach(pool, doubled, token(i));
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  assert_true(c.threads <= 3);
  for (int i = 0; i < JOBS; i++) run_gives(ps[i], i * 2);
  sley_workers_close(pool);
  assert_int_equal(dropped, JOBS);
}

static void cancelled_before_it_runs_it_never_does(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  dropped = 0;
  sley_promise *first = sley_detach(pool, gated, token(1));
  gate_wait(1);
  sley_promise *second = sley_detach(pool, gated, token(2));
  sley_cancel(second);
  assert_int_equal(dropped, 1);
  run_fails(second, &sley_kind_sley, SLEY_ECANCELED);
  gate_release();
  run_gives(first, 2);
  assert_int_equal(at_gate, 1);
  sley_workers_close(pool);
}

static void cancelled_while_it_runs_it_goes_on(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  dropped = 0;
  sley_promise *p = sley_detach(pool, gated, token(1));
  gate_wait(1);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(dropped, 0); /* the argument is the job's still */
  gate_release();
  run_gives(sley_detach(pool, doubled, token(4)), 8);
  sley_workers_close(pool);
  assert_int_equal(dropped, 2);
}

/* Close has taken what waits before it waits for what runs. */
static void *release_when_none_waits(void *ctx)
{
  sley_workers_counters c = {.size = sizeof(c)};
  do {
    usleep(1000);
    sley_workers_counters_get(ctx, &c);
  } while (c.queued > 0);
  gate_release();
  return NULL;
}

static void closing_rejects_what_waits(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  dropped = 0;
  sley_promise *runs = sley_detach(pool, gated, token(3));
  gate_wait(1);
  sley_promise *waits = sley_detach(pool, gated, token(4));
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  assert_int_equal(c.busy, 1);
  assert_int_equal(c.queued, 1);
  pthread_t helper;
  pthread_create(&helper, NULL, release_when_none_waits, pool);
  sley_workers_close(pool);
  pthread_join(helper, NULL);
  run_gives(runs, 6);
  run_fails(waits, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(dropped, 2);
}

static void bad_options(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options few = {.size = sizeof(few), .minimum = 4, .maximum = 2};
  assert_int_equal(sley_workers_new(&few, &pool), -SLEY_EINVAL);
  assert_null(pool);
  sley_workers_options old = {.size = 1};
  assert_int_equal(sley_workers_new(&old, &pool), -SLEY_EINVAL);
}

static void no_thread_at_all(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(4);
  dropped = 0;
  threads_fail_from = 1;
  thread_starts = 0;
  const char *text = run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_errno, EAGAIN);
  assert_non_null(strstr(text, "no worker thread can be started"));
  assert_int_equal(dropped, 1);
  /* One is enough for all. */
  threads_fail_from = 2;
  thread_starts = 0;
  sley_promise *ps[8];
  for (int i = 0; i < 8; i++) ps[i] = sley_detach(pool, doubled, token(i));
  for (int i = 0; i < 8; i++) run_gives(ps[i], i * 2);
  threads_fail_from = 0;
  sley_workers_close(pool);
}

static void the_runtimes_limit(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 1), 0);
  sley_workers *pool = pool_of(4), *other = pool_of(4);
  run_gives(sley_detach(pool, doubled, token(1)), 2);
  run_fails(sley_detach(other, doubled, token(1)), &sley_kind_errno, EAGAIN);
  sley_workers_close(pool);
  run_gives(sley_detach(other, doubled, token(2)), 4);
  sley_workers_close(other);
  assert_int_equal(finish(), 0);
}

/* What is out when a domain ends comes home to nobody, and is dropped. */
static void a_domain_that_ends_first(void **state)
{
  (void)state;
  gate_close();
  dropped = 0;
  assert_int_equal(begin(false, 0), 0);
  sley_promise *p = sley_detach(NULL, gated, token(1));
  gate_wait(1);
  sley_cancel(p);
  sley_drop(p);
  gate_release();
  assert_int_equal(finish(), 0);
  assert_int_equal(dropped, 1);
}

static void jobs_without_memory(void)
{
  dropped = 0;
  sley_value v;
  sley_promise *ps[3];
  for (int i = 0; i < 3; i++) ps[i] = sley_detach(NULL, given_back, token(i));
  int given = 0;
  for (int i = 0; i < 3; i++) {
    if (!ran_or_no_memory(ps[i], &v)) continue;
    assert_int_equal(*(int64_t *)v.ptr, i);
    sley_value_drop(&v);
    given++;
  }
  assert_int_equal(dropped, 3);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(jobs_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(values_and_errors_come_home),
      TEST(what_may_not_cross_is_refused),
      TEST(many_jobs_on_few_threads),
      TEST(cancelled_before_it_runs_it_never_does),
      TEST(cancelled_while_it_runs_it_goes_on),
      TEST(closing_rejects_what_waits),
      TEST(bad_options),
      TEST(no_thread_at_all),
      cmocka_unit_test(the_runtimes_limit),
      cmocka_unit_test(a_domain_that_ends_first),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
