/* Options, join, ends in any order, reports.
 * Tests src/domain/life/spawn.c, src/domain/life/join.c, src/domain/life/processors.c, src/domain/life/seats.c,
 * src/domain/life/shutdown.c. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "domain/life/processors.h"
#include "support/domains.h"

/* ---- options ---- */

static sley_promise *engine_here(sley_value *arg)
{
  char text[2048];
  (void)arg;
  sley_placement(NULL, text, sizeof(text));
  const char *line = strstr(text, "picky");
  return sley_return(sley_int(line != NULL && strstr(line, "engine poll\n") != NULL));
}

static size_t own_blocks; /* any thread, __atomic */

static void *own_alloc(void *ctx, size_t bytes)
{
  __atomic_add_fetch((size_t *)ctx, 1, __ATOMIC_RELAXED);
  return malloc(bytes);
}

static void own_free(void *ctx, void *block, size_t bytes)
{
  (void)bytes;
  __atomic_sub_fetch((size_t *)ctx, 1, __ATOMIC_RELAXED);
  free(block);
}

static char reported[4096];
static size_t reports;

static void report(void *ctx, const char *line)
{
  (void)ctx;
  reports++;
  size_t used = strlen(reported);
  snprintf(reported + used, sizeof(reported) - used, "%s\n", line);
}

static int hook_calls; /* any thread, __atomic */

static void hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
  __atomic_add_fetch(&hook_calls, 1, __ATOMIC_RELAXED);
}

static sley_promise *fail_alone(void *ctx)
{
  (void)ctx;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "alone"));
}

static sley_promise *fail_asynchronously(sley_value *arg)
{
  (void)arg;
  sley_async(fail_alone, NULL);
  sley_drop(fail_alone(NULL)); /* never read */
  return sley_return(sley_unit());
}

/* arg is a processor. 101: the domain can run on that processor only. */
static sley_promise *where(sley_value *arg)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return sley_return(sley_int(-1));
  return sley_return(sley_int(CPU_COUNT(&set) * 100 + CPU_ISSET((size_t)arg->i, &set)));
}

/* The first and the last available processor; false if there is only one. */
static bool two_processors(int *first, int *last, cpu_set_t *all)
{
  *first = *last = -1;
  assert_int_equal(sched_getaffinity(0, sizeof(*all), all), 0);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (!CPU_ISSET((size_t)i, all)) continue;
    if (*first < 0) *first = i;
    *last = i;
  }
  return *first != *last;
}

/* In a pinned domain: another domain can be pinned elsewhere. */
static sley_promise *pin_another(int processor, const char *processors)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .processor = processor, .processors = processors};
  int code = code_of_error(sley_domain_spawn(&o, &d));
  if (code != 0) return sley_return(sley_int(code));
  sley_promise *down = sley_domain_shutdown(d, 1);
  sley_domain_drop(d);
  return down;
}

static sley_promise *pin_to_one(sley_value *arg) { return pin_another((int)arg->i + 1, NULL); }

static sley_promise *pin_to_list(sley_value *arg)
{
  char list[16];
  snprintf(list, sizeof(list), "%d", (int)arg->i);
  return pin_another(0, list);
}

static void pinned_where_it_may_run(void **state)
{
  (void)state;
  int first, last;
  cpu_set_t all, one;
  sley_domain *d;
  if (!two_processors(&first, &last, &all)) skip();
  sley_drop(sley_return(sley_unit()));
  sley_domain_options o = {.size = sizeof(o), .processor = last + 1};
  assert_null(sley_domain_spawn(&o, &d));
  sley_value to_one, to_list;
  assert_null(sley_run(sley_call(d, pin_to_one, sley_int(first)), &to_one));
  assert_null(sley_run(sley_call(d, pin_to_list, sley_int(first)), &to_list));
  end(d);
  assert_int_equal(to_one.i, 0);
  assert_int_equal(to_list.i, 0);
  CPU_ZERO(&one);
  CPU_SET((size_t)first, &one);
  assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
  int elsewhere = code_of_error(
      sley_domain_spawn(&o, &d)); /* the program pinned this thread, not the process */
  if (elsewhere == 0) end(d);
  pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "test_life", "pinned", (char *)NULL);
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
  assert_int_equal(elsewhere, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a process that was pinned before it began: it can use its own processor only. */
static int pinned_process(void)
{
  sley_domain *d;
  int own = sley_domain_processor(0);
  sley_drop(sley_return(sley_unit()));
  sley_domain_options o = {.size = sizeof(o), .processor = own};
  if (sley_domain_spawn(&o, &d) != NULL) return 1;
  end(d);
  o.processor = own == 1 ? 2 : 1;
  if (code_of_error(sley_domain_spawn(&o, &d)) != -SLEY_EINVAL) return 2;
  return sley_finish() != 0;
}

static void every_option(void **state)
{
  (void)state;
  sley_domain *d;
  int first, last;
  cpu_set_t all;
  char processors[16];
  two_processors(&first, &last, &all); /* 0 may be forbidden */
  snprintf(processors, sizeof(processors), "%d", first);
  own_blocks = 0;
  hook_calls = 0;
  sley_allocator own = {own_alloc, own_free, &own_blocks};
  sley_domain_options o = {.size = sizeof(o),
                           .name = "picky",
                           .processors = processors,
                           .stack = 1 << 20,
                           .engine = "poll",
                           .allocator = &own,
                           .async_hook = hook,
                           .unhandled_hook = hook};
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, engine_here, sley_unit()), 1);
  run_gives(sley_call(d, where, sley_int(first)), 101);
  assert_true(__atomic_load_n(&own_blocks, __ATOMIC_RELAXED) > 0);
  run_gives(sley_call(d, fail_asynchronously, sley_unit()), 0);
  run_gives(sley_call(d, where, sley_int(first)), 101);
  assert_int_equal(__atomic_load_n(&hook_calls, __ATOMIC_RELAXED), 2);
  end_leaving_nothing(d);
  assert_int_equal(own_blocks, 0);
}

