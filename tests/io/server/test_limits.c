/* Limits of a server beside the idle one: connections of one peer, wrapping and its time, the longest life; what a stop tells; and
 * a place that is offered to the next.
 * Tests src/io/server/per_peer.c, src/io/server/limit.c, src/io/server/serve.c, src/io/server/idle.c,
 * src/io/server/stop.c. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/server/serving.h"
#include "support/by_hand.h"
#include "support/cipher.h"
#include "support/domains.h"

static sley_promise *echo(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  sley_promise *written = sley_output_write(sley_connection_output(c), data, size);
  sley_input_consume(in, size);
  return written;
}

static bool is_silent(sley_io *c)
{
  char byte;
  sley_error *e = sley_run(sley_with_timeout(sley_read(c, &byte, 1), 0.05), NULL);
  bool is = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT);
  sley_error_drop(e);
  return is;
}

static void is_served(sley_io *c)
{
  say(c, "x");
  hears(c, "x");
}

static uint64_t all_open(const sley_server *s, size_t domains)
{
  uint64_t open = 0;
  for (size_t i = 0; i < domains; i++) {
    sley_server_counters c = {.size = sizeof(c)};
    sley_server_counters_get(s, i, &c);
    open += c.open;
  }
  return open;
}

/* ---- connections of one peer ---- */

static sley_io *dial_from(const sley_server *s, unsigned host)
{
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
  sley_address own, to;
  sley_value v;
  assert_null(sley_address_from_sockaddr(&from, sizeof(from), &own));
  assert_null(sley_address_from_host("127.0.0.1", sley_server_port(s), &to));
  sley_connect_options o = {.size = sizeof(o), .from = &own};
  assert_null(sley_run(sley_connect_to(&o, &to, 1), &v));
  return sley_io_take(&v);
}

enum { HOME = 0x7f000001, PEERS = 200 };

/* Over all domains, by address: also by the mapped one that a listener for both families sees, and when there are many. */
static void one_peer_has_so_many(void **state)
{
  (void)state;
  enum { DOMAINS = 2 };
  static const sley_listen_options everywhere = {.size = sizeof(everywhere)};
  static const sley_listen_options *const both[] = {&everywhere};
  for (int i = 0; i < 4; i++) {
    sley_domain *ds[DOMAINS] = {start("one"), start("two")};
    sley_server_options o = served_by(echo, NULL);
    o.listen = i % 2 == 0 ? locals : both;
    o.domains = ds;
    o.count = DOMAINS;
    o.mode = i < 2 ? SLEY_SERVER_MODE_LEAST : SLEY_SERVER_MODE_KERNEL;
    o.most_per_peer = 3;
    sley_server *s = server_begin(&o);
    sley_io *c[3], *others[PEERS];
    for (int k = 0; k < 3; k++) is_served(c[k] = dial_from(s, HOME));
    for (unsigned k = 0; k < PEERS; k++) is_served(others[k] = dial_from(s, HOME + 1 + k));
    sley_io *more = dial_from(s, HOME);
    is_closed_or_reset(more);
    sley_io_drop(more);
    assert_int_equal(all_open(s, DOMAINS), 3 + PEERS);
    sley_io_drop(c[1]);
    WAIT_UNTIL(all_open(s, DOMAINS) == 2 + PEERS);
    is_served(c[1] = dial_from(s, HOME)); /* its place is free again */
    more = dial_from(s, HOME);
    is_closed_or_reset(more);
    sley_io_drop(more);
    for (unsigned k = 0; k < PEERS; k++) sley_io_drop(others[k]);
    for (int k = 0; k < 3; k++) sley_io_drop(c[k]);
    WAIT_UNTIL(all_open(s, DOMAINS) == 0);
    sley_server_counters first = counters(s), second = {.size = sizeof(second)};
    sley_server_counters_get(s, 1, &second);
    assert_int_equal(first.refused + second.refused, 2);
    assert_int_equal(heard.told, 0);
    run_gives(sley_server_stop(s, 1), 0);
    for (int k = 0; k < DOMAINS; k++) end_leaving_nothing(ds[k]);
    server_end(s);
  }
}

