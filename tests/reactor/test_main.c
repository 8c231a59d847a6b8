/* The end of a main function: its exit status, and what it says.
 * Tests src/reactor/main.c. */
#include <sley/loop.h>
#include <sley/runtime.h>

#include "support/child.h"

static int status_of(void (*f)(void), char *text, size_t room)
{
  int status = run_in_child(f, text, room);
  if (!WIFEXITED(status)) fail_msg("status %d: %s", status, text);
  return WEXITSTATUS(status);
}

static void fulfilled(void) { _exit(sley_main(sley_sleep(0.001), "program")); }

static void rejected(void)
{
  _exit(sley_main(sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "not so")), "program"));
}

static sley_promise *forgotten;

static void left(void)
{
  forgotten = sley_sleep(100);
  _exit(sley_main(sley_return_unit(), "program"));
}

/* sley_run fails, not p. */
static void without_an_engine(void)
{
  const sley_runtime_options o = {.size = sizeof(o), .engine = "none"};
  sley_error_drop(sley_configure(&o));
  _exit(sley_main(sley_pause(), "program"));
}

static void nameless(void) { _exit(sley_main(sley_return_unit(), NULL)); }

static void tells_by_its_status(void **state)
{
  (void)state;
  char text[2048];
  assert_int_equal(status_of(fulfilled, text, sizeof(text)), 0);
  assert_string_equal(text, "");
  assert_int_equal(status_of(rejected, text, sizeof(text)), 1);
  assert_string_equal(text, "program: not so\n");
  assert_int_equal(status_of(left, text, sizeof(text)), 1);
  assert_non_null(strstr(text, "test_main.c:"));
  assert_int_equal(status_of(without_an_engine, text, sizeof(text)), 1);
  assert_memory_equal(text, "program: ", 9);
  assert_non_null(strstr(text, "none"));
}

static void needs_a_name(void **state)
{
  (void)state;
  char text[2048];
  int status = run_in_child(nameless, text, sizeof(text));
  assert_true(WIFSIGNALED(status));
  assert_non_null(strstr(text, "sley_main"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_by_its_status),
      cmocka_unit_test(needs_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
