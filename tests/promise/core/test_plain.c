/* The plain names, which bindings call instead of the macros: same effect, but without a site. (A name in
 * parentheses is not expanded as a macro.)
 * Tests src/promise/core/promise.c. */
#include "support/world.h"

static sley_promise *settled(sley_promise *p)
{
  while (sley_paused_count() > 0) sley_wakeup_paused();
  return p;
}
static void gives(sley_promise *p, int64_t i)
{
  assert_fulfilled(settled(p), i);
  sley_drop(p);
}
static void succeeds(sley_promise *p)
{
  assert_int_equal(sley_state(settled(p)), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}
static void fails(sley_promise *p, int code)
{
  assert_rejected(settled(p), code);
  sley_drop(p);
}
/* Pending, and made without a site. */
static sley_promise *from_nowhere(sley_promise *p)
{
  assert_pending(p);
  assert_string_equal(sley_site(p), "");
  return p;
}

/* ---- callbacks */
static sley_promise *start(void *ctx)
{
  (void)ctx;
  return (sley_return)(sley_int(3));
}
static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}
static sley_promise *later(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pause();
}
static sley_promise *same_at(void *ctx, size_t at, sley_value *v)
{
  (void)at;
  return same(ctx, v);
}
static sley_promise *sum(void *ctx, sley_value *accumulator, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(accumulator->i + v->i));
}
static sley_error *accumulate(void *ctx, sley_value *accumulator, sley_value *v)
{
  (void)ctx;
  accumulator->i += v->i;
  return NULL;
}
static sley_error *visit(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}
static sley_error *copy(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = *in;
  return NULL;
}
static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_return(sley_int(sley_error_code(e)));
}

/* ---- the core */
static void core(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_drop(from_nowhere((sley_pending)(&r)));
  sley_resolver_drop(&r);
  sley_promise *p = from_nowhere((sley_cancelable)(&r));
  sley_promise *chain = from_nowhere((sley_bind)(p, same, NULL, NULL));
  chain = from_nowhere((sley_map)(chain, copy, NULL, NULL));
  chain = from_nowhere((sley_finalize)(chain, start, NULL, NULL));
  chain = from_nowhere((sley_try_bind)(chain, same, recover, NULL, NULL));
  chain = from_nowhere((sley_bind)(chain, same, NULL, NULL));
  chain = from_nowhere((sley_map)(chain, copy, NULL, NULL));
  chain = from_nowhere((sley_finalize)(chain, start, NULL, NULL));
  chain = from_nowhere((sley_try_bind)(chain, same, recover, NULL, NULL));
  chain = from_nowhere((sley_catch)(chain, recover, NULL, NULL));
  chain = from_nowhere((sley_catch)(chain, recover, NULL, NULL));
  chain = from_nowhere((sley_catch_if)(chain, sley_match_canceled(), recover, NULL, NULL));
  chain = from_nowhere((sley_catch_if)(chain, sley_match_canceled(), recover, NULL, NULL));
  chain = from_nowhere((sley_both)(chain, (sley_pause)()));
  sley_fulfill(&r, sley_int(1));
  succeeds(chain);
  fails((sley_fail)(error_of(2)), 2);
  gives((sley_wrap)(sley_int(4), copy, NULL), 4);
  succeeds((sley_return_nil)());
  gives((sley_return_result)(NULL, sley_int(5)), 5);
  fails((sley_return_result)(error_of(6), sley_own(thing_new(1), &type_mover)), 6);
  p = sley_return(sley_int(1));
  gives((sley_debug_state_is)(p, SLEY_PROMISE_STATE_FULFILLED, NULL), 1);
  sley_drop(p);
  p = sley_cancelable(&r);
  sley_settle(&r, error_of(7), sley_own(thing_new(1), &type_mover));
  fails(p, 7);
  p = sley_cancelable(&r);
  sley_settle_now(&r, NULL, sley_int(8));
  gives(p, 8);
}

