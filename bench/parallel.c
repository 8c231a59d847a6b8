/* Gains and costs of teams of domains: a CPU-bound parallel map over one and two domains, 64 domains that do
 * nothing, and values through a port from one domain to another, by gets and as a stream. A line "ROW VALUE" for
 * each; milliseconds, per cent of a processor, and nanoseconds a value. Usage: bench-parallel [port] [map] [idle] */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUTS = 2000, STEPS = 100000, IDLE_DOMAINS = 64, IDLE_SECONDS = 4 };

static double seconds(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(bool good)
{
  if (!good) abort();
}

static sley_team *team_of(unsigned count)
{
  sley_team *team;
  sley_team_options o = {.size = sizeof(o), .count = count};
  must(sley_team_new(&o, &team) == NULL);
  return team;
}

static void team_end(sley_team *team)
{
  must(sley_run(sley_team_shutdown(team, 1), NULL) == NULL);
  sley_team_drop(team);
}

static sley_error *mix(const sley_value *shared, sley_value *in, sley_value *out)
{
  uint64_t x = in->u;
  (void)shared;
  for (int i = 0; i < STEPS; i++) x = x * 6364136223846793005u + 1442695040888963407u;
  out->u = x;
  return NULL;
}

static void map(unsigned members)
{
  static sley_value in[INPUTS];
  sley_value list;
  sley_team *team = team_of(members);
  for (int i = 0; i < INPUTS; i++) in[i] = sley_int(i);
  double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  must(sley_run(sley_parallel_map(team, in, INPUTS, 0, mix, sley_unit()), &list) == NULL);
  double used = seconds(CLOCK_MONOTONIC) - begin;
  sley_value_drop(&list);
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  team_end(team);
  printf("map_%u %.3f\nmap_%u_cpu %.3f\n", members, used * 1e3, members, cpu * 1e3);
}

static sley_promise *nothing(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

static sley_port *port;

/* The main domain has called each once, and then waits as idle as they are. */
static double idle(void)
{
  sley_team *team = team_of(IDLE_DOMAINS);
  sley_value list;
  must(sley_run(sley_call_all(sley_team_domains(team), IDLE_DOMAINS, nothing, sley_unit()),
                &list) == NULL);
  sley_value_drop(&list);
  must(sley_run(sley_sleep(0.5), NULL) == NULL);
  double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
  must(sley_run(sley_sleep(IDLE_SECONDS), NULL) == NULL);
  double used = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
  team_end(team);
  return used * 100 / IDLE_SECONDS;
}

/* ---- a port between two domains ---- */

enum { VALUES = 1000000 };

static sley_promise *put_on(void *ctx, sley_value *v)
{
  int64_t *left = ctx;
  (void)v;
  while (*left > 0) {
    sley_promise *p = sley_port_put(port, sley_int((*left)--));
    if (sley_is_pending(p)) return sley_bind(p, put_on, left);
    sley_drop(p);
  }
  return sley_return(sley_unit());
}

static sley_promise *put_all(sley_value *arg)
{
  int64_t *left = malloc(sizeof(*left));
  must(left != NULL);
  *left = arg->i;
  return sley_attach(put_on(left, NULL), left, free);
}

static sley_promise *get_on(void *ctx, sley_value *v)
{
  int64_t *left = ctx;
  (void)v;
  while (*left > 0) {
    sley_promise *p = sley_port_get(port);
    (*left)--;
    if (sley_is_pending(p)) return sley_bind(p, get_on, left);
    sley_drop(p);
  }
  return sley_return(sley_unit());
}

static sley_error *add_up(void *ctx, sley_value *v)
{
  *(int64_t *)ctx -= v->type == NULL;
  return NULL;
}

static sley_promise *get_all(int64_t *left, bool as_stream)
{
  if (!as_stream) return get_on(left, NULL);
  return sley_stream_iter(sley_stream_from_port(port), add_up, left);
}

static sley_promise *then_close(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_port_close(port);
  return sley_return(sley_unit());
}

static void through_a_port(const char *row, size_t capacity, bool as_stream)
{
  int64_t left = VALUES;
  sley_team *team = team_of(1);
  must(sley_port_new(capacity, &port) == NULL);
  double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  sley_promise *writer =
      sley_bind(sley_call(sley_team_domain(team, 0), put_all, sley_int(VALUES)), then_close, NULL);
  must(sley_run(get_all(&left, as_stream), NULL) == NULL);
  must(sley_run(writer, NULL) == NULL && left == 0);
  double used = seconds(CLOCK_MONOTONIC) - begin;
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  printf("%s_%zu_ns %.1f\n%s_%zu_cpu_ns %.1f\n", row, capacity, used * 1e9 / VALUES, row, capacity,
         cpu * 1e9 / VALUES);
  sley_port_drop(port);
  team_end(team);
}

static bool is_wanted(const char *part, int count, char **words)
{
  bool wanted = count == 1;
  for (int i = 1; i < count; i++) wanted |= strcmp(words[i], part) == 0;
  return wanted;
}

int main(int count, char **words)
{
  if (is_wanted("port", count, words)) {
    through_a_port("port", 63, false);
    through_a_port("port", 1023, false);
    through_a_port("stream", 1023, true);
  }
  if (is_wanted("map", count, words)) {
    map(1);
    map(2);
  }
  if (is_wanted("idle", count, words)) printf("idle_64 %.4f\n", idle());
  return sley_finish() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
