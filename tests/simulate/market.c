/* Two domains put values into a small port and two take them out, some gets are canceled, and in the end the port is
 * closed: every value comes out once. */
#include "program.h"

const char simulate_program[] = "market";

enum { PUTTERS = 2, TAKERS = 2, VALUES = 6 };
static sley_port *port;
static uint64_t taken; /* any thread, __atomic */

typedef struct stall { /* one domain's own */
  uint64_t random;
  unsigned left;
} stall;

static sley_promise *put_next(void *ctx, sley_value *v)
{
  stall *s = ctx;
  (void)v;
  if (s->left-- == 0) return sley_return(sley_unit());
  return sley_bind(sley_port_put(port, token_new(next_random(&s->random), 0)), put_next, s);
}

static sley_promise *get_next(void *ctx, sley_value *v);

static sley_promise *at_end(void *ctx, sley_error *e)
{
  (void)ctx;
  CHECK(sley_error_is_canceled(e) || e == sley_error_eof());
  if (sley_error_is_canceled(e)) return get_next(ctx, NULL);
  return sley_return(sley_unit());
}

static sley_promise *got(void *ctx, sley_value *v)
{
  CHECK(v->type == &token_type);
  __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
  return get_next(ctx, NULL);
}

static sley_promise *get_next(void *ctx, sley_value *v)
{
  stall *s = ctx;
  (void)v;
  sley_promise *p = sley_port_get(port);
  if (next_random(&s->random) % 4 == 0) sley_cancel(p);
  return sley_try_bind(p, got, at_end, s);
}

static stall *stall_new(const sley_value *arg)
{
  stall *s = malloc(sizeof(*s));
  CHECK(s != NULL);
  *s = (stall){arg->u | 1, VALUES};
  return s;
}

static sley_promise *putter(sley_value *arg)
{
  stall *s = stall_new(arg);
  return sley_attach(sley_bind(sley_pause(), put_next, s), s, free);
}

static sley_promise *taker(sley_value *arg)
{
  stall *s = stall_new(arg);
  return sley_attach(sley_bind(sley_pause(), get_next, s), s, free);
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_domain *domains[PUTTERS + TAKERS];
  sley_promise *ps[PUTTERS + TAKERS];
  run_begin();
  taken = 0;
  sley_drop(sley_return(sley_unit()));
  CHECK(sley_port_new(1 + next_random(&random) % 3, &port) == NULL);
  for (int i = 0; i < PUTTERS + TAKERS; i++) {
    domains[i] = spawn(i < PUTTERS ? "putter" : "taker");
    ps[i] = sley_call(domains[i], i < PUTTERS ? putter : taker,
                      sley_int((int64_t)next_random(&random)));
  }
  for (int i = 0; i < PUTTERS; i++) CHECK(wait_for(ps[i]));
  sley_port_close(port);
  for (int i = PUTTERS; i < PUTTERS + TAKERS; i++) CHECK(wait_for(ps[i]));
  CHECK(taken == PUTTERS * VALUES);
  for (int i = 0; i < PUTTERS + TAKERS; i++) {
    CHECK(wait_for(sley_domain_shutdown(domains[i], 1)));
    sley_domain_drop(domains[i]);
  }
  sley_port_drop(port);
  run_end();
}