/* ---- synchronisation */
static sley_promise *body(void *ctx, sley_scope *scope)
{
  (void)ctx;
  succeeds((sley_scope_wait)(scope));
  return sley_return(sley_int(3));
}
static sley_promise *with(void *ctx, sley_switch *s)
{
  (void)ctx;
  assert_true(sley_switch_is_on(s));
  return sley_return(sley_int(3));
}
static void synchronisation(void **state)
{
  (void)state;
  sley_mutex *m;
  sley_condition *c;
  sley_mvar *box;
  sley_switch *s;
  sley_sequence *tasks;
  sley_pool *pool;
  sley_pool_options o = {.size = sizeof o, .max = 1, .create = start};
  assert_null(sley_mutex_new(&m));
  assert_null(sley_condition_new(&c));
  assert_null(sley_mvar_new(&box));
  assert_null(sley_switch_new(&s));
  assert_null(sley_sequence_new(&tasks));
  assert_null(sley_pool_new(&o, &pool));
  succeeds((sley_mutex_lock)(m));
  sley_promise *waits = from_nowhere((sley_mutex_lock)(m));
  sley_mutex_unlock(m);
  sley_mutex_unlock(m);
  succeeds(waits);
  gives((sley_with_lock)(m, start, NULL, NULL), 3);
  gives((sley_with_lock)(m, start, NULL, NULL), 3);
  waits = from_nowhere((sley_condition_wait)(c, NULL));
  sley_condition_broadcast(c, sley_int(4));
  gives(waits, 4);
  waits = from_nowhere((sley_mvar_take)(box));
  succeeds((sley_mvar_put)(box, sley_int(5)));
  gives(waits, 5);
  sley_promise *left = from_nowhere((sley_add_task_l)(tasks));
  sley_promise *right = from_nowhere((sley_add_task_r)(tasks));
  sley_sequence *again = sley_sequence_keep(tasks);
  sley_cancel(left);
  sley_cancel(right);
  assert_true(sley_sequence_is_empty(again));
  sley_drop(left);
  sley_drop(right);
  sley_sequence_drop(again);
  gives((sley_pool_use)(pool, same, NULL, NULL), 3);
  gives((sley_pool_use)(pool, same, NULL, NULL), 3);
  succeeds((sley_pool_clear)(pool));
  succeeds((sley_switch_turn_off)(s));
  gives((sley_with_switch)(with, NULL), 3);
  gives((sley_with_scope)(body, NULL, NULL), 3);
  gives((sley_retry)(NULL, start, NULL, NULL), 3);
  sley_mutex_drop(m);
  sley_condition_drop(c);
  sley_mvar_drop(box);
  sley_switch_drop(s);
  sley_sequence_drop(tasks);
  sley_pool_drop(pool);
}

/* ---- lists */
typedef sley_promise *list_fn(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx,
                              sley_drop_fn *drop);
typedef sley_promise *list_at_fn(const sley_value *values, size_t n, sley_index_fn *f, void *ctx,
                                 sley_drop_fn *drop);
static list_fn *const lists[] = {
    (sley_values_iter_s),      (sley_values_iter_p),       (sley_values_map_s),
    (sley_values_rev_map_s),   (sley_values_map_p),        (sley_values_rev_map_p),
    (sley_values_for_all_s),   (sley_values_for_all_p),    (sley_values_exists_s),
    (sley_values_exists_p),    (sley_values_find_s),       (sley_values_filter_s),
    (sley_values_filter_p),    (sley_values_filter_map_s), (sley_values_filter_map_p),
    (sley_values_partition_s), (sley_values_partition_p)};
static list_at_fn *const lists_at[] = {(sley_values_iteri_s), (sley_values_iteri_p),
                                       (sley_values_mapi_s), (sley_values_mapi_p)};

static void each_list(void **state)
{
  (void)state;
  sley_value v[3];
  for (int i = 0; i < 3; i++) v[i] = sley_int(i + 1);
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    succeeds(lists[i](v, 3, same, NULL, NULL));
    if (lists[i] != (sley_values_find_s))
      sley_drop(from_nowhere(lists[i](v, 3, later, NULL, NULL)));
    while (sley_paused_count() > 0) sley_wakeup_paused();
  }
  for (size_t i = 0; i < sizeof lists_at / sizeof lists_at[0]; i++)
    succeeds(lists_at[i](v, 3, same_at, NULL, NULL));
  gives((sley_values_fold_left_s)(v, 3, sley_int(1), sum, NULL, NULL), 7);
  gives((sley_values_fold_right_s)(v, 3, sley_int(1), sum, NULL, NULL), 7);
  succeeds((sley_values_iter_n)(v, 3, 2, later, NULL, NULL));
  succeeds((sley_values_map_n)(v, 3, 2, same, NULL, NULL));
}

