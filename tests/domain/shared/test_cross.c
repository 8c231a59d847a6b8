/* Mutex, condition, once and barrier between domains.
 * Tests src/domain/shared/cross_mutex.c, src/domain/shared/cross_with_lock.c, src/domain/shared/cross_condition.c, src/domain/shared/cross_once.c,
 * src/domain/shared/cross_barrier.c. */
#include "support/domains.h"

/* ---- mutex ---- */

static sley_cross_mutex *mutex;
static int inside, most_inside, entered; /* guarded by mutex; most_inside must stay 1 */

static sley_promise *leave(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  inside--;
  return sley_return(sley_unit());
}

static sley_promise *body(void *ctx)
{
  (void)ctx;
  inside++;
  entered++;
  if (inside > most_inside) most_inside = inside;
  return sley_bind(sley_pause(), leave, NULL);
}

static sley_promise *again(void *ctx, sley_value *v)
{
  int64_t *left = ctx;
  (void)v;
  if ((*left)-- == 0) return sley_return(sley_unit());
  return sley_bind(sley_cross_mutex_with_lock(mutex, body, NULL), again, left);
}

static sley_promise *enter_often(sley_value *arg)
{
  int64_t *left = malloc(sizeof(*left));
  *left = arg->i;
  return sley_attach(again(left, NULL), left, free);
}

static void mutual_exclusion(void **state)
{
  (void)state;
  sley_domain *ds[3];
  sley_promise *ps[6];
  inside = most_inside = entered = 0;
  for (int i = 0; i < 3; i++) ds[i] = start("locker");
  assert_null(sley_cross_mutex_new(&mutex));
  for (int i = 0; i < 6; i++) ps[i] = sley_call(ds[i % 3], enter_often, sley_int(300));
  run_gives(sley_join(ps, 6), 0);
  assert_int_equal(entered, 1800);
  assert_int_equal(most_inside, 1);
  assert_true(sley_cross_mutex_try_acquire(mutex) == 0);
  assert_false(sley_cross_mutex_try_acquire(mutex) == 0);
  sley_cross_mutex_unlock(mutex);
  for (int i = 0; i < 3; i++) end_leaving_nothing(ds[i]);
  sley_cross_mutex_drop(mutex);
}

static sley_promise *lock_here(sley_value *arg)
{
  (void)arg;
  return sley_cross_mutex_lock(mutex);
}

static sley_promise *unlock_here(sley_value *arg)
{
  (void)arg;
  sley_cross_mutex_unlock(mutex);
  return sley_return(sley_unit());
}

static void canceled_waits_pass_it_on(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  assert_null(sley_cross_mutex_new(&mutex));
  for (int i = 0; i < 50; i++) {
    run_gives(sley_call(d, lock_here, sley_unit()), 0);
    sley_promise *first = sley_cross_mutex_lock(mutex), *second = sley_cross_mutex_lock(mutex);
    sley_promise *unlocked = sley_call(d, unlock_here, sley_unit());
    sley_domain_flush();
    if (i % 2) usleep(200);
    sley_cancel(first); /* before the mutex was handed over, or during the hand-over */
    run_gives(second, 0);
    settle(first);
    run_gives(unlocked, 0);
    sley_cross_mutex_unlock(mutex);
  }
  end_leaving_nothing(d);
  sley_cross_mutex_drop(mutex);
}

static void the_holder_ends(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  assert_null(sley_cross_mutex_new(&mutex));
  run_gives(sley_call(d, lock_here, sley_unit()), 0);
  sley_promise *waits = sley_cross_mutex_lock(mutex), *too = sley_cross_mutex_lock(mutex);
  end_leaving_nothing(d);
  run_fails(waits, &sley_kind_sley, SLEY_EGONE);
  run_fails(too, &sley_kind_sley, SLEY_EGONE);
  run_gives(sley_cross_mutex_lock(mutex), 0); /* free again */
  /* A waiting domain ends: the mutex goes to the next waiter. */
  d = start("two");
  sley_promise *theirs = sley_call(d, lock_here, sley_unit());
  rest(0.003);
  sley_promise *mine = sley_cross_mutex_lock(mutex);
  sley_promise *down = sley_domain_shutdown(d, 0);
  sley_cross_mutex_unlock(mutex);
  run_gives(down, 0);
  settle(theirs);
  sley_error *e = sley_run(mine, NULL); /* or it was given to the domain that then ended */
  if (e == NULL) sley_cross_mutex_unlock(mutex);
  else assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EGONE));
  sley_error_drop(e);
  sley_domain_drop(d);
  assert_true(sley_cross_mutex_try_acquire(mutex) == 0);
  sley_cross_mutex_unlock(mutex);
  sley_cross_mutex_drop(mutex);
}

/* ---- condition ---- */