/* Who has an IPv6 address has 64 bits of them; the peers of a Unix socket have none. */
static void other_peers(void **state)
{
  (void)state;
  static const sley_listen_options six = {.size = sizeof(six), .address = "::1"},
                                   local = {.size = sizeof(local), .address = "unix:"};
  bool has_ipv6 = true;
  for (int i = 0; i < 2; i++) {
    const sley_listen_options *at = i == 0 ? &local : &six;
    sley_server_options o = served_by(echo, NULL);
    o.listen = &at;
    o.most_per_peer = 1;
    sley_value v;
    sley_error *e = sley_run(sley_server_start(&o), &v);
    if (e != NULL && i == 1) { /* no IPv6 here */
      has_ipv6 = false;
      sley_error_drop(e);
      break;
    }
    assert_null(e);
    sley_server *s = sley_server_take(&v);
    sley_io *first = dial(s), *second = dial(s);
    is_served(first);
    if (i == 0) is_served(second);
    else is_closed_or_reset(second);
    assert_int_equal(counters(s).refused, i);
    sley_io_drop(first);
    sley_io_drop(second);
    server_end(s);
  }
  if (!has_ipv6) print_message("no IPv6 here\n");
}

/* ---- wrapping ---- */

static sley_promise *wrap_ciphered(sley_io *io, const sley_value *context)
{
  assert_int_equal(number_in(context), 11);
  return sley_return(sley_io_to_value(ciphered(io)));
}

static sley_promise *bare_answer(sley_value *connection, const sley_value *context)
{
  (void)context;
  return sley_write(sley_io_in(connection), "bare", 4);
}

static const char *turned_text(const char *text)
{
  static char room[16];
  size_t i = 0;
  for (; text[i] != '\0'; i++) room[i] = turned(text[i]);
  room[i] = '\0';
  return room;
}

/* Whatever serves has the wrapper, which is all that a stop sees: bytes that lie below it are served. */
static void what_serves_is_wrapped(void **state)
{
  (void)state;
  sley_server_options o = served_by(echo, NULL);
  o.wrap = wrap_ciphered;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s), *late = dial(s);
  say(c, turned_text("echoed"));
  hears(c, turned_text("echoed"));
  is_served(late);
  assert_int_equal(send(sley_io_fd(late), "last", 4, 0), 4); /* the server has not seen it */
  sley_promise *stopped = sley_server_stop(s, 1000);
  hears(late, "last");
  hears(late, "");
  hears(c, "");
  sley_io_drop(c);
  sley_io_drop(late);
  run_gives(stopped, 0);
  server_end(s);
  assert_int_equal(ciphers_alive, 0);

  o = served_by(NULL, NULL);
  o.bare = bare_answer;
  o.wrap = wrap_ciphered;
  s = server_begin(&o);
  c = dial(s);
  hears(c, turned_text("bare"));
  hears(c, "");
  sley_io_drop(c);
  server_end(s);
  assert_int_equal(ciphers_alive, 0);
}

/* A stop that is heard before the kernel is asked what has come. */
static void what_lies_below_a_wrapper_is_served(void **state)
{
  (void)state;
  sley_domain *d = start("server");
  sley_server_options o = served_by(echo, NULL);
  o.wrap = wrap_ciphered;
  o.domains = &d;
  o.count = 1;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  is_served(c);
  sley_promise *busy = hold_domain(d);
  assert_int_equal(send(sley_io_fd(c), "last", 4, 0), 4);
  sley_promise *stopped = sley_server_stop(s, 1000);
  sley_domain_flush();
  let_go();
  hears(c, "last");
  hears(c, "");
  sley_io_drop(c);
  run_gives(busy, 0);
  run_gives(stopped, 0);
  end_leaving_nothing(d);
  server_end(s);
  assert_int_equal(ciphers_alive, 0);
}

/* Until the peer says a line. */
typedef struct handshake {
  sley_io *io;
  char line[1];
} handshake;

static int shaking;

static void handshake_free(void *ctx)
{
  handshake *h = ctx;
  sley_io_drop(h->io);
  free(h);
  shaking--;
}

