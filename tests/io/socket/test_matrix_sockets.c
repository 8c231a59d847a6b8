/* Every operation of listeners, datagram sockets, connecting, names and servers in every situation: ready, waiting, canceled,
 * closed, the peer gone, no memory; over TCP or UDP and over Unix sockets. The peers are plain descriptors.
 * Tests src/io/socket/listen.c, src/io/socket/attempt.c, src/io/socket/question.c, src/io/datagram/receive.c,
 * src/io/datagram/send.c, src/io/server/start.c, src/io/server/stop.c. */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "support/cipher.h"
#include "support/packets.h"

enum { INTERNET, LOCAL, CARRIERS };
static unsigned carrier;
static const char *operation; /* for messages */

/* What a row works with; all that it has opened is closed by env_close. */
static struct {
  sley_listener *listener;
  sley_datagram *datagram;
  sley_server *server;
  sley_address at; /* of the row's own socket, or where it connects to */
  int peers[8];
  size_t count;
  int heard;                 /* calls of functions */
  sley_resolver *question;   /* of the source of names */
  sley_resolver *connection; /* of what serves */
  bool wraps;
} env;

static int peer_new(int kind)
{
  int fd = socket(carrier == LOCAL ? AF_UNIX : AF_INET, kind | SOCK_NONBLOCK, 0);
  assert_true(fd >= 0 && env.count < 8);
  return env.peers[env.count++] = fd;
}

static int peer_connects(int kind)
{
  unsigned size;
  const void *at = sley_address_sockaddr(&env.at, &size);
  int fd = peer_new(kind);
  if (connect(fd, at, size) != 0) assert_int_equal(errno, EINPROGRESS);
  return fd;
}

static void peers_close(void)
{
  while (env.count > 0) close(env.peers[--env.count]);
}

static void env_close(void)
{
  sley_listener_close(env.listener);
  sley_datagram_drop(env.datagram);
  if (env.connection != NULL) sley_fulfill(&env.connection, sley_unit());
  if (env.server != NULL) settle(sley_server_stop(env.server, 0));
  sley_server_drop(env.server);
  if (env.question != NULL) sley_resolver_drop(&env.question);
  sley_dns_set_source(NULL);
  peers_close();
  rest(0.001);
}

/* ---- listeners ---- */

static const char *host(void) { return carrier == LOCAL ? "unix:" : "127.0.0.1"; }

static bool listener_open(void)
{
  sley_listen_options o = {.size = sizeof(o), .address = host()};
  sley_error *e = sley_listen(&o, &env.listener);
  bool is_open = e == NULL;
  if (!is_open) env.listener = NULL;
  else sley_listener_address(env.listener, &env.at);
  sley_error_drop(e);
  return is_open;
}

static sley_promise *hears(void *ctx, sley_io *io)
{
  (void)ctx;
  sley_io_drop(io);
  env.heard++;
  return sley_return_unit();
}

static sley_promise *accepts(void) { return sley_accept(env.listener); }
static sley_promise *accepts_n(void) { return sley_accept_n(env.listener, 3); }
static sley_promise *accepts_each(void) { return sley_accept_each(env.listener, 0, hears, NULL); }
static void somebody_connects(void) { peer_connects(SOCK_STREAM); }
static void listener_shut(void) { sley_listener_close(env.listener), env.listener = NULL; }

static void somebody_resets(void)
{
  struct linger reset = {.l_onoff = 1};
  int fd = peer_connects(SOCK_STREAM);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  peers_close();
}

/* ---- datagram sockets ---- */

static bool datagram_open(void)
{
  char local_name[64];
  snprintf(local_name, sizeof(local_name), "unix:@sley-matrix-%d", (int)getpid());
  sley_datagram_options o = {.size = sizeof(o),
                             .address = carrier == LOCAL ? local_name : "127.0.0.1:0"};
  sley_error *e = sley_datagram_open(&o, &env.datagram);
  if (e == NULL) e = sley_datagram_local(env.datagram, &env.at);
  bool is_open = e == NULL;
  sley_error_drop(e);
  return is_open;
}

static sley_promise *hear_packets(void *ctx, const sley_packet *packets, size_t n)
{
  (void)ctx;
  (void)packets;
  env.heard += (int)n;
  return sley_return_unit();
}

static sley_promise *takes_packet(void) { return sley_datagram_receive(env.datagram); }
static sley_promise *takes_each(void)
{
  return sley_datagram_each(env.datagram, hear_packets, NULL);
}
static void datagram_shut(void) { sley_datagram_abort(env.datagram); }
static void a_packet_comes(void)
{
  assert_int_equal(send(peer_connects(SOCK_DGRAM), "packet", 6, 0), 6);
}

