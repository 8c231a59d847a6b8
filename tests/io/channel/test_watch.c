/* Waiting for the end of an input that nobody reads: ends, errors, data before them, what is lent meanwhile, how much is read
 * ahead, those that read beside it, cancel, close, abort, no memory.
 * Tests src/io/channel/watch.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/channels.h"

static void the_end_is_told(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *first = sley_input_watch_end(l.in), *second = sley_input_watch_end(l.in);
  rest(0.002);
  assert_true(sley_is_pending(first));
  peer_writes(&l, "read ahead");
  rest(0.002);
  assert_true(sley_is_pending(first));
  assert_int_equal(sley_input_buffered(l.in), 10);
  peer_closes(&l);
  run_gives(first, 0);
  run_gives(second, 0);
  run_gives(sley_input_watch_end(l.in), 0); /* at once, from then on */
  run_gives_text(sley_input_all(l.in, 100), "read ahead");
  run_gives(sley_input_fill(l.in, 1), 0);
  drop_line(&l);
}

static void a_reset_is_told(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_input_watch_end(l.in);
  run_gives(sley_output_text(l.out, "unread"), 0);
  run_gives(sley_output_flush(l.out), 0);
  peer_closes(&l);
  run_fails(p, &sley_kind_errno, ECONNRESET);
  run_fails(sley_input_watch_end(l.in), &sley_kind_errno, ECONNRESET);
  run_fails(sley_input_line(l.in), &sley_kind_errno, ECONNRESET);
  drop_line(&l);
}

static sley_resolver *answer;

/* Consumes a line, and computes. */
static sley_promise *computes(void *ctx, sley_input *in)
{
  const char *line;
  size_t size;
  (void)ctx;
  assert_int_equal(sley_try_line(in, &line, &size), 1);
  return sley_cancelable(&answer);
}

static void a_body_that_computes_hears_of_it(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "request\n");
  sley_promise *each = sley_input_each(l.in, computes, NULL), *gone = sley_input_watch_end(l.in);
  rest(0.002);
  assert_non_null(answer);
  assert_true(sley_is_pending(gone));
  peer_closes(&l);
  run_gives(gone, 0);
  assert_true(sley_is_pending(each));
  sley_fulfill(&answer, sley_unit());
  run_gives(each, 0);
  drop_line(&l);
}

/* What is lent keeps its place and its bytes, though more is read behind it. */
static void what_is_lent_stays(void **state)
{
  (void)state;
  for (int consumed = 0; consumed < 2; consumed++) {
    line_of l = open_line();
    const char *lent;
    size_t size = 0;
    peer_writes(&l, "lent\n");
    run_gives(sley_input_fill(l.in, 5), 5);
    if (consumed) assert_int_equal(sley_try_line(l.in, &lent, &size), 1);
    else size = sley_input_peek(l.in, &lent);
    sley_promise *gone = sley_input_watch_end(l.in);
    static char much[60000]; /* more than the block has room for */
    memset(much, 'm', sizeof much);
    for (int i = 0; i < 3; i++) {
      assert_true(write(l.peer, much, 10000) > 0);
      rest(0.002);
    }
    assert_memory_equal(lent, "lent", 4);
    assert_int_equal(size, consumed ? 4 : 5);
    size_t ahead = sley_input_buffered(l.in);
    assert_true(ahead > 10000 && ahead < 20000);
    peer_closes(&l);
    rest(0.002);
    assert_true(sley_is_pending(gone)); /* no more room without moving it */
    if (!consumed) sley_input_consume(l.in, 5);
    run_gives(sley_input_fill(l.in, 30000), 30000);
    run_gives(gone, 0);
    run_gives(sley_input_skip(l.in, 40000), 30000);
    drop_line(&l);
  }
}

static void ahead_is_at_most_most(void **state)
{
  (void)state;
  line_of l =
      open_line_with(&(sley_channel_options){.size = sizeof(sley_channel_options), .most = 20000});
  static char much[15000];
  sley_promise *gone = sley_input_watch_end(l.in);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(write(l.peer, much, sizeof much), sizeof much);
    rest(0.002);
  }
  peer_closes(&l);
  rest(0.01);
  size_t ahead = sley_input_buffered(l.in);
  assert_int_equal(ahead, 20001); /* most, and the byte that is too much */
  assert_true(sley_is_pending(gone));
  const char *data;
  while (sley_input_peek(l.in, &data) > 0) { /* consumed by nobody who waits */
    sley_input_consume(l.in, sley_input_buffered(l.in));
    for (int i = 0; i < 100 && sley_input_buffered(l.in) == 0 && sley_is_pending(gone); i++)
      rest(0.01);
  }
  run_gives(gone, 0);
  drop_line(&l);
}