static sley_cross_condition *condition;
static int available; /* guarded by mutex */

static sley_promise *take_one(void *ctx, sley_value *v);

static sley_promise *take_locked(void *ctx)
{
  if (available == 0) return sley_bind(sley_cross_condition_wait(condition, mutex), take_one, ctx);
  available--;
  return sley_return(sley_unit());
}

static sley_promise *take_one(void *ctx, sley_value *v)
{
  (void)v;
  return take_locked(ctx);
}

static sley_promise *consume(sley_value *arg)
{
  (void)arg;
  return sley_cross_mutex_with_lock(mutex, take_locked, NULL);
}

static sley_promise *give_one(void *ctx)
{
  (void)ctx;
  available++;
  sley_cross_condition_signal(condition);
  return sley_return(sley_unit());
}

static void conditions(void **state)
{
  (void)state;
  sley_domain *ds[2] = {start("a"), start("b")};
  sley_promise *ps[100];
  available = 0;
  assert_null(sley_cross_mutex_new(&mutex));
  assert_null(sley_cross_condition_new(&condition));
  for (int i = 0; i < 100; i++) ps[i] = sley_call(ds[i % 2], consume, sley_unit());
  for (int i = 0; i < 100; i++) run_gives(sley_cross_mutex_with_lock(mutex, give_one, NULL), 0);
  run_gives(sley_join(ps, 100), 0);
  assert_int_equal(available, 0);
  /* A signal for a canceled waiter goes to the next one; the mutex is locked again in both cases. */
  run_gives(sley_cross_mutex_lock(mutex), 0);
  sley_promise *first = sley_cross_condition_wait(condition, mutex);
  run_gives(sley_cross_mutex_lock(mutex), 0);
  sley_promise *second = sley_cross_condition_wait(condition, mutex);
  sley_cross_condition_signal(condition);
  sley_cancel(first);
  run_fails(first, &sley_kind_sley, SLEY_ECANCELED);
  sley_cross_mutex_unlock(mutex);
  run_gives(second, 0);
  sley_cross_mutex_unlock(mutex);
  sley_promise *waits[2] = {sley_cross_condition_wait(condition, NULL),
                            sley_cross_condition_wait(condition, NULL)};
  sley_cross_condition_broadcast(condition);
  run_gives(sley_join(waits, 2), 0);
  for (int i = 0; i < 2; i++) end_leaving_nothing(ds[i]);
  sley_cross_condition_drop(condition);
  sley_cross_mutex_drop(mutex);
}

/* ---- once ---- */

static sley_cross_once *once;
static int runs, failures_left; /* any thread, __atomic */

static sley_promise *ran(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (__atomic_fetch_sub(&failures_left, 1, __ATOMIC_RELAXED) > 0)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "not yet"));
  return sley_return(sley_unit());
}

static sley_promise *initialize(void *ctx)
{
  __atomic_add_fetch(&runs, 1, __ATOMIC_RELAXED);
  return sley_bind(sley_sleep(0.002), ran, ctx);
}

static sley_promise *ask_once(sley_value *arg)
{
  (void)arg;
  return sley_cross_once_run(once, initialize, NULL);
}

static int stuck_there; /* any thread, __atomic */

static sley_promise *stuck(void *ctx)
{
  sley_resolver *r;
  (void)ctx;
  __atomic_store_n(&stuck_there, 1, __ATOMIC_RELAXED);
  return sley_pending(&r);
}

static sley_promise *ask_and_stick(sley_value *arg)
{
  (void)arg;
  return sley_cross_once_run(once, stuck, NULL);
}

static void silence(void *ctx, const char *line)
{
  (void)ctx;
  (void)line;
}

static void once_for_all(void **state)
{
  (void)state;
  sley_domain *ds[2] = {start("a"), start("b")};
  sley_promise *ps[10];
  runs = 0;
  failures_left = 2;
  assert_null(sley_cross_once_new(&once));
  for (int i = 0; i < 10; i++) ps[i] = sley_call(ds[i % 2], ask_once, sley_unit());
  int failed = 0;
  for (int i = 0; i < 10; i++) {
    sley_error *e = sley_run(ps[i], NULL);
    failed += e != NULL;
    sley_error_drop(e);
  }
  assert_int_equal(failed, 2);
  assert_int_equal(runs, 3);
  run_gives(sley_cross_once_run(once, initialize, NULL), 0);
  assert_int_equal(runs, 3);
  sley_cross_once_drop(once);
  for (int i = 0; i < 2; i++) end_leaving_nothing(ds[i]);
}

