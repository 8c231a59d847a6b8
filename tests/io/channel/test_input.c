/* Input: what it consists of, in one piece and byte by byte; its end, its errors, its limits; who goes first; what a
 * cancel leaves; no memory.
 * Tests src/io/channel/input.c, src/io/channel/fill.c, src/io/channel/take_bytes.c, src/io/channel/lines.c,
 * src/io/channel/into.c, src/io/channel/line.c, src/io/channel/hunger.c. */
#include <errno.h>
#include <sys/socket.h>

#include <sley/pause.h>

#include "support/channels.h"

static sley_block_counters blocks(void)
{
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  return c;
}

/* ---- where it lies ---- */

static void a_waiting_input_holds_no_block(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *at;
  assert_int_equal(sley_input_peek(l.in, &at), 0);
  sley_promise *p = sley_input_fill(l.in, 1);
  assert_true(sley_is_pending(p));
  assert_int_equal(blocks().in_use, 0);
  peer_writes(&l, "hello");
  run_gives(p, 5);
  assert_true(blocks().taken > 0);
  assert_int_equal(blocks().in_use, 0); /* so little moves out as the turn ends */
  assert_int_equal(sley_input_peek(l.in, &at), 5);
  assert_memory_equal(at, "hello", 5);
  sley_input_consume(l.in, 2);
  assert_int_equal(sley_input_position(l.in), 2);
  assert_int_equal(sley_input_buffered(l.in), 3);
  run_gives(sley_input_fill(l.in, 3), 3); /* there already */
  assert_int_equal(sley_input_peek(l.in, &at), 3);
  assert_memory_equal(at, "llo", 3);
  sley_input_consume(l.in, 3);
  assert_int_equal(blocks().in_use, 0);
  drop_line(&l);
}

static void fill_joins_what_comes(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *at;
  static char big[40000];
  memset(big, 'x', sizeof big);
  peer_writes(&l, "ab");
  sley_promise *p = sley_input_fill(l.in, sizeof(big) + 2);
  rest(0.001);
  assert_true(sley_is_pending(p));
  for (size_t sent = 0; sent < sizeof big;) {
    ssize_t n = write(l.peer, big + sent, sizeof(big) - sent);
    if (n > 0) sent += (size_t)n;
    rest(0.001);
  }
  run_gives(p, sizeof(big) + 2);
  assert_int_equal(sley_input_peek(l.in, &at), sizeof(big) + 2);
  assert_memory_equal(at, "ab", 2);
  assert_memory_equal(at + 2, big, sizeof big);
  sley_input_consume(l.in, sizeof(big) + 2);
  assert_int_equal(blocks().in_use, 0);
  run_fails(sley_input_fill(l.in, 65537), &sley_kind_sley, SLEY_EINVAL);
  drop_line(&l);
}

static void little_that_is_unread_moves_out_of_its_block(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *at;
  peer_writes(&l, "half a request");
  sley_promise *p = sley_input_fill(l.in, 20);
  rest(0.005);
  assert_true(sley_is_pending(p));
  assert_int_equal(blocks().in_use, 0);
  peer_writes(&l, ", the rest");
  run_gives(p, 24);
  assert_int_equal(sley_input_peek(l.in, &at), 24);
  rest(0.005); /* lent: it stays */
  assert_memory_equal(at, "half a request, the rest", 24);
  drop_line(&l);
}

/* ---- lines and bytes ---- */

static void lines_end_with_lf_or_cr_lf(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "one\ntwo\r\n\n\r\nthr\ree\r\r\nrest\r");
  run_gives_text(sley_input_line(l.in), "one");
  run_gives_text(sley_input_line(l.in), "two");
  run_gives_text(sley_input_line(l.in), "");
  run_gives_text(sley_input_line_opt(l.in), "");
  run_gives_text(sley_input_line(l.in), "thr\ree\r");
  peer_closes(&l);
  run_gives_text(sley_input_line(l.in), "rest\r"); /* at the end a CR is data */
  run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_EEOF);
  run_gives_none(sley_input_line_opt(l.in));
  assert_true(sley_input_is_ended(l.in));
  drop_line(&l);
}

