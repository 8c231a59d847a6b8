/* Mistakes above the promise floor: usage errors abort with a message that names the call; callbacks that block the
 * loop are reported; a leak report names what leaked. Every case is a separate run of this program.
 * Tests src/io/object/io.c, src/io/socket/listen.c. */
#include <time.h>

#include <sley/channel.h>

#include "support/domains.h"
#include "support/scenes.h"

static void busy(double seconds)
{
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  do clock_gettime(CLOCK_MONOTONIC, &b);
  while ((double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec) < seconds);
}

static sley_listener *listening(void)
{
  sley_listener *l = NULL;
  sley_listen_options options = {.size = sizeof options, .address = "127.0.0.1"};
  if (sley_listen(&options, &l) != NULL) exit(3);
  return l;
}

static sley_io *connected(void)
{
  sley_value v;
  char port[16];
  snprintf(port, sizeof port, "%u", sley_listener_port(listening()));
  if (sley_run(sley_connect(NULL, "127.0.0.1", port), &v) != NULL) exit(3);
  return sley_io_in(&v);
}

static void run(sley_promise *p) { sley_error_drop(sley_run(p, NULL)); }

/* ---- cases */

static sley_promise *returns_null(sley_value *arg)
{
  (void)arg;
  return NULL;
}
static void null_from_call(void) { run(sley_call(start("other"), returns_null, sley_unit())); }

static void accept_null(void) { run(sley_accept(NULL)); }
static void connect_null(void) { run(sley_connect(NULL, NULL, "80")); }
static void read_null(void)
{
  char byte;
  run(sley_read(NULL, &byte, 1));
}
static void read_after_drop(void)
{
  char byte;
  sley_io *io = connected();
  sley_io_drop(io);
  run(sley_read(io, &byte, 1));
}
static void write_after_drop(void)
{
  sley_io *io = connected();
  sley_io_drop(io);
  run(sley_write(io, "x", 1));
}
static void dropped_twice(void)
{
  sley_io *io = connected();
  sley_io_drop(io);
  sley_io_drop(io);
}
/* A whole line is there, so that neither would have to wait. */
static sley_input *with_a_line(void)
{
  sley_input *in;
  sley_output *out;
  if (sley_channel_pipe(&in, &out) != NULL) exit(3);
  run(sley_output_line(out, "hello"));
  run(sley_input_fill(in, 6));
  return in;
}
static void write_no_data(void) { run(sley_write(connected(), NULL, 5)); }
static void output_no_data(void)
{
  sley_input *in;
  sley_output *out;
  if (sley_channel_pipe(&in, &out) != NULL) exit(3);
  run(sley_output_write(out, NULL, 5));
}
static void closes_the_other_half(void)
{
  sley_input *in;
  sley_output *out;
  if (sley_channel_pipe(&in, &out) != NULL) exit(3);
  run(sley_input_close((sley_input *)(void *)out));
}
static void each_no_function(void) { run(sley_input_each(with_a_line(), NULL, NULL)); }
static void line_outside(void)
{
  const char *at;
  size_t size;
  sley_error_drop(sley_await_line(with_a_line(), &at, &size));
}
static void bytes_outside(void)
{
  const char *at;
  sley_error_drop(sley_await_bytes(with_a_line(), 3, &at));
}
static sley_promise *line_in_call(void *in, sley_value *v)
{
  const char *at;
  size_t size;
  (void)v;
  sley_error_drop(sley_await_line(in, &at, &size));
  return sley_return_unit();
}
static sley_promise *line_in_fiber(void *in)
{
  return sley_bind(sley_return_unit(), line_in_call, in);
}
static void line_in_callback(void) { run(sley_spawn(line_in_fiber, with_a_line())); }
static void accept_after_close(void)
{
  sley_listener *l = listening();
  sley_listener_close(l);
  run(sley_accept(l));
}
static sley_promise *accept_here(sley_value *arg) { return sley_accept(arg->ptr); }
static void accept_elsewhere(void)
{
  run(sley_call(start("other"), accept_here, sley_borrow(listening())));
}
static sley_promise *close_here(sley_value *arg)
{
  sley_listener_close(arg->ptr);
  return sley_return(sley_unit());
}
static void close_elsewhere(void)
{
  run(sley_call(start("other"), close_here, sley_borrow(listening())));
}
static sley_input *piped(void)
{
  sley_input *in;
  sley_output *out;
  if (sley_channel_pipe(&in, &out) != NULL) exit(3);
  return in;
}
static sley_promise *peek_here(sley_value *arg)
{
  const char *at;
  (void)sley_input_peek(arg->ptr, &at);
  return sley_return(sley_unit());
}
static void peek_elsewhere(void)
{
  run(sley_call(start("other"), peek_here, sley_borrow(piped())));
}
static sley_input *kept;
static sley_promise *keeps_its_handle(void *ctx, sley_input *in)
{
  (void)ctx;
  kept = in;
  return sley_return_unit();
}
static void after_its_body(void)
{
  const char *at;
  run(sley_input_atomic(piped(), keeps_its_handle, NULL));
  (void)sley_input_peek(kept, &at);
}
static void no_connection(void)
{
  sley_value v = sley_int(4);
  (void)sley_io_in(&v);
}
static void finished_with_a_domain(void)
{
  sley_drop(sley_return(sley_unit()));
  (void)start("other");
  sley_finish();
}