/* ---- sequences and results */
static int asked, freed;
static sley_promise *next_cons(void *ctx)
{
  sley_value cons;
  (void)ctx;
  asked++;
  if (sley_seq_new_cons(sley_int(asked), sley_seq_empty(), &cons) != NULL)
    return sley_fail(sley_error_nomem());
  return sley_return(cons);
}
static void count_freed(void *ctx)
{
  (void)ctx;
  freed++;
}

static sley_promise *moved(void *ctx, sley_value *v)
{
  sley_value own;
  (void)ctx;
  return sley_take(v, &own) == 0 ? sley_return(own) : sley_fail(sley_error_nomem());
}

static void sequences(void **state)
{
  (void)state;
  sley_value v[3];
  for (int i = 0; i < 3; i++) v[i] = sley_int(i + 1);
#define THREE sley_seq_from_values(v, 3)
  gives((sley_seq_fold_left)(THREE, sley_int(1), accumulate, NULL, NULL), 7);
  gives((sley_seq_fold_left_s)(THREE, sley_int(1), sum, NULL, NULL), 7);
  succeeds((sley_seq_iter)(THREE, visit, NULL, NULL));
  succeeds((sley_seq_iter_s)(THREE, later, NULL, NULL));
  succeeds((sley_seq_iter_p)(THREE, later, NULL, NULL));
  succeeds((sley_seq_iter_n)(THREE, 2, later, NULL, NULL));
  succeeds((sley_seq_to_list)(THREE));
  asked = freed = 0;
  sley_seq *own = sley_seq_new(next_cons, NULL, count_freed);
  sley_promise *p = sley_seq_next(own);
  sley_value another;
  assert_int_equal(sley_value_dup(sley_promise_value(p), &another), 0); /* a cons is shared */
  assert_int_equal(sley_seq_head(&another)->i, 1);
  p = sley_bind(p, moved, NULL);
  sley_promise *end = sley_seq_next(sley_seq_tail(&another));
  assert_true(sley_is_none(sley_promise_value(end)));
  sley_drop(end);
  sley_value_drop(&another);
  sley_drop(p);
  sley_seq_drop(own);
  assert_int_equal(asked, 1);
  assert_int_equal(freed, 1);
}

static void results(void **state)
{
  (void)state;
  sley_value ok, twin;
  assert_null(sley_result_new_ok(sley_own(thing_new(1), &type_mover), &ok));
  assert_int_equal(sley_value_dup(&ok, &twin), 0);
  assert_ptr_equal(sley_result_in(&ok), sley_result_in(&twin));
  sley_value_drop(&ok);
  assert_int_equal(things_alive, 1);
  sley_value_drop(&twin);
  assert_int_equal(things_alive, 0);
  gives((sley_result_get)((sley_result_return)(sley_int(1))), 1);
  fails((sley_result_get)((sley_result_fail)(error_of(2))), 2);
  gives((sley_result_get)((sley_result_lift)(NULL, sley_int(3))), 3);
  fails((sley_result_get)((sley_result_catch)(sley_fail(error_of(4)))), 4);
  gives((sley_result_get)((sley_result_ok)(sley_return(sley_int(5)))), 5);
  succeeds((sley_result_from_error)(sley_return(sley_error_to_value(error_of(6)))));
  succeeds(
      (sley_result_both)((sley_result_return)(sley_int(7)), (sley_result_return)(sley_int(8))));
}

/* ---- streams */
static sley_promise *parse_one(void *ctx, sley_stream *s)
{
  (void)ctx;
  return sley_stream_next(s);
}

