/* Conditions: which waiter is woken, with and without a mutex, canceled once and twice, values sent to many.
 * Tests src/promise/sync/condition.c. */
#include "support/world.h"

static sley_condition *c;
static sley_mutex *m;

static void make(void)
{
  assert_null(sley_condition_new(&c));
  assert_null(sley_mutex_new(&m));
}
static void drop_both(void)
{
  sley_condition_drop(c);
  sley_mutex_drop(m);
}

static void told_in_order(void **state)
{
  (void)state;
  make();
  sley_condition_signal(c, sley_own(thing_new(1), &type_mover)); /* no waiter: lost */
  assert_int_equal(things_alive, 0);
  sley_promise *p[4];
  for (int i = 0; i < 4; i++) p[i] = sley_condition_wait(c, NULL);
  sley_cancel(p[1]);
  sley_condition_signal(c, sley_int(1));
  assert_fulfilled(p[0], 1);
  assert_rejected_sley(p[1], SLEY_ECANCELED);
  assert_pending(p[2]);
  sley_condition_broadcast(c, sley_int(2));
  assert_fulfilled(p[2], 2);
  assert_fulfilled(p[3], 2);
  for (int i = 0; i < 4; i++) sley_drop(p[i]);
  for (int i = 0; i < 2; i++) p[i] = sley_condition_wait(c, NULL);
  sley_condition_broadcast_error(c, error_of(3));
  for (int i = 0; i < 2; i++) {
    assert_rejected(p[i], 3);
    sley_drop(p[i]);
  }
  sley_condition_broadcast_error(c, error_of(4)); /* no waiter */
  drop_both();
}

static void locks_again(void **state)
{
  (void)state;
  make();
  enum { SIGNAL, BROADCAST_ERROR, CANCEL, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_drop(sley_mutex_lock(m));
    sley_promise *p = sley_condition_wait(c, m);
    assert_false(sley_mutex_is_locked(m));
    sley_drop(sley_mutex_lock(m)); /* locked by another waiter */
    if (way == SIGNAL) sley_condition_signal(c, sley_int(7));
    if (way == BROADCAST_ERROR) sley_condition_broadcast_error(c, error_of(7));
    if (way == CANCEL) sley_cancel(p);
    assert_pending(p);
    sley_mutex_unlock(m);
    assert_true(sley_mutex_is_locked(m));
    if (way == SIGNAL) assert_fulfilled(p, 7);
    if (way == BROADCAST_ERROR) assert_rejected(p, 7);
    if (way == CANCEL) assert_rejected_sley(p, SLEY_ECANCELED);
    sley_mutex_unlock(m);
    sley_drop(p);
  }
  drop_both();
}

static void canceled_twice_is_without_the_mutex(void **state)
{
  (void)state;
  make();
  sley_drop(sley_mutex_lock(m));
  sley_promise *p = sley_condition_wait(c, m);
  sley_drop(sley_mutex_lock(m));
  sley_cancel(p);
  assert_pending(p);
  sley_cancel(p);
  assert_rejected_sley(p, SLEY_ECANCELED);
  sley_mutex_unlock(m);
  assert_false(sley_mutex_is_locked(m));
  sley_drop(p);
  drop_both();
}

static sley_promise *wait_again(void *ctx, sley_value *v)
{
  (void)v;
  note(ctx);
  return sley_condition_wait(c, NULL);
}

static void who_waits_anew_is_not_told(void **state)
{
  (void)state;
  make();
  sley_promise *a = sley_bind(sley_condition_wait(c, NULL), wait_again, "a");
  sley_promise *b = sley_bind(sley_condition_wait(c, NULL), wait_again, "b");
  sley_condition_broadcast(c, sley_unit());
  assert_log("a b");
  assert_pending(a);
  sley_condition_broadcast(c, sley_int(1));
  assert_fulfilled(b, 1);
  sley_drop(a);
  sley_drop(b);
  drop_both();
}

