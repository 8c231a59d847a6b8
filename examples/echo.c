/* echo [--port N] [--unix PATH] [--engine NAME]: sends back what each client sends, on a TCP port or a Unix socket.
 *
 * Shows: a pump, which hands blocks from a client's input to its output without a copy and stops reading while the client
 * does not; a server (sley_balance) that waits for its connections when it stops. */
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct client {
  sley_input *in;
  sley_output *out;
} client;

static void client_free(void *ctx)
{
  client *c = ctx;
  sley_input_drop(c->in);
  sley_output_drop(c->out);
  free(c);
}

static sley_promise *all_is_echoed(void *ctx, sley_value *v)
{
  client *c = ctx;
  (void)v;
  return sley_join(SLEY_PROMISES(sley_output_close(c->out), sley_input_close(c->in)));
}

/* A client that goes before it has read everything is no fault. */
static sley_promise *client_is_gone(void *ctx, sley_error *e)
{
  client *c = ctx;
  sley_output_abort(c->out);
  if (sley_error_kind_get(e) == &sley_kind_errno) return sley_return_unit();
  return sley_fail(sley_error_keep(e));
}

static sley_promise *serve(sley_value *connection, const sley_value *context)
{
  (void)context;
  client *c = calloc(1, sizeof(*c));
  if (c == NULL) return sley_fail(sley_error_nomem());
  sley_io *io = sley_io_take(connection);
  sley_error *e = sley_channels(NULL, io, &c->in, &c->out);
  if (e != NULL) {
    sley_io_drop(io);
    free(c);
    return sley_fail(e);
  }
  sley_promise *p = sley_bind(sley_input_pump(c->in, c->out), all_is_echoed, c);
  return sley_catch(p, client_is_gone, c, client_free);
}

static int usage(void)
{
  fprintf(stderr, "usage: echo [--port N] [--unix PATH] [--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_balance_options options = {.size = sizeof(options), .serve = serve, .count = 1};
  char unix_address[200] = "";
  options.listen = (sley_listen_options){.size = sizeof(options.listen), .port = 8082};
  for (int i = 1; i < argc; i += 2) {
    char *end;
    if (i + 1 == argc) return usage();
    unsigned long number = strtoul(argv[i + 1], &end, 10);
    if (strcmp(argv[i], "--port") == 0 && *end == '\0' && end > argv[i + 1] && number < 65536)
      options.listen.port = (unsigned)number;
    else if (strcmp(argv[i], "--unix") == 0 && strlen(argv[i + 1]) < 190)
      snprintf(unix_address, sizeof(unix_address), "unix:%s", argv[i + 1]);
    else if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else return usage();
  }
  if (unix_address[0] != '\0') {
    options.listen.address = unix_address;
    options.listen.port = 0;
    options.listen.replace = true;
  }
  sley_value v;
  sley_balance *balance = NULL;
  sley_error *e = sley_configure(&runtime);
  sley_domain *here = NULL;
  if (e == NULL) e = sley_run(sley_return_unit(), NULL); /* makes the default domain */
  if (e == NULL) {
    here = sley_domain_current();
    options.domains = &here;
    e = sley_run(sley_balance_start(&options), &v);
  }
  if (e == NULL) {
    balance = sley_balance_take(&v);
    if (unix_address[0] != '\0') printf("listening on %s\n", unix_address);
    else printf("listening on port %u\n", sley_balance_port(balance));
    fflush(stdout);
    e = sley_run(sley_pick(SLEY_PROMISES(sley_wait_signal(SIGINT), sley_wait_signal(SIGTERM))),
                 NULL);
  }
  if (e == NULL) e = sley_run(sley_balance_stop(balance, 1), NULL);
  sley_balance_drop(balance);
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "echo: %s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() == 0 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
