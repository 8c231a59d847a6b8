/* An error that the error filter declines ends the process with a sentence, wherever in a run it occurs: nothing catches
 * it, and none of the library's callbacks runs after it. The numbers are those of Lwt's own tests, where it leaves the run.
 * Tests src/promise/core/error_filter.c. */
#include "support/child.h"
#include "support/process.h"

static sley_promise *runs_out(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_fail(sley_error_nomem());
}

static sley_promise *starts_badly(void *ctx)
{
  (void)ctx;
  return sley_fail(sley_error_nomem());
}

static void says(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  fputs("handled", stderr);
}

static void says_too(void *ctx, sley_error *e, const char *site)
{
  (void)site;
  says(ctx, e);
}

static sley_promise *recovers(void *ctx, sley_error *e)
{
  says(ctx, e);
  return sley_return(sley_unit());
}

static void runs(sley_promise *p)
{
  sley_error_drop(sley_run(p, NULL));
  fputs("returned", stderr);
}

static void after_a_pause(void) { runs(sley_bind(sley_pause(), runs_out, NULL)); }

static void after_a_sleep(void) { runs(sley_bind(sley_sleep(0.001), runs_out, NULL)); }

static void in_a_choose(void)
{
  sley_promise *both[] = {sley_sleep(1000), sley_bind(sley_pause(), runs_out, NULL)};
  runs(sley_choose(both, 2));
}

static sley_promise *later_badly(void *ctx) { return sley_bind(sley_pause(), runs_out, ctx); }

static void in_a_catch(void) { runs(sley_catch(later_badly(NULL), recovers, NULL)); }

static void in_async(void)
{
  sley_set_async_hook(says_too, NULL);
  sley_async(starts_badly, NULL);
  runs(sley_sleep(0.001));
}

static void in_dont_wait(void)
{
  sley_dont_wait(starts_badly, says, NULL);
  runs(sley_sleep(0.001));
}

static void (*which)(void);

static void declines_memory(void)
{
  sley_after_fork_child();
  sley_set_error_filter(sley_error_accept_all_but_memory);
  which();
}

static void ends_the_process(void (*f)(void))
{
  char text[4096];
  which = f;
  int status = run_in_child(declines_memory, text, sizeof(text));
  bool went_on = strstr(text, "handled") != NULL || strstr(text, "returned") != NULL;
  if (!aborted(status) || strstr(text, "the error filter of domain") == NULL || went_on)
    fail_msg("status %x: %s", (unsigned)status, text);
}

static void b11_1_after_a_pause(void **state)
{
  (void)state;
  ends_the_process(after_a_pause);
}

static void b11_2_after_a_sleep(void **state)
{
  (void)state;
  ends_the_process(after_a_sleep);
}

static void b11_3_in_a_choose(void **state)
{
  (void)state;
  ends_the_process(in_a_choose);
}

static void b11_4_not_caught(void **state)
{
  (void)state;
  ends_the_process(in_a_catch);
}

static void b11_5_in_async(void **state)
{
  (void)state;
  ends_the_process(in_async);
}

static void b11_6_in_dont_wait(void **state)
{
  (void)state;
  ends_the_process(in_dont_wait);
}

/* Any other error goes its way under the same filter. */
static void others_are_caught(void **state)
{
  (void)state;
  assert_null(sley_set_error_filter(sley_error_accept_all_but_memory));
  run_fails(sley_timeout(0.001), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_ptr_equal(sley_set_error_filter(NULL), sley_error_accept_all_but_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(b11_1_after_a_pause), TEST(b11_2_after_a_sleep), TEST(b11_3_in_a_choose),
      TEST(b11_4_not_caught),    TEST(b11_5_in_async),      TEST(b11_6_in_dont_wait),
      TEST(others_are_caught),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
