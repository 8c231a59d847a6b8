/* The loop: order, time, readiness, signals, and nothing left behind.
 * Tests src/reactor/loop.c, src/reactor/run.c, src/reactor/timer.c, src/reactor/readiness.c, src/reactor/handle.c,
 * src/reactor/wait.c, src/reactor/signal.c, src/reactor/turn_clock.c,
 * src/reactor/system.c. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <sley/engine.h>

#include "reactor/engine.h"
#include "support/process.h"

static char order[16];
static sley_time first_noted;

static void note(void *ctx)
{
  if (order[0] == '\0') first_noted = sley_now();
  strcat(order, ctx);
}

static sley_promise *noted(double seconds, char *name)
{
  sley_promise *p = sley_sleep(seconds);
  sley_on_termination(p, note, name);
  return p;
}

static void sleeps_end_in_order_and_never_early(void **state)
{
  (void)state;
  sley_time start;
  do { /* repeated until all have begun before the first is due: each counts from its own beginning */
    order[0] = '\0';
    start = sley_now();
    sley_promise *ps[] = {noted(0.03, "c"), noted(0.01, "a"), noted(0.02, "b"), noted(0, "0")};
    run_gives(sley_join(ps, 4), 0);
    assert_true(sley_now() - start >= 30 * SLEY_MILLISECOND);
  } while (first_noted - start >= 10 * SLEY_MILLISECOND);
  assert_string_equal(order, "0abc");
  assert_true(sley_now() - start < 20 * SLEY_SECOND); /* even on a busy machine */
}

/* libev's epoll and poll count milliseconds; epoll's descriptor can be waited for more exactly. */
static void short_sleeps_are_exact_beside_descriptors(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  sley_promise *waits = sley_wait_readable(fds[0]);
  if (strcmp(sley_engine_name(NULL), "poll") != 0) {
    sley_time least = SLEY_SECOND; /* one of many is on time, even on a busy machine */
    for (int i = 0; i < 300 && least > 300000; i++) {
      sley_time start = sley__clock();
      run_gives(sley_sleep(0.0001), 0);
      sley_time late = sley__clock() - start - 100000;
      assert_true(late >= 0);
      if (late < least) least = late;
    }
    assert_true(least < 500000);
  }
  assert_true(sley_is_pending(waits));
  /* what is watched ends such a sleep, also before the kernel was told */
  for (int told = 0; told < 2; told++) {
    sley_promise *late = sley_sleep(0.0019);
    assert_int_equal(write(fds[1], "x", 1), 1);
    while (sley_is_pending(waits)) assert_null(sley_step(-1));
    run_gives(waits, 0);
    run_gives(late, 0);
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    waits = sley_wait_readable(fds[0]);
    if (told == 0) assert_null(sley_step(0));
  }
  sley_cancel(waits);
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  close(fds[0]);
  close(fds[1]);
}

static void *wake_often(void *domain)
{
  for (int i = 0; i < 200; i++) {
    const struct timespec t = {0, 100000};
    nanosleep(&t, NULL);
    sley_wake(domain);
  }
  return NULL;
}

/* Another thread ends a short sleep, which libev does not know of. */
static void short_sleeps_are_ended_by_a_wake_up(void **state)
{
  (void)state;
  int fds[2], early = 0;
  pthread_t thread;
  assert_int_equal(pipe(fds), 0);
  sley_promise *waits = sley_wait_readable(fds[0]);
  assert_null(sley_step(0));
  assert_int_equal(pthread_create(&thread, NULL, wake_often, sley_domain_current()), 0);
  for (int i = 0; i < 12; i++) {
    sley_time start = sley__clock();
    assert_null(sley_step(1900000));
    early += sley__clock() - start < 1800000;
  }
  pthread_join(thread, NULL);
  assert_true(early > 0);
  sley_cancel(waits);
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  close(fds[0]);
  close(fds[1]);
}

