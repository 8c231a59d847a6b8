/* Results, and the short forms of convenience.h.
 * Tests src/promise/collection/result.c, src/promise/collection/result_bind.c, src/promise/collection/convenience.c. */
#include "support/world.h"

static sley_error *plus_one(void *ctx, sley_value *in, sley_value *out)
{
  if (ctx != NULL) return error_of(9);
  *out = sley_int(in->i + 1);
  return NULL;
}
static sley_promise *plus_one_lwt(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i + 1));
}
static sley_promise *plus_one_result(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_result_return(sley_int(v->i + 1));
}
static sley_error *next_code(void *ctx, sley_error *e)
{
  (void)ctx;
  return error_of(sley_error_code(e) + 1);
}
static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_result_return(sley_int(sley_error_code(e)));
}
static sley_promise *other_error(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_return(sley_error_to_value(error_of(sley_error_code(e) + 10)));
}
static sley_promise *note_error_code(void *ctx, sley_error *e)
{
  *(int *)ctx = sley_error_code(e);
  return sley_return_unit();
}

static sley_promise *ok(int i) { return sley_result_return(sley_int(i)); }
static sley_promise *bad(int code) { return sley_result_fail(error_of(code)); }

/* Consumes p. */
static void assert_ok(sley_promise *p, int64_t i)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_result *r = sley_result_in(sley_promise_value(p));
  assert_null(sley_result_error(r));
  assert_int_equal(sley_result_value(r)->i, i);
  sley_drop(p);
}
static void assert_bad(sley_promise *p, int code)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_result *r = sley_result_in(sley_promise_value(p));
  assert_null(sley_result_value(r));
  assert_int_equal(sley_error_code(sley_result_error(r)), code);
  sley_drop(p);
}
static void assert_gives(sley_promise *p, int64_t i)
{
  assert_fulfilled(p, i);
  sley_drop(p);
}

static void combinators(void **state)
{
  int fails = 0, noted = 0;
  (void)state;
  assert_ok(sley_result_map(ok(1), plus_one, NULL), 2);
  assert_bad(sley_result_map(bad(1), plus_one, NULL), 1);
  assert_ok(sley_result_map_error(ok(1), next_code, NULL), 1);
  assert_bad(sley_result_map_error(bad(1), next_code, NULL), 2);
  assert_ok(sley_result_bind(ok(1), plus_one_result, NULL), 2);
  assert_bad(sley_result_bind(bad(1), plus_one_result, NULL), 1);
  assert_ok(sley_result_bind_error(ok(1), recover, NULL), 1);
  assert_ok(sley_result_bind_error(bad(7), recover, NULL), 7);
  assert_ok(sley_result_bind_promise(ok(1), plus_one_lwt, NULL), 2);
  assert_bad(sley_result_bind_promise(bad(1), plus_one_lwt, NULL), 1);
  assert_ok(sley_result_bind_promise_error(ok(1), other_error, NULL), 1);
  assert_bad(sley_result_bind_promise_error(bad(1), other_error, NULL), 11);
  assert_ok(sley_result_bind_result(ok(1), plus_one, NULL), 2);
  assert_bad(sley_result_bind_result(ok(1), plus_one, &fails), 9);
  assert_ok(sley_result_ok(sley_return(sley_int(3))), 3);
  assert_bad(sley_result_catch(sley_fail(error_of(4))), 4);
  assert_ok(sley_result_catch(sley_return(sley_int(4))), 4);
  assert_bad(sley_result_lift(error_of(5), sley_unit()), 5);
  assert_gives(sley_result_get(ok(5)), 5);
  sley_promise *p = sley_result_get(bad(5));
  assert_rejected(p, 5);
  sley_drop(p);
  assert_gives(sley_result_iter(bad(1), plus_one_lwt, NULL), 0);
  assert_gives(sley_result_iter(ok(1), plus_one_lwt, NULL), 2);
  assert_gives(sley_result_iter_error(bad(6), note_error_code, &noted), 0);
  assert_int_equal(noted, 6);
}

