/* TCP: data both ways, ends, resets, errors with their messages, canceling, failing calls and memory.
 * Tests src/io/object/io.c, src/io/socket/listen.c, src/io/socket/dns_kind.c. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/clock.h"
#include "support/process.h"

/* ---- system calls that fail ---- */

enum {
  CALL_SOCKET,
  CALL_CONNECT,
  CALL_ACCEPT,
  CALL_RECV,
  CALL_SEND,
  CALL_LISTEN,
  CALL_BIND,
  CALLS
};
static struct {
  int call, at, code, seen; /* the at-th call of this kind fails with errno code */
} failing = {.call = -1};

static bool fails(int call)
{
  if (call != failing.call || ++failing.seen != failing.at) return false;
  errno = failing.code;
  return true;
}

#define REAL(name, result, ...)       \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, name)

int socket(int family, int type, int protocol)
{
  REAL("socket", int, int, int, int);
  return fails(CALL_SOCKET) ? -1 : real(family, type, protocol);
}
int connect(int fd, const struct sockaddr *address, socklen_t size)
{
  REAL("connect", int, int, const struct sockaddr *, socklen_t);
  return fails(CALL_CONNECT) ? -1 : real(fd, address, size);
}
int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
  REAL("accept4", int, int, struct sockaddr *, socklen_t *, int);
  return fails(CALL_ACCEPT) ? -1 : real(fd, address, size, flags);
}
ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
  REAL("recv", ssize_t, int, void *, size_t, int);
  return fails(CALL_RECV) ? -1 : real(fd, buffer, size, flags);
}
ssize_t send(int fd, const void *data, size_t size, int flags)
{
  REAL("send", ssize_t, int, const void *, size_t, int);
  return fails(CALL_SEND) ? -1 : real(fd, data, size, flags);
}
int listen(int fd, int backlog)
{
  REAL("listen", int, int, int);
  return fails(CALL_LISTEN) ? -1 : real(fd, backlog);
}
int bind(int fd, const struct sockaddr *address, socklen_t size)
{
  REAL("bind", int, int, const struct sockaddr *, socklen_t);
  return fails(CALL_BIND) ? -1 : real(fd, address, size);
}

static void fail_call(int call, int at, int code)
{
  failing.call = call;
  failing.at = at;
  failing.code = code;
  failing.seen = 0;
}

/* ---- connections ---- */

static sley_listener *listener(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  return l;
}

static sley_promise *connect_to(const sley_listener *l)
{
  char port[8];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  return sley_connect(NULL, "127.0.0.1", port);
}

static sley_io *io_from(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  return v.ptr; /* its type's drop is sley_io_drop */
}

typedef struct both_ends {
  sley_listener *listener;
  sley_io *client, *server;
} both_ends;

static both_ends connected(void)
{
  both_ends c;
  c.listener = listener();
  sley_promise *accepted = sley_accept(c.listener);
  c.client = io_from(connect_to(c.listener));
  c.server = io_from(accepted);
  return c;
}

static void close_all(both_ends *c)
{
  sley_io_drop(c->client);
  sley_io_drop(c->server);
  sley_listener_close(c->listener);
}

static void a_byte_there_and_back(void **state)
{
  (void)state;
  both_ends c = connected();
  char in = 0;
  run_gives(sley_write(c.client, "x", 1), 0);
  run_gives(sley_read(c.server, &in, 1), 1);
  assert_int_equal(in, 'x');
  run_gives(sley_write(c.server, "y", 1), 0);
  run_gives(sley_read(c.client, &in, 1), 1);
  assert_int_equal(in, 'y');
  sley_address at;
  char peer[SLEY_ADDRESS_TEXT];
  assert_null(sley_socket_peer(c.client, &at));
  assert_true(sley_address_text(&at, peer, sizeof(peer)) > 10);
  assert_non_null(strstr(peer, "127.0.0.1:"));
  assert_null(sley_io_set_nodelay(c.client, false));
  assert_int_equal(sley_listener_accepted(c.listener), 1);
  close_all(&c);
}

enum { MUCH = 1 << 20 };

typedef struct reading {
  sley_io *io;
  unsigned char *buffer;
  size_t done;
} reading;

