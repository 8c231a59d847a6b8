/* echo [--port N] [--udp] [--unix PATH] [--engine NAME]: sends back what each client sends, on a TCP port or a Unix socket; with
 * --udp, packets on a UDP port.
 *
 * Shows: a pump, which hands blocks from a client's input to its output without a copy and stops reading while the client
 * does not; a server that waits for its connections when it stops; packets, many of which are received with one call
 * and sent with another. */
#include <sley.h>
#include <stdio.h>

#include "options.h"

/* ---- connections ---- */

static sley_promise *serve(sley_connection *connection)
{
  return sley_input_pump(sley_connection_input(connection), sley_connection_output(connection));
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  const sley_listen_options *at = ctx;
  if (at->address != NULL) printf("listening on %s\n", at->address);
  else printf("listening on port %u\n", sley_server_port(server));
  fflush(stdout);
  return signals;
}

static sley_promise *echo_bytes(sley_listen_options *at)
{
  const sley_server_options options = {.size = sizeof(options),
                                       .listen = (const sley_listen_options *const[]){at},
                                       .listens = 1,
                                       .serve = serve};
  return sley_with_server(&options, 1, listens, at);
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

static sley_promise *datagram_close(void *ctx) { return sley_datagram_close(ctx); }
static void datagram_drop(void *ctx) { sley_datagram_drop(ctx); }

static sley_promise *echo_packets(unsigned port)
{
  char address[16];
  snprintf(address, sizeof(address), "*:%u", port);
  const sley_datagram_options options = {
      .size = sizeof(options), .address = address, .want_destination = true, .most = 65535};
  sley_datagram *d;
  sley_address own;
  sley_error *e = sley_datagram_open(&options, &d);
  if (e != NULL) return sley_fail(e);
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  sley_error_drop(sley_datagram_local(d, &own));
  printf("listening on port %u\n", sley_address_port(&own));
  fflush(stdout);
  return sley_finalize(sley_pick(SLEY_PROMISES(sley_datagram_each(d, send_back, d), signals)),
                       datagram_close, d, datagram_drop);
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options at = {.size = sizeof(at), .port = 8082};
  const char *path = NULL;
  bool is_udp = false;
  char unix_address[200];
  const option table[] = {{"--port", "N", .count = &at.port, .most = 65535},
                          {"--udp", .is_set = &is_udp},
                          {"--unix", "PATH", .text = &path},
                          {"--engine", "NAME", .text = &runtime.engine},
                          {0}};
  options_read(argc, argv, "echo", table);
  if (is_udp && path != NULL) options_refuse("echo", table, "--udp", "does not go with", "--unix");
  if (path != NULL) {
    snprintf(unix_address, sizeof(unix_address), "unix:%s", path);
    at.address = unix_address;
    at.port = 0;
    at.replace = true;
  }
  sley_error *e = sley_configure(&runtime);
  if (e != NULL) return sley_main(sley_fail(e), "echo");
  return sley_main(is_udp ? echo_packets(at.port) : echo_bytes(&at), "echo");
}
