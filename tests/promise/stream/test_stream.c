/* Streams: pushing, positions, reading; ownership of elements; streams dropped at every point.
 * Tests src/promise/stream/stream.c, src/promise/stream/stream_push.c, src/promise/stream/stream_read.c,
 * src/promise/stream/stream_get.c, src/promise/stream/stream_some.c. */
#include "support/streams.h"

/* ---- pushed streams */

static void pushed_elements_come_in_order(void **state)
{
  (void)state;
  open_stream();
  push_int(1);
  push_int(2);
  gives(sley_stream_peek(stream), 1);
  gives(sley_stream_get(stream), 1);
  gives(sley_stream_next(stream), 2);
  sley_promise *waits = sley_stream_get(stream);
  assert_pending(waits);
  push_int(3);
  gives(waits, 3);
  assert_false(sley_stream_is_closed(stream));
  sley_pusher_close(push);
  assert_true(sley_stream_is_closed(stream));
  gives_none(sley_stream_get(stream));
  is_rejected(sley_stream_next(stream), SLEY_EEOF);
  gives(sley_stream_at_end(stream), 1);
  assert_int_equal(sley_pusher_push(push, sley_int(4)), -SLEY_ECLOSED);
  close_stream();
}

static void readers_at_one_place_share(void **state)
{
  (void)state;
  open_stream();
  sley_promise *a = sley_stream_get(stream), *b = sley_stream_get(stream);
  sley_cancel(a);
  is_rejected(a, SLEY_ECANCELED);
  sley_promise *c = sley_stream_get(stream);
  push_int(1);
  push_int(2);
  gives(b, 1);
  gives(c, 1);
  gives(sley_stream_get(stream), 2);
  close_stream();
}

static void note_state(void *ctx)
{
  note(sley_is_pending(*(sley_promise **)ctx) ? "pending" : "settled");
}

/* As in Lwt, the search ends before any of the found reads is rejected; the last one found is rejected first. */
static void canceled_reads_are_rejected_in_turn(void **state)
{
  (void)state;
  open_stream();
  sley_stream *other;
  assert_null(sley_stream_clone(stream, &other));
  sley_promise *reads[] = {sley_stream_next(stream), sley_stream_next(other)};
  sley_on_cancel(reads[0], note_state, &reads[1]);
  sley_on_cancel(reads[1], note_state, &reads[0]);
  sley_keep(reads[0]);
  sley_keep(reads[1]);
  sley_promise *both = sley_join(reads, 2);
  sley_cancel(both);
  assert_log("pending settled");
  is_rejected(both, SLEY_ECANCELED);
  is_rejected(reads[0], SLEY_ECANCELED);
  is_rejected(reads[1], SLEY_ECANCELED);
  sley_stream_drop(other);
  close_stream();
}

static void reads_of_several(void **state)
{
  (void)state;
  open_stream();
  for (int i = 1; i <= 6; i++) push_int(i);
  gives_list(sley_stream_npeek(stream, 2), "(1,2)");
  gives_list(sley_stream_nget(stream, 2), "(1,2)");
  gives(sley_stream_njunk(stream, 1), 0);
  sley_value v;
  assert_null(sley_stream_get_available_up_to(stream, 2, &v));
  assert_int_equal(sley_list_count(sley_list_in(&v)), 2);
  sley_value_drop(&v);
  assert_null(sley_stream_get_available(stream, &v));
  assert_int_equal(sley_list_count(sley_list_in(&v)), 1);
  sley_value_drop(&v);
  push_int(7);
  push_int(8);
  gives(sley_stream_last_new(stream), 8);
  push_int(9);
  assert_null(sley_stream_junk_available(stream));
  sley_promise *list = sley_stream_nget(stream, 3);
  push_int(10);
  assert_pending(list);
  sley_pusher_close(push);
  gives_list(list, "(10)");
  gives_list(sley_stream_npeek(stream, 0), "()");
  close_stream();
}

static sley_error *is_small(void *ctx, sley_value *v, bool *yes)
{
  *yes = v->i < *(const int *)ctx;
  return NULL;
}

static sley_promise *is_odd(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i % 2));
}

static void reads_while(void **state)
{
  (void)state;
  int four = 4;
  open_stream();
  for (int i = 1; i <= 6; i++) push_int(i);
  gives_list(sley_stream_get_while(stream, is_small, &four), "(1,2,3)");
  gives_list(sley_stream_get_while_s(stream, is_odd, NULL), "()");
  gives(sley_stream_junk(stream), 0);
  gives(sley_stream_junk_while_s(stream, is_odd, NULL), 0);
  int seven = 7;
  sley_promise *all = sley_stream_junk_while(stream, is_small, &seven);
  assert_pending(all);
  push_int(9);
  gives(all, 0);
  gives(sley_stream_get(stream), 9);
  close_stream();
}