static void whole_lines_leave_the_rest(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .whole_lines = true};
  line_of l = open_line_with(&o);
  const char *at;
  peer_writes(&l, "line\nunfinished");
  peer_closes(&l);
  run_gives_text(sley_input_line(l.in), "line");
  run_gives_none(sley_input_line_opt(l.in));
  assert_int_equal(sley_input_peek(l.in, &at), 10);
  drop_line(&l);
}

static void a_line_byte_by_byte(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_input_line(l.in);
  for (const char *c = "slow line\r\n"; *c != '\0'; c++) {
    char one[2] = {*c, '\0'};
    assert_true(sley_is_pending(p));
    peer_writes(&l, one);
    rest(0.001);
  }
  run_gives_text(p, "slow line");
  drop_line(&l);
}

static void too_long_a_line_stays_unread(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .most = 8};
  line_of l = open_line_with(&o);
  const char *at;
  size_t size;
  peer_writes(&l, "12345678\n123456789");
  run_gives_text(sley_input_line(l.in), "12345678");
  run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(sley_try_line(l.in, &at, &size), -SLEY_EINVAL);
  assert_null(at);
  assert_int_equal(sley_input_peek(l.in, &at), 9);
  drop_line(&l);
}

/* Its end does not count, in however many pieces it comes. */
static void a_line_may_be_as_long_as_most(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .most = 10};
  static const char *const pieces[][3] = {
      {"0123456789\r\n"}, {"0123456789\r", "\n"}, {"0123456789", "\r", "\n"}, {"0123456789", "\n"}};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    line_of l = open_line_with(&o);
    sley_promise *p = sley_input_line(l.in);
    for (int k = 0; k < 3 && pieces[i][k] != NULL; k++) {
      peer_writes(&l, pieces[i][k]);
      rest(0.001);
    }
    run_gives_text(p, "0123456789");
    p = sley_input_line(l.in);
    peer_writes(&l, "0123456789\rx\n");
    run_fails(p, &sley_kind_sley, SLEY_EINVAL);
    drop_line(&l);
  }
}

/* At the end there is nothing to hold. */
static void no_bytes_hold_no_memory(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_closes(&l);
  for (int i = 0; i < 3; i++) {
    sley_value v, copy;
    sley_bytes b = {0};
    assert_null(sley_run(i == 0   ? sley_input_some(l.in, 100)
                         : i == 1 ? sley_input_all(l.in, 100)
                                  : sley_input_exactly(l.in, 0),
                         &v));
    assert_int_equal(sley_bytes_in(&v)->size, 0);
    assert_null(sley_bytes_in(&v)->block);
    assert_non_null(sley_bytes_in(&v)->at);
    assert_int_equal(sley_value_dup(&v, &copy), 0);
    assert_int_equal(sley_bytes_take(&copy, &b), 0);
    assert_int_equal(b.size, 0);
    assert_null(b.block);
    sley_value_drop(&v);
  }
  drop_line(&l);
}

static void bytes_up_to_a_mark(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "a--b-");
  run_gives_text(sley_input_until(l.in, "--", 2), "a");
  sley_promise *p = sley_input_until(l.in, "--", 2);
  rest(0.001);
  assert_true(sley_is_pending(p));
  peer_writes(&l, "-c");
  run_gives_text(p, "b");
  p = sley_input_until(l.in, "xyz", 3);
  peer_writes(&l, "xyxyxyz");
  run_gives_text(p, "cxyxy");
  run_fails(sley_input_until(l.in, "", 0), &sley_kind_sley, SLEY_EINVAL);
  p = sley_input_until(l.in, "end", 3);
  peer_writes(&l, "en");
  peer_closes(&l);
  run_fails(p, &sley_kind_sley, SLEY_EEOF);
  run_gives_text(sley_input_all(l.in, 100), "en"); /* it stayed unread */
  drop_line(&l);
}

static void some_exactly_and_all(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "abcdefgh");
  run_gives_text(sley_input_some(l.in, 3), "abc");
  run_gives_text(sley_input_exactly(l.in, 2), "de");
  run_gives_text(sley_input_some(l.in, 100), "fgh");
  sley_promise *p = sley_input_exactly(l.in, 4);
  peer_writes(&l, "ij");
  rest(0.001);
  assert_true(sley_is_pending(p));
  peer_writes(&l, "klm");
  run_gives_text(p, "ijkl");
  p = sley_input_all(l.in, 3);
  peer_writes(&l, "nop");
  peer_closes(&l);
  run_fails(p, &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_input_exactly(l.in, 5), &sley_kind_sley, SLEY_EEOF);
  run_gives_text(sley_input_all(l.in, 4), "mnop");
  run_gives_text(sley_input_some(l.in, 1), "");
  run_gives_text(sley_input_all(l.in, 4), "");
  run_gives_text(sley_input_exactly(l.in, 0), "");
  drop_line(&l);
}

