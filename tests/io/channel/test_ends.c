/* The ends of channels: close in line, half-close, who closes the object, reading away, no progress, abort, holders.
 * Tests src/io/channel/close.c, src/io/channel/end.c, src/io/channel/patience.c,
 * src/io/channel/extras.c, src/io/channel/make.c. */
#include <errno.h>
#include <sys/socket.h>

#include <sley/pause.h>

#include "support/channels.h"

static void gives_unit(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

static void closing_sends_what_was_written(void **state)
{
  (void)state;
  line_of l = open_line();
  gives_unit(sley_output_text(l.out, "last words"));
  sley_promise *p = sley_output_close(l.out), *again = sley_output_close(l.out);
  run_fails(sley_output_text(l.out, "late"), &sley_kind_sley, SLEY_ECLOSED);
  assert_true(sley_output_is_closed(l.out));
  run_gives(p, 0);
  run_gives(again, 0);
  assert_string_equal(peer_reads(&l), "last words");
  assert_string_equal(peer_reads(&l), ""); /* the end */
  assert_true(sley_io_is_open(sley_input_io(l.in)));
  peer_writes(&l, "still read");
  run_gives_text(sley_input_some(l.in, 100), "still read");
  run_gives(sley_input_close(l.in), 0); /* reads away first */
  assert_true(true);
  drop_line(&l);
}

static void both_closed_close_the_object(void **state)
{
  (void)state;
  for (int order = 0; order < 2; order++) {
    line_of l = open_line();
    sley_io *io = sley_io_keep(sley_input_io(l.in));
    peer_closes(&l);
    run_gives(sley_input_fill(l.in, 1), 0);
    sley_promise *p, *q;
    if (order == 0) {
      p = sley_output_close(l.out);
      q = sley_input_close(l.in);
    } else {
      q = sley_input_close(l.in);
      p = sley_output_close(l.out);
    }
    run_gives(p, 0);
    run_gives(q, 0);
    assert_false(sley_io_is_open(io));
    assert_int_equal(sley_io_fd(io), -1);
    sley_io_drop(io);
    run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_ECLOSED);
    run_fails(sley_output_text(l.out, "x"), &sley_kind_sley, SLEY_ECLOSED);
    run_gives(sley_output_flush(l.out), 0);
    drop_line(&l);
  }
}

static void what_waits_for_input_is_rejected(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *a = sley_input_line(l.in), *b = sley_input_fill(l.in, 1);
  run_gives(sley_input_close(l.in), 0);
  run_fails(a, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(b, &sley_kind_sley, SLEY_ECLOSED);
  gives_unit(sley_output_text(l.out, "goes on"));
  run_gives(sley_output_flush(l.out), 0);
  assert_string_equal(peer_reads(&l), "goes on");
  drop_line(&l);
}

/* What a close throws away has not been consumed. */
static void positions_can_be_asked_afterwards(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "0123456789");
  run_gives_text(sley_input_exactly(l.in, 4), "0123");
  gives_unit(sley_output_text(l.out, "answer"));
  run_gives(sley_input_close(l.in), 0);
  assert_int_equal(sley_input_position(l.in), 4);
  sley_promise *p = sley_output_close(l.out);
  peer_writes(&l, "more");
  rest(0.001);
  peer_closes(&l);
  run_gives(p, 0);
  assert_int_equal(sley_input_position(l.in), 4);
  assert_int_equal(sley_input_buffered(l.in), 0);
  assert_int_equal(sley_output_position(l.out), 6);
  drop_line(&l);
}

static void fill_the_socket(const line_of *l)
{
  static char big[100000];
  while (send(sley_io_fd(sley_output_io(l->out)), big, sizeof big, MSG_DONTWAIT) > 0) continue;
}

static void empty_the_peer(const line_of *l)
{
  static char big[100000];
  while (read(l->peer, big, sizeof big) > 0) continue;
}

static void a_close_stands_in_line(void **state)
{
  (void)state;
  static char big[150000];
  memset(big, 'z', sizeof big);
  line_of l = open_line();
  fill_the_socket(&l);
  sley_promise *p = sley_output_write(l.out, big, sizeof big), *close = sley_output_close(l.out);
  rest(0.002);
  assert_true(sley_is_pending(p));
  assert_true(sley_is_pending(close));
  size_t got = 0;
  while (sley_is_pending(close)) {
    empty_the_peer(&l);
    rest(0);
    got++;
    if (got > 100000) fail_msg("no end");
  }
  run_gives(p, 0);
  run_gives(close, 0);
  drop_line(&l);
}

