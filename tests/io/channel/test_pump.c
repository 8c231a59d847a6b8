/* Pumps and relays: order, ends, counts, no copy, back-pressure, flushes, who else waits, errors with the side they are
 * of, cancels, closes, no memory.
 * Tests src/io/channel/pump.c, src/io/channel/relay.c, src/io/channel/broken.c. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <sley/bytes.h>
#include <sley/pump.h>

#include "support/channels.h"

static char big[400000];

static void make_big(void)
{
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)(i * 7 + i / 251);
}

/* Writes all of data to l's peer while the loop runs, and reads what comes at to's peer; how many bytes came. */
static size_t carry(const line_of *l, const char *data, size_t size, const line_of *to, char *got,
                    size_t room)
{
  size_t sent = 0, received = 0;
  for (int idle = 0; idle < 200 && (sent < size || received < size);) {
    ssize_t n = sent < size ? write(l->peer, data + sent, size - sent) : -1;
    if (n > 0) sent += (size_t)n;
    ssize_t m = read(to->peer, got + received, room - received);
    if (m > 0) received += (size_t)m;
    idle = n > 0 || m > 0 ? 0 : idle + 1;
    rest(0.0005);
  }
  return received;
}

static void run_fails_with(sley_promise *p, const char *text)
{
  sley_error *e = sley_run(p, NULL);
  char message[600];
  assert_non_null(e);
  sley_error_format(e, message, sizeof message);
  if (strstr(message, text) == NULL) fail_msg("\"%s\" lacks \"%s\"", message, text);
  sley_error_drop(e);
}

static void fill_the_socket(const line_of *l)
{
  while (send(sley_io_fd(sley_output_io(l->out)), big, sizeof big, MSG_DONTWAIT) > 0) continue;
}

static size_t empty_the_peer(const line_of *l)
{
  static char there[100000];
  size_t all = 0;
  for (ssize_t n; (n = read(l->peer, there, sizeof there)) > 0;) all += (size_t)n;
  return all;
}

static void everything_until_the_end(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  peer_writes(&a, "first line\nbuffered ");
  run_gives_text(sley_input_line(a.in), "first line");
  sley_promise *p = sley_input_pump(a.in, b.out);
  assert_true(sley_input_is_busy(a.in));
  assert_true(sley_output_is_busy(b.out));
  rest(0.002);
  assert_string_equal(peer_reads(&b), "buffered ");
  peer_writes(&a, "and more");
  peer_closes(&a);
  run_gives(p, 17);
  rest(0);
  assert_string_equal(peer_reads(&b), "and more");
  assert_int_equal(read(b.peer, (char[1]){0}, 1), -1); /* it is not ended */
  assert_false(sley_input_is_busy(a.in));
  run_gives(sley_output_text(b.out, "behind it"), 0);
  run_gives(sley_output_flush(b.out), 0);
  assert_string_equal(peer_reads(&b), "behind it");
  drop_line(&a);
  drop_line(&b);
}

static void so_many_bytes(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  peer_writes(&a, "0123456789");
  run_gives(sley_input_pump_n(a.in, 0, b.out), 0);
  run_gives(sley_input_pump_n(a.in, 4, b.out), 4);
  run_gives_text(sley_input_exactly(a.in, 2), "45");
  sley_promise *p = sley_input_pump_n(a.in, 100, b.out);
  rest(0.002);
  assert_true(sley_is_pending(p));
  assert_string_equal(peer_reads(&b), "01236789");
  peer_closes(&a);
  run_gives(p, 4); /* fewer at the end */
  run_gives(sley_input_pump_n(a.in, 1, b.out), 0);
  drop_line(&a);
  drop_line(&b);
}

static sley_block_counters blocks(void)
{
  sley_block_counters c = {.size = sizeof c};
  sley_block_counters_get(&c);
  return c;
}

