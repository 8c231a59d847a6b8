/* Usage errors abort with a message on stderr that names the mistake. Every case is a separate run of this program.
 * Tests src/promise/base/abort.c, src/promise/base/finished.c, src/promise/base/checker.c, src/promise/base/fork.c,
 * src/promise/core/misuse.c. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "support/child.h"
#include "support/world.h"

static const char *program;

static sley_domain *make_domain(sley_runtime *runtime, const char *name)
{
  sley_domain *d = NULL;
  if (sley_domain_new(runtime, name, &d) != NULL) exit(3);
  return d;
}

static sley_runtime *single_runtime(void)
{
  sley_runtime_options options = {.size = sizeof options, .single_objects = true};
  sley_runtime *runtime = NULL;
  if (sley_runtime_new(&options, &runtime) != NULL) exit(3);
  return runtime;
}

/* ---- cases: none may return */
static void wrong_domain(void)
{
  sley_promise *p = sley_return(sley_unit());
  sley_domain_enter(make_domain(NULL, "other"));
  (void)sley_state(p);
}

static void wrong_domain_operand(void)
{
  sley_promise *p = sley_return(sley_unit());
  sley_domain_enter(make_domain(NULL, "other"));
  sley_promise *q = sley_return(sley_unit());
  sley_drop(sley_join(SLEY_PROMISES(q, p)));
}

static void wrong_domain_resolver(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  (void)p;
  sley_domain_enter(make_domain(NULL, "other"));
  sley_fulfill(&r, sley_unit());
}

/* One thread alternates between two domains: the domain matters, not the thread. */
static void two_domains_alternating(void)
{
  sley_domain *a = make_domain(NULL, "one"), *b = make_domain(NULL, "two");
  sley_promise *p = NULL;
  for (int i = 0; i < 3; i++) {
    sley_domain_enter(a);
    if (i == 0) p = sley_return(sley_unit());
    (void)sley_state(p);
    sley_domain_leave(a);
    sley_domain_enter(b);
    sley_drop(sley_return(sley_unit()));
    if (i == 2) sley_drop(p);
    sley_domain_leave(b);
  }
}

static void *use_without_domain(void *p)
{
  (void)sley_state(p);
  return NULL;
}
static void thread_without_domain(void)
{
  pthread_t thread;
  sley_promise *p = sley_return(sley_unit());
  if (pthread_create(&thread, NULL, use_without_domain, p) == 0) pthread_join(thread, NULL);
}

static void in_the_child_of_a_fork(void)
{
  sley_promise *p = sley_return(sley_unit());
  pid_t child = fork();
  if (child == 0) {
    (void)sley_state(p);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) raise(WTERMSIG(status));
}

static void new_in_the_child_of_a_fork(void)
{
  sley_drop(sley_return(sley_unit()));
  pid_t child = fork();
  if (child == 0) {
    sley_drop(sley_return(sley_unit()));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) raise(WTERMSIG(status));
}

static sley_promise *give_unit(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_unit());
}
static sley_promise *give_null(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}
static sley_promise *start_null(void *ctx)
{
  (void)ctx;
  return NULL;
}

static void used_after_consumed(void) /* the memory still shows it */
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise *q = sley_bind(p, give_unit, NULL);
  (void)q;
  sley_drop(p);
}

static void used_after_freed(void)
{
  sley_drop(sley_return(sley_unit()));
  sley_promise *p = sley_return(sley_unit());
  sley_drop(p);
  (void)sley_state(p);
}

static void dropped_twice(void)
{
  sley_promise *p = sley_return(sley_unit());
  sley_drop(p);
  sley_drop(p);
}

