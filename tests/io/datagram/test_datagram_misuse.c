/* Mistakes with datagram sockets: each aborts with a message that names the call and what to do. Every case is a
 * separate run of this program.
 * Tests src/io/datagram/close.c, src/io/datagram/packet.c, src/io/datagram/each.c. */
#include <sley/datagram.h>

#include "support/domains.h"
#include "support/scenes.h"

static sley_datagram *opened(void)
{
  sley_datagram *d = NULL;
  sley_datagram_options o = {.size = sizeof o, .address = "127.0.0.1:0"};
  if (sley_datagram_open(&o, &d) != NULL) exit(3);
  return d;
}

static void run(sley_promise *p) { sley_error_drop(sley_run(p, NULL)); }

static void receive_null(void) { run(sley_datagram_receive(NULL)); }
static void receive_after_drop(void)
{
  sley_datagram *d = opened();
  sley_datagram_drop(d);
  run(sley_datagram_receive(d));
}
static void dropped_twice(void)
{
  sley_datagram *d = opened();
  sley_datagram_drop(d);
  sley_datagram_drop(d);
}
/* It is still there, to be closed. */
static void dropped_while_it_closes(void)
{
  sley_datagram *d = opened();
  sley_datagram_keep(d);
  sley_drop(sley_datagram_close(d));
  sley_datagram_drop(d);
  sley_datagram_drop(d);
  sley_datagram_abort(d);
}
static void no_size(void)
{
  sley_datagram *d;
  sley_datagram_options o = {.address = "127.0.0.1:0"};
  sley_error_drop(sley_datagram_open(&o, &d));
}
static void send_nothing(void)
{
  int code = sley_datagram_send(opened(), NULL);
  (void)code;
}
static void send_no_bytes(void)
{
  sley_packet p = {.size = 1};
  int code = sley_datagram_send(opened(), &p);
  (void)code;
}
static void each_without_function(void) { run(sley_datagram_each(opened(), NULL, NULL)); }

static sley_promise *receive_here(sley_value *arg) { return sley_datagram_receive(arg->ptr); }
static void receive_elsewhere(void)
{
  run(sley_call(start("other"), receive_here, sley_borrow(opened())));
}

static sley_promise *gives_null(void *ctx, const sley_packet *packets, size_t n)
{
  (void)ctx;
  (void)packets;
  (void)n;
  return NULL;
}
static sley_promise *takes_a_descriptor(void *ctx, const sley_packet *packets, size_t n)
{
  (void)ctx;
  (void)n;
  sley_fd fd = sley_packet_take_fd(packets, 0);
  (void)fd;
  return sley_return_unit();
}
static void sends_to_itself(sley_packets_fn *f)
{
  sley_datagram *d = opened();
  sley_address at;
  sley_error_drop(sley_datagram_local(d, &at));
  sley_packet p = {.at = "x", .size = 1, .to = &at};
  if (sley_datagram_send(d, &p) != 0) exit(3);
  run(sley_datagram_each(d, f, NULL));
}
static void null_from_each(void) { sends_to_itself(gives_null); }
static void no_such_descriptor(void) { sends_to_itself(takes_a_descriptor); }
static void no_packet(void)
{
  sley_value v = sley_int(4);
  (void)sley_packet_in(&v);
}

static const scene scenes[] = {
    {"receive_null", receive_null, true, {"sley_datagram_receive at " HERE, "NULL"}, NULL},
    {"receive_after_drop",
     receive_after_drop,
     true,
     {"sley_datagram_receive at " HERE, "was dropped"},
     NULL},
    {"dropped_twice", dropped_twice, true, {"sley_datagram_drop", "was dropped"}, NULL},
    {"dropped_while_it_closes",
     dropped_while_it_closes,
     true,
     {"sley_datagram_abort", "was dropped"},
     NULL},
    {"no_size", no_size, true, {"sley_datagram_open", "size"}, NULL},
    {"send_nothing", send_nothing, true, {"sley_datagram_send", "packet"}, NULL},
    {"send_no_bytes", send_no_bytes, true, {"sley_datagram_send", "packet->at"}, NULL},
    {"each_without_function",
     each_without_function,
     true,
     {"sley_datagram_each at " HERE, "for its argument f"},
     NULL},
    {"receive_elsewhere",
     receive_elsewhere,
     true,
     {"sley_datagram_receive at " HERE,
      "in domain other was given a datagram socket of domain main", "share_port"},
     NULL},
    {"null_from_each", null_from_each, true, {"sley_datagram_each", HERE, "NULL"}, NULL},
    {"no_such_descriptor",
     no_such_descriptor,
     true,
     {"sley_packet_take_fd at " HERE, "descriptor 0 of a packet with 0"},
     NULL},
    {"no_packet", no_packet, true, {"sley_packet"}, NULL},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static void what_goes_wrong_is_said(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) {
    const scene *s = &scenes[i];
#ifdef __SANITIZE_ADDRESS__ /* it detects the freed memory */
    if (s->says[1] != NULL && strcmp(s->says[1], "was dropped") == 0) continue;
#endif
    scene_goes_as_said(s, false);
  }
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_goes_wrong_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