static void blocks_change_hands(void **state)
{
  (void)state;
  static char got[sizeof big];
  line_of a = open_line(), b = open_line();
  make_big();
  sley_promise *p = sley_input_pump(a.in, b.out);
  assert_int_equal(carry(&a, big, sizeof big, &b, got, sizeof got), sizeof big);
  assert_memory_equal(got, big, sizeof big);
  assert_int_equal(write(a.peer, big, 16384), 16384);
  uint64_t before = blocks().taken;
  rest(0.005);
  assert_int_equal(blocks().taken - before, 1); /* the output took none */
  assert_int_equal(empty_the_peer(&b), 16384);
  assert_int_equal(blocks().in_use, 0);
  fill_the_socket(&b);
  rest(0.002);
  for (int i = 0; i < 20; i++) { /* little data is copied together */
    peer_writes(&a, "little");
    rest(0.001);
  }
  assert_int_equal(blocks().in_use, 1);
  assert_int_equal(sley_output_buffered(b.out), 120);
  peer_closes(&a);
  run_gives(p, sizeof big + 16384 + 120);
  drop_line(&a);
  drop_line(&b);
}

static void above_its_mark_the_source_is_not_read(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  make_big();
  fill_the_socket(&b);
  sley_promise *p = sley_input_pump(a.in, b.out);
  size_t sent = 0;
  for (int i = 0; i < 300; i++) {
    ssize_t n = write(a.peer, big, 16384);
    if (n > 0) sent += (size_t)n;
    rest(0.0002);
  }
  assert_true(sent > 200000); /* and the rest is the kernel's */
  assert_in_range(sley_output_buffered(b.out), 64 * 1024, 64 * 1024 + 17000);
  assert_int_equal(sley_input_buffered(a.in), 0);
  peer_closes(&a);
  while (sley_is_pending(p)) {
    empty_the_peer(&b);
    rest(0);
  }
  run_gives(p, (int64_t)sent);
  drop_line(&a);
  drop_line(&b);
}

static void what_has_come_is_flushed(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .no_auto_flush = true};
  line_of a = open_line(), b = open_line_with(&o);
  sley_promise *p = sley_input_pump(a.in, b.out);
  peer_writes(&a, "question");
  rest(0.005);
  assert_string_equal(peer_reads(&b), "question"); /* the source waits for the answer */
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  drop_line(&a);
  drop_line(&b);
}

static void others_stand_in_line(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  sley_promise *p = sley_input_pump_n(a.in, 5, b.out);
  sley_promise *line = sley_input_line(a.in), *text = sley_output_text(b.out, "text");
  const char *at;
  assert_null(sley_output_reserve(b.out, 1));
  assert_int_equal(sley_input_peek(a.in, &at), 0);
  peer_writes(&a, "12345line\n");
  run_gives(p, 5);
  run_gives_text(line, "line");
  run_gives(text, 0);
  run_gives(sley_output_flush(b.out), 0);
  assert_string_equal(peer_reads(&b), "12345text");
  drop_line(&a);
  drop_line(&b);
}

static void errors_name_their_side(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  sley_promise *p = sley_input_pump(a.in, b.out);
  assert_int_equal(write(sley_io_fd(sley_input_io(a.in)), "unread", 6), 6);
  peer_closes(&a); /* a reset */
  /* With the reason, and without the same reason again as its cause. */
  sley_error *e = sley_run(p, NULL);
  assert_non_null(strstr(sley_error_message(e), "reading from descriptor"));
  assert_non_null(strstr(sley_error_message(e), ": recv: Connection reset by peer"));
  assert_non_null(strstr(sley_error_site(e), "test_pump.c:"));
  char text[512];
  sley_error_format(e, text, sizeof text);
  assert_null(strstr(strstr(text, "reset") + 1, "reset"));
  sley_error_drop(e);
  run_fails(sley_input_pump(a.in, b.out), &sley_kind_errno, ECONNRESET);
  drop_line(&a);
  a = open_line();
  p = sley_input_pump(a.in, b.out);
  peer_closes(&b);
  run_fails_with(p, "writing to descriptor");
  peer_writes(&a, "two");
  p = sley_input_pump(a.in, b.out);
  run_fails_with(p, "writing to descriptor");
  run_gives_text(sley_input_exactly(a.in, 3), "two"); /* what is unread is the input's */
  peer_writes(&a, "three");
  run_fails(sley_input_pump_n(a.in, 3, b.out), &sley_kind_errno, EPIPE);
  run_gives(sley_input_close(a.in), 0);
  run_fails(sley_input_pump(a.in, b.out), &sley_kind_sley, SLEY_ECLOSED);
  sley_promise *q = sley_output_close(b.out);
  settle(q);
  drop_line(&a);
  a = open_line();
  run_fails_with(sley_input_pump(a.in, b.out), "writing to");
  drop_line(&a);
  drop_line(&b);
}