/* Detected at the second bind only if objects are allocated singly. */
static void bound_twice(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise *a = sley_bind(p, give_unit, NULL);
  sley_promise *b = sley_bind(p, give_unit, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(a);
  sley_drop(b);
}
static sley_promise *rescue(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_fail(sley_error_keep(e));
}
static void caught_twice(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_drop(sley_bind(p, give_unit, NULL));
  sley_drop(sley_catch(p, rescue, NULL));
}
static void null_function(void)
{
  sley_resolver *r;
  sley_drop(sley_bind(sley_pending(&r), NULL, NULL));
}
static void canceled_after_consumed(void)
{
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  sley_promise *q = sley_bind(p, give_unit, NULL);
  sley_cancel(p);
  sley_drop(q);
}
static void one_operand_twice(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_drop(sley_all(SLEY_PROMISES(p, p)));
}
static void used_after_its_slot_was_used(void)
{
  sley_promise *p = sley_return(sley_int(1));
  sley_drop(p);
  sley_promise *q = sley_return(sley_int(2));
  (void)sley_promise_value(p);
  sley_drop(q);
}

static void resolver_used_twice(void)
{
  sley_resolver *r, *copy;
  sley_promise *p = sley_pending(&r);
  copy = r;
  sley_fulfill(&r, sley_int(1));
  sley_fulfill(&copy, sley_int(2));
  sley_drop(p);
}
static void resolver_rejects_later(void)
{
  sley_resolver *r, *copy;
  sley_promise *p = sley_pending(&r);
  copy = r;
  sley_fulfill(&r, sley_int(1));
  sley_reject(&copy, sley_error_eof());
  sley_drop(p);
}
static void resolver_after_its_promise(void)
{
  sley_resolver *r, *copy;
  sley_promise *p = sley_pending(&r);
  copy = r;
  sley_fulfill(&r, sley_int(1));
  sley_drop(p);
  sley_resolver_drop(&copy);
}

static void null_to_bind(void) { sley_drop(sley_bind(NULL, give_unit, NULL)); }
static void null_to_cancel(void) { sley_cancel(NULL); }
static void null_to_keep(void) { sley_drop(sley_keep(NULL)); }
static void null_to_on_any(void) { sley_on_any(NULL, NULL, NULL, NULL); }
static void null_to_join(void)
{
  sley_drop(sley_join(SLEY_PROMISES(sley_return(sley_unit()), NULL)));
}
static void no_error(void) { sley_drop(sley_fail(NULL)); }
static void no_error_to_reject(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_reject(&r, NULL);
  sley_drop(p);
}

static void callback_returns_null(void)
{
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), give_null, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
}
static void callback_returns_null_at_once(void)
{
  sley_drop(sley_bind(sley_return(sley_unit()), give_null, NULL));
}
static void start_returns_null(void) { sley_async(start_null, NULL); }

static void wrong_type(void)
{
  sley_value v = sley_own(thing_new(1), &type_mover);
  (void)sley_value_ptr(&v, &type_copier);
}
static void not_a_list(void)
{
  sley_value v = sley_int(1);
  (void)sley_list_in(&v);
}
static void past_the_end(void)
{
  sley_promise *p = sley_all(SLEY_PROMISES(sley_return(sley_unit())));
  (void)sley_list_item(sley_list_in(sley_promise_value(p)), 1);
}

static void text_as_integer(void)
{
  sley_value v;
  if (sley_text("x", &v) != NULL) exit(3);
  (void)sley_value_int(&v);
}
static void moved_value(void)
{
  sley_value v = {.type = &sley_type_moved};
  (void)sley_value_ptr(&v, &sley_type_text);
}
static sley_promise *null_body(void *ctx, sley_scope *scope)
{
  (void)ctx;
  (void)scope;
  return NULL;
}
static void scope_body_returns_null(void) { sley_drop(sley_with_scope(null_body, NULL)); }

static void entered_twice(void)
{
  sley_domain *d = make_domain(NULL, "one");
  sley_domain_enter(d);
  sley_domain_enter(d);
}
static void left_but_not_entered(void) { sley_domain_leave(make_domain(NULL, "one")); }
static void ended_while_entered(void)
{
  sley_domain *d = make_domain(NULL, "one");
  sley_domain_enter(d);
  sley_domain_end(d);
}
static void runtime_with_domains(void)
{
  sley_runtime *runtime = single_runtime();
  make_domain(runtime, "one");
  sley_runtime_drop(runtime);
}
static void reserve_used_up(void);
static void filter_declines_want_of_memory(void);

static void object_of_another_domain(void)
{
  sley_mutex *m;
  if (sley_mutex_new(&m) != NULL) exit(3);
  sley_domain_enter(make_domain(NULL, "other"));
  sley_drop(sley_mutex_lock(m));
}

static void object_after_its_last_drop(void)
{
  sley_mvar *box;
  if (sley_mvar_new(&box) != NULL) exit(3);
  sley_mvar_drop(box);
  (void)sley_mvar_is_empty(box);
}

static void null_object(void) { sley_condition_signal(NULL, sley_unit()); }

static void move_elements(void *ctx, sley_value *v)
{
  (void)v;
  sley_sequence *other;
  if (sley_sequence_new(&other) == NULL) sley_sequence_transfer_l(ctx, other);
}

