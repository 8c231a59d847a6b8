/* echo [--port N] [--unix PATH] [--engine NAME]: sends back what each client sends, on a TCP port or a Unix socket.
 *
 * Shows: a pump, which hands blocks from a client's input to its output without a copy and stops reading while the client
 * does not; a server that waits for its connections when it stops. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that goes before it has read everything is no fault. */
static sley_promise *client_is_gone(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_kind_get(e) == &sley_kind_errno) return sley_return_unit();
  return sley_fail(sley_error_keep(e));
}

static sley_promise *serve(sley_connection *connection)
{
  sley_input *in = sley_connection_input(connection);
  return sley_catch(sley_input_pump(in, sley_connection_output(connection)), client_is_gone, NULL);
}

static int usage(void)
{
  fprintf(stderr, "usage: echo [--port N] [--unix PATH] [--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options listen = {.size = sizeof(listen), .port = 8082};
  const sley_listen_options *listens[] = {&listen};
  sley_server_options options = {
      .size = sizeof(options), .listen = listens, .listens = 1, .serve = serve};
  char unix_address[200] = "";
  for (int i = 1; i < argc; i += 2) {
    char *end;
    if (i + 1 == argc) return usage();
    unsigned long number = strtoul(argv[i + 1], &end, 10);
    if (strcmp(argv[i], "--port") == 0 && *end == '\0' && end > argv[i + 1] && number < 65536)
      listen.port = (unsigned)number;
    else if (strcmp(argv[i], "--unix") == 0 && strlen(argv[i + 1]) < 190)
      snprintf(unix_address, sizeof(unix_address), "unix:%s", argv[i + 1]);
    else if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else return usage();
  }
  if (unix_address[0] != '\0') {
    listen.address = unix_address;
    listen.port = 0;
    listen.replace = true;
  }
  sley_value v;
  sley_server *server = NULL;
  sley_error *e = sley_configure(&runtime);
  if (e == NULL) e = sley_run(sley_server_start(&options), &v);
  if (e == NULL) {
    server = sley_server_take(&v);
    if (unix_address[0] != '\0') printf("listening on %s\n", unix_address);
    else printf("listening on port %u\n", sley_server_port(server));
    fflush(stdout);
    e = sley_run(sley_stop_on_signals(), NULL);
  }
  if (e == NULL) e = sley_run(sley_server_stop(server, 1), NULL);
  sley_server_drop(server);
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "echo: %s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() == 0 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