static void large_bytes_refer_to_the_block(void **state)
{
  (void)state;
  line_of l = open_line();
  static char big[10000];
  memset(big, 'b', sizeof big);
  sley_value v, w;
  assert_int_equal(write(l.peer, big, sizeof big), sizeof big);
  assert_null(sley_run(sley_input_exactly(l.in, 6000), &v));
  assert_null(sley_run(sley_input_exactly(l.in, 100), &w)); /* copied */
  assert_int_equal(blocks().in_use, 1);
  assert_int_equal(blocks().held, 0); /* given out */
  assert_memory_equal(sley_bytes_in(&v)->at, big, 6000);
  /* The block is still referred to: what comes now goes elsewhere, and what is unread moves there. */
  static char more[12100];
  memset(more, 'c', sizeof more);
  assert_int_equal(write(l.peer, more, sizeof more), sizeof more);
  run_gives(sley_input_fill(l.in, 16000), 16000);
  for (size_t i = 0; i < 6000; i++) assert_int_equal(sley_bytes_in(&v)->at[i], 'b');
  assert_int_equal(write(l.peer, "new", 3), 3);
  run_gives_text(sley_input_exactly(l.in, 3900), (big[3900] = '\0', big));
  run_gives(sley_input_skip(l.in, sizeof more), sizeof more);
  run_gives_text(sley_input_some(l.in, 10), "new");
  for (size_t i = 0; i < 6000; i++) assert_int_equal(sley_bytes_in(&v)->at[i], 'b');
  sley_value_drop(&v);
  sley_value_drop(&w);
  assert_int_equal(blocks().in_use, 0);
  drop_line(&l);
}

static void characters(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "a\xff");
  run_gives(sley_input_char(l.in), 'a');
  run_gives(sley_input_char_opt(l.in), 0xff);
  sley_promise *p = sley_input_char(l.in);
  peer_writes(&l, "z");
  run_gives(p, 'z');
  peer_closes(&l);
  run_gives_none(sley_input_char_opt(l.in));
  run_fails(sley_input_char(l.in), &sley_kind_sley, SLEY_EEOF);
  drop_line(&l);
}

static void into_memory_of_mine(void **state) /* B2.49 */
{
  (void)state;
  line_of l = open_line();
  char buffer[12] = "canary here";
  peer_writes(&l, "hello world");
  run_gives(sley_input_read_exactly(l.in, buffer, 11), 0);
  assert_memory_equal(buffer, "hello world", 11);
  peer_writes(&l, "abc");
  run_gives(sley_input_read(l.in, buffer, 2), 2);
  assert_memory_equal(buffer, "abllo", 5);
  run_gives(sley_input_read(l.in, buffer, 0), 0);
  peer_writes(&l, "defg");
  run_gives(sley_input_skip(l.in, 3), 3);
  sley_promise *p = sley_input_skip(l.in, 10);
  rest(0.001);
  peer_closes(&l);
  run_gives(p, 2);
  run_gives(sley_input_read(l.in, buffer, 5), 0);
  run_fails(sley_input_read_exactly(l.in, buffer, 1), &sley_kind_sley, SLEY_EEOF);
  run_gives(sley_input_read_exactly(l.in, buffer, 0), 0);
  drop_line(&l);
}

/* ---- lent ---- */

