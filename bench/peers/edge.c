/* edge --port N: bench/peers/epoll.c made as fast as it gets: each descriptor is registered once, edge-triggered and in both
 * directions; what a batch of events answered is sent after it; buffers are from a list, and a connection has one only
 * while it has something to send. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"

enum { BYTES = 16384, EVENTS = 256 };

typedef union buffer {
  union buffer *next; /* free */
  char bytes[BYTES];
} buffer;

typedef struct connection {
  int fd;
  bool is_dirty, is_broken;
  http http;
  size_t used, sent;
  buffer *output;
} connection;

static int epoll;
static char input[BYTES];
static buffer *free_buffers;
static connection *dirty[EVENTS];
static size_t dirty_count;

static buffer *buffer_take(void)
{
  buffer *b = free_buffers;
  if (b != NULL) free_buffers = b->next;
  else if ((b = malloc(sizeof(*b))) == NULL) abort();
  return b;
}

static void buffer_give(connection *c)
{
  if (c->output == NULL) return;
  c->output->next = free_buffers;
  free_buffers = c->output;
  c->output = NULL;
}

static bool http_send(http *h, const char *text, size_t size)
{
  connection *c = h->parser.data;
  if (c->output == NULL) c->output = buffer_take();
  if (c->used + size > BYTES) return false;
  memcpy(c->output->bytes + c->used, text, size);
  c->used += size;
  return true;
}

static void end(connection *c)
{
  close(c->fd);
  buffer_give(c);
  free(c);
}

/* After the batch: no other event of it can be for a connection that this ends. */
static void flush(connection *c)
{
  c->is_dirty = false;
  while (!c->is_broken && c->sent < c->used) {
    ssize_t sent = send(c->fd, c->output->bytes + c->sent, c->used - c->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return; /* an edge tells when there is room */
    if (sent < 0) c->is_broken = true;
    else c->sent += (size_t)sent;
  }
  c->used = c->sent = 0;
  buffer_give(c);
  if (!c->http.keep || c->is_broken) end(c);
}

static void later(connection *c)
{
  if (c->is_dirty) return;
  c->is_dirty = true;
  dirty[dirty_count++] = c;
}

/* Less than the room is all there was; the next byte is a new edge. */
static void readable(connection *c)
{
  ssize_t size;
  do {
    size = recv(c->fd, input, sizeof(input), 0);
    if (size < 0 && errno == EAGAIN) break;
    if (size <= 0 || !http_read(&c->http, input, (size_t)size)) {
      c->is_broken = true;
      break;
    }
  } while (size == (ssize_t)sizeof(input));
  if (c->used > 0 || c->is_broken) later(c);
}

static void accept_all(int listener)
{
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    connection *c = calloc(1, sizeof(*c));
    if (c == NULL) abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->fd = fd;
    http_begin(&c->http, c);
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) abort();
  }
}

static int listen_on(unsigned port)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0) {
    perror("edge");
    exit(EXIT_FAILURE);
  }
  return fd;
}

int main(int argc, char **argv)
{
  if (argc != 3 || strcmp(argv[1], "--port") != 0) {
    fprintf(stderr, "usage: bench-edge --port N\n");
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
      if (c == NULL) accept_all(listener);
      else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) readable(c);
      else if (c->used > 0) later(c);
    }
    for (size_t i = 0; i < dirty_count; i++) flush(dirty[i]);
    dirty_count = 0;
  }
}
