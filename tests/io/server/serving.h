/* A server in the domain of the test, and its clients. */
#ifndef TESTS_IO_SERVER_SERVING_H
#define TESTS_IO_SERVER_SERVING_H

#include <errno.h>

#include "support/clock.h"
#include "support/process.h"
#include "support/tokens.h"

static struct {
  int told, code;
  char text[2048], site[256];
} heard;

static void hear(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  heard.told++;
  heard.code = sley_error_code(e);
  snprintf(heard.text, sizeof(heard.text), "%s", sley_error_message(e));
  snprintf(heard.site, sizeof(heard.site), "%s", site);
}

static const sley_listen_options loopback = {.size = sizeof(loopback), .address = "127.0.0.1"};
static const sley_listen_options *const locals[] = {&loopback};

/* The defaults of these tests. */
static inline sley_server_options served_by(sley_connection_fn *burst, sley_connection_fn *serve)
{
  return (sley_server_options){.size = sizeof(sley_server_options),
                               .listen = locals,
                               .listens = 1,
                               .burst = burst,
                               .serve = serve,
                               .context = token(11)};
}

static inline sley_server *server_begin(const sley_server_options *o)
{
  sley_value v;
  memset(&heard, 0, sizeof(heard));
  sley_set_async_hook(hear, NULL);
  assert_null(sley_run(sley_server_start(o), &v));
  return sley_server_take(&v);
}

static inline void server_end(sley_server *s)
{
  assert_null(sley_run(sley_server_stop(s, 0), NULL));
  sley_server_drop(s);
  sley_set_async_hook(NULL, NULL);
  assert_int_equal(tokens_alive(), 0);
}

static inline sley_io *dial_address(const sley_address *a)
{
  sley_value v;
  assert_null(sley_run(sley_connect_to(NULL, a, 1), &v));
  return sley_io_take(&v);
}

static inline sley_io *dial(const sley_server *s)
{
  sley_address a;
  sley_server_address(s, 0, &a);
  return dial_address(&a);
}

/* As burst: sends back what has come. */
static inline sley_promise *echo_burst(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  sley_promise *written = sley_output_write(sley_connection_output(c), data, size);
  sley_input_consume(in, size);
  return written;
}

/* Closed, or reset. */
static inline void is_closed_or_reset(sley_io *c)
{
  char byte;
  sley_value v = sley_int(1);
  sley_error *e = sley_run(sley_with_timeout(sley_read(c, &byte, 1), 20), &v);
  assert_false(sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT));
  assert_true(e != NULL || v.i == 0);
  sley_error_drop(e);
}

static inline void say(sley_io *io, const char *text)
{
  assert_null(sley_run(sley_write(io, text, strlen(text)), NULL));
}

/* The answer has exactly these bytes; "": the end. */
static inline void hears(sley_io *io, const char *wanted)
{
  char text[256] = "";
  size_t size = 0, most = strlen(wanted);
  if (most == 0) most = 1;
  while (size < most) {
    sley_value v;
    sley_error *e = sley_run(sley_with_timeout(sley_read(io, text + size, most - size), 20), &v);
    if (e != NULL) fail_msg("\"%s\" is wanted: %s", wanted, sley_error_message(e));
    if (v.i == 0) break;
    size += (size_t)v.i;
  }
  text[size] = '\0';
  assert_string_equal(text, wanted);
}

static inline sley_server_counters counters(const sley_server *s)
{
  sley_server_counters c = {.size = sizeof(c)};
  sley_server_counters_get(s, 0, &c);
  return c;
}

/* For tests in which each allocation fails: a server that two clients talk to, if it starts, and that is stopped. */
static inline void serve_without_memory(const sley_server_options *options)
{
  sley_value v;
  sley_error *e = sley_run(sley_server_start(options), &v);
  if (e == NULL) {
    sley_server *s = sley_server_in(&v);
    sley_address a;
    sley_value c;
    sley_server_address(s, 0, &a);
    for (int i = 0; i < 2; i++) {
      sley_error *refused = sley_run(sley_connect_to(NULL, &a, 1), &c);
      if (refused == NULL) {
        char byte;
        settle(sley_write(sley_io_in(&c), "w", 1));
        settle(sley_with_timeout(sley_read(sley_io_in(&c), &byte, 1), 0.02));
        sley_value_drop(&c);
      }
      sley_error_drop(refused);
    }
    while (!ran_or_no_memory(sley_server_stop(s, 0), NULL)) continue;
    WAIT_UNTIL(counters(s).open == 0);
    sley_value_drop(&v);
  }
  sley_error_drop(e);
}

#endif
