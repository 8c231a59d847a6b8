/* Scopes: leaving cancels and waits, the first failure cancels the rest, hooks run last, nesting, deadlines in the
 * promise floor's part, no memory.
 * Tests src/promise/scope/scope.c, src/promise/scope/scope_child.c. */
#include "support/world.h"

#include "promise/promise_floor.h"

static struct scene {
  sley_scope *scope;
  sley_resolver *body, *child[4], *stubborn;
  int error;
  int started, ran_hooks;
} scene;

static sley_promise *child(void *ctx)
{
  return sley_cancelable(&scene.child[(size_t)(intptr_t)ctx]);
}
static void *number(int i) { return (void *)(intptr_t)i; }

/* Cannot be canceled. */
static sley_promise *stubborn(void *ctx)
{
  (void)ctx;
  return sley_pending(&scene.stubborn);
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
  sley_promise *p = sley_scope_adopt(scope, child(number(i)));
  sley_on_cancel(p, note_done, u.out);
  sley_drop(p);
}

static sley_promise *body_two(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = scope;
  noted_child(scope, 0, "0");
  noted_child(scope, 1, "1");
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), hook, "hook"));
  sley_promise *p = sley_cancelable(&scene.body);
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
  assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, 7);
  resolvers_drop();
  sley_drop(p);
}

static void a_child_fails(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_reject(&scene.child[0], error_of(5));
  assert_log("body 1 hook"); /* the body is canceled first, then the other child */
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

static void canceled_from_outside(void **state)
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

/* It was canceled from outside: its task was not done. */
static void a_canceled_child_is_a_failure(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_two, NULL);
  sley_reject(&scene.child[0], sley_error_canceled());
  assert_log("0 body 1 hook");
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  resolvers_drop();
  sley_drop(p);
}

/* Canceling reaches the children through the body before the scope can leave. */
static sley_promise *body_joins(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_int_equal(sley_scope_start(scope, stubborn, NULL), 0);
  return sley_all(SLEY_PROMISES(sley_scope_adopt(scope, child(number(0))),
                                sley_scope_adopt(scope, child(number(1)))));
}

static void canceled_gives_way_to_other_errors(void **state)
{
  (void)state;
  for (int fails = 0; fails < 2; fails++) {
    scene = (struct scene){0};
    sley_promise *p = sley_with_scope(body_joins, NULL);
    sley_cancel(p);
    assert_pending(p);
    if (fails) sley_reject(&scene.stubborn, error_of(9));
    else sley_fulfill(&scene.stubborn, sley_unit());
    if (fails) assert_rejected(p, 9);
    else assert_true(sley_error_is_canceled(sley_promise_error(p)));
    resolvers_drop();
    sley_drop(p);
  }
}

static sley_promise *hook_canceled(void *ctx)
{
  (void)ctx;
  return sley_fail(sley_error_canceled());
}
static sley_promise *body_hook_canceled(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), hook_canceled, NULL));
  return sley_return(sley_unit());
}
static void a_canceled_hook_is_a_failure(void **state)
{
  (void)state;
  sley_promise *p = sley_with_scope(body_hook_canceled, NULL);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_drop(p);
}

/* ---- all are canceled before any callback runs; callbacks of the last one started run first */
static sley_promise *start_nested(void *ctx)
{
  noted_child(scene.scope, 1, "inner");
  sley_promise *p = child(ctx);
  sley_on_cancel(p, note_done, "outer");
  return p;
}
static sley_promise *watched[2];
static void both_are_rejected(void *ctx)
{
  (void)ctx;
  for (int i = 0; i < 2; i++) assert_true(sley_error_is_canceled(sley_promise_error(watched[i])));
  note("both");
}
static sley_promise *body_nested(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = scope;
  assert_int_equal(sley_scope_start(scope, start_nested, number(0)), 0);
  for (int i = 0; i < 2; i++) {
    watched[i] = sley_scope_adopt(scope, child(number(2 + i)));
    sley_on_cancel(watched[i], both_are_rejected, NULL);
  }
  return sley_cancelable(&scene.body);
}
static void the_order_of_the_end(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_nested, NULL);
  sley_fulfill(&scene.body, sley_unit());
  assert_log("both both inner outer");
  assert_fulfilled(p, 0);
  for (int i = 0; i < 2; i++) sley_drop(watched[i]);
  resolvers_drop();
  sley_drop(p);
}