static void the_one_who_runs_it_ends(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .report = silence};
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_domain_spawn(&o, &d));
  runs = failures_left = 0;
  assert_null(sley_cross_once_new(&once));
  stuck_there = 0;
  sley_promise *theirs = sley_call(d, ask_and_stick, sley_unit());
  WAIT_UNTIL(__atomic_load_n(&stuck_there, __ATOMIC_RELAXED) == 1);
  sley_promise *mine = sley_cross_once_run(once, initialize, NULL);
  sley_promise *tired = sley_cross_once_run(once, initialize, NULL);
  sley_cancel(tired);
  run_fails(tired, &sley_kind_sley, SLEY_ECANCELED);
  settle(sley_domain_shutdown(d, 0));
  settle(theirs);
  run_gives(mine, 0);
  assert_int_equal(runs, 1);
  sley_domain_drop(d);
  sley_cross_once_drop(once);
}

/* ---- barrier ---- */

static sley_cross_barrier *barrier;

static sley_promise *arrive(sley_value *arg)
{
  (void)arg;
  return sley_cross_barrier_wait(barrier);
}

static void barriers(void **state)
{
  (void)state;
  sley_domain *ds[3] = {start("a"), start("b"), start("c")};
  assert_int_equal(code_of_error(sley_cross_barrier_new(0, &barrier)), -SLEY_EINVAL);
  assert_null(sley_cross_barrier_new(3, &barrier));
  for (int round = 0; round < 50; round++) {
    sley_promise *tired = sley_cross_barrier_wait(barrier);
    sley_cancel(tired); /* as if it had never arrived */
    run_fails(tired, &sley_kind_sley, SLEY_ECANCELED);
    sley_promise *ps[3];
    for (int i = 0; i < 2; i++) ps[i] = sley_call(ds[i], arrive, sley_unit());
    rest(0);
    assert_true(sley_is_pending(ps[0]) && sley_is_pending(ps[1]));
    ps[2] = sley_call(ds[2], arrive, sley_unit());
    int64_t last = 0;
    for (int i = 0; i < 3; i++) {
      sley_value v;
      assert_null(sley_run(ps[i], &v));
      last += v.i;
    }
    assert_int_equal(last, 1);
  }
  for (int i = 0; i < 3; i++) end_leaving_nothing(ds[i]);
  sley_cross_barrier_drop(barrier);
}

static sley_promise *lock_and_let_go(void *ctx)
{
  (void)ctx;
  return sley_pause();
}

