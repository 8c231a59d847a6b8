/* List functions beyond the vectors: owned values, long lists on a small stack, bounds, failing memory.
 * Tests src/promise/collection/list_concurrent.c, src/promise/collection/list_fold.c,
 * src/promise/collection/list_join.c, src/promise/collection/list_serial.c,
 * src/promise/collection/list_walk.c, src/promise/combine/walk.c. */

#include "support/small_stack.h"
#include "support/world.h"

enum { LONG = 100000 };

static sley_value owned(int number) { return sley_own(thing_new(number), &type_mover); }

static int number_at(const sley_list *list, size_t at)
{
  const sley_value *v = sley_list_item(list, at);
  return v->type == NULL ? (int)v->i : ((thing *)v->ptr)->number;
}

static sley_promise *give_back(void *ctx, sley_value *v)
{
  sley_value out;
  (void)ctx;
  if (sley_take(v, &out) != 0) return sley_fail(sley_error_nomem());
  return sley_return(out);
}

static sley_promise *give_back_later(void *ctx, sley_value *v)
{
  sley_value out;
  (void)ctx;
  if (sley_take(v, &out) != 0) return sley_fail(sley_error_nomem());
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  sley_fulfill(&r, out);
  return p;
}

static sley_promise *is_odd(void *ctx, sley_value *v)
{
  (void)ctx;
  int number = v->type == NULL ? (int)v->i : ((thing *)v->ptr)->number;
  return sley_return(sley_bool(number % 2 != 0));
}

static sley_promise *after_pause(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_pause();
}

static sley_promise *count(void *ctx, sley_value *v)
{
  (void)v;
  ++*(int *)ctx;
  return sley_return(sley_unit());
}

static sley_promise *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(sum->i + v->i));
}

static void run_pauses(void)
{
  while (sley_paused_count() > 0) sley_wakeup_paused();
}

/* ---- owned values */
static void map_moves_values(void **state)
{
  (void)state;
  for (int grid = 0; grid < 4; grid++) {
    bool serial = grid < 2, at_once = grid % 2 == 0;
    sley_value values[] = {owned(1), owned(2), owned(3)};
    sley_bind_fn *f = at_once ? give_back : give_back_later;
    sley_promise *p =
        serial ? sley_values_map_s(values, 3, f, NULL) : sley_values_map_p(values, 3, f, NULL);
    assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
    sley_list *list = sley_list_in(sley_promise_value(p));
    assert_int_equal(sley_list_count(list), 3);
    for (int i = 0; i < 3; i++) assert_int_equal(number_at(list, (size_t)i), i + 1);
    assert_int_equal(things_alive, 3);
    sley_drop(p);
    assert_int_equal(things_alive, 0);
  }
}

static void elements_not_taken_are_dropped(void **state)
{
  (void)state;
  int calls = 0;
  sley_drop(sley_values_iter_s(SLEY_VALUES(owned(1), owned(2)), count, &calls));
  sley_drop(sley_values_iter_p(SLEY_VALUES(owned(1), owned(2)), count, &calls));
  sley_drop(sley_values_iter_n(SLEY_VALUES(owned(1), owned(2)), 1, count, &calls));
  assert_int_equal(calls, 6);
  assert_int_equal(things_alive, 0);
}

static void filters_keep_their_elements(void **state)
{
  (void)state;
  sley_promise *(*filters[])(const char *, const sley_value *, size_t, sley_bind_fn *, void *,
                             sley_drop_fn *) = {sley_values_filter_s_at, sley_values_filter_p_at};
  for (int i = 0; i < 2; i++) {
    sley_promise *p = filters[i](SLEY_HERE, SLEY_VALUES(owned(1), owned(2), owned(3), owned(4)),
                                 is_odd, NULL, NULL);
    sley_list *list = sley_list_in(sley_promise_value(p));
    assert_int_equal(sley_list_count(list), 2);
    assert_int_equal(number_at(list, 0), 1);
    assert_int_equal(number_at(list, 1), 3);
    assert_int_equal(things_alive, 2);
    sley_drop(p);
    assert_int_equal(things_alive, 0);
  }
}

static sley_promise *take_then_true(void *ctx, sley_value *v)
{
  sley_value mine;
  (void)ctx;
  assert_int_equal(sley_take(v, &mine), 0);
  sley_value_drop(&mine);
  return sley_return(sley_bool(true));
}

static void a_predicate_that_takes_copies_or_moves(void **state)
{
  (void)state;
  sley_promise *p = sley_values_filter_s(
      SLEY_VALUES(sley_own(thing_new(1), &type_copier), owned(2)), take_then_true, NULL);
  sley_list *list = sley_list_in(sley_promise_value(p));
  assert_int_equal(number_at(list, 0), 1);
  assert_ptr_equal(sley_list_item(list, 1)->type, &sley_type_moved);
  sley_drop(p);
}

