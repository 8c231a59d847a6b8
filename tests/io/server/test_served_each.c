/* A serve that returns a sley_input_each, which goes on as a work of the connection if nobody else has its promise; and what
 * lies behind the struct of a connection.
 * Tests src/io/server/serve.c, src/io/server/connection.c, src/io/channel/each.c. */
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "io/server/serving.h"
#include "support/scenes.h"

static int dropped;
static sley_promise *kept; /* of the each */

static void drop(void *ctx)
{
  assert_non_null(ctx);
  dropped++;
}

/* "f": fails; "w": answers after a while; "e": ends; else an echo. */
static sley_promise *answered(void *ctx, sley_value *v)
{
  (void)v;
  return sley_output_text(sley_connection_output(ctx), "late");
}

static sley_promise *each_piece(void *ctx, sley_input *in)
{
  const char *data;
  size_t size = sley_input_peek(in, &data);
  char first = size > 0 ? data[0] : '\0';
  if (size > 0 && first != 'w')
    sley_drop(sley_output_write(sley_connection_output(ctx), data, size));
  sley_input_consume(in, size);
  sley_connection_idle(ctx);
  if (first == 'f') return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "it is sick"));
  if (first == 'w') return sley_bind(sley_sleep(0.05), answered, ctx);
  return first == 'e' ? sley_return(sley_bool(true)) : sley_return_unit();
}

static sley_promise *serve(sley_connection *c)
{
  return sley_input_each(sley_connection_input(c), each_piece, c, drop);
}

static sley_promise *serve_and_keep(sley_connection *c)
{
  sley_promise *p = serve(c);
  kept = sley_keep(p);
  return p;
}

static uint64_t promises(void)
{
  sley_counters now = {.size = sizeof(now)};
  sley_counters_get(&now);
  return now.live;
}

static void goes_on_until_it_ends(void **state)
{
  (void)state;
  const char *const ends[] = {"e", "", "f"};
  for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
    sley_server_options o = served_by(NULL, serve);
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s);
    dropped = 0;
    say(c, "one");
    hears(c, "one");
    say(c, "w");
    hears(c, "late");
    say(c, "two");
    hears(c, "two");
    assert_int_equal(dropped, 0);
    if (ends[i][0] != '\0') say(c, ends[i]);
    else run_gives(sley_io_end(c), 0);
    hears(c, ends[i]);
    if (ends[i][0] != '\0') hears(c, "");
    sley_io_drop(c);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(dropped, 1);
    bool is_sick = ends[i][0] == 'f';
    assert_int_equal(counters(s).failed, is_sick ? 1 : 0);
    assert_int_equal(heard.told, is_sick ? 1 : 0);
    if (is_sick) assert_non_null(strstr(heard.text, "it is sick"));
    server_end(s);
  }
}

/* What is left of it at rest is no promise. */
static void rests_without_a_promise(void **state)
{
  (void)state;
  uint64_t each[2];
  for (int is_kept = 0; is_kept < 2; is_kept++) {
    sley_server_options o = served_by(NULL, is_kept ? serve_and_keep : serve);
    sley_server *s = server_begin(&o);
    sley_io *c = dial(s), *second;
    say(c, "one");
    hears(c, "one");
    uint64_t before = promises();
    sley_promise *first = kept;
    second = dial(s);
    say(second, "two");
    hears(second, "two");
    each[is_kept] = promises() - before;
    if (is_kept) {
      sley_drop(first);
      sley_drop(kept);
    }
    sley_io_drop(c);
    sley_io_drop(second);
    WAIT_UNTIL(counters(s).open == 0);
    server_end(s);
  }
  assert_int_equal(each[0], 0);
  assert_int_equal(each[1], 1);
}

/* Somebody else can wait for it. */
static void is_somebody_elses(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, serve_and_keep);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  dropped = 0;
  say(c, "one");
  hears(c, "one");
  assert_true(sley_is_pending(kept));
  sley_cancel(kept);
  hears(c, "");
  WAIT_UNTIL(counters(s).open == 0);
  assert_false(sley_is_pending(kept));
  assert_int_equal(dropped, 1);
  assert_int_equal(heard.told, 0);
  sley_drop(kept);
  sley_io_drop(c);
  server_end(s);
}

