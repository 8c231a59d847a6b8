/* chat [--port N] [--idle SECONDS] [--engine NAME]: a chat server in direct style that sends each line to all other
 * clients. Each client has a fiber that reads its lines; what is sent to it waits in its connection's output, and a
 * client that does not read is disconnected when that is full, so it does not delay the others.
 *
 * Shows: a server with a fiber for each connection, its idle limit and its stop; cleanup in one place (the only exit of
 * serve is reached on every path); and walking a list whose members can leave: to abort a connection runs its fiber
 * before it returns, which can leave and say so, so the walk begins again. */
#include <sley.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

enum { LINE_BYTES = 512, NAME_BYTES = 32 };

/* On the stack of its fiber. */
typedef struct client {
  struct client *next, **first; /* first: of all */
  sley_output *out;
  bool said; /* has given its name, and has not left */
  bool full; /* does not read */
  char name[NAME_BYTES];
} client;

static void say(const client *from, const char *format, const char *name, const char *text)
{
  char line[LINE_BYTES + NAME_BYTES + 32];
  int size = snprintf(line, sizeof(line), format, name, text);
  for (client *c = *from->first; size > 0 && c != NULL; c = c->next)
    if (c != from && c->said) c->full |= sley_output_try_write(c->out, line, (size_t)size) != 0;
  for (client *c = *from->first; c != NULL;) {
    if (c->full) {
      c->full = c->said = false;
      sley_output_error(c->out); /* if its peer has gone, nobody needs to be told */
      sley_output_abort(c->out);
      c = *from->first;
    } else {
      c = c->next;
    }
  }
}

/* The next line, cut to size - 1 bytes; false at the end of the stream, and if *e is an error. A client may be silent for
 * long before a line, but not in it. */
static bool read_line(sley_connection *peer, char *line, size_t size, sley_error **e)
{
  const char *data;
  size_t length;
  sley_connection_idle(peer);
  *e = sley_await_line(sley_connection_input(peer), &data, &length);
  if (*e != NULL || data == NULL) return false;
  if (length > size - 1) length = size - 1;
  memcpy(line, data, length);
  while (length > 0 && line[length - 1] == '\r') length--;
  line[length] = '\0';
  for (char *at = line; at < line + length; at++) /* other clients' terminals would execute them */
    if ((unsigned char)*at < ' ' || *at == 127) *at = '?';
  return true;
}

static sley_error *talk(client *c, sley_connection *peer)
{
  char line[LINE_BYTES];
  sley_error *e = sley_await(sley_output_line(c->out, "your name?"), NULL);
  if (e != NULL || !read_line(peer, c->name, sizeof(c->name), &e)) return e;
  c->said = true;
  say(c, "* %s is here%s\n", c->name, "");
  while (read_line(peer, line, sizeof(line), &e)) say(c, "%s: %s\n", c->name, line);
  return e;
}

static sley_promise *serve(sley_connection *peer)
{
  client **first = sley_value_borrowed(sley_connection_context(peer)), **place = first;
  client c = {.next = *first, .first = first, .out = sley_connection_output(peer)};
  *first = &c;
  sley_error *e = talk(&c, peer);

  /* The only exit: the client left, was idle too long or did not read, or the server ends. */
  bool is_asleep = e != NULL && sley_error_is_canceled(e) && !sley_connection_is_ending(peer);
  sley_error_drop(e);
  while (*place != &c) place = &(*place)->next;
  *place = c.next;
  if (c.name[0] != '\0') say(&c, "* %s has left%s\n", c.name, is_asleep ? ", asleep" : "");
  return sley_return(sley_unit());
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  sley_promise *signals = sley_stop_on_signals(); /* before it says that it listens */
  (void)ctx;
  printf("listening on port %u\n", sley_server_port(server));
  fflush(stdout);
  return signals;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options at = {.size = sizeof(at), .port = 8081};
  client *first = NULL;
  const sley_channel_options channels = {
      .size = sizeof(channels), .most = LINE_BYTES, .linger = -1};
  sley_server_options options = {.size = sizeof(options),
                                 .listen = (const sley_listen_options *const[]){&at},
                                 .listens = 1,
                                 .serve = serve,
                                 .in_fiber = true,
                                 .context = sley_borrow(&first),
                                 .idle = 300,
                                 .least = LINE_BYTES, /* of a line that has begun, in as long */
                                 .channels = &channels};
  options_read(argc, argv, "chat",
               (option[]){{"--port", "N", .count = &at.port, .most = 65535},
                          {"--idle", "SECONDS", .seconds = &options.idle},
                          {"--engine", "NAME", .text = &runtime.engine},
                          {0}});
  options.least_over = options.idle;
  sley_error *e = sley_configure(&runtime);
  if (e != NULL) return sley_main(sley_fail(e), "chat");
  return sley_main(sley_with_server(&options, 0, listens, NULL), "chat");
}
