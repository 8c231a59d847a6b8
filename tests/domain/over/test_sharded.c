/* Sharded objects and teams: life, routing, parallel loops, failures.
 * Tests src/domain/over/sharded.c, src/domain/over/sharded_all.c, src/domain/over/instance.c, src/domain/over/parallel.c, src/domain/over/team.c. */
#define _GNU_SOURCE
#include <sched.h>

#include "support/domains.h"

/* ---- sharded ---- */

typedef struct counter {
  unsigned domain; /* the only domain that can use it */
  int64_t sum;
} counter;

static int counters; /* alive; any thread, __atomic */

static void counter_drop(void *ptr)
{
  const counter *c = ptr;
  assert_int_equal(c->domain, sley_domain_id(sley_domain_current()));
  free(ptr);
  __atomic_sub_fetch(&counters, 1, __ATOMIC_RELAXED);
}

/* Has no send: cannot leave its domain. */
static const sley_type counter_type = {
    .size = sizeof(sley_type), .name = "counter", .drop = counter_drop};

static int64_t fail_index = -1;

static sley_promise *counter_make(sley_value *arg, size_t index)
{
  if ((int64_t)index == fail_index)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "no counter %zu", index));
  counter *c = malloc(sizeof(*c));
  *c = (counter){sley_domain_id(sley_domain_current()), number_in(arg) + (int64_t)index};
  __atomic_add_fetch(&counters, 1, __ATOMIC_RELAXED);
  return sley_return(sley_own(c, &counter_type));
}

static sley_promise *counter_add(void *object, sley_value *arg)
{
  counter *c = object;
  if (c->domain != sley_domain_id(sley_domain_current())) return sley_fail(sley_error_closed());
  c->sum += arg->i;
  return sley_return(sley_int(c->sum));
}

static sley_promise *linger_done(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_int(((counter *)ctx)->sum)); /* still alive */
}

static sley_remote *ends_use; /* any thread, __atomic */

static sley_promise *use_long(void *object, sley_value *arg)
{
  sley_remote *r;
  (void)arg;
  sley_promise *p = sley_remote_new(&r);
  __atomic_store_n(&ends_use, r, __ATOMIC_RELEASE);
  return sley_bind(p, linger_done, object);
}

static sley_promise *use_for_ever(void *object, sley_value *arg)
{
  (void)object;
  return never(arg);
}

static sley_error *add_up(sley_value *left, sley_value *right)
{
  left->i += right->i;
  return NULL;
}

static sley_error *refuse_to(sley_value *left, sley_value *right)
{
  (void)left;
  (void)right;
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "no sum");
}

enum { SHARDS = 3 };
static sley_domain *ds[SHARDS];

static sley_sharded *shards_begin(void)
{
  sley_value v;
  fail_index = -1;
  for (int i = 0; i < SHARDS; i++) ds[i] = start("shard");
  assert_null(sley_run(sley_sharded_new(ds, SHARDS, counter_make, token(10)), &v));
  sley_sharded *s = sley_sharded_keep(sley_sharded_in(&v));
  sley_value_drop(&v);
  assert_int_equal(__atomic_load_n(&counters, __ATOMIC_RELAXED), SHARDS);
  return s;
}

static void shards_end(sley_sharded *s)
{
  for (int i = 0; i < SHARDS; i++) end_leaving_nothing(ds[i]);
  sley_sharded_drop(s);
  assert_int_equal(__atomic_load_n(&counters, __ATOMIC_RELAXED), 0);
  assert_int_equal(tokens_alive(), 0);
}

static sley_sharded *everywhere;

static sley_promise *has_local(sley_value *arg)
{
  const counter *c = sley_sharded_local(everywhere);
  (void)arg;
  return sley_return(sley_int(c != NULL && c->domain == sley_domain_id(sley_domain_current())));
}

