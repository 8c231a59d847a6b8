/* What teams of domains gain and cost: a CPU-bound parallel map over one and two domains, and 64 domains
 * that do nothing. A line "ROW VALUE" for each; milliseconds, and per cent of a processor. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
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
  must(sley_team_new(&o, &team) == 0);
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

/* All have been called once, by the main domain, which then waits with them. */
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

int main(void)
{
  map(1);
  map(2);
  printf("idle_64 %.4f\n", idle());
  return sley_finish() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
