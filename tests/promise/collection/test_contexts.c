/* Every function of lists, sequences, results, events and signals that keeps a ctx drops it once, whatever becomes
 * of the call: with each allocation failing, with the result dropped while pending, and with the end of the domain.
 * Tests src/promise/collection/list_walk.c, src/promise/collection/sequence.c, src/promise/react/react.c. */
#include "support/world.h"

static int drops, expected;
static void count_drop(void *ctx)
{
  (void)ctx;
  drops++;
}
#define OWNED NULL, count_drop

static sley_promise *start(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(1));
}
static sley_promise *waits(void *ctx)
{
  (void)ctx;
  return sley_pause();
}
static sley_promise *later(void *ctx, sley_value *v)
{
  (void)v;
  (void)ctx;
  return sley_pause();
}
static sley_promise *again(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i));
}
static sley_promise *one_more(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(sum->i + v->i));
}
static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  sum->i += v->i;
  return NULL;
}
static sley_error *see(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}
static sley_error *same(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(in->i);
  return NULL;
}
static sley_error *odd(void *ctx, sley_value *v, bool *yes)
{
  (void)ctx;
  *yes = v->i % 2 != 0;
  return NULL;
}
static sley_error *first_value(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(sley_list_item(sley_list_in(in), 0)->i);
  return NULL;
}
static sley_error *to_signal(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  sley_signal *s = sley_signal_const(sley_int(in->i));
  if (sley_signal_has_failed(s)) return sley_error_nomem();
  *out = sley_signal_to_value(s);
  return NULL;
}
static sley_promise *to_signal_s(void *ctx, sley_value *v)
{
  sley_value out;
  sley_error *e = to_signal(ctx, v, &out);
  return e != NULL ? sley_fail(e) : sley_return(out);
}
static sley_seq *to_seq(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_seq_return(sley_int(v->i));
}
static sley_error *count_up(void *ctx, sley_value *state, sley_value *element, sley_value *next)
{
  (void)ctx;
  if (state->i < 3) *element = sley_int(state->i);
  *next = sley_int(state->i + 1);
  return NULL;
}
static sley_promise *count_up_later(void *ctx, sley_value *state)
{
  sley_value pair;
  (void)ctx;
  if (state->i >= 3) return sley_return(sley_none());
  sley_error *e = sley_list_new(SLEY_VALUES(sley_int(state->i), sley_int(state->i + 1)), &pair);
  return e != NULL ? sley_fail(e) : sley_return(pair);
}
static sley_error *keep_error(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_error_keep(e);
}
static sley_promise *failed(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return(sley_int(0));
}
static sley_promise *parse(void *ctx, sley_stream *s)
{
  (void)ctx;
  return sley_stream_next(s);
}
static void nothing(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
}
static void done(void *ctx) { (void)ctx; }
static int by_number(void *ctx, const sley_value *a, const sley_value *b)
{
  (void)ctx;
  return (a->i > b->i) - (a->i < b->i);
}

/* Counts one more ctx passed to the library. */
static sley_promise *given(sley_promise *p)
{
  expected++;
  return p;
}

static void run_pauses(void)
{
  for (int i = 0; i < 20 && sley_paused_count() > 0; i++) sley_wakeup_paused();
}

static void gone(sley_promise *p)
{
  run_pauses();
  sley_drop(p);
}

static void check_drops(void) { assert_int_equal(drops, expected); }

static void promises(void)
{
  sley_value v[3];
  for (int i = 0; i < 3; i++) v[i] = sley_int(i);
#define THREE v, 3
  drops = expected = 0;
  gone(given(sley_values_iter_n(THREE, 2, later, OWNED)));
  gone(given(sley_values_map_n(THREE, 2, again, OWNED)));
  gone(given(sley_values_iter_s(THREE, later, OWNED)));
  gone(given(sley_values_fold_left_s(THREE, sley_int(0), one_more, OWNED)));
  gone(given(sley_values_fold_right_s(THREE, sley_int(0), one_more, OWNED)));
  sley_drop(given(sley_values_map_p(THREE, later, OWNED))); /* still pending */
  gone(given(sley_retry(NULL, start, OWNED)));
  sley_retry_options options = {.size = sizeof(options), .retries = 1, .drop = count_drop};
  expected++;
  gone(given(sley_retry(&options, start, OWNED)));
  sley_stream *s = sley_stream_return(sley_int(1));
  gone(given(sley_stream_parse(s, parse, OWNED)));
  sley_stream_drop(s);
  run_pauses();
  check_drops();
}

static void results(void)
{
  drops = expected = 0;
#define OK sley_result_return(sley_int(1))
#define BAD sley_result_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "bad"))
  gone(given(sley_result_map(OK, same, OWNED)));
  gone(given(sley_result_bind_result(OK, same, OWNED)));
  gone(given(sley_result_map_error(BAD, keep_error, OWNED)));
  gone(given(sley_result_bind_promise(OK, again, OWNED)));
  gone(given(sley_result_bind_error(OK, failed, OWNED)));
  gone(given(sley_result_iter(OK, later, OWNED)));
  gone(given(sley_result_iter_error(BAD, failed, OWNED)));
  check_drops();
}