static void count_drop(void *ctx) { __atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELAXED); }

static void wrong_options(void **state)
{
  (void)state;
  sley_domain *d;
  sley_drop(sley_return(sley_unit()));
  sley_allocator half = {own_alloc, NULL, NULL};
  static const sley_type mute = {.size = sizeof(mute), .name = "mute"};
  int object;
#define WRONG(...)                                   \
  {                                                  \
    .size = sizeof(sley_domain_options), __VA_ARGS__ \
  }
  const struct {
    sley_domain_options options;
    const char *said;
  } wrong[] = {
      {WRONG(.engine = "coal"), "there is no engine \"coal\": there are "},
      {WRONG(.processor = -1), "its processor is -1: processors are counted from 1"},
      {WRONG(.processor = 5000), "its processor, 5000, which is number 4999 of the system"},
      {WRONG(.processors = ""), "its processors, \"\", are not numbers such as \"0-3,6\""},
      {WRONG(.processors = "zero"), "its processors, \"zero\""},
      {WRONG(.processors = "3-1"), "its processors, \"3-1\""},
      {WRONG(.processors = "0,"), "its processors, \"0,\""},
      {WRONG(.processors = "0-"), "its processors, \"0-\""},
      {WRONG(.processors = "1000"), "its processors, \"1000\""},
      {WRONG(.processors = "0", .processor = 1),
       "both its processor, 1, and its processors, \"0\", are set"},
      {WRONG(.allocator = &half), "its allocator has no function to free"},
      {WRONG(.stack = 1), "its stack of 1 bytes is not possible here"},
      {WRONG(.arg = sley_own(&object, &mute)), "its argument, of type mute, cannot cross domains"},
  };
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    sley_error *e = sley_domain_spawn(&wrong[i].options, &d);
    assert_null(d);
    assert_non_null(e);
    if (strstr(sley_error_message(e), wrong[i].said) == NULL)
      fail_msg("%s\ninstead of: %s", sley_error_message(e), wrong[i].said);
    int code = wrong[i].options.arg.type != NULL ? SLEY_ESEND : SLEY_EINVAL;
    assert_true(sley_error_is(e, &sley_kind_sley, code));
    sley_error_drop(e);
  }
  int drops = 0;
  sley_domain_options o = {.size = sizeof(o),
                           .engine = "coal",
                           .hook_ctx = &drops,
                           .hook_drop = count_drop,
                           .report_ctx = &drops,
                           .report_drop = count_drop};
  assert_int_equal(code_of_error(sley_domain_spawn(&o, &d)), -SLEY_EINVAL);
  assert_int_equal(drops, 2);
  o.engine = NULL;
  assert_null(sley_domain_spawn(&o, &d));
  assert_int_equal(__atomic_load_n(&drops, __ATOMIC_RELAXED), 2);
  end_leaving_nothing(d);
  assert_int_equal(__atomic_load_n(&drops, __ATOMIC_RELAXED), 4);
}

static int start_failed; /* any thread, __atomic */

static void start_failed_hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EINVAL))
    __atomic_add_fetch(&start_failed, 1, __ATOMIC_RELAXED);
}

static sley_promise *fail_at_start(sley_value *arg)
{
  (void)arg;
  return fail_alone(NULL);
}

/* The hook is called; the domain keeps running. */
static void a_start_that_fails(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {
      .size = sizeof(o), .name = "bad", .start = fail_at_start, .async_hook = start_failed_hook};
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, give_back, sley_int(4)), 4);
  assert_int_equal(__atomic_load_n(&start_failed, __ATOMIC_RELAXED), 1);
  assert_true(sley_domain_is_open(d));
  end_leaving_nothing(d);
}