static void instances(void **state)
{
  (void)state;
  sley_sharded *s = everywhere = shards_begin();
  sley_value v;
  assert_int_equal(sley_sharded_count(s), SHARDS);
  for (size_t i = 0; i < SHARDS; i++) {
    assert_ptr_equal(sley_sharded_domain(s, i), ds[i]);
    run_gives(sley_sharded_call(s, i, counter_add, sley_int(5)), 15 + (int64_t)i);
    run_gives(sley_call(ds[i], has_local, sley_unit()), 1);
  }
  assert_null(sley_sharded_local(s)); /* no instance here */
  run_gives(sley_sharded_map_reduce(s, counter_add, sley_int(1), add_up), 16 + 17 + 18);
  run_fails(sley_sharded_map_reduce(s, counter_add, sley_int(0), refuse_to), &sley_kind_sley,
            SLEY_EINVAL);
  assert_null(sley_run(sley_sharded_call_all(s, counter_add, sley_int(0)), &v));
  assert_int_equal(sley_list_item(sley_list_in(&v), 2)->i, 18);
  sley_value_drop(&v);
  /* Stopped while one instance is in use: it is destroyed afterwards; later calls find the object closed. */
  ends_use = NULL;
  sley_promise *slow = sley_sharded_call(s, 1, use_long, sley_unit());
  sley_promise *stopped = sley_sharded_stop(s), *again = sley_sharded_stop(s);
  run_fails(sley_sharded_call(s, 1, counter_add, sley_int(1)), &sley_kind_sley, SLEY_ECLOSED);
  assert_true(sley_is_pending(stopped));
  WAIT_UNTIL(__atomic_load_n(&counters, __ATOMIC_RELAXED) == 1); /* the others are destroyed */
  rest(0.01);
  assert_true(sley_is_pending(slow) && sley_is_pending(again));
  assert_int_equal(sley_remote_fulfill(&ends_use, sley_unit()), 0);
  run_gives(slow, 17);
  run_gives(stopped, 0);
  run_gives(again, 0);
  assert_int_equal(__atomic_load_n(&counters, __ATOMIC_RELAXED), 0);
  sley_domain *twice[] = {ds[0], ds[1], ds[0]};
  run_fails(sley_sharded_new(twice, 3, counter_make, token(10)), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_sharded_stop(s), 0);
  run_gives(sley_call(ds[0], has_local, sley_unit()), 0);
  shards_end(s);
}

static void routes(void **state)
{
  (void)state;
  sley_sharded *s = shards_begin();
  size_t got[SHARDS] = {0};
  for (int i = 0; i < 3000; i++) {
    char key[32];
    int n = snprintf(key, sizeof(key), "key:%d", i);
    size_t at = sley_sharded_route(s, key, (size_t)n);
    assert_true(at < SHARDS);
    assert_int_equal(at, sley_sharded_route(s, key, (size_t)n));
    got[at]++;
  }
  for (int i = 0; i < SHARDS; i++) assert_true(got[i] > 850 && got[i] < 1150);
  size_t at = sley_sharded_route(s, "a", 1);
  run_gives(sley_sharded_call_key(s, "a", 1, counter_add, sley_int(0)), 10 + (int64_t)at);
  run_gives(sley_sharded_stop(s), 0);
  shards_end(s);
}

