/* How sockets are set up: options, flags, limits. The effects of a missing one show rarely, and late.
 * Tests src/io/socket/ends.c, src/io/socket/listen.c, src/io/socket/listen_accept.c, src/io/object/io.c. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support/process.h"

/* ---- system calls, observed or failing */

static struct {
  int backlog, binds;
  int no_family;    /* sockets of this family cannot be created */
  int bind_fails_6; /* errno of binding to an IPv6 address */
  int receives;
} calls;

int listen(int fd, int backlog)
{
  static int (*real)(int, int);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "listen");
  calls.backlog = backlog;
  return real(fd, backlog);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "bind");
  calls.binds++;
  if (calls.bind_fails_6 == 0 || address->sa_family != AF_INET6) return real(fd, address, size);
  errno = calls.bind_fails_6;
  return -1;
}

int socket(int family, int type, int protocol)
{
  static int (*real)(int, int, int);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "socket");
  if (calls.no_family == 0 || family != calls.no_family) return real(family, type, protocol);
  errno = EAFNOSUPPORT;
  return -1;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
  static ssize_t (*real)(int, void *, size_t, int);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "recv");
  calls.receives++;
  return real(fd, buffer, size, flags);
}

static void calls_forget(void) { memset(&calls, 0, sizeof(calls)); }

/* ---- which descriptors are open */

static int option(int fd, int level, int name)
{
  int value = -1;
  socklen_t size = sizeof(value);
  return getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

static int listening_fd(void)
{
  for (int fd = 0; fd < 1024; fd++)
    if (option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1) return fd;
  return -1;
}

static sley_listener *listener(const char *host, unsigned port, int backlog, bool share)
{
  sley_listener *l;
  sley_listen_options o = {
      .size = sizeof(o), .address = host, .port = port, .backlog = backlog, .share_port = share};
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  return l;
}

typedef struct both_ends {
  sley_listener *listener;
  sley_value client, server;
} both_ends;

static both_ends connected(void)
{
  both_ends c = {.listener = listener("127.0.0.1", 0, 0, false)};
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(c.listener));
  sley_promise *accepted = sley_accept(c.listener);
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &c.client));
  assert_null(sley_run(accepted, &c.server));
  return c;
}

static void close_all(both_ends *c)
{
  sley_value_drop(&c->client);
  sley_value_drop(&c->server);
  sley_listener_close(c->listener);
}

/* Child programs must not inherit them: connections would never close, ports would stay in use. */
static void nothing_is_passed_to_other_programs(void **state)
{
  (void)state;
  bool before[1024];
  for (int fd = 0; fd < 1024; fd++) before[fd] = fcntl(fd, F_GETFD) >= 0;
  both_ends c = connected();
  int opened = 0;
  for (int fd = 0; fd < 1024; fd++) {
    if (before[fd] || fcntl(fd, F_GETFD) < 0) continue;
    opened++;
    if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC)) fail_msg("descriptor %d", fd);
  }
  assert_true(opened >= 5); /* the loop's, the listener and its spare, both ends */
  close_all(&c);
}

static void no_call_blocks(void **state)
{
  (void)state;
  both_ends c = connected();
  const int fds[] = {listening_fd(), sley_io_fd(sley_io_in(&c.client)),
                     sley_io_fd(sley_io_in(&c.server))};
  for (int i = 0; i < 3; i++) assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
  close_all(&c);
}

static void small_writes_are_sent_at_once(void **state)
{
  (void)state;
  both_ends c = connected();
  sley_io *io[2] = {sley_io_in(&c.client), sley_io_in(&c.server)};
  for (int i = 0; i < 2; i++) {
    assert_int_not_equal(option(sley_io_fd(io[i]), IPPROTO_TCP, TCP_NODELAY), 0);
    assert_null(sley_io_set_nodelay(io[i], false));
    assert_int_equal(option(sley_io_fd(io[i]), IPPROTO_TCP, TCP_NODELAY), 0);
  }
  close_all(&c);
}

/* A restarted server can bind its port although connections of the last run are still in TIME_WAIT. */
static void a_port_is_free_again_at_once(void **state)
{
  (void)state;
  both_ends c = connected();
  unsigned port = sley_listener_port(c.listener);
  assert_int_not_equal(option(listening_fd(), SOL_SOCKET, SO_REUSEADDR), 0);
  sley_listener_close(c.listener);
  sley_value_drop(&c.server); /* first: this side's port stays in TIME_WAIT */
  char byte;
  run_gives(sley_read(sley_io_in(&c.client), &byte, 1), 0);
  sley_value_drop(&c.client);
  sley_listener_close(listener("127.0.0.1", port, 0, false));
}

