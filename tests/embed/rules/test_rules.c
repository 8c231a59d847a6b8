/* The rules of docs/libraries.md, as far as a program can show them: what a library hears that breaks one, and that what
 * it sets for a domain or the process is given back.
 * Tests src/promise/scheduler/process.c, src/reactor/run.c. */
#include <pthread.h>

#include "support/child.h"
#include "support/process.h"

static char said[2048];

/* ---- a library never runs, and needs a domain */

static sley_promise *runs(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_error_drop(sley_run(sley_return_unit(), NULL));
  return sley_return_unit();
}

static void run_inside(void)
{
  sley_error_drop(sley_run(sley_bind(sley_pause(), runs, NULL), NULL));
}

static void a_library_that_runs_is_told(void **state)
{
  (void)state;
  assert_true(aborted(run_in_child(run_inside, said, sizeof(said))));
  assert_non_null(strstr(said, "sley_run"));
  assert_non_null(strstr(said, "inside a callback of the same domain: return a promise instead"));
}

static void *elsewhere(void *ctx)
{
  sley_drop(sley_return_unit());
  return ctx;
}

static void call_elsewhere(void)
{
  pthread_t thread;
  sley_drop(sley_return_unit()); /* this thread has the default domain */
  if (pthread_create(&thread, NULL, elsewhere, NULL) == 0) pthread_join(thread, NULL);
}

static void a_thread_without_a_domain_is_told(void **state)
{
  (void)state;
  assert_true(aborted(run_in_child(call_elsewhere, said, sizeof(said))));
  assert_non_null(strstr(said, "was called on a thread without a domain"));
  assert_non_null(strstr(said, "sley_post"));
}

/* ---- users of the default runtime are counted, in every order */

static void finishes_in_every_order(void **state)
{
  (void)state;
  for (int order = 0; order < 2; order++) {
    assert_null(sley_configure(NULL)); /* the host */
    sley_promise *p = sley_return(sley_int(1));
    assert_null(sley_configure(NULL)); /* a part of it that runs by itself */
    assert_int_equal(sley_finish(), 0);
    assert_int_equal(sley_promise_value(p)->i, 1);
    if (order == 1) {
      assert_null(sley_configure(NULL));
      assert_int_equal(sley_finish(), 0);
    }
    sley_drop(p);
    assert_int_equal(sley_finish(), 0);
    assert_null(sley_domain_current());
  }
}

static void other_options_are_refused(void **state)
{
  (void)state;
  sley_runtime_options host = {.size = sizeof(host), .max_threads = 3};
  sley_runtime_options part = {.size = sizeof(part), .max_threads = 4};
  assert_null(sley_configure(&host));
  sley_drop(sley_return_unit());
  sley_error *e = sley_configure(&part);
  assert_non_null(e);
  assert_non_null(
      strstr(sley_error_message(e), "another part of the program has asked for other options"));
  sley_error_drop(e);
  assert_int_equal(sley_finish(), 0);
}

/* ---- setters give what was there */

static void hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void loop_told(void *ctx) { (void)ctx; }

static void slow(void *ctx, const char *site, const char *last, double seconds)
{
  (void)ctx;
  (void)site;
  (void)last;
  (void)seconds;
}

static bool accepts(const sley_error *e)
{
  (void)e;
  return true;
}

static sley_promise *resolves(void *ctx, const char *host)
{
  (void)ctx;
  (void)host;
  return sley_fail(sley_error_closed());
}

static void what_was_set_is_given_back(void **state)
{
  (void)state;
  int mine;
  const sley_trace trace = {.size = sizeof(trace)};
  const sley_dns_source source = {.size = sizeof(source), .name = "mine", .resolve = resolves};
  sley_hook none = sley_set_async_hook(hook, &mine), was = sley_set_async_hook(none.f, none.ctx);
  assert_true(was.f == hook && was.ctx == &mine);
  none = sley_set_unhandled_hook(hook, &mine);
  was = sley_set_unhandled_hook(none.f, none.ctx);
  assert_true(was.f == hook && was.ctx == &mine);
  sley_slow_hook quick = sley_set_slow_hook(2, slow, &mine);
  quick = sley_set_slow_hook(quick.seconds, quick.f, quick.ctx);
  assert_true(quick.seconds == 2);
  assert_true(quick.f == slow);
  assert_ptr_equal(quick.ctx, &mine);
  sley_trace_hook traced = sley_set_trace(&trace, &mine);
  traced = sley_set_trace(traced.trace, traced.ctx);
  assert_true(traced.trace == &trace && traced.ctx == &mine);
  size_t limit = sley_set_stack_limit(100000);
  assert_int_equal(sley_set_stack_limit(limit), 100000);
  sley_pause_notifier paused = sley_set_pause_notifier(NULL, &mine);
  sley_set_pause_notifier(paused.f, paused.ctx);
  sley_error_filter_fn *filter = sley_set_error_filter(accepts);
  assert_true(sley_set_error_filter(filter) == accepts);
  sley_loop_notifier told = sley_loop_set_wake(loop_told, &mine, NULL);
  told = sley_loop_set_wake(told.f, told.ctx, NULL);
  assert_true(told.f == loop_told && told.ctx == &mine);
  told = sley_loop_set_changed(loop_told, &mine, NULL);
  told = sley_loop_set_changed(told.f, told.ctx, NULL);
  assert_true(told.f == loop_told && told.ctx == &mine);
  const sley_dns_source *system = sley_dns_set_source(&source);
  assert_ptr_equal(sley_dns_set_source(system), &source);
  double spin = sley_domain_set_spin_time(0.25);
  assert_true(spin == -1 && sley_domain_set_spin_time(spin) == 0.25);
  sley_block_counters blocks = {.size = sizeof(blocks)};
  sley_block_counters_get(&blocks);
  assert_int_equal(blocks.limit, 0);
  assert_null(sley_block_set_limit(100 * blocks.block_size + 1));
  sley_block_counters_get(&blocks);
  assert_int_equal(blocks.limit, 100 * blocks.block_size);
  assert_null(sley_block_set_limit(0));
  assert_int_equal(sley_finish(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_library_that_runs_is_told),
      cmocka_unit_test(a_thread_without_a_domain_is_told),
      cmocka_unit_test(finishes_in_every_order),
      cmocka_unit_test(other_options_are_refused),
      cmocka_unit_test(what_was_set_is_given_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
