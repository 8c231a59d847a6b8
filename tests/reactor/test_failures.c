/* The loop when memory or descriptors run out.
 * Tests src/reactor/loop.c, src/reactor/engine_libev.c. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "support/child.h"
#include "support/process.h"

static int ends[2];

static void everything_without_memory(void)
{
  sley_time start = sley_now();
  if (ran_or_no_memory(sley_sleep(0.005), NULL))
    assert_true(sley_now() - start >= 5 * SLEY_MILLISECOND);
  sley_error *e = sley_run(sley_timeout(0.001), NULL);
  assert_non_null(e);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  e = sley_run(sley_with_timeout(sley_wait_readable(ends[0]), 0.001), NULL);
  assert_non_null(e);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  ran_or_no_memory(sley_wait_writable(ends[1]), NULL);
  sley_promise *p = sley_wait_signal(SIGUSR1);
  if (sley_is_pending(p)) raise(SIGUSR1);
  ran_or_no_memory(p, NULL);
  ran_or_no_memory(sley_pause(), NULL);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  assert_int_equal(pipe(ends), 0);
  signal(SIGUSR1, SIG_IGN); /* no waiter could be made */
  each_allocation_fails(everything_without_memory);
  close(ends[0]);
  close(ends[1]);
}

/* Each time with some number of descriptors left: either a loop is made, or there is a clear error. */
static void no_descriptors_for_a_loop(void **state)
{
  (void)state;
  struct rlimit old, few;
  getrlimit(RLIMIT_NOFILE, &old);
  int lowest = dup(0), good = 0, bad = 0;
  close(lowest);
  for (int spare = 0; spare < 8; spare++) {
    assert_int_equal(begin(false, 0), 0);
    few = old;
    few.rlim_cur = (rlim_t)(lowest + spare);
    setrlimit(RLIMIT_NOFILE, &few);
    sley_error *e = sley_run(sley_sleep(0.001), NULL);
    setrlimit(RLIMIT_NOFILE, &old);
    if (e == NULL) {
      good++;
    } else {
      bad++;
      assert_true(sley_error_is(e, &sley_kind_errno, EMFILE));
      assert_non_null(strstr(sley_error_message(e), "the loop cannot be made"));
      sley_error_drop(e);
    }
    assert_int_equal(finish(), 0);
  }
  assert_true(good > 0);
  assert_true(bad > 0);
}

/* What f writes to stderr before it aborts, in a child with a fresh library. */
static const char *abort_text(void (*f)(void))
{
  static char text[8192]; /* with the backtrace */
  int status = run_in_child(f, text, sizeof(text));
  if (!aborted(status)) fail_msg("status %x, it wrote: %s", (unsigned)status, text);
  return text;
}

static sley_promise *runs(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_error_drop(sley_run(sley_sleep(0.001), NULL));
  return sley_return(sley_unit());
}

static void nested(void)
{
  sley_error_drop(sley_run(sley_bind(sley_sleep(0.001), runs, NULL), NULL));
}

/* B5.2 */
static void running_inside_a_callback(void **state)
{
  (void)state;
  assert_non_null(strstr(abort_text(nested), "sley_run inside a callback"));
}

static sley_promise *elsewhere;

static sley_promise *uses_it(sley_value *arg)
{
  (void)arg;
  sley_drop(elsewhere);
  return sley_return(sley_unit());
}

static void foreign_promise(void)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "over there"};
  elsewhere = sley_return(sley_int(1));
  if (sley_domain_spawn(&o, &d) != NULL) _exit(1);
  sley_error_drop(sley_run(sley_call(d, uses_it, sley_unit()), NULL));
}

static void a_promise_of_another_domain(void **state)
{
  (void)state;
  const char *text = abort_text(foreign_promise);
  assert_non_null(strstr(text, "over there"));
  assert_non_null(strstr(text, "sley_drop"));
}

static void after_fork(void)
{
  sley_drop(sley_return(sley_unit()));
  if (fork() == 0) {
    sley_drop(sley_return(sley_unit()));
    _exit(0);
  }
  int status;
  wait(&status);
  if (WIFSIGNALED(status)) abort();
}

static void in_the_child_of_a_fork(void **state)
{
  (void)state;
  assert_non_null(strstr(abort_text(after_fork), "fork"));
}

/* The child's exit code says what was wrong. */
static int waits_for_a_signal(void)
{
  sley_after_fork_child();
  sley_promise *p = sley_wait_signal(SIGUSR1);
  if (!sley_is_pending(p)) return 1;
  kill(getpid(), SIGUSR1);
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL || v.i != SIGUSR1) return 2;
  return sley_finish() == 0 ? 0 : 3;
}

static void signals_after_a_fork(void **state)
{
  (void)state;
  sley_promise *p = sley_wait_signal(SIGUSR1);
  assert_null(sley_run(sley_sleep(0), NULL));
  pid_t child = fork();
  if (child == 0) _exit(waits_for_a_signal());
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_true(sley_is_pending(p));
  kill(getpid(), SIGUSR1);
  assert_null(sley_run(p, NULL));
  assert_int_equal(sley_finish(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_fails),    cmocka_unit_test(no_descriptors_for_a_loop),
      cmocka_unit_test(running_inside_a_callback), cmocka_unit_test(a_promise_of_another_domain),
      cmocka_unit_test(in_the_child_of_a_fork),    cmocka_unit_test(signals_after_a_fork),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
