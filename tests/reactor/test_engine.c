/* Choosing what asks the kernel, by name, and hearing which one does.
 * Tests src/reactor/engines.c, src/reactor/engine_libev.c. */
#include <sley/domain.h>
#include <sley/dump.h>
#include <sley/engine.h>

#include "support/child.h"
#include "support/domains.h"

typedef struct known {
  char names[128]; /* those that can be used, each with a blank behind it */
  char wrong[256]; /* the reasons of the others */
} known;

static void note(void *ctx, const char *name, const char *why)
{
  known *k = ctx;
  size_t used = strlen(k->names), said = strlen(k->wrong);
  if (why == NULL) snprintf(k->names + used, sizeof(k->names) - used, "%s ", name);
  else snprintf(k->wrong + said, sizeof(k->wrong) - said, "%s.", why);
}

static known all(void)
{
  known k = {"", ""};
  sley_engine_each(note, &k);
  return k;
}

static void each_says_why_not(void **state)
{
  (void)state;
  known k = all();
#ifdef __linux__
  assert_string_equal(k.names, "epoll poll select ");
  assert_non_null(strstr(k.wrong, " has no kqueue on this system."));
#else
  assert_non_null(strstr(k.names, "poll "));
#endif
}

/* The default runtime of this test program may name one (support/process.h). */
static int without_a_name(void **state)
{
  (void)state;
  sley_runtime_options options = {.size = sizeof(options),
                                  .allocator = {memory_alloc, memory_free, NULL}};
  if (count_before() != 0 || sley_configure(&options) != NULL) return -1;
  sley_drop(sley_return(sley_unit()));
  return 0;
}

/* B5.3: the default is the best there is, never poll. */
static void the_default_is_the_best(void **state)
{
  (void)state;
  known k = all();
  const char *name = sley_engine_name(NULL); /* makes the loop */
  assert_non_null(name);
  assert_memory_equal(k.names, name, strlen(name));
  assert_string_not_equal(name, "poll");
  assert_string_equal(sley_engine_name(sley_domain_current()), name);
}

/* B11.7, but chosen as a domain is made. Defect (g) of Lwt: an engine over poll calls itself select. */
static void three_domains_with_three_engines(void **state)
{
  (void)state;
  static const char *const names[] = {"epoll", "poll", "select"};
  sley_domain *domains[3];
  sley_drop(sley_return(sley_unit()));
  for (int i = 0; i < 3; i++) {
    sley_domain_options o = {.size = sizeof(o), .name = names[i], .engine = names[i]};
    assert_null(sley_domain_spawn(&o, &domains[i]));
  }
  for (int i = 0; i < 3; i++) {
    assert_string_equal(sley_engine_name(domains[i]), names[i]); /* from this thread */
    settle(sley_domain_shutdown(domains[i], 1));
    assert_string_equal(sley_engine_name(domains[i]), names[i]);
    sley_domain_drop(domains[i]);
  }
}

static void a_domain_that_has_run_nothing(void **state)
{
  (void)state;
  sley_domain *d;
  assert_null(sley_domain_new(NULL, "idle", &d));
  assert_null(sley_engine_name(d));
  assert_int_equal(sley_domain_end(d), 0);
}

/* A runtime's engine is that of its domains that name none. */
static void the_runtime_names_one(void **state)
{
  (void)state;
  sley_runtime *r;
  char name[] = "select"; /* copied */
  sley_domain *first, *second;
  sley_runtime_options options = {.size = sizeof(options), .engine = name};
  assert_null(sley_runtime_new(&options, &r));
  memset(name, 'x', sizeof(name) - 1);
  assert_null(sley_domain_new(r, "first", &first));
  sley_domain_enter(first);
  run_gives(sley_sleep(0.001), 0);
  assert_string_equal(sley_engine_name(NULL), "select");
  sley_domain_options o = {.size = sizeof(o), .runtime = r};
  assert_null(sley_domain_spawn(&o, &second));
  assert_string_equal(sley_engine_name(second), "select");
  settle(sley_domain_shutdown(second, 1));
  sley_domain_drop(second);
  o.engine = "poll";
  assert_null(sley_domain_spawn(&o, &second));
  assert_string_equal(sley_engine_name(second), "poll");
  settle(sley_domain_shutdown(second, 1));
  sley_domain_drop(second);
  sley_domain_leave(first);
  assert_int_equal(sley_domain_end(first), 0);
  sley_runtime_drop(r);
}

/* Two users of the default runtime, in a child. */
static const char *asked[2];

static void asks_twice(void)
{
  char name[16];
  for (int i = 0; i < 2; i++) {
    sley_runtime_options options = {.size = sizeof(options)};
    if (asked[i] != NULL) snprintf(name, sizeof(name), "%s", asked[i]);
    if (asked[i] != NULL) options.engine = name;
    sley_error *e = sley_configure(&options);
    if (e != NULL) fprintf(stderr, "%s ", sley_error_message(e));
    sley_error_drop(e);
    memset(name, 'x', sizeof(name)); /* it was copied */
  }
  fprintf(stderr, "%s", sley_engine_name(NULL));
}

