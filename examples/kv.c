/* kv --port N --domains N --memory MEGABYTES --idle SECONDS: a cache server for memcached clients (its text
 * protocol), with the keys distributed among domains. Each domain has the connections assigned to it and a store
 * for its keys; a command for another domain's key goes there as a call and comes back. Ends on SIGINT or SIGTERM.
 * The store is kv_store.c. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv_store.h"

enum { INPUT_BYTES = 16384, OUTPUT_LIMIT = 65536, MOST_DOMAINS = 256 };

static sley_time started; /* written, like the next ones, before any domain runs */
static size_t limit_each = (size_t)64 << 20;
static double idle = 600; /* seconds for a client to send a command, and to read its answers */

/* ---- the stores ---- */

static void store_drop(void *ptr) { kv_store_free(ptr); }

static const sley_type store_type = {
    .size = sizeof(sley_type), .name = "store", .drop = store_drop};

static sley_promise *store_make(sley_value *arg, size_t index)
{
  (void)arg;
  (void)index;
  kv_store *s = kv_store_new(limit_each);
  return s == NULL ? sley_fail(sley_error_nomem()) : sley_return(sley_own(s, &store_type));
}

static void request_drop(void *ptr)
{
  kv_request_clear(ptr);
  free(ptr);
}

/* malloc's memory, which any thread can free, so it crosses unchanged in both directions. */
static const sley_type request_type = {
    .size = sizeof(sley_type), .name = "request", .drop = request_drop, .send = sley_send_plain};

static sley_promise *apply_there(void *object, sley_value *arg)
{
  sley_value q;
  kv_store_apply(object, sley_value_ptr(arg, &request_type));
  int code = sley_take(arg, &q);
  return code == 0 ? sley_return(q) : sley_fail(sley_error_nomem());
}

/* arg: the time, in seconds since 1970; 0: now. */
static sley_promise *flush_there(void *object, sley_value *arg)
{
  kv_store_flush_at(object, arg->i);
  return sley_return(sley_unit());
}

static const sley_type counters_type = {
    .size = sizeof(sley_type), .name = "counters", .drop = free, .send = sley_send_plain};

static sley_promise *count_there(void *object, sley_value *arg)
{
  kv_counters *c = malloc(sizeof(*c));
  (void)arg;
  if (c == NULL) return sley_fail(sley_error_nomem());
  *c = kv_store_counters(object);
  return sley_return(sley_own(c, &counters_type));
}

static sley_error *counters_add(sley_value *left, sley_value *right)
{
  kv_counters *l = left->ptr, *r = right->ptr;
  l->items += r->items;
  l->bytes += r->bytes;
  l->total_items += r->total_items;
  l->gets += r->gets;
  l->hits += r->hits;
  l->sets += r->sets;
  l->evictions += r->evictions;
  return NULL;
}

/* ---- a connection ---- */

typedef struct connection {
  sley_io *io;
  sley_sharded *stores;
  kv_store *mine; /* this domain's */
  size_t here;
  kv_request *request; /* of the command being executed; NULL while it is elsewhere */
  bool silent, with_cas, closing;
  size_t from, size;  /* in input: start of the unread part, and end */
  uint32_t body_used; /* of the item that is being received */
  /* What comes next if not a command: keys to look up, an item's data, data to discard, the rest of a line to
   * discard. */
  enum { COMMAND, KEYS, DATA, UNWANTED_DATA, UNWANTED_LINE } next;
  unsigned keys; /* looked up by this get */
  size_t skip;
  char *output;
  size_t used, room;
  char input[INPUT_BYTES + 1];
} connection;

static void connection_drop(void *ctx)
{
  connection *c = ctx;
  if (c->request != NULL) request_drop(c->request);
  free(c->output);
  free(c);
}

static void put(connection *c, const char *data, size_t size)
{
  if (c->used + size > c->room) {
    size_t room = (c->used + size) * 2 + 1024;
    char *output = realloc(c->output, room);
    if (output == NULL) {
      c->closing = true; /* a truncated answer must be the last */
      return;
    }
    c->output = output;
    c->room = room;
  }
  memcpy(c->output + c->used, data, size);
  c->used += size;
}