static sley_promise *read_on(void *ctx, sley_value *v)
{
  reading *r = ctx;
  r->done += (size_t)v->i;
  if (v->i == 0 || r->done == MUCH) return sley_return(sley_int((int64_t)r->done));
  return sley_bind(sley_read(r->io, r->buffer + r->done, MUCH - r->done), read_on, r);
}

static sley_promise *read_all(reading *r)
{
  return sley_bind(sley_read(r->io, r->buffer, MUCH), read_on, r);
}

static void a_megabyte_both_ways_at_once(void **state)
{
  (void)state;
  both_ends c = connected();
  unsigned char *out = malloc(MUCH), *in[2] = {malloc(MUCH), malloc(MUCH)};
  for (size_t i = 0; i < MUCH; i++) out[i] = (unsigned char)(i * 31 + (i >> 8));
  reading r[2] = {{c.client, in[0], 0}, {c.server, in[1], 0}};
  sley_promise *ps[] = {sley_write(c.client, out, MUCH), sley_write(c.server, out, MUCH),
                        read_all(&r[0]), read_all(&r[1])};
  run_gives(sley_join(ps, 4), 0);
  assert_memory_equal(in[0], out, MUCH);
  assert_memory_equal(in[1], out, MUCH);
  free(out);
  free(in[0]);
  free(in[1]);
  close_all(&c);
}

static void half_close_and_close(void **state)
{
  (void)state;
  both_ends c = connected();
  char in[8];
  run_gives(sley_io_end(c.client), 0);
  run_gives(sley_read(c.server, in, sizeof(in)), 0);
  run_gives(sley_read(c.server, in, sizeof(in)), 0);
  run_gives(sley_write(c.server, "late", 4), 0);
  run_gives(sley_read(c.client, in, sizeof(in)), 4);
  sley_io_drop(c.server);
  c.server = NULL;
  run_gives(sley_read(c.client, in, sizeof(in)), 0);
  close_all(&c);
}

static void reset(sley_io *io)
{
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(sley_io_fd(io), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  sley_io_drop(io);
}

static void a_peer_that_resets(void **state)
{
  (void)state;
  both_ends c = connected();
  char in[8];
  sley_promise *p = sley_read(c.server, in, sizeof(in));
  reset(c.client);
  c.client = NULL;
  assert_non_null(strstr(run_fails(p, &sley_kind_errno, ECONNRESET), "recv"));
  /* SIGPIPE has its default action here: it would kill the test. */
  assert_non_null(strstr(run_fails(sley_write(c.server, "x", 1), &sley_kind_errno, EPIPE), "send"));
  close_all(&c);
}

static void a_reset_while_writing(void **state)
{
  (void)state;
  both_ends c = connected();
  char *much = calloc(1, 16 * MUCH);
  sley_promise *p = sley_write(c.server, much, 16 * MUCH);
  assert_true(sley_is_pending(p));
  reset(c.client);
  c.client = NULL;
  sley_error *e = sley_run(p, NULL);
  assert_true(sley_error_is(e, &sley_kind_errno, ECONNRESET) ||
              sley_error_is(e, &sley_kind_errno, EPIPE));
  sley_error_drop(e);
  free(much);
  close_all(&c);
}

/* Binds the port of l without listening, so that no other program gets it: SO_REUSEPORT. */
static int port_kept(const sley_listener *l)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_listener_port(l)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  return fd;
}

static void nobody_listens(void **state)
{
  (void)state;
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1", .share_port = true};
  char port[8];
  assert_null(sley_listen(&o, &l));
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  int kept = port_kept(l);
  sley_listener_close(l);
  const char *text =
      run_fails(sley_connect(NULL, "127.0.0.1", port), &sley_kind_errno, ECONNREFUSED);
  assert_non_null(strstr(text, port));
  assert_non_null(strstr(text, "127.0.0.1"));
  assert_non_null(strstr(text, "refused"));
  close(kept);
}

static void unknown_names(void **state)
{
  (void)state;
  /* Longer than a DNS label: no server is queried, which could be missing or slow. */
  char name[80] = "";
  while (strlen(name) < 70) strcat(name, "nowhere");
  sley_error *e = sley_run(sley_connect(NULL, name, "80"), NULL);
  assert_non_null(e);
  assert_ptr_equal(sley_error_kind_get(e), &sley_kind_dns);
  assert_non_null(strstr(sley_error_message(e), name));
  sley_error_drop(e);
  e = sley_run(sley_connect(NULL, "127.0.0.1", "no-such-service"), NULL);
  assert_non_null(e);
  assert_ptr_equal(sley_error_kind_get(e), &sley_kind_dns);
  sley_error_drop(e);
}