static void streams(void **state)
{
  (void)state;
  sley_stream *s;
  sley_pusher *push;
  sley_bounded_pusher *bounded;
  assert_int_equal((sley_stream_new)(&s, &push), 0);
  sley_pusher *same_push = sley_pusher_keep(push);
  for (int i = 1; i <= 6; i++) assert_int_equal(sley_pusher_push(push, sley_int(i)), 0);
  gives((sley_stream_get)(s), 1);
  gives((sley_stream_peek)(s), 2);
  gives((sley_stream_next)(s), 2);
  gives((sley_stream_parse)(s, parse_one, NULL, NULL), 3);
  succeeds((sley_stream_junk)(s));
  gives((sley_stream_at_end)(s), 0);
  gives((sley_stream_last_new)(s), 6);
  sley_promise *closed = from_nowhere((sley_stream_wait_closed)(s));
  sley_promise *list = from_nowhere((sley_stream_to_list)(s));
  assert_false(sley_pusher_is_closed(push));
  sley_pusher_close(push);
  assert_true(sley_pusher_is_closed(same_push));
  succeeds(closed);
  succeeds(list);
  sley_pusher_drop(push);
  sley_pusher_drop(same_push);
  assert_int_equal((sley_stream_new_bounded)(1, &s, &bounded), 0);
  sley_bounded_pusher *same_bounded = sley_bounded_pusher_keep(bounded);
  sley_bounded_pusher_set_reference(bounded, thing_new(1), thing_drop);
  gives((sley_bounded_pusher_push)(same_bounded, sley_int(1)), 0);
  sley_drop(from_nowhere((sley_bounded_pusher_push)(same_bounded, sley_int(2))));
  sley_bounded_pusher_close(bounded);
  sley_bounded_pusher_drop(bounded);
  sley_bounded_pusher_drop(same_bounded);
  succeeds((sley_stream_iter_n)(s, 1, later, NULL, NULL));
  assert_int_equal(things_alive, 0);
}

static void made_streams(void **state)
{
  (void)state;
  sley_value v[2] = {sley_int(65), sley_int(66)};
#define TWO (sley_stream_from_values)(v, 2)
  succeeds((sley_stream_to_list)(TWO));
  succeeds((sley_stream_to_text)((sley_stream_from_bytes)("ab", 2)));
  succeeds((sley_stream_to_list)((sley_stream_return)(sley_int(1))));
  succeeds((sley_stream_to_list)((sley_stream_from_promise)(sley_pause())));
  succeeds((sley_stream_to_list)((sley_stream_append)(TWO, TWO)));
  succeeds((sley_stream_to_list)((sley_stream_combine)(TWO, TWO)));
  succeeds((sley_stream_to_list)((sley_stream_choose)((sley_stream *[]){TWO, TWO}, 2)));
  succeeds((sley_stream_to_list)((sley_stream_wrap_error)(TWO)));
  succeeds((sley_stream_to_list)((sley_stream_hexdump)(TWO)));
  succeeds((sley_stream_iter_n)(TWO, 2, later, NULL, NULL));
  sley_value stream = sley_stream_to_value(TWO), twin;
  assert_int_equal(sley_value_dup(&stream, &twin), 0);
  assert_ptr_equal(sley_stream_in(&stream), sley_stream_in(&twin));
  sley_value_drop(&twin);
  /* concat waits for the next stream */
  sley_stream *all;
  sley_pusher *push;
  assert_null(sley_stream_new(&all, &push));
  sley_promise *list = from_nowhere((sley_stream_to_list)((sley_stream_concat)(all)));
  assert_int_equal(sley_pusher_push(push, stream), 0);
  sley_pusher_close(push);
  sley_pusher_drop(push);
  assert_int_equal(sley_list_count(sley_list_in(sley_promise_value(list))), 2);
  succeeds(list);
}

static void the_rest(void **state)
{
  (void)state;
  assert_true(sley_version() > 0);
  assert_true(strlen(sley_version_text()) > 0);
  assert_true(sley_double(0.5).d > 0.4);
  sley_error *e = error_of(1);
  assert_non_null(strstr(sley_error_site(e), "outcomes.h:"));
  sley_error_drop(e);
  sley_event *event = sley_event_new();
  sley_promise *p = from_nowhere((sley_event_next)(event));
  assert_int_equal(sley_event_push(event, sley_int(3)), 0);
  gives(p, 3);
  sley_value twin, of_event = sley_event_to_value(event);
  assert_int_equal(sley_value_dup(&of_event, &twin), 0);
  assert_ptr_equal(sley_event_in(&twin), event);
  sley_value_drop(&of_event);
  sley_value_drop(&twin);
  sley_signal *signal = sley_signal_new(sley_int(4), NULL);
  p = settled((sley_signal_map_s)(signal, NULL, same, NULL, NULL));
  assert_int_equal(sley_signal_value(sley_signal_in(sley_promise_value(p)))->i, 4);
  sley_drop(p);
  sley_signal_drop(signal);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(core),         TEST(synchronisation), TEST(each_list),
                                     TEST(sequences),    TEST(results),         TEST(streams),
                                     TEST(made_streams), TEST(the_rest)};
  return RUN_TESTS(tests);
}
