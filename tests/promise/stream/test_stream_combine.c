/* Streams read to their end and built from others; all of it also without memory.
 * Tests src/promise/stream/stream_fold.c, src/promise/stream/stream_map.c, src/promise/stream/stream_merge.c,
 * src/promise/stream/stream_choose.c, src/promise/stream/stream_iter_n.c, src/promise/stream/stream_bytes.c. */
#include "support/streams.h"

static sley_stream *numbers(int n)
{
  sley_value values[32];
  for (int i = 0; i < n; i++) values[i] = sley_int(i + 1);
  return sley_stream_from_values(values, (size_t)n);
}

/* ---- functions for streams; with pausing set, those that return promises wait */
static bool pausing;
static int started, most, under_way;

static sley_promise *unpaused(void *ctx, sley_value *v)
{
  (void)v;
  under_way--;
  int *n = ctx;
  return sley_return(*n < 0 ? sley_none() : sley_int(*n));
}

static sley_promise *later(int n)
{
  if (!pausing) return sley_return(n < 0 ? sley_none() : sley_int(n));
  int *kept = malloc(sizeof *kept);
  if (kept == NULL) abort();
  *kept = n;
  return sley_bind(sley_pause(), unpaused, kept, free);
}

static sley_error *twice(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  if (in->i == 13) return error_of(13);
  *out = sley_int(in->i * 2);
  return NULL;
}
static sley_promise *twice_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return later((int)v->i * 2);
}
static sley_error *is_odd(void *ctx, sley_value *v, bool *yes)
{
  (void)ctx;
  *yes = v->i % 2 != 0;
  return NULL;
}
static sley_promise *is_odd_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return later((int)v->i % 2);
}
static sley_error *half(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = in->i % 2 == 0 ? sley_int(in->i / 2) : sley_none();
  return NULL;
}
static sley_promise *half_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return later(v->i % 2 == 0 ? (int)v->i / 2 : -1);
}
static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  sum->i += v->i;
  return NULL;
}
static sley_promise *add_s(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  return later((int)(v->i + sum->i));
}
static sley_promise *work(void *ctx, sley_value *v)
{
  (void)ctx;
  started++;
  if (++under_way > most) most = under_way;
  if (!pausing) under_way--;
  return later((int)v->i);
}
static sley_error *visit(void *ctx, sley_value *v)
{
  *(int64_t *)ctx += v->i;
  return NULL;
}

static void settle(sley_promise *p)
{
  for (int i = 0; i < 1000 && sley_is_pending(p); i++) sley_wakeup_paused();
}

static void gives_list_in_time(sley_promise *p, const char *wanted)
{
  settle(p);
  gives_list(p, wanted);
}

static void gives_in_time(sley_promise *p, int64_t i)
{
  settle(p);
  gives(p, i);
}

static void to_the_end(void)
{
  int64_t sum = 0;
  gives(sley_stream_fold(numbers(4), sley_int(0), add, NULL), 10);
  gives_in_time(sley_stream_fold_s(numbers(4), sley_int(0), add_s, NULL), 10);
  gives(sley_stream_iter(numbers(4), visit, &sum), 0);
  assert_int_equal(sum, 10);
  under_way = started = most = 0;
  gives_in_time(sley_stream_iter_s(numbers(5), work, NULL), 0);
  assert_int_equal(most, 1);
  under_way = most = 0;
  gives_in_time(sley_stream_iter_p(numbers(5), work, NULL), 0);
  assert_int_equal(most, pausing ? 5 : 1);
  under_way = most = 0;
  gives_in_time(sley_stream_iter_n(numbers(5), 2, work, NULL), 0);
  assert_int_equal(most, pausing ? 2 : 1);
  assert_int_equal(started, 15);
  sley_stream *s = numbers(9);
  gives(sley_stream_find(s, is_odd, NULL), 1);
  gives_in_time(sley_stream_find_s(s, is_odd_s, NULL), 3);
  gives(sley_stream_find_map(s, half, NULL), 2);
  gives_in_time(sley_stream_find_map_s(s, half_s, NULL), 3);
  sley_stream_drop(s);
  sley_promise *text = sley_stream_to_text(sley_stream_from_bytes("some", 4));
  assert_string_equal(sley_value_ptr(sley_promise_value(text), &sley_type_text), "some");
  sley_drop(text);
  sley_promise *none = sley_stream_iter_n(numbers(1), 0, work, NULL);
  assert_rejected_sley(none, SLEY_EINVAL);
  sley_drop(none);
}

