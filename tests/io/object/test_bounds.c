/* How much operations do in one turn: large writes proceed in parts, and what need not wait has the time of its source.
 * The clock can stand still, and slices are small, so that nothing depends on how busy the machine is.
 * Tests src/io/object/transfer.c, src/io/object/attempt.c, src/io/object/want.c, src/io/object/read_write.c. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "io/object/object.h"
#include "support/slices.h"

/* ---- large writes ---- */

enum { LARGE = 1 << 20, ATTEMPT = 128 * 1024 };

static int unread(int fd)
{
  int bytes = 0;
  assert_int_equal(ioctl(fd, FIONREAD, &bytes), 0);
  return bytes;
}

/* io owns fds[0]. */
static sley_io *sockets(int fds[2])
{
  int room = 1 << 20;
  sley_io *io;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
  assert_null(sley_io_from_fd(fds[0], SLEY_IO_MODE_NONBLOCK, &io));
  return io;
}

static void a_large_write_is_many_attempts(void **state)
{
  (void)state;
  int fds[2][2];
  sley_io *io[2];
  char *data = calloc(2, LARGE);
  sley_promise *sent[2];
  for (int i = 0; i < 2; i++) io[i] = sockets(fds[i]);
  slice(0, 1);
  for (int i = 0; i < 2; i++) {
    sent[i] = sley_write(io[i], data, LARGE);
    assert_int_equal(unread(fds[i][1]), ATTEMPT);
  }
  assert_int_equal(sley_step_timeout(), 0); /* continues without waiting for the kernel */
  for (int i = 0; i < 2; i++) assert_false(io[i]->handle.wanted & SLEY__WRITE);
  step();
  assert_true(unread(fds[0][1]) > ATTEMPT && unread(fds[0][1]) <= 2 * ATTEMPT);
  assert_int_equal(unread(fds[1][1]), ATTEMPT);
  step(); /* each in its own turn */
  assert_true(unread(fds[0][1]) <= 2 * ATTEMPT);
  assert_true(unread(fds[1][1]) > ATTEMPT);
  for (int i = 0; i < 2; i++) {
    for (int total = 0; total < LARGE;) {
      ssize_t n = recv(fds[i][1], data + LARGE, LARGE, MSG_DONTWAIT);
      if (n > 0) total += (int)n;
      else step();
    }
    run_gives(sent[i], 0);
    assert_false(io[i]->handle.wanted & SLEY__WRITE); /* otherwise it would fire in every turn */
    sley_io_drop(io[i]);
    close(fds[i][1]);
  }
  assert_int_equal(sley_step_timeout(), -1);
  free(data);
}

static void a_write_between_attempts_is_canceled_or_closed(void **state)
{
  (void)state;
  char *data = calloc(1, LARGE);
  for (int closes = 0; closes < 2; closes++) {
    int fds[2];
    sley_io *io = sockets(fds);
    sley_promise *sent = sley_write(io, data, LARGE);
    assert_int_equal(sley_step_timeout(), 0);
    if (closes) sley_io_abort(io);
    else sley_cancel(sent);
    assert_int_equal(sley_step_timeout(), -1);
    step();
    assert_int_equal(unread(fds[1]), ATTEMPT);
    run_fails(sent, &sley_kind_sley, closes ? SLEY_ECLOSED : SLEY_ECANCELED);
    sley_io_drop(io);
    close(fds[1]);
  }
  free(data);
}

/* Who waits for room is told by the kernel, not by the next part of a write. */
static void parts_are_no_news_of_room(void **state)
{
  (void)state;
  char *data = calloc(1, LARGE);
  for (int writes_first = 0; writes_first < 2; writes_first++) {
    int fds[2];
    sley_io *io = sockets(fds);
    slice(0, 1);
    sley_promise *waits = NULL, *sent;
    if (!writes_first) waits = sley_io_wait_writable(io);
    sent = sley_write(io, data, LARGE);
    if (writes_first) waits = sley_io_wait_writable(io);
    assert_true(io->handle.wanted & SLEY__WRITE);
    assert_int_equal(io->handle.reported, 0);
    run_gives(waits, 0);
    sley_cancel(sent);
    run_fails(sent, &sley_kind_sley, SLEY_ECANCELED);
    sley_io_drop(io);
    close(fds[1]);
  }
  free(data);
}

static int64_t wide_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx, (void)rooms, (void)n;
  return -SLEY_EAGAIN;
}

static int64_t wide_write(void *ctx, const sley_slice *slices, size_t n)
{
  int64_t taken = 0, *total = ctx;
  for (size_t i = 0; i < n; i++) taken += (int64_t)slices[i].size;
  *total += taken;
  return taken;
}

static sley_promise *wide_ready(void *ctx, bool writes)
{
  (void)ctx, (void)writes;
  return sley_return(sley_unit());
}

static void wide_abort(void *ctx) { (void)ctx; }

/* A type that always takes what it is given is asked again for each part. */
static void a_large_write_to_a_type(void **state)
{
  (void)state;
  static const sley_io_type wide = {.size = sizeof(wide),
                                    .name = "wide",
                                    .read = wide_read,
                                    .write = wide_write,
                                    .ready = wide_ready,
                                    .abort = wide_abort};
  char *data = calloc(1, LARGE);
  int64_t total = 0;
  sley_io *io;
  assert_null(sley_io_new(&wide, &total, &io));
  sley_promise *sent = sley_write(io, data, LARGE);
  assert_int_equal(total, ATTEMPT);
  run_gives(sley_with_timeout(sent, 20), 0);
  assert_int_equal(total, LARGE);
  sley_io_drop(io);
  free(data);
}

