/* Scopes with a deadline: it cancels what is in them, is inherited, and ends with the scope.
 * Tests src/reactor/deadline.c. */
#include "support/process.h"

static int canceled;
static void count_cancel(void *ctx)
{
  (void)ctx;
  canceled++;
}

static sley_promise *sleep_long(void *ctx)
{
  (void)ctx;
  sley_promise *p = sley_sleep(1000);
  sley_on_cancel(p, count_cancel, NULL);
  return p;
}

static sley_promise *start_and_wait(void *ctx, sley_scope *scope)
{
  (void)ctx;
  for (int i = 0; i < 2; i++) assert_int_equal(sley_scope_start(scope, sleep_long, NULL), 0);
  return sley_scope_wait(scope);
}

static sley_promise *body_short(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_true(sley_scope_deadline(scope) > sley_now());
  return sley_sleep(0.001);
}

static void passes(void **state)
{
  (void)state;
  canceled = 0;
  sley_time start = sley_now();
  sley_error *e = sley_run(sley_with_deadline(0.02, start_and_wait, NULL), NULL);
  assert_ptr_equal(e, sley_error_timeout());
  assert_true(sley_now() - start >= 20 * SLEY_MILLISECOND);
  assert_int_equal(canceled, 2);
  assert_int_equal(sley_finish(), 0);
}

/* Nothing is left of the timer: sley_finish would report it, and the loop would wait for it. */
static void kept(void **state)
{
  (void)state;
  assert_null(sley_run(sley_with_deadline(1000, body_short, NULL), NULL));
  assert_int_equal(sley_step_timeout(), -1);
  assert_null(sley_run(sley_with_deadline(1e300, body_short, NULL), NULL));
  assert_int_equal(sley_finish(), 0);
}

/* The scope owns the body's context until its end, with or without a timeout. */
static void count_drop(void *ctx) { (*(int *)ctx)++; }
static void owned(void **state)
{
  (void)state;
  int drops = 0;
  assert_null(sley_run(sley_with_deadline(1000, body_short, &drops, count_drop), NULL));
  assert_int_equal(drops, 1);
  sley_promise *p = sley_with_deadline(0.02, start_and_wait, &drops, count_drop);
  assert_int_equal(drops, 1);
  assert_ptr_equal(sley_run(p, NULL), sley_error_timeout());
  assert_int_equal(drops, 2);
  assert_int_equal(sley_finish(), 0);
}

static sley_time seen;
static sley_promise *body_inner(void *ctx, sley_scope *scope)
{
  seen = sley_scope_deadline(scope);
  return start_and_wait(ctx, scope);
}
static sley_promise *note_inner(void *ctx, sley_error *e)
{
  *(bool *)ctx = sley_error_is_canceled(e);
  return sley_fail(sley_error_keep(e));
}
static bool inner_canceled;
static sley_promise *body_outer(void *ctx, sley_scope *scope)
{
  (void)scope;
  double *seconds = ctx;
  return sley_catch(sley_with_deadline(*seconds, body_inner, NULL), note_inner, &inner_canceled);
}

static void handed_down(void **state)
{
  (void)state;
  double longer = 500, shorter = 0.01;
  canceled = 0;
  sley_time start = sley_now();
  sley_error *e = sley_run(sley_with_deadline(0.02, body_outer, &longer), NULL);
  assert_ptr_equal(e, sley_error_timeout());
  assert_true(inner_canceled); /* by the outer scope, whose deadline it inherits */
  assert_true(seen < start + 100 * SLEY_SECOND);
  assert_int_equal(canceled, 2);
  e = sley_run(sley_with_deadline(500, body_outer, &shorter), NULL);
  assert_ptr_equal(e, sley_error_timeout());
  assert_false(inner_canceled);
  assert_int_equal(sley_finish(), 0);
}

static void past_already(void **state)
{
  (void)state;
  assert_ptr_equal(sley_run(sley_with_deadline(-1, start_and_wait, NULL), NULL),
                   sley_error_timeout());
  assert_int_equal(sley_finish(), 0);
}

/* Its domain ends first: the storage in which the scope lives goes, and the ctx with it. */
static sley_promise *body_never(void *ctx, sley_scope *scope)
{
  sley_resolver *r;
  (void)ctx, (void)scope;
  return sley_pending(&r);
}

static void left(void **state)
{
  (void)state;
  int drops = 0, inner = 0;
  sley_promise *p = sley_with_deadline(1000, body_never, &drops, count_drop);
  sley_promise *q = sley_with_deadline(1000, start_and_wait, &inner, count_drop);
  assert_true(sley_is_pending(p) && sley_is_pending(q));
  assert_true(sley_finish() > 0);
  assert_int_equal(drops, 1);
  assert_int_equal(inner, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(passes),      cmocka_unit_test(kept),         cmocka_unit_test(owned),
      cmocka_unit_test(handed_down), cmocka_unit_test(past_already), cmocka_unit_test(left),
  };
  return cmocka_run_group_tests_name("deadlines", tests, NULL, NULL);
}
