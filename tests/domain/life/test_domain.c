/* Domains: calls, order, canceling, credits, nesting, posts, shutdown; nothing is left behind.
 * Tests src/domain/life/spawn.c, src/domain/life/shutdown.c, src/domain/link/call.c, src/domain/link/post.c. */
#include <pthread.h>

#include "support/domains.h"

static sley_promise *twice(sley_value *arg) { return sley_return(sley_int(arg->i * 2)); }

static sley_promise *failing(sley_value *arg)
{
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "no %d", (int)arg->i));
}

static void calls_answer(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  run_gives(sley_call(d, twice, sley_int(21)), 42);
  run_fails(sley_call(d, failing, sley_int(7)), &sley_kind_sley, SLEY_EINVAL);
  sley_value text, back;
  assert_null(sley_text("hello", &text));
  assert_null(sley_run(sley_call(d, give_back, text), &back));
  assert_string_equal(sley_value_ptr(&back, &sley_type_text), "hello");
  sley_value_drop(&back);
  end_leaving_nothing(d);
}

static const sley_type unsendable_type = {.size = sizeof(sley_type), .name = "stays"};

static void types_that_stay_are_refused(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  run_fails(sley_call(d, give_back, sley_own(&d, &unsendable_type)), &sley_kind_sley, SLEY_ESEND);
  end_leaving_nothing(d);
}

enum { MANY = 20000 };
static int64_t next_seen;

static sley_promise *in_order(sley_value *arg)
{
  if (arg->i != next_seen++) return sley_fail(sley_error_closed());
  return sley_return(sley_int(arg->i));
}

static void many_calls_in_order_beyond_credit(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  static sley_promise *ps[MANY];
  next_seen = 0;
  for (int i = 0; i < MANY; i++) ps[i] = sley_call(d, in_order, sley_int(i));
  sley_promise *extra;
  assert_int_equal(sley_try_call(d, twice, sley_int(1), &extra), -SLEY_EAGAIN);
  run_gives(sley_join(ps, MANY), 0);
  sley_domain_counters c = {.size = sizeof(c)};
  sley_domain_counters_get(sley_domain_current(), &c);
  assert_int_equal(c.sent, MANY);
  assert_true(c.credit_waits > 0);
  assert_true(c.wakeups_sent <= c.batches);
  end_leaving_nothing(d);
}

static void calls_to_oneself(void **state)
{
  (void)state;
  sley_drop(sley_return(sley_unit()));
  sley_promise *p = sley_call(sley_domain_current(), twice, sley_int(4));
  assert_true(sley_is_pending(p));
  run_gives(p, 8);
}

static sley_domain *other;

static sley_promise *bounce(sley_value *arg)
{
  /* arg holds the levels left. Calls back into the domain named other. */
  if (arg->i == 0) return sley_return(sley_int(100));
  return sley_call(other, bounce, sley_int(arg->i - 1));
}

static void nesting_has_a_limit(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  other = d;
  run_gives(sley_call(d, bounce, sley_int(3)), 100);
  run_fails(sley_call(d, bounce, sley_int(4)), &sley_kind_sley, SLEY_EDEPTH);
  end_leaving_nothing(d);
}

static void canceling_a_call(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  for (int i = 0; i < 200; i++) {
    sley_promise *p = sley_call(d, i % 2 ? never : twice, sley_int(i));
    if (i % 3 == 0) run_gives(sley_call(d, twice, sley_int(i)), 2 * i);
    if (i % 5 == 0) sley_domain_flush();
    if (sley_is_pending(p)) {
      sley_cancel(p);
      run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
    } else {
      sley_drop(p);
    }
  }
  run_gives(sley_call(d, twice, sley_int(1)), 2);
  end_leaving_nothing(d);
}

static void no_more(sley_value *arg) { (void)arg; }

static void shutdown_answers_what_is_there(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *stuck = sley_call(d, never, sley_unit());
  sley_promise *quick = sley_call(d, twice, sley_int(3));
  sley_promise *down = sley_domain_shutdown(d, 0.01);
  run_gives(quick, 6);
  run_gives(down, 0);
  assert_int_equal(sley_state(stuck), SLEY_PROMISE_STATE_REJECTED);
  sley_drop(stuck);
  run_fails(sley_call(d, twice, sley_int(3)), &sley_kind_sley, SLEY_EGONE);
  assert_int_equal(sley_post(d, no_more, sley_unit()), -SLEY_EGONE);
  sley_domain_drop(d);
}