static void tcp_pair(sley_fd fds[2])
{
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  sley_fd listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
  fds[0] = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fds[0], (struct sockaddr *)&at, size), 0);
  fds[1] = accept(listener, NULL, NULL);
  assert_true(fds[1] >= 0);
  close(listener);
}

static void reset(sley_fd fd)
{
  struct linger now = {.l_onoff = 1};
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
  close(fd);
}

/* Nothing comes, and nothing is written: the kernel tells that nobody reads the output any more. */
static void an_output_that_breaks_meanwhile(void **state)
{
  (void)state;
  line_of source = open_line();
  for (int which = 0; which < 3; which++) { /* a pipe, a Unix socket, TCP */
    sley_fd fds[2];
    sley_io *io;
    sley_output *out;
    if (which == 0) assert_int_equal(pipe(fds), 0);
    else if (which == 1) assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    else tcp_pair(fds);
    assert_null(sley_io_from_fd(fds[1], SLEY_IO_MODE_GUESS, &io));
    assert_null(sley_output_from_io(NULL, io, &out));
    sley_promise *p = sley_input_pump(source.in, out);
    peer_writes(&source, "first");
    rest(0.002);
    assert_true(sley_is_pending(p));
    if (which == 2) reset(fds[0]);
    else close(fds[0]);
    sley_error *e = sley_run(p, NULL);
    assert_non_null(strstr(sley_error_message(e), "writing to"));
    assert_true(sley_error_is(e, &sley_kind_errno, EPIPE));
    sley_error_drop(e);
    assert_false(sley_input_is_busy(source.in));
    sley_output_drop(out);
  }
  drop_line(&source);
}

/* What the peer sends, and nobody reads, is none; what was read before a reset is. */
static void a_pump_does_not_disturb_who_reads(void **state)
{
  (void)state;
  sley_fd fds[2];
  sley_io *io;
  sley_input *in;
  sley_output *out;
  line_of source = open_line();
  tcp_pair(fds);
  assert_null(sley_io_from_fd(fds[1], SLEY_IO_MODE_GUESS, &io));
  assert_null(sley_channels(NULL, io, &in, &out));
  sley_promise *p = sley_input_pump(source.in, out);
  rest(0.002);
  assert_int_equal(write(fds[0], "data", 4), 4);
  rest(0.005);
  assert_true(sley_is_pending(p));
  run_gives_text(sley_input_exactly(in, 4), "data");
  sley_promise *more = sley_input_char(in);
  rest(0.002);
  reset(fds[0]);
  run_fails(more, &sley_kind_errno, ECONNRESET);
  run_fails_with(p, "writing to");
  sley_input_drop(in);
  sley_output_drop(out);
  drop_line(&source);
}

/* Of a flush in the background: what was written before cannot be sent. */
static void an_error_that_arrives_meanwhile(void **state)
{
  (void)state;
  sley_io *ends[2];
  sley_output *out;
  line_of source = open_line();
  assert_null(sley_io_pair(10, ends));
  assert_null(sley_output_from_io(NULL, ends[0], &out));
  sley_promise *p = sley_input_pump(source.in, out);
  peer_writes(&source, "more than the pair takes");
  rest(0.002);
  assert_true(sley_is_pending(p));
  assert_int_equal(sley_output_buffered(out), 14);
  sley_io_drop(ends[1]);
  run_fails_with(p, "writing to");
  run_fails_with(sley_input_pump(source.in, out), "writing to"); /* again */
  sley_output_drop(out);
  drop_line(&source);
}

