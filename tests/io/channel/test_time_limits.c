/* Limits of time of channels: idle, deadline and the least rate, when they count, what they reject, and that the channel
 * goes on. Over pairs in memory, on a clock that jumps.
 * Tests src/io/channel/limits.c, src/io/channel/limited.c. */
#include <sley/test_clock.h>

#include <sley/engine.h>
#include <sley/pump.h>
#include "support/channels.h"
#include "support/domains.h"

typedef struct ends {
  sley_input *in;
  sley_output *out;
  sley_io *peer;
} ends;

static ends open_ends(const sley_channel_options *o)
{
  sley_io *ios[2];
  ends e;
  assert_null(sley_io_pair(1000, ios));
  assert_null(sley_channels(o, ios[0], &e.in, &e.out));
  e.peer = ios[1];
  return e;
}

static void drop_ends(const ends *e)
{
  sley_input_drop(e->in);
  sley_output_drop(e->out);
  sley_io_drop(e->peer);
}

static void comes(const ends *e, const char *text)
{
  assert_int_equal(sley_try_write(e->peer, text, strlen(text)), (int64_t)strlen(text));
}

/* Seconds since the beginning of the test; the clock stands while code runs. */
static sley_time begun;
static double now(void) { return (double)(sley_now() - begun) / 1e9; }

static int begin_on_test_clock(void **state)
{
  if (setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC) != NULL) return -1;
  begun = sley_now();
  return 0;
}
#define TEST_ON_CLOCK(f) cmocka_unit_test_setup_teardown(f, begin_on_test_clock, teardown)

/* Between the two, of which the second is an eighth of the shortest limit later. */
static void now_is(double least, double most)
{
  if (now() < least || now() > most + 0.001)
    fail_msg("at %g, not between %g and %g", now(), least, most);
}

/* ---- idle ---- */

