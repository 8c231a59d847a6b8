/* A server without descriptors.
 * Tests src/io/socket/listen_accept.c, src/io/server/accept.c. */
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "io/server/serving.h"

static sley_promise *stay(sley_connection *c)
{
  return sley_input_fill(sley_connection_input(c), 1);
}

static sley_promise *greet(sley_connection *c)
{
  return sley_output_text(sley_connection_output(c), "hello");
}

/* Defect (i) of Lwt: the first EMFILE ends the accepting, and a shutdown then waits forever. Here clients that cannot be
 * served see the end of their connection, and later ones are served. */
static void a_server_without_descriptors_goes_on(void **state)
{
  (void)state;
  enum { CLIENTS = 3 };
  sley_server_options o = served_by(NULL, greet);
  sley_server *s = server_begin(&o);
  sley_address at;
  sley_server_address(s, 0, &at);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_address_port(&at)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  sley_io *served = dial(s);
  hears(served, "hello");
  hears(served, "");
  sley_io_drop(served);
  WAIT_UNTIL(counters(s).open == 0);

  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; i++) clients[i] = socket(AF_INET, SOCK_STREAM, 0);
  struct rlimit old, none;
  getrlimit(RLIMIT_NOFILE, &old);
  none = old;
  int lowest = dup(0);
  close(lowest);
  none.rlim_cur = (rlim_t)lowest;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  for (int i = 0; i < CLIENTS; i++) {
    char byte;
    assert_int_equal(connect(clients[i], (struct sockaddr *)&address, sizeof(address)), 0);
    ssize_t n = -1;
    for (int waited = 0; waited < 20000 && n < 0; waited++) {
      rest(0.001);
      n = recv(clients[i], &byte, 1, MSG_DONTWAIT);
    }
    assert_int_equal(n, 0); /* the end, and no answer */
  }
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  for (int i = 0; i < CLIENTS; i++) close(clients[i]);
  served = dial(s);
  hears(served, "hello");
  hears(served, "");
  sley_io_drop(served);
  assert_int_equal(heard.told, 1); /* that they were closed unserved, once */
  server_end(s);
}

/* The one that it serves has the last descriptor; nobody else comes. */
static void a_server_that_is_just_full_says_nothing(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, stay);
  sley_server *s = server_begin(&o);
  sley_address at;
  sley_server_address(s, 0, &at);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_address_port(&at)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int client = socket(AF_INET, SOCK_STREAM, 0);
  struct rlimit old, one;
  getrlimit(RLIMIT_NOFILE, &old);
  one = old;
  int lowest = dup(0);
  close(lowest);
  one.rlim_cur = (rlim_t)lowest + 1;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
  assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
  WAIT_UNTIL(counters(s).accepted == 1);
  rest(0.05); /* accepting goes on, and finds no descriptor */
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  close(client);
  assert_int_equal(heard.told, 0);
  assert_int_equal(counters(s).dropped, 0);
  server_end(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(a_server_without_descriptors_goes_on),
                                     TEST(a_server_that_is_just_full_says_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
