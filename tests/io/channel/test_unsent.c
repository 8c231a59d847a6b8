/* What is unsent when a domain ends is sent as long as the peers take it, and told if it cannot be.
 * Tests src/io/channel/drain.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/channels.h"
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

static sley_promise *writes_to_a_full_one(sley_value *arg)
{
  sley_promise *p = writes_and_leaves(arg);
  sley_drop(p);
  return sley_return(sley_unit());
}

static void what_is_not_taken_is_told(void **state)
{
  (void)state;
  int fds[2];
  static char big[100000];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  while (send(fds[0], big, sizeof big, MSG_DONTWAIT) > 0) continue;
  sley_domain *d = start("other");
  run_gives(sley_call(d, writes_to_a_full_one, sley_int(fds[0])), 0);
  int ends[2], errors = dup(STDERR_FILENO);
  char said[256] = "";
  assert_int_equal(pipe(ends), 0);
  dup2(ends[1], STDERR_FILENO);
  run_gives(sley_domain_shutdown(d, 20), 0);
  sley_domain_drop(d);
  dup2(errors, STDERR_FILENO);
  close(ends[1]);
  assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
  assert_non_null(strstr(said, "left in domain other: 30000 bytes to descriptor "));
  close(ends[0]);
  close(errors);
  sley_output_drop(left);
  close(fds[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_is_unsent_is_sent),
      TEST(what_is_not_taken_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
