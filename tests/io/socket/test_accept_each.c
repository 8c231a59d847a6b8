/* Several connections of a listener, and those of kind seqpacket.
 * Tests src/io/socket/accept_each.c. */
#include <errno.h>

#include <sley/cancel.h>
#include <sley/hooks.h>
#include <sley/list.h>
#include <sley/socket.h>

#include "support/process.h"

static char port[8];

static sley_listener *listen_at(const char *address, sley_socket_kind kind)
{
  sley_listen_options o = {.size = sizeof(o), .address = address, .kind = kind};
  sley_listener *l;
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  return l;
}

static sley_listener *listen_here(void) { return listen_at("127.0.0.1", SLEY_SOCKET_KIND_STREAM); }

static sley_io *connect_here(void)
{
  sley_value v;
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  return sley_io_take(&v);
}

/* ---- accept_n ---- */

static size_t accepts(sley_listener *l, size_t n)
{
  sley_value v;
  assert_null(sley_run(sley_accept_n(l, n), &v));
  size_t count = sley_list_count((const sley_list *)v.ptr);
  sley_value_drop(&v);
  return count;
}

/* Those that are there, at most so many; a cancel rejects, where it fulfills in Lwt (defect (f)). */
static void those_that_are_there(void **state)
{
  (void)state;
  sley_io *clients[5];
  sley_listener *l = listen_here();
  sley_promise *first = sley_accept_n(l, 9);
  assert_true(sley_is_pending(first));
  run_fails(sley_accept_n(l, 9), &sley_kind_sley, SLEY_EINVAL); /* one accept at a time */
  sley_cancel(first);
  run_fails(first, &sley_kind_sley, SLEY_ECANCELED);
  for (int i = 0; i < 5; i++) clients[i] = connect_here();
  assert_int_equal(accepts(l, 3), 3);
  assert_int_equal(accepts(l, 3), 2);
  assert_int_equal(sley_listener_accepted(l), 5);
  run_fails(sley_accept_n(l, 0), &sley_kind_sley, SLEY_EINVAL);
  first = sley_accept_n(l, 9);
  sley_listener_close(l);
  run_fails(first, &sley_kind_sley, SLEY_ECLOSED);
  for (int i = 0; i < 5; i++) sley_io_drop(clients[i]);
}

/* ---- accept_each ---- */

static struct {
  int calls, drops, told;
  bool is_pending; /* f gives pending promises */
  sley_promise *ends[8];
  sley_resolver *resolvers[8];
} served;

static void forget(void *ctx)
{
  (void)ctx;
  served.drops++;
}

static void tell(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  assert_true(sley_error_is(e, &sley_kind_errno, EDOM));
  served.told++;
}

static sley_promise *serve(void *ctx, sley_io *io)
{
  assert_ptr_equal(ctx, &served);
  sley_io_drop(io);
  if (!served.is_pending) {
    served.calls++;
    return sley_return_unit();
  }
  sley_promise *p = sley_cancelable(&served.resolvers[served.calls]);
  served.ends[served.calls++] = sley_keep(p);
  return p;
}

static void serve_begin(bool is_pending)
{
  memset(&served, 0, sizeof(served));
  served.is_pending = is_pending;
}

static void drop_ends(void)
{
  for (int i = 0; i < served.calls; i++) {
    sley_drop(served.ends[i]);
    if (served.resolvers[i] != NULL) sley_resolver_drop(&served.resolvers[i]);
  }
}

static void at_most_so_many_are_unserved(void **state)
{
  (void)state;
  sley_io *clients[4];
  sley_listener *l = listen_here();
  sley_set_async_hook(tell, NULL);
  serve_begin(true);
  sley_promise *each = sley_accept_each(l, 2, serve, &served, forget);
  for (int i = 0; i < 4; i++) clients[i] = connect_here();
  rest(0.01);
  assert_int_equal(served.calls, 2);
  sley_fulfill(&served.resolvers[0], sley_unit());
  rest(0.01);
  assert_int_equal(served.calls, 3);
  sley_reject(&served.resolvers[2], sley_error_new(&sley_kind_errno, EDOM, "served badly"));
  rest(0.01);
  assert_int_equal(served.told, 1); /* and it went on */
  assert_int_equal(served.calls, 4);
  sley_listener_close(l);
  rest(0.01);
  assert_true(sley_is_pending(each)); /* two are not served yet */
  sley_fulfill(&served.resolvers[1], sley_unit());
  sley_fulfill(&served.resolvers[3], sley_unit());
  run_gives(each, 0);
  assert_int_equal(served.drops, 1);
  drop_ends();
  sley_set_async_hook(NULL, NULL);
  for (int i = 0; i < 4; i++) sley_io_drop(clients[i]);
}

