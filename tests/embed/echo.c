/* The whole library: an echo server and its client in one program */
#ifdef SLEY_API
#include "sley.c"
#else
#include "sley.h"
#endif

#include <stdio.h>
#include <string.h>

static const char TEXT[] = "as it was sent";

static sley_promise *serve(sley_connection *connection)
{
  return sley_input_pump(sley_connection_input(connection), sley_connection_output(connection));
}

static sley_promise *all_that_comes(void *in, sley_value *v)
{
  (void)v;
  return sley_input_all(in, 65536); /* until the server ends the connection */
}

static sley_promise *ask(void *ctx, sley_input *in, sley_output *out)
{
  (void)ctx;
  sley_promise *asked = sley_join(SLEY_PROMISES(sley_output_text(out, TEXT), sley_output_end(out)));
  return sley_bind(asked, all_that_comes, in);
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  (void)ctx;
  char port[8];
  snprintf(port, sizeof(port), "%u", sley_server_port(server));
  return sley_with_connection(NULL, "127.0.0.1", port, ask, NULL);
}

static sley_promise *in_fiber(void *ctx)
{
  (void)ctx;
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_server_options options = {.size = sizeof(options),
                                       .listen = (const sley_listen_options *const[]){&at},
                                       .listens = 1,
                                       .serve = serve};
  sley_value v;
  sley_error *e = sley_await(sley_with_server(&options, 5, listens, NULL), &v);
  return e != NULL ? sley_fail(e) : sley_return(v);
}

int main(void)
{
  sley_value v;
  sley_error *e = sley_run(sley_spawn(in_fiber, NULL), &v);
  if (e != NULL) {
    fprintf(stderr, "%s\n", sley_error_message(e));
    sley_error_drop(e);
    return 1;
  }
  const sley_bytes *bytes = sley_bytes_in(&v);
  bool is_same = bytes->size == sizeof(TEXT) - 1 && memcmp(bytes->at, TEXT, sizeof(TEXT) - 1) == 0;
  sley_value_drop(&v);
  printf("%s, %s\n", is_same ? TEXT : "something else", sley_version_text());
  return is_same && sley_finish() == 0 ? 0 : 1;
}
