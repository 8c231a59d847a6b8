/* How mistakes are reported: the function, the place, and what to write instead. Each scene is a separate run of
 * this program; those of the second list run with SLEY_DEBUG=1. (fault 22)
 * Tests src/reactor/loop.c, src/io/socket/connect.c. */
#include "support/domains.h"
#include "support/scenes.h"

static void run(sley_promise *p) { sley_error_drop(sley_run(p, NULL)); }

static void say(sley_promise *p)
{
  char text[1024];
  sley_error *e = sley_run(p, NULL);
  if (e == NULL) exit(3);
  sley_error_format(e, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  sley_error_drop(e);
}

/* ---- without a domain */

static sley_error *promises_in_a_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  sley_drop(sley_return(sley_unit()));
  return NULL;
}
static void promise_in_a_job(void) { run(sley_detach(NULL, promises_in_a_job, sley_unit())); }

static sley_error *sleeps_in_a_job(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  sley_drop(sley_sleep(1));
  return NULL;
}
static void sleep_in_a_job(void) { run(sley_detach(NULL, sleeps_in_a_job, sley_unit())); }

static void *returns_on_a_thread(void *ctx)
{
  sley_drop(sley_return(sley_unit()));
  return ctx;
}
static void promise_on_a_thread(void)
{
  pthread_t thread;
  sley_drop(sley_return(sley_unit()));
  if (pthread_create(&thread, NULL, returns_on_a_thread, NULL) == 0) pthread_join(thread, NULL);
}

/* ---- values that cannot be sent or copied */

static const sley_type ledger_type = {.size = sizeof(sley_type), .name = "ledger"};
static sley_promise *does_nothing_there(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}
static int object;

static void type_without_send(void)
{
  say(sley_call(start("other"), does_nothing_there, sley_own(&object, &ledger_type)));
}

static sley_error *does_nothing(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  return NULL;
}
static void type_without_send_to_a_job(void)
{
  say(sley_detach(NULL, does_nothing, sley_own(&object, &ledger_type)));
}

static void *refuses(void *ptr)
{
  (void)ptr;
  return NULL;
}
static const sley_type refusing = {.size = sizeof(sley_type), .name = "ledger", .send = refuses};
static void send_that_refuses(void)
{
  say(sley_call(start("other"), does_nothing_there, sley_own(&object, &refusing)));
}

static void type_without_dup(void)
{
  sley_domain *two[] = {start("other"), start("other")};
  static const sley_type single = {
      .size = sizeof(sley_type), .name = "ledger", .send = sley_send_plain};
  say(sley_call_all(two, 2, does_nothing_there, sley_own(&object, &single)));
}

/* ---- supervisors */

static sley_promise *times_out(void *ctx)
{
  (void)ctx;
  if (sley_await(sley_sleep(0.001), NULL) != NULL) exit(3);
  return sley_fail(sley_error_timeout());
}
static int child_line;
static sley_promise *supervised(void *ctx, sley_scope *scope)
{
  (void)ctx;
  enum { HERE_LINE = __LINE__ + 1 };
  if (sley_scope_spawn(scope, times_out, NULL) != 0) exit(3);
  child_line = HERE_LINE;
  return sley_sleep(0.05);
}
static void supervised_failure(void)
{
  run(sley_with_supervisor(NULL, supervised, NULL));
  fprintf(stderr, "child at line %d\n", child_line);
}

/* ---- with SLEY_DEBUG=1 */

static sley_promise *gives_what_it_was_lent(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}
static sley_promise *a_text(void)
{
  sley_value v;
  if (sley_text("a text", &v) != NULL) exit(3);
  return sley_return(v);
}
static void lent_value_returned(void)
{
  sley_value v;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), gives_what_it_was_lent, NULL);
  if (sley_text("a text", &v) != NULL) exit(3);
  sley_fulfill(&r, v);
  run(p);
}
static void lent_value_returned_at_once(void)
{
  run(sley_bind(a_text(), gives_what_it_was_lent, NULL));
}

static sley_resolver *outer;
static void fulfills_with_what_it_was_lent(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_fulfill(&outer, *v);
}
static void lent_value_fulfilled(void)
{
  sley_promise *p = sley_pending(&outer);
  sley_on_success(a_text(), fulfills_with_what_it_was_lent, NULL);
  run(p);
}

static sley_error *maps_to_what_it_was_lent(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = *in;
  return NULL;
}
static void lent_value_mapped(void) { run(sley_map(a_text(), maps_to_what_it_was_lent, NULL)); }