static sley_promise *has_shaken(void *ctx, sley_value *v)
{
  handshake *h = ctx;
  if (v->i == 0) return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EEOF, "left"));
  if (h->line[0] == 'b')
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "bad hello"));
  return sley_return(sley_io_to_value(sley_io_keep(h->io)));
}

static sley_promise *wrap_shakes(sley_io *io, const sley_value *context)
{
  handshake *h = malloc(sizeof(*h));
  (void)context;
  *h = (handshake){.io = io};
  shaking++;
  return sley_bind(sley_read(io, h->line, 1), has_shaken, h, handshake_free);
}

/* Its rejection is told with the peer; that the peer has gone, or is too slow, is counted. */
static void a_handshake_that_fails(void **state)
{
  (void)state;
  sley_server_options o = served_by(echo, NULL);
  o.wrap = wrap_shakes;
  o.wrap_time = 0.2;
  sley_server *s = server_begin(&o);
  clock_by_hand();
  sley_io *good = dial(s), *bad = dial(s), *left = dial(s), *reset = dial(s), *slow = dial(s);
  sley_address own;
  char wanted[80];
  assert_null(sley_socket_local(bad, &own));
  snprintf(wanted, sizeof(wanted),
           "wrapping the connection of 127.0.0.1:%u: ", sley_address_port(&own));
  say(good, "g");
  is_served(good);
  say(bad, "b");
  is_closed_or_reset(bad);
  assert_int_equal(heard.told, 1);
  if (strstr(heard.text, wanted) == NULL || strstr(heard.text, "bad hello") == NULL)
    fail_msg("not %s: %s", wanted, heard.text);
  assert_non_null(strstr(heard.site, "serving.h"));
  sley_io_drop(left);
  assert_null(sley_socket_set_linger(reset, 0));
  sley_io_drop(reset);
  STEP_UNTIL(shaking == 1 && counters(s).accepted == 5);
  pass(0.19);
  assert_int_equal(shaking, 1);
  pass(0.02);
  is_closed_or_reset(slow);
  STEP_UNTIL(counters(s).open == 1);
  is_served(good);
  sley_test_clock_end();
  assert_int_equal(counters(s).failed, 3);
  assert_int_equal(counters(s).timed_out, 1);
  assert_int_equal(heard.told, 1);
  assert_int_equal(shaking, 0);
  sley_io_drop(good);
  sley_io_drop(bad);
  sley_io_drop(slow);
  server_end(s);
}

/* 10 seconds, if nothing is said; less than nothing: no limit. */
static void handshakes_have_a_limit(void **state)
{
  (void)state;
  for (int is_off = 0; is_off < 2; is_off++) {
    sley_server_options o = served_by(echo, NULL);
    o.wrap = wrap_shakes;
    o.wrap_time = is_off ? -1 : 0;
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    WAIT_UNTIL(shaking == 1);
    assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND));
    for (int i = 0; i < 9; i++) {
      assert_null(sley_test_clock_advance(1));
      assert_null(sley_step(0));
    }
    assert_int_equal(shaking, 1);
    assert_null(sley_test_clock_advance(1.1));
    assert_null(sley_step(0));
    assert_int_equal(shaking, is_off);
    sley_test_clock_end();
    sley_io_drop(c);
    server_end(s);
    assert_int_equal(shaking, 0);
  }
}

/* Those that are being wrapped have places of their own, which they give back when they are; those of a stop are canceled. */
static void so_many_are_wrapped_at_once(void **state)
{
  (void)state;
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    sley_server_options o = served_by(echo, NULL);
    o.wrap = wrap_shakes;
    o.wrap_most = 2;
    o.most = 5;
    o.mode = (sley_server_mode)mode;
    sley_server *s = server_begin(&o);
    sley_io *c[4];
    for (int i = 0; i < 4; i++) c[i] = dial(s);
    WAIT_UNTIL(shaking == 2);
    assert_true(is_silent(c[2]));
    assert_int_equal(shaking, 2);
    say(c[0], "g");
    WAIT_UNTIL(counters(s).accepted == 3);
    is_served(c[0]);
    assert_int_equal(shaking, 2);
    say(c[1], "b"); /* also one that fails */
    WAIT_UNTIL(counters(s).accepted == 4);
    assert_int_equal(shaking, 2);
    sley_promise *stopped = sley_server_stop(s, 0);
    for (int i = 0; i < 4; i++) is_closed_or_reset(c[i]);
    assert_int_equal(shaking, 0);
    for (int i = 0; i < 4; i++) sley_io_drop(c[i]);
    run_gives(stopped, 2);
    server_end(s);
  }
}

