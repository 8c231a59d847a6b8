/* chat [--port N] [--idle SECONDS]: a chat server in direct style that sends each line to all other clients. Each
 * client has a fiber that reads and one that writes what is in its outbox, so a client that does not read does not
 * delay the others: it is disconnected when its outbox is full.
 *
 * Shows: deadlines (sley_with_timeout), canceling (sley_cancel on a fiber's promise), cleanup in one place (a
 * function closes what it opened at its only exit, on every path), and walking a list whose members can leave:
 * fulfilling or canceling runs other code before it returns, so a client that leaves during a walk is freed only
 * after the walk. */
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 512, OUTBOX_BYTES = 65536, NAME_BYTES = 32 };

typedef struct client {
  struct client *next, **place; /* next stays readable after the client left, until it is freed */
  struct client *next_left;
  sley_io *io;
  sley_promise *fiber;   /* canceled to disconnect the client */
  sley_resolver *filled; /* fulfilled when something is in the outbox */
  size_t input_used, outbox_used;
  bool said; /* has given its name, and has not left */
  bool full; /* the outbox is full: the client does not read */
  char name[NAME_BYTES], input[LINE_BYTES], outbox[OUTBOX_BYTES];
} client;

typedef struct server {
  sley_listener *listener;
  client *first, *left; /* left: freed when no walk stands on them */
  unsigned walks;
  double idle;
} server;

/* ---- the list of clients ---- */

static void client_enter(server *s, client *c)
{
  c->next = s->first;
  c->place = &s->first;
  if (c->next != NULL) c->next->place = &c->next;
  s->first = c;
}

static void free_left(server *s)
{
  while (s->walks == 0 && s->left != NULL) {
    client *c = s->left;
    s->left = c->next_left;
    free(c);
  }
}

static void client_leave(server *s, client *c)
{
  *c->place = c->next;
  if (c->next != NULL) c->next->place = c->place;
  c->next_left = s->left;
  s->left = c;
  free_left(s);
}

/* Its fiber continues immediately with Canceled, and can have ended when this returns. */
static void disconnect(client *c)
{
  sley_promise *fiber = c->fiber;
  c->fiber = NULL;
  if (fiber == NULL) return;
  sley_cancel(fiber);
  sley_drop(fiber);
}

/* ---- writing ---- */

static void put(client *c, const char *text, size_t size)
{
  if (size > sizeof(c->outbox) - c->outbox_used) {
    c->full = true;
    return;
  }
  memcpy(c->outbox + c->outbox_used, text, size);
  c->outbox_used += size;
  sley_fulfill(&c->filled, sley_unit());
}

static void say(server *s, const client *from, const char *format, const char *name,
                const char *text)
{
  char line[LINE_BYTES + NAME_BYTES + 32];
  int size = snprintf(line, sizeof(line), format, name, text);
  s->walks++;
  for (client *c = s->first; size > 0 && c != NULL; c = c->next)
    if (c != from && c->said) put(c, line, (size_t)size);
  for (client *c = s->first; c != NULL; c = c->next)
    if (c->full) disconnect(c);
  s->walks--;
  free_left(s);
}

static sley_promise *write_outbox(void *ctx)
{
  client *c = ctx;
  char sending[OUTBOX_BYTES];
  for (;;) {
    sley_error *e = NULL;
    if (c->outbox_used == 0) e = sley_await(sley_cancelable(&c->filled), NULL);
    if (e != NULL) return sley_fail(e);
    size_t size = c->outbox_used;
    memcpy(sending, c->outbox, size);
    c->outbox_used = 0;
    e = sley_await(sley_with_timeout(sley_write(c->io, sending, size), 10), NULL);
    if (e != NULL) {
      disconnect(c);
      return sley_fail(e);
    }
  }
}

/* ---- reading ---- */

/* The next line without its end, cut to size - 1 bytes; *more is false at the end of the stream. */
static sley_error *read_line(const server *s, client *c, char *line, size_t size, bool *more)
{
  for (;;) {
    char *end = memchr(c->input, '\n', c->input_used);
    if (end != NULL || c->input_used == sizeof(c->input)) {
      size_t length = end != NULL ? (size_t)(end - c->input) : c->input_used;
      size_t used = end != NULL ? length + 1 : length;
      size_t kept = length < size - 1 ? length : size - 1;
      memcpy(line, c->input, kept);
      while (kept > 0 && line[kept - 1] == '\r') kept--;
      line[kept] = '\0';
      for (char *at = line; at < line + kept;
           at++) /* control characters, which other clients' terminals would execute */
        if ((unsigned char)*at < ' ' || *at == 127) *at = '?';
      c->input_used -= used;
      memmove(c->input, c->input + used, c->input_used);
      *more = true;
      return NULL;
    }
    int64_t got;
    sley_promise *reading =
        sley_read(c->io, c->input + c->input_used, sizeof(c->input) - c->input_used);
    sley_error *e = sley_await_int(sley_with_timeout(reading, s->idle), &got);
    *more = got > 0;
    if (e != NULL || got == 0) return e;
    c->input_used += (size_t)got;
  }
}

