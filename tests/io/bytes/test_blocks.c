/* Blocks: taking, giving back, colors, those that nobody needs, parts that leave the domain, no memory.
 * Tests src/io/bytes/block.c. */
#include "io/bytes/bytes.h"
#include "io/object/object.h"
#include "support/domains.h"

static sley_block_counters counters(void)
{
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  return c;
}

static struct sley__io_state *state_here(void)
{
  struct sley__io_state *io = sley__io_state_open(sley__self());
  assert_non_null(io);
  return io;
}

static void the_last_one_is_taken_first(void **state)
{
  (void)state;
  assert_int_equal(counters().taken, 0);
  struct sley__io_state *io = state_here();
  struct sley__block *a = sley__block_take(io), *b = sley__block_take(io);
  assert_int_equal(a->size, 16384 + 448);
  assert_int_equal(counters().block_size, a->size);
  memset(a->data, 1, a->size);
  memset(b->data, 2, b->size);
  assert_int_equal(counters().in_use, 2);
  sley__block_drop(a);
  sley__block_drop(b);
  assert_int_equal(counters().spare, 2);
  assert_int_equal(counters().in_use, 0);
  assert_ptr_equal(sley__block_take(io), b);
  assert_ptr_equal(sley__block_take(io), a);
  sley__block_drop(b);
  sley__block_drop(a);
  assert_int_equal(counters().taken, 4);
  assert_int_equal(counters().in_use_most, 2);
}

static void starts_are_spread(void **state)
{
  (void)state;
  enum { COUNT = 16 };
  struct sley__io_state *io = state_here();
  struct sley__block *blocks[COUNT];
  size_t offsets[COUNT];
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = sley__block_take(io);
    offsets[i] = (size_t)(blocks[i]->data - (char *)blocks[i]);
    for (int k = 0; k < i; k++) assert_true(offsets[k] != offsets[i]);
  }
  for (int i = 0; i < COUNT; i++) sley__block_drop(blocks[i]);
}

static void what_nobody_needs_goes_back(void **state)
{
  (void)state;
  enum { COUNT = 10 };
  struct sley__io_state *io = state_here();
  struct sley__block *blocks[COUNT];
  for (int i = 0; i < COUNT; i++) blocks[i] = sley__block_take(io);
  for (int i = 0; i < COUNT; i++) sley__block_drop(blocks[i]);
  sley_time now = io->looked;
  sley__blocks_look(io, now + SLEY_SECOND - 1); /* too early to say */
  assert_int_equal(counters().spare, COUNT);
  sley__blocks_look(io, now + SLEY_SECOND); /* they were needed since the last look */
  assert_int_equal(counters().spare, COUNT);
  for (int i = 0; i < 3; i++) blocks[i] = sley__block_take(io);
  for (int i = 0; i < 3; i++) sley__block_drop(blocks[i]);
  sley__blocks_look(io, now + 2 * SLEY_SECOND); /* three were */
  assert_int_equal(counters().spare, 3);
  sley__blocks_look(io, now + 3 * SLEY_SECOND);
  assert_int_equal(counters().spare, 0);
  assert_int_equal(counters().in_use_most, COUNT);
}

void __tsan_init(void) __attribute__((weak)); /* NULL: the thread checker is not there */

/* The loop wakes for them, and not once more. */
static void so_does_it_while_the_domain_sleeps(void **state)
{
  (void)state;
  enum { COUNT = 10 };
  assert_int_equal(sley__io_state_start(sley_domain_current()), 0);
  struct sley__io_state *io = state_here();
  struct sley__block *blocks[COUNT];
  for (int i = 0; i < COUNT; i++) blocks[i] = sley__block_take(io);
  for (int i = 0; i < COUNT; i++) sley__block_drop(blocks[i]);
  const sley__loop_counters *loop = sley__loop_counters_of(sley_domain_current()->loop);
  uint64_t turns = loop->turns;
  run_gives(sley_sleep(2.5), 0);
  assert_int_equal(counters().spare, 0);
  turns = loop->turns - turns;
  uint64_t most = __tsan_init == NULL ? 8 : 150; /* a checked wait is looked at every 20 ms */
  if (turns < 3 || turns > most) fail_msg("%llu turns", (unsigned long long)turns);
}

static sley_promise *drops_it(sley_value *arg)
{
  sley_value v;
  if (sley_take(arg, &v) == 0) sley_value_drop(&v);
  return sley_return(sley_unit());
}

static void one_that_crosses_leaves_the_domain(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  struct sley__io_state *io = state_here();
  struct sley__block *b = sley__block_take(io);
  sley_value v;
  assert_true(sley__bytes_value(b, b->data, 100, &v));
  assert_int_equal(counters().in_use, 1);
  assert_int_equal(counters().held, 0);
  run_gives(sley_call(d, drops_it, v), 0);
  assert_int_equal(counters().in_use, 0);
  assert_int_equal(counters().spare, 0);
  end_leaving_nothing(d);
}

static sley_promise *gives_a_block(sley_value *arg)
{
  (void)arg;
  struct sley__io_state *io = state_here();
  struct sley__block *b = sley__block_take(io);
  sley_value v;
  assert_true(sley__bytes_value(b, b->data, 100, &v));
  return sley_return(v);
}

static void one_can_outlive_its_domain(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  sley_value v;
  assert_null(sley_run(sley_call(d, gives_a_block, sley_unit()), &v));
  end_leaving_nothing(d);
  assert_int_equal(sley_bytes_in(&v)->size, 100);
  sley_value_drop(&v);
}

static void a_part_that_was_kept_too_long(void **state)
{
  (void)state;
  /* Of a domain that has ended, on its own thread: the memory is still there. */
  struct sley__io_state *io = state_here();
  struct sley__block *b = sley__block_take(io);
  sley_bytes part = {b->data, 10, b};
  sley__block_give_out(b);
  assert_int_equal(sley_finish(), 0);
  sley_bytes_drop(&part);
}

static void the_limit_is_in_bytes(void **state)
{
  (void)state;
  assert_null(sley_block_set_limit(1));
  assert_int_equal(sley__self()->io->limit, 1);
  assert_null(sley_block_set_limit(10 * (16384 + 448)));
  assert_int_equal(sley__self()->io->limit, 10);
  assert_null(sley_block_set_limit(0));
  assert_int_equal(sley__self()->io->limit, 0);
}

static void takes_some(void)
{
  sley_error *e = sley_block_set_limit(1 << 20);
  struct sley__io_state *io = sley__io_state_open(sley__self());
  struct sley__block *b = io == NULL ? NULL : sley__block_take(io);
  sley_value v;
  if (b != NULL && sley__bytes_value(b, b->data, 1, &v)) sley_value_drop(&v);
  if (sley__bytes_value_copy("abc", 3, &v)) {
    assert_memory_equal(sley_bytes_in(&v)->at, "abc", 3);
    sley_value_drop(&v);
  }
  assert_true(e == NULL || e == sley_error_nomem());
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(takes_some);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_last_one_is_taken_first),        TEST(starts_are_spread),
      TEST(what_nobody_needs_goes_back),        TEST(so_does_it_while_the_domain_sleeps),
      TEST(one_that_crosses_leaves_the_domain), TEST(one_can_outlive_its_domain),
      TEST(a_part_that_was_kept_too_long),      TEST(the_limit_is_in_bytes),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
