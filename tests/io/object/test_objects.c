/* Objects over descriptors and over types of the test's own: reading, writing, waiting, ends, holders, duplicates; system
 * calls that fail. Numbers are those of the cases of Lwt's own tests of Lwt_unix.
 * Tests src/io/object/transfer.c, src/io/object/close.c, src/io/object/from_fd.c, src/io/object/descriptor.c,
 * src/io/object/peer.c. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>

#include "support/domains.h"

static void open_pipe(sley_io **in, sley_io **out, sley_io_mode mode)
{
  sley_fd fds[2];
  assert_int_equal(pipe(fds), 0);
  assert_null(sley_io_from_fd(fds[0], mode, in));
  assert_null(sley_io_from_fd(fds[1], mode, out));
}

static const sley_io_mode modes[] = {SLEY_IO_MODE_NONBLOCK, SLEY_IO_MODE_BLOCK, SLEY_IO_MODE_GUESS};

/* ---- many pieces ---- */

/* B1.22, B1.23; defect (a) of Lwt: of a descriptor that blocks, it writes whole pieces. */
static void readv_fills_and_clobbers_nothing(void **state)
{
  (void)state;
  for (size_t m = 0; m < 3; m++) {
    sley_io *in, *out;
    open_pipe(&in, &out, modes[m]);
    char a[] = "..___..", b[] = "..____..";
    sley_room rooms[] = {{a + 2, 3}, {b + 2, 4}};
    run_gives(sley_write(out, "foobar", 6), 0);
    run_gives(sley_readv(in, rooms, 2), 6);
    assert_string_equal(a, "..foo..");
    assert_string_equal(b, "..bar_..");
    assert_int_equal(sley_io_is_blocking(in), modes[m] == SLEY_IO_MODE_BLOCK);
    sley_io_drop(in);
    sley_io_drop(out);
  }
}

static void readv_of_the_rest(void **state) /* B1.24 */
{
  (void)state;
  sley_io *in, *out;
  open_pipe(&in, &out, SLEY_IO_MODE_GUESS);
  char a[] = "___", b[] = "___";
  sley_room rooms[] = {{a + 3, 0}, {b, 3}};
  run_gives(sley_write(out, "foobar", 6), 0);
  run_gives(sley_readv(in, rooms, 2), 3);
  assert_string_equal(a, "___");
  assert_string_equal(b, "foo");
  sley_io_drop(in);
  sley_io_drop(out);
}

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

static void more_pieces_than_one_call_takes(void **state) /* B1.25, B1.33 */
{
  (void)state;
  sley_io *in, *out;
  static char from[IOV_MAX + 1], to[IOV_MAX + 1];
  static sley_slice slices[IOV_MAX + 1];
  static sley_room rooms[IOV_MAX + 1];
  open_pipe(&in, &out, SLEY_IO_MODE_GUESS);
  for (int i = 0; i <= IOV_MAX; i++) {
    from[i] = (char)('a' + i % 26);
    slices[i] = (sley_slice){&from[i], 1};
    rooms[i] = (sley_room){&to[i], 1};
  }
  to[IOV_MAX] = '!';
  run_gives(sley_writev(out, slices, IOV_MAX + 1), 0); /* all of them */
  run_gives(sley_readv(in, rooms, IOV_MAX + 1), IOV_MAX);
  assert_memory_equal(from, to, IOV_MAX);
  assert_int_equal(to[IOV_MAX], '!');
  run_gives(sley_read(in, to, 10), 1);
  assert_int_equal(to[0], from[IOV_MAX]);
  sley_io_drop(in);
  sley_io_drop(out);
}

