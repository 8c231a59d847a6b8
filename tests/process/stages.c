/* Does one thing with the library, and prints what the process has meanwhile and what is left after sley_finish. STAGE: a name of
 * the table at the end. check_process.py compares it with docs/process.md.
 * Usage: stages STAGE [traced] */
#define _GNU_SOURCE
#include <sley.h>

#include "seen.h"

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                            \
    }                                                                     \
  } while (0)

static bool is_traced; /* then nothing is looked at: that takes system calls too */

static void look(void)
{
  if (is_traced) return;
  static state s;
  state_see(&s);
  state_print(&s);
}

static void run(sley_promise *p) { CHECK(sley_run(p, NULL) == NULL); }

static sley_promise *unit(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return_unit();
}

static void promises(void)
{
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), unit, NULL);
  sley_fulfill(&r, sley_unit());
  look();
  sley_drop(p);
}

static void run_stage(void)
{
  run(sley_sleep(0.001));
  look();
}

static sley_promise *wait(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_await(sley_sleep(0.001), NULL);
  return e != NULL ? sley_fail(e) : sley_return_unit();
}

static void fiber(void)
{
  run(sley_spawn(wait, NULL));
  look();
}

static sley_promise *answer(sley_value *arg)
{
  (void)arg;
  return sley_return_unit();
}

static void domain(void)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "yours"};
  CHECK(sley_domain_spawn(&o, &d) == NULL);
  run(sley_call(d, answer, sley_unit()));
  look();
  run(sley_domain_shutdown(d, 1));
  run(sley_domain_join(d));
  sley_domain_drop(d);
}

static sley_error *work(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_unit();
  return NULL;
}

static void job(void)
{
  run(sley_detach(NULL, work, sley_unit()));
  look();
}

static void compute(void)
{
  run(sley_detach(sley_workers_default(SLEY_WORKERS_PURPOSE_COMPUTE), work, sley_unit()));
  look();
}

static void signals(void)
{
  sley_promise *p = sley_wait_signal(SIGUSR1);
  look();
  raise(SIGUSR1);
  run(p);
}

static void output(void)
{
  run(sley_output_write(sley_output_stdout(), "", 0));
  look();
}

static sley_promise *echo(sley_connection *c)
{
  return sley_input_pump(sley_connection_input(c), sley_connection_output(c));
}

static sley_promise *has_answer(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  look();
  return sley_return_unit();
}

static sley_promise *talk(void *ctx, sley_input *in, sley_output *out)
{
  static char got[1];
  (void)ctx;
  sley_promise *written = sley_output_write(out, "x", 1);
  sley_promise *flushed = sley_output_flush(out);
  return sley_bind(sley_join(SLEY_PROMISES(written, flushed, sley_input_read_exactly(in, got, 1))),
                   has_answer, NULL);
}

static sley_promise *connect_to(void *ctx, sley_server *server)
{
  (void)ctx;
  static char port[16];
  snprintf(port, sizeof(port), "%u", sley_server_port(server));
  return sley_with_connection(NULL, "127.0.0.1", port, talk, NULL);
}

static void server(void)
{
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1:0"};
  const sley_server_options o = {.size = sizeof(o),
                                 .listen = (const sley_listen_options *const[]){&at},
                                 .listens = 1,
                                 .serve = echo};
  run(sley_with_server(&o, 1, connect_to, NULL));
}

static void look_up(void)
{
  sley_error_drop(sley_run(sley_resolve("name.invalid", "80"), NULL)); /* there may be no network */
  look();
}

static const struct {
  const char *name;
  void (*run)(void);
} stages[] = {{"promises", promises}, {"run", run_stage},   {"fiber", fiber},    {"domain", domain},
              {"job", job},           {"compute", compute}, {"signal", signals}, {"output", output},
              {"server", server},     {"look-up", look_up}};

/* Threads that are joined are still in /proc for a moment. */
static void look_when_alone(void)
{
  static state s;
  for (int i = 0; i < 2000; i++) {
    state_see(&s);
    if (s.threads.count == 0) break;
    usleep(5000);
  }
  puts("after sley_finish");
  state_print(&s);
}

int main(int count, char **arguments)
{
  is_traced = count == 3;
  if (count == 1) {
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) puts(stages[i].name);
    return 0;
  }
  puts(arguments[1]); /* stdio has its buffer */
  fflush(stdout);
  if (!is_traced) seen_begin();
  CHECK(write(-1, "begin", 5) < 0); /* seen by strace */
  for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
    if (strcmp(stages[i].name, arguments[1]) == 0) stages[i].run();
  CHECK(sley_finish() == 0);
  CHECK(write(-1, "end", 3) < 0);
  if (!is_traced) look_when_alone();
  return 0;
}
