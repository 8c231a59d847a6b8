/* fetch HOST [PORT [PATH]]: the first program in Lwt's README. Resolves a name, connects, sends a GET, prints the
 * answer, and gives up after five seconds. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct fetch {
  const char *host, *port, *path;
  char request[1024];
  size_t request_size;
  sley_io *connection;
  char buffer[16384];
} fetch;

static sley_promise *print_answer(void *ctx, sley_value *v);

static sley_promise *read_more(fetch *f)
{
  return sley_bind(sley_read(f->connection, f->buffer, sizeof(f->buffer)), print_answer, f);
}

static sley_promise *print_answer(void *ctx, sley_value *v)
{
  fetch *f = ctx;
  if (v->i == 0)
    return sley_return(sley_unit()); /* the server has closed: the answer is complete */
  fwrite(f->buffer, 1, (size_t)v->i, stdout);
  return read_more(f);
}

static sley_promise *request_sent(void *ctx, sley_value *v)
{
  (void)v;
  return read_more(ctx);
}

static sley_promise *connected(void *ctx, sley_value *v)
{
  fetch *f = ctx;
  sley_value taken; /* v is lent: take the connection out of its promise, to close it here */
  if (sley_take(v, &taken) != 0) return sley_fail(sley_error_nomem());
  f->connection = sley_io_in(&taken);
  return sley_bind(sley_write(f->connection, f->request, f->request_size), request_sent, f);
}

static sley_promise *close_connection(void *ctx)
{
  fetch *f = ctx;
  sley_io_drop(f->connection);
  f->connection = NULL;
  return sley_return(sley_unit());
}

static sley_promise *run(fetch *f)
{
  sley_promise *answer = sley_bind(sley_connect(NULL, f->host, f->port), connected, f);
  answer = sley_finalize(answer, close_connection, f);
  return sley_pick(SLEY_PROMISES(answer, sley_timeout(5)));
}

int main(int argc, char **argv)
{
  if (argc < 2 || argc > 4) {
    fprintf(stderr, "usage: fetch HOST [PORT [PATH]]\n");
    return 2;
  }
  static fetch f;
  f.host = argv[1];
  f.port = argc > 2 ? argv[2] : "80";
  f.path = argc > 3 ? argv[3] : "/";
  int n = snprintf(f.request, sizeof(f.request),
                   "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.path, f.host);
  if (n < 0 || (size_t)n >= sizeof(f.request)) {
    fprintf(stderr, "fetch: the path is too long\n");
    return 2;
  }
  f.request_size = (size_t)n;

  sley_error *e = sley_run(run(&f), NULL);
  if (e != NULL) {
    bool timed_out = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT);
    fprintf(stderr, "fetch: %s\n", timed_out ? "request timed out" : sley_error_message(e));
    sley_error_drop(e);
  }
  size_t left = sley_finish();
  return e != NULL || left != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
