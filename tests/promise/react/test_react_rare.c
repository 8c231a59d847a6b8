/* Rare cases of events and signals: functions that fail, values that can be taken only once, nodes that move while
 * queued, limiters that overtake each other, listeners that are dropped during a notification.
 * Tests src/promise/react/react.c, src/promise/react/react_switch.c, src/promise/react/react_feed.c,
 * src/promise/react/react_boxes.c. */
#include "support/react.h"
#include "support/world.h"

static void push(sley_event *e, int i) { assert_int_equal(sley_event_push(e, sley_int(i)), 0); }

static sley_error *add_but_not_three(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  sum->i += v->i;
  return v->i == 3 ? error_of(3) : NULL;
}
static sley_error *plus_one(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(in->i + 1);
  return NULL;
}
static sley_error *fails_at_two(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(in->i);
  return in->i == 2 ? error_of(2) : NULL;
}
static sley_error *asks_and_fails_at_two(void *ctx, sley_value *in, bool *yes)
{
  (void)ctx;
  *yes = true;
  return in->i == 2 ? error_of(2) : NULL;
}

/* The input of a failing function does not occur, and its accumulator stays as before. */
static void a_function_that_fails(void **state)
{
  (void)state;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_event *sum = watch(sley_event_fold(e, sley_int(0), add_but_not_three, NULL), "f");
  sley_event *merged = watch(
      sley_event_merge((sley_event *[]){e, other}, 2, sley_int(10), add_but_not_three, NULL), "m");
  for (int i = 2; i <= 4; i++) push(e, i);
  push(other, 5);
  assert_log("f2 m12 f6 m14 m15");
  assert_int_equal(world.async, 2);
  sley_event_drop(sum);
  sley_event_drop(merged);
  sley_event *kept[] = {watch(sley_event_map(e, fails_at_two, NULL), "a"),
                        watch(sley_event_filter(e, asks_and_fails_at_two, NULL), "b"),
                        watch(sley_event_fmap(e, fails_at_two, NULL), "c")};
  logged[0] = '\0';
  push(e, 1);
  push(e, 2);
  push(e, 3);
  assert_log("a1 b1 c1 a3 b3 c3");
  assert_int_equal(world.async, 5);
  for (int i = 0; i < 3; i++) sley_event_drop(kept[i]);
  sley_event_drop(e);
  sley_event_drop(other);
}

static void both_at_once(void **state)
{
  (void)state;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_signal *on = sley_signal_new(sley_bool(false), NULL);
  sley_event *up = sley_event_map(e, plus_one, NULL); /* occurs with e */
  sley_event *all[] = {
      watch(sley_event_without(e, up), "d"),    watch(sley_event_without(e, other), "D"),
      watch(sley_event_take_until(e, up), "u"), watch(sley_event_take_until(e, other), "U"),
      watch(sley_event_when(e, on), "w"),       watch(sley_signal_sample(on, e), "s")};
  push(e, 1);
  assert_log("D1 U1 s0");
  logged[0] = '\0';
  assert_int_equal(sley_signal_set(on, sley_bool(true)), 0); /* by itself no occurrence */
  push(other, 7);
  push(e, 2);
  assert_log("D2 w2 s1"); /* until has ended */
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) sley_event_drop(all[i]);
  sley_event_drop(up);
  sley_event_drop(NULL);
  sley_signal_drop(NULL);
  sley_signal_drop(on);
  sley_event_drop(e);
  sley_event_drop(other);
}

static sley_signal *choices[2];
static sley_error *choose(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_signal_to_value(sley_signal_keep(choices[in->i % 2]));
  return NULL;
}
static sley_error *sum_of(void *ctx, sley_value *in, sley_value *out)
{
  sley_list *list = sley_list_in(in);
  (void)ctx;
  *out = sley_int(0);
  for (size_t i = 0; i < sley_list_count(list); i++) out->i += sley_list_item(list, i)->i;
  return NULL;
}

