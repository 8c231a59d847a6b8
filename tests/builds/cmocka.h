/* As much of cmocka as the tests of fibers use, for machines for which it is not installed. The first
 * failure ends the program. */
#ifndef TESTS_BUILDS_CMOCKA_H
#define TESTS_BUILDS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*test)(void **state);
  int (*setup)(void **state), (*teardown)(void **state);
};
#define cmocka_unit_test(f) \
  {                         \
#f, f, NULL, NULL       \
  }
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
  {                                                         \
#f, f, setup, teardown                                  \
  }
#define print_message printf
#define fail_msg(...)                                                                        \
  (printf("%s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), printf("\n"), fflush(stdout), \
   exit(1))
#define assert_true(x) ((x) ? (void)0 : fail_msg("not true: %s", #x))
#define assert_false(x) assert_true(!(x))
#define assert_null(x) assert_true((x) == NULL)
#define assert_non_null(x) assert_true((x) != NULL)
#define assert_ptr_equal(a, b) assert_true((a) == (b))
#define assert_string_equal(a, b) \
  (strcmp(a, b) == 0 ? (void)0 : fail_msg("\"%s\" is not \"%s\"", a, b))
#define assert_int_equal(a, b)      \
  ((long long)(a) == (long long)(b) \
       ? (void)0                    \
       : fail_msg("%s is %lld, not %lld", #a, (long long)(a), (long long)(b)))
#define assert_int_not_equal(a, b) assert_true((a) != (b))

static inline int run_tests(const char *name, const struct CMUnitTest *tests, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    void *state = NULL;
    printf("%s: %s\n", name, tests[i].name);
    fflush(stdout);
    if (tests[i].setup != NULL && tests[i].setup(&state) != 0) fail_msg("setup");
    tests[i].test(&state);
    if (tests[i].teardown != NULL && tests[i].teardown(&state) != 0) fail_msg("teardown");
  }
  return 0;
}
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
  run_tests(name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
