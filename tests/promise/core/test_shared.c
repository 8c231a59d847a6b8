/* Values with other readers, on their way through sequences and streams: an accumulator that is kept, elements of a
 * list with another reader, lists that are settled, pending or missing.
 * Tests src/promise/core/take.c, src/promise/core/lent.c. */
#include "support/world.h"

static int number_in(const sley_value *v, const sley_type *type)
{
  return ((thing *)sley_value_ptr(v, type))->number;
}

/* ---- a fold's accumulator that is kept elsewhere */

static sley_promise *held[4];
static int holds;

/* Adds to a new thing and keeps a reference to it. */
static sley_promise *add_and_keep(void *ctx, sley_value *accumulator, sley_value *v)
{
  (void)ctx;
  int sum = ((thing *)accumulator->ptr)->number + (int)v->i;
  sley_promise *p = sley_return(sley_own(thing_new(sum), &type_copier));
  held[holds++] = sley_keep(p);
  return p;
}

static void a_fold_whose_accumulators_are_kept(void **state)
{
  static const int sums[] = {1, 3, 6};
  (void)state;
  holds = 0;
  sley_promise *p =
      sley_seq_fold_left_s(sley_seq_from_values(SLEY_VALUES(sley_int(1), sley_int(2), sley_int(3))),
                           sley_own(thing_new(0), &type_copier), add_and_keep, NULL);
  assert_int_equal(number_in(sley_promise_value(p), &type_copier), 6);
  assert_int_equal(holds, 3);
  for (int i = 0; i < holds; i++) {
    assert_int_equal(number_in(sley_promise_value(held[i]), &type_copier), sums[i]);
    sley_drop(held[i]);
  }
  sley_drop(p);
  assert_int_equal(things_alive, 0);
}

/* ---- lists of elements */

static sley_value things(const sley_type *type)
{
  sley_value v;
  assert_null(
      sley_list_new(SLEY_VALUES(sley_own(thing_new(1), type), sley_own(thing_new(2), type)), &v));
  return v;
}

static sley_promise *kept_list;
static sley_resolver *later;
enum { SETTLED, PENDING, REJECTED };
static sley_promise *list_of(void *ctx, sley_value *v)
{
  (void)ctx;
  switch (v->i) {
    case SETTLED: return sley_keep(kept_list);
    case PENDING: return sley_cancelable(&later);
    default: return sley_fail(error_of(4));
  }
}

static void lists_that_are_there_or_not(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    const sley_type *type = i == 0 ? &type_copier : &type_mover;
    kept_list = sley_return(things(type));
    sley_stream *s = sley_stream_map_list_s(
        sley_stream_from_values(SLEY_VALUES(sley_int(SETTLED), sley_int(REJECTED),
                                            sley_int(PENDING), sley_int(SETTLED))),
        list_of, NULL);
    sley_promise *p = sley_stream_get(s); /* copied or moved out of a held list */
    assert_int_equal(number_in(sley_promise_value(p), type), i == 0 ? 101 : 1);
    sley_drop(p);
    p = sley_stream_get(s);
    assert_int_equal(number_in(sley_promise_value(p), type), i == 0 ? 102 : 2);
    sley_drop(p);
    p = sley_stream_get(s);
    assert_rejected(p, 4);
    sley_drop(p);
    p = sley_stream_get(s);
    assert_pending(p);
    sley_fulfill(&later, things(type));
    assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
    sley_drop(p);
    sley_drop(sley_stream_get(s));
    p = sley_stream_get(s); /* the first list again */
    if (i == 0) assert_int_equal(number_in(sley_promise_value(p), type), 101);
    else assert_rejected_sley(p, SLEY_EMOVED);
    sley_drop(p);
    sley_stream_drop(s);
    sley_drop(kept_list);
    assert_int_equal(things_alive, 0);
  }
}

/* The elements of flattened lists without another handle are moved. */
static void flattened_lists(void **state)
{
  (void)state;
  sley_stream *lists;
  sley_pusher *push;
  assert_null(sley_stream_new(&lists, &push));
  sley_stream *s = sley_stream_flatten(lists);
  for (int i = 0; i < 2; i++) {
    sley_value list;
    assert_null(sley_list_new(SLEY_VALUES(sley_own(thing_new(i), &type_mover)), &list));
    assert_int_equal(sley_pusher_push(push, list), 0);
    sley_promise *p = sley_stream_get(s);
    assert_int_equal(number_in(sley_promise_value(p), &type_mover), i);
    sley_drop(p);
  }
  sley_stream_drop(s);
  sley_pusher_drop(push);
  assert_int_equal(things_alive, 0);
}

/* ---- an unfolded state, and elements that are read again */

static sley_error *count_down(void *ctx, sley_value *state, sley_value *element, sley_value *next)
{
  thing *t = state->ptr;
  (void)ctx;
  if (t->number == 0) return NULL; /* none left: the end */
  if (t->number == 9) return error_of(9);
  *element = sley_int(t->number);
  *next = sley_own(thing_new(t->number - 1), &type_mover);
  return NULL;
}

static void an_unfolded_state_that_owns(void **state)
{
  (void)state;
  sley_seq *seq = sley_seq_unfold(sley_own(thing_new(2), &type_mover), count_down, NULL);
  sley_promise *p = sley_seq_to_list(sley_seq_keep(seq));
  assert_int_equal(sley_list_count(sley_list_in(sley_promise_value(p))), 2);
  sley_drop(p);
  sley_seq_drop(seq);
  seq = sley_seq_unfold(sley_own(thing_new(9), &type_mover), count_down, NULL);
  p = sley_seq_next(seq);
  sley_seq_drop(seq);
  assert_rejected(p, 9);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
}

/* ---- out of memory */

static void scarce(void)
{
  holds = 0;
  sley_promise *p =
      sley_seq_fold_left_s(sley_seq_from_values(SLEY_VALUES(sley_int(1), sley_int(2))),
                           sley_own(thing_new(0), &type_copier), add_and_keep, NULL);
  assert_false(sley_is_pending(p));
  sley_drop(p);
  for (int i = 0; i < holds; i++) sley_drop(held[i]);
  sley_value list;
  if (sley_list_new(SLEY_VALUES(sley_own(thing_new(1), &type_copier)), &list) == NULL) {
    kept_list = sley_return(list);
    if (sley_state(kept_list) == SLEY_PROMISE_STATE_FULFILLED) {
      sley_stream *s = sley_stream_map_list_s(
          sley_stream_from_values(SLEY_VALUES(sley_int(SETTLED), sley_int(REJECTED))), list_of,
          NULL);
      for (int i = 0; i < 4; i++) {
        p = sley_stream_get(s);
        assert_false(sley_is_pending(p));
        sley_drop(p);
      }
      sley_stream_drop(s);
    }
    sley_drop(kept_list);
  }
  p = sley_seq_to_list(sley_seq_unfold(sley_own(thing_new(2), &type_mover), count_down, NULL));
  assert_false(sley_is_pending(p));
  sley_drop(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(scarce);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_fold_whose_accumulators_are_kept),
      TEST(lists_that_are_there_or_not),
      TEST(flattened_lists),
      TEST(an_unfolded_state_that_owns),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
