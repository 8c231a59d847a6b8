/* Several parts of a program, such as a library and its host, share the default runtime: who ends it, whose options
 * count, and how hooks are chained. (fault 43)
 * Tests src/promise/scheduler/process.c, src/promise/scheduler/runtime.c, src/promise/scheduler/end.c. */
#include <signal.h>

#include "support/child.h"
#include "support/memory.h"

static sley_runtime_options options(void)
{
  return (sley_runtime_options){.size = sizeof(sley_runtime_options)};
}

static sley_promise *one_more(void *ctx, sley_value *v)
{
  (void)v;
  ++*(int *)ctx;
  return sley_return(sley_unit());
}

static void a_library(void)
{
  assert_null(sley_configure(NULL));
  sley_promise *p = sley_return(sley_int(4));
  assert_int_equal(sley_promise_value(p)->i, 4);
  sley_drop(p);
  assert_int_equal(sley_finish(), 0);
}

static void a_library_does_not_end_its_host(void **state)
{
  (void)state;
  int called = 0;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), one_more, &called);
  const sley_domain *d = sley_domain_current();
  a_library();
  a_library();
  assert_ptr_equal(sley_domain_current(), d);
  sley_fulfill(&r, sley_unit());
  assert_int_equal(called, 1);
  sley_drop(p);
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_domain_current());
}

static void the_last_of_those_who_said_so_ends_it(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) assert_null(sley_configure(NULL));
  sley_promise *p = sley_return(sley_unit());
  assert_int_equal(sley_finish(), 0);
  assert_int_equal(sley_finish(), 0);
  assert_non_null(sley_domain_current());
  sley_drop(p);
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_domain_current());
}

static void one_who_used_nothing_is_not_waited_for(void **state)
{
  (void)state;
  assert_null(sley_configure(NULL));
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_configure(NULL));
  sley_drop(sley_return(sley_unit()));
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_domain_current());
}

static void options_of_several_are_put_together(void **state)
{
  (void)state;
  sley_runtime_options first = options(), second = options(), other = options();
  first.max_threads = 3;
  second.single_objects = true;
  other.max_threads = 4;
  assert_null(sley_configure(&first));
  assert_null(sley_configure(&second));
  assert_int_equal(code_of_error(sley_configure(&other)), -SLEY_EINVAL); /* and is no user */
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_configure(&first));
  assert_null(sley_configure(&second));
  other.max_threads = 0;
  other.slow_seconds =
      (double)(SLEY_SECOND) / SLEY_SECOND; /* not requested before the runtime was made */
  assert_int_equal(code_of_error(sley_configure(&other)), -SLEY_EINVAL);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_finish(), 0);
  assert_non_null(sley_domain_current());
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_domain_current());
}

static void who_begins_anew_may_ask_for_something_else(void **state)
{
  (void)state;
  sley_runtime_options first = options(), second = options();
  first.max_threads = 3;
  second.max_threads = 4;
  assert_null(sley_configure(&first));
  sley_drop(sley_return(sley_unit()));
  assert_int_equal(sley_finish(), 0);
  assert_null(sley_configure(&second));
  sley_drop(sley_return(sley_unit()));
  assert_int_equal(sley_finish(), 0);
}

/* A promise that sley_finish left: using it reports who ended its domain. */
static void used_later(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  if (sley_finish() != 1) _exit(3);
  for (int i = 0; i < 64; i++) { /* freed memory is used again */
    char *other = malloc(16384);
    if (other != NULL) memset(other, i, 16384);
  }
  (void)sley_is_pending(p);
}

static void a_promise_that_was_left_tells_who_ended_its_domain(void **state)
{
  (void)state;
  char text[8192];
  int status = run_in_child(used_later, text, sizeof text);
  if (!aborted(status)) fail_msg("%x, %s", (unsigned)status, text);
  assert_non_null(strstr(text, "sley_is_pending was given a promise, made at " __FILE__));
  assert_non_null(strstr(text, "sley_finish, called from "));
  assert_non_null(strstr(text, "promise_test_users+0x"));
  assert_non_null(strstr(text, "with 1 promises left"));
  assert_non_null(strstr(text, "sley_configure"));
}

/* ---- setters */

static void hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}
static void slow(void *ctx, const char *site, const char *last, double seconds)
{
  (void)ctx;
  (void)site;
  (void)last;
  (void)seconds;
}
static void paused(void *ctx, size_t count)
{
  (void)ctx;
  (void)count;
}

static void setters_give_what_was_there(void **state)
{
  (void)state;
  int mine;
  static const sley_trace trace = {.size = sizeof trace};
  assert_null(sley_set_async_hook(hook, &mine).f);
  sley_hook h = sley_set_async_hook(NULL, NULL);
  assert_ptr_equal(h.f, hook);
  assert_ptr_equal(h.ctx, &mine);
  assert_null(sley_set_unhandled_hook(hook, &mine).f);
  h = sley_set_unhandled_hook(NULL, NULL);
  assert_ptr_equal(h.f, hook);
  assert_ptr_equal(h.ctx, &mine);
  assert_true(sley_set_slow_hook(2, slow, &mine).seconds == 0);
  sley_slow_hook s = sley_set_slow_hook(0, NULL, NULL);
  assert_ptr_equal(s.f, slow);
  assert_ptr_equal(s.ctx, &mine);
  assert_true(s.seconds > 1.999 && s.seconds < 2.001);
  assert_null(sley_set_trace(&trace, &mine).trace);
  sley_trace_hook t = sley_set_trace(NULL, NULL);
  assert_ptr_equal(t.trace, &trace);
  assert_ptr_equal(t.ctx, &mine);
  assert_null(sley_set_pause_notifier(paused, &mine).f);
  sley_pause_notifier n = sley_set_pause_notifier(NULL, NULL);
  assert_ptr_equal(n.f, paused);
  assert_ptr_equal(n.ctx, &mine);
  assert_null(sley_set_error_filter(sley_error_accept_all));
  assert_true(sley_set_error_filter(NULL) == sley_error_accept_all);
  assert_int_equal(sley_set_stack_limit(8192), 65536);
  assert_int_equal(sley_set_stack_limit(65536), 8192);
  assert_int_equal(sley_finish(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_library_does_not_end_its_host),
      cmocka_unit_test(the_last_of_those_who_said_so_ends_it),
      cmocka_unit_test(one_who_used_nothing_is_not_waited_for),
      cmocka_unit_test(options_of_several_are_put_together),
      cmocka_unit_test(who_begins_anew_may_ask_for_something_else),
      cmocka_unit_test(a_promise_that_was_left_tells_who_ended_its_domain),
      cmocka_unit_test(setters_give_what_was_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
