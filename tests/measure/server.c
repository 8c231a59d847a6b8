/* A server whose faults are known, for the tests of the load generator and of paired comparisons, and for
 * scripts/measure-proof: it answers HTTP/1.1 requests, or echoes frames, and may
 *   --spin N       turn a loop N times in its handler: a planted difference
 *   --stall MS     stop for so long at the begin of each second
 *   --after N KIND do something wrong at request N of a connection: close, reset, garbage, status, last
 *                  (Connection: close), extra (one answer too many), silence
 * Usage: measure-server --port N [--echo] [...]; port 0 takes a free one. Prints "listening on port N". */
#include <errno.h>
#include <http_parser.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!";
static const char last[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
static const char wrong_status[] = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
static const char garbage[] = "SSH-2.0-what is this\r\n";

static struct {
  unsigned port;
  bool echo;
  long spin;
  double stall; /* seconds */
  long after;   /* 0: never */
  const char *fault;
} settings;

typedef struct connection {
  int fd;
  long requests;
  bool over, silent;
  size_t out_used;
  http_parser parser;
  char in[1 << 16], out[1 << 18];
} connection;

static void give(connection *c, const char *text, size_t size)
{
  if (c->out_used + size > sizeof(c->out)) {
    c->over = true; /* asks for more than it reads */
    return;
  }
  memcpy(c->out + c->out_used, text, size);
  c->out_used += size;
}

static void spin(void)
{
  volatile uint64_t sink;
  uint64_t x = 1;
  for (long i = 0; i < settings.spin; i++) x = x * 6364136223846793005u + 1442695040888963407u;
  sink = x;
  (void)sink;
}

static void go_wrong(connection *c)
{
  const char *how = settings.fault;
  if (strcmp(how, "reset") == 0) {
    struct linger now = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  if (strcmp(how, "close") == 0 || strcmp(how, "reset") == 0) c->over = true;
  else if (strcmp(how, "garbage") == 0) give(c, garbage, sizeof(garbage) - 1);
  else if (strcmp(how, "status") == 0) give(c, wrong_status, sizeof(wrong_status) - 1);
  else if (strcmp(how, "last") == 0) give(c, last, sizeof(last) - 1);
  else if (strcmp(how, "silence") == 0) c->silent = true;
  else if (strcmp(how, "extra") == 0)
    give(c, good, sizeof(good) - 1), give(c, good, sizeof(good) - 1);
}

static int on_request(http_parser *parser)
{
  connection *c = parser->data;
  spin();
  if (c->silent) return 0;
  if (++c->requests == settings.after) go_wrong(c);
  else give(c, good, sizeof(good) - 1);
  return 0;
}

static const http_parser_settings callbacks = {.on_message_complete = on_request};

static void serve(connection *c)
{
  ssize_t size = recv(c->fd, c->in, sizeof(c->in), 0);
  if (size <= 0) c->over = !(size < 0 && errno == EAGAIN);
  else if (settings.echo) give(c, c->in, (size_t)size);
  else if (http_parser_execute(&c->parser, &callbacks, c->in, (size_t)size) != (size_t)size)
    c->over = true;
  size_t sent = 0;
  while (sent < c->out_used) { /* its peer reads, or this waits */
    ssize_t now = send(c->fd, c->out + sent, c->out_used - sent, MSG_NOSIGNAL);
    if (now > 0) sent += (size_t)now;
    else if (errno != EAGAIN && errno != EINTR) c->over = true;
    if (c->over) break;
  }
  c->out_used = 0;
  if (!c->over) return;
  close(c->fd);
  free(c);
}

static void accept_one(int listener, int epoll)
{
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  connection *c = calloc(1, sizeof(*c));
  if (c == NULL) abort();
  struct epoll_event readable = {.events = EPOLLIN, .data.ptr = c};
  c->fd = fd;
  http_parser_init(&c->parser, HTTP_REQUEST);
  c->parser.data = c;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &readable) != 0) abort();
}

static double seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* At the first request, and once in each second from then on. */
static void stall_if_it_is_time(void)
{
  static double next;
  double now = seconds();
  if (settings.stall == 0 || now < next) return;
  struct timespec t = {0, (long)(settings.stall * 1e9)};
  nanosleep(&t, NULL);
  next = (next == 0 ? now : next) + 1;
}

static void read_words(int count, char **words)
{
  for (int i = 1; i < count; i++) {
    bool more = i + 1 < count;
    if (strcmp(words[i], "--echo") == 0) settings.echo = true;
    else if (more && strcmp(words[i], "--port") == 0) settings.port = (unsigned)atoi(words[++i]);
    else if (more && strcmp(words[i], "--spin") == 0) settings.spin = atol(words[++i]);
    else if (more && strcmp(words[i], "--stall") == 0) settings.stall = atof(words[++i]) * 1e-3;
    else if (i + 2 < count && strcmp(words[i], "--after") == 0) {
      settings.after = atol(words[++i]);
      settings.fault = words[++i];
    } else {
      fprintf(stderr, "measure-server: %s?\n", words[i]);
      exit(2);
    }
  }
}

static int listen_here(void)
{
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)settings.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1024) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
    perror("measure-server");
    exit(1);
  }
  printf("listening on port %u\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **words)
{
  read_words(count, words);
  int listener = listen_here(), epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[64], accepts = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepts) != 0) abort();
  for (;;) {
    int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr == NULL) {
        accept_one(listener, epoll);
      } else {
        stall_if_it_is_time();
        serve(events[i].data.ptr);
      }
    }
  }
}
