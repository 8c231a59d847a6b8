/* Examples of the manual: connections, channels, a server, threads of pools, domains. */
#include "example.h"

/* example: sley_listen sley_accept: Takes one connection after the other. */
static sley_promise *accept_and_echo(void *listener)
{
  for (int served = 0; served < 1; served++) {
    void *io;
    char text[64];
    int64_t size = 0;
    sley_error *e = sley_await_ptr(sley_accept(listener), &sley_type_io, &io);
    if (e != NULL) return sley_fail(e);
    e = sley_await_int(sley_read(io, text, sizeof(text)), &size);
    if (e == NULL) e = sley_await(sley_write(io, text, (size_t)size), NULL);
    sley_io_drop(io);
    if (e != NULL) return sley_fail(e);
  }
  return sley_return_unit();
}

static sley_error *open_port(sley_listener **out)
{
  sley_listen_options options = {.size = sizeof(options),
                                 .address = "127.0.0.1"}; /* any free port */
  return sley_listen(&options, out);
}
/* end */

/* example: sley_connect sley_read sley_write: Sends a word, and reads what comes back. */
static sley_promise *say_hello(void *port)
{
  void *io;
  char text[6] = "";
  sley_error *e = sley_await_ptr(sley_connect(NULL, "127.0.0.1", port),
                                 &sley_type_io, &io);
  if (e != NULL) return sley_fail(e);
  e = sley_await(sley_write(io, "hello", 5), NULL);
  if (e == NULL) e = sley_await(sley_read(io, text, 5), NULL);
  sley_io_drop(io);
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(strcmp(text, "hello") == 0));
}
/* end */

/* example: sley_channels sley_input_line sley_output_line sley_output_write: Lines over anything that carries bytes. */
static sley_error *answer_lines(sley_io *io) /* called in a fiber */
{
  sley_input *in;
  sley_output *out;
  sley_error *e = sley_channels(NULL, io, &in,
                                &out); /* on success io belongs to the two */
  if (e != NULL) {
    sley_io_drop(io);
    return e;
  }
  for (;;) {
    sley_value line;
    e = sley_await(sley_input_line(in), &line);
    if (e != NULL) break; /* the end of file, too */
    const char *text = sley_value_ptr(&line, &sley_type_text);
    e = sley_await(sley_output_write(out, "> ", 2), NULL);
    if (e == NULL) e = sley_await(sley_output_line(out, text), NULL);
    sley_value_drop(&line);
    if (e != NULL) break;
  }
  if (sley_error_is(e, &sley_kind_sley, SLEY_EEOF)) {
    sley_error_drop(e);
    e = sley_await(sley_output_close(out), NULL); /* sends what is left */
  }
  sley_output_drop(out);
  sley_input_drop(in);
  return e;
}
/* end */

/* example: sley_with_connection sley_input_all sley_output_end: A request and its whole answer. */
static sley_promise *read_answer(void *in, sley_value *v)
{
  (void)v;
  return sley_input_all(in, 65536); /* until the server ends the connection */
}

static sley_promise *ask(void *request, sley_input *in, sley_output *out)
{
  sley_promise *asked = sley_join(
      SLEY_PROMISES(sley_output_text(out, request), sley_output_end(out)));
  return sley_bind(asked, read_answer, in);
}

static sley_promise *fetch(const char *port)
{
  return sley_with_connection(NULL, "127.0.0.1", port, ask, "hello");
}
/* end */

/* example: sley_server_start sley_connection_input sley_connection_output: A server that sends back what comes. */
static sley_promise *echo(sley_connection *c)
{
  const char *data;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &data);
  sley_promise *written =
      sley_output_write(sley_connection_output(c), data, size);
  sley_input_consume(in, size);
  return written;
}

static sley_promise *start_echo(void)
{
  static const sley_listen_options at = {.size = sizeof(at),
                                         .address = "127.0.0.1"};
  static const sley_listen_options *const all[] = {&at};
  sley_server_options options = {.size = sizeof(options),
                                 .listen = all,
                                 .listens = 1,
                                 .burst = echo,
                                 .most = 1000};
  return sley_server_start(&options);
}
/* end */

/* example: sley_detach sley_workers_default sley_job_fn: What blocks or computes for long runs on a thread of a pool. */
static sley_error *count_bits(sley_value *arg, sley_value *out)
{
  uint64_t word = (uint64_t)sley_value_int(arg);
  int64_t bits = 0;
  for (; word != 0; word &= word - 1) bits++;
  *out = sley_int(bits);
  return NULL;
}

