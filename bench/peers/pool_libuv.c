/* A job that does nothing through libuv's uv_queue_work, one at a time and 1,000 at a time.
 * Usage: UV_THREADPOOL_SIZE=4 bench-pool-libuv JOBS; prints nanoseconds per job. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { IN_FLIGHT = 1000 };

static uv_work_t works[IN_FLIGHT];
static long left;

static void nothing(uv_work_t *work) { (void)work; }

static void done(uv_work_t *work, int status)
{
  if (status != 0) abort();
  if (--left >= 0 && uv_queue_work(uv_default_loop(), work, nothing, done) != 0) abort();
}

static double run(int in_flight, long count)
{
  uint64_t begin = uv_hrtime();
  left = count;
  for (int i = 0; i < in_flight; i++) done(&works[i], 0);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  return (double)(uv_hrtime() - begin) / (double)count;
}

int main(int argc, char **argv)
{
  long count = argc > 1 ? atol(argv[1]) : 1000000;
  run(1, count / 50);
  printf("latency %.1f\n", run(1, count / 10));
  run(IN_FLIGHT, count / 10);
  printf("throughput %.1f\n", run(IN_FLIGHT, count));
  return 0;
}