static void transformed(void)
{
  gives_list(sley_stream_to_list(sley_stream_map(numbers(3), twice, NULL)), "(2,4,6)");
  gives_list_in_time(sley_stream_to_list(sley_stream_map_s(numbers(3), twice_s, NULL)), "(2,4,6)");
  gives_list(sley_stream_to_list(sley_stream_filter(numbers(5), is_odd, NULL)), "(1,3,5)");
  gives_list_in_time(sley_stream_to_list(sley_stream_filter_s(numbers(5), is_odd_s, NULL)),
                     "(1,3,5)");
  gives_list(sley_stream_to_list(sley_stream_filter_map(numbers(5), half, NULL)), "(1,2)");
  gives_list_in_time(sley_stream_to_list(sley_stream_filter_map_s(numbers(5), half_s, NULL)),
                     "(1,2)");
  gives_list(sley_stream_to_list(sley_stream_append(numbers(2), numbers(3))), "(1,2,1,2,3)");
  gives_list(sley_stream_to_list(sley_stream_combine(numbers(2), numbers(3))), "((1,1),(2,2))");
  const sley_value streams[] = {sley_stream_to_value(numbers(2)), sley_stream_to_value(numbers(1))};
  gives_list(sley_stream_to_list(sley_stream_concat(sley_stream_from_values(streams, 2))),
             "(1,2,1)");
}

static void serial_ones(void **state)
{
  (void)state;
  pausing = false;
  to_the_end();
  transformed();
}

static void waiting_ones(void **state)
{
  (void)state;
  pausing = true;
  to_the_end();
  transformed();
}

/* ---- lists */
static sley_error *pair_of(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  sley_promise *both = sley_both(sley_return(sley_int(in->i)), sley_return(sley_int(-in->i)));
  int code = sley_promise_value(both) != NULL ? 0 : -1;
  if (code == 0) code = sley_take((sley_value *)(uintptr_t)sley_promise_value(both), out);
  sley_drop(both);
  return code == 0 ? NULL : sley_error_nomem();
}
static sley_promise *pair_of_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_both(pausing ? later((int)v->i) : sley_return(sley_int(v->i)),
                   sley_return(sley_int(0)));
}

static void lists_of_elements(void **state)
{
  (void)state;
  pausing = true;
  gives_list(sley_stream_to_list(sley_stream_map_list(numbers(2), pair_of, NULL)), "(1,-1,2,-2)");
  gives_list_in_time(sley_stream_to_list(sley_stream_map_list_s(numbers(2), pair_of_s, NULL)),
                     "(1,0,2,0)");
  sley_stream *lists = sley_stream_combine(numbers(2), numbers(2));
  gives_list(sley_stream_to_list(sley_stream_flatten(lists)), "(1,1,2,2)");
}

static sley_value thing_value(int number, const sley_type *type)
{
  return sley_own(thing_new(number), type);
}

static void lists_give_what_they_own(void **state)
{
  (void)state;
  sley_stream *s, *other;
  sley_pusher *pusher;
  assert_null(sley_stream_new(&s, &pusher));
  sley_promise *pair = sley_both(sley_return(thing_value(1, &type_copier)),
                                 sley_return(thing_value(2, &type_copier)));
  sley_value list;
  assert_int_equal(sley_take((sley_value *)(uintptr_t)sley_promise_value(pair), &list), 0);
  sley_drop(pair);
  assert_int_equal(sley_pusher_push(pusher, list), 0);
  assert_null(sley_stream_clone(s, &other)); /* owns the list, too: its elements are copied */
  sley_stream *flat = sley_stream_flatten(s);
  sley_promise *first = sley_stream_get(flat);
  assert_int_equal(((thing *)sley_promise_value(first)->ptr)->number, 101);
  sley_stream_drop(other);
  sley_promise *second = sley_stream_get(flat); /* now it is the only owner */
  assert_int_equal(((thing *)sley_promise_value(second)->ptr)->number, 2);
  sley_drop(first);
  sley_drop(second);
  sley_stream_drop(flat);
  sley_pusher_drop(pusher);
}

