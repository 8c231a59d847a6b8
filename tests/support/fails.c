/* The guarantees of watchdog.h, each in a separate run of this program: an assertion that fails while a domain is
 * alive, in a callback, or in another domain's thread shows its line; a program that hangs shows where. */
#include "support/domains.h"

static sley_promise *fail_there(sley_value *arg)
{
  assert_int_equal(arg->i, 4711);
  return sley_return(sley_unit());
}

static sley_promise *fail_here(void *ctx, sley_value *v)
{
  (void)ctx;
  return fail_there(v);
}

static void with_a_domain(void **state)
{
  (void)state;
  start("alive");
  assert_int_equal(1, 4711);
}

static void in_a_callback(void **state)
{
  (void)state;
  settle(sley_bind(sley_sleep(0.001), fail_here, NULL));
}

static void in_another_domain(void **state)
{
  (void)state;
  settle(sley_call(start("alive"), fail_there, sley_int(1)));
}

static void hangs_here(void **state)
{
  (void)state;
  settle(never(NULL));
}

int main(int count, char **words)
{
  const struct CMUnitTest tests[] = {TEST(with_a_domain), TEST(in_a_callback),
                                     TEST(in_another_domain), TEST(hangs_here)};
  for (size_t i = 0; count == 2 && i < sizeof(tests) / sizeof(tests[0]); i++) {
    if (strcmp(words[1], tests[i].name) != 0) continue;
    const struct CMUnitTest one[] = {tests[i]};
    return cmocka_run_group_tests(one, NULL, NULL);
  }
  return 2;
}
