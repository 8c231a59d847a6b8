/* A connection for as long as a function needs it.
 * Tests src/io/server/client.c. */
#include <errno.h>

#include <sley/cancel.h>
#include <sley/client.h>

#include "support/process.h"

static char port[8];
static int dropped;

static sley_listener *listen_here(void)
{
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_listener *l;
  assert_null(sley_listen(&o, &l));
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  return l;
}

static void forget(void *ctx)
{
  (void)ctx;
  dropped++;
}

typedef struct talk {
  sley_input *in;
  sley_output *out;
  bool fails, closes, waits;
  sley_resolver *resolver; /* where it waits */
} talk;

static sley_promise *talks(void *ctx, sley_input *in, sley_output *out)
{
  talk *t = ctx;
  t->in = sley_input_keep(in);
  t->out = sley_output_keep(out);
  sley_drop(sley_output_text(out, "hello"));
  if (t->closes) sley_drop(sley_output_close(out));
  if (t->waits) return sley_cancelable(&t->resolver);
  return t->fails ? sley_fail(sley_error_new(&sley_kind_errno, EDOM, "no talk"))
                  : sley_return(sley_int(7));
}

static void drop_talk(const talk *t)
{
  sley_input_drop(t->in);
  sley_output_drop(t->out);
}

/* What a server reads until the end. */
static void server_gets(sley_listener *l, const char *wanted)
{
  char text[64];
  size_t size = 0;
  sley_value v;
  assert_null(sley_run(sley_accept(l), &v));
  sley_io *io = sley_io_take(&v);
  do {
    assert_null(sley_run(sley_read(io, text + size, sizeof(text) - size), &v));
    size += (size_t)v.i;
  } while (v.i > 0);
  assert_int_equal(size, strlen(wanted));
  assert_memory_equal(text, wanted, size);
  sley_io_drop(io);
}

/* B2.4, B2.8: both are closed behind it, and what was written has arrived; B2.7, B2.9: also if it closes itself. */
static void both_are_closed_behind_it(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  for (int i = 0; i < 4; i++) {
    talk t = {.fails = i & 1, .closes = i & 2};
    dropped = 0;
    sley_promise *p = sley_with_connection(NULL, "127.0.0.1", port, talks, &t, forget);
    server_gets(l, "hello");
    if (t.fails) run_fails(p, &sley_kind_errno, EDOM);
    else run_gives(p, 7);
    assert_true(sley_input_is_closed(t.in));
    assert_true(sley_output_is_closed(t.out));
    assert_int_equal(dropped, 1);
    drop_talk(&t);
  }
  sley_listener_close(l);
}

static void errors_of_closing_are_told(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  talk t = {.waits = true};
  sley_value v;
  sley_promise *p = sley_with_connection(NULL, "127.0.0.1", port, talks, &t);
  assert_null(sley_run(sley_accept(l), &v));
  sley_io *io = sley_io_take(&v);
  while (t.out == NULL) rest(0);
  assert_null(sley_socket_set_linger(io, 0));
  sley_io_drop(io); /* a reset */
  rest(0.01);
  sley_drop(sley_output_text(t.out, "lost"));
  sley_fulfill(&t.resolver, sley_int(7));
  sley_error *e = sley_run(p, NULL);
  assert_non_null(e);
  assert_true(sley_error_kind_get(e) == &sley_kind_errno);
  sley_error_drop(e);
  drop_talk(&t);
  sley_listener_close(l);
}

static int unhandled;

static void is_unhandled(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  assert_true(sley_error_kind_get(e) == &sley_kind_errno);
  assert_int_not_equal(sley_error_code(e), EDOM);
  unhandled++;
}

