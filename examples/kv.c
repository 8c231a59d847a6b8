/* kv [--port N] [--domains N] [--memory MEGABYTES] [--connections N] [--idle SECONDS] [--engine NAME]: a cache server for memcached
 * clients (its text protocol), with the keys distributed among domains. Each has the connections assigned to it and a
 * store for its keys (kv_store.c); a command for another domain's key goes there as a call and comes back.
 *
 * Shows: a burst of commands in a fiber, which waits for the rest of a command, for another domain and for a client that does not
 * read its answers, and ends where it would wait for the next command; a sharded object as the server's context. */
#include <inttypes.h>
#include <sley.h>
#include <time.h>
#include <unistd.h>

#include "kv_store.h"
#include "options.h"

enum { LINE_BYTES = 1 << 18, LEAST_BYTES = 1 << 16, WORDS = 6 };

/* ---- the stores ---- */

static const sley_type store_type = {
    .size = sizeof(sley_type), .name = "store", .drop = kv_store_free};

static sley_promise *store_make(sley_value *limit, size_t index)
{
  (void)index;
  kv_store *s = kv_store_new((size_t)sley_value_int(limit));
  return s == NULL ? sley_fail(sley_error_nomem()) : sley_return(sley_own(s, &store_type));
}

/* malloc's memory, which any thread can free, so it crosses unchanged in both directions. */
static const sley_type request_type = {
    .size = sizeof(sley_type), .name = "request", .drop = kv_request_free, .send = sley_send_plain};

static sley_promise *apply_there(void *object, sley_value *arg)
{
  sley_value q;
  kv_store_apply(object, sley_value_ptr(arg, &request_type));
  return sley_take(arg, &q) == 0 ? sley_return(q) : sley_fail(sley_error_nomem());
}

/* ---- a connection ---- */

typedef struct client {
  sley_input *in;
  sley_output *out;
  sley_server *server;
  sley_sharded *stores;
  kv_request *q;     /* of the command */
  sley_error *error; /* ends the connection */
  bool silent, closing;
  char number[24];
  sley_slice rest;         /* of the line, which stays where it is until the next use of in */
  sley_slice words[WORDS]; /* what follows the command's name; not of get */
  size_t n;                /* of them */
} client;

static const char bad[] = "CLIENT_ERROR bad command line format";

/* Waits, also while the client does not read. */
static void wait_for(client *c, sley_promise *p)
{
  sley_error *e = sley_await(p, NULL);
  if (c->error == NULL) c->error = e;
  else sley_error_drop(e);
}

static bool take_key(client *c, sley_slice word)
{
  if (word.size > KV_KEY_BYTES) return false;
  memcpy(c->q->key, word.at, word.size);
  c->q->key_size = (uint32_t)word.size;
  return true;
}

/* memcached's: up to 30 days from now, else since 1970; negative: at once. 0 stays 0. */
static bool take_time(client *c, sley_slice word)
{
  enum { MONTH = 60 * 60 * 24 * 30 };
  bool is_past = word.size > 1 && *(const char *)word.at == '-';
  uint64_t seconds;
  if (is_past) word = (sley_slice){(const char *)word.at + 1, word.size - 1};
  if (sley_slice_uint(word, INT64_MAX, &seconds) != 0) return false;
  if (seconds > 0 && seconds <= MONTH) seconds += (uint64_t)time(NULL);
  c->q->expires = is_past ? 1 : (int64_t)seconds;
  return true;
}

/* ---- commands: they give what is to be answered, or NULL ---- */

static const char *carry_out_in(client *c, size_t index, kv_operation operation)
{
  sley_value v;
  c->q->operation = operation;
  if (sley_sharded_domain(c->stores, index) == sley_domain_current()) {
    kv_store_apply(sley_sharded_local(c->stores), c->q);
    return c->q->outcome;
  }
  sley_error *e = sley_await(
      sley_sharded_call(c->stores, index, apply_there, sley_own(c->q, &request_type)), &v);
  c->q = e == NULL ? v.ptr : calloc(1, sizeof(*c->q));
  if (c->q == NULL || sley_error_is_canceled(e)) c->error = e;
  else sley_error_drop(e);
  return e == NULL ? c->q->outcome : "SERVER_ERROR the domain of this key does not answer";
}

