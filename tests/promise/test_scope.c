/* Scopes: leaving cancels and waits, the first failure cancels the rest, hooks come last, nesting,
 * deadlines of the promise floor's part, no memory. */
#include "fixture.h"

#include "promise/promise_floor.h"

static struct scene {
  sley_scope *scope;
  sley_resolver *body, *child[4], *stubborn;
  int error;
  int started, ran_hooks;
} scene;

static sley_promise *child(void *ctx) { return sley_task(&scene.child[(size_t)(intptr_t)ctx]); }
static void *number(int i) { return (void *)(intptr_t)i; }

/* Cannot be cancelled. */
static sley_promise *stubborn(void *ctx)
{
  (void)ctx;
  return sley_wait(&scene.stubborn);
}
static sley_promise *child_fails(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(scene.error));
}
static sley_promise *hook(void *ctx)
{
  note(ctx);
  scene.ran_hooks++;
  return sley_return(sley_unit());
}

static void noted_child(sley_scope *scope, int i, const char *name)
{
  union {
    const char *in;
    void *out;
  } u = {name};
  sley_promise *p = sley_scope_own(scope, child(number(i)));
  sley_on_cancel(p, note_done, u.out);
  sley_drop(p);
}

static sley_promise *body_two(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = scope;
  noted_child(scope, 0, "0");
  noted_child(scope, 1, "1");
  assert_int_equal(sley_switch_add_hook(sley_scope_switch(scope), hook, "hook"), 0);
  sley_promise *p = sley_task(&scene.body);
  sley_on_cancel(p, note_done, "body");
  return p;
}

static void resolvers_drop(void)
{
  sley_resolver_drop(&scene.body);
  sley_resolver_drop(&scene.stubborn);
  for (int i = 0; i < 4; i++) sley_resolver_drop(&scene.child[i]);
}

static void leaving_cancels_the_rest(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  assert_pending(p);
  sley_fulfill(&scene.body, sley_own(thing_new(7), &type_mover));
  assert_log("1 0 hook");
  assert_int_equal(((thing *)sley_value_of(p)->ptr)->number, 7);
  resolvers_drop();
  sley_drop(p);
}

static void a_child_fails(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_reject(&scene.child[0], error_of(5));
  assert_log("body 1 hook"); /* the body is cancelled first, then the other child */
  assert_rejected(p, 5);
  resolvers_drop();
  sley_drop(p);
}

static void the_body_fails(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_reject(&scene.body, error_of(6));
  assert_log("1 0 hook");
  assert_rejected(p, 6);
  resolvers_drop();
  sley_drop(p);
}

static void cancelled_from_outside(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_cancel(p);
  assert_log("body 1 0 hook");
  assert_rejected_sley(p, SLEY_ECANCELED);
  resolvers_drop();
  sley_drop(p);
}

static void a_cancelled_child_is_no_failure(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_reject(&scene.child[0], sley_error_canceled());
  assert_pending(p);
  sley_fulfill(&scene.body, sley_int(1));
  assert_fulfilled(p, 1);
  resolvers_drop();
  sley_drop(p);
}

static sley_promise *body_stubborn(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = sley_scope_keep(scope);
  assert_int_equal(sley_scope_start(scope, stubborn, NULL), 0);
  assert_int_equal(sley_scope_start(scope, child, number(0)), 0);
  assert_int_equal(sley_switch_add_hook(sley_scope_switch(scope), hook, "hook"), 0);
  return sley_task(&scene.body);
}

/* Waits for what cannot be cancelled, however often it is cancelled itself; takes in nothing more. */
static void waits_for_all(void **state)
{
  (void)state;
  for (int ending = 0; ending < 2; ending++) {
    scene = (struct scene){0};
    world.log[0] = '\0';
    sley_promise *p = sley_with_scope(body_stubborn, NULL);
    sley_reject(&scene.child[0], error_of(8));
    assert_pending(p);
    sley_cancel(p);
    sley_cancel(p);
    assert_pending(p);
    assert_log("");
    assert_int_equal(sley_scope_start(scene.scope, child, number(1)), -SLEY_ECLOSED);
    sley_promise *late = sley_scope_own(scene.scope, child(number(1)));
    assert_rejected_sley(late, SLEY_ECLOSED);
    sley_drop(late);
    if (ending == 0) sley_fulfill(&scene.stubborn, sley_unit());
    else sley_reject(&scene.stubborn, error_of(9)); /* not the first failure */
    assert_rejected(p, 8);
    assert_log("hook");
    sley_scope_fail(scene.scope, error_of(10)); /* over */
    sley_scope_drop(scene.scope);
    resolvers_drop();
    sley_drop(p);
  }
}

