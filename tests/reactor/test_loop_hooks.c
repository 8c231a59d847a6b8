/* Hooks around the asking of the kernel, and of a domain that finishes.
 * Tests src/reactor/loop_hook.c, src/reactor/finish_hook.c. */
#include "support/process.h"

static char log_text[256];
static int dropped;

static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}

static void note(void *name) { strcat(log_text, name); }

static sley_loop_hook *hook_of(sley_loop_moment moment, bool first, sley_loop_hook_fn *f, void *ctx)
{
  sley_loop_hook *hook;
  assert_null(sley_loop_hook_add(moment, first, f, ctx, count_drop, &hook));
  return hook;
}

static int cleared(void **state)
{
  log_text[0] = '\0';
  dropped = 0;
  return setup(state);
}

#define CLEARED(f) cmocka_unit_test_setup_teardown(f, cleared, teardown)

/* In the order of the list: before the kernel is asked, when all of the last turn has run, and after it, before
 * anything runs. */
static void around_the_kernel(void **state)
{
  (void)state;
  sley_loop_hook *hooks[] = {hook_of(SLEY_LOOP_MOMENT_ENTER, false, note, "b"),
                             hook_of(SLEY_LOOP_MOMENT_ENTER, true, note, "a"),
                             hook_of(SLEY_LOOP_MOMENT_LEAVE, false, note, "y"),
                             hook_of(SLEY_LOOP_MOMENT_LEAVE, true, note, "x"),
                             hook_of(SLEY_LOOP_MOMENT_ENTER, false, note, "c")};
  sley_promise *p = sley_pause();
  sley_on_termination(p, note, "P");
  sley_drop(p);
  assert_null(sley_step(0));
  assert_string_equal(log_text, "abcxyP");
  log_text[0] = '\0';
  p = sley_sleep(0.002);
  sley_on_termination(p, note, "T");
  run_gives(p, 0);
  size_t end = strlen(log_text);
  assert_true(end >= 6);
  assert_string_equal(log_text + end - 6, "abcxyT");
  sley_loop_hook_remove(hooks[1]);
  sley_loop_hook_remove(hooks[2]);
  assert_int_equal(dropped, 2);
  log_text[0] = '\0';
  assert_null(sley_step(0));
  assert_string_equal(log_text, "bcx");
  sley_loop_hook_remove(NULL);
  assert_int_equal(finish(), 0);
  assert_int_equal(dropped, 5);
  assert_int_equal(begin(false, 0), 0);
}

static sley_loop_hook *self, *other, *added;

static void remove_both(void *ctx)
{
  note(ctx);
  sley_loop_hook_remove(other);
  sley_loop_hook_remove(self);
  assert_int_equal(dropped, 2);
  added = hook_of(SLEY_LOOP_MOMENT_ENTER, false, note, "n");
}

/* A hook removes itself and the one behind it, and adds one, which waits for the next turn. */
static void changed_while_called(void **state)
{
  (void)state;
  self = hook_of(SLEY_LOOP_MOMENT_ENTER, false, remove_both, "s");
  other = hook_of(SLEY_LOOP_MOMENT_ENTER, false, note, "o");
  assert_null(sley_step(0));
  assert_string_equal(log_text, "s");
  assert_null(sley_step(0));
  assert_string_equal(log_text, "sn");
  sley_loop_hook_remove(added);
}

static sley_promise *paused;

static void pause_once(void *ctx)
{
  (void)ctx;
  if (paused == NULL) {
    paused = sley_pause();
    sley_on_termination(paused, note, "P");
  }
}

/* What a hook starts before the kernel is asked keeps the loop from sleeping. */
static void enter_keeps_awake(void **state)
{
  (void)state;
  hook_of(SLEY_LOOP_MOMENT_ENTER, false, pause_once, NULL);
  assert_null(sley_step(60 * SLEY_SECOND));
  assert_string_equal(log_text, "P");
  sley_drop(paused);
}

/* ---- finishing ---- */

static sley_finish_hook *at_finish(bool last, sley_start_fn *f, void *ctx)
{
  sley_finish_hook *hook;
  assert_null(sley_at_finish(last, f, ctx, count_drop, &hook));
  return hook;
}

