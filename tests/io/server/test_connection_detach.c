/* Connections that leave their server for another protocol.
 * Tests src/io/server/detach.c. */
#include "io/server/serving.h"
#include "support/cipher.h"

static struct {
  int given, dropped;
  sley_input *in; /* what became of the last one */
  sley_output *out;
  bool fails;
} taker;

static sley_promise *echo_all(void *ctx, sley_input *in)
{
  const char *data;
  size_t size = sley_input_peek(in, &data);
  sley_promise *written = sley_output_write(taker.out, data, size);
  (void)ctx;
  sley_input_consume(in, size);
  return written;
}

static void leave(void)
{
  sley_input_drop(taker.in);
  sley_output_drop(taker.out);
  taker.in = NULL;
  taker.out = NULL;
}

/* The other protocol. */
static sley_promise *take_over(void *ctx, sley_detached *taken)
{
  assert_ptr_equal(ctx, &taker);
  taker.given++;
  const sley_channel_options o = {.size = sizeof(o), .unread = taken->unread, .linger = -1};
  sley_error *e = sley_channels(&o, taken->io, &taker.in, &taker.out);
  if (e == NULL && !taker.fails) return sley_input_each(taker.in, echo_all, NULL);
  if (e != NULL) {
    sley_io_drop(taken->io);
    return sley_fail(e);
  }
  leave();
  return sley_fail_with(&sley_kind_sley, SLEY_EINVAL, "it is not upgraded");
}

static void taker_is_over(void *ctx)
{
  assert_ptr_equal(ctx, &taker);
  taker.dropped++;
}

/* "u" upgrades, "f" asks for it and fails, "t" asks twice, and everything else is answered. */
static sley_promise *first_protocol(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  char what = size > 0 ? data[0] : '\0';
  if (what == '\0') return sley_input_more(0);
  sley_input_consume(in, 1);
  sley_error *e = NULL;
  if (what == 'u' || what == 'f' || what == 't' || what == 'w')
    e = sley_connection_detach(c, take_over, &taker, taker_is_over);
  if (e != NULL) return sley_fail(e);
  if (what == 't') return sley_fail(sley_connection_detach(c, take_over, &taker, taker_is_over));
  if (what == 'f') return sley_fail_with(&sley_kind_sley, SLEY_EDEPTH, "no more");
  sley_promise *written = sley_output_text(sley_connection_output(c), what == 'u' ? "up:" : "1");
  if (what != 'u') return written;
  sley_error_drop(sley_ignore_result(written));
  return sley_return(sley_bool(true));
}

static sley_promise *first_protocol_once(sley_connection *c)
{
  sley_error *e = sley_await(sley_input_fill(sley_connection_input(c), 1), NULL);
  return e != NULL ? sley_fail(e) : first_protocol(c);
}

static sley_promise *wrap_ciphered(sley_io *io, const sley_value *context)
{
  (void)context;
  return sley_return(sley_io_to_value(ciphered(io)));
}

/* What was written is sent, what is unread is given, and the server knows nothing of it any more. */
static void an_upgrade(void **state)
{
  (void)state;
  for (int in_burst = 0; in_burst < 2; in_burst++) {
    sley_server_options o =
        served_by(in_burst ? first_protocol : NULL, in_burst ? NULL : first_protocol_once);
    o.in_fiber = !in_burst;
    o.most = 1;
    o.most_per_peer = 1;
    o.life = 1000;
    memset(&taker, 0, sizeof(taker));
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    if (in_burst) {
      say(c, "x");
      hears(c, "1");
    }
    say(c, "urest");
    hears(c, "up:rest");
    assert_int_equal(taker.given, 1);
    assert_int_equal(taker.dropped, 1);
    assert_int_equal(counters(s).open, 0);
    assert_int_equal(counters(s).detached, 1);
    sley_io *second = dial(s); /* there is a place for it, and it is the only one of its peer */
    say(second, "x");
    hears(second, "1");
    sley_io_drop(second);
    run_gives(sley_server_stop(s, 0), 0);
    say(c, "still here");
    hears(c, "still here");
    sley_io_drop(c);
    WAIT_UNTIL(sley_input_is_ended(taker.in));
    leave();
    assert_int_equal(heard.told, 0);
    assert_int_equal(counters(s).failed, 0);
    server_end(s);
  }
}

