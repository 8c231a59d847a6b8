/* A GLib main loop drives the library: a GSource that polls sley_loop_fd, for at most sley_step_timeout, and calls
 * sley_step when it is dispatched. Usage: host_glib HOST PORT. See host_epoll.c. */
#include <glib.h>
#include <stdio.h>

#include <sley.h>

static sley_io *io;
static char text[256];
static GMainLoop *main_loop;

typedef struct sley_source {
  GSource source;
  gpointer tag; /* of the descriptor */
} sley_source;

static gboolean prepare(GSource *source, gint *timeout)
{
  sley_time left = sley_step_timeout();
  (void)source;
  *timeout = left < 0 ? -1 : (gint)((left + 999999) / 1000000);
  return left == 0;
}

static gboolean check(GSource *source)
{
  return g_source_query_unix_fd(source, ((sley_source *)source)->tag) != 0 ||
         sley_step_timeout() == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
  (void)source, (void)callback, (void)data;
  sley_error_drop(sley_step(0));
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = {prepare, check, dispatch, NULL, NULL, NULL};

static void failed(void *ctx, sley_error *e)
{
  (void)ctx;
  fprintf(stderr, "%s\n", sley_error_message(e));
  g_main_loop_quit(main_loop);
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
  g_main_loop_quit(main_loop);
}

/* The program's own callback, between two steps. */
static gboolean own_timer_fires(gpointer data)
{
  (void)data;
  if (io == NULL) return G_SOURCE_CONTINUE;
  sley_promise *p = sley_read(io, text, sizeof(text));
  sley_on_any(p, has_read, failed, NULL);
  sley_drop(p);
  return G_SOURCE_REMOVE;
}

int main(int count, char **words)
{
  if (count != 3) return fprintf(stderr, "usage: host_glib HOST PORT\n"), 2;
  main_loop = g_main_loop_new(NULL, FALSE);
  GSource *source = g_source_new(&functions, sizeof(sley_source));
  ((sley_source *)source)->tag = g_source_add_unix_fd(source, sley_loop_fd(), G_IO_IN);
  g_source_attach(source, NULL);
  g_timeout_add(100, own_timer_fires, NULL);
  sley_promise *p = sley_connect(NULL, words[1], words[2]);
  sley_on_any(p, connected, failed, NULL);
  sley_drop(p);
  g_main_loop_run(main_loop);
  g_source_destroy(source);
  g_source_unref(source);
  g_main_loop_unref(main_loop);
  sley_io_drop(io);
  return sley_finish() == 0 ? 0 : 1;
}
