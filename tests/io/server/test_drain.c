/* Limits of a server, and how it ends: places, idle connections, the stop, signals, no memory.
 * Tests src/io/server/limit.c, src/io/server/idle.c, src/io/server/stop.c, src/io/server/stop_signals.c. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "io/server/serving.h"
#include "support/by_hand.h"
#include "support/domains.h"

/* ---- places ---- */

static struct {
  int now, most; /* connections being served; any thread, __atomic */
} serving;

static void served(void *ctx)
{
  (void)ctx;
  __atomic_sub_fetch(&serving.now, 1, __ATOMIC_SEQ_CST);
}

static sley_input *input_of_last; /* that began until_a_line; any thread, __atomic */

static sley_promise *until_a_line(sley_connection *c)
{
  __atomic_store_n(&input_of_last, sley_connection_input(c), __ATOMIC_RELAXED);
  int now = __atomic_add_fetch(&serving.now, 1, __ATOMIC_SEQ_CST);
  int most = __atomic_load_n(&serving.most, __ATOMIC_SEQ_CST);
  while (now > most && !__atomic_compare_exchange_n(&serving.most, &most, now, false,
                                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    continue;
  sley_drop(sley_output_text(sley_connection_output(c), "in"));
  return sley_attach(sley_input_line_opt(sley_connection_input(c)), NULL, served);
}

static bool is_silent(sley_io *c)
{
  char byte;
  sley_error *e = sley_run(sley_with_timeout(sley_read(c, &byte, 1), 0.05), NULL);
  bool is = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT);
  sley_error_drop(e);
  return is;
}

static void at_the_limit_nothing_is_accepted(void **state)
{
  (void)state;
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    sley_server_options o = served_by(NULL, until_a_line);
    o.most = 2;
    o.mode = (sley_server_mode)mode;
    sley_server *s = server_begin(&o);
    sley_io *c[4];
    serving.most = 0;
    int before_all = descriptors();
    for (int i = 0; i < 4; i++) c[i] = dial(s);
    hears(c[0], "in");
    hears(c[1], "in");
    assert_true(is_silent(c[2]));
    assert_int_equal(counters(s).open, 2);
    assert_int_equal(counters(s).accepted, 2);
    assert_int_equal(descriptors() - before_all, 4 + 2);
    say(c[0], "\n");
    hears(c[0], "");
    sley_io_drop(c[0]); /* while it lingers it has its place */
    hears(c[2], "in");  /* a place wakes who waits for one */
    double before = cpu_seconds();
    for (int i = 0; i < 6; i++) assert_true(is_silent(c[3]));
    assert_true(cpu_seconds() - before < 0.15); /* half of that time: it sleeps */
    sley_io_drop(c[1]);
    hears(c[3], "in");
    assert_int_equal(serving.most, 2);
    for (int i = 2; i < 4; i++) sley_io_drop(c[i]);
    server_end(s);
    assert_int_equal(serving.now, 0);
  }
}

/* Over all domains: whichever frees a place wakes one that waits, without the look of each second. */
static void the_limit_is_over_all_domains(void **state)
{
  (void)state;
  enum { DOMAINS = 3, CLIENTS = 24, MOST = 2 };
  sley_domain *ds[DOMAINS];
  for (int mode = SLEY_SERVER_MODE_LEAST; mode <= SLEY_SERVER_MODE_KERNEL; mode += 2) {
    for (int i = 0; i < DOMAINS; i++) ds[i] = start("server");
    sley_server_options o = served_by(NULL, until_a_line);
    o.most = MOST;
    o.mode = (sley_server_mode)mode;
    o.domains = ds;
    o.count = DOMAINS;
    const sley_channel_options no_linger = {.size = sizeof(no_linger), .linger = -1};
    o.channels = &no_linger; /* a connection that lingers has its place */
    sley_server *s = server_begin(&o);
    serving.most = 0;
    sley_io *c[CLIENTS];
    sley_time began = sley_now();
    for (int i = 0; i < CLIENTS; i++) {
      c[i] = dial(s);
      say(c[i], "go\n");
    }
    for (int i = 0; i < CLIENTS; i++) {
      hears(c[i], "in");
      hears(c[i], "");
      sley_io_drop(c[i]);
    }
    assert_true(sley_now() - began < 10 * SLEY_SECOND);
    assert_true(serving.most <= MOST);
    run_gives(sley_server_stop(s, 5), 0);
    for (int i = 0; i < DOMAINS; i++) end_leaving_nothing(ds[i]);
    server_end(s);
    assert_int_equal(serving.now, 0);
  }
}

