/* A server for as long as a function needs it; what its connections count; who is told of a peer that a pump found gone.
 * Tests src/io/server/with_server.c, src/io/server/server.c, src/io/server/connection.c, src/io/server/serve.c. */
#include "io/server/serving.h"

#include <sley/cancel.h>
#include <sley/pump.h>

#include "support/domains.h"

typedef struct use {
  sley_server *server; /* lent */
  bool fails, waits;
  int calls, drops;
  sley_resolver *resolver;
} use;

static sley_promise *echo(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  sley_promise *written = sley_output_write(sley_connection_output(c), data, size);
  sley_input_consume(in, size);
  sley_connection_answered(c);
  return written;
}

static sley_promise *uses(void *ctx, sley_server *server)
{
  use *u = ctx;
  u->calls++;
  u->server = server;
  if (u->waits) return sley_cancelable(&u->resolver);
  return u->fails ? sley_fail(sley_error_new(&sley_kind_errno, EDOM, "no use"))
                  : sley_return(sley_int(7));
}

static void forget(void *ctx) { ((use *)ctx)->drops++; }

static bool nobody_listens(const sley_address *a)
{
  sley_error *e = sley_run(sley_connect_to(NULL, a, 1), NULL);
  bool is_refused = sley_error_is(e, &sley_kind_errno, ECONNREFUSED);
  sley_error_drop(e);
  return is_refused;
}

/* f's outcome is the result, and the server has stopped then. */
static void ends_with_its_function(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    use u = {.fails = i == 1};
    sley_server_options o = served_by(echo, NULL);
    sley_promise *p = sley_with_server(&o, 0, uses, &u, forget);
    if (u.fails) run_fails(p, &sley_kind_errno, EDOM);
    else run_gives(p, 7);
    assert_int_equal(u.calls, 1);
    assert_int_equal(u.drops, 1);
    assert_int_equal(tokens_alive(), 0);
  }
}

static void serves_until_then(void **state)
{
  (void)state;
  use u = {.waits = true};
  sley_address a;
  sley_server_options o = served_by(echo, NULL);
  sley_promise *p = sley_with_server(&o, 0, uses, &u, forget);
  assert_int_equal(u.calls, 1); /* at once: it listens */
  sley_server_address(u.server, 0, &a);
  for (int i = 0; i < 2; i++) {
    sley_io *c = dial_address(&a);
    say(c, "x");
    hears(c, "x");
    sley_io_drop(c);
  }
  assert_int_equal(u.drops, 0);
  sley_fulfill(&u.resolver, sley_int(7));
  run_gives(p, 7);
  assert_int_equal(u.drops, 1);
  assert_true(nobody_listens(&a));
  assert_int_equal(tokens_alive(), 0);
}

/* Canceling cancels f's promise, and does not cut the stop: what is served has ended. */
static void a_cancel_stops_it(void **state)
{
  (void)state;
  use u = {.waits = true};
  sley_address a;
  sley_server_options o = served_by(echo, NULL);
  sley_promise *p = sley_with_server(&o, 0, uses, &u, forget);
  sley_server_address(u.server, 0, &a);
  sley_io *c = dial_address(&a);
  say(c, "x");
  hears(c, "x");
  sley_cancel(p);
  sley_cancel(p);
  sley_error *e = sley_run(p, NULL);
  assert_true(sley_error_is_canceled(e));
  sley_error_drop(e);
  sley_resolver_drop(&u.resolver);
  assert_true(nobody_listens(&a));
  hears(c, "");
  sley_io_drop(c);
  assert_int_equal(u.drops, 1);
  assert_int_equal(tokens_alive(), 0);
}