static void put_text(connection *c, const char *text) { put(c, text, strlen(text)); }

static void say(connection *c, const char *line)
{
  if (c->silent) return;
  put_text(c, line);
  put(c, "\r\n", 2);
}

static void put_value(connection *c, const kv_request *q)
{
  char line[KV_KEY_BYTES + 80];
  int n = snprintf(line, sizeof(line), "VALUE %.*s %" PRIu32 " %zu", (int)q->key_size, q->key,
                   q->flags, q->size);
  if (c->with_cas) n += snprintf(line + n, sizeof(line) - (size_t)n, " %" PRIu64, q->cas);
  put(c, line, (size_t)n);
  put(c, "\r\n", 2);
  put(c, q->data, q->size);
  put(c, "\r\n", 2);
}

static void put_outcome(connection *c, const kv_request *q)
{
  static const char *const lines[] = {
      [KV_STORED] = "STORED",
      [KV_NOT_STORED] = "NOT_STORED",
      [KV_EXISTS] = "EXISTS",
      [KV_DELETED] = "DELETED",
      [KV_NOT_FOUND] = "NOT_FOUND",
      [KV_TOUCHED] = "TOUCHED",
      [KV_NOT_A_NUMBER] = "CLIENT_ERROR cannot increment or decrement non-numeric value",
      [KV_NO_MEMORY] = "SERVER_ERROR out of memory storing object"};
  char number[24];
  if (q->operation == KV_GET) {
    if (q->outcome == KV_FOUND) put_value(c, q);
  } else if (q->outcome == KV_FOUND) {
    snprintf(number, sizeof(number), "%" PRIu64, q->number);
    say(c, number);
  } else {
    say(c, lines[q->outcome]);
  }
}

/* ---- commands ---- */

static sley_promise *go_on(connection *c);

static sley_promise *came_back(void *ctx, sley_value *v)
{
  connection *c = ctx;
  sley_value q;
  if (sley_take(v, &q) != 0) return sley_fail(sley_error_nomem());
  c->request = q.ptr;
  put_outcome(c, c->request);
  return go_on(c);
}

static sley_promise *did_not_come_back(void *ctx, sley_error *e)
{
  connection *c = ctx;
  if (sley_error_is_canceled(e)) return sley_fail(sley_error_keep(e));
  c->request = calloc(1, sizeof(*c->request));
  if (c->request == NULL) return sley_fail(sley_error_nomem());
  say(c, "SERVER_ERROR the domain of this key does not answer");
  return go_on(c);
}

/* NULL: done, continue with the next command; else a promise for everything further. */
static sley_promise *carry_out(connection *c)
{
  kv_request *q = c->request;
  q->hash = kv_hash(q->key, q->key_size);
  size_t there = sley_sharded_route(c->stores, q->key, q->key_size);
  if (there == c->here) {
    kv_store_apply(c->mine, q);
    put_outcome(c, q);
    return NULL;
  }
  c->request = NULL;
  return sley_try_bind(sley_sharded_call(c->stores, there, apply_there, sley_own(q, &request_type)),
                       came_back, did_not_come_back, c);
}

static char *next_word(char **at)
{
  char *word = *at + strspn(*at, " ");
  if (*word == '\0') return NULL;
  char *end = word + strcspn(word, " ");
  *at = *end == '\0' ? end : end + 1;
  *end = '\0';
  return word;
}

static bool take_key(connection *c, const char *word)
{
  size_t size = word == NULL ? 0 : strlen(word);
  if (size == 0 || size > KV_KEY_BYTES) return false;
  memcpy(c->request->key, word, size);
  c->request->key_size = (uint32_t)size;
  return true;
}

static bool take_number(const char *word, uint64_t *number)
{
  char *end;
  if (word == NULL || *word < '0' || *word > '9') return false;
  errno = 0;
  *number = strtoull(word, &end, 10);
  return *end == '\0' && errno == 0;
}

static bool take_time(const char *word, int64_t *expires)
{
  char *end;
  if (word == NULL) return false;
  errno = 0;
  *expires = kv_expiry(strtoll(word, &end, 10));
  return end != word && *end == '\0' && errno == 0;
}

