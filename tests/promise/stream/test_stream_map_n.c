/* Streams with several concurrent calls: how many, in which order, failing, canceled, dropped, without memory.
 * Tests src/promise/stream/stream_map_n.c. */
#include "support/world.h"

enum { MOST = 16 };

static struct {
  sley_resolver *answer[MOST + 1]; /* of the call for element i */
  int started, under_way, most;
} calls;

static void call_over(void *ctx)
{
  (void)ctx;
  calls.under_way--;
}

static sley_promise *call(void *ctx, sley_value *v)
{
  (void)ctx;
  calls.started++;
  if (++calls.under_way > calls.most) calls.most = calls.under_way;
  sley_promise *p = sley_cancelable(&calls.answer[v->i]);
  sley_on_termination(p, call_over, NULL);
  return p;
}

static void answer(int i, int64_t with) { sley_fulfill(&calls.answer[i], sley_int(with)); }

static void calls_end(void)
{
  for (int i = 0; i <= MOST; i++) sley_resolver_drop(&calls.answer[i]);
  assert_int_equal(calls.under_way, 0);
}

static sley_stream *numbers(int n)
{
  sley_value values[MOST];
  memset(&calls, 0, sizeof calls);
  for (int i = 0; i < n; i++) values[i] = sley_int(i + 1);
  return sley_stream_from_values(values, (size_t)n);
}

static void gives(sley_promise *p, int64_t i)
{
  assert_fulfilled(p, i);
  sley_drop(p);
}

static void gives_end(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  assert_true(sley_is_none(sley_promise_value(p)));
  sley_drop(p);
}

static void in_order(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_map_n(numbers(6), 3, SLEY_STREAM_ORDER_SOURCE, call, NULL);
  assert_int_equal(calls.started, 0); /* there is no reader */
  sley_promise *first = sley_stream_get(s);
  assert_int_equal(calls.started, 3);
  answer(2, 20);
  assert_pending(first);
  assert_int_equal(calls.started, 3); /* finished but unread results take room */
  answer(1, 10);
  gives(first, 10);
  assert_int_equal(calls.started, 4);
  answer(3, 30);
  answer(4, 40);
  assert_int_equal(calls.started, 4); /* a slow reader holds back the source */
  gives(sley_stream_get(s), 20);
  assert_int_equal(calls.started, 5);
  gives(sley_stream_get(s), 30);
  gives(sley_stream_get(s), 40);
  assert_int_equal(calls.started, 6);
  sley_promise *fifth = sley_stream_get(s);
  answer(6, 60);
  assert_pending(fifth);
  answer(5, 50);
  gives(fifth, 50);
  gives(sley_stream_get(s), 60);
  gives_end(sley_stream_get(s));
  gives_end(sley_stream_get(s));
  assert_int_equal(calls.most, 3);
  calls_end();
  sley_stream_drop(s);
}

static void as_they_complete(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_map_n(numbers(5), 2, SLEY_STREAM_ORDER_READY, call, NULL);
  sley_promise *first = sley_stream_get(s);
  assert_int_equal(calls.started, 2);
  answer(2, 20);
  gives(first, 20);
  assert_int_equal(calls.started, 3);
  answer(3, 30);
  assert_int_equal(calls.started, 3);
  answer(1, 10);
  gives(sley_stream_get(s), 30);
  gives(sley_stream_get(s), 10);
  assert_int_equal(calls.started, 5);
  sley_promise *fourth = sley_stream_get(s);
  answer(5, 50);
  gives(fourth, 50);
  sley_promise *last = sley_stream_get(s);
  answer(4, 40);
  gives(last, 40);
  gives_end(sley_stream_get(s));
  assert_int_equal(calls.most, 2);
  calls_end();
  sley_stream_drop(s);
}