/* The peer's end is none: it can read on. */
static void the_end_of_the_peer_is_no_break(void **state)
{
  (void)state;
  line_of source = open_line(), l = open_line();
  sley_promise *p = sley_input_pump(source.in, l.out);
  rest(0.001);
  assert_int_equal(shutdown(l.peer, SHUT_WR), 0);
  rest(0.002);
  peer_writes(&source, "still read");
  rest(0.002);
  assert_string_equal(peer_reads(&l), "still read");
  peer_closes(&source);
  run_gives(p, 10);
  run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_EEOF);
  drop_line(&source);
  drop_line(&l);
}

static void a_canceled_one_loses_nothing(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  make_big();
  fill_the_socket(&b);
  sley_promise *p = sley_input_pump(a.in, b.out), *q = sley_input_line(a.in);
  size_t sent = 0;
  for (int i = 0; i < 30; i++) {
    ssize_t n = write(a.peer, big, 9000);
    if (n > 0) sent += (size_t)n;
    rest(0.0002);
  }
  sley_cancel(q);
  run_fails(q, &sley_kind_sley, SLEY_ECANCELED);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_false(sley_input_is_busy(a.in));
  assert_false(sley_output_is_busy(b.out));
  size_t left = (size_t)sley_output_position(b.out);
  assert_int_equal(left, sley_input_position(a.in));
  sley_promise *rest_of_it = sley_input_skip(a.in, sent - left);
  while (sley_is_pending(rest_of_it)) rest(0);
  run_gives(rest_of_it, (int64_t)(sent - left));
  drop_line(&a);
  drop_line(&b);
}

static void closing_while_it_runs(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  sley_promise *p = sley_input_pump(a.in, b.out);
  rest(0);
  sley_promise *close = sley_output_close(b.out); /* stands in line */
  peer_writes(&a, "all");
  rest(0.002);
  assert_true(sley_is_pending(close));
  peer_closes(&a);
  run_gives(p, 3);
  run_gives(close, 0);
  assert_string_equal(peer_reads(&b), "all");
  drop_line(&a);
  drop_line(&b);
  for (int which = 0; which < 2; which++) {
    a = open_line();
    b = open_line();
    p = sley_input_pump(a.in, b.out);
    rest(0);
    if (which == 0) sley_input_abort(a.in);
    else sley_output_abort(b.out);
    if (which == 1) assert_true(sley_input_is_busy(a.in) || !sley_is_pending(p));
    if (sley_is_pending(p)) sley_cancel(p);
    settle(p);
    drop_line(&a);
    drop_line(&b);
  }
}

static sley_output *to_output;

static sley_promise *pump_inside(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_input_pump_n(in, 6, to_output);
}

static void inside_a_body(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  to_output = b.out;
  sley_promise *p = sley_input_atomic(a.in, pump_inside, NULL), *q = sley_input_line(a.in);
  peer_writes(&a, "insideline\n");
  run_gives(p, 6);
  run_gives_text(q, "line");
  rest(0);
  assert_string_equal(peer_reads(&b), "inside");
  drop_line(&a);
  drop_line(&b);
}

/* ---- relays ---- */

static void both_ways_until_both_end(void **state)
{
  (void)state;
  static char got[sizeof big];
  line_of a = open_line(), b = open_line();
  make_big();
  sley_promise *p = sley_relay(a.in, a.out, b.in, b.out);
  assert_int_equal(carry(&a, big, 100000, &b, got, sizeof got), 100000);
  assert_memory_equal(got, big, 100000);
  assert_int_equal(carry(&b, big, sizeof big, &a, got, sizeof got), sizeof big);
  assert_memory_equal(got, big, sizeof big);
  shutdown(a.peer, SHUT_WR);
  rest(0.002);
  assert_int_equal(read(b.peer, got, 1), 0); /* the end is handed on */
  assert_true(sley_is_pending(p));
  peer_writes(&b, "answer behind the end");
  rest(0.002);
  assert_string_equal(peer_reads(&a), "answer behind the end");
  peer_closes(&b);
  run_gives(p, 0);
  assert_int_equal(read(a.peer, got, 1), 0);
  run_gives(sley_output_close(a.out), 0);
  run_gives(sley_input_close(a.in), 0);
  drop_line(&a);
  drop_line(&b);
}

