/* hello [--port N] [--domains N] [--idle SECONDS] [--stats SECONDS] [--engine NAME]: an HTTP/1.1 server on every core. Answers
 * GET / with "Hello, World!"; keeps connections alive, answers pipelined requests together. Ends on SIGINT or SIGTERM with
 * a line of totals. The parser is Debian's libhttp-parser.
 *
 * Shows: sley_server_start with one domain and one listener per core (the kernel spreads the connections, which never
 * leave their domain); bursts, with what a connection has to remember between them; answers without a promise. */
#include <http_parser.h>
#include <inttypes.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 32768, MOST_DOMAINS = 256 };

static sley_team *team;
static sley_server *server;
static double stats; /* seconds between two lines of them; 0: none */
static double idle =
    60; /* seconds without a byte, and for a request from its first byte to its last */
/* Each is written by its domain only, and read by others with relaxed loads. */
static struct {
  _Alignas(128) uint64_t count;
} requests[MOST_DOMAINS];

/* Zero when the connection begins. */
typedef struct client {
  uint64_t *requests; /* of this domain */
  sley_connection *connection;
  sley_output *out;
  http_parser parser;
  sley_time since; /* when the last burst found a request that was not whole; 0: it did not */
  bool keep, is_root, has_begun;
  size_t url_size;
} client;

/* ---- requests and answers ---- */

/* Whether the connection stays open, as the answer says. HTTP/1.0 keeps a connection only if both sides request it. */
enum { CLOSE, KEEP, KEEP_1_0, MODES };
#define TEXT(literal)            \
  {                              \
    literal, sizeof(literal) - 1 \
  }
#define ANSWERS(status, length, body)                                                \
  {                                                                                  \
    [CLOSE] = TEXT("HTTP/1.1 " status "\r\nContent-Length: " length                  \
                   "\r\nConnection: close\r\n\r\n" body),                            \
    [KEEP] = TEXT("HTTP/1.1 " status "\r\nContent-Length: " length "\r\n\r\n" body), \
    [KEEP_1_0] = TEXT("HTTP/1.1 " status "\r\nContent-Length: " length               \
                      "\r\nConnection: keep-alive\r\n\r\n" body)                     \
  }
static const sley_slice ok[] = ANSWERS("200 OK\r\nContent-Type: text/plain", "13", "Hello, World!");
static const sley_slice not_found[] = ANSWERS("404 Not Found", "0", "");
static const sley_slice not_allowed[] = ANSWERS("405 Method Not Allowed\r\nAllow: GET", "0", "");
static const sley_slice too_slow[] = ANSWERS("408 Request Timeout", "0", "");
static const sley_slice bad_request[] = ANSWERS("400 Bad Request", "0", "");
static const sley_slice too_large[] = ANSWERS("431 Request Header Fields Too Large", "0", "");

static void answer(client *c, const sley_slice answers[MODES])
{
  const sley_slice *t = &answers[!c->keep ? CLOSE : c->parser.http_minor == 0 ? KEEP_1_0 : KEEP];
  char *room = sley_output_reserve(c->out, t->size);
  c->keep &= room != NULL; /* no memory */
  if (room == NULL) return;
  memcpy(room, t->at, t->size);
  sley_output_commit(c->out, t->size);
}

static int on_message_begin(http_parser *parser)
{
  ((client *)parser->data)->has_begun = true;
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
  c->keep = http_should_keep_alive(parser) != 0 && !sley_connection_is_ending(c->connection);
  __atomic_store_n(c->requests, *c->requests + 1, __ATOMIC_RELAXED);
  answer(c, parser->method != HTTP_GET ? not_allowed : c->is_root ? ok : not_found);
  c->is_root = c->has_begun = false;
  c->url_size = 0;
  c->since = 0;
  if (!c->keep) http_parser_pause(parser, 1); /* nothing more is answered */
  return 0;
}

static const http_parser_settings settings = {.on_message_begin = on_message_begin,
                                              .on_url = on_url,
                                              .on_message_complete = on_message_complete};

/* Answers what is there, and waits while the peer does not read its answers. */
static sley_promise *on_input(sley_connection *connection)
{
  client *c = sley_connection_data(connection);
  sley_input *in = sley_connection_input(connection);
  const char *at;
  size_t size = sley_input_peek(in, &at);
  if (c->requests == NULL) { /* its first burst */
    size_t i = 0;
    while (sley_team_domains(team)[i] != sley_domain_current()) i++;
    *c = (client){&requests[i].count, connection, sley_connection_output(connection), .keep = true};
    http_parser_init(&c->parser, HTTP_REQUEST);
    c->parser.data = c;
  }
  http_parser_execute(&c->parser, &settings, at, size);
  enum http_errno code = HTTP_PARSER_ERRNO(&c->parser);
  sley_time now = c->has_begun ? sley_now() : 0;
  if (c->has_begun && c->since == 0) c->since = now;
  bool is_late = c->has_begun && now - c->since > sley_seconds(idle);
  bool is_large = code == HPE_HEADER_OVERFLOW || (code == HPE_OK && c->parser.nread > HEADER_LIMIT);
  if (is_large || is_late || (code != HPE_OK && code != HPE_PAUSED)) {
    c->keep = false;
    answer(c, is_large ? too_large : is_late ? too_slow : bad_request);
  }
  sley_input_consume(in, size);
  if (!c->keep) return sley_return(sley_bool(true));
  return sley_output_is_ready(c->out) ? sley_input_more(0) : sley_output_wait_ready(c->out);
}

