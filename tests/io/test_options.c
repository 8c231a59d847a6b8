/* Structs that begin with their size: a struct whose size was not set aborts, with the same message everywhere.
 * Every case is a separate run of this program.
 * Tests src/promise/base/abort.c. */
#include <signal.h>

#include "support/child.h"
#include "support/process.h"

static const char *program;

static sley_promise *start(void *ctx)
{
  (void)ctx;
  return sley_return_unit();
}
static sley_promise *serve(sley_value *arg)
{
  (void)arg;
  return sley_return_unit();
}
static sley_promise *connection(sley_value *client, const sley_value *context)
{
  (void)client;
  (void)context;
  return sley_return_unit();
}

/* ---- options: none may return, for any size that is too small */
static size_t size;

static void runtime_new(void)
{
  sley_runtime *out;
  sley_runtime_options o = {.size = size};
  if (sley_runtime_new(&o, &out) != NULL) return;
}
static void configure(void)
{
  sley_runtime_options o = {.size = size};
  if (sley_configure(&o) != NULL) return;
}
static void domain_spawn(void)
{
  sley_domain *out;
  sley_domain_options o = {.size = size};
  if (sley_domain_spawn(&o, &out) != NULL) return;
}
static void team_new(void)
{
  sley_team *out;
  sley_team_options o = {.size = size};
  if (sley_team_new(&o, &out) != NULL) return;
}
static void workers_new(void)
{
  sley_workers *out;
  sley_workers_options o = {.size = size};
  if (sley_workers_new(&o, &out) != NULL) return;
}
static void pool_new(void)
{
  sley_pool *out;
  sley_pool_options o = {.size = size, .max = 1, .create = start};
  if (sley_pool_new(&o, &out) != NULL) return;
}
static void spawn_with(void)
{
  sley_spawn_options o = {.size = size};
  sley_drop(sley_spawn_with(&o, start, NULL, NULL));
}
static void generate_with(void)
{
  sley_spawn_options o = {.size = size};
  sley_stream_drop(sley_stream_generate_with(&o, start, NULL, NULL));
}
static void retry(void)
{
  sley_retry_options o = {.size = size};
  sley_drop(sley_retry(&o, start, NULL));
}
static void retry_sleeping(void)
{
  sley_retry_options o = {.size = size};
  sley_drop(sley_retry_sleeping(&o, start, NULL));
}
static void call_with(void)
{
  sley_call_options o = {.size = size};
  sley_drop(sley_call_with(sley_domain_current(), &o, serve, sley_unit()));
}
static void listen_with(void)
{
  sley_listener *out;
  sley_listen_options o = {.size = size, .address = "127.0.0.1"};
  if (sley_listen(&o, &out) != NULL) return;
}
static void server_start(void)
{
  sley_domain *here = sley_domain_current();
  sley_server_options o = {.size = size, .domains = &here, .count = 1, .bare = connection};
  sley_drop(sley_server_start(&o));
}
static void server_listen(void)
{
  sley_domain *here = sley_domain_current();
  const sley_listen_options at = {.size = size, .address = "127.0.0.1"};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options o = {.size = sizeof o,
                           .listen = ats,
                           .listens = 1,
                           .domains = &here,
                           .count = 1,
                           .bare = connection};
  sley_drop(sley_server_start(&o));
}
static void set_trace(void)
{
  sley_trace t = {.size = size};
  sley_set_trace(&t, NULL);
}

/* ---- figures */
static void counters(void)
{
  sley_counters c = {.size = 0};
  sley_counters_get(&c);
}
static void published(void)
{
  sley_published p = {.size = 0};
  sley_published_get(sley_domain_current(), &p);
}
static void fiber_counters(void)
{
  sley_fiber_counters c = {.size = 0};
  sley_fiber_counters_get(&c);
}
static void workers_counters(void)
{
  sley_workers_options o = {.size = sizeof o};
  sley_workers_counters c = {.size = 0};
  sley_workers *pool;
  if (sley_workers_new(&o, &pool) == NULL) sley_workers_counters_get(pool, &c);
}
static void domain_counters(void)
{
  sley_domain_counters c = {.size = 0};
  sley_domain_counters_get(sley_domain_current(), &c);
}
static void no_options(void)
{
  sley_pool *out;
  if (sley_pool_new(NULL, &out) != NULL) return;
}