static void take_noreply(connection *c, char **at)
{
  const char *word = next_word(at);
  c->silent = word != NULL && strcmp(word, "noreply") == 0;
}

static sley_promise *bad(connection *c)
{
  say(c, "CLIENT_ERROR bad command line format");
  return NULL;
}

static unsigned words(const char *at)
{
  unsigned count = 0;
  for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
    count++;
    at += strcspn(at, " ");
  }
  return count;
}

/* Answers, skips the data, and removes the item that the set was to replace, since it is outdated. */
static sley_promise *refuse_store(connection *c, size_t size)
{
  say(c, size > KV_ITEM_BYTES ? "SERVER_ERROR object too large for cache"
                              : "SERVER_ERROR out of memory storing object");
  c->next = UNWANTED_DATA;
  c->skip = size + 2;
  if (c->request->operation != KV_SET) return NULL;
  c->request->operation = KV_DELETE;
  c->silent = true; /* it has been answered */
  return carry_out(c);
}

/* Makes the data the next input: into the item, or discarded if it is too large. */
static sley_promise *begin_store(connection *c, kv_operation operation, char *at)
{
  kv_request *q = c->request;
  uint64_t flags, size;
  int64_t expires;
  bool good = take_key(c, next_word(&at));
  good &= take_number(next_word(&at), &flags) && flags <= UINT32_MAX;
  good &= take_time(next_word(&at), &expires);
  good &=
      take_number(next_word(&at), &size) && size <= INT32_MAX; /* memcached's limit for lengths */
  if (good && operation == KV_CAS) good = take_number(next_word(&at), &q->cas);
  if (!good) return bad(c);
  take_noreply(c, &at);
  q->operation = operation;
  q->item = size > KV_ITEM_BYTES ? NULL : kv_item_new(q->key, q->key_size, (uint32_t)size);
  if (q->item == NULL) return refuse_store(c, (size_t)size);
  q->item->flags = (uint32_t)flags;
  q->item->expires = expires;
  c->next = DATA;
  c->body_used = 0;
  return NULL;
}

static sley_promise *begin_count(connection *c, kv_operation operation, char *at)
{
  if (!take_key(c, next_word(&at))) return bad(c);
  c->request->operation = operation;
  if (operation == KV_TOUCH) {
    if (!take_time(next_word(&at), &c->request->expires)) return bad(c);
  } else if (operation == KV_DELETE) {
    if (strncmp(at, "0", 2) == 0 || strncmp(at, "0 ", 2) == 0)
      next_word(&at); /* sent by old clients */
    if (*at != '\0' && strcmp(at, "noreply") != 0) return bad(c);
  } else if (!take_number(next_word(&at), &c->request->number)) {
    say(c, "CLIENT_ERROR invalid numeric delta argument");
    return NULL;
  }
  take_noreply(c, &at);
  return carry_out(c);
}

static sley_promise *flushed(void *ctx, sley_value *v)
{
  connection *c = ctx;
  (void)v;
  say(c, "OK");
  return go_on(c);
}

/* flush_all [seconds] [noreply] */
static sley_promise *begin_flush(connection *c, char *at)
{
  int64_t when = 0;
  char *word = next_word(&at);
  if (word != NULL && strcmp(word, "noreply") != 0) {
    if (!take_time(word, &when)) return bad(c);
    word = next_word(&at);
  }
  bool silent = word != NULL && strcmp(word, "noreply") == 0;
  if ((word != NULL && !silent) || next_word(&at) != NULL) return bad(c);
  c->silent = silent;
  return sley_bind(sley_sharded_call_all(c->stores, flush_there, sley_int(when)), flushed, c);
}

static sley_promise *put_stats(void *ctx, sley_value *v)
{
  connection *c = ctx;
  const kv_counters *n = v->ptr;
  char text[1024];
  snprintf(text, sizeof(text),
           "STAT pid %ld\r\nSTAT uptime %lld\r\nSTAT threads %zu\r\nSTAT curr_items %" PRIu64
           "\r\nSTAT total_items %" PRIu64 "\r\nSTAT bytes %" PRIu64 "\r\nSTAT cmd_get %" PRIu64
           "\r\nSTAT get_hits %" PRIu64 "\r\nSTAT get_misses %" PRIu64 "\r\nSTAT cmd_set %" PRIu64
           "\r\nSTAT evictions %" PRIu64 "\r\nSTAT limit_maxbytes %zu\r\nEND\r\n",
           (long)getpid(), (long long)((sley_now() - started) / SLEY_SECOND),
           sley_sharded_count(c->stores), n->items, n->total_items, n->bytes, n->gets, n->hits,
           n->gets - n->hits, n->sets, n->evictions, limit_each * sley_sharded_count(c->stores));
  put_text(c, text);
  return go_on(c);
}