static sley_promise *print_stats(void *ctx, sley_value *v)
{
  (void)v;
  for (size_t i = 0; i < sley_team_count(team); i++) {
    sley_domain_counters d = {.size = sizeof(d)};
    sley_server_counters s = {.size = sizeof(s)};
    sley_domain_counters_get(sley_team_domains(team)[i], &d);
    sley_server_counters_get(server, i, &s);
    printf("stats t=%.3f domain=%zu connections=%" PRIu64 " open=%" PRIu64 " requests=%" PRIu64
           " sent=%" PRIu64 " received=%" PRIu64 " wakeups=%" PRIu64 "\n",
           (double)sley_now() * 1e-9, i, s.accepted, s.open,
           __atomic_load_n(&requests[i].count, __ATOMIC_RELAXED), d.sent, d.received,
           d.wakeups_sent);
  }
  fflush(stdout);
  return sley_bind(sley_sleep(stats), print_stats, ctx);
}

static void print_totals(void)
{
  uint64_t connections = 0, answered = 0;
  for (size_t i = 0; i < sley_team_count(team); i++) {
    sley_server_counters s = {.size = sizeof(s)};
    sley_server_counters_get(server, i, &s);
    uint64_t n = __atomic_load_n(&requests[i].count, __ATOMIC_RELAXED);
    printf("domain %zu: %" PRIu64 " connections, %" PRIu64 " requests\n", i, s.accepted, n);
    connections += s.accepted;
    answered += n;
  }
  printf("total: %" PRIu64 " connections, %" PRIu64 " requests\n", connections, answered);
}

static sley_error *run_server(sley_server_options *options)
{
  sley_value v;
  sley_promise *ends[] = {sley_stop_on_signals(), NULL};
  options->domains = sley_team_domains(team);
  options->count = sley_team_count(team);
  sley_error *e = sley_run(sley_server_start(options), &v);
  if (e != NULL) return sley_drop(ends[0]), e;
  server = sley_server_take(&v);
  printf("listening on port %u, %zu domains\n", sley_server_port(server), options->count);
  fflush(stdout);
  if (stats > 0) ends[1] = sley_bind(sley_sleep(stats), print_stats, NULL);
  e = sley_run(sley_pick(ends, stats > 0 ? 2 : 1), NULL);
  if (e == NULL) e = sley_run(sley_server_stop(server, 1), NULL);
  print_totals();
  sley_server_drop(server);
  return e;
}

static int usage(void)
{
  fprintf(stderr,
          "usage: hello [--port N] [--domains N] [--idle SECONDS] [--stats SECONDS] "
          "[--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_team_options members = {.size = sizeof(members), .name = "hello"};
  sley_listen_options at = {.size = sizeof(at), .port = 8080};
  sley_server_options options = {.size = sizeof(options),
                                 .listen = (const sley_listen_options *const[]){&at},
                                 .listens = 1,
                                 .mode = SLEY_SERVER_MODE_KERNEL,
                                 .burst = on_input,
                                 .life = 3600,
                                 .data_size = sizeof(client)};
  for (int i = 1; i < argc; i += 2) {
    char *end;
    if (i + 1 == argc) return usage();
    double number = strtod(argv[i + 1], &end);
    bool is_number = end != argv[i + 1] && *end == '\0' && number >= 0;
    if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else if (!is_number) return usage();
    else if (strcmp(argv[i], "--port") == 0 && number < 65536) at.port = (unsigned)number;
    else if (strcmp(argv[i], "--domains") == 0 && number <= MOST_DOMAINS)
      members.count = (size_t)number;
    else if (strcmp(argv[i], "--idle") == 0 && number > 0) options.idle = idle = number;
    else if (strcmp(argv[i], "--stats") == 0 && number > 0) stats = number;
    else return usage();
  }
  size_t count = sley_domain_default_count();
  if (members.count == 0) members.count = count < MOST_DOMAINS ? count : MOST_DOMAINS;
  sley_error *e = sley_configure(&runtime);
  if (e == NULL) e = sley_team_new(&members, &team);
  if (e == NULL) e = run_server(&options);
  bool good = e == NULL;
  if (!good) fprintf(stderr, "hello: %s\n", sley_error_message(e));
  sley_error_drop(e);
  if (team != NULL) sley_error_drop(sley_run(sley_team_shutdown(team, 1), NULL));
  sley_team_drop(team);
  return sley_finish() == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