static void writev_writes_all(void **state) /* B1.27, B1.28, B1.29 */
{
  (void)state;
  for (size_t m = 0; m < 3; m++) {
    sley_io *in, *out;
    char text[16] = "";
    open_pipe(&in, &out, modes[m]);
    const sley_slice slices[] = {{"foo", 3}, {"bar", 3}, {"baz", 3}};
    run_gives(sley_writev(out, slices, 3), 0);
    run_gives(sley_read(in, text, 15), modes[m] == SLEY_IO_MODE_BLOCK ? 9 : 9);
    assert_string_equal(text, "foobarbaz");
    assert_int_equal(sley_io_is_blocking(out), modes[m] == SLEY_IO_MODE_BLOCK);
    const sley_slice parts[] = {{&"foo"[1], 2}, {&"bar"[1], 2}};
    run_gives(sley_writev(out, parts, 2), 0);
    memset(text, 0, sizeof text);
    run_gives(sley_read(in, text, 15), 4);
    assert_string_equal(text, "ooar");
    sley_io_drop(in);
    sley_io_drop(out);
  }
}

static void nothing_to_write(void **state) /* B1.31 */
{
  (void)state;
  sley_io *in, *out;
  char c;
  open_pipe(&in, &out, SLEY_IO_MODE_GUESS);
  const sley_slice none[] = {{"x", 0}, {NULL, 0}};
  run_gives(sley_writev(out, none, 2), 0);
  run_gives(sley_writev(out, NULL, 0), 0);
  run_gives(sley_write(out, "", 0), 0);
  assert_int_equal(sley_try_read(in, &c, 1), -SLEY_EAGAIN);
  run_fails(sley_read(in, &c, 0), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_readv(in, NULL, 0), &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(in);
  sley_io_drop(out);
}

static void a_large_write_in_parts(void **state)
{
  (void)state;
  static char big[1 << 20], got[1 << 20];
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)(i * 7 + i / 1000);
  for (size_t m = 0; m < 3; m++) {
    sley_io *in, *out;
    open_pipe(&in, &out, modes[m]);
    const sley_slice halves[] = {{big, sizeof(big) / 2}, {big + sizeof(big) / 2, sizeof(big) / 2}};
    sley_promise *p = m == 0 ? sley_writev(out, halves, 2) : sley_write(out, big, sizeof big);
    size_t size = 0;
    while (size < sizeof got) {
      int64_t n;
      sley_value v;
      assert_null(sley_run(sley_read(in, got + size, sizeof(got) - size), &v));
      n = v.i;
      assert_true(n > 0);
      size += (size_t)n;
    }
    run_gives(p, 0);
    assert_memory_equal(big, got, sizeof big);
    sley_io_drop(in);
    sley_io_drop(out);
  }
}

