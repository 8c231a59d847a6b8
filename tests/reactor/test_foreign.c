/* A loop of the program's drives the domain: epoll here, with what its callbacks start between two steps.
 * Tests src/reactor/foreign.c. */
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <sley/call.h>
#include <sley/channel.h>
#include <sley/engine.h>
#include <sley/pause.h>

#include "support/domains.h"

static int host = -1, steps;

/* Waits as a host does: for the domain's descriptor, as long as the domain says, and at most 5 s. false: in vain. */
static bool host_turns_once(void)
{
  sley_time left = sley_step_timeout();
  int most = left < 0 || left > 5 * SLEY_SECOND ? 5000 : (int)((left + 999999) / 1000000);
  struct epoll_event event;
  int n = epoll_wait(host, &event, 1, most);
  bool due = n > 0 || left >= 0;
  if (due) {
    steps++;
    assert_null(sley_step(0));
  }
  return due;
}

static void host_runs_until_settled(sley_promise *p)
{
  while (sley_is_pending(p)) assert_true(host_turns_once());
}

static int host_setup(void **state)
{
  if (setup(state) != 0) return -1;
  host = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  sley_fd fd = sley_loop_fd();
  if (fd < 0) return 1; /* poll, select */
  event.data.fd = fd;
  return epoll_ctl(host, EPOLL_CTL_ADD, fd, &event);
}

static int host_teardown(void **state)
{
  close(host);
  return teardown(state);
}

