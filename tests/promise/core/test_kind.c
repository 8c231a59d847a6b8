/* The tables of kinds: every kind has a row in each, and a row agrees with its kind's number.
 * Tests src/promise/core/kind.c, src/promise/kinds.c. */
#include "promise/core/core.h"
#include "support/world.h"

/* How an entry is used determines which functions it must have. */
static void check_entry(unsigned kind)
{
  const struct sley__kind *entry = sley__kinds[kind];
  assert_non_null(entry);
  assert_non_null(entry->name);
  bool waits = entry->shape != SHAPE_NONE;
  assert_int_equal(waits, entry->run != NULL);
  assert_int_equal((kind & KIND_RUNS_SCALAR) != 0, entry->run_scalar != NULL);
  assert_int_equal((kind & KIND_CALLS_NOBODY) != 0, entry->is_useless != NULL);
  if (entry->properties & (IS_SINGLE | IS_GUARD | PASSES_CANCEL))
    assert_int_equal(entry->shape, SHAPE_ONE);
  if (entry->properties & COUNTS_INPUTS) assert_int_equal(entry->shape, SHAPE_MANY);
  if (entry->properties & (IS_ROOT | PASSES_CANCEL)) assert_non_null(entry->cancel);
  if (entry->shape == SHAPE_MANY) assert_non_null(entry->bytes);
}

static void every_kind_has_its_rows(void **state)
{
  (void)state;
  int count = 0;
#define CHECK(kind, properties) \
  check_entry(KIND_##kind);     \
  count++;
  SLEY__EACH_KIND(CHECK)
#undef CHECK
  assert_int_equal(count, NUMBERS);
  for (int i = 0; i < NODES; i++) {
    const struct sley__node_kind *entry = sley__node_kinds[i];
    assert_non_null(entry);
    /* A cell's own node and a group's call the cell. */
    bool asks_cell = i == NODE_CELL || i == NODE_ELEMENT;
    assert_int_equal(asks_cell, entry->run == NULL && entry->canceled == NULL);
  }
  for (int i = 0; i < OBJECTS; i++) assert_non_null(sley__object_ends[i]);
  sley__kinds_check(); /* aborts if one is missing */
}

/* Cells without FLAG_SIZED use the slot size in their kind's column. */
static void slots_fit(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise *guarded = sley_protected(sley_keep(p));
  assert_true(sley__cell_bytes(p) >= sizeof(sley_promise));
  assert_true(sley__cell_bytes(guarded) >= sizeof(single));
  sley_promise *both[] = {guarded, sley_keep(p)};
  sley_promise *all = sley_all(both, 2);
  assert_int_equal(sley__cell_bytes(all), sizeof(group) + 2 * sizeof(node));
  sley_fulfill(&r, sley_int(1));
  sley_drop(all);
  sley_drop(p);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(every_kind_has_its_rows), TEST(slots_fit)};
  return RUN_TESTS(tests);
}