/* A child that waits for a lock or a slot does not get it from a canceled sibling, and it is not lost. */
static sley_pool *pool;
static sley_mutex *mutex;
static sley_promise *make_slot(void *ctx)
{
  (void)ctx;
  return sley_return_unit();
}
static sley_promise *use_slot(void *ctx, sley_value *v)
{
  (void)v;
  note(ctx);
  return sley_cancelable(&scene.child[1]);
}
static sley_promise *wait_then_use(void *ctx, sley_value *v)
{
  (void)v;
  return sley_pool_use(pool, use_slot, ctx);
}
static sley_promise *locked(void *ctx)
{
  note(ctx);
  return sley_cancelable(&scene.child[2]);
}
static sley_promise *wait_then_lock(void *ctx, sley_value *v)
{
  (void)v;
  return sley_with_lock(mutex, locked, ctx);
}
static sley_promise *wait_first(void *ctx)
{
  (void)ctx;
  sley_promise *go = sley_cancelable(&scene.child[0]);
  sley_promise *slot = sley_bind(sley_keep(go), wait_then_use, "waiting");
  return sley_join(SLEY_PROMISES(slot, sley_bind(go, wait_then_lock, "waiting")));
}
static sley_promise *hold(void *ctx)
{
  return sley_join(SLEY_PROMISES(wait_then_use(ctx, NULL), wait_then_lock(ctx, NULL)));
}
static sley_promise *body_queues(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_int_equal(sley_scope_start(scope, wait_first, NULL), 0);
  assert_int_equal(sley_scope_start(scope, hold, "holding"), 0);
  sley_fulfill(&scene.child[0], sley_unit());
  return sley_cancelable(&scene.body);
}
static void what_siblings_hold_is_not_handed_on(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_pool_options o = {.size = sizeof o, .max = 1, .create = make_slot};
  assert_null(sley_pool_new(&o, &pool));
  assert_null(sley_mutex_new(&mutex));
  sley_promise *p = sley_with_scope(body_queues, NULL);
  assert_int_equal(sley_pool_waiters(pool), 1);
  sley_fulfill(&scene.body, sley_unit());
  assert_log("holding holding");
  assert_fulfilled(p, 0);
  resolvers_drop();
  assert_false(sley_mutex_is_locked(mutex));
  sley_promise *after = sley_pool_use(pool, use_slot, "after");
  assert_log("holding holding after"); /* the slot is free */
  resolvers_drop();
  sley_drop(after);
  sley_drop(p);
  sley_pool_drop(pool);
  sley_mutex_drop(mutex);
}

/* ---- contexts owned by the scope, fibers, supervisors */
static void noted_drop(void *ctx) { note(ctx); }
static char dropped_a[] = "-a", dropped_b[] = "-b", dropped_s[] = "-scope";
static sley_promise *start_zero(void *ctx)
{
  (void)ctx;
  return child(number(0));
}
static sley_promise *fiber(void *ctx)
{
  sley_error *e = sley_await(child(number(1)), NULL);
  note(ctx);
  return e != NULL ? sley_fail(e) : sley_return_unit();
}
static sley_promise *body_owning(void *ctx, sley_scope *scope)
{
  assert_ptr_equal(ctx, dropped_s);
  scene.scope = sley_scope_keep(scope);
  assert_int_equal(sley_scope_start(scope, start_zero, dropped_a, noted_drop), 0);
  assert_int_equal(sley_scope_spawn(scope, fiber, dropped_b, noted_drop), 0);
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), hook, "hook"));
  return sley_cancelable(&scene.body);
}
static void contexts_are_freed_once(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_scope(body_owning, dropped_s, noted_drop);
  sley_on_termination(p, note_done, "over");
  sley_fulfill(&scene.child[0], sley_unit());
  assert_log("-a");
  sley_fulfill(&scene.body, sley_unit());
  assert_log("-a -b -b hook -scope over"); /* the fiber logs its word, too */
  assert_int_equal(sley_scope_start(scene.scope, start_zero, dropped_a, noted_drop), -SLEY_ECLOSED);
  assert_log("-a -b -b hook -scope over -a");
  sley_scope_drop(scene.scope);
  resolvers_drop();
  sley_drop(p);
}

