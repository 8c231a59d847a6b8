/* kv [--port N] [--domains N] [--memory MEGABYTES] [--idle SECONDS] [--engine NAME]: a cache server for memcached
 * clients (its text protocol), with the keys distributed among domains. Each has the connections assigned to it and a
 * store for its keys (kv_store.c); a command for another domain's key goes there as a call and comes back.
 *
 * Shows: a burst of commands in a fiber, which waits for the rest of a command, for another domain and for a client that does not
 * read its answers, and ends where it would wait for the next command; a sharded object as the server's context. */
#include <errno.h>
#include <inttypes.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kv_store.h"

enum { MOST_DOMAINS = 256, LINE_BYTES = 1 << 18, WORDS = 6 };

static sley_time started; /* written, like the next one, before any domain runs */
static size_t limit_each;

/* ---- the stores ---- */

static const sley_type store_type = {
    .size = sizeof(sley_type), .name = "store", .drop = kv_store_free};

static sley_promise *store_make(sley_value *arg, size_t index)
{
  (void)arg, (void)index;
  kv_store *s = kv_store_new(limit_each);
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

static bool next_word(client *c, sley_slice *word)
{
  const char *at = c->rest.at, *end = at + c->rest.size;
  while (at < end && *at == ' ') at++;
  word->at = at;
  while (at < end && *at != ' ') at++;
  word->size = (size_t)(at - (const char *)word->at);
  c->rest = (sley_slice){at, (size_t)(end - at)};
  return word->size > 0;
}

static bool is(sley_slice word, const char *text)
{
  return word.size == strlen(text) && memcmp(word.at, text, word.size) == 0;
}

static bool take_key(client *c, sley_slice word)
{
  if (word.size > KV_KEY_BYTES) return false;
  memcpy(c->q->key, word.at, word.size);
  c->q->key_size = (uint32_t)word.size;
  return true;
}

static bool take_number(sley_slice word, uint64_t *number)
{
  char text[24] = "", *end;
  if (word.size >= sizeof(text)) return false;
  memcpy(text, word.at, word.size);
  errno = 0;
  *number = strtoull(text, &end, 10);
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* memcached's: up to 30 days from now, else since 1970; negative: at once. 0 stays 0. */
static bool take_time(client *c, sley_slice word)
{
  enum { MONTH = 60 * 60 * 24 * 30 };
  bool is_past = word.size > 1 && *(const char *)word.at == '-';
  uint64_t seconds;
  if (is_past) word = (sley_slice){(const char *)word.at + 1, word.size - 1};
  if (!take_number(word, &seconds) || seconds > INT64_MAX) return false;
  if (seconds > 0 && seconds <= MONTH) seconds += (uint64_t)time(NULL);
  c->q->expires = is_past ? 1 : (int64_t)seconds;
  return true;
}

/* The last word, if it is behind so many. */
static void take_noreply(client *c, size_t behind)
{
  c->silent = c->n > behind && is(c->words[c->n - 1], "noreply");
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
  sley_slice word;
  if (!next_word(c, &word)) return "ERROR";
  do {
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
    kv_item_drop(i);
    c->q->item = NULL;
  } while (c->error == NULL && next_word(c, &word));
  return "END";
}

/* The data goes into an item, or, if it is too large, away, with the item that it was to replace, which is outdated. */
static const char *store(client *c, kv_operation operation)
{
  kv_request *q = c->q;
  uint64_t flags, size;
  if (!take_key(c, c->words[0]) || !take_number(c->words[1], &flags) || flags > UINT32_MAX ||
      !take_time(c, c->words[2]) || !take_number(c->words[3], &size) || size > INT32_MAX ||
      (operation == KV_CAS && !take_number(c->words[4], &q->cas)))
    return bad;
  take_noreply(c, operation == KV_CAS ? 5 : 4);
  q->item = size > KV_ITEM_BYTES ? NULL : kv_item_new(q->key, q->key_size, (uint32_t)size);
  if (q->item == NULL) {
    wait_for(c, sley_input_skip(c->in, size + 2));
    if (operation == KV_SET && c->error == NULL) carry_out(c, KV_DELETE);
    return size > KV_ITEM_BYTES ? "SERVER_ERROR object too large for cache" : kv_no_memory;
  }
  char end[2] = "";
  q->item->flags = (uint32_t)flags;
  q->item->expires = q->expires;
  wait_for(c, sley_input_read_exactly(c->in, kv_item_data(q->item), size));
  if (c->error == NULL) wait_for(c, sley_input_read_exactly(c->in, end, 2));
  if (memcmp(end, "\r\n", 2) == 0) return carry_out(c, operation);
  c->silent = false;
  c->closing = true; /* the start of the next command is unknown */
  return "CLIENT_ERROR bad data chunk";
}

static const char *change(client *c, kv_operation operation)
{
  bool is_delete = operation == KV_DELETE, is_touch = operation == KV_TOUCH;
  size_t last = is_delete && !(c->n > 1 && is(c->words[1], "0")) ? 1 : 2; /* sent by old clients */
  if (!take_key(c, c->words[0]) || (is_touch && !take_time(c, c->words[1]))) return bad;
  if (!is_delete && !is_touch && !take_number(c->words[1], &c->q->number))
    return "CLIENT_ERROR invalid numeric delta argument";
  take_noreply(c, last);
  if (is_delete && c->n != last + c->silent) return c->silent = false, bad;
  const char *answer = carry_out(c, operation);
  if (answer == NULL) snprintf(c->number, sizeof(c->number), "%" PRIu64, c->q->number);
  return answer != NULL ? answer : c->number;
}

/* flush_all [seconds] [noreply] */
static const char *flush_all(client *c)
{
  bool is_silent = c->n > 0 && is(c->words[c->n - 1], "noreply");
  c->q->expires = 0;
  if (c->n - is_silent > 1 || (c->n - is_silent == 1 && !take_time(c, c->words[0]))) return bad;
  c->silent = is_silent;
  const char *answer = carry_out_in_all(c, KV_FLUSH);
  return answer != NULL ? answer : "OK";
}

static const char *stats(client *c)
{
  size_t count = sley_sharded_count(c->stores);
  memset(c->q->counters, 0, sizeof(c->q->counters));
  const char *answer = carry_out_in_all(c, KV_COUNT);
  if (answer != NULL) return answer;
  const uint64_t *n = c->q->counters;
  wait_for(c, sley_output_printf(c->out,
                                 "STAT pid %ld\r\nSTAT uptime %lld\r\nSTAT threads %zu\r\n"
                                 "STAT limit_maxbytes %zu\r\nSTAT get_misses %" PRIu64 "\r\n",
                                 (long)getpid(), (long long)((sley_now() - started) / SLEY_SECOND),
                                 count, limit_each * count, n[KV_GETS] - n[KV_HITS]));
  for (int i = 0; i < KV_COUNTERS; i++)
    wait_for(c, sley_output_printf(c->out, "STAT %s %" PRIu64 "\r\n", kv_counter_names[i], n[i]));
  return "END";
}

static const char *obey(client *c)
{
  static const struct {
    const char *name;
    size_t words; /* minimum number after the name */
    kv_operation operation;
    const char *(*carry_out)(client *c, kv_operation operation);
  } commands[] = {{"set", 4, KV_SET, store},         {"add", 4, KV_ADD, store},
                  {"replace", 4, KV_REPLACE, store}, {"append", 4, KV_APPEND, store},
                  {"prepend", 4, KV_PREPEND, store}, {"cas", 5, KV_CAS, store},
                  {"delete", 1, KV_DELETE, change},  {"incr", 2, KV_INCR, change},
                  {"decr", 2, KV_DECR, change},      {"touch", 2, KV_TOUCH, change}};
  sley_slice name;
  next_word(c, &name);
  if (is(name, "get") || is(name, "gets")) return get(c, name.size == 4);
  for (c->n = 0; c->n < WORDS && next_word(c, &c->words[c->n]);) c->n++;
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    if (is(name, commands[i].name) && c->n >= commands[i].words)
      return commands[i].carry_out(c, commands[i].operation);
  if (is(name, "flush_all")) return flush_all(c);
  if (is(name, "stats") && c->n == 0) return stats(c);
  /* The protocol's version: clients read three numbers, and refuse 0. */
  if (is(name, "version") && c->n == 0) return "VERSION 1.4.0";
  take_noreply(c, 0);
  if (is(name, "verbosity") && c->n > 0 && c->n < 3) return "OK";
  c->silent = false;
  c->closing = is(name, "quit") && c->n == 0;
  return c->closing ? NULL : "ERROR";
}

static void next_command(client *c)
{
  const char *line, *answer = "CLIENT_ERROR line too long";
  size_t size;
  c->silent = false;
  c->error = sley_await_line(c->in, &line, &size);
  c->closing = line == NULL;
  if (line != NULL) {
    c->rest = (sley_slice){line, size};
    answer = memchr(line, '\0', size) != NULL ? bad : obey(c);
  } else if (sley_error_is(c->error, &sley_kind_sley, SLEY_EINVAL)) {
    sley_error_drop(c->error);
    c->error = NULL;
  } else {
    return;
  }
  if (answer != NULL && !c->silent && c->error == NULL)
    wait_for(c, sley_output_printf(c->out, "%s\r\n", answer));
  if (c->q != NULL) kv_item_drop(c->q->item); /* it was not stored */
  if (c->q != NULL) c->q->item = NULL;
}

/* In a fiber, whenever there is input. */
static sley_promise *serve(sley_connection *connection)
{
  client c = {.in = sley_connection_input(connection),
              .out = sley_connection_output(connection),
              .stores = sley_sharded_in(sley_connection_context(connection)),
              .q = calloc(1, sizeof(*c.q))};
  if (c.q == NULL) return sley_fail(sley_error_nomem());
  do next_command(&c);
  while (c.error == NULL && !c.closing && sley_input_buffered(c.in) > 0);
  kv_request_free(c.q);
  return c.error != NULL ? sley_fail(c.error) : sley_return(sley_bool(c.closing));
}

/* ---- the main domain ---- */

static sley_error *run_server(sley_team *team, sley_server_options *o)
{
  sley_value running;
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  o->domains = sley_team_domains(team);
  o->count = sley_team_count(team);
  sley_error *e =
      sley_run(sley_sharded_new(o->domains, o->count, store_make, sley_unit()), &o->context);
  if (e != NULL) return sley_drop(signals), e;
  sley_sharded *stores = sley_sharded_keep(sley_sharded_in(&o->context));
  e = sley_run(sley_server_start(o), &running);
  if (e == NULL) {
    sley_server *s = sley_server_in(&running);
    printf("listening on port %u, %zu domains\n", sley_server_port(s), o->count);
    fflush(stdout);
    e = sley_run(sley_keep(signals), NULL);
    if (e == NULL) e = sley_run(sley_server_stop(s, 1), NULL);
    for (size_t i = 0; i < o->count; i++) {
      sley_server_counters c = {.size = sizeof(c)};
      sley_server_counters_get(s, i, &c);
      printf("domain %zu: %" PRIu64 " connections\n", i, c.accepted);
    }
    sley_value_drop(&running);
  }
  sley_drop(signals);
  sley_error *stopped = sley_run(sley_sharded_stop(stores), NULL);
  sley_sharded_drop(stores);
  return e != NULL ? sley_error_drop(stopped), e : stopped;
}

static int usage(void)
{
  fprintf(
      stderr,
      "usage: kv [--port N] [--domains N] [--memory MEGABYTES] [--idle SECONDS] [--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_team_options members = {.size = sizeof(members), .name = "kv"};
  sley_listen_options at = {.size = sizeof(at), .port = 11211};
  const sley_channel_options channels = {
      .size = sizeof(channels), .most = LINE_BYTES, .whole_lines = true};
  sley_server_options options = {.size = sizeof(options),
                                 .listen = (const sley_listen_options *const[]){&at},
                                 .listens = 1,
                                 .burst = serve,
                                 .in_fiber = true,
                                 .channels = &channels,
                                 .idle = 600};
  sley_team *team = NULL;
  size_t memory = 64;
  for (int i = 1; i < argc; i += 2) {
    char *end = NULL;
    unsigned long number = i + 1 < argc ? strtoul(argv[i + 1], &end, 10) : 0;
    bool is_number = end != NULL && *end == '\0';
    if (i + 1 < argc && strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else if (!is_number) return usage();
    else if (strcmp(argv[i], "--port") == 0 && number < 65536) at.port = (unsigned)number;
    else if (strcmp(argv[i], "--domains") == 0 && number <= MOST_DOMAINS) members.count = number;
    else if (strcmp(argv[i], "--memory") == 0 && number > 0 && number < 1 << 20) memory = number;
    else if (strcmp(argv[i], "--idle") == 0 && number > 0) options.idle = (double)number;
    else return usage();
  }
  sley_error *e = sley_configure(&runtime);
  started = sley_now();
  if (members.count == 0) members.count = sley_domain_default_count();
  limit_each = (memory << 20) / members.count;
  if (e == NULL) e = sley_team_new(&members, &team);
  if (e == NULL) e = run_server(team, &options);
  bool good = e == NULL;
  if (!good) fprintf(stderr, "kv: %s\n", sley_error_message(e));
  sley_error_drop(e);
  e = team != NULL ? sley_run(sley_team_shutdown(team, 1), NULL) : NULL;
  good &= e == NULL;
  sley_error_drop(e);
  sley_team_drop(team);
  return sley_finish() == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
