/* Descriptors with bytes over a Unix socket, without channels.
 * Tests src/io/object/fds.c, src/io/object/message.c, src/io/object/send_fds.c, src/io/object/seqpacket.c. */
#include <errno.h>

#include <sley/cancel.h>
#include <sley/fds.h>
#include <sys/resource.h>

#include "support/fds.h"

typedef struct pair {
  sley_io *a, *b;
  sley_fd pipe[2];
} pair;

static pair open_pair(sley_socket_kind kind)
{
  pair p;
  sley_io *ends[2];
  assert_null(sley_socketpair(kind, ends));
  p.a = ends[0];
  p.b = ends[1];
  assert_int_equal(pipe(p.pipe), 0);
  return p;
}

static void drop_pair(const pair *p)
{
  sley_io_drop(p->a);
  sley_io_drop(p->b);
  close_all(p->pipe, 2);
}

static sley_fds *fds_from(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fail_msg("error: %s", sley_error_message(e));
  assert_true(sley_fds_is_in(&v));
  assert_non_null(sley_fds_in(&v));
  return sley_fds_take(&v);
}

static void is_text(const sley_fds *f, const char *text, size_t count)
{
  assert_int_equal(f->bytes.size, strlen(text));
  assert_memory_equal(f->bytes.at, text, strlen(text));
  assert_int_equal(f->count, count);
}

/* B1.36, B9.61, B9.62: two pieces and a pipe. */
static void two_pieces_and_a_pipe(sley_socket_kind kind)
{
  pair p = open_pair(kind);
  const sley_slice slices[] = {{"foo", 3}, {"", 0}, {"bar", 3}};
  run_gives(sley_send_fds(p.a, slices, 3, p.pipe, 2), 0);
  sley_fds *got = fds_from(sley_receive_fds(p.b, 100, 2));
  is_text(got, "foobar", 2);
  assert_false(got->lost_fds);
  sley_fd in = sley_fds_take_fd(got, 0), out = sley_fds_take_fd(got, 1);
  assert_int_equal(sley_fds_take_fd(got, 1), -1);
  sley_fds_drop(got);
  assert_true(fcntl(in, F_GETFD) & FD_CLOEXEC);
  assert_true(pipe_works(out, p.pipe[0]) && pipe_works(p.pipe[1], in));
  close(in);
  close(out);
  assert_int_equal(sley_fds_closed_count(), 0);
  drop_pair(&p);
}

static void over_a_stream(void **state)
{
  (void)state;
  two_pieces_and_a_pipe(SLEY_SOCKET_KIND_STREAM);
}

static void over_messages(void **state)
{
  (void)state;
  two_pieces_and_a_pipe(SLEY_SOCKET_KIND_SEQPACKET);
}

/* A read gives the descriptors of one message, and ends with its bytes. */
static void one_message_at_a_time(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  sley_fd fd = sley_io_fd(p.a);
  send_with(fd, "a", NULL, 0);
  send_with(fd, "bcd", p.pipe, 1);
  send_with(fd, "ef", p.pipe, 2);
  send_with(fd, "g", NULL, 0);
  size_t bytes = 0, fds = 0;
  char text[8];
  while (bytes < 7) {
    sley_fds *got = fds_from(sley_receive_fds(p.b, 50, 4));
    memcpy(text + bytes, got->bytes.at, got->bytes.size);
    bytes += got->bytes.size;
    fds += got->count;
    /* What came with bytes is there with the last of them, and not before the first. */
    if (got->count == 1) assert_true(bytes >= 2 && bytes <= 4);
    if (got->count == 2) assert_true(bytes >= 5 && bytes <= 7);
    sley_fds_drop(got);
  }
  assert_memory_equal(text, "abcdefg", 7);
  assert_int_equal(fds, 3);
  /* Of a message that does not fit they come with its first part. */
  send_with(fd, "xyz", p.pipe, 1);
  sley_fds *got = fds_from(sley_receive_fds(p.b, 2, 4));
  is_text(got, "xy", 1);
  sley_fds_drop(got);
  got = fds_from(sley_receive_fds(p.b, 2, 4));
  is_text(got, "z", 0);
  sley_fds_drop(got);
  drop_pair(&p);
}

