/* Output: once a turn, in one piece, marks, flush, errors, what a cancel leaves, no memory.
 * Tests src/io/channel/output.c, src/io/channel/send.c, src/io/channel/write.c, src/io/channel/memory.c. */
#include <errno.h>
#include <sys/socket.h>

#include <sley/pause.h>

#include "support/channels.h"

/* ---- a sink of the test's own ---- */

typedef struct sink {
  char text[200000];
  size_t size, calls;
  size_t takes; /* bytes that it still takes; then it is not ready */
  int fails;    /* errno value */
  sley_resolver *ready;
  bool is_gone;
} sink;

static int64_t sink_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return 0;
}

static int64_t sink_write(void *ctx, const sley_slice *slices, size_t n)
{
  sink *s = ctx;
  size_t done = 0;
  s->calls++;
  if (s->fails != 0) {
    errno = s->fails;
    return -SLEY_ESYSTEM;
  }
  for (size_t i = 0; i < n && s->takes > 0; i++) {
    size_t some = slices[i].size < s->takes ? slices[i].size : s->takes;
    memcpy(s->text + s->size, slices[i].at, some);
    s->size += some;
    s->takes -= some;
    done += some;
  }
  s->text[s->size] = '\0';
  return done > 0 ? (int64_t)done : -SLEY_EAGAIN;
}

static sley_promise *sink_ready(void *ctx, bool to_write)
{
  sink *s = ctx;
  if (!to_write || s->takes > 0) return sley_return_unit();
  return sley_cancelable(&s->ready);
}

static void sink_abort(void *ctx)
{
  sink *s = ctx;
  s->is_gone = true;
  sley_resolver_drop(&s->ready);
}

static const sley_io_type sink_type = {.size = sizeof(sley_io_type),
                                       .name = "sink",
                                       .read = sink_read,
                                       .write = sink_write,
                                       .ready = sink_ready,
                                       .abort = sink_abort};

static sink the_sink;

static sley_output *open_sink(const sley_channel_options *options)
{
  sley_io *io;
  sley_output *out;
  memset(&the_sink, 0, sizeof the_sink);
  the_sink.takes = SIZE_MAX;
  assert_null(sley_io_new(&sink_type, &the_sink, &io));
  assert_null(sley_output_from_io(options, io, &out));
  return out;
}

static void let_it_take(size_t n)
{
  the_sink.takes = n;
  if (the_sink.ready != NULL) sley_fulfill(&the_sink.ready, sley_unit());
}