static void some_of_it(void **state)
{
  (void)state;
  static char big[1 << 20];
  sley_io *ends[2];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_value v;
  assert_null(sley_run(sley_write_some(ends[0], big, sizeof big), &v));
  assert_true(v.i > 0 && (size_t)v.i < sizeof big);
  sley_promise *p = sley_write_some(ends[0], big, sizeof big);
  while (sley_is_pending(p)) {
    int64_t n = sley_try_read(ends[1], big, sizeof big);
    assert_true(n > 0 || n == -SLEY_EAGAIN);
    rest(0);
  }
  assert_null(sley_run(p, &v));
  assert_true(v.i > 0);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

/* ---- waiting ---- */

static void any_number_may_wait(void **state)
{
  (void)state;
  sley_io *ends[2];
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_promise *a = sley_io_wait_readable(ends[0]), *b = sley_io_wait_readable(ends[0]),
               *read = sley_read(ends[0], &c, 1), *d = sley_io_wait_readable(ends[0]);
  run_gives(sley_io_wait_writable(ends[0]), 0);
  sley_cancel(b);
  run_fails(b, &sley_kind_sley, SLEY_ECANCELED);
  run_fails(sley_read(ends[0], &c, 1), &sley_kind_sley, SLEY_EINVAL); /* one read at a time */
  assert_int_equal(sley_try_read(ends[0], &c, 1), -SLEY_EINVAL);
  assert_int_equal(sley_try_write(ends[1], "x", 1), 1);
  run_gives(a, 0);
  run_gives(read, 1);
  run_gives(d, 0);
  sley_io_drop(ends[1]);
  run_gives(sley_io_wait_readable(ends[0]), 0); /* the end counts as readable */
  assert_int_equal(sley_try_read(ends[0], &c, 1), 0);
  sley_io_drop(ends[0]);
}

static void a_canceled_read_leaves_its_buffer_alone(void **state)
{
  (void)state;
  sley_io *ends[2];
  char canary[16];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  memset(canary, '#', sizeof canary);
  sley_promise *p = sley_read(ends[0], canary, sizeof canary);
  rest(0.001);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  run_gives(sley_write(ends[1], "overwritten?", 12), 0);
  rest(0.002);
  for (size_t i = 0; i < sizeof canary; i++) assert_int_equal(canary[i], '#');
  run_gives(sley_read(ends[0], canary, 10), 10);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

/* ---- errors ---- */

static void a_reset_is_told_again(void **state)
{
  (void)state;
  sley_io *ends[2];
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  run_gives(sley_write(ends[0], "unread", 6), 0);
  sley_io_drop(ends[1]); /* with unread data: a reset */
  for (int i = 0; i < 3; i++) run_fails(sley_read(ends[0], &c, 1), &sley_kind_errno, ECONNRESET);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_errno, EPIPE);
  sley_io_drop(ends[0]);
}

static int pipes; /* SIGPIPEs */
static void on_pipe(int number)
{
  (void)number;
  pipes++;
}

static void sigpipe_is_never_raised(void **state)
{
  (void)state;
  struct sigaction action = {.sa_handler = on_pipe}, before;
  sigaction(SIGPIPE, &action, &before);
  pipes = 0;
  for (size_t m = 0; m < 3; m++) {
    sley_io *in, *out;
    open_pipe(&in, &out, modes[m]);
    sley_io_drop(in);
    const sley_slice two[] = {{"x", 1}, {"y", 1}};
    run_fails(sley_write(out, "x", 1), &sley_kind_errno, EPIPE);
    run_fails(sley_writev(out, two, 2), &sley_kind_errno, EPIPE);
    sley_io_drop(out);
  }
  sley_io *ends[2];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_io_drop(ends[1]);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_errno, EPIPE);
  sley_io_drop(ends[0]);
  assert_int_equal(pipes, 0);
  raise(SIGPIPE); /* it is neither blocked nor ignored afterwards */
  assert_int_equal(pipes, 1);
  sigaction(SIGPIPE, &before, NULL);
}

static void what_is_wrong_with_a_descriptor(void **state)
{
  (void)state;
  sley_io *io;
  char c;
  sley_error *e = sley_io_from_fd(-1, SLEY_IO_MODE_GUESS, &io);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  assert_null(io);
  sley_error_drop(e);
  assert_null(sley_io_from_fd(1000, SLEY_IO_MODE_GUESS, &io));
  run_fails(sley_read(io, &c, 1), &sley_kind_errno, EBADF);
  assert_int_equal(sley_try_read(io, &c, 1), -SLEY_ESYSTEM);
  run_fails(sley_io_close(io), &sley_kind_errno, EBADF);
  sley_io_drop(io);
}

static void a_file_never_waits(void **state)
{
  (void)state;
  char name[] = "/tmp/sley_objects_XXXXXX", text[8] = "";
  sley_fd fd = mkstemp(name);
  sley_io *io;
  assert_true(fd >= 0);
  unlink(name);
  assert_null(sley_io_from_fd(fd, SLEY_IO_MODE_GUESS, &io));
  run_gives(sley_write(io, "abc", 3), 0);
  lseek(fd, 0, SEEK_SET);
  run_gives(sley_io_wait_readable(io), 0);
  run_gives(sley_read(io, text, 8), 3);
  assert_string_equal(text, "abc");
  run_gives(sley_read(io, text, 8), 0);
  assert_false(sley_io_is_terminal(io));
  sley_io_drop(io);
}

/* ---- ends ---- */