/* The function's error is the outcome; what could not be sent is told as well. */
static void two_errors_are_both_told(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  talk t = {.waits = true};
  sley_value v;
  unhandled = 0;
  sley_set_unhandled_hook(is_unhandled, NULL);
  sley_promise *p = sley_with_connection(NULL, "127.0.0.1", port, talks, &t);
  assert_null(sley_run(sley_accept(l), &v));
  sley_io *io = sley_io_take(&v);
  while (t.out == NULL) rest(0);
  assert_null(sley_socket_set_linger(io, 0));
  sley_io_drop(io); /* a reset */
  rest(0.01);
  sley_drop(sley_output_text(t.out, "lost"));
  sley_reject(&t.resolver, sley_error_new(&sley_kind_errno, EDOM, "no talk"));
  run_fails(p, &sley_kind_errno, EDOM);
  assert_int_equal(unhandled, 1);
  drop_talk(&t);
  sley_listener_close(l);
}

static void a_canceled_one_aborts(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  talk t = {.waits = true};
  sley_promise *p = sley_with_connection(NULL, "127.0.0.1", port, talks, &t);
  while (t.out == NULL) rest(0);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_false(sley_io_is_open(sley_input_io(t.in)));
  sley_resolver_drop(&t.resolver);
  drop_talk(&t);
  /* While it connects. */
  memset(&t, 0, sizeof(t));
  dropped = 0;
  sley_promise *q = sley_with_connection(NULL, "127.0.0.1", port, talks, &t, forget);
  sley_cancel(q);
  run_fails(q, &sley_kind_sley, SLEY_ECANCELED);
  assert_null(t.in);
  assert_int_equal(dropped, 1);
  sley_listener_close(l);
  run_fails(sley_with_connection(NULL, "127.0.0.1", port, talks, &t, forget), &sley_kind_errno,
            ECONNREFUSED);
  assert_int_equal(dropped, 2);
}

/* ---- options of the channels ---- */

static sley_promise *reads_line(void *ctx, sley_input *in, sley_output *out)
{
  (void)ctx;
  (void)out;
  return sley_input_line(in);
}

static void channels_have_their_options(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  sley_channel_options channels = {.size = sizeof(channels), .most = 4};
  sley_connect_options o = {.size = sizeof(o), .channels = &channels};
  sley_value v;
  sley_promise *p = sley_with_connection(&o, "127.0.0.1", port, reads_line, NULL);
  channels.most = 100; /* they are copied */
  assert_null(sley_run(sley_accept(l), &v));
  sley_io *io = sley_io_take(&v);
  sley_drop(sley_write(io, "longer\n", 7));
  run_fails(p, &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(io);
  sley_listener_close(l);
}

static bool allows(void *ctx, const sley_address *address)
{
  (void)ctx;
  (void)address;
  return true;
}

static void options_that_do_not_fit_are_refused(void **state)
{
  (void)state;
  sley_channel_options channels = {.size = sizeof(channels), .unread = sley_bytes_static("x", 1)};
  sley_connect_options o = {.size = sizeof(o),
                            .channels = &channels,
                            .allow = allows,
                            .allow_drop = forget,
                            .prepare_drop = forget};
  dropped = 0;
  run_fails(sley_with_connection(&o, "127.0.0.1", "1", talks, NULL, forget), &sley_kind_sley,
            SLEY_EINVAL);
  assert_int_equal(dropped, 3);
  channels.unread.size = 0;
  dropped = 0;
  run_fails(sley_connect(&o, "127.0.0.1", "1"), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(dropped, 2);
}

/* ---- without memory ---- */

static sley_promise *says(void *ctx, sley_input *in, sley_output *out)
{
  (void)ctx;
  (void)in;
  return sley_output_text(out, "x");
}

static void without_memory(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_error *e = sley_listen(&o, &l);
  if (e == NULL) {
    snprintf(port, sizeof(port), "%u", sley_listener_port(l));
    sley_promise *p = sley_with_connection(NULL, "127.0.0.1", port, says, NULL);
    settle(sley_with_timeout(sley_accept(l), 0.01)); /* dropped: the client need not linger */
    settle(p);
    sley_listener_close(l);
  }
  sley_error_drop(e);
}

static void each_allocation(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(both_are_closed_behind_it),   TEST(errors_of_closing_are_told),
      TEST(two_errors_are_both_told),    TEST(a_canceled_one_aborts),
      TEST(channels_have_their_options), TEST(options_that_do_not_fit_are_refused),
      cmocka_unit_test(each_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
