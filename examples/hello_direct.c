/* hello_direct --port N --domains N: hello.c in direct style. A fiber accepts, a fiber serves each
 * connection and has its buffers on its stack; what waits is an await, what ends ends in one place.
 * One domain per core, each with a listener of its own on the shared port.
 * Answers GET / with "Hello, World!"; keeps connections alive, answers pipelined requests together.
 * Ends on SIGINT or SIGTERM with a line of totals. The parser is Debian's libhttp-parser. */
#include <http_parser.h>
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_BYTES = 16384, OUTPUT_BYTES = 16384, HEADER_LIMIT = 32768, MOST_DOMAINS = 256 };

/* One per domain, written by it alone; the totals are read when all have ended, and once a second
 * for --stats, with relaxed loads. */
typedef struct shard {
  _Alignas(128) uint64_t connections, open, requests;
  sley_domain *domain;
  sley_listener *listener;
  struct connection *first;
} shard;

static shard shards[MOST_DOMAINS];
static unsigned port, domains, listening; /* listening: shared, __atomic */

typedef struct connection {
  shard *shard;
  struct connection *next, **place;
  sley_tcp *tcp;
  http_parser parser;
  size_t header_bytes, output_used;
  bool keep, is_root, closing;
  const char *failure;
  char input[INPUT_BYTES], output[OUTPUT_BYTES];
} connection;

