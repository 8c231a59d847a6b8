/* Posts: how many can wait, and that none overtakes a call.
 * Tests src/domain/link/post.c. */
#include <pthread.h>

#include "support/domains.h"

static void nothing_much(sley_value *arg) { (void)arg; }

static void *post_beyond(void *domain)
{
  int code = 0;
  for (int i = 0; i < 200000 && code == 0; i++) code = sley_post(domain, nothing_much, token(i));
  return (void *)(intptr_t)code;
}

static void posts_have_limits(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *busy = hold_domain(d);
  int code = 0;
  for (int i = 0; i < 2000 && code == 0; i++) code = sley_post(d, nothing_much, token(i));
  assert_int_equal(code, -SLEY_EAGAIN);
  pthread_t foreign;
  void *result;
  assert_int_equal(pthread_create(&foreign, NULL, post_beyond, d), 0);
  pthread_join(foreign, &result);
  assert_int_equal((int)(intptr_t)result, -SLEY_EAGAIN);
  let_go();
  run_gives(busy, 0);
  sley_domain_counters c = {.size = sizeof(c)};
  sley_domain_counters_get(sley_domain_current(), &c);
  assert_int_equal(c.refused, 1);
  end_leaving_nothing(d);
  assert_int_equal(tokens_alive(), 0);
}

static int64_t calls_seen; /* only the called domain's */

static sley_promise *count_call(sley_value *arg)
{
  calls_seen++;
  return sley_return(*arg);
}

static void note_calls(sley_value *arg)
{
  __atomic_store_n((int64_t *)arg->ptr, calls_seen, __ATOMIC_RELAXED);
}

static void posts_overtake_no_calls(void **state)
{
  (void)state;
  static int64_t noted; /* any thread, __atomic */
  sley_domain *d = start("one");
  enum { MANY = 2000 };
  static sley_promise *ps[MANY];
  calls_seen = 0;
  for (int i = 0; i < MANY; i++) ps[i] = sley_call(d, count_call, sley_int(i)); /* some wait */
  assert_int_equal(sley_post(d, note_calls, sley_borrow(&noted)), -SLEY_EAGAIN);
  int code = -SLEY_EAGAIN;
  while (code == -SLEY_EAGAIN) {
    rest(0);
    code = sley_post(d, note_calls, sley_borrow(&noted));
  }
  assert_int_equal(code, 0);
  run_gives(sley_join(ps, MANY), 0);
  end_leaving_nothing(d);
  assert_int_equal(__atomic_load_n(&noted, __ATOMIC_RELAXED), MANY);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(posts_have_limits),
      TEST(posts_overtake_no_calls),
  };
  return cmocka_run_group_tests_name("posts", tests, NULL, NULL);
}
