/* hello [--port N] [--domains N] [--idle SECONDS] [--stats SECONDS] [--engine NAME] [--direct]: an HTTP/1.1 server on every
 * core that answers GET / with "Hello, World!". Ends on SIGINT or SIGTERM, and tells how much each core has served.
 *
 * Shows: a domain and a listener for each core, on one port; a service in two styles, bursts, with what a connection has to
 * remember between them, and with --direct a fiber for each connection; answers without a promise. */
#include <http_parser.h>
#include <inttypes.h>
#include <sley.h>

#include "options.h"

enum { HEADER_LIMIT = 32768, ANSWER_BYTES = 256 };

typedef struct program {
  sley_server_options options;
  sley_server *server;
  double stats; /* seconds between two lines of them; 0: none */
} program;

typedef struct client {
  sley_connection *connection; /* NULL: it has not begun */
  sley_output *out;
  http_parser parser;
  sley_time since; /* a request began; 0: there is none */
  bool keep, is_root;
  size_t url_size;
} client;

/* HTTP/1.0 keeps a connection only if both sides say so. */
static void answer(client *c, const char *text)
{
  const char *field = c->parser.http_minor == 0 ? "Connection: keep-alive\r\n" : NULL;
  char *room = sley_output_reserve(c->out, ANSWER_BYTES);
  if (!c->keep) field = "Connection: close\r\n";
  c->keep &= room != NULL; /* no memory */
  if (room == NULL) return;
  char *end = stpcpy(room, text);
  if (field != NULL)
    end = stpcpy(stpcpy(strstr(room, "\r\n\r\n") + 2, field), strstr(text, "\r\n\r\n") + 2);
  sley_output_commit(c->out, (size_t)(end - room));
}

static int on_message_begin(http_parser *parser)
{
  ((client *)parser->data)->since = sley_now();
  return 0;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
  client *c = parser->data;
  if (size > 0) c->is_root = c->url_size == 0 && size == 1 && at[0] == '/';
  c->url_size += size; /* it comes in pieces like the input; one can be empty */
  return 0;
}

