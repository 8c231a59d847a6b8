/* Deadlines, calls to all domains, errors on their way back, remote resolvers.
 * Tests src/domain/link/call.c, src/domain/link/call_message.c, src/domain/link/serve.c, src/domain/link/remote.c. */
#include "support/domains.h"

static sley_promise *nothing_there(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

static int begun; /* any thread, __atomic */

static sley_promise *begin_and_wait(sley_value *arg)
{
  __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
  return never(arg);
}

static const sley_call_options later = {sizeof(sley_call_options), 60};

static void the_time_is_over(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_domain_counters c = {.size = sizeof(c)};
  begun = 0;
  /* The call begins in time unless the machine is very busy; then the next attempt allows more time. */
  for (double time = 0.02; __atomic_load_n(&begun, __ATOMIC_RELAXED) == 0; time *= 2) {
    sley_call_options soon = {sizeof(soon), time};
    uint64_t expired = c.expired;
    run_fails(sley_call_with(d, &soon, begin_and_wait, token(1)), &sley_kind_sley, SLEY_ETIMEOUT);
    run_gives(sley_call(d, nothing_there, sley_unit()), 0); /* it has been read by now */
    sley_domain_counters_get(d, &c);
    assert_int_equal(__atomic_load_n(&begun, __ATOMIC_RELAXED) + (int)(c.expired - expired), 1);
  }
  end_leaving_nothing(d); /* it was canceled in d: nothing is left */
  assert_int_equal(tokens_alive(), 0);
}

static void expired_calls_are_not_begun(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  begun = 0;
  sley_promise *busy = hold_domain(d);
  static const sley_call_options soon = {sizeof(sley_call_options), 0.01};
  for (int i = 0; i < 5; i++)
    run_fails(sley_call_with(d, &soon, begin_and_wait, token(i)), &sley_kind_sley, SLEY_ETIMEOUT);
  let_go();
  run_gives(busy, 0);
  run_gives(sley_call(d, nothing_there, sley_unit()), 0);
  sley_domain_counters c = {.size = sizeof(c)};
  sley_domain_counters_get(d, &c);
  assert_int_equal(__atomic_load_n(&begun, __ATOMIC_RELAXED), 0);
  assert_int_equal(c.expired, 5);
  end_leaving_nothing(d);
  assert_int_equal(tokens_alive(), 0);
}

static sley_domain *third;
static int64_t left_there;

static sley_promise *how_long(sley_value *arg)
{
  (void)arg;
  left_there = sley_call_time_left();
  return sley_return(sley_int(left_there));
}

static sley_promise *ask_third(sley_value *arg)
{
  static const sley_call_options minutes = {sizeof(sley_call_options), 600};
  if (arg->i == 1) return sley_call_with(third, &minutes, how_long, sley_unit());
  return sley_call(third, how_long, sley_unit());
}

static void deadlines_are_inherited(void **state)
{
  (void)state;
  sley_value v;
  sley_domain *d = start("one");
  third = start("third");
  assert_int_equal(sley_call_time_left(), -1);
  run_gives(sley_call(d, how_long, sley_unit()), -1);
  for (int own = 0; own < 2; own++) { /* the earlier deadline counts */
    assert_null(sley_run(sley_call_with(d, &later, ask_third, sley_int(own)), &v));
    assert_true(v.i > 0 && v.i <= 60 * SLEY_SECOND);
  }
  run_gives(sley_call(d, ask_third, sley_int(0)), -1);
  sley_call_options wrong = {sizeof(wrong), -1};
  run_fails(sley_call_with(d, &wrong, how_long, token(1)), &sley_kind_sley, SLEY_EINVAL);
  end_leaving_nothing(d);
  end_leaving_nothing(third);
  assert_int_equal(tokens_alive(), 0);
}

static sley_promise *fail_with_cause(sley_value *arg)
{
  (void)arg;
  sley_error *cause = sley_error_new(&sley_kind_errno, 2, "no such thing");
  return sley_fail(sley_error_wrap(cause, "opening the shop"));
}

static void errors_come_home_whole(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  const char *text = run_fails(sley_call(d, fail_with_cause, sley_unit()), &sley_kind_errno, 2);
  assert_non_null(strstr(text, "opening the shop"));
  assert_non_null(strstr(text, "because: no such thing"));
  assert_non_null(strstr(text, "test_calls.c:"));
  end_leaving_nothing(d);
}

/* ---- remote resolvers ---- */

static void *answer_token(void *handle)
{
  sley_remote *r = handle;
  assert_true(sley_remote_is_wanted(r));
  usleep(2000);
  assert_int_equal(sley_remote_fulfill(&r, token(42)), 0);
  assert_null(r);
  return NULL;
}

static void *give_up_on_it(void *handle)
{
  sley_remote *r = handle;
  sley_remote_drop(&r);
  return NULL;
}

static void *reject_it(void *handle)
{
  sley_remote *r = handle;
  sley_remote_reject(&r, sley_error_new(&sley_kind_sley, SLEY_EEMPTY, "nothing"));
  return NULL;
}

static void on_thread(void *(*f)(void *), sley_remote *r, pthread_t *thread)
{
  assert_int_equal(pthread_create(thread, NULL, f, r), 0);
}

static void answers_of_foreign_threads(void **state)
{
  (void)state;
  sley_remote *r;
  pthread_t thread;
  sley_promise *p = sley_remote_new(&r);
  on_thread(answer_token, r, &thread);
  assert_int_equal(run_token(p), 42);
  pthread_join(thread, NULL);
  p = sley_remote_new(&r);
  on_thread(give_up_on_it, r, &thread);
  run_fails(p, &sley_kind_sley, SLEY_EABANDONED);
  pthread_join(thread, NULL);
  p = sley_remote_new(&r);
  on_thread(reject_it, r, &thread);
  run_fails(p, &sley_kind_sley, SLEY_EEMPTY);
  pthread_join(thread, NULL);
  /* Canceled earlier: the value is dropped once. */
  p = sley_remote_new(&r);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_false(sley_remote_is_wanted(r));
  assert_int_equal(sley_remote_fulfill(&r, token(1)), 0);
  p = sley_remote_new(&r);
  assert_int_equal(sley_remote_fulfill(&r, stays(1)), -SLEY_ESEND);
  run_fails(p, &sley_kind_sley, SLEY_ESEND);
  r = NULL;
  assert_int_equal(sley_remote_fulfill(&r, token(1)), 0);
  sley_remote_drop(&r);
  rest(0.005);
  assert_int_equal(tokens_alive(), 0);
}

static sley_promise *answer_as_asked(sley_value *arg)
{
  sley_remote *r = sley_remote_take(arg);
  int code = sley_remote_fulfill(&r, token(5));
  return sley_return(sley_int(code));
}

static void a_resolver_travels(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_remote *r;
  sley_promise *p = sley_remote_new(&r);
  run_gives(sley_call(d, answer_as_asked, sley_remote_to_value(&r)), 0);
  assert_int_equal(run_token(p), 5);
  p = sley_remote_new(&r); /* abandoned: the value is dropped unread */
  sley_value v = sley_remote_to_value(&r);
  sley_value_drop(&v);
  run_fails(p, &sley_kind_sley, SLEY_EABANDONED);
  end_leaving_nothing(d);
}

static sley_remote *left_behind; /* any thread, __atomic */

static sley_promise *make_task(sley_value *arg)
{
  sley_remote *r;
  (void)arg;
  sley_promise *p = sley_remote_new(&r);
  __atomic_store_n(&left_behind, r, __ATOMIC_RELEASE);
  return p;
}

static void the_domain_that_waits_ends(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  left_behind = NULL;
  sley_promise *p = sley_call(d, make_task, sley_unit());
  while (__atomic_load_n(&left_behind, __ATOMIC_ACQUIRE) == NULL) rest(0.001);
  sley_promise *down = sley_domain_shutdown(d, 0);
  run_gives(down, 0);
  settle(p);
  assert_false(sley_remote_is_wanted(left_behind));
  assert_int_equal(sley_remote_fulfill(&left_behind, token(1)), 0);
  assert_int_equal(tokens_alive(), 0);
  sley_domain_drop(d);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_domain *d = start_or_none("one");
  if (d != NULL) {
    sley_remote *r;
    sley_promise *p = sley_remote_new(&r);
    if (r != NULL) assert_int_equal(sley_remote_fulfill(&r, token(1)), 0);
    settle(p);
    settle(sley_call_with(d, &later, give_back, token(2)));
    end(d);
  }
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

/* ---- canceling nested calls ---- */

static sley_domain *innermost;
static int nested_begun, nested_canceled; /* any thread, __atomic */

static void nested_cancel(void *ctx)
{
  (void)ctx;
  __atomic_store_n(&nested_canceled, 1, __ATOMIC_RELEASE);
}

static sley_promise *wait_inside(sley_value *arg)
{
  (void)arg;
  sley_promise *p = sley_sleep(1000);
  sley_on_cancel(p, nested_cancel, NULL);
  __atomic_store_n(&nested_begun, 1, __ATOMIC_RELEASE);
  return p;
}

static sley_promise *call_inside(sley_value *arg)
{
  if (arg->i == 0) return sley_call(innermost, wait_inside, sley_unit());
  return sley_call(sley_domain_current(), call_inside, sley_int(arg->i - 1));
}

static void comes(const int *flag)
{
  for (int i = 0; i < 5000 && !__atomic_load_n(flag, __ATOMIC_ACQUIRE); i++)
    run_gives(sley_sleep(0.001), 0);
  assert_true(__atomic_load_n(flag, __ATOMIC_ACQUIRE));
}

/* At any depth: the domain working for a canceled call is notified of the cancel. */
static void nested_calls_are_canceled(void **state)
{
  (void)state;
  sley_domain *d = start("between");
  innermost = start("innermost");
  for (int64_t depth = 0; depth < 3; depth++) {
    nested_begun = nested_canceled = 0;
    sley_promise *p = sley_call(d, call_inside, sley_int(depth));
    comes(&nested_begun);
    sley_cancel(p);
    run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
    comes(&nested_canceled);
  }
  end_leaving_nothing(d);
  end_leaving_nothing(innermost);
}

/* sley_try_call does not overtake calls that wait for credit. */
static sley_promise *count_up_there(sley_value *arg)
{
  static int64_t last; /* only that domain's */
  if (arg->i == 0) last = 0;
  return sley_return(sley_int(arg->i == last ? ++last : -1));
}

static void no_call_overtakes_those_that_wait(void **state)
{
  (void)state;
  enum { CALLS = 500 };
  static sley_promise *ps[CALLS];
  sley_domain *d = start("in order");
  for (int64_t i = 0; i < CALLS; i++) {
    ps[i] = sley_call(d, count_up_there, sley_int(i));
    if (i % 100 != 50) continue;
    sley_promise *p;
    int code = sley_try_call(d, count_up_there, sley_int(-2), &p);
    if (code == 0) run_gives(p, -1);
    else assert_int_equal(code, -SLEY_EAGAIN);
  }
  sley_promise *p; /* all credit is in use, and calls wait */
  assert_int_equal(sley_try_call(d, count_up_there, sley_int(-2), &p), -SLEY_EAGAIN);
  for (int64_t i = 0; i < CALLS; i++) run_gives(ps[i], i + 1);
  end_leaving_nothing(d);
}

static sley_promise *answer_later(sley_value *arg)
{
  (void)arg;
  __atomic_store_n(&nested_begun, 1, __ATOMIC_RELEASE);
  return sley_sleep(0.05);
}

/* A domain that is shutting down lets the calls it serves finish within the patience it was given. */
static void what_is_served_is_waited_for(void **state)
{
  (void)state;
  sley_domain *d = start("patient");
  nested_begun = 0;
  sley_promise *p = sley_call(d, answer_later, sley_unit());
  comes(&nested_begun);
  sley_promise *over = sley_domain_shutdown(d, 1000);
  run_gives(p, 0);
  run_gives(over, 0);
  sley_domain_drop(d);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_is_served_is_waited_for),
      TEST(nested_calls_are_canceled),
      TEST(no_call_overtakes_those_that_wait),
      TEST(the_time_is_over),
      TEST(expired_calls_are_not_begun),
      TEST(deadlines_are_inherited),
      TEST(errors_come_home_whole),
      TEST(answers_of_foreign_threads),
      TEST(a_resolver_travels),
      TEST(the_domain_that_waits_ends),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
