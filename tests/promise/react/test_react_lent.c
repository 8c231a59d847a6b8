/* Signals' values that are lent together, in a list: callbacks copy them, and cannot take them away from the signals.
 * Tests src/promise/react/react_signal.c, src/promise/react/react_boxes.c, src/promise/react/react.c. */
#include "support/child.h"
#include "support/world.h"

static sley_signal *signal_of(int number, const sley_type *type)
{
  return sley_signal_new(sley_own(thing_new(number), type), NULL);
}

static int number_of(const sley_value *v) { return ((const thing *)v->ptr)->number; }

static int taken[8];
static size_t taken_count;

/* Takes the first element, twice, and then all. */
static void take_each_way(sley_list *list)
{
  sley_value v, all[2];
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sley_list_take_item(list, 0, &v), 0);
    taken[taken_count++] = number_of(&v);
    sley_value_drop(&v);
  }
  assert_int_equal(sley_list_take_all(list, all), 0);
  for (int i = 0; i < 2; i++) {
    taken[taken_count++] = number_of(&all[i]);
    sley_value_drop(&all[i]);
  }
}

static sley_error *take_and_count(void *ctx, sley_value *in, sley_value *out)
{
  take_each_way(sley_list_in(in));
  *out = sley_int(++*(int *)ctx);
  return NULL;
}

static sley_promise *take_and_promise(void *ctx, sley_value *v)
{
  take_each_way(sley_list_in(v));
  return sley_return(sley_int(++*(int *)ctx));
}

static void check_taken(sley_signal *const *ss, int first)
{
  const int expected[] = {first + 100, first + 100, first + 100, 102};
  assert_int_equal(taken_count, 4);
  assert_memory_equal(taken, expected, sizeof expected);
  assert_int_equal(number_of(sley_signal_value(ss[0])), first);
  assert_int_equal(number_of(sley_signal_value(ss[1])), 2);
  taken_count = 0;
}

static void lifted_values_are_copied(void **state)
{
  (void)state;
  int calls = 0;
  sley_signal *ss[] = {signal_of(1, &type_copier), signal_of(2, &type_copier)};
  sley_signal *made = sley_signal_lift(ss, 2, NULL, take_and_count, &calls);
  check_taken(ss, 1);
  assert_int_equal(sley_signal_set(ss[0], sley_own(thing_new(5), &type_copier)), 0);
  check_taken(ss, 5);
  assert_int_equal(sley_signal_value(made)->i, 2);
  sley_signal_drop(made);
  for (int i = 0; i < 2; i++) sley_signal_drop(ss[i]);
}

static void values_lifted_with_a_promise_are_copied(void **state)
{
  (void)state;
  int calls = 0;
  sley_signal *ss[] = {signal_of(1, &type_copier), signal_of(2, &type_copier)};
  sley_promise *made = sley_signal_lift_s(ss, 2, NULL, take_and_promise, &calls);
  check_taken(ss, 1);
  assert_int_equal(sley_signal_set(ss[0], sley_own(thing_new(5), &type_copier)), 0);
  check_taken(ss, 5);
  sley_drop(made);
  for (int i = 0; i < 2; i++) sley_signal_drop(ss[i]);
}

/* ---- the first call is not in a step, so a source can change under it */

static sley_signal *changing;

static void change(void)
{
  assert_int_equal(sley_signal_set(changing, sley_own(thing_new(9), &type_mover)), 0);
}

static sley_error *change_the_source(void *ctx, sley_value *in, sley_value *out)
{
  const sley_value *v =
      sley_list_is_in(in) ? sley_list_item(sley_list_in(in), 0) : (const sley_value *)in;
  (void)ctx;
  change();
  *out = sley_int(number_of(v));
  return NULL;
}

static void a_lent_value_outlives_a_change(void **state)
{
  (void)state;
  changing = signal_of(1, &type_mover);
  sley_signal *mapped = sley_signal_map(changing, NULL, change_the_source, NULL);
  assert_int_equal(sley_signal_value(mapped)->i, 1);
  sley_signal_drop(mapped);
  sley_signal_set(changing, sley_own(thing_new(2), &type_mover));
  sley_signal *lifted = sley_signal_lift(&changing, 1, NULL, change_the_source, NULL);
  assert_int_equal(sley_signal_value(lifted)->i, 2);
  sley_signal_drop(lifted);
  sley_signal_drop(changing);
}

/* ---- what cannot be copied cannot be taken */

static sley_error *take_first(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  return sley_list_take_item(sley_list_in(in), 0, out) == 0 ? NULL : sley_error_nomem();
}

static sley_error *take_whole(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  return sley_take(in, out) == 0 ? NULL : sley_error_nomem();
}

static sley_promise *take_whole_s(void *ctx, sley_value *v)
{
  sley_value out;
  return take_whole(ctx, v, &out) == NULL ? sley_return(out) : NULL;
}