static void what_nobody_takes_is_closed(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  char text[8];
  assert_int_equal(sley_try_read(p.b, text, sizeof(text)), -SLEY_EAGAIN); /* the loop is there */
  int before = descriptors();
  sley_fd fds[] = {p.pipe[0], p.pipe[0], p.pipe[1]};
  send_with(sley_io_fd(p.a), "1", fds, 3);
  run_gives(sley_read(p.b, text, sizeof(text)), 1);
  assert_int_equal(sley_fds_closed_count(), 1);
  const sley_room rooms[] = {{text, 1}, {text + 1, 4}};
  send_with(sley_io_fd(p.a), "23", fds, 3);
  run_gives(sley_readv(p.b, rooms, 2), 2);
  assert_int_equal(sley_fds_closed_count(), 2);
  /* Of three, two are asked for and one of these is taken. */
  send_with(sley_io_fd(p.a), "4", fds, 3);
  sley_fds *got = fds_from(sley_receive_fds(p.b, 1, 2));
  is_text(got, "4", 2);
  assert_true(got->lost_fds);
  assert_int_equal(sley_fds_closed_count(), 3);
  close(sley_fds_take_fd(got, 0));
  sley_fds_drop(got);
  assert_int_equal(sley_fds_closed_count(), 4);
  assert_int_equal(descriptors(), before);
  drop_pair(&p);
}

/* Also those that arrive by an accepted socket, a duplicate, a descriptor of the caller's. */
static void every_unix_socket_counts(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  sley_io *two, *of_fd;
  char text[8];
  assert_null(sley_io_dup(p.b, &two));
  send_with(sley_io_fd(p.a), "1", p.pipe, 1);
  run_gives(sley_read(two, text, sizeof(text)), 1);
  assert_int_equal(sley_fds_closed_count(), 1);
  sley_io_drop(two);
  assert_null(sley_io_from_fd(dup(sley_io_fd(p.b)), SLEY_IO_MODE_GUESS, &of_fd));
  send_with(sley_io_fd(p.a), "1", p.pipe, 1);
  run_gives(sley_read(of_fd, text, sizeof(text)), 1);
  assert_int_equal(sley_fds_closed_count(), 2);
  sley_io_drop(of_fd);
  drop_pair(&p);
}