/* The first acceptor is woken, and has nothing to accept: it wakes the second. The look of each second never comes, as the clock
 * stands still. */
static void a_place_is_offered_to_the_next(void **state)
{
  (void)state;
  const sley_listen_options *const two[] = {&loopback, &loopback};
  sley_server_options o = served_by(echo, NULL);
  const sley_channel_options no_linger = {.size = sizeof(no_linger), .linger = -1};
  o.channels = &no_linger;
  o.listen = two;
  o.listens = 2;
  o.most = 1;
  sley_server *s = server_begin(&o);
  sley_address second;
  sley_server_address(s, 1, &second);
  sley_io *c = dial(s);
  is_served(c);
  sley_io *waits = dial_address(&second);
  rest(0.02);
  assert_int_equal(counters(s).accepted, 1);
  assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND));
  sley_io_drop(c);
  for (int i = 0; i < 5000 && counters(s).accepted < 2; i++) {
    assert_null(sley_step(0));
    usleep(1000);
  }
  sley_test_clock_end();
  assert_int_equal(counters(s).accepted, 2);
  is_served(waits);
  sley_io_drop(waits);
  server_end(s);
}

/* ---- the longest life ---- */

/* One that is busy all the time, by bytes, ends between two of them, and not before its time. */
static void a_life_has_an_end(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    sley_server_options o = served_by(echo, NULL);
    o.life = 0.3;
    o.idle = i == 0 ? 0 : -1; /* without an idle limit, too */
    sley_server *s = server_begin(&o);
    sley_time began = sley_now();
    sley_io *c = dial(s);
    char byte;
    sley_value v = sley_int(1);
    while (v.i == 1) {
      settle(sley_write(c, "b", 1));
      sley_error *e = sley_run(sley_with_timeout(sley_read(c, &byte, 1), 20), &v);
      if (e != NULL) v.i = 0; /* reset: what was sent last came too late */
      sley_error_drop(e);
      if (v.i == 1) rest(0.005);
    }
    assert_true(sley_now() - began >= sley_seconds(0.3));
    sley_io_drop(c);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(counters(s).aged, 1);
    assert_int_equal(counters(s).canceled, 0);
    assert_int_equal(counters(s).timed_out, 0);
    assert_int_equal(heard.told, 0);
    server_end(s);
  }
}

static sley_promise *says_which(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx),
                          sley_connection_is_ending(ctx) ? "last" : "more");
}

static int busy_ones; /* that have begun */

static sley_promise *answer_late(sley_connection *c)
{
  busy_ones++;
  sley_input *in = sley_connection_input(c);
  sley_input_consume(in, sley_input_buffered(in));
  return sley_bind(sley_sleep(0.3), says_which, c);
}

/* An answer that is under way then is the last one. */
static void an_old_one_gives_its_answer(void **state)
{
  (void)state;
  sley_server_options o = served_by(answer_late, NULL);
  o.life = 0.08;
  sley_server *s = server_begin(&o);
  busy_ones = 0;
  clock_by_hand();
  sley_io *c = dial(s);
  say(c, "x");
  STEP_UNTIL(busy_ones == 1);
  pass(0.31);
  hears(c, "last");
  hears(c, "");
  sley_test_clock_end();
  assert_int_equal(counters(s).aged, 1);
  assert_int_equal(counters(s).canceled, 0);
  sley_io_drop(c);
  server_end(s);
}

static sley_promise *waits_for_ever(sley_connection *c)
{
  busy_ones++;
  sley_input *in = sley_connection_input(c);
  if (in != NULL) sley_input_consume(in, sley_input_buffered(in));
  return sley_sleep(1000);
}

static sley_promise *bare_waits(sley_value *connection, const sley_value *context)
{
  (void)connection;
  (void)context;
  busy_ones++;
  return sley_sleep(1000);
}