static sley_promise *just_run(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static sley_promise *pauses(void *ctx)
{
  (void)ctx;
  return sley_pause();
}

static sley_promise *held_open(void *ctx) { return sley_pending(ctx); }

/* ---- contexts ---- */

static int contexts; /* contexts of this thread's calls that are not dropped yet */

static void *context(void)
{
  contexts++;
  return malloc(1); /* the sanitizer reports one dropped twice or never */
}

static void context_drop(void *ctx)
{
  contexts--;
  free(ctx);
}

static void contexts_are_dropped_once(void **state)
{
  (void)state;
  sley_cross_mutex *m;
  sley_cross_once *o;
  contexts = 0;
  assert_null(sley_cross_mutex_new(&m));
  run_gives(sley_cross_mutex_with_lock(m, just_run, context(), context_drop), 0);
  assert_int_equal(contexts, 0);
  assert_int_equal(sley_cross_mutex_try_acquire(m), 0);
  sley_promise *waits = sley_cross_mutex_with_lock(m, just_run, context(), context_drop);
  sley_promise *tired = sley_cross_mutex_with_lock(m, just_run, context(), context_drop);
  assert_int_equal(contexts, 2);
  sley_cancel(tired);
  run_fails(tired, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(contexts, 1);
  sley_cross_mutex_unlock(m);
  run_gives(waits, 0);
  assert_int_equal(contexts, 0);
  sley_cross_mutex_drop(m);

  assert_null(sley_cross_once_new(&o));
  sley_promise *runs_it = sley_cross_once_run(o, pauses, context(), context_drop);
  waits = sley_cross_once_run(o, pauses, context(), context_drop);
  tired = sley_cross_once_run(o, pauses, context(), context_drop);
  assert_int_equal(contexts, 3);
  sley_cancel(tired);
  run_fails(tired, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(contexts, 2);
  run_gives(runs_it, 0);
  run_gives(waits, 0);
  run_gives(sley_cross_once_run(o, pauses, context(), context_drop), 0);
  assert_int_equal(contexts, 0);
  sley_cross_once_drop(o);
}

/* A domain ends while it waits: start never runs there. */
static int elsewhere_contexts; /* any thread, __atomic */

static void elsewhere_drop(void *ctx)
{
  __atomic_sub_fetch(&elsewhere_contexts, 1, __ATOMIC_RELAXED);
  free(ctx);
}

static sley_promise *wait_for_both(sley_value *arg)
{
  (void)arg;
  __atomic_add_fetch(&elsewhere_contexts, 2, __ATOMIC_RELAXED);
  sley_promise *ps[] = {sley_cross_mutex_with_lock(mutex, just_run, malloc(1), elsewhere_drop),
                        sley_cross_once_run(once, just_run, malloc(1), elsewhere_drop)};
  return sley_join(ps, 2);
}

static void contexts_of_a_domain_that_ends(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .report = silence};
  elsewhere_contexts = 0;
  assert_null(sley_cross_mutex_new(&mutex));
  assert_null(sley_cross_once_new(&once));
  assert_int_equal(sley_cross_mutex_try_acquire(mutex), 0);
  sley_resolver *r;
  sley_promise *begun = sley_cross_once_run(once, held_open, &r);
  assert_null(sley_domain_spawn(&o, &d));
  sley_promise *theirs = sley_call(d, wait_for_both, sley_unit());
  sley_domain_flush();
  WAIT_UNTIL(__atomic_load_n(&elsewhere_contexts, __ATOMIC_RELAXED) == 2);
  settle(sley_domain_shutdown(d, 0));
  settle(theirs);
  assert_int_equal(elsewhere_contexts, 0);
  sley_cross_mutex_unlock(mutex);
  sley_fulfill(&r, sley_unit());
  run_gives(begun, 0);
  sley_domain_drop(d);
  sley_cross_once_drop(once);
  sley_cross_mutex_drop(mutex);
}

static void without_memory(void)
{
  contexts = 0;
  sley_cross_barrier *b = NULL;
  sley_cross_once *o = NULL;
  sley_cross_condition *c = NULL;
  if (sley_cross_mutex_new(&mutex) == NULL) {
    sley_promise *a = sley_cross_mutex_with_lock(mutex, lock_and_let_go, context(), context_drop);
    sley_promise *z = sley_cross_mutex_with_lock(mutex, lock_and_let_go, NULL);
    settle(a);
    settle(z);
    assert_int_equal(contexts, 0);
    if (sley_cross_condition_new(&c) == NULL) {
      bool held = false; /* the first call may find no memory for the domain's seat */
      for (int i = 0; i < 8 && !held; i++) held = sley_cross_mutex_try_acquire(mutex) == 0;
      assert_true(held || heap.fail_every != 0); /* the mutex is released on failure */
      sley_promise *p = held ? sley_cross_condition_wait(c, mutex) : sley_return(sley_unit());
      if (sley_is_pending(p)) {
        sley_cross_condition_signal(c);
        sley_error *e = sley_run(p, NULL);
        held = e == NULL;
        sley_error_drop(e);
      } else {
        sley_drop(p);
      }
      if (held) sley_cross_mutex_unlock(mutex);
      sley_cross_condition_drop(c);
    }
    sley_cross_mutex_drop(mutex);
  }
  if (sley_cross_once_new(&o) == NULL)
    settle(sley_cross_once_run(o, just_run, context(), context_drop));
  assert_int_equal(contexts, 0);
  sley_cross_once_drop(o);
  if (sley_cross_barrier_new(2, &b) == NULL) {
    sley_promise *first = sley_cross_barrier_wait(b);
    bool there = sley_is_pending(first);
    sley_promise *second = sley_cross_barrier_wait(b);
    if (!there && sley_is_pending(second)) sley_cancel(second);
    if (there && sley_is_pending(first) && !sley_is_pending(second) &&
        sley_state(second) == SLEY_PROMISE_STATE_REJECTED)
      sley_cancel(first);
    settle(first);
    settle(second);
  }
  sley_cross_barrier_drop(b);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

/* In flight to a waiter that has gone: a signal goes to the next waiter, a broadcast only concerned those waiting
 * then. */
static void on_the_way_to_nobody(void **state)
{
  (void)state;
  sley_cross_condition *c;
  assert_null(sley_cross_condition_new(&c));
  for (int all = 0; all < 2; all++) {
    sley_promise *gone = sley_cross_condition_wait(c, NULL);
    if (all) sley_cross_condition_broadcast(c);
    else sley_cross_condition_signal(c);
    sley_cancel(gone);
    run_fails(gone, &sley_kind_sley, SLEY_ECANCELED);
    sley_promise *later = sley_cross_condition_wait(c, NULL);
    for (int i = 0; i < 10; i++) run_gives(sley_pause(), 0);
    assert_int_equal(sley_is_pending(later), all);
    if (all) sley_cross_condition_signal(c);
    run_gives(later, 0);
  }
  sley_cross_condition_drop(c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(on_the_way_to_nobody),
      TEST(mutual_exclusion),
      TEST(canceled_waits_pass_it_on),
      TEST(the_holder_ends),
      TEST(conditions),
      TEST(once_for_all),
      TEST(the_one_who_runs_it_ends),
      TEST(barriers),
      TEST(contexts_are_dropped_once),
      TEST(contexts_of_a_domain_that_ends),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