static void ends_with_its_domain(void **state)
{
  (void)state;
  sley_sharded *s = shards_begin();
  sley_promise *used = sley_sharded_call(s, 0, use_for_ever, token(1));
  end_leaving_nothing(ds[2]);
  assert_int_equal(__atomic_load_n(&counters, __ATOMIC_RELAXED), SHARDS - 1);
  run_fails(sley_sharded_call(s, 2, counter_add, token(1)), &sley_kind_sley, SLEY_EGONE);
  sley_value own = sley_sharded_to_value(sley_sharded_keep(s)), all;
  assert_ptr_equal(sley_sharded_in(&own), s);
  assert_null(sley_run(sley_sharded_call_all_settled(s, counter_add, sley_int(1)), &all));
  sley_value_drop(&own);
  assert_int_equal(sley_list_count(sley_list_in(&all)), SHARDS); /* the live ones answer */
  for (int i = 0; i < SHARDS; i++) {
    sley_result *result = sley_result_in(sley_list_item(sley_list_in(&all), (size_t)i));
    if (i < 2) assert_int_equal(sley_result_value(result)->i, 11 + i);
    else assert_true(sley_error_is(sley_result_error(result), &sley_kind_sley, SLEY_EGONE));
  }
  sley_value_drop(&all);
  sley_promise *stopped = sley_sharded_stop(s); /* waits for the one in use */
  rest(0.005);
  assert_true(sley_is_pending(stopped));
  run_gives(sley_domain_shutdown(ds[0], 0), 0);
  settle(used);
  run_gives(stopped, 0);
  sley_domain_drop(ds[0]);
  end_leaving_nothing(ds[1]);
  sley_sharded_drop(s);
  assert_int_equal(counters, 0);
  assert_int_equal(tokens_alive(), 0);
}

static void one_cannot_be_made(void **state)
{
  (void)state;
  for (int i = 0; i < SHARDS; i++) ds[i] = start("shard");
  fail_index = 1;
  const char *text =
      run_fails(sley_sharded_new(ds, SHARDS, counter_make, token(1)), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(text, "no counter 1"));
  fail_index = -1;
  run_fails(sley_sharded_new(ds, 0, counter_make, token(1)), &sley_kind_sley, SLEY_EINVAL);
  WAIT_UNTIL(__atomic_load_n(&counters, __ATOMIC_RELAXED) == 0); /* the others are gone */
  for (int i = 0; i < SHARDS; i++) end_leaving_nothing(ds[i]);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- teams ---- */

static sley_team *team_of(unsigned count)
{
  sley_team *team;
  sley_team_options o = {.size = sizeof(o), .name = "workers", .count = count};
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_team_new(&o, &team));
  return team;
}

static void team_end(sley_team *team)
{
  run_gives(sley_team_shutdown(team, 5), 0);
  sley_team_drop(team);
}

static sley_domain *caller_domain;

static sley_promise *at_home(sley_value *arg) { return sley_return(sley_int(arg->i * 3)); }

/* Lwt_domain.run_in_main: from a member, by a call. */
static sley_promise *in_member(sley_value *arg) { return sley_call(caller_domain, at_home, *arg); }

static void names_and_counts(void **state)
{
  (void)state;
  sley_team *team = team_of(3), *found = sley_team_lookup("workers"), *second;
  assert_ptr_equal(found, team);
  sley_team_drop(found);
  assert_null(sley_team_lookup("nobody"));
  assert_int_equal(sley_team_count(team), 3);
  assert_string_equal(sley_domain_name(sley_team_domain(team, 2)), "workers-2");
  sley_team_options o = {.size = sizeof(o), .name = "workers", .count = 1};
  assert_int_equal(code_of_error(sley_team_new(&o, &second)), -SLEY_EINVAL);
  caller_domain = sley_domain_keep(sley_domain_current());
  sley_promise *ps[300]; /* more than the credit, each calling back: this deadlocks in lwt_domain */
  for (int i = 0; i < 300; i++) ps[i] = sley_team_call(team, in_member, sley_int(i));
  for (int i = 0; i < 300; i++) run_gives(ps[i], 3 * i);
  for (unsigned i = 0; i < 3; i++) assert_int_equal(sley_team_load(team, i), 0);
  sley_domain_drop(caller_domain);
  sley_promise *down = sley_team_shutdown(team, 5);
  assert_null(sley_team_lookup("workers"));
  run_gives(down, 0);
  run_fails(sley_team_shutdown(team, 5), &sley_kind_sley, SLEY_EGONE);
  run_fails(sley_team_call(team, in_member, token(1)), &sley_kind_sley, SLEY_EGONE);
  sley_team_drop(team);
  assert_int_equal(tokens_alive(), 0);
}

