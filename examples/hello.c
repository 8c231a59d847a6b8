/* hello --port N --domains N: an HTTP/1.1 server on every core. One domain per core, each with a
 * listener of its own on the shared port; connections never leave the domain that accepted them.
 * Answers GET / with "Hello, World!"; keeps connections alive, answers pipelined requests together.
 * Ends on SIGINT or SIGTERM with a line of totals. The parser is Debian's libhttp-parser. */
#include <http_parser.h>
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 32768, MOST_DOMAINS = 256 };

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
  sley_input *in;
  sley_output *out;
  http_parser parser;
  sley_time since; /* its start or its last whole request: it has `idle` seconds for the next */
  bool keep, is_root;
  size_t url_size;
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

static void answer(connection *c, const text answers[MODES])
{
  const text *t = &answers[!c->keep ? CLOSE : c->parser.http_minor == 0 ? KEEP_1_0 : KEEP];
  char *room = sley_output_reserve(c->out, t->size);
  if (room == NULL) { /* no memory */
    c->keep = false;
    return;
  }
  memcpy(room, t->data, t->size);
  sley_output_commit(c->out, t->size);
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
  if (!c->keep) http_parser_pause(parser, 1); /* nothing more is answered */
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

/* Answers what is there, and waits while the peer does not read its answers. */
static sley_promise *on_input(void *ctx, sley_input *in)
{
  connection *c = ctx;
  const char *at;
  size_t size = sley_input_peek(in, &at);
  http_parser_execute(&c->parser, &settings, at, size);
  enum http_errno code = HTTP_PARSER_ERRNO(&c->parser);
  if (code == HPE_HEADER_OVERFLOW || (code == HPE_OK && c->parser.nread > HEADER_LIMIT))
    fail_with(c, too_large);
  else if (code != HPE_OK && code != HPE_PAUSED) fail_with(c, bad_request);
  sley_input_consume(in, size);
  if (!c->keep) return sley_return(sley_bool(true));
  return sley_output_is_ready(c->out) ? sley_input_more(0) : sley_output_wait_ready(c->out);
}

static void connection_end(void *ctx)
{
  connection *c = ctx;
  *c->place = c->next;
  if (c->next != NULL) c->next->place = c->place;
  add(&c->shard->open, (uint64_t)-1);
  sley_input_drop(c->in);
  sley_output_drop(c->out);
  free(c);
}

/* The answers are sent, and what the peer still sends is read away, before the connection is closed. */
static sley_promise *connection_close(void *ctx, sley_value *v)
{
  connection *c = ctx;
  (void)v;
  return sley_join(SLEY_PROMISES(sley_output_close(c->out), sley_input_close(c->in)));
}

static void connection_failed(void *ctx, sley_error *e)
{
  (void)e; /* a reset by the peer is not reported */
  connection_end(ctx);
}

static void connection_done(void *ctx, sley_value *v)
{
  (void)v;
  connection_end(ctx);
}

/* Closes the connections that took too long for a request, or to read their answers. */
static sley_promise *close_slow(void *ctx, sley_value *v)
{
  shard *s = ctx;
  sley_time oldest = sley_now() - sley_seconds(idle);
  (void)v;
  for (connection *c = s->first, *next; c != NULL; c = next) {
    next = c->next;
    if (c->since < oldest) sley_output_abort(c->out);
  }
  return sley_bind(sley_sleep(idle < 4 ? idle / 4 : 1), close_slow, s);
}

static void connection_start(shard *s, sley_io *io)
{
  connection *c = calloc(1, sizeof(*c));
  sley_error *e = c == NULL ? sley_error_nomem() : sley_channels(NULL, io, &c->in, &c->out);
  if (e != NULL) {
    sley_error_drop(e);
    sley_io_drop(io);
    free(c);
    return;
  }
  c->shard = s;
  c->keep = true;
  c->since = sley_now();
  c->next = s->first;
  c->place = &s->first;
  if (c->next != NULL) c->next->place = &c->next;
  s->first = c;
  http_parser_init(&c->parser, HTTP_REQUEST);
  c->parser.data = c;
  add(&s->connections, 1);
  add(&s->open, 1);
  sley_promise *p = sley_bind(sley_input_each(c->in, on_input, c), connection_close, c);
  sley_on_any(p, connection_done, connection_failed, c);
  sley_drop(p);
}

/* ---- a domain ---- */

static sley_promise *accepted(void *ctx, sley_value *v);

static sley_promise *accept_next(shard *s)
{
  return sley_bind(sley_accept(s->listener), accepted, s);
}

static sley_promise *accepted(void *ctx, sley_value *v)
{
  sley_value taken;
  if (sley_take(v, &taken) == 0) connection_start(ctx, sley_io_in(&taken));
  return accept_next(ctx);
}

static sley_promise *close_all(void *ctx)
{
  shard *s = ctx;
  sley_listener_close(s->listener);
  for (connection *c = s->first, *next; c != NULL; c = next) {
    next = c->next;
    sley_output_abort(c->out);
  }
  return sley_return(sley_unit());
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
  sley_promise *serving = sley_pick(SLEY_PROMISES(accept_next(s), close_slow(s, NULL)));
  return sley_finalize(serving, close_all, s);
}

/* ---- the main domain ---- */

static uint64_t load(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

static sley_promise *print_stats(void *ctx, sley_value *v)
{
  const double *seconds = ctx;
  (void)v;
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
  return sley_bind(sley_sleep(*seconds), print_stats, ctx);
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
  fprintf(stderr, "usage: hello [--port N] [--domains N] [--idle SECONDS] [--stats SECONDS]\n");
  return 2;
}

int main(int argc, char **argv)
{
  double stats = 0;
  port = 8080;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    char *end;
    double number = strtod(argv[i + 1], &end);
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

  if (port == 0) {
    sley_error *none_free = pick_port();
    if (none_free != NULL) {
      fprintf(stderr, "hello: %s\n", sley_error_message(none_free));
      return EXIT_FAILURE;
    }
  }
  sley_promise *signals =
      sley_pick(SLEY_PROMISES(sley_wait_signal(SIGINT), sley_wait_signal(SIGTERM)));
  sley_promise *given_up = sley_remote_new(&give_up);
  sley_promise *server = sley_domain_each(domains, serve, sley_unit());
  sley_promise *ends[] = {sley_keep(server), signals, given_up, NULL};
  if (stats > 0) ends[3] = sley_bind(sley_sleep(stats), print_stats, &stats);
  sley_error *e = sley_run(sley_pick(ends, stats > 0 ? 4 : 3), NULL); /* cancels the server */
  sley_error *end = sley_run(server, NULL);
  bool stopped = e == NULL && sley_error_is_canceled(end);
  if (e != NULL) fprintf(stderr, "hello: %s\n", sley_error_message(e));
  sley_error_drop(end);
  sley_error_drop(e);
  sley_remote_drop(&give_up);
  print_totals();
  return sley_finish() == 0 && stopped ? EXIT_SUCCESS : EXIT_FAILURE;
}
