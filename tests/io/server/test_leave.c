/* A domain that ends while its server lives: what waits in the queue of its listener is served by the others.
 * Tests src/io/server/leave.c, src/io/server/handover.c. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/server/serving.h"
#include "support/domains.h"

enum { DOMAINS = 2, CLIENTS = 64 };

static sley_server *serve_in(sley_domain *const ds[DOMAINS], sley_server_options o)
{
  o.mode = SLEY_SERVER_MODE_KERNEL;
  o.domains = ds;
  o.count = DOMAINS;
  return server_begin(&o);
}

static sley_server_counters counters_of(const sley_server *s, size_t index)
{
  sley_server_counters c = {.size = sizeof(c)};
  sley_server_counters_get(s, index, &c);
  return c;
}

/* The kernel has put a part of them into the queue of the second domain, which computes, and then ends. */
static void the_queue_of_a_domain_that_ends(void **state)
{
  (void)state;
  sley_domain *ds[DOMAINS] = {start("stays"), start("goes")};
  sley_server *s = serve_in(ds, served_by(echo_burst, NULL));
  sley_io *c[CLIENTS];
  sley_promise *busy = hold_domain(ds[1]);
  for (int i = 0; i < CLIENTS; i++) say(c[i] = dial(s), "x");
  sley_promise *gone = sley_domain_shutdown(ds[1], 20);
  sley_domain_flush();
  let_go();
  for (int i = 0; i < CLIENTS; i++) hears(c[i], "x");
  run_gives(busy, 0);
  run_gives(gone, 0);
  sley_domain_drop(ds[1]);
  uint64_t here = counters_of(s, 0).accepted, there = counters_of(s, 1).accepted;
  assert_int_equal(here + there,
                   CLIENTS); /* some can be accepted there before it hears of its end */
  assert_int_equal(counters_of(s, 0).lost + counters_of(s, 1).lost, 0);
  for (int i = 0; i < CLIENTS; i++) sley_io_drop(c[i]);
  assert_int_equal(heard.told, 0);
  run_gives(sley_server_stop(s, 5), 0);
  end_leaving_nothing(ds[0]);
  server_end(s);
}

static bool may_end; /* any thread, __atomic */

/* What a domain has to end first. */
static sley_promise *until_it_may_end(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (__atomic_load_n(&may_end, __ATOMIC_ACQUIRE)) return sley_return_unit();
  return sley_bind(sley_sleep(0.001), until_it_may_end, NULL);
}

static sley_promise *has_something_to_end(sley_value *arg) { return until_it_may_end(NULL, arg); }

/* One that is to end serves nobody new, whom its end would cut. */
static void who_comes_while_it_drains(void **state)
{
  (void)state;
  sley_domain *ds[DOMAINS] = {start("stays"), start("goes")};
  sley_server *s = serve_in(ds, served_by(echo_burst, NULL));
  sley_io *c[CLIENTS];
  sley_promise *busy = sley_call(ds[1], has_something_to_end, sley_unit());
  sley_promise *gone = sley_domain_shutdown(ds[1], 1000);
  WAIT_UNTIL(!sley_domain_is_open(ds[1]));
  for (int i = 0; i < CLIENTS; i++) say(c[i] = dial(s), "x");
  for (int i = 0; i < CLIENTS; i++) hears(c[i], "x");
  assert_int_equal(counters_of(s, 0).accepted, CLIENTS);
  assert_int_equal(counters_of(s, 1).accepted, 0);
  __atomic_store_n(&may_end, true, __ATOMIC_RELEASE);
  run_gives(busy, 0);
  run_gives(gone, 0);
  sley_domain_drop(ds[1]);
  for (int i = 0; i < CLIENTS; i++) {
    say(c[i], "y");
    hears(c[i], "y");
    sley_io_drop(c[i]);
  }
  run_gives(sley_server_stop(s, 5), 0);
  end_leaving_nothing(ds[0]);
  server_end(s);
}

typedef struct client {
  sley_io *io;
  char byte;
  int served;
} client;

static sley_promise *client_heard(void *ctx, sley_value *v)
{
  client *me = ctx;
  me->served = v->i == 1 && me->byte == 'x';
  return sley_return_unit();
}

static sley_promise *client_hears(void *ctx, sley_value *v)
{
  client *me = ctx;
  (void)v;
  return sley_bind(sley_read(me->io, &me->byte, 1), client_heard, me);
}