/* The others continue, and the ended member gets no calls although it looks idle. */
static void a_member_ends(void **state)
{
  (void)state;
  sley_team *team = team_of(3), *none;
  run_gives(sley_domain_shutdown(sley_team_domain(team, 0), 5), 0);
  sley_promise *busy = sley_team_call(team, never, token(1));
  for (int i = 0; i < 20; i++) run_gives(sley_team_call(team, at_home, sley_int(i)), 3 * i);
  sley_cancel(busy);
  sley_drop(busy);
  sley_promise *down = sley_domain_shutdown(sley_team_domain(team, 1), 5);
  run_gives(sley_team_shutdown(team, 5), 0); /* also while one member is being ended */
  run_gives(down, 0);
  run_fails(sley_team_call(team, at_home, token(2)), &sley_kind_sley, SLEY_EGONE);
  sley_team_drop(team);
  assert_int_equal(tokens_alive(), 0);
  sley_team_options o = {
      .size = sizeof(o), .name = "a name that is longer than thirty-one bytes", .count = 1};
  assert_int_equal(code_of_error(sley_team_new(&o, &none)), -SLEY_EINVAL);
  assert_null(none);
}

/* The only processor it can run on, or -1. */
static sley_promise *only_processor(sley_value *arg)
{
  cpu_set_t set;
  int at = 0;
  (void)arg;
  if (sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) != 1)
    return sley_return(sley_int(-1));
  while (!CPU_ISSET((size_t)at, &set)) at++;
  return sley_return(sley_int(at));
}

/* One member on each available processor, then from the first again. */
static void members_are_spread(void **state)
{
  (void)state;
  cpu_set_t all, seen;
  sley_team *team, *none;
  assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
  CPU_ZERO(&seen);
  unsigned there = (unsigned)CPU_COUNT(&all);
  sley_team_options o = {.size = sizeof(o), .count = there + 1, .spread = true};
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_team_new(&o, &team));
  int64_t first = -1;
  for (unsigned i = 0; i <= there; i++) {
    sley_value v;
    assert_null(sley_run(sley_call(sley_team_domain(team, i), only_processor, sley_unit()), &v));
    assert_true(v.i >= 0);
    if (i == 0) first = v.i;
    if (i == there) assert_int_equal(v.i, first);
    else CPU_SET((size_t)v.i, &seen);
  }
  assert_true(CPU_EQUAL(&seen, &all));
  run_gives(sley_team_shutdown(team, 5), 0);
  sley_team_drop(team);
  sley_domain_options two_ways = {.size = sizeof(two_ways), .processor = 1};
  o.domain = &two_ways;
  assert_int_equal(code_of_error(sley_team_new(&o, &none)), -SLEY_EINVAL);
}

enum { N = 1000 };

static sley_error *mark(const sley_value *shared, size_t from, size_t to)
{
  unsigned char *seen = shared->ptr;
  for (size_t i = from; i < to; i++) seen[i]++;
  return NULL;
}

static sley_error *mark_but_700(const sley_value *shared, size_t from, size_t to)
{
  if (from <= 700 && 700 < to) return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "not 700");
  return mark(shared, from, to);
}

static void loops(void **state)
{
  (void)state;
  static unsigned char seen[N];
  sley_team *team = team_of(2);
  static const size_t grains[] = {0, 1, 7, N, 5 * N};
  for (size_t g = 0; g < 5; g++) {
    memset(seen, 0, sizeof(seen));
    run_gives(sley_parallel_for(team, N, grains[g], mark, sley_borrow(seen)), 0);
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
  }
  run_gives(sley_parallel_for(team, 0, 0, mark, sley_borrow(seen)), 0);
  const char *text = run_fails(sley_parallel_for(team, N, 10, mark_but_700, sley_borrow(seen)),
                               &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(text, "not 700"));
  run_fails(sley_parallel_for(team, N, 10, mark, stays(1)), &sley_kind_sley, SLEY_ESEND);
  run_gives(sley_parallel_for(team, 0, 10, mark, token(1)), 0);
  WAIT_UNTIL(tokens_alive() == 0);
  team_end(team);
}