/* ---- several concurrently */
static void choices(void **state)
{
  (void)state;
  sley_stream *a, *b;
  sley_pusher *push_a, *push_b;
  assert_null(sley_stream_new(&a, &push_a));
  assert_null(sley_stream_new(&b, &push_b));
  sley_stream *both[] = {a, b};
  sley_stream *any = sley_stream_choose(both, 2);
  sley_promise *list = sley_stream_to_list(any);
  sley_pusher_push(push_b, sley_int(1));
  sley_pusher_push(push_a, sley_int(2));
  sley_pusher_close(push_b);
  sley_pusher_push(push_a, sley_int(3));
  sley_pusher_close(push_a);
  gives_list(list, "(1,2,3)");
  sley_pusher_drop(push_a);
  sley_pusher_drop(push_b);
  gives_list(sley_stream_to_list(sley_stream_choose(NULL, 0)), "()");
}

static void choices_let_go(void **state)
{
  (void)state;
  sley_stream *a;
  sley_pusher *pusher;
  assert_null(sley_stream_new(&a, &pusher));
  sley_stream *any = sley_stream_choose(&a, 1);
  sley_promise *get = sley_stream_get(any);
  sley_stream_drop(any);
  assert_rejected_sley(get, SLEY_EABANDONED);
  sley_drop(get);
  assert_int_equal(sley_pusher_push(pusher, sley_int(1)), -SLEY_EABANDONED); /* all are dropped */
  sley_pusher_drop(pusher);
  assert_int_equal(world.unhandled, 0);
}

static void chains_let_go_early(void **state)
{
  (void)state;
  sley_stream *s;
  sley_pusher *pusher;
  thing *ctx = thing_new(1);
  assert_null(sley_stream_new(&s, &pusher));
  sley_stream *chain =
      sley_stream_filter_s(sley_stream_map(s, twice, NULL), is_odd_s, ctx, thing_drop);
  sley_promise *get = sley_stream_get(chain);
  sley_stream_drop(chain);
  assert_rejected_sley(get, SLEY_EABANDONED);
  sley_drop(get);
  assert_int_equal(things_alive, 0);
  assert_int_equal(sley_pusher_push(pusher, sley_int(1)), -SLEY_EABANDONED);
  sley_pusher_drop(pusher);
  assert_int_equal(world.unhandled, 0);
}

/* ---- presentations */
static sley_error *fails_once(void *ctx, sley_value *out)
{
  int *n = ctx;
  if (++*n == 2) return error_of(2);
  if (*n < 4) *out = sley_int(*n);
  return NULL;
}

static void errors_as_elements(void **state)
{
  (void)state;
  int n = 0;
  sley_stream *s = sley_stream_wrap_error(sley_stream_from_direct(fails_once, &n));
  gives_list(sley_stream_to_list(s), "(1,E2,3)");
  const sley_value values[] = {sley_int(12), sley_int(13), sley_int(14)};
  s = sley_stream_wrap_error(sley_stream_map(sley_stream_from_values(values, 3), twice, NULL));
  gives_list(sley_stream_to_list(s), "(24,E13,28)");
}

static sley_resolver *given[2];
static sley_promise *start_task(void *count, sley_value *v)
{
  (void)v;
  return sley_cancelable(&given[(*(int *)count)++]);
}
static sley_promise *read_failing(void *s, sley_value *v)
{
  return v->i < 3 ? sley_return(*v) : sley_stream_get(s);
}
static sley_error *fails_always(void *ctx, sley_value *out)
{
  (void)ctx;
  (void)out;
  return error_of(4);
}

/* A rejected promise returned by a function is not a failure of the function, wherever it comes from: what iter_p
 * has started is still waited for. */