static void filters(void **state)
{
  (void)state;
  for (int ordered = 0; ordered < 2; ordered++) {
    sley_stream *s = ordered
                         ? sley_stream_filter_n(numbers(5), 2, SLEY_STREAM_ORDER_SOURCE, call, NULL)
                         : sley_stream_filter_n(numbers(5), 2, SLEY_STREAM_ORDER_READY, call, NULL);
    sley_promise *first = sley_stream_get(s);
    answer(2, 0);
    assert_int_equal(calls.started, 3); /* a skipped element makes room immediately */
    answer(3, 1);
    if (ordered) assert_pending(first);
    else gives(first, 3);
    answer(1, 1);
    gives(ordered ? first : sley_stream_get(s), 1);
    if (ordered) gives(sley_stream_get(s), 3);
    assert_int_equal(calls.started, 5);
    sley_promise *end = sley_stream_get(s);
    answer(5, 0);
    answer(4, 0);
    gives_end(end);
    calls_end();
    sley_stream_drop(s);
  }
  for (int ordered = 0; ordered < 2; ordered++) {
    sley_stream *s =
        ordered ? sley_stream_filter_map_n(numbers(3), 3, SLEY_STREAM_ORDER_SOURCE, call, NULL)
                : sley_stream_filter_map_n(numbers(3), 3, SLEY_STREAM_ORDER_READY, call, NULL);
    sley_promise *first = sley_stream_get(s);
    sley_fulfill(&calls.answer[1], sley_none());
    answer(3, 30);
    answer(2, 20);
    gives(first, ordered ? 20 : 30);
    gives(sley_stream_get(s), ordered ? 30 : 20);
    gives_end(sley_stream_get(s));
    calls_end();
    sley_stream_drop(s);
  }
}

static void failures_come_in_their_place(void **state)
{
  (void)state;
  for (int ordered = 0; ordered < 2; ordered++) {
    sley_stream *s = ordered
                         ? sley_stream_map_n(numbers(4), 3, SLEY_STREAM_ORDER_SOURCE, call, NULL)
                         : sley_stream_filter_n(numbers(4), 3, SLEY_STREAM_ORDER_READY, call, NULL);
    sley_promise *first = sley_stream_get(s);
    sley_reject(&calls.answer[2], error_of(2));
    if (ordered) answer(1, 10);
    if (ordered) gives(first, 10);
    sley_promise *failed = ordered ? sley_stream_get(s) : first;
    assert_rejected(failed, 2);
    sley_drop(failed);
    answer(3, 3);
    gives(sley_stream_get(s), 3);
    answer(4, 4);
    if (!ordered) answer(1, 0);
    gives(sley_stream_get(s), 4);
    gives_end(sley_stream_get(s));
    calls_end();
    sley_stream_drop(s);
  }
}

static sley_error *second_fails(void *ctx, sley_value *out)
{
  int *n = ctx;
  if (++*n == 2) return error_of(7);
  if (*n < 5) *out = sley_int(*n);
  return NULL;
}

/* Nothing more is read from a failed source until the reader has got the error. */
static void the_source_fails(void **state)
{
  (void)state;
  int n = 0;
  memset(&calls, 0, sizeof calls);
  sley_stream *s = sley_stream_map_n(sley_stream_from_direct(second_fails, &n), 4,
                                     SLEY_STREAM_ORDER_SOURCE, call, NULL);
  sley_promise *first = sley_stream_get(s);
  assert_int_equal(n, 2);
  answer(1, 10);
  gives(first, 10);
  assert_int_equal(n, 2);
  sley_promise *failed = sley_stream_get(s);
  assert_rejected(failed, 7);
  sley_drop(failed);
  sley_promise *third = sley_stream_get(s);
  assert_int_equal(n, 5);
  answer(4, 40);
  answer(3, 30);
  gives(third, 30);
  gives(sley_stream_get(s), 40);
  gives_end(sley_stream_get(s));
  calls_end();
  sley_stream_drop(s);
}

static void a_canceled_read_leaves_the_calls(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_map_n(numbers(2), 2, SLEY_STREAM_ORDER_SOURCE, call, NULL);
  sley_promise *first = sley_stream_get(s);
  sley_cancel(first);
  assert_true(sley_error_is_canceled(sley_promise_error(first)));
  sley_drop(first);
  assert_int_equal(calls.under_way, 2);
  answer(1, 10);
  answer(2, 20);
  gives(sley_stream_get(s), 10);
  gives(sley_stream_get(s), 20);
  calls_end();
  sley_stream_drop(s);
}

/* ---- all readers are dropped */
static sley_promise *siblings[2];
static void siblings_are_rejected(void *ctx)
{
  (void)ctx;
  for (int i = 0; i < 2; i++) assert_true(sley_error_is_canceled(sley_promise_error(siblings[i])));
  note("canceled");
}
static sley_promise *call_watched(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_promise *p = call(NULL, v);
  siblings[v->i - 1] = sley_keep(p);
  sley_on_cancel(p, siblings_are_rejected, NULL);
  return p;
}
static void noted_drop(void *ctx) { note(ctx); }