static void port_in_use(void **state)
{
  (void)state;
  sley_listener *l = listener(), *second;
  sley_listen_options o = {
      .size = sizeof(o), .address = "127.0.0.1", .port = sley_listener_port(l)};
  sley_error *e = sley_listen(&o, &second);
  assert_non_null(e);
  assert_null(second);
  assert_true(sley_error_is(e, &sley_kind_errno, EADDRINUSE));
  char port[8];
  snprintf(port, sizeof(port), "%u", o.port);
  assert_non_null(strstr(sley_error_message(e), port));
  sley_error_drop(e);
  sley_listener_close(l);
  o.port = 70000;
  e = sley_listen(&o, &second);
  assert_non_null(e);
  sley_error_drop(e);
  o.port = 0;
  o.address = "not an address";
  e = sley_listen(&o, &second);
  assert_non_null(e);
  sley_error_drop(e);
}

static void a_shared_port(void **state)
{
  (void)state;
  sley_listener *first, *second;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1", .share_port = true};
  assert_null(sley_listen(&o, &first));
  o.port = sley_listener_port(first);
  assert_null(sley_listen(&o, &second));
  sley_listener_close(first);
  sley_listener_close(second);
}

static void canceled(sley_promise *p)
{
  assert_true(sley_is_pending(p));
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
}

static void canceling(void **state)
{
  (void)state;
  both_ends c = connected();
  char in[8];
  char *much = calloc(1, 16 * MUCH);
  canceled(sley_read(c.server, in, sizeof(in)));
  canceled(sley_accept(c.listener));
  canceled(connect_to(c.listener));
  canceled(sley_write(c.server, much, 16 * MUCH));
  free(much);
  close_all(&c);
}