/* A queued node that depends on a switch moves behind it when the switch moves up. */
static void what_is_queued_moves_with_its_source(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  choices[0] = sley_signal_const(sley_int(100));
  sley_signal *high = sley_signal_keep(s);
  for (int i = 0; i < 4; i++) {
    sley_signal *higher = sley_signal_map(high, NULL, plus_one, NULL);
    sley_signal_drop(high);
    high = higher;
  }
  choices[1] = high;
  sley_signal *result = sley_signal_bind(s, NULL, choose, NULL);
  sley_signal *sum = sley_signal_lift((sley_signal *[]){result, s}, 2, NULL, sum_of, NULL);
  sley_signal *more = sley_signal_lift((sley_signal *[]){s, sum}, 2, NULL, sum_of, NULL);
  sley_event *on = watch(sley_signal_changes(sum), ""),
             *on_more = watch(sley_signal_changes(more), "m");
  for (int i = 1; i < 4; i++) assert_int_equal(sley_signal_set(s, sley_int(i)), 0);
  assert_log("6 m7 102 m104 10 m13");
  sley_event_drop(on);
  sley_event_drop(on_more);
  sley_signal_drop(more);
  sley_signal_drop(sum);
  sley_signal_drop(result);
  sley_signal_drop(high);
  sley_signal_drop(choices[0]);
  sley_signal_drop(s);
}

static sley_error *not_a_signal(void *ctx, sley_value *in, sley_value *out)
{
  return plus_one(ctx, in, out);
}

static void switches_of_what_is_there(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  sley_signal *bad = sley_signal_bind(s, NULL, not_a_signal, NULL);
  assert_true(sley_signal_has_failed(bad));
  sley_signal_drop(bad);
  /* An event that occurs in the very step in which the switch selects it counts; otherwise it does not. */
  sley_event *outer = sley_event_new(), *e = sley_event_new();
  sley_event *on = watch(sley_event_switch(outer), "");
  assert_int_equal(sley_event_push(outer, sley_event_to_value(sley_event_keep(e))), 0);
  assert_int_equal(sley_event_push(outer, sley_event_to_value(sley_event_keep(e))),
                   0); /* unchanged */
  push(e, 1);
  assert_log("1");
  sley_event_drop(on);
  sley_event_drop(outer);
  /* A settled promise of an event behaves like that event. */
  sley_event *same = sley_event_delay(sley_return(sley_event_to_value(sley_event_keep(e))));
  assert_ptr_equal(same, e);
  sley_event_drop(same);
  sley_event_drop(e);
  sley_signal_drop(s);
}

/* The first taker gets a value that can only be moved. */
static void values_that_can_be_had_once(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_promise *first = sley_event_next(e), *second = sley_event_next(e);
  sley_stream *s = sley_stream_from_event(e);
  assert_int_equal(sley_event_push(e, sley_own(thing_new(1), &type_mover)), 0);
  assert_int_equal(sley_state(first), SLEY_PROMISE_STATE_FULFILLED);
  assert_rejected_sley(second, SLEY_EMOVED);
  sley_drop(first);
  sley_drop(second);
  sley_promise *read = sley_stream_get(s); /* it received nothing */
  assert_pending(read);
  assert_int_equal(sley_event_push(e, sley_own(thing_new(2), &type_mover)), 0);
  assert_int_equal(((thing *)sley_promise_value(read)->ptr)->number, 2);
  sley_drop(read);
  sley_stream_drop(s);
  sley_event_drop(e);
  assert_int_equal(things_alive, 0);
}

/* ---- limits */

static sley_promise *gate;
static sley_resolver *gate_resolver;
static int gates;
static sley_promise *limiter(void *ctx)
{
  (void)ctx;
  gates++;
  sley_drop(gate);
  gate = sley_pending(&gate_resolver);
  return sley_keep(gate);
}
static sley_event *limited_source;
static void push_nine(void *ctx)
{
  (void)ctx;
  push(limited_source, 9);
}

/* Newer callbacks of the limiter's promise run first: a value they push starts another limiter, and the held-back
 * value is lost, as in Lwt. */
static void a_limiter_is_overtaken(void **state)
{
  (void)state;
  gates = 0;
  gate = NULL;
  limited_source = sley_event_new();
  sley_event *on = watch(sley_event_limit(limited_source, limiter, NULL), "");
  push(limited_source, 1);
  push(limited_source, 2);
  sley_on_termination(gate, push_nine, NULL);
  sley_resolver *r = gate_resolver;
  gate_resolver = NULL;
  sley_fulfill(&r, sley_unit());
  assert_log("1 9");
  assert_int_equal(gates, 2);
  push(limited_source, 3); /* held back, and dropped with the listener */
  sley_event_drop(on);
  sley_fulfill(&gate_resolver, sley_unit());
  assert_log("1 9");
  assert_int_equal(gates, 2);
  sley_drop(gate);
  sley_event_drop(limited_source);
}