static void gives_unit(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

/* ---- once a turn ---- */

static void writes_of_a_turn_are_one_call(void **state) /* B2.1 */
{
  (void)state;
  sley_output *out = open_sink(NULL);
  gives_unit(sley_output_write(out, "foo", 3));
  gives_unit(sley_output_text(out, "bar"));
  assert_int_equal(the_sink.calls, 0);
  assert_int_equal(sley_output_buffered(out), 6);
  rest(0.001);
  assert_int_equal(the_sink.calls, 1);
  assert_string_equal(the_sink.text, "foobar");
  assert_int_equal(sley_output_buffered(out), 0);
  assert_int_equal(sley_output_position(out), 6);
  sley_output_drop(out);
  assert_true(the_sink.is_gone);
}

static sley_promise *writes_twice(void *ctx, sley_output *out)
{
  (void)ctx;
  gives_unit(sley_output_write(out, "foo", 3));
  gives_unit(sley_output_write(out, "bar", 3));
  return sley_return(sley_int(7));
}

static void inside_a_body_too(void **state) /* B2.2 */
{
  (void)state;
  sley_output *out = open_sink(NULL);
  sley_promise *p = sley_output_atomic(out, writes_twice, NULL);
  assert_int_equal(the_sink.calls, 0);
  run_gives(p, 7);
  rest(0.001);
  assert_int_equal(the_sink.calls, 1);
  assert_string_equal(the_sink.text, "foobar");
  sley_output_drop(out);
}

static void all_kinds_of_writes(void **state) /* B2.48 */
{
  (void)state;
  sley_output *out = open_sink(NULL);
  sley_bytes b = sley_bytes_static("hello world", 11), large;
  const sley_slice slices[] = {{"s", 1}, {"", 0}, {"li", 2}, {"ces;", 4}};
  char *at;
  gives_unit(sley_output_line(out, "line"));
  gives_unit(sley_output_line_bytes(out, "bytes+", 5));
  gives_unit(sley_output_char(out, 'c'));
  gives_unit(sley_output_slices(out, slices, 4));
  gives_unit(sley_output_slices(out, NULL, 0));
  gives_unit(sley_output_bytes(out, &b));
  assert_null(b.at);
  gives_unit(sley_output_write(out, NULL, 0));
  at = sley_output_reserve(out, 10);
  assert_non_null(at);
  memcpy(at, "reserved", 8);
  sley_output_commit(out, 8);
  assert_int_equal(sley_output_try_write(out, "tried", 5), 0);
  assert_null(sley_bytes_new(5000, &at, &large));
  memset(at, 'L', 5000);
  gives_unit(sley_output_bytes(out, &large));
  run_gives(sley_output_flush(out), 0);
  assert_int_equal(strncmp(the_sink.text, "line\nbytes\ncslices;hello worldreservedtried", 43), 0);
  assert_int_equal(the_sink.size, 43 + 5000);
  for (size_t i = 43; i < the_sink.size; i++) assert_int_equal(the_sink.text[i], 'L');
  sley_output_drop(out);
}

static void flush_sends_inside_the_call(void **state)
{
  (void)state;
  sley_output *out = open_sink(NULL);
  gives_unit(sley_output_text(out, "now"));
  gives_unit(sley_output_flush(out));
  assert_string_equal(the_sink.text, "now");
  gives_unit(sley_output_text(out, "all"));
  gives_unit(sley_flush_all());
  assert_string_equal(the_sink.text, "nowall");
  sley_output_drop(out);
}

/* A long computation need not return to the loop to find that there is room again. */
static void a_flush_tries_though_there_was_no_room(void **state)
{
  (void)state;
  sley_output *out = open_sink(NULL);
  let_it_take(3);
  gives_unit(sley_output_text(out, "abcdef"));
  sley_promise *p = sley_output_flush(out);
  assert_true(sley_is_pending(p));
  assert_string_equal(the_sink.text, "abc");
  the_sink.takes = 2; /* and nobody is told */
  sley_promise *q = sley_output_flush(out);
  assert_string_equal(the_sink.text, "abcde");
  the_sink.takes = 10;
  gives_unit(sley_output_flush(out));
  assert_string_equal(the_sink.text, "abcdef");
  run_gives(p, 0);
  run_gives(q, 0);
  gives_unit(sley_output_text(out, "gh"));
  run_gives(sley_output_flush(out), 0);
  assert_string_equal(the_sink.text, "abcdefgh");
  sley_output_drop(out);
}

static void without_auto_flush(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .no_auto_flush = true};
  sley_output *out = open_sink(&o);
  gives_unit(sley_output_text(out, "kept"));
  rest(0.002);
  assert_int_equal(the_sink.calls, 0);
  gives_unit(sley_output_flush(out));
  assert_string_equal(the_sink.text, "kept");
  sley_output_drop(out);
}

static void sixty_four_are_flushed_earlier(void **state)
{
  (void)state;
  enum { COUNT = 64 };
  sley_output *outs[COUNT];
  for (int i = 0; i < COUNT; i++) {
    assert_null(sley_output_to_memory(&outs[i]));
    gives_unit(sley_output_text(outs[i], "x"));
  }
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(sley_output_buffered(outs[i]), 0);
    sley_output_drop(outs[i]);
  }
}

/* ---- marks ---- */

