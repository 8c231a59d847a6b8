/* Events and signals: steps without glitches, and conversions to and from promises.
 * Tests src/promise/react/react.c, src/promise/react/react_event.c, src/promise/react/react_signal.c,
 * src/promise/react/react_promise.c. */
#include "support/react.h"
#include "support/world.h"

static int computed;
static sley_error *plus_one(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  computed++;
  *out = sley_int(in->i + 1);
  return NULL;
}
static sley_error *even(void *ctx, sley_value *in, bool *yes)
{
  (void)ctx;
  *yes = in->i % 2 == 0;
  return NULL;
}
static sley_error *half(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = in->i % 2 == 0 ? sley_int(in->i / 2) : sley_none();
  return NULL;
}
static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  sum->i += v->i;
  return NULL;
}
static sley_error *count_in_thing(void *ctx, sley_value *accumulator, sley_value *v)
{
  (void)ctx, (void)v;
  ((thing *)accumulator->ptr)->number++;
  return NULL;
}
static sley_error *sum_of(void *ctx, sley_value *in, sley_value *out)
{
  sley_list *list = sley_list_in(in);
  (void)ctx;
  computed++;
  *out = sley_int(0);
  for (size_t i = 0; i < sley_list_count(list); i++) out->i += sley_list_item(list, i)->i;
  return NULL;
}

static void push_all(sley_event *e, int last)
{
  for (int i = 1; i <= last; i++) assert_int_equal(sley_event_push(e, sley_int(i)), 0);
}

static void events_of_one(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_event *on[] = {
      watch(sley_event_map(e, plus_one, NULL), "m"),
      watch(sley_event_filter(e, even, NULL), "f"),
      watch(sley_event_fmap(e, half, NULL), "h"),
      watch(sley_event_once(e), "o"),
      watch(sley_event_skip_once(e), "d"),
      watch(sley_event_fold(e, sley_int(0), add, NULL), "s"),
  };
  push_all(e, 3);
  assert_log("m2 o1 s1 m3 f2 h1 d2 s3 m4 d3 s6");
  for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) sley_event_drop(on[i]);
  push_all(e, 3);
  assert_log("m2 o1 s1 m3 f2 h1 d2 s3 m4 d3 s6");
  sley_event_drop(e);
}

static void a_diamond_is_computed_once(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_event *longer = sley_event_map(e, plus_one, NULL);
  sley_event *longest = sley_event_map(longer, plus_one, NULL);
  sley_event *both[] = {e, longest, e};
  sley_event *on = watch(sley_event_merge(both, 3, sley_int(0), add, NULL), "");
  sley_event *first = watch(sley_event_select((sley_event *[]){longest, e}, 2), "first");
  push_all(e, 2);
  assert_log("5 first3 8 first4"); /* 1 + 3 + 1, 2 + 4 + 2: once each, after the longest path */
  sley_event_drop(on);
  sley_event_drop(first);
  sley_event_drop(longest);
  sley_event_drop(longer);
  sley_event_drop(e);
}

static void signals_change_once_without_glitches(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_signal *next = sley_signal_map(s, NULL, plus_one, NULL);
  sley_signal *sum = sley_signal_lift((sley_signal *[]){s, next}, 2, NULL, sum_of, NULL);
  sley_event *on = watch(sley_signal_changes(sum), "");
  assert_int_equal(sley_signal_value(sum)->i, 3);
  computed = 0;
  assert_int_equal(sley_signal_set(s, sley_int(5)), 0);
  assert_int_equal(computed, 2);
  assert_int_equal(sley_signal_set(s, sley_int(5)), 0); /* no change */
  assert_int_equal(computed, 2);
  assert_log("11");
  sley_event_drop(on);
  sley_signal_drop(sum);
  sley_signal_drop(next);
  sley_signal_drop(s);
}