/* Two awaiting children run concurrently; the body awaits, too. */
static sley_promise *body_spawning(void *ctx, sley_scope *scope)
{
  (void)ctx;
  sley_spawn_options o = {.size = sizeof o, .name = "second"};
  assert_int_equal(sley_scope_spawn(scope, fiber, "first"), 0);
  sley_resolver *first = scene.child[1];
  scene.child[1] = NULL;
  assert_int_equal(sley_scope_spawn_with(scope, &o, fiber, "second", NULL), 0);
  sley_fulfill(&scene.child[1], sley_unit());
  sley_fulfill(&first, sley_unit());
  sley_error *e = sley_await(sley_cancelable(&scene.body), NULL);
  return e != NULL ? sley_fail(e) : sley_scope_wait(scope);
}
static sley_promise *in_a_fiber(void *ctx) { return sley_with_scope(body_spawning, ctx); }
static void children_that_are_fibers(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_spawn(in_a_fiber, NULL);
  assert_log("second first");
  sley_fulfill(&scene.body, sley_unit());
  assert_fulfilled(p, 0);
  resolvers_drop();
  sley_drop(p);
}

static void on_failure(void *ctx, sley_error *e)
{
  (void)ctx;
  note(sley_error_message(e));
  if (scene.started++ == 0) assert_int_equal(sley_scope_start(scene.scope, child, number(0)), 0);
}
static void a_supervisor_goes_on(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_supervisor(on_failure, body_two, NULL);
  sley_promise *idle = sley_scope_wait(scene.scope);
  sley_reject(&scene.child[0], error_of(1)); /* is started again */
  sley_fulfill(&scene.child[1], sley_unit());
  assert_pending(idle);
  sley_reject(&scene.child[0], sley_error_canceled());
  assert_log("error 1 canceled");
  assert_fulfilled(idle, 0);
  sley_drop(idle);
  assert_int_equal(sley_scope_start(scene.scope, child, number(0)), 0);
  sley_fulfill(&scene.body, sley_int(7)); /* its own cancels are not reported to it */
  assert_log("error 1 canceled hook");
  assert_fulfilled(p, 7);
  resolvers_drop();
  sley_drop(p);
}
static void a_supervisor_without_a_function(void **state)
{
  (void)state;
  scene = (struct scene){0};
  sley_promise *p = sley_with_supervisor(NULL, body_two, dropped_s, noted_drop);
  sley_reject(&scene.child[0], error_of(1));
  assert_int_equal(world.async, 1);
  assert_string_equal(world.async_text, "error 1");
  sley_scope_fail(scene.scope, error_of(2)); /* still ends it */
  assert_log("body 1 hook -scope");
  assert_rejected(p, 2);
  resolvers_drop();
  sley_drop(p);
}

static sley_promise *body_stubborn(void *ctx, sley_scope *scope)
{
  (void)ctx;
  scene.scope = sley_scope_keep(scope);
  assert_int_equal(sley_scope_start(scope, stubborn, NULL), 0);
  assert_int_equal(sley_scope_start(scope, child, number(0)), 0);
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), hook, "hook"));
  return sley_cancelable(&scene.body);
}

