/* Which errors of accept(2) concern one peer and which the listener (fault 6); how a balance handles either, and a
 * serve function that fails (fault 21).
 * Tests src/io/server/accept.c, src/io/server/serve.c. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/clock.h"
#include "support/process.h"

/* ---- system calls that fail on request */

static struct {
  int code, times; /* accept: this many more */
  bool takes_peer; /* the peer it fails for is gone: removed from the queue and closed */
  int watch, no_delay, peer_name; /* errno of these calls; 0: they work */
  int watch_times;
} failing;

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
  static int (*real)(int, struct sockaddr *, socklen_t *, int);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "accept4");
  if (failing.times == 0) return real(fd, address, size, flags);
  if (failing.takes_peer) {
    int peer = real(fd, address, size, flags);
    if (peer < 0) return peer;
    close(peer);
  }
  failing.times--;
  errno = failing.code;
  return -1;
}

int epoll_ctl(int engine, int what, int fd, struct epoll_event *event)
{
  static int (*real)(int, int, int, struct epoll_event *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "epoll_ctl");
  if (failing.watch == 0 || what == EPOLL_CTL_DEL || failing.watch_times == 0)
    return real(engine, what, fd, event);
  failing.watch_times--;
  errno = failing.watch;
  return -1;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
  static int (*real)(int, int, int, const void *, socklen_t);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "setsockopt");
  if (failing.no_delay == 0 || level != IPPROTO_TCP || name != TCP_NODELAY)
    return real(fd, level, name, value, size);
  errno = failing.no_delay;
  return -1;
}

int getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
  static int (*real)(int, struct sockaddr *, socklen_t *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "getpeername");
  if (failing.peer_name == 0) return real(fd, address, size);
  errno = failing.peer_name;
  return -1;
}

static void accept_fails(int code, int times, bool takes_peer)
{
  failing.code = code;
  failing.times = times;
  failing.takes_peer = takes_peer;
}

/* ---- listeners and peers */

static sley_listener *listener(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &l));
  return l;
}

static int dial(unsigned port)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  return fd;
}

/* Errors that accept(2) documents besides those of the listener. */
static const int of_peers[] = {ECONNABORTED,    EPROTO, ENETDOWN,     ENOPROTOOPT,
                               EHOSTDOWN,       ENONET, EHOSTUNREACH, EOPNOTSUPP,
                               ENETUNREACH,     ENOSR,  ETIMEDOUT,    ESOCKTNOSUPPORT,
                               EPROTONOSUPPORT, EPERM,  ECONNRESET};
static const int of_listeners[] = {EBADF, EINVAL, ENOTSOCK, EFAULT};
enum { PEERS = sizeof(of_peers) / sizeof(int), LISTENERS = sizeof(of_listeners) / sizeof(int) };

static void one_peers_error_is_counted_and_passed_over(void **state)
{
  (void)state;
  for (size_t i = 0; i < PEERS; i++) {
    for (int waits = 0; waits < 2; waits++) { /* peers are queued, or awaited */
      sley_listener *l = listener();
      sley_value v;
      sley_promise *p = waits ? sley_accept(l) : NULL;
      accept_fails(of_peers[i], 3, true);
      int peers[4];
      for (int k = 0; k < 4; k++) peers[k] = dial(sley_listener_port(l));
      if (!waits) p = sley_accept(l);
      sley_error *e = sley_run(sley_with_timeout(p, 20), &v);
      if (e != NULL) fail_msg("%s: %s", strerror(of_peers[i]), sley_error_message(e));
      sley_value_drop(&v);
      assert_int_equal(failing.times, 0);
      assert_int_equal(sley_listener_refused(l), 3);
      assert_int_equal(sley_listener_accepted(l), 1);
      for (int k = 0; k < 4; k++) close(peers[k]);
      sley_listener_close(l);
    }
  }
}

static void the_listeners_own_error_rejects(void **state)
{
  (void)state;
  for (size_t i = 0; i < LISTENERS; i++) {
    sley_listener *l = listener();
    accept_fails(of_listeners[i], 1, false);
    assert_non_null(strstr(run_fails(sley_accept(l), &sley_kind_errno, of_listeners[i]), "accept"));
    assert_int_equal(sley_listener_refused(l), 0);
    sley_listener_close(l);
  }
}

