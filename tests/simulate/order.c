/* Domains put values into a small port without waiting between puts while others take them out: the values of each
 * domain come out in the order of its puts. */
#include "program.h"

const char simulate_program[] = "order";

enum { PUTTERS = 2, VALUES = 8, OF_ONE = 1000 };
static sley_port *port;

static sley_promise *put_all(sley_value *arg)
{
  sley_promise *ps[VALUES];
  for (int i = 0; i < VALUES; i++) ps[i] = sley_port_put(port, sley_int(arg->i * OF_ONE + i));
  return sley_join(ps, VALUES);
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_domain *domains[PUTTERS];
  sley_promise *ps[PUTTERS];
  int64_t next[PUTTERS] = {0};
  run_begin();
  sley_drop(sley_return(sley_unit()));
  CHECK(sley_port_new(1 + next_random(&random) % 4, &port) == NULL);
  for (int i = 0; i < PUTTERS; i++) {
    domains[i] = spawn("putter");
    ps[i] = sley_call(domains[i], put_all, sley_int(i));
  }
  sley_domain_flush();
  for (int taken = 0; taken < PUTTERS * VALUES; taken++) {
    sley_value v;
    if (sley_port_try_get(port, &v) != 0) CHECK(sley_run(sley_port_get(port), &v) == NULL);
    CHECK(v.i % OF_ONE == next[v.i / OF_ONE]);
    next[v.i / OF_ONE]++;
    if (next_random(&random) % 3 == 0) wait_for(sley_pause());
  }
  for (int i = 0; i < PUTTERS; i++) {
    CHECK(wait_for(ps[i]));
    CHECK(wait_for(sley_domain_shutdown(domains[i], 1)));
    sley_domain_drop(domains[i]);
  }
  sley_port_drop(port);
  run_end();
}