static void an_error_of_one_way_aborts_both(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  sley_promise *p = sley_relay(a.in, a.out, b.in, b.out);
  rest(0);
  assert_int_equal(write(sley_io_fd(sley_input_io(b.in)), "unread", 6), 6);
  peer_closes(&b); /* a reset */
  run_fails_with(p, "reading from");
  assert_true(sley_output_is_closed(a.out));
  assert_true(sley_input_is_closed(b.in));
  assert_int_equal(read(a.peer, (char[1]){0}, 1), 0);
  drop_line(&a);
  drop_line(&b);
}

/* A server answers, and closes without having read all: what it sent reaches the client, who is not reset. */
static void the_answer_of_one_that_has_closed_arrives(void **state)
{
  (void)state;
  static char got[sizeof big];
  for (int ended = 0; ended < 2; ended++) {
    line_of client = open_line(), server = open_line();
    make_big();
    sley_promise *p = sley_relay(client.in, client.out, server.in, server.out);
    peer_writes(&client, "request");
    rest(0.002);
    assert_int_equal(write(server.peer, big, 100000), 100000);
    if (ended) { /* and sees its end before the write fails */
      shutdown(server.peer, SHUT_WR);
      rest(0.005);
    }
    assert_string_equal(peer_reads(&server), "request");
    peer_closes(&server);
    peer_writes(&client, "more of it");
    rest(0.002);
    size_t size = 0;
    for (ssize_t n; size < 100000; size += (size_t)n) {
      n = read(client.peer, got + size, sizeof got - size);
      if (n <= 0) rest(0.001);
      if (n == 0) fail_msg("an end behind %zu bytes", size);
      if (n < 0) n = 0;
    }
    assert_memory_equal(got, big, 100000);
    peer_writes(&client, "and more");
    run_fails_with(p, "writing to");
    assert_false(sley_input_is_closed(client.in)); /* not aborted */
    run_gives(sley_output_close(client.out), 0);
    assert_int_equal(read(client.peer, got, 1), 0);
    drop_line(&client);
    drop_line(&server);
  }
}

#ifdef __linux__
/* What is written is only refused as the output is flushed at its end. */
static void an_end_that_fails_is_named(void **state)
{
  (void)state;
  line_of a = open_line();
  sley_io *full;
  sley_input *in;
  sley_output *out;
  char *data;
  sley_bytes bytes;
  assert_null(sley_bytes_new(1, &data, &bytes));
  data[0] = 'x';
  assert_null(sley_input_from_bytes(&bytes, &in));
  assert_null(sley_io_from_fd(open("/dev/full", O_WRONLY | O_CLOEXEC), SLEY_IO_MODE_GUESS, &full));
  assert_null(sley_output_from_io(NULL, full, &out));
  sley_promise *p = sley_relay(a.in, a.out, in, out);
  peer_writes(&a, "no room");
  shutdown(a.peer, SHUT_WR);
  sley_error *e = sley_run(p, NULL);
  assert_true(sley_error_is(e, &sley_kind_errno, ENOSPC));
  assert_non_null(strstr(sley_error_message(e), "writing to descriptor"));
  assert_non_null(strstr(sley_error_message(e), "No space left on device"));
  sley_error_drop(e);
  sley_input_drop(in);
  sley_output_drop(out);
  drop_line(&a);
}
#endif

