/* Servers over several domains: which domain gets a connection in each mode; moving a connection; stopping.
 * Tests src/io/server/server.c, src/io/server/start.c, src/io/server/handover.c, src/io/server/each.c, src/io/server/serve.c. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/domains.h"

enum { SERVERS = 3, CLIENTS = 30 };
static sley_domain *ds[SERVERS];

typedef struct talk {
  sley_io *io;
  char text[64];
} talk;

static void talk_drop(void *ctx) { free(ctx); }

static sley_promise *answered(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_unit());
}

static sley_promise *talk_on(talk *t);

static sley_promise *written(void *ctx, sley_value *v)
{
  (void)v;
  return talk_on(ctx);
}

/* Answers every request with the domain's number; fails on request. */
static sley_promise *asked(void *ctx, sley_value *v)
{
  talk *t = ctx;
  if (v->i == 0) return answered(ctx, v);
  if (t->text[0] == 'f') return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "asked to"));
  int n = snprintf(t->text, sizeof(t->text), "%u\n", sley_domain_id(sley_domain_current()));
  return sley_bind(sley_write(t->io, t->text, (size_t)n), written, t);
}

static sley_promise *talk_on(talk *t)
{
  return sley_bind(sley_read(t->io, t->text, sizeof(t->text)), asked, t);
}

static sley_promise *serve(sley_value *connection, const sley_value *context)
{
  if (number_in(context) != 11) return sley_fail(sley_error_closed());
  talk *t = malloc(sizeof(*t));
  t->io = sley_io_in(connection);
  return sley_attach(talk_on(t), t, talk_drop);
}

static uint64_t always_the_second(sley_io *io, const sley_value *context)
{
  sley_address peer;
  assert_null(sley_socket_peer(io, &peer));
  assert_int_equal(number_in(context), 11);
  return 1 + SERVERS * 5;
}

static sley_server *server_begin(sley_server_mode mode)
{
  sley_value v;
  for (int i = 0; i < SERVERS; i++) ds[i] = start("server");
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options o = {.size = sizeof(o),
                           .listen = ats,
                           .listens = 1,
                           .domains = ds,
                           .count = SERVERS,
                           .mode = mode,
                           .bare = serve,
                           .key = mode == SLEY_SERVER_MODE_KEY ? always_the_second : NULL,
                           .context = token(11)};
  assert_null(sley_run(sley_server_start(&o), &v));
  sley_server *b = sley_server_keep(sley_server_in(&v));
  sley_value_drop(&v);
  assert_true(sley_server_port(b) > 0);
  return b;
}

static sley_io *dial(const sley_server *b)
{
  char port[16];
  sley_value v;
  snprintf(port, sizeof(port), "%u", sley_server_port(b));
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  return sley_io_in(&v);
}

static void say(sley_io *io, const char *text)
{
  assert_null(sley_run(sley_write(io, text, strlen(text)), NULL));
}

static unsigned who(sley_io *io)
{
  char text[64] = "";
  sley_value v;
  unsigned number = 0;
  say(io, "who?");
  assert_null(sley_run(sley_read(io, text, sizeof(text) - 1), &v));
  assert_int_equal(sscanf(text, "%u", &number), 1);
  return number;
}

static sley_server_counters counters(const sley_server *b, size_t i)
{
  sley_server_counters c = {.size = sizeof(c)};
  sley_server_counters_get(b, i, &c);
  return c;
}

/* Waits as long as a busy machine needs. */
static void wait_until_closed(const sley_server *b, size_t i)
{
  for (int waited = 0; waited < 20000 && counters(b, i).open > 0; waited++) rest(0.001);
  assert_int_equal(counters(b, i).open, 0);
}

static uint64_t failures(const sley_server *b)
{
  return counters(b, 0).failed + counters(b, 1).failed + counters(b, 2).failed;
}

static void server_end(sley_server *b)
{
  assert_null(sley_run(sley_server_stop(b, 0), NULL));
  for (int i = 0; i < SERVERS; i++) end_leaving_nothing(ds[i]);
  sley_server_drop(b);
  assert_int_equal(tokens_alive(), 0);
}