static void transfer_while_iterating(void)
{
  sley_sequence *s;
  if (sley_sequence_new(&s) != NULL || sley_sequence_add_l(s, sley_unit(), NULL) != 0) exit(3);
  sley_sequence_iter_l(s, move_elements, s);
}

static sley_promise *start_nothing(void *ctx)
{
  (void)ctx;
  return NULL;
}

static void locked_body_returns_null(void)
{
  sley_mutex *m;
  if (sley_mutex_new(&m) != NULL) exit(3);
  sley_drop(sley_with_lock(m, start_nothing, NULL));
}

static bool accepts_none(const sley_error *e)
{
  (void)e;
  return false;
}
static void filter_declines_a_failure(void)
{
  sley_set_error_filter(accepts_none);
  sley_drop(sley_fail(error_of(41)));
}
static void filter_declines_a_rejection(void)
{
  sley_resolver *r;
  sley_drop(sley_pending(&r));
  sley_set_error_filter(accepts_none);
  sley_reject(&r, error_of(42));
}
static sley_error *map_fails(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  (void)in;
  (void)out;
  return error_of(43);
}
static void filter_declines_what_a_callback_gives(void)
{
  sley_resolver *r;
  sley_promise *p = sley_map(sley_pending(&r), map_fails, NULL);
  sley_set_error_filter(accepts_none);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
}

#define HERE __FILE__ ":" /* for the places in messages, independent of line numbers */

#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
#define COUNTS_WHEN_CALLED 1 /* others refuse the call: tests/hygiene/check_optional_drop.py */
static void see(void *ctx, sley_value *v) { (void)ctx, (void)v; }
static sley_promise *nothing_more(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_return(sley_unit());
}
static void argument_behind_drop(void)
{
  sley_drop(sley_bind(sley_return(sley_unit()), nothing_more, NULL, NULL, 3));
}
static void argument_behind_drop_without_a_place(void)
{
  sley_promise *p = sley_return(sley_unit());
  sley_on_success(p, see, NULL, NULL, 3);
}
#endif

