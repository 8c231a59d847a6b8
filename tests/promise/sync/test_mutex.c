/* Mutexes: order, canceling, hand-over, with_lock, waiters of a dropped mutex, no memory.
 * Tests src/promise/sync/mutex.c. */
#include "support/world.h"

static sley_mutex *mutex_new(void)
{
  sley_mutex *m;
  assert_null(sley_mutex_new(&m));
  return m;
}

static void free_mutex_costs_nothing(void **state)
{
  (void)state;
  sley_mutex *m = mutex_new();
  size_t before = heap.count;
  for (int i = 0; i < 1000; i++) {
    assert_false(sley_mutex_is_locked(m));
    sley_promise *p = sley_mutex_lock(m);
    assert_fulfilled(p, 0);
    assert_true(sley_mutex_is_locked(m));
    sley_drop(p);
    sley_mutex_unlock(m);
  }
  assert_int_equal(heap.count, before);
  assert_int_equal(live(), 0);
  sley_mutex_unlock(m); /* already free */
  assert_false(sley_mutex_is_locked(m));
  sley_mutex_drop(m);
}

/* The shared unit promise behaves like any other everywhere. */
static sley_promise *keep_unit(void *ctx, sley_value *v)
{
  sley_value out;
  assert_int_equal(sley_take(v, &out), 0);
  return sley_keep(ctx);
}
static void unit_promise_is_a_promise(void **state)
{
  (void)state;
  sley_mutex *m = mutex_new();
  sley_promise *unit = sley_mutex_lock(m);
  sley_promise *p = sley_bind(sley_keep(unit), keep_unit, unit);
  p = sley_attach(p, "attached", note_done);
  assert_log("attached");
  sley_on_success(p, note_value, "success");
  sley_cancel(p);
  p = sley_protected(sley_no_cancel(p));
  p = sley_join(SLEY_PROMISES(p, sley_keep(unit), sley_pause()));
  sley_wakeup_paused();
  assert_fulfilled(p, 0);
  assert_log("attached success");
  sley_drop(sley_pick(SLEY_PROMISES(p, sley_keep(unit))));
  sley_drop(sley_all(SLEY_PROMISES(sley_keep(unit), sley_keep(unit))));
  assert_fulfilled(unit, 0);
  sley_drop(unit);
  sley_mutex_drop(m);
}

static void in_order(void **state)
{
  (void)state;
  sley_mutex *m = mutex_new();
  sley_promise *p[4];
  for (int i = 0; i < 4; i++) p[i] = sley_mutex_lock(m);
  assert_true(sley_mutex_has_waiters(m));
  sley_cancel(p[2]);
  assert_rejected_sley(p[2], SLEY_ECANCELED);
  sley_mutex_unlock(m);
  assert_fulfilled(p[1], 0);
  assert_pending(p[3]);
  /* Handed over: canceling is too late, it stays locked. */
  sley_cancel(p[1]);
  assert_fulfilled(p[1], 0);
  assert_true(sley_mutex_is_locked(m));
  sley_mutex_unlock(m);
  assert_fulfilled(p[3], 0);
  assert_false(sley_mutex_has_waiters(m));
  sley_mutex_unlock(m);
  assert_false(sley_mutex_is_locked(m));
  for (int i = 0; i < 4; i++) sley_drop(p[i]);
  sley_mutex_drop(m);
}

/* A waiter leaves the queue when its cancel callbacks run: waking it earlier has no effect, as in Lwt. */
static void unlock(void *ctx) { sley_mutex_unlock(ctx); }
static void unlocked_while_being_canceled(void **state)
{
  (void)state;
  sley_mutex *m = mutex_new();
  sley_drop(sley_mutex_lock(m));
  sley_promise *a = sley_mutex_lock(m), *b = sley_mutex_lock(m);
  sley_on_cancel(b, unlock, m);
  sley_promise *both = sley_join(SLEY_PROMISES(a, b));
  sley_cancel(both);
  assert_rejected_sley(both, SLEY_ECANCELED);
  assert_false(sley_mutex_has_waiters(m));
  assert_true(sley_mutex_is_locked(m)); /* handed to a */
  sley_drop(both);
  sley_mutex_drop(m);
}

/* ---- with_lock */
static struct scene {
  sley_mutex *m;
  sley_resolver *r;
  int started, dropped;
} scene;

static sley_promise *body(void *ctx)
{
  note(ctx);
  scene.started++;
  assert_true(sley_mutex_is_locked(scene.m));
  return sley_cancelable(&scene.r);
}
static sley_promise *body_fails(void *ctx)
{
  note(ctx);
  return sley_fail(error_of(1));
}
static void count_drop(void *ctx)
{
  (void)ctx;
  scene.dropped++;
}