static void idle_rejects_all_that_waits(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  comes(&e, "par");
  sley_promise *line = sley_input_line(e.in), *byte = sley_input_char(e.in);
  const char *text = run_fails(line, &sley_kind_sley, SLEY_ETIMEOUT);
  assert_non_null(strstr(text, "no byte came from pair in memory or went to it for 8 seconds"));
  now_is(8, 9);
  run_fails(byte, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(8, 9);
  assert_int_equal(sley_input_buffered(e.in), 3); /* the channel is as it was */
  assert_false(sley_input_is_closed(e.in));
  comes(&e, "t\n");
  run_gives_text(sley_input_line(e.in), "part");
  run_gives(sley_output_text(e.out, "and so is this"), 0);
  run_gives(sley_output_flush(e.out), 0);
  run_fails(sley_input_line(e.in), &sley_kind_sley, SLEY_ETIMEOUT); /* each time anew */
  now_is(16, 18);
  drop_ends(&e);
}

static sley_promise *comes_later(void *ctx, sley_value *v)
{
  (void)v;
  comes(ctx, "b");
  return sley_return_unit();
}

/* n bytes, one each `seconds`. */
static sley_promise *trickle(ends *e, int n, double seconds)
{
  sley_promise *p = sley_return_unit();
  for (int i = 1; i <= n; i++)
    p = sley_join(SLEY_PROMISES(p, sley_bind(sley_sleep(i * seconds), comes_later, e)));
  return p;
}

static void a_byte_begins_it_anew(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  sley_promise *t = trickle(&e, 10, 7);
  run_fails(sley_input_line(e.in), &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(78, 79);
  run_gives(t, 0);
  assert_int_equal(sley_input_buffered(e.in), 10);
  drop_ends(&e);
}

static sley_promise *computes(void *ctx, sley_input *in)
{
  const char *data;
  (void)ctx;
  sley_input_consume(in, sley_input_peek(in, &data));
  return sley_sleep(100);
}

static void a_body_that_waits_for_something_else_is_not_idle(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){
      .size = sizeof(sley_channel_options), .idle = 8, .deadline = 9, .least = 9, .least_over = 9});
  comes(&e, "request");
  sley_promise *each = sley_input_each(e.in, computes, NULL), *behind = sley_input_line(e.in);
  run_fails(each, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(108, 109);
  run_fails(behind, &sley_kind_sley, SLEY_ETIMEOUT); /* it waited for the body first */
  now_is(108, 109);
  drop_ends(&e);
}

static sley_promise *reads_inside(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_input_fill(in, 5);
}

static void what_a_body_waits_for_is_rejected(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  run_fails(sley_input_atomic(e.in, reads_inside, NULL), &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(8, 9);
  comes(&e, "x");
  run_gives(sley_input_fill(e.in, 1), 1);
  drop_ends(&e);
}

static void an_output_that_nobody_takes(void **state)
{
  (void)state;
  static char big[200000], got[200000];
  memset(big, 'b', sizeof big);
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  sley_promise *write = sley_output_write(e.out, big, sizeof big),
               *flush = sley_output_flush(e.out);
  run_fails(write, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(8, 9);
  run_fails(flush, &sley_kind_sley, SLEY_ETIMEOUT);
  size_t left = sley_output_buffered(e.out);
  assert_true(left > 0 && left < sizeof big); /* as a cancel leaves it */
  rest(100);                                  /* nobody waits for the peer */
  sley_promise *sent = sley_output_flush(e.out);
  size_t size = 0;
  while (sley_is_pending(sent)) {
    int64_t n = sley_try_read(e.peer, got, sizeof got);
    if (n > 0) size += (size_t)n;
    rest(1);
  }
  run_gives(sent, 0);
  int64_t n = sley_try_read(e.peer, got, sizeof got);
  if (n > 0) size += (size_t)n;
  assert_true(size >= left);
  drop_ends(&e);
}

/* What drains has its own limit, finish; what stood before it in line has those of the channel. */
static void a_close_has_a_limit_of_its_own(void **state)
{
  (void)state;
  static char big[200000];
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options),
                                             .idle = 8,
                                             .deadline = 4,
                                             .least = 100,
                                             .least_over = 8,
                                             .finish = 50});
  sley_promise *write = sley_output_write(e.out, big, sizeof big), *p = sley_output_close(e.out);
  run_fails(write, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(4, 4.5);
  run_fails(p, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(50, 50);
  drop_ends(&e);
}

/* ---- deadline ---- */

static void bytes_do_not_help_against_a_deadline(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .deadline = 8});
  sley_promise *t = trickle(&e, 20, 1);
  sley_promise *first = sley_input_line(e.in);
  rest(4);
  sley_promise *second = sley_input_line(e.in);
  const char *text = run_fails(first, &sley_kind_sley, SLEY_ETIMEOUT);
  assert_non_null(strstr(text, "waited for pair in memory for 8 seconds"));
  now_is(8, 9);
  run_fails(second, &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(12, 13);
  run_gives(t, 0);
  drop_ends(&e);
}

/* Also those that have consumed a part. */
static void parts_do_not_help_either(void **state)
{
  (void)state;
  char buffer[100];
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .deadline = 8});
  sley_promise *t = trickle(&e, 20, 1);
  run_fails(sley_input_read_exactly(e.in, buffer, sizeof buffer), &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(8, 9);
  run_gives(t, 0);
  drop_ends(&e);
}

static sley_promise *three_bytes(void *ctx, sley_input *in)
{
  const char *data;
  if (sley_input_peek(in, &data) < 3) return sley_input_more(3);
  sley_input_consume(in, 3);
  ++*(int *)ctx;
  return sley_return_unit();
}

static void messages_of_a_body_have_a_deadline_each(void **state)
{
  (void)state;
  int calls = 0;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .deadline = 8});
  sley_promise *each = sley_input_each(e.in, three_bytes, &calls);
  rest(100); /* between messages */
  assert_true(sley_is_pending(each));
  sley_promise *t =
      trickle(&e, 29, 2); /* each one takes 6 seconds; the last one stops in its middle */
  run_gives(t, 0);
  assert_int_equal(calls, 9);
  assert_true(sley_is_pending(each));
  run_fails(each, &sley_kind_sley, SLEY_ETIMEOUT); /* its first byte came at 156 */
  now_is(164, 165);
  assert_int_equal(sley_input_buffered(e.in), 2);
  drop_ends(&e);
}

/* ---- the least rate ---- */

