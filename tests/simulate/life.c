/* Three domains call, post to, cancel and end each other, some calls with a deadline; every call is settled once and
 * begun or dropped unread at most once, every value is dropped once, nothing is left.
 * Tests src/domain/tables.c. */
#include "program.h"

const char simulate_program[] = "life";

enum { DOMAINS = 3, CALLS_MOST = 12, DEPTH_MOST = 4 };
static sley_domain *domains[DOMAINS];  /* written before any of them is called */
static uint64_t calls, settled, begun; /* any thread, __atomic */

static sley_promise *obey(sley_value *arg);

static void posted(sley_value *arg)
{
  if (((token *)arg->ptr)->random % 3 == 0) sley_drop(sley_pause());
}

static void count_settled(void *ctx)
{
  (void)ctx;
  __atomic_add_fetch(&settled, 1, __ATOMIC_RELAXED);
}

static sley_promise *some_call(uint64_t *random, int depth)
{
  sley_domain *to = domains[next_random(random) % DOMAINS];
  sley_value arg = token_new(next_random(random), depth);
  /* The deadline passes before the call is read, while it is served, or after its answer. */
  sley_call_options o = {sizeof(o), (double)(next_random(random) % 400) * 1e-6 + 1e-9};
  sley_promise *p =
      next_random(random) % 4 == 0 ? sley_call_with(to, &o, obey, arg) : sley_call(to, obey, arg);
  __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  sley_on_termination(p, count_settled, NULL);
  return p;
}

static sley_promise *obey(sley_value *arg)
{
  token t = *(token *)arg->ptr;
  sley_value v;
  CHECK(!t.begun);
  ((token *)arg->ptr)->begun = true;
  __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
  switch (next_random(&t.random) % 8) {
    case 0: return sley_sleep((double)((sley_time)(t.random % 300000)) / SLEY_SECOND);
    case 1: return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "by order"));
    case 2:
      if (sley_take(arg, &v) == 0) return sley_return(v);
      return sley_pause();
    case 3:
      if (sley_post(domains[t.random % DOMAINS], posted, token_new(t.random, 0)) == 0)
        sley_domain_flush();
      return sley_pause();
    case 4:
    case 5:
      if (t.depth < DEPTH_MOST) return some_call(&t.random, t.depth + 1);
      return sley_pause();
    case 6: {
      if (t.depth >= DEPTH_MOST) return sley_pause();
      sley_promise *ps[] = {some_call(&t.random, t.depth + 1), some_call(&t.random, t.depth + 1)};
      return sley_pick(ps, 2);
    }
    default: return sley_return(sley_int((int64_t)t.random));
  }
}

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_promise *ps[CALLS_MOST], *ends[DOMAINS];
  run_begin();
  calls = settled = begun = 0;
  for (int i = 0; i < DOMAINS; i++) domains[i] = spawn("living");
  size_t count = (size_t)(next_random(&random) % CALLS_MOST);
  for (size_t i = 0; i < count; i++) ps[i] = some_call(&random, 0);
  for (size_t i = 0; i < count; i++)
    if (next_random(&random) % 4 == 0) sley_cancel(ps[i]);
  if (next_random(&random) % 2 == 0)
    wait_for(sley_sleep((double)((sley_time)(random % 500000)) / SLEY_SECOND));
  /* Ended in any order, with little patience, while calls are still in flight. */
  unsigned first = (unsigned)(next_random(&random) % DOMAINS);
  for (unsigned i = 0; i < DOMAINS; i++)
    ends[i] = sley_domain_shutdown(domains[(first + i) % DOMAINS],
                                   (double)(next_random(&random) % 3) * 0.001);
  for (size_t i = 0; i < count; i++) wait_for(ps[i]);
  CHECK(wait_for(sley_join(ends, DOMAINS)));
  uint64_t expired = 0;
  for (int i = 0; i < DOMAINS; i++) {
    sley_domain_counters c = {.size = sizeof(c)};
    sley_domain_counters_get(domains[i], &c);
    expired += c.expired;
    sley_domain_drop(domains[i]);
  }
  CHECK(calls == settled);
  CHECK(begun + expired <= calls);
  run_end();
}
