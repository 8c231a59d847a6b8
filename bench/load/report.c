#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load.h"

static const struct {
  const char *name;
  double share;
} told[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

static double us(uint64_t ns) { return (double)ns * 1e-3; }

static double per_second(const result *r)
{
  return r->wall == 0 ? 0 : (double)r->answered_in * 1e9 / (double)r->wall;
}

/* The rate the generator could reach if it never waited, from what it did while it worked. */
static double own_limit(const result *r)
{
  return r->working == 0 ? 0 : (double)r->requests * 1e9 / (double)r->working;
}

static void write_json(const options *o, const result *r, unsigned idle_closed)
{
  printf("{\"requests\": %llu, \"wall_ns\": %llu, \"cpu_ns\": %llu, \"per_second\": %.1f",
         (unsigned long long)r->requests, (unsigned long long)r->wall, (unsigned long long)r->cpu,
         per_second(r));
  for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
    printf(", \"%s_us\": %.3f", told[i].name, us(histogram_value_at(&r->latency, told[i].share)));
  printf(", \"max_us\": %.3f, \"mean_us\": %.3f", us(r->latency.most),
         histogram_mean(&r->latency) * 1e-3);
  printf(", \"lag_p99_us\": %.3f, \"lag_max_us\": %.3f, \"own_limit\": %.0f, \"busy\": %.3f",
         us(histogram_value_at(&r->lag, 0.99)), us(r->lag.most), own_limit(r),
         r->wall == 0 ? 0 : (double)r->working / (double)r->wall);
  printf(", \"idle_closed\": %u, \"open\": %s, \"at_limit\": %s}\n", idle_closed,
         o->rate > 0 ? "true" : "false", r->at_limit ? "true" : "false");
  fflush(stdout);
}

static void write_text(const options *o, const result *r, unsigned idle_closed)
{
  printf("%llu requests, %.1f a second, %s\n", (unsigned long long)r->requests, per_second(r),
         o->rate > 0 ? "open load: latency from the moment a request was due"
                     : "closed load: latency from the moment a request was sent");
  for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
    printf("  %-7s %12.1f us\n", told[i].name, us(histogram_value_at(&r->latency, told[i].share)));
  printf("  %-7s %12.1f us\n", "max", us(r->latency.most));
  if (o->pids > 0 && r->requests > 0)
    printf("server: %.3f us of processor time a request\n", us(r->cpu) / (double)r->requests);
  printf("generator: busy %.0f %% of the time",
         r->wall == 0 ? 0 : 100 * (double)r->working / (double)r->wall);
  if (o->rate > 0)
    printf("; behind its schedule %.1f us at p99, %.1f us at most",
           us(histogram_value_at(&r->lag, 0.99)), us(r->lag.most));
  printf("\n");
  if (o->idle > 0)
    printf("idle connections: %u, of which the server ended %u\n", o->idle, idle_closed);
}

static void write_histogram(const options *o, const result *r)
{
  FILE *file = fopen(o->histogram_file, "w");
  if (file == NULL) fail(EXIT_USAGE, "%s: %s", o->histogram_file, strerror(errno));
  histogram_write(&r->latency, file);
  if (ferror(file) | fclose(file)) fail(EXIT_USAGE, "%s: not written", o->histogram_file);
}

void report(const options *o, const result *r, unsigned idle_closed)
{
  if (o->json) write_json(o, r, idle_closed);
  else write_text(o, r, idle_closed);
  if (o->histogram_file != NULL) write_histogram(o, r);
}

void report_slice(const options *o, const result *r, unsigned idle_closed)
{
  write_json(o, r, idle_closed);
}

void refuse_at_limit(const options *o, const result *r)
{
  fail(EXIT_LIMIT,
       "the generator is at its limit: at %g requests a second it is %.0f us behind its "
       "schedule at p99 (allowed: %.0f), and latencies would be its own. By what a request takes "
       "it, "
       "it can do about %.0f a second when nothing disturbs it",
       o->rate, us(histogram_value_at(&r->lag, 0.99)), o->lag_limit * 1e6, own_limit(r));
}
