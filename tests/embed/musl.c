/* What of the whole library can differ with musl: threads of domains and their stacks, pools, calls, fibers on deep stacks, processors,
 * and look-ups of numeric hosts */
#include "sley.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { DOMAINS = 3, JOBS = 200 };

/* 200 KiB of stack: more than musl gives a thread that asks for nothing. */
static int64_t deep(int levels)
{
  volatile char room[1024];
  memset((void *)room, levels, sizeof(room));
  return levels == 0 ? 0 : deep(levels - 1) + (room[levels] == (char)levels);
}

static sley_promise *runs_deep(sley_value *arg)
{
  return sley_return(sley_int(deep(200) + arg->i));
}

static sley_error *computes(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_int(deep(200));
  return NULL;
}

static sley_error *call_domains(int64_t *sum)
{
  for (size_t i = 0; i < DOMAINS; i++) {
    const sley_domain_options options = {
        .size = sizeof(options), .name = "musl", .processor = sley_domain_processor(i)};
    sley_domain *domain;
    sley_error *e = sley_domain_spawn(&options, &domain);
    if (e != NULL) return e;
    sley_value v;
    e = sley_await(sley_call(domain, runs_deep, sley_int((int64_t)i)), &v);
    if (e == NULL) {
      *sum += v.i;
      e = sley_await(sley_domain_shutdown(domain, 1), &v);
    }
    sley_domain_drop(domain);
    if (e != NULL) return e;
  }
  return NULL;
}

static sley_promise *in_fiber(void *ctx)
{
  (void)ctx;
  int64_t sum = 0;
  sley_error *e = call_domains(&sum);
  for (int i = 0; e == NULL && i < JOBS; i++) {
    sley_value v;
    e = sley_await(sley_detach(NULL, computes, sley_unit()), &v);
    if (e == NULL) sum += v.i;
  }
  sley_value v;
  if (e == NULL) e = sley_await(sley_sleep(0.001), &v);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(sum));
}

int main(void)
{
  sley_value v;
  sley_error *e = sley_run(sley_spawn(in_fiber, NULL), &v);
  if (e != NULL) {
    fprintf(stderr, "%s\n", sley_error_message(e));
    sley_error_drop(e);
    return 1;
  }
  const int64_t wanted = DOMAINS * 200 + (0 + 1 + 2) + JOBS * 200;
  if (v.i != wanted)
    return fprintf(stderr, "%lld, not %lld\n", (long long)v.i, (long long)wanted), 1;
  printf("domains, a pool and fibers: %lld\n", (long long)v.i);
  return sley_finish() == 0 ? 0 : 1;
}
