/* Sources of streams: bounded pushing, functions, arrays, promises.
 * Tests src/promise/stream/stream_bounded.c, src/promise/stream/stream_from.c, src/promise/stream/stream_push.c. */
#include "support/streams.h"

static sley_value thing_value(int number, const sley_type *type)
{
  return sley_own(thing_new(number), type);
}

static sley_promise *read_two_and_fail(void *ctx, sley_stream *s)
{
  (void)ctx;
  sley_drop(sley_stream_junk(s));
  sley_drop(sley_stream_junk(s));
  return sley_fail(error_of(1));
}

/* ---- bounded */

static void a_full_stream_makes_pushes_wait(void **state)
{
  (void)state;
  sley_bounded_pusher *b;
  assert_null(sley_stream_new_bounded(1, &stream, &b));
  gives(sley_bounded_pusher_push(b, sley_int(1)), 0);
  sley_promise *second = sley_bounded_pusher_push(b, sley_int(2));
  assert_pending(second);
  assert_true(sley_bounded_pusher_is_blocked(b));
  is_rejected(sley_bounded_pusher_push(b, sley_int(3)), SLEY_EAGAIN);
  gives(sley_stream_get(stream), 1);
  gives(second, 0);
  assert_int_equal(sley_bounded_pusher_count(b), 1);
  sley_promise *third = sley_bounded_pusher_push(b, thing_value(3, &type_mover));
  sley_cancel(third);
  is_rejected(third, SLEY_ECANCELED);
  assert_int_equal(things_alive, 0);
  sley_promise *fourth = sley_bounded_pusher_push(b, sley_int(4));
  sley_bounded_pusher_set_capacity(b, 2);
  gives(fourth, 0);
  assert_int_equal(sley_bounded_pusher_capacity(b), 2);
  sley_promise *fifth = sley_bounded_pusher_push(b, thing_value(5, &type_mover));
  sley_bounded_pusher_close(b);
  is_rejected(fifth, SLEY_ECLOSED);
  is_rejected(sley_bounded_pusher_push(b, sley_int(6)), SLEY_ECLOSED);
  sley_stream *copy;
  sley_error *e = sley_stream_clone(stream, &copy);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  is_rejected(sley_stream_parse(stream, read_two_and_fail, NULL), SLEY_EINVAL);
  gives_list(sley_stream_to_list(stream), "(2,4)");
  sley_bounded_pusher_drop(b);
}

static sley_bounded_pusher *room;
static void full_turn(void)
{
  sley_promise *waits = sley_bounded_pusher_push(room, sley_int(2));
  sley_drop(sley_stream_get(stream));
  assert_fulfilled(waits, 0);
  sley_drop(waits);
  waits = sley_bounded_pusher_push(room, sley_int(3));
  sley_cancel(waits);
  sley_drop(waits);
}
static void a_full_stream_does_not_grow(void **state)
{
  (void)state;
  assert_null(sley_stream_new_bounded(1, &stream, &room));
  gives(sley_bounded_pusher_push(room, sley_int(1)), 0);
  does_not_grow(full_turn, 200000);
  sley_bounded_pusher_drop(room);
  sley_stream_drop(stream);
}

static void bounded_streams_let_go(void **state)
{
  (void)state;
  sley_bounded_pusher *b;
  assert_null(sley_stream_new_bounded(0, &stream, &b));
  sley_promise *waits = sley_bounded_pusher_push(b, thing_value(1, &type_mover));
  sley_stream_drop(stream);
  is_rejected(waits, SLEY_EABANDONED);
  is_rejected(sley_bounded_pusher_push(b, sley_int(2)), SLEY_EABANDONED);
  sley_bounded_pusher_drop(b);
  /* The writing end is dropped first: waiting elements can still be read. */
  assert_null(sley_stream_new_bounded(1, &stream, &b));
  gives(sley_bounded_pusher_push(b, sley_int(1)), 0);
  waits = sley_bounded_pusher_push(b, sley_int(2));
  sley_bounded_pusher_drop(b);
  gives(sley_stream_get(stream), 1);
  gives(waits, 0);
  gives(sley_stream_get(stream), 2);
  is_rejected(sley_stream_get(stream), SLEY_EABANDONED);
  sley_stream_drop(stream);
}