static const char *carry_out(client *c, kv_operation operation)
{
  return carry_out_in(c, sley_sharded_route(c->stores, c->q->key, c->q->key_size), operation);
}

static const char *carry_out_in_all(client *c, kv_operation operation)
{
  const char *answer = NULL;
  for (size_t i = 0; i < sley_sharded_count(c->stores) && answer == NULL; i++)
    answer = carry_out_in(c, i, operation);
  return answer;
}

static const char *get(client *c, bool with_cas)
{
  sley_slice word = sley_slice_word(&c->rest, " ");
  if (word.size == 0) return "ERROR";
  for (; c->error == NULL && word.size > 0; word = sley_slice_word(&c->rest, " ")) {
    if (!take_key(c, word)) return bad;
    const char *answer = carry_out(c, KV_GET);
    if (answer != NULL) return answer;
    kv_item *i = c->q->item;
    if (i == NULL) continue;
    char cas[24] = "";
    if (with_cas) snprintf(cas, sizeof(cas), " %" PRIu64, i->cas);
    wait_for(c, sley_output_printf(c->out, "VALUE %.*s %" PRIu32 " %" PRIu32 "%s\r\n",
                                   (int)i->key_size, i->bytes, i->flags, i->size, cas));
    wait_for(c, sley_output_write(c->out, kv_item_data(i), i->size));
    wait_for(c, sley_output_write(c->out, "\r\n", 2));
    kv_item_drop(&c->q->item);
  }
  return "END";
}

/* The data goes into an item, or, if it is too large, away, with the item that it was to replace, which is outdated. */
static const char *store(client *c, kv_operation operation)
{
  kv_request *q = c->q;
  uint64_t flags, size;
  if (!take_key(c, c->words[0]) || sley_slice_uint(c->words[1], UINT32_MAX, &flags) != 0 ||
      !take_time(c, c->words[2]) || sley_slice_uint(c->words[3], INT32_MAX, &size) != 0 ||
      (operation == KV_CAS && sley_slice_uint(c->words[4], UINT64_MAX, &q->cas) != 0))
    return bad;
  q->item = size > KV_ITEM_BYTES ? NULL : kv_item_new(q->key, q->key_size, (uint32_t)size);
  if (q->item == NULL) {
    wait_for(c, sley_input_skip(c->in, size + 2));
    if (operation == KV_SET && c->error == NULL) carry_out(c, KV_DELETE);
    return size > KV_ITEM_BYTES ? "SERVER_ERROR object too large for cache" : kv_no_memory;
  }
  char end[2] = "";
  q->item->flags = (uint32_t)flags;
  q->item->expires = q->expires;
  wait_for(c, sley_input_read_exactly(c->in, kv_item_data(q->item), q->item->size));
  if (c->error == NULL) wait_for(c, sley_input_read_exactly(c->in, end, 2));
  if (memcmp(end, "\r\n", 2) == 0) return carry_out(c, operation);
  c->silent = false;
  c->closing = true; /* the start of the next command is unknown */
  return "CLIENT_ERROR bad data chunk";
}

static const char *change(client *c, kv_operation operation)
{
  bool is_delete = operation == KV_DELETE, is_touch = operation == KV_TOUCH;
  if (!take_key(c, c->words[0]) || (is_touch && !take_time(c, c->words[1]))) return bad;
  if (is_delete && c->n > 1 && (c->n > 2 || !sley_slice_is(c->words[1], "0")))
    return bad; /* sent by old clients */
  if (!is_delete && !is_touch && sley_slice_uint(c->words[1], UINT64_MAX, &c->q->number) != 0)
    return c->silent = false, "CLIENT_ERROR invalid numeric delta argument";
  const char *answer = carry_out(c, operation);
  if (answer == NULL) snprintf(c->number, sizeof(c->number), "%" PRIu64, c->q->number);
  return answer != NULL ? answer : c->number;
}