/* Waits for children that cannot be canceled, however often it is canceled itself; accepts no new children. */
static void waits_for_all(void **state)
{
  (void)state;
  for (int ending = 0; ending < 2; ending++) {
    scene = (struct scene){0};
    logged[0] = '\0';
    sley_promise *p = sley_with_scope(body_stubborn, NULL);
    sley_reject(&scene.child[0], error_of(8));
    assert_pending(p);
    sley_cancel(p);
    sley_cancel(p);
    assert_pending(p);
    assert_log("");
    assert_int_equal(sley_scope_start(scene.scope, child, number(1)), -SLEY_ECLOSED);
    sley_promise *late = sley_scope_adopt(scene.scope, child(number(1)));
    assert_rejected_sley(late, SLEY_ECLOSED);
    sley_drop(late);
    if (ending == 0) sley_fulfill(&scene.stubborn, sley_unit());
    else sley_reject(&scene.stubborn, error_of(9)); /* not the first failure */
    assert_rejected(p, 8);
    assert_log("hook");
    sley_scope_fail(scene.scope, error_of(10)); /* already ended */
    sley_scope_drop(scene.scope);
    resolvers_drop();
    sley_drop(p);
  }
}

/* A failure during a cancel replaces Canceled, but not an earlier failure. */
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

/* sley_scope_wait reports the failure, even the last child's. */
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
    logged[0] = '\0';
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
  return sley_cancelable(&scene.body);
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

/* A child that makes its scope fail while it is started is canceled like the earlier ones. */
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
  return sley_cancelable(&scene.body);
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
  assert_null(sley_switch_add_hook(sley_scope_switch(scope), hook_fails, NULL));
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
  return sley_cancelable(&scene.body);
}
static sley_time expected;
static sley_promise *start_inner(void *ctx)
{
  (void)ctx;
  sley__scope_plan plan = {.site = "", .deadline = 500, .body = body_inner, .ctx = &expected};
  return sley__with_scope(&plan);
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
    logged[0] = '\0';
    expected = own[i] < 500 ? own[i] : 500; /* the earlier of both */
    sley__scope_plan plan = {.site = "", .deadline = own[i], .body = body_outer};
    sley_promise *p = sley__with_scope(&plan);
    sley_scope_fail(scene.scope, sley_error_timeout());
    assert_log("inner");
    assert_rejected_sley(p, SLEY_ETIMEOUT);
    assert_null(sley_scope_current());
    resolvers_drop();
    sley_drop(p);
  }
}

/* ---- without memory: everything started has ended when the result settles */
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
static int contexts;
static void context_drop(void *ctx)
{
  (void)ctx;
  contexts--;
}
static sley_promise *body_memory(void *ctx, sley_scope *scope)
{
  (void)ctx;
  int hooks = sley_switch_add_hook(sley_scope_switch(scope), hook, "") == NULL;
  for (int i = 0; i < 3; i++) {
    int before = scene.started;
    contexts++;
    int code = sley_scope_start(scope, counted, number(i), context_drop);
    assert_true(code == 0 ? scene.started == before + 1 : scene.started == before);
  }
  scene.ran_hooks = -hooks;
  return sley_scope_wait(scope);
}
static bool supervised;
static void use_all(void)
{
  scene = (struct scene){0};
  running = 0;
  contexts = 1;
  sley_promise *p = supervised ? sley_with_supervisor(NULL, body_memory, NULL, context_drop)
                               : sley_with_scope(body_memory, NULL, context_drop);
  if (sley_is_pending(p)) sley_fulfill(&scene.child[2], sley_unit());
  if (sley_is_pending(p)) sley_cancel(p);
  assert_false(sley_is_pending(p));
  assert_int_equal(running, 0);
  assert_int_equal(contexts, 0);
  assert_int_equal(scene.ran_hooks, 0);
  resolvers_drop();
  sley_drop(p);
}
static void without_memory(void **state)
{
  (void)state;
  supervised = false;
  each_allocation_fails(use_all);
  supervised = true;
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
      TEST(canceled_from_outside),
      TEST(a_canceled_child_is_a_failure),
      TEST(canceled_gives_way_to_other_errors),
      TEST(a_canceled_hook_is_a_failure),
      TEST(the_order_of_the_end),
      TEST(what_siblings_hold_is_not_handed_on),
      TEST(contexts_are_freed_once),
      TEST(children_that_are_fibers),
      TEST(a_supervisor_goes_on),
      TEST(a_supervisor_without_a_function),
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