static void the_default_runtime_is_told_by_its_users(void **state)
{
  (void)state;
  static const struct {
    const char *asked[2], *text;
  } cases[] = {{{"poll", "poll"}, "poll"},
               {{"poll", NULL}, "poll"},
               {{NULL, "select"}, "select"},
               {{"poll", "select"},
                "sley_configure: another part of the program has asked for other options poll"}};
  char text[256];
  sley_finish();
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    memcpy(asked, cases[i].asked, sizeof(asked));
    assert_int_equal(run_in_child(asks_twice, text, sizeof(text)), 0);
    assert_string_equal(text, cases[i].text);
  }
}

/* What reactor-poll/ and its like rely on. */
static void tests_run_on_the_engine_they_name(void **state)
{
  (void)state;
  const char *named = getenv("SLEY_TEST_ENGINE");
  assert_int_equal(finish(), 0);
  setenv("SLEY_TEST_ENGINE", "select", 1);
  assert_int_equal(begin(false, 0), 0);
  assert_string_equal(sley_engine_name(NULL), "select");
  if (named != NULL) setenv("SLEY_TEST_ENGINE", named, 1);
  else unsetenv("SLEY_TEST_ENGINE");
}

/* ---- one that cannot be had ---- */

static void cannot_be_had(const char *engine, const char *why)
{
  sley_runtime *r;
  sley_domain *d, *spawned;
  sley_runtime_options options = {.size = sizeof(options), .engine = engine};
  assert_null(sley_runtime_new(&options, &r));
  assert_null(sley_domain_new(r, "none", &d));
  sley_domain_enter(d);
  const char *text = run_fails(sley_sleep(0.001), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(text, "the loop cannot be made: "));
  assert_non_null(strstr(text, why));
  assert_null(sley_engine_name(NULL));
  sley_domain_options o = {.size = sizeof(o), .runtime = r};
  for (int named = 0; named < 2; named++) {
    o.engine = named ? engine : NULL;
    sley_error *e = sley_domain_spawn(&o, &spawned);
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
    assert_non_null(strstr(sley_error_message(e), why));
    sley_error_drop(e);
  }
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  sley_runtime_drop(r);
}

static void an_engine_that_cannot_be_had_is_named(void **state)
{
  (void)state;
  cannot_be_had("coal", "there is no engine \"coal\": there are ");
#ifdef __linux__
  cannot_be_had("coal", "there are epoll, poll, select");
  cannot_be_had("kqueue", "the engine kqueue cannot be used: libev 4.");
#endif
}

/* ---- which one runs is told ---- */

static void collect(void *ctx, const char *text, size_t size) { strncat(ctx, text, size); }

static void dumps_name_it(void **state)
{
  (void)state;
  char text[512] = "", wanted[32];
  assert_null(sley_dump(SLEY_DUMP_FORMAT_TEXT, collect, text));
  assert_null(strstr(text, "engine"));
  const char *name = sley_engine_name(NULL);
  text[0] = '\0';
  assert_null(sley_dump(SLEY_DUMP_FORMAT_TEXT, collect, text));
  snprintf(wanted, sizeof(wanted), ", engine %s\n", name);
  assert_non_null(strstr(text, wanted));
  text[0] = '\0';
  assert_null(sley_dump(SLEY_DUMP_FORMAT_JSON, collect, text));
  snprintf(wanted, sizeof(wanted), "\"engine\":\"%s\"", name);
  assert_non_null(strstr(text, wanted));
}

static void selects(void)
{
  sley_runtime_options options = {.size = sizeof(options), .engine = "select"};
  sley_error_drop(sley_configure(&options));
  sley_error_drop(sley_run(sley_sleep(0.001), NULL));
  sley_finish();
}

static void debugging_names_it(void **state)
{
  (void)state;
  char text[4096];
  setenv("SLEY_DEBUG", "1", 1);
  run_in_child(selects, text, sizeof(text));
  assert_non_null(strstr(text, "sley: domain main asks the kernel by the engine select\n"));
  unsetenv("SLEY_DEBUG");
  run_in_child(selects, text, sizeof(text));
  assert_null(strstr(text, "engine"));
}

#define PLAIN(f) cmocka_unit_test_setup_teardown(f, without_a_name, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      PLAIN(each_says_why_not),
      PLAIN(the_default_is_the_best),
      PLAIN(three_domains_with_three_engines),
      PLAIN(a_domain_that_has_run_nothing),
      PLAIN(the_runtime_names_one),
      PLAIN(the_default_runtime_is_told_by_its_users),
      TEST(tests_run_on_the_engine_they_name),
      PLAIN(an_engine_that_cannot_be_had_is_named),
      PLAIN(dumps_name_it),
      cmocka_unit_test(debugging_names_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
