/* catch_if: what it catches, what passes through, who owns the context.
 * Tests src/promise/collection/match.c. */
#include "support/world.h"

static sley_promise *recover(void *ctx, sley_error *e)
{
  note(ctx);
  return sley_return(sley_int(sley_error_code(e)));
}
static int dropped;
static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}
static bool is_odd(const sley_error *e) { return sley_error_code(e) % 2 != 0; }

static void matching(void **state)
{
  (void)state;
  sley_error *plain = error_of(3);
  sley_error *deep = sley_error_wrap(sley_error_new(&sley_kind_errno, 2, "no file"), "opening");
  assert_true(sley_matches(sley_match_kind(&kind_test), plain));
  assert_true(sley_matches(sley_match_code(&kind_test, 3), plain));
  assert_false(sley_matches(sley_match_code(&kind_test, 4), plain));
  assert_false(sley_matches(sley_match_kind(&sley_kind_errno), plain));
  assert_true(sley_matches(sley_match_code(&sley_kind_errno, 2), deep));
  assert_true(sley_matches(sley_match_test(is_odd), plain));
  assert_false(sley_matches(sley_match_test(is_odd), deep));
  assert_true(sley_matches(sley_match_canceled(), sley_error_canceled()));
  assert_false(sley_matches(sley_match_canceled(), plain));
  assert_false(sley_matches(sley_match_not_canceled(), sley_error_canceled()));
  assert_true(sley_matches(sley_match_not_canceled(), plain));
  sley_match both = {&kind_test, SLEY_ANY_CODE, is_odd};
  assert_true(sley_matches(both, plain));
  sley_error_drop(plain);
  sley_error_drop(deep);
}

static void a_cause_matches(void **state)
{
  (void)state;
  sley_error *e = sley_error_wrap(error_of(5), "while %s", "working");
  sley_error_keep(e);
  assert_true(sley_matches(sley_match_code(&kind_test, 5), e));
  sley_error_drop(e);
  sley_error_drop(e);
}

static void catches_some(void **state)
{
  (void)state;
  sley_match three = sley_match_code(&kind_test, 3);
  for (int later = 0; later < 2; later++) {
    for (int code = 2; code < 5; code++) {
      sley_resolver *r = NULL;
      dropped = 0;
      sley_promise *p = later ? sley_cancelable(&r) : sley_fail(error_of(code));
      p = sley_catch_if(p, three, recover, "caught", count_drop);
      if (later) {
        assert_int_equal(dropped, 0);
        sley_reject(&r, error_of(code));
      }
      assert_int_equal(dropped, 1);
      if (code == 3) assert_fulfilled(p, 3);
      else assert_rejected(p, code);
      sley_drop(p);
    }
    sley_resolver *r = NULL; /* a value passes through */
    sley_promise *p =
        later ? sley_cancelable(&r) : sley_return(sley_own(thing_new(1), &type_mover));
    p = sley_catch_if(p, three, recover, "never");
    if (later) sley_fulfill(&r, sley_own(thing_new(1), &type_mover));
    assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, 1);
    sley_drop(p);
  }
  assert_log("caught caught");
  sley_resolver *r;
  sley_promise *p = sley_catch_if(sley_cancelable(&r), sley_match_not_canceled(), recover, "never");
  sley_cancel(p);
  assert_rejected_sley(p, SLEY_ECANCELED);
  sley_resolver_drop(&r);
  sley_drop(p);
}

static void use_all(void)
{
  sley_resolver *r;
  dropped = 0;
  sley_promise *p =
      sley_catch_if(sley_cancelable(&r), sley_match_code(&kind_test, 3), recover, "x", count_drop);
  sley_reject(&r, error_of(4));
  assert_false(sley_is_pending(p));
  assert_int_equal(dropped, 1);
  sley_drop(p);
}
static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(matching),
      TEST(a_cause_matches),
      TEST(catches_some),
      cmocka_unit_test(without_memory),
  };
  return RUN_TESTS(tests);
}