static void halves_end_one_by_one(void **state)
{
  (void)state;
  sley_io *ends[2];
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  run_gives(sley_io_end(ends[0]), 0);
  run_gives(sley_read(ends[1], &c, 1), 0);
  run_gives(sley_write(ends[1], "x", 1), 0);
  run_gives(sley_read(ends[0], &c, 1), 1);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_errno, EPIPE);
  run_gives(sley_io_end_reading(ends[1]), 0);
  sley_io *in, *out;
  assert_null(sley_pipe(&in, &out));
  run_fails(sley_io_end(out), &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(in);
  sley_io_drop(out);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void closing_rejects_what_waits(void **state) /* B1.40 */
{
  (void)state;
  sley_io *ends[2], *dup;
  char c;
  sley_fd fd;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_promise *read = sley_read(ends[0], &c, 1), *wait = sley_io_wait_readable(ends[0]);
  assert_true(sley_io_is_open(ends[0]));
  sley_promise *p = sley_io_close(ends[0]), *again = sley_io_close(ends[0]);
  run_gives(p, 0);
  run_gives(again, 0);
  assert_false(sley_io_is_open(ends[0]));
  assert_int_equal(sley_io_fd(ends[0]), -1);
  run_fails(read, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(wait, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_io_end(ends[0]), &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(sley_try_write(ends[0], "x", 1), -SLEY_ECLOSED);
  sley_error *e = sley_io_dup(ends[0], &dup);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED));
  e = sley_io_take_fd(ends[0], &fd);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED));
  assert_int_equal(fd, -1);
  sley_io_abort(ends[0]); /* nothing more */
  sley_io_abort(NULL);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void aborted_with_an_error(void **state) /* B1.41 */
{
  (void)state;
  sley_io *ends[2];
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_promise *p = sley_read(ends[0], &c, 1);
  sley_io_abort_with(ends[0], sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "mine"));
  run_fails(p, &sley_kind_sley, SLEY_ENOTFOUND);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_sley, SLEY_ENOTFOUND);
  sley_io_abort_with(ends[0], sley_error_eof()); /* a second one does nothing */
  run_fails(sley_read(ends[0], &c, 1), &sley_kind_sley, SLEY_ENOTFOUND);
  sley_io_abort_with(NULL, sley_error_eof());
  run_gives(sley_io_close(ends[0]), 0);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void holders_are_counted(void **state)
{
  (void)state;
  sley_io *ends[2];
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  assert_ptr_equal(sley_io_keep(ends[0]), ends[0]);
  sley_promise *p = sley_read(ends[0], &c, 1);
  sley_io_drop(ends[0]);
  assert_true(sley_is_pending(p));
  sley_io_drop(ends[0]);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  run_gives(sley_read(ends[1], &c, 1), 0);
  sley_io_drop(ends[1]);
  assert_null(sley_io_keep(NULL));
  sley_io_drop(NULL);
}

static void duplicates(void **state) /* B1.57 */
{
  (void)state;
  sley_io *ends[2], *dup, *in, *out;
  char c;
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  assert_null(sley_io_dup(ends[0], &dup));
  assert_int_equal(sley_io_is_blocking(dup), sley_io_is_blocking(ends[0]));
  assert_true(fcntl(sley_io_fd(dup), F_GETFD) & FD_CLOEXEC);
  run_gives(sley_write(dup, "1", 1), 0);
  run_gives(sley_write(ends[0], "2", 1), 0);
  run_gives(sley_read(ends[1], &c, 1), 1);
  assert_int_equal(c, '1');
  sley_io_drop(ends[0]);
  run_gives(sley_write(ends[1], "3", 1), 0);
  run_gives(sley_read(dup, &c, 1), 1);
  assert_int_equal(c, '3');
  sley_io_drop(dup);
  sley_io_drop(ends[1]);
  open_pipe(&in, &out, SLEY_IO_MODE_BLOCK);
  assert_null(sley_io_dup(in, &dup));
  assert_true(sley_io_is_blocking(dup));
  sley_io_drop(dup);
  sley_io_drop(in);
  sley_io_drop(out);
}

static void the_descriptor_taken_out_blocks_again(void **state)
{
  (void)state;
  sley_io *in, *out;
  char c;
  sley_fd fd;
  open_pipe(&in, &out, SLEY_IO_MODE_GUESS);
  sley_promise *p = sley_read(in, &c, 1);
  assert_false(sley_io_is_blocking(in));
  sley_error *e = sley_io_take_fd(in, &fd);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL)); /* a read is pending */
  sley_error_drop(e);
  sley_cancel(p);
  sley_drop(p);
  assert_null(sley_io_take_fd(in, &fd));
  assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
  assert_int_equal(close(fd), 0);
  sley_io_drop(out);
}