/* For example, a system call filter that refuses accept: it neither ends the listener nor keeps a processor busy. */
static void an_error_that_stays_is_waited_for(void **state)
{
  (void)state;
  static const int codes[] = {EPERM, ENOBUFS, ENOMEM};
  for (size_t i = 0; i < 3; i++) {
    sley_listener *l = listener();
    sley_value v;
    sley_promise *p = sley_accept(l);
    int peer = dial(sley_listener_port(l));
    accept_fails(codes[i], 1 << 30, false);
    double before = cpu_seconds();
    run_gives(sley_sleep(0.3), 0);
    assert_true(cpu_seconds() - before < 0.2);
    assert_true(sley_is_pending(p));
    accept_fails(0, 0, false);
    assert_null(sley_run(p, &v)); /* the peer was not rejected */
    sley_value_drop(&v);
    assert_int_equal(sley_listener_accepted(l), 1);
    close(peer);
    sley_listener_close(l);
  }
}

/* Closing queued peers would not help: that takes memory, too. */
static void a_peer_outlives_a_want_of_memory(void **state)
{
  (void)state;
  static const int codes[] = {ENOBUFS, ENOMEM};
  for (size_t i = 0; i < 2; i++) {
    sley_listener *l = listener();
    sley_value v;
    int peer = dial(sley_listener_port(l));
    accept_fails(codes[i], 1, false);
    assert_null(sley_run(sley_with_timeout(sley_accept(l), 20), &v));
    sley_value_drop(&v);
    assert_int_equal(sley_listener_refused(l), 0);
    close(peer);
    sley_listener_close(l);
  }
}

static void no_watches_left(void **state)
{
  (void)state;
  static const int codes[] = {ENOSPC, ENOMEM};
  for (size_t i = 0; i < 2; i++) {
    sley_listener *l = listener();
    sley_value v;
    failing.watch = codes[i];
    failing.watch_times = 3;
    sley_promise *p = sley_accept(l);
    run_gives(sley_sleep(0.1), 0);
    assert_true(sley_is_pending(p));
    int peer = dial(sley_listener_port(l));
    assert_null(sley_run(p, &v));
    sley_value_drop(&v);
    assert_int_equal(sley_listener_refused(l), 0);
    failing.watch = 0;
    close(peer);
    sley_listener_close(l);
  }
}

/* The peer has gone before its socket could be set up (BSD: EINVAL) or queried. */
static void a_peer_that_left_at_once_is_accepted(void **state)
{
  (void)state;
  sley_listener *l = listener();
  sley_value v;
  char text[64];
  failing.no_delay = EINVAL;
  failing.peer_name = ENOTCONN;
  int peer = dial(sley_listener_port(l));
  assert_null(sley_run(sley_accept(l), &v));
  assert_int_equal(sley_io_peer(sley_io_in(&v), text, sizeof(text)), strlen("unknown:0"));
  assert_string_equal(text, "unknown:0");
  failing.no_delay = failing.peer_name = 0;
  sley_value_drop(&v);
  close(peer);
  sley_listener_close(l);
}

static void a_spare_descriptor_for_each_time(void **state)
{
  (void)state;
  sley_listener *l = listener();
  sley_promise *p = sley_accept(l);
  assert_null(sley_step(0));
  int peers[3];
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_listener_port(l)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < 3; i++) peers[i] = socket(AF_INET, SOCK_STREAM, 0);
  struct rlimit old, none;
  getrlimit(RLIMIT_NOFILE, &old);
  int lowest = dup(0);
  close(lowest);
  none = old;
  none.rlim_cur = (rlim_t)lowest;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(connect(peers[i], (struct sockaddr *)&address, sizeof(address)), 0);
    for (int waited = 0; waited < 20000 && sley_listener_refused(l) == (uint64_t)i; waited++)
      assert_null(sley_step(SLEY_MILLISECOND));
    assert_int_equal(sley_listener_refused(l), i + 1);
    char byte;
    assert_int_equal(recv(peers[i], &byte, 1, 0), 0); /* and sees the end */
  }
  setrlimit(RLIMIT_NOFILE, &old);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  for (int i = 0; i < 3; i++) close(peers[i]);
  sley_listener_close(l);
}