/* One that said it was idle ends at once; one that is in a call has its answer. */
static void a_stop_ends_it(void **state)
{
  (void)state;
  sley_server_options o = served_by(NULL, serve);
  sley_server *s = server_begin(&o);
  sley_io *idle = dial(s);
  say(idle, "one");
  hears(idle, "one");
  dropped = 0;
  run_gives(sley_server_stop(s, 1000), 0);
  hears(idle, "");
  assert_int_equal(dropped, 1);
  assert_int_equal(counters(s).canceled, 0);
  sley_io_drop(idle);
  server_end(s);
}

static sley_promise *no_promise(void *ctx, sley_input *in)
{
  (void)ctx;
  (void)in;
  return NULL;
}

static sley_promise *serve_nothing(sley_connection *c)
{
  return sley_input_each(sley_connection_input(c), no_promise, NULL);
}

/* Where it was asked for is kept. */
static void returns_nothing(void)
{
  sley_server_options o = served_by(NULL, serve_nothing);
  sley_server *s = server_begin(&o);
  sley_io *c = dial(s);
  rest(0.02); /* it waits for the first piece */
  say(c, "one");
  hears(c, "one");
}

static const scene scenes[] = {
    {"returns_nothing", returns_nothing, true, {"sley_input_each", HERE}, NULL}};

static void a_function_without_a_promise(void **state)
{
  (void)state;
  scene_goes_as_said(&scenes[0], false);
}

/* ---- what lies behind the struct ---- */

enum { DATA = 40 };
static sley_address met[2];
static int data_drops;

static void data_drop(void *data)
{
  for (int i = 0; i < DATA; i++) assert_int_equal(((unsigned char *)data)[i], 0xa5);
  data_drops++;
}

static sley_promise *serve_with_data(sley_connection *c)
{
  unsigned char *data = sley_connection_data(c);
  assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
  for (int i = 0; i < DATA; i++) assert_int_equal(data[i], 0);
  memset(data, 0xa5, DATA);
  assert_null(sley_connection_peer(c, &met[0]));
  sley_connection_idle(c);
  assert_null(sley_connection_peer(c, &met[1]));
  return sley_input_each(sley_connection_input(c), each_piece, c, drop);
}

static void peers_of_both_families(void **state)
{
  (void)state;
  const char *const addresses[] = {"127.0.0.1", "::1"};
  for (int i = 0; i < 2; i++) {
    sley_listen_options listen = {.size = sizeof(listen), .address = addresses[i]};
    const sley_listen_options *const listens[] = {&listen};
    sley_server_options o = served_by(NULL, serve_with_data);
    o.listen = listens;
    o.data_size = DATA;
    o.data_drop = data_drop;
    sley_value v;
    sley_set_async_hook(hear, NULL);
    sley_error *e = sley_run(sley_server_start(&o), &v);
    if (e != NULL && i == 1) { /* no IPv6 here */
      print_message("no IPv6: %s\n", sley_error_message(e));
      sley_error_drop(e);
      return;
    }
    assert_null(e);
    sley_server *s = sley_server_take(&v);
    sley_io *c = dial(s);
    data_drops = 0;
    say(c, "one");
    hears(c, "one");
    sley_address own;
    assert_null(sley_socket_local(c, &own));
    for (int k = 0; k < 2; k++) {
      assert_int_equal(met[k].length, own.length);
      assert_memory_equal(met[k].data, own.data, own.length);
    }
    sley_io_drop(c);
    WAIT_UNTIL(counters(s).open == 0);
    assert_int_equal(data_drops, 1);
    server_end(s);
  }
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, 1);
  const struct CMUnitTest tests[] = {TEST(goes_on_until_it_ends),
                                     TEST(rests_without_a_promise),
                                     TEST(is_somebody_elses),
                                     TEST(a_stop_ends_it),
                                     TEST(a_function_without_a_promise),
                                     TEST(peers_of_both_families)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