static void a_port_is_shared_only_if_asked_for(void **state)
{
  (void)state;
  for (int share = 0; share < 2; share++) {
    sley_listener *l = listener("127.0.0.1", 0, 0, share == 1), *second = NULL;
    sley_listen_options o = {.size = sizeof(o),
                             .address = "127.0.0.1",
                             .port = sley_listener_port(l),
                             .share_port = share == 1};
    assert_int_equal(option(listening_fd(), SOL_SOCKET, SO_REUSEPORT), share);
    sley_error *e = sley_listen(&o, &second);
    assert_int_equal(e == NULL, share);
    sley_error_drop(e);
    sley_listener_close(second);
    sley_listener_close(l);
  }
}

static void the_backlog_is_the_systems_or_the_callers(void **state)
{
  (void)state;
  static const int given[] = {0, 1, 77}, wanted[] = {SOMAXCONN, 1, 77};
  for (int i = 0; i < 3; i++) {
    sley_listener *l = listener("127.0.0.1", 0, given[i], false);
    assert_int_equal(calls.backlog, wanted[i]);
    sley_listener_close(l);
  }
}

/* ---- every address */

static bool has_ipv6(void)
{
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static void reaches(const char *host, const sley_listener *l)
{
  char port[16];
  sley_value v;
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  sley_error *e = sley_run(sley_connect(NULL, host, port), &v);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  sley_value_drop(&v);
}

static void every_address_is_of_both_families(void **state)
{
  (void)state;
  calls_forget();
  sley_listener *l = listener(NULL, 0, 0, false);
  reaches("127.0.0.1", l);
  if (has_ipv6()) assert_int_equal(option(listening_fd(), IPPROTO_IPV6, IPV6_V6ONLY), 0);
  sley_listener_close(l);
}

static void a_system_without_ipv6_listens_all_the_same(void **state)
{
  (void)state;
  calls_forget();
  calls.no_family = AF_INET6;
  sley_listener *l = listener(NULL, 0, 0, false);
  reaches("127.0.0.1", l);
  sley_listener_close(l);
  calls_forget();
}

/* Listening on IPv4 alone would hide that another program uses the port, or that it is not permitted. */
static void a_port_that_is_taken_is_not_tried_with_the_other_family(void **state)
{
  (void)state;
  static const int codes[] = {EADDRINUSE, EACCES};
  for (int i = 0; i < 2 && has_ipv6(); i++) {
    sley_listener *l;
    sley_listen_options o = {.size = sizeof(o)};
    calls_forget();
    calls.bind_fails_6 = codes[i];
    sley_error *e = sley_listen(&o, &l);
    assert_null(l);
    assert_true(sley_error_is(e, &sley_kind_errno, codes[i]));
    assert_non_null(strstr(sley_error_message(e), "bind"));
    assert_int_equal(calls.binds, 1);
    sley_error_drop(e);
  }
  if (has_ipv6()) { /* a nonexistent address: the other family can have one */
    calls_forget();
    calls.bind_fails_6 = EADDRNOTAVAIL;
    sley_listener_close(listener(NULL, 0, 0, false));
    assert_int_equal(calls.binds, 2);
  }
  calls_forget();
}

/* ---- fairness */

enum { BYTES = 50000 };

typedef struct reader {
  sley_io *io;
  int done;
  char byte;
} reader;

static sley_promise *read_on(void *ctx, sley_value *v)
{
  reader *r = ctx;
  r->done += (int)v->i;
  if (r->done == BYTES) return sley_return(sley_int(r->done));
  return sley_bind(sley_read(r->io, &r->byte, 1), read_on, r);
}

/* A connection that always has data must not starve the other connections or the timers. */
static void a_busy_connection_leaves_others_their_turn(void **state)
{
  (void)state;
  both_ends c = connected();
  static char bytes[BYTES];
  run_gives(sley_write(sley_io_in(&c.client), bytes, BYTES), 0);
  reader r = {.io = sley_io_in(&c.server)};
  sley_promise *p = sley_bind(sley_read(r.io, &r.byte, 1), read_on, &r);
  int turns = 0;
  for (; sley_is_pending(p); turns++) {
    int before = r.done;
    assert_null(sley_step(SLEY_MILLISECOND));
    assert_true(r.done - before < BYTES / 4);
  }
  assert_true(turns >= 4);
  run_gives(p, BYTES);
  close_all(&c);
}

/* A short read has emptied the socket: the kernel is polled before the next attempt. */
static void an_emptied_socket_is_not_read_in_vain(void **state)
{
  (void)state;
  both_ends c = connected();
  char text[16];
  run_gives(sley_write(sley_io_in(&c.client), "abc", 3), 0);
  run_gives(sley_read(sley_io_in(&c.server), text, sizeof(text)), 3);
  calls.receives = 0;
  sley_promise *p = sley_read(sley_io_in(&c.server), text, sizeof(text));
  assert_int_equal(calls.receives, 0);
  run_gives(sley_write(sley_io_in(&c.client), "abcdefgh", 8), 0);
  run_gives(p, 8);
  assert_int_equal(calls.receives, 1);
  run_gives(sley_write(sley_io_in(&c.client), "abcd", 4), 0);
  run_gives(sley_read(sley_io_in(&c.server), text, 2), 2);
  p = sley_read(sley_io_in(&c.server), text, 2); /* a full read: more can follow */
  assert_false(sley_is_pending(p));
  run_gives(p, 2);
  close_all(&c);
}

/* ---- addresses of a type ---- */

typedef struct wrapped {
  sley_io *below;
  sley_address own;
} wrapped;

static int64_t moves_nothing(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return -SLEY_EAGAIN;
}
static int64_t takes_nothing(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  return -SLEY_EAGAIN;
}
static sley_promise *never_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_pause();
}
static void stays(void *ctx) { (void)ctx; }
static sley_io *lends_below(void *ctx) { return ((wrapped *)ctx)->below; }
static int tells(void *ctx, bool peer, sley_address *out)
{
  *out = ((wrapped *)ctx)->own;
  errno = ENOTCONN;
  return peer ? -SLEY_ESYSTEM : 0;
}

