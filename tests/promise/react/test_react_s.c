/* Events and signals of promises: the _s and _p families, streams, finalizers. test_react.c has the rest.
 * Tests src/promise/react/react_event_s.c, src/promise/react/react_signal_s.c, src/promise/react/react_stream.c. */
#include "support/react.h"
#include "support/world.h"

static struct {
  int count;
  sley_resolver *resolvers[16];
} calls;

static void calls_forget(void)
{
  for (int i = 0; i < calls.count; i++) sley_resolver_drop(&calls.resolvers[i]);
  memset(&calls, 0, sizeof calls);
}

/* Logs its argument and returns a promise for the test to settle. */
static sley_promise *call(void *ctx, sley_value *v)
{
  char word[32];
  (void)ctx;
  snprintf(word, sizeof word, "f(%d)", (int)v->i);
  note(word);
  return sley_cancelable(&calls.resolvers[calls.count++]);
}
static sley_promise *call_two(void *ctx, sley_value *a, sley_value *b)
{
  char word[32];
  (void)ctx;
  snprintf(word, sizeof word, "f(%d,%d)", (int)a->i, (int)b->i);
  note(word);
  return sley_cancelable(&calls.resolvers[calls.count++]);
}
static sley_promise *add_now(void *ctx, sley_value *a, sley_value *b)
{
  (void)ctx;
  return sley_return(sley_int(a->i * 10 + b->i));
}
static sley_promise *sum_now(void *ctx, sley_value *v)
{
  const sley_list *list = sley_list_in(v);
  int64_t sum = 0;
  (void)ctx;
  for (size_t i = 0; i < sley_list_count(list); i++) sum = sum * 10 + sley_list_item(list, i)->i;
  return sley_return(sley_int(sum));
}
static void answer(int i, int64_t with) { sley_fulfill(&calls.resolvers[i], sley_int(with)); }

static sley_event *watch_signal(sley_signal *s, char *prefix)
{
  return watch(sley_signal_changes(s), prefix);
}
static void push(sley_event *e, int i) { assert_int_equal(sley_event_push(e, sley_int(i)), 0); }
static void set(sley_signal *s, int i) { assert_int_equal(sley_signal_set(s, sley_int(i)), 0); }
static int64_t now(const sley_signal *s) { return sley_signal_value(s)->i; }
/* Returns the signal that p was fulfilled with; consumes p. */
static sley_signal *signal_of(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_signal *s = sley_signal_keep(sley_signal_in(sley_promise_value(p)));
  sley_drop(p);
  return s;
}

/* ---- events */

static void events_of_promises_run(void **state)
{
  (void)state;
  for (int serial = 0; serial < 2; serial++) {
    sley_resolver *r[2];
    logged[0] = '\0';
    sley_event *e = sley_event_new();
    sley_event *on = watch(serial ? sley_event_run_s(e) : sley_event_run_p(e), "");
    for (int i = 0; i < 2; i++)
      assert_int_equal(sley_event_push(e, sley_promise_to_value(sley_cancelable(&r[i]))), 0);
    sley_fulfill(&r[1], sley_int(2));
    sley_fulfill(&r[0], sley_int(1));
    assert_log(serial ? "1 2" : "2 1");
    sley_event_drop(on);
    sley_event_drop(e);
  }
}

static void app_needs_both_in_one_step(void **state)
{
  (void)state;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_event *both = sley_event_select((sley_event *[]){e, other}, 2);
  sley_event *serial = sley_event_app_s(e, both, call_two, NULL);
  sley_event *concurrent = sley_event_app_p(e, both, call_two, NULL);
  sley_event *on[] = {watch(serial, "s"), watch(concurrent, "p")};
  sley_event *swapped = sley_event_app_p(both, e, call_two, NULL);
  push(e, 1);
  push(other, 2); /* only one of the two */
  push(e, 3);
  assert_log("f(1,1) f(1,1) f(1,1) f(3,3) f(3,3)"); /* the serial one waits */
  answer(3, 30);
  answer(1, 10);
  answer(0, 11);
  assert_log("f(1,1) f(1,1) f(1,1) f(3,3) f(3,3) p30 p10 s11 f(3,3)");
  sley_event_drop(swapped);
  sley_event_drop(on[0]);
  sley_event_drop(on[1]);
  sley_event_drop(both);
  sley_event_drop(e);
  sley_event_drop(other);
  calls_forget();
}