static sley_promise *read_two_and_fail(void *ctx, sley_stream *s)
{
  (void)ctx;
  sley_drop(sley_stream_junk(s));
  sley_drop(sley_stream_junk(s));
  return sley_fail(error_of(1));
}

static void parsers_put_back(void **state)
{
  (void)state;
  open_stream();
  push_int(1);
  push_int(2);
  sley_promise *p = sley_stream_parse(stream, read_two_and_fail, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  gives(sley_stream_get(stream), 1);
  close_stream();
}

/* ---- ends */

static void closing_is_told(void **state)
{
  (void)state;
  open_stream();
  sley_promise *closed = sley_stream_wait_closed(stream);
  sley_promise *get = sley_stream_get(stream);
  sley_on_termination(closed, note_done, "closed");
  sley_on_termination(get, note_done, "get");
  sley_cancel(closed);
  assert_pending(closed);
  sley_pusher_close(push);
  assert_log("get closed"); /* readers first */
  gives(closed, 0);
  gives_none(get);
  gives(sley_stream_wait_closed(stream), 0);
  close_stream();
}

static void a_pusher_that_goes_abandons(void **state)
{
  (void)state;
  open_stream();
  push_int(1);
  sley_promise *closed = sley_stream_wait_closed(stream);
  gives(sley_stream_get(stream), 1);
  sley_promise *get = sley_stream_get(stream);
  push_int(2);
  gives(get, 2);
  push_int(3);
  sley_pusher_drop(push);
  push = NULL;
  is_rejected(closed, SLEY_EABANDONED);
  gives(sley_stream_get(stream), 3);
  is_rejected(sley_stream_get(stream), SLEY_EABANDONED);
  is_rejected(sley_stream_wait_closed(stream), SLEY_EABANDONED);
  close_stream();
}

static void a_place_that_goes_abandons_its_readers(void **state)
{
  (void)state;
  open_stream();
  sley_stream *other;
  assert_null(sley_stream_clone(stream, &other));
  sley_promise *get = sley_stream_get(stream), *list = sley_stream_nget(stream, 2);
  sley_promise *of_other = sley_stream_get(other);
  sley_on_failure(get, note_error, "get");
  sley_stream_drop(stream);
  assert_log("get");
  is_rejected(get, SLEY_EABANDONED);
  is_rejected(list, SLEY_EABANDONED);
  push_int(1);
  gives(of_other, 1);
  sley_stream_drop(other);
  assert_int_equal(sley_pusher_push(push, sley_int(2)), -SLEY_EABANDONED);
  sley_pusher_drop(push);
}

static sley_error *note_int(void *ctx, sley_value *v)
{
  char word[24];
  (void)ctx;
  snprintf(word, sizeof word, "%d", (int)v->i);
  note(word);
  return NULL;
}

static void what_reads_to_the_end_keeps_the_stream(void **state)
{
  (void)state;
  open_stream();
  sley_promise *all = sley_stream_iter(stream, note_int, NULL); /* consumes it */
  push_int(1);
  push_int(2);
  assert_log("1 2");
  sley_drop(all); /* continues */
  push_int(3);
  assert_log("1 2 3");
  sley_pusher_drop(push);
  assert_int_equal(world.unhandled, 1); /* abandoned, and nothing reads it */
}

/* ---- ownership of elements */

static sley_value thing_value(int number, const sley_type *type)
{
  return sley_own(thing_new(number), type);
}

static void elements_are_dropped_once(void **state)
{
  (void)state;
  open_stream();
  for (int i = 0; i < 4; i++) sley_pusher_push(push, thing_value(i, &type_mover));
  sley_stream *other;
  assert_null(sley_stream_clone(stream, &other));
  sley_drop(sley_stream_get(stream));
  sley_drop(sley_stream_junk(stream));
  assert_int_equal(things_alive, 4); /* the clone still has them */
  sley_promise *held = sley_stream_get(other);
  sley_stream_drop(other);
  assert_int_equal(things_alive, 3); /* the one held, and the two not read */
  sley_stream_drop(stream);
  assert_int_equal(things_alive, 1);
  sley_drop(held);
  assert_int_equal(things_alive, 0);
  assert_int_equal(sley_pusher_push(push, thing_value(9, &type_mover)), -SLEY_EABANDONED);
  sley_pusher_drop(push);
}

static int taken_code, taken_number;
static sley_promise *take_thing(void *ctx, sley_value *v)
{
  sley_value out;
  (void)ctx;
  taken_code = sley_take(v, &out);
  taken_number = taken_code == 0 ? ((thing *)out.ptr)->number : 0;
  sley_value_drop(&out);
  return sley_return(sley_unit());
}

static void a_sole_reader_takes(void **state)
{
  (void)state;
  open_stream();
  sley_pusher_push(push, thing_value(1, &type_copier));
  sley_drop(sley_bind(sley_stream_get(stream), take_thing, NULL));
  assert_int_equal(taken_number, 1); /* not the copy, 101 */
  sley_promise *waits = sley_bind(sley_stream_get(stream), take_thing, NULL);
  sley_pusher_push(push, thing_value(2, &type_copier));
  sley_drop(waits);
  assert_int_equal(taken_number, 2);
  close_stream();
}

static void clones_copy_or_move(void **state)
{
  (void)state;
  open_stream();
  sley_stream *other;
  assert_null(sley_stream_clone(stream, &other));
  sley_pusher_push(push, thing_value(1, &type_copier));
  sley_pusher_push(push, thing_value(2, &type_mover));
  sley_drop(sley_bind(sley_stream_get(stream), take_thing, NULL));
  assert_int_equal(taken_number, 101);
  sley_drop(sley_bind(sley_stream_get(other), take_thing, NULL));
  assert_int_equal(taken_number, 1); /* the last one is the only owner */
  sley_drop(sley_bind(sley_stream_get(stream), take_thing, NULL));
  assert_int_equal(taken_number, 2);
  sley_drop(sley_bind(sley_stream_get(other), take_thing, NULL));
  assert_int_equal(taken_code, -SLEY_EMOVED);
  sley_stream_drop(other);
  close_stream();
}

static void a_held_element_holds_no_other(void **state)
{
  (void)state;
  open_stream();
  sley_stream *other;
  assert_null(sley_stream_clone(stream, &other));
  for (int i = 0; i < 3; i++) sley_pusher_push(push, thing_value(i, &type_mover));
  sley_promise *held = sley_stream_get(stream);
  assert_null(sley_stream_junk_available(stream));
  assert_null(sley_stream_junk_available(other));
  assert_int_equal(things_alive, 1);
  sley_drop(held);
  sley_stream_drop(other);
  close_stream();
}

/* ---- misuse of time and memory */

static void slow_reader_turn(void)
{
  push_int(1);
  sley_promise *got = sley_stream_get(stream);
  push_int(2);
  sley_drop(got);
  sley_drop(sley_stream_get(stream));
  sley_promise *waits = sley_stream_get(stream);
  sley_cancel(waits);
  sley_drop(waits);
  sley_value v;
  assert_null(sley_stream_get_available(stream, &v));
  sley_value_drop(&v);
}

static void a_slow_reader_does_not_grow(void **state)
{
  (void)state;
  open_stream();
  does_not_grow(slow_reader_turn, 200000);
  close_stream();
}

static void a_waiting_reader_does_not_grow(void **state)
{
  (void)state;
  open_stream();
  int seven = 7;
  sley_promise *all = sley_stream_junk_while(stream, is_small, &seven);
  for (int i = 0; i < 1000; i++) push_int(1);
  uint64_t before = live();
  for (int i = 0; i < 200000; i++) push_int(1);
  assert_int_equal(live(), before);
  sley_drop(all);
  close_stream();
}

static void a_long_queue_goes_without_recursion(void **state)
{
  (void)state;
  open_stream();
  for (int i = 0; i < 200000; i++) push_int(i);
  close_stream();
}

static sley_promise *drop_the_stream(void *ctx)
{
  (void)ctx;
  sley_stream_drop(stream);
  stream = NULL;
  return sley_return(sley_int(1));
}

static void a_source_may_drop_its_stream(void **state)
{
  (void)state;
  stream = sley_stream_from(drop_the_stream, NULL);
  is_rejected(sley_stream_get(stream), SLEY_EABANDONED);
}

static void drop_all(void *ctx)
{
  (void)ctx;
  close_stream();
}

static void callbacks_may_drop_everything(void **state)
{
  (void)state;
  open_stream();
  sley_promise *get = sley_stream_get(stream);
  sley_on_termination(get, drop_all, NULL);
  sley_pusher_close(push);
  gives_none(get);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(pushed_elements_come_in_order),
      TEST(readers_at_one_place_share),
      TEST(canceled_reads_are_rejected_in_turn),
      TEST(reads_of_several),
      TEST(reads_while),
      TEST(parsers_put_back),
      TEST(closing_is_told),
      TEST(a_pusher_that_goes_abandons),
      TEST(a_place_that_goes_abandons_its_readers),
      TEST(what_reads_to_the_end_keeps_the_stream),
      TEST(elements_are_dropped_once),
      TEST(a_sole_reader_takes),
      TEST(clones_copy_or_move),
      TEST(a_held_element_holds_no_other),
      TEST(a_slow_reader_does_not_grow),
      TEST(a_waiting_reader_does_not_grow),
      TEST(a_long_queue_goes_without_recursion),
      TEST(a_source_may_drop_its_stream),
      TEST(callbacks_may_drop_everything),
  };
  return RUN_TESTS(tests);
}