static const sley_io_type silent_type = {.size = sizeof(silent_type),
                                         .name = "silent",
                                         .read = moves_nothing,
                                         .write = takes_nothing,
                                         .ready = never_ready,
                                         .abort = stays,
                                         .below = lends_below};
static const sley_io_type telling_type = {.size = sizeof(telling_type),
                                          .name = "telling",
                                          .read = moves_nothing,
                                          .write = takes_nothing,
                                          .ready = never_ready,
                                          .abort = stays,
                                          .below = lends_below,
                                          .address = tells};

static void peer_fails(const sley_io *io, int code)
{
  sley_address at;
  sley_error *e = sley_socket_peer(io, &at);
  assert_true(sley_error_is(e, &sley_kind_errno, code));
  assert_int_equal(at.length, 0);
  sley_error_drop(e);
}

static void addresses_of_a_type(void **state)
{
  (void)state;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_listener *l;
  sley_value v;
  char port[8];
  assert_null(sley_listen(&o, &l));
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &v));
  wrapped w = {.below = sley_io_take(&v)}, none = {0};
  sley_io *silent, *telling, *alone;
  sley_address at, wanted;
  assert_null(sley_io_new(&silent_type, &w, &silent));
  sley_listener_address(l, &wanted);
  assert_null(sley_socket_peer(silent, &at)); /* that of what it is made over */
  assert_true(sley_address_is_equal(&at, &wanted));
  assert_null(sley_socket_local(silent, &at));
  assert_null(sley_socket_local(w.below, &wanted));
  assert_true(sley_address_is_equal(&at, &wanted));
  assert_null(sley_address_parse("192.0.2.1:7", &w.own));
  assert_null(sley_io_new(&telling_type, &w, &telling));
  assert_null(sley_socket_local(telling, &at));
  assert_true(sley_address_is_equal(&at, &w.own));
  peer_fails(telling, ENOTCONN);
  assert_null(sley_io_new(&silent_type, &none, &alone));
  peer_fails(alone, ENOTSOCK);
  sley_io_drop(silent);
  sley_io_drop(telling);
  sley_io_drop(alone);
  sley_io_drop(w.below);
  sley_listener_close(l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(nothing_is_passed_to_other_programs),
      TEST(addresses_of_a_type),
      TEST(no_call_blocks),
      TEST(small_writes_are_sent_at_once),
      TEST(a_port_is_free_again_at_once),
      TEST(a_port_is_shared_only_if_asked_for),
      TEST(the_backlog_is_the_systems_or_the_callers),
      TEST(every_address_is_of_both_families),
      TEST(a_system_without_ipv6_listens_all_the_same),
      TEST(a_port_that_is_taken_is_not_tried_with_the_other_family),
      TEST(a_busy_connection_leaves_others_their_turn),
      TEST(an_emptied_socket_is_not_read_in_vain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