static void ending_leaves_the_input(void **state)
{
  (void)state;
  line_of l = open_line();
  gives_unit(sley_output_text(l.out, "request"));
  run_gives(sley_output_end(l.out), 0);
  assert_string_equal(peer_reads(&l), "request");
  assert_int_equal(read(l.peer, (char[1]){0}, 1), 0);
  run_fails(sley_output_text(l.out, "more"), &sley_kind_sley, SLEY_ECLOSED);
  run_gives(sley_output_end(l.out), 0);
  run_gives(sley_output_flush(l.out), 0); /* as it would have been before */
  peer_writes(&l, "answer");
  peer_closes(&l);
  run_gives_text(sley_input_all(l.in, 100), "answer");
  run_gives(sley_output_close(l.out), 0);
  run_gives(sley_input_close(l.in), 0);
  run_gives(sley_output_flush(l.out), 0);
  drop_line(&l);
}

/* Nothing is left of what an abort has thrown away, and nothing is said to be sent. */
static void an_aborted_output_has_not_ended(void **state)
{
  (void)state;
  line_of l = open_line();
  gives_unit(sley_output_text(l.out, "lost"));
  sley_output_abort(l.out);
  run_fails(sley_output_flush(l.out), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_output_end(l.out), &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
}

static void a_pipe_is_closed_by_its_end(void **state)
{
  (void)state;
  sley_io *from, *to;
  sley_input *in;
  sley_output *out;
  assert_null(sley_pipe(&from, &to));
  assert_null(sley_input_from_io(NULL, from, &in));
  assert_null(sley_output_from_io(NULL, to, &out));
  gives_unit(sley_output_text(out, "through a pipe"));
  run_gives(sley_output_end(out), 0);
  assert_int_equal(sley_io_fd(sley_output_io(out)), -1);
  run_gives(sley_output_flush(out), 0);
  run_gives(sley_output_end(out), 0);
  run_fails(sley_output_text(out, "more"), &sley_kind_sley, SLEY_ECLOSED);
  run_gives_text(sley_input_all(in, 100), "through a pipe");
  run_gives(sley_input_close(in), 0);
  sley_input_drop(in);
  sley_output_drop(out);
}

/* ---- reading away ---- */

static void the_answer_arrives_though_input_was_left(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_io *io = sley_io_keep(sley_input_io(l.in));
  peer_writes(&l, "a request that is not read to its end");
  run_gives(sley_input_fill(l.in, 1), 37);
  gives_unit(sley_output_text(l.out, "refused"));
  sley_promise *p = sley_input_close(l.in), *q = sley_output_close(l.out);
  run_gives(p, 0);
  rest(0.005);
  assert_true(sley_is_pending(q)); /* the peer may still send */
  assert_true(sley_io_is_open(io));
  peer_writes(&l, "and more of it");
  rest(0.005);
  assert_string_equal(peer_reads(&l), "refused");
  peer_closes(&l);
  run_gives(q, 0);
  assert_false(sley_io_is_open(io));
  sley_io_drop(io);
  drop_line(&l);
}

/* By time, not by bytes. */
static void however_much_is_read_away(void **state)
{
  (void)state;
  static char much[1 << 16];
  enum { ALL = 64 * sizeof(much) };
  sley_channel_options o = {.size = sizeof(o), .linger = 1000};
  line_of l = open_line_with(&o);
  gives_unit(sley_output_text(l.out, "refused"));
  sley_promise *p = sley_output_close(l.out), *q = sley_input_close(l.in);
  for (size_t sent = 0; sent < ALL;) {
    ssize_t n = send(l.peer, much, sizeof(much), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n;
    else if (errno != EAGAIN) fail_msg("it was cut after %zu bytes: %s", sent, strerror(errno));
    rest(0.0002);
  }
  assert_string_equal(peer_reads(&l), "refused");
  peer_closes(&l);
  run_gives(p, 0);
  run_gives(q, 0);
  drop_line(&l);
}

static void reading_away_has_a_limit(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .linger = 0.01};
  line_of l = open_line_with(&o);
  sley_promise *p = sley_output_close(l.out), *q = sley_input_close(l.in);
  run_gives(p, 0);
  run_gives(q, 0); /* the peer does not end */
  drop_line(&l);
  o.linger = -1;
  l = open_line_with(&o);
  p = sley_output_close(l.out);
  q = sley_input_close(l.in);
  gives_unit(q);
  run_gives(p, 0);
  drop_line(&l);
}

static void no_progress_ends_a_close(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .finish = 0.01};
  line_of l = open_line_with(&o);
  fill_the_socket(&l);
  gives_unit(sley_output_text(l.out, "12345"));
  const char *text = run_fails(sley_output_close(l.out), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_non_null(strstr(text, "5 bytes"));
  assert_true(sley_input_is_closed(l.in));
  drop_line(&l);
}

static sley_resolver *body;

static sley_promise *waits(void *ctx, sley_output *out)
{
  (void)ctx;
  (void)out;
  return sley_cancelable(&body);
}

static void release_body(void *ctx)
{
  (void)ctx;
  sley_resolver_drop(&body);
}

static sley_promise *waits_and_releases(void *ctx, sley_output *out)
{
  sley_promise *p = waits(ctx, out);
  sley_on_cancel(p, release_body, NULL);
  return p;
}

static sley_resolver *never; /* of the end of a type */

static int64_t swallows(void *ctx, const sley_slice *slices, size_t n)
{
  size_t size = 0;
  (void)ctx;
  for (size_t i = 0; i < n; i++) size += slices[i].size;
  return (int64_t)size;
}

static int64_t gives_nothing(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return -SLEY_EAGAIN;
}

static sley_promise *is_ready(void *ctx, bool to_write)
{
  (void)ctx;
  return to_write ? sley_return_unit() : sley_pause();
}

static sley_promise *ends_never(void *ctx)
{
  (void)ctx;
  return sley_cancelable(&never);
}

static void gives_the_end_up(void *ctx)
{
  (void)ctx;
  sley_resolver_drop(&never);
}

static const sley_io_type never_ending = {.size = sizeof(sley_io_type),
                                          .name = "never ending",
                                          .read = gives_nothing,
                                          .write = swallows,
                                          .ready = is_ready,
                                          .abort = gives_the_end_up,
                                          .end = ends_never};

/* Also of what stands before it in line. A body that computes is not to blame: nothing waits for the peer. */
static void no_progress_before_it_ends_a_close(void **state)
{
  (void)state;
  static char big[200000];
  sley_channel_options o = {.size = sizeof(o), .finish = 0.01};
  line_of l = open_line_with(&o);
  fill_the_socket(&l);
  sley_promise *p = sley_output_write(l.out, big, sizeof big);
  sley_promise *q = sley_output_write(l.out, big, sizeof big), *close = sley_output_close(l.out);
  run_fails(close, &sley_kind_sley, SLEY_ETIMEOUT);
  run_fails(p, &sley_kind_sley, SLEY_ETIMEOUT);
  run_fails(q, &sley_kind_sley, SLEY_ETIMEOUT);
  assert_true(sley_input_is_closed(l.in));
  drop_line(&l);
  l = open_line_with(&o);
  p = sley_output_atomic(l.out, waits_and_releases, NULL);
  close = sley_output_close(l.out);
  rest(0.05);
  assert_true(sley_is_pending(close));
  sley_fulfill(&body, sley_unit());
  run_gives(p, 0);
  run_gives(close, 0);
  drop_line(&l);
}

/* Of a type that cannot tell the peer of the end, since the peer reads nothing. */
static void an_end_that_never_comes(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    sley_channel_options o = {.size = sizeof(o), .finish = 0.01};
    sley_io *io;
    sley_output *out;
    assert_null(sley_io_new(&never_ending, NULL, &io));
    assert_null(sley_output_from_io(&o, io, &out));
    const char *text = run_fails(which == 0 ? sley_output_close(out) : sley_output_end(out),
                                 &sley_kind_sley, SLEY_ETIMEOUT);
    assert_non_null(strstr(text, "its end"));
    assert_null(never);
    sley_output_drop(out);
  }
}

