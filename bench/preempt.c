/* A job that does nothing, through the public interface: one at a time, and 1,000 at a time, each starting the
 * next from a callback (the interface of other libraries) or from a bind (sley's usual one). Then a job that
 * calculates, split into the given number of parts.
 * Usage: bench-preempt THREADS JOBS [ROW]; prints nanoseconds per job, of one row or of all.
 *        bench-preempt calculate THREADS; prints milliseconds for all parts. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT = 1000, PARTS = 64 };

static sley_workers *pool;

static sley_error *nothing(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  return NULL;
}

/* ---- callbacks ---- */

static struct {
  long jobs;
  size_t lines;
  sley_resolver *over;
} left;

static void next(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (--left.jobs >= 0) {
    sley_promise *p = sley_detach(pool, nothing, sley_unit());
    sley_on_success(p, next, NULL);
    sley_drop(p);
  } else if (--left.lines == 0) {
    sley_fulfill(&left.over, sley_unit());
  }
}

static double run_callbacks(size_t in_flight, long count)
{
  sley_time begin = sley_now();
  left.jobs = count;
  left.lines = in_flight;
  sley_promise *over = sley_pending(&left.over);
  for (size_t i = 0; i < in_flight; i++) next(NULL, NULL);
  if (sley_run(over, NULL) != NULL) abort();
  return (double)(sley_now() - begin) / (double)count;
}

/* ---- binds ---- */

static sley_promise *again(void *ctx, sley_value *v)
{
  long *jobs = ctx;
  (void)v;
  if (--*jobs < 0) return sley_return(sley_unit());
  return sley_bind(sley_detach(pool, nothing, sley_unit()), again, jobs);
}

static double run_binds(size_t in_flight, long count)
{
  static sley_promise *lines[IN_FLIGHT];
  long jobs = count;
  sley_time begin = sley_now();
  for (size_t i = 0; i < in_flight; i++) lines[i] = again(&jobs, NULL);
  if (sley_run(sley_join(lines, in_flight), NULL) != NULL) abort();
  return (double)(sley_now() - begin) / (double)count;
}

/* ---- calculation ---- */

static sley_error *calculate(sley_value *arg, sley_value *out)
{
  uint64_t x = (uint64_t)arg->i | 1;
  for (int i = 0; i < 20000000; i++) x = x * 6364136223846793005u + 1442695040888963407u;
  *out = sley_int((int64_t)(x >> 1));
  return NULL;
}

static int calculation(unsigned threads)
{
  sley_promise *parts[PARTS];
  sley_workers_options options = {.size = sizeof(options),
                                  .name = "bench",
                                  .kind = SLEY_WORKERS_KIND_COMPUTE,
                                  .maximum = threads};
  if (sley_workers_new(&options, &pool) != NULL) return 1;
  sley_time begin = sley_now();
  for (int i = 0; i < PARTS; i++) parts[i] = sley_detach(pool, calculate, sley_int(i));
  if (sley_run(sley_join(parts, PARTS), NULL) != NULL) return 1;
  printf("calculation %.1f\n", (double)(sley_now() - begin) * 1e-6);
  return 0;
}

static void row(const char *wanted, const char *name, double (*run)(size_t, long), size_t in_flight,
                long count)
{
  if (wanted != NULL && strcmp(wanted, name) != 0) return;
  run(in_flight, count / 10);
  printf("%s %.1f\n", name, run(in_flight, count));
}

static int jobs_of_nothing(unsigned threads, long count, const char *wanted)
{
  sley_workers_options options = {.size = sizeof(options), .name = "bench", .maximum = threads};
  if (sley_workers_new(&options, &pool) != NULL) return 1;
  row(wanted, "latency", run_binds, 1, count / 10);
  row(wanted, "throughput", run_callbacks, IN_FLIGHT, count);
  row(wanted, "throughput/bind", run_binds, IN_FLIGHT, count);
  return 0;
}

int main(int argc, char **argv)
{
  bool calculates = argc > 2 && strcmp(argv[1], "calculate") == 0;
  unsigned threads = argc > 2 ? (unsigned)atoi(argv[calculates ? 2 : 1]) : 4;
  int code = calculates ? calculation(threads)
                        : jobs_of_nothing(threads, argc > 2 ? atol(argv[2]) : 1000000,
                                          argc > 3 ? argv[3] : NULL);
  if (code == 0 && sley_run(sley_workers_close(pool, 1), NULL) != NULL) code = 1;
  return sley_finish() != 0 || code;
}