static void diff_has_the_one_before(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_signal *s = sley_signal_hold(e, sley_int(5), NULL);
  sley_event *on[] = {watch(sley_event_diff_s(e, call_two, NULL), "e"),
                      watch(sley_signal_diff_s(s, add_now, NULL), "s")};
  push(e, 1);
  push(e, 2);
  push(e, 3);
  assert_log("s15 f(2,1) s21 s32");
  answer(0, 7);
  assert_log("s15 f(2,1) s21 s32 e7 f(3,2)");
  sley_event_drop(on[0]);
  sley_event_drop(on[1]);
  sley_signal_drop(s);
  sley_event_drop(e);
  calls_forget();
}

/* Each call gets the result of the one before, even if it was queued earlier; rejected results are left out. */
static void fold_chains(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_signal *s = sley_signal_fold_s(e, sley_int(9), NULL, add_now, NULL);
  sley_event *on = watch(sley_event_fold_s(e, sley_int(0), call_two, NULL), "");
  for (int i = 1; i < 4; i++) push(e, i);
  assert_int_equal(now(s), 9123);
  answer(0, 10);
  sley_reject(&calls.resolvers[1], error_of(1));
  answer(2, 30);
  assert_log("f(0,1) 10 f(10,2) f(10,3) 30");
  sley_event_drop(on);
  sley_signal_drop(s);
  sley_event_drop(e);
  calls_forget();
}

static void merge_folds_what_occurs_together(void **state)
{
  (void)state;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_event *es[] = {e, other, e};
  sley_event *on[] = {watch(sley_event_merge_s(es, 3, sley_int(1), add_now, NULL), "m"),
                      watch(sley_event_merge_s(es, 3, sley_int(2), call_two, NULL), "c")};
  push(e, 4);
  push(other, 5);
  assert_log("f(2,4) m144 m15");
  answer(0, 6);
  answer(1, 7);
  assert_log("f(2,4) m144 m15 f(6,4) c7 f(2,5)"); /* starts again from the initial value */
  sley_event_drop(on[0]);
  sley_event_drop(on[1]);
  sley_event_drop(e);
  sley_event_drop(other);
  calls_forget();
}

/* The signal is read when f is called. */
static void sample_reads_late(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_event *on = watch(sley_signal_sample_s(s, e, call_two, NULL), "");
  push(e, 7);
  push(e, 8);
  set(s, 2);
  answer(0, 70);
  answer(1, 80);
  assert_log("f(7,1) 70 f(8,2) 80");
  sley_event_drop(on);
  sley_signal_drop(s);
  sley_event_drop(e);
  calls_forget();
}

/* ---- signals */

static void bound_signals(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  sley_signal *inner[] = {sley_signal_new(sley_int(10), NULL), sley_signal_new(sley_int(20), NULL)};
  sley_promise *p = sley_signal_bind_s(s, NULL, call, NULL);
  sley_fulfill(&calls.resolvers[0], sley_signal_to_value(sley_signal_keep(inner[0])));
  sley_signal *bound = signal_of(p);
  sley_event *on = watch_signal(bound, "");
  assert_int_equal(now(bound), 10);
  set(inner[0], 11);
  set(s, 1);
  set(inner[0], 12); /* still followed: the promise is pending */
  sley_fulfill(&calls.resolvers[1], sley_signal_to_value(sley_signal_keep(inner[1])));
  set(inner[0], 13);
  set(inner[1], 21);
  assert_log("f(0) 11 f(1) 12 20 21");
  sley_event_drop(on);
  sley_signal_drop(bound);
  for (int i = 0; i < 2; i++) sley_signal_drop(inner[i]);
  sley_signal_drop(s);
  calls_forget();
}

static sley_signal *choices[2];
static sley_error *choose(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  if (in->i > 1) return error_of(3);
  *out = sley_signal_to_value(sley_signal_keep(choices[in->i]));
  return NULL;
}

static void bind_without_promises(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(0), NULL);
  for (int i = 0; i < 2; i++) choices[i] = sley_signal_new(sley_int(i), NULL);
  sley_signal *bound = sley_signal_bind(s, NULL, choose, NULL);
  set(choices[0], 5);
  assert_int_equal(now(bound), 5);
  set(s, 1);
  assert_int_equal(now(bound), 1);
  set(s, 2); /* its function fails: unchanged */
  assert_int_equal(now(bound), 1);
  assert_int_equal(world.async, 1);
  assert_true(sley_signal_has_failed(sley_signal_bind(s, NULL, choose, NULL)));
  sley_signal_drop(bound);
  for (int i = 0; i < 2; i++) sley_signal_drop(choices[i]);
  sley_signal_drop(s);
}