static void lines_lent_where_they_lie(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *at;
  size_t size;
  assert_int_equal(sley_try_line(l.in, &at, &size), 0);
  assert_null(at);
  peer_writes(&l, "one\ntwo");
  run_gives(sley_input_fill(l.in, 1), 7);
  assert_int_equal(sley_try_line(l.in, &at, &size), 1);
  assert_int_equal(size, 3);
  assert_memory_equal(at, "one", 3);
  rest(0.002); /* turns do not end it */
  assert_memory_equal(at, "one", 3);
  assert_int_equal(sley_try_line(l.in, &at, &size), 0);
  assert_int_equal(sley_try_bytes(l.in, 4, &at), 0);
  assert_int_equal(sley_try_bytes(l.in, 3, &at), 1);
  assert_memory_equal(at, "two", 3);
  assert_int_equal(blocks().in_use, 1); /* consumed, but lent */
  peer_closes(&l);
  run_gives(sley_input_fill(l.in, 1), 0);
  assert_int_equal(blocks().in_use, 0);
  assert_int_equal(sley_try_line(l.in, &at, &size), -SLEY_EEOF);
  assert_int_equal(sley_try_bytes(l.in, 1, &at), -SLEY_EEOF);
  drop_line(&l);
}

static sley_promise *reads_in_a_fiber(void *ctx)
{
  line_of *l = ctx;
  const char *at;
  size_t size;
  char seen[64] = "";
  for (;;) {
    sley_error *e = sley_await_line(l->in, &at, &size);
    if (e != NULL) return sley_fail(e);
    if (at == NULL) break;
    strncat(seen, at, size);
    strcat(seen, "|");
  }
  sley_value v;
  sley_error *e = sley_text(seen, &v);
  return e != NULL ? sley_fail(e) : sley_return(v);
}

static void lines_in_a_fiber(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_spawn(reads_in_a_fiber, &l);
  peer_writes(&l, "a\nbc");
  rest(0.001);
  peer_writes(&l, "d\r\ne");
  rest(0.001);
  peer_closes(&l);
  run_gives_text(p, "a|bcd|e|");
  drop_line(&l);
}

/* ---- several fibers ---- */

static char order[64];

static sley_promise *takes_a_line(void *ctx)
{
  const char *at;
  size_t size;
  sley_error *e = sley_await_line(ctx, &at, &size);
  if (e != NULL) return sley_fail(e);
  strncat(order, at, size < 3 ? size : 3);
  strcat(order, "|");
  return sley_return_unit();
}

static sley_promise *takes_two_bytes(void *ctx)
{
  const char *at;
  sley_error *e = sley_await_bytes(ctx, 2, &at);
  if (e != NULL) return sley_fail(e);
  strncat(order, at, 2);
  strcat(order, "|");
  return sley_return_unit();
}

static void fibers_take_turns(void **state)
{
  (void)state;
  line_of l = open_line();
  order[0] = '\0';
  sley_promise *ps[] = {sley_spawn(takes_a_line, l.in), sley_spawn(takes_two_bytes, l.in),
                        sley_spawn(takes_a_line, l.in)};
  sley_promise *last = sley_input_line(l.in);
  peer_writes(&l, "one\ntw");
  rest(0.001);
  assert_string_equal(order, "one|tw|");
  peer_writes(&l, "o\nlast\n");
  run_gives_text(last, "last");
  assert_string_equal(order, "one|tw|o|");
  for (int i = 0; i < 3; i++) run_gives(ps[i], 0);
  drop_line(&l);
}

static sley_promise *waits_for(void *ctx, sley_input *in)
{
  (void)in;
  return sley_cancelable(ctx);
}

static void fulfills(void *ctx, sley_value *v)
{
  (void)v;
  sley_fulfill_now(ctx, sley_unit());
  assert_string_equal(order, "aaa|two|");
}

/* Those in line go on inside a callback, where others would wait for its end. */
static void a_fiber_reads_before_those_behind_it(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_resolver *r;
  static char much[12000]; /* stays in its block as the turn ends */
  order[0] = '\0';
  memset(much, 'a', sizeof(much) - 1);
  peer_writes(&l, much);
  peer_writes(&l, "\ntwo\n");
  run_gives(sley_input_fill(l.in, sizeof(much) + 4), sizeof(much) + 4);
  sley_promise *ps[] = {sley_input_atomic(l.in, waits_for, &r), sley_spawn(takes_a_line, l.in),
                        sley_spawn(takes_a_line, l.in)};
  sley_promise *behind = sley_input_exactly(l.in, 3);
  peer_writes(&l, "XYZ"); /* goes to where the first line was */
  rest(0.001);
  sley_promise *turn = sley_pause();
  sley_on_success(turn, fulfills, &r);
  run_gives(turn, 0);
  run_gives_text(behind, "XYZ");
  for (int i = 0; i < 3; i++) run_gives(ps[i], 0);
  drop_line(&l);
}

