/* Heavy traffic: two or more domains call each other with all their credit, nested, in rings and all to all, with
 * random cancels, deadlines and ends in between. Every call is answered once and either begun or dropped unread at
 * most once, every value is dropped once, nothing is left, and nothing hangs.
 *
 * SLEY_TRAFFIC_CALLS (60000, 15000 under the thread checker), SLEY_TRAFFIC_SEED (1), SLEY_TRAFFIC_DOMAINS (only
 * shapes with this many); scripts/traffic runs 10^7 calls per seed under both checkers.
 * Tests src/domain/link/call.c, src/domain/link/serve.c, src/domain/link/peer.c, src/domain/link/spin.c. */

#include "support/clock.h"
#include "support/process.h"

enum { DOMAINS_MOST = 64, PATIENCE = 120 };

static sley_domain *domains[DOMAINS_MOST]; /* written before any of them is called */
static unsigned domain_count;
/* Any thread, __atomic. */
static uint64_t calls, answered, begun, refused_deep, timed, tokens_made, tokens_dropped, goal;
static uint64_t expired_ever, begun_ever; /* over all runs; only the test's */
static uint64_t seed;

static void add(uint64_t *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }
static uint64_t get(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

static uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* ---- a call's argument ---- */

typedef enum topology { PAIR, RING, ALL_TO_ALL } topology;

typedef struct order {
  uint64_t random;
  topology shape;
  unsigned here; /* number of the called domain */
  int depth;
  bool begun;
} order;

static void order_drop(void *ptr)
{
  free(ptr);
  add(&tokens_dropped);
}

static const sley_type order_type = {
    .size = sizeof(sley_type), .name = "order", .drop = order_drop, .send = sley_send_plain};

static sley_value order_new(uint64_t random, topology shape, unsigned here, int depth)
{
  order *o = malloc(sizeof(*o));
  *o = (order){random | 1, shape, here, depth, false};
  add(&tokens_made);
  return sley_own(o, &order_type);
}

static unsigned next_domain(topology shape, unsigned here, uint64_t *random)
{
  if (shape == PAIR) return here ^ 1;
  if (shape == RING) return (here + 1) % domain_count;
  return (unsigned)(next_random(random) % domain_count); /* including itself */
}

static sley_promise *obey(sley_value *arg);

static void count_answer(void *ctx)
{
  (void)ctx;
  add(&answered);
}

static void count_refusal(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EDEPTH)) add(&refused_deep);
}

/* Some get a deadline, from one that has already passed to one later than most answers; nested calls inherit it. */
static sley_promise *call_one(unsigned to, sley_value arg, uint64_t *random)
{
  static const double timeouts[] = {1e-9, 1e-6, 2e-5, 2e-4, 5e-3};
  unsigned which = (unsigned)(next_random(random) % 40);
  if (which >= sizeof(timeouts) / sizeof(timeouts[0])) return sley_call(domains[to], obey, arg);
  sley_call_options o = {sizeof(o), timeouts[which]};
  add(&timed);
  return sley_call_with(domains[to], &o, obey, arg);
}

static sley_promise *call_next(topology shape, unsigned here, int depth, uint64_t *random)
{
  unsigned to = next_domain(shape, here, random);
  add(&calls);
  sley_promise *p = call_one(to, order_new(next_random(random), shape, to, depth), random);
  sley_on_termination(p, count_answer, NULL);
  sley_on_failure(p, count_refusal, NULL);
  return p;
}

/* Most go one level deeper until the levels are used up: A calls B, whose handler calls A, whose handler calls B. */
static sley_promise *obey(sley_value *arg)
{
  order o = *(order *)arg->ptr;
  sley_value v;
  if (o.begun) abort(); /* begun twice */
  ((order *)arg->ptr)->begun = true;
  add(&begun);
  unsigned what = (unsigned)(next_random(&o.random) % 16);
  if (o.depth < 5 && what < 8) return call_next(o.shape, o.here, o.depth + 1, &o.random);
  if (o.depth < 3 && what == 8) {
    sley_promise *ps[] = {call_next(o.shape, o.here, o.depth + 1, &o.random),
                          call_next(o.shape, o.here, o.depth + 1, &o.random)};
    return sley_pick(ps, 2); /* the other one is canceled */
  }
  if (o.depth < 3 && what == 9)
    return sley_with_timeout(call_next(o.shape, o.here, o.depth + 1, &o.random), 1e-5);
  if (what == 10) return sley_sleep((double)((sley_time)(o.random % 100000)) / SLEY_SECOND);
  if (what == 11) return sley_pause();
  if (what == 12) return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "by order"));
  if (sley_take(arg, &v) == 0) return sley_return(v);
  return sley_return(sley_unit());
}

/* ---- a domain's own traffic: several lines, each of which calls again when it is answered ---- */

enum { LINES = 96 }; /* more than the credits of one level, so that calls wait for credit */

typedef struct source {
  topology shape;
  unsigned here;
  uint64_t random;
  unsigned lines;
  sley_resolver *over;
} source;

static void line_goes_on(void *ctx);

static void line_call(source *s)
{
  sley_promise *p = call_next(s->shape, s->here, 0, &s->random);
  sley_on_termination(p, line_goes_on, s);
  if (next_random(&s->random) % 32 == 0) sley_cancel(p);
  sley_drop(p);
}

static sley_promise *line_step(void *ctx, sley_value *v)
{
  (void)v;
  line_call(ctx);
  return sley_return(sley_unit());
}

static void line_goes_on(void *ctx)
{
  source *s = ctx;
  if (get(&calls) < get(&goal)) {
    sley_error_drop(sley_ignore_result(sley_bind(sley_pause(), line_step, s)));
  } else if (--s->lines == 0) {
    sley_fulfill(&s->over, sley_unit());
  }
}

