/* UDP echo in packets per CPU second: sley_datagram beside bench/peers/udp.c, both asked by the same client in short
 * slices in turn, so that what else runs on the machine disturbs both alike.
 *
 *     bench-udp PEER [--slices N] [--packets N] [--window N] [--size N]
 *     bench-udp --serve PORT            the server alone, for callgrind or strace
 *
 * A slice is so many packets, a window of them under way. A server's time is its process's. Prints both rates and the
 * median of the ratios of the pairs. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sley.h>

enum { WINDOW_MOST = 256, SIZE_MOST = 2048 };

/* ---- the server ---- */

static sley_promise *echo(void *ctx, const sley_packet *packets, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sley_packet back = {.at = packets[i].at, .size = packets[i].size, .to = packets[i].from};
    if (sley_datagram_send(ctx, &back) != 0) return sley_fail(sley_error_nomem());
  }
  return sley_return_unit();
}

static int serve(const char *port)
{
  char address[32];
  sley_datagram *d;
  snprintf(address, sizeof(address), "127.0.0.1:%s", port);
  sley_datagram_options options = {.size = sizeof(options), .address = address};
  sley_error *e = sley_datagram_open(&options, &d);
  if (e == NULL) e = sley_run(sley_datagram_each(d, echo, d), NULL);
  fprintf(stderr, "%s\n", sley_error_message(e));
  return 1;
}

/* ---- the client ---- */

typedef struct server {
  const char *name;
  pid_t pid;
  clockid_t clock;
  int fd;         /* connected to it */
  double seconds; /* of all slices */
} server;

static double cpu_seconds(const server *s)
{
  struct timespec now;
  if (clock_gettime(s->clock, &now) != 0) exit(1);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static server start(const char *name, const char *program, const char *option, int port)
{
  char text[16];
  snprintf(text, sizeof(text), "%d", port);
  server s = {.name = name, .pid = fork()};
  if (s.pid == 0) {
    execl(program, program, option, text, (char *)NULL);
    perror(program);
    _exit(1);
  }
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct timeval limit = {.tv_usec = 200000};
  s.fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(s.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (clock_getcpuclockid(s.pid, &s.clock) != 0 ||
      connect(s.fd, (struct sockaddr *)&at, sizeof(at)) != 0)
    exit(1);
  for (int i = 0; i < 100; i++) {
    char byte;
    if (send(s.fd, "", 1, 0) == 1 && recv(s.fd, &byte, 1, 0) == 1) return s;
    usleep(50000);
  }
  fprintf(stderr, "%s does not answer\n", name);
  exit(1);
}

/* Sends and receives so many packets; a window is lost together, if one is. */
static void slice(const server *s, long packets, unsigned window, size_t size)
{
  static struct mmsghdr messages[WINDOW_MOST];
  static struct iovec parts[WINDOW_MOST];
  static char data[SIZE_MOST], in[WINDOW_MOST][SIZE_MOST];
  for (long done = 0; done < packets; done += window) {
    for (unsigned i = 0; i < window; i++) {
      parts[i] = (struct iovec){data, size};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    for (unsigned sent = 0; sent < window;) {
      int n = sendmmsg(s->fd, messages + sent, window - sent, 0);
      if (n > 0) sent += (unsigned)n;
    }
    for (unsigned i = 0; i < window; i++) parts[i] = (struct iovec){in[i], SIZE_MOST};
    for (unsigned got = 0; got < window;) {
      int n = recvmmsg(s->fd, messages, window - got, MSG_WAITFORONE, NULL);
      if (n <= 0) break;
      got += (unsigned)n;
    }
  }
}

static double timed(server *s, long packets, unsigned window, size_t size)
{
  double before = cpu_seconds(s);
  slice(s, packets, window, size);
  double took = cpu_seconds(s) - before;
  s->seconds += took;
  return took;
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static long number(int count, char **words, const char *name, long otherwise)
{
  for (int i = 2; i + 1 < count; i++)
    if (strcmp(words[i], name) == 0) return atol(words[i + 1]);
  return otherwise;
}

int main(int count, char **words)
{
  if (count == 3 && strcmp(words[1], "--serve") == 0) return serve(words[2]);
  if (count < 2) {
    fprintf(stderr, "usage: bench-udp PEER [--slices N] [--packets N] [--window N] [--size N]\n");
    return 2;
  }
  long slices = number(count, words, "--slices", 40),
       packets = number(count, words, "--packets", 20000);
  unsigned window = (unsigned)number(count, words, "--window", 32);
  size_t size = (size_t)number(count, words, "--size", 64);
  int port = 20000 + (int)(getpid() % 20000);
  if (slices < 1 || window < 1 || window > WINDOW_MOST || size > SIZE_MOST) return 2;
  server ours = start("sley", words[0], "--serve", port),
         raw = start("raw", words[1], "--port", port + 1);
  double *ratios = calloc((size_t)slices, sizeof(double));
  if (ratios == NULL) return 1;
  for (long i = 0; i < slices; i++) {
    server *first = i % 2 ? &ours : &raw, *second = i % 2 ? &raw : &ours;
    double a = timed(first, packets, window, size), b = timed(second, packets, window, size);
    ratios[i] = i % 2 ? b / a : a / b;
  }
  qsort(ratios, (size_t)slices, sizeof(double), by_size);
  double total = (double)slices * (double)packets;
  printf(
      "window %u, %zu bytes: sley %.0f, raw %.0f packets per CPU second; ratio %.3f (quartiles "
      "%.3f to "
      "%.3f)\n",
      window, size, total / ours.seconds, total / raw.seconds, ratios[slices / 2],
      ratios[slices / 4], ratios[slices - 1 - slices / 4]);
  free(ratios);
  kill(ours.pid, SIGKILL);
  kill(raw.pid, SIGKILL);
  while (wait(NULL) > 0) {
  }
  return 0;
}