static const struct misuse {
  const char *name;
  void (*run)(void);
  const char *says[3];
} cases[] = {
#ifdef COUNTS_WHEN_CALLED
    {"argument_behind_drop",
     argument_behind_drop,
     {"sley_bind at " HERE, "more arguments than it has; the last one is drop"}},
    {"argument_behind_drop_without_a_place",
     argument_behind_drop_without_a_place,
     {"sley_on_success was given more arguments"}},
#endif
    {"wrong_domain", wrong_domain, {"sley_state", "other", "test_misuse.c:"}},
    {"wrong_domain_operand", wrong_domain_operand, {"sley_join", "other", "test_misuse.c:"}},
    {"wrong_domain_resolver", wrong_domain_resolver, {"sley_fulfill", "other", "test_misuse.c:"}},
    {"two_domains_alternating", two_domains_alternating, {"sley_drop", "two", "test_misuse.c:"}},
    {"thread_without_domain",
     thread_without_domain,
     {"sley_state was called on a thread without a domain", "sley_domain_spawn"}},
    {"in_the_child_of_a_fork", in_the_child_of_a_fork, {"fork"}},
    {"new_in_the_child_of_a_fork", new_in_the_child_of_a_fork, {"fork"}},
    {"used_after_consumed", used_after_consumed, {"sley_drop", "gone", "reference once"}},
    {"used_after_freed", used_after_freed, {"sley_state", "gone", "made at " HERE}},
    {"dropped_twice", dropped_twice, {"made at " HERE, "gone", "reference once"}},
    {"resolver_used_twice", resolver_used_twice, {"resolver", "already used", "made at " HERE}},
    {"resolver_rejects_later", resolver_rejects_later, {"resolver", "already", "made at " HERE}},
    {"resolver_after_its_promise",
     resolver_after_its_promise,
     {"sley_resolver_drop was given a resolver", "already used", "made at " HERE}},
    {"null_to_bind", null_to_bind, {"sley_bind at " HERE, "NULL"}},
    {"null_to_cancel", null_to_cancel, {"sley_cancel", "NULL"}},
    {"null_to_keep", null_to_keep, {"sley_keep", "NULL"}},
    {"null_to_on_any", null_to_on_any, {"sley_on_any", "NULL"}},
    {"null_to_join", null_to_join, {"sley_join", "NULL"}},
    {"no_error", no_error, {"sley_fail at " HERE, "no error"}},
    {"no_error_to_reject", no_error_to_reject, {"sley_reject", "no error"}},
    {"callback_returns_null", callback_returns_null, {"returned NULL", "test_misuse.c:"}},
    {"callback_returns_null_at_once", callback_returns_null_at_once, {"returned NULL"}},
    {"start_returns_null", start_returns_null, {"sley_async", "returned NULL"}},
    {"wrong_type", wrong_type, {"mover", "copier at " HERE}},
    {"not_a_list", not_a_list, {"scalar", "list at " HERE, "sley_value_int"}},
    {"past_the_end", past_the_end, {"element 1", HERE, "counted from 0"}},
    {"text_as_integer", text_as_integer, {"of type text", "scalar at " HERE}},
    {"moved_value", moved_value, {"of type moved", HERE, "another reader"}},
    {"scope_body_returns_null",
     scope_body_returns_null,
     {"sley_with_scope at " HERE, "returned NULL"}},
    {"entered_twice", entered_twice, {"sley_domain_enter", "already entered"}},
    {"left_but_not_entered", left_but_not_entered, {"sley_domain_leave", "one"}},
    {"ended_while_entered", ended_while_entered, {"sley_domain_end"}},
    {"runtime_with_domains",
     runtime_with_domains,
     {"sley_runtime_drop: 1 domain", "one", "sley_domain_end"}},
    {"object_of_another_domain", object_of_another_domain, {"sley_mutex_lock", "other", "domain"}},
    {"object_after_its_last_drop", object_after_its_last_drop, {"sley_mvar_is_empty", "gone"}},
    {"null_object", null_object, {"sley_condition_signal", "NULL"}},
    {"transfer_while_iterating",
     transfer_while_iterating,
     {"sley_sequence_transfer_l", "iterated"}},
    {"locked_body_returns_null", locked_body_returns_null, {"test_misuse.c:", "returned NULL"}},
    {"filter_declines_a_failure", filter_declines_a_failure, {"filter", "main", "error 41"}},
    {"filter_declines_a_rejection", filter_declines_a_rejection, {"filter", "main", "error 42"}},
    {"filter_declines_what_a_callback_gives",
     filter_declines_what_a_callback_gives,
     {"filter", "main", "error 43"}},
    {"filter_declines_want_of_memory", filter_declines_want_of_memory, {"filter", "memory"}},
    {"reserve_used_up", reserve_used_up, {"reserve", "used up"}},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Detected if objects are allocated singly: the message has the wrong place, the one before it, and the promise's. */
static const struct misuse alone_cases[] = {
    {"bound_twice",
     bound_twice,
     {"sley_bind at " HERE, "its last use was sley_bind at " HERE, "made at " HERE}},
    {"caught_twice", caught_twice, {"sley_catch at " HERE, "its last use was sley_bind at " HERE}},
    {"null_function", null_function, {"sley_bind at " HERE, "NULL for its argument f"}},
    {"canceled_after_consumed",
     canceled_after_consumed,
     {"sley_cancel was given", "its last use was sley_bind at " HERE, "sley_keep"}},
    {"one_operand_twice", one_operand_twice, {"sley_all at " HERE, "2 times", "count of only 1"}},
    {"used_after_its_slot_was_used",
     used_after_its_slot_was_used,
     {"sley_promise_value was given", "made at " HERE, "its last use was sley_drop"}},
    {"resolver_used_twice", resolver_used_twice, {"already used, by sley_fulfill"}},
};
enum { ALONE_CASES = sizeof alone_cases / sizeof alone_cases[0] };

/* Observers must not be lost; if even the reserve has no node, aborting is the only choice. */
static void *no_alloc(void *ctx, size_t bytes) { return *(bool *)ctx ? NULL : malloc(bytes); }
static void plain_free(void *ctx, void *memory, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  free(memory);
}
static void filter_declines_want_of_memory(void)
{
  static bool empty;
  sley_runtime_options options = {
      .size = sizeof options, .allocator = {no_alloc, plain_free, &empty}, .single_objects = true};
  sley_runtime *runtime = NULL;
  if (sley_runtime_new(&options, &runtime) != NULL) exit(3);
  sley_domain_enter(make_domain(runtime, "poor"));
  sley_set_error_filter(sley_error_accept_all_but_memory);
  empty = true;
  sley_drop(sley_return(sley_unit()));
}
static void reserve_used_up(void)
{
  static bool empty;
  sley_runtime_options options = {
      .size = sizeof options, .allocator = {no_alloc, plain_free, &empty}, .single_objects = true};
  sley_runtime *runtime = NULL;
  if (sley_runtime_new(&options, &runtime) != NULL) exit(3);
  sley_domain_enter(make_domain(runtime, "poor"));
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  empty = true;
  for (int i = 0; i < 1000; i++) sley_on_termination(p, note_done, "x");
}

static void must_say(const struct misuse *m, const char *mode)
{
  char text[8192];
  const char *const words[] = {program, m->name, mode, NULL};
  int status = run_program(words, strcmp(mode, "environment") == 0, text, sizeof text);
  if (!aborted(status))
    fail_msg("%s (%s) did not abort: status %x, %s", m->name, mode, (unsigned)status, text);
  if (strncmp(text, "sley: ", 6) != 0) fail_msg("%s: %s", m->name, text);
  for (int k = 0; k < 3; k++)
    if (m->says[k] != NULL && strstr(text, m->says[k]) == NULL)
      fail_msg("%s (%s) does not say \"%s\": %s", m->name, mode, m->says[k], text);
}

#ifdef __SANITIZE_ADDRESS__
/* If the memory is freed by then, the checker reports the mistake, not the library. */
static bool is_of_freed_memory(const struct misuse *m)
{
  static const char *const names[] = {"used_after_freed", "dropped_twice",
                                      "resolver_after_its_promise", "object_after_its_last_drop",
                                      "used_after_its_slot_was_used"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(m->name, names[i]) == 0) return true;
  return false;
}
#endif

static void misuse_is_named_where_objects_are_alone(void **state)
{
  (void)state;
  for (size_t i = 0; i < ALONE_CASES; i++) {
#ifdef __SANITIZE_ADDRESS__
    if (is_of_freed_memory(&alone_cases[i])) continue;
#endif
    must_say(&alone_cases[i], "single");
    must_say(&alone_cases[i], "environment");
  }
}

static void every_misuse_aborts(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2 * CASES; i++) {
    const struct misuse *m = &cases[i / 2];
    bool single = i % 2 == 1;
#ifdef __SANITIZE_ADDRESS__
    if (single && is_of_freed_memory(m)) continue;
#endif
    must_say(m, single ? "single" : "slabs");
  }
}

