/* epoll --port N [--echo]: answers like examples/hello.c, or sends back what comes, hand-written over epoll, on one thread:
 * the reference for CPU time per request. The same parser, buffers and answers; no timeouts, no shutdown. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"

enum { INPUT_BYTES = 16384, OUTPUT_BYTES = 16384, EVENTS = 64 };

typedef struct connection {
  int fd;
  http http;
  size_t output_used, output_sent;
  char input[INPUT_BYTES], output[OUTPUT_BYTES];
} connection;

static int epoll;
static bool echoes;

static bool http_send(http *h, const char *text, size_t size)
{
  connection *c = h->parser.data;
  if (c->output_used + size > sizeof(c->output)) return false;
  memcpy(c->output + c->output_used, text, size);
  c->output_used += size;
  return true;
}

static void watch(connection *c, uint32_t events, int operation)
{
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &e) != 0) abort();
}

static void end(connection *c)
{
  close(c->fd);
  free(c);
}

/* False: the connection has ended. */
static bool send_output(connection *c)
{
  while (c->output_sent < c->output_used) {
    ssize_t sent =
        send(c->fd, c->output + c->output_sent, c->output_used - c->output_sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      watch(c, EPOLLOUT, EPOLL_CTL_MOD);
      return true;
    }
    if (sent < 0) {
      end(c);
      return false;
    }
    c->output_sent += (size_t)sent;
  }
  c->output_used = c->output_sent = 0;
  if (c->http.keep) return true;
  end(c);
  return false;
}

static void readable(connection *c)
{
  char *room = echoes ? c->output : c->input;
  ssize_t size = recv(c->fd, room, INPUT_BYTES, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size > 0 && echoes) {
    c->output_used = (size_t)size;
    send_output(c);
    return;
  }
  if (size <= 0 || !http_read(&c->http, c->input, (size_t)size)) {
    end(c);
    return;
  }
  if (c->output_used > 0) send_output(c);
}

static void accept_all(int listener)
{
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    connection *c = malloc(sizeof(*c));
    if (c == NULL) abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    memset(c, 0, offsetof(connection, input));
    c->fd = fd;
    http_begin(&c->http, c);
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static int listen_on(unsigned port)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0) {
    perror("epoll");
    exit(EXIT_FAILURE);
  }
  return fd;
}

int main(int argc, char **argv)
{
  echoes = argc == 4 && strcmp(argv[3], "--echo") == 0;
  if ((argc != 3 && !echoes) || strcmp(argv[1], "--port") != 0) {
    fprintf(stderr, "usage: bench-epoll --port N [--echo]\n");
    return 2;
  }
  int listener = listen_on((unsigned)strtoul(argv[2], NULL, 10));
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[EVENTS], accepts = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepts) != 0) abort();
  printf("listening on port %s\n", argv[2]);
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      connection *c = events[i].data.ptr;
      if (c == NULL) {
        accept_all(listener);
      } else if (events[i].events & EPOLLOUT) {
        if (send_output(c) && c->output_used == 0) watch(c, EPOLLIN, EPOLL_CTL_MOD);
      } else {
        readable(c);
      }
    }
  }
}
