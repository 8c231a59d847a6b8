/* proxy --to HOST:PORT [--port N] [--engine NAME]: connects each client to a server and passes on what both send. --to can
 * be a Unix socket, too: unix:PATH.
 *
 * Shows: a connection for as long as a function needs it (sley_with_connection), and a relay: each way stops reading
 * while the other side does not read, the end of one is handed on to the other, and an error of one aborts both, unless it
 * is a peer that has closed. Whatever happens, both are closed, with what was on its way sent. */
#include <sley.h>
#include <stdio.h>

#include "options.h"

static sley_promise *connected(void *ctx, sley_input *in, sley_output *out)
{
  const sley_connection *client = ctx;
  return sley_relay(sley_connection_input(client), sley_connection_output(client), in, out);
}

static sley_promise *serve(sley_connection *client)
{
  const char *to = sley_value_borrowed(sley_connection_context(client));
  return sley_with_connection(NULL, to, NULL, connected, client);
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
  return colon != NULL && colon != text && colon[1] != '\0';
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options at = {.size = sizeof(at), .port = 8083};
  const char *to = NULL;
  const option table[] = {{"--to", "HOST:PORT", .text = &to, .is_required = true},
                          {"--port", "N", .count = &at.port, .most = 65535},
                          {"--engine", "NAME", .text = &runtime.engine},
                          {0}};
  options_read(argc, argv, "proxy", table);
  if (!is_target(to)) options_refuse("proxy", table, "--to", "cannot be", to);
  const sley_server_options options = {.size = sizeof(options),
                                       .listen = (const sley_listen_options *const[]){&at},
                                       .listens = 1,
                                       .serve = serve,
                                       .idle = -1, /* silence is between the two */
                                       .context = sley_borrow((char *)to)};
  sley_error *e = sley_configure(&runtime);
  if (e != NULL) return sley_main(sley_fail(e), "proxy");
  sley_set_async_hook(tell, NULL);
  return sley_main(sley_with_server(&options, 1, listens, NULL), "proxy");
}