static void a_writer_above_the_mark_waits(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .high = 10, .low = 4};
  sley_output *out = open_sink(&o);
  let_it_take(0);
  gives_unit(sley_output_text(out, "12345"));
  assert_true(sley_output_is_ready(out));
  sley_promise *p = sley_output_text(out, "67890"), *q = sley_output_wait_ready(out);
  assert_true(sley_is_pending(p));
  assert_true(sley_is_pending(q));
  assert_false(sley_output_is_ready(out));
  assert_false(sley_output_is_busy(out)); /* above the mark is not busy */
  assert_int_equal(sley_output_try_write(out, "x", 1), -SLEY_EAGAIN);
  char *at = sley_output_reserve(out, 2);
  assert_non_null(at);
  memcpy(at, "ab", 2);
  sley_output_commit(out, 2);
  rest(0.002);
  let_it_take(7);
  rest(0.002);
  assert_true(sley_is_pending(p)); /* 5 are unsent */
  let_it_take(1);
  run_gives(p, 0);
  run_gives(q, 0);
  let_it_take(SIZE_MAX);
  run_gives(sley_output_flush(out), 0);
  assert_string_equal(the_sink.text, "1234567890ab");
  sley_output_drop(out);
}

static void a_large_write_is_copied_as_there_is_room(void **state)
{
  (void)state;
  static char big[150000];
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)('a' + i % 23);
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  sley_promise *p = sley_output_write(out, big, sizeof big);
  assert_true(sley_is_pending(p));
  assert_true(sley_output_buffered(out) < 90000);
  assert_true(sley_output_is_busy(out));
  assert_null(sley_output_reserve(out, 1)); /* nothing overtakes it */
  sley_promise *next = sley_output_text(out, "next");
  for (int i = 0; i < 1000 && sley_is_pending(p); i++) {
    let_it_take(999);
    rest(0);
  }
  run_gives(p, 0);
  let_it_take(SIZE_MAX);
  run_gives(next, 0);
  run_gives(sley_output_flush(out), 0);
  assert_int_equal(the_sink.size, sizeof(big) + 4);
  assert_memory_equal(the_sink.text, big, sizeof big);
  assert_memory_equal(the_sink.text + sizeof big, "next", 4);
  sley_output_drop(out);
}

/* Up to a block is copied before the call returns, also where it stands in line; a cancel there takes nothing away. */
static void what_is_short_is_copied_in_line(void **state)
{
  (void)state;
  static char big[150000], block[16832];
  char text[] = "text ", first[] = "first ", second[] = "second ", line[] = "line";
  memset(big, 'b', sizeof big);
  memset(block, 'c', sizeof block);
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  sley_promise *p = sley_output_write(out, big, sizeof big);
  sley_slice slices[] = {{first, strlen(first)}, {NULL, 0}, {second, strlen(second)}};
  sley_promise *all[] = {sley_output_text(out, text),
                         sley_output_slices(out, slices, 3),
                         sley_output_line(out, line),
                         sley_output_line_bytes(out, line, 4),
                         sley_output_write(out, block, sizeof block),
                         sley_output_write(out, block, 0)};
  sley_promise *canceled = sley_output_text(out, "canceled");
  memset(text, '?', sizeof text - 1);
  memset(first, '?', sizeof first - 1);
  memset(second, '?', sizeof second - 1);
  memset(line, '?', sizeof line - 1);
  memset(block, '?', sizeof block);
  memset(slices, 0, sizeof slices);
  sley_cancel(canceled);
  run_fails(canceled, &sley_kind_sley, SLEY_ECANCELED);
  let_it_take(SIZE_MAX);
  run_gives(p, 0);
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) run_gives(all[i], 0);
  run_gives(sley_output_flush(out), 0);
  static const char wanted[] = "text first second line\nline\n";
  assert_int_equal(the_sink.size, sizeof big + strlen(wanted) + sizeof block);
  assert_memory_equal(the_sink.text + sizeof big, wanted, strlen(wanted));
  for (size_t i = the_sink.size - sizeof block; i < the_sink.size; i++)
    assert_int_equal(the_sink.text[i], 'c');
  sley_output_drop(out);
}

static void a_canceled_write_stops_at_a_piece(void **state)
{
  (void)state;
  static char big[150000];
  memset(big, 'b', sizeof big);
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  sley_promise *p = sley_output_write(out, big, sizeof big), *q = sley_output_text(out, "q");
  size_t copied = sley_output_buffered(out);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  memset(big, '?', sizeof big); /* mine again */
  let_it_take(SIZE_MAX);
  run_gives(q, 0);
  run_gives(sley_output_flush(out), 0);
  assert_int_equal(the_sink.size, copied + 1);
  for (size_t i = 0; i < copied; i++) assert_int_equal(the_sink.text[i], 'b');
  sley_output_drop(out);
}

