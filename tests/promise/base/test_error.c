/* Errors as text; the version.
 * Tests src/promise/base/error.c, src/promise/base/version.c. */
#include "support/world.h"

static sley_promise *pass(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return(sley_unit());
}

/* An error states where it was made and what it passed through; so do its causes. */
static void printed_whole(void **state)
{
  (void)state;
  sley_resolver *r;
  char text[512];
  sley_promise *p = sley_bind_at("first.c:1", sley_cancelable(&r), pass, NULL, NULL);
  sley_promise *q =
      sley_catch_if_at("second.c:2", p, sley_match_code(&kind_test, 9), recover, "x", NULL);
  sley_reject(&r, sley_error_new_at("made.c:3", &kind_test, 1, "broken"));
  sley_error *e = sley_error_keep(sley_promise_error(q));
  sley_drop(q);
  sley_error *outer = sley_error_wrap_at("wrapped.c:4", e, "cannot %s", "start");
  p = sley_bind_at("third.c:5", sley_fail(outer), pass, NULL, NULL);
  size_t length = sley_error_format(sley_promise_error(p), text, sizeof text);
  assert_int_equal(length, strlen(text));
  assert_string_equal(text,
                      "cannot start [test 1] at wrapped.c:4, through third.c:5; because: broken "
                      "[test 1] at made.c:3, through first.c:1 second.c:2");
  sley_drop(p);
}

/* What passes the site where it was made, or one again and again, names it once. */
static void a_place_is_named_once(void **state)
{
  (void)state;
  sley_resolver *r;
  char text[512];
  const char *sites[] = {"made.c:3", "first.c:1", "first.c:1", "second.c:2", "first.c:1"};
  sley_promise *p = sley_cancelable(&r);
  for (int i = 0; i < 5; i++) p = sley_bind_at(sites[i], p, pass, NULL, NULL);
  sley_reject(&r, sley_error_new_at("made.c:3", &kind_test, 1, "broken"));
  sley_error_format(sley_promise_error(p), text, sizeof text);
  assert_string_equal(text, "broken [test 1] at made.c:3, through first.c:1 second.c:2 first.c:1");
  sley_drop(p);
}

/* A message that says its cause's is not followed by the same again: only by another place. */
static void printed_once(void **state)
{
  (void)state;
  char text[512];
  sley_error *e = sley_error_new_at("made.c:3", &kind_test, 1, "broken");
  sley_error *outer = sley_error_wrap_at("wrapped.c:4", e, "starting: %s", sley_error_message(e));
  sley_error_format(outer, text, sizeof text);
  assert_string_equal(text, "starting: broken [test 1] at wrapped.c:4; from made.c:3");
  outer = sley_error_wrap_at("wrapped.c:4", outer, "again");
  outer = sley_error_wrap_at("wrapped.c:4", outer, "once more: %s", sley_error_message(outer));
  sley_error_format(outer, text, sizeof text);
  assert_string_equal(
      text,
      "once more: again [test 1] at wrapped.c:4; because: starting: broken [test 1] "
      "at wrapped.c:4; from made.c:3");
  sley_error_drop(outer);
}

/* A buffer that is too small gets the beginning; the returned length is that of the whole text. */
static void printed_into_too_little(void **state)
{
  (void)state;
  char whole[128], part[8];
  sley_error *e = sley_error_new_at("made.c:3", &kind_test, 1, "broken");
  size_t length = sley_error_format(e, whole, sizeof whole);
  assert_string_equal(whole, "broken [test 1] at made.c:3");
  assert_int_equal(sley_error_format(e, part, sizeof part), length);
  assert_string_equal(part, "broken ");
  sley_error_drop(e);
}

static void version_is_the_headers(void **state)
{
  (void)state;
  assert_int_equal(sley_version(), SLEY_VERSION_NUM);
  assert_true(sley_version_is_for(SLEY_VERSION_NUM));
  assert_true(sley_version_is_for(SLEY_VERSION_NUM + 99 - SLEY_VERSION_PATCH)); /* of the minor */
  assert_false(sley_version_is_for(SLEY_VERSION_NUM + 100));
  assert_false(sley_version_is_for(SLEY_VERSION_NUM - 100));
  assert_false(sley_version_is_for(SLEY_VERSION_NUM + 10000));
  assert_string_equal(sley_version_text(), SLEY_VERSION_TEXT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_place_is_named_once),   TEST(printed_whole),          TEST(printed_once),
      TEST(printed_into_too_little), TEST(version_is_the_headers),
  };
  return RUN_TESTS(tests);
}
