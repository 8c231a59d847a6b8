/* A program that was started without standard streams (`program <&- >&- 2>&-`): nothing of the library takes their
 * numbers, in any way in which a descriptor is made, and the streams fail instead of waiting or reaching a peer.
 * Tests src/reactor/system.c, src/io/object/standard_closed.c. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sley/datagram.h>

#include "support/channels.h"
#include "support/child.h"
#include "support/domains.h"

#define CHECK(good)                         \
  do {                                      \
    if (!(good)) _exit(__LINE__ % 251 + 1); \
  } while (0)

static bool are_free(void)
{
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) >= 0) return false;
  return true;
}

static void close_all(void)
{
  for (int fd = 0; fd < 3; fd++) close(fd);
}

static bool fails(sley_promise *p, int code)
{
  sley_error *e = sley_run(p, NULL);
  bool good = sley_error_is(e, &sley_kind_errno, code);
  sley_error_drop(e);
  return good;
}

static void connections(void)
{
  close_all();
  sley_listener *l;
  const sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_address at;
  sley_value both[2];
  CHECK(sley_listen(&o, &l) == NULL);
  CHECK(are_free());
  sley_listener_address(l, &at);
  sley_promise *accepted = sley_accept(l);
  CHECK(sley_run(sley_connect_to(NULL, &at, 1), &both[0]) == NULL);
  CHECK(sley_run(accepted, &both[1]) == NULL);
  CHECK(are_free());
  CHECK(sley_run(sley_write(sley_io_in(&both[0]), "x", 1), NULL) == NULL);
  char got;
  CHECK(sley_run(sley_read(sley_io_in(&both[1]), &got, 1), NULL) == NULL && got == 'x');
  sley_io *copy;
  CHECK(sley_io_dup(sley_io_in(&both[0]), &copy) == NULL);
  CHECK(are_free());
  sley_io_drop(copy);
  sley_value_drop(&both[0]);
  sley_value_drop(&both[1]);
  sley_listener_close(l);
  CHECK(sley_finish() == 0);
}

static void pairs(void)
{
  close_all();
  sley_io *ends[2];
  CHECK(sley_pipe(&ends[0], &ends[1]) == NULL); /* before there is a loop */
  CHECK(are_free());
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
  CHECK(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) == NULL);
  CHECK(are_free());
  CHECK(sley_run(sley_write(ends[0], "x", 1), NULL) == NULL);
  CHECK(are_free());
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
  CHECK(sley_finish() == 0);
}

static void datagrams(void)
{
  close_all();
  sley_datagram *d;
  const sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0"};
  CHECK(sley_datagram_open(&o, &d) == NULL);
  CHECK(are_free());
  sley_datagram_drop(d);
  CHECK(sley_finish() == 0);
}

static sley_promise *idle_start(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_bool(are_free()));
}

static void domains(void)
{
  close_all();
  sley_domain *d = start("other");
  sley_value v;
  CHECK(sley_run(sley_call(d, idle_start, sley_unit()), &v) == NULL && sley_value_bool(&v));
  CHECK(sley_run(sley_domain_shutdown(d, 5), NULL) == NULL);
  sley_domain_drop(d);
  CHECK(are_free());
  CHECK(sley_finish() == 0);
}

/* A socket that had the number of standard output would send to its peer what is written here. */
static void streams(void)
{
  close(0);
  close(1);
  sley_io *ends[2];
  CHECK(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) == NULL);
  sley_input *in = sley_input_stdin();
  sley_output *out = sley_output_stdout();
  CHECK(in != NULL && out != NULL);
  CHECK(fails(sley_input_char(in), EBADF));
  const char *at;
  size_t size;
  CHECK(sley_try_line(in, &at, &size) == -SLEY_ESYSTEM);
  settle(sley_output_text(out, "to nobody\n"));
  CHECK(fails(sley_output_flush(out), EBADF));
  CHECK(fails(sley_output_text(out, "to nobody\n"), EBADF));
  sley_error *e = sley_run(sley_input_pump(in, out), NULL);
  CHECK(strstr(sley_error_message(e), "from standard input: read: Bad file descriptor") != NULL);
  sley_error_drop(e);
  CHECK(fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0);
  char got;
  CHECK(sley_try_read(ends[0], &got, 1) == -SLEY_EAGAIN);
  CHECK(sley_try_read(ends[1], &got, 1) == -SLEY_EAGAIN);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
  CHECK(sley_finish() == 0);
}

/* Only some are missing, and there are no descriptors left to move away to: that is an error, and nothing stays open. */
static void one_without_room(void)
{
  close(1);
  sley_io *in, *out;
  const struct rlimit few = {4, 4}; /* 0, 2 and one more */
  for (int fd = 3; fd < 1000; fd++) close(fd);
  setrlimit(RLIMIT_NOFILE, &few);
  sley_error *e = sley_pipe(&in, &out);
  CHECK(sley_error_is(e, &sley_kind_errno, EMFILE));
  sley_error_drop(e);
  CHECK(fcntl(1, F_GETFD) < 0 && fcntl(3, F_GETFD) < 0);
}

static void nothing_takes_their_numbers(void **state)
{
  (void)state;
  static void (*const all[])(void) = {connections, pairs,   datagrams,
                                      domains,     streams, one_without_room};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    char said[2048];
    int status = run_in_child(all[i], said, sizeof(said));
    if (status != 0) fail_msg("case %zu: status %#x: %s", i, (unsigned)status, said);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_takes_their_numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
