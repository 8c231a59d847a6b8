/* Results whose values own something: moved once, shared, refused to late readers, and dropped when memory runs out.
 * Errors as shared values.
 * Tests src/promise/collection/result.c, src/promise/collection/result_bind.c,
 * src/promise/core/error_value.c. */
#include "support/world.h"

static sley_promise *ok_thing(int number, const sley_type *type)
{
  return sley_result_return(sley_own(thing_new(number), type));
}

static int seen;
static sley_promise *see(void *ctx, sley_value *v)
{
  (void)ctx;
  seen = v->type != NULL && v->type != &sley_type_moved ? ((thing *)v->ptr)->number : -1;
  return sley_return(sley_unit());
}
static sley_error *take_number(void *ctx, sley_value *in, sley_value *out)
{
  sley_value mine;
  (void)ctx;
  int code = sley_take(in, &mine);
  if (code != 0) return error_of(-code);
  *out = sley_int(((thing *)mine.ptr)->number);
  sley_value_drop(&mine);
  return NULL;
}
static sley_error *fill_and_fail(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx, (void)in;
  *out = sley_own(thing_new(9), &type_mover); /* dropped: a failing function returns no value */
  return error_of(3);
}
static sley_error *renumbered(void *ctx, sley_error *e)
{
  (void)ctx;
  return error_of(sley_error_code(e) + 1);
}
static sley_promise *see_code(void *ctx, sley_error *e)
{
  (void)ctx;
  seen = sley_error_code(e);
  return sley_return(sley_unit());
}
static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)ctx;
  return ok_thing(sley_error_code(e), &type_copier);
}
static sley_promise *as_value(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_return(sley_error_to_value(sley_error_keep(e)));
}
static sley_promise *pair(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return ok_thing(4, &type_mover);
}

static void what_a_result_owns_is_moved_once(void **state)
{
  (void)state;
  sley_promise *p = ok_thing(1, &type_mover);
  sley_promise *first = sley_result_get(sley_keep(p)), *second = sley_result_get(sley_keep(p));
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(first), &type_mover))->number, 1);
  assert_rejected_sley(second, SLEY_EMOVED);
  sley_drop(first);
  sley_drop(second);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
  /* A value with dup is copied while another handle of the result exists. */
  p = ok_thing(1, &type_copier);
  first = sley_result_get(sley_keep(p));
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(first), &type_copier))->number, 101);
  sley_drop(first);
  first = sley_result_get(p); /* the last handle */
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(first), &type_copier))->number, 1);
  sley_drop(first);
  assert_int_equal(things_alive, 0);
}

static void callbacks_take_it_out_of_a_result(void **state)
{
  (void)state;
  sley_promise *p = sley_result_map(ok_thing(5, &type_mover), take_number, NULL);
  assert_int_equal(sley_result_value(sley_result_in(sley_promise_value(p)))->i, 5);
  sley_drop(p);
  p = ok_thing(6, &type_mover);
  sley_drop(sley_result_map(sley_keep(p), take_number, NULL));
  sley_promise *late = sley_result_map(sley_keep(p), take_number, NULL);
  assert_rejected(late, SLEY_EMOVED);
  sley_drop(late);
  sley_drop(sley_result_iter(p, see, NULL));
  assert_int_equal(seen, -1);
  p = sley_result_map(ok_thing(7, &type_mover), fill_and_fail, NULL);
  assert_rejected(p, 3);
  sley_drop(p);
  p = sley_result_bind_result(ok_thing(7, &type_mover), fill_and_fail, NULL);
  assert_int_equal(sley_error_code(sley_result_error(sley_result_in(sley_promise_value(p)))), 3);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
}

static void plain_values_are_moved_into_results(void **state)
{
  (void)state;
  sley_promise *plain = sley_return(sley_own(thing_new(2), &type_mover));
  sley_promise *p = sley_result_ok(sley_keep(plain));
  assert_int_equal(((thing *)sley_result_value(sley_result_in(sley_promise_value(p)))->ptr)->number,
                   2);
  sley_promise *late = sley_result_ok(plain);
  assert_rejected_sley(late, SLEY_EMOVED);
  sley_drop(late);
  sley_drop(p);
  p = sley_result_lift(error_of(1), sley_own(thing_new(3), &type_mover));
  assert_int_equal(things_alive, 0); /* an error has no value with it */
  sley_drop(p);
}