static sley_promise *obey(connection *c, char *line)
{
  static const struct {
    const char *name;
    unsigned words; /* minimum number after the name */
    kv_operation operation;
    sley_promise *(*begin)(connection *c, kv_operation operation, char *at);
  } commands[] = {{"set", 4, KV_SET, begin_store},         {"add", 4, KV_ADD, begin_store},
                  {"replace", 4, KV_REPLACE, begin_store}, {"append", 4, KV_APPEND, begin_store},
                  {"prepend", 4, KV_PREPEND, begin_store}, {"cas", 5, KV_CAS, begin_store},
                  {"delete", 1, KV_DELETE, begin_count},   {"incr", 2, KV_INCR, begin_count},
                  {"decr", 2, KV_DECR, begin_count},       {"touch", 2, KV_TOUCH, begin_count}};
  char *at = line;
  const char *name = next_word(&at);
  if (name == NULL) name = "";
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    if (strcmp(name, commands[i].name) == 0 && words(at) >= commands[i].words)
      return commands[i].begin(c, commands[i].operation, at);
  if (strcmp(name, "quit") == 0 && words(at) == 0) {
    c->closing = true;
  } else if (strcmp(name, "version") == 0 && words(at) == 0) {
    say(c, "VERSION 1.4.0"); /* the protocol's: clients read three numbers, and refuse 0 */
  } else if (strcmp(name, "verbosity") == 0 && words(at) > 0 && words(at) < 3) {
    c->silent = strstr(at, "noreply") != NULL;
    say(c, "OK");
  } else if (strcmp(name, "stats") == 0 && words(at) == 0) {
    return sley_bind(sley_sharded_map_reduce(c->stores, count_there, sley_unit(), counters_add),
                     put_stats, c);
  } else if (strcmp(name, "flush_all") == 0) {
    return begin_flush(c, at);
  } else {
    say(c, "ERROR");
  }
  return NULL;
}

/* ---- input ---- */

static sley_promise *read_more(connection *c);

static size_t there(const connection *c) { return c->size - c->from; }

static void skip_data(connection *c)
{
  size_t n = c->skip < there(c) ? c->skip : there(c);
  c->from += n;
  c->skip -= n;
  if (c->skip == 0) c->next = COMMAND;
}

static void skip_line(connection *c)
{
  const char *end = memchr(c->input + c->from, '\n', there(c));
  c->from = end == NULL ? c->size : (size_t)(end - c->input) + 1;
  if (end != NULL) c->next = COMMAND;
}

/* Reads the data and the line end. */
static sley_promise *receive(connection *c, bool *more)
{
  kv_item *i = c->request->item;
  size_t want = i->size - c->body_used, n = want < there(c) ? want : there(c);
  memcpy(i->bytes + i->key_size + c->body_used, c->input + c->from, n);
  c->from += n;
  c->body_used += (uint32_t)n;
  *more = c->body_used < i->size || there(c) < 2;
  if (*more) return NULL;
  c->next = COMMAND;
  bool good = memcmp(c->input + c->from, "\r\n", 2) == 0;
  if (good) {
    c->from += 2;
    return carry_out(c);
  }
  free(i);
  c->request->item = NULL;
  c->silent = false;
  say(c, "CLIENT_ERROR bad data chunk");
  c->closing = true; /* the start of the next command is unknown */
  return NULL;
}