/* What is short is copied before the call returns, also if it stands in line. */
static void what_stands_in_line_is_copied(void **state)
{
  (void)state;
  static char big[150000];
  char text[8] = "text", line[8] = "line", one[8] = "one", two[8] = "two";
  const sley_slice slices[] = {{one, 3}, {two, 3}};
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  sley_promise *ps[] = {sley_output_write(out, big, sizeof big), sley_output_write(out, text, 4),
                        sley_output_line(out, line), sley_output_slices(out, slices, 2)};
  char *strings[] = {text, line, one, two};
  for (int i = 0; i < 4; i++) memset(strings[i], '?', 4);
  let_it_take(SIZE_MAX);
  for (int i = 0; i < 4; i++) run_gives(ps[i], 0);
  run_gives(sley_output_flush(out), 0);
  assert_string_equal(the_sink.text + sizeof big, "textline\nonetwo");
  sley_output_drop(out);
}

static void a_canceled_flush_only_stops_waiting(void **state)
{
  (void)state;
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  gives_unit(sley_output_text(out, "text"));
  sley_promise *p = sley_output_flush(out);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  let_it_take(100);
  rest(0.002);
  assert_string_equal(the_sink.text, "text");
  sley_output_drop(out);
}

/* ---- errors ---- */

static void an_error_is_for_good(void **state)
{
  (void)state;
  sley_output *out = open_sink(NULL);
  the_sink.fails = ENOSPC;
  gives_unit(sley_output_text(out, "lost"));
  rest(0.002);
  run_fails(sley_output_flush(out), &sley_kind_errno, ENOSPC);
  the_sink.fails = 0;
  run_fails(sley_output_text(out, "more"), &sley_kind_errno, ENOSPC);
  run_fails(sley_output_wait_ready(out), &sley_kind_errno, ENOSPC);
  assert_int_equal(sley_output_try_write(out, "more", 4), -SLEY_ESYSTEM);
  assert_int_equal(sley_error_code(sley_output_error(out)), ENOSPC);
  char *at = sley_output_reserve(out, 5); /* a protocol may finish its message */
  assert_non_null(at);
  memcpy(at, "12345", 5);
  sley_output_commit(out, 5);
  assert_int_equal(sley_output_buffered(out), 0);
  rest(0.002);
  assert_int_equal(the_sink.size, 0);
  sley_output_drop(out);
}

/* A write that sends a full block in vain says so, and nothing of it comes behind the hole, whatever happens later. */
static void nothing_is_sent_behind_a_hole(void **state)
{
  (void)state;
  static char block[12000];
  memset(block, 'b', sizeof block);
  for (int which = 0; which < 5; which++) {
    sley_output *out = open_sink(NULL);
    gives_unit(sley_output_write(out, block, sizeof block));
    the_sink.fails = ENOSPC;
    sley_bytes bytes;
    switch (which) {
      case 0:
        run_fails(sley_output_write(out, block, sizeof block), &sley_kind_errno, ENOSPC);
        break;
      case 1:
        assert_int_equal(sley_output_try_write(out, block, sizeof block), -SLEY_ESYSTEM);
        break;
      case 2: {
        static char much[400000];
        run_fails(sley_output_write(out, much, sizeof much), &sley_kind_errno, ENOSPC);
        break;
      }
      case 3: {
        sley_slice slices[] = {{block, 6000}, {block, 6000}};
        run_fails(sley_output_slices(out, slices, 2), &sley_kind_errno, ENOSPC);
        break;
      }
      case 4: {
        char *room = sley_output_reserve(out, sizeof block);
        assert_non_null(room);
        memcpy(room, block, sizeof block);
        sley_output_commit(out, sizeof block);
        assert_null(sley_bytes_copy(block, sizeof block, &bytes));
        run_fails(sley_output_bytes(out, &bytes), &sley_kind_errno, ENOSPC);
        break;
      }
    }
    the_sink.fails = 0;
    rest(0.002);
    assert_int_equal(the_sink.size, 0);
    assert_int_equal(sley_output_buffered(out), 0);
    sley_output_drop(out);
  }
}

