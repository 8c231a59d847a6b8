/* fetch HOST [PORT [PATH]]: the first program in Lwt's README. Resolves a name, connects, sends a GET, prints the
 * answer, and gives up after five seconds. */
#include <sley.h>
#include <stdio.h>

typedef struct fetch {
  const char *host, *port, *path;
} fetch;

static sley_promise *flush(void *screen, sley_value *v)
{
  (void)v;
  return sley_output_flush(screen);
}

/* The connection is closed when this promise is settled: the server has ended its answer, or failed. */
static sley_promise *connected(void *ctx, sley_input *in, sley_output *out)
{
  const fetch *f = ctx;
  sley_output *screen = sley_output_stdout();
  if (screen == NULL) return sley_fail(sley_error_nomem());
  sley_promise *asked = sley_output_printf(
      out, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f->path, f->host);
  sley_promise *shown = sley_bind(sley_input_pump(in, screen), flush, screen);
  return sley_join(SLEY_PROMISES(asked, shown));
}

static sley_promise *give_up(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT, "request timed out"));
}

int main(int argc, char **argv)
{
  if (argc < 2 || argc > 4) {
    fprintf(stderr, "usage: fetch HOST [PORT [PATH]]\n");
    return 2;
  }
  fetch f = {argv[1], argc > 2 ? argv[2] : "80", argc > 3 ? argv[3] : "/"};
  sley_promise *answer = sley_with_connection(NULL, f.host, f.port, connected, &f);
  sley_promise *limit = sley_bind(sley_sleep(5), give_up, NULL);
  return sley_main(sley_pick(SLEY_PROMISES(answer, limit)), "fetch"); /* the loser is canceled */
}