static void too_slow_a_peer(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .idle = 100, .least = 10, .least_over = 8};
  ends e = open_ends(&o);
  sley_promise *t = trickle(&e, 40, 1);
  const char *text = run_fails(sley_input_line(e.in), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_non_null(
      strstr(text, "fewer than 10 bytes came from pair in memory or went to it within 8"));
  now_is(8, 9);
  run_gives(t, 0);
  drop_ends(&e);
  o.least = 7; /* eight come in that time */
  e = open_ends(&o);
  begun = sley_now();
  t = trickle(&e, 40, 1);
  run_fails(sley_input_line(e.in), &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(40, 49 + 1); /* when no more come */
  run_gives(t, 0);
  drop_ends(&e);
}

static void between_messages_the_rate_does_not_count(void **state)
{
  (void)state;
  int calls = 0;
  ends e = open_ends(
      &(sley_channel_options){.size = sizeof(sley_channel_options), .least = 10, .least_over = 8});
  sley_promise *each = sley_input_each(e.in, three_bytes, &calls);
  rest(100);
  assert_true(sley_is_pending(each));
  comes(&e, "abcd");
  run_fails(each, &sley_kind_sley, SLEY_ETIMEOUT);
  assert_int_equal(calls, 1);
  now_is(108, 109);
  drop_ends(&e);
}

/* A pump has no messages. */
static void a_pump_from_a_slow_peer(void **state)
{
  (void)state;
  ends e = open_ends(
      &(sley_channel_options){.size = sizeof(sley_channel_options), .least = 10, .least_over = 8});
  sley_output *to;
  assert_null(sley_output_to_memory(&to));
  sley_promise *t = trickle(&e, 40, 1);
  const char *text = run_fails(sley_input_pump(e.in, to), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_non_null(strstr(text, "reading from pair in memory"));
  now_is(8, 9);
  run_gives(t, 0);
  sley_output_drop(to);
  drop_ends(&e);
}

/* ---- many, and the looks ---- */

enum { MANY = 2500 };

static void many_share_an_alarm(void **state)
{
  (void)state;
  static ends es[MANY];
  static sley_promise *ps[MANY];
  sley_loop_counters before = {.size = sizeof(before)}, after = {.size = sizeof(after)};
  sley_loop_counters_get(&before);
  for (int i = 0; i < MANY; i++) {
    es[i] = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
    ps[i] = sley_input_line(es[i].in);
    if (i % 100 == 0) rest(0.01);
  }
  sley_loop_counters_get(&after);
  assert_int_equal(after.alarms - before.alarms, 1);
  double last = now();
  for (int i = 0; i < MANY; i++) run_fails(ps[i], &sley_kind_sley, SLEY_ETIMEOUT);
  now_is(last + 7.9, last + 9);
  for (int i = 0; i < MANY; i++) drop_ends(&es[i]);
  sley_loop_counters_get(&after);
  assert_int_equal(after.alarms, before.alarms);
}

/* Without operations nothing is looked at: then the clock, which stands, says that nothing can wake the program. */
static void nobody_looks_where_nothing_waits(void **state)
{
  (void)state;
  sley_resolver *r;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  for (int i = 0; i < 3; i++) {
    run_fails(sley_cancelable(&r), &sley_kind_sley, SLEY_EDEADLOCK);
    sley_resolver_drop(&r);
    double t = now();
    run_fails(sley_input_line(e.in), &sley_kind_sley, SLEY_ETIMEOUT);
    now_is(t + 8, t + 9);
  }
  drop_ends(&e);
}

/* A program that stood still does not blame its peers: looks are counted, and there was none. */
static void a_program_that_stood_still(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 0.4});
  sley_promise *p = sley_input_line(e.in);
  rest(0.01);
  usleep(600000);
  rest(0.01);
  assert_true(sley_is_pending(p));
  comes(&e, "late\n");
  run_gives_text(p, "late");
  drop_ends(&e);
}

/* ---- the ends ---- */

static void drops_all(void *ctx, sley_error *e)
{
  (void)e;
  drop_ends(ctx);
}

static void who_hears_of_it_may_drop_the_channel(void **state)
{
  (void)state;
  static ends e;
  e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  sley_promise *line = sley_input_line(e.in), *next = sley_input_line(e.in);
  sley_on_failure(line, drops_all, &e);
  run_fails(line, &sley_kind_sley, SLEY_ETIMEOUT);
  run_fails(next, &sley_kind_sley, SLEY_ETIMEOUT);
}

