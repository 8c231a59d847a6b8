/* Options of connections.
 * Tests src/io/socket/socket_options.c. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support/process.h"

#include <sley.h>

typedef struct both_ends {
  sley_listener *listener;
  sley_value client, server;
} both_ends;

static both_ends connected(void)
{
  both_ends c;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &c.listener));
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(c.listener));
  sley_promise *accepted = sley_accept(c.listener);
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &c.client));
  assert_null(sley_run(accepted, &c.server));
  return c;
}

static void close_all(both_ends *c)
{
  sley_value_drop(&c->client);
  sley_value_drop(&c->server);
  sley_listener_close(c->listener);
}

static int option(const sley_io *io, int level, int name)
{
  int value = -1;
  size_t size = sizeof(value);
  assert_null(sley_socket_get(io, level, name, &value, &size));
  assert_int_equal(size, sizeof(value));
  return value;
}

static void is_refused(sley_error *e, const sley_error_kind *kind, int code, const char *said)
{
  assert_non_null(e);
  if (!sley_error_is(e, kind, code) || strstr(sley_error_message(e), said) == NULL)
    fail_msg("%s", sley_error_message(e));
  assert_non_null(strstr(sley_error_site(e), "test_socket_options.c"));
  sley_error_drop(e);
}

static void any_option(void **state)
{
  (void)state;
  both_ends c = connected();
  sley_io *io = sley_io_in(&c.client);
  const int on = 1, off = 0;
  assert_null(sley_socket_set(io, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)));
  assert_int_not_equal(option(io, SOL_SOCKET, SO_OOBINLINE), 0);
  assert_null(sley_socket_set(io, SOL_SOCKET, SO_OOBINLINE, &off, sizeof(off)));
  assert_int_equal(option(io, SOL_SOCKET, SO_OOBINLINE), 0);
  assert_int_equal(option(io, SOL_SOCKET, SO_ERROR), 0);
  assert_int_equal(option(io, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  char said[80];
  snprintf(said, sizeof(said), "setsockopt of level %d, option 9999: ", SOL_SOCKET);
  is_refused(sley_socket_set(io, SOL_SOCKET, 9999, &on, sizeof(on)), &sley_kind_errno, ENOPROTOOPT,
             said);
  size_t size = sizeof(on);
  int value;
  is_refused(sley_socket_get(io, SOL_SOCKET, 9999, &value, &size), &sley_kind_errno, ENOPROTOOPT,
             "getsockopt of level");
  close_all(&c);
}

static void keep_alive_and_user_timeout(void **state)
{
  (void)state;
  both_ends c = connected();
  sley_io *io = sley_io_in(&c.client);
  assert_null(sley_socket_set_keep_alive(io, 10.2, 0.3, 3));
  assert_int_not_equal(option(io, SOL_SOCKET, SO_KEEPALIVE), 0);
#ifdef __linux__
  assert_int_equal(option(io, IPPROTO_TCP, TCP_KEEPIDLE), 11);
  assert_int_equal(option(io, IPPROTO_TCP, TCP_KEEPINTVL), 1);
  assert_int_equal(option(io, IPPROTO_TCP, TCP_KEEPCNT), 3);
  assert_null(sley_socket_set_user_timeout(io, 0.0125));
  assert_int_equal(option(io, IPPROTO_TCP, TCP_USER_TIMEOUT), 13);
  assert_null(sley_socket_set_user_timeout(io, INFINITY));
  assert_int_equal(option(io, IPPROTO_TCP, TCP_USER_TIMEOUT), INT_MAX);
#endif
  assert_null(sley_socket_set_user_timeout(io, 0));
  assert_null(sley_socket_set_keep_alive(io, 0, 0, 1));
  assert_int_equal(option(io, SOL_SOCKET, SO_KEEPALIVE), 0);
  static const struct {
    double idle, interval;
    size_t count;
  } wrong[] = {{-1, 1, 1}, {1, -1, 1}, {1, 1, 0}, {NAN, 1, 1}, {1, NAN, 1}, {1, 1, SIZE_MAX}};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    is_refused(sley_socket_set_keep_alive(io, wrong[i].idle, wrong[i].interval, wrong[i].count),
               &sley_kind_sley, SLEY_EINVAL, "sley_socket_set_keep_alive");
  is_refused(sley_socket_set_user_timeout(io, -1), &sley_kind_sley, SLEY_EINVAL, "negative");
  is_refused(sley_socket_set_user_timeout(io, NAN), &sley_kind_sley, SLEY_EINVAL, "no number");
  close_all(&c);
}

static void linger(void **state)
{
  (void)state;
  both_ends c = connected();
  sley_io *io = sley_io_in(&c.client);
  struct linger l;
  size_t size = sizeof(l);
  assert_null(sley_socket_set_linger(io, 2.5));
  assert_null(sley_socket_get(io, SOL_SOCKET, SO_LINGER, &l, &size));
  assert_int_not_equal(l.l_onoff, 0);
  assert_int_equal(l.l_linger, 3);
  assert_null(sley_socket_set_linger(io, -1));
  assert_null(sley_socket_get(io, SOL_SOCKET, SO_LINGER, &l, &size));
  assert_int_equal(l.l_onoff, 0);
  is_refused(sley_socket_set_linger(io, NAN), &sley_kind_sley, SLEY_EINVAL, "no number");
  assert_null(sley_socket_set_linger(io, 0)); /* the peer reads a reset */
  sley_value_drop(&c.client);
  char byte;
  run_fails(sley_read(sley_io_in(&c.server), &byte, 1), &sley_kind_errno, ECONNRESET);
  close_all(&c);
}

static void buffers(void **state)
{
  (void)state;
  both_ends c = connected();
  sley_io *io = sley_io_in(&c.client);
  int receive = option(io, SOL_SOCKET, SO_RCVBUF);
  assert_null(sley_socket_set_buffers(io, 20000, 0));
  assert_true(option(io, SOL_SOCKET, SO_SNDBUF) >= 20000);
  assert_true(option(io, SOL_SOCKET, SO_SNDBUF) <= 40000);
  assert_int_equal(option(io, SOL_SOCKET, SO_RCVBUF), receive);
  assert_null(sley_socket_set_buffers(io, 0, 30000));
  assert_true(option(io, SOL_SOCKET, SO_RCVBUF) >= 30000);
  assert_true(option(io, SOL_SOCKET, SO_RCVBUF) <= 60000);
  is_refused(sley_socket_set_buffers(io, (size_t)INT_MAX + 1, 0), &sley_kind_sley, SLEY_EINVAL,
             "INT_MAX");
  close_all(&c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(any_option), TEST(keep_alive_and_user_timeout),
                                     TEST(linger), TEST(buffers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