static sley_promise *slow(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  busy(0.15);
  return sley_return(sley_unit());
}
static void slow_callback(void)
{
  sley_set_slow_hook(0.1, NULL, NULL);
  run(sley_bind(sley_sleep(0.001), slow, NULL));
}
static void slow_in_debugging(void) { run(sley_bind(sley_sleep(0.001), slow, NULL)); }
static sley_promise *slow_call(sley_value *arg)
{
  sley_set_slow_hook(0.1, NULL, NULL);
  (void)arg;
  return sley_return(sley_unit());
}
static sley_promise *slow_called(sley_value *arg)
{
  busy(0.15);
  (void)arg;
  return sley_return(sley_unit());
}
static void slow_function(void)
{
  sley_domain *d = start("other");
  run(sley_call(d, slow_call, sley_unit()));
  run(sley_call(d, slow_called, sley_unit()));
}
static void quick_callbacks(void)
{
  sley_set_slow_hook(0.1, NULL, NULL);
  run(sley_bind(sley_sleep(0.001), slow, NULL));
  sley_set_slow_hook(0, NULL, NULL);
  fprintf(stderr, "now off\n");
  run(sley_bind(sley_sleep(0.001), slow, NULL));
}

static void unread_rejection(void)
{
  sley_promise *p = sley_fail(sley_error_new(&sley_kind_errno, 5, "disk on fire"));
  sley_promise_set_name(p, "write of the log");
  sley_finish();
}
static void unknown_service(void)
{
  sley_error *e = sley_run(sley_connect(NULL, "127.0.0.1", "no-such-service"), NULL);
  fprintf(stderr, "%s\n", sley_error_site(e));
  sley_error_drop(e);
}
static void closed_descriptor(void)
{
  int ends[2];
  if (pipe(ends) != 0) exit(3);
  sley_promise *p = sley_wait_readable(ends[0]), *q = sley_wait_readable(ends[0]);
  close(ends[0]);
  for (int i = 0; i < 2; i++) {
    char text[256];
    sley_error *e = sley_run(i == 0 ? p : q, NULL);
    sley_error_format(e, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    sley_error_drop(e);
  }
  close(ends[1]);
  if (sley_finish() != 0) exit(5);
}
static void two_readers(void)
{
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) exit(3);
  sley_promise *both[] = {sley_wait_readable(ends[0]), sley_wait_readable(ends[0])};
  if (sley_run(sley_join(both, 2), NULL) != NULL) exit(4);
  fprintf(stderr, "both are told\n");
}