/* ---- more than a block ---- */

enum { MUCH = 60000, A_BLOCK = 16832 };

static size_t shown[8], calls;

static sley_promise *wants_more_once(void *ctx, sley_input *in)
{
  const char *at;
  size_t n = sley_input_peek(in, &at);
  (void)ctx;
  shown[calls++] = n;
  if (calls == 2) return sley_input_more(0); /* nothing is consumed */
  sley_input_consume(in, n < 20000 ? n : 20000);
  return sley_input_more(0);
}

/* A function that writes what it is shown counts on the copy of that. */
static void much_is_shown_block_by_block(void **state)
{
  (void)state;
  static char much[MUCH];
  const char *at;
  sley_channel_options o = {.size = sizeof(o)};
  assert_null(sley_bytes_copy(much, sizeof much, &o.unread));
  line_of l = open_line_with(&o);
  assert_int_equal(sley_input_peek(l.in, &at), A_BLOCK);
  sley_input_consume(l.in, 10000);
  assert_int_equal(sley_input_peek(l.in, &at), A_BLOCK);
  run_gives(sley_input_fill(l.in, A_BLOCK + 1), MUCH - 10000);
  assert_int_equal(sley_input_peek(l.in, &at), MUCH - 10000);
  sley_input_consume(l.in, 1);
  assert_int_equal(sley_input_peek(l.in, &at), A_BLOCK);
  calls = 0;
  sley_promise *p = sley_input_each(l.in, wants_more_once, NULL);
  const size_t wanted[] = {A_BLOCK, A_BLOCK, 49999 - A_BLOCK, 13167};
  assert_int_equal(calls, 3);
  peer_closes(&l);
  run_gives(p, 0);
  assert_int_equal(calls, 4);
  for (int i = 0; i < 4; i++) assert_int_equal(shown[i], wanted[i]);
  drop_line(&l);
}

static sley_promise *takes_bytes_in_a_fiber(void *ctx)
{
  line_of *l = ctx;
  const char *at;
  sley_error *e = sley_await_bytes(l->in, 4, &at);
  if (e != NULL) return sley_fail(e);
  int64_t sum = at[0] + at[3];
  e = sley_await_bytes(l->in, 70000, &at);
  if (!sley_error_is(e, &sley_kind_sley, SLEY_EINVAL)) return sley_return(sley_int(-1));
  sley_error_drop(e);
  e = sley_await_bytes(l->in, 2, &at);
  if (e == NULL) return sley_return(sley_int(-2));
  bool is_eof = e == sley_error_eof();
  sley_error_drop(e);
  return sley_return(sley_int(is_eof ? sum : -3));
}

static void bytes_in_a_fiber(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_spawn(takes_bytes_in_a_fiber, &l);
  peer_writes(&l, "\1ab");
  rest(0.001);
  peer_writes(&l, "\2x");
  peer_closes(&l);
  run_gives(p, 3);
  drop_line(&l);
}

/* ---- who goes first ---- */

static void first_asked_is_first_served(void **state)
{
  (void)state;
  line_of l = open_line();
  const char *at;
  sley_promise *a = sley_input_line(l.in), *b = sley_input_exactly(l.in, 2),
               *c = sley_input_line(l.in);
  assert_true(sley_input_is_busy(l.in));
  assert_int_equal(sley_input_peek(l.in, &at), 0);
  peer_writes(&l, "xyz\nAB");
  run_gives_text(a, "xyz");
  run_gives_text(b, "AB");
  assert_true(sley_is_pending(c));
  sley_cancel(c);
  run_fails(c, &sley_kind_sley, SLEY_ECANCELED);
  assert_false(sley_input_is_busy(l.in));
  drop_line(&l);
}

static void a_cancel_consumes_nothing(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *first = sley_input_exactly(l.in, 5), *second = sley_input_line(l.in);
  peer_writes(&l, "ab\n");
  rest(0.001);
  assert_true(sley_is_pending(first));
  sley_cancel(first);
  run_fails(first, &sley_kind_sley, SLEY_ECANCELED);
  run_gives_text(second, "ab"); /* goes on by itself */
  sley_promise *queue[3];
  for (int i = 0; i < 3; i++) queue[i] = sley_input_line(l.in);
  sley_cancel(queue[1]);
  run_fails(queue[1], &sley_kind_sley, SLEY_ECANCELED);
  peer_writes(&l, "1\n2\n");
  run_gives_text(queue[0], "1");
  run_gives_text(queue[2], "2");
  drop_line(&l);
}

