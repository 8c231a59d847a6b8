/* See mixed.h: two sockets for packets. One sends each packet back; the other numbers them and counts which come back.
 * Each one comes, or somebody is told that it does not. */
#include <sley/datagram.h>

#include "mixed.h"

enum { PACKETS = 10, LONGEST = 1400 };

typedef struct packets {
  sley_datagram *server, *client;
  sley_promise *each, *receiving; /* one reference each */
  unsigned lost, came;
  bool has[PACKETS];
} packets;

static size_t size_of(unsigned number) { return 1 + (number * 271 + mixed.seed * 31) % LONGEST; }

/* Of either socket: a packet less to wait for. */
static void lose(packets *p)
{
  p->lost++;
  mixed.told++;
  if (p->receiving != NULL) sley_cancel(p->receiving);
}

static void refused(void *ctx, const sley_address *to, int code)
{
  (void)to;
  if (mixed.how == FAILING_GENTLY || !failing_draws(code)) mixed_wrong("a packet is refused", NULL);
  lose(ctx);
}

static sley_promise *send_back(void *ctx, const sley_packet *came, size_t n)
{
  packets *p = ctx;
  for (size_t i = 0; i < n; i++) {
    sley_packet back = {.at = came[i].at, .size = came[i].size, .to = came[i].from};
    if (sley_datagram_send(p->server, &back) != 0) lose(p);
  }
  return sley_return_unit();
}

/* Nothing comes back any more. */
static void each_failed(void *ctx, sley_error *e)
{
  packets *p = ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED)) return;
  mixed_failed(sley_error_keep(e), "packets are served");
  p->lost = PACKETS;
  if (p->receiving != NULL) sley_cancel(p->receiving);
}

static void note(packets *p, const sley_packet *came)
{
  unsigned number = came->size > 0 ? (unsigned char)came->at[0] : PACKETS;
  if (number >= PACKETS || came->size != size_of(number) || p->has[number])
    mixed_wrong("a packet comes back wrong", NULL);
  for (size_t i = 1; i < came->size; i++)
    if (came->at[i] != (char)(number + i)) mixed_wrong("a packet comes back changed", NULL);
  p->has[number] = true;
  p->came++;
}

static void send_all(packets *p, const sley_address *to)
{
  static char data[LONGEST];
  for (unsigned number = 0; number < PACKETS; number++) {
    for (size_t i = 0; i < size_of(number); i++) data[i] = (char)(number + i);
    sley_packet packet = {.at = data, .size = size_of(number), .to = to};
    if (sley_datagram_send(p->client, &packet) != 0) lose(p);
    if (mixed_draw(3) == 0) sley_error_drop(sley_yield());
  }
}

static void receive_all(packets *p)
{
  while (p->came + p->lost < PACKETS) {
    sley_value v;
    p->receiving = sley_datagram_receive(p->client);
    sley_error *e = sley_await(sley_keep(p->receiving), &v);
    sley_drop(p->receiving);
    p->receiving = NULL;
    if (e == NULL) {
      note(p, sley_packet_in(&v));
      sley_value_drop(&v);
    } else if (sley_error_is_canceled(e)) {
      sley_error_drop(e);
    } else {
      mixed_failed(e, "packets are received");
      return;
    }
  }
}

/* A few attempts, since opening can fail. */
static sley_datagram *open_one(packets *p)
{
  sley_datagram *d;
  const sley_datagram_options o = {
      .size = sizeof(o), .address = "127.0.0.1:0", .failed = refused, .failed_ctx = p};
  for (int i = 0; i < 100; i++) {
    if (!mixed_failed(sley_datagram_open(&o, &d), "a socket for packets")) return d;
    if (mixed.memory_fails) return NULL;
  }
  mixed_wrong("there is no socket for packets", NULL);
}

sley_promise *mixed_packets_run(void *ctx)
{
  packets p = {0};
  sley_address to = {0};
  (void)ctx;
  p.server = open_one(&p);
  p.client = open_one(&p);
  if (p.server != NULL && p.client != NULL &&
      !mixed_failed(sley_datagram_local(p.server, &to), "the address of a socket")) {
    p.each = sley_datagram_each(p.server, send_back, &p);
    sley_on_failure(p.each, each_failed, &p);
    send_all(&p, &to);
    receive_all(&p);
    mixed_failed(sley_await(sley_datagram_close(p.client), NULL), "a socket for packets closes");
    sley_datagram_abort(p.server);
    sley_drop(p.each);
  }
  sley_datagram_drop(p.client);
  sley_datagram_drop(p.server);
  return sley_return_unit();
}
