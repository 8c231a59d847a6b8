/* hello_direct --port N --domains N: hello.c in direct style. One fiber accepts; one fiber serves each connection
 * and has its buffers on its stack. Every wait is an await, and all cleanup is in one place. One domain per core,
 * each with a listener of its own on the shared port. Answers GET / with "Hello, World!"; keeps connections alive,
 * answers pipelined requests together. Ends on SIGINT or SIGTERM with a line of totals. The parser is Debian's
 * libhttp-parser. */
#include <http_parser.h>
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_BYTES = 16384, OUTPUT_BYTES = 16384, HEADER_LIMIT = 32768, MOST_DOMAINS = 256 };
/* How much a peer can still send after the last answer, and for how long: closing a connection with unread input
 * resets it, and the answer can be lost (RFC 9112, section 9.6). */
enum { LINGER_BYTES = 1 << 20, LINGER_SECONDS = 2 };

/* One per domain, written only by it; the totals are read when all have ended, and once a second for --stats, with
 * relaxed loads. */
typedef struct shard {
  _Alignas(128) uint64_t connections, open, requests;
  sley_domain *domain;
  sley_listener *listener;
  struct connection *first;
} shard;

static shard shards[MOST_DOMAINS];
static unsigned port, domains, begun, listening; /* begun, listening: shared, __atomic */
static double idle = 60;                         /* seconds; written before any domain runs */
static sley_remote *give_up; /* rejected by the first domain that cannot serve; __atomic */

typedef struct connection {
  shard *shard;
  struct connection *next, **place;
  sley_io *io;
  http_parser parser;
  sley_time since; /* its start or its last whole request: it has `idle` seconds for the next */
  size_t output_used;
  bool keep, is_root;
  size_t url_size;
  char input[INPUT_BYTES], output[OUTPUT_BYTES];
} connection;