static void both_gives_the_first_error_in_time(void **state)
{
  (void)state;
  sley_resolver *r[2];
  sley_promise *a = sley_cancelable(&r[0]), *b = sley_cancelable(&r[1]);
  sley_promise *p = sley_result_both(a, b);
  sley_value v;
  for (int i = 1; i >= 0; i--) {
    assert_null(sley_result_new_error(error_of(i + 1), &v));
    sley_fulfill(&r[i], v);
  }
  assert_bad(p, 2);
  p = sley_result_both(sley_result_return(sley_own(thing_new(1), &type_mover)), ok(2));
  sley_list *list = sley_list_in(sley_result_value(sley_result_in(sley_promise_value(p))));
  assert_int_equal(((thing *)sley_list_item(list, 0)->ptr)->number, 1);
  assert_int_equal(sley_list_item(list, 1)->i, 2);
  sley_drop(p);
}

static void short_forms(void **state)
{
  (void)state;
  sley_resolver *r;
  assert_gives(sley_return_unit(), 0);
  assert_gives(sley_return_true(), 1);
  assert_gives(sley_return_false(), 0);
  sley_promise *p = sley_return_none();
  assert_true(sley_is_none(sley_promise_value(p)));
  sley_drop(p);
  p = sley_return_nil();
  assert_int_equal(sley_list_count(sley_list_in(sley_promise_value(p))), 0);
  sley_drop(p);
  assert_gives(sley_return_result(NULL, sley_int(4)), 4);
  p = sley_return_result(error_of(4), sley_own(thing_new(1), &type_mover));
  assert_rejected(p, 4);
  sley_drop(p);
  p = sley_fail_with(&kind_test, 3, "no %d", 3);
  assert_rejected(p, 3);
  sley_drop(p);
  p = sley_cancelable(&r);
  sley_promise *again = sley_promise_from_resolver(r);
  assert_true(sley_is_same(p, again));
  sley_value seven = sley_int(7);
  assert_gives(sley_debug_state_is(p, SLEY_PROMISE_STATE_PENDING, NULL), 1);
  sley_settle(&r, NULL, seven);
  assert_gives(sley_debug_state_is(p, SLEY_PROMISE_STATE_FULFILLED, &seven), 1);
  seven.i = 8;
  assert_gives(sley_debug_state_is(p, SLEY_PROMISE_STATE_FULFILLED, &seven), 0);
  assert_gives(again, 7);
  sley_drop(p);
  p = sley_cancelable(&r);
  sley_settle_now(&r, error_of(2), sley_unit());
  assert_rejected(p, 2);
  sley_drop(p);
}

static int asked;
static bool ask(const sley_error *e)
{
  asked++;
  return sley_error_accept_all(e) && sley_error_accept_all_but_memory(e);
}

static void the_error_filter_is_asked(void **state)
{
  (void)state;
  sley_resolver *r;
  int fails = 0;
  asked = 0;
  sley_set_error_filter(ask);
  sley_drop(sley_catch(sley_fail(error_of(1)), recover, NULL));
  sley_promise *p = sley_cancelable(&r);
  sley_reject(&r, error_of(2));
  assert_rejected(p, 2);
  sley_drop(p);
  sley_drop(sley_catch(sley_map(sley_return_unit(), plus_one, &fails), recover, NULL));
  sley_set_error_filter(NULL);
  assert_true(asked >= 3);
  assert_false(sley_error_accept_all_but_memory(sley_error_nomem()));
}

static void all_of_it(void)
{
  sley_promise *p = sley_result_return(sley_own(thing_new(1), &type_mover));
  p = sley_result_both(p, sley_result_catch(sley_map(sley_pause(), plus_one, NULL)));
  p = sley_result_bind_error(p, recover, NULL);
  sley_wakeup_paused();
  assert_false(sley_is_pending(p));
  sley_drop(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(all_of_it);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(combinators),
      TEST(both_gives_the_first_error_in_time),
      TEST(short_forms),
      TEST(the_error_filter_is_asked),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