static sley_promise *fails_with_what_it_was_lent(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_fail(e);
}
static sley_error *some_error(void) { return sley_error_new(&sley_kind_errno, 5, "disk on fire"); }
static void lent_error_failed(void)
{
  sley_resolver *r;
  sley_promise *p = sley_catch(sley_pending(&r), fails_with_what_it_was_lent, NULL);
  sley_reject(&r, some_error());
  run(p);
}
static void lent_error_failed_at_once(void)
{
  run(sley_catch(sley_fail(some_error()), fails_with_what_it_was_lent, NULL));
}
static void rejects_with_what_it_was_lent(void *ctx, sley_error *e)
{
  (void)ctx;
  sley_reject(&outer, e);
}
static void lent_error_rejected(void)
{
  sley_promise *p = sley_pending(&outer);
  sley_promise *q = sley_fail(some_error());
  sley_on_failure(q, rejects_with_what_it_was_lent, NULL);
  run(p);
}
static void error_dropped_twice(void)
{
  sley_drop(sley_return(sley_unit())); /* SLEY_DEBUG is read here */
  sley_error *e = some_error();
  sley_error_drop(e);
  sley_error_drop(e);
}
static void error_read_when_it_is_gone(void)
{
  sley_drop(sley_return(sley_unit()));
  sley_error *e = some_error();
  sley_error_drop(e);
  (void)sley_error_message(e);
}

static sley_promise *moves_it_on(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_value own;
  if (sley_take(v, &own) != 0) exit(3);
  return sley_return(own);
}
static sley_promise *keeps_it(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_fail(sley_error_keep(e));
}
static int owners;
static void *one_more(void *ptr)
{
  owners++;
  return ptr;
}
static void one_less(void *ptr)
{
  (void)ptr;
  owners--;
}
static const sley_type counted = {
    .size = sizeof(sley_type), .name = "counted", .drop = one_less, .dup = one_more};
static sley_promise *counts_one_more(void *ctx, sley_value *v)
{
  (void)ctx;
  owners++;
  return sley_return(*v);
}
static void what_is_right_is_not_refused(void)
{
  run(sley_bind(a_text(), moves_it_on, NULL));
  run(sley_catch(sley_fail(some_error()), keeps_it, NULL));
  owners = 1;
  run(sley_bind(sley_return(sley_own(&owners, &counted)), counts_one_more, NULL));
  if (owners != 0) exit(3);
  if (sley_finish() != 0) exit(4);
  fprintf(stderr, "all is well\n");
}

static void no_finish(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  (void)p;
  exit(0); /* not _exit */
}
static void with_finish(void)
{
  run(sley_sleep(0.001));
  if (sley_finish() != 0) exit(3);
  fprintf(stderr, "finished\n");
  exit(0);
}

static void wakes_once(int number)
{
  signal(number, SIG_DFL);
  sley_wake(sley_domain_current());
  alarm(1);
}
static void nobody_can_answer(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r); /* r is never settled */
  signal(SIGALRM, wakes_once);
  alarm(1);
  run(p);
}
static sley_error *takes_a_while(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  usleep(20000);
  return NULL;
}
static void somebody_can_answer(void)
{
  int ends[2];
  run(sley_sleep(0.02));
  run(sley_detach(NULL, takes_a_while, sley_unit()));
  if (pipe(ends) != 0) exit(3);
  sley_promise *p = sley_wait_readable(ends[0]);
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);
    if (write(ends[1], "x", 1) != 1) _exit(1);
    _exit(0);
  }
  run(p);
  waitpid(child, NULL, 0);
  run(sley_call(start("other"), does_nothing_there, sley_unit()));
  fprintf(stderr, "all came\n");
}

/* A pool's thread can drop its handle of the home domain before the loop has read the job's result. */
static sley_promise *does_nothing_at_home(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}
static sley_error *tells_home(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  if (sley_run_in_main_dont_wait(NULL, does_nothing_at_home, sley_unit(), NULL, NULL) != 0) exit(3);
  return sley_run_in_main(NULL, does_nothing_at_home, sley_unit(), NULL);
}
static void jobs_that_are_over_at_once(void)
{
  for (int i = 0; i < 200; i++) run(sley_detach(NULL, does_nothing, sley_unit()));
  for (int i = 0; i < 50; i++) {
    sley_workers *pool;
    sley_workers_options options = {.size = sizeof options, .name = "mine", .maximum = 2};
    if (sley_workers_new(&options, &pool) != NULL) exit(3);
    sley_drop(sley_detach(pool, does_nothing, sley_unit()));
    run(sley_detach(pool, tells_home, sley_unit()));
    run(sley_workers_drain(pool));
    run(sley_workers_close(pool, 5));
  }
  if (sley_finish() != 0) exit(4);
  fprintf(stderr, "all came\n");
}