static void least_connections(void **state)
{
  (void)state;
  sley_server *b = server_begin(SLEY_SERVER_MODE_LEAST);
  sley_io *clients[CLIENTS];
  unsigned served[SERVERS] = {0};
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] = dial(b);
    unsigned id = who(clients[i]);
    for (int d = 0; d < SERVERS; d++) served[d] += id == sley_domain_id(ds[d]);
  }
  for (int d = 0; d < SERVERS; d++) {
    assert_int_equal(served[d], CLIENTS / SERVERS); /* all the same number */
    assert_int_equal(counters(b, (size_t)d).open, CLIENTS / SERVERS);
  }
  /* One domain's connections close; new ones go to it. */
  for (int i = 0; i < CLIENTS; i++) {
    if (who(clients[i]) != sley_domain_id(ds[1])) continue;
    sley_io_drop(clients[i]);
    clients[i] = NULL;
  }
  wait_until_closed(b, 1);
  for (int i = 0; i < 5; i++) {
    sley_io *c = dial(b);
    assert_int_equal(who(c), sley_domain_id(ds[1]));
    for (int j = 0; j < CLIENTS; j++)
      if (clients[j] == NULL) {
        clients[j] = c;
        break;
      }
  }
  say(clients[0], "fail!");
  for (int waited = 0; waited < 20000 && failures(b) == 0; waited++) rest(0.001);
  assert_int_equal(failures(b), 1);
  for (int i = 0; i < CLIENTS; i++) sley_io_drop(clients[i]);
  server_end(b);
}

static void by_key(void **state)
{
  (void)state;
  sley_server *b = server_begin(SLEY_SERVER_MODE_KEY);
  for (int i = 0; i < 10; i++) {
    sley_io *c = dial(b);
    assert_int_equal(who(c), sley_domain_id(ds[1]));
    sley_io_drop(c);
  }
  assert_int_equal(counters(b, 1).accepted, 10);
  assert_int_equal(counters(b, 0).accepted + counters(b, 2).accepted, 0);
  server_end(b);
}

static void by_the_kernel(void **state)
{
  (void)state;
  sley_server *b = server_begin(SLEY_SERVER_MODE_KERNEL);
  for (int i = 0; i < CLIENTS; i++) {
    sley_io *c = dial(b);
    unsigned id = who(c);
    assert_true(id == sley_domain_id(ds[0]) || id == sley_domain_id(ds[1]) ||
                id == sley_domain_id(ds[2]));
    sley_io_drop(c);
  }
  uint64_t accepted = 0;
  for (size_t i = 0; i < SERVERS; i++) accepted += counters(b, i).accepted;
  assert_int_equal(accepted, CLIENTS);
  server_end(b);
}

/* Asks for the domain's number; false if the connection is closed. */
static bool is_served(sley_io *io)
{
  char text[64];
  sley_value v = sley_int(0);
  sley_error *e = sley_run(sley_write(io, "who?", 4), NULL);
  if (e == NULL) e = sley_run(sley_read(io, text, sizeof(text)), &v);
  sley_error_drop(e);
  return v.i > 0;
}

/* Every listener closes in a turn of its domain; earlier connections are served and end here. The kernel resets
 * those not accepted by then, so connect can fail with a reset, too. */
static void wait_until_refused(const sley_server *b)
{
  char port[16];
  sley_value v;
  snprintf(port, sizeof(port), "%u", sley_server_port(b));
  sley_error *e = NULL;
  for (int tries = 0; tries < 20000 && e == NULL; tries++) {
    e = sley_run(sley_connect(NULL, "127.0.0.1", port), &v);
    if (e == NULL) sley_value_drop(&v);
    if (!sley_error_is(e, &sley_kind_errno, ECONNRESET)) continue;
    sley_error_drop(e);
    e = NULL;
  }
  if (!sley_error_is(e, &sley_kind_errno, ECONNREFUSED)) fail_msg("%s", sley_error_message(e));
  sley_error_drop(e);
}

static uint64_t connections_open(const sley_server *b)
{
  return counters(b, 0).open + counters(b, 1).open + counters(b, 2).open;
}

/* False: the machine was so busy that the time ran out before all were checked. */
static bool stopped_in(sley_server_mode mode, double seconds)
{
  sley_server *b = server_begin(mode);
  sley_io *stays_on = dial(b), *leaves = dial(b);
  who(stays_on);
  who(leaves);
  sley_time asked_at = sley_now();
  sley_promise *stopped = sley_server_stop(b, seconds);
  wait_until_refused(b);
  bool served = is_served(stays_on); /* is still served meanwhile */
  sley_io_drop(leaves);
  while (connections_open(b) > 1 && sley_now() - asked_at < sley_seconds(seconds)) rest(0.001);
  if (!served || sley_now() - asked_at >= sley_seconds(seconds)) {
    assert_true(sley_now() - asked_at >= sley_seconds(seconds));
    settle(stopped); /* how many were canceled is a race */
    sley_io_drop(stays_on);
    server_end(b);
    return false;
  }
  run_gives(stopped, 1); /* the other one was canceled */
  assert_true(sley_now() - asked_at >= sley_seconds(seconds));
  char byte;
  run_gives(sley_read(stays_on, &byte, 1), 0);
  sley_io_drop(stays_on);
  assert_int_equal(connections_open(b), 0);
  server_end(b);
  return true;
}