static void add(uint64_t *counter, uint64_t by)
{
  __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

/* ---- answers ---- */

static const char ok[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n"
    "Hello, World!";
static const char ok_close[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n"
    "Connection: close\r\n\r\nHello, World!";
static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
static const char not_allowed[] =
    "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n";
static const char bad_request[] =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
static const char too_large[] =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: "
    "close\r\n\r\n";

static void answer(connection *c, const char *text, size_t size)
{
  if (c->output_used + size > sizeof(c->output)) {
    c->failure = bad_request; /* cannot be: the parser is paused before */
    return;
  }
  memcpy(c->output + c->output_used, text, size);
  c->output_used += size;
}

/* ---- parser ---- */

static int on_message_begin(http_parser *parser)
{
  connection *c = parser->data;
  c->header_bytes = 0;
  c->is_root = false;
  return 0;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
  connection *c = parser->data;
  c->is_root = size == 1 && at[0] == '/';
  return 0;
}

static int on_message_complete(http_parser *parser)
{
  connection *c = parser->data;
  c->keep = http_should_keep_alive(parser) != 0;
  add(&c->shard->requests, 1);
  if (parser->method != HTTP_GET) answer(c, not_allowed, sizeof(not_allowed) - 1);
  else if (!c->is_root) answer(c, not_found, sizeof(not_found) - 1);
  else if (c->keep) answer(c, ok, sizeof(ok) - 1);
  else answer(c, ok_close, sizeof(ok_close) - 1);
  /* Stop where nothing more is answered, or where the output might not have room. */
  if (!c->keep || c->output_used + 256 > sizeof(c->output)) http_parser_pause(parser, 1);
  return 0;
}

static const http_parser_settings settings = {.on_message_begin = on_message_begin,
                                              .on_url = on_url,
                                              .on_message_complete = on_message_complete};

/* ---- a connection ---- */

static void fail_with(connection *c, const char *text)
{
  c->keep = false;
  answer(c, text, strlen(text));
}

/* Parses what has been read, as far as the output has room. Returns how far it came. */
static size_t parse(connection *c, size_t from, size_t size)
{
  size_t used = http_parser_execute(&c->parser, &settings, c->input + from, size - from);
  enum http_errno code = HTTP_PARSER_ERRNO(&c->parser);
  c->header_bytes += used;
  if (code == HPE_PAUSED) {
    http_parser_pause(&c->parser, 0);
    return from + used;
  }
  if (code == HPE_HEADER_OVERFLOW || (code == HPE_OK && c->header_bytes > HEADER_LIMIT))
    fail_with(c, too_large);
  else if (code != HPE_OK) fail_with(c, bad_request);
  return size;
}

typedef struct arrival {
  shard *shard;
  sley_tcp *tcp;
} arrival;

static sley_promise *serve_connection(void *ctx)
{
  const arrival *a = ctx;
  connection c; /* on this fiber's stack: pages of it that nothing touches cost nothing */
  memset(&c, 0, offsetof(connection, input));
  c.shard = a->shard;
  c.tcp = a->tcp;
  c.keep = true;
  c.next = c.shard->first;
  c.place = &c.shard->first;
  if (c.next != NULL) c.next->place = &c.next;
  c.shard->first = &c;
  http_parser_init(&c.parser, HTTP_REQUEST);
  c.parser.data = &c;
  add(&c.shard->connections, 1);
  add(&c.shard->open, 1);

  sley_error *e = NULL;
  while (c.keep && e == NULL) {
    int64_t size;
    e = sley_await_int(sley_read(c.tcp, c.input, sizeof(c.input)), &size);
    if (e != NULL || size == 0) break;
    for (size_t from = 0; from < (size_t)size && c.keep && e == NULL;) {
      from = parse(&c, from, (size_t)size);
      if (c.output_used == 0) continue;
      e = sley_await(sley_write(c.tcp, c.output, c.output_used), NULL);
      c.output_used = 0;
    }
  }

  sley_error_drop(e); /* a peer that resets is no news */
  *c.place = c.next;
  if (c.next != NULL) c.next->place = c.place;
  add(&c.shard->open, (uint64_t)-1);
  sley_tcp_close(c.tcp);
  return sley_return(sley_unit());
}

/* ---- a domain ---- */

static sley_promise *accept_all(void *ctx)
{
  shard *s = ctx;
  sley_error *e;
  for (;;) {
    void *tcp;
    e = sley_await_ptr(sley_accept(s->listener), &sley_type_tcp, &tcp);
    if (e != NULL) break;
    arrival a = {s, tcp}; /* the fiber copies it before it first waits */
    sley_error *refused = sley_ignore_result(sley_spawn(serve_connection, &a));
    if (refused == NULL) continue;
    sley_tcp_close(tcp); /* no memory for a fiber: this one is turned away */
    sley_error_drop(refused);
  }
  sley_listener_close(s->listener);
  for (connection *c = s->first; c != NULL; c = c->next) {
    sley_tcp *tcp = c->tcp;
    c->tcp = NULL;
    sley_tcp_close(tcp); /* its read is rejected, which ends the connection */
  }
  return sley_fail(e);
}

static sley_promise *serve(sley_value *arg)
{
  unsigned number = __atomic_fetch_add(&listening, 1, __ATOMIC_ACQ_REL);
  shard *s = &shards[number];
  (void)arg;
  sley_listen_options options = {.size = sizeof(options), .port = port, .share_port = true};
  sley_error *e = sley_listen(&options, &s->listener);
  if (e != NULL) return sley_fail(e);
  __atomic_store_n(&s->domain, sley_domain_current(), __ATOMIC_RELEASE);
  if (number + 1 == domains) {
    printf("listening on port %u, %u domains\n", sley_listener_port(s->listener), domains);
    fflush(stdout);
  }
  return sley_spawn(accept_all, s);
}

/* ---- the main domain ---- */

static uint64_t load(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

static void print_stats(void)
{
  for (unsigned i = 0; i < domains; i++) {
    sley_domain *d = __atomic_load_n(&shards[i].domain, __ATOMIC_ACQUIRE);
    sley_domain_counters c = {.size = sizeof(c)};
    if (d != NULL) sley_domain_counters_get(d, &c);
    printf(
        "stats t=%.3f domain=%u connections=%llu open=%llu requests=%llu sent=%llu received=%llu "
        "wakeups=%llu\n",
        (double)sley_now() * 1e-9, i, (unsigned long long)load(&shards[i].connections),
        (unsigned long long)load(&shards[i].open), (unsigned long long)load(&shards[i].requests),
        (unsigned long long)c.sent, (unsigned long long)c.received,
        (unsigned long long)c.wakeups_sent);
  }
  fflush(stdout);
}

static sley_promise *print_stats_for_ever(void *ctx)
{
  const double *seconds = ctx;
  for (;;) {
    sley_error *e = sley_await(sley_sleep(*seconds), NULL);
    if (e != NULL) return sley_fail(e);
    print_stats();
  }
}

static void print_totals(void)
{
  uint64_t connections = 0, requests = 0;
  for (unsigned i = 0; i < domains; i++) {
    printf("domain %u: %llu connections, %llu requests\n", i,
           (unsigned long long)shards[i].connections, (unsigned long long)shards[i].requests);
    connections += shards[i].connections;
    requests += shards[i].requests;
  }
  printf("total: %llu connections, %llu requests\n", (unsigned long long)connections,
         (unsigned long long)requests);
}

/* All domains must share one port: port 0 is turned into a free one first. */
static sley_error *pick_port(void)
{
  sley_listener *listener;
  sley_listen_options options = {.size = sizeof(options), .share_port = true};
  sley_error *e = sley_listen(&options, &listener);
  if (e != NULL) return e;
  port = sley_listener_port(listener);
  sley_listener_close(listener);
  return NULL;
}

static int usage(void)
{
  fprintf(stderr, "usage: hello_direct [--port N] [--domains N] [--stats SECONDS]\n");
  return 2;
}

int main(int argc, char **argv)
{
  double stats = 0;
  port = 8080;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    double number = strtod(argv[i + 1], NULL);
    if (strcmp(argv[i], "--port") == 0 && number >= 0 && number < 65536) port = (unsigned)number;
    else if (strcmp(argv[i], "--domains") == 0 && number >= 0 && number <= MOST_DOMAINS)
      domains = (unsigned)number;
    else if (strcmp(argv[i], "--stats") == 0 && number > 0) stats = number;
    else return usage();
  }
  if (domains == 0) domains = sley_domain_default_count();
  if (domains > MOST_DOMAINS) domains = MOST_DOMAINS;

  if (port == 0) {
    sley_error *none_free = pick_port();
    if (none_free != NULL) {
      fprintf(stderr, "hello: %s\n", sley_error_message(none_free));
      return EXIT_FAILURE;
    }
  }
  sley_promise *server = sley_domain_each(domains, serve, sley_unit());
  sley_promise *signals = sley_pick(SLEY_LIST(sley_wait_signal(SIGINT), sley_wait_signal(SIGTERM)));
  sley_promise *ends[] = {sley_keep(server), signals, NULL};
  if (stats > 0) ends[2] = sley_spawn(print_stats_for_ever, &stats);
  sley_error *e = sley_run(sley_pick(ends, stats > 0 ? 3 : 2), NULL); /* cancels the server */
  if (e == NULL) e = sley_run(server, NULL);
  else sley_drop(server);
  bool stopped = e != NULL && sley_error_is_canceled(e);
  if (e != NULL && !stopped) fprintf(stderr, "hello: %s\n", sley_error_message(e));
  sley_error_drop(e);
  print_totals();
  return sley_finish() == 0 && stopped ? EXIT_SUCCESS : EXIT_FAILURE;
}
