/* Datagram sockets when system calls fail, one by one and by seeds, and when memory runs out.
 * Tests src/io/datagram/state.c, src/io/datagram/room.c, src/io/datagram/send.c, src/io/datagram/receive.c,
 * src/io/datagram/open.c. */
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

#include "support/clock.h"
#include "support/packets.h"

/* ---- system calls that fail ---- */

enum { CALL_SOCKET, CALL_SETSOCKOPT, CALL_BIND, CALL_CONNECT, CALL_RECEIVE, CALL_SEND, CALLS };
/* Those from at to until of this kind fail with errno code; or, by a seed, one of every. */
static struct {
  int call, at, until, code, seen;
  uint64_t seed;
  unsigned every, failed;
} failing = {.call = -1};

static uint64_t draw(void)
{
  failing.seed = failing.seed * 6364136223846793005u + 1442695040888963407u;
  return failing.seed >> 33;
}

static bool fails_by_seed(int call)
{
  static const int receiving[] = {EINTR,   EINTR,        EAGAIN,      ENOMEM,
                                  ENOBUFS, ECONNREFUSED, EHOSTUNREACH};
  static const int sending[] = {EINTR, EINTR, EAGAIN, ENOMEM, ENOBUFS};
  if (failing.every == 0 || draw() % failing.every != 0) return false;
  if (call == CALL_RECEIVE) errno = receiving[draw() % (sizeof(receiving) / sizeof(receiving[0]))];
  else if (call == CALL_SEND) errno = sending[draw() % (sizeof(sending) / sizeof(sending[0]))];
  else return false;
  failing.failed++;
  return true;
}

static bool fails(int call)
{
  if (fails_by_seed(call)) return true;
  if (call != failing.call) return false;
  int now = ++failing.seen;
  if (now < failing.at || now > failing.until) return false;
  errno = failing.code;
  failing.failed++;
  return true;
}

static void fail_calls(int call, int at, int until, int code)
{
  memset(&failing, 0, sizeof(failing));
  failing.call = call;
  failing.at = at;
  failing.until = until;
  failing.code = code;
}

static void fail_no_more(void) { fail_calls(-1, 0, 0, 0); }

#define REAL(name, result, ...)       \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, name)

int socket(int family, int type, int protocol)
{
  REAL("socket", int, int, int, int);
  return fails(CALL_SOCKET) ? -1 : real(family, type, protocol);
}
int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
  REAL("setsockopt", int, int, int, int, const void *, socklen_t);
  return fails(CALL_SETSOCKOPT) ? -1 : real(fd, level, option, value, size);
}
int bind(int fd, const struct sockaddr *address, socklen_t size)
{
  REAL("bind", int, int, const struct sockaddr *, socklen_t);
  return fails(CALL_BIND) ? -1 : real(fd, address, size);
}
int connect(int fd, const struct sockaddr *address, socklen_t size)
{
  REAL("connect", int, int, const struct sockaddr *, socklen_t);
  return fails(CALL_CONNECT) ? -1 : real(fd, address, size);
}
/* The headers have these two for _GNU_SOURCE only. */
int recvmmsg(int fd, void *messages, unsigned n, int flags, void *timeout);
int recvmmsg(int fd, void *messages, unsigned n, int flags, void *timeout)
{
  REAL("recvmmsg", int, int, void *, unsigned, int, void *);
  if (fails(CALL_RECEIVE)) return -1;
  if (failing.every > 0) n = 1 + (unsigned)(draw() % n); /* a short one */
  return real(fd, messages, n, flags, timeout);
}
int sendmmsg(int fd, void *messages, unsigned n, int flags);
int sendmmsg(int fd, void *messages, unsigned n, int flags)
{
  REAL("sendmmsg", int, int, void *, unsigned, int);
  if (fails(CALL_SEND)) return -1;
  if (failing.every > 0) n = 1 + (unsigned)(draw() % n);
  return real(fd, messages, n, flags);
}

static void opening_fails(void **state)
{
  (void)state;
  static const struct {
    int call, code;
    const char *name;
  } rows[] = {{CALL_SOCKET, EMFILE, "socket"},
              {CALL_SOCKET, ENOBUFS, "socket"},
              {CALL_SETSOCKOPT, ENOMEM, "setsockopt"},
              {CALL_BIND, EACCES, "bind"},
              {CALL_CONNECT, EHOSTUNREACH, "connect"}};
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .peer = "127.0.0.1:9"};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    sley_datagram *d;
    fail_calls(rows[i].call, 1, 1, rows[i].code);
    sley_error *e = sley_datagram_open(&o, &d);
    assert_null(d);
    assert_true(sley_error_is(e, &sley_kind_errno, rows[i].code));
    assert_non_null(strstr(sley_error_message(e), rows[i].name));
    sley_error_drop(e);
  }
  /* An interrupted connect is made again. */
  fail_calls(CALL_CONNECT, 1, 3, EINTR);
  sley_datagram_drop(open_with(&o));
  assert_int_equal(failing.failed, 3);
  /* Without IPv6 "every address" is that of IPv4. */
  fail_calls(CALL_SOCKET, 1, 1, EAFNOSUPPORT);
  sley_datagram *d = open_at("*:0");
  sley_address at = local(d);
  assert_int_equal(sley_address_family_get(&at), SLEY_ADDRESS_FAMILY_IPV4);
  sley_datagram_drop(d);
  fail_no_more();
}