static sley_promise *bits_of(int64_t word)
{
  return sley_detach(sley_workers_default(SLEY_WORKERS_PURPOSE_COMPUTE),
                     count_bits, sley_int(word));
}
/* end */

/* example: sley_domain_spawn sley_call sley_domain_shutdown sley_domain_drop sley_call_fn: A second domain, on a thread of
 * its own, and a function called in it. */
static sley_promise *square(sley_value *arg) /* runs in the other domain */
{
  return sley_return(sley_int(sley_value_int(arg) * sley_value_int(arg)));
}

static sley_error *square_there(int64_t n, sley_value *out)
{
  sley_domain *other;
  sley_domain_options options = {.size = sizeof(options), .name = "squares"};
  sley_error *e = sley_domain_spawn(&options, &other);
  if (e != NULL) return e;
  e = sley_run(sley_call(other, square, sley_int(n)), out);
  sley_error *end = sley_run(sley_domain_shutdown(other, 5), NULL);
  sley_domain_drop(other);
  if (e == NULL) return end;
  sley_error_drop(end);
  return e;
}
/* end */

/* example: sley_port_put sley_port_get sley_port_close: A queue between domains; its writer waits for room. */
static sley_promise *write_port(void *port)
{
  for (int i = 1; i <= 5; i++) {
    sley_error *e = sley_await(sley_port_put(port, sley_int(i)), NULL);
    if (e != NULL) return sley_fail(e);
  }
  sley_port_close(port);
  return sley_return_unit();
}

static sley_promise *read_port(void *port)
{
  int64_t sum = 0, n = 0;
  for (;;) {
    sley_error *e = sley_await_int(sley_port_get(port), &n);
    if (e == NULL) {
      sum += n;
      continue;
    }
    if (!sley_error_is(e, &sley_kind_sley, SLEY_EEOF)) return sley_fail(e);
    sley_error_drop(e);
    return sley_return(sley_int(sum));
  }
}
/* end */

static sley_promise *answer(void *io)
{
  sley_error *e = answer_lines(io);
  return e != NULL ? sley_fail(e) : sley_return_unit();
}

static void test_connections(void)
{
  sley_listener *listener;
  char port[16];
  CHECK(open_port(&listener) == NULL);
  snprintf(port, sizeof(port), "%u", sley_listener_port(listener));
  sley_promise *served = sley_spawn(accept_and_echo, listener);
  CHECK(run_int(sley_spawn(say_hello, port)) == 1);
  CHECK(sley_run(served, NULL) == NULL);
  sley_listener_close(listener);

  sley_io *ends[2];
  char text[16] = "";
  CHECK(sley_io_pair(0, ends) == NULL);
  sley_promise *answered = sley_spawn(answer, ends[0]);
  CHECK(sley_run(sley_write(ends[1], "one\ntwo\n", 8), NULL) == NULL);
  for (size_t at = 0; at < 12;)
    at +=
        (size_t)run_int(sley_read(ends[1], text + at, sizeof(text) - 1 - at));
  CHECK(strcmp(text, "> one\n> two\n") == 0);
  CHECK(sley_run(sley_io_end(ends[1]), NULL) == NULL);
  CHECK(sley_run(answered, NULL) == NULL);
  sley_io_drop(ends[1]);
}

static void test_server(void)
{
  sley_value v;
  char port[16];
  CHECK(sley_run(start_echo(), &v) == NULL);
  sley_server *server = sley_server_take(&v);
  snprintf(port, sizeof(port), "%u", sley_server_port(server));
  CHECK(sley_run(fetch(port), &v) == NULL);
  CHECK(sley_bytes_in(&v)->size == 5 &&
        memcmp(sley_bytes_in(&v)->at, "hello", 5) == 0);
  sley_value_drop(&v);
  CHECK(run_int(sley_server_stop(server, 10)) == 0);
  sley_server_drop(server);
}

static void test_cores(void)
{
  sley_value v;
  sley_port *port;
  CHECK(run_int(bits_of(255)) == 8);
  CHECK(square_there(12, &v) == NULL && sley_value_int(&v) == 144);
  CHECK(sley_port_new(2, &port) == NULL);
  sley_promise *written = sley_spawn(write_port, port);
  CHECK(run_int(sley_spawn(read_port, port)) == 15 &&
        sley_run(written, NULL) == NULL);
  sley_port_drop(port);
}

int main(void)
{
  test_connections();
  test_server();
  test_cores();
  return sley_finish() != 0;
}
