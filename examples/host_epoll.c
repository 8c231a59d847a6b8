/* A program whose own epoll loop drives the library: it polls sley_loop_fd beside its own descriptors, for at most
 * sley_step_timeout, and then calls sley_step. Usage: host_epoll HOST PORT
 * Connects; the program's own timer starts to read; prints what the server says. host_glib.c and host_uv.c do the same. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <sley.h>

static sley_io *io;
static char text[256];
static bool over;

static void failed(void *ctx, sley_error *e)
{
  (void)ctx;
  fprintf(stderr, "%s\n", sley_error_message(e));
  over = true;
}

static void connected(void *ctx, sley_value *v)
{
  (void)ctx;
  io = sley_io_take(v);
}

static void has_read(void *ctx, sley_value *v)
{
  (void)ctx;
  printf("the server says: %.*s", (int)v->i, text);
  over = true;
}

/* The program's own callback, between two steps. */
static void own_timer_fires(int timer)
{
  uint64_t times;
  if (read(timer, &times, sizeof(times)) < 0 || io == NULL) return;
  sley_promise *p = sley_read(io, text, sizeof(text));
  sley_on_any(p, has_read, failed, NULL);
  sley_drop(p);
  close(timer);
}

int main(int count, char **words)
{
  if (count != 3) return fprintf(stderr, "usage: host_epoll HOST PORT\n"), 2;
  int host = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const struct itimerspec each = {{0, 100000000}, {0, 100000000}};
  struct epoll_event own = {.events = EPOLLIN, .data.fd = timer}, sley = {.events = EPOLLIN};
  timerfd_settime(timer, 0, &each, NULL);
  epoll_ctl(host, EPOLL_CTL_ADD, timer, &own);
  if (epoll_ctl(host, EPOLL_CTL_ADD, sley_loop_fd(), &sley) != 0) return perror("epoll_ctl"), 1;
  sley_promise *p = sley_connect(NULL, words[1], words[2]);
  sley_on_any(p, connected, failed, NULL);
  sley_drop(p);
  while (!over) {
    sley_time left = sley_step_timeout(); /* nanoseconds; -1: no limit */
    struct epoll_event event;
    int n = epoll_wait(host, &event, 1, left < 0 ? -1 : (int)((left + 999999) / 1000000));
    if (n > 0 && event.data.fd == timer) own_timer_fires(timer);
    sley_error_drop(sley_step(0));
  }
  sley_io_drop(io);
  close(host);
  return sley_finish() == 0 ? 0 : 1;
}