static void standard_streams(void **state)
{
  (void)state;
  sley_io *io = sley_stdout();
  assert_non_null(io);
  assert_ptr_equal(sley_stdout(), io);
  assert_int_equal(sley_io_fd(io), 1);
  assert_int_equal(sley_io_fd(sley_stdin()), 0);
  assert_int_equal(sley_io_fd(sley_stderr()), 2);
  run_gives(sley_write(io, "written to standard output\n", 27), 0);
}

static sley_promise *asks_for_stdout(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_bool(sley_stdout() == NULL));
}

static void standard_streams_are_one_domains(void **state)
{
  (void)state;
  assert_non_null(sley_stdout());
  sley_domain *d = start("other");
  run_gives(sley_call(d, asks_for_stdout, sley_unit()), 1);
  end_leaving_nothing(d);
}

static sley_promise *uses_it_there(sley_value *arg)
{
  sley_value v;
  if (sley_take(arg, &v) != 0) return sley_fail(sley_error_nomem());
  sley_io *io = sley_io_take(&v);
  int64_t n = sley_try_write(io, "there", 5);
  sley_io_drop(io);
  return sley_return(sley_int(n));
}

static void moves_when_nothing_holds_it(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  sley_io *ends[2];
  char text[8];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  run_gives(sley_write(ends[0], "here", 4), 0);
  sley_io *second = sley_io_keep(ends[0]);
  sley_value v = sley_io_to_value(ends[0]);
  run_fails(sley_call(d, uses_it_there, v), &sley_kind_sley, SLEY_ESEND);
  (void)second; /* the value was dropped with the refused call: this holder is left */
  run_gives(sley_call(d, uses_it_there, sley_io_to_value(second)), 5);
  run_gives(sley_read(ends[1], text, 8), 8);
  sley_io_drop(ends[1]);
  end_leaving_nothing(d);
}

static void all_of_it_once(void)
{
  sley_io *ends[2], *in, *out, *dup;
  char c;
  if (sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) == NULL) {
    settle(sley_write(ends[0], "x", 1));
    ssize_t n = write(sley_io_fd(ends[0]), "x", 1); /* if that one failed */
    assert_int_equal(n, 1);
    settle(sley_read(ends[1], &c, 1));
    sley_promise *p = sley_read(ends[1], &c, 1);
    if (sley_io_dup(ends[0], &dup) == NULL) sley_io_drop(dup);
    settle(sley_io_close(ends[0]));
    settle(p);
    sley_io_drop(ends[0]);
    sley_io_drop(ends[1]);
  }
  if (sley_pipe(&in, &out) == NULL) {
    const sley_slice two[] = {{"x", 1}, {"y", 1}};
    settle(sley_writev(out, two, 2));
    sley_io_drop(out); /* the end, at least */
    settle(sley_read(in, &c, 1));
    sley_io_drop(in);
  }
  sley_stdout();
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(all_of_it_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(readv_fills_and_clobbers_nothing),
      TEST(readv_of_the_rest),
      TEST(more_pieces_than_one_call_takes),
      TEST(writev_writes_all),
      TEST(nothing_to_write),
      TEST(a_large_write_in_parts),
      TEST(some_of_it),
      TEST(any_number_may_wait),
      TEST(a_canceled_read_leaves_its_buffer_alone),
      TEST(a_reset_is_told_again),
      TEST(sigpipe_is_never_raised),
      TEST(what_is_wrong_with_a_descriptor),
      TEST(a_file_never_waits),
      TEST(halves_end_one_by_one),
      TEST(closing_rejects_what_waits),
      TEST(aborted_with_an_error),
      TEST(holders_are_counted),
      TEST(duplicates),
      TEST(the_descriptor_taken_out_blocks_again),
      TEST(standard_streams),
      TEST(standard_streams_are_one_domains),
      TEST(moves_when_nothing_holds_it),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