static const scene plain[] = {
    {"promise_in_a_job",
     promise_in_a_job,
     true,
     {"sley_return at " HERE, "in a job", "sley_run_in_main"},
     NULL},
    {"sleep_in_a_job", sleep_in_a_job, true, {HERE, "in a job", "sley_run_in_main"}, NULL},
    {"promise_on_a_thread",
     promise_on_a_thread,
     true,
     {"sley_return at " HERE, "a thread without a domain", "sley_domain_enter"},
     NULL},
    {"type_without_send",
     type_without_send,
     false,
     {"argument of a call, of type ledger", "set send to sley_send_plain", HERE},
     NULL},
    {"type_without_send_to_a_job",
     type_without_send_to_a_job,
     false,
     {"sley_detach: the job's argument, of type ledger", "set send to sley_send_plain", HERE},
     NULL},
    {"send_that_refuses",
     send_that_refuses,
     false,
     {"of type ledger", "its send function refused", HERE},
     NULL},
    {"type_without_dup",
     type_without_dup,
     false,
     {"sley_call_all: the argument, of type ledger", "has no dup", HERE},
     NULL},
    {"supervised_failure", supervised_failure, false, {"timed out", HERE}, NULL},
};
enum { PLAIN = sizeof plain / sizeof plain[0] };

static const scene debugged[] = {
    {"lent_value_returned",
     lent_value_returned,
     true,
     {"sley_return at " HERE, "only lent", "sley_take"},
     NULL},
    {"lent_value_returned_at_once",
     lent_value_returned_at_once,
     true,
     {"sley_return at " HERE, "only lent", "sley_take"},
     NULL},
    {"lent_value_fulfilled",
     lent_value_fulfilled,
     true,
     {"sley_fulfill", "only lent", "made at " HERE},
     NULL},
    {"lent_value_mapped",
     lent_value_mapped,
     true,
     {"sley_map at " HERE, "only lent", "sley_take"},
     NULL},
    {"lent_error_failed",
     lent_error_failed,
     true,
     {"sley_fail at " HERE, "only lent", "sley_error_keep"},
     NULL},
    {"lent_error_failed_at_once",
     lent_error_failed_at_once,
     true,
     {"sley_fail at " HERE, "only lent", "sley_error_keep"},
     NULL},
    {"lent_error_rejected",
     lent_error_rejected,
     true,
     {"sley_reject", "only lent", "made at " HERE},
     NULL},
    {"error_dropped_twice",
     error_dropped_twice,
     true,
     {"sley_error_drop", "already gone", "made at " HERE},
     NULL},
    {"error_read_when_it_is_gone",
     error_read_when_it_is_gone,
     true,
     {"sley_error_message", "already gone", "made at " HERE},
     NULL},
    {"what_is_right_is_not_refused", what_is_right_is_not_refused, false, {"all is well"}, "sley:"},
    {"no_finish", no_finish, false, {"without sley_finish", "1 promise is left", HERE}, NULL},
    {"with_finish", with_finish, false, {"finished"}, "without sley_finish"},
    {"somebody_can_answer", somebody_can_answer, false, {"all came"}, "nothing is left"},
    {"jobs_that_are_over_at_once",
     jobs_that_are_over_at_once,
     false,
     {"all came"},
     "nothing is left"},
};
enum { DEBUGGED = sizeof debugged / sizeof debugged[0] };

static const scene unanswered = {"nobody_can_answer", nobody_can_answer, false, {NULL}, NULL};

static void a_mistake_is_named_with_its_place_and_remedy(void **state)
{
  (void)state;
  for (size_t i = 0; i < PLAIN; i++) scene_goes_as_said(&plain[i], false);
}

static void debugging_names_more(void **state)
{
  (void)state;
  for (size_t i = 0; i < DEBUGGED; i++) {
#ifdef __SANITIZE_ADDRESS__ /* it detects the freed memory */
    if (strncmp(debugged[i].name, "error_", 6) == 0) continue;
#endif
    scene_goes_as_said(&debugged[i], true);
  }
}

/* Reported once, before the loop sleeps; without debugging nothing is reported. */
static void a_wait_for_nobody_is_told(void **state)
{
  (void)state;
  char text[8192];
  int status = run_scene(unanswered.name, true, text, sizeof text);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
  const char *said = strstr(text, "nothing is left that could wake it");
  assert_non_null(said);
  assert_non_null(strstr(text, "waits for the promise made at " HERE));
  assert_null(strstr(said + 1, "nothing is left that could wake it"));
  status = run_scene(unanswered.name, false, text, sizeof text);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
  assert_string_equal(text, "");
}

/* The hook receives the site of the failed child, not the supervisor's. */
static void a_supervisor_says_which_child_failed(void **state)
{
  (void)state;
  char text[8192], place[64];
  run_scene("supervised_failure", false, text, sizeof text);
  const char *line = strstr(text, "child at line ");
  assert_non_null(line);
  snprintf(place, sizeof place, "made at " HERE "%d\n", atoi(line + strlen("child at line ")));
  if (strstr(text, place) == NULL) fail_msg("%s is not in: %s", place, text);
}

int main(int count, char **arguments)
{
  run_named(count, arguments, plain, PLAIN);
  run_named(count, arguments, debugged, DEBUGGED);
  run_named(count, arguments, &unanswered, 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mistake_is_named_with_its_place_and_remedy),
      cmocka_unit_test(debugging_names_more),
      cmocka_unit_test(a_wait_for_nobody_is_told),
      cmocka_unit_test(a_supervisor_says_which_child_failed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