/* What fails while it is being cancelled replaces Canceled, not a failure. */
static void failure_while_leaving(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_stubborn, NULL);
  sley_cancel(p);
  sley_reject(&scene.stubborn, error_of(9));
  assert_rejected(p, 9);
  sley_scope_drop(scene.scope);
  resolvers_drop();
  sley_drop(p);
  scene = (struct scene){0};
  p = sley_with_scope(body_stubborn, NULL);
  sley_fulfill(&scene.body, sley_int(4));
  sley_reject(&scene.stubborn, error_of(9));
  assert_rejected(p, 9);
  sley_scope_drop(scene.scope);
  resolvers_drop();
  sley_drop(p);
}

static sley_promise *body_waits(void *ctx, sley_scope *scope)
{
  (void)ctx;
  sley_promise *none = sley_scope_wait(scope);
  assert_fulfilled(none, 0);
  sley_drop(none);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_scope_start(scope, child, number(i)), 0);
  return sley_scope_wait(scope);
}

/* Who waits is told of the failure, also where it is the last child's. */
static sley_promise *body_notes_success(void *ctx, sley_scope *scope)
{
  sley_promise *p = body_waits(ctx, scope);
  sley_on_success(p, note_value, "well");
  return p;
}
static void waiting_for_the_children(void **state)
{
  (void)state;
  for (int fails = 0; fails < 2; fails++) {
    scene = (struct scene){0};
    world.log[0] = '\0';
    sley_promise *p = sley_with_scope(body_notes_success, NULL);
    sley_fulfill(&scene.child[1], sley_own(thing_new(1), &type_mover));
    sley_fulfill(&scene.child[0], sley_unit());
    assert_pending(p);
    if (fails) sley_reject(&scene.child[2], error_of(3));
    else sley_fulfill(&scene.child[2], sley_unit());
    if (fails) assert_rejected(p, 3);
    else assert_fulfilled(p, 0);
    assert_log(fails ? "" : "well");
    resolvers_drop();
    sley_drop(p);
  }
}

static sley_promise *body_fails_early(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_int_equal(sley_scope_start(scope, child, number(0)), 0);
  scene.error = 4;
  assert_int_equal(sley_scope_start(scope, child_fails, NULL), 0);
  assert_int_equal(sley_scope_start(scope, child, number(1)), -SLEY_ECLOSED);
  sley_promise *wait = sley_scope_wait(scope);
  assert_rejected(wait, 4);
  sley_drop(wait);
  return sley_task(&scene.body);
}
static void failure_before_the_body_returns(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_fails_early, NULL);
  assert_rejected(p, 4);
  resolvers_drop();
  sley_drop(p);
}

/* A child that makes its scope fail while it is started is cancelled, as those before it. */
static sley_promise *child_that_fails_the_scope(void *ctx)
{
  sley_scope_fail(scene.scope, error_of(4));
  sley_promise *p = child(ctx);
  sley_on_cancel(p, note_done, "late");
  return p;
}
static sley_promise *body_with_a_late_child(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = scope;
  noted_child(scope, 0, "0");
  assert_int_equal(sley_scope_start(scope, child_that_fails_the_scope, number(1)), 0);
  return sley_task(&scene.body);
}
static void failure_while_a_child_is_started(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_with_a_late_child, NULL);
  assert_log("0 late");
  assert_rejected(p, 4);
  resolvers_drop();
  sley_drop(p);
}

