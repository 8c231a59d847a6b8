/* From a job back into a domain.
 * Tests src/preempt/main.c. */
#include "support/pools.h"

static pthread_t loop_thread;

static sley_promise *answer_here(sley_value *arg)
{
  assert_true(pthread_equal(pthread_self(), loop_thread) != 0);
  return sley_return(sley_int(arg->i + 1));
}

static sley_promise *add_one(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_int((int64_t)(intptr_t)ctx + 1));
}

static sley_promise *answer_later(sley_value *arg)
{
  return sley_bind(sley_sleep(0.002), add_one, (void *)(intptr_t)arg->i);
}

static sley_promise *answer_never(sley_value *arg)
{
  (void)arg;
  return sley_sleep(1000);
}

static sley_promise *answer_badly(sley_value *arg)
{
  (void)arg;
  return sley_fail(sley_error_new(&sley_kind_errno, EIO, "from the loop"));
}

static sley_promise *answer_local(sley_value *arg)
{
  (void)arg;
  return sley_return(local(0));
}

static sley_error *asks(sley_value *arg, sley_value *out)
{
  sley_value v;
  sley_error *e = sley_run_in_main(NULL, answer_here, sley_int(arg->i), &v);
  if (e == NULL) e = sley_run_in_main(NULL, answer_later, v, out);
  return e;
}

#define ASKS(name, function)                                \
  static sley_error *name(sley_value *arg, sley_value *out) \
  {                                                         \
    return sley_run_in_main(NULL, function, *arg, out);     \
  }
ASKS(asks_for_failure, answer_badly)
ASKS(asks_for_local, answer_local)
ASKS(asks_for_ever, answer_never)

/* B1.45: jobs run functions in the loop, one of which sleeps, and get their values. Several wait at once, and each is
 * answered by itself: defect (h) of Lwt is that they share a cell. */
static void the_answer_comes_back(void **state)
{
  (void)state;
  loop_thread = pthread_self();
  sley_promise *ps[20];
  for (int i = 0; i < 20; i++) ps[i] = sley_detach(NULL, asks, sley_int(i));
  for (int i = 0; i < 20; i++) run_gives(ps[i], i + 2);
  const char *text =
      run_fails(sley_detach(NULL, asks_for_failure, sley_unit()), &sley_kind_errno, EIO);
  assert_non_null(strstr(text, "from the loop"));
  tokens.dropped = 0;
  run_fails(sley_detach(NULL, asks_for_local, sley_unit()), &sley_kind_sley, SLEY_ESEND);
  assert_int_equal(tokens_dropped(), 1);
}

static void on_the_loops_thread_it_is_refused(void **state)
{
  (void)state;
  tokens.dropped = 0;
  sley_error *e = sley_run_in_main(NULL, answer_here, token(1), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EDEADLOCK));
  assert_non_null(strstr(sley_error_message(e), "sley_call"));
  sley_error_drop(e);
  e = sley_run_in_main(sley_domain_current(), answer_here, token(1), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EDEADLOCK));
  sley_error_drop(e);
  assert_int_equal(tokens_dropped(), 2);
}

static bool stranger_has_gone; /* any thread, __atomic */

static void *stranger(void *ctx)
{
  sley_value v;
  sley_error *e = sley_run_in_main(NULL, answer_here, sley_unit(), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(sley_run_in_main(ctx, answer_later, sley_int(4), &v));
  assert_int_equal(v.i, 5);
  __atomic_store_n(&stranger_has_gone, true, __ATOMIC_RELEASE);
  return NULL;
}

static void any_thread_may_call_a_domain_it_knows(void **state)
{
  (void)state;
  pthread_t thread;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  stranger_has_gone = false;
  assert_int_equal(pthread_create(&thread, NULL, stranger, here), 0);
  while (!__atomic_load_n(&stranger_has_gone, __ATOMIC_ACQUIRE)) run_gives(sley_sleep(0.005), 0);
  pthread_join(thread, NULL);
  sley_domain_drop(here);
}

/* A pool with one thread: the job waits for the loop, which waits for a job of the same pool. */
static sley_workers *narrow;

static sley_promise *needs_a_job(sley_value *arg)
{
  return sley_detach(narrow, doubled, token(arg->i));
}

static sley_error *nested(sley_value *arg, sley_value *out)
{
  return sley_run_in_main(NULL, needs_a_job, sley_int(arg->i), out);
}

static void a_thread_that_waits_makes_room(void **state)
{
  (void)state;
  narrow = pool_of(1);
  sley_promise *ps[8];
  for (int i = 0; i < 8; i++) ps[i] = sley_detach(narrow, nested, sley_int(i));
  for (int i = 0; i < 8; i++) run_gives(ps[i], i * 2);
  close_pool(narrow);
}

/* If no thread can substitute, one of the two is refused; nothing hangs. */
static void no_thread_to_stand_in(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 1), 0);
  narrow = pool_of(1);
  sley_error *e = sley_run(sley_detach(narrow, nested, sley_int(1)), NULL);
  assert_true(sley_error_is(e, &sley_kind_errno, EAGAIN));
  sley_error_drop(e);
  gate_close();
  sley_promise *first = sley_detach(narrow, nested, sley_int(1)),
               *second = sley_detach(narrow, doubled, token(2));
  int refused = 0;
  e = sley_run(first, NULL);
  refused += e != NULL && (sley_error_is(e, &sley_kind_sley, SLEY_EDEADLOCK) ||
                           sley_error_is(e, &sley_kind_errno, EAGAIN));
  sley_error_drop(e);
  e = sley_run(second, NULL);
  sley_error_drop(e);
  assert_int_equal(refused, 1);
  close_pool(narrow);
  assert_int_equal(finish(), 0);
}

