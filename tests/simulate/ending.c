/* A domain that is ended while two others keep calling it: each call is answered or refused, including those that
 * arrive when it reads its queues for the last time. */
#include "program.h"

const char simulate_program[] = "ending";

enum { CALLERS = 2, BURST_MOST = 4, OWED_MOST = 24, LOOKS_MOST = 10000 };
static sley_domain *called;

typedef struct caller { /* one domain's own */
  uint64_t random;
  unsigned made, answered, looks;
  bool refused;
} caller;

static sley_promise *answer(sley_value *arg)
{
  if (arg->i % 4 == 0) return sley_pause();
  return sley_return(sley_int(arg->i + 1));
}

static void count_answer(void *ctx) { ((caller *)ctx)->answered++; }

static void burst(caller *c)
{
  unsigned count = 1 + (unsigned)(next_random(&c->random) % BURST_MOST);
  for (unsigned i = 0; i < count && !c->refused; i++) {
    sley_promise *p = sley_call(called, answer, sley_int((int64_t)(c->random % 1000)));
    c->made++;
    c->refused = !sley_is_pending(p); /* the gate is closed */
    sley_on_termination(p, count_answer, c);
    sley_drop(p);
  }
}

static sley_promise *go_on(void *ctx, sley_value *v)
{
  caller *c = ctx;
  (void)v;
  if (!c->refused) {
    if (c->made - c->answered < OWED_MOST) burst(c); /* it can be slow to read */
  } else if (c->made == c->answered) {
    return sley_return(sley_unit());
  } else {
    CHECK(c->looks++ < LOOKS_MOST); /* all have ended long ago: an answer is lost */
  }
  uint64_t wait = next_random(&c->random);
  return sley_bind(
      sley_sleep((double)(wait % 2 == 0 ? 0 : (sley_time)(wait % 20000)) / SLEY_SECOND), go_on, c);
}

static sley_promise *call_until_refused(sley_value *arg)
{
  caller *c = malloc(sizeof(*c));
  CHECK(c != NULL);
  *c = (caller){.random = arg->u | 1};
  return sley_attach(sley_bind(sley_pause(), go_on, c), c, free);
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_domain *callers[CALLERS];
  sley_promise *over[CALLERS];
  run_begin();
  called = spawn("called");
  for (int i = 0; i < CALLERS; i++) {
    callers[i] = spawn("caller");
    over[i] = sley_call(callers[i], call_until_refused, sley_int((int64_t)next_random(&random)));
  }
  wait_for(sley_sleep((double)((sley_time)(next_random(&random) % 100000)) / SLEY_SECOND));
  CHECK(wait_for(sley_domain_shutdown(called, (double)(next_random(&random) % 2) * 0.00001)));
  for (int i = 0; i < CALLERS; i++) CHECK(wait_for(over[i]));
  for (int i = 0; i < CALLERS; i++) {
    CHECK(wait_for(sley_domain_shutdown(callers[i], 1)));
    sley_domain_drop(callers[i]);
  }
  sley_domain_drop(called);
  run_end();
}