static sley_promise *slow(void *name)
{
  note(name);
  sley_promise *p = sley_sleep(0.002);
  sley_on_termination(p, note, ".");
  return p;
}

static sley_promise *fails(void *name)
{
  note(name);
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EEOF, "no"));
}

static sley_promise *adds(void *name)
{
  note(name);
  at_finish(false, slow, "n");
  return sley_return(sley_unit());
}

static void told(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  assert_int_equal(sley_error_code(e), SLEY_EEOF);
  assert_non_null(strstr(site, "test_loop_hooks.c:"));
  strcat(log_text, "!");
}

/* One after the other; last added first; a failure goes to the async hook; those added meanwhile run too. */
static void finishing(void **state)
{
  (void)state;
  sley_set_async_hook(told, NULL);
  at_finish(false, slow, "b");
  at_finish(true, slow, "z");
  at_finish(false, adds, "a");
  at_finish(false, fails, "f");
  sley_finish_hook_remove(at_finish(false, slow, "r"));
  assert_int_equal(dropped, 1);
  sley_finish_hook_remove(NULL);
  assert_int_equal(finish(), 0);
  assert_string_equal(log_text, "f!an.b.z.");
  assert_int_equal(dropped, 6);
  assert_int_equal(begin(false, 0), 0);
  assert_int_equal(finish(), 0); /* they do not run again */
  assert_string_equal(log_text, "f!an.b.z.");
  assert_int_equal(begin(false, 0), 0);
}

static sley_finish_hook *own;
static sley_promise *remove_own(void *ctx)
{
  sley_finish_hook_remove(own);
  assert_int_equal(dropped, 0);
  return slow(ctx);
}

static void removed_by_itself(void **state)
{
  (void)state;
  own = at_finish(false, remove_own, "o");
  assert_int_equal(finish(), 0);
  assert_string_equal(log_text, "o.");
  assert_int_equal(dropped, 1);
  assert_int_equal(begin(false, 0), 0);
}

static void domain_of_the_caller(void **state)
{
  (void)state;
  sley_domain *d;
  assert_null(sley_domain_new(NULL, "made", &d));
  sley_domain_enter(d);
  at_finish(false, slow, "d");
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  assert_string_equal(log_text, "d.");
  assert_int_equal(dropped, 1);
}

static sley_promise *in_domain(sley_value *arg)
{
  (void)arg;
  at_finish(false, slow, "s");
  return sley_return(sley_unit());
}

static void spawned_domain(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options options = {.size = sizeof(options), .start = in_domain};
  assert_null(sley_domain_spawn(&options, &d));
  run_gives(sley_domain_shutdown(d, 60), 0);
  assert_string_equal(log_text, "s.");
  assert_int_equal(dropped, 1);
  sley_domain_drop(d);
}

static void ignore_turn(void *ctx) { (void)ctx; }

static void a_moment_that_is_none(void **state)
{
  (void)state;
  sley_loop_hook *hook;
  sley_error *e =
      sley_loop_hook_add((sley_loop_moment)2, true, ignore_turn, NULL, count_drop, &hook);
  assert_int_equal(code_of_error(e), -SLEY_EINVAL);
  assert_null(hook);
}

static sley_promise *returns(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static void without_memory(void)
{
  sley_loop_hook *hook;
  sley_finish_hook *last;
  sley_error *e =
      sley_loop_hook_add(SLEY_LOOP_MOMENT_LEAVE, true, ignore_turn, NULL, count_drop, &hook);
  if (e != NULL) assert_int_equal(code_of_error(e), -SLEY_ENOMEM);
  e = sley_at_finish(true, returns, NULL, count_drop, &last);
  if (e != NULL) assert_int_equal(code_of_error(e), -SLEY_ENOMEM);
  ran_or_no_memory(sley_sleep(0.0001), NULL);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      CLEARED(around_the_kernel),
      CLEARED(changed_while_called),
      CLEARED(enter_keeps_awake),
      CLEARED(finishing),
      CLEARED(removed_by_itself),
      CLEARED(domain_of_the_caller),
      CLEARED(spawned_domain),
      CLEARED(a_moment_that_is_none),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