static const char *flush(client *c, kv_operation operation)
{
  c->q->expires = 0;
  if (c->n > 1 || (c->n == 1 && !take_time(c, c->words[0]))) return bad;
  const char *answer = carry_out_in_all(c, operation);
  return answer != NULL ? answer : "OK";
}

static const char *stats(client *c)
{
  sley_server_counters s = {.size = sizeof(s)};
  memset(c->q->counters, 0, sizeof(c->q->counters));
  const char *answer = carry_out_in_all(c, KV_COUNT);
  if (answer != NULL) return answer;
  const uint64_t *n = c->q->counters;
  sley_server_counters_sum(c->server, &s);
  wait_for(c, sley_output_printf(
                  c->out,
                  "STAT pid %ld\r\nSTAT uptime %" PRIu64 "\r\nSTAT threads %zu\r\n"
                  "STAT curr_connections %" PRIu64 "\r\nSTAT total_connections %" PRIu64
                  "\r\nSTAT get_misses %" PRIu64 "\r\n",
                  (long)getpid(), kv_store_age(sley_sharded_local(c->stores)),
                  sley_sharded_count(c->stores), s.open, s.accepted, n[KV_GETS] - n[KV_HITS]));
  for (int i = 0; i < KV_COUNTERS; i++)
    wait_for(c, sley_output_printf(c->out, "STAT %s %" PRIu64 "\r\n", kv_counter_names[i], n[i]));
  return "END";
}

static const char *obey(client *c)
{
  static const struct {
    const char *name;
    size_t words; /* at least, after the name */
    kv_operation operation;
    const char *(*carry_out)(client *c, kv_operation operation);
  } commands[] = {{"set", 4, KV_SET, store},         {"add", 4, KV_ADD, store},
                  {"replace", 4, KV_REPLACE, store}, {"append", 4, KV_APPEND, store},
                  {"prepend", 4, KV_PREPEND, store}, {"cas", 5, KV_CAS, store},
                  {"delete", 1, KV_DELETE, change},  {"incr", 2, KV_INCR, change},
                  {"decr", 2, KV_DECR, change},      {"touch", 2, KV_TOUCH, change},
                  {"flush_all", 0, KV_FLUSH, flush}};
  sley_slice name = sley_slice_word(&c->rest, " ");
  if (sley_slice_is(name, "get") || sley_slice_is(name, "gets")) return get(c, name.size == 4);
  for (c->n = 0; c->n < WORDS; c->n++)
    if ((c->words[c->n] = sley_slice_word(&c->rest, " ")).size == 0) break;
  bool has_noreply = c->n > 0 && sley_slice_is(c->words[c->n - 1], "noreply");
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    if (!sley_slice_is(name, commands[i].name) || c->n < commands[i].words) continue;
    c->silent = has_noreply && c->n > commands[i].words;
    c->n -= c->silent;
    return commands[i].carry_out(c, commands[i].operation);
  }
  if (sley_slice_is(name, "stats") && c->n == 0) return stats(c);
  /* The protocol's version: clients read three numbers, and refuse 0. */
  if (sley_slice_is(name, "version") && c->n == 0) return "VERSION 1.4.0";
  bool is_verbosity = sley_slice_is(name, "verbosity") && c->n > 0 && c->n < 3;
  c->silent = is_verbosity && has_noreply;
  c->closing = sley_slice_is(name, "quit") && c->n == 0;
  return is_verbosity ? "OK" : c->closing ? NULL : "ERROR";
}