/* What waits at the limit when the server stops cannot be served: it is closed, and counted. */
static void a_stop_at_the_limit(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, until_a_line);
  o.most = 1;
  sley_server *s = server_begin(&o);
  sley_io *c[3];
  for (int i = 0; i < 3; i++) c[i] = dial(s);
  hears(c[0], "in");
  assert_true(is_silent(c[1]));
  sley_promise *stopped = sley_server_stop(s, 20);
  for (int i = 1; i < 3; i++) is_closed_or_reset(c[i]);
  say(c[0], "\n");
  hears(c[0], "");
  for (int i = 0; i < 3; i++) sley_io_drop(c[i]);
  run_gives(stopped, 0);
  assert_int_equal(counters(s).accepted, 1);
  server_end(s);
}

/* ---- idle ---- */

static void an_idle_connection_is_closed(void **state)
{
  (void)state;
  for (int in_one_call = 0; in_one_call < 2; in_one_call++) {
    sley_server_options o =
        served_by(in_one_call ? NULL : echo_burst, in_one_call ? until_a_line : NULL);
    o.idle = 0.2;
    sley_server *s = server_begin(&o);
    sley_io *quiet = dial(s), *busy = dial(s);
    if (in_one_call) hears(quiet, "in");
    if (in_one_call) hears(busy, "in");
    WAIT_UNTIL(counters(s).open == 2);
    clock_by_hand();
    for (size_t i = 0; i < 10; i++) { /* as slow as a byte in every quarter */
      say(busy, "b");
      if (in_one_call) STEP_UNTIL(sley_input_buffered(input_of_last) == i + 1);
      else hears(busy, "b");
      if (i == 3) assert_int_equal(counters(s).timed_out, 0); /* after three quarters */
      pass(0.05);
    }
    hears(quiet, "");
    sley_io_drop(quiet);
    STEP_UNTIL(counters(s).open == 1);
    sley_test_clock_end();
    assert_int_equal(counters(s).timed_out, 1);
    assert_int_equal(counters(s).failed, 0);
    assert_int_equal(heard.told, 0);
    sley_io_drop(busy);
    server_end(s);
    assert_int_equal(serving.now, 0);
  }
}

/* 60 seconds, if nothing is said; less than nothing: no limit. By the test clock. */
static void the_idle_limit_is_on(void **state)
{
  (void)state;
  for (int is_off = 0; is_off < 2; is_off++) {
    sley_server_options o = served_by(echo_burst, NULL);
    o.idle = is_off ? -1 : 0;
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    say(c, "one");
    hears(c, "one");
    assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_BY_HAND));
    for (int i = 0; i < 59; i++) {
      assert_null(sley_test_clock_advance(1));
      assert_null(sley_step(0));
    }
    assert_int_equal(counters(s).open, 1);
    for (int i = 0; i < 21; i++) {
      assert_null(sley_test_clock_advance(1));
      assert_null(sley_step(0));
    }
    assert_int_equal(counters(s).timed_out, is_off ? 0 : 1);
    sley_test_clock_end();
    sley_io_drop(c);
    server_end(s);
  }
}

/* What does not wait for its peer is left alone. */
static sley_promise *says_done(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx), "done");
}

static int thinking;

static sley_promise *think(sley_connection *c)
{
  thinking++;
  return sley_bind(sley_sleep(0.4), says_done, c);
}

static sley_promise *think_in_a_burst(sley_connection *c)
{
  sley_input *in = sley_connection_input(c);
  sley_input_consume(in, sley_input_buffered(in));
  return think(c);
}

static void a_busy_one_is_not_idle(void **state)
{
  (void)state;
  for (int in_one_call = 0; in_one_call < 2; in_one_call++) {
    sley_server_options o =
        served_by(in_one_call ? NULL : think_in_a_burst, in_one_call ? think : NULL);
    o.idle = 0.08;
    sley_server *s = server_begin(&o);
    thinking = 0;
    clock_by_hand();
    sley_io *c = dial(s);
    say(c, "x");
    STEP_UNTIL(thinking == 1);
    pass(0.44);
    hears(c, "done");
    assert_int_equal(counters(s).timed_out, 0);
    sley_test_clock_end();
    sley_io_drop(c);
    server_end(s);
  }
}

/* A peer that takes nothing. */
static sley_promise *flood(sley_connection *c)
{
  static const char much[8 << 20];
  return sley_output_write(sley_connection_output(c), much, sizeof(much));
}

static void a_peer_that_takes_nothing_is_closed(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, flood);
  o.idle = 0.1;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  WAIT_UNTIL(counters(s).open == 0 && counters(s).accepted == 1);
  assert_int_equal(counters(s).timed_out, 1);
  sley_io_drop(c);
  server_end(s);
}

/* ---- the stop ---- */

static sley_promise *says_which(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx),
                          sley_connection_is_ending(ctx) ? "last" : "more");
}

static sley_resolver *slow_answer;