/* ---- a balance */

static struct {
  int told, served;
  int codes[8];
  char text[512], site[128];
} heard;

static void hear(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  if (heard.told < 8) heard.codes[heard.told] = sley_error_code(e);
  heard.told++;
  snprintf(heard.text, sizeof(heard.text), "%s", sley_error_message(e));
  snprintf(heard.site, sizeof(heard.site), "%s", site);
}

static sley_promise *serve_as_told(sley_value *connection, const sley_value *context)
{
  (void)connection;
  heard.served++;
  switch (context->i) {
    case 1: return sley_fail(sley_error_new(&sley_kind_errno, ECONNRESET, "this one is ill"));
    case 2: return sley_fail(sley_error_canceled());
    default: return sley_return(sley_unit());
  }
}

static sley_promise *fails_later(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_fail(sley_error_new(&sley_kind_errno, EPIPE, "later"));
}

static sley_promise *serve_and_close(sley_value *connection, const sley_value *context)
{
  sley_value taken;
  (void)context;
  heard.served++;
  if (sley_take(connection, &taken) == 0) sley_value_drop(&taken);
  return sley_bind(sley_pause(), fails_later, NULL);
}

static sley_server *server_begin(sley_serve_fn *serve, int how, sley_server_mode mode)
{
  sley_domain *d = sley_domain_current();
  sley_value v;
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options o = {.size = sizeof(o),
                           .listen = ats,
                           .listens = 1,
                           .domains = &d,
                           .count = 1,
                           .mode = mode,
                           .bare = serve,
                           .context = sley_int(how)};
  memset(&heard, 0, sizeof(heard));
  sley_set_async_hook(hear, NULL);
  assert_null(sley_run(sley_server_start(&o), &v));
  sley_server *b = sley_server_keep(sley_server_in(&v));
  sley_value_drop(&v);
  return b;
}

static void server_end(sley_server *b)
{
  run_gives(sley_server_stop(b, 1), 0);
  sley_server_drop(b);
  sley_set_async_hook(NULL, NULL);
}

static sley_server_counters counters(const sley_server *b)
{
  sley_server_counters c = {.size = sizeof(c)};
  sley_server_counters_get(b, 0, &c);
  return c;
}

static void steps_until_served(int count)
{
  for (int i = 0; i < 20000 && heard.served < count; i++) assert_null(sley_step(SLEY_MILLISECOND));
  assert_int_equal(heard.served, count);
  for (int i = 0; i < 5; i++) assert_null(sley_step(0));
}

static const sley_server_mode modes[] = {SLEY_SERVER_MODE_LEAST, SLEY_SERVER_MODE_KERNEL};

static void a_serve_that_fails_is_told(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    for (int later = 0; later < 2; later++) {
      sley_server *b = server_begin(later ? serve_and_close : serve_as_told, 1, modes[i]);
      int peer = dial(sley_server_port(b));
      struct sockaddr_in own;
      socklen_t size = sizeof(own);
      char who[64];
      assert_int_equal(getsockname(peer, (struct sockaddr *)&own, &size), 0);
      snprintf(who, sizeof(who), "serving 127.0.0.1:%u: ", ntohs(own.sin_port));
      steps_until_served(1);
      assert_int_equal(heard.told, 1);
      assert_int_equal(counters(b).failed, 1);
      assert_int_equal(counters(b).open, 0);
      assert_int_equal(heard.codes[0], later ? EPIPE : ECONNRESET);
      if (strstr(heard.text, who) == NULL) fail_msg("not %s: %s", who, heard.text);
      assert_non_null(strstr(heard.text, later ? "later" : "this one is ill"));
      assert_non_null(strstr(heard.site, "test_accept.c")); /* of sley_server_start */
      close(peer);
      server_end(b);
    }
  }
}