static void next_command(client *c)
{
  const char *line, *answer = "CLIENT_ERROR line too long";
  size_t size = 0;
  c->silent = false;
  c->error = sley_await_line(c->in, &line, &size);
  c->closing = line == NULL;
  if (line == NULL && !sley_error_is(c->error, &sley_kind_sley, SLEY_EINVAL)) return;
  sley_error_drop(c->error); /* if the line is too long */
  c->error = NULL;
  c->rest = (sley_slice){line, size};
  if (line != NULL) answer = memchr(line, '\0', size) != NULL ? bad : obey(c);
  if (answer != NULL && (!c->silent || answer == bad) && c->error == NULL)
    wait_for(c, sley_output_printf(c->out, "%s\r\n", answer));
  if (c->q != NULL) kv_item_drop(&c->q->item); /* it was not stored */
}

/* In a fiber, whenever there is input. */
static sley_promise *serve(sley_connection *connection)
{
  client c = {.in = sley_connection_input(connection),
              .out = sley_connection_output(connection),
              .server = sley_connection_server(connection),
              .stores = sley_sharded_in(sley_connection_context(connection)),
              .q = calloc(1, sizeof(*c.q))};
  if (c.q == NULL) return sley_fail(sley_error_nomem());
  do next_command(&c);
  while (c.error == NULL && !c.closing && sley_input_buffered(c.in) > 0);
  kv_request_free(c.q);
  return c.error != NULL ? sley_fail(c.error) : sley_return(sley_bool(c.closing));
}

typedef struct program {
  sley_server_options options;
  size_t memory; /* bytes for all stores */
} program;

static sley_promise *listens(void *ctx, sley_server *server)
{
  const program *p = ctx;
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  printf("listening on port %u, %zu domains\n", sley_server_port(server), p->options.count);
  fflush(stdout);
  return signals;
}

static sley_promise *serve_from(void *ctx, sley_value *stores)
{
  program *p = ctx;
  p->options.context = sley_sharded_to_value(sley_sharded_take(stores));
  return sley_with_server(&p->options, 1, listens, p);
}

/* The stores end with their domains. */
static sley_promise *run_in(void *ctx, sley_team *team)
{
  program *p = ctx;
  p->options.domains = sley_team_domains(team);
  p->options.count = sley_team_count(team);
  sley_value limit = sley_int((int64_t)(p->memory / p->options.count));
  return sley_bind(sley_sharded_new(p->options.domains, p->options.count, store_make, limit),
                   serve_from, p);
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_team_options team = {.size = sizeof(team), .name = "kv"};
  sley_listen_options at = {.size = sizeof(at), .port = 11211};
  size_t megabytes = 64;
  const sley_channel_options channels = {
      .size = sizeof(channels), .most = LINE_BYTES, .whole_lines = true};
  program p = {.options = {.size = sizeof(p.options),
                           .listen = (const sley_listen_options *const[]){&at},
                           .listens = 1,
                           .burst = serve,
                           .in_fiber = true,
                           .channels = &channels,
                           .most = 1024, /* half a command holds up to KV_ITEM_BYTES */
                           .idle = 600,
                           .least = LEAST_BYTES}}; /* in as long, in the middle of a command */
  options_read(
      argc, argv, "kv",
      (option[]){
          {"--port", "N", .count = &at.port, .most = 65535},
          {"--domains", "N", .number = &team.count, .most = 256},
          {"--memory", "MEGABYTES", .number = &megabytes, .least = 1, .most = SIZE_MAX >> 21},
          {"--connections", "N", .number = &p.options.most, .least = 1, .most = 1 << 20},
          {"--idle", "SECONDS", .seconds = &p.options.idle},
          {"--engine", "NAME", .text = &runtime.engine},
          {0}});
  p.memory = megabytes << 20;
  p.options.least_over = p.options.idle;
  sley_error *e = sley_configure(&runtime);
  return sley_main(e != NULL ? sley_fail(e) : sley_with_team(&team, 1, run_in, &p), "kv");
}
