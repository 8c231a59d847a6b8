/* proxy --to HOST:PORT [--port N] [--idle SECONDS] [--engine NAME]: connects each client to a server and passes on what both
 * send. --to can be a Unix socket, too: unix:PATH.
 *
 * Shows: a relay: each way stops reading while the other side does not read, the end of one is handed on to the other, and
 * an error of one aborts both, unless it is a peer that has closed. Whatever happens, both are closed, with what was on its
 * way sent. Limits of time on both sides: a client that has ended its half waits for the server, and so does the proxy. */
#include <sley.h>
#include <stdio.h>

#include "options.h"

enum { CONNECTING = 10 /* seconds at most, with looking the name up */ };

typedef struct program {
  const char *to;
  sley_connect_options connect;
  sley_channel_options channels; /* of both sides */
} program;

/* The server's side: the data of a connection. */
typedef struct side {
  sley_input *in;
  sley_output *out;
} side;

static void side_drop(void *data)
{
  const side *s = data;
  sley_input_drop(s->in);
  sley_output_drop(s->out);
}

static sley_promise *side_close(void *ctx) { return sley_output_close(((const side *)ctx)->out); }

static sley_promise *connected(void *ctx, sley_value *v)
{
  sley_connection *client = ctx;
  const program *p = sley_value_borrowed(sley_connection_context(client));
  side *s = sley_connection_data(client);
  sley_io *io = sley_io_take(v);
  sley_error *e = sley_channels(&p->channels, io, &s->in, &s->out);
  if (e != NULL) {
    sley_io_drop(io);
    return sley_fail(e);
  }
  sley_promise *relay =
      sley_relay(sley_connection_input(client), sley_connection_output(client), s->in, s->out);
  return sley_finalize(relay, side_close, s);
}

static sley_promise *serve(sley_connection *client)
{
  const program *p = sley_value_borrowed(sley_connection_context(client));
  return sley_bind(sley_connect(&p->connect, p->to, NULL), connected, client);
}

/* Of a connection, or of accepting. */
static void tell(void *ctx, sley_error *e, const char *site)
{
  (void)ctx, (void)site;
  fprintf(stderr, "proxy: %s\n", sley_error_message(e));
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  (void)ctx;
  printf("listening on port %u\n", sley_server_port(server));
  fflush(stdout);
  return signals;
}

/* As sley_connect reads it, which looks the name up for each client. */
static bool is_target(const char *text)
{
  const char *colon = strrchr(text, ':');
  if (colon == NULL || colon == text || colon[1] == '\0') return false;
  if (strncmp(text, "unix:", 5) == 0 || !option_is_number(colon + 1, false)) return true;
  unsigned long port = strtoul(colon + 1, NULL, 10);
  return port > 0 && port <= 65535;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options at = {.size = sizeof(at), .port = 8083};
  program p = {.connect = {.size = sizeof(p.connect)},
               .channels = {.size = sizeof(p.channels), .idle = 600}};
  const option table[] = {{"--to", "HOST:PORT", .text = &p.to, .is_required = true},
                          {"--port", "N", .count = &at.port, .most = 65535},
                          {"--idle", "SECONDS", .seconds = &p.channels.idle},
                          {"--engine", "NAME", .text = &runtime.engine},
                          {0}};
  options_read(argc, argv, "proxy", table);
  if (!is_target(p.to)) options_refuse("proxy", table, "--to", "cannot be", p.to);
  p.connect.timeout = p.channels.idle < CONNECTING ? p.channels.idle : CONNECTING;
  const sley_server_options options = {.size = sizeof(options),
                                       .listen = (const sley_listen_options *const[]){&at},
                                       .listens = 1,
                                       .serve = serve,
                                       .channels = &p.channels,
                                       .idle = -1, /* that of the channels, which is told */
                                       .context = sley_borrow(&p),
                                       .data_size = sizeof(side),
                                       .data_drop = side_drop};
  sley_error *e = sley_configure(&runtime);
  if (e != NULL) return sley_main(sley_fail(e), "proxy");
  sley_set_async_hook(tell, NULL);
  return sley_main(sley_with_server(&options, 1, listens, NULL), "proxy");
}
