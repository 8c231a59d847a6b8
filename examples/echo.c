/* echo [--port N] [--udp] [--unix PATH] [--engine NAME]: sends back what each client sends, on a TCP port or a Unix socket; with
 * --udp, packets on a UDP port.
 *
 * Shows: a pump, which hands blocks from a client's input to its output without a copy and stops reading while the client
 * does not; a server that waits for its connections when it stops; packets, many of which are received with one call
 * and sent with another. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- connections ---- */

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

static sley_error *echo_bytes(const sley_listen_options *at, sley_promise *signals)
{
  const sley_server_options options = {
      .size = sizeof(options), .listen = &at, .listens = 1, .serve = serve};
  sley_value v;
  sley_error *e = sley_run(sley_server_start(&options), &v);
  if (e != NULL) return e;
  sley_server *server = sley_server_take(&v);
  if (at->address != NULL) printf("listening on %s\n", at->address);
  else printf("listening on port %u\n", sley_server_port(server));
  fflush(stdout);
  e = sley_run(sley_keep(signals), NULL);
  if (e == NULL) e = sley_run(sley_server_stop(server, 1), NULL);
  sley_server_drop(server);
  return e;
}

/* ---- packets ---- */

/* From the address that each was sent to: a machine can have several. */
static sley_promise *send_back(void *ctx, const sley_packet *packets, size_t n)
{
  sley_datagram *d = ctx;
  for (size_t i = 0; i < n; i++) {
    const sley_packet *p = &packets[i];
    const sley_packet answer = {.at = p->at, .size = p->size, .to = p->from, .from = p->to};
    if (sley_datagram_send(d, &answer) != 0) break; /* the queue is full: packets may be lost */
  }
  return sley_return_unit();
}

static sley_error *echo_packets(const char *address, sley_promise *signals)
{
  const sley_datagram_options options = {
      .size = sizeof(options), .address = address, .want_destination = true, .most = 65535};
  sley_datagram *d;
  sley_address own;
  sley_error *e = sley_datagram_open(&options, &d);
  if (e != NULL) return e;
  e = sley_datagram_local(d, &own);
  if (e == NULL) {
    printf("listening on port %u\n", sley_address_port(&own));
    fflush(stdout);
    e = sley_run(sley_pick(SLEY_PROMISES(sley_datagram_each(d, send_back, d), sley_keep(signals))),
                 NULL);
  }
  if (e == NULL) e = sley_run(sley_datagram_close(d), NULL);
  sley_datagram_drop(d);
  return e;
}

/* ---- options ---- */

static int usage(void)
{
  fprintf(stderr, "usage: echo [--port N] [--udp] [--unix PATH] [--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options listen = {.size = sizeof(listen), .port = 8082};
  char unix_address[200] = "", udp_address[16];
  bool is_udp = false;
  for (int i = 1; i < argc; i++) {
    bool has_text = i + 1 < argc;
    char *end = NULL;
    unsigned long number = has_text ? strtoul(argv[i + 1], &end, 10) : 0;
    if (strcmp(argv[i], "--udp") == 0) {
      is_udp = true;
      continue;
    }
    if (!has_text) return usage();
    if (strcmp(argv[i], "--port") == 0 && *end == '\0' && end > argv[i + 1] && number < 65536)
      listen.port = (unsigned)number;
    else if (strcmp(argv[i], "--unix") == 0 && strlen(argv[i + 1]) < 190)
      snprintf(unix_address, sizeof(unix_address), "unix:%s", argv[i + 1]);
    else if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else return usage();
    i++;
  }
  if (is_udp && unix_address[0] != '\0') return usage();
  snprintf(udp_address, sizeof(udp_address), "*:%u", listen.port);
  if (unix_address[0] != '\0') {
    listen.address = unix_address;
    listen.port = 0;
    listen.replace = true;
  }
  sley_error *e = sley_configure(&runtime);
  if (e == NULL) {
    sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
    e = is_udp ? echo_packets(udp_address, signals) : echo_bytes(&listen, signals);
    sley_drop(signals);
  }
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "echo: %s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() == 0 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