static void many_timers_canceled_in_any_order(void **state)
{
  (void)state;
  enum { N = 2000 };
  sley_promise *ps[N];
  srand(7);
  for (int i = 0; i < N; i++)
    ps[i] = sley_sleep((double)(1 + rand() % (20 * SLEY_MILLISECOND)) / SLEY_SECOND);
  for (int i = 0; i < N; i += 2) sley_cancel(ps[rand() % N]);
  for (int i = 0; i < N; i++) {
    sley_error *e = sley_run(ps[i], NULL);
    if (e != NULL) assert_true(sley_error_is_canceled(e));
  }
}

static void timeout_wins_and_cancels(void **state)
{
  (void)state;
  sley_resolver *r;
  run_fails(sley_with_timeout(sley_cancelable(&r), 0.01), &sley_kind_sley, SLEY_ETIMEOUT);
  sley_fulfill(&r, sley_int(1));
  run_gives(sley_with_timeout(sley_return(sley_int(5)), 10), 5);
}

static sley_promise *read_once(void *ctx, sley_value *v)
{
  char byte;
  (void)v;
  return sley_return(sley_int(read(*(int *)ctx, &byte, 1)));
}

static sley_promise *write_later(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_int(write(*(int *)ctx, "x", 1)));
}

static void readiness_of_a_pipe(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  run_gives(sley_wait_writable(fds[1]), 0);
  sley_promise *wrote = sley_bind(sley_sleep(0.01), write_later, &fds[1]);
  run_gives(sley_bind(sley_wait_readable(fds[0]), read_once, &fds[0]), 1);
  run_gives(wrote, 1);
  sley_promise *waits = sley_wait_readable(fds[0]);
  sley_cancel(waits);
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  close(fds[0]);
  close(fds[1]);
  run_fails(sley_wait_readable(fds[0]), &sley_kind_errno, EBADF);
}

static unsigned heard_of[4], heard_count;

static bool is_over;

/* Whatever refers to a handle in a turn can still look at it. */
static void hears(struct sley__handle *handle, unsigned what)
{
  heard_of[heard_count++ % 4] = what;
  if (heard_count == 2) sley__handle_close(handle);
  assert_false(is_over);
}

static void over_is_told(struct sley__handle *handle)
{
  (void)handle;
  is_over = true;
}

static const struct sley__handle_calls hearing = {.ready = hears, .over = over_is_told};

/* Each direction is told by itself, reading first; what is reported after a close is ignored. */
static void a_handle_hears_until_it_is_closed(void **state)
{
  (void)state;
  struct sley__handle handle;
  int fds[2];
  sley_drop(sley_return(sley_unit()));
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  assert_int_equal(sley__handle_open(&handle, sley_domain_current(), fds[0], &hearing), 0);
  assert_true(sizeof(handle) <= 96); /* an idle connection's */
  sley__handle_want(&handle, SLEY__READ | SLEY__WRITE);
  assert_int_equal(send(fds[1], "x", 1, 0), 1);
  heard_count = 0;
  is_over = false;
  assert_null(sley_step(0));
  assert_int_equal(heard_count, 2);
  assert_int_equal(heard_of[0], SLEY__READ);
  assert_int_equal(heard_of[1], SLEY__WRITE);
  assert_true(is_over);
  assert_int_equal(fcntl(fds[0], F_GETFD), -1);
  sley__handle_ready(&handle, SLEY__READ);
  sley__handle_refused(&handle, ENOMEM);
  assert_null(sley_step(0));
  assert_int_equal(heard_count, 2);
  is_over = false;
  assert_int_equal(sley__handle_open(&handle, sley_domain_current(), fds[1], &hearing), 0);
  sley__handle_close(&handle); /* outside turns: at once */
  assert_true(is_over);
}

static void *wake_soon(void *domain)
{
  struct timespec t = {0, 20000000};
  nanosleep(&t, NULL);
  sley_wake(domain);
  return NULL;
}