static void hold_sample_when_until_dismiss(void **state)
{
  (void)state;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_signal *last = sley_signal_hold(e, sley_int(7), NULL);
  sley_signal *gate = sley_signal_new(sley_bool(false), NULL);
  sley_event *on[] = {watch(sley_signal_sample(last, other), "sample"),
                      watch(sley_event_when(e, gate), "when"),
                      watch(sley_event_take_until(e, other), "until"),
                      watch(sley_event_without(other, e), "dismiss")};
  assert_int_equal(sley_event_push(e, sley_int(1)), 0);
  assert_int_equal(sley_signal_value(last)->i, 1);
  assert_int_equal(sley_signal_set(gate, sley_bool(true)), 0);
  assert_int_equal(sley_event_push(other, sley_int(9)), 0);
  assert_int_equal(sley_event_push(e, sley_int(2)), 0);
  assert_log("until1 dismiss9 sample1 when2");
  sley_event *never = watch(sley_event_take_until(e, e), "never"); /* too late: it has ended */
  assert_int_equal(sley_event_push(e, sley_int(3)), 0);
  assert_log("until1 dismiss9 sample1 when2 when3");
  sley_event_drop(never);
  for (int i = 0; i < 4; i++) sley_event_drop(on[i]);
  sley_signal_drop(last);
  sley_signal_drop(gate);
  sley_event_drop(e);
  sley_event_drop(other);
}

static void push_back(void *ctx, sley_value *v)
{
  log_number("in", v);
  if (v->i < 3) assert_int_equal(sley_event_push(ctx, sley_int(v->i + 1)), 0);
  note("out");
}

static void a_push_in_a_step_waits_for_its_end(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_event *on = sley_event_on(e, push_back, e);
  sley_event *second = sley_event_on(e, log_number, "second");
  push_all(e, 1);
  assert_log("in1 out second1 in2 out second2 in3 out second3");
  sley_event_drop(on);
  sley_event_drop(second);
  sley_event_drop(e);
}

static void push_two(void *ctx, sley_value *v)
{
  if (v->i != 1) return;
  assert_int_equal(sley_event_push(ctx, sley_int(2)), 0);
  assert_int_equal(sley_event_push(ctx, sley_int(3)), 0);
}

static void pushes_in_a_step_come_in_order(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_event *on = sley_event_on(e, push_two, e);
  sley_event *second = sley_event_on(e, log_number, "");
  push_all(e, 1);
  assert_log("1 2 3");
  sley_event_drop(on);
  sley_event_drop(second);
  sley_event_drop(e);
}

static void owned_values(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_own(thing_new(1), &type_copier), NULL);
  sley_event *changes = sley_signal_changes(s);
  sley_promise *p = sley_event_next(changes), *q = sley_event_next(changes);
  assert_int_equal(sley_signal_set(s, sley_own(thing_new(2), &type_copier)), 0);
  assert_int_equal(((thing *)sley_promise_value(p)->ptr)->number, 102); /* a copy */
  assert_int_equal(things_alive, 3);
  sley_drop(p);
  sley_drop(q);
  sley_event_drop(changes);
  sley_signal_drop(s);
  assert_int_equal(things_alive, 0);
}

/* ---- promises */
static void next_is_the_next(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_promise *p = sley_event_next(e), *canceled = sley_event_next(e);
  sley_cancel(canceled);
  push_all(e, 2);
  assert_fulfilled(p, 1);
  assert_true(sley_error_is_canceled(sley_promise_error(canceled)));
  sley_drop(p);
  sley_drop(canceled);
  p = sley_event_next(e);
  sley_event_drop(e); /* nothing can make it occur any more */
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
}

static struct {
  int count;
  sley_resolver *resolvers[8];
} calls;
static sley_promise *call(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_cancelable(&calls.resolvers[calls.count++]);
}
static sley_promise *limiter(void *ctx)
{
  (void)ctx;
  return sley_cancelable(&calls.resolvers[calls.count++]);
}

static void concurrent_and_serial_maps(void **state)
{
  (void)state;
  for (int serial = 0; serial < 2; serial++) {
    memset(&calls, 0, sizeof calls);
    logged[0] = '\0';
    sley_event *e = sley_event_new();
    sley_event *on =
        watch(serial ? sley_event_map_s(e, call, NULL) : sley_event_map_p(e, call, NULL), "");
    push_all(e, 3);
    assert_int_equal(calls.count, serial ? 1 : 3);
    if (serial) {
      sley_fulfill(&calls.resolvers[0], sley_int(10));
      sley_reject(&calls.resolvers[1], error_of(1));
      sley_fulfill(&calls.resolvers[2], sley_int(30));
      assert_log("10 30");
    } else {
      sley_fulfill(&calls.resolvers[2], sley_int(30));
      sley_reject(&calls.resolvers[1], error_of(1));
      sley_fulfill(&calls.resolvers[0], sley_int(10));
      assert_log("30 10");
    }
    sley_event_drop(on);
    sley_event_drop(e);
  }
}

