/* What the main functions of this folder share: PROGRAM FIRST COUNT runs so many seeds, one after the other. With 100 or more,
 * each system call that the program makes often must have failed. */
#ifndef TESTS_FAILING_SEEDS_H
#define TESTS_FAILING_SEEDS_H

#include "failing.h"
#include "support/unit.h"

static struct {
  uint64_t first, count;
  void (*one)(uint64_t seed);
} seeds = {.first = 1, .count = 1};

static inline void seeds_run(void **state)
{
  (void)state;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; seed++) seeds.one(seed);
  print_message("%s\n", failing_text());
  if (seeds.count >= 100) assert_int_equal(failing_spared(), 0);
}

static inline void seeds_read(int words, char **word)
{
  if (words > 1) seeds.first = strtoull(word[1], NULL, 10);
  if (words > 2) seeds.count = strtoull(word[2], NULL, 10);
}

static inline int seeds_main(int words, char **word, void (*one)(uint64_t seed))
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(seeds_run)};
  seeds.one = one;
  seeds_read(words, word);
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