/* ---- errors, once ---- */

static void a_broken_output_tells_at_close(void **state)
{
  (void)state;
  for (int told = 0; told < 2; told++) {
    line_of l = open_line();
    peer_closes(&l);
    gives_unit(sley_output_text(l.out, "lost"));
    rest(0.002);
    if (told) run_fails(sley_output_flush(l.out), &sley_kind_errno, EPIPE);
    sley_promise *p = sley_output_close(l.out);
    if (told) run_gives(p, 0);
    else run_fails(p, &sley_kind_errno, EPIPE);
    run_gives(sley_input_close(l.in), 0);
    drop_line(&l);
  }
}

/* A write that sends a full block in vain, and puts the rest behind it: there is one error, of the first attempt. */
static void a_write_meets_the_end(void **state)
{
  (void)state;
  static char text[15000];
  line_of l = open_line();
  memset(text, 'x', sizeof text);
  gives_unit(sley_output_write(l.out, text, sizeof text));
  peer_closes(&l);
  run_fails(sley_output_write(l.out, text, sizeof text), &sley_kind_errno, EPIPE);
  rest(0.001);
  run_fails(sley_output_flush(l.out), &sley_kind_errno, EPIPE);
  assert_int_equal(sley_output_buffered(l.out), 0);
  drop_line(&l);
}