static void another_thread_wakes(void **state)
{
  (void)state;
  sley_drop(sley_sleep(0.000001));
  pthread_t thread;
  sley_time start =
      sley_now(); /* before the thread exists: its wake-up comes later than the 15 ms */
  assert_int_equal(pthread_create(&thread, NULL, wake_soon, sley_domain_current()), 0);
  while (sley_now() - start < 15 * SLEY_MILLISECOND) {
    sley_error *e = sley_step(60 * SLEY_SECOND);
    assert_null(e);
  }
  assert_true(sley_now() - start < 30 * SLEY_SECOND);
  pthread_join(thread, NULL);
}

static sley_promise *raise_signal(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_int(raise(SIGUSR1)));
}

static void signals(void **state)
{
  (void)state;
  sley_promise *first = sley_wait_signal(SIGUSR1), *second = sley_wait_signal(SIGUSR1);
  sley_promise *canceled = sley_wait_signal(SIGUSR1);
  sley_cancel(canceled);
  run_fails(canceled, &sley_kind_sley, SLEY_ECANCELED);
  sley_promise *raised = sley_bind(sley_sleep(0.01), raise_signal, NULL);
  run_gives(first, SIGUSR1);
  run_gives(second, SIGUSR1);
  run_gives(raised, 0);
  run_fails(sley_wait_signal(SIGKILL), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_wait_signal(-1), &sley_kind_sley, SLEY_EINVAL);
}

static int counted; /* any thread, __atomic */

static void count_signal(int number)
{
  (void)number;
  __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
}

static void wait_for_nothing(int number)
{
  sley_promise *p = sley_wait_signal(number);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
}

static void handlers_are_put_back(void **state)
{
  (void)state;
  signal(SIGUSR2, count_signal);
  wait_for_nothing(SIGUSR2);
  raise(SIGUSR2); /* kept for the next wait */
  assert_int_equal(counted, 0);
  assert_int_equal(finish(), 0);
  raise(SIGUSR2);
  assert_int_equal(counted, 1);
  assert_int_equal(begin(false, 0), 0);
  signal(SIGUSR1, SIG_DFL);
  wait_for_nothing(SIGUSR1);
  signal(SIGUSR1, count_signal); /* a handler that the program installs meanwhile stays */
  assert_int_equal(finish(), 0);
  raise(SIGUSR1);
  assert_int_equal(counted, 2);
  assert_int_equal(begin(false, 0), 0);
}

static bool stop_raising; /* any thread, __atomic */

static void *raise_often(void *ctx)
{
  while (!__atomic_load_n(&stop_raising, __ATOMIC_RELAXED)) raise(SIGURG);
  return ctx;
}

/* The handler runs on one thread while the loop that it wakes ends on another. */
static void signals_while_loops_end(void **state)
{
  (void)state;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, raise_often, NULL), 0);
  for (int i = 0; i < 300; i++) {
    sley_domain *d;
    assert_null(sley_domain_new(NULL, "short", &d));
    sley_domain_enter(d);
    wait_for_nothing(SIGURG);
    sley_domain_leave(d);
    assert_int_equal(sley_domain_end(d), 0);
  }
  __atomic_store_n(&stop_raising, true, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
}

static bool stop_pausing;

static sley_promise *pause_for_ever(void *ctx, sley_value *v)
{
  (void)v;
  return stop_pausing ? sley_return(sley_unit()) : sley_bind(sley_pause(), pause_for_ever, ctx);
}

static void pauses_do_not_starve_descriptors(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  stop_pausing = false;
  sley_promise *busy = sley_bind(sley_pause(), pause_for_ever, NULL);
  assert_int_equal(write(fds[1], "x", 1), 1);
  run_gives(sley_with_timeout(sley_wait_readable(fds[0]), 60), 0);
  run_gives(sley_sleep(0.005), 0);
  stop_pausing = true;
  run_gives(busy, 0);
  close(fds[0]);
  close(fds[1]);
}

