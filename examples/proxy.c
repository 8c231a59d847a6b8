/* proxy --to HOST:PORT [--port N] [--engine NAME]: connects each client to a server and passes on what both send. --to can
 * be a Unix socket, too: unix:PATH.
 *
 * Shows: a relay (sley_relay): each way stops reading while the other side does not read, the end of one is handed on to
 * the other, and an error of one aborts both, unless it is a peer that has closed. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *host, *port; /* of the server; port NULL: a Unix socket */

typedef struct session {
  sley_input *in[2]; /* the client's and the server's */
  sley_output *out[2];
} session;

static void session_free(void *ctx)
{
  session *s = ctx;
  for (int i = 0; i < 2; i++) {
    sley_input_drop(s->in[i]);
    sley_output_drop(s->out[i]);
  }
  free(s);
}

static sley_promise *connected(void *ctx, sley_value *v)
{
  session *s = ctx;
  sley_io *io = sley_io_take(v);
  sley_error *e = sley_channels(NULL, io, &s->in[1], &s->out[1]);
  if (e == NULL) return sley_relay(s->in[0], s->out[0], s->in[1], s->out[1]);
  sley_io_drop(io);
  return sley_fail(e);
}

static sley_promise *both_have_ended(void *ctx, sley_value *v)
{
  session *s = ctx;
  (void)v;
  return sley_join(SLEY_PROMISES(sley_output_close(s->out[0]), sley_output_close(s->out[1]),
                                 sley_input_close(s->in[0]), sley_input_close(s->in[1])));
}

static sley_promise *ignored(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return_unit();
}

/* The connections that there are are closed, not aborted: a server's answer may be on its way to the client. */
static sley_promise *session_failed(void *ctx, sley_error *e)
{
  session *s = ctx;
  char text[500];
  if (sley_error_is_canceled(e)) { /* the proxy stops */
    for (int i = 0; i < 2; i++) sley_output_abort(s->out[i]);
    return sley_return_unit();
  }
  sley_error_format(e, text, sizeof(text));
  fprintf(stderr, "proxy: %s\n", text);
  if (s->out[1] != NULL) return sley_catch(both_have_ended(s, NULL), ignored, NULL);
  return sley_catch(
      sley_join(SLEY_PROMISES(sley_output_close(s->out[0]), sley_input_close(s->in[0]))), ignored,
      NULL);
}

static sley_promise *serve(sley_value *connection, const sley_value *context)
{
  (void)context;
  session *s = calloc(1, sizeof(*s));
  if (s == NULL) return sley_fail(sley_error_nomem());
  sley_io *io = sley_io_take(connection);
  sley_error *e = sley_channels(NULL, io, &s->in[0], &s->out[0]);
  if (e != NULL) {
    sley_io_drop(io);
    free(s);
    return sley_fail(e);
  }
  sley_promise *p = sley_bind(sley_connect(NULL, host, port), connected, s);
  p = sley_bind(p, both_have_ended, s);
  return sley_catch(p, session_failed, s, session_free);
}

/* HOST:PORT, [ADDRESS]:PORT or unix:PATH. */
static bool target_set(char *text)
{
  host = text;
  if (strncmp(text, "unix:", 5) == 0) return text[5] != '\0';
  char *colon = strrchr(text, ':');
  if (colon == NULL || colon == text || colon[1] == '\0') return false;
  *colon = '\0';
  port = colon + 1;
  if (text[0] == '[' && colon[-1] == ']') {
    colon[-1] = '\0';
    host = text + 1;
  }
  return host[0] != '\0';
}

static int usage(void)
{
  fprintf(stderr, "usage: proxy --to HOST:PORT [--port N] [--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options listen = {.size = sizeof(listen), .port = 8083};
  const sley_listen_options *listens[] = {&listen};
  sley_server_options options = {
      .size = sizeof(options), .listen = listens, .listens = 1, .bare = serve};
  for (int i = 1; i < argc; i += 2) {
    char *end;
    if (i + 1 == argc) return usage();
    unsigned long number = strtoul(argv[i + 1], &end, 10);
    if (strcmp(argv[i], "--port") == 0 && *end == '\0' && end > argv[i + 1] && number < 65536)
      listen.port = (unsigned)number;
    else if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else if (strcmp(argv[i], "--to") != 0 || !target_set(argv[i + 1])) return usage();
  }
  if (host == NULL) return usage();
  sley_value v;
  sley_server *server = NULL;
  sley_error *e = sley_configure(&runtime);
  sley_promise *signals =
      e == NULL ? sley_stop_on_signals() : NULL; /* before it says that it listens */
  if (e == NULL) e = sley_run(sley_server_start(&options), &v);
  if (e == NULL) {
    server = sley_server_take(&v);
    printf("listening on port %u\n", sley_server_port(server));
    fflush(stdout);
    e = sley_run(sley_keep(signals), NULL);
  }
  if (e == NULL) e = sley_run(sley_server_stop(server, 1), NULL);
  sley_server_drop(server);
  sley_drop(signals);
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "proxy: %s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() == 0 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