static void partition_and_find(void **state)
{
  (void)state;
  for (int serial = 0; serial < 2; serial++) {
    sley_value values[] = {owned(1), owned(2), owned(3), owned(4), owned(5)};
    sley_promise *p = serial ? sley_values_partition_s(values, 5, is_odd, NULL)
                             : sley_values_partition_p(values, 5, is_odd, NULL);
    sley_list *pair = sley_list_in(sley_promise_value(p));
    sley_list *odd = sley_list_in(sley_list_item(pair, 0));
    sley_list *even = sley_list_in(sley_list_item(pair, 1));
    assert_int_equal(sley_list_count(odd), 3);
    assert_int_equal(sley_list_count(even), 2);
    for (int i = 0; i < 3; i++) assert_int_equal(number_at(odd, (size_t)i), 2 * i + 1);
    for (int i = 0; i < 2; i++) assert_int_equal(number_at(even, (size_t)i), 2 * i + 2);
    sley_drop(p);
  }
  sley_promise *p = sley_values_find_s(SLEY_VALUES(owned(2), owned(3), owned(5)), is_odd, NULL);
  assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, 3);
  assert_int_equal(things_alive, 1);
  sley_drop(p);
  p = sley_values_find_s(SLEY_VALUES(owned(2)), is_odd, NULL);
  assert_rejected_sley(p, SLEY_ENOTFOUND);
  sley_drop(p);
}

static void elements_go_when_the_result_is_rejected(void **state)
{
  (void)state;
  sley_promise *p = sley_values_map_s(SLEY_VALUES(owned(1), owned(2), owned(3)), after_pause, NULL);
  assert_int_equal(things_alive, 3);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  assert_int_equal(things_alive, 0);
  sley_drop(p);
}

static sley_resolver *unread[2];

static sley_promise *start_unread(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_cancelable(&unread[v->i]);
}

static void unread_rejections_of_operands_are_not_reported(void **state)
{
  (void)state;
  sley_promise *p = sley_values_map_p(SLEY_VALUES(sley_int(0), sley_int(1)), start_unread, NULL);
  sley_reject(&unread[1], error_of(1));
  assert_rejected(p, 1);
  sley_drop(p);
  sley_reject(&unread[0], error_of(2));
  assert_int_equal(world.unhandled, 0);
}

/* ---- length */
static void *on_small_stack(void *ctx)
{
  sley_runtime *runtime;
  sley_domain *domain;
  sley_value *values = calloc(LONG, sizeof *values);
  (void)ctx;
  if (values == NULL || sley_runtime_new(NULL, &runtime) != NULL) abort();
  if (sley_domain_new(runtime, "small", &domain) != NULL) abort();
  sley_domain_enter(domain);
  for (int i = 0; i < LONG; i++) values[i] = sley_int(1);
  int calls = 0;
  size_t good = 0;
  sley_promise *ps[] = {
      sley_values_iter_s(values, LONG, count, &calls),
      sley_values_iter_p(values, LONG, count, &calls),
      sley_values_iter_n(values, LONG, 7, count, &calls),
      sley_values_map_s(values, LONG, give_back, NULL),
      sley_values_map_p(values, LONG, give_back, NULL),
      sley_values_map_n(values, LONG, 7, give_back, NULL),
      sley_values_rev_map_s(values, LONG, give_back, NULL),
      sley_values_rev_map_p(values, LONG, give_back, NULL),
      sley_values_filter_s(values, LONG, is_odd, NULL),
      sley_values_filter_p(values, LONG, is_odd, NULL),
      sley_values_filter_map_s(values, LONG, give_back, NULL),
      sley_values_partition_s(values, LONG, is_odd, NULL),
      sley_values_for_all_s(values, LONG, is_odd, NULL),
      sley_values_fold_left_s(values, LONG, sley_int(0), add, NULL),
      sley_values_fold_right_s(values, LONG, sley_int(0), add, NULL),
      sley_values_map_p(values, LONG, after_pause, NULL),
      sley_values_map_s(values, 1000, after_pause, NULL),
      sley_values_rev_map_p(values, LONG, after_pause, NULL),
      sley_values_filter_map_p(values, LONG, after_pause, NULL),
  };
  run_pauses();
  enum { FORMS = sizeof ps / sizeof ps[0] };
  for (int i = 0; i < FORMS; i++) good += sley_state(ps[i]) == SLEY_PROMISE_STATE_FULFILLED;
  if (calls != 3 * LONG || sley_promise_value(ps[13])->i != LONG ||
      sley_promise_value(ps[14])->i != LONG ||
      sley_list_count(sley_list_in(sley_promise_value(ps[8]))) != LONG)
    good = 0;
  for (int i = 0; i < FORMS; i++) sley_drop(ps[i]);
  sley_domain_leave(domain);
  if (sley_domain_end(domain) != 0) good = 0;
  sley_runtime_drop(runtime);
  free(values);
  return good == FORMS ? domain : NULL;
}

