/* Hand-overs to sleeping domains: calls one at a time, posts from a domain and from a thread without one, each of
 * which must wake its receiver; then the end, with answers still in flight. */
#include <pthread.h>

#include "program.h"

const char simulate_program[] = "handover";

enum { CALLS = 6, POSTS = 6 };
static sley_domain *other;
static unsigned received; /* the other domain's */

static void count_post(sley_value *arg)
{
  CHECK(arg->type == &token_type);
  received++;
}

static sley_promise *echo(sley_value *arg)
{
  sley_value v;
  CHECK(sley_take(arg, &v) == 0);
  return sley_return(v);
}

static sley_promise *late(sley_value *arg)
{
  return sley_sleep((double)((sley_time)(((token *)arg->ptr)->random % 20000)) / SLEY_SECOND);
}

static sley_promise *never_spin(sley_value *arg)
{
  sley_domain_set_spin_time((double)(arg->i) / SLEY_SECOND);
  return sley_return(sley_unit());
}

static sley_promise *count_received(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_int(received));
}

static void *stranger(void *ctx)
{
  uint64_t random = *(uint64_t *)ctx;
  for (int i = 0; i < POSTS; i++)
    CHECK(sley_post(other, count_post, token_new(next_random(&random), 0)) == 0);
  return NULL;
}

static int64_t answer_of(sley_promise *p)
{
  sley_value v;
  CHECK(sley_run(p, &v) == NULL);
  return v.i;
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  bool spins = next_random(&random) % 3 == 0;
  sley_promise *last[3];
  pthread_t thread;
  run_begin();
  received = 0;
  other = spawn("other");
  if (!spins) {
    sley_domain_set_spin_time((double)(0) / SLEY_SECOND);
    CHECK(wait_for(sley_call(other, never_spin, sley_int(0))));
  }
  uint64_t strangers = random; /* its own */
  CHECK(pthread_create(&thread, NULL, stranger, &strangers) == 0);
  for (int i = 0; i < CALLS; i++) {
    CHECK(wait_for(sley_call(other, i % 2 == 0 ? echo : late, token_new(next_random(&random), 0))));
    CHECK(sley_post(other, count_post, token_new(next_random(&random), 0)) == 0);
  }
  pthread_join(thread, NULL);
  while (answer_of(sley_call(other, count_received, sley_unit())) != CALLS + POSTS)
    wait_for(sley_sleep((double)(1000) / SLEY_SECOND));
  for (size_t i = 0; i < 3; i++)
    last[i] = sley_call(other, late, token_new(next_random(&random), 0));
  sley_promise *end = sley_domain_shutdown(other, (double)(next_random(&random) % 2) * 0.00001);
  for (size_t i = 0; i < 3; i++) wait_for(last[i]);
  CHECK(wait_for(end));
  sley_domain_drop(other);
  run_end();
}