static sley_promise *answer_later(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  bool slow = size > 0 && data[0] == 's';
  sley_input_consume(in, size);
  return slow ? sley_bind(sley_pending(&slow_answer), says_which, c) : says_which(c, NULL);
}

/* Idle ones end at once, the busy one is served, and what has come already, too. */
static void idle_ones_end_at_once(void **state)
{
  (void)state;
  sley_server_options o = served_by(answer_later, NULL);
  sley_server *s = server_begin(&o);
  sley_io *idle = dial(s), *busy = dial(s), *late = dial(s);
  say(idle, "f");
  hears(idle, "more");
  say(late, "f");
  hears(late, "more");
  say(busy, "s");
  WAIT_UNTIL(slow_answer != NULL);
  assert_int_equal(send(sley_io_fd(late), "f", 1, 0), 1); /* the server has not seen it */
  assert_true(sley_server_is_ready(s));
  sley_time began = sley_now();
  sley_promise *stopped = sley_server_stop(s, 1000);
  assert_false(sley_server_is_ready(s));
  hears(idle, "");
  char answer[4];
  run_gives(sley_read(late, answer, sizeof(answer)), 4);
  hears(late, "");
  sley_io_drop(idle);
  sley_io_drop(late);
  WAIT_UNTIL(counters(s).open == 1);
  assert_true(sley_is_pending(stopped));
  sley_fulfill(&slow_answer, sley_unit());
  hears(busy, "last");
  hears(busy, "");
  sley_io_drop(busy);
  run_gives(stopped, 0);
  assert_true(sley_now() - began < 100 * SLEY_SECOND);
  assert_int_equal(counters(s).canceled, 0);
  server_end(s);
}

/* The stop is heard before the kernel is asked what has come. */
static void what_has_come_is_served(void **state)
{
  (void)state;
  sley_domain *d = start("server");
  sley_server_options o = served_by(answer_later, NULL);
  o.domains = &d;
  o.count = 1;
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  say(c, "f");
  hears(c, "more");
  sley_promise *busy = hold_domain(d);
  assert_int_equal(send(sley_io_fd(c), "f", 1, 0), 1);
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
}

/* serve says where it is idle, and that is over with the next byte. */
static sley_promise *next_line(void *ctx);

static sley_promise *says_slowly(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx), "slowly");
}

static sley_promise *line_came(void *ctx, sley_value *v)
{
  sley_connection *c = ctx;
  if (v->type == NULL) return sley_return(sley_unit());
  if (strcmp(sley_value_ptr(v, &sley_type_text), "slow") == 0) /* not idle meanwhile */
    return sley_bind(sley_sleep(0.2), says_slowly, c);
  sley_drop(sley_output_line(sley_connection_output(c), sley_value_ptr(v, &sley_type_text)));
  return next_line(c);
}

static sley_promise *next_line(void *ctx)
{
  sley_connection *c = ctx;
  if (sley_connection_is_ending(c)) return sley_return(sley_unit());
  sley_connection_idle(c);
  return sley_bind(sley_input_line_opt(sley_connection_input(c)), line_came, c);
}

static sley_promise *lines(sley_connection *c) { return next_line(c); }

static void a_serve_says_where_it_is_idle(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, lines);
  sley_server *s = server_begin(&o);
  sley_io *idle = dial(s), *half = dial(s), *slow = dial(s);
  say(slow, "slow\n");
  say(idle, "a\n");
  hears(idle, "a\n");
  say(half, "b\nha");
  hears(half, "b\n");
  rest(0.02);
  sley_promise *stopped = sley_server_stop(s, 1000);
  hears(idle, "");
  sley_io_drop(idle);
  assert_true(is_silent(half));
  say(half, "lf\n");
  hears(half, "half\n");
  hears(half, "");
  sley_io_drop(half);
  hears(slow, "slowly");
  sley_io_drop(slow);
  run_gives(stopped, 0);
  server_end(s);
}

/* When the time is over it is canceled; a second stop shortens it. */
static void the_busy_have_their_time(void **state)
{
  (void)state;
  for (int again = 0; again < 2; again++) {
    sley_server_options o = served_by(NULL, until_a_line);
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    hears(c, "in");
    clock_by_hand();
    sley_promise *stopped = sley_server_stop(s, again ? 1000 : 0.1), *second = NULL;
    pass(again ? 50 : 0.09);
    assert_int_equal(counters(s).canceled, 0);
    assert_int_equal(counters(s).open, 1);
    if (again) second = sley_server_stop(s, 0);
    else pass(0.02);
    hears(c, "");
    sley_io_drop(c);
    run_gives(stopped, 1); /* canceled */
    if (again) run_gives(second, 1);
    sley_test_clock_end();
    assert_int_equal(counters(s).canceled, 1);
    assert_int_equal(counters(s).failed, 0);
    server_end(s);
    assert_int_equal(serving.now, 0);
  }
}