static void stopping(void **state)
{
  (void)state;
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    double seconds = 0.05;
    while (!stopped_in((sley_server_mode)mode, seconds)) seconds *= 2;
  }
}

/* Connected, whether or not anything accepts the connection. */
static int dial_the_kernel(const sley_server *b)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_server_port(b)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(write(fd, "who?", 4), 4);
  return fd;
}

/* One of the domains, or the acceptor, is busy while clients connect. */
static void the_queue_is_served(void **state)
{
  (void)state;
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode++) {
    sley_server *b = server_begin((sley_server_mode)mode);
    int clients[CLIENTS];
    sley_promise *busy = hold_domain(ds[0]);
    for (int i = 0; i < CLIENTS; i++) clients[i] = dial_the_kernel(b);
    sley_promise *stopped = sley_server_stop(b, 30);
    sley_domain_flush();
    let_go();
    for (int i = 0; i < CLIENTS; i++) {
      char text[64];
      run_gives(sley_wait_readable(clients[i]), 0);
      assert_true(recv(clients[i], text, sizeof(text), 0) > 0);
      close(clients[i]);
    }
    run_gives(busy, 0);
    run_gives(stopped, 0);
    uint64_t accepted = 0;
    for (size_t i = 0; i < SERVERS; i++) accepted += counters(b, i).accepted;
    assert_int_equal(accepted, CLIENTS);
    server_end(b);
  }
}

static void a_domain_ends(void **state)
{
  (void)state;
  sley_server *b = server_begin(SLEY_SERVER_MODE_LEAST);
  settle(sley_domain_shutdown(ds[0], 0));
  for (int i = 0; i < 6; i++) {
    sley_io *c = dial(b);
    assert_int_not_equal(who(c), sley_domain_id(ds[0]));
    sley_io_drop(c);
  }
  run_gives(sley_server_stop(b, 1), 0);
  sley_domain_drop(ds[0]);
  end_leaving_nothing(ds[1]);
  end_leaving_nothing(ds[2]);
  sley_server_drop(b);
  assert_int_equal(tokens_alive(), 0);
}