/* Consumed completely, and only the first element. */
static void each_way(sley_seq *seq)
{
  expected++;
  gone(sley_seq_next(seq));
  gone(sley_seq_to_list(seq));
}

static void sequences(void)
{
  sley_value v[3];
  for (int i = 0; i < 3; i++) v[i] = sley_int(i + 1);
#define SEQ sley_seq_from_values(v, 3)
  drops = expected = 0;
  each_way(sley_seq_map(SEQ, same, OWNED));
  each_way(sley_seq_map_s(SEQ, later, OWNED));
  each_way(sley_seq_filter(SEQ, odd, OWNED));
  each_way(sley_seq_filter_s(SEQ, again, OWNED));
  each_way(sley_seq_filter_map(SEQ, same, OWNED));
  each_way(sley_seq_filter_map_s(SEQ, again, OWNED));
  each_way(sley_seq_flat_map(SEQ, to_seq, OWNED));
  each_way(sley_seq_unfold(sley_int(0), count_up, OWNED));
  each_way(sley_seq_unfold_promise(sley_int(0), count_up_later, OWNED));
  gone(given(sley_seq_fold_left(SEQ, sley_int(0), add, OWNED)));
  gone(given(sley_seq_fold_left_s(SEQ, sley_int(0), one_more, OWNED)));
  gone(given(sley_seq_iter(SEQ, see, OWNED)));
  gone(given(sley_seq_iter_s(SEQ, later, OWNED)));
  gone(given(sley_seq_iter_p(SEQ, later, OWNED)));
  gone(given(sley_seq_iter_n(SEQ, 2, later, OWNED)));
  gone(given(sley_seq_iter_n(SEQ, 0, later, OWNED)));
  sley_pqueue *queue;
  expected++;
  if (sley_pqueue_new(by_number, OWNED, &queue) == NULL) sley_pqueue_drop(queue);
  check_drops();
}

static void events(void)
{
  drops = expected = 0;
  sley_event *e = sley_event_new(), *other = sley_event_new();
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_event *es[] = {e, other};
  sley_signal *ss[] = {s, s};
  if (sley_event_has_failed(e) || sley_event_has_failed(other) || sley_signal_has_failed(s))
    goto end;
  sley_event *made[] = {sley_event_map(e, same, OWNED),
                        sley_event_filter(e, odd, OWNED),
                        sley_event_fmap(e, same, OWNED),
                        sley_event_on(e, nothing, OWNED),
                        sley_event_fold(e, sley_int(0), add, OWNED),
                        sley_event_merge(es, 2, sley_int(0), add, OWNED),
                        sley_event_with_finalizer(e, done, OWNED),
                        sley_event_map_s(e, later, OWNED),
                        sley_event_map_p(e, later, OWNED),
                        sley_event_filter_s(e, again, OWNED),
                        sley_event_filter_p(e, again, OWNED),
                        sley_event_fmap_s(e, again, OWNED),
                        sley_event_fmap_p(e, again, OWNED),
                        sley_event_app_s(e, other, one_more, OWNED),
                        sley_event_app_p(e, other, one_more, OWNED),
                        sley_event_diff_s(e, one_more, OWNED),
                        sley_event_fold_s(e, sley_int(0), one_more, OWNED),
                        sley_event_merge_s(es, 2, sley_int(0), one_more, OWNED),
                        sley_event_limit(e, start, OWNED),
                        sley_event_from(waits, OWNED),
                        sley_signal_diff_s(s, one_more, OWNED),
                        sley_signal_sample_s(s, e, one_more, OWNED)};
  sley_signal *signals[] = {sley_signal_map(s, NULL, same, OWNED),
                            sley_signal_lift(ss, 2, NULL, first_value, OWNED),
                            sley_signal_bind(s, NULL, to_signal, OWNED),
                            sley_signal_with_finalizer(s, done, OWNED),
                            sley_signal_fold_s(e, sley_int(0), NULL, one_more, OWNED),
                            sley_signal_limit(s, NULL, start, OWNED)};
  sley_promise *promised[] = {sley_signal_map_s(s, NULL, again, OWNED),
                              sley_signal_bind_s(s, NULL, to_signal_s, OWNED),
                              sley_signal_filter_s(s, sley_int(0), NULL, again, OWNED),
                              sley_signal_fmap_s(s, sley_int(0), NULL, again, OWNED),
                              sley_signal_lift_s(ss, 2, NULL, later, OWNED),
                              sley_signal_merge_s(ss, 2, sley_int(0), NULL, one_more, OWNED)};
  enum {
    EVENTS = sizeof made / sizeof made[0],
    SIGNALS = sizeof signals / sizeof signals[0],
    PROMISES = sizeof promised / sizeof promised[0]
  };
  expected = EVENTS + SIGNALS + PROMISES;
  for (int i = 0; i < 3; i++) {
    if (sley_event_push(e, sley_int(i)) != 0) continue;
    if (sley_event_push(other, sley_int(i)) != 0) continue;
    if (sley_signal_set(s, sley_int(i + 2)) != 0) continue;
    if (i < 2) sley_wakeup_paused();
  }
  for (int i = 0; i < EVENTS; i++) sley_event_drop(made[i]);
  for (int i = 0; i < SIGNALS; i++) sley_signal_drop(signals[i]);
  run_pauses();
  for (int i = 0; i < PROMISES; i++) sley_drop(promised[i]);
end:
  sley_event_drop(e);
  sley_event_drop(other);
  sley_signal_drop(s);
  run_pauses();
  check_drops();
}