static sley_resolver *ready[2];

static int64_t no_bytes(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return -SLEY_EAGAIN;
}

static int64_t takes_all(void *ctx, const sley_slice *slices, size_t n)
{
  int64_t size = 0;
  (void)ctx;
  for (size_t i = 0; i < n; i++) size += (int64_t)slices[i].size;
  return size;
}

static void ready_is_unwanted(void *ctx) { sley_resolver_drop((sley_resolver **)ctx); }

static sley_promise *is_never_ready(void *ctx, bool to_write)
{
  (void)ctx;
  sley_promise *p = sley_cancelable(&ready[to_write]);
  sley_on_cancel(p, ready_is_unwanted, &ready[to_write]);
  return p;
}

static int closes;

static void closes_well(void *ctx)
{
  (void)ctx;
  closes++;
}

static sley_promise *closes_badly(void *ctx)
{
  closes_well(ctx);
  return sley_fail(sley_error_new(&sley_kind_errno, EBADF, "close"));
}

static int errors_seen;

static sley_promise *handles(void *ctx, sley_error *e)
{
  (void)ctx;
  assert_true(sley_error_is(e, &sley_kind_errno, EBADF));
  errors_seen++;
  return sley_return(sley_unit());
}

/* B2.9: both closes tell the error of the object's close, and are handled; those that come after them close nothing
 * again, and the handles' end tells nobody. */
static void errors_of_a_close_are_told_once(void **state)
{
  (void)state;
  static const sley_io_type type = {.size = sizeof(type),
                                    .name = "bad",
                                    .read = no_bytes,
                                    .write = takes_all,
                                    .ready = is_never_ready,
                                    .abort = closes_well,
                                    .close = closes_badly};
  sley_io *io;
  sley_input *in;
  sley_output *out;
  closes = errors_seen = 0;
  assert_null(sley_io_new(&type, NULL, &io));
  assert_null(sley_channels(NULL, io, &in, &out));
  sley_promise *both[] = {sley_catch(sley_output_close(out), handles, NULL),
                          sley_catch(sley_input_close(in), handles, NULL)};
  run_gives(sley_join(both, 2), 0);
  assert_int_equal(closes, 1);
  int handled = errors_seen;
  assert_true(handled == 1 || handled == 2);
  sley_input_drop(in);
  sley_output_drop(out);
  rest(0.001);
  assert_int_equal(closes, 1);
  assert_int_equal(errors_seen, handled);
}

/* ---- at once ---- */

static void abort_rejects_everything(void **state)
{
  (void)state;
  line_of l = open_line();
  fill_the_socket(&l);
  static char big[150000];
  sley_promise *ps[] = {sley_input_line(l.in), sley_input_line(l.in),
                        sley_output_write(l.out, big, sizeof big), sley_output_text(l.out, "x"),
                        sley_output_close(l.out)};
  sley_output_abort(l.out);
  for (size_t i = 0; i < sizeof(ps) / sizeof(ps[0]); i++)
    run_fails(ps[i], &sley_kind_sley, SLEY_ECLOSED);
  sley_output_abort(l.out); /* again: nothing */
  sley_input_abort(l.in);
  sley_input_abort(NULL);
  run_gives(sley_input_close(l.in), 0);
  drop_line(&l);
}

static void abort_with_a_reason_of_mine(void **state)
{
  (void)state;
  line_of l = open_line();
  fill_the_socket(&l);
  static char big[150000];
  sley_promise *ps[] = {sley_input_line(l.in), sley_output_write(l.out, big, sizeof big),
                        sley_output_text(l.out, "x"), sley_output_close(l.out)};
  sley_io_abort_with(sley_output_io(l.out),
                     sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "out of step"));
  for (size_t i = 0; i < sizeof(ps) / sizeof(ps[0]); i++)
    run_fails(ps[i], &sley_kind_sley, SLEY_ENOTFOUND);
  run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_ENOTFOUND);
  drop_line(&l);
}