static sley_promise *client_says(void *ctx, sley_value *v)
{
  client *me = ctx;
  me->io = sley_io_take(v);
  return sley_bind(sley_write(me->io, "x", 1), client_hears, me);
}

/* Whoever connects as it ends is served, too: at once, or when its first segment is sent again. */
static void who_connects_meanwhile(void **state)
{
  (void)state;
  sley_domain *ds[DOMAINS] = {start("stays"), start("goes")};
  sley_server *s = serve_in(ds, served_by(echo_burst, NULL));
  static client clients[4 * CLIENTS];
  static sley_promise *all[4 * CLIENTS];
  sley_address a;
  sley_server_address(s, 0, &a);
  sley_promise *busy = hold_domain(ds[1]), *gone = sley_domain_shutdown(ds[1], 20);
  sley_domain_flush();
  let_go();
  WAIT_UNTIL(!sley_domain_is_open(ds[1]));
  for (int i = 0; i < 4 * CLIENTS; i++) {
    clients[i] = (client){NULL, 0, 0};
    all[i] = sley_bind(sley_connect_to(NULL, &a, 1), client_says, &clients[i]);
    rest(0.0005);
  }
  assert_null(sley_run(sley_with_timeout(sley_join(all, 4 * CLIENTS), 60), NULL));
  run_gives(busy, 0);
  run_gives(gone, 0);
  sley_domain_drop(ds[1]);
  for (int i = 0; i < 4 * CLIENTS; i++) {
    assert_true(clients[i].served);
    sley_io_drop(clients[i].io);
  }
  run_gives(sley_server_stop(s, 5), 0);
  end_leaving_nothing(ds[0]);
  server_end(s);
}

static struct {
  sley_domain *serves;
  sley_server *server; /* any thread, __atomic */
} home;

static sley_promise *server_is_there(void *ctx, sley_value *v)
{
  (void)ctx;
  __atomic_store_n(&home.server, sley_server_take(v), __ATOMIC_RELEASE);
  return sley_return_unit();
}

static sley_promise *start_here(sley_value *arg)
{
  sley_server_options o = served_by(echo_burst, NULL);
  (void)arg;
  o.domains = &home.serves;
  o.count = 1;
  return sley_bind(sley_server_start(&o), server_is_there, NULL);
}

/* That of a server that hands connections over ends with the domain that started it. */
static void the_acceptor_ends(void **state)
{
  (void)state;
  sley_domain *accepts = start("accepts");
  home.serves = start("serves");
  run_gives(sley_call(accepts, start_here, sley_unit()), 0);
  sley_server *s = __atomic_load_n(&home.server, __ATOMIC_ACQUIRE);
  sley_io *c[8];
  sley_promise *busy = hold_domain(accepts);
  for (int i = 0; i < 8; i++) say(c[i] = dial(s), "x");
  sley_promise *gone = sley_domain_shutdown(accepts, 20);
  sley_domain_flush();
  let_go();
  for (int i = 0; i < 8; i++) hears(c[i], "x");
  run_gives(busy, 0);
  run_gives(gone, 0);
  sley_domain_drop(accepts);
  assert_int_equal(counters(s).accepted, 8);
  for (int i = 0; i < 8; i++) sley_io_drop(c[i]);
  WAIT_UNTIL(counters(s).open == 0);
  end_leaving_nothing(home.serves);
  sley_server_drop(s);
  WAIT_UNTIL(tokens_alive() == 0);
}

/* Nobody is left: it is closed, and its domain ends all the same. */
static void the_last_one_ends(void **state)
{
  (void)state;
  sley_domain *ds[DOMAINS] = {start("one"), start("two")};
  sley_server *s = serve_in(ds, served_by(echo_burst, NULL));
  for (int i = 0; i < DOMAINS; i++) {
    sley_promise *busy = hold_domain(ds[i]);
    sley_io *c = dial(s);
    sley_promise *gone = sley_domain_shutdown(ds[i], 20);
    sley_domain_flush();
    let_go();
    run_gives(busy, 0);
    run_gives(gone, 0);
    sley_io_drop(c);
    sley_domain_drop(ds[i]);
  }
  server_end(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_queue_of_a_domain_that_ends),
      TEST(who_comes_while_it_drains),
      TEST(who_connects_meanwhile),
      TEST(the_acceptor_ends),
      TEST(the_last_one_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
