/* Counted parts of memory: making, sharing, dropping, values, other domains, no memory. Numbers are those of the cases
 * of Lwt's own tests of Lwt_bytes.
 * Tests src/io/bytes/bytes.c, src/io/bytes/bytes_value.c. */
#include "support/domains.h"
#include "support/scenes.h"

static int drops; /* any thread, __atomic */

static void counts_drop(void *ctx)
{
  __atomic_add_fetch(&drops, 1, __ATOMIC_RELAXED);
  free(ctx);
}

static void makes_memory_of_that_size(void **state) /* B9.1, B9.8, B9.9 */
{
  (void)state;
  char *at;
  sley_bytes b;
  assert_null(sley_bytes_new(16, &at, &b));
  assert_int_equal(b.size, 16);
  assert_ptr_equal(b.at, at);
  memcpy(at, "0123456789abcdef", 16);
  assert_memory_equal(b.at, "0123456789abcdef", 16);
  sley_bytes_drop(&b);
  assert_null(b.at);
  assert_int_equal(b.size, 0);
  assert_null(b.block);
  sley_bytes_drop(&b); /* again: nothing */
  sley_bytes_drop(NULL);
  assert_null(sley_bytes_new(0, &at, &b));
  assert_int_equal(b.size, 0);
  sley_bytes_drop(&b);

  char source[] = "abc";
  assert_null(sley_bytes_copy(source, 3, &b));
  source[1] = 'X';
  assert_memory_equal(b.at, "abc", 3);
  sley_bytes_drop(&b);
  static const char literal[] = "literal";
  b = sley_bytes_static(literal, 7);
  assert_ptr_equal(b.at, literal);
  sley_bytes_drop(&b);
}

static void a_part_shares_the_memory(void **state) /* B9.41, B9.45, B9.49 */
{
  (void)state;
  char *at;
  sley_bytes b, part, all, copy;
  assert_null(sley_bytes_new(8, &at, &b));
  memcpy(at, "abcdefgh", 8);
  part = sley_bytes_part(&b, 2, 3);
  all = sley_bytes_part(&b, 0, 8);
  assert_null(sley_bytes_copy(b.at + 2, 3, &copy));
  at[2] = 'C';
  assert_memory_equal(part.at, "Cde", 3);
  assert_memory_equal(copy.at, "cde", 3);
  sley_bytes_drop(&b);
  sley_bytes last = sley_bytes_part(&part, 3, 0);
  assert_int_equal(last.size, 0);
  sley_bytes_drop(&all);
  assert_memory_equal(part.at, "Cde", 3);
  sley_bytes_drop(&part);
  sley_bytes_drop(&last);
  sley_bytes_drop(&copy);
}

static void adopted_memory_is_dropped_once(void **state)
{
  (void)state;
  sley_bytes b;
  char *mine = malloc(4);
  assert_non_null(mine);
  memcpy(mine, "mine", 4);
  drops = 0;
  assert_null(sley_bytes_adopt(mine, 4, mine, counts_drop, &b));
  assert_ptr_equal(b.at, mine);
  sley_bytes part = sley_bytes_part(&b, 1, 2);
  sley_bytes_drop(&b);
  assert_int_equal(drops, 0);
  assert_memory_equal(part.at, "in", 2);
  sley_bytes_drop(&part);
  assert_int_equal(drops, 1);
  char here[4] = "here";
  assert_null(sley_bytes_adopt(here, 4, NULL, NULL, &b)); /* nothing to be done at its end */
  sley_bytes_drop(&b);
}

static void values_hold_parts(void **state)
{
  (void)state;
  sley_bytes b, out;
  sley_value v, other, third;
  assert_null(sley_bytes_copy("value", 5, &b));
  sley_bytes part = sley_bytes_part(&b, 1, 3);
  assert_null(sley_bytes_to_value(&b, &v));
  assert_null(b.block);
  assert_true(sley_bytes_is_in(&v));
  assert_int_equal(sley_value_dup(&v, &other), 0);
  assert_null(sley_bytes_to_value(&part, &third));
  sley_value_drop(&v);
  assert_memory_equal(sley_bytes_in(&other)->at, "value", 5);
  assert_memory_equal(sley_bytes_in(&third)->at, "alu", 3);
  assert_int_equal(sley_bytes_take(&other, &out), 0);
  assert_memory_equal(out.at, "value", 5);
  sley_bytes_drop(&out);
  sley_value_drop(&third);

  b = sley_bytes_static("static", 6);
  assert_null(sley_bytes_to_value(&b, &v));
  assert_int_equal(sley_value_dup(&v, &other), 0);
  sley_value_drop(&v);
  assert_memory_equal(sley_bytes_in(&other)->at, "static", 6);
  sley_value_drop(&other);
  v = sley_int(1);
  assert_false(sley_bytes_is_in(&v));
}