static void both_of_results_that_own(void **state)
{
  (void)state;
  sley_promise *kept = ok_thing(1, &type_copier);
  sley_promise *p = sley_result_both(sley_keep(kept), ok_thing(2, &type_mover));
  sley_list *list = sley_list_in(sley_result_value(sley_result_in(sley_promise_value(p))));
  assert_int_equal(((thing *)sley_list_item(list, 0)->ptr)->number, 101);
  assert_int_equal(((thing *)sley_list_item(list, 1)->ptr)->number, 2);
  sley_drop(p);
  sley_drop(kept);
  /* A value that was already moved fails the whole; the available half is dropped. */
  kept = ok_thing(3, &type_mover);
  sley_drop(sley_result_get(sley_keep(kept)));
  p = sley_result_both(ok_thing(4, &type_mover), kept);
  assert_rejected_sley(p, SLEY_EMOVED);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
}

static void errors_are_shared_as_values(void **state)
{
  (void)state;
  sley_value v = sley_error_to_value(error_of(1)), copy = sley_unit();
  assert_int_equal(sley_value_dup(&v, &copy), 0);
  assert_ptr_equal(sley_error_in(&v), sley_error_in(&copy));
  sley_value number = sley_int(1);
  assert_false(sley_error_is_in(&number));
  sley_value_drop(&v);
  assert_int_equal(sley_error_code(sley_error_in(&copy)), 1);
  sley_value_drop(&copy);
}

static sley_promise *bad(void) { return sley_result_fail(error_of(4)); }

/* Whichever allocation fails, the promise settles, as it should or with out of memory. */
static void settles(sley_promise *p)
{
  while (sley_paused_count() > 0) sley_wakeup_paused();
  assert_false(sley_is_pending(p));
  if (sley_state(p) == SLEY_PROMISE_STATE_REJECTED &&
      !sley_error_is(sley_promise_error(p), &kind_test, 3))
    assert_rejected_sley(p, SLEY_ENOMEM);
  sley_drop(p);
}

static void scarce(void)
{
  settles(sley_result_map(ok_thing(1, &type_mover), take_number, NULL));
  settles(sley_result_map(bad(), take_number, NULL));
  settles(sley_result_map(ok_thing(1, &type_mover), fill_and_fail, NULL));
  settles(sley_result_bind_result(ok_thing(1, &type_mover), fill_and_fail, NULL));
  settles(sley_result_map_error(bad(), renumbered, NULL));
  settles(sley_result_map_error(ok_thing(1, &type_copier), renumbered, NULL));
  settles(sley_result_bind(ok_thing(1, &type_copier), pair, NULL));
  settles(sley_result_bind_error(bad(), recover, NULL));
  settles(sley_result_bind_promise(ok_thing(1, &type_copier), pair, NULL));
  settles(sley_result_bind_promise_error(bad(), as_value, NULL));
  settles(sley_result_iter(ok_thing(1, &type_mover), see, NULL));
  settles(sley_result_iter(bad(), see, NULL));
  settles(sley_result_iter_error(bad(), see_code, NULL));
  settles(sley_result_iter_error(ok_thing(1, &type_mover), see_code, NULL));
  settles(sley_result_ok(sley_return(sley_own(thing_new(1), &type_copier))));
  settles(sley_result_lift(NULL, sley_own(thing_new(1), &type_mover)));
  settles(sley_result_lift(error_of(1), sley_unit()));
  sley_promise *kept = ok_thing(2, &type_copier);
  settles(sley_result_get(sley_keep(kept)));
  settles(sley_result_both(sley_keep(kept), ok_thing(2, &type_mover)));
  settles(kept);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(scarce);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_a_result_owns_is_moved_once),    TEST(callbacks_take_it_out_of_a_result),
      TEST(plain_values_are_moved_into_results), TEST(both_of_results_that_own),
      TEST(errors_are_shared_as_values),         cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