static sley_error *triple(const sley_value *shared, sley_value *in, sley_value *out)
{
  (void)shared;
  if (number_in(in) == 666) return sley_error_new(&sley_kind_sley, SLEY_EEMPTY, "no 666");
  if (number_in(in) == 667) {
    *out = stays(1);
    return NULL;
  }
  *out = token(number_in(in) * 3);
  return NULL;
}

static void fill(sley_value *in, size_t n, int64_t from)
{
  for (size_t i = 0; i < n; i++) in[i] = token(from + (int64_t)i);
}

static void maps(void **state)
{
  (void)state;
  static sley_value in[N];
  sley_value v;
  sley_team *team = team_of(2);
  fill(in, 600, 0);
  assert_null(sley_run(sley_parallel_map(team, in, 600, 0, triple, token(1)), &v));
  sley_list *list = sley_list_in(&v);
  assert_int_equal(sley_list_count(list), 600);
  for (size_t i = 0; i < 600; i++)
    assert_int_equal(number_in(sley_list_item(list, i)), 3 * (int64_t)i);
  sley_value_drop(&v);
  fill(in, 100, 600);
  run_fails(sley_parallel_map(team, in, 67, 5, triple, sley_unit()), &sley_kind_sley, SLEY_EEMPTY);
  for (int i = 67; i < 100; i++) sley_value_drop(&in[i]);
  fill(in, 2, 667);
  run_fails(sley_parallel_map(team, in, 1, 5, triple, sley_unit()), &sley_kind_sley, SLEY_ESEND);
  sley_value_drop(&in[1]);
  fill(in, 3, 0);
  sley_value_drop(&in[1]);
  in[1] = stays(2);
  run_fails(sley_parallel_map(team, in, 3, 5, triple, sley_unit()), &sley_kind_sley, SLEY_ESEND);
  assert_null(sley_run(sley_parallel_map(team, in, 0, 5, triple, sley_unit()), &v));
  sley_value_drop(&v);
  WAIT_UNTIL(tokens_alive() == 0);
  team_end(team);
}

/* Ranges as text, because combining them is not commutative. */
static sley_error *spell(const sley_value *shared, size_t from, size_t to, sley_value *out)
{
  char text[64];
  (void)shared;
  snprintf(text, sizeof(text), "[%zu-%zu]", from, to);
  return sley_text(text, out);
}

static sley_error *join_text(const sley_value *shared, sley_value *left, sley_value *right)
{
  char text[512];
  (void)shared;
  snprintf(text, sizeof(text), "%s%s", (char *)left->ptr, (char *)right->ptr);
  sley_value_drop(left);
  return sley_text(text, left);
}

static sley_error *sum_range(const sley_value *shared, size_t from, size_t to, sley_value *out)
{
  (void)shared;
  *out = sley_int(0);
  for (size_t i = from; i < to; i++) out->i += (int64_t)i;
  return NULL;
}

static sley_error *sum_two(const sley_value *shared, sley_value *left, sley_value *right)
{
  (void)shared;
  left->i += right->i;
  return NULL;
}

static void reductions(void **state)
{
  (void)state;
  sley_value v;
  sley_team *team = team_of(2);
  assert_null(sley_run(sley_parallel_reduce(team, 10, 3, spell, join_text, sley_unit()), &v));
  assert_string_equal(v.ptr, "[0-3][3-6][6-9][9-10]");
  sley_value_drop(&v);
  run_gives(sley_parallel_reduce(team, 100001, 0, sum_range, sum_two, sley_unit()), 5000050000);
  run_gives(sley_parallel_reduce(team, 0, 0, sum_range, sum_two, sley_unit()), 0);
  run_fails(sley_parallel_reduce(team, SIZE_MAX, 1, sum_range, sum_two, sley_unit()),
            &sley_kind_sley, SLEY_ENOMEM);
  team_end(team);
}