static sley_promise *stubborn(sley_value *arg)
{
  (void)arg;
  sley_resolver *r;
  return sley_pending(&r); /* cannot be canceled and is never settled */
}

static void what_refuses_to_end_is_counted(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *stuck = sley_call(d, stubborn, sley_unit());
  sley_value left;
  assert_null(sley_run(sley_domain_shutdown(d, 0.01), &left));
  assert_true(left.i >= 1);
  run_fails(stuck, &sley_kind_sley, SLEY_EGONE);
  sley_domain_drop(d);
}

static int posted; /* __atomic */

static void post(sley_value *arg) { __atomic_add_fetch(&posted, (int)arg->i, __ATOMIC_RELAXED); }

static void *post_many(void *domain)
{
  for (int i = 0; i < 10000; i++)
    while (sley_post(domain, post, sley_int(1)) != 0) {
    }
  return NULL;
}

static void posts_from_anywhere(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  pthread_t foreign[2];
  posted = 0;
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&foreign[i], NULL, post_many, d), 0);
  int mine = 0;
  for (int i = 0; i < 1000; i++) mine += sley_post(d, post, sley_int(1)) == 0;
  for (int i = 0; i < 2; i++) pthread_join(foreign[i], NULL);
  run_gives(sley_call(d, twice, sley_int(1)), 2);
  end_leaving_nothing(d);
  assert_int_equal(posted, 20000 + mine);
}

static void sixty_four_domains_all_to_all(void **state)
{
  (void)state;
  enum { N = 64 };
  sley_domain *ds[N];
  sley_promise *ps[N * 8];
  for (int i = 0; i < N; i++) ds[i] = start(NULL);
  other = ds[N - 1];
  for (int i = 0; i < N * 8; i++) ps[i] = sley_call(ds[i % N], bounce, sley_int(2));
  run_gives(sley_join(ps, N * 8), 0);
  for (int i = 0; i < N; i++) ps[i] = sley_domain_shutdown(ds[i], 5);
  run_gives(sley_join(ps, N), 0);
  for (int i = 0; i < N; i++) sley_domain_drop(ds[i]);
}

static sley_promise *call_home_often(sley_value *arg)
{
  sley_promise *ps[200];
  for (int i = 0; i < 200; i++) ps[i] = sley_call(other, twice, sley_int(arg->i + i));
  return sley_join(ps, 200);
}

static void two_domains_call_each_other_at_full_credit(void **state)
{
  (void)state;
  sley_domain *a = start("a");
  sley_drop(sley_return(sley_unit()));
  other = sley_domain_keep(sley_domain_current());
  sley_promise *ps[200];
  for (int i = 0; i < 200; i++) ps[i] = sley_call(a, call_home_often, sley_int(i));
  run_gives(sley_join(ps, 200), 0);
  sley_domain_drop(other);
  end_leaving_nothing(a);
}

int main(void)
{
  pthread_t first; /* checkers start a thread of their own together with the first one */
  if (pthread_create(&first, NULL, nothing, NULL) == 0) pthread_join(first, NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(calls_answer, setup, teardown),
      cmocka_unit_test_setup_teardown(types_that_stay_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(many_calls_in_order_beyond_credit, setup, teardown),
      cmocka_unit_test_setup_teardown(calls_to_oneself, setup, teardown),
      cmocka_unit_test_setup_teardown(nesting_has_a_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(canceling_a_call, setup, teardown),
      cmocka_unit_test_setup_teardown(shutdown_answers_what_is_there, setup, teardown),
      cmocka_unit_test_setup_teardown(what_refuses_to_end_is_counted, setup, teardown),
      cmocka_unit_test_setup_teardown(posts_from_anywhere, setup, teardown),
      cmocka_unit_test_setup_teardown(two_domains_call_each_other_at_full_credit, setup, teardown),
      cmocka_unit_test_setup_teardown(sixty_four_domains_all_to_all, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
