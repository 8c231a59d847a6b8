/* The limit of blocks: inputs at it stop reading, go on in turn as blocks come back, and the one that has waited longest
 * for the rest of its message is given up when none comes back; half-sent requests hold no block; no memory at first.
 * Tests src/io/channel/hunger.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/by_hand.h"
#include "support/channels.h"

enum { BLOCK = 16384 + 448, HALF = 5000 };

static char data[HALF];

static sley_block_counters blocks(void)
{
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  return c;
}

static void half(const line_of *l) { assert_int_equal(write(l->peer, data, HALF), HALF); }

static void at_the_limit_inputs_take_turns(void **state)
{
  (void)state;
  enum { LINES = 6, LIMIT = 4 };
  line_of ls[LINES];
  sley_promise *ps[LINES];
  assert_null(sley_block_set_limit(LIMIT * BLOCK));
  for (int i = 0; i < LINES; i++) {
    ls[i] = open_line();
    half(&ls[i]);
    ps[i] = sley_input_exactly(ls[i].in, (size_t)2 * HALF);
  }
  rest(0.005);
  assert_int_equal(blocks().held, LIMIT);
  assert_true(blocks().waited >= LINES - LIMIT);
  for (int i = 0; i < LINES; i++) { /* the last ones read as the first ones are done */
    half(&ls[i]);
    sley_value v;
    assert_null(sley_run(ps[i], &v));
    assert_int_equal(sley_bytes_in(&v)->size, 2 * HALF);
    sley_value_drop(&v);
    assert_true(blocks().held <= LIMIT);
  }
  assert_int_equal(blocks().killed, 0);
  for (int i = 0; i < LINES; i++) drop_line(&ls[i]);
  assert_int_equal(blocks().in_use, 0);
}

/* One that waits for a line, the end of a message, bytes. */
static void the_longest_of_three(unsigned which)
{
  enum { LINES = 3, LIMIT = 2 };
  line_of ls[LINES];
  sley_promise *ps[LINES];
  assert_null(sley_block_set_limit(LIMIT * BLOCK));
  clock_by_hand();
  for (int i = 0; i < LINES; i++) {
    ls[i] = open_line();
    half(&ls[i]);
    ps[i] = i == 0 && which < 2
                ? (which == 0 ? sley_input_line(ls[i].in) : sley_input_until(ls[i].in, "end", 3))
                : sley_input_exactly(ls[i].in, (size_t)2 * HALF);
    pass(0.002);
  }
  pass(0.9);
  assert_true(sley_is_pending(ps[0]));
  pass(1.2); /* a second, and one at most until it is looked at */
  sley_test_clock_end();
  run_fails(ps[0], &sley_kind_sley, SLEY_ENOMEM);
  assert_int_equal(blocks().killed, which + 1);
  for (int i = 1; i < LINES; i++) {
    half(&ls[i]);
    sley_value v;
    assert_null(sley_run(ps[i], &v));
    sley_value_drop(&v);
  }
  for (int i = 0; i < LINES; i++) drop_line(&ls[i]);
}

static void the_longest_incomplete_is_given_up(void **state)
{
  (void)state;
  for (unsigned which = 0; which < 3; which++) the_longest_of_three(which);
}

/* One that has been answered many times holds its block since the last request, not since the first. */
static void a_busy_one_is_not_the_longest(void **state)
{
  (void)state;
  enum { LINES = 3, LIMIT = 2 };
  line_of ls[LINES];
  sley_promise *ps[LINES];
  assert_null(sley_block_set_limit(LIMIT * BLOCK));
  clock_by_hand();
  ls[0] = open_line();
  for (int i = 0; i < 2; i++) { /* its block comes back to it */
    half(&ls[0]);
    ps[0] = sley_input_skip(ls[0].in, (uint64_t)2 * HALF);
    pass(0.01);
    half(&ls[0]);
    run_gives(ps[0], 2 * HALF);
  }
  for (int i = 1; i < LINES; i++) {
    ls[i] = open_line();
    half(&ls[i]);
    ps[i] = sley_input_exactly(ls[i].in, (size_t)2 * HALF);
    pass(0.01);
    if (i > 1) continue;
    half(&ls[0]);
    ps[0] = sley_input_exactly(ls[0].in, (size_t)2 * HALF);
    pass(0.01);
  }
  pass(2.1);
  sley_test_clock_end();
  run_fails(ps[1], &sley_kind_sley, SLEY_ENOMEM);
  for (int i = 0; i < LINES; i++) {
    if (i == 1) continue;
    half(&ls[i]);
    sley_value v;
    assert_null(sley_run(ps[i], &v));
    sley_value_drop(&v);
  }
  for (int i = 0; i < LINES; i++) drop_line(&ls[i]);
}

static void half_sent_requests_hold_no_block(void **state)
{
  (void)state;
  enum { LINES = 200, LIMIT = 2 };
  static line_of ls[LINES];
  static sley_promise *ps[LINES];
  assert_null(sley_block_set_limit(LIMIT * BLOCK));
  for (int i = 0; i < LINES; i++) {
    ls[i] = open_line();
    ps[i] = sley_input_line(ls[i].in);
    peer_writes(&ls[i], "half of a re");
  }
  rest(0.01);
  assert_int_equal(blocks().held, 0);
  line_of fast = open_line();
  for (int i = 0; i < 100; i++) {
    sley_promise *p = sley_input_line(fast.in);
    peer_writes(&fast, "request\n");
    run_gives_text(p, "request");
  }
  assert_int_equal(blocks().killed, 0);
  for (int i = 0; i < LINES; i++) {
    peer_writes(&ls[i], "quest\n");
    run_gives_text(ps[i], "half of a request");
    drop_line(&ls[i]);
  }
  drop_line(&fast);
}

static void memory_that_is_there_again(void **state)
{
  (void)state;
  line_of l = open_line(), other = open_line();
  sley_promise *p = sley_input_line(l.in), *q = sley_input_exactly(other.in, (size_t)2 * HALF);
  half(&other);
  rest(0.002);        /* it has the spare block */
  memory_fails(0, 1); /* everything fails */
  peer_writes(&l, "later\n");
  for (int i = 0; i < 3; i++) sley_error_drop(sley_step(SLEY_MILLISECOND));
  assert_true(sley_is_pending(p)); /* what has come stays with the kernel */
  memory_fails(0, 0);
  run_gives_text(p, "later");
  drop_line(&l);
  drop_line(&other);
  run_fails(q, &sley_kind_sley, SLEY_ECLOSED);
}

static void abort_while_hungry(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  assert_null(sley_block_set_limit(BLOCK));
  half(&a);
  half(&b);
  sley_promise *p = sley_input_exactly(a.in, (size_t)2 * HALF),
               *q = sley_input_exactly(b.in, (size_t)2 * HALF);
  rest(0.002);
  sley_input_abort(b.in);
  run_fails(q, &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&a);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&b);
  rest(0.03);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(at_the_limit_inputs_take_turns), TEST(the_longest_incomplete_is_given_up),
      TEST(a_busy_one_is_not_the_longest),  TEST(half_sent_requests_hold_no_block),
      TEST(memory_that_is_there_again),     TEST(abort_while_hungry),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