static void abort_cancels_the_body(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_output_atomic(l.out, waits_and_releases, NULL),
               *q = sley_output_text(l.out, "x");
  assert_true(sley_output_is_busy(l.out));
  sley_output_abort(l.out);
  run_fails(q, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  drop_line(&l);
}

static sley_promise *writes_inside(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(ctx, "inside");
}

static sley_promise *waits_then_writes(void *ctx, sley_output *out)
{
  (void)ctx;
  return sley_bind(sley_cancelable(&body), writes_inside, out);
}

static void a_close_waits_for_the_body(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_output_atomic(l.out, waits_then_writes, NULL),
               *q = sley_output_close(l.out);
  rest(0.001);
  assert_true(sley_is_pending(q));
  sley_fulfill(&body, sley_unit());
  run_gives(p, 0);
  run_gives(q, 0);
  assert_string_equal(peer_reads(&l), "inside");
  drop_line(&l);
}

static void the_last_holder_aborts(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_input *second = sley_input_keep(l.in);
  sley_promise *p = sley_input_line(l.in);
  sley_input_drop(l.in);
  sley_output_drop(l.out);
  assert_true(sley_is_pending(p));
  sley_input_drop(second);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(read(l.peer, (char[1]){0}, 1), 0);
  close(l.peer);
}

static void a_close_cannot_be_canceled(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .linger = -1};
  line_of l = open_line_with(&o);
  fill_the_socket(&l);
  gives_unit(sley_output_text(l.out, "x"));
  sley_promise *p = sley_output_close(l.out);
  sley_cancel(p);
  assert_true(sley_is_pending(p));
  while (sley_is_pending(p)) {
    empty_the_peer(&l);
    rest(0);
  }
  run_gives(p, 0);
  drop_line(&l);
}

/* ---- made ---- */

static void made_once(void **state)
{
  (void)state;
  sley_io *ends[2];
  sley_input *in, *more;
  sley_output *out, *none;
  char buffer[4];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_promise *p = sley_read(ends[0], buffer, 4);
  sley_error *e = sley_channels(NULL, ends[0], &in, &out);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL)); /* a read is pending */
  sley_error_drop(e);
  sley_cancel(p);
  sley_drop(p);
  sley_channel_options wrong = {.size = sizeof(wrong), .high = 10, .low = 11};
  e = sley_channels(&wrong, ends[0], &in, &out);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(sley_channels(NULL, ends[0], &in, &out));
  e = sley_channels(NULL, ends[0], &more, &none);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  assert_null(more);
  sley_error_drop(e);
  run_fails(sley_read(ends[0], buffer, 4), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_io_close(ends[0]), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(sley_try_read(ends[0], buffer, 4), -SLEY_EINVAL);
  assert_ptr_equal(sley_input_io(in), ends[0]);
  assert_ptr_equal(sley_output_io(out), ends[0]);
  sley_value v = sley_input_to_value(in), w = sley_output_to_value(out), x;
  assert_true(sley_input_is_in(&v));
  assert_true(sley_output_is_in(&w));
  assert_int_equal(sley_value_dup(&v, &x), 0);
  assert_ptr_equal(sley_input_take(&x), in);
  sley_input_drop(in);
  sley_value_drop(&v);
  assert_ptr_equal(sley_output_in(&w), out);
  sley_value_drop(&w);
  sley_io_drop(ends[1]);
}

static void without_memory_once(void)
{
  sley_io *ends[2];
  sley_input *in;
  sley_output *out;
  if (sley_io_pair(0, ends) != NULL) return;
  if (sley_channels(NULL, ends[0], &in, &out) != NULL) {
    sley_io_drop(ends[0]);
    sley_io_drop(ends[1]);
    return;
  }
  settle(sley_output_text(out, "x"));
  sley_promise *p = sley_output_close(out), *q = sley_input_close(in);
  settle(p);
  settle(q);
  sley_input_drop(in);
  sley_output_drop(out);
  sley_io_drop(ends[1]);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(closing_sends_what_was_written),
      TEST(both_closed_close_the_object),
      TEST(what_waits_for_input_is_rejected),
      TEST(positions_can_be_asked_afterwards),
      TEST(a_close_stands_in_line),
      TEST(ending_leaves_the_input),
      TEST(an_aborted_output_has_not_ended),
      TEST(a_pipe_is_closed_by_its_end),
      TEST(the_answer_arrives_though_input_was_left),
      TEST(however_much_is_read_away),
      TEST(reading_away_has_a_limit),
      TEST(no_progress_ends_a_close),
      TEST(no_progress_before_it_ends_a_close),
      TEST(an_end_that_never_comes),
      TEST(a_broken_output_tells_at_close),
      TEST(errors_of_a_close_are_told_once),
      TEST(a_write_meets_the_end),
      TEST(abort_rejects_everything),
      TEST(abort_with_a_reason_of_mine),
      TEST(abort_cancels_the_body),
      TEST(a_close_waits_for_the_body),
      TEST(the_last_holder_aborts),
      TEST(a_close_cannot_be_canceled),
      TEST(made_once),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
