/* Switches: order of hooks, errors, adding when off, with_switch, a dropped switch, no memory.
 * Tests src/promise/sync/switch.c. */
#include "support/world.h"

static sley_switch *s;

static sley_promise *hook(void *ctx)
{
  note(ctx);
  return sley_return(sley_unit());
}
static sley_promise *hook_pauses(void *ctx)
{
  note(ctx);
  return sley_pause();
}
static sley_promise *hook_fails(void *ctx)
{
  note("fails");
  return sley_fail(error_of(*(int *)ctx));
}
static int dropped;
static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}

static void newest_first_and_once(void **state)
{
  (void)state;
  assert_null(sley_switch_new(&s));
  assert_true(sley_switch_is_on(s));
  assert_int_equal(sley_switch_check(s), 0);
  assert_int_equal(sley_switch_check(NULL), 0);
  dropped = 0;
  assert_null(sley_switch_add_hook(s, hook, "1", count_drop));
  assert_null(sley_switch_add_hook(s, hook_pauses, "2"));
  sley_promise *p = sley_switch_add_hook_or_exec(s, hook, "3");
  assert_fulfilled(p, 0);
  sley_drop(p);
  sley_promise *off = sley_switch_turn_off(s);
  assert_log("3 2 1");
  assert_int_equal(dropped, 1);
  assert_pending(off);
  assert_false(sley_switch_is_on(s));
  assert_int_equal(sley_switch_check(s), -SLEY_ECLOSED);
  sley_promise *again = sley_switch_turn_off(s); /* does not wait for the first */
  assert_fulfilled(again, 0);
  assert_ptr_equal(sley_switch_add_hook(s, hook, "late", count_drop), sley_error_closed());
  assert_int_equal(dropped, 2);
  p = sley_switch_add_hook_or_exec(s, hook, "now", count_drop);
  assert_log("3 2 1 now");
  assert_int_equal(dropped, 3);
  assert_fulfilled(p, 0);
  sley_drop(p);
  sley_wakeup_paused();
  assert_fulfilled(off, 0);
  sley_drop(off);
  sley_drop(again);
  sley_switch_drop(s);
}

static void without_a_switch(void **state)
{
  (void)state;
  dropped = 0;
  assert_null(sley_switch_add_hook(NULL, hook, "never", count_drop));
  sley_promise *p = sley_switch_add_hook_or_exec(NULL, hook, "never");
  assert_fulfilled(p, 0);
  sley_drop(p);
  assert_log("");
  assert_int_equal(dropped, 1);
}

static void waits_for_all_and_fails(void **state)
{
  (void)state;
  int one = 1, two = 2;
  assert_null(sley_switch_new(&s));
  assert_null(sley_switch_add_hook(s, hook_fails, &one));
  assert_null(sley_switch_add_hook(s, hook_pauses, "pauses"));
  assert_null(sley_switch_add_hook(s, hook_fails, &two));
  sley_promise *off = sley_switch_turn_off(s);
  assert_pending(off);
  sley_wakeup_paused();
  assert_rejected(off, 2);
  sley_drop(off);
  sley_switch_drop(s);
}

/* A hook that turns off, adds a hook, and drops the last handle. */
static sley_promise *hook_interferes(void *ctx)
{
  note(ctx);
  assert_ptr_equal(sley_switch_add_hook(s, hook, "late"), sley_error_closed());
  sley_promise *p = sley_switch_turn_off(s);
  assert_fulfilled(p, 0);
  sley_switch_drop(s);
  return p;
}
static void hooks_interfere(void **state)
{
  (void)state;
  assert_null(sley_switch_new(&s));
  assert_null(sley_switch_add_hook(s, hook, "1"));
  assert_null(sley_switch_add_hook(s, hook_interferes, "2"));
  assert_null(sley_switch_add_hook(s, hook, "3"));
  sley_promise *off = sley_switch_turn_off(s);
  assert_log("3 2 1");
  assert_fulfilled(off, 0);
  sley_drop(off);
}

static void dropped_while_on(void **state)
{
  (void)state;
  int one = 1;
  assert_null(sley_switch_new(&s));
  assert_null(sley_switch_add_hook(s, hook_fails, &one));
  assert_null(sley_switch_add_hook(s, hook, "1"));
  sley_switch_drop(sley_switch_keep(s));
  assert_log("");
  sley_switch_drop(s);
  assert_log("1 fails");
  assert_int_equal(world.async, 1);
  sley_switch_drop(NULL);
}

/* ---- with_switch */
typedef struct body {
  sley_resolver *r;
  int hook_error; /* 0: the hook succeeds */
} body;
static sley_promise *body_start(void *ctx, sley_switch *given)
{
  body *b = ctx;
  if (b->hook_error != 0) assert_null(sley_switch_add_hook(given, hook_fails, &b->hook_error));
  else assert_null(sley_switch_add_hook(given, hook, "hook"));
  return sley_cancelable(&b->r);
}
static void with_switch(void **state)
{
  (void)state;
  body b = {0};
  sley_promise *p = sley_with_switch(body_start, &b);
  assert_log("");
  sley_fulfill(&b.r, sley_own(thing_new(4), &type_mover));
  assert_log("hook");
  assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, 4);
  sley_drop(p);
  p = sley_with_switch(body_start, &b);
  sley_cancel(p);
  assert_log("hook hook");
  assert_rejected_sley(p, SLEY_ECANCELED);
  sley_resolver_drop(&b.r);
  sley_drop(p);
  b.hook_error = 6;
  p = sley_with_switch(body_start, &b);
  sley_fulfill(&b.r, sley_own(thing_new(4), &type_mover));
  assert_rejected(p, 6);
  sley_drop(p);
}

/* An added hook runs, whatever fails. */
static int added, ran;
static sley_promise *counted_hook(void *ctx)
{
  (void)ctx;
  ran++;
  return sley_pause();
}
static void use_all(void)
{
  added = ran = dropped = 0;
  if (sley_switch_new(&s) != NULL) return;
  for (int i = 0; i < 3; i++)
    added += sley_switch_add_hook(s, counted_hook, NULL, count_drop) == NULL;
  sley_promise *p = sley_switch_add_hook_or_exec(s, counted_hook, NULL, count_drop);
  added++;
  sley_drop(p);
  p = sley_switch_turn_off(s);
  assert_int_equal(ran, added);
  assert_int_equal(dropped, 4);
  sley_wakeup_paused();
  assert_false(sley_is_pending(p));
  sley_drop(p);
  sley_switch_drop(s);
}
static sley_promise *start_with(void *ctx, sley_switch *given)
{
  (void)ctx;
  added += sley_switch_add_hook(given, counted_hook, NULL) == NULL;
  return sley_pause();
}
static void use_with(void)
{
  added = ran = 0;
  sley_promise *p = sley_with_switch(start_with, NULL);
  for (int i = 0; i < 3; i++) sley_wakeup_paused();
  assert_false(sley_is_pending(p));
  assert_int_equal(ran, added);
  sley_drop(p);
}
static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
  each_allocation_fails(use_with);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(newest_first_and_once),      TEST(without_a_switch),
      TEST(waits_for_all_and_fails),    TEST(hooks_interfere),
      TEST(dropped_while_on),           TEST(with_switch),
      cmocka_unit_test(without_memory),
  };
  return RUN_TESTS(tests);
}
