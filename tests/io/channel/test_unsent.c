/* What is unsent when a domain ends is sent as long as the peers take it, and told if it cannot be.
 * Tests src/io/channel/drain.c, src/io/channel/flush_all.c. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/channels.h"
#include "support/cipher.h"
#include "support/domains.h"

static sley_output *left; /* by the domain that has ended */

static sley_promise *writes_and_leaves(sley_value *arg)
{
  sley_io *io;
  sley_error *e = sley_io_from_fd((sley_fd)arg->i, SLEY_IO_MODE_GUESS, &io);
  if (e == NULL) e = sley_output_from_io(NULL, io, &left);
  if (e != NULL) return sley_fail(e);
  static char big[30000];
  memset(big, 'b', sizeof big);
  return sley_output_write(left, big, sizeof big);
}

static void what_is_unsent_is_sent(void **state)
{
  (void)state;
  int fds[2];
  static char got[40000];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  sley_domain *d = start("other");
  run_gives(sley_call(d, writes_and_leaves, sley_int(fds[0])), 0);
  end_leaving_nothing(d);
  size_t size = 0;
  for (ssize_t n; (n = read(fds[1], got + size, sizeof(got) - size)) > 0;) size += (size_t)n;
  assert_int_equal(size, 30000);
  assert_true(sley_output_is_closed(left));
  sley_output_drop(left);
  close(fds[1]);
}

static char told[2048];

static void hear_line(void *ctx, const char *line)
{
  (void)ctx;
  size_t length = strlen(told);
  snprintf(told + length, sizeof(told) - length, "%s\n", line);
}

/* Twice through a type that has channels below it: what leaves the upper output is the lower one's to send. */
static sley_promise *writes_through_types(sley_value *arg)
{
  sley_io *io;
  sley_error *e = sley_io_from_fd((sley_fd)arg->i, SLEY_IO_MODE_GUESS, &io);
  if (e != NULL) return sley_fail(e);
  io = ciphered(ciphered(io));
  e = sley_output_from_io(NULL, io, &left);
  if (e != NULL) return sley_fail(e);
  static char big[150000];
  memset(big, 'b', sizeof big);
  sley_drop(sley_output_write(left, big, 60000));
  return sley_return_unit();
}

static void through_types_too(void **state)
{
  (void)state;
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  told[0] = '\0';
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "other", .report = hear_line};
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, writes_through_types, sley_int(fds[0])), 0);
  run_gives(sley_domain_shutdown(d, 5), 0);
  sley_domain_drop(d);
  assert_null(strstr(told, "not sent"));
  char got[4096];
  size_t size = 0;
  for (ssize_t n; (n = read(fds[1], got, sizeof got)) > 0; size += (size_t)n)
    for (ssize_t i = 0; i < n; i++) assert_int_equal(got[i], 'b');
  assert_int_equal(size, 60000);
  sley_output_drop(left);
  close(fds[1]);
}

static size_t fill(sley_fd fd)
{
  static char big[100000];
  size_t all = 0;
  for (ssize_t n; (n = send(fd, big, sizeof big, MSG_DONTWAIT)) > 0; all += (size_t)n) continue;
  return all;
}

static size_t empty(sley_fd fd)
{
  static char big[100000];
  size_t all = 0;
  for (ssize_t n; (n = recv(fd, big, sizeof big, MSG_DONTWAIT)) > 0; all += (size_t)n) continue;
  return all;
}

/* The kernel has taken all that was written then. */
static void flushing_all_goes_down_to_the_end(void **state)
{
  (void)state;
  static char big[60000];
  for (int is_full = 0; is_full < 2; is_full++) {
    sley_io *ends[2];
    sley_output *out;
    assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
    sley_fd fd = sley_io_fd(ends[1]);
    size_t filled = is_full ? fill(sley_io_fd(ends[0])) : 0, got = 0;
    assert_null(sley_output_from_io(NULL, ciphered(ciphered(ends[0])), &out));
    sley_drop(sley_output_write(out, big, sizeof big));
    sley_promise *p = sley_flush_all();
    if (is_full) assert_true(sley_is_pending(p));
    for (; sley_is_pending(p); got += empty(fd)) assert_null(sley_step(SLEY_SECOND));
    run_gives(p, 0);
    assert_int_equal(got + empty(fd), filled + sizeof big);
    sley_output_drop(out);
    sley_io_drop(ends[1]);
  }
}

/* By a clock of its own, which does not wait for what is not ready. */
static sley_promise *writes_to_a_full_one(sley_value *arg)
{
  assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC));
  sley_promise *p = writes_and_leaves(arg);
  sley_drop(p);
  return sley_return(sley_unit());
}

/* In the domain's report, as its promises that are left. */
static void what_is_not_taken_is_told(void **state)
{
  (void)state;
  int fds[2];
  static char big[100000];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  while (send(fds[0], big, sizeof big, MSG_DONTWAIT) > 0) continue;
  told[0] = '\0';
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "other", .report = hear_line};
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, writes_to_a_full_one, sley_int(fds[0])), 0);
  run_gives(sley_domain_shutdown(d, 20), 0);
  sley_domain_drop(d);
  assert_non_null(strstr(told, "left in domain other: 30000 bytes to descriptor "));
  sley_output_drop(left);
  close(fds[1]);
}

static sley_io *left_io;

static sley_promise *takes_and_leaves(sley_value *arg)
{
  sley_error *e = sley_io_from_fd((sley_fd)arg->i, SLEY_IO_MODE_GUESS, &left_io);
  if (e != NULL) return sley_fail(e);
  return sley_io_wait_writable(left_io);
}

/* What is still open is closed, and named. */
static void what_is_open_is_told(void **state)
{
  (void)state;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof(at);
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &length), 0);
  assert_int_equal(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
  told[0] = '\0';
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "other", .report = hear_line};
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, takes_and_leaves, sley_int(client)), 0);
  run_gives(sley_domain_shutdown(d, 20), 0);
  sley_domain_drop(d);
  char wanted[64];
  snprintf(wanted, sizeof(wanted), "left in domain other: tcp to 127.0.0.1:%u",
           (unsigned)ntohs(at.sin_port));
  if (strstr(told, wanted) == NULL) fail_msg("%s is not in: %s", wanted, told);
  assert_false(sley_io_is_open(left_io));
  assert_int_equal(fcntl(client, F_GETFD), -1);
  sley_io_drop(left_io);
  close(listener);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_is_unsent_is_sent),
      TEST(through_types_too),
      TEST(flushing_all_goes_down_to_the_end),
      TEST(what_is_not_taken_is_told),
      TEST(what_is_open_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
