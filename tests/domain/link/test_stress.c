/* Random traffic among domains that come and go: thousands of short lives, nothing lost or left. SLEY_STRESS_SECONDS
 * sets the duration (3), SLEY_STRESS_SEED the first seed (1).
 * Tests src/domain/link/peer.c, src/domain/link/serve.c, src/domain/link/envelope.c. */

#include "support/clock.h"
#include "support/process.h"

enum { DOMAINS = 3 };
static sley_domain *domains[DOMAINS]; /* written before any of them runs */
static int tokens;                    /* alive; any thread, __atomic */
static uint64_t calls, settled;       /* any thread, __atomic */

static void token_drop(void *ptr)
{
  free(ptr);
  __atomic_sub_fetch(&tokens, 1, __ATOMIC_RELAXED);
}

static const sley_type token_type = {
    .size = sizeof(sley_type), .name = "token", .drop = token_drop, .send = sley_send_plain};

/* What a call does is encoded in its argument. */
typedef struct order {
  uint64_t random;
  int depth;
} order;

static uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static sley_value order_value(uint64_t random, int depth)
{
  order *o = malloc(sizeof(*o));
  *o = (order){random | 1, depth};
  __atomic_add_fetch(&tokens, 1, __ATOMIC_RELAXED);
  return sley_own(o, &token_type);
}

static sley_promise *obey(sley_value *arg);
static void posted(sley_value *arg)
{
  uint64_t random = ((order *)arg->ptr)->random;
  if (random % 3 == 0) sley_drop(sley_pause());
}

static void count_settled(void *ctx)
{
  (void)ctx;
  __atomic_add_fetch(&settled, 1, __ATOMIC_RELAXED);
}

static sley_promise *some_call(uint64_t *random, int depth)
{
  sley_domain *to = domains[next_random(random) % DOMAINS];
  sley_promise *p = sley_call(to, obey, order_value(next_random(random), depth));
  __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  sley_on_termination(p, count_settled, NULL);
  return p;
}

static sley_promise *obey(sley_value *arg)
{
  order o = *(order *)arg->ptr;
  sley_value v;
  switch (next_random(&o.random) % 8) {
    case 0: return sley_sleep((double)((sley_time)(o.random % 300000)) / SLEY_SECOND);
    case 1: return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "by order"));
    case 2:
      if (sley_take(arg, &v) == 0) return sley_return(v);
      return sley_pause();
    case 3:
      if (sley_post(domains[o.random % DOMAINS], posted, order_value(o.random, 0)) == 0)
        sley_domain_flush();
      return sley_pause();
    case 4:
    case 5:
      if (o.depth < 5) return some_call(&o.random, o.depth + 1);
      return sley_pause();
    case 6: {
      if (o.depth >= 5) return sley_pause();
      sley_promise *ps[] = {some_call(&o.random, o.depth + 1), some_call(&o.random, o.depth + 1)};
      return sley_pick(ps, 2);
    }
    default: return sley_return(sley_int((int64_t)o.random));
  }
}

static void one_life(uint64_t seed)
{
  uint64_t random = seed * 0x9e3779b97f4a7c15u | 1;
  enum { MOST = 200 };
  static sley_promise *ps[MOST];
  for (int i = 0; i < DOMAINS; i++) {
    sley_domain_options o = {.size = sizeof(o), .name = "stressed"};
    assert_null(sley_domain_spawn(&o, &domains[i]));
  }
  int count = (int)(next_random(&random) % MOST);
  for (int i = 0; i < count; i++) ps[i] = some_call(&random, 0);
  for (int i = 0; i < count; i++)
    if (next_random(&random) % 4 == 0) sley_cancel(ps[i]);
  if (next_random(&random) % 2 == 0)
    sley_error_drop(
        sley_run(sley_sleep((double)((sley_time)(random % 500000)) / SLEY_SECOND), NULL));
  /* Ended in any order, with little patience, while calls are still in flight. */
  sley_promise *ends[DOMAINS];
  unsigned first = (unsigned)(next_random(&random) % DOMAINS);
  for (unsigned i = 0; i < DOMAINS; i++)
    ends[i] = sley_domain_shutdown(domains[(first + i) % DOMAINS],
                                   (double)(next_random(&random) % 3) * 0.001);
  for (int i = 0; i < count; i++) {
    sley_value v;
    sley_error *e = sley_run(ps[i], &v);
    if (e == NULL) sley_value_drop(&v);
    sley_error_drop(e);
  }
  assert_null(sley_run(sley_join(ends, DOMAINS), NULL));
  for (int i = 0; i < DOMAINS; i++) sley_domain_drop(domains[i]);
}

static void silent(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void domains_come_and_go(void **state)
{
  (void)state;
  const char *seconds = getenv("SLEY_STRESS_SECONDS"), *seed = getenv("SLEY_STRESS_SEED");
  double end = clock_seconds() + (seconds != NULL ? atof(seconds) : 3);
  uint64_t number = seed != NULL ? strtoull(seed, NULL, 10) : 1, lives = 0;
  for (; clock_seconds() < end; number++, lives++) {
    assert_int_equal(begin(number % 2 == 0, 0), 0);
    sley_set_unhandled_hook(silent, NULL);
    one_life(number);
    if (finish() != 0) fail_msg("seed %llu left something", (unsigned long long)number);
    assert_int_equal(tokens, 0);
  }
  print_message("%llu lives, %llu calls, %llu settled\n", (unsigned long long)lives,
                (unsigned long long)calls, (unsigned long long)settled);
  assert_true(lives > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(domains_come_and_go)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
