/* If two errors meet, the outcome is Lwt's, and the unhandled hook gets the other one. Fault 12.
 * Tests src/promise/core/hooks.c, src/promise/core/error_filter.c. */
#include "support/world.h"

static void assert_told(int count, int code)
{
  char text[24];
  snprintf(text, sizeof text, "error %d", code);
  assert_int_equal(world.unhandled, count);
  assert_string_equal(world.unhandled_text, count > 0 ? text : "");
}

static sley_promise *fail_two(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(2));
}
static sley_promise *cleanup_waits(void *r) { return sley_cancelable(r); }

static void cleanup_fails_at_once(void **state)
{
  (void)state;
  sley_promise *p = sley_finalize(sley_fail(error_of(1)), fail_two, NULL); /* already settled */
  assert_rejected(p, 2);
  sley_drop(p);
  assert_told(1, 1);
  sley_resolver *r;
  p = sley_finalize(sley_pending(&r), fail_two, NULL); /* the body ends later */
  sley_reject(&r, error_of(3));
  assert_rejected(p, 2);
  sley_drop(p);
  assert_told(2, 3);
}

static void cleanup_fails_later(void **state)
{
  (void)state;
  for (int later = 0; later < 2; later++) {
    sley_resolver *r = NULL, *cleaned;
    sley_promise *body = later ? sley_pending(&r) : sley_fail(error_of(1));
    sley_promise *p = sley_finalize(body, cleanup_waits, &cleaned);
    if (later) sley_reject(&r, error_of(1));
    assert_pending(p);
    assert_int_equal(world.unhandled, later);
    sley_reject(&cleaned, error_of(2));
    assert_rejected(p, 2);
    sley_drop(p);
    assert_told(later + 1, 1);
  }
}

static void cleanup_is_canceled(void **state)
{
  (void)state;
  sley_resolver *cleaned;
  sley_promise *p = sley_finalize(sley_fail(error_of(1)), cleanup_waits, &cleaned);
  sley_cancel(p);
  assert_rejected_sley(p, SLEY_ECANCELED);
  sley_drop(p);
  sley_resolver_drop(&cleaned);
  assert_told(1, 1);
}

/* A single error, Canceled, and errors that cause each other are not reported. */
static sley_promise *fail_with(void *e) { return sley_fail(sley_error_keep(e)); }
static sley_promise *fail_around(void *e)
{
  return sley_fail(sley_error_wrap(sley_error_keep(e), "more"));
}
static sley_promise *succeed(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static void nothing_is_told_twice(void **state)
{
  (void)state;
  sley_error *e = error_of(1);
  sley_promise *p = sley_finalize(sley_fail(sley_error_keep(e)), fail_with, e);
  assert_ptr_equal(sley_promise_error(p), e);
  sley_drop(p);
  p = sley_finalize(sley_fail(sley_error_keep(e)), fail_around, e);
  assert_rejected(p, 1);
  sley_drop(p);
  p = sley_finalize(sley_fail(sley_error_canceled()), fail_two, NULL);
  assert_rejected(p, 2);
  sley_drop(p);
  p = sley_finalize(sley_fail(sley_error_keep(e)), succeed, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  sley_error_drop(e);
  assert_int_equal(world.unhandled, 0);
}

/* ---- switches and scopes */

static sley_promise *fail_code(void *code) { return sley_fail(error_of((int)(intptr_t)code)); }

static sley_promise *body_of_switch(void *ctx, sley_switch *s)
{
  assert_null(sley_switch_add_hook(s, fail_code, (void *)4));
  assert_null(sley_switch_add_hook(s, fail_code, (void *)3));
  return ctx != NULL ? sley_fail(error_of(1)) : sley_return(sley_unit());
}

static void hooks_of_a_switch_fail(void **state)
{
  (void)state;
  sley_promise *p = sley_with_switch(body_of_switch, NULL);
  assert_rejected(p, 3);
  sley_drop(p);
  assert_told(1, 4);
  p = sley_with_switch(body_of_switch, &world);
  assert_rejected(p, 3);
  sley_drop(p);
  assert_told(3, 1); /* 4 before it */
}

static sley_promise *body_of_scope(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), fail_code, (void *)3));
  return sley_fail(error_of(1));
}

static void hook_of_a_failed_scope_fails(void **state)
{
  (void)state;
  sley_promise *p = sley_with_scope(body_of_scope, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  assert_told(1, 3);
}

static sley_resolver *child_body;
static sley_promise *child_that_fails_in_its_cleanup(void *ctx)
{
  (void)ctx;
  return sley_finalize(sley_cancelable(&child_body), fail_two, NULL);
}
static sley_promise *body_with_children(void *ctx, sley_scope *scope)
{
  assert_int_equal(sley_scope_start(scope, child_that_fails_in_its_cleanup, NULL), 0);
  assert_true(sley_scope_start(scope, fail_code, (void *)5) == 0);
  return ctx != NULL ? sley_fail(error_of(1)) : sley_return(sley_unit());
}

static void two_children_fail(void **state)
{
  (void)state;
  for (int body = 0; body < 2; body++) {
    sley_promise *p = sley_with_scope(body_with_children, body ? &world : NULL);
    assert_rejected(p, 5);
    sley_drop(p);
    sley_resolver_drop(&child_body);
    assert_told(1 + 2 * body, body ? 1 : 2);
  }
}

static sley_promise *fails_and_is_failed(void *ctx, sley_scope *scope)
{
  (void)ctx;
  sley_scope_fail(scope, error_of(1));
  sley_scope_fail(scope, error_of(2));
  return sley_return(sley_unit());
}

static void a_scope_is_failed_twice(void **state)
{
  (void)state;
  sley_promise *p = sley_with_scope(fails_and_is_failed, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  assert_told(1, 2);
}

/* ---- pools */

static sley_promise *make(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(1));
}
static sley_promise *dispose(void *ctx, sley_value *v)
{
  (void)v;
  return *(int *)ctx == 1 ? sley_fail(error_of(2)) : sley_return(sley_unit());
}
static sley_error *check(void *ctx, sley_value *v, bool *yes)
{
  (void)v;
  *yes = (0) != 0;
  return *(int *)ctx == 0 ? error_of(2) : NULL;
}
static sley_promise *use(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_fail(error_of(1));
}

static void check_or_disposal_fails_after_a_use(void **state)
{
  (void)state;
  for (int which = 0; which < 3; which++) {
    sley_pool *pool;
    sley_pool_options o = {.size = sizeof o,
                           .max = 1,
                           .create = make,
                           .check = check,
                           .dispose = dispose,
                           .ctx = &which};
    assert_null(sley_pool_new(&o, &pool));
    sley_promise *p = sley_pool_use(pool, use, NULL);
    assert_rejected(p, which < 2 ? 2 : 1);
    sley_drop(p);
    sley_pool_drop(pool);
    assert_told(which < 2 ? which + 1 : 2, 1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(cleanup_fails_at_once),
      TEST(cleanup_fails_later),
      TEST(cleanup_is_canceled),
      TEST(nothing_is_told_twice),
      TEST(hooks_of_a_switch_fail),
      TEST(hook_of_a_failed_scope_fails),
      TEST(two_children_fail),
      TEST(a_scope_is_failed_twice),
      TEST(check_or_disposal_fails_after_a_use),
  };
  return RUN_TESTS(tests);
}