static void letting_go_cancels_all_at_once(void **state)
{
  (void)state;
  static char context[] = "context";
  sley_stream *s;
  sley_pusher *push;
  memset(&calls, 0, sizeof calls);
  assert_null(sley_stream_new(&s, &push));
  s = sley_stream_map_n(s, 3, SLEY_STREAM_ORDER_SOURCE, call_watched, context, noted_drop);
  sley_promise *first = sley_stream_get(s);
  for (int i = 1; i <= 2; i++) assert_int_equal(sley_pusher_push(push, sley_int(i)), 0);
  assert_int_equal(calls.under_way, 2);
  sley_stream_drop(s);
  assert_log("canceled canceled context");
  assert_rejected_sley(first, SLEY_EABANDONED);
  sley_drop(first);
  for (int i = 0; i < 2; i++) sley_drop(siblings[i]);
  assert_int_equal(sley_pusher_push(push, sley_int(3)), -SLEY_EABANDONED);
  sley_pusher_drop(push);
  calls_end();
  assert_int_equal(world.unhandled, 0);
}

/* A clone of the source that continues finds every element that no call was given. */
static void an_unfinished_read_takes_nothing(void **state)
{
  (void)state;
  sley_stream *s;
  sley_pusher *push;
  memset(&calls, 0, sizeof calls);
  assert_null(sley_stream_new(&s, &push));
  sley_stream *mine = sley_stream_keep(s);
  sley_stream *mapped = sley_stream_map_n(s, 3, SLEY_STREAM_ORDER_SOURCE, call, NULL);
  sley_promise *first = sley_stream_get(mapped);
  sley_stream_drop(mapped);
  sley_drop(first);
  assert_int_equal(sley_pusher_push(push, sley_int(1)), 0);
  gives(sley_stream_get(mine), 1);
  sley_stream_drop(mine);
  sley_pusher_drop(push);
  calls_end();
}

static sley_stream *mapped_itself;
static sley_promise *drops_the_stream(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_stream_drop(mapped_itself);
  mapped_itself = NULL;
  return call(NULL, v);
}
static void let_go_by_a_call(void **state)
{
  (void)state;
  mapped_itself =
      sley_stream_map_n(numbers(3), 2, SLEY_STREAM_ORDER_SOURCE, drops_the_stream, NULL);
  sley_promise *p = sley_stream_get(mapped_itself);
  assert_int_equal(calls.started, 1);
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
  calls_end();
}

static void no_room(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_map_n(numbers(2), 0, SLEY_STREAM_ORDER_SOURCE, call, NULL);
  sley_promise *p = sley_stream_get(s);
  assert_rejected_sley(p, SLEY_EINVAL);
  sley_drop(p);
  sley_stream_drop(s);
}

/* ---- values: moved if there is no other owner */
static sley_promise *pass_on(void *ctx, sley_value *v)
{
  sley_value taken;
  assert_int_equal(sley_take(v, &taken), 0);
  if (ctx == NULL) return sley_return(taken);
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_fulfill(&r, taken);
  return p;
}
static sley_promise *number_of(void *ctx, sley_value *v)
{
  (void)ctx;
  sley_value taken;
  assert_int_equal(sley_take(v, &taken), 0);
  int number = ((thing *)taken.ptr)->number;
  sley_value_drop(&taken);
  return sley_return(sley_int(number));
}
static void values_are_moved(void **state)
{
  (void)state;
  for (int way = 0; way < 4; way++) {
    bool is_pushed_first = way & 1, counts = way & 2;
    sley_stream *s;
    sley_pusher *push;
    assert_null(sley_stream_new(&s, &push));
    if (is_pushed_first)
      assert_int_equal(sley_pusher_push(push, sley_own(thing_new(5), &type_copier)), 0);
    s = sley_stream_map_n(s, 2, SLEY_STREAM_ORDER_SOURCE, pass_on, counts ? &calls : NULL);
    sley_promise *p = sley_bind(sley_stream_get(s), number_of, NULL);
    if (!is_pushed_first)
      assert_int_equal(sley_pusher_push(push, sley_own(thing_new(5), &type_copier)), 0);
    gives(p, 5); /* 105 would be a copy */
    sley_pusher_drop(push);
    sley_stream_drop(s);
  }
}

/* ---- many calls, and without memory */
static sley_error *count_down(void *ctx, sley_value *out)
{
  int *left = ctx;
  if ((*left)-- > 0) *out = sley_int(*left);
  return NULL;
}
static sley_promise *is_last(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i == 0));
}
static void settled_promises_take_no_stack(void **state)
{
  (void)state;
  int left = 300000;
  sley_stream *s = sley_stream_filter_n(sley_stream_from_direct(count_down, &left), 8,
                                        SLEY_STREAM_ORDER_SOURCE, is_last, NULL);
  gives(sley_stream_get(s), 0);
  gives_end(sley_stream_get(s));
  sley_stream_drop(s);
}