/* A receiver whose queue is full: a Unix socket's makes the sender wait. */
static bool datagram_open_to_full(void)
{
  sley_datagram_options o = {.size = sizeof(o), .address = "unix:", .queue = 400};
  sley_error *e = sley_datagram_open(&o, &env.datagram);
  if (e != NULL) {
    sley_error_drop(e);
    return false;
  }
  struct sockaddr_un {
    sa_family_t family;
    char path[108];
  } none = {.family = AF_UNIX};
  int receiver = peer_new(SOCK_DGRAM);
  char room[128];
  socklen_t size = sizeof(room);
  assert_int_equal(
      bind(receiver, (const struct sockaddr *)(const void *)&none, sizeof(sa_family_t)), 0);
  assert_int_equal(getsockname(receiver, (struct sockaddr *)(void *)room, &size), 0);
  assert_null(sley_address_from_sockaddr(room, size, &env.at));
  int filler = peer_connects(SOCK_DGRAM);
  while (send(filler, "full", 4, 0) == 4) continue;
  return true;
}

static void stage(void)
{
  for (int i = 0; i < 3; i++) (void)send_text(env.datagram, &env.at, "staged");
}
static sley_promise *flushes(void) { return stage(), sley_datagram_flush(env.datagram); }
static sley_promise *is_ready_again(void)
{
  return stage(), sley_datagram_wait_ready(env.datagram);
}

static void receiver_reads(void)
{
  char byte;
  while (recv(env.peers[0], &byte, 1, 0) > 0) continue;
}

/* ---- connecting, to a place with a queue that is full ---- */

static bool full_place_open(void)
{
  char room[128];
  socklen_t size = sizeof(room);
  sa_family_t none = AF_UNIX;
  int fd = peer_new(SOCK_STREAM);
  assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&none, sizeof(none)), 0);
  assert_int_equal(listen(fd, 0), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)room, &size), 0);
  assert_null(sley_address_from_sockaddr(room, size, &env.at));
  while (connect(peer_new(SOCK_STREAM), (struct sockaddr *)(void *)room, size) == 0) continue;
  return true;
}

static sley_promise *connects(void) { return sley_connect_to(NULL, &env.at, 1); }
static void queue_is_emptied(void)
{
  for (int fd; (fd = accept(env.peers[0], NULL, NULL)) >= 0;) close(fd);
}

/* ---- names ---- */

static sley_promise *asked(void *ctx, const char *name)
{
  (void)ctx;
  (void)name;
  if (env.question != NULL) sley_resolver_drop(&env.question); /* of one that was canceled */
  return sley_cancelable(&env.question);
}

static sley_promise *asked_for_name(void *ctx, const sley_address *address)
{
  (void)address;
  return asked(ctx, NULL);
}

static bool source_open(void)
{
  static const sley_dns_source source = {
      .size = sizeof(source), .name = "the test", .resolve = asked, .resolve_name = asked_for_name};
  sley_dns_set_source(&source);
  assert_null(sley_address_from_host("192.0.2.1", 0, &env.at));
  return true;
}

static sley_promise *resolves(void) { return sley_resolve("name.test", "1"); }
static sley_promise *resolves_name(void) { return sley_resolve_name(&env.at); }

static void an_answer_comes(void)
{
  sley_value a, list;
  if (env.question == NULL) return;
  sley_error *e = sley_address_to_value(&env.at, &a);
  if (e == NULL) e = sley_list_new(&a, 1, &list);
  if (e == NULL) sley_fulfill(&env.question, list);
  else sley_reject(&env.question, e);
}

static void a_name_comes(void)
{
  sley_value v;
  if (env.question == NULL) return;
  sley_error *e = sley_text("name.test", &v);
  if (e == NULL) sley_fulfill(&env.question, v);
  else sley_reject(&env.question, e);
}

static void the_server_is_gone(void)
{
  sley_reject(&env.question, sley_error_new(&sley_kind_errno, ECONNREFUSED, "no server"));
}

/* ---- servers ---- */

static sley_promise *serves(sley_connection *c)
{
  (void)c;
  env.heard++;
  return sley_pending(&env.connection);
}

static sley_promise *wraps(sley_io *io, const sley_value *context)
{
  (void)context;
  return sley_return(sley_io_to_value(env.wraps ? ciphered(io) : io));
}

static sley_promise *server_starts(void)
{
  const sley_listen_options at = {.size = sizeof(at), .address = host()};
  const sley_listen_options *const all[] = {&at};
  const sley_channel_options no_linger = {.size = sizeof(no_linger), .linger = -1};
  sley_server_options o = {.size = sizeof(o),
                           .listen = all,
                           .listens = 1,
                           .serve = serves,
                           .channels = &no_linger,
                           .wrap = wraps};
  return sley_server_start(&o);
}

