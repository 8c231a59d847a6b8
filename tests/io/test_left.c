/* What a domain leaves: objects, listeners and datagram sockets are named in its report, and where they were made.
 * Tests src/io/object/io.c, src/io/socket/listen.c, src/io/datagram/state.c. */
#include <sley/datagram.h>

#include "support/domains.h"

static char told[4096];
static sley_io *ends[2], *copy;
static sley_listener *listener;
static sley_datagram *datagram;
static int lines[4]; /* of the calls below */

static void hear_line(void *ctx, const char *line)
{
  (void)ctx;
  size_t length = strlen(told);
  snprintf(told + length, sizeof(told) - length, "%s\n", line);
}

static sley_promise *leave_all(sley_value *arg)
{
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_datagram_options bound = {.size = sizeof(bound), .address = "127.0.0.1:0"};
  (void)arg;
  lines[0] = __LINE__ + 1;
  sley_error *e = sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends);
  lines[1] = __LINE__ + 1;
  if (e == NULL) e = sley_io_dup(ends[0], &copy);
  lines[2] = __LINE__ + 1;
  if (e == NULL) e = sley_listen(&at, &listener);
  lines[3] = __LINE__ + 1;
  if (e == NULL) e = sley_datagram_open(&bound, &datagram);
  if (e != NULL) return sley_fail(e);
  sley_drop(sley_io_wait_writable(ends[0])); /* its loop knows it from now on */
  sley_drop(sley_io_wait_writable(copy));
  return sley_return_unit();
}

static void is_told(const char *what, int line)
{
  char wanted[64];
  const char *at = strstr(told, what), *end = at != NULL ? strchr(at, '\n') : NULL;
  if (end == NULL) fail_msg("%s is not in: %s", what, told);
  int size = snprintf(wanted, sizeof(wanted), "test_left.c:%d\n", line);
  if (memcmp(end + 1 - size, wanted, (size_t)size) != 0)
    fail_msg("%s is not behind: %s", wanted, at);
}

static void leave_in_a_domain(bool has_debug)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "other", .report = hear_line};
  told[0] = '\0';
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, leave_all, sley_unit()), 0);
  run_gives(sley_domain_shutdown(d, 20), 0);
  sley_domain_drop(d);
  is_told("left in domain other: listener on 127.0.0.1:", lines[2]);
  is_told("left in domain other: datagram socket on 127.0.0.1:", lines[3]);
  char first[64], second[64];
  snprintf(first, sizeof(first), "test_left.c:%d\n", lines[0]);
  snprintf(second, sizeof(second), "test_left.c:%d\n", lines[1]);
  assert_int_equal(strstr(told, first) != NULL, has_debug);
  assert_int_equal(strstr(told, second) != NULL, has_debug);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
  sley_io_drop(copy);
}

static void all_are_named(void **state)
{
  (void)state;
  leave_in_a_domain(false);
}

static int setup_debug(void **state)
{
  setenv("SLEY_DEBUG", "1", 1);
  int code = setup(state);
  unsetenv("SLEY_DEBUG");
  return code;
}

/* SLEY_DEBUG keeps it for objects, which are many and small. */
static void and_where_they_were_made(void **state)
{
  (void)state;
  leave_in_a_domain(true);
}

int main(void)
{
  unsetenv("SLEY_DEBUG");
  const struct CMUnitTest tests[] = {
      TEST(all_are_named),
      cmocka_unit_test_setup_teardown(and_where_they_were_made, setup_debug, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