/* ---- listeners that are dropped */

static sley_event *going;
static void go_at_two(void *ctx, sley_value *v)
{
  log_number(ctx, v);
  if (v->i != 2) return;
  sley_event_drop(going);
  going = NULL;
}
static int given;
static sley_promise *give_next(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(++given));
}
static void who_listens_goes_while_it_is_told(void **state)
{
  (void)state;
  given = 0;
  sley_event *e = sley_event_from(give_next, NULL);
  going = sley_event_on(e, go_at_two, "");
  sley_event_drop(e);
  sley_wakeup_paused();
  assert_log("1 2"); /* and it was not called again */
  assert_int_equal(given, 2);
}

/* ---- memory */

static sley_error *to_thing(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_own(thing_new((int)in->i), &type_copier);
  return NULL;
}
static sley_promise *one_more(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i + 1));
}
static sley_promise *add_both(void *ctx, sley_value *a, sley_value *b)
{
  (void)ctx;
  return sley_return(sley_int(a->i + b->i));
}
static sley_promise *count_of(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int((int64_t)sley_list_count(sley_list_in(v))));
}

static void scarce(void)
{
  sley_event *e = sley_event_new();
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  sley_signal *same[] = {s, s};
  sley_event *made[] = {sley_event_map_p(e, one_more, NULL),
                        sley_event_filter_s(e, one_more, NULL),
                        sley_event_fold_s(e, sley_int(0), add_both, NULL),
                        sley_event_diff_s(e, add_both, NULL),
                        sley_event_merge_s((sley_event *[]){e, e}, 2, sley_int(0), add_both, NULL),
                        sley_signal_diff_s(s, add_both, NULL),
                        sley_signal_sample_s(s, e, add_both, NULL),
                        sley_event_take_until(e, e),
                        sley_event_without(e, e),
                        sley_event_when(e, s),
                        sley_event_once(e),
                        sley_event_skip_once(e),
                        sley_signal_changes(s),
                        sley_signal_sample(s, e)};
  sley_signal *held = sley_signal_fold_s(e, sley_int(0), NULL, add_both, NULL);
  sley_signal *things = sley_signal_map(s, NULL, to_thing, NULL);
  sley_signal *limited = sley_signal_limit(s, NULL, limiter, NULL);
  sley_promise *of[] = {sley_signal_lift_s(same, 2, NULL, count_of, NULL),
                        sley_signal_merge_s(same, 2, sley_int(0), NULL, add_both, NULL),
                        sley_signal_filter_s(s, sley_int(5), NULL, one_more, NULL),
                        sley_signal_fmap_s(s, sley_int(5), NULL, one_more, NULL)};
  sley_stream *stream = sley_stream_from_event(e);
  sley_event *back = sley_event_from_stream(sley_stream_from_values(&(sley_value){.i = 3}, 1));
  for (int i = 1; i < 4; i++) {
    (void)sley_event_push(e, sley_int(i));
    (void)sley_signal_set(s, sley_int(i));
  }
  while (sley_paused_count() > 0) sley_wakeup_paused();
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) sley_event_drop(made[i]);
  for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
    assert_false(sley_is_pending(of[i]));
    sley_drop(of[i]);
  }
  sley_event_drop(back);
  sley_stream_drop(stream);
  sley_signal_drop(limited);
  sley_signal_drop(things);
  sley_signal_drop(held);
  sley_signal_drop(s);
  sley_event_drop(e);
  sley_resolver_drop(&gate_resolver);
  sley_drop(gate);
  gate = NULL;
}

static void every_allocation_fails(void **state)
{
  (void)state;
  gate = NULL;
  each_allocation_fails(scarce);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_function_that_fails),
      TEST(both_at_once),
      TEST(what_is_queued_moves_with_its_source),
      TEST(switches_of_what_is_there),
      TEST(values_that_can_be_had_once),
      TEST(a_limiter_is_overtaken),
      TEST(who_listens_goes_while_it_is_told),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