static void taken_once_from_a_promise(void **state)
{
  (void)state;
  sley_bytes b, out;
  sley_value v;
  assert_null(sley_bytes_copy("once", 4, &b));
  assert_null(sley_bytes_to_value(&b, &v));
  sley_promise *p = sley_return(v);
  sley_value lent = *sley_promise_value(p);
  assert_memory_equal(sley_bytes_in(&lent)->at, "once", 4);
  sley_value mine;
  assert_null(sley_run(p, &mine));
  assert_int_equal(sley_bytes_take(&mine, &out), 0);
  sley_bytes_drop(&out);
}

static sley_promise *reads_it(sley_value *arg)
{
  sley_value v;
  sley_bytes b;
  if (sley_take(arg, &v) != 0) return sley_fail(sley_error_nomem());
  int code = sley_bytes_take(&v, &b);
  assert_int_equal(code, 0);
  sley_bytes part = sley_bytes_part(&b, 0, 3);
  sley_bytes_drop(&b);
  int64_t sum = part.at[0] + part.at[1] + part.at[2];
  sley_bytes_drop(&part);
  return sley_return(sley_int(sum));
}

static void values_cross_and_are_freed_there_or_here(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  for (int mine_last = 0; mine_last < 2; mine_last++) {
    sley_bytes b;
    sley_value v;
    char *memory = malloc(3);
    assert_non_null(memory);
    memcpy(memory, "\1\2\3", 3);
    drops = 0;
    assert_null(sley_bytes_adopt(memory, 3, memory, counts_drop, &b));
    sley_bytes here = sley_bytes_part(&b, 0, 1);
    assert_null(sley_bytes_to_value(&b, &v));
    if (mine_last == 0) sley_bytes_drop(&here);
    run_gives(sley_call(d, reads_it, v), 6);
    if (mine_last == 1) {
      assert_int_equal(__atomic_load_n(&drops, __ATOMIC_ACQUIRE), 0);
      sley_value again;
      sley_bytes more = sley_bytes_part(&here, 0, 1);
      assert_null(sley_bytes_to_value(&more, &again)); /* in a box of its own now */
      sley_value_drop(&again);
      sley_bytes_drop(&here);
    }
    assert_int_equal(__atomic_load_n(&drops, __ATOMIC_ACQUIRE), 1);
  }
  end_leaving_nothing(d);
}

static void makes_all_kinds(void)
{
  char *at;
  sley_bytes b, c, d;
  sley_value v, w;
  char *memory = malloc(2);
  if (sley_bytes_new(4, &at, &b) == NULL) {
    sley_bytes part = sley_bytes_part(&b, 0, 2);
    if (sley_bytes_to_value(&b, &v) == NULL) {
      if (sley_value_dup(&v, &w) == 0) sley_value_drop(&w);
      sley_value_drop(&v);
    }
    if (sley_bytes_to_value(&part, &v) == NULL) sley_value_drop(&v);
  } else {
    assert_null(at);
    assert_null(b.block);
  }
  if (sley_bytes_copy("x", 1, &c) == NULL) sley_bytes_drop(&c);
  if (sley_bytes_adopt(memory, 2, memory, counts_drop, &d) == NULL) sley_bytes_drop(&d);
  else free(memory); /* still mine */
  b = sley_bytes_static("s", 1);
  if (sley_bytes_to_value(&b, &v) == NULL) sley_value_drop(&v);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(makes_all_kinds);
}

/* ---- mistakes ---- */

static void part_begins_behind_the_end(void)
{
  sley_bytes b = sley_bytes_static("four", 4);
  sley_bytes_part(&b, 5, 0); /* B9.42 */
}

static void part_is_too_long(void)
{
  sley_bytes b = sley_bytes_static("four", 4);
  sley_bytes_part(&b, 2, 3); /* B9.43 */
}

static void part_has_a_negative_size(void)
{
  sley_bytes b = sley_bytes_static("four", 4);
  sley_bytes_part(&b, 1, (size_t)-1); /* B9.44 */
}

static void value_is_something_else(void)
{
  sley_value v = sley_int(1);
  sley_bytes_in(&v);
}

static const scene scenes[] = {
    {"part_begins_behind_the_end",
     part_begins_behind_the_end,
     true,
     {"sley_bytes_part at " HERE, "0 bytes from byte 5 of a part of 4 bytes"},
     NULL},
    {"part_is_too_long",
     part_is_too_long,
     true,
     {HERE, "3 bytes from byte 2 of a part of 4 bytes"},
     NULL},
    {"part_has_a_negative_size",
     part_has_a_negative_size,
     true,
     {HERE, "bytes from byte 1 of a part of 4 bytes"},
     NULL},
    {"value_is_something_else", value_is_something_else, true, {"bytes", HERE}, NULL},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static void mistakes_abort_with_a_sentence(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) scene_goes_as_said(&scenes[i], false);
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {
      TEST(makes_memory_of_that_size),      TEST(a_part_shares_the_memory),
      TEST(adopted_memory_is_dropped_once), TEST(values_hold_parts),
      TEST(taken_once_from_a_promise),      TEST(values_cross_and_are_freed_there_or_here),
      cmocka_unit_test(without_memory),     cmocka_unit_test(mistakes_abort_with_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