static void with_lock(void **state)
{
  (void)state;
  scene = (struct scene){.m = mutex_new()};
  sley_promise *a = sley_with_lock(scene.m, body, "a", count_drop);
  sley_promise *b = sley_with_lock(scene.m, body, "b", count_drop);
  sley_promise *c = sley_with_lock(scene.m, body_fails, "c");
  sley_promise *d = sley_with_lock(scene.m, body, "d", count_drop);
  assert_log("a");
  assert_int_equal(scene.dropped, 1);
  sley_cancel(d); /* leaves the queue */
  assert_int_equal(scene.dropped, 2);
  sley_fulfill(&scene.r, sley_own(thing_new(5), &type_mover));
  assert_log("a b");
  assert_int_equal(((thing *)sley_promise_value(a)->ptr)->number, 5);
  sley_cancel(b); /* reaches the body, which unlocks */
  assert_log("a b c");
  assert_rejected_sley(b, SLEY_ECANCELED);
  assert_rejected(c, 1);
  assert_rejected_sley(d, SLEY_ECANCELED);
  assert_false(sley_mutex_is_locked(scene.m));
  assert_int_equal(scene.dropped, 3);
  sley_resolver_drop(&scene.r);
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  sley_drop(d);
  sley_mutex_drop(scene.m);
}

static void dropped_with_waiters(void **state)
{
  (void)state;
  scene = (struct scene){.m = mutex_new()};
  sley_promise *running = sley_with_lock(scene.m, body, "running");
  sley_promise *waits = sley_with_lock(scene.m, body, "waits", count_drop);
  sley_promise *lock = sley_mutex_lock(scene.m);
  sley_on_failure(lock, note_error, "lock");
  sley_mutex_drop(sley_mutex_keep(scene.m));
  assert_pending(lock);
  sley_mutex_drop(scene.m);
  assert_log("running lock");
  assert_rejected_sley(waits, SLEY_EABANDONED);
  assert_rejected_sley(lock, SLEY_EABANDONED);
  assert_int_equal(scene.dropped, 1);
  sley_fulfill(&scene.r, sley_int(3)); /* unlocks a mutex that lives while it is used */
  assert_fulfilled(running, 3);
  sley_drop(running);
  sley_drop(waits);
  sley_drop(lock);
  sley_mutex_drop(NULL);
}

static void use_all(void)
{
  scene = (struct scene){0};
  sley_promise *p[3];
  if (sley_mutex_new(&scene.m) != NULL) {
    assert_null(scene.m);
    return;
  }
  p[0] = sley_mutex_lock(scene.m);
  assert_fulfilled(p[0], 0); /* cannot fail */
  p[1] = sley_with_lock(scene.m, body, "body", count_drop);
  p[2] = sley_mutex_lock(scene.m);
  bool third_waits = sley_is_pending(p[2]);
  sley_mutex_unlock(scene.m);
  if (sley_is_pending(p[1])) { /* it runs, despite the failed allocation */
    assert_int_equal(scene.started, 1);
    if (scene.r != NULL) sley_fulfill(&scene.r, sley_unit());
  }
  assert_false(sley_is_pending(p[1]));
  assert_int_equal(scene.dropped, 1);
  if (third_waits) {
    assert_fulfilled(p[2], 0);
    sley_mutex_unlock(scene.m);
  } else {
    assert_rejected_sley(p[2], SLEY_ENOMEM);
  }
  assert_false(sley_mutex_is_locked(scene.m)); /* a refused caller does not hold it */
  for (int i = 0; i < 3; i++) sley_drop(p[i]);
  sley_mutex_drop(scene.m);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

static void hand_over(void)
{
  sley_promise *next = sley_mutex_lock(scene.m);
  sley_mutex_unlock(scene.m);
  assert_fulfilled(next, 0);
  sley_drop(next);
  sley_promise *gives_up = sley_mutex_lock(scene.m);
  sley_cancel(gives_up);
  sley_drop(gives_up);
}

static void no_growth(void **state)
{
  (void)state;
  scene = (struct scene){.m = mutex_new()};
  sley_drop(sley_mutex_lock(scene.m));
  does_not_grow(hand_over, 200000);
  sley_mutex_drop(scene.m);
}

/* The statements of mutex.h on a lock inside a choice; the last line is the safe form. Fault 13. */
static sley_promise *hold_a_moment(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static void unlock_and_cancel(void *ctx, sley_value *v)
{
  sley_promise **choice = ctx;
  (void)v;
  sley_mutex_unlock((sley_mutex *)(void *)choice[1]);
  sley_cancel(choice[0]);
}

static void bare_lock_in_a_choice_is_lost(void **state)
{
  (void)state;
  for (int safe = 0; safe < 2; safe++) {
    sley_mutex *m;
    sley_resolver *go, *timeout;
    assert_null(sley_mutex_new(&m));
    sley_drop(sley_mutex_lock(m));
    sley_promise *lock = safe ? sley_with_lock(m, hold_a_moment, NULL) : sley_mutex_lock(m);
    sley_promise *of[] = {lock, sley_cancelable(&timeout)};
    sley_promise *both[] = {sley_pick(of, 2), (sley_promise *)(void *)m};
    sley_promise *p = sley_pending(&go);
    sley_on_success(p, unlock_and_cancel, both);
    sley_fulfill(&go, sley_unit());
    assert_rejected_sley(both[0], SLEY_ECANCELED);
    assert_int_equal(sley_mutex_is_locked(m), safe ? 0 : 1); /* locked, but without a holder */
    sley_drop(p);
    sley_drop(both[0]);
    sley_resolver_drop(&timeout);
    sley_mutex_drop(m);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(free_mutex_costs_nothing),
      TEST(unit_promise_is_a_promise),
      TEST(in_order),
      TEST(unlocked_while_being_canceled),
      TEST(with_lock),
      TEST(bare_lock_in_a_choice_is_lost),
      TEST(dropped_with_waiters),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
