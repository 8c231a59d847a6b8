/* A ping over loopback TCP, both ends in one domain, driven by sley_run and by an epoll loop of the program's: what a
 * foreign loop costs. Prints seconds of CPU per ping of each, in turns, and the median of their ratios.
 *
 *     bench-foreign [PINGS [PAIRS]] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sley.h>

static sley_io *ends[2];
static long left;
static char bytes[2];

static void must(sley_error *e)
{
  if (e == NULL) return;
  fprintf(stderr, "bench-foreign: %s\n", sley_error_message(e));
  exit(1);
}

static sley_promise *answered(void *ctx, sley_value *v);

static sley_promise *ping(void)
{
  if (left-- == 0) return sley_return(sley_unit());
  return sley_bind(sley_write(ends[0], "x", 1), answered, NULL);
}

static sley_promise *pinged(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return ping();
}

static sley_promise *answered(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_bind(sley_read(ends[0], &bytes[0], 1), pinged, NULL);
}

static sley_promise *echo(void *ctx, sley_value *v);

static sley_promise *heard(void *ctx, sley_value *v)
{
  (void)ctx;
  if (v->i == 0) return sley_return(sley_unit());
  return sley_bind(sley_write(ends[1], "y", 1), echo, NULL);
}

static sley_promise *echo(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_bind(sley_read(ends[1], &bytes[1], 1), heard, NULL);
}

static void connect_ends(void)
{
  sley_listener *listener;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  char port[8];
  must(sley_listen(&o, &listener));
  snprintf(port, sizeof(port), "%u", sley_listener_port(listener));
  sley_promise *both[] = {sley_connect(NULL, "127.0.0.1", port), sley_accept(listener)};
  for (int i = 0; i < 2; i++) {
    sley_value v;
    must(sley_run(both[i], &v));
    ends[i] = sley_io_take(&v);
  }
  sley_listener_close(listener);
}

static double cpu(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static double by_itself(long pings)
{
  double begun = cpu();
  left = pings;
  must(sley_run(ping(), NULL));
  return (cpu() - begun) / (double)pings;
}

static double by_host(long pings, int host)
{
  double begun = cpu();
  left = pings;
  sley_promise *p = ping();
  while (sley_is_pending(p)) {
    struct epoll_event event;
    sley_time most = sley_step_timeout();
    epoll_wait(host, &event, 1, most < 0 ? -1 : (int)((most + 999999) / 1000000));
    must(sley_step(0));
  }
  sley_drop(p);
  return (cpu() - begun) / (double)pings;
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Each kind in a domain of its own: one that is driven once does not park any more. */
static double pair(long pings, double *itself, double *hosted)
{
  connect_ends();
  sley_promise *echoing = echo(NULL, NULL);
  by_itself(pings / 10);
  *itself = by_itself(pings);
  int host = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  if (epoll_ctl(host, EPOLL_CTL_ADD, sley_loop_fd(), &event) != 0) exit(1);
  by_host(pings / 10, host);
  *hosted = by_host(pings, host);
  close(host);
  sley_io_drop(ends[0]);
  must(sley_run(echoing, NULL)); /* it hears the end */
  sley_io_drop(ends[1]);
  sley_finish();
  return *hosted / *itself;
}

int main(int count, char **words)
{
  enum { MOST = 101 };
  long pings = count > 1 ? atol(words[1]) : 20000;
  int pairs = count > 2 ? atoi(words[2]) : 21;
  double ratios[MOST];
  if (pairs < 1 || pairs > MOST || pings < 10) return 2;
  for (int i = 0; i < pairs; i++) {
    double itself, hosted;
    ratios[i] = pair(pings, &itself, &hosted);
    printf("sley_run %.2f us, host %.2f us, ratio %.3f\n", itself * 1e6, hosted * 1e6, ratios[i]);
  }
  qsort(ratios, (size_t)pairs, sizeof(ratios[0]), by_value);
  printf("median ratio %.3f, quartiles %.3f and %.3f\n", ratios[pairs / 2], ratios[pairs / 4],
         ratios[3 * pairs / 4]);
  return 0;
}