static void add(uint64_t *counter, uint64_t by)
{
  __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

/* ---- answers ---- */

/* Whether the connection stays open, as the answer says. HTTP/1.0 keeps a connection only if both sides request it. */
enum { CLOSE, KEEP, KEEP_1_0, MODES };
typedef struct text {
  const char *data;
  size_t size;
} text;
#define TEXT(literal)              \
  {                                \
    (literal), sizeof(literal) - 1 \
  }
#define ANSWERS(head, body)                                                                 \
  {                                                                                         \
    [CLOSE] = TEXT(head "Connection: close\r\n\r\n" body), [KEEP] = TEXT(head "\r\n" body), \
    [KEEP_1_0] = TEXT(head "Connection: keep-alive\r\n\r\n" body)                           \
  }

static const text ok[MODES] = ANSWERS(
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n", "Hello, World!");
static const text not_found[MODES] = ANSWERS("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n", "");
static const text not_allowed[MODES] =
    ANSWERS("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n", "");
static const text bad_request[MODES] =
    ANSWERS("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n", "");
static const text too_large[MODES] =
    ANSWERS("HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n", "");

/* There is room: the parser is paused before the output is full. */
static void answer(connection *c, const text answers[MODES])
{
  const text *t = &answers[!c->keep ? CLOSE : c->parser.http_minor == 0 ? KEEP_1_0 : KEEP];
  memcpy(c->output + c->output_used, t->data, t->size);
  c->output_used += t->size;
}

/* ---- parser ---- */

static int on_message_begin(http_parser *parser)
{
  connection *c = parser->data;
  c->is_root = false;
  c->url_size = 0;
  return 0;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
  connection *c = parser->data;
  if (size > 0) c->is_root = c->url_size == 0 && size == 1 && at[0] == '/';
  c->url_size += size; /* it comes in pieces like the input; one can be empty */
  return 0;
}

static int on_message_complete(http_parser *parser)
{
  connection *c = parser->data;
  c->keep = http_should_keep_alive(parser) != 0;
  c->since = sley_now();
  add(&c->shard->requests, 1);
  answer(c, parser->method != HTTP_GET ? not_allowed : c->is_root ? ok : not_found);
  /* Stop if nothing more is answered, or if the output might not have room. */
  if (!c->keep || c->output_used + 256 > sizeof(c->output)) http_parser_pause(parser, 1);
  return 0;
}

static const http_parser_settings settings = {.on_message_begin = on_message_begin,
                                              .on_url = on_url,
                                              .on_message_complete = on_message_complete};

/* ---- a connection ---- */

static void fail_with(connection *c, const text answers[MODES])
{
  c->keep = false;
  answer(c, answers);
}

/* Parses the input as far as the output has room. Returns the position reached. */
static size_t parse(connection *c, size_t from, size_t size)
{
  size_t used = http_parser_execute(&c->parser, &settings, c->input + from, size - from);
  enum http_errno code = HTTP_PARSER_ERRNO(&c->parser);
  if (code == HPE_PAUSED) {
    http_parser_pause(&c->parser, 0);
    return from + used;
  }
  if (code == HPE_HEADER_OVERFLOW || (code == HPE_OK && c->parser.nread > HEADER_LIMIT))
    fail_with(c, too_large);
  else if (code != HPE_OK) fail_with(c, bad_request);
  return size;
}

/* p, or a rejection if the peer takes too long for a request, or to read its answers. */
static sley_promise *in_time(const connection *c, sley_promise *p)
{
  return sley_with_timeout(p, idle - (double)(sley_now() - c->since) * 1e-9);
}

/* Lets the peer read the answer and the end of the stream; what it still sends is discarded. */
static sley_error *linger(connection *c)
{
  sley_time end = sley_now() + sley_seconds(LINGER_SECONDS);
  sley_error *e = NULL;
  int64_t size = 1;
  sley_error_drop(sley_ignore_result(sley_io_end(c->io)));
  for (size_t all = 0; e == NULL && size > 0 && all <= LINGER_BYTES; all += (size_t)size) {
    sley_promise *reading = sley_read(c->io, c->input, sizeof(c->input));
    e = sley_await_int(sley_with_timeout(reading, (double)(end - sley_now()) * 1e-9), &size);
  }
  return e;
}

typedef struct arrival {
  shard *shard;
  sley_io *io;
} arrival;

static sley_promise *serve_connection(void *ctx)
{
  const arrival *a = ctx;
  connection c; /* on this fiber's stack: untouched pages cost nothing */
  memset(&c, 0, offsetof(connection, input));
  c.shard = a->shard;
  c.io = a->io;
  c.keep = true;
  c.since = sley_now();
  c.next = c.shard->first;
  c.place = &c.shard->first;
  if (c.next != NULL) c.next->place = &c.next;
  c.shard->first = &c;
  http_parser_init(&c.parser, HTTP_REQUEST);
  c.parser.data = &c;
  add(&c.shard->connections, 1);
  add(&c.shard->open, 1);

  sley_error *e = NULL;
  int64_t size = 1;
  while (c.keep && e == NULL && size > 0) {
    e = sley_await_int(in_time(&c, sley_read(c.io, c.input, sizeof(c.input))), &size);
    for (size_t from = 0; e == NULL && from < (size_t)size && c.keep;) {
      from = parse(&c, from, (size_t)size);
      if (c.output_used == 0) continue;
      e = sley_await(in_time(&c, sley_write(c.io, c.output, c.output_used)), NULL);
      c.output_used = 0;
    }
  }
  if (e == NULL && size > 0) e = linger(&c);

  sley_error_drop(e); /* a reset by the peer is not reported */
  *c.place = c.next;
  if (c.next != NULL) c.next->place = c.place;
  add(&c.shard->open, (uint64_t)-1);
  sley_io_drop(c.io);
  return sley_return(sley_unit());
}

/* ---- a domain ---- */

static sley_promise *accept_all(void *ctx)
{
  shard *s = ctx;
  sley_error *e;
  for (;;) {
    void *io;
    e = sley_await_ptr(sley_accept(s->listener), &sley_type_io, &io);
    if (e != NULL) break;
    arrival a = {s, io}; /* the fiber copies it before it first waits */
    sley_error *refused = sley_ignore_result(sley_spawn(serve_connection, &a));
    if (refused == NULL) continue;
    sley_io_drop(io); /* no memory for a fiber: the connection is refused */
    sley_error_drop(refused);
  }
  sley_listener_close(s->listener);
  for (connection *c = s->first; c != NULL; c = c->next) {
    sley_io *io = c->io;
    c->io = NULL;
    sley_io_drop(io); /* rejects its read, which ends the connection */
  }
  return sley_fail(e);
}

static sley_promise *serve(sley_value *arg)
{
  unsigned number = __atomic_fetch_add(&begun, 1, __ATOMIC_ACQ_REL);
  shard *s = &shards[number];
  (void)arg;
  sley_listen_options options = {.size = sizeof(options), .port = port, .share_port = true};
  sley_error *e = sley_listen(&options, &s->listener);
  if (e != NULL) { /* the server must not run with a domain missing */
    sley_remote *r = __atomic_exchange_n(&give_up, NULL, __ATOMIC_ACQ_REL);
    sley_remote_reject(&r, sley_error_keep(e));
    return sley_fail(e);
  }
  __atomic_store_n(&s->domain, sley_domain_current(), __ATOMIC_RELEASE);
  if (__atomic_add_fetch(&listening, 1, __ATOMIC_ACQ_REL) == domains) {
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
  fprintf(stderr,
          "usage: hello_direct [--port N] [--domains N] [--idle SECONDS] [--stats SECONDS] "
          "[--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  double stats = 0;
  port = 8080;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    char *end;
    double number = strtod(argv[i + 1], &end);
    if (strcmp(argv[i], "--engine") == 0) {
      runtime.engine = argv[i + 1];
      continue;
    }
    if (end == argv[i + 1] || *end != '\0') return usage();
    if (strcmp(argv[i], "--port") == 0 && number >= 0 && number < 65536) port = (unsigned)number;
    else if (strcmp(argv[i], "--domains") == 0 && number >= 0 && number <= MOST_DOMAINS)
      domains = (unsigned)number;
    else if (strcmp(argv[i], "--idle") == 0 && number > 0) idle = number;
    else if (strcmp(argv[i], "--stats") == 0 && number > 0) stats = number;
    else return usage();
  }
  if (domains == 0) domains = (unsigned)sley_domain_default_count();
  if (domains > MOST_DOMAINS) domains = MOST_DOMAINS;

  sley_error *wrong = sley_configure(&runtime);
  if (wrong == NULL && port == 0) wrong = pick_port();
  if (wrong != NULL) {
    fprintf(stderr, "hello_direct: %s\n", sley_error_message(wrong));
    sley_error_drop(wrong);
    return EXIT_FAILURE;
  }
  sley_promise *signals =
      sley_pick(SLEY_PROMISES(sley_wait_signal(SIGINT), sley_wait_signal(SIGTERM)));
  sley_promise *given_up = sley_remote_new(&give_up);
  sley_promise *server = sley_domain_each(domains, serve, sley_unit());
  sley_promise *ends[] = {sley_keep(server), signals, given_up, NULL};
  if (stats > 0) ends[3] = sley_spawn(print_stats_for_ever, &stats);
  sley_error *e = sley_run(sley_pick(ends, stats > 0 ? 4 : 3), NULL); /* cancels the server */
  sley_error *end = sley_run(server, NULL);
  bool stopped = e == NULL && sley_error_is_canceled(end);
  if (e != NULL) fprintf(stderr, "hello_direct: %s\n", sley_error_message(e));
  sley_error_drop(end);
  sley_error_drop(e);
  sley_remote_drop(&give_up);
  print_totals();
  return sley_finish() == 0 && stopped ? EXIT_SUCCESS : EXIT_FAILURE;
}