/* Also when it has been told before. */
static void a_broken_output_does_not_end(void **state)
{
  (void)state;
  for (int heard = 0; heard < 2; heard++) {
    sley_output *out = open_sink(NULL);
    the_sink.fails = EIO;
    gives_unit(sley_output_text(out, "lost"));
    if (heard) run_fails(sley_output_flush(out), &sley_kind_errno, EIO);
    run_fails(sley_output_end(out), &sley_kind_errno, EIO);
    sley_output_drop(out);
  }
}

static int told;
static void async(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  told += sley_error_code(e) == EIO;
}

static void an_error_that_nobody_heard_goes_to_the_hook(void **state)
{
  (void)state;
  sley_set_async_hook(async, NULL);
  for (int heard = 0; heard < 2; heard++) {
    told = 0;
    sley_output *out = open_sink(NULL);
    the_sink.fails = EIO;
    gives_unit(sley_output_text(out, "lost"));
    rest(0.001);
    if (heard) run_fails(sley_output_flush(out), &sley_kind_errno, EIO);
    sley_output_drop(out);
    assert_int_equal(told, heard ? 0 : 1);
  }
}

static void writers_that_wait_hear_of_it(void **state)
{
  (void)state;
  static char big[150000];
  sley_output *out = open_sink(NULL);
  let_it_take(0);
  sley_promise *p = sley_output_write(out, big, sizeof big), *q = sley_output_text(out, "q");
  rest(0.001);
  the_sink.fails = EPIPE;
  let_it_take(1);
  run_fails(p, &sley_kind_errno, EPIPE);
  run_fails(q, &sley_kind_errno, EPIPE);
  sley_output_drop(out);
}

static void memory_of_the_kernel_is_waited_for(void **state)
{
  (void)state;
  sley_output *out = open_sink(NULL);
  the_sink.fails = ENOBUFS;
  gives_unit(sley_output_text(out, "later"));
  sley_promise *p = sley_output_flush(out);
  assert_true(sley_is_pending(p));
  rest(0.002);
  the_sink.fails = 0;
  run_gives(p, 0);
  assert_string_equal(the_sink.text, "later");
  sley_output_drop(out);
}

/* ---- memory ---- */

static void into_memory_that_grows(void **state)
{
  (void)state;
  sley_output *out;
  const char *at;
  size_t size;
  assert_null(sley_output_to_memory(&out));
  sley_output_memory(out, &at, &size);
  assert_int_equal(size, 0);
  gives_unit(sley_output_text(out, "abc"));
  sley_output_memory(out, &at, &size);
  assert_int_equal(size, 3);
  assert_memory_equal(at, "abc", 3);
  gives_unit(sley_output_text(out, "def"));
  sley_output_memory(out, &at, &size);
  assert_memory_equal(at, "abcdef", 6);
  sley_output_drop(out);
}

static void through_memory(void **state)
{
  (void)state;
  sley_input *in;
  sley_output *out;
  assert_null(sley_channel_pipe(&in, &out));
  sley_promise *p = sley_input_line(in);
  gives_unit(sley_output_line(out, "through memory"));
  gives_unit(sley_output_flush(out));
  assert_true(sley_is_pending(p)); /* never inside the write */
  run_gives_text(p, "through memory");
  run_gives(sley_output_close(out), 0);
  run_fails(sley_input_line(in), &sley_kind_sley, SLEY_EEOF);
  sley_output_drop(out);
  sley_input_drop(in);
}

static void from_bytes(void **state)
{
  (void)state;
  sley_input *in;
  sley_bytes b = sley_bytes_static("abcd", 4);
  assert_null(sley_input_from_bytes(&b, &in));
  assert_null(b.at);
  assert_int_equal(sley_input_position(in), 0); /* B2.16 */
  run_gives(sley_input_char(in), 'a');
  assert_int_equal(sley_input_position(in), 1); /* B2.17 */
  run_gives_text(sley_input_all(in, 10), "bcd");
  run_fails(sley_input_char(in), &sley_kind_sley, SLEY_EEOF);
  sley_input_drop(in);
}