/* Canceled, but its cancel callbacks have yet to run: waking it has no effect, as in Lwt. */
static void tell(void *ctx)
{
  (void)ctx;
  sley_condition_signal(c, sley_own(thing_new(1), &type_mover));
}
static void broadcast(void *ctx)
{
  (void)ctx;
  sley_condition_broadcast(c, sley_own(thing_new(1), &type_mover));
}
static void told_while_being_canceled(void **state)
{
  (void)state;
  make();
  sley_promise *a = sley_condition_wait(c, NULL), *b = sley_condition_wait(c, NULL);
  sley_promise *all = sley_join(SLEY_PROMISES(sley_keep(a), sley_keep(b)));
  sley_on_cancel(b, tell, NULL);
  sley_cancel(all);
  assert_rejected_sley(a, SLEY_ECANCELED);
  assert_rejected_sley(b, SLEY_ECANCELED);
  sley_drop(all);
  sley_drop(a);
  sley_drop(b);
  a = sley_condition_wait(c, NULL), b = sley_condition_wait(c, NULL);
  sley_promise *late = sley_condition_wait(c, NULL);
  all = sley_join(SLEY_PROMISES(sley_keep(a), sley_keep(b)));
  sley_on_cancel(b, broadcast, NULL);
  sley_cancel(all);
  assert_int_equal(sley_state(late), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(late);
  sley_drop(all);
  sley_drop(a);
  sley_drop(b);
  assert_int_equal(things_alive, 0);
  drop_both();
}

/* ---- one value for many */
static sley_promise *taker(void *ctx, sley_value *v)
{
  sley_value out;
  int code = sley_take(v, &out);
  *(int *)ctx = code == 0 ? ((thing *)out.ptr)->number : code;
  if (code == 0) sley_value_drop(&out);
  return sley_return(sley_unit());
}
static void a_value_for_many(void **state)
{
  (void)state;
  for (int copies = 0; copies < 2; copies++) {
    make();
    int got[3] = {0};
    sley_promise *p[3];
    for (int i = 0; i < 3; i++) p[i] = sley_bind(sley_condition_wait(c, NULL), taker, &got[i]);
    sley_condition_broadcast(c, sley_own(thing_new(5), copies ? &type_copier : &type_mover));
    assert_int_equal(got[0], copies ? 105 : 5);
    assert_int_equal(got[1], copies ? 105 : -SLEY_EMOVED);
    if (copies) assert_true(got[2] == 5 || got[2] == 105);
    else assert_int_equal(got[2], -SLEY_EMOVED);
    for (int i = 0; i < 3; i++) sley_drop(p[i]);
    assert_int_equal(things_alive, 0);
    drop_both();
  }
}

static void dropped_with_waiters(void **state)
{
  (void)state;
  make();
  sley_drop(sley_mutex_lock(m));
  sley_promise *plain = sley_condition_wait(c, NULL), *locking = sley_condition_wait(c, m);
  sley_condition_drop(sley_condition_keep(c));
  assert_pending(plain);
  sley_condition_drop(c);
  assert_rejected_sley(plain, SLEY_EABANDONED);
  assert_rejected_sley(locking, SLEY_EABANDONED);
  assert_true(sley_mutex_is_locked(m));
  sley_drop(plain);
  sley_drop(locking);
  /* The mutex is dropped first: it cannot be locked again. */
  assert_null(sley_condition_new(&c));
  locking = sley_condition_wait(c, m);
  sley_mutex_drop(m);
  sley_condition_signal(c, sley_unit());
  assert_rejected_sley(locking, SLEY_EABANDONED);
  sley_drop(locking);
  sley_condition_drop(c);
  sley_condition_drop(NULL);
}

static void use_all(void)
{
  if (sley_condition_new(&c) != NULL) return;
  if (sley_mutex_new(&m) != NULL) {
    sley_condition_drop(c);
    return;
  }
  sley_drop(sley_mutex_lock(m));
  sley_promise *p = sley_condition_wait(c, m);
  if (sley_is_pending(p)) { /* then it gets the mutex back, despite the failed allocation */
    assert_false(sley_mutex_is_locked(m));
    sley_drop(sley_mutex_lock(m));
    sley_condition_broadcast(c, sley_own(thing_new(1), &type_mover));
    assert_pending(p);
    sley_mutex_unlock(m);
    assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  } else {
    assert_rejected_sley(p, SLEY_ENOMEM);
  }
  assert_true(sley_mutex_is_locked(m));
  sley_drop(p);
  drop_both();
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

static void one_turn(void)
{
  sley_promise *p = sley_condition_wait(c, m), *q = sley_condition_wait(c, NULL);
  sley_condition_broadcast(c, sley_own(thing_new(1), &type_copier));
  sley_drop(p);
  sley_drop(q);
  sley_mutex_unlock(m);
}

static void no_growth(void **state)
{
  (void)state;
  make();
  does_not_grow(one_turn, 100000);
  drop_both();
}

/* The statements of condition.h on a wait inside a choice, and its two safe forms. Fault 13. */
static int work_done;
static sley_promise *do_the_work(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  work_done++;
  return sley_return(sley_unit());
}

static struct lost {
  sley_condition *condition;
  sley_promise *choice;
  bool broadcast;
} lost;
static void signal_and_cancel(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (lost.broadcast) sley_condition_broadcast(lost.condition, sley_unit());
  else sley_condition_signal(lost.condition, sley_unit());
  sley_cancel(lost.choice);
}

static void signal_to_a_choice_is_lost(void **state)
{
  (void)state;
  enum { SIGNAL, SIGNAL_TO_A_BIND, BROADCAST, FORMS };
  for (int form = 0; form < FORMS; form++) {
    sley_resolver *go, *timeout;
    work_done = 0;
    lost.broadcast = form == BROADCAST;
    assert_null(sley_condition_new(&lost.condition));
    sley_promise *waits = sley_condition_wait(lost.condition, NULL);
    if (form == SIGNAL_TO_A_BIND) waits = sley_bind(waits, do_the_work, NULL);
    sley_promise *of[] = {waits, sley_cancelable(&timeout)};
    lost.choice = sley_pick(of, 2);
    sley_promise *other = sley_condition_wait(lost.condition, NULL);
    sley_promise *worked = sley_bind(other, do_the_work, NULL);
    sley_promise *p = sley_pending(&go);
    sley_on_success(p, signal_and_cancel, NULL);
    sley_fulfill(&go, sley_unit());
    assert_rejected_sley(lost.choice, SLEY_ECANCELED);
    assert_int_equal(work_done, form == SIGNAL ? 0 : 1);
    sley_cancel(worked);
    sley_drop(worked);
    sley_drop(lost.choice);
    sley_drop(p);
    sley_resolver_drop(&timeout);
    sley_condition_drop(lost.condition);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(told_in_order),
      TEST(locks_again),
      TEST(signal_to_a_choice_is_lost),
      TEST(canceled_twice_is_without_the_mutex),
      TEST(who_waits_anew_is_not_told),
      TEST(told_while_being_canceled),
      TEST(a_value_for_many),
      TEST(dropped_with_waiters),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