static void a_rejection_is_no_failure(void **state)
{
  (void)state;
  int count = 0;
  const sley_value values[] = {sley_int(1), sley_int(2), sley_int(3)};
  sley_stream *failing = sley_stream_from_direct(fails_always, NULL);
  sley_stream *s = sley_stream_map_s(sley_stream_from_values(values, 3), read_failing, failing);
  sley_promise *p = sley_stream_iter_p(s, start_task, &count);
  assert_int_equal(count, 2);
  assert_pending(p);
  sley_fulfill(&given[0], sley_unit());
  assert_pending(p);
  sley_fulfill(&given[1], sley_unit());
  assert_rejected(p, 4);
  sley_drop(p);
  sley_stream_drop(failing);
}

static sley_resolver *slow_resolver;
static sley_promise *slowly(void *ctx)
{
  (void)ctx;
  return sley_cancelable(&slow_resolver);
}
static sley_promise *get_of(void *s) { return sley_stream_get(s); }
static const sley_key told_key = SLEY_KEY("told");
static void note_storage(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  note(sley_storage_get(&told_key) != NULL ? "bound" : "unbound");
}

/* One read recovers in its own storage: later callbacks do not see that. */
static void recovery_keeps_its_storage(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_from(slowly, NULL);
  sley_stream *wrapped = sley_stream_wrap_error(sley_stream_keep(s));
  sley_dont_wait(get_of, note_storage, s);
  sley_promise *p = sley_with_value(&told_key, sley_int(7), get_of, wrapped);
  sley_reject(&slow_resolver, error_of(1));
  assert_log("unbound");
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
  sley_stream_drop(wrapped);
  sley_stream_drop(s);
}

static void hexadecimal(void **state)
{
  (void)state;
  const char *bytes = "some bytes, and \x01\xff more";
  sley_stream *s = sley_stream_hexdump(sley_stream_from_bytes(bytes, strlen(bytes)));
  gives_list(sley_stream_to_list(s),
             "(00000000|  73 6f 6d 65 20 62 79 74  65 73 2c 20 61 6e 64 20  |some bytes, and |,"
             "00000010|  01 ff 20 6d 6f 72 65                              |.. more|)");
}

/* ---- failing memory: nothing is lost or hangs, whatever the result */
static void finish_reading(sley_promise *p)
{
  settle(p);
  if (sley_is_pending(p)) sley_cancel(p);
  sley_drop(p);
  while (sley_paused_count() > 0) sley_wakeup_paused(); /* those without a waiter */
}

static void transform_scenario(void)
{
  pausing = true;
  finish_reading(sley_stream_to_list(sley_stream_map(numbers(3), twice, NULL)));
  finish_reading(sley_stream_to_list(sley_stream_filter_s(numbers(3), is_odd_s, NULL)));
  finish_reading(sley_stream_to_list(sley_stream_filter_map_s(numbers(3), half_s, NULL)));
  finish_reading(sley_stream_to_list(sley_stream_map_list_s(numbers(2), pair_of_s, NULL)));
  finish_reading(sley_stream_to_list(sley_stream_append(numbers(1), numbers(1))));
  finish_reading(sley_stream_to_list(sley_stream_combine(numbers(2), numbers(2))));
  finish_reading(sley_stream_to_list(
      sley_stream_concat(sley_stream_return(sley_stream_to_value(numbers(2))))));
  sley_stream *both[] = {numbers(2), sley_stream_map_s(numbers(1), twice_s, NULL)};
  finish_reading(sley_stream_to_list(sley_stream_choose(both, 2)));
  finish_reading(sley_stream_to_list(sley_stream_wrap_error(numbers(2))));
  finish_reading(sley_stream_to_list(sley_stream_hexdump(sley_stream_from_bytes("abc", 3))));
}

