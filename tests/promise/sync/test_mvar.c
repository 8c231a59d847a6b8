/* Mvars: both queues, canceling, ownership of values, a dropped box, no memory, no growth.
 * Tests src/promise/sync/mvar.c, src/promise/sync/waiters.c. */
#include "support/world.h"

static sley_mvar *box;

static void assert_thing(sley_promise *p, int number)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, number);
}
static sley_value some(int number) { return sley_own(thing_new(number), &type_mover); }

static void full_and_empty(void **state)
{
  (void)state;
  sley_value v;
  assert_null(sley_mvar_new_full(sley_int(1), &box));
  assert_false(sley_mvar_is_empty(box));
  sley_promise *p = sley_mvar_take(box);
  assert_fulfilled(p, 1);
  sley_drop(p);
  assert_true(sley_mvar_is_empty(box));
  assert_int_not_equal(sley_mvar_try_take(box, &v), 0);
  size_t before = heap.count;
  p = sley_mvar_put(box, sley_int(2));
  assert_fulfilled(p, 0);
  sley_drop(p);
  assert_int_equal(sley_mvar_try_take(box, &v), 0);
  assert_int_equal(v.i, 2);
  assert_int_equal(heap.count, before);
  sley_mvar_drop(box);
}

static void writers_wait(void **state)
{
  (void)state;
  assert_null(sley_mvar_new_full(some(0), &box));
  sley_promise *w[3], *t[3];
  for (int i = 0; i < 3; i++) w[i] = sley_mvar_put(box, some(i + 1));
  sley_cancel(w[1]);
  assert_int_equal(things_alive, 3); /* the value of the canceled writer is gone */
  t[0] = sley_mvar_take(box);
  assert_thing(t[0], 0);
  assert_fulfilled(w[0], 0); /* its value is in the box */
  assert_pending(w[2]);
  t[1] = sley_mvar_take(box);
  assert_thing(t[1], 1);
  assert_fulfilled(w[2], 0);
  t[2] = sley_mvar_take(box);
  assert_thing(t[2], 3);
  assert_true(sley_mvar_is_empty(box));
  for (int i = 0; i < 3; i++) {
    sley_drop(w[i]);
    sley_drop(t[i]);
  }
  sley_mvar_drop(box);
}

static void readers_wait(void **state)
{
  (void)state;
  assert_null(sley_mvar_new(&box));
  sley_promise *t[3];
  for (int i = 0; i < 3; i++) t[i] = sley_mvar_take(box);
  sley_cancel(t[1]);
  sley_drop(sley_mvar_put(box, some(1)));
  sley_drop(sley_mvar_put(box, some(2)));
  assert_true(sley_mvar_is_empty(box));
  sley_drop(sley_mvar_put(box, some(3)));
  assert_false(sley_mvar_is_empty(box));
  assert_thing(t[0], 1);
  assert_rejected_sley(t[1], SLEY_ECANCELED);
  assert_thing(t[2], 2);
  for (int i = 0; i < 3; i++) sley_drop(t[i]);
  sley_mvar_drop(box); /* drops value 3 */
}

static void dropped_with_waiters(void **state)
{
  (void)state;
  assert_null(sley_mvar_new_full(some(0), &box));
  sley_promise *w = sley_mvar_put(box, some(1));
  sley_drop(sley_mvar_put(box, some(2))); /* no waiter to reject */
  sley_mvar_drop(sley_mvar_keep(box));
  assert_pending(w);
  sley_mvar_drop(box);
  assert_rejected_sley(w, SLEY_EABANDONED);
  assert_int_equal(things_alive, 0);
  sley_drop(w);
  assert_null(sley_mvar_new(&box));
  sley_promise *t = sley_mvar_take(box);
  sley_mvar_drop(box);
  assert_rejected_sley(t, SLEY_EABANDONED);
  sley_drop(t);
  sley_mvar_drop(NULL);
}

static void drop_box(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_mvar_drop(box);
}
static void dropped_by_a_callback_of_its_own(void **state)
{
  (void)state;
  assert_null(sley_mvar_new_full(some(0), &box));
  sley_promise *w = sley_mvar_put(box, some(1));
  sley_on_success(w, drop_box, NULL);
  sley_promise *t = sley_mvar_take(box);
  assert_thing(t, 0);
  sley_drop(t);
  sley_drop(w);
}

static void use_all(void)
{
  sley_value v;
  if (sley_mvar_new_full(some(1), &box) != NULL) return;
  sley_promise *w = sley_mvar_put(box, some(2));
  bool waits = sley_is_pending(w);
  if (!waits) assert_rejected_sley(w, SLEY_ENOMEM);
  sley_promise *t = sley_mvar_take(box);
  if (sley_state(t) == SLEY_PROMISE_STATE_REJECTED) { /* the value stayed */
    assert_rejected_sley(t, SLEY_ENOMEM);
    assert_int_equal(sley_mvar_try_take(box, &v), 0);
    sley_value_drop(&v);
  }
  if (waits) assert_fulfilled(w, 0);
  assert_int_equal(sley_mvar_is_empty(box), !waits);
  if (waits) {
    assert_int_equal(sley_mvar_try_take(box, &v), 0);
    sley_value_drop(&v);
  }
  sley_drop(t);
  sley_drop(w);
  t = sley_mvar_take(box);
  bool reads = sley_is_pending(t);
  sley_drop(sley_mvar_put(box, some(3)));
  assert_int_equal(sley_mvar_is_empty(box), reads);
  sley_drop(t);
  sley_mvar_drop(box);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

static void ping_pong(void)
{
  sley_promise *t = sley_mvar_take(box); /* a reader waits */
  sley_drop(sley_mvar_put(box, some(1)));
  assert_thing(t, 1);
  sley_drop(t);
  sley_drop(sley_mvar_put(box, some(2)));
  sley_promise *w = sley_mvar_put(box, some(3)); /* a writer waits */
  sley_drop(sley_mvar_take(box));
  sley_drop(sley_mvar_take(box));
  assert_fulfilled(w, 0);
  sley_drop(w);
}

static void no_growth(void **state)
{
  (void)state;
  assert_null(sley_mvar_new(&box));
  does_not_grow(ping_pong, 200000);
  sley_mvar_drop(box);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(full_and_empty),
      TEST(writers_wait),
      TEST(readers_wait),
      TEST(dropped_with_waiters),
      TEST(dropped_by_a_callback_of_its_own),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
