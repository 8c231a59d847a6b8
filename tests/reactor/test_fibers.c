/* Fibers under the loop: they sleep, wait for each other, and cannot run it themselves.
 * Tests src/reactor/timer.c, src/reactor/park.c. */
#include <signal.h>

#include "support/child.h"
#include "support/process.h"

static sley_promise *nap(void *ctx)
{
  for (int i = 0; i < 3; i++) {
    sley_error *e = sley_await(sley_sleep(0.001), NULL);
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_int(*(int *)ctx));
}

static void the_loop_runs_fibers(void **state)
{
  (void)state;
  int one = 1;
  run_gives(sley_spawn(nap, &one), 1);
  sley_promise *many[100];
  for (int i = 0; i < 100; i++) many[i] = sley_spawn(nap, &one);
  assert_null(sley_run(sley_join(many, 100), NULL));
}

static sley_promise *at_once(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(7));
}

/* Lwt_direct 6.1.2 sleeps for a minute here, because the fiber ends before the loop's first turn. */
static void a_fiber_that_has_ended_does_not_stall_the_loop(void **state)
{
  (void)state;
  sley_time begin = sley_now();
  run_gives(sley_spawn(at_once, NULL), 7);
  assert_true(sley_now() - begin < 30 * SLEY_SECOND);
}

static void deadlines_cancel_fibers(void **state)
{
  (void)state;
  int one = 1;
  sley_promise *p = sley_spawn(nap, &one);
  run_fails(sley_with_timeout(p, 0.0001), &sley_kind_sley, SLEY_ETIMEOUT);
}

static sley_promise *for_ever(void *ctx)
{
  *(int *)ctx = 1;
  sley_error *e = sley_await(sley_sleep(3600), NULL);
  if (e != NULL && sley_error_is_canceled(e)) *(int *)ctx = 2;
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static int seen; /* written by the domain's fiber; read after the domain has ended */
static sley_promise *start(sley_value *arg)
{
  (void)arg;
  sley_spawn_async(for_ever, &seen);
  return sley_return(sley_unit());
}

/* In a domain of its own: the background fiber is notified at the end. */
static void domains_end_with_their_fibers(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof o, .name = "other", .start = start};
  seen = 0;
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_domain_shutdown(d, 1), 0);
  sley_domain_drop(d);
  assert_int_equal(seen, 2);
  sley_spawn_async(for_ever, &seen); /* and in this domain, by sley_finish */
}

static sley_promise *run_inside(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_run(sley_return(sley_unit()), NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static sley_promise *step_inside(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_step(0);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static void run_inside_a_fiber(void) { sley_drop(sley_spawn(run_inside, NULL)); }
static void step_inside_a_fiber(void) { sley_drop(sley_spawn(step_inside, NULL)); }

static void says(void (*f)(void), const char *function)
{
  char text[1024];
  assert_true(aborted(run_in_child(f, text, sizeof text)));
  assert_non_null(strstr(text, function));
  assert_non_null(strstr(text, "sley_await"));
}

static void the_loop_is_refused_inside_a_fiber(void **state)
{
  (void)state;
  says(run_inside_a_fiber, "sley_run inside fiber");
  says(step_inside_a_fiber, "sley_step inside fiber");
}

static void scenario(void)
{
  int one = 1;
  sley_promise *both = sley_join(SLEY_PROMISES(sley_spawn(nap, &one), sley_spawn(nap, &one)));
  (void)ran_or_no_memory(both, NULL);
}

static void with_failing_memory(void **state)
{
  (void)state;
  each_allocation_fails(scenario);
}

int main(void)
{
  const struct CMUnitTest first[] = {cmocka_unit_test(the_loop_is_refused_inside_a_fiber)};
  const struct CMUnitTest tests[] = {
      TEST(the_loop_runs_fibers),
      TEST(a_fiber_that_has_ended_does_not_stall_the_loop),
      TEST(deadlines_cancel_fibers),
      TEST(domains_end_with_their_fibers),
      cmocka_unit_test(with_failing_memory),
  };
  return cmocka_run_group_tests_name("refused", first, NULL, NULL) +
         cmocka_run_group_tests_name("fibers under the loop", tests, NULL, NULL);
}
