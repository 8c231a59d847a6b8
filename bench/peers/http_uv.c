/* http_uv --port N: answers like bench/peers/epoll.c, over libuv, as its manual writes servers: a buffer of the loop's for
 * reads, uv_try_write for the answers of one read together, uv_write for what the kernel does not take. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "http.h"

enum { BYTES = 16384 };

typedef struct connection {
  uv_tcp_t tcp;
  http http;
} connection;

typedef struct rest {
  uv_write_t request;
  char bytes[];
} rest;

static char input[BYTES], output[BYTES]; /* in use during one callback only */
static size_t used;

static bool http_send(http *h, const char *text, size_t size)
{
  (void)h;
  if (used + size > BYTES) return false;
  memcpy(output + used, text, size);
  used += size;
  return true;
}

static void closed(uv_handle_t *handle) { free(handle->data); }

static void end(connection *c)
{
  if (!uv_is_closing((uv_handle_t *)&c->tcp)) uv_close((uv_handle_t *)&c->tcp, closed);
}

static void written(uv_write_t *request, int status)
{
  connection *c = request->handle->data;
  free(request->data);
  if (status < 0 || !c->http.keep) end(c);
}

static void send_output(connection *c)
{
  uv_buf_t all = uv_buf_init(output, (unsigned)used);
  int sent = uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
  size_t done = sent > 0 ? (size_t)sent : 0, left = used - done;
  used = 0;
  if (sent < 0 && sent != UV_EAGAIN) {
    end(c);
  } else if (left > 0) {
    rest *r = malloc(sizeof(*r) + left);
    if (r == NULL) abort();
    memcpy(r->bytes, output + done, left);
    r->request.data = r;
    uv_buf_t some = uv_buf_init(r->bytes, (unsigned)left);
    if (uv_write(&r->request, (uv_stream_t *)&c->tcp, &some, 1, written) != 0) abort();
  } else if (!c->http.keep) {
    end(c);
  }
}

static void lend(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
  (void)handle, (void)wanted;
  *out = uv_buf_init(input, BYTES);
}

static void arrived(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
  connection *c = stream->data;
  if (size == 0) return;
  if (size < 0 || !http_read(&c->http, buffer->base, (size_t)size)) {
    used = 0;
    end(c);
  } else if (used > 0) {
    send_output(c);
  }
}

static void connected(uv_stream_t *listener, int status)
{
  connection *c = calloc(1, sizeof(*c));
  if (status < 0 || c == NULL) abort();
  uv_tcp_init(listener->loop, &c->tcp);
  c->tcp.data = c;
  http_begin(&c->http, c);
  if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0) {
    end(c);
    return;
  }
  uv_tcp_nodelay(&c->tcp, 1);
  uv_read_start((uv_stream_t *)&c->tcp, lend, arrived);
}

int main(int argc, char **argv)
{
  uv_tcp_t listener;
  struct sockaddr_in address;
  if (argc != 3 || strcmp(argv[1], "--port") != 0) {
    fprintf(stderr, "usage: bench-http-uv --port N\n");
    return 2;
  }
  uv_ip4_addr("0.0.0.0", atoi(argv[2]), &address);
  uv_tcp_init(uv_default_loop(), &listener);
  int wrong = uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
  if (wrong == 0) wrong = uv_listen((uv_stream_t *)&listener, 1024, connected);
  if (wrong != 0) {
    fprintf(stderr, "http_uv: %s\n", uv_strerror(wrong));
    return EXIT_FAILURE;
  }
  printf("listening on port %s\n", argv[2]);
  fflush(stdout);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