/* What comes out is what was served: also a wrapper. */
static void an_upgrade_of_a_wrapper(void **state)
{
  (void)state;
  sley_server_options o = served_by(first_protocol, NULL);
  o.wrap = wrap_ciphered;
  memset(&taker, 0, sizeof(taker));
  sley_server *s = server_begin(&o);
  sley_io *c = ciphered(dial(s));
  say(c, "urest");
  hears(c, "up:rest");
  sley_io_drop(c);
  WAIT_UNTIL(sley_input_is_ended(taker.in));
  leave();
  server_end(s);
  assert_int_equal(ciphers_alive, 0);
}

/* Serving fails: nobody gets it, and the context is dropped. */
static void nobody_gets_what_failed(void **state)
{
  (void)state;
  static const char *const said[] = {"f", "t"};
  static const char *const why[] = {"no more", "it was called before"};
  static const int dropped[] = {1, 2};
  for (int i = 0; i < 4; i++) {
    bool in_burst = i & 1;
    sley_server_options o =
        served_by(in_burst ? first_protocol : NULL, in_burst ? NULL : first_protocol_once);
    o.in_fiber = !in_burst;
    memset(&taker, 0, sizeof(taker));
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    say(c, said[i / 2]);
    hears(c, "");
    sley_io_drop(c);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(taker.given, 0);
    assert_int_equal(taker.dropped, dropped[i / 2]);
    assert_int_equal(counters(s).detached, 0);
    assert_int_equal(counters(s).failed, 1);
    assert_int_equal(heard.told, 1);
    assert_non_null(strstr(heard.text, why[i / 2]));
    server_end(s);
  }
}

/* It is asked for, and then a stop cancels what serves. */
static void a_stop_before_it_leaves(void **state)
{
  (void)state;
  sley_server_options o = served_by(first_protocol, NULL);
  memset(&taker, 0, sizeof(taker));
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  say(c, "w");
  hears(c, "1");
  assert_int_equal(taker.dropped, 0);
  sley_promise *stopped = sley_server_stop(s, 0);
  hears(c, "");
  sley_io_drop(c);
  run_gives(stopped, 0);
  assert_int_equal(taker.given, 0);
  assert_int_equal(taker.dropped, 1);
  server_end(s);
}

static sley_promise *flood_and_leave(sley_connection *c)
{
  static char much[16 << 20];
  const sley_slice slice = {much, sizeof(much)};
  sley_error *e = sley_connection_detach(c, take_over, &taker, taker_is_over);
  if (e != NULL) return sley_fail(e);
  (void)!sley_output_reserve(sley_connection_output(c), 1);
  sley_promise *written = sley_output_slices(sley_connection_output(c), &slice, 1);
  sley_drop(written);
  return sley_return_unit();
}

/* A peer that takes nothing of what is to be sent before: the idle limit ends it, and so does a stop. */
static void what_cannot_be_sent(void **state)
{
  (void)state;
  for (int is_stopped = 0; is_stopped < 2; is_stopped++) {
    sley_server_options o = served_by(NULL, flood_and_leave);
    o.idle = is_stopped ? -1 : 0.05;
    memset(&taker, 0, sizeof(taker));
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    WAIT_UNTIL(counters(s).accepted == 1);
    if (is_stopped) run_gives(sley_server_stop(s, 0), 0);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(counters(s).timed_out, !is_stopped);
    assert_int_equal(taker.given, 0);
    assert_int_equal(taker.dropped, 1);
    sley_io_drop(c);
    server_end(s);
  }
}

/* What becomes of it outside is told, if it fails. */
static void the_taker_fails(void **state)
{
  (void)state;
  sley_server_options o = served_by(first_protocol, NULL);
  memset(&taker, 0, sizeof(taker));
  taker.fails = true;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  say(c, "u");
  hears(c, "up:");
  WAIT_UNTIL(heard.told == 1);
  assert_non_null(strstr(heard.text, "it is not upgraded"));
  assert_int_equal(counters(s).failed, 0);
  sley_io_drop(c);
  server_end(s);
}

static sley_promise *leave_at_once(sley_connection *c)
{
  sley_input_consume(sley_connection_input(c), sley_input_buffered(sley_connection_input(c)));
  sley_error *e = sley_connection_detach(c, take_over, &taker, taker_is_over);
  return e != NULL ? sley_fail(e) : sley_return(sley_bool(true));
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_server_options o = served_by(leave_at_once, NULL);
  memset(&taker, 0, sizeof(taker));
  taker.fails = true; /* an end that needs no memory */
  serve_without_memory(&o);
}

static void no_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(an_upgrade),
      TEST(an_upgrade_of_a_wrapper),
      TEST(nobody_gets_what_failed),
      TEST(a_stop_before_it_leaves),
      TEST(what_cannot_be_sent),
      TEST(the_taker_fails),
      cmocka_unit_test(no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