static void filters_and_going_while_promises_pend(void **state)
{
  (void)state;
  memset(&calls, 0, sizeof calls);
  sley_event *e = sley_event_new();
  sley_event *on[] = {watch(sley_event_filter_s(e, call, NULL), "f"),
                      watch(sley_event_fmap_p(e, call, NULL), "m")};
  push_all(e, 2);
  assert_int_equal(calls.count, 3);
  sley_fulfill(&calls.resolvers[0], sley_bool(true)); /* filter of 1; then it is called for 2 */
  sley_fulfill(&calls.resolvers[1], sley_none());
  sley_fulfill(&calls.resolvers[2], sley_int(7));
  assert_log("f1 m7");
  sley_event_drop(on[0]);
  sley_event_drop(on[1]);
  sley_fulfill(&calls.resolvers[3], sley_bool(true)); /* no listeners are left */
  assert_log("f1 m7");
  sley_event_drop(e);
}

static void limit_holds_back_all_but_the_last(void **state)
{
  (void)state;
  memset(&calls, 0, sizeof calls);
  sley_event *e = sley_event_new();
  sley_event *on = watch(sley_event_limit(e, limiter, NULL), "");
  push_all(e, 3);
  assert_log("1");
  sley_fulfill(&calls.resolvers[0], sley_unit());
  assert_log("1 3");
  assert_int_equal(calls.count, 2);
  sley_fulfill(&calls.resolvers[1], sley_unit());
  assert_int_equal(sley_event_push(e, sley_int(4)), 0);
  assert_log("1 3 4");
  sley_event_drop(on);
  sley_event_drop(e);
  sley_resolver_drop(&calls.resolvers[2]);
}

static int given;
static sley_promise *give_next(void *ctx)
{
  (void)ctx;
  return ++given < 4 ? sley_return(sley_int(given)) : sley_pause();
}

static void from_asks_again_and_again(void **state)
{
  (void)state;
  given = 0;
  sley_event *e = sley_event_from(give_next, NULL);
  sley_event *on = sley_event_on(e, log_number, "");
  sley_event_drop(e);
  assert_log("");
  sley_wakeup_paused();
  assert_log("1 2 3");
  sley_event_drop(on);
  assert_int_equal(sley_paused_count(), 1); /* canceled: counts until the next round, as in Lwt */
  sley_wakeup_paused();
  assert_log("1 2 3");
}

static sley_error *give_event(void *ctx, sley_value *in, sley_value *out)
{
  (void)in;
  *out = sley_event_to_value(sley_event_keep(ctx));
  return NULL;
}

static void switches_follow_from_the_same_step_on(void **state)
{
  (void)state;
  sley_event *outer = sley_event_new(), *e = sley_event_new();
  sley_event *higher = sley_event_map(e, plus_one, NULL);
  sley_event *on = watch(sley_event_switch(outer), "");
  assert_int_equal(sley_event_push(outer, sley_event_to_value(sley_event_keep(higher))), 0);
  push_all(e, 2);
  assert_log("2 3");
  assert_int_equal(sley_event_push(outer, sley_event_to_value(sley_event_never())), 0);
  push_all(e, 2);
  assert_log("2 3");
  sley_event_drop(on);
  sley_event_drop(outer);
  sley_event_drop(higher);
  sley_event_drop(e);
}

static sley_signal *choices[2];
static sley_error *choose(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_signal_to_value(sley_signal_keep(choices[in->i % 2]));
  return NULL;
}

/* One choice is higher than the switch and has the same source. */
static void a_switch_between_signals_has_no_glitches(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  choices[0] = sley_signal_const(sley_int(100));
  sley_signal *once = sley_signal_map(s, NULL, plus_one, NULL);
  choices[1] = sley_signal_map(once, NULL, plus_one, NULL);
  sley_signal *chosen = sley_signal_map(s, NULL, choose, NULL);
  sley_signal *result = sley_signal_switch(chosen, NULL);
  sley_event *on = watch(sley_signal_changes(result), "");
  for (int i = 1; i < 5; i++) assert_int_equal(sley_signal_set(s, sley_int(i)), 0);
  assert_log("3 100 5 100");
  sley_event_drop(on);
  sley_signal_drop(result);
  sley_signal_drop(chosen);
  sley_signal_drop(choices[1]);
  sley_signal_drop(once);
  sley_signal_drop(choices[0]);
  sley_signal_drop(s);
}