/* A line of keys can have any length: each key is looked up as soon as it is complete. *more: it is not yet. */
static sley_promise *next_key(connection *c, bool *more)
{
  while (there(c) > 0 && c->input[c->from] == ' ') c->from++;
  char *word = c->input + c->from;
  size_t size = 0;
  while (size < there(c) && word[size] != ' ' && word[size] != '\n') size++;
  *more = size == there(c) && size <= KV_KEY_BYTES + 1;
  if (*more) return NULL;
  bool last = size < there(c) && word[size] == '\n';
  if (last && size > 0 && word[size - 1] == '\r') size--;
  if (size == 0) { /* the line's end */
    c->next = UNWANTED_LINE;
    say(c, c->keys == 0 ? "ERROR" : "END");
    return NULL;
  }
  c->from += size;
  c->keys++;
  if (size > KV_KEY_BYTES || memchr(word, '\0', size) != NULL) {
    c->next = UNWANTED_LINE;
    return bad(c);
  }
  memcpy(c->request->key, word, size);
  c->request->key_size = (uint32_t)size;
  c->request->operation = KV_GET;
  return carry_out(c);
}

static bool begins_get(connection *c)
{
  const char *line = c->input + c->from;
  size_t name = there(c) > 3 && line[3] == 's' ? 4 : 3;
  if (there(c) <= name || memcmp(line, "get", 3) != 0) return false;
  if (line[name] != ' ' && line[name] != '\r' && line[name] != '\n') return false;
  c->with_cas = name == 4;
  c->from += name;
  c->keys = 0;
  c->next = KEYS;
  return true;
}

static sley_promise *next_command(connection *c, bool *more)
{
  c->silent = false;
  while (there(c) > 0 && c->input[c->from] == ' ') c->from++;
  if (begins_get(c)) return NULL;
  char *line = c->input + c->from, *end = memchr(line, '\n', there(c));
  *more = end == NULL;
  if (end == NULL) return NULL;
  c->from += (size_t)(end - line) + 1;
  if (end > line && end[-1] == '\r') end--;
  *end = '\0';
  return strlen(line) == (size_t)(end - line) ? obey(c, line)
                                              : bad(c); /* a line must not contain NUL */
}

static sley_promise *written(void *ctx, sley_value *v)
{
  connection *c = ctx;
  (void)v;
  c->used = 0;
  if (c->closing) return sley_return(sley_unit());
  return go_on(c);
}

static sley_promise *write_output(connection *c)
{
  return sley_bind(sley_with_timeout(sley_write(c->io, c->output, c->used), idle), written, c);
}

/* Executes the commands in the input until one waits for another domain; then writes, then reads. */
static sley_promise *go_on(connection *c)
{
  bool more = false;
  while (!more && !c->closing && c->used < OUTPUT_LIMIT) {
    if (c->request->item != NULL && c->next != DATA) { /* the item was not stored */
      free(c->request->item);
      c->request->item = NULL;
    }
    sley_promise *p = NULL;
    switch (c->next) {
      case COMMAND: p = next_command(c, &more); break;
      case KEYS: p = next_key(c, &more); break;
      case DATA: p = receive(c, &more); break;
      case UNWANTED_DATA: skip_data(c); break;
      case UNWANTED_LINE: skip_line(c); break;
    }
    if (p != NULL) return p;
    if (there(c) == 0) more = true;
  }
  if (c->used > 0) return write_output(c);
  return c->closing ? sley_return(sley_unit()) : read_more(c);
}

static sley_promise *on_input(void *ctx, sley_value *v)
{
  connection *c = ctx;
  if (v->i == 0) return sley_return(sley_unit());
  c->size += (size_t)v->i;
  return go_on(c);
}

static sley_promise *read_more(connection *c)
{
  memmove(c->input, c->input + c->from, there(c));
  c->size = there(c);
  c->from = 0;
  if (c->size == INPUT_BYTES) {
    c->closing = true;
    c->silent = false;
    say(c, "CLIENT_ERROR line too long");
    return write_output(c);
  }
  sley_promise *reading = sley_read(c->io, c->input + c->size, INPUT_BYTES - c->size);
  return sley_bind(sley_with_timeout(reading, idle), on_input, c);
}

static sley_promise *lost(void *ctx, sley_error *e)
{
  (void)ctx; /* a peer that resets or stalls is not reported */
  return sley_error_is_canceled(e) ? sley_fail(sley_error_keep(e)) : sley_return(sley_unit());
}