static void one_of_each_at_a_time(void **state)
{
  (void)state;
  both_ends c = connected();
  char in[8];
  sley_promise *first = sley_read(c.server, in, sizeof(in));
  run_fails(sley_read(c.server, in, sizeof(in)), &sley_kind_sley, SLEY_EINVAL);
  sley_promise *accepting = sley_accept(c.listener);
  run_fails(sley_accept(c.listener), &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(c.server);
  c.server = NULL;
  run_fails(first, &sley_kind_sley, SLEY_ECLOSED);
  sley_listener_close(c.listener);
  run_fails(accepting, &sley_kind_sley, SLEY_ECLOSED);
  sley_io_drop(c.client);
}

/* ---- failing calls ---- */

static void echo_once(void)
{
  both_ends c = connected();
  char in = 0;
  run_gives(sley_write(c.client, "x", 1), 0);
  run_gives(sley_read(c.server, &in, 1), 1);
  close_all(&c);
}

static void interrupted_calls_are_made_again(void **state)
{
  (void)state;
  static const struct {
    int call, code;
  } cases[] = {{CALL_ACCEPT, EINTR}, {CALL_ACCEPT, ECONNABORTED}, {CALL_ACCEPT, EAGAIN},
               {CALL_RECV, EINTR},   {CALL_RECV, EAGAIN},         {CALL_SEND, EINTR},
               {CALL_SEND, EAGAIN},  {CALL_ACCEPT, ENOBUFS},      {CALL_ACCEPT, ENOMEM},
               {CALL_ACCEPT, EMFILE}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    fail_call(cases[i].call, 1, cases[i].code);
    echo_once();
    assert_true(failing.seen >= 1);
  }
  fail_call(-1, 0, 0);
}

static void failing_calls_reject(void **state)
{
  (void)state;
  char in;
  sley_listener *l = listener();
  fail_call(CALL_SOCKET, 1, EMFILE);
  sley_error *e = NULL;
  /* The first socket can belong to the resolver: try until connect's own socket fails. */
  for (int at = 1; e == NULL && at < 20; at++) {
    fail_call(CALL_SOCKET, at, EMFILE);
    sley_value v;
    e = sley_run(connect_to(l), &v);
    if (e == NULL) sley_value_drop(&v);
    else if (!sley_error_is(e, &sley_kind_errno, EMFILE)) {
      sley_error_drop(e);
      e = NULL;
    }
  }
  assert_non_null(e);
  sley_error_drop(e);
  sley_listener_close(l);
  both_ends c = connected();
  fail_call(CALL_RECV, 1, EIO);
  run_fails(sley_read(c.server, &in, 1), &sley_kind_errno, EIO);
  fail_call(CALL_SEND, 1, ENOBUFS);
  run_fails(sley_write(c.server, "x", 1), &sley_kind_errno, ENOBUFS);
  fail_call(-1, 0, 0);
  close_all(&c);
  static const int listening[] = {CALL_SOCKET, CALL_BIND, CALL_LISTEN};
  for (size_t i = 0; i < 3; i++) {
    fail_call(listening[i], 1, ENOBUFS);
    sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
    e = sley_listen(&o, &l);
    assert_non_null(e);
    assert_null(l);
    assert_true(sley_error_is(e, &sley_kind_errno, ENOBUFS));
    sley_error_drop(e);
  }
  fail_call(-1, 0, 0);
}

static void no_descriptors_at_accept(void **state)
{
  (void)state;
  sley_listener *l = listener();
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_listener_port(l)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  sley_promise *accepted = sley_accept(l);
  assert_null(sley_step(0)); /* everything it needs is open now */
  int peers[2];
  for (int i = 0; i < 2; i++) peers[i] = socket(AF_INET, SOCK_STREAM, 0);
  struct rlimit old, none;
  getrlimit(RLIMIT_NOFILE, &old);
  int lowest = dup(0);
  close(lowest);
  none = old;
  none.rlim_cur = (rlim_t)lowest;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  assert_int_equal(connect(peers[0], (struct sockaddr *)&address, sizeof(address)), 0);
  double before = cpu_seconds();
  run_gives(sley_sleep(0.5), 0);
  double used = cpu_seconds() - before;
  assert_true(sley_is_pending(accepted));
  assert_true(sley_listener_refused(l) >= 1);
  assert_true(used < 0.1);
  setrlimit(RLIMIT_NOFILE, &old);
  assert_int_equal(connect(peers[1], (struct sockaddr *)&address, sizeof(address)), 0);
  sley_io_drop(io_from(accepted));
  close(peers[0]);
  close(peers[1]);
  sley_listener_close(l);
}

static void echo_without_memory(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
    return;
  }
  sley_value client, server;
  sley_promise *accepted = sley_accept(l);
  bool good = ran_or_no_memory(connect_to(l), &client);
  if (!good) sley_cancel(accepted);
  /* An accept without memory closes the connection it took, reports that, and waits for the next one. */
  for (int i = 0; i < 20000 && sley_is_pending(accepted) && sley_listener_refused(l) == 0; i++)
    sley_error_drop(sley_step(SLEY_MILLISECOND));
  if (sley_is_pending(accepted)) {
    assert_true(sley_listener_refused(l) > 0);
    sley_cancel(accepted);
  }
  e = sley_run(accepted, &server);
  if (e != NULL) {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM) || sley_error_is_canceled(e));
    sley_error_drop(e);
  } else if (good) {
    char in;
    if (ran_or_no_memory(sley_write(sley_io_in(&client), "x", 1), NULL)) {
      sley_value n;
      if (ran_or_no_memory(sley_read(sley_io_in(&server), &in, 1), &n)) assert_int_equal(n.i, 1);
    }
  }
  if (e == NULL) sley_value_drop(&server);
  if (good) sley_value_drop(&client);
  sley_listener_close(l);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(echo_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_byte_there_and_back),
      TEST(a_megabyte_both_ways_at_once),
      TEST(half_close_and_close),
      TEST(a_peer_that_resets),
      TEST(a_reset_while_writing),
      TEST(nobody_listens),
      TEST(unknown_names),
      TEST(port_in_use),
      TEST(a_shared_port),
      TEST(canceling),
      TEST(one_of_each_at_a_time),
      TEST(interrupted_calls_are_made_again),
      TEST(failing_calls_reject),
      TEST(no_descriptors_at_accept),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
