/* A job that does nothing, one at a time and 1,000 at a time, through the public interface.
 * Usage: bench-preempt THREADS JOBS; prints nanoseconds per job. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>

enum { IN_FLIGHT = 1000 };

static sley_workers *pool;

static sley_error *nothing(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  return NULL;
}

static sley_promise *again(void *ctx, sley_value *v)
{
  long *left = ctx;
  (void)v;
  if (--*left < 0) return sley_return(sley_unit());
  return sley_bind(sley_detach(pool, nothing, sley_unit()), again, left);
}

static double run(size_t in_flight, long count)
{
  static sley_promise *lines[IN_FLIGHT];
  long left = count;
  sley_time begin = sley_now();
  for (size_t i = 0; i < in_flight; i++) lines[i] = again(&left, NULL);
  if (sley_run(sley_join(lines, in_flight), NULL) != NULL) abort();
  return (double)(sley_now() - begin) / (double)count;
}

int main(int argc, char **argv)
{
  long count = argc > 2 ? atol(argv[2]) : 1000000;
  sley_workers_options options = {.size = sizeof(options), .name = "bench"};
  options.maximum = argc > 1 ? (unsigned)atoi(argv[1]) : 4;
  if (sley_workers_new(&options, &pool) != 0) return 1;
  run(1, count / 50);
  printf("latency %.1f\n", run(1, count / 10));
  run(IN_FLIGHT, count / 10);
  printf("throughput %.1f\n", run(IN_FLIGHT, count));
  if (sley_run(sley_workers_close(pool, 1), NULL) != NULL) return 1;
  return sley_finish() != 0;
}
