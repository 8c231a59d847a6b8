/* serve --port N [--echo 1] [--style each|bind|burst|fiber] [--engine NAME]: answers like bench/peers/epoll.c through channels,
 * in one domain: what each style of writing a server costs beside one by hand. The same parser and the same answers;
 * examples/hello checks more, as a server for the public must.
 *
 *   each    sley_input_each (the default)
 *   bind    a loop of sley_input_fill and sley_bind
 *   burst   sley_input_each that runs each burst in a fiber of its own
 *   fiber   a fiber for a connection */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers/http.h"

typedef struct request {
  sley_input *in;
  sley_output *out;
  http http;
} request;

static bool echoes;

/* ---- what is the same in each style ---- */

static bool http_send(http *h, const char *text, size_t size)
{
  const request *r = h->parser.data;
  char *room = sley_output_reserve(r->out, size);
  if (room == NULL) return false;
  memcpy(room, text, size);
  sley_output_commit(r->out, size);
  return true;
}

/* Answers what is unread. False: the connection is over. */
static bool answer(request *r, sley_input *in)
{
  const char *at;
  size_t size = sley_input_peek(in, &at);
  bool good = http_read(&r->http, at, size);
  sley_input_consume(in, size);
  return good && r->http.keep;
}

static sley_promise *send_back(sley_input *in, sley_output *out)
{
  const char *at;
  size_t size = sley_input_peek(in, &at);
  sley_promise *written = sley_output_write(out, at, size);
  sley_input_consume(in, size);
  return written;
}

/* ---- styles ---- */

static sley_promise *on_burst(void *ctx, sley_input *in)
{
  request *r = ctx;
  if (echoes) return send_back(in, r->out);
  if (!answer(r, in)) return sley_return(sley_bool(true));
  return sley_output_is_ready(r->out) ? sley_input_more(0) : sley_output_wait_ready(r->out);
}

typedef struct burst {
  request *request;
  sley_input *in;
} burst;

static sley_promise *burst_in_fiber(void *ctx)
{
  burst b = *(burst *)ctx; /* read before the first wait: it is on the caller's stack */
  const char *at;
  size_t size = sley_input_peek(b.in, &at);
  bool goes_on = true;
  sley_error *e = NULL;
  if (echoes) {
    e = sley_await(sley_output_write(b.request->out, at, size), NULL);
    if (e == NULL) sley_input_consume(b.in, size);
  } else {
    goes_on = answer(b.request, b.in);
    if (!sley_output_is_ready(b.request->out))
      e = sley_await(sley_output_wait_ready(b.request->out), NULL);
  }
  if (e != NULL) return sley_fail(e);
  return goes_on ? sley_input_more(0) : sley_return(sley_bool(true));
}

static sley_promise *on_burst_in_fiber(void *ctx, sley_input *in)
{
  burst b = {ctx, in};
  return sley_spawn(burst_in_fiber, &b);
}

static sley_promise *each(request *r) { return sley_input_each(r->in, on_burst, r); }
static sley_promise *bursts(request *r) { return sley_input_each(r->in, on_burst_in_fiber, r); }

static sley_promise *on_filled(void *ctx, sley_value *v);

static sley_promise *bind_next(request *r)
{
  return sley_bind(sley_input_fill(r->in, 1), on_filled, r);
}

static sley_promise *on_written(void *ctx, sley_value *v)
{
  (void)v;
  return bind_next(ctx);
}

static sley_promise *on_filled(void *ctx, sley_value *v)
{
  request *r = ctx;
  if (v->i == 0) return sley_return_unit();
  if (echoes) return sley_bind(send_back(r->in, r->out), on_written, r);
  if (!answer(r, r->in)) return sley_return_unit();
  if (sley_output_is_ready(r->out)) return bind_next(r);
  return sley_bind(sley_output_wait_ready(r->out), on_written, r);
}