static void no_descriptors(void **state)
{
  (void)state;
  struct rlimit old, none;
  sley_drop(sley_return(sley_unit()));
  getrlimit(RLIMIT_NOFILE, &old);
  none = old;
  int lowest = dup(0); /* that is free */
  close(lowest);
  none.rlim_cur = (rlim_t)lowest;
  setrlimit(RLIMIT_NOFILE, &none);
  run_fails(sley_sleep(0.001), &sley_kind_errno, EMFILE);
  setrlimit(RLIMIT_NOFILE, &old);
  run_gives(sley_sleep(0.001), 0);
}

static void seconds_round_up(void **state)
{
  (void)state;
  assert_int_equal(sley_seconds(1e-10), 1);
  assert_int_equal(sley_seconds(1.5), 1500000000);
  assert_int_equal(sley_seconds(-3), 0);
  assert_true(sley_seconds(1e300) == INT64_MAX);
}

static struct {
  int count;
  char site[64], last[64];
  double seconds;
} slow;
static void was_slow(void *ctx, const char *site, const char *last, double seconds)
{
  assert_ptr_equal(ctx, &slow);
  slow.count++;
  snprintf(slow.site, sizeof(slow.site), "%s", site);
  snprintf(slow.last, sizeof(slow.last), "%s", last);
  slow.seconds = seconds;
}
static sley_promise *for_30_ms(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  sley_time until = sley__clock() + 30 * SLEY_MILLISECOND;
  while (sley__clock() < until) continue;
  return sley_return(sley_unit());
}
static sley_promise *quick(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_return(sley_unit());
}

/* The hook is called for a slow callback, for no other, and no more once it is removed. */
static void slow_callbacks_are_told(void **state)
{
  (void)state;
  memset(&slow, 0, sizeof(slow));
  sley_set_slow_hook(0.02, was_slow, &slow);
  run_gives(
      sley_bind_at("slow.c:1", sley_bind_at("quick.c:1", sley_sleep(0.001), quick, NULL, NULL),
                   for_30_ms, NULL, NULL),
      0);
  assert_true(slow.count >= 1);
  assert_true(slow.seconds >= 0.03);
  assert_string_equal(slow.last, "slow.c:1");
  sley_set_slow_hook(0, NULL, NULL);
  int before = slow.count;
  run_gives(sley_bind(sley_sleep(0.001), for_30_ms, NULL), 0);
  assert_int_equal(slow.count, before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(sleeps_end_in_order_and_never_early, setup, teardown),
      cmocka_unit_test_setup_teardown(short_sleeps_are_exact_beside_descriptors, setup, teardown),
      cmocka_unit_test_setup_teardown(short_sleeps_are_ended_by_a_wake_up, setup, teardown),
      cmocka_unit_test_setup_teardown(many_timers_canceled_in_any_order, setup, teardown),
      cmocka_unit_test_setup_teardown(timeout_wins_and_cancels, setup, teardown),
      cmocka_unit_test_setup_teardown(readiness_of_a_pipe, setup, teardown),
      cmocka_unit_test_setup_teardown(a_handle_hears_until_it_is_closed, setup, teardown),
      cmocka_unit_test_setup_teardown(another_thread_wakes, setup, teardown),
      cmocka_unit_test_setup_teardown(signals, setup, teardown),
      cmocka_unit_test_setup_teardown(handlers_are_put_back, setup, teardown),
      cmocka_unit_test_setup_teardown(signals_while_loops_end, setup, teardown),
      cmocka_unit_test_setup_teardown(pauses_do_not_starve_descriptors, setup, teardown),
      cmocka_unit_test_setup_teardown(no_descriptors, setup, teardown),
      cmocka_unit_test_setup_teardown(slow_callbacks_are_told, setup, teardown),
      cmocka_unit_test(seconds_round_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