static const scene scenes[] = {
    {"null_from_call", null_from_call, true, {"sley_call at " HERE, "returned NULL"}, NULL},
    {"accept_null", accept_null, true, {"sley_accept at " HERE, "NULL"}, NULL},
    {"connect_null", connect_null, true, {"sley_connect at " HERE, "for its argument host"}, NULL},
    {"read_null", read_null, true, {"sley_read at " HERE, "NULL"}, NULL},
    {"read_after_drop", read_after_drop, true, {"sley_read at " HERE, "already dropped"}, NULL},
    {"write_after_drop", write_after_drop, true, {"sley_write at " HERE, "already dropped"}, NULL},
    {"dropped_twice", dropped_twice, true, {"sley_io_drop", "already dropped"}, NULL},
    {"write_no_data", write_no_data, true, {"sley_write at " HERE, "for its argument data"}, NULL},
    {"output_no_data",
     output_no_data,
     true,
     {"sley_output_write at " HERE, "for its argument data"},
     NULL},
    {"closes_the_other_half",
     closes_the_other_half,
     true,
     {"sley_input_close at " HERE, "was given an output"},
     NULL},
    {"each_no_function",
     each_no_function,
     true,
     {"sley_input_each at " HERE, "for its argument f"},
     NULL},
    {"line_outside", line_outside, true, {"sley_await_line at " HERE, "outside a fiber"}, NULL},
    {"bytes_outside", bytes_outside, true, {"sley_await_bytes at " HERE, "outside a fiber"}, NULL},
    {"line_in_callback",
     line_in_callback,
     true,
     {"sley_await_line at " HERE, "is not part of it"},
     NULL},
    {"accept_after_close",
     accept_after_close,
     true,
     {"sley_accept at " HERE, "already closed"},
     NULL},
    {"accept_elsewhere",
     accept_elsewhere,
     true,
     {"sley_accept at " HERE, "in domain other was given a listener of domain main"},
     NULL},
    {"close_elsewhere",
     close_elsewhere,
     true,
     {"sley_listener_close in domain other was given a listener of domain main"},
     NULL},
    {"peek_elsewhere",
     peek_elsewhere,
     true,
     {"sley_input_peek in domain other was given a connection of domain main"},
     NULL},
    {"after_its_body",
     after_its_body,
     true,
     {"sley_input_peek was given the inside handle of a body that has ended"},
     NULL},
    {"no_connection", no_connection, true, {"scalar", "sley_io at " HERE}, NULL},
    {"finished_with_a_domain",
     finished_with_a_domain,
     true,
     {"sley_finish: 1 domain", "other"},
     NULL},
    {"slow_callback", slow_callback, false, {"domain main was blocked for ", HERE}, NULL},
    {"slow_function", slow_function, false, {"domain other was blocked for ", HERE}, NULL},
    {"quick_callbacks", quick_callbacks, false, {"was blocked for"}, "now off\nsley"},
    {"unread_rejection",
     unread_rejection,
     false,
     {"disk on fire", "settled promise \"write of the log\" made at " HERE},
     NULL},
    {"unknown_service", unknown_service, false, {HERE}, NULL},
    {"closed_descriptor", closed_descriptor, false, {"was closed while", HERE, "cancel"}, NULL},
    {"two_readers", two_readers, false, {"both are told"}, NULL},
    /* This last one runs with SLEY_DEBUG=1. */
    {"slow_in_debugging", slow_in_debugging, false, {"domain main was blocked for ", HERE}, NULL},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static void what_goes_wrong_is_said(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) {
    const scene *s = &scenes[i];
#ifdef __SANITIZE_ADDRESS__ /* it detects the freed memory */
    if (s->says[1] != NULL && strncmp(s->says[1], "already ", 8) == 0) continue;
#endif
    scene_goes_as_said(s, i == SCENES - 1);
  }
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_goes_wrong_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