static sley_promise *serve(sley_value *client, const sley_value *context)
{
  connection *c = malloc(sizeof(*c));
  if (c == NULL) return sley_fail(sley_error_nomem());
  memset(c, 0, offsetof(connection, input));
  c->io = sley_io_in(client);
  c->stores = sley_sharded_in(context);
  c->mine = sley_sharded_local(c->stores);
  while (sley_sharded_domain(c->stores, c->here) != sley_domain_current()) c->here++;
  c->request = calloc(1, sizeof(*c->request));
  if (c->request == NULL || c->mine == NULL) {
    connection_drop(c);
    return sley_fail(sley_error_nomem());
  }
  return sley_attach(sley_catch(read_more(c), lost, NULL), c, connection_drop);
}

/* ---- the main domain ---- */

static sley_error *run_server(sley_team *team, unsigned port)
{
  sley_value stores, running;
  sley_error *e = sley_run(
      sley_sharded_new(sley_team_domains(team), sley_team_count(team), store_make, sley_unit()),
      &stores);
  if (e != NULL) return e;
  sley_sharded *sharded = sley_sharded_keep(sley_sharded_in(&stores));
  const sley_listen_options at = {.size = sizeof(at), .port = port};
  sley_server_options o = {.size = sizeof(o),
                           .listen = (const sley_listen_options *const[]){&at},
                           .listens = 1,
                           .domains = sley_team_domains(team),
                           .count = sley_team_count(team),
                           .bare = serve,
                           .context = stores};
  e = sley_run(sley_server_start(&o), &running);
  if (e == NULL) {
    sley_server *s = sley_server_in(&running);
    printf("listening on port %u, %zu domains\n", sley_server_port(s), sley_team_count(team));
    fflush(stdout);
    e = sley_run(sley_stop_on_signals(), NULL);
    if (e == NULL) e = sley_run(sley_server_stop(s, 0), NULL);
    for (size_t i = 0; i < sley_team_count(team); i++) {
      sley_server_counters c = {.size = sizeof(c)};
      sley_server_counters_get(s, i, &c);
      printf("domain %zu: %" PRIu64 " connections\n", i, c.accepted);
    }
    sley_value_drop(&running);
  }
  sley_error *stopped = sley_run(sley_sharded_stop(sharded), NULL);
  sley_sharded_drop(sharded);
  if (e == NULL) return stopped;
  sley_error_drop(stopped);
  return e;
}

static int usage(void)
{
  fprintf(stderr, "usage: kv [--port N] [--domains N] [--memory MEGABYTES] [--idle SECONDS]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_team_options o = {.size = sizeof(o), .name = "kv"};
  unsigned long port = 11211, memory = 64;
  for (int i = 1; i < argc; i += 2) {
    char *end = NULL;
    unsigned long number = i + 1 < argc ? strtoul(argv[i + 1], &end, 10) : 0;
    if (end == NULL || *end != '\0') return usage();
    if (strcmp(argv[i], "--port") == 0 && number < 65536) port = number;
    else if (strcmp(argv[i], "--domains") == 0 && number <= MOST_DOMAINS)
      o.count = (unsigned)number;
    else if (strcmp(argv[i], "--memory") == 0 && number > 0 && number < 1 << 20) memory = number;
    else if (strcmp(argv[i], "--idle") == 0 && number > 0) idle = (double)number;
    else return usage();
  }
  sley_team *team;
  started = sley_now();
  if (o.count == 0) o.count = sley_domain_default_count();
  limit_each = ((size_t)memory << 20) / o.count;
  sley_error *e = sley_team_new(&o, &team);
  if (e != NULL) {
    fprintf(stderr, "kv: domains cannot be started: %s\n", sley_error_message(e));
    sley_error_drop(e);
    return EXIT_FAILURE;
  }
  e = run_server(team, (unsigned)port);
  if (e != NULL) fprintf(stderr, "kv: %s\n", sley_error_message(e));
  bool good = e == NULL;
  sley_error_drop(e);
  e = sley_run(sley_team_shutdown(team, 1), NULL);
  good &= e == NULL;
  sley_error_drop(e);
  sley_team_drop(team);
  return sley_finish() == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