static void writes_all_kinds(void)
{
  sley_input *in;
  sley_output *out;
  sley_error *e = sley_channel_pipe(&in, &out);
  if (e != NULL) return;
  static char big[40000];
  sley_bytes b;
  char *at;
  settle(sley_output_text(out, "text"));
  settle(sley_output_line(out, "line"));
  if (sley_bytes_new(3000, &at, &b) == NULL) {
    memset(at, 'x', 3000);
    settle(sley_output_bytes(out, &b));
  }
  at = sley_output_reserve(out, 100);
  if (at != NULL) {
    memset(at, 'r', 100);
    sley_output_commit(out, 100);
  }
  settle(sley_output_write(out, big, sizeof big));
  settle(sley_output_flush(out));
  sley_input_drop(in);
  sley_output_drop(out);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(writes_all_kinds);
}

/* ---- the share of a turn ---- */

static bool had_a_turn;

static void has_a_turn(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  had_a_turn = true;
}

/* What never blocks is written to until another gets its turn; ctx: an output, flushed after each write or not. */
static sley_promise *writes_for_ever(sley_output *out, bool flushes)
{
  static const char some[1000];
  for (int i = 0; !had_a_turn; i++) {
    if (i == 200000) return sley_return(sley_int(1)); /* in vain */
    sley_error *e = sley_await(sley_output_write(out, some, sizeof some), NULL);
    if (e == NULL && flushes) e = sley_await(sley_output_flush(out), NULL);
    if (e != NULL) return sley_fail(e);
  }
  return sley_return_unit();
}

static sley_promise *writes(void *ctx) { return writes_for_ever(ctx, false); }
static sley_promise *writes_and_flushes(void *ctx) { return writes_for_ever(ctx, true); }

static sley_output *open_null(void)
{
  sley_io *io;
  sley_output *out;
  sley_fd fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  assert_null(sley_io_from_fd(fd, SLEY_IO_MODE_GUESS, &io));
  assert_null(sley_output_from_io(NULL, io, &out));
  return out;
}

static void what_never_blocks_leaves_turns_to_others(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    sley_output *out = open_null();
    had_a_turn = false;
    sley_promise *turn = sley_pause();
    sley_on_success(turn, has_a_turn, NULL);
    run_gives(sley_spawn(i == 0 ? writes : writes_and_flushes, out), 0);
    sley_drop(turn);
    sley_output_drop(out);
  }
}

static void a_large_write_leaves_turns_to_others(void **state)
{
  (void)state;
  enum { LARGE = 32 << 20 };
  sley_output *out = open_null();
  char *large = calloc(1, LARGE);
  assert_non_null(large);
  sley_promise *p = sley_output_write(out, large, LARGE);
  assert_true(sley_is_pending(p));
  run_gives(p, 0);
  run_gives(sley_output_close(out), 0);
  sley_output_drop(out);
  free(large);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(writes_of_a_turn_are_one_call),
      TEST(inside_a_body_too),
      TEST(all_kinds_of_writes),
      TEST(flush_sends_inside_the_call),
      TEST(a_flush_tries_though_there_was_no_room),
      TEST(nothing_is_sent_behind_a_hole),
      TEST(a_broken_output_does_not_end),
      TEST(without_auto_flush),
      TEST(sixty_four_are_flushed_earlier),
      TEST(a_writer_above_the_mark_waits),
      TEST(a_large_write_is_copied_as_there_is_room),
      TEST(what_is_short_is_copied_in_line),
      TEST(a_canceled_write_stops_at_a_piece),
      TEST(what_stands_in_line_is_copied),
      TEST(a_canceled_flush_only_stops_waiting),
      TEST(an_error_is_for_good),
      TEST(an_error_that_nobody_heard_goes_to_the_hook),
      TEST(writers_that_wait_hear_of_it),
      TEST(memory_of_the_kernel_is_waited_for),
      TEST(into_memory_that_grows),
      TEST(through_memory),
      TEST(from_bytes),
      TEST(what_never_blocks_leaves_turns_to_others),
      TEST(a_large_write_leaves_turns_to_others),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