static sley_promise *clings(sley_connection *c)
{
  busy_ones++;
  sley_drop(sley_output_text(sley_connection_output(c), "on"));
  return sley_protected(sley_input_line_opt(sley_connection_input(c)));
}

/* What is busy has its grace, is canceled, and aborted if that does not end it. */
static void a_busy_life_has_its_grace(void **state)
{
  (void)state;
  for (int i = 0; i < 4; i++) {
    sley_server_options o = served_by(i == 0 ? waits_for_ever : NULL, i == 1   ? waits_for_ever
                                                                      : i == 2 ? clings
                                                                               : NULL);
    if (i == 3) o.bare = bare_waits;
    o.life = 0.1;
    o.life_grace = 0.2;
    sley_server *s = server_begin(&o);
    busy_ones = 0;
    clock_by_hand();
    sley_io *c = dial(s);
    say(c, "x");
    if (i == 2) hears(c, "on");
    STEP_UNTIL(busy_ones == 1);
    pass(0.1 + 0.15);
    assert_int_equal(counters(s).aged, 1);
    assert_int_equal(counters(s).canceled, 0);
    pass(0.5);
    is_closed_or_reset(c);
    sley_io_drop(c);
    STEP_UNTIL(counters(s).open == 0);
    sley_test_clock_end();
    assert_int_equal(counters(s).aged, 1);
    assert_int_equal(counters(s).canceled, 1);
    assert_int_equal(counters(s).failed, 0);
    assert_int_equal(heard.told, 0);
    server_end(s);
  }
}

/* ---- a connection that the kernel holds back ---- */

/* Until its first byte comes it is in no queue: a stop has the kernel give it out, instead of resetting it. */
static void a_deferred_connection_is_not_reset(void **state)
{
  (void)state;
  const sley_listen_options deferred = {
      .size = sizeof(deferred), .address = "127.0.0.1", .defer_accept = 30};
  const sley_listen_options *const at[] = {&deferred};
  static const sley_server_mode modes[] = {SLEY_SERVER_MODE_LEAST, SLEY_SERVER_MODE_KERNEL};
  sley_server *s[2];
  sley_io *c[2];
  sley_promise *stopped[2];
  sley_time began = sley_now();
  for (int i = 0; i < 2; i++) {
    sley_server_options o = served_by(echo, NULL);
    o.listen = at;
    o.mode = modes[i];
    s[i] = server_begin(&o);
    c[i] = dial(s[i]);
  }
  rest(0.05);
  for (int i = 0; i < 2; i++) {
#ifdef __linux__
    if (counters(s[i]).accepted > 0) assert_true(sley_now() - began > sley_seconds(0.9));
#endif
    stopped[i] = sley_server_stop(s[i], 1);
    assert_false(sley_server_is_ready(s[i]));
  }
  for (int i = 0; i < 2; i++) {
    hears(c[i], ""); /* the end, and no reset */
    sley_io_drop(c[i]);
    run_gives(stopped[i], 0);
    assert_int_equal(counters(s[i]).accepted, 1);
  }
  sley_server_drop(s[0]);
  server_end(s[1]);
}

/* ---- no memory ---- */

static void io_release(void *ctx) { sley_io_drop(ctx); }

static sley_promise *has_paused(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_io_to_value(sley_io_keep(ctx)));
}

static sley_promise *wrap_without_memory(sley_io *io, const sley_value *context)
{
  (void)context;
  return sley_bind(sley_pause(), has_paused, io, io_release);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_server_options o = served_by(echo, NULL);
  o.wrap = wrap_without_memory;
  o.wrap_most = 1;
  o.most_per_peer = 2;
  o.life = 100;
  serve_without_memory(&o);
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
      TEST(one_peer_has_so_many),
      TEST(other_peers),
      TEST(what_serves_is_wrapped),
      TEST(what_lies_below_a_wrapper_is_served),
      TEST(a_handshake_that_fails),
      TEST(handshakes_have_a_limit),
      TEST(so_many_are_wrapped_at_once),
      TEST(a_place_is_offered_to_the_next),
      TEST(a_life_has_an_end),
      TEST(an_old_one_gives_its_answer),
      TEST(a_busy_life_has_its_grace),
      TEST(a_deferred_connection_is_not_reset),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