static void filters_have_a_first_value(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_promise *p[] = {sley_signal_filter_s(s, sley_int(-1), NULL, call, NULL),
                       sley_signal_fmap_s(s, sley_int(-2), NULL, call, NULL),
                       sley_signal_filter_s(s, sley_int(-3), NULL, call, NULL)};
  sley_fulfill(&calls.resolvers[0], sley_bool(false));
  sley_fulfill(&calls.resolvers[1], sley_none());
  sley_fulfill(&calls.resolvers[2], sley_bool(true));
  sley_signal *made[] = {signal_of(p[0]), signal_of(p[1]), signal_of(p[2])};
  assert_int_equal(now(made[0]), -1);
  assert_int_equal(now(made[1]), -2);
  assert_int_equal(now(made[2]), 1);
  set(s, 2);
  sley_fulfill(&calls.resolvers[3], sley_bool(true));
  answer(4, 22);
  sley_fulfill(&calls.resolvers[5], sley_bool(false));
  assert_int_equal(now(made[0]), 2);
  assert_int_equal(now(made[1]), 22);
  assert_int_equal(now(made[2]), 1);
  for (int i = 0; i < 3; i++) sley_signal_drop(made[i]);
  sley_signal_drop(s);
  calls_forget();
}

static void several_signals(void **state)
{
  (void)state;
  sley_signal *a = sley_signal_new(sley_int(1), NULL), *b = sley_signal_new(sley_int(2), NULL);
  sley_signal *both[] = {a, b};
  sley_signal *lifted = signal_of(sley_signal_lift_s(both, 2, NULL, sum_now, NULL));
  sley_signal *merged = signal_of(sley_signal_merge_s(both, 2, sley_int(7), NULL, add_now, NULL));
  assert_int_equal(now(lifted), 12);
  assert_int_equal(now(merged), 712);
  set(b, 5);
  assert_int_equal(now(lifted), 15);
  assert_int_equal(now(merged), 715);
  sley_signal_drop(lifted);
  sley_signal_drop(merged);
  sley_signal_drop(a);
  sley_signal_drop(b);
}

static void signals_of_promises_run(void **state)
{
  (void)state;
  sley_resolver *r[2];
  sley_signal *s = sley_signal_new(sley_promise_to_value(sley_cancelable(&r[0])), NULL);
  sley_promise *p = sley_signal_run_s(s, NULL);
  assert_int_equal(sley_signal_set(s, sley_promise_to_value(sley_cancelable(&r[1]))), 0);
  sley_fulfill(&r[1], sley_int(2)); /* its turn comes after the first one */
  assert_pending(p);
  sley_fulfill(&r[0], sley_int(1));
  sley_signal *run = signal_of(p);
  assert_int_equal(now(run), 2);
  sley_signal_drop(run);
  sley_signal_drop(s);
}

static void a_first_rejection_rejects(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_promise *p = sley_signal_filter_s(s, sley_own(thing_new(1), &type_mover), NULL, call, NULL);
  sley_reject(&calls.resolvers[0], error_of(4));
  assert_rejected(p, 4);
  sley_drop(p);
  sley_signal_drop(s);
  calls_forget();
}

/* ---- streams */

static void a_stream_of_occurrences(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  push(e, 1); /* there is no listener yet */
  sley_stream *s = sley_stream_from_event(e);
  sley_promise *p = sley_stream_next(s);
  push(e, 2);
  push(e, 3);
  assert_fulfilled(p, 2);
  sley_drop(p);
  p = sley_stream_get(s);
  assert_fulfilled(p, 3);
  sley_drop(p);
  sley_event_drop(e); /* the stream keeps it */
  sley_stream_drop(s);
}

static void an_event_of_a_stream(void **state)
{
  (void)state;
  sley_stream *s;
  sley_pusher *push_to;
  assert_null(sley_stream_new(&s, &push_to));
  assert_int_equal(sley_pusher_push(push_to, sley_int(1)), 0);
  sley_event *on = watch(sley_event_from_stream(s), "");
  assert_log("");
  sley_wakeup_paused();
  assert_int_equal(sley_pusher_push(push_to, sley_int(2)), 0);
  assert_log("1 2");
  sley_event_drop(on); /* stops reading */
  assert_int_equal(sley_pusher_push(push_to, sley_int(3)), -SLEY_EABANDONED);
  assert_log("1 2");
  sley_pusher_drop(push_to);
  /* Dropped before it began, and at its first occurrence. */
  sley_event_drop(sley_event_from_stream(sley_stream_return(sley_int(1))));
  sley_wakeup_paused();
}

static sley_event *dropped_inside;
static void drop_it(void *ctx, sley_value *v)
{
  log_number(ctx, v);
  sley_event *e = dropped_inside;
  dropped_inside = NULL;
  sley_event_drop(e);
}