/* At random: settling in any order, reads, canceled reads. Every element comes once, in order if that is promised,
 * and never more than max are begun and not yet read. */
static unsigned random_state;
static unsigned below(unsigned n)
{
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 16) % n;
}
static void answer_any(int *answered)
{
  int open[MOST], count = 0;
  for (int i = 1; i <= calls.started; i++)
    if (calls.answer[i] != NULL) open[count++] = i;
  if (count == 0) return;
  int i = open[below((unsigned)count)];
  answer(i, i * 10);
  (*answered)++;
}
static void at_random(void **state)
{
  (void)state;
  for (unsigned round = 0; round < 3000; round++) {
    random_state = round;
    int max = 1 + (int)below(4), read = 0, answered = 0, seen = 0;
    bool ordered = below(2) == 0;
    sley_stream *s =
        ordered ? sley_stream_map_n(numbers(12), (size_t)max, SLEY_STREAM_ORDER_SOURCE, call, NULL)
                : sley_stream_map_n(numbers(12), (size_t)max, SLEY_STREAM_ORDER_READY, call, NULL);
    sley_promise *p = NULL;
    while (read < 12) {
      if (p == NULL) p = sley_stream_get(s);
      if (below(3) == 0) answer_any(&answered);
      if (sley_state(p) == SLEY_PROMISE_STATE_FULFILLED) {
        int element = (int)sley_promise_value(p)->i / 10;
        read++;
        if (ordered) assert_int_equal(element, read);
        assert_false(seen & (1 << element));
        seen |= 1 << element;
        sley_drop(p);
        p = NULL;
      } else if (below(4) == 0) {
        sley_cancel(p);
        sley_drop(p);
        p = NULL;
      }
      assert_true(calls.started - read <= max + 1); /* one was handed over and not counted above */
      assert_true(calls.under_way <= max);
    }
    gives_end(sley_stream_get(s));
    sley_stream_drop(s);
    calls_end();
  }
}

static sley_promise *paused(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_int(*(int *)ctx));
}
static sley_promise *later(void *ctx, sley_value *v)
{
  static const int one = 1;
  (void)ctx;
  (void)v;
  union {
    const int *in;
    void *out;
  } u = {&one};
  return sley_bind(sley_pause(), paused, u.out);
}

/* Reads to the end, whatever fails meanwhile: only out of memory can lose an element. */
static void read_all(sley_stream *s)
{
  for (int reads = 0; reads < 40; reads++) {
    sley_promise *p = sley_stream_get(s);
    for (int turns = 0; turns < 40 && sley_is_pending(p) && sley_paused_count() > 0; turns++)
      sley_wakeup_paused();
    assert_false(sley_is_pending(p));
    bool end = sley_state(p) == SLEY_PROMISE_STATE_FULFILLED && sley_is_none(sley_promise_value(p));
    if (sley_state(p) == SLEY_PROMISE_STATE_REJECTED)
      assert_true(sley_promise_error(p) == sley_error_nomem());
    sley_drop(p);
    if (end) break;
  }
  sley_stream_drop(s);
  while (sley_paused_count() > 0) sley_wakeup_paused();
}
static void memory_scenario(void)
{
  read_all(sley_stream_map_n(numbers(4), 2, SLEY_STREAM_ORDER_SOURCE, later, NULL));
  read_all(sley_stream_filter_n(numbers(4), 2, SLEY_STREAM_ORDER_SOURCE, later, NULL));
  read_all(sley_stream_filter_map_n(numbers(3), 3, SLEY_STREAM_ORDER_READY, later, NULL));
  sley_stream *s = sley_stream_filter_n(numbers(3), 2, SLEY_STREAM_ORDER_READY, later, NULL);
  sley_drop(sley_stream_get(s));
  sley_stream_drop(s);
  while (sley_paused_count() > 0) sley_wakeup_paused();
}
static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(memory_scenario);
}
static void no_growth(void **state)
{
  (void)state;
  does_not_grow(memory_scenario, 3000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(in_order),
      TEST(as_they_complete),
      TEST(filters),
      TEST(failures_come_in_their_place),
      TEST(the_source_fails),
      TEST(a_canceled_read_leaves_the_calls),
      TEST(letting_go_cancels_all_at_once),
      TEST(an_unfinished_read_takes_nothing),
      TEST(let_go_by_a_call),
      TEST(no_room),
      TEST(values_are_moved),
      TEST(settled_promises_take_no_stack),
      TEST(at_random),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
