/* Words and numbers of slices.
 * Tests src/io/bytes/slice.c. */
#include <sley/slice.h>

#include "support/process.h"

static sley_slice slice(const char *text) { return (sley_slice){text, strlen(text)}; }

static void words(void **state)
{
  (void)state;
  static const char line[] = "  set  key\t0 ";
  sley_slice rest = {line, sizeof(line) - 1};
  sley_slice word = sley_slice_word(&rest, " \t");
  assert_true(sley_slice_is(word, "set"));
  assert_ptr_equal(word.at, line + 2);
  assert_true(sley_slice_is(rest, "  key\t0 "));
  assert_true(sley_slice_is(sley_slice_word(&rest, " \t"), "key"));
  assert_true(sley_slice_is(sley_slice_word(&rest, " \t"), "0"));
  assert_int_equal(sley_slice_word(&rest, " \t").size, 0);
  assert_int_equal(rest.size, 0);
  assert_int_equal(sley_slice_word(&rest, " \t").size, 0);
  rest = slice("a\tb c");
  assert_true(sley_slice_is(sley_slice_word(&rest, " "), "a\tb"));
  rest = slice("a b");
  assert_true(sley_slice_is(sley_slice_word(&rest, ""), "a b"));
  rest = (sley_slice){"a\0b c", 5}; /* a zero is a byte as others, and no separator */
  assert_int_equal(sley_slice_word(&rest, " ").size, 3);
  rest = (sley_slice){NULL, 0};
  assert_int_equal(sley_slice_word(&rest, " ").size, 0);
}

static void texts(void **state)
{
  (void)state;
  assert_true(sley_slice_is(slice("get"), "get"));
  assert_false(sley_slice_is(slice("gets"), "get"));
  assert_false(sley_slice_is(slice("ge"), "get"));
  assert_false(sley_slice_is(slice("gEt"), "get"));
  assert_true(sley_slice_is((sley_slice){NULL, 0}, ""));
  assert_false(sley_slice_is((sley_slice){"a\0", 2}, "a"));
}

static void numbers(void **state)
{
  (void)state;
  uint64_t n = 5;
  assert_int_equal(sley_slice_uint(slice("0"), 0, &n), 0);
  assert_int_equal(n, 0);
  assert_int_equal(sley_slice_uint((sley_slice){"123", 2}, UINT64_MAX, &n), 0);
  assert_int_equal(n, 12);
  assert_int_equal(sley_slice_uint(slice("18446744073709551615"), UINT64_MAX, &n), 0);
  assert_true(n == UINT64_MAX);
  assert_int_equal(sley_slice_uint(slice("0000000000000000000000000007"), 7, &n), 0);
  assert_int_equal(n, 7);
  static const char *const wrong[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1.5",
                                      "a",
                                      "18446744073709551616",
                                      "99999999999999999999999999",
                                      "/",
                                      ":"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    if (sley_slice_uint(slice(wrong[i]), UINT64_MAX, &n) != -SLEY_EINVAL) fail_msg("%s", wrong[i]);
  for (uint64_t most = 0; most < 130; most++) {
    char text[8];
    snprintf(text, sizeof(text), "%d", (int)most);
    assert_int_equal(sley_slice_uint(slice(text), most, &n), 0);
    assert_true(n == most);
    snprintf(text, sizeof(text), "%d", (int)most + 1);
    assert_int_equal(sley_slice_uint(slice(text), most, &n), -SLEY_EINVAL);
    assert_true(n == most); /* as it was */
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(words), TEST(texts), TEST(numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