static void all(void)
{
  promises();
  results();
  sequences();
  events();
}

static void dropped_once(void **state)
{
  (void)state;
  all();
}

static void dropped_once_without_memory(void **state)
{
  (void)state;
  each_allocation_fails(all);
}

/* Calls that are under way when memory for the result runs out: once ctx is dropped, nobody calls with it. */
static sley_resolver *under_way[16];
static size_t calls;
static sley_promise *counted_call(void *ctx)
{
  assert_false(*(bool *)ctx);
  assert_true(calls < 16);
  return sley_pending(&under_way[calls++]);
}
static sley_promise *call_with(void *ctx, sley_value *v)
{
  (void)v;
  return counted_call(ctx);
}
static sley_promise *fold_with(void *ctx, sley_value *sum, sley_value *v)
{
  (void)sum;
  return call_with(ctx, v);
}
static void mark_dropped(void *ctx)
{
  assert_false(*(bool *)ctx);
  *(bool *)ctx = true;
}

static void answered_late(void)
{
  bool dropped[3] = {false, false, false};
  calls = 0;
  sley_signal *s = sley_signal_new(sley_int(1), NULL);
  sley_signal *ss[] = {s, s};
  sley_value three[] = {sley_int(1), sley_int(2), sley_int(3)};
  sley_promise *ps[] = {
      sley_values_iter_n(three, 3, 2, call_with, &dropped[0], mark_dropped),
      sley_values_map_n(three, 3, 2, call_with, &dropped[1], mark_dropped),
      sley_signal_merge_s(ss, 2, sley_int(0), NULL, fold_with, &dropped[2], mark_dropped)};
  for (size_t i = 0; i < calls; i++) sley_fulfill(&under_way[i], sley_int(1));
  for (int i = 0; i < 3; i++) sley_drop(ps[i]);
  sley_signal_drop(s);
  for (int i = 0; i < 3; i++) assert_true(dropped[i]);
}

static void no_call_after_the_drop(void **state)
{
  (void)state;
  each_allocation_fails(answered_late);
}

/* What still waits when its domain ends. The promises are freed, so the values and contexts go too. */
static void dropped_by_the_end_of_the_domain(void **state)
{
  (void)state;
  sley_domain *d;
  sley_resolver *never;
  bool dropped[5] = {false};
  sley_domain_leave(world.domain);
  assert_null(sley_domain_new(world.runtime, "other", &d));
  sley_domain_enter(d);
  sley_stream *s = sley_stream_return(sley_int(1)), *t = sley_stream_return(sley_int(1));
  sley_value left[] = {sley_own(thing_new(1), &type_mover), sley_own(thing_new(2), &type_mover)};
  sley_value sum = sley_own(thing_new(3), &type_mover);
  calls = 0;
  sley_promise *ps[] = {
      sley_values_iter_s(left, 2, call_with, &dropped[0], mark_dropped),
      sley_stream_find_s(s, call_with, &dropped[1], mark_dropped),
      sley_stream_fold_s(sley_stream_return(sley_int(1)), sum, fold_with, &dropped[2],
                         mark_dropped),
      sley_stream_get_while_s(t, call_with, &dropped[3], mark_dropped),
      sley_seq_to_list(sley_seq_map_s(sley_seq_return_promise(sley_pending(&never)), call_with,
                                      &dropped[4], mark_dropped))};
  assert_int_equal(calls, 4);
  (void)ps;
  sley_stream_drop(s);
  sley_stream_drop(t);
  sley_domain_leave(d);
  assert_true(sley_domain_end(d) > 0);
  sley_domain_enter(world.domain);
  for (int i = 0; i < 5; i++)
    if (!dropped[i]) fail_msg("ctx %d was not dropped", i);
  assert_int_equal(things_alive, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(dropped_once), cmocka_unit_test(dropped_once_without_memory),
      cmocka_unit_test(no_call_after_the_drop), TEST(dropped_by_the_end_of_the_domain)};
  return RUN_TESTS(tests);
}