/* shutdown_server of Lwt never resolves then: this one tells who is left. */
static sley_resolver *stubborn;

static sley_promise *never_ends(sley_connection *c)
{
  (void)c;
  return sley_pending(&stubborn);
}

static void what_is_left_is_named(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, never_ends);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  sley_address own;
  char wanted[64];
  assert_null(sley_socket_local(c, &own));
  snprintf(wanted, sizeof(wanted), "127.0.0.1:%u", sley_address_port(&own));
  WAIT_UNTIL(stubborn != NULL);
  clock_by_hand();
  sley_promise *stopped = sley_server_stop(s, 0);
  pass(0.9);
  assert_true(sley_is_pending(stopped));
  pass(0.3);
  const char *said = run_fails(stopped, &sley_kind_sley, SLEY_ETIMEOUT);
  sley_test_clock_end();
  assert_non_null(strstr(said, wanted));
  assert_non_null(strstr(said, "1 connection has not ended"));
  hears(c, ""); /* its object is closed all the same */
  sley_fulfill(&stubborn, sley_unit());
  WAIT_UNTIL(counters(s).open == 0);
  sley_io_drop(c);
  server_end(s);
}

/* For a while it is not ready, and accepts; a second stop does not wait for that. */
static void not_ready_first(void **state)
{
  (void)state;
  for (int again = 0; again < 2; again++) {
    sley_server_options o = served_by(echo_burst, NULL);
    o.ready = again ? 1000 : 0.2;
    sley_server *s = server_begin(&o);
    clock_by_hand();
    sley_promise *stopped = sley_server_stop(s, 5);
    assert_false(sley_server_is_ready(s));
    pass(0.19);
    sley_io *c = dial(s);
    say(c, "one");
    hears(c, "one");
    assert_true(sley_is_pending(stopped));
    sley_promise *second = again ? sley_server_stop(s, 5) : NULL;
    if (!again) pass(0.02);
    hears(c, "");
    sley_io_drop(c);
    run_gives(stopped, 0);
    if (again) run_gives(second, 0);
    sley_test_clock_end();
    server_end(s);
  }
}

/* A server that nobody stops ends with its domain. */
static sley_promise *start_here(sley_value *arg)
{
  (void)arg;
  sley_server_options o = served_by(echo_burst, NULL);
  sley_value_drop(&o.context);
  return sley_server_start(&o);
}

static void a_domain_ends_with_its_server(void **state)
{
  (void)state;
  sley_domain *d = start("server");
  sley_value v;
  assert_null(sley_run(sley_call(d, start_here, sley_unit()), &v));
  sley_server *s = sley_server_take(&v);
  sley_io *c = dial(s);
  say(c, "one");
  hears(c, "one");
  end_leaving_nothing(d);
  hears(c, "");
  assert_int_equal(counters(s).open, 0);
  sley_io_drop(c);
  sley_server_drop(s);
}

/* ---- signals ---- */

/* In a process of its own: the first is told, the second ends it. */
static void a_second_signal_ends_the_process(void **state)
{
  (void)state;
  static const int numbers[] = {SIGINT, SIGTERM};
  for (int i = 0; i < 4; i++) {
    int told[2], status;
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
      int64_t got = 0;
      sley_value v;
      alarm(60); /* whatever becomes of it */
      sley_promise *p = sley_stop_on_signals();
      if (write(told[1], "w", 1) != 1 || sley_run(p, &v) != NULL) _exit(1);
      got = v.i;
      if (got != numbers[i % 2] || write(told[1], "g", 1) != 1) _exit(2);
      for (;;) pause(); /* its loop stands still */
    }
    char byte;
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    kill(child, numbers[i % 2]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    kill(child, numbers[i / 2]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), numbers[i / 2]);
    close(told[0]);
  }
}

/* ---- no memory ---- */

static sley_promise *burst_with_scope(sley_connection *c)
{
  sley_connection_scope(c);
  return echo_burst(c);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_server_options o = served_by(burst_with_scope, NULL);
  o.ready = 0.001;
  o.most = 1;
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
      TEST(at_the_limit_nothing_is_accepted),
      TEST(the_limit_is_over_all_domains),
      TEST(a_stop_at_the_limit),
      TEST(an_idle_connection_is_closed),
      TEST(the_idle_limit_is_on),
      TEST(a_busy_one_is_not_idle),
      TEST(a_peer_that_takes_nothing_is_closed),
      TEST(idle_ones_end_at_once),
      TEST(what_has_come_is_served),
      TEST(a_serve_says_where_it_is_idle),
      TEST(the_busy_have_their_time),
      TEST(what_is_left_is_named),
      TEST(not_ready_first),
      TEST(a_domain_ends_with_its_server),
      cmocka_unit_test(a_second_signal_ends_the_process),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