static sley_promise *hook_fails(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(12));
}
static sley_promise *body_hook_fails(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_int_equal(sley_switch_add_hook(sley_scope_switch(scope), hook_fails, NULL), 0);
  return sley_return(sley_unit());
}
static void a_hook_fails(void **state)
{
  (void)state;
  sley_promise *p = sley_with_scope(body_hook_fails, NULL);
  assert_rejected(p, 12);
  sley_drop(p);
}

/* ---- nesting */
static sley_promise *body_inner(void *ctx, sley_scope *scope)
{
  assert_ptr_equal(sley_scope_current(), scope);
  assert_int_equal(sley_scope_deadline(scope), *(sley_time *)ctx);
  noted_child(scope, 1, "inner");
  return sley_task(&scene.body);
}
static sley_time expected;
static sley_promise *start_inner(void *ctx)
{
  (void)ctx;
  return sley__with_scope("", 500, body_inner, &expected);
}
static sley_promise *body_outer(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = scope;
  assert_ptr_equal(sley_scope_current(), scope);
  assert_int_equal(sley_scope_start(scope, start_inner, NULL), 0);
  assert_ptr_equal(sley_scope_current(), scope);
  return sley_scope_wait(scope);
}
static void scopes_nest(void **state)
{
  (void)state;
  assert_null(sley_scope_current());
  assert_int_equal(sley_scope_deadline(NULL), SLEY_NEVER);
  sley_time own[] = {200, 500, 800, SLEY_NEVER};
  for (int i = 0; i < 4; i++) {
    scene = (struct scene){0};
    world.log[0] = '\0';
    expected = own[i] < 500 ? own[i] : 500; /* the earlier of both */
    sley_promise *p = sley__with_scope("", own[i], body_outer, NULL);
    sley_scope_fail(scene.scope, sley_error_timeout());
    assert_log("inner");
    assert_rejected_sley(p, SLEY_ETIMEOUT);
    assert_null(sley_scope_current());
    resolvers_drop();
    sley_drop(p);
  }
}

/* ---- without memory: whatever was started is over when the result is settled */
static int running;
static void ended(void *ctx)
{
  (void)ctx;
  running--;
}
static sley_promise *counted(void *ctx)
{
  scene.started++;
  sley_promise *p = child(ctx);
  if (sley_is_pending(p)) {
    running++;
    sley_on_termination(p, ended, NULL);
  }
  return p;
}
static sley_promise *body_memory(void *ctx, sley_scope *scope)
{
  (void)ctx;
  int hooks = sley_switch_add_hook(sley_scope_switch(scope), hook, "") == 0;
  for (int i = 0; i < 3; i++) {
    int before = scene.started;
    int code = sley_scope_start(scope, counted, number(i));
    assert_true(code == 0 ? scene.started == before + 1 : scene.started == before);
  }
  scene.ran_hooks = -hooks;
  return sley_scope_wait(scope);
}
static void use_all(void)
{
  scene = (struct scene){0};
  running = 0;
  sley_promise *p = sley_with_scope(body_memory, NULL);
  if (sley_is_pending(p)) sley_fulfill(&scene.child[2], sley_unit());
  if (sley_is_pending(p)) sley_cancel(p);
  assert_false(sley_is_pending(p));
  assert_int_equal(running, 0);
  assert_int_equal(scene.ran_hooks, 0);
  resolvers_drop();
  sley_drop(p);
}
static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

static void one_turn(void)
{
  sley_promise *p = sley_with_scope(body_waits, NULL);
  for (int i = 0; i < 2; i++) sley_fulfill(&scene.child[i], sley_unit());
  sley_cancel(p);
  sley_resolver_drop(&scene.child[2]);
  sley_drop(p);
}
static void no_growth(void **state)
{
  (void)state;
  does_not_grow(one_turn, 20000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(leaving_cancels_the_rest),
      TEST(a_child_fails),
      TEST(the_body_fails),
      TEST(cancelled_from_outside),
      TEST(a_cancelled_child_is_no_failure),
      TEST(waits_for_all),
      TEST(failure_while_leaving),
      TEST(waiting_for_the_children),
      TEST(failure_before_the_body_returns),
      TEST(failure_while_a_child_is_started),
      TEST(a_hook_fails),
      TEST(scopes_nest),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
