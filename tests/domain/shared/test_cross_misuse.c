/* Misuse of shared objects during a hand-over between domains: each case aborts with a message, in a child.
 * Tests src/domain/shared/cross_mutex.c, src/domain/shared/shared.c. */
#include "support/child.h"
#include "support/domains.h"

static sley_cross_mutex *mutex;

static void lock(void)
{
  if (sley_cross_mutex_new(&mutex) != NULL || sley_run(sley_cross_mutex_lock(mutex), NULL) != NULL)
    _exit(1);
}

/* Fault 33. */
static void unlocked_twice_during_a_hand_over(void)
{
  lock();
  sley_drop(sley_cross_mutex_lock(mutex));
  sley_cross_mutex_unlock(mutex);
  sley_cross_mutex_unlock(mutex);
}

static sley_promise *unlock_inside(void *ctx)
{
  (void)ctx;
  sley_cross_mutex_unlock(mutex); /* with_lock unlocks it again */
  return sley_return(sley_unit());
}

#define WAIT_HERE "sley_cross_condition_wait at here:2"

static void unlocked_inside_with_lock(void)
{
  lock();
  sley_promise *second = sley_cross_mutex_lock(mutex);
  sley_cross_mutex_unlock(mutex);
  if (sley_run(second, NULL) != NULL) _exit(1);
  second = sley_cross_mutex_with_lock(mutex, unlock_inside, NULL);
  sley_drop(sley_cross_mutex_lock(mutex));
  sley_cross_mutex_unlock(mutex);
  sley_error_drop(sley_run(second, NULL));
}

static void waited_for_a_condition_without_the_mutex(void)
{
  sley_cross_condition *condition;
  lock();
  sley_drop(sley_cross_mutex_lock(mutex));
  sley_cross_mutex_unlock(mutex);
  if (sley_cross_condition_new(&condition) != NULL) _exit(1);
  sley_drop(sley_cross_condition_wait_at("here:2", condition, mutex));
}

static void waited_for_a_condition_with_a_free_mutex(void)
{
  sley_cross_condition *condition;
  if (sley_cross_mutex_new(&mutex) != NULL || sley_cross_condition_new(&condition) != NULL)
    _exit(1);
  sley_drop(sley_cross_condition_wait_at("here:2", condition, mutex));
}

static void unlocked_where_it_is_free(void)
{
  lock();
  sley_cross_mutex_unlock(mutex);
  sley_cross_mutex_unlock(mutex);
}

static sley_remote *remote;

static void answered_twice(void)
{
  sley_promise *p = sley_remote_new_at("here:1", &remote);
  sley_remote *copy = remote;
  if (sley_remote_fulfill(&remote, sley_int(1)) != 0) _exit(1);
  sley_remote_fulfill(&copy, sley_int(2));
  sley_drop(p);
}

static void given_up_twice(void)
{
  sley_promise *p = sley_remote_new_at("here:1", &remote);
  sley_remote *copy = remote;
  sley_value v = sley_remote_to_value(&remote);
  sley_value_drop(&v);
  sley_remote_drop(&copy);
  sley_drop(p);
}

static void (*case_run)(void);
static void run_case(void)
{
  alarm(10);
  case_run();
}

static void misuse_aborts(void **state)
{
  static const struct {
    void (*run)(void);
    const char *says;
  } cases[] = {
      {unlocked_twice_during_a_hand_over, "domain main unlocks a mutex that is being handed"},
      {unlocked_inside_with_lock, "domain main unlocks a mutex that is being handed"},
      {waited_for_a_condition_without_the_mutex,
       WAIT_HERE " in domain main was given a mutex that is being handed"},
      {waited_for_a_condition_with_a_free_mutex,
       WAIT_HERE " in domain main was given a mutex that is held by nobody: lock it first"},
      {unlocked_where_it_is_free, "held by nobody"},
      {answered_twice, "made at here:1 was answered twice"},
      {given_up_twice, "made at here:1 was answered twice"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    static char text[65536]; /* checkers write stack traces */
    case_run = cases[i].run;
    int status = run_in_child(run_case, text, sizeof(text));
    if (!aborted(status) || !strstr(text, cases[i].says))
      fail_msg("case %zu: status %x, %s", i, (unsigned)status, text);
  }
}

/* A domain ends while a mutex is being handed to it: unlocking it during that end is no misuse, and the mutex goes
 * to the next waiter. */
static sley_promise *stay(void *ctx)
{
  (void)ctx;
  return sley_sleep(1000);
}

static sley_promise *lock_and_stay(sley_value *arg)
{
  (void)arg;
  return sley_cross_mutex_with_lock(mutex, stay, NULL);
}

static void unlocking_at_the_end_is_no_misuse(void **state)
{
  (void)state;
  for (int i = 0; i < 50; i++) {
    assert_null(sley_cross_mutex_new(&mutex));
    run_gives(sley_cross_mutex_lock(mutex), 0);
    sley_domain *d = start("ends");
    sley_drop(sley_call(d, lock_and_stay, sley_unit()));
    sley_promise *next = sley_cross_mutex_lock(mutex);
    sley_promise *over = sley_domain_shutdown(d, 0);
    sley_cross_mutex_unlock(mutex);
    sley_error_drop(sley_run(over, NULL));
    sley_domain_drop(d);
    sley_error *e = sley_run(next, NULL);
    if (e != NULL) { /* the domain got it and ended without unlocking it */
      assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EGONE));
      assert_true(sley_cross_mutex_try_acquire(mutex) == 0);
      sley_error_drop(e);
    }
    sley_cross_mutex_unlock(mutex);
    sley_cross_mutex_drop(mutex);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(misuse_aborts),
      TEST(unlocking_at_the_end_is_no_misuse),
  };
  return cmocka_run_group_tests_name("misuse of what domains share", tests, NULL, NULL);
}
