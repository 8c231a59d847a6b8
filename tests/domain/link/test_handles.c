/* Handles of domains that their callers drive (sley_domain_new): counted, and valid after the end.
 * Tests src/domain/link/seat.c, src/domain/figures/placement.c. */
#include "support/child.h"
#include "support/process.h"

static void nothing_posted(sley_value *arg) { (void)arg; }

static sley_promise *nothing_called(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

/* Enters the domain on its own thread, keeps a handle, and leaves. */
static void *enter_and_keep(void *ctx)
{
  sley_domain *d = ctx;
  sley_domain_enter(d);
  sley_domain_keep(d);
  sley_error_drop(sley_step(0));
  sley_domain_leave(d);
  return NULL;
}

static sley_domain *kept_domain(void)
{
  pthread_t thread;
  sley_domain *d;
  assert_null(sley_domain_new(NULL, "driven", &d));
  assert_int_equal(pthread_create(&thread, NULL, enter_and_keep, d), 0);
  pthread_join(thread, NULL);
  return d;
}

static void is_gone(sley_domain *d)
{
  sley_domain_counters c = {.size = sizeof(c)};
  char text[256];
  assert_false(sley_domain_is_open(d));
  assert_int_equal(sley_post(d, nothing_posted, sley_unit()), -SLEY_EGONE);
  assert_non_null(strstr(
      run_fails(sley_call(d, nothing_called, sley_unit()), &sley_kind_sley, SLEY_EGONE), "driven"));
  run_fails(sley_domain_join(d), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_domain_shutdown(d, 0), &sley_kind_sley, SLEY_EINVAL);
  sley_domain_counters_get(d, &c);
  assert_string_equal(sley_domain_name(d), "driven");
  sley_placement(NULL, text, sizeof(text));
  assert_null(strstr(text, "driven"));
}

/* Fault 30. */
static void a_handle_outlives_the_domain(void **state)
{
  (void)state;
  sley_domain *d = kept_domain();
  assert_int_equal(sley_post(d, nothing_posted, sley_unit()), 0);
  sley_domain_flush();
  assert_int_equal(sley_domain_end(d), 0);
  is_gone(d);
  sley_domain *more = sley_domain_keep(d);
  sley_value v = sley_domain_to_value(sley_domain_keep(d));
  sley_domain_drop(d);
  is_gone(more);
  sley_domain_drop(more);
  is_gone(sley_domain_in(&v));
  sley_value_drop(&v);
}

/* A thread without a domain can drop the last handle, even after the runtime has ended. */
static void *drop_there(void *ctx)
{
  sley_domain_drop(ctx);
  return NULL;
}

static void a_handle_outlives_the_runtime(void **state)
{
  (void)state;
  pthread_t thread;
  sley_domain *d = kept_domain();
  assert_int_equal(sley_domain_end(d), 0);
  assert_int_equal(sley_finish(), 0);
  assert_false(sley_domain_is_open(d));
  assert_int_equal(pthread_create(&thread, NULL, drop_there, d), 0);
  pthread_join(thread, NULL);
}

/* A thread that does not drive the domain keeps a handle before the domain was ready for others: it still counts. */
static void one_kept_before_it_was_ready_counts(void **state)
{
  (void)state;
  sley_domain *d;
  assert_null(sley_domain_new(NULL, "driven", &d));
  sley_domain_keep(d);
  sley_domain_enter(d);
  sley_domain_keep(d);
  sley_domain_leave(d);
  sley_domain_drop(d);
  assert_true(sley_domain_is_open(d));
  assert_int_equal(sley_domain_end(d), 0);
  is_gone(d);
  sley_domain_drop(d);
}

/* Handles of the main domain: sley_finish does not touch them. */
static void the_main_domains_handle(void **state)
{
  (void)state;
  sley_domain *d = sley_domain_keep(sley_domain_current());
  assert_int_equal(sley_finish(), 0);
  assert_false(sley_domain_is_open(d));
  sley_domain_drop(d);
}

/* ---- misuse ---- */

static void dropped_too_often(void)
{
  sley_domain *d;
  if (sley_domain_new(NULL, "driven", &d) != NULL) _exit(1);
  sley_domain_drop(d);
}

static void ended_twice(void)
{
  sley_domain *d = kept_domain();
  sley_domain_end(d);
  sley_domain_end(d);
}

static void entered_after_the_end(void)
{
  sley_domain *d = kept_domain();
  sley_domain_end(d);
  sley_domain_enter(d);
}

static void called_after_the_end(void)
{
  sley_domain *d;
  if (sley_domain_new(NULL, "driven", &d) != NULL) _exit(1);
  sley_domain_keep(d);
  sley_domain_end(d);
  _exit(sley_post(d, nothing_posted, sley_unit()) == 0 ? 1 : 2);
}

static void (*case_run)(void);
static void run_case(void)
{
  sley_drop(sley_return(sley_unit())); /* the main domain is number 1 */
  case_run();
}

static void misuse_aborts(void **state)
{
  static const struct {
    void (*run)(void);
    const char *says;
  } cases[] = {
      {dropped_too_often, "driven) was dropped more often than it was kept"},
      {ended_twice, "sley_domain_end: domain 2 (driven) has already ended"},
      {entered_after_the_end, "sley_domain_enter: domain 2 (driven) has ended"},
      {called_after_the_end, "domain driven was called after its end"},
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(misuse_aborts),     TEST(a_handle_outlives_the_domain),
      TEST(a_handle_outlives_the_runtime), TEST(one_kept_before_it_was_ready_counts),
      TEST(the_main_domains_handle),
  };
  return cmocka_run_group_tests_name("handles", tests, NULL, NULL);
}