/* ---- errors ---- */

static void an_error_is_told_after_what_came_before(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "before");
  rest(0.001);
  run_gives(sley_input_fill(l.in, 1), 6);
  /* Unread data at the peer makes its close a reset. */
  assert_int_equal(write(sley_io_fd(sley_input_io(l.in)), "unread", 6), 6);
  peer_closes(&l);
  sley_promise *p = sley_input_line(l.in);
  run_fails(p, &sley_kind_errno, ECONNRESET);
  assert_non_null(sley_input_error(l.in));
  const char *at;
  size_t size;
  assert_int_equal(sley_try_line(l.in, &at, &size), -SLEY_ESYSTEM);
  run_gives_text(sley_input_exactly(l.in, 6), "before"); /* the line that it cut stayed unread */
  run_fails(sley_input_fill(l.in, 1), &sley_kind_errno, ECONNRESET);
  run_fails(sley_input_some(l.in, 1), &sley_kind_errno, ECONNRESET);
  drop_line(&l);
}

/* ---- without memory ---- */

static void reads_all_kinds(void)
{
  sley_io *ends[2];
  sley_input *in;
  sley_output *out;
  if (sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) != NULL) return;
  sley_fd peer;
  if (sley_io_take_fd(ends[1], &peer) != NULL) return;
  sley_error *e = sley_channels(NULL, ends[0], &in, &out);
  if (e != NULL) {
    sley_io_drop(ends[0]);
    sley_error_drop(e);
    close(peer);
    return;
  }
  static const char text[] = "line\n12until;abcdefgh";
  ssize_t n = write(peer, text, sizeof(text) - 1);
  assert_int_equal(n, sizeof(text) - 1);
  sley_promise *ps[] = {sley_input_line(in),          sley_input_exactly(in, 2),
                        sley_input_until(in, ";", 1), sley_input_char(in),
                        sley_input_some(in, 2),       sley_input_fill(in, 4)};
  for (size_t i = 0; i < sizeof(ps) / sizeof(ps[0]); i++) settle(ps[i]);
  close(peer);
  settle(sley_input_all(in, 100));
  sley_input_drop(in);
  sley_output_drop(out);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(reads_all_kinds);
}

/* Before it has a place in line: the place is that of its promise. */
static void what_fails_at_once_has_no_place_of_its_own(void **state)
{
  (void)state;
  const sley_channel_options o = {.size = sizeof(o), .most = 16};
  line_of l = open_line_with(&o);
  peer_writes(&l, "much more than sixteen");
  run_gives(sley_input_fill(l.in, 16), 22);
  for (int i = 0; i < 2; i++) {
    sley_promise *p = i == 0 ? sley_input_until(l.in, "z", 1) : sley_input_all(l.in, 10);
    assert_false(sley_is_pending(p));
    sley_error *e = sley_run(p, NULL);
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
    assert_string_equal(sley_error_site(e), "");
    sley_error_drop(e);
  }
  drop_line(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_waiting_input_holds_no_block),
      TEST(fill_joins_what_comes),
      TEST(little_that_is_unread_moves_out_of_its_block),
      TEST(lines_end_with_lf_or_cr_lf),
      TEST(whole_lines_leave_the_rest),
      TEST(a_line_byte_by_byte),
      TEST(too_long_a_line_stays_unread),
      TEST(a_line_may_be_as_long_as_most),
      TEST(no_bytes_hold_no_memory),
      TEST(bytes_up_to_a_mark),
      TEST(some_exactly_and_all),
      TEST(large_bytes_refer_to_the_block),
      TEST(characters),
      TEST(into_memory_of_mine),
      TEST(lines_lent_where_they_lie),
      TEST(lines_in_a_fiber),
      TEST(bytes_in_a_fiber),
      TEST(fibers_take_turns),
      TEST(a_fiber_reads_before_those_behind_it),
      TEST(much_is_shown_block_by_block),
      TEST(first_asked_is_first_served),
      TEST(a_cancel_consumes_nothing),
      TEST(an_error_is_told_after_what_came_before),
      TEST(what_fails_at_once_has_no_place_of_its_own),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
