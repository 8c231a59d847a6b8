#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void *must(void *memory)
{
  if (memory == NULL) fail(EXIT_USAGE, "no memory for so many connections of such depth");
  return memory;
}

static void make_requests(target *t)
{
  const options *o = t->options;
  size_t room = o->protocol == PROTOCOL_ECHO ? 4 + (size_t)o->payload : strlen(o->path) + 128;
  char *one = must(malloc(room));
  if (o->protocol == PROTOCOL_ECHO) {
    for (int i = 0; i < 4; i++) one[i] = (char)(o->payload >> (24 - 8 * i));
    memset(one + 4, 'x', o->payload);
    t->request_bytes = room;
  } else {
    t->request_bytes = (size_t)snprintf(one, room, "GET %s HTTP/1.1\r\nHost: %s:%u\r\n\r\n",
                                        o->path, o->host, o->port);
  }
  t->requests = must(malloc(t->request_bytes * o->depth));
  for (unsigned i = 0; i < o->depth; i++)
    memcpy(t->requests + i * t->request_bytes, one, t->request_bytes);
  free(one);
}

/* Raises the descriptor limit to all connections, and some for everything else. */
static void allow_descriptors(const options *o)
{
  struct rlimit limit;
  rlim_t wanted = (rlim_t)o->connections + o->idle + 32;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  if (limit.rlim_cur < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0)
    fail(EXIT_USAGE,
         "%u connections need %llu descriptors, and this process may have %llu: raise "
         "the limit (ulimit -n)",
         o->connections + o->idle, (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
}

static int connect_one(const target *t)
{
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(EXIT_USAGE, "no socket: %s", strerror(errno));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  /* A connect that is never accepted must not hang for minutes. */
  double whole = t->options->timeout;
  struct timeval most = {(time_t)whole, (suseconds_t)((whole - (double)(time_t)whole) * 1e6)};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
  if (connect(fd, (const struct sockaddr *)&t->address, sizeof(t->address)) != 0)
    fail(EXIT_WRONG_SERVER, "cannot connect to %s:%u: %s", t->options->host, t->options->port,
         errno == EINPROGRESS ? "it takes no connection" : strerror(errno));
  return fd;
}

void target_open(target *t, const options *o)
{
  *t = (target){.options = o, .address = {.sin_family = AF_INET}};
  t->address.sin_port = htons((uint16_t)o->port);
  if (inet_pton(AF_INET, o->host, &t->address.sin_addr) != 1)
    fail(EXIT_USAGE, "--host %s: an IPv4 address in numbers is wanted", o->host);
  allow_descriptors(o);
  make_requests(t);
  unsigned all = o->connections + o->idle;
  t->connection = must(calloc(all, sizeof(*t->connection)));
  t->with_room = must(calloc(o->connections, sizeof(connection *)));
  t->starts = must(calloc((size_t)o->connections * o->depth, sizeof(*t->starts)));
  t->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (t->epoll < 0) fail(EXIT_USAGE, "no epoll: %s", strerror(errno));
  for (unsigned i = 0; i < all; i++) {
    connection *c = &t->connection[i];
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    c->fd = connect_one(t);
    c->number = i + 1;
    c->idle = i >= o->connections;
    answers_init(&c->answers, o->protocol, o->payload);
    if (!c->idle) {
      c->started = t->starts + (size_t)i * o->depth;
      target_give(t, c);
    }
    if (epoll_ctl(t->epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
      fail(EXIT_USAGE, "no epoll for connection %u: %s", i + 1, strerror(errno));
  }
}

void target_close(target *t)
{
  for (unsigned i = 0; i < t->options->connections + t->options->idle; i++)
    if (t->connection[i].fd >= 0) close(t->connection[i].fd);
  close(t->epoll);
  free(t->connection);
  free(t->with_room);
  free(t->starts);
  free(t->requests);
}

connection *target_take(target *t)
{
  if (t->room_count == 0) return NULL;
  connection *c = t->with_room[t->room_first];
  t->room_first = (t->room_first + 1) % t->options->connections;
  t->room_count--;
  c->listed = false;
  return c;
}

void target_give(target *t, connection *c)
{
  if (c->listed || c->in_flight == t->options->depth) return;
  t->with_room[(t->room_first + t->room_count) % t->options->connections] = c;
  t->room_count++;
  c->listed = true;
}