static void a_canceled_relay_leaves_the_connections(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  sley_promise *p = sley_relay(a.in, a.out, b.in, b.out);
  peer_writes(&a, "before");
  rest(0.002);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_string_equal(peer_reads(&b), "before");
  peer_writes(&a, "after\n");
  run_gives_text(sley_input_line(a.in), "after");
  run_gives(sley_output_text(a.out, "still open"), 0);
  run_gives(sley_output_flush(a.out), 0);
  assert_string_equal(peer_reads(&a), "still open");
  drop_line(&a);
  drop_line(&b);
}

/* Two files' worth: an object without halves is not ended. */
static void a_relay_over_an_object_without_halves(void **state)
{
  (void)state;
  line_of a = open_line();
  sley_output *memory;
  sley_input *in;
  const char *data;
  size_t size;
  sley_bytes bytes = sley_bytes_static("answer", 6);
  assert_null(sley_output_to_memory(&memory));
  assert_null(sley_input_from_bytes(&bytes, &in));
  sley_promise *p = sley_relay(a.in, a.out, in, memory);
  peer_writes(&a, "question");
  shutdown(a.peer, SHUT_WR);
  run_gives(p, 0);
  assert_string_equal(peer_reads(&a), "answer");
  (void)data;
  (void)size;
  sley_input_drop(in);
  sley_output_drop(memory);
  drop_line(&a);
}

/* ---- without memory ---- */

static bool pair_of(sley_io *ends[2], sley_input *in[2], sley_output *out[2])
{
  if (sley_io_pair(0, ends) != NULL) return false;
  for (int i = 0; i < 2; i++) {
    sley_error *e = sley_channels(NULL, ends[i], &in[i], &out[i]);
    if (e == NULL) continue;
    sley_error_drop(e);
    sley_io_drop(ends[1]);
    if (i == 0) sley_io_drop(ends[0]);
    else {
      sley_input_drop(in[0]);
      sley_output_drop(out[0]);
    }
    return false;
  }
  return true;
}

static void pumps_and_relays(void)
{
  sley_io *a[2], *b[2];
  sley_input *a_in[2], *b_in[2];
  sley_output *a_out[2], *b_out[2];
  if (!pair_of(a, a_in, a_out)) return;
  if (pair_of(b, b_in, b_out)) {
    settle(sley_output_write(a_out[0], big, 20000));
    if (sley_output_position(a_out[0]) == 20000)
      settle(sley_input_pump_n(a_in[1], 10000, b_out[0]));
    sley_promise *p = sley_relay(a_in[1], a_out[1], b_in[0], b_out[0]);
    settle(sley_output_end(a_out[0]));
    settle(sley_output_end(b_out[1]));
    sley_output_abort(a_out[0]); /* where an end has failed */
    sley_output_abort(b_out[1]);
    settle(p);
    for (int i = 0; i < 2; i++) {
      sley_input_drop(b_in[i]);
      sley_output_drop(b_out[i]);
    }
  }
  for (int i = 0; i < 2; i++) {
    sley_input_drop(a_in[i]);
    sley_output_drop(a_out[i]);
  }
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(pumps_and_relays);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(everything_until_the_end),
      TEST(so_many_bytes),
      TEST(blocks_change_hands),
      TEST(above_its_mark_the_source_is_not_read),
      TEST(what_has_come_is_flushed),
      TEST(others_stand_in_line),
      TEST(errors_name_their_side),
      TEST(an_output_that_breaks_meanwhile),
      TEST(a_pump_does_not_disturb_who_reads),
      TEST(an_error_that_arrives_meanwhile),
      TEST(the_end_of_the_peer_is_no_break),
      TEST(a_canceled_one_loses_nothing),
      TEST(closing_while_it_runs),
      TEST(inside_a_body),
      TEST(both_ways_until_both_end),
      TEST(an_error_of_one_way_aborts_both),
      TEST(the_answer_of_one_that_has_closed_arrives),
#ifdef __linux__
      TEST(an_end_that_fails_is_named),
#endif
      TEST(a_canceled_relay_leaves_the_connections),
      TEST(a_relay_over_an_object_without_halves),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