static void long_lists_take_no_stack(void **state)
{
  (void)state;
  sley_domain_leave(world.domain);
  void *good = run_on_stack(256, on_small_stack, NULL);
  sley_domain_enter(world.domain);
  assert_non_null(good);
}

/* ---- bounds */
static struct {
  int running, most, started;
  sley_resolver *resolvers[8];
} work;

static sley_promise *work_start(void *ctx, sley_value *v)
{
  (void)ctx;
  if (++work.running > work.most) work.most = work.running;
  work.started++;
  return sley_cancelable(&work.resolvers[v->i]);
}

static void work_end(int i)
{
  work.running--;
  sley_fulfill(&work.resolvers[i], sley_int(i * 10));
}

static const sley_value eight[] = {{{.i = 0}, NULL}, {{.i = 1}, NULL}, {{.i = 2}, NULL},
                                   {{.i = 3}, NULL}, {{.i = 4}, NULL}, {{.i = 5}, NULL},
                                   {{.i = 6}, NULL}, {{.i = 7}, NULL}};

static void at_most_so_many_run(void **state)
{
  (void)state;
  memset(&work, 0, sizeof work);
  sley_promise *p = sley_values_map_n(eight, 8, 3, work_start, NULL);
  assert_int_equal(work.started, 3);
  int order[] = {2, 0, 3, 1, 4, 7, 6, 5};
  for (int i = 0; i < 8; i++) {
    if (work.resolvers[order[i]] == NULL) continue;
    work_end(order[i]);
  }
  for (int i = 0; i < 8; i++)
    if (work.resolvers[i] != NULL) work_end(i);
  assert_int_equal(work.started, 8);
  assert_int_equal(work.most, 3);
  sley_list *list = sley_list_in(sley_promise_value(p));
  for (int i = 0; i < 8; i++) assert_int_equal(number_at(list, (size_t)i), i * 10);
  sley_drop(p);
}

static void a_rejection_stops_further_calls(void **state)
{
  (void)state;
  memset(&work, 0, sizeof work);
  sley_promise *p = sley_values_iter_n(eight, 8, 2, work_start, NULL);
  sley_reject(&work.resolvers[0], error_of(7));
  assert_pending(p); /* one is still running */
  assert_int_equal(work.started, 2);
  work_end(1);
  assert_rejected(p, 7);
  assert_int_equal(work.started, 2);
  sley_drop(p);
}

static void canceling_cancels_those_under_way(void **state)
{
  (void)state;
  memset(&work, 0, sizeof work);
  sley_promise *p = sley_values_map_n(eight, 8, 3, work_start, NULL);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  assert_int_equal(work.started, 3);
  for (int i = 0; i < 3; i++) sley_resolver_drop(&work.resolvers[i]);
  sley_drop(p);
  p = sley_values_map_n(eight, 8, 0, work_start, NULL);
  assert_rejected_sley(p, SLEY_EINVAL);
  sley_drop(p);
}

/* ---- memory */
static int drops;
static void count_drop(void *ctx)
{
  (void)ctx;
  drops++;
}

/* In every case drop is called once. */
static void every_list(void)
{
  int calls = 0;
  sley_value values[3];
  static const struct {
    sley_promise *(*function)(const char *, const sley_value *, size_t, sley_bind_fn *, void *,
                              sley_drop_fn *);
    bool predicate;
  } forms[] = {
      {sley_values_iter_s_at, false},       {sley_values_iter_p_at, false},
      {sley_values_map_s_at, false},        {sley_values_map_p_at, false},
      {sley_values_rev_map_s_at, false},    {sley_values_rev_map_p_at, false},
      {sley_values_filter_map_s_at, false}, {sley_values_filter_map_p_at, false},
      {sley_values_filter_s_at, true},      {sley_values_filter_p_at, true},
      {sley_values_partition_s_at, true},   {sley_values_partition_p_at, true},
      {sley_values_for_all_s_at, true},     {sley_values_exists_p_at, true},
      {sley_values_find_s_at, true},
  };
  for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
    for (int later = 0; later < 2; later++) {
      for (int i = 0; i < 3; i++) values[i] = owned(i);
      sley_bind_fn *callback = forms[f].predicate ? is_odd : later ? after_pause : give_back;
      drops = 0;
      sley_promise *p = forms[f].function(SLEY_HERE, values, 3, callback, &calls, count_drop);
      run_pauses();
      assert_int_equal(drops, 1);
      assert_false(sley_is_pending(p));
      if (sley_state(p) == SLEY_PROMISE_STATE_REJECTED) assert_rejected_sley(p, SLEY_ENOMEM);
      sley_drop(p);
    }
  }
  for (int i = 0; i < 3; i++) values[i] = owned(i);
  sley_promise *p = sley_values_map_n(values, 3, 2, after_pause, NULL);
  run_pauses();
  assert_false(sley_is_pending(p));
  sley_drop(p);
  sley_value list;
  for (int i = 0; i < 3; i++) values[i] = owned(i);
  if (sley_list_new(values, 3, &list) == NULL) sley_value_drop(&list);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(every_list);
}

