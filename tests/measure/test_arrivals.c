/* When open load starts its requests. */
#include <math.h>

#include "arrivals.h"
#include "support/process.h"

enum { COUNT = 200000 };

static void constant_rate_keeps_its_times(void **state)
{
  (void)state;
  arrivals a;
  arrivals_start(&a, 5000, 3000, false, 1);
  for (int i = 1; i <= COUNT; i++) {
    double due = 5000 + i * 1e9 / 3000;
    assert_true(fabs((double)arrivals_next(&a) - due) < 2);
    arrivals_pass(&a);
  }
}

/* Distances of a Poisson process: mean and deviation are the same, and 1/e of them are longer. */
static void poisson_distances_are_exponential(void **state)
{
  (void)state;
  arrivals a;
  double gap = 1e9 / 3000, squares = 0;
  int longer = 0;
  uint64_t before = 0;
  arrivals_start(&a, 0, 3000, true, 7);
  for (int i = 0; i < COUNT; i++) {
    double distance = (double)(arrivals_next(&a) - before);
    before = arrivals_next(&a);
    squares += (distance - gap) * (distance - gap);
    longer += distance > gap;
    arrivals_pass(&a);
  }
  assert_true(fabs((double)before / COUNT / gap - 1) < 0.01);
  assert_true(fabs(sqrt(squares / COUNT) / gap - 1) < 0.01);
  assert_true(fabs((double)longer / COUNT - exp(-1)) < 0.005);
}

static void a_seed_gives_the_same_times(void **state)
{
  (void)state;
  arrivals a, b, c;
  int same = 0;
  arrivals_start(&a, 0, 1000, true, 3);
  arrivals_start(&b, 0, 1000, true, 3);
  arrivals_start(&c, 0, 1000, true, 4);
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(arrivals_next(&a), arrivals_next(&b));
    same += arrivals_next(&a) == arrivals_next(&c);
    arrivals_pass(&a), arrivals_pass(&b), arrivals_pass(&c);
  }
  assert_true(same < 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(constant_rate_keeps_its_times),
                                     cmocka_unit_test(poisson_distances_are_exponential),
                                     cmocka_unit_test(a_seed_gives_the_same_times)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
