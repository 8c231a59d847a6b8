/* Guards: what canceling each one does to itself and to the guarded promise, and what passes through it.
 * Tests src/promise/combine/guard.c. */
#include "support/world.h"

typedef sley_promise *guard_fn(sley_promise *p);
static sley_promise *protect(sley_promise *p) { return sley_protected(p); }
static sley_promise *shield(sley_promise *p) { return sley_no_cancel(p); }
static sley_promise *wrap(sley_promise *p) { return sley_wrap_in_cancelable(p); }

/* Cancels a guard on a task and checks which of the two is Canceled. */
static void check_cancel(guard_fn *guard, bool guard_ends, bool task_ends)
{
  sley_resolver *r;
  sley_promise *task = sley_cancelable(&r);
  sley_promise *g = guard(sley_keep(task));
  sley_cancel(g);
  assert_int_equal(sley_is_pending(g), !guard_ends);
  assert_int_equal(sley_is_pending(task), !task_ends);
  if (guard_ends) assert_true(sley_error_is_canceled(sley_promise_error(g)));
  if (task_ends) assert_true(sley_error_is_canceled(sley_promise_error(task)));
  sley_fulfill(&r, sley_int(7)); /* no effect if the task has ended */
  if (!guard_ends) assert_int_equal(sley_promise_value(g)->i, 7);
  sley_drop(g);
  sley_drop(task);
}

static void cancel_goes_as_far_as_it_may(void **state)
{
  (void)state;
  check_cancel(protect, true, false);
  check_cancel(shield, false, false);
  check_cancel(wrap, true, true);
}

/* A guard gets the outcome of its promise, value or error. */
static void outcomes_pass(void **state)
{
  (void)state;
  guard_fn *guards[] = {protect, shield, wrap};
  for (int i = 0; i < 3; i++) {
    sley_resolver *r, *s;
    sley_promise *good = guards[i](sley_pending(&r)), *bad = guards[i](sley_pending(&s));
    sley_fulfill(&r, sley_int(i));
    sley_reject(&s, sley_error_timeout());
    assert_int_equal(sley_promise_value(good)->i, i);
    assert_ptr_equal(sley_promise_error(bad), sley_error_timeout());
    sley_drop(good);
    sley_drop(bad);
  }
}

/* A settled promise needs no guard, and a guard without references releases its promise. */
static void guards_leave_nothing(void **state)
{
  (void)state;
  sley_promise *settled = sley_return(sley_int(1));
  assert_ptr_equal(sley_protected(settled), settled);
  sley_drop(settled);
  sley_resolver *r;
  sley_promise *task = sley_cancelable(&r);
  guard_fn *guards[] = {protect, shield, wrap};
  sley_counters before = {.size = sizeof(before)}, after = before;
  sley_counters_get(&before);
  for (int i = 0; i < 300; i++) sley_drop(guards[i % 3](sley_keep(task)));
  sley_counters_get(&after);
  assert_int_equal(after.live, before.live);
  sley_resolver_drop(&r);
  (void)sley_promise_error(task);
  sley_drop(task);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(cancel_goes_as_far_as_it_may), TEST(outcomes_pass),
                                     TEST(guards_leave_nothing)};
  return RUN_TESTS(tests);
}