/* ---- ends ---- */

static void joining(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *first = sley_domain_join(d), *second = sley_domain_join(d);
  sley_promise *tired = sley_domain_join(d);
  sley_cancel(tired);
  run_fails(tired, &sley_kind_sley, SLEY_ECANCELED);
  assert_true(sley_domain_is_open(d));
  assert_true(sley_is_pending(first));
  run_gives(sley_domain_shutdown(d, 1), 0);
  assert_false(sley_domain_is_open(d));
  run_gives(first, 0);
  run_gives(second, 0);
  run_gives(sley_domain_join(d), 0); /* ended long ago */
  run_fails(sley_domain_shutdown(d, 1), &sley_kind_sley, SLEY_EGONE);
  run_fails(sley_domain_join(sley_domain_current()), &sley_kind_sley, SLEY_EINVAL);
  sley_domain_drop(d);
}

/* Both requests are there before the domain reads them. */
static void the_first_who_asks_ends_it(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *busy = hold_domain(d);
  sley_promise *first = sley_domain_shutdown(d, 1), *second = sley_domain_shutdown(d, 1);
  let_go();
  run_gives(busy, 0);
  run_gives(first, 0);
  run_fails(second, &sley_kind_sley, SLEY_EGONE);
  sley_domain_drop(d);
}

static sley_promise *wait_for_its_end(sley_value *arg)
{
  return sley_domain_join(sley_domain_in(arg));
}

static void joined_from_elsewhere(void **state)
{
  (void)state;
  sley_domain *a = start("a"), *b = start("b");
  sley_promise *waits = sley_call(a, wait_for_its_end, sley_domain_to_value(sley_domain_keep(b)));
  rest(0.005);
  end_leaving_nothing(b);
  run_gives(waits, 0);
  /* This one waits for a domain that outlives it. */
  b = start("b");
  waits = sley_call(a, wait_for_its_end, sley_domain_to_value(sley_domain_keep(b)));
  rest(0.005);
  run_gives(sley_domain_shutdown(a, 0), 0);
  settle(waits);
  end_leaving_nothing(b);
  sley_domain_drop(a);
}

static sley_promise *end_myself(sley_value *arg)
{
  (void)arg;
  sley_drop(sley_domain_shutdown(sley_domain_current(), 1));
  return sley_return(sley_int(1));
}

static void a_domain_ends_itself(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  sley_promise *over = sley_domain_join(d);
  run_gives(sley_call(d, end_myself, sley_unit()), 1);
  run_gives(over, 0);
  run_fails(sley_call(d, end_myself, token(1)), &sley_kind_sley, SLEY_EGONE);
  sley_domain_drop(d);
  assert_int_equal(tokens_alive(), 0);
}

static sley_promise *nest(sley_value *arg)
{
  sley_domain *inner;
  sley_domain_options o = {.size = sizeof(o), .name = "inner"};
  if (arg->i > 0) {
    o.start = nest;
    o.arg = sley_int(arg->i - 1);
  }
  if (sley_domain_spawn(&o, &inner) != NULL) return sley_fail(sley_error_nomem());
  sley_promise *p = sley_domain_shutdown(inner, 5);
  sley_domain_drop(inner);
  return p;
}

static void domains_start_domains(void **state)
{
  (void)state;
  sley_domain *ds[4];
  for (int i = 0; i < 4; i++) ds[i] = start("outer");
  sley_promise *ps[4];
  for (int i = 0; i < 4; i++) ps[i] = sley_call(ds[i], nest, sley_int(3));
  run_gives(sley_join(ps, 4), 0);
  static const int order[] = {2, 0, 3, 1};
  for (int i = 0; i < 4; i++) end_leaving_nothing(ds[order[i]]);
}

static sley_promise *stubborn(sley_value *arg)
{
  sley_resolver *r;
  (void)arg;
  return sley_pending(&r);
}

static void what_refuses_to_end_is_named(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "mule", .start = stubborn, .report = report};
  reports = 0;
  reported[0] = '\0';
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_domain_spawn(&o, &d));
  sley_promise *p = sley_call(d, stubborn, sley_unit());
  sley_value left;
  assert_null(sley_run(sley_domain_shutdown(d, 0.01), &left));
  assert_int_equal(left.i, 2);
  run_fails(p, &sley_kind_sley, SLEY_EGONE);
  sley_domain_drop(d);
  assert_int_equal(reports, 3);
  assert_non_null(strstr(reported, "domain mule ended while serving a call that domain main"));
  assert_non_null(strstr(reported, "domain mule ended while its start function waits"));
  assert_non_null(strstr(reported, "left in domain mule: 2 pending"));
  assert_non_null(strstr(reported, "test_life.c:"));
}

