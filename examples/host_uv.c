/* A libuv loop drives the library: a uv_poll_t on sley_loop_fd and a uv_timer_t, set in uv's prepare phase, both of
 * which call sley_step. Usage: host_uv HOST PORT. See host_epoll.c. */
#include <stdio.h>
#include <uv.h>

#include <sley.h>

static sley_io *io;
static char text[256];
static uv_poll_t sley_polled;
static uv_timer_t sley_due, own_timer;
static uv_prepare_t sley_prepare;

static void step(void) { sley_error_drop(sley_step(0)); }

static void is_readable(uv_poll_t *handle, int status, int events)
{
  (void)handle, (void)status, (void)events;
  step();
}

static void is_due(uv_timer_t *handle)
{
  (void)handle;
  step();
}

/* Before uv polls: how long it may. */
static void prepare(uv_prepare_t *handle)
{
  sley_time left = sley_step_timeout();
  (void)handle;
  if (left < 0) uv_timer_stop(&sley_due);
  else uv_timer_start(&sley_due, is_due, (uint64_t)((left + 999999) / 1000000), 0);
}

static void over(void) { uv_stop(uv_default_loop()); }

static void failed(void *ctx, sley_error *e)
{
  (void)ctx;
  fprintf(stderr, "%s\n", sley_error_message(e));
  over();
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
  over();
}

/* The program's own callback, between two steps. */
static void own_timer_fires(uv_timer_t *handle)
{
  if (io == NULL) return;
  uv_timer_stop(handle);
  sley_promise *p = sley_read(io, text, sizeof(text));
  sley_on_any(p, has_read, failed, NULL);
  sley_drop(p);
}

static void close_one(uv_handle_t *handle, void *ctx)
{
  (void)ctx;
  uv_close(handle, NULL);
}

int main(int count, char **words)
{
  if (count != 3) return fprintf(stderr, "usage: host_uv HOST PORT\n"), 2;
  uv_loop_t *loop = uv_default_loop();
  uv_poll_init(loop, &sley_polled, sley_loop_fd());
  uv_poll_start(&sley_polled, UV_READABLE, is_readable);
  uv_timer_init(loop, &sley_due);
  uv_prepare_init(loop, &sley_prepare);
  uv_prepare_start(&sley_prepare, prepare);
  uv_timer_init(loop, &own_timer);
  uv_timer_start(&own_timer, own_timer_fires, 100, 100);
  sley_promise *p = sley_connect(NULL, words[1], words[2]);
  sley_on_any(p, connected, failed, NULL);
  sley_drop(p);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_walk(loop, close_one, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_loop_close(loop);
  sley_io_drop(io);
  return sley_finish() == 0 ? 0 : 1;
}