static void asks_again(void *ctx, sley_error *e)
{
  sley_promise **again = ctx;
  (void)e;
  *again = sley_input_line((sley_input *)(void *)again[1]);
}

static void who_hears_of_it_may_ask_again(void **state)
{
  (void)state;
  ends e = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 8});
  sley_promise *line = sley_input_line(e.in);
  void *again[2] = {NULL, e.in};
  sley_on_failure(line, asks_again, again);
  run_fails(line, &sley_kind_sley, SLEY_ETIMEOUT);
  assert_true(sley_is_pending(again[0]));
  comes(&e, "answer\n");
  run_gives_text(again[0], "answer");
  drop_ends(&e);
}

static sley_promise *ignore_error(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return_unit();
}

static ends left; /* by the domain that has ended */

static sley_promise *waits_and_leaves(sley_value *arg)
{
  (void)arg;
  left = open_ends(&(sley_channel_options){.size = sizeof(sley_channel_options), .idle = 3600});
  sley_drop(sley_catch(sley_input_line(left.in), ignore_error, NULL));
  return sley_return_unit();
}

static void the_domain_ends(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  run_gives(sley_call(d, waits_and_leaves, sley_unit()), 0);
  end_leaving_nothing(d);
  drop_ends(&left);
}

static void options_that_make_no_sense(void **state)
{
  (void)state;
  const sley_channel_options wrong[] = {
      {.size = sizeof(sley_channel_options), .idle = -1},
      {.size = sizeof(sley_channel_options), .deadline = -1},
      {.size = sizeof(sley_channel_options), .least = 1},
      {.size = sizeof(sley_channel_options), .least_over = 1},
      {.size = sizeof(sley_channel_options), .least = 1, .least_over = -1},
  };
  static const char *const said[] = {"idle is negative", "deadline is negative", "belong together",
                                     "belong together", "least_over is negative"};
  sley_io *ios[2];
  assert_null(sley_io_pair(0, ios));
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    sley_input *in;
    sley_output *out;
    sley_error *e = sley_channels(&wrong[i], ios[0], &in, &out);
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
    assert_non_null(strstr(sley_error_message(e), said[i]));
    sley_error_drop(e);
  }
  sley_io_drop(ios[0]);
  sley_io_drop(ios[1]);
}

static void without_memory_once(void)
{
  sley_io *ios[2];
  sley_input *in;
  sley_output *out;
  if (sley_io_pair(0, ios) != NULL) return;
  sley_channel_options o = {.size = sizeof(o), .idle = 0.008, .least = 1, .least_over = 0.008};
  if (sley_channels(&o, ios[0], &in, &out) == NULL) {
    sley_promise *p = sley_input_line(in);
    settle(p);
    sley_input_drop(in);
    sley_output_drop(out);
  } else {
    sley_io_drop(ios[0]);
  }
  sley_io_drop(ios[1]);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST_ON_CLOCK(idle_rejects_all_that_waits),
      TEST_ON_CLOCK(a_byte_begins_it_anew),
      TEST_ON_CLOCK(a_body_that_waits_for_something_else_is_not_idle),
      TEST_ON_CLOCK(what_a_body_waits_for_is_rejected),
      TEST_ON_CLOCK(an_output_that_nobody_takes),
      TEST_ON_CLOCK(a_close_has_a_limit_of_its_own),
      TEST_ON_CLOCK(bytes_do_not_help_against_a_deadline),
      TEST_ON_CLOCK(parts_do_not_help_either),
      TEST_ON_CLOCK(messages_of_a_body_have_a_deadline_each),
      TEST_ON_CLOCK(too_slow_a_peer),
      TEST_ON_CLOCK(between_messages_the_rate_does_not_count),
      TEST_ON_CLOCK(a_pump_from_a_slow_peer),
      TEST_ON_CLOCK(many_share_an_alarm),
      TEST_ON_CLOCK(nobody_looks_where_nothing_waits),
      TEST(a_program_that_stood_still),
      TEST_ON_CLOCK(who_hears_of_it_may_drop_the_channel),
      TEST_ON_CLOCK(who_hears_of_it_may_ask_again),
      TEST(the_domain_ends),
      TEST(options_that_make_no_sense),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
