/* The signals that ask a program to end, and what becomes of them afterwards. Each test is a process of its own.
 * Tests src/io/server/stop_signals.c, src/reactor/signal.c. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/process.h"

static void in_child(void (*body)(void))
{
  int status;
  pid_t child = fork();
  if (child == 0) {
    alarm(60); /* whatever becomes of it */
    body();
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0); /* else the line of the check that failed */
}

#define CHECK(condition) \
  if (!(condition)) _exit(__LINE__ & 0xff)

static void mine(int number) { (void)number; }

static void (*handler_of(int number))(int)
{
  struct sigaction action;
  CHECK(sigaction(number, NULL, &action) == 0);
  return action.sa_handler;
}

static void hears_of(sley_promise *p, int number)
{
  sley_value v;
  CHECK(sley_run(p, &v) == NULL && v.i == number);
}

static void sent(sley_promise *p, int number)
{
  raise(number);
  hears_of(p, number);
}

static void waits_again(void)
{
  sent(sley_stop_on_signals(), SIGTERM);
  CHECK(handler_of(SIGINT) == SIG_DFL && handler_of(SIGTERM) == SIG_DFL);
  sent(sley_wait_signal(SIGTERM), SIGTERM);
  CHECK(handler_of(SIGINT) == SIG_DFL && handler_of(SIGTERM) != SIG_DFL);
  sent(sley_stop_on_signals(), SIGINT);
  CHECK(handler_of(SIGINT) == SIG_DFL && handler_of(SIGTERM) == SIG_DFL);
  sley_promise *p = sley_stop_on_signals();
  CHECK(handler_of(SIGINT) != SIG_DFL && handler_of(SIGTERM) != SIG_DFL);
  sent(p, SIGINT);
}

static void they_can_be_waited_for_again(void **state)
{
  (void)state;
  in_child(waits_again);
}

static void others_wait(void)
{
  sley_promise *same = sley_wait_signal(SIGTERM), *other = sley_wait_signal(SIGINT);
  sley_promise *second = sley_stop_on_signals();
  sent(sley_stop_on_signals(), SIGTERM);
  hears_of(same, SIGTERM);
  hears_of(second, SIGTERM);
  CHECK(handler_of(SIGTERM) == SIG_DFL && handler_of(SIGINT) != SIG_DFL);
  sent(other, SIGINT);
}

static void who_waits_beside_it_hears(void **state)
{
  (void)state;
  in_child(others_wait);
}

static void handlers_before(void)
{
  signal(SIGINT, SIG_IGN); /* as of a shell's job in the background */
  signal(SIGTERM, mine);
  for (int i = 0; i < 3; i++) { /* 1: waited for again; 2: the program has set its own meanwhile */
    sent(sley_stop_on_signals(), SIGTERM);
    if (i == 1) sent(sley_wait_signal(SIGTERM), SIGTERM);
    if (i == 2) signal(SIGTERM, SIG_IGN);
    CHECK(sley_finish() == 0);
    CHECK(handler_of(SIGINT) == SIG_IGN);
    CHECK(handler_of(SIGTERM) == (i == 2 ? SIG_IGN : mine));
  }
}

static void what_was_there_before_is_put_back(void **state)
{
  (void)state;
  in_child(handlers_before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_can_be_waited_for_again),
      cmocka_unit_test(who_waits_beside_it_hears),
      cmocka_unit_test(what_was_there_before_is_put_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