static sley_promise *traffic(sley_value *arg)
{
  order o = *(order *)arg->ptr;
  source *s = malloc(sizeof(*s));
  *s = (source){o.shape, o.here, o.random, LINES, NULL};
  sley_promise *over = sley_attach(sley_pending(&s->over), s, free);
  for (int i = 0; i < LINES; i++) line_call(s);
  return over;
}

/* ---- a run ---- */

static void silent(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

/* Fails if nothing has been answered for a long time: a deadlock. */
typedef struct watch {
  uint64_t seen;
  double since;
} watch;

static sley_promise *look(void *ctx, sley_value *v)
{
  watch *w = ctx;
  (void)v;
  if (get(&answered) != w->seen) *w = (watch){get(&answered), clock_seconds()};
  if (clock_seconds() - w->since > PATIENCE) {
    fprintf(stderr, "traffic: seed %llu: no answer for %d s: %llu calls, %llu answers\n",
            (unsigned long long)seed, PATIENCE, (unsigned long long)get(&calls),
            (unsigned long long)get(&answered));
    abort();
  }
  return sley_bind(sley_sleep(0.2), look, w);
}

static void run_traffic(topology shape, unsigned count, uint64_t wanted_calls, bool ends_early)
{
  static const char *const names[] = {"pair", "ring", "all to all"};
  sley_promise *ps[DOMAINS_MOST], *ends[DOMAINS_MOST];
  uint64_t random = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
  double begun_at = clock_seconds();
  assert_int_equal(begin(seed % 2 == 0, 0), 0);
  sley_set_unhandled_hook(silent, NULL);
  calls = answered = begun = refused_deep = timed = tokens_made = tokens_dropped = 0;
  domain_count = count;
  __atomic_store_n(&goal, ends_early ? UINT64_MAX : wanted_calls, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < count; i++) {
    sley_domain_options o = {.size = sizeof(o), .name = names[shape]};
    assert_null(sley_domain_spawn(&o, &domains[i]));
  }
  watch w = {0, clock_seconds()};
  sley_promise *watching = look(&w, NULL);
  for (unsigned i = 0; i < count; i++)
    ps[i] = sley_call(domains[i], traffic, order_new(next_random(&random), shape, i, 0));
  if (ends_early) {
    /* During the traffic, in any order; calls in flight are canceled or refused. */
    while (get(&calls) < wanted_calls) assert_null(sley_run(sley_sleep(0.002), NULL));
    __atomic_store_n(&goal, 0, __ATOMIC_RELAXED);
  } else {
    for (unsigned i = 0; i < count; i++) assert_null(sley_run(sley_protected(ps[i]), NULL));
  }
  unsigned first = (unsigned)(next_random(&random) % count);
  for (unsigned i = 0; i < count; i++) {
    unsigned which = (first + i) % count;
    ends[which] = sley_domain_shutdown(domains[which], ends_early ? 0.001 : 30);
  }
  if (ends_early)
    for (unsigned i = 0; i < count; i++) sley_error_drop(sley_run(ps[i], NULL));
  uint64_t expired = 0;
  for (unsigned i = 0; i < count; i++) {
    sley_value left;
    sley_domain_counters c = {.size = sizeof(c)};
    assert_null(sley_run(ends[i], &left));
    if (!ends_early) assert_int_equal(left.i, 0);
    sley_domain_counters_get(domains[i], &c);
    expired += c.expired;
  }
  for (unsigned i = 0; i < count; i++) sley_domain_drop(domains[i]);
  sley_cancel(watching);
  sley_drop(watching);
  print_message(
      "%-10s %2u domains%s: %llu calls, %llu with a deadline of their own, %llu expired unread, "
      "%llu too deep, %.1f s\n",
      names[shape], count, ends_early ? ", ended early" : "", (unsigned long long)calls,
      (unsigned long long)timed, (unsigned long long)expired, (unsigned long long)refused_deep,
      clock_seconds() - begun_at);
  if (finish() != 0) fail_msg("seed %llu left something", (unsigned long long)seed);
  assert_int_equal(calls, answered);
  assert_true(begun + expired <= calls);
  expired_ever += expired;
  begun_ever += begun;
  assert_int_equal(tokens_made, tokens_dropped);
  if (!ends_early) assert_true(calls >= wanted_calls);
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
  const char *text = getenv(variable);
  return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void every_call_is_answered(void **state)
{
  static const struct {
    topology shape;
    unsigned domains;
    unsigned tenths; /* of all calls */
    bool ends_early;
  } runs[] = {{PAIR, 2, 3, false},        {RING, 3, 1, false},  {ALL_TO_ALL, 4, 2, false},
              {ALL_TO_ALL, 64, 1, false}, {RING, 64, 1, false}, {PAIR, 2, 1, true},
              {ALL_TO_ALL, 5, 1, true}};
  (void)state;
#ifdef __SANITIZE_THREAD__
  uint64_t all = number("SLEY_TRAFFIC_CALLS", 15000);
#else
  uint64_t all = number("SLEY_TRAFFIC_CALLS", 60000);
#endif
  unsigned only = (unsigned)number("SLEY_TRAFFIC_DOMAINS", 0);
  seed = number("SLEY_TRAFFIC_SEED", 1);
  for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
    if (only == 0 || only == runs[i].domains)
      run_traffic(runs[i].shape, runs[i].domains, all * runs[i].tenths / 10, runs[i].ends_early);
  assert_true(expired_ever > 0 && begun_ever > expired_ever);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_call_is_answered)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