static void cannot_start(void **state)
{
  (void)state;
  use u = {0};
  sley_server_options o = served_by(echo, NULL);
  o.listens = 0;
  run_fails(sley_with_server(&o, 0, uses, &u, forget), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(u.calls, 0);
  assert_int_equal(u.drops, 1);
  assert_int_equal(tokens_alive(), 0);
}

static unsigned free_port(void)
{
  sley_listener *l;
  assert_null(sley_listen(&loopback, &l));
  unsigned port = sley_listener_port(l);
  sley_listener_close(l);
  return port;
}

/* In several domains, where starting takes a while and cannot be canceled. */
static void a_cancel_while_it_starts(void **state)
{
  (void)state;
  for (int turns = 0; turns < 6; turns++) {
    use u = {.waits = true};
    sley_domain *domains[2] = {start("one"), start("two")};
    sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1", .port = free_port()};
    sley_address a;
    char text[32];
    snprintf(text, sizeof(text), "127.0.0.1:%u", at.port);
    assert_null(sley_address_parse(text, &a));
    sley_server_options o = served_by(echo, NULL);
    o.listen = (const sley_listen_options *const[]){&at};
    o.domains = domains;
    o.count = 2;
    o.mode = SLEY_SERVER_MODE_KERNEL;
    sley_promise *p = sley_with_server(&o, 0, uses, &u, forget);
    for (int i = 0; i < turns; i++) assert_null(sley_step(0));
    sley_cancel(p);
    sley_error *e = sley_run(p, NULL);
    assert_true(sley_error_is_canceled(e));
    sley_error_drop(e);
    sley_resolver_drop(&u.resolver);
    assert_int_equal(u.drops, 1);
    rest(0.02); /* in which one that goes on would listen */
    assert_true(nobody_listens(&a));
    for (int i = 0; i < 2; i++) end(domains[i]);
    assert_int_equal(tokens_alive(), 0);
  }
}

static void answers_are_counted(void **state)
{
  (void)state;
  sley_server_options o = served_by(echo, NULL);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  for (int i = 0; i < 3; i++) {
    say(c, "x");
    hears(c, "x");
  }
  sley_server_counters all = {.size = sizeof(all)};
  sley_server_counters_sum(s, &all);
  assert_int_equal(counters(s).answered, 3);
  assert_int_equal(all.answered, 3);
  assert_int_equal(all.accepted, 1);
  assert_int_equal(all.open, 1);
  assert_int_equal(all.size, sizeof(all));
  sley_io_drop(c);
  server_end(s);
}

static sley_promise *pumps(sley_connection *c)
{
  return sley_input_pump(sley_connection_input(c), sley_connection_output(c));
}

/* That a peer has reset its connection is counted and not told, also if the error comes from a pump, which says more. */
static void reset_through_a_pump(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, pumps);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  say(c, "x");
  hears(c, "x");
  assert_null(sley_socket_set_linger(c, 0));
  sley_io_drop(c); /* a reset */
  WAIT_UNTIL(counters(s).open == 0);
  assert_int_equal(counters(s).failed, 1);
  assert_int_equal(heard.told, 0);
  server_end(s);
}

static sley_promise *keeps(void *ctx, sley_server *server)
{
  ((use *)ctx)->server = sley_server_keep(server);
  return sley_return_unit();
}

/* A stop without memory is told, and the server goes on: then it is stopped by hand. */
static void used_or_not(void)
{
  use u = {0};
  sley_server_options o = served_by(echo, NULL);
  sley_error *e = sley_run(sley_with_server(&o, 0, keeps, &u, forget), NULL);
  assert_int_equal(u.drops, 1);
  while (u.server != NULL && e != NULL && !ran_or_no_memory(sley_server_stop(u.server, 0), NULL))
    continue;
  sley_server_drop(u.server);
  sley_error_drop(e);
  assert_int_equal(tokens_alive(), 0);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(used_or_not);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(ends_with_its_function), TEST(serves_until_then),          TEST(a_cancel_stops_it),
      TEST(cannot_start),           TEST(a_cancel_while_it_starts),   TEST(answers_are_counted),
      TEST(reset_through_a_pump),   cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