static const struct each {
  const char *name, *function, *type;
  void (*run)(void);
  bool is_options;
} cases[] = {
    {"runtime_new", "sley_runtime_new", "sley_runtime_options", runtime_new, true},
    {"configure", "sley_configure", "sley_runtime_options", configure, true},
    {"domain_spawn", "sley_domain_spawn", "sley_domain_options", domain_spawn, true},
    {"team_new", "sley_team_new", "sley_team_options", team_new, true},
    {"workers_new", "sley_workers_new", "sley_workers_options", workers_new, true},
    {"pool_new", "sley_pool_new", "sley_pool_options", pool_new, true},
    {"spawn_with", "sley_spawn_with", "sley_spawn_options", spawn_with, true},
    {"generate_with", "sley_stream_generate_with", "sley_spawn_options", generate_with, true},
    {"retry", "sley_retry", "sley_retry_options", retry, true},
    {"retry_sleeping", "sley_retry_sleeping", "sley_retry_options", retry_sleeping, true},
    {"call_with", "sley_call_with", "sley_call_options", call_with, true},
    {"listen", "sley_listen", "sley_listen_options", listen_with, true},
    {"server_start", "sley_server_start", "sley_server_options", server_start, true},
    {"server_listen", "sley_server_start", "sley_listen_options", server_listen, true},
    {"set_trace", "sley_set_trace", "sley_trace", set_trace, true},
    {"counters", "sley_counters_get", "sley_counters", counters, false},
    {"published", "sley_published_get", "sley_published", published, false},
    {"fiber_counters", "sley_fiber_counters_get", "sley_fiber_counters", fiber_counters, false},
    {"workers_counters", "sley_workers_counters_get", "sley_workers_counters", workers_counters,
     false},
    {"domain_counters", "sley_domain_counters_get", "sley_domain_counters", domain_counters, false},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* Runs one case in its own process; checks what it wrote to stderr and how it ended. */
static void says(const char *name, const char *bytes, const char *sentence)
{
  char text[4096];
  const char *const words[] = {program, name, bytes, NULL};
  int status = run_program(words, false, text, sizeof(text));
  if (!aborted(status)) fail_msg("%s did not abort: status %x, %s", name, (unsigned)status, text);
  if (strncmp(text, sentence, strlen(sentence)) != 0) fail_msg("%s: %s", name, text);
}

static void a_size_that_was_not_set(void **state)
{
  (void)state;
  for (int i = 0; i < CASES; i++) {
    static const char *const sizes[] = {"0", "8"};
    for (int k = 0; k < (cases[i].is_options ? 2 : 1); k++) {
      char sentence[256];
      snprintf(sentence, sizeof(sentence),
               "sley: %s was given a %s of size %s: set its member size to sizeof(%s)",
               cases[i].function, cases[i].type, sizes[k], cases[i].type);
      says(cases[i].name, sizes[k], sentence);
    }
  }
  says("no_options", "0", "sley: sley_pool_new was given NULL instead of a sley_pool_options");
}

int main(int argc, char **argv)
{
  program = argv[0];
  if (argc == 3) {
    size = (size_t)atoi(argv[2]);
    sley_drop(sley_return(sley_unit()));
    if (strcmp(argv[1], "no_options") == 0) no_options();
    for (int i = 0; i < CASES; i++)
      if (strcmp(cases[i].name, argv[1]) == 0) cases[i].run();
    return 0;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_size_that_was_not_set)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