static void lift_and_take(const sley_type *type, sley_map_fn *f)
{
  sley_signal *s = signal_of(1, type);
  sley_signal_drop(sley_signal_lift(&s, 1, NULL, f, NULL));
}

static void takes_a_mover(void) { lift_and_take(&type_mover, take_first); }
static void takes_the_list(void) { lift_and_take(&type_copier, take_whole); }
static void takes_the_list_s(void)
{
  sley_signal *s = signal_of(1, &type_copier);
  sley_drop(sley_signal_lift_s(&s, 1, NULL, take_whole_s, NULL));
}

static void aborts_with(void (*f)(void), const char *sentence)
{
  char text[4096];
  assert_true(aborted(run_in_child(f, text, sizeof text)));
  if (strstr(text, sentence) == NULL) fail_msg("%s", text);
}

static void taking_what_stays_aborts(void **state)
{
  (void)state;
  aborts_with(takes_a_mover,
              "sley_list_take_item was asked for element 0, of type mover, which stays with its "
              "signal and cannot be copied: give the type a dup, or read the element with "
              "sley_list_item");
  const char *whole =
      "sley_take was asked for a sley_list of values that stay with their signals: copy the "
      "elements that you need with sley_list_take_item";
  aborts_with(takes_the_list, whole);
  aborts_with(takes_the_list_s, whole);
}

static sley_error *give_back(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  sley_drop(sley_return(*in));
  *out = sley_unit();
  return NULL;
}

static void gives_back_a_lent_value(void)
{
  setenv("SLEY_DEBUG", "1", 1);
  sley_runtime *runtime;
  sley_domain *d;
  assert_null(sley_runtime_new(NULL, &runtime));
  assert_null(sley_domain_new(runtime, "debugged", &d));
  sley_domain_enter(d);
  sley_signal *s = signal_of(1, &type_mover);
  sley_signal_drop(sley_signal_map(s, NULL, give_back, NULL));
}

static void debugging_names_no_place_of_a_signal(void **state)
{
  (void)state;
  aborts_with(gives_back_a_lent_value,
              "was given a value of type mover that is only lent to the callback");
}

/* ---- a list with several readers: each takes a copy, or the first one the element itself */

static int codes[2], numbers[2], reader;

static sley_promise *take_element(void *ctx, sley_value *v)
{
  sley_value own;
  (void)ctx;
  sley_list *list = sley_list_is_in(v) ? sley_list_in(v) : sley_split_values(sley_split_in(v));
  codes[reader] = sley_list_take_item(list, 0, &own);
  numbers[reader] = codes[reader] == 0 ? number_of(&own) : 0;
  reader++;
  sley_value_drop(&own);
  return sley_return(sley_unit());
}

/* Consumes p, which is pending; r answers it with v. */
static void read_twice(sley_promise *p, sley_resolver *r, sley_value v)
{
  reader = 0;
  sley_promise *first = sley_bind(sley_keep(p), take_element, NULL);
  sley_promise *second = sley_bind(p, take_element, NULL);
  sley_fulfill(&r, v);
  sley_drop(first);
  sley_drop(second);
  assert_int_equal(reader, 2);
}

static void read_list_twice(const sley_type *type)
{
  sley_resolver *r;
  sley_value list, element = sley_own(thing_new(1), type);
  assert_null(sley_list_new(&element, 1, &list));
  sley_promise *p = sley_pending(&r);
  read_twice(p, r, list);
}

static void read_split_twice(const sley_type *type)
{
  sley_resolver *r;
  sley_promise *one[] = {sley_pending(&r)};
  read_twice(sley_nchoose_split(one, 1), r, sley_own(thing_new(1), type));
}

static void each_reader_has_its_element(void (*read)(const sley_type *type))
{
  read(&type_copier);
  assert_int_equal(codes[0], 0);
  assert_int_equal(codes[1], 0);
  assert_int_equal(numbers[0], 101); /* a copy, because the other one is still to come */
  assert_int_equal(numbers[1], 1);
  read(&type_mover);
  assert_int_equal(codes[0], 0);
  assert_int_equal(numbers[0], 1);
  assert_int_equal(codes[1], -SLEY_EMOVED);
}

static void readers_of_a_list_share_its_elements(void **state)
{
  (void)state;
  each_reader_has_its_element(read_list_twice);
  each_reader_has_its_element(read_split_twice);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(lifted_values_are_copied),
                                     TEST(values_lifted_with_a_promise_are_copied),
                                     TEST(a_lent_value_outlives_a_change),
                                     cmocka_unit_test(taking_what_stays_aborts),
                                     cmocka_unit_test(debugging_names_no_place_of_a_signal),
                                     TEST(readers_of_a_list_share_its_elements)};
  return RUN_TESTS(tests);
}
