/* fetch_direct HOST [PORT [PATH]]: fetch.c in direct style. One function from top to bottom, on its own stack;
 * every wait is an await, every failure goes to the only exit. */
#include <errno.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fetch {
  const char *host, *port, *path;
} fetch;

static sley_promise *run(void *ctx)
{
  const fetch *f = ctx;
  void *connection = NULL; /* what the exit has to close */
  char request[1024], buffer[16384];
  int n = snprintf(request, sizeof(request),
                   "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f->path, f->host);
  if (n < 0 || (size_t)n >= sizeof(request))
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "the path is too long"));

  sley_error *e = sley_await_ptr(sley_connect(NULL, f->host, f->port), &sley_type_io, &connection);
  if (e != NULL) goto out;
  e = sley_await(sley_write(connection, request, (size_t)n), NULL);
  while (e == NULL) {
    int64_t size;
    e = sley_await_int(sley_read(connection, buffer, sizeof(buffer)), &size);
    if (e != NULL || size == 0) break; /* 0: the server has closed, the answer is complete */
    if (fwrite(buffer, 1, (size_t)size, stdout) < (size_t)size) break;
  }
  if (e == NULL && (ferror(stdout) || fflush(stdout) != 0))
    e = sley_error_new(&sley_kind_errno, errno, "standard output: %s", strerror(errno));
out:
  sley_io_drop(connection);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

int main(int argc, char **argv)
{
  if (argc < 2 || argc > 4) {
    fprintf(stderr, "usage: fetch_direct HOST [PORT [PATH]]\n");
    return 2;
  }
  fetch f = {argv[1], argc > 2 ? argv[2] : "80", argc > 3 ? argv[3] : "/"};
  /* Five seconds for all of it: the pick cancels the fiber, whose await then returns Canceled. */
  sley_error *e = sley_run(sley_pick(SLEY_PROMISES(sley_spawn(run, &f), sley_timeout(5))), NULL);
  if (e != NULL) {
    bool timed_out = sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT);
    fprintf(stderr, "fetch: %s\n", timed_out ? "request timed out" : sley_error_message(e));
    sley_error_drop(e);
  }
  size_t left = sley_finish();
  return e != NULL || left != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