static void no_room_for_another_descriptor(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  struct rlimit old, low;
  sley_promise *got = sley_receive_fds(p.b, 8, 4);
  send_with(sley_io_fd(p.a), "x", p.pipe, 2);
  sley_drop(sley_sleep(0));
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  int next = dup(0);
  close(next);
  low = (struct rlimit){.rlim_cur = (rlim_t)next + 1, .rlim_max = old.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
  sley_fds *f = fds_from(got);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  is_text(f, "x", 1);
  assert_true(f->lost_fds);
  sley_fds_drop(f);
  drop_pair(&p);
}

static void a_canceled_one_takes_nothing(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  sley_promise *got = sley_receive_fds(p.b, 8, 4);
  run_fails(sley_receive_fds(p.b, 8, 4), &sley_kind_sley, SLEY_EINVAL); /* one at a time */
  sley_cancel(got);
  run_fails(got, &sley_kind_sley, SLEY_ECANCELED);
  send_with(sley_io_fd(p.a), "x", p.pipe, 2);
  sley_fds *f = fds_from(sley_receive_fds(p.b, 8, 4));
  is_text(f, "x", 2);
  sley_fds_drop(f);
  got = sley_receive_fds(p.b, 8, 4);
  sley_io_abort(p.b);
  run_fails(got, &sley_kind_sley, SLEY_ECLOSED);
  drop_pair(&p);
}

/* What has to wait keeps the numbers of the descriptors; a long one goes on as any other. */
static void a_full_socket(void **state)
{
  (void)state;
  static char big[1 << 20], got[sizeof(big)];
  for (size_t i = 0; i < sizeof(big); i++) big[i] = (char)(i * 7);
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  int64_t filled = 0, n;
  while ((n = sley_try_write(p.a, big, 4096)) > 0) filled += n;
  sley_fd fds[SLEY_FDS_MOST];
  for (int i = 0; i < SLEY_FDS_MOST; i++) fds[i] = p.pipe[i % 2];
  const sley_slice slices[] = {{big, 1}, {big + 1, sizeof(big) - 1}};
  sley_promise *sent = sley_send_fds(p.a, slices, 2, fds, SLEY_FDS_MOST);
  memset(fds, -1, sizeof(fds)); /* they were copied */
  assert_true(sley_is_pending(sent));
  while (filled > 0) {
    int64_t want = filled < (int64_t)sizeof(got) ? filled : (int64_t)sizeof(got);
    n = sley_try_read(p.b, got, (size_t)want);
    if (n > 0) filled -= n;
    else assert_null(sley_run(sley_io_wait_readable(p.b), NULL));
  }
  sley_fds *f = fds_from(sley_receive_fds(p.b, sizeof(got), SLEY_FDS_MOST));
  assert_int_equal(f->count, SLEY_FDS_MOST);
  size_t size = f->bytes.size;
  memcpy(got, f->bytes.at, size);
  assert_true(pipe_works(f->fds[SLEY_FDS_MOST - 2 + SLEY_FDS_MOST % 2 - 1], f->fds[0]) ||
              pipe_works(f->fds[1], f->fds[0]));
  sley_fds_drop(f);
  while (size < sizeof(big)) {
    sley_value v;
    assert_null(sley_run(sley_read(p.b, got + size, sizeof(got) - size), &v));
    size += (size_t)v.i;
  }
  run_gives(sent, 0);
  assert_memory_equal(big, got, sizeof(big));
  drop_pair(&p);
}

static void the_end_and_errors(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  const sley_slice one = {"x", 1}, none = {"", 0};
  const sley_fd closed = 1000; /* nobody has opened so many */
  sley_fd fds[SLEY_FDS_MOST + 1];
  for (int i = 0; i <= SLEY_FDS_MOST; i++) fds[i] = 0;
  run_fails(sley_send_fds(p.a, &one, 1, &closed, 1), &sley_kind_errno, EBADF);
  run_fails(sley_send_fds(p.a, &none, 1, p.pipe, 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_send_fds(p.a, NULL, 0, p.pipe, 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_send_fds(p.a, &one, 1, fds, SLEY_FDS_MOST + 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_receive_fds(p.b, 0, 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_receive_fds(p.b, 1, SLEY_FDS_MOST + 1), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_send_fds(p.a, &one, 1, NULL, 0), 0); /* as sley_writev */
  run_gives(sley_io_end(p.a), 0);
  sley_fds *f = fds_from(sley_receive_fds(p.b, 8, 0));
  is_text(f, "x", 0);
  sley_fds_drop(f);
  f = fds_from(sley_receive_fds(p.b, 8, 0));
  is_text(f, "", 0);
  sley_fds_drop(f);
  sley_io *pipe_in, *pipe_out, *memory[2];
  assert_null(sley_pipe(&pipe_in, &pipe_out));
  assert_null(sley_io_pair(0, memory));
  run_fails(sley_send_fds(pipe_out, &one, 1, p.pipe, 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_receive_fds(pipe_in, 1, 1), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_receive_fds(memory[0], 1, 1), &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(pipe_in);
  sley_io_drop(pipe_out);
  sley_io_drop(memory[0]);
  sley_io_drop(memory[1]);
  sley_io_drop(p.a);
  p.a = NULL;
  run_fails(sley_send_fds(p.b, &one, 1, p.pipe, 1), &sley_kind_errno, EPIPE);
  drop_pair(&p);
}

static void as_values(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_STREAM);
  send_with(sley_io_fd(p.a), "x", p.pipe, 2);
  sley_value v = sley_fds_to_value(fds_from(sley_receive_fds(p.b, 8, 4)));
  assert_true(sley_fds_is_in(&v));
  sley_value_drop(&v); /* closes them */
  assert_int_equal(sley_fds_closed_count(), 1);
  sley_fds_drop(NULL);
  drop_pair(&p);
}

/* ---- kind seqpacket ---- */

static void a_read_is_a_message(void **state)
{
  (void)state;
  static char big[150000], got[sizeof(big)]; /* over what one attempt writes of a stream */
  pair p = open_pair(SLEY_SOCKET_KIND_SEQPACKET);
  const sley_slice slices[] = {{"one", 3}, {"two", 3}};
  run_gives(sley_write(p.a, "one", 3), 0);
  run_gives(sley_writev(p.a, slices, 2), 0);
  assert_int_equal(sley_try_write(p.a, "3", 1), 1);
  run_gives(sley_write(p.a, big, sizeof(big)), 0); /* one, although it is large */
  run_gives(sley_read(p.b, got, sizeof(got)), 3);
  run_gives(sley_read(p.b, got, sizeof(got)), 6);
  assert_memory_equal(got, "onetwo", 6);
  const sley_room rooms[] = {{got, 1}, {got + 1, 2}};
  run_gives(sley_readv(p.b, rooms, 2), 1);
  run_gives(sley_read(p.b, got, sizeof(got)), sizeof(big));
  /* A longer one than the room is gone. */
  run_gives(sley_write(p.a, "12345678", 8), 0);
  run_gives(sley_write(p.a, "ok", 2), 0);
  run_fails(sley_read(p.b, got, 7), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_read(p.b, got, 7), 2);
  run_gives(sley_write(p.a, "12345678", 8), 0);
  run_fails(sley_receive_fds(p.b, 7, 1), &sley_kind_sley, SLEY_EINVAL);
  send_with(sley_io_fd(p.a), "x", p.pipe, 2);
  run_gives(sley_read(p.b, got, 7), 1);
  assert_int_equal(sley_fds_closed_count(), 1);
  run_gives(sley_io_end(p.a), 0);
  run_gives(sley_read(p.b, got, 7), 0);
  drop_pair(&p);
}

static void a_full_one_waits(void **state)
{
  (void)state;
  char text[4096] = "", got[sizeof(text)];
  pair p = open_pair(SLEY_SOCKET_KIND_SEQPACKET);
  int64_t sent = 0;
  while (sley_try_write(p.a, text, sizeof(text)) == sizeof(text)) sent++;
  sley_promise *last = sley_write(p.a, "last", 4);
  assert_true(sley_is_pending(last));
  for (; sent > 0; sent--) run_gives(sley_read(p.b, got, sizeof(got)), sizeof(text));
  run_gives(last, 0);
  run_gives(sley_read(p.b, got, sizeof(got)), 4);
  drop_pair(&p);
}

static void is_refused(sley_error *e)
{
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
}

static void channels_refuse_messages(void **state)
{
  (void)state;
  pair p = open_pair(SLEY_SOCKET_KIND_SEQPACKET);
  sley_input *in;
  sley_output *out;
  is_refused(sley_channels(NULL, p.a, &in, &out));
  sley_io *of_fd; /* its first use tells what it is */
  assert_null(sley_io_from_fd(dup(sley_io_fd(p.a)), SLEY_IO_MODE_GUESS, &of_fd));
  is_refused(sley_input_from_io(NULL, of_fd, &in));
  sley_io_drop(of_fd);
  sley_io *none[2];
  is_refused(sley_socketpair((sley_socket_kind)7, none));
  drop_pair(&p);
}

/* ---- without memory ---- */

static void without_memory(void)
{
  sley_io *ends[2];
  sley_fd fds[2];
  const sley_slice one = {"x", 1};
  assert_int_equal(pipe(fds), 0);
  sley_error *e = sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends);
  if (e == NULL) {
    sley_promise *got = sley_receive_fds(ends[1], 8, 4);
    e = sley_run(sley_send_fds(ends[0], &one, 1, fds, 2), NULL);
    if (e != NULL) sley_cancel(got);
    settle(got);
    sley_error_drop(e);
    sley_io_drop(ends[0]);
    sley_io_drop(ends[1]);
  } else {
    sley_error_drop(e);
  }
  close_all(fds, 2);
}

static void each_allocation(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(over_a_stream),
      TEST(over_messages),
      TEST(one_message_at_a_time),
      TEST(what_nobody_takes_is_closed),
      TEST(every_unix_socket_counts),
      TEST(no_room_for_another_descriptor),
      TEST(a_canceled_one_takes_nothing),
      TEST(a_full_socket),
      TEST(the_end_and_errors),
      TEST(as_values),
      TEST(a_read_is_a_message),
      TEST(a_full_one_waits),
      TEST(channels_refuse_messages),
      cmocka_unit_test(each_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