static void references_live_as_long_as_the_stream(void **state)
{
  (void)state;
  open_stream();
  sley_pusher_set_reference(push, thing_new(1), thing_drop);
  sley_pusher_set_reference(push, thing_new(2), thing_drop);
  assert_int_equal(things_alive, 1);
  sley_stream_drop(stream);
  assert_int_equal(things_alive, 0);
  sley_pusher_set_reference(push, thing_new(3), thing_drop);
  assert_int_equal(things_alive, 0);
  sley_pusher_drop(push);
}

/* ---- sources from functions */

static int calls;
static sley_resolver *next_resolver;
static sley_promise *next_pending(void *ctx)
{
  (void)ctx;
  calls++;
  return sley_pending(&next_resolver);
}

static void readers_share_a_pull(void **state)
{
  (void)state;
  calls = 0;
  stream = sley_stream_from(next_pending, NULL);
  sley_promise *a = sley_stream_get(stream), *b = sley_stream_get(stream);
  assert_int_equal(calls, 1);
  sley_cancel(a);
  sley_fulfill(&next_resolver, sley_int(1));
  is_rejected(a, SLEY_ECANCELED);
  gives(b, 1);
  sley_promise *c = sley_stream_get(stream);
  sley_reject(&next_resolver, error_of(1));
  assert_rejected(c, 1);
  sley_drop(c);
  assert_false(sley_stream_is_closed(stream)); /* a failure does not close */
  c = sley_stream_get(stream);
  sley_fulfill(&next_resolver, sley_none());
  gives_none(c);
  assert_true(sley_stream_is_closed(stream));
  gives_none(sley_stream_get(stream));
  assert_int_equal(calls, 3);
  sley_stream_drop(stream);
}

static void a_source_outlives_its_stream(void **state)
{
  (void)state;
  thing *context = thing_new(1);
  stream = sley_stream_from(next_pending, context, thing_drop);
  sley_promise *get = sley_stream_get(stream);
  sley_stream_drop(stream);
  is_rejected(get, SLEY_EABANDONED);
  assert_int_equal(things_alive, 1); /* the call can still use it */
  sley_fulfill(&next_resolver, thing_value(2, &type_mover));
  assert_int_equal(things_alive, 0);
}

static sley_error *count_up(void *ctx, sley_value *out)
{
  int *n = ctx;
  if (*n == 2) {
    ++*n;
    return error_of(2);
  }
  if (*n < 4) *out = sley_int((*n)++);
  return NULL;
}

static void computed_elements(void **state)
{
  (void)state;
  int n = 0;
  stream = sley_stream_from_direct(count_up, &n);
  gives_list(sley_stream_nget(stream, 2), "(0,1)");
  sley_promise *p = sley_stream_get(stream);
  assert_rejected(p, 2);
  sley_drop(p);
  gives_list(sley_stream_to_list(stream), "(3)");
}

static void closed_from_the_start(void **state)
{
  (void)state;
  const sley_value values[] = {sley_int(1), sley_int(2)};
  stream = sley_stream_from_values(values, 2);
  assert_true(sley_stream_is_closed(stream));
  gives_list(sley_stream_to_list(stream), "(1,2)");
  gives_list(sley_stream_to_list(sley_stream_from_bytes("ab", 2)), "(97,98)");
  gives_list(sley_stream_to_list(sley_stream_return(sley_int(3))), "(3)");
  gives_list(sley_stream_to_list(sley_stream_from_promise(sley_return(sley_int(4)))), "(4)");
  gives_list(sley_stream_to_list(sley_stream_from_promise(sley_fail(error_of(1)))), "()");
  sley_resolver *r;
  sley_promise *list = sley_stream_to_list(sley_stream_from_promise(sley_pending(&r)));
  assert_pending(list);
  sley_fulfill(&r, sley_int(5));
  gives_list(list, "(5)");
  sley_drop(sley_stream_get(stream = sley_stream_return(thing_value(1, &type_mover))));
  sley_stream_drop(stream);
}

/* ---- elements that are all ready */

enum { READY = 1000, ALIVE_AT_ONCE = 8 };
static int made, most_alive;