static sley_error *talk(server *s, client *c)
{
  char line[LINE_BYTES];
  bool more;
  static const char hello[] = "your name?\n";
  put(c, hello, sizeof(hello) - 1);
  sley_error *e = read_line(s, c, c->name, sizeof(c->name), &more);
  if (e != NULL || !more) return e;
  c->said = true;
  say(s, c, "* %s is here%s\n", c->name, "");
  for (;;) {
    e = read_line(s, c, line, sizeof(line), &more);
    if (e != NULL || !more) return e;
    say(s, c, "%s: %s\n", c->name, line);
  }
}

typedef struct arrival {
  server *server;
  client *client;
} arrival;

static sley_promise *serve_client(void *ctx)
{
  arrival a = *(const arrival *)ctx;
  client *c = a.client;
  sley_promise *writer = sley_spawn(write_outbox, c);
  sley_error *e = talk(a.server, c);

  /* The only exit: the client left, was idle too long or did not read, or the server ends. */
  bool idle = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT), said = c->said;
  c->said = false;
  sley_drop(c->fiber);
  c->fiber = NULL;
  if (said) say(a.server, c, "* %s has left%s\n", c->name, idle ? ", asleep" : "");
  sley_error_drop(e);
  sley_cancel(writer);
  sley_error_drop(sley_await(writer, NULL)); /* it uses c, which must not be freed before it ends */
  sley_io_drop(c->io);
  sley_resolver_drop(&c->filled);
  client_leave(a.server, c);
  return sley_return(sley_unit());
}

/* ---- the server ---- */

static void client_begin(server *s, sley_io *io)
{
  client *c = malloc(sizeof(*c));
  if (c == NULL) {
    sley_io_drop(io);
    return;
  }
  memset(c, 0, offsetof(client, input));
  c->io = io;
  client_enter(s, c);
  arrival a = {s, c};
  sley_promise *p = sley_spawn(serve_client, &a);
  if (sley_is_pending(p)) {
    c->fiber = p;
    return;
  }
  if (sley_promise_error(p) != NULL) { /* it never started: no memory for a fiber */
    sley_io_drop(io);
    client_leave(s, c);
  }
  sley_drop(p);
}

static sley_promise *serve(void *ctx)
{
  server *s = ctx;
  sley_error *e;
  for (;;) {
    void *io;
    e = sley_await_ptr(sley_accept(s->listener), &sley_type_io, &io);
    if (e != NULL) break;
    client_begin(s, io);
  }
  sley_listener_close(s->listener);
  while (s->first != NULL) {
    disconnect(s->first);
    sley_error_drop(sley_yield()); /* their fibers end, each through its exit */
  }
  return sley_fail(e);
}

static int usage(void)
{
  fprintf(stderr, "usage: chat [--port N] [--idle SECONDS]\n");
  return 2;
}

int main(int argc, char **argv)
{
  server s = {.idle = 300};
  sley_listen_options options = {.size = sizeof(options), .port = 8081};
  for (int i = 1; i < argc; i += 2) {
    char *end;
    if (i + 1 == argc) return usage();
    double number = strtod(argv[i + 1], &end);
    if (end == argv[i + 1] || *end != '\0') return usage();
    if (strcmp(argv[i], "--port") == 0 && number >= 0 && number < 65536)
      options.port = (unsigned)number;
    else if (strcmp(argv[i], "--idle") == 0 && number > 0) s.idle = number;
    else return usage();
  }
  sley_error *e = sley_listen(&options, &s.listener);
  if (e != NULL) {
    fprintf(stderr, "chat: %s\n", sley_error_message(e));
    sley_error_drop(e);
    return EXIT_FAILURE;
  }
  printf("listening on port %u\n", sley_listener_port(s.listener));
  fflush(stdout);
  sley_promise *signals =
      sley_pick(SLEY_PROMISES(sley_wait_signal(SIGINT), sley_wait_signal(SIGTERM)));
  sley_promise *serving = sley_spawn(serve, &s);
  e = sley_run(sley_pick(SLEY_PROMISES(sley_keep(serving), signals)),
               NULL); /* cancels the server */
  if (e == NULL) e = sley_run(serving, NULL);
  else sley_drop(serving);
  bool stopped = e != NULL && sley_error_is_canceled(e);
  if (e != NULL && !stopped) fprintf(stderr, "chat: %s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() == 0 && stopped ? EXIT_SUCCESS : EXIT_FAILURE;
}
