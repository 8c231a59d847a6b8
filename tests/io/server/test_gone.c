/* Peers that go while they are served, and peers that are too slow.
 * Tests src/io/server/gone.c, src/io/server/idle.c, src/io/server/extras.c. */
#include <sys/socket.h>

#include "io/server/serving.h"
#include "support/cipher.h"

/* ---- gone ---- */

static int waiting, ended; /* calls of wait_long: pending, over */

static void wait_over(void *ctx)
{
  (void)ctx;
  waiting--;
  ended++;
}

/* Waits for something else than its peer, with no byte unread. */
static sley_promise *wait_long(sley_connection *c)
{
  sley_input *in = sley_connection_input(c);
  if (sley_connection_server(c) != NULL) sley_input_consume(in, sley_input_buffered(in));
  waiting++;
  return sley_attach(sley_sleep(1000), NULL, wait_over);
}

static sley_promise *wait_long_in_a_fiber(sley_connection *c)
{
  sley_error *e = sley_await(wait_long(c), NULL);
  return e != NULL ? sley_fail(e) : sley_return_unit();
}

static sley_promise *wrap_ciphered(sley_io *io, const sley_value *context)
{
  (void)context;
  return sley_return(sley_io_to_value(ciphered(io)));
}

typedef enum how { ENDS, RESETS, ENDS_ITS_HALF, HOWS } how;

static void go(sley_io *c, how h)
{
  struct linger reset = {.l_onoff = 1};
  if (h == RESETS)
    assert_int_equal(setsockopt(sley_io_fd(c), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
  if (h == ENDS_ITS_HALF) run_gives(sley_io_end(c), 0);
  else sley_io_drop(c);
}

static void who_goes_cancels(void **state)
{
  (void)state;
  for (int i = 0; i < 8 * HOWS; i++) {
    bool in_burst = i & 1, in_fiber = i & 2, is_wrapped = i & 4;
    how h = (how)(i / 8);
    sley_connection_fn *f = in_fiber ? wait_long_in_a_fiber : wait_long;
    sley_server_options o = served_by(in_burst ? f : NULL, in_burst ? NULL : f);
    o.in_fiber = in_fiber;
    o.cancel_gone = true;
    if (is_wrapped) o.wrap = wrap_ciphered;
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    say(c, "x");
    WAIT_UNTIL(waiting == 1);
    ended = 0;
    go(c, h);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(ended, 1);
    assert_int_equal(waiting, 0);
    assert_int_equal(counters(s).gone, 1);
    assert_int_equal(counters(s).failed, 0);
    assert_int_equal(counters(s).canceled, 0);
    assert_int_equal(heard.told, 0);
    if (h == ENDS_ITS_HALF) sley_io_drop(c);
    server_end(s);
    assert_int_equal(ciphers_alive, 0);
  }
}

/* It is not asked for. */
static void who_goes_is_served_to_the_end(void **state)
{
  (void)state;
  sley_server_options o = served_by(wait_long, NULL);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  say(c, "x");
  WAIT_UNTIL(waiting == 1);
  go(c, ENDS);
  rest(0.05);
  assert_int_equal(waiting, 1);
  assert_int_equal(counters(s).gone, 0);
  server_end(s);
  assert_int_equal(waiting, 0);
}

static sley_promise *says_what_was_said(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx), "ok");
}

/* One request for each byte. */
static sley_promise *answer_later(sley_connection *c)
{
  sley_input_consume(sley_connection_input(c), 1);
  return sley_bind(sley_sleep(0.002), says_what_was_said, c);
}

/* Who stays is served, again and again, also what is read ahead; and who goes between two requests is not canceled. */
static void who_stays_is_served(void **state)
{
  (void)state;
  sley_server_options o = served_by(answer_later, NULL);
  o.cancel_gone = true;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  for (int i = 0; i < 20; i++) {
    say(c, "12345");
    hears(c, "okokokokok");
  }
  assert_int_equal(counters(s).open, 1);
  sley_io_drop(c);
  WAIT_UNTIL(counters(s).open == 0);
  assert_int_equal(counters(s).gone, 0);

  c = dial(s); /* the watch of an earlier call notices it in a later one */
  say(c, "1");
  hears(c, "ok");
  say(c, "12345");
  hears(c, "ok");
  sley_io_drop(c);
  WAIT_UNTIL(counters(s).open == 0);
  assert_int_equal(counters(s).gone, 1);
  assert_int_equal(heard.told, 0);
  server_end(s);
}

/* Who has closed its input does not hear of it. */
static sley_promise *answer_closed(sley_connection *c)
{
  sley_error_drop(sley_ignore_result(sley_input_close(sley_connection_input(c))));
  return sley_bind(sley_sleep(0.002), says_what_was_said, c);
}

static sley_promise *closes_and_says(void *ctx, sley_value *v)
{
  (void)v;
  return answer_closed(ctx);
}