/* Sending again where the kernel is short of memory: nothing is lost. */
static void sending_fails_for_a_while(void **state)
{
  (void)state;
  static const int codes[] = {EINTR, EAGAIN, ENOBUFS, ENOMEM};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    fail_calls(CALL_SEND, 1, 4, codes[i]);
    for (int k = 0; k < 3; k++) assert_int_equal(send_text(a, &at_b, "sent"), 0);
    for (int k = 0; k < 3; k++) receives(b, "sent");
    assert_int_equal(failing.failed, 4);
    assert_int_equal(counters_of(a).refused, 0);
  }
  fail_no_more();
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void receiving_fails_for_a_while(void **state)
{
  (void)state;
  static const int codes[] = {EINTR, EAGAIN, ENOBUFS, ENOMEM, ECONNREFUSED};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    sley_promise *p = sley_datagram_receive(b);
    fail_calls(CALL_RECEIVE, 1, 4, codes[i]);
    assert_int_equal(send_text(a, &at_b, "got"), 0);
    sley_packet *got = packet_from(p);
    is_text(got, "got");
    sley_packet_drop(got);
    assert_int_equal(failing.failed, 4);
  }
  assert_int_equal(counters_of(b).refused, 4);
  fail_no_more();
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static sley_promise *count(void *ctx, const sley_packet *packets, size_t n)
{
  (void)packets;
  *(size_t *)ctx += n;
  return sley_return_unit();
}

/* A second without memory, or an error of the socket itself, ends what waits. */
static void receiving_fails_for_good(void **state)
{
  (void)state;
  enum { LONG = 1 << 30 };
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  size_t seen = 0;
  sley_promise *p = sley_datagram_receive(b), *q = sley_datagram_receive(b);
  assert_int_equal(send_text(a, &at_b, "kept"), 0);
  fail_calls(CALL_RECEIVE, 1, LONG, ENOMEM);
  sley_time began = sley_now();
  run_fails(p, &sley_kind_sley, SLEY_ENOMEM);
  run_fails(q, &sley_kind_sley, SLEY_ENOMEM);
  assert_true(sley_now() - began >= SLEY_SECOND * 9 / 10);
  assert_true(failing.failed < 1000);
  fail_no_more();
  receives(b, "kept");
  p = sley_datagram_each(b, count, &seen);
  assert_int_equal(send_text(a, &at_b, "kept"), 0);
  fail_calls(CALL_RECEIVE, 1, LONG, ENOTSOCK);
  run_fails(p, &sley_kind_errno, ENOTSOCK);
  fail_no_more();
  assert_int_equal(seen, 0);
  receives(b, "kept");
  fail_calls(CALL_RECEIVE, 1, 1, EBADF);
  run_fails(sley_datagram_receive(b), &sley_kind_errno, EBADF);
  fail_no_more();
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

/* ---- seeds ---- */

typedef struct client {
  sley_datagram *d;
  sley_promise *each;
  bool came[64];
  int packets;
} client;
enum { CLIENTS = 3, EACH = 20 };

static sley_promise *echo(void *ctx, const sley_packet *packets, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sley_packet back = {.at = packets[i].at, .size = packets[i].size, .to = packets[i].from};
    assert_int_equal(sley_datagram_send(ctx, &back), 0);
  }
  return n % 3 == 0 ? sley_pause() : sley_return_unit();
}

static sley_promise *note(void *ctx, const sley_packet *packets, size_t n)
{
  client *c = ctx;
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(packets[i].size, 1);
    int number = packets[i].at[0];
    assert_false(c->came[number]); /* none comes twice */
    c->came[number] = true;
    c->packets++;
  }
  return sley_return_unit();
}