static void refused_with(const sley_server_options *o, const char *text)
{
  sley_error *e = sley_run(sley_server_start(o), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  assert_string_equal(sley_error_message(e), text);
  sley_error_drop(e);
}

static void wrong_options(void **state)
{
  (void)state;
  ds[0] = start("server");
  sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options o = {
      .size = sizeof(o), .listen = ats, .listens = 1, .domains = ds, .count = 0, .bare = serve};
  refused_with(&o, "sley_server_start: there is no domain to serve (0 domains, mode 0)");
  o.count = 1;
  o.bare = NULL;
  refused_with(&o, "sley_server_start: none of burst, serve and bare is set (1 domain, mode 0)");
  o.bare = serve;
  o.data_size = 1;
  refused_with(&o, "sley_server_start: data_size is for burst and serve (1 domain, mode 0)");
  o.data_size = 0;
  o.data_drop = free;
  refused_with(&o, "sley_server_start: data_drop is for data_size (1 domain, mode 0)");
  o.data_drop = NULL;
  o.wrap_most = 1;
  refused_with(&o, "sley_server_start: wrap_time and wrap_most are for wrap (1 domain, mode 0)");
  o.wrap_most = 0;
  o.life_grace = 1;
  refused_with(&o, "sley_server_start: life_grace is for life (1 domain, mode 0)");
  o.life = -1;
  refused_with(&o, "sley_server_start: a time is negative or no number (1 domain, mode 0)");
  o.life = o.life_grace = 0;
  o.mode = SLEY_SERVER_MODE_KEY;
  run_fails(sley_server_start(&o), &sley_kind_sley, SLEY_EINVAL);
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    o.mode = (sley_server_mode)mode;
    o.context = stays(1);
    run_fails(sley_server_start(&o), &sley_kind_sley, SLEY_ESEND);
    o.context = token(1);
    at.address = "192.0.2.1"; /* a documentation address: RFC 5737 */
    run_fails(sley_server_start(&o), &sley_kind_errno, EADDRNOTAVAIL);
    at.address = "127.0.0.1";
  }
  rest(0.005);
  end_leaving_nothing(ds[0]);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- options of the listeners ---- */

static struct {
  int calls, drops; /* any thread, __atomic */
} prepared;

static sley_error *prepare(void *ctx, sley_fd fd)
{
  (void)fd;
  assert_ptr_equal(ctx, &prepared);
  __atomic_add_fetch(&prepared.calls, 1, __ATOMIC_RELAXED);
  return NULL;
}

static void prepare_drop(void *ctx)
{
  (void)ctx;
  __atomic_add_fetch(&prepared.drops, 1, __ATOMIC_RELAXED);
}

static void each_listener_is_prepared(void **state)
{
  (void)state;
  for (int i = 0; i < SERVERS; i++) ds[i] = start("server");
  char address[600];
  sley_listen_options at = {.size = sizeof(at),
                            .address = "127.0.0.1:0",
                            .prepare = prepare,
                            .prepare_ctx = &prepared,
                            .prepare_drop = prepare_drop};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options o = {.size = sizeof(o),
                           .listen = ats,
                           .listens = 1,
                           .domains = ds,
                           .count = SERVERS,
                           .bare = serve};
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    sley_value v;
    memset(&prepared, 0, sizeof(prepared));
    o.mode = (sley_server_mode)mode;
    assert_null(sley_run(sley_server_start(&o), &v));
    run_gives(sley_server_stop(sley_server_in(&v), 1), 0);
    assert_int_equal(prepared.calls, mode == SLEY_SERVER_MODE_KERNEL ? SERVERS : 1);
    sley_value_drop(&v);
    WAIT_UNTIL(__atomic_load_n(&prepared.drops, __ATOMIC_RELAXED) == 1);
  }
  snprintf(address, sizeof(address), "unix:%0500d", 7);
  at.address = address;
  o.mode = SLEY_SERVER_MODE_LEAST;
  run_fails(sley_server_start(&o), &sley_kind_errno, ENAMETOOLONG);
  assert_int_equal(prepared.drops, 2);
  o.bare = NULL;
  run_fails(sley_server_start(&o), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(prepared.drops, 3);
  for (int i = 0; i < SERVERS; i++) end_leaving_nothing(ds[i]);
}

/* ---- moving a connection by hand ---- */

static sley_promise *say_who(sley_value *arg)
{
  static char text[16]; /* one at a time */
  int n = snprintf(text, sizeof(text), "%u\n", sley_domain_id(sley_domain_current()));
  return sley_write(sley_io_in(arg), text, (size_t)n);
}

static void a_connection_moves(void **state)
{
  (void)state;
  sley_listener *listener;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_value v, connection;
  char port[16], text[16] = "";
  ds[0] = start("mover");
  assert_null(sley_listen(&o, &listener));
  snprintf(port, sizeof(port), "%u", sley_listener_port(listener));
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  sley_io *client = sley_io_in(&v);
  assert_null(sley_run(sley_accept(listener), &connection));
  /* Not while an operation is pending on it: the caller keeps nothing, the connection is closed. */
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  sley_promise *reading = sley_read(sley_io_in(&v), text, 1);
  run_fails(sley_call(ds[0], say_who, v), &sley_kind_sley, SLEY_ESEND);
  run_fails(reading, &sley_kind_sley, SLEY_ECLOSED);
  /* Moved to the domain and dropped there. */
  run_gives(sley_call(ds[0], say_who, connection), 0);
  assert_null(sley_run(sley_read(client, text, sizeof(text) - 1), &v));
  assert_int_equal(strtoul(text, NULL, 10), sley_domain_id(ds[0]));
  run_gives(sley_read(client, text, 1), 0); /* closed by the domain */
  sley_io_drop(client);
  sley_listener_close(listener);
  end_leaving_nothing(ds[0]);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_value v;
  ds[0] = start_or_none("server");
  if (ds[0] == NULL) return;
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
    const sley_listen_options *const ats[] = {&at};
    sley_server_options o = {.size = sizeof(o),
                             .listen = ats,
                             .listens = 1,
                             .domains = ds,
                             .count = 1,
                             .mode = (sley_server_mode)mode,
                             .bare = serve,
                             .context = token(11)};
    sley_error *e = sley_run(sley_server_start(&o), &v);
    if (e == NULL) {
      sley_server *b = sley_server_in(&v);
      char port[16];
      sley_value c;
      snprintf(port, sizeof(port), "%u", sley_server_port(b));
      sley_error *refused = sley_run(sley_connect(NULL, "127.0.0.1", port), &c);
      if (refused == NULL) {
        settle(sley_write(sley_io_in(&c), "who?", 4));
        sley_value_drop(&c);
      }
      sley_error_drop(refused);
      while (!ran_or_no_memory(sley_server_stop(b, 1), NULL)) continue;
      sley_value_drop(&v);
    }
    sley_error_drop(e);
  }
  end(ds[0]);
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(least_connections),   TEST(by_key),
      TEST(by_the_kernel),       TEST(stopping),
      TEST(the_queue_is_served), TEST(a_domain_ends),
      TEST(wrong_options),       TEST(each_listener_is_prepared),
      TEST(a_connection_moves),  cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