static sley_promise *close_while_it_waits(sley_connection *c)
{
  return sley_bind(sley_sleep(0.002), closes_and_says, c);
}

static void a_closed_input_says_nothing(void **state)
{
  (void)state;
  static sley_connection_fn *const serve[] = {answer_closed, close_while_it_waits};
  for (int i = 0; i < 2; i++) {
    sley_server_options o = served_by(NULL, serve[i]);
    o.cancel_gone = true;
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    hears(c, "ok");
    hears(c, "");
    sley_io_drop(c);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(counters(s).gone, 0);
    server_end(s);
  }
}

/* Its end was read together with its request. */
static void who_has_gone_before(void **state)
{
  (void)state;
  sley_server_options o = served_by(wait_long, NULL);
  o.cancel_gone = true;
  sley_server *s = server_begin(&o);
  sley_address a;
  sley_server_address(s, 0, &a);
  sley_io *c = dial_address(&a);
  assert_int_equal(send(sley_io_fd(c), "x", 1, 0), 1);
  sley_io_drop(c);
  WAIT_UNTIL(counters(s).accepted == 1 && counters(s).open == 0);
  assert_int_equal(counters(s).gone, 1);
  assert_int_equal(waiting, 0);
  server_end(s);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_server_options o = served_by(answer_later, NULL);
  o.cancel_gone = true;
  serve_without_memory(&o);
}

static void no_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

/* ---- too slow ---- */

static sley_promise *until_a_dot(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  if (data[size - 1] != '.') return sley_input_more(0);
  sley_input_consume(in, size);
  return sley_output_text(sley_connection_output(c), "ok");
}

static sley_promise *until_a_dot_once(sley_connection *c)
{
  sley_connection_idle(c);
  sley_error *e = sley_await(sley_input_until(sley_connection_input(c), ".", 1), NULL);
  if (e == NULL) e = sley_await(sley_output_text(sley_connection_output(c), "ok"), NULL);
  return e != NULL ? sley_fail(e) : until_a_dot_once(c);
}

/* Who trickles is ended, though no limit of silence is exceeded; who is silent between two requests stays. */
static void who_trickles_is_ended(void **state)
{
  (void)state;
  for (int in_burst = 0; in_burst < 2; in_burst++) {
    sley_server_options o =
        served_by(in_burst ? until_a_dot : NULL, in_burst ? NULL : until_a_dot_once);
    o.in_fiber = !in_burst;
    o.least = 1000;
    o.least_over = 0.08;
    o.data_size = 3;
    sley_server *s = server_begin(&o);
    sley_io *silent = dial(s), *slow = dial(s);
    say(silent, ".");
    hears(silent, "ok");
    for (int i = 0; i < 4000 && counters(s).timed_out == 0; i++) {
      sley_error_drop(sley_run(sley_write(slow, "b", 1), NULL));
      rest(0.005);
    }
    assert_int_equal(counters(s).timed_out, 1);
    sley_io_drop(slow);
    WAIT_UNTIL(counters(s).open == 1);
    rest(0.1);
    say(silent, "...");
    hears(silent, "ok");
    assert_int_equal(counters(s).timed_out, 1);
    assert_int_equal(heard.told, 0);
    sley_io_drop(silent);
    server_end(s);
  }
}

/* ---- refused ---- */

static sley_promise *never_bare(sley_value *connection, const sley_value *context)
{
  (void)connection;
  (void)context;
  return sley_return_unit();
}

static void refused(const sley_server_options *o, const char *why)
{
  sley_value v;
  sley_error *e = sley_run(sley_server_start(o), &v);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  if (strstr(sley_error_message(e), why) == NULL) fail_msg("%s", sley_error_message(e));
  sley_error_drop(e);
}

static void what_does_not_fit(void **state)
{
  (void)state;
  sley_server_options o = served_by(wait_long, NULL);
  o.least = 1;
  refused(&o, "least and least_over belong together");
  o = served_by(NULL, NULL);
  o.bare = never_bare;
  o.cancel_gone = true;
  refused(&o, "cancel_gone are for burst and serve");
  const sley_listen_options messages = {
      .size = sizeof(messages), .address = "unix:", .kind = SLEY_SOCKET_KIND_SEQPACKET};
  const sley_listen_options *const two[] = {&loopback, &messages};
  o = served_by(wait_long, NULL);
  o.listen = two;
  o.listens = 2;
  refused(&o, "messages of a socket of kind seqpacket (unix:) are no stream");
  assert_int_equal(tokens_alive(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(who_goes_cancels),      TEST(who_goes_is_served_to_the_end),
      TEST(who_stays_is_served),   TEST(a_closed_input_says_nothing),
      TEST(who_has_gone_before),   cmocka_unit_test(no_memory),
      TEST(who_trickles_is_ended), TEST(what_does_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