/* Over the loopback nothing is lost unless a buffer is full: these are small. */
static void exchange(uint64_t seed, const char *address)
{
  sley_datagram *server = open_at(address);
  sley_address at = local(server);
  client clients[CLIENTS];
  memset(clients, 0, sizeof(clients));
  sley_promise *serving = sley_datagram_each(server, echo, server);
  failing.seed = seed * 0x9e3779b97f4a7c15u;
  failing.every = 2 + (unsigned)(seed % 9);
  for (int i = 0; i < CLIENTS; i++) {
    clients[i].d = open_at("127.0.0.1:0");
    if (i == 0) assert_null(sley_datagram_connect(clients[i].d, &at));
    clients[i].each = sley_datagram_each(clients[i].d, note, &clients[i]);
  }
  for (char k = 0; k < EACH; k++) {
    for (int i = 0; i < CLIENTS; i++) {
      sley_packet p = {.at = &k, .size = 1, .to = i == 0 ? NULL : &at};
      assert_int_equal(sley_datagram_send(clients[i].d, &p), 0);
    }
    if (k % 7 == 3) assert_null(sley_step(0));
  }
  for (int i = 0; i < CLIENTS; i++) {
    if (seed % 2) settle(sley_datagram_flush(clients[i].d));
    WAIT_UNTIL(clients[i].packets == EACH);
  }
  run_gives(sley_datagram_close(server), 0);
  for (int i = 0; i < CLIENTS; i++) {
    sley_datagram_drop(clients[i].d);
    settle(clients[i].each);
  }
  sley_datagram_drop(server);
  settle(serving);
  fail_no_more();
}

/* SLEY_TEST_SEEDS: how many. */
static void seeds(void **state)
{
  (void)state;
  const char *wanted = getenv("SLEY_TEST_SEEDS");
  uint64_t n = wanted != NULL ? strtoull(wanted, NULL, 10) : 100;
  for (uint64_t seed = 1; seed <= n; seed++) {
    assert_int_equal(begin(false, 0), 0);
    exchange(seed, "127.0.0.1:0");
    if (finish() != 0) fail_msg("after seed %llu", (unsigned long long)seed);
  }
  assert_int_equal(begin(false, 0), 0);
}

/* ---- memory ---- */

static bool opened(sley_error *e)
{
  if (e == NULL) return true;
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  return false;
}

static int drops;
static void drop(void *ctx)
{
  (void)ctx;
  drops++;
}

static void packets_there_and_back(void)
{
  sley_datagram_options o = {.size = sizeof(o),
                             .address = "127.0.0.1:0",
                             .failed_drop = drop,
                             .want_destination = true,
                             .want_tos = true};
  sley_datagram *a, *b;
  sley_address at_b;
  size_t seen = 0;
  drops = 0;
  if (opened(sley_datagram_open(&o, &a))) {
    if (opened(sley_datagram_open(&o, &b))) {
      assert_null(sley_datagram_local(b, &at_b));
      int code = send_text(a, &at_b, "one");
      assert_true(code == 0 || code == -SLEY_ENOMEM);
      if (code == 0) {
        sley_value v;
        if (ran_or_no_memory(sley_datagram_receive(b), &v)) sley_value_drop(&v);
      }
      sley_promise *p = sley_datagram_each(b, count, &seen, drop);
      sley_packet marked = {.at = "x", .size = 1, .to = &at_b, .from = &at_b, .tos = 4};
      marked.from = NULL;
      code = sley_datagram_send(a, &marked);
      assert_true(code == 0 || code == -SLEY_ENOMEM);
      ran_or_no_memory(sley_datagram_flush(a), NULL);
      ran_or_no_memory(sley_datagram_wait_ready(a), NULL);
      for (int i = 0; i < 5; i++) sley_error_drop(sley_step(SLEY_MILLISECOND));
      ran_or_no_memory(sley_datagram_close(b), NULL);
      settle(p);
      sley_datagram_drop(b);
    }
    ran_or_no_memory(sley_datagram_close(a), NULL);
    sley_datagram_drop(a);
  }
  assert_true(drops >= 1 && drops <= 3);
}

static void unix_packets_there_and_back(void)
{
  char path[64];
  snprintf(path, sizeof(path), "unix:/tmp/sley-test-memory-%d", (int)getpid());
  sley_datagram_options o = {.size = sizeof(o), .address = path, .most_fds = 1, .queue = 1024};
  sley_datagram *a;
  if (!opened(sley_datagram_open(&o, &a))) return;
  sley_address at;
  sley_fd fd = 0;
  assert_null(sley_datagram_local(a, &at));
  sley_packet p = {.to = &at, .fds = &fd, .fd_count = 1};
  for (int i = 0; i < 4; i++) {
    int code = sley_datagram_send(a, &p);
    assert_true(code == 0 || code == -SLEY_ENOMEM);
  }
  ran_or_no_memory(sley_datagram_wait_ready(a), NULL);
  sley_drop(sley_datagram_receive(a));
  sley_datagram_drop(a);
}

static void memory(void **state)
{
  (void)state;
  each_allocation_fails(packets_there_and_back);
  each_allocation_fails(unix_packets_there_and_back);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(opening_fails),
                                     TEST(sending_fails_for_a_while),
                                     TEST(receiving_fails_for_a_while),
                                     TEST(receiving_fails_for_good),
                                     cmocka_unit_test_teardown(seeds, teardown),
                                     cmocka_unit_test(memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