static int on_message_complete(http_parser *parser)
{
  client *c = parser->data;
  c->keep = http_should_keep_alive(parser) != 0 && parser->method != HTTP_CONNECT &&
            !sley_connection_is_ending(c->connection);
  sley_connection_answered(c->connection);
  if (parser->method != HTTP_GET)
    answer(c, "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n");
  else if (!c->is_root) answer(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  else
    answer(c,
           "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n"
           "Hello, World!");
  c->since = 0;
  c->url_size = 0;
  if (!c->keep) http_parser_pause(parser, 1); /* nothing more is answered */
  return 0;
}

static const http_parser_settings settings = {.on_message_begin = on_message_begin,
                                              .on_url = on_url,
                                              .on_message_complete = on_message_complete};

static void client_begin(client *c, sley_connection *connection)
{
  *c = (client){connection, sley_connection_output(connection), .keep = true};
  http_parser_init(&c->parser, HTTP_REQUEST);
  c->parser.data = c;
}

/* Answers what has come. Then c->keep tells whether more may come. */
static void answer_input(client *c, sley_input *in)
{
  const program *p = sley_value_borrowed(sley_connection_context(c->connection));
  const char *at;
  size_t size = sley_input_peek(in, &at), used = 0;
  while (used < size && HTTP_PARSER_ERRNO(&c->parser) == HPE_OK) /* it stops behind Upgrade */
    used += http_parser_execute(&c->parser, &settings, at + used, size - used);
  sley_input_consume(in, size);
  enum http_errno code = HTTP_PARSER_ERRNO(&c->parser);
  const char *refusal = NULL;
  if (code == HPE_HEADER_OVERFLOW || (code == HPE_OK && c->parser.nread > HEADER_LIMIT))
    refusal = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n";
  else if (code != HPE_OK && code != HPE_PAUSED)
    refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  else if (c->since != 0 && sley_now() - c->since > sley_seconds(p->options.idle))
    refusal = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  c->keep &= refusal == NULL;
  if (refusal != NULL) answer(c, refusal);
}

/* ---- two styles of serving ---- */

/* Called for each burst. Waits while the peer does not read its answers. */
static sley_promise *on_burst(sley_connection *connection)
{
  client *c = sley_connection_data(connection); /* zero when the connection begins */
  if (c->connection == NULL) client_begin(c, connection);
  answer_input(c, sley_connection_input(connection));
  if (!c->keep) return sley_return(sley_bool(true));
  return sley_output_is_ready(c->out) ? sley_input_more(0) : sley_output_wait_ready(c->out);
}

/* Called once, in a fiber. */
static sley_promise *serve(sley_connection *connection)
{
  sley_input *in = sley_connection_input(connection);
  sley_error *e = NULL;
  client c;
  client_begin(&c, connection);
  while (c.keep && e == NULL) {
    if (c.since == 0) sley_connection_idle(connection); /* a stop may end it here */
    e = sley_await(sley_input_fill(in, 1), NULL);
    if (e != NULL || sley_input_buffered(in) == 0) break; /* the end */
    answer_input(&c, in);
    e = sley_await(sley_output_wait_ready(c.out), NULL);
  }
  return e != NULL ? sley_fail(e) : sley_return_unit();
}

/* ---- the program ---- */

static sley_promise *print_stats(void *ctx)
{
  const program *p = ctx;
  for (size_t i = 0; i < p->options.count; i++) {
    sley_domain_counters d = {.size = sizeof(d)};
    sley_server_counters s = {.size = sizeof(s)};
    sley_domain_counters_get(p->options.domains[i], &d);
    sley_server_counters_get(p->server, i, &s);
    printf("stats t=%.3f domain=%zu connections=%" PRIu64 " open=%" PRIu64 " requests=%" PRIu64
           " sent=%" PRIu64 " received=%" PRIu64 " wakeups=%" PRIu64 "\n",
           (double)sley_now() * 1e-9, i, s.accepted, s.open, s.answered, d.sent, d.received,
           d.wakeups_sent);
  }
  return sley_return_unit();
}

static sley_promise *print_totals(void *ctx)
{
  const program *p = ctx;
  sley_server_counters s = {.size = sizeof(s)};
  if (p->server == NULL) return sley_return_unit(); /* it could not start */
  sley_promise *printed = print_stats(ctx);
  sley_server_counters_sum(p->server, &s);
  printf("total: %" PRIu64 " connections, %" PRIu64 " requests\n", s.accepted, s.answered);
  sley_server_drop(p->server);
  return printed;
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  program *p = ctx;
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  p->server = sley_server_keep(server);
  printf("listening on port %u, %zu domains\n", sley_server_port(server), p->options.count);
  if (p->stats == 0) return signals;
  return sley_pick(SLEY_PROMISES(signals, sley_every(p->stats, print_stats, p)));
}

static sley_promise *run_in(void *ctx, sley_team *team)
{
  program *p = ctx;
  p->options.domains = sley_team_domains(team);
  p->options.count = sley_team_count(team);
  return sley_finalize(sley_with_server(&p->options, 1, listens, p), print_totals, p);
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_team_options team = {.size = sizeof(team), .name = "hello"};
  sley_listen_options at = {.size = sizeof(at), .port = 8080};
  program p = {.options = {.size = sizeof(p.options),
                           .listen = (const sley_listen_options *const[]){&at},
                           .listens = 1,
                           .mode = SLEY_SERVER_MODE_KERNEL,
                           .context = sley_borrow(&p),
                           .idle = 60,
                           .life = 3600,
                           .data_size = sizeof(client)}};
  setvbuf(stdout, NULL, _IOLBF, 0); /* its lines are read at once, also by a pipe */
  options_read(argc, argv, "hello",
               (option[]){{"--port", "N", .count = &at.port, .most = 65535},
                          {"--domains", "N", .number = &team.count, .most = 256},
                          {"--idle", "SECONDS", .seconds = &p.options.idle},
                          {"--stats", "SECONDS", .seconds = &p.stats},
                          {"--engine", "NAME", .text = &runtime.engine},
                          {"--direct", .is_set = &p.options.in_fiber},
                          {0}});
  if (p.options.in_fiber) p.options.serve = serve;
  else p.options.burst = on_burst;
  sley_error *e = sley_configure(&runtime);
  return sley_main(e != NULL ? sley_fail(e) : sley_with_team(&team, 1, run_in, &p), "hello");
}
