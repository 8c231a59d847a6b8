/* The load generator's histogram: borders of buckets, percentiles, what HdrHistogram's plotters read. */
#include <math.h>

#include "histogram.h"
#include "support/process.h"

static histogram h;

/* Each value lies in its bucket, and no bucket is wider than a 128th of what is in it. */
static void borders_of_buckets(void **state)
{
  (void)state;
  uint64_t below = 0;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    uint64_t top = histogram_top(i), bottom = i == 0 ? 0 : below + 1;
    assert_int_equal(histogram_bucket(top), i);
    assert_int_equal(histogram_bucket(bottom), i);
    assert_true(top >= bottom && top - bottom <= bottom / HISTOGRAM_STEPS);
    below = top;
  }
  assert_true(below == UINT64_MAX);
}

static void percentiles_of_a_hundred_thousand(void **state)
{
  (void)state;
  histogram_clear(&h);
  assert_int_equal(histogram_value_at(&h, 0.99), 0);
  for (uint64_t i = 100000; i >= 1; i--) histogram_add(&h, i * 1000);
  static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
  for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
    double exact = shares[i] * 1e8, found = (double)histogram_value_at(&h, shares[i]);
    assert_true(found >= exact && found <= exact * (1 + 1.0 / HISTOGRAM_STEPS));
  }
  assert_int_equal(histogram_value_at(&h, 1), 100000000);
  assert_true(fabs(histogram_mean(&h) - 50000500.0) < 1);
}

/* A hundredth of the values, not one less, is what p99 leaves out. */
static void percentile_counts_to_the_one(void **state)
{
  (void)state;
  histogram_clear(&h);
  for (int i = 0; i < 99; i++) histogram_add(&h, 1);
  histogram_add(&h, 100);
  assert_int_equal(histogram_value_at(&h, 0.99), 1);
  histogram_add(&h, 100);
  assert_int_equal(histogram_value_at(&h, 0.99), 100);
}

static void export_is_as_plotters_read_it(void **state)
{
  (void)state;
  char line[256];
  double value, share, inverse, last_share = -1, last_value = -1;
  unsigned long long count = 0;
  int lines = 0;
  FILE *file = tmpfile();
  assert_non_null(file);
  histogram_clear(&h);
  for (uint64_t i = 1; i <= 10000; i++) histogram_add(&h, i * 1000000);
  histogram_write(&h, file);
  rewind(file);
  assert_non_null(fgets(line, sizeof(line), file));
  assert_non_null(strstr(line, "Value"));
  assert_non_null(strstr(line, "Percentile TotalCount 1/(1-Percentile)"));
  assert_non_null(fgets(line, sizeof(line), file));
  assert_string_equal(line, "\n");
  while (fgets(line, sizeof(line), file) != NULL && line[0] != '#') {
    assert_int_equal(sscanf(line, "%lf %lf %llu %lf", &value, &share, &count, &inverse), 4);
    assert_true(value > last_value && share > last_share && share <= 1);
    if (share < 1) assert_true(fabs(inverse - 1 / (1 - share)) <= 0.01 * inverse);
    assert_true((double)count >= share * 10000 - 1e-6);
    assert_true(fabs(value - (double)count) <= (double)count / HISTOGRAM_STEPS + 1);
    last_value = value;
    last_share = share;
    lines++;
  }
  assert_true(lines > 30 && share == 1 && isinf(inverse) && count == 10000 && value == 10000);
  assert_non_null(strstr(line, "#[Mean    =     5000.500, StdDeviation   =     2886.751]"));
  assert_non_null(fgets(line, sizeof(line), file));
  assert_non_null(strstr(line, "#[Max     =    10000.000, Total count    =        10000]"));
  assert_non_null(fgets(line, sizeof(line), file));
  assert_non_null(strstr(line, "#[Buckets ="));
  fclose(file);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(borders_of_buckets),
                                     cmocka_unit_test(percentiles_of_a_hundred_thousand),
                                     cmocka_unit_test(percentile_counts_to_the_one),
                                     cmocka_unit_test(export_is_as_plotters_read_it)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