static sley_promise *wait_for_ever(sley_value *arg) { return never(arg); }

static void callers_learn_of_the_end(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  enum { MANY = 2000 };
  static sley_promise *ps[MANY]; /* more than the credit */
  for (int i = 0; i < MANY; i++) ps[i] = sley_call(d, wait_for_ever, token(i));
  sley_promise *down = sley_domain_shutdown(d, 0);
  run_gives(down, 0);
  int gone = 0;
  for (int i = 0; i < MANY; i++) {
    sley_error *e = sley_run(ps[i], NULL);
    assert_non_null(e);
    gone += sley_error_is(e, &sley_kind_sley, SLEY_EGONE);
    assert_string_equal(sley_error_message(e), "the called domain 'one' has ended");
    sley_error_drop(e);
  }
  assert_int_equal(gone, MANY);
  assert_int_equal(tokens_alive(), 0);
  sley_domain_drop(d);
}

static sley_promise *cancel_itself(sley_value *arg)
{
  (void)arg;
  return sley_fail(sley_error_canceled());
}

static sley_promise *then_cancel(void *ctx, sley_value *v)
{
  (void)ctx;
  return cancel_itself(v);
}

static sley_promise *cancel_itself_later(sley_value *arg)
{
  (void)arg;
  return sley_bind(sley_pause(), then_cancel, NULL);
}

static sley_promise *say_so(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "cut off"));
}

static sley_promise *fails_when_canceled(sley_value *arg)
{
  return sley_catch(never(arg), say_so, NULL);
}

/* A caller sees Canceled only if the caller or the function itself canceled. */
static void only_the_end_is_told_as_the_end(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  run_fails(sley_call(d, cancel_itself, token(1)), &sley_kind_sley, SLEY_ECANCELED);
  run_fails(sley_call(d, cancel_itself_later, token(1)), &sley_kind_sley, SLEY_ECANCELED);
  sley_promise *mine = sley_call(d, wait_for_ever, token(2));
  sley_promise *other = sley_call(d, fails_when_canceled, token(3));
  run_gives(sley_call(d, give_back, sley_int(4)), 4); /* both calls are being served */
  sley_promise *down = sley_domain_shutdown(d, 0);
  sley_cancel(mine);
  run_gives(down, 0);
  run_fails(mine, &sley_kind_sley, SLEY_ECANCELED);
  run_fails(other, &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(tokens_alive(), 0);
  sley_domain_drop(d);
}

enum { WAITING = 20000 };

static int answers, refusals;
static uintptr_t lowest, highest; /* addresses on the stack at which they were called */

static void note_answer(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  answers++;
}

static void note_refusal(void *ctx, sley_error *e)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  (void)ctx;
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EGONE));
  refusals++;
  if (here < lowest) lowest = here;
  if (here > highest) highest = here;
}

static void many_waiting_calls_are_refused_on_little_stack(void **state)
{
  (void)state;
  sley_domain *d = start("short-lived");
  sley_promise *held = hold_domain(d);
  for (int i = 0; i < WAITING; i++) {
    sley_promise *p = sley_call(d, give_back, sley_unit());
    sley_on_any(p, note_answer, note_refusal, NULL);
    sley_drop(p);
  }
  answers = refusals = 0;
  lowest = UINTPTR_MAX;
  highest = 0;
  sley_promise *end = sley_domain_shutdown(d, 0);
  sley_domain_flush();
  let_go();
  while (sley_domain_is_open(d)) usleep(100);
  usleep(300000); /* d has ended before this side reads its answers */
  settle(held);
  settle(end);
  WAIT_UNTIL(answers + refusals == WAITING);
  assert_true(refusals > WAITING / 2);
  assert_true(highest - lowest < 16384);
  sley_domain_drop(d);
}

static void joins_without_memory(void)
{
  sley_domain *d = start_or_none("one");
  if (d == NULL) return;
  sley_promise *p = sley_domain_join(d);
  end(d);
  settle(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(joins_without_memory);
}

int main(int argc, char **argv)
{
  (void)argv;
  if (argc > 1) return pinned_process();
  const struct CMUnitTest tests[] = {
      TEST(every_option),
      TEST(wrong_options),
      TEST(pinned_where_it_may_run),
      TEST(a_start_that_fails),
      TEST(joining),
      TEST(joined_from_elsewhere),
      TEST(the_first_who_asks_ends_it),
      TEST(a_domain_ends_itself),
      TEST(domains_start_domains),
      TEST(what_refuses_to_end_is_named),
      TEST(callers_learn_of_the_end),
      TEST(many_waiting_calls_are_refused_on_little_stack),
      TEST(only_the_end_is_told_as_the_end),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