static bool nothing_open(void) { return true; }
static void nothing_happens(void) {}

/* With a connection that is served until env.connection is answered. */
static bool server_open(void)
{
  sley_value v;
  if (!ran_or_no_memory(server_starts(), &v)) return false;
  env.server = sley_server_take(&v);
  sley_server_address(env.server, 0, &env.at);
  for (int i = 0; i < 20000 && env.heard == 0; i++) { /* again, if there was no memory for one */
    if (env.count == sizeof(env.peers) / sizeof(env.peers[0])) peers_close();
    if (i % 50 == 0) peer_connects(SOCK_STREAM);
    sley_error_drop(sley_step(SLEY_MILLISECOND));
  }
  return env.heard > 0;
}

static bool wrapped_server_open(void)
{
  env.wraps = true;
  return server_open();
}

static sley_promise *server_stops(void) { return sley_server_stop(env.server, 1000); }
static void the_connection_is_over(void)
{
  if (env.connection != NULL) sley_fulfill(&env.connection, sley_unit());
}

/* ---- the rows ---- */

/* What settles it. */
enum { EVENT, LASTS /* nothing but the end of its object */ };

typedef struct row {
  const char *name;
  unsigned carriers; /* bits */
  bool (*open)(void);
  sley_promise *(*start)(void);
  void (*happens)(void);
  void (*shut)(void); /* NULL: it has no object that could be closed */
  void (*goes)(void); /* the peer; NULL: it has none */
  int gone;           /* errno of what the peer's end rejects it with; 0: it is fulfilled */
  int kind;
  int shut_code; /* SLEY_E...; 0: it is fulfilled */
  bool is_uncancelable;
  bool waits_not; /* it is settled as it is started */
} row;

enum { BOTH = 3, ONLY_LOCAL = 1 << LOCAL };
static const row rows[] = {
    {"accept", BOTH, listener_open, accepts, somebody_connects, listener_shut, somebody_resets, 0,
     EVENT, SLEY_ECLOSED, false, false},
    {"accept_n", BOTH, listener_open, accepts_n, somebody_connects, listener_shut, somebody_resets,
     0, EVENT, SLEY_ECLOSED, false, false},
    {"accept_each", BOTH, listener_open, accepts_each, somebody_connects, listener_shut, NULL, 0,
     LASTS, 0, false, false},
    {"datagram_receive", BOTH, datagram_open, takes_packet, a_packet_comes, datagram_shut, NULL, 0,
     EVENT, SLEY_ECLOSED, false, false},
    {"datagram_each", BOTH, datagram_open, takes_each, a_packet_comes, datagram_shut, NULL, 0,
     LASTS, SLEY_ECLOSED, false, false},
    {"datagram_flush", ONLY_LOCAL, datagram_open_to_full, flushes, receiver_reads, datagram_shut,
     peers_close, 0, EVENT, SLEY_ECLOSED, false, false},
    {"datagram_wait_ready", ONLY_LOCAL, datagram_open_to_full, is_ready_again, receiver_reads,
     datagram_shut, peers_close, 0, EVENT, SLEY_ECLOSED, false, false},
    {"connect", BOTH, listener_open, connects, nothing_happens, NULL, NULL, 0, EVENT, 0, false,
     true},
    {"connect, full", ONLY_LOCAL, full_place_open, connects, queue_is_emptied, NULL, peers_close,
     ECONNREFUSED, EVENT, 0, false, false},
    {"resolve", 1, source_open, resolves, an_answer_comes, NULL, the_server_is_gone, ECONNREFUSED,
     EVENT, 0, false, false},
    {"resolve_name", 1, source_open, resolves_name, a_name_comes, NULL, the_server_is_gone,
     ECONNREFUSED, EVENT, 0, false, false},
    {"server_start", BOTH, nothing_open, server_starts, nothing_happens, NULL, NULL, 0, EVENT, 0,
     true, true},
    {"server_stop", BOTH, server_open, server_stops, the_connection_is_over, NULL, NULL, 0, EVENT,
     0, true, false},
    {"server_stop, wrapped", BOTH, wrapped_server_open, server_stops, the_connection_is_over, NULL,
     NULL, 0, EVENT, 0, true, false},
};

/* ---- outcomes ---- */

static void is_told(sley_promise *p, const sley_error_kind *kind, int code, const char *situation)
{
  sley_value v = sley_unit();
  sley_error *e = sley_run(sley_with_timeout(p, 20), &v);
  if (code == 0 ? e != NULL : !sley_error_is(e, kind, code))
    fail_msg("%s, %s, %s: %s", operation, situation, carrier == LOCAL ? "local" : "internet",
             e != NULL ? sley_error_message(e) : "fulfilled");
  if (sley_server_is_in(&v)) env.server = sley_server_take(&v);
  sley_value_drop(&v);
  sley_error_drop(e);
}