static sley_error *slow_range(const sley_value *shared, size_t from, size_t to)
{
  (void)from;
  (void)to;
  usleep(1000);
  __atomic_add_fetch((int *)shared->ptr, 1, __ATOMIC_RELAXED);
  return NULL;
}

static sley_error *slow_but_the_fifth(const sley_value *shared, size_t from, size_t to)
{
  if (from == 5) return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "not 5");
  return slow_range(shared, from, to);
}

static void what_fails_stops_the_others(void **state)
{
  (void)state;
  static int ranges; /* any thread, __atomic */
  sley_team *team = team_of(2);
  ranges = 0;
  run_fails(sley_parallel_for(team, 100000, 1, slow_but_the_fifth, sley_borrow(&ranges)),
            &sley_kind_sley, SLEY_EINVAL);
  assert_in_range(__atomic_load_n(&ranges, __ATOMIC_RELAXED), 1, 50000);
  team_end(team);
}

static void canceled_loops_stop(void **state)
{
  (void)state;
  static int ranges; /* any thread, __atomic */
  sley_team *team = team_of(2);
  ranges = 0;
  sley_promise *p = sley_parallel_for(team, 100000, 1, slow_range, sley_borrow(&ranges));
  WAIT_UNTIL(__atomic_load_n(&ranges, __ATOMIC_RELAXED) > 0);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  int before = __atomic_load_n(&ranges, __ATOMIC_RELAXED);
  assert_true(before < 50000);
  rest(0.05);
  /* Each member can have begun one. */
  assert_in_range(__atomic_load_n(&ranges, __ATOMIC_RELAXED), before, before + 2);
  /* A team that ends in the middle of a loop. */
  p = sley_parallel_for(team, 100000, 1, slow_range, sley_borrow(&ranges));
  rest(0.01);
  run_gives(sley_team_shutdown(team, 0), 0);
  sley_error *e = sley_run(p, NULL);
  assert_non_null(e);
  sley_error_drop(e);
  sley_team_drop(team);
}

static void without_memory(void)
{
  tokens.alive = counters = 0;
  sley_team *team;
  sley_team_options o = {.size = sizeof(o), .name = "poor", .count = 2};
  sley_drop(sley_return(sley_unit()));
  if (sley_team_new(&o, &team) == NULL) {
    sley_value in[4], v;
    fill(in, 4, 0);
    settle(sley_parallel_map(team, in, 4, 1, triple, token(1)));
    settle(sley_parallel_reduce(team, 10, 3, sum_range, sum_two, token(1)));
    settle(sley_team_call(team, give_back, token(1)));
    sley_error *e =
        sley_run(sley_sharded_new(sley_team_domains(team), 2, counter_make, token(1)), &v);
    if (e == NULL) {
      sley_sharded *s = sley_sharded_in(&v);
      settle(sley_sharded_map_reduce(s, counter_add, sley_int(1), add_up));
      settle(sley_sharded_call_all_settled(s, counter_add, sley_int(1)));
      settle(sley_sharded_stop(s));
      sley_value_drop(&v);
    }
    sley_error_drop(e);
    /* Ends however often memory runs out. */
    while (sley_domain_is_open(sley_team_domain(team, 0)) ||
           sley_domain_is_open(sley_team_domain(team, 1)))
      for (unsigned i = 0; i < 2; i++) settle(sley_domain_shutdown(sley_team_domain(team, i), 1));
    sley_team_drop(team);
  }
  assert_int_equal(counters, 0);
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  fail_index = -1;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(instances),
      TEST(routes),
      TEST(ends_with_its_domain),
      TEST(one_cannot_be_made),
      TEST(names_and_counts),
      TEST(a_member_ends),
      TEST(members_are_spread),
      TEST(loops),
      TEST(maps),
      TEST(reductions),
      TEST(what_fails_stops_the_others),
      TEST(canceled_loops_stop),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