/* Correct use must not abort. */
static void careful_use_is_fine(void **state)
{
  (void)state;
  sley_domain *a = make_domain(world.runtime, "a"), *b = make_domain(world.runtime, "b");
  sley_resolver *ra, *rb;
  sley_domain_enter(a);
  sley_promise *pa = sley_pending(&ra);
  sley_domain_enter(b); /* nested */
  sley_promise *pb = sley_bind(sley_pending(&rb), give_unit, NULL);
  sley_fulfill(&rb, sley_unit());
  assert_fulfilled(pb, 0);
  sley_drop(pb);
  assert_ptr_equal(sley_domain_current(), b);
  sley_domain_leave(b);
  assert_ptr_equal(sley_domain_current(), a);
  sley_fulfill(&ra, sley_unit());
  assert_fulfilled(pa, 0);
  sley_drop(pa);
  sley_domain_leave(a);
  assert_int_not_equal(sley_domain_id(a), sley_domain_id(b));
  assert_string_equal(sley_domain_name(a), "a");
  assert_int_equal(sley_domain_end(a), 0);
  assert_int_equal(sley_domain_end(b), 0);
  sley_drop(NULL);
}

int main(int count, char **arguments)
{
  program = arguments[0];
  if (count >= 2) {
    if (count == 3 && strcmp(arguments[2], "single") == 0) {
      sley_runtime_options options = {.size = sizeof options, .single_objects = true};
      if (sley_configure(&options) != NULL) return 3;
    }
    for (size_t i = 0; i < CASES; i++)
      if (strcmp(cases[i].name, arguments[1]) == 0) cases[i].run();
    for (size_t i = 0; i < ALONE_CASES; i++)
      if (strcmp(alone_cases[i].name, arguments[1]) == 0) alone_cases[i].run();
    return 0; /* nothing was detected: the test reports it */
  }
  const struct CMUnitTest tests[] = {
      TEST(careful_use_is_fine),
  };
  const struct CMUnitTest processes[] = {
      /* own domains, each with slabs and with single objects */
      cmocka_unit_test(every_misuse_aborts),
      cmocka_unit_test(misuse_is_named_where_objects_are_alone),
  };
  return RUN_TESTS(tests) + cmocka_run_group_tests_name("misuse", processes, NULL, NULL);
}