static void others_read_beside_it(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *gone = sley_input_watch_end(l.in);
  for (int i = 0; i < 3; i++) {
    sley_promise *line = sley_input_line(l.in);
    rest(0.002);
    peer_writes(&l, "a line\n");
    run_gives_text(line, "a line");
    assert_true(sley_is_pending(gone));
  }
  sley_promise *line = sley_input_line_opt(l.in);
  peer_closes(&l);
  run_gives_none(line); /* whoever reads hears of it first */
  run_gives(gone, 0);
  drop_line(&l);
}

/* Over an object of a type, which tells once each time. */
static void over_a_pair(void **state)
{
  (void)state;
  sley_io *ios[2];
  sley_input *in;
  assert_null(sley_io_pair(0, ios));
  assert_null(sley_input_from_io(NULL, ios[0], &in));
  sley_promise *line = sley_input_line(in), *gone = sley_input_watch_end(in);
  assert_int_equal(sley_try_write(ios[1], "line\nmore", 9), 9);
  run_gives_text(line, "line");
  for (int i = 0; i < 3; i++) {
    assert_int_equal(sley_try_write(ios[1], "more", 4), 4);
    rest(0.002);
  }
  assert_int_equal(sley_input_buffered(in), 16);
  assert_true(sley_is_pending(gone));
  sley_io_drop(ios[1]);
  run_gives(gone, 0);
  sley_input_drop(in);
}

static void a_cancel_ends_the_reading_ahead(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *one = sley_input_watch_end(l.in), *other = sley_input_watch_end(l.in);
  sley_cancel(one);
  run_fails(one, &sley_kind_sley, SLEY_ECANCELED);
  peer_writes(&l, "a");
  rest(0.002);
  assert_int_equal(sley_input_buffered(l.in), 1);
  sley_cancel(other);
  run_fails(other, &sley_kind_sley, SLEY_ECANCELED);
  peer_writes(&l, "b");
  rest(0.002);
  assert_int_equal(sley_input_buffered(l.in), 1);
  run_gives(sley_input_fill(l.in, 2), 2);
  drop_line(&l);
}

static void close_and_abort_reject_it(void **state)
{
  (void)state;
  line_of l =
      open_line_with(&(sley_channel_options){.size = sizeof(sley_channel_options), .linger = -1});
  sley_promise *p = sley_input_watch_end(l.in);
  run_gives(sley_input_close(l.in), 0);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_input_watch_end(l.in), &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
  l = open_line();
  p = sley_input_watch_end(l.in);
  sley_output_abort(l.out);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_input_watch_end(l.in), &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
  l = open_line();
  p = sley_input_watch_end(l.in);
  drop_line(&l);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
}

static void drops_all(void *ctx, sley_value *v)
{
  (void)v;
  drop_line(ctx);
}

static void who_hears_of_it_may_drop_the_channel(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_input_watch_end(l.in), *q = sley_input_watch_end(l.in);
  sley_on_success(p, drops_all, &l);
  peer_closes(&l);
  run_gives(p, 0);
  run_gives(q, 0);
}

static void without_memory_once(void)
{
  sley_io *ios[2];
  sley_input *in;
  if (sley_io_pair(0, ios) != NULL) return;
  if (sley_input_from_io(NULL, ios[0], &in) != NULL) {
    sley_io_drop(ios[0]);
    sley_io_drop(ios[1]);
    return;
  }
  sley_promise *p = sley_input_watch_end(in);
  if (sley_try_write(ios[1], "x", 1) < 0) print_message("no room\n");
  sley_io_drop(ios[1]);
  settle(p);
  sley_input_drop(in);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_end_is_told),
      TEST(a_reset_is_told),
      TEST(a_body_that_computes_hears_of_it),
      TEST(what_is_lent_stays),
      TEST(ahead_is_at_most_most),
      TEST(others_read_beside_it),
      TEST(over_a_pair),
      TEST(a_cancel_ends_the_reading_ahead),
      TEST(close_and_abort_reject_it),
      TEST(who_hears_of_it_may_drop_the_channel),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
