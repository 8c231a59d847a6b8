/* UDP: packets there and back, peers, sources and destinations, fields of the header, cut packets, errors of one
 * packet, full queues, ends.
 * Tests src/io/datagram/open.c, src/io/datagram/ends.c, src/io/datagram/stage.c, src/io/datagram/queue.c,
 * src/io/datagram/send.c, src/io/datagram/receive.c, src/io/datagram/close.c, src/io/datagram/packet.c,
 * src/io/datagram/room.c, src/io/datagram/received.c, src/io/datagram/calls.c. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/clock.h"
#include "support/packets.h"

/* B9.59, B9.60 and B9.61: recvfrom, sendto, recv_msg. */
static void there_and_back(const char *address)
{
  sley_datagram *a = open_at(address), *b = open_at(address);
  sley_address at_a = local(a), at_b = local(b);
  assert_int_equal(send_text(a, &at_b, "question"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(b));
  is_text(p, "question");
  assert_true(sley_address_is_equal(p->from, &at_a));
  assert_null(p->to);
  assert_false(p->cut);
  assert_int_equal(send_text(b, p->from, "answer"), 0);
  sley_packet_drop(p);
  receives(a, "answer");
  sley_packet nothing = {.to = &at_b};
  assert_int_equal(sley_datagram_send(a, &nothing), 0);
  receives(b, "");
  assert_int_equal(counters_of(a).sent, 2);
  assert_int_equal(counters_of(b).received, 2);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void over_ipv4(void **state)
{
  (void)state;
  there_and_back("127.0.0.1:0");
}

static void over_ipv6(void **state)
{
  (void)state;
  if (has_ipv6()) there_and_back("[::1]:0");
}

/* A socket of every address is reached by both, and reaches both. */
static void both_families_at_once(void **state)
{
  (void)state;
  if (!has_ipv6()) return;
  sley_datagram *every = open_at(NULL), *v4 = open_at("127.0.0.1:0"), *v6 = open_at("[::1]:0");
  sley_address at_v4 = local(v4), at_v6 = local(v6), at, to;
  at = local(every);
  assert_int_equal(sley_address_family_get(&at), SLEY_ADDRESS_FAMILY_IPV6);
  assert_null(sley_address_from_host("127.0.0.1", sley_address_port(&at), &to));
  assert_int_equal(send_text(v4, &to, "four"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(every));
  is_text(p, "four");
  assert_non_null(strstr(text_of(p->from), "::ffff:127.0.0.1"));
  assert_int_equal(send_text(every, p->from, "mapped"), 0);
  sley_packet_drop(p);
  receives(v4, "mapped");
  assert_int_equal(send_text(every, &at_v4, "plain"), 0);
  receives(v4, "plain");
  assert_int_equal(send_text(every, &at_v6, "six"), 0);
  receives(v6, "six");
  assert_int_equal(send_text(v4, &at_v6, "never"), -SLEY_EINVAL);
  sley_datagram_drop(every);
  sley_datagram_options o = {.size = sizeof(o), .address = "*:0", .only_ipv6 = true};
  every = open_with(&o);
  assert_int_equal(send_text(every, &at_v4, "never"), -SLEY_EINVAL);
  sley_datagram_drop(every);
  sley_datagram_drop(v4);
  sley_datagram_drop(v6);
}

/* B9.62 and B9.63: send_msg of a connected socket, send_msgto. */
static void with_a_peer(void **state)
{
  (void)state;
  sley_datagram *server = open_at("127.0.0.1:0"), *stranger = open_at("127.0.0.1:0");
  sley_address at = local(server), peer;
  sley_datagram_options o = {.size = sizeof(o), .peer = text_of(&at)};
  sley_datagram *d = open_with(&o);
  sley_address at_d = local(d);
  assert_null(sley_datagram_peer(d, &peer));
  assert_true(sley_address_is_equal(&peer, &at));
  assert_int_equal(send_text(d, NULL, "to the peer"), 0);
  receives(server, "to the peer");
  /* Only the peer is heard. */
  assert_int_equal(send_text(stranger, &at_d, "psst"), 0);
  assert_int_equal(send_text(server, &at_d, "yes"), 0);
  receives(d, "yes");
  /* Another one is reached nonetheless. */
  sley_address at_stranger = local(stranger);
  assert_int_equal(send_text(d, &at_stranger, "aside"), 0);
  receives(stranger, "aside");
  /* Another peer, then none. */
  assert_null(sley_datagram_connect(d, &at_stranger));
  assert_int_equal(send_text(d, NULL, "you"), 0);
  receives(stranger, "you");
  assert_null(sley_datagram_connect(d, NULL));
  assert_int_equal(send_text(d, NULL, "nobody"), -SLEY_EINVAL);
  sley_error *e = sley_datagram_peer(d, &peer);
  assert_true(sley_error_is(e, &sley_kind_errno, ENOTCONN));
  sley_error_drop(e);
  at_d = local(d);
  at_d = local(d);
  assert_int_equal(sley_address_family_get(&at_d), SLEY_ADDRESS_FAMILY_IPV4);
  sley_datagram_drop(d);
  sley_datagram_drop(server);
  sley_datagram_drop(stranger);
}

/* A server of several addresses answers from the one that was asked. */
static void source_and_destination(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "0.0.0.0:0", .want_destination = true};
  sley_datagram *server = open_with(&o), *client = open_at("127.0.0.1:0");
  unsigned port = sley_address_port(&(sley_address){0});
  sley_address at = local(server), second, client_at = local(client);
  port = sley_address_port(&at);
  assert_null(sley_address_from_host("127.0.0.2", port, &second));
  assert_int_equal(send_text(client, &second, "q"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(server));
  assert_non_null(p->to);
  assert_true(sley_address_is_equal(p->to, &second));
  assert_true(p->interface > 0);
  sley_packet answer = {.at = "a", .size = 1, .to = p->from, .from = p->to};
  assert_int_equal(sley_datagram_send(server, &answer), 0);
  sley_packet_drop(p);
  p = packet_from(sley_datagram_receive(client));
  assert_true(sley_address_is_equal(p->from, &second));
  sley_packet_drop(p);
  /* The interface alone. */
  answer = (sley_packet){.at = "b", .size = 1, .to = &client_at, .interface = 1};
  assert_int_equal(sley_datagram_send(server, &answer), 0);
  receives(client, "b");
  sley_datagram_drop(server);
  sley_datagram_drop(client);
}

static void source_and_destination_of_ipv6(void **state)
{
  (void)state;
  if (!has_ipv6()) return;
  sley_datagram_options o = {.size = sizeof(o), .want_destination = true, .want_tos = true};
  sley_datagram_options o_v4 = {.size = sizeof(o_v4), .address = "127.0.0.1:0", .want_tos = true};
  sley_datagram *server = open_with(&o), *v4 = open_with(&o_v4), *v6 = open_at("[::1]:0");
  sley_address at = local(server), to, from_v4;
  assert_null(sley_address_from_host("::1", sley_address_port(&at), &to));
  sley_packet q = {.at = "q", .size = 1, .to = &to, .tos = 0xb9};
  assert_int_equal(sley_datagram_send(v6, &q), 0);
  sley_packet *p = packet_from(sley_datagram_receive(server));
  assert_true(sley_address_is_equal(p->to, &to));
  assert_int_equal(p->tos, 0xb9);
  q = (sley_packet){.at = "a", .size = 1, .to = p->from, .from = p->to, .tos = 2};
  assert_int_equal(sley_datagram_send(server, &q), 0);
  sley_packet_drop(p);
  receives(v6, "a");
  /* IPv4 through the same socket. */
  assert_null(sley_address_from_host("127.0.0.2", sley_address_port(&at), &to));
  q = (sley_packet){.at = "q", .size = 1, .to = &to, .tos = 0x03};
  assert_int_equal(sley_datagram_send(v4, &q), 0);
  p = packet_from(sley_datagram_receive(server));
  assert_non_null(strstr(text_of(p->to), "::ffff:127.0.0.2"));
  assert_int_equal(p->tos, 0x03);
  q = (sley_packet){.at = "a", .size = 1, .to = p->from, .from = &to, .tos = 0x2e};
  assert_int_equal(sley_datagram_send(server, &q), 0);
  sley_packet_drop(p);
  p = packet_from(sley_datagram_receive(v4));
  from_v4 = *p->from;
  assert_int_equal(p->tos, 0x2e);
  assert_true(sley_address_is_equal(&from_v4, &to));
  sley_packet_drop(p);
  sley_datagram_drop(server);
  sley_datagram_drop(v4);
  sley_datagram_drop(v6);
}

/* DSCP and ECN (RFC 2474, RFC 3168). */
static void tos(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .want_tos = true};
  sley_datagram *a = open_with(&o), *b = open_with(&o);
  sley_address at_b = local(b);
  sley_packet marked = {.at = "x", .size = 1, .to = &at_b, .tos = 0xb8 | 1};
  assert_int_equal(sley_datagram_send(a, &marked), 0);
  assert_int_equal(send_text(a, &at_b, "y"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(b));
  assert_int_equal(p->tos, 0xb9);
  sley_packet_drop(p);
  p = packet_from(sley_datagram_receive(b));
  assert_int_equal(p->tos, 0);
  sley_packet_drop(p);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void what_is_too_long_is_cut(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .most = 5};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_with(&o);
  sley_address at_b = local(b);
  assert_int_equal(send_text(a, &at_b, "five."), 0);
  assert_int_equal(send_text(a, &at_b, "too long"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(b));
  is_text(p, "five.");
  assert_false(p->cut);
  sley_packet_drop(p);
  p = packet_from(sley_datagram_receive(b));
  is_text(p, "too l");
  assert_true(p->cut);
  sley_packet_drop(p);
  assert_int_equal(counters_of(b).cut, 1);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

/* ---- errors of one packet ---- */

static struct {
  int count, code;
  sley_address to;
  int dropped;
} told;

static void failed(void *ctx, const sley_address *to, int code)
{
  assert_ptr_equal(ctx, &told);
  told.count++;
  told.code = code;
  told.to = to != NULL ? *to : (sley_address){0};
}

static void failed_drop(void *ctx)
{
  assert_ptr_equal(ctx, &told);
  told.dropped++;
}

static sley_datagram_options telling(void)
{
  memset(&told, 0, sizeof(told));
  return (sley_datagram_options){.size = sizeof(sley_datagram_options),
                                 .failed = failed,
                                 .failed_ctx = &told,
                                 .failed_drop = failed_drop};
}

static void one_of_three_is_too_long(void **state)
{
  (void)state;
  enum { TOO_LONG = 65508 };
  sley_datagram_options o = telling();
  o.address = "127.0.0.1:0";
  sley_datagram *a = open_with(&o), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  char *much = calloc(1, TOO_LONG);
  sley_packet too_long = {.at = much, .size = TOO_LONG, .to = &at_b};
  assert_int_equal(send_text(a, &at_b, "first"), 0);
  assert_int_equal(sley_datagram_send(a, &too_long), 0);
  assert_int_equal(send_text(a, &at_b, "third"), 0);
  run_gives(sley_datagram_flush(a), 0);
  receives(b, "first");
  receives(b, "third");
  WAIT_UNTIL(told.count > 0); /* from the loop */
  assert_int_equal(told.count, 1);
  assert_int_equal(told.code, EMSGSIZE);
  assert_true(sley_address_is_equal(&told.to, &at_b));
  sley_datagram_counters c = counters_of(a);
  assert_int_equal(c.sent, 2);
  assert_int_equal(c.refused, 1);
  assert_int_equal(sley_datagram_staged(a), 0);
  free(much);
  assert_int_equal(told.dropped, 0);
  sley_datagram_drop(a);
  assert_int_equal(told.dropped, 1);
  sley_datagram_drop(b);
}

/* Nobody is at the port of the peer: that ends no receive. */
static void a_refused_packet_ends_nothing(void **state)
{
  (void)state;
  sley_datagram *gone = open_at("127.0.0.1:0");
  sley_address at = local(gone);
  sley_datagram_drop(gone);
  sley_datagram_options o = telling();
  o.peer = text_of(&at);
  sley_datagram *d = open_with(&o);
  sley_promise *received = sley_datagram_receive(d);
  assert_int_equal(send_text(d, NULL, "one"), 0);
  assert_int_equal(send_text(d, NULL, "two"), 0);
  assert_int_equal(send_text(d, NULL, "three"), 0);
  WAIT_UNTIL(told.count > 0);
  assert_int_equal(told.code, ECONNREFUSED);
  assert_true(sley_address_is_equal(&told.to, &at));
  assert_true(sley_is_pending(received));
  assert_int_equal(counters_of(d).sent, 3); /* the error is of an earlier one */
  assert_true(counters_of(d).refused > 0);
  /* Somebody is there now. */
  gone = open_at(text_of(&at));
  sley_address at_d = local(d);
  assert_int_equal(send_text(gone, &at_d, "back"), 0);
  sley_packet *p = packet_from(received);
  is_text(p, "back");
  sley_packet_drop(p);
  sley_datagram_drop(gone);
  sley_datagram_drop(d);
}

static sley_datagram *aborted_by;
static void failed_aborts(void *ctx, const sley_address *to, int code)
{
  (void)ctx;
  (void)to;
  assert_int_equal(code, EMSGSIZE);
  told.count++;
  sley_datagram_abort(aborted_by);
}

static void the_hook_may_abort(void **state)
{
  (void)state;
  enum { TOO_LONG = 70000 };
  sley_datagram_options o = telling();
  o.address = "127.0.0.1:0";
  o.failed = failed_aborts;
  sley_datagram *a = aborted_by = open_with(&o);
  sley_address at = local(a);
  char *much = calloc(1, TOO_LONG);
  sley_packet too_long = {.at = much, .size = TOO_LONG, .to = &at};
  for (int i = 0; i < 3; i++) assert_int_equal(sley_datagram_send(a, &too_long), 0);
  sley_promise *received = sley_datagram_receive(a);
  run_fails(received, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(told.count, 1);
  assert_int_equal(told.dropped, 1);
  free(much);
  sley_datagram_drop(a);
}

/* ---- the queue ---- */

static void a_full_queue(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .queue = 1280};
  sley_datagram *a = open_with(&o), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  run_gives(sley_datagram_wait_ready(a), 0);
  for (int i = 0; i < 9; i++) assert_int_equal(send_text(a, &at_b, "12345678"), 0);
  assert_int_equal(sley_datagram_staged(a), 9 * (8 + 128));
  assert_int_equal(send_text(a, &at_b, "12345678"), -SLEY_EAGAIN);
  assert_int_equal(counters_of(a).full, 1);
  sley_promise *ready = sley_datagram_wait_ready(a);
  assert_true(sley_is_pending(ready));
  run_gives(ready, 0);
  assert_int_equal(sley_datagram_staged(a), 0);
  assert_int_equal(counters_of(a).calls_out, 1);
  /* One that is larger than the queue is taken if nothing else is staged. */
  char much[4096] = "";
  sley_packet large = {.at = much, .size = sizeof(much), .to = &at_b};
  assert_int_equal(sley_datagram_send(a, &large), 0);
  assert_int_equal(sley_datagram_send(a, &large), -SLEY_EAGAIN);
  /* A flush sends within the call. */
  run_gives(sley_datagram_flush(a), 0);
  assert_int_equal(counters_of(a).sent, 10);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void a_turn_sends_with_one_call(void **state)
{
  (void)state;
  enum { MANY = 50 };
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  char text[8];
  for (int i = 0; i < MANY; i++) {
    snprintf(text, sizeof(text), "%d", i);
    assert_int_equal(send_text(a, &at_b, text), 0);
  }
  for (int i = 0; i < MANY; i++) {
    snprintf(text, sizeof(text), "%d", i);
    receives(b, text);
  }
  assert_int_equal(counters_of(a).calls_out, 1);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

/* More than a chunk of memory holds, some of them larger than it. */
static void many_of_all_sizes(void **state)
{
  (void)state;
  enum { MANY = 200 };
  sley_datagram_options o = {.size = sizeof(o),
                             .address = "127.0.0.1:0",
                             .most = 65536,
                             .receive_buffer = 1 << 20,
                             .queue = 16 << 20};
  sley_datagram *a = open_with(&o), *b = open_with(&o);
  sley_address at_b = local(b);
  char *data = malloc(65536);
  for (int i = 0; i < 65536; i++) data[i] = (char)(i * 7);
  size_t sent = 0, got = 0;
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < 5; i++) {
      sley_packet p = {.at = data, .size = (sent * 7919) % 65000, .to = &at_b};
      assert_int_equal(sley_datagram_send(a, &p), 0);
      sent++;
    }
    for (int i = 0; i < 5; i++) {
      sley_packet *p = packet_from(sley_datagram_receive(b));
      assert_int_equal(p->size, (got * 7919) % 65000);
      assert_memory_equal(p->at, data, p->size);
      assert_false(p->cut);
      sley_packet_drop(p);
      got++;
    }
  }
  free(data);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

/* ---- receiving: who waits, and cancel ---- */

static void the_first_that_asked_gets_the_first(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  sley_promise *first = sley_datagram_receive(b), *second = sley_datagram_receive(b),
               *third = sley_datagram_receive(b);
  sley_cancel(second);
  run_fails(second, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(send_text(a, &at_b, "1"), 0);
  assert_int_equal(send_text(a, &at_b, "2"), 0);
  sley_packet *p = packet_from(third);
  is_text(p, "2");
  sley_packet_drop(p);
  p = packet_from(first);
  is_text(p, "1");
  sley_packet_drop(p);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void cancel_consumes_nothing(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  sley_promise *p = sley_datagram_receive(b);
  rest(0.001); /* it is watched */
  assert_int_equal(send_text(a, &at_b, "kept"), 0);
  run_gives(sley_datagram_flush(a), 0); /* it has come */
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  rest(0.001);
  receives(b, "kept");
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void a_packet_as_a_value(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0");
  sley_address at = local(a);
  assert_int_equal(send_text(a, &at, "self"), 0);
  sley_value v;
  assert_null(run_failure(sley_datagram_receive(a), &v));
  is_text(sley_packet_in(&v), "self");
  sley_packet *p = sley_packet_take(&v);
  sley_value_drop(&v);
  v = sley_packet_to_value(p);
  sley_datagram_drop(a); /* the packet stays */
  is_text(sley_packet_in(&v), "self");
  sley_value_drop(&v);
  sley_packet_drop(NULL);
}

/* ---- ends ---- */

static void close_sends_what_is_staged(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b), at;
  sley_promise *received = sley_datagram_receive(a);
  assert_int_equal(send_text(a, &at_b, "last words"), 0);
  sley_promise *closed = sley_datagram_close(a), *again = sley_datagram_close(a);
  assert_true(sley_is_same(closed, again));
  run_fails(received, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(send_text(a, &at_b, "no"), -SLEY_ECLOSED);
  run_gives(closed, 0);
  run_gives(again, 0);
  assert_int_equal(sley_datagram_fd(a), -1);
  receives(b, "last words");
  run_fails(sley_datagram_receive(a), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_datagram_flush(a), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_datagram_wait_ready(a), &sley_kind_sley, SLEY_ECLOSED);
  assert_ptr_equal(sley_datagram_local(a, &at), sley_error_closed());
  assert_ptr_equal(sley_datagram_connect(a, &at_b), sley_error_closed());
  run_gives(sley_datagram_close(a), 0);
  sley_datagram_abort(a);
  sley_datagram_drop(a);
  /* Dropped while it is being closed: that goes on. */
  a = open_at("127.0.0.1:0");
  assert_int_equal(send_text(a, &at_b, "and these"), 0);
  closed = sley_datagram_close(a);
  sley_datagram_drop(a);
  run_gives(closed, 0);
  receives(b, "and these");
  sley_datagram_drop(b);
}

static void abort_drops_what_is_staged(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  sley_promise *received = sley_datagram_receive(a);
  assert_int_equal(send_text(a, &at_b, "never"), 0);
  sley_datagram_abort(a);
  run_fails(received, &sley_kind_sley, SLEY_ECLOSED);
  sley_datagram_abort(a);
  run_gives(sley_datagram_close(a), 0);
  assert_int_equal(counters_of(a).sent, 0);
  sley_datagram_drop(a);
  sley_datagram_abort(NULL);
  sley_datagram_drop(NULL);
  sley_datagram_drop(b);
}

static void handles_are_counted(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = sley_datagram_keep(a);
  assert_ptr_equal(a, b);
  sley_promise *received = sley_datagram_receive(a);
  sley_datagram_drop(a);
  assert_true(sley_is_pending(received));
  sley_datagram_drop(b);
  run_fails(received, &sley_kind_sley, SLEY_ECLOSED);
  assert_null(sley_datagram_keep(NULL));
}

/* What is left when the domain ends is aborted. */
static void left_at_the_end(void **state)
{
  (void)state;
  sley_datagram_options o = telling();
  o.address = "127.0.0.1:0";
  sley_datagram *a = open_with(&o);
  sley_address at = local(a);
  assert_int_equal(send_text(a, &at, "never"), 0);
  sley_drop(sley_datagram_receive(a));
  sley_drop(sley_datagram_close(a));
  a = open_with(&o);
  sley_drop(sley_datagram_receive(a));
  assert_int_equal(sley_finish(), 0);
  assert_int_equal(told.dropped, 2);
}

/* ---- options ---- */

static sley_error *prepared(void *ctx, sley_fd fd)
{
  int on = 1;
  ++*(int *)ctx;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 ? NULL : sley_error_nomem();
}
static sley_error *refuses(void *ctx, sley_fd fd)
{
  (void)ctx;
  (void)fd;
  return sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "not here");
}
static int prepare_drops;
static void prepare_dropped(void *ctx)
{
  (void)ctx;
  prepare_drops++;
}

static int option_of(const sley_datagram *d, int option)
{
  int value = -1;
  socklen_t size = sizeof(value);
  assert_int_equal(getsockopt(sley_datagram_fd(d), SOL_SOCKET, option, &value, &size), 0);
  return value;
}

static void options(void **state)
{
  (void)state;
  int calls = 0;
  prepare_drops = 0;
  sley_datagram_options o = {.size = sizeof(o),
                             .address = "127.0.0.1:0",
                             .share_port = true,
                             .broadcast = true,
                             .receive_buffer = 20000,
                             .send_buffer = 30000,
                             .prepare = prepared,
                             .prepare_ctx = &calls,
                             .prepare_drop = prepare_dropped};
  sley_datagram *a = open_with(&o), *b;
  assert_int_equal(calls, 1);
  assert_int_equal(prepare_drops, 1);
  assert_int_equal(option_of(a, SO_REUSEADDR), 1);
  assert_int_equal(option_of(a, SO_REUSEPORT), 1);
  assert_int_equal(option_of(a, SO_BROADCAST), 1);
  assert_true(option_of(a, SO_RCVBUF) == 40000 || option_of(a, SO_RCVBUF) == 20000);
  assert_true(option_of(a, SO_SNDBUF) == 60000 || option_of(a, SO_SNDBUF) == 30000);
  sley_address at = local(a);
  o.address = text_of(&at);
  o.prepare = NULL;
  b = open_with(&o); /* the port is shared */
  sley_datagram_drop(a);
  sley_datagram_drop(b);
  o.prepare = refuses;
  sley_error *e = sley_datagram_open(&o, &b);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOTFOUND));
  assert_null(b);
  assert_int_equal(prepare_drops, 3);
  sley_error_drop(e);
}

static const char *refused(const sley_datagram_options *o, const sley_error_kind *kind, int code)
{
  static char text[512];
  sley_datagram *d = (sley_datagram *)&text;
  sley_error *e = sley_datagram_open(o, &d);
  assert_non_null(e);
  assert_null(d);
  snprintf(text, sizeof(text), "%s", sley_error_message(e));
  if (!sley_error_is(e, kind, code)) print_message("error: %s\n", text);
  assert_true(sley_error_is(e, kind, code));
  sley_error_drop(e);
  return text;
}

static void bad_options(void **state)
{
  (void)state;
  sley_datagram *taken = open_at("127.0.0.1:0");
  sley_address at = local(taken);
  sley_datagram_options o = telling();
  o.address = text_of(&at);
  assert_non_null(strstr(refused(&o, &sley_kind_errno, EADDRINUSE), "bind"));
  assert_non_null(strstr(refused(&o, &sley_kind_errno, EADDRINUSE), "127.0.0.1"));
  assert_int_equal(told.dropped, 2);
  sley_datagram_drop(taken);
  o.address = "somewhere:80";
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
  o.address = "127.0.0.1:0";
  o.peer = "[::1]:9";
  assert_non_null(strstr(refused(&o, &sley_kind_sley, SLEY_EINVAL), "famil"));
  o.peer = NULL;
  o.most = 2 << 20;
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
  o.most = 0;
  o.batch = 1025;
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
  o.batch = 0;
  o.most_fds = 254;
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
  o.most_fds = 0;
  o.finish = -1;
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
  o.finish = 0;
  o.receive_buffer = (size_t)3 << 30;
  refused(&o, &sley_kind_sley, SLEY_EINVAL);
}

static void bad_packets(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0");
  sley_address at = local(a), unix_at, none = {0};
  assert_null(sley_address_from_path("/tmp/x", 6, &unix_at));
  sley_fd fd = 0;
  sley_packet p = {.at = "x", .size = 1};
  assert_int_equal(sley_datagram_send(a, &p), -SLEY_EINVAL);
  p.to = &none;
  assert_int_equal(sley_datagram_send(a, &p), -SLEY_EINVAL);
  p.to = &unix_at;
  assert_int_equal(sley_datagram_send(a, &p), -SLEY_EINVAL);
  p.to = &at;
  p.from = &unix_at;
  assert_int_equal(sley_datagram_send(a, &p), -SLEY_EINVAL);
  p.from = NULL;
  p.fds = &fd;
  p.fd_count = 1;
  assert_int_equal(sley_datagram_send(a, &p), -SLEY_EINVAL);
  assert_int_equal(sley_datagram_staged(a), 0);
  sley_datagram_drop(a);
}

/* Linux tells with a packet how many it had no room for before. */
static void what_the_kernel_drops_is_counted(void **state)
{
  (void)state;
#ifdef SO_RXQ_OVFL
  enum { MANY = 200 };
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .receive_buffer = 4096};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_with(&o);
  sley_address at_b = local(b);
  char data[1000] = "";
  sley_packet p = {.at = data, .size = sizeof(data), .to = &at_b};
  for (int i = 0; i < MANY; i++) assert_int_equal(sley_datagram_send(a, &p), 0);
  run_gives(sley_datagram_flush(a), 0);
  uint64_t got = 0;
  sley_promise *next = sley_datagram_receive(b);
  for (; !sley_is_pending(next); next = sley_datagram_receive(b), got++)
    sley_packet_drop(packet_from(next));
  assert_true(got > 0 && got < MANY);
  assert_int_equal(send_text(a, &at_b, "and one more"), 0);
  sley_packet *last = packet_from(next);
  is_text(last, "and one more");
  sley_packet_drop(last);
  assert_true(counters_of(b).dropped > 0);
  assert_int_equal(counters_of(b).dropped, MANY - got);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
#endif
}

/* What never has to wait is bounded in one turn: the rest goes as the turn ends. */
static void flushes_leave_turns_to_others(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  bool waited = false;
  for (int i = 0; i < 1000 && !waited; i++) {
    assert_int_equal(send_text(a, &at_b, "x"), 0);
    sley_promise *p = sley_datagram_flush(a);
    waited = sley_is_pending(p);
    run_gives(p, 0);
  }
  assert_true(waited);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(over_ipv4),
                                     TEST(flushes_leave_turns_to_others),
                                     TEST(over_ipv6),
                                     TEST(both_families_at_once),
                                     TEST(with_a_peer),
                                     TEST(source_and_destination),
                                     TEST(source_and_destination_of_ipv6),
                                     TEST(tos),
                                     TEST(what_is_too_long_is_cut),
                                     TEST(one_of_three_is_too_long),
                                     TEST(a_refused_packet_ends_nothing),
                                     TEST(the_hook_may_abort),
                                     TEST(a_full_queue),
                                     TEST(a_turn_sends_with_one_call),
                                     TEST(many_of_all_sizes),
                                     TEST(the_first_that_asked_gets_the_first),
                                     TEST(cancel_consumes_nothing),
                                     TEST(a_packet_as_a_value),
                                     TEST(close_sends_what_is_staged),
                                     TEST(abort_drops_what_is_staged),
                                     TEST(handles_are_counted),
                                     TEST(left_at_the_end),
                                     TEST(options),
                                     TEST(bad_options),
                                     TEST(bad_packets),
                                     TEST(what_the_kernel_drops_is_counted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
