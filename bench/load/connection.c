#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

static _Noreturn void lost(const target *t, const connection *c, const char *why)
{
  fail(EXIT_WRONG_SERVER,
       "%s:%u %s on connection %u, after %llu answers, with %u requests in flight",
       t->options->host, t->options->port, why, c->number, (unsigned long long)c->answered,
       c->in_flight);
}

static _Noreturn void lost_by_error(const target *t, const connection *c, int error)
{
  bool reset = error == ECONNRESET || error == EPIPE;
  lost(t, c, reset ? "ended the connection" : strerror(error));
}

void connection_begin(target *t, connection *c, uint64_t start)
{
  unsigned depth = t->options->depth;
  c->started[(c->first + c->in_flight) % depth] = start;
  c->in_flight++;
  c->unsent += t->request_bytes;
}

static void watch(target *t, connection *c, bool room)
{
  struct epoll_event e = {.events = EPOLLIN | (room ? EPOLLOUT : 0), .data.ptr = c};
  if (c->waits_for_room == room) return;
  c->waits_for_room = room;
  if (epoll_ctl(t->epoll, EPOLL_CTL_MOD, c->fd, &e) != 0) lost_by_error(t, c, errno);
}

void connection_send(target *t, connection *c)
{
  size_t most = t->request_bytes * t->options->depth;
  while (c->unsent > 0) {
    size_t size = most - c->offset < c->unsent ? most - c->offset : (size_t)c->unsent;
    ssize_t sent = send(c->fd, t->requests + c->offset, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) break;
    if (sent < 0) lost_by_error(t, c, errno);
    c->unsent -= (uint64_t)sent;
    c->offset = (c->offset + (size_t)sent) % t->request_bytes;
  }
  watch(t, c, c->unsent > 0);
}

/* Counts an idle connection that the server closes. The server must send nothing on it. */
static void idle_readable(target *t, connection *c, ssize_t size)
{
  if (size > 0) lost(t, c, "sent something unasked");
  close(c->fd);
  c->fd = -1;
  t->idle_closed++;
}

unsigned connection_receive(target *t, connection *c)
{
  static char bytes[1 << 18];
  ssize_t size;
  do size = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return 0;
  if (c->idle) {
    idle_readable(t, c, size);
    return 0;
  }
  if (size < 0) lost_by_error(t, c, errno);
  if (size == 0) lost(t, c, "ended the connection");
  int count = answers_feed(&c->answers, bytes, (size_t)size);
  if (count < 0 && c->answers.status != 0)
    fail(EXIT_WRONG_SERVER, "%s:%u sent status %u on connection %u: only 2xx counts",
         t->options->host, t->options->port, c->answers.status, c->number);
  if (count < 0)
    fail(EXIT_WRONG_SERVER,
         "%s:%u sent what is no answer on connection %u, after %llu good ones: %s",
         t->options->host, t->options->port, c->number, (unsigned long long)c->answered,
         c->answers.wrong);
  if ((unsigned)count > c->in_flight) lost(t, c, "sent more answers than there were requests");
  c->answered += (uint64_t)count;
  return (unsigned)count;
}

uint64_t connection_finish(target *t, connection *c)
{
  uint64_t start = c->started[c->first];
  c->first = (c->first + 1) % t->options->depth;
  c->in_flight--;
  return start;
}