static void reading_scenario(void)
{
  pausing = true;
  int64_t sum = 0;
  finish_reading(sley_stream_fold_s(numbers(3), thing_value(1, &type_mover), add_s, NULL));
  finish_reading(sley_stream_iter(numbers(3), visit, &sum));
  finish_reading(sley_stream_iter_s(numbers(3), work, NULL));
  finish_reading(sley_stream_iter_p(numbers(3), work, NULL));
  finish_reading(sley_stream_iter_n(numbers(3), 2, work, NULL));
  finish_reading(sley_stream_to_text(sley_stream_from_bytes("abc", 3)));
  sley_stream *s = numbers(9);
  finish_reading(sley_stream_find_s(s, is_odd_s, NULL));
  finish_reading(sley_stream_find_map_s(s, half_s, NULL));
  finish_reading(sley_stream_get_while_s(s, is_odd_s, NULL));
  sley_stream_drop(s);
}

static void pushing_scenario(void)
{
  sley_stream *s, *other = NULL;
  sley_pusher *pusher;
  if (sley_stream_new(&s, &pusher) != NULL) return;
  if (sley_stream_clone(s, &other) != NULL) assert_null(other);
  sley_promise *get = sley_stream_get(s), *list = sley_stream_nget(s, 2);
  sley_promise *closed = sley_stream_wait_closed(s);
  for (int i = 0; i < 3; i++) {
    int code = sley_pusher_push(pusher, thing_value(i, &type_mover));
    assert_true(code == 0 || code == -SLEY_ENOMEM);
  }
  sley_drop(sley_stream_last_new(s));
  sley_pusher_close(pusher); /* needs no memory */
  assert_true(sley_stream_is_closed(s));
  assert_false(sley_is_pending(get));
  assert_false(sley_is_pending(list));
  sley_drop(get);
  sley_drop(list);
  sley_drop(closed);
  sley_stream_drop(other);
  sley_stream_drop(s);
  sley_pusher_drop(pusher);
}

static void bounded_scenario(void)
{
  sley_stream *s;
  sley_bounded_pusher *b;
  if (sley_stream_new_bounded(1, &s, &b) != NULL) return;
  sley_promise *first = sley_bounded_pusher_push(b, thing_value(1, &type_mover));
  sley_promise *second = sley_bounded_pusher_push(b, thing_value(2, &type_mover));
  bool waits = sley_is_pending(second);
  size_t before = heap.count;
  if (waits) {
    sley_drop(sley_stream_get(s));
    assert_int_equal(heap.count, before); /* its room was reserved when it began to wait */
    assert_fulfilled(second, 0);
  }
  sley_drop(first);
  sley_drop(second);
  sley_promise *list = sley_stream_to_list(s);
  sley_bounded_pusher_close(b);
  assert_false(sley_is_pending(list));
  sley_drop(list);
  sley_bounded_pusher_drop(b);
}

/* Calls that end together make room for as many. */
static sley_promise *at_once_up_to_two(void *ctx, sley_value *v)
{
  sley_resolver **r = ctx;
  started++;
  return v->i <= 2 ? sley_return(sley_unit()) : sley_pending(&r[v->i - 3]);
}
static void room_for_all_that_ended(void **state)
{
  (void)state;
  sley_resolver *r[5] = {NULL};
  started = 0;
  sley_promise *p = sley_stream_iter_n(numbers(7), 2, at_once_up_to_two, r);
  assert_int_equal(started, 4);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(started, i + 4 > 7 ? 7 : i + 4);
    sley_fulfill(&r[i], sley_unit());
  }
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

static void memory_runs_out(void **state)
{
  (void)state;
  world_close();
  each_allocation_fails(transform_scenario);
  each_allocation_fails(reading_scenario);
  each_allocation_fails(pushing_scenario);
  each_allocation_fails(bounded_scenario);
  assert_true(world_open(0));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(serial_ones),
      TEST(waiting_ones),
      TEST(lists_of_elements),
      TEST(lists_give_what_they_own),
      TEST(choices),
      TEST(choices_let_go),
      TEST(chains_let_go_early),
      TEST(errors_as_elements),
      TEST(a_rejection_is_no_failure),
      TEST(recovery_keeps_its_storage),
      TEST(hexadecimal),
      TEST(room_for_all_that_ended),
      TEST(memory_runs_out),
  };
  return RUN_TESTS(tests);
}