/* The values of promises become the input of a function that takes an array. */
static sley_promise *number_of(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_value taken;
  assert_int_equal(sley_take(v, &taken), 0);
  int number = ((thing *)taken.ptr)->number;
  sley_value_drop(&taken);
  return sley_return(sley_int(number));
}
static sley_promise *from_a_list(void *ctx, sley_value *v)
{
  sley_list *list = sley_list_in(v);
  sley_value values[3];
  assert_int_equal(sley_list_count(list), 3);
  assert_int_equal(sley_list_take_all(list, values), 0);
  return sley_values_map_n(values, 3, 2, number_of, ctx);
}
static void a_list_becomes_an_array(void **state)
{
  (void)state;
  sley_promise *ps[3];
  for (int i = 0; i < 3; i++) ps[i] = sley_return(sley_own(thing_new(i + 1), &type_mover));
  sley_promise *p = sley_bind(sley_all(ps, 3), from_a_list, NULL);
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  const sley_list *list = sley_list_in(sley_promise_value(p));
  for (size_t i = 0; i < 3; i++) assert_int_equal(sley_list_item(list, i)->i, i + 1);
  sley_drop(p);
}

/* Another reader has moved one element out: the array stays empty, nothing is lost. */
static void a_list_with_a_moved_element(void **state)
{
  (void)state;
  sley_value list, values[2];
  const sley_value things[] = {sley_own(thing_new(1), &type_mover),
                               sley_own(thing_new(2), &type_mover)};
  sley_promise *moved = sley_return(things[1]);
  sley_promise *p = sley_all(SLEY_PROMISES(sley_return(things[0]), sley_keep(moved)));
  list = *sley_promise_value(p);
  sley_promise *taker = sley_bind(moved, number_of, NULL);
  assert_int_equal(sley_list_take_all(sley_list_in(&list), values), -SLEY_EMOVED);
  assert_int_equal(things_alive, 0);
  sley_drop(taker);
  sley_drop(p);
}

static void nothing_is_an_empty_list(void **state)
{
  (void)state;
  int calls = 0;
  sley_promise *gives_lists[] = {
      sley_values_map_s(NULL, 0, count, &calls), sley_values_map_p(NULL, 0, count, &calls),
      sley_values_map_n(NULL, 0, 2, count, &calls), sley_values_filter_p(NULL, 0, count, &calls)};
  for (size_t i = 0; i < sizeof gives_lists / sizeof gives_lists[0]; i++) {
    assert_int_equal(sley_state(gives_lists[i]), SLEY_PROMISE_STATE_FULFILLED);
    const sley_list *none = sley_list_in(sley_promise_value(gives_lists[i]));
    assert_int_equal(sley_list_count(none), 0);
    sley_drop(gives_lists[i]);
  }
  sley_drop(sley_values_fold_left_s(NULL, 0, sley_int(0), add, NULL));
  sley_seq *seq = sley_seq_from_values(NULL, 0);
  sley_drop(sley_seq_next(seq));
  sley_seq_drop(seq);
  sley_stream_drop(sley_stream_from_bytes(NULL, 0));
  sley_value list;
  assert_null(sley_list_new(NULL, 0, &list));
  assert_int_equal(sley_list_take_all(sley_list_in(&list), NULL), 0);
  sley_value_drop(&list);
  assert_int_equal(calls, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(nothing_is_an_empty_list),
      TEST(map_moves_values),
      TEST(elements_not_taken_are_dropped),
      TEST(filters_keep_their_elements),
      TEST(a_predicate_that_takes_copies_or_moves),
      TEST(partition_and_find),
      TEST(elements_go_when_the_result_is_rejected),
      TEST(unread_rejections_of_operands_are_not_reported),
      TEST(long_lists_take_no_stack),
      TEST(at_most_so_many_run),
      TEST(a_rejection_stops_further_calls),
      TEST(canceling_cancels_those_under_way),
      cmocka_unit_test(every_allocation_fails),
      TEST(a_list_becomes_an_array),
      TEST(a_list_with_a_moved_element),
  };
  return RUN_TESTS(tests);
}
