/* Datagram sockets of tests. */
#ifndef TESTS_SUPPORT_PACKETS_H
#define TESTS_SUPPORT_PACKETS_H

#include <sley/datagram.h>

#include "support/process.h"

static inline sley_datagram *open_with(const sley_datagram_options *o)
{
  sley_datagram *d;
  sley_error *e = sley_datagram_open(o, &d);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  assert_non_null(d);
  return d;
}

static inline sley_datagram *open_at(const char *address)
{
  sley_datagram_options o = {.size = sizeof(o), .address = address};
  return open_with(&o);
}

static inline sley_address local(const sley_datagram *d)
{
  sley_address a;
  assert_null(sley_datagram_local(d, &a));
  return a;
}

/* The text of an address; valid until the second next call. */
static inline const char *text_of(const sley_address *a)
{
  static char texts[2][SLEY_ADDRESS_TEXT];
  static int next;
  char *text = texts[next = !next];
  sley_address_text(a, text, SLEY_ADDRESS_TEXT);
  return text;
}

/* Whether this machine has IPv6. */
static inline bool has_ipv6(void)
{
  sley_datagram_options o = {.size = sizeof(o), .address = "[::1]:0"};
  sley_datagram *d;
  sley_error *e = sley_datagram_open(&o, &d);
  if (e != NULL) print_message("no IPv6: %s\n", sley_error_message(e));
  sley_error_drop(e);
  sley_datagram_drop(d);
  return e == NULL;
}

static inline int send_text(sley_datagram *d, const sley_address *to, const char *text)
{
  sley_packet p = {.at = text, .size = strlen(text), .to = to};
  return sley_datagram_send(d, &p);
}

/* Runs a receive; the caller drops the packet. */
static inline sley_packet *packet_from(sley_promise *received)
{
  sley_value v;
  assert_null(run_failure(received, &v));
  assert_true(sley_packet_is_in(&v));
  sley_packet *p = sley_packet_take(&v);
  assert_non_null(p);
  return p;
}

#define is_text(packet, text)                              \
  do {                                                     \
    assert_int_equal((packet)->size, strlen(text));        \
    assert_memory_equal((packet)->at, text, strlen(text)); \
  } while (0)

static inline void receives(sley_datagram *d, const char *text)
{
  sley_packet *p = packet_from(sley_datagram_receive(d));
  is_text(p, text);
  sley_packet_drop(p);
}

static inline sley_datagram_counters counters_of(const sley_datagram *d)
{
  sley_datagram_counters c = {.size = sizeof(c)};
  sley_datagram_counters_get(d, &c);
  return c;
}

#endif