static void the_domain_ends_while_it_waits(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 0), 0);
  sley_promise *p = sley_detach(NULL, asks_for_ever, sley_unit());
  run_gives(sley_sleep(0.01), 0);
  sley_cancel(p);
  sley_drop(p);
  assert_int_equal(finish(), 0); /* the job got SLEY_EGONE and returned */
}

/* ---- without waiting ---- */

static int ran, failures;

static sley_promise *note(sley_value *arg)
{
  ran += (int)arg->i;
  return arg->i == 3 ? answer_badly(arg) : sley_return(sley_unit());
}

static void failed(void *ctx, sley_error *e)
{
  assert_true(sley_error_is(e, &sley_kind_errno, EIO));
  ++*(int *)ctx;
}

static void failed_unheard(void *ctx, sley_error *e, const char *site)
{
  (void)site;
  failed(ctx, e);
}

static int contexts; /* any thread, __atomic */

static void context_drop(void *ctx)
{
  (void)ctx;
  __atomic_sub_fetch(&contexts, 1, __ATOMIC_RELAXED);
}

static sley_error *tells(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  for (int i = 1; i <= 3; i++)
    assert_int_equal(
        sley_run_in_main_dont_wait(NULL, note, sley_int(i), failed, &failures, context_drop), 0);
  assert_int_equal(sley_run_in_main_dont_wait(NULL, note, sley_int(3), NULL, NULL), 0);
  return NULL;
}

/* B1.46 and B1.47: the functions run later in the loop, and the handler gets the failure. */
static void without_waiting(void **state)
{
  (void)state;
  int unheard = 0;
  ran = failures = 0;
  contexts = 3;
  sley_set_async_hook(failed_unheard, &unheard);
  run_gives(sley_detach(NULL, tells, sley_unit()), 0);
  assert_int_equal(ran, 9); /* called before the job's result arrived */
  assert_int_equal(failures, 1);
  assert_int_equal(contexts, 0);
  assert_int_equal(unheard, 1);
  assert_int_equal(sley_run_in_main_dont_wait(NULL, note, sley_int(1), NULL, NULL), 0);
  run_gives(sley_sleep(0.001), 0);
  assert_int_equal(ran, 10);
  sley_set_async_hook(NULL, NULL);
}

static sley_promise *counts(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  ran++;
  return sley_return(sley_int(ran));
}

static sley_promise *sleeps_and_counts(void *ctx)
{
  return sley_bind(sley_sleep(ctx == NULL ? 0.001 : 0.003), counts, NULL);
}

static sley_promise *starts_work(sley_value *arg)
{
  (void)arg;
  sley_dont_wait(sleeps_and_counts, failed, &failures);
  return sleeps_and_counts(NULL);
}

static sley_error *asks_for_work(sley_value *arg, sley_value *out)
{
  return sley_run_in_main(NULL, starts_work, *arg, out);
}

/* B1.48: work that the function starts without waiting for it ends, too. */
static void work_started_in_the_loop_ends(void **state)
{
  (void)state;
  ran = failures = 0;
  run_gives(sley_detach(NULL, asks_for_work, sley_unit()), 1);
  WAIT_UNTIL(ran == 2);
  assert_int_equal(failures, 0);
}

static sley_error *tells_once(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  __atomic_add_fetch(&contexts, 1, __ATOMIC_RELAXED);
  int code = sley_run_in_main_dont_wait(NULL, note, sley_int(1), NULL, NULL, context_drop);
  if (code != 0) assert_int_equal(__atomic_load_n(&contexts, __ATOMIC_RELAXED), 0);
  return NULL;
}

static void telling_without_memory(void)
{
  contexts = 0;
  if (ran_or_no_memory(sley_detach(NULL, tells_once, sley_unit()), NULL))
    assert_int_equal(__atomic_load_n(&contexts, __ATOMIC_RELAXED), 0);
}

static void calls_without_memory(void)
{
  sley_value v;
  loop_thread = pthread_self();
  if (ran_or_no_memory(sley_detach(NULL, asks, sley_int(1)), &v)) assert_int_equal(v.i, 3);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(calls_without_memory);
  each_allocation_fails(telling_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_answer_comes_back),
      TEST(on_the_loops_thread_it_is_refused),
      TEST(any_thread_may_call_a_domain_it_knows),
      TEST(a_thread_that_waits_makes_room),
      cmocka_unit_test(no_thread_to_stand_in),
      cmocka_unit_test(the_domain_ends_while_it_waits),
      TEST(without_waiting),
      TEST(work_started_in_the_loop_ends),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