static void an_event_dropped_by_its_stream(void **state)
{
  (void)state;
  sley_stream *s;
  sley_pusher *push_to;
  assert_null(sley_stream_new(&s, &push_to));
  for (int i = 1; i < 4; i++) assert_int_equal(sley_pusher_push(push_to, sley_int(i)), 0);
  sley_event *e = sley_event_from_stream(s);
  dropped_inside = sley_event_on(e, drop_it, "");
  sley_event_drop(e);
  sley_wakeup_paused();
  assert_log("1");
  assert_int_equal(sley_pusher_push(push_to, sley_int(4)), -SLEY_EABANDONED);
  sley_pusher_drop(push_to);
}

static void finalizers(void **state)
{
  (void)state;
  sley_event *e = sley_event_new();
  sley_signal *s = sley_signal_hold(e, sley_int(1), NULL);
  sley_event *with = sley_event_with_finalizer(e, note_done, "event");
  sley_signal *held = sley_signal_with_finalizer(s, note_done, "signal");
  sley_event *on = watch(sley_event_keep(with), "");
  push(e, 2);
  assert_int_equal(now(held), 2);
  sley_event_drop(with);
  push(e, 3);
  assert_log("2 3");
  sley_event_drop(on);
  assert_log("2 3 event");
  sley_signal_drop(held);
  assert_log("2 3 event signal");
  sley_signal_drop(s);
  sley_event_drop(e);
}

/* ---- no memory */

static sley_error *count(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return NULL;
}

static sley_promise *keep_first(void *ctx, sley_value *a, sley_value *b)
{
  sley_value mine;
  (void)ctx, (void)b;
  int code = sley_take(a, &mine);
  return code == 0 ? sley_return(mine) : sley_fail(sley_error_nomem());
}

static void everything(void)
{
  sley_event *e = sley_event_new(), *of_promises = sley_event_new();
  sley_signal *s = sley_signal_hold(e, sley_own(thing_new(1), &type_copier), NULL);
  sley_event *es[] = {e, e};
  sley_signal *ss[] = {s, s};
  sley_value of_thing = sley_own(thing_new(2), &type_copier);
  sley_event *made[] = {
      sley_event_run_p(of_promises),
      sley_event_app_s(e, e, keep_first, NULL),
      sley_event_diff_s(e, call_two, NULL),
      sley_event_fold_s(e, of_thing, keep_first, NULL),
      sley_event_merge_s(es, 2, sley_own(thing_new(3), &type_copier), keep_first, NULL),
      sley_signal_sample_s(s, e, keep_first, NULL),
      sley_signal_diff_s(s, keep_first, NULL),
      sley_event_from_stream(sley_stream_return(sley_int(1))),
      sley_event_with_finalizer(e, note_done, "")};
  sley_signal *signals[] = {
      sley_signal_fold_s(e, sley_own(thing_new(4), &type_copier), NULL, keep_first, NULL),
      sley_signal_with_finalizer(s, note_done, "")};
  sley_promise *promises[] = {
      sley_signal_map_s(s, NULL, call, NULL),
      sley_signal_filter_s(s, sley_own(thing_new(5), &type_mover), NULL, call, NULL),
      sley_signal_lift_s(ss, 2, NULL, sum_now, NULL),
      sley_signal_merge_s(ss, 2, sley_own(thing_new(6), &type_copier), NULL, keep_first, NULL)};
  sley_stream *stream = sley_stream_from_event(e);
  sley_promise *reads = sley_stream_iter(stream, count, NULL);
  for (int i = 0; i < 2; i++) (void)sley_event_push(e, sley_int(i));
  sley_wakeup_paused();
  for (int i = 0; i < calls.count; i++) sley_fulfill(&calls.resolvers[i], sley_bool(true));
  sley_promise *ready = sley_return(sley_int(1));
  (void)sley_event_push(of_promises, sley_promise_to_value(ready));
  sley_event_drop(of_promises);
  sley_event_drop(e);
  sley_signal_drop(s);
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) sley_event_drop(made[i]);
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) sley_signal_drop(signals[i]);
  for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) sley_drop(promises[i]);
  sley_cancel(reads);
  sley_drop(reads);
  calls_forget();
  sley_wakeup_paused();
}

static void every_allocation_fails(void **state)
{
  (void)state;
  world_close();
  each_allocation_fails(everything);
  assert_true(world_open(0));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(events_of_promises_run),
      TEST(app_needs_both_in_one_step),
      TEST(diff_has_the_one_before),
      TEST(fold_chains),
      TEST(merge_folds_what_occurs_together),
      TEST(sample_reads_late),
      TEST(bound_signals),
      TEST(bind_without_promises),
      TEST(filters_have_a_first_value),
      TEST(several_signals),
      TEST(signals_of_promises_run),
      TEST(a_first_rejection_rejects),
      TEST(a_stream_of_occurrences),
      TEST(an_event_of_a_stream),
      TEST(an_event_dropped_by_its_stream),
      TEST(finalizers),
      TEST(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