/* Counted, and told once until a connection comes. */
static void what_is_dropped_without_descriptors_is_told(void **state)
{
  (void)state;
  sley_server *b = server_begin(serve_as_told, 0, SLEY_SERVER_MODE_LEAST);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_server_port(b)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct rlimit old, none;
  int peers[3];
  for (int i = 0; i < 3; i++) peers[i] = socket(AF_INET, SOCK_STREAM, 0);
  getrlimit(RLIMIT_NOFILE, &old);
  none = old;
  none.rlim_cur = (rlim_t)dup(0);
  close((int)none.rlim_cur);
  for (uint64_t i = 0; i < 3; i++) {
    bool is_short = i < 2;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, is_short ? &none : &old), 0);
    assert_int_equal(connect(peers[i], (struct sockaddr *)&address, sizeof(address)), 0);
    for (int waited = 0; waited < 20000 && counters(b).dropped + counters(b).accepted == i;
         waited++)
      assert_null(sley_step(SLEY_MILLISECOND));
    assert_int_equal(counters(b).dropped, is_short ? i + 1 : 2);
    assert_int_equal(heard.told, 1);
  }
  assert_int_equal(heard.codes[0], EMFILE);
  assert_non_null(strstr(heard.text, "connections were closed unserved"));
  for (int i = 0; i < 3; i++) close(peers[i]);
  server_end(b);
}

static void a_serve_that_is_canceled_is_not(void **state)
{
  (void)state;
  sley_server *b = server_begin(serve_as_told, 2, SLEY_SERVER_MODE_LEAST);
  int peer = dial(sley_server_port(b));
  steps_until_served(1);
  assert_int_equal(heard.told, 0);
  assert_int_equal(counters(b).failed, 0);
  close(peer);
  server_end(b);
}

static void a_balance_goes_on(void **state)
{
  (void)state;
  enum { PEERS_EACH = 5 };
  for (int i = 0; i < 2; i++) {
    sley_server *b = server_begin(serve_as_told, 0, modes[i]);
    int peers[2 * PEERS_EACH];
    accept_fails(EPROTO, PEERS_EACH, true);
    for (int k = 0; k < 2 * PEERS_EACH; k++) peers[k] = dial(sley_server_port(b));
    steps_until_served(PEERS_EACH);
    assert_int_equal(heard.told, 0);
    /* A listener's error is reported once for all attempts until the next connection. */
    for (int round = 0; round < 2; round++) {
      accept_fails(EINVAL, 3, false);
      int peer = dial(sley_server_port(b));
      steps_until_served(PEERS_EACH + 1 + round);
      assert_int_equal(failing.times, 0);
      assert_int_equal(heard.told, 1 + round);
      assert_int_equal(heard.codes[round], EINVAL);
      assert_non_null(strstr(heard.text, "accepting on port"));
      close(peer);
    }
    for (int k = 0; k < 2 * PEERS_EACH; k++) close(peers[k]);
    server_end(b);
  }
}

/* A queued connection that failed does not hide those behind it. */
static void the_queue_is_served_at_the_end(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    sley_server *b = server_begin(serve_as_told, 0, modes[i]);
    int peers[6];
    for (int k = 0; k < 6; k++) peers[k] = dial(sley_server_port(b));
    accept_fails(EPROTO, 3, true);
    server_end(b);
    assert_int_equal(heard.served, 3);
    for (int k = 0; k < 6; k++) close(peers[k]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(one_peers_error_is_counted_and_passed_over),
      TEST(the_listeners_own_error_rejects),
      TEST(an_error_that_stays_is_waited_for),
      TEST(a_peer_outlives_a_want_of_memory),
      TEST(no_watches_left),
      TEST(a_peer_that_left_at_once_is_accepted),
      TEST(a_spare_descriptor_for_each_time),
      TEST(a_serve_that_fails_is_told),
      TEST(what_is_dropped_without_descriptors_is_told),
      TEST(a_serve_that_is_canceled_is_not),
      TEST(a_balance_goes_on),
      TEST(the_queue_is_served_at_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