/* ---- operations that need not wait ---- */

static struct {
  sley_io *io;
  char *to;
  size_t size;
  sley_time each;
  int reads, most;
} reading;

static sley_promise *read_on(void *ctx, sley_value *v)
{
  (void)v;
  reading.reads++;
  still += reading.each;
  if (reading.reads == reading.most) return sley_return(sley_unit());
  return sley_bind(sley_read(reading.io, reading.to, reading.size), read_on, ctx);
}

static sley_promise *read_first(void *ctx, sley_value *v)
{
  reading.reads = -1;
  return read_on(ctx, v);
}

/* Returns how many reads one turn makes of what is there. */
static int reads_of_a_turn(sley_time each)
{
  reading.io->handle.maybe_ready |= SLEY__READ;
  stop_clock();
  reading.each = each;
  sley_promise *p = sley_bind(sley_sleep((double)(1) / SLEY_SECOND), read_first, NULL);
  still += SLEY_MILLISECOND;
  step();
  int reads = reading.reads;
  run_gives(p, 0);
  return reads;
}

/* A connection that always has data is not read forever within one unit. */
static void operations_that_need_not_wait_have_the_time_of_their_source(void **state)
{
  (void)state;
  static const struct {
    sley_time each;
    int reads;
  } cases[] = {{0, 256}, {SLEY_MILLISECOND, 15}, {5000, 31}};
  int fds[2];
  char bytes[400] = {0}, byte;
  reading.io = sockets(fds);
  reading.to = &byte;
  reading.size = 1;
  reading.most = 400;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(send(fds[1], bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(reads_of_a_turn(cases[i].each), cases[i].reads);
  }
  sley_io_drop(reading.io);
  close(fds[1]);
}

/* 64 KiB count as eight units, beside the one of the operation itself. */
static void many_bytes_count_as_more(void **state)
{
  (void)state;
  enum { BYTES = 64 * 1024, READS = 4 };
  int fds[2];
  char *bytes = calloc(READS, BYTES);
  reading.io = sockets(fds);
  reading.to = calloc(1, BYTES);
  reading.size = BYTES;
  reading.most = READS;
  int room = READS * BYTES;
  assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
  assert_int_equal(send(fds[1], bytes, READS * BYTES, MSG_DONTWAIT), READS * BYTES);
  assert_int_equal(reads_of_a_turn(SLEY_MILLISECOND), 2); /* of sixteen units */
  free(reading.to);
  free(bytes);
  sley_io_drop(reading.io);
  close(fds[1]);
}

/* ---- watching ---- */

/* One watcher serves both directions, and one report can name both. */
static void an_object_is_read_and_written_in_one_turn(void **state)
{
  (void)state;
  enum { BIG = 4 << 20 /* more than the socket takes */ };
  int fds[2];
  char *bytes = calloc(2, BIG), byte;
  sley_io *io = sockets(fds);
  sley_promise *sent = sley_write(io, bytes, BIG);
  sley_promise *read = sley_read(io, &byte, 1);
  while (io->handle.wanted != (SLEY__READ | SLEY__WRITE)) step();
  for (size_t total = 0; total < BIG;) { /* the last turn writes the rest, and reads */
    ssize_t n = recv(fds[1], bytes + BIG, BIG, MSG_DONTWAIT);
    if (n > 0) total += (size_t)n;
    if (total + 1 >= BIG && sley_is_pending(read)) assert_int_equal(send(fds[1], "x", 1, 0), 1);
    step();
  }
  run_gives(sent, 0);
  run_gives(sley_with_timeout(read, 20), 1);
  assert_int_equal(byte, 'x');
  sley_io_drop(io);
  close(fds[1]);
  free(bytes);
}

/* An object without a waiting operation is no longer watched. */
static void watchers_end(void **state)
{
  (void)state;
  int fds[2];
  char byte;
  sley_io *io = sockets(fds);
  sley_promise *waits = sley_io_wait_writable(io);
  assert_true(io->handle.wanted & SLEY__WRITE);
  run_gives(waits, 0);
  assert_false(io->handle.wanted & SLEY__WRITE);
  waits = sley_io_wait_writable(io);
  sley_cancel(waits);
  run_fails(waits, &sley_kind_sley, SLEY_ECANCELED);
  assert_false(io->handle.wanted & SLEY__WRITE);
  io->handle.maybe_ready &= SLEY__WRITE;
  sley_promise *reads = sley_read(io, &byte, 1);
  assert_int_equal(send(fds[1], "ab", 2, 0), 2);
  run_gives(reads, 1);
  assert_true(io->handle.wanted & SLEY__READ); /* the next read can come in this turn */
  step();
  assert_false(io->handle.wanted & SLEY__READ);
  sley_io_drop(io);
  close(fds[1]);
}

#define BOUNDS(f) cmocka_unit_test_setup_teardown(f, slices_setup, slices_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      BOUNDS(a_large_write_is_many_attempts),
      BOUNDS(a_write_between_attempts_is_canceled_or_closed),
      BOUNDS(parts_are_no_news_of_room),
      BOUNDS(a_large_write_to_a_type),
      BOUNDS(operations_that_need_not_wait_have_the_time_of_their_source),
      BOUNDS(many_bytes_count_as_more),
      BOUNDS(an_object_is_read_and_written_in_one_turn),
      BOUNDS(watchers_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
