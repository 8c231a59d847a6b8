/* Bytes over TCP, from a listener to a connection and back. The numbers are those of Lwt's own tests of Lwt_bytes.
 * Tests src/io/object/transfer.c. */
#include "support/process.h"

typedef struct ends {
  sley_listener *listener;
  sley_io *client, *server;
} ends;

static ends connected(void)
{
  ends e;
  sley_value v;
  char port[16];
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &e.listener));
  snprintf(port, sizeof(port), "%u", sley_listener_port(e.listener));
  sley_promise *accepted = sley_accept(e.listener);
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  e.client = sley_io_take(&v);
  assert_null(sley_run(accepted, &v));
  e.server = sley_io_take(&v);
  return e;
}

static void disconnect(ends *e)
{
  sley_io_drop(e->client);
  sley_io_drop(e->server);
  sley_listener_close(e->listener);
}

static void b9_57_a_part_is_received(void **state)
{
  (void)state;
  ends e = connected();
  char room[] = "canary...";
  run_gives(sley_write(e.server, "abcdefghi", 9), 0);
  run_gives(sley_read(e.client, room, 6), 6);
  assert_string_equal(room, "abcdef...");
  run_gives(sley_read(e.client, room, 6), 3); /* the rest stayed */
  assert_string_equal(room, "ghidef...");
  disconnect(&e);
}

static void b9_58_all_is_sent(void **state)
{
  (void)state;
  ends e = connected();
  char room[16] = "";
  run_gives(sley_write(e.client, "abcdefghi", 9), 0);
  run_gives(sley_io_end(e.client), 0);
  size_t got = 0;
  sley_value v;
  do {
    assert_null(sley_run(sley_read(e.server, room + got, sizeof(room) - 1 - got), &v));
    got += (size_t)v.i;
  } while (v.i > 0);
  assert_string_equal(room, "abcdefghi");
  run_gives(sley_write(e.server, "back", 4), 0); /* the other half is open */
  run_gives(sley_read(e.client, room, 4), 4);
  assert_memory_equal(room, "back", 4);
  disconnect(&e);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(b9_57_a_part_is_received), TEST(b9_58_all_is_sent)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