static sley_error *next_thing(void *ctx, sley_value *out)
{
  (void)ctx;
  if (things_alive > most_alive) most_alive = things_alive;
  if (made < READY) *out = thing_value(made++, &type_copier);
  return NULL;
}

static sley_promise *start_thing(void *ctx)
{
  sley_value v = sley_none();
  next_thing(ctx, &v);
  return sley_return(v);
}

static sley_error *pass_by(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}

static sley_promise *pass_by_s(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_unit());
}

static sley_error *is_unwanted(void *ctx, sley_value *v, bool *yes)
{
  (void)v;
  *yes = ctx != NULL;
  return NULL;
}

static sley_error *make_another(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  return sley_value_dup(in, out) == 0 ? NULL : error_of(1);
}

static sley_error *count_one(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  (void)v;
  sum->i++;
  return NULL;
}

typedef sley_promise *read_all_fn(sley_stream *s);
static sley_promise *by_iter(sley_stream *s) { return sley_stream_iter(s, pass_by, NULL); }
static sley_promise *by_iter_s(sley_stream *s) { return sley_stream_iter_s(s, pass_by_s, NULL); }
static sley_promise *by_iter_n(sley_stream *s) { return sley_stream_iter_n(s, 1, pass_by_s, NULL); }
static sley_promise *by_fold(sley_stream *s)
{
  return sley_stream_fold(s, sley_int(0), count_one, NULL);
}
static sley_promise *by_find(sley_stream *s) { return sley_stream_find(s, is_unwanted, NULL); }
static sley_promise *by_junk(sley_stream *s)
{
  return sley_stream_junk_while(s, is_unwanted, &made);
}
static sley_promise *by_filter(sley_stream *s)
{
  return by_iter(sley_stream_filter(s, is_unwanted, NULL));
}
static sley_promise *by_map(sley_stream *s)
{
  return by_iter(sley_stream_map(s, make_another, NULL));
}
static sley_promise *by_map_n(sley_stream *s)
{
  return by_iter(sley_stream_map_n(s, 1, SLEY_STREAM_ORDER_SOURCE, pass_by_s, NULL));
}

static sley_resolver *first;
static sley_promise *start_thing_after_first(void *ctx)
{
  return made++ == 0 ? sley_pending(&first) : start_thing(ctx);
}

static sley_stream *ready_from(int source)
{
  made = most_alive = 0;
  first = NULL;
  switch (source) {
    case 0: return sley_stream_from_direct(next_thing, NULL);
    case 1: return sley_stream_from(start_thing, NULL);
    default: return sley_stream_from(start_thing_after_first, NULL);
  }
}

static sley_promise *read_ready(void *ctx, sley_value *v)
{
  read_all_fn **way = ctx;
  (void)v;
  sley_drop((*way)(stream));
  if (first != NULL) sley_fulfill_now(&first, thing_value(0, &type_copier));
  return sley_return(sley_unit());
}

/* Each of any number of ready elements is freed before many others have been made, also in a callback, where most of
 * what is to be freed waits for its end. */
static void ready_elements_do_not_pile_up(void **state)
{
  (void)state;
  read_all_fn *ways[] = {by_iter, by_iter_s, by_iter_n, by_fold, by_find,
                         by_junk, by_filter, by_map,    by_map_n};
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    for (int source = 0; source < 3; source++) {
      for (int in_callback = 0; in_callback < 2; in_callback++) {
        stream = ready_from(source);
        if (in_callback) sley_drop(sley_bind(sley_return(sley_unit()), read_ready, &ways[i]));
        else sley_drop(read_ready(&ways[i], NULL));
        assert_int_equal(made, READY);
        assert_true(most_alive <= ALIVE_AT_ONCE);
        if (ways[i] == by_find || ways[i] == by_junk) sley_stream_drop(stream);
      }
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_full_stream_makes_pushes_wait),
      TEST(a_full_stream_does_not_grow),
      TEST(bounded_streams_let_go),
      TEST(references_live_as_long_as_the_stream),
      TEST(readers_share_a_pull),
      TEST(a_source_outlives_its_stream),
      TEST(computed_elements),
      TEST(closed_from_the_start),
      TEST(ready_elements_do_not_pile_up),
  };
  return RUN_TESTS(tests);
}
