/* Which signals the library's threads receive: no signal sent to the process, every signal that the thread itself
 * causes, and SIGPROF.
 * Tests src/domain/life/spawn.c. */
#include <signal.h>

#include "support/child.h"
#include "support/domains.h"
#include "support/overflow.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECKED 1
#endif
#endif
#ifndef CHECKED
#define CHECKED 0 /* checkers install their own SIGSEGV handler with its own message */
#endif

enum { HANDLED = 7 };

/* ---- masks ---- */

/* 0, or the number of a signal that is blocked but should not be, or the reverse. */
static int64_t wrong_signal(void)
{
  static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF},
                   others[] = {SIGTERM, SIGINT,  SIGHUP,  SIGCHLD, SIGUSR1,
                               SIGUSR2, SIGALRM, SIGPIPE, SIGQUIT};
  sigset_t blocked;
  if (pthread_sigmask(SIG_SETMASK, NULL, &blocked) != 0) return -1;
  for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
    if (sigismember(&blocked, own[i])) return own[i];
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
    if (!sigismember(&blocked, others[i])) return others[i];
  return 0;
}

static sley_promise *wrong_in_a_domain(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_int(wrong_signal()));
}

static sley_error *wrong_in_a_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_int(wrong_signal());
  return NULL;
}

static void only_their_own_signals_reach_threads(void **state)
{
  (void)state;
  sigset_t all, before, after;
  sley_domain *d = start("there");
  run_gives(sley_call(d, wrong_in_a_domain, sley_unit()), 0);
  run_gives(sley_detach(NULL, wrong_in_a_job, sley_unit()), 0);
  end_leaving_nothing(d);
  /* Independent of what the starting thread has blocked; its own mask stays unchanged. */
  sigfillset(&all);
  assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
  d = start("there");
  assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
  assert_true(sigismember(&after, SIGSEGV) && sigismember(&after, SIGTERM));
  run_gives(sley_call(d, wrong_in_a_domain, sley_unit()), 0);
  end_leaving_nothing(d);
}

/* ---- crashes ---- */

static void told_handler(int number)
{
  static const char text[] = "the program's handler";
  if (write(2, text, sizeof(text) - 1) > 0 && number == SIGSEGV) _exit(HANDLED);
  _exit(1);
}

static void crash(void)
{
  static volatile uintptr_t nowhere = 64;
  *(volatile int *)nowhere = 1;
}

static sley_promise *crash_in_a_domain(sley_value *arg)
{
  (void)arg;
  crash();
  return sley_return(sley_unit());
}

static sley_error *crash_in_a_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  crash();
  return NULL;
}

static void handler_in_a_domain(void)
{
  signal(SIGSEGV, told_handler);
  sley_error_drop(sley_run(sley_call(start("there"), crash_in_a_domain, sley_unit()), NULL));
}

static void handler_in_a_pool(void)
{
  signal(SIGSEGV, told_handler);
  sley_error_drop(sley_run(sley_detach(NULL, crash_in_a_job, sley_unit()), NULL));
}

static sley_promise *overflow_in_a_domain(sley_value *arg)
{
  sley_spawn_options o = {.size = sizeof(o), .name = "the deep one"};
  (void)arg;
  return sley_spawn_with(&o, overflow, NULL, NULL);
}

static void overflow_there(void)
{
  sley_error_drop(sley_run(sley_call(start("there"), overflow_in_a_domain, sley_unit()), NULL));
}

/* Fault 29. */
static void crash_handlers_run_in_threads_of_the_library(void **state)
{
  (void)state;
  char text[4096];
  int status = run_in_child(handler_in_a_domain, text, sizeof(text));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != HANDLED)
    fail_msg("in a domain: status %x, %s", (unsigned)status, text);
  status = run_in_child(handler_in_a_pool, text, sizeof(text));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != HANDLED)
    fail_msg("in a pool: status %x, %s", (unsigned)status, text);
}

static void a_full_stack_in_a_domain_is_named(void **state)
{
  (void)state;
  char text[4096];
  if (CHECKED) skip();
  int status = run_in_child(overflow_there, text, sizeof(text));
  if (!aborted(status) || strstr(text, "fiber the deep one, spawned at") == NULL)
    fail_msg("status %x, %s", (unsigned)status, text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(crash_handlers_run_in_threads_of_the_library),
      cmocka_unit_test(a_full_stack_in_a_domain_is_named),
      TEST(only_their_own_signals_reach_threads),
  };
  return cmocka_run_group_tests_name("signals of threads", tests, NULL, NULL);
}