static void pair_open(int fds[2])
{
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static void it_is_quiet(void)
{
  struct epoll_event event;
  while (sley_step_timeout() == 0 || epoll_wait(host, &event, 1, 0) > 0) assert_null(sley_step(0));
}

static void the_descriptor_is_one_that_can_be_polled(void **state)
{
  (void)state;
  assert_true(fcntl(sley_loop_fd(), F_GETFD) >= 0);
  assert_int_equal(sley_loop_fd(), sley_loop_fd());
  it_is_quiet();
  assert_int_equal(sley_step_timeout(), -1);
}

/* The host's own callback starts a read, while nothing is watched and the data is there. */
static void a_read_started_between_two_steps_is_seen(void **state)
{
  (void)state;
  int fds[2];
  pair_open(fds);
  it_is_quiet();
  sley_promise *waits = sley_wait_readable(fds[0]);
  assert_int_equal(send(fds[1], "x", 1, 0), 1);
  host_runs_until_settled(waits);
  run_gives(waits, 0);
  it_is_quiet();
  waits = sley_wait_readable(fds[1]); /* and with the data later */
  it_is_quiet();
  assert_true(sley_is_pending(waits));
  assert_int_equal(send(fds[0], "x", 1, 0), 1);
  steps = 0;
  host_runs_until_settled(waits);
  assert_true(steps <= 2);
  run_gives(waits, 0);
  close(fds[0]);
  close(fds[1]);
}

static void timers_and_pauses_are_in_the_timeout(void **state)
{
  (void)state;
  it_is_quiet();
  sley_promise *sleep = sley_sleep(0.02);
  sley_time left = sley_step_timeout();
  assert_true(left > 0 && left <= 20 * SLEY_MILLISECOND);
  sley_promise *pause = sley_pause();
  assert_int_equal(sley_step_timeout(), 0);
  host_runs_until_settled(pause);
  run_gives(pause, 0);
  host_runs_until_settled(sleep);
  run_gives(sleep, 0);
}

static sley_promise *doubled(sley_value *arg) { return sley_return(sley_int(arg->i * 2)); }

/* Calls to another domain leave without a step, and their answers wake the host. */
static void calls_started_between_two_steps_are_answered(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  for (int round = 0; round < 20; round++) {
    it_is_quiet();
    sley_promise *answers[3];
    for (int i = 0; i < 3; i++) answers[i] = sley_call(d, doubled, sley_int(i));
    sley_promise *all = sley_all(answers, 3);
    host_runs_until_settled(all);
    assert_null(sley_run(all, NULL));
  }
  sley_promise *end = sley_domain_shutdown(d, 5);
  host_runs_until_settled(end);
  run_gives(end, 0);
  sley_domain_drop(d);
}

static void *wake_later(void *domain)
{
  usleep(20000);
  sley_wake(domain);
  return NULL;
}

static void another_thread_wakes_the_host(void **state)
{
  (void)state;
  pthread_t thread;
  struct epoll_event event;
  it_is_quiet();
  assert_int_equal(pthread_create(&thread, NULL, wake_later, sley_domain_current()), 0);
  assert_int_equal(epoll_wait(host, &event, 1, 10000), 1);
  assert_null(sley_step(0));
  pthread_join(thread, NULL);
  it_is_quiet();
  assert_int_equal(epoll_wait(host, &event, 1, 0), 0); /* it is readable no more */
}

static void a_signal_wakes_the_host(void **state)
{
  (void)state;
  sley_promise *p = sley_wait_signal(SIGUSR1);
  it_is_quiet();
  raise(SIGUSR1);
  host_runs_until_settled(p);
  run_gives(p, SIGUSR1);
}

/* sley_run and a step that sleeps are allowed in between. */
static void it_can_still_run_by_itself(void **state)
{
  (void)state;
  int fds[2];
  pair_open(fds);
  sley_promise *waits = sley_wait_readable(fds[0]);
  run_gives(sley_sleep(0.005), 0);
  assert_int_equal(send(fds[1], "x", 1, 0), 1);
  run_gives(waits, 0);
  sley_time before = sley_now(); /* what is left of the watched descriptor may end the first step */
  int slept = 0;
  for (; sley_now() - before < 3 * SLEY_MILLISECOND; slept++)
    assert_null(sley_step(3 * SLEY_MILLISECOND));
  assert_true(slept <= 4);
  close(fds[0]);
  close(fds[1]);
}

/* ---- notifiers ---- */

static int woken, changed, drops; /* woken: any thread, __atomic */

static void count_wake(void *ctx)
{
  assert_ptr_equal(ctx, &woken);
  __atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
}

static void count_changed(void *ctx)
{
  assert_ptr_equal(ctx, &changed);
  changed++;
}

static void count_drop(void *ctx)
{
  (void)ctx;
  drops++;
}

static int wakes(void) { return __atomic_load_n(&woken, __ATOMIC_RELAXED); }

static void settle_steps(void)
{
  do {
    __atomic_store_n(&woken, 0, __ATOMIC_RELAXED);
    assert_null(sley_step(0));
  } while (sley_step_timeout() == 0 || wakes() > 0);
}

/* On every engine: also where there is no descriptor. */
static void the_notifier_is_called_once_for_each_sleep(void **state)
{
  (void)state;
  pthread_t thread;
  int fds[2];
  drops = 0;
  sley_loop_notifier none = sley_loop_set_wake(count_wake, &woken, count_drop);
  assert_null(none.f);
  settle_steps();
  assert_int_equal(pthread_create(&thread, NULL, wake_later, sley_domain_current()), 0);
  for (int i = 0; i < 10000 && wakes() == 0; i++) usleep(1000);
  pthread_join(thread, NULL);
  sley_wake(sley_domain_current());
  assert_int_equal(wakes(), 1); /* until the next step */
  settle_steps();
  pair_open(fds);
  sley_promise *waits = sley_wait_readable(fds[0]);
  assert_int_equal(wakes(), 1);
  assert_null(sley_step(0));
  sley_cancel(waits);
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  close(fds[0]);
  close(fds[1]);
  sley_loop_notifier before = sley_loop_set_wake(NULL, NULL);
  assert_true(before.f == count_wake && before.ctx == &woken && before.drop == count_drop);
  settle_steps();
  sley_wake(sley_domain_current());
  assert_int_equal(wakes(), 0);
  assert_int_equal(drops, 0); /* the caller has it back */
  sley_loop_set_wake(count_wake, &woken, count_drop);
  assert_int_equal(finish(), 0);
  assert_int_equal(drops, 1);
  assert_int_equal(begin(false, 0), 0);
}

static void count_pause(void *ctx, size_t count)
{
  (void)count;
  ++*(int *)ctx;
}

static void it_is_told_when_it_must_wake_earlier(void **state)
{
  (void)state;
  int paused = 0;
  changed = drops = 0;
  sley_set_pause_notifier(count_pause, &paused);
  sley_loop_set_changed(count_changed, &changed, count_drop);
  while (sley_step_timeout() == 0) assert_null(sley_step(0));
  changed = 0;
  sley_promise *hour = sley_sleep(3600);
  assert_int_equal(changed, 1);
  sley_promise *day = sley_sleep(86400); /* later: nothing changes */
  assert_int_equal(changed, 1);
  sley_promise *minute = sley_sleep(60);
  assert_int_equal(changed, 2);
  sley_promise *pause = sley_pause();
  assert_int_equal(changed, 3);
  assert_int_equal(paused, 1); /* the program's own notifier hears of it, too */
  sley_drop(sley_pause());
  assert_int_equal(changed, 3);
  assert_int_equal(paused, 2);
  while (sley_step_timeout() == 0) assert_null(sley_step(0));
  run_gives(pause, 0);
  while (sley_step_timeout() == 0) assert_null(sley_step(0));
  changed = 0;
  sley_promise *ps[] = {hour, day, minute};
  for (int i = 0; i < 3; i++) {
    sley_cancel(ps[i]);
    run_fails(ps[i], &sley_kind_sley, SLEY_ECANCELED);
  }
  sley_pause_notifier was = sley_set_pause_notifier(NULL, NULL);
  assert_true(was.f == count_pause && was.ctx == &paused);
  assert_int_equal(finish(), 0);
  assert_int_equal(drops, 1);
  assert_int_equal(begin(false, 0), 0);
}

/* What is sent as a turn ends, and what runs in the next one. */
static void output_between_two_steps_is_sent(void **state)
{
  (void)state;
  sley_io *ends[2], *pair[2];
  sley_input *in;
  sley_output *out;
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  assert_null(sley_channels(NULL, ends[0], &in, &out));
  assert_null(sley_io_pair(0, pair));
  sley_promise *p = sley_read(pair[0], &c, 1);
  it_is_quiet();
  sley_drop(sley_output_text(out, "x"));
  while (recv(sley_io_fd(ends[1]), &c, 1, MSG_DONTWAIT) != 1) assert_true(host_turns_once());
  it_is_quiet();
  sley_drop(sley_write(pair[1], "y", 1));
  host_runs_until_settled(p);
  run_gives(p, 1);
  sley_input_drop(in);
  sley_output_drop(out);
  sley_io_drop(ends[1]);
  sley_io_drop(pair[0]);
  sley_io_drop(pair[1]);
}

#define HOSTED(f) cmocka_unit_test_setup_teardown(f, host_setup, host_teardown)

int main(void)
{
  const struct CMUnitTest hosted[] = {
      HOSTED(the_descriptor_is_one_that_can_be_polled),
      HOSTED(output_between_two_steps_is_sent),
      HOSTED(a_read_started_between_two_steps_is_seen),
      HOSTED(timers_and_pauses_are_in_the_timeout),
      HOSTED(calls_started_between_two_steps_are_answered),
      HOSTED(another_thread_wakes_the_host),
      HOSTED(a_signal_wakes_the_host),
      HOSTED(it_can_still_run_by_itself),
  };
  const struct CMUnitTest told[] = {
      TEST(the_notifier_is_called_once_for_each_sleep),
      TEST(it_is_told_when_it_must_wake_earlier),
  };
  const char *engine = getenv("SLEY_TEST_ENGINE");
  bool has_descriptor = engine == NULL || strcmp(engine, "epoll") == 0;
  int failed = cmocka_run_group_tests_name("notifiers", told, NULL, NULL);
  if (has_descriptor) failed += cmocka_run_group_tests_name("a host on epoll", hosted, NULL, NULL);
  return failed;
}