static void delayed_events(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_event *e = sley_event_new();
  sley_event *on = watch(sley_event_delay(sley_cancelable(&r)), "");
  push_all(e, 1);
  sley_fulfill(&r, sley_event_to_value(sley_event_keep(e)));
  push_all(e, 2);
  assert_log("1 2");
  sley_event_drop(on);
  sley_event_drop(sley_event_delay(sley_cancelable(&r)));
  sley_resolver_drop(&r);
  sley_event_drop(e);
}

static void signals_of_promises(void **state)
{
  (void)state;
  memset(&calls, 0, sizeof calls);
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_promise *p = sley_signal_map_s(s, NULL, call, NULL);
  assert_int_equal(sley_signal_set(s, sley_int(2)), 0); /* waits for the first call */
  assert_int_equal(calls.count, 1);
  sley_fulfill(&calls.resolvers[0], sley_int(10));
  sley_signal *mapped = sley_signal_keep(sley_signal_in(sley_promise_value(p)));
  sley_drop(p);
  assert_int_equal(sley_signal_value(mapped)->i, 10);
  assert_int_equal(calls.count, 2);
  sley_fulfill(&calls.resolvers[1], sley_int(20));
  assert_int_equal(sley_signal_value(mapped)->i, 20);
  sley_signal_drop(mapped);
  memset(&calls, 0, sizeof calls);
  sley_signal *limited = sley_signal_limit(s, NULL, limiter, NULL);
  assert_int_equal(sley_signal_set(s, sley_int(3)), 0);
  assert_int_equal(sley_signal_set(s, sley_int(4)), 0);
  assert_int_equal(sley_signal_value(limited)->i, 2);
  sley_fulfill(&calls.resolvers[0], sley_unit());
  assert_int_equal(sley_signal_value(limited)->i, 4);
  sley_signal_drop(limited);
  sley_signal_drop(s);
  sley_resolver_drop(&calls.resolvers[1]);
}

static void everything(void)
{
  memset(&calls, 0, sizeof calls);
  given = 0;
  sley_event *e = sley_event_new();
  sley_event *made[] = {
      sley_event_map(e, plus_one, NULL),
      sley_event_filter(e, even, NULL),
      sley_event_fold(e, sley_own(thing_new(1), &type_copier), count_in_thing, NULL),
      sley_event_select((sley_event *[]){e, e}, 2),
      sley_event_merge((sley_event *[]){e, e}, 2, sley_int(0), add, NULL),
      sley_event_map_s(e, call, NULL),
      sley_event_limit(e, limiter, NULL),
      sley_event_from(give_next, NULL),
      sley_event_delay(sley_map(sley_pause(), give_event, e))};
  sley_signal *s = sley_signal_hold(e, sley_own(thing_new(2), &type_copier), NULL);
  sley_signal *sum = sley_signal_lift((sley_signal *[]){s, s}, 2, NULL, sum_of, NULL);
  sley_promise *p = sley_event_next(e);
  for (int i = 0; i < 3; i++) (void)sley_event_push(e, sley_int(i));
  sley_wakeup_paused();
  for (int i = 0; i < calls.count; i++) sley_fulfill(&calls.resolvers[i], sley_unit());
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) sley_event_drop(made[i]);
  for (int i = 0; i < calls.count; i++) sley_resolver_drop(&calls.resolvers[i]);
  sley_wakeup_paused();
  sley_signal_drop(s);
  sley_signal_drop(sum);
  sley_event_drop(e);
  assert_false(heap.count < heap.fail_at && sley_is_pending(p));
  sley_drop(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(everything);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(events_of_one),
      TEST(a_diamond_is_computed_once),
      TEST(signals_change_once_without_glitches),
      TEST(hold_sample_when_until_dismiss),
      TEST(a_push_in_a_step_waits_for_its_end),
      TEST(pushes_in_a_step_come_in_order),
      TEST(owned_values),
      TEST(next_is_the_next),
      TEST(concurrent_and_serial_maps),
      TEST(filters_and_going_while_promises_pend),
      TEST(limit_holds_back_all_but_the_last),
      TEST(from_asks_again_and_again),
      TEST(switches_follow_from_the_same_step_on),
      TEST(a_switch_between_signals_has_no_glitches),
      TEST(delayed_events),
      TEST(signals_of_promises),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
