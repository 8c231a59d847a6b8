/* Servers that end while something is under way: a question about a connection, a scope, a full queue.
 * Tests src/io/server/accept.c, src/io/server/serve.c. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/server/serving.h"
#include "support/domains.h"

/* Connected, and in the listener's queue: the loop does not run. */
static int queued(const sley_server *s)
{
  struct sockaddr_in a = {.sin_family = AF_INET,
                          .sin_port = htons((uint16_t)sley_server_port(s)),
                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
  return fd;
}

/* ---- accept_if stops the server ---- */

static struct {
  sley_server *server;
  sley_promise *stop;
  int calls;
} asked;

static bool stops_the_server(const sley_address *peer, const sley_value *context)
{
  (void)peer;
  (void)context;
  if (asked.calls++ == 0) asked.stop = sley_server_stop(asked.server, 0.01);
  return true;
}

static sley_promise *waits_for_input(sley_connection *c)
{
  return sley_input_fill(sley_connection_input(c), 1);
}

/* Those behind it in the queue have taken its place meanwhile. */
static void who_is_asked_about_as_it_stops_is_closed(void **state)
{
  (void)state;
  enum { CLIENTS = 3 };
  int fds[CLIENTS];
  sley_server_options o = served_by(NULL, waits_for_input);
  o.most = CLIENTS - 1;
  o.accept_if = stops_the_server;
  memset(&asked, 0, sizeof(asked));
  asked.server = server_begin(&o);
  for (int i = 0; i < CLIENTS; i++) fds[i] = queued(asked.server);
  WAIT_UNTIL(asked.stop != NULL);
  run_gives(asked.stop, CLIENTS - 1);
  assert_int_equal(asked.calls, CLIENTS);
  assert_int_equal(counters(asked.server).lost, 1);
  for (int i = 0; i < CLIENTS; i++) {
    char byte;
    assert_true(recv(fds[i], &byte, 1, 0) <= 0);
    close(fds[i]);
  }
  server_end(asked.server);
}

/* ---- a scope, and a domain that ends ---- */

static int over; /* any thread, __atomic */

static void connection_over(void *data)
{
  (void)data;
  __atomic_add_fetch(&over, 1, __ATOMIC_RELAXED);
}

static sley_promise *stays_in_its_scope(sley_connection *c)
{
  assert_non_null(sley_connection_scope(c));
  return sley_no_cancel(sley_sleep(60));
}

static void a_scope_ends_with_its_domain(void **state)
{
  (void)state;
  sley_domain *d = start("ends");
  sley_server_options o = served_by(NULL, stays_in_its_scope);
  o.domains = &d;
  o.count = 1;
  o.data_size = 8;
  o.data_drop = connection_over;
  sley_server *s = server_begin(&o);
  int fd = queued(s);
  WAIT_UNTIL(counters(s).open == 1);
  sley_error_drop(sley_run(sley_domain_shutdown(d, 0.01), NULL));
  sley_domain_drop(d);
  assert_int_equal(__atomic_load_n(&over, __ATOMIC_RELAXED), 1);
  assert_int_equal(counters(s).open, 0);
  close(fd);
  server_end(s);
}

/* ---- a stop in a hurry ---- */

static int slow_calls;

static sley_promise *is_slow(sley_connection *c)
{
  (void)c;
  slow_calls++;
  usleep(300000);
  return sley_return_unit();
}

static void a_full_queue_does_not_hold_up_a_stop(void **state)
{
  (void)state;
  enum { CLIENTS = 12 };
  int fds[CLIENTS];
  sley_server_options o = served_by(NULL, is_slow);
  sley_server *s = server_begin(&o);
  for (int i = 0; i < CLIENTS; i++) fds[i] = queued(s);
  sley_promise *p = sley_server_stop(s, 0);
  assert_in_range(slow_calls, 1, CLIENTS / 2);
  run_gives(p, 0);
  for (int i = 0; i < CLIENTS; i++) close(fds[i]);
  server_end(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(who_is_asked_about_as_it_stops_is_closed),
      TEST(a_scope_ends_with_its_domain),
      TEST(a_full_queue_does_not_hold_up_a_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