static void waits(const sley_promise *p, const char *situation)
{
  rest(0.001);
  if (!sley_is_pending(p)) fail_msg("%s does not wait: %s", operation, situation);
}

/* The event has come before it is asked for; again, and with a canceled one before that, which has consumed nothing. */
static void ready_and_canceled(const row *r)
{
  assert_true(r->open());
  sley_promise *p;
  if (!r->is_uncancelable) {
    p = r->start();
    if (sley_is_pending(p)) sley_cancel(p);
    else assert_true(r->waits_not && carrier == LOCAL);
    if (sley_promise_error(p) != NULL) is_told(p, &sley_kind_sley, SLEY_ECANCELED, "canceled");
    else sley_drop(p);
  }
  bool is_question = env.question != NULL || r->open == source_open;
  if (!is_question) r->happens();
  rest(0.001);
  p = r->start();
  if (is_question) r->happens();
  if (r->kind == LASTS) {
    WAIT_UNTIL(env.heard == 1);
    r->shut();
  }
  is_told(p, &sley_kind_sley, r->kind == LASTS ? r->shut_code : 0, "ready");
}

static void waiting(const row *r)
{
  if (r->waits_not) return;
  assert_true(r->open());
  sley_promise *p = r->start();
  waits(p, "waiting");
  r->happens();
  if (r->kind == LASTS) {
    WAIT_UNTIL(env.heard == 1);
    waits(p, "it goes on");
    r->shut();
  }
  is_told(p, &sley_kind_sley, r->kind == LASTS ? r->shut_code : 0, "waiting");
}

static void closed(const row *r)
{
  if (r->shut == NULL) return;
  assert_true(r->open());
  sley_promise *p = r->start();
  waits(p, "to be closed");
  r->shut();
  is_told(p, &sley_kind_sley, r->shut_code, "closed while it waits");
  if (env.datagram != NULL) is_told(r->start(), &sley_kind_sley, SLEY_ECLOSED, "closed");
}

static void without_peer(const row *r)
{
  if (r->goes == NULL) return;
  assert_true(r->open());
  sley_promise *p = r->start();
  waits(p, "for a peer that goes");
  r->goes();
  is_told(p, &sley_kind_errno, r->gone, "the peer goes");
}

static void each_row(void (*f)(const row *r))
{
  for (carrier = 0; carrier < CARRIERS; carrier++)
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
      if (!(rows[i].carriers & 1u << carrier)) continue;
      operation = rows[i].name;
      memset(&env, 0, sizeof(env));
      f(&rows[i]);
      env_close();
      assert_int_equal(ciphers_alive, 0);
    }
}

#define PASS(f)                     \
  static void all_##f(void **state) \
  {                                 \
    (void)state;                    \
    each_row(f);                    \
  }
PASS(ready_and_canceled)
PASS(waiting)
PASS(closed)
PASS(without_peer)

/* ---- no memory ---- */

static const row *starving;

static void once_without_memory(void)
{
  memset(&env, 0, sizeof(env));
  if (starving->open()) {
    sley_promise *p = starving->start();
    sley_error_drop(sley_step(0));
    /* Once more, if there was no memory for it. */
    for (int i = 0; i < 20000 && sley_is_pending(p); i++) {
      if (env.count == sizeof(env.peers) / sizeof(env.peers[0])) peers_close();
      if (i % 50 == 0) starving->happens();
      sley_error_drop(sley_step(SLEY_MILLISECOND));
      if (starving->kind == LASTS && i == 3) starving->shut();
    }
    sley_value v = sley_unit();
    sley_error *e = sley_run(p, &v);
    if (e == NULL && sley_server_is_in(&v)) env.server = sley_server_take(&v);
    sley_value_drop(&v);
    sley_error_drop(e);
  }
  env_close();
}

static void hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void once_in_silence(void)
{
  sley_set_async_hook(hook, NULL);
  once_without_memory();
  sley_set_async_hook(NULL, NULL);
}

static void without_memory(void **state)
{
  (void)state;
  if (getenv("SLEY_TEST_ENGINE") != NULL) skip(); /* once is enough */
  carrier = LOCAL;
  for (starving = rows; starving < rows + sizeof(rows) / sizeof(rows[0]); starving++) {
    operation = starving->name;
    bool asserts = starving->open == wrapped_server_open; /* the cipher does */
    if ((starving->carriers & ONLY_LOCAL || starving->open == source_open) && !asserts)
      each_allocation_fails(once_in_silence);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(all_ready_and_canceled),     TEST(all_waiting), TEST(all_closed), TEST(all_without_peer),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
