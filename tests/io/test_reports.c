/* The lines that the default async hook writes of what is no promise: an output that told nobody of its error, a
 * connection that a server could not serve. Each in a child, whose stderr is read.
 * Tests src/promise/core/hooks.c, src/io/server/server.c, src/io/channel/close.c. */
#include <sys/socket.h>

#include <sley/server.h>

#include "support/channels.h"
#include "support/child.h"

static void untold_error(void)
{
  sley_io *ends[2];
  sley_output *out;
  if (sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) != NULL ||
      sley_output_from_io(NULL, ends[1], &out) != NULL)
    _exit(3);
  sley_io_drop(ends[0]);
  sley_drop(sley_output_text(out, "lost"));
  rest(0.002);
  sley_output_drop(out);
}

static void told_error(void)
{
  sley_io *ends[2];
  sley_output *out;
  if (sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) != NULL ||
      sley_output_from_io(NULL, ends[1], &out) != NULL)
    _exit(3);
  sley_io_drop(ends[0]);
  sley_drop(sley_output_text(out, "lost"));
  rest(0.002);
  settle(sley_output_flush(out));
  sley_output_drop(out);
}

static sley_promise *refuse(sley_connection *c)
{
  (void)c;
  return sley_fail_with(&sley_kind_sley, SLEY_EINVAL,
                        "a request of 9 bytes is over the limit of 8");
}

static void failed_serve(void)
{
  char path[64];
  snprintf(path, sizeof path, "unix:@sley-reports-%d", (int)getpid());
  const sley_listen_options at = {.size = sizeof at, .address = path};
  const sley_listen_options *const all[] = {&at};
  const sley_server_options o = {.size = sizeof o, .listen = all, .listens = 1, .serve = refuse};
  sley_value v, c;
  if (sley_run(sley_server_start(&o), &v) != NULL) _exit(3);
  sley_server *s = sley_server_take(&v);
  if (sley_run(sley_connect(NULL, path, NULL), &c) != NULL) _exit(4);
  char byte;
  settle(sley_read(sley_io_in(&c), &byte, 1));
  settle(sley_server_stop(s, 1));
  sley_value_drop(&c);
  sley_server_drop(s);
}

static int lines_of(const char *text)
{
  int lines = 0;
  for (; *text != '\0'; text++) lines += *text == '\n';
  return lines;
}

static void an_output_says_what_it_was(void **state)
{
  (void)state;
  char said[2048];
  assert_int_equal(run_in_child(untold_error, said, sizeof said), 0);
  assert_non_null(
      strstr(said, "told nobody of its error: writing to a connection: send: Broken pipe"));
  assert_null(strstr(said, "promise"));
  assert_int_equal(lines_of(said), 1);
  assert_int_equal(run_in_child(told_error, said, sizeof said), 0);
  assert_string_equal(said, "");
}

#ifdef __linux__
static void a_server_names_peer_reason_and_places_once(void **state)
{
  (void)state;
  char said[2048];
  assert_int_equal(run_in_child(failed_serve, said, sizeof said), 0);
  const char *begin =
      "sley: connection from unix (unnamed): a request of 9 bytes is over the limit of 8 [sley 11] "
      "at ";
  if (strncmp(said, begin, strlen(begin)) != 0) fail_msg("%s", said);
  assert_non_null(strstr(said, "test_reports.c:"));
  assert_non_null(strstr(said, "; server started at "));
  assert_null(strstr(strstr(said, "limit") + 1, "limit"));
  assert_int_equal(lines_of(said), 1);
}
#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_output_says_what_it_was),
#ifdef __linux__
      cmocka_unit_test(a_server_names_peer_reason_and_places_once),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
