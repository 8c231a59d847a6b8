/* See mixed.h: a server that gives back what it is sent, in one of five ways, and a relay before it. */
#include "mixed.h"

#include <stdio.h>

/* ---- five ways to serve ---- */

/* The example of sley/server.h. */
static sley_promise *served_in_bursts(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  sley_promise *written = sley_output_write(sley_connection_output(c), data, size);
  sley_input_consume(in, size);
  return written;
}

/* Short pieces are waited for, so that messages end with one that is too short. */
static sley_promise *each_piece(void *ctx, sley_input *in)
{
  const sley_connection *c = ctx;
  const char *data;
  size_t size = sley_input_peek(in, &data);
  if (size < 100 && !sley_input_is_ended(in)) return sley_input_more(mixed_draw(2) * 100);
  const sley_slice halves[] = {{data, size / 2}, {data + size / 2, size - size / 2}};
  sley_promise *written = sley_output_slices(sley_connection_output(c), halves, 2);
  sley_input_consume(in, size);
  return written;
}

static sley_promise *served_by_each(sley_connection *c)
{
  return sley_input_each(sley_connection_input(c), each_piece, c);
}

/* In a fiber, without a copy. */
static sley_promise *served_in_parts(sley_connection *c)
{
  sley_output *out = sley_connection_output(c);
  for (;;) {
    sley_value v;
    sley_bytes part = {0};
    size_t most = 1 + (size_t)mixed_draw(20000);
    sley_error *e = sley_await(sley_input_some(sley_connection_input(c), most), &v);
    if (e != NULL) return sley_fail(e);
    assert_int_equal(sley_bytes_take(&v, &part), 0);
    sley_value_drop(&v);
    if (part.size == 0) {
      sley_bytes_drop(&part);
      return sley_return_unit();
    }
    e = sley_await(sley_output_bytes(out, &part), NULL);
    if (e == NULL && mixed_draw(8) == 0) e = sley_await(sley_output_flush(out), NULL);
    if (e != NULL) return sley_fail(e);
  }
}

static sley_promise *served_by_a_pump(sley_connection *c)
{
  return sley_input_pump(sley_connection_input(c), sley_connection_output(c));
}

static sley_promise *bare_loop(void *ctx)
{
  sley_io *io = ctx;
  char part[6000];
  for (;;) {
    sley_value n;
    sley_error *e = sley_await(sley_read(io, part, sizeof(part)), &n);
    if (e == NULL && n.i == 0) return sley_return_unit();
    if (e == NULL) e = sley_await(sley_write(io, part, (size_t)n.i), NULL);
    if (e != NULL) return sley_fail(e);
  }
}

static sley_promise *served_bare(sley_value *connection, const sley_value *context)
{
  (void)context;
  return sley_spawn(bare_loop, sley_io_in(connection));
}

static void draw_service(sley_server_options *o)
{
  switch (mixed_draw(6)) {
    case 0: o->burst = served_in_bursts; break;
    case 1:
      o->burst = served_in_bursts;
      o->in_fiber = true;
      break;
    case 2: o->serve = served_by_each; break;
    case 3:
      o->serve = served_in_parts;
      o->in_fiber = true;
      break;
    case 4: o->serve = served_by_a_pump; break;
    default:
      o->bare = served_bare;
      o->channels = NULL;
      o->idle = 0;
  }
}

/* ---- the relay ---- */

static sley_promise *relayed(sley_connection *c)
{
  sley_value v;
  sley_input *in;
  sley_output *out;
  sley_error *e = sley_await(sley_connect_to(NULL, &mixed.tcp, 1), &v);
  if (e != NULL) return sley_fail(e);
  sley_io *io = sley_io_take(&v);
  e = sley_channels(NULL, io, &in, &out);
  if (e != NULL) {
    sley_io_drop(io);
    return sley_fail(e);
  }
  e = sley_await(sley_relay(sley_connection_input(c), sley_connection_output(c), in, out), NULL);
  if (e == NULL) e = sley_await(sley_output_close(out), NULL);
  if (e == NULL) e = sley_await(sley_input_close(in), NULL);
  sley_input_drop(in);
  sley_output_drop(out);
  return e != NULL ? sley_fail(e) : sley_return_unit();
}

/* ---- both ---- */

/* A start can fail; each attempt leaves nothing. */
static sley_server *start(const sley_server_options *o, const char *what)
{
  for (int i = 0; i < 100; i++) {
    sley_value v;
    if (!mixed_failed(sley_run(sley_server_start(o), &v), what)) return sley_server_take(&v);
    if (mixed.memory_fails) return NULL;
  }
  mixed_wrong("a server does not start", NULL);
}

bool mixed_servers_start(void)
{
  char name[64];
  snprintf(name, sizeof(name), "unix:@sley-failing-%ld", (long)getpid());
  const sley_listen_options tcp = {.size = sizeof(tcp), .address = "127.0.0.1"},
                            local = {.size = sizeof(local), .address = name};
  const sley_listen_options *const places[] = {&tcp, &local};
  sley_channel_options channels = {.size = sizeof(channels), .linger = 0.2};
  if (mixed_draw(2) == 0) channels.high = 1 + mixed_draw(5000);
  sley_server_options o = {.size = sizeof(o),
                           .listen = places,
                           .listens = 2,
                           .context = sley_unit(),
                           .channels = &channels,
                           .most = mixed.most,
                           .idle = -1};
  draw_service(&o);
  mixed.echo = start(&o, "the server starts");
  if (mixed.echo == NULL) return false;
  sley_server_address(mixed.echo, 0, &mixed.tcp);
  sley_server_address(mixed.echo, 1, &mixed.local);
  snprintf(mixed.port, sizeof(mixed.port), "%u", sley_address_port(&mixed.tcp));
  sley_server_options r = {.size = sizeof(r),
                           .listen = places,
                           .listens = 1,
                           .context = sley_unit(),
                           .serve = relayed,
                           .in_fiber = true,
                           .idle = -1};
  mixed.relay = start(&r, "the relay starts");
  if (mixed.relay == NULL) return false;
  sley_server_address(mixed.relay, 0, &mixed.relayed);
  /* getsockname has failed: nobody knows where it listens. */
  return sley_address_port(&mixed.tcp) != 0 && sley_address_port(&mixed.relayed) != 0 &&
         sley_address_family_get(&mixed.local) == SLEY_ADDRESS_FAMILY_UNIX;
}

static void stop(sley_server *s, double seconds)
{
  if (s == NULL) return;
  sley_server_counters c = {.size = sizeof(c)};
  for (int i = 0; i < 3; i++) /* memory may fail, once */
    if (!mixed_failed(sley_await(sley_server_stop(s, seconds), NULL), "a server stops")) break;
  sley_server_counters_get(s, 0, &c);
  if (c.open != 0) mixed_wrong("a connection is still open", NULL);
  mixed.told += (unsigned)(c.lost + c.failed + c.dropped);
  if (mixed.stops_early) mixed.told += (unsigned)c.canceled;
  sley_server_drop(s);
}

void mixed_servers_stop(double seconds)
{
  stop(mixed.relay, seconds);
  stop(mixed.echo, seconds);
  mixed.relay = mixed.echo = NULL;
}