static void canceled_it_cancels(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  serve_begin(true);
  sley_promise *each = sley_accept_each(l, 0, serve, &served, forget);
  sley_io *clients[] = {connect_here(), connect_here()};
  rest(0.01);
  assert_int_equal(served.calls, 2);
  sley_cancel(each);
  run_fails(each, &sley_kind_sley, SLEY_ECANCELED);
  assert_true(sley_error_is_canceled(sley_promise_error(served.ends[0])));
  assert_true(sley_error_is_canceled(sley_promise_error(served.ends[1])));
  assert_int_equal(served.drops, 1);
  drop_ends();
  sley_promise *next = sley_accept(l); /* nobody else accepts */
  assert_true(sley_is_pending(next));
  sley_cancel(next);
  sley_drop(next);
  sley_io_drop(clients[0]);
  sley_io_drop(clients[1]);
  sley_listener_close(l);
}

static sley_promise *all;

static sley_promise *ends_all(void *ctx, sley_io *io)
{
  sley_promise *p = serve(ctx, io);
  sley_cancel(all);
  return p;
}

/* The promise of the function that cancels is not on the list yet. */
static void a_function_that_cancels_is_canceled(void **state)
{
  (void)state;
  sley_listener *l = listen_here();
  serve_begin(true);
  all = sley_accept_each(l, 0, ends_all, &served, forget);
  sley_io *client = connect_here();
  rest(0.01);
  assert_int_equal(served.calls, 1);
  assert_false(sley_is_pending(served.ends[0]));
  run_fails(all, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(served.drops, 1);
  drop_ends();
  sley_io_drop(client);
  sley_listener_close(l);
}

static void many_that_need_not_wait(void **state)
{
  (void)state;
  enum { MANY = 300 };
  static sley_io *clients[MANY];
  sley_listener *l = listen_here();
  for (int i = 0; i < MANY; i++) clients[i] = connect_here();
  serve_begin(false);
  sley_promise *each = sley_accept_each(l, 1, serve, &served);
  for (int i = 0; i < 100 && served.calls < MANY; i++) rest(0.001);
  assert_int_equal(served.calls, MANY);
  run_fails(sley_accept_each(l, 1, serve, &served), &sley_kind_sley, SLEY_EINVAL);
  sley_listener_close(l);
  run_gives(each, 0);
  for (int i = 0; i < MANY; i++) sley_io_drop(clients[i]);
}

/* ---- kind seqpacket ---- */

static void messages_over_a_path(void **state)
{
  (void)state;
  char path[64], got[16];
  snprintf(path, sizeof(path), "unix:/tmp/sley-seqpacket-%d", (int)getpid());
  sley_listener *l = listen_at(path, SLEY_SOCKET_KIND_SEQPACKET);
  sley_connect_options o = {.size = sizeof(o), .kind = SLEY_SOCKET_KIND_SEQPACKET};
  sley_value v;
  run_fails(sley_connect(NULL, path, NULL), &sley_kind_errno, EPROTOTYPE); /* a stream */
  assert_null(sley_run(sley_connect(&o, path, NULL), &v));
  sley_io *client = sley_io_take(&v);
  assert_null(sley_run(sley_accept(l), &v));
  sley_io *server = sley_io_take(&v);
  run_gives(sley_write(client, "one", 3), 0);
  run_gives(sley_write(client, "three", 5), 0);
  run_gives(sley_read(server, got, sizeof(got)), 3);
  run_fails(sley_read(server, got, 4), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_write(server, "!", 1), 0);
  run_gives(sley_read(client, got, sizeof(got)), 1);
  sley_io_drop(client);
  run_gives(sley_read(server, got, sizeof(got)), 0);
  sley_io_drop(server);
  sley_listener_close(l);
  /* Only Unix sockets have it. */
  sley_listen_options tcp = {
      .size = sizeof(tcp), .address = "127.0.0.1", .kind = SLEY_SOCKET_KIND_SEQPACKET};
  sley_error *e = sley_listen(&tcp, &l);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  run_fails(sley_connect(&o, "127.0.0.1", "1"), &sley_kind_sley, SLEY_EINVAL);
}

/* ---- without memory ---- */

static sley_promise *drops(void *ctx, sley_io *io)
{
  (void)ctx;
  sley_io_drop(io);
  return sley_return_unit();
}

static void ignore(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void without_memory(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_set_async_hook(ignore, NULL);
  sley_error *e = sley_listen(&o, &l);
  if (e == NULL) {
    snprintf(port, sizeof(port), "%u", sley_listener_port(l));
    sley_promise *each = sley_accept_each(l, 1, drops, NULL);
    settle(sley_connect(NULL, "127.0.0.1", port));
    sley_cancel(each);
    settle(each);
    each = sley_accept_n(l, 4);
    settle(sley_connect(NULL, "127.0.0.1", port));
    sley_cancel(each);
    settle(each);
    sley_listener_close(l);
  }
  sley_error_drop(e);
  sley_set_async_hook(NULL, NULL);
}

static void each_allocation(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(those_that_are_there),        TEST(at_most_so_many_are_unserved),
      TEST(canceled_it_cancels),         TEST(a_function_that_cancels_is_canceled),
      TEST(many_that_need_not_wait),     TEST(messages_over_a_path),
      cmocka_unit_test(each_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
