/* What a channel has lent, after its time: a build with the address checker names whoever touches it. In other builds the
 * same calls give the same data.
 * Tests src/io/channel/input.c, src/io/channel/output.c, src/io/bytes/block.c. */
#include "io/bytes/poison.h"
#include "support/channels.h"
#include "support/child.h"

static bool is_hidden(const void *at)
{
#ifdef SLEY__POISONS
  return __asan_address_is_poisoned(at);
#else
  (void)at;
  return true;
#endif
}

static bool is_shown(const void *at)
{
#ifdef SLEY__POISONS
  return !__asan_address_is_poisoned(at);
#else
  (void)at;
  return true;
#endif
}

static void what_was_peeked_at(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *data, *again;
  peer_writes(&l, "a line of text\nand more");
  run_gives(sley_input_fill(l.in, 23), 23);
  assert_int_equal(sley_input_peek(l.in, &data), 23);
  assert_true(is_shown(data) && is_shown(data + 22));
  sley_input_consume(l.in, 16);
  assert_true(is_hidden(data) && is_hidden(data + 15));
  assert_int_equal(sley_input_peek(l.in, &again), 7);
  assert_memory_equal(again, "nd more", 7);
  assert_true(is_shown(again));
  sley_input_consume(l.in, 7); /* the block goes back */
  assert_true(is_hidden(again) && is_hidden(data));
  peer_writes(&l, "next");
  run_gives(sley_input_fill(l.in, 4), 4);
  assert_int_equal(sley_input_peek(l.in, &data), 4);
  assert_memory_equal(data, "next", 4);
  drop_line(&l);
}

static void lines_that_were_lent(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *first, *second;
  size_t size;
  peer_writes(&l, "a line of sixteen\nanother, as long\n");
  run_gives(sley_input_fill(l.in, 35), 35);
  assert_int_equal(sley_try_line(l.in, &first, &size), 1);
  assert_true(is_shown(first) && is_shown(first + size - 1));
  assert_int_equal(sley_try_line(l.in, &second, &size), 1);
  assert_true(is_hidden(first));
  assert_true(is_shown(second) && is_shown(second + size - 1));
  assert_int_equal(sley_try_line(l.in, &first, &size), 0);
  assert_true(is_hidden(second));
  /* What moves to make room is shown where it moves to. */
  static char big[16000];
  memset(big, 'x', sizeof(big));
  for (int i = 0; i < 4; i++) {
    assert_int_equal(write(l.peer, big, sizeof(big)), sizeof(big));
    run_gives(sley_input_fill(l.in, sizeof(big)), sizeof(big));
    assert_int_equal(sley_try_bytes(l.in, 15000, &first), 1);
    assert_memory_equal(first, big, 15000);
    run_gives(sley_input_skip(l.in, 1000), 1000);
  }
  drop_line(&l);
}

/* Bytes that were given out are the caller's, whatever the input does. */
static void bytes_given_out_stay(void **state)
{
  (void)state;
  static char big[12000];
  memset(big, 'x', sizeof(big));
  line_of l = open_line();
  assert_int_equal(write(l.peer, big, sizeof(big)), sizeof(big));
  run_gives(sley_input_fill(l.in, sizeof(big)), sizeof(big));
  sley_value v;
  assert_null(sley_run(sley_input_exactly(l.in, 8000), &v));
  const sley_bytes *b = sley_bytes_in(&v);
  const char *data;
  assert_int_equal(sley_input_peek(l.in, &data), 4000);
  sley_input_consume(l.in, 2000);
  assert_true(is_shown(b->at) && is_shown(b->at + 7999));
  assert_memory_equal(b->at, big, 8000);
  sley_input_consume(l.in, 2000);
  assert_memory_equal(b->at, big, 8000);
  sley_value_drop(&v);
  drop_line(&l);
}

static void room_that_was_reserved(void **state)
{
  (void)state;
  line_of l = open_line();
  char *room = sley_output_reserve(l.out, 64);
  assert_true(is_shown(room) && is_shown(room + 63));
  assert_true(is_hidden(room + 64)); /* more than was asked for */
  memset(room, 'a', 64);
  sley_output_commit(l.out, 32);
  assert_true(is_hidden(room + 32));
  char *next = sley_output_reserve(l.out, 16);
  assert_true(is_shown(next) && is_shown(next + 15) && is_hidden(next + 16));
  memset(next, 'b', 16);
  sley_output_commit(l.out, 16);
  run_gives(sley_output_flush(l.out), 0);
  assert_true(is_hidden(room)); /* sent, and spare */
  const char *got = peer_reads(&l);
  assert_int_equal(strlen(got), 48);
  assert_true(got[0] == 'a' && got[31] == 'a' && got[32] == 'b');
  drop_line(&l);
}

static void commits_late(void)
{
  sley_after_fork_child();
  line_of l = open_line();
  char *room = sley_output_reserve(l.out, 64);
  memset(room, 'a', 64);
  sley_drop(sley_output_text(l.out, "between")); /* over the first bytes of it */
  sley_output_commit(l.out, 64);
}

static void a_commit_follows_its_reserve(void **state)
{
  (void)state;
#ifdef SLEY__POISONS
  char text[1024];
  assert_true(aborted(run_in_child(commits_late, text, sizeof text)));
  assert_non_null(strstr(text, "sley_output_commit was asked for 64 bytes that are not reserved"));
#else
  (void)commits_late;
#endif
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_was_peeked_at),     TEST(lines_that_were_lent),         TEST(bytes_given_out_stay),
      TEST(room_that_was_reserved), TEST(a_commit_follows_its_reserve),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