static sley_promise *connection_in_fiber(void *ctx)
{
  request *r = ctx;
  for (;;) {
    int64_t there;
    sley_error *e = sley_await_int(sley_input_fill(r->in, 1), &there);
    if (e == NULL && there == 0) return sley_return_unit();
    if (e == NULL && echoes) e = sley_await(send_back(r->in, r->out), NULL);
    else if (e == NULL && !answer(r, r->in)) return sley_return_unit();
    else if (e == NULL && !sley_output_is_ready(r->out))
      e = sley_await(sley_output_wait_ready(r->out), NULL);
    if (e != NULL) return sley_fail(e);
  }
}

static sley_promise *fiber(request *r) { return sley_spawn(connection_in_fiber, r); }

static const struct style {
  const char *name;
  sley_promise *(*serve)(request *r);
} styles[] = {{"each", each}, {"bind", bind_next}, {"burst", bursts}, {"fiber", fiber}};
static const struct style *style = &styles[0];

/* ---- connections ---- */

static sley_promise *request_close(void *ctx)
{
  request *r = ctx;
  return sley_join(SLEY_PROMISES(sley_output_close(r->out), sley_input_close(r->in)));
}

static void request_free(request *r)
{
  sley_input_drop(r->in);
  sley_output_drop(r->out);
  free(r);
}

static void request_over(void *ctx, sley_value *v)
{
  (void)v;
  request_free(ctx);
}

static void request_failed(void *ctx, sley_error *e)
{
  (void)e; /* the peer has gone */
  request_free(ctx);
}

static void start(sley_io *io)
{
  request *r = calloc(1, sizeof(*r));
  sley_error *e = r == NULL ? sley_error_nomem() : sley_channels(NULL, io, &r->in, &r->out);
  if (e != NULL) {
    fprintf(stderr, "serve: %s\n", sley_error_message(e));
    exit(EXIT_FAILURE);
  }
  http_begin(&r->http, r);
  sley_promise *p = sley_finalize(style->serve(r), request_close, r);
  sley_on_any(p, request_over, request_failed, r);
  sley_drop(p);
}

static sley_promise *accepted(void *ctx, sley_value *v)
{
  sley_value taken;
  if (sley_take(v, &taken) == 0) start(sley_io_in(&taken));
  return sley_bind(sley_accept(ctx), accepted, ctx);
}

static int usage(void)
{
  fprintf(stderr,
          "usage: bench-serve --port N [--echo 1] [--style each|bind|burst|fiber] "
          "[--engine NAME]\n");
  return 2;
}

int main(int argc, char **argv)
{
  sley_runtime_options runtime = {.size = sizeof(runtime)};
  sley_listen_options options = {.size = sizeof(options), .address = "127.0.0.1"};
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    if (strcmp(argv[i], "--port") == 0) options.port = (unsigned)strtoul(argv[i + 1], NULL, 10);
    else if (strcmp(argv[i], "--echo") == 0) echoes = true;
    else if (strcmp(argv[i], "--engine") == 0) runtime.engine = argv[i + 1];
    else if (strcmp(argv[i], "--style") == 0) {
      style = NULL;
      for (size_t s = 0; s < sizeof(styles) / sizeof(styles[0]); s++) {
        if (strcmp(styles[s].name, argv[i + 1]) == 0) style = &styles[s];
      }
      if (style == NULL) return usage();
    } else return usage();
  }
  sley_listener *listener;
  sley_error *e = sley_configure(&runtime);
  if (e == NULL) e = sley_listen(&options, &listener);
  if (e == NULL) {
    printf("listening on port %u\n", sley_listener_port(listener));
    fflush(stdout);
    sley_promise *serving = sley_bind(sley_accept(listener), accepted, listener);
    e = sley_run(sley_pick(SLEY_PROMISES(serving, sley_stop_on_signals())), NULL);
  }
  if (e != NULL) fprintf(stderr, "serve: %s\n", sley_error_message(e));
  bool failed = e != NULL;
  sley_error_drop(e);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS; /* connections that are open end with the process */
}
