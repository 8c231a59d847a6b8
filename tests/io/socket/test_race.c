/* Connecting to several addresses: which is tried when, which wins, what becomes of the others, and options.
 * Tests src/io/socket/race.c, src/io/socket/attempt.c, src/io/socket/connect.c, src/io/socket/unix_path.c,
 * src/io/socket/socket_options.c, src/io/socket/socket_state.c. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "support/by_hand.h"
#include "support/process.h"

#include <sley.h>

/* ---- listeners that answer, and those whose queue is full, so that the kernel drops every SYN */

typedef struct place {
  int fd;
  sley_address address;
  int fillers[4];
} place;

static void address_of(int fd, sley_address *out)
{
  struct sockaddr_storage room;
  socklen_t size = sizeof(room);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&room, &size), 0);
  assert_null(sley_address_from_sockaddr(&room, size, out));
}

static place listening(const char *host, int backlog)
{
  place p = {.fd = -1, .fillers = {-1, -1, -1, -1}};
  sley_address wanted;
  unsigned length;
  assert_null(sley_address_from_host(host, 0, &wanted));
  const void *sockaddr = sley_address_sockaddr(&wanted, &length);
  p.fd = socket(sley_address_family_get(&wanted) == SLEY_ADDRESS_FAMILY_IPV6 ? AF_INET6 : AF_INET,
                SOCK_STREAM, 0);
  assert_int_equal(bind(p.fd, sockaddr, length), 0);
  assert_int_equal(listen(p.fd, backlog), 0);
  address_of(p.fd, &p.address);
  return p;
}

static place swallowing(const char *host)
{
  place p = listening(host, 0);
  unsigned length;
  const void *sockaddr = sley_address_sockaddr(&p.address, &length);
  for (int i = 0; i < 4; i++) {
    p.fillers[i] =
        socket(((const struct sockaddr *)sockaddr)->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(p.fillers[i], sockaddr, length) != 0) assert_int_equal(errno, EINPROGRESS);
  }
  usleep(20000);
  return p;
}

static void place_close(place *p)
{
  if (p->fd >= 0) close(p->fd);
  for (int i = 0; i < 4; i++)
    if (p->fillers[i] >= 0) close(p->fillers[i]);
}

/* An address where nothing listens. */
static sley_address refusing(const char *host)
{
  place p = listening(host, 1);
  place_close(&p);
  return p.address;
}

/* ---- connect, observed */

static struct {
  int count;
  int fds[32];
  int fails; /* so many fail, with this error */
  int error;
  int begun_with; /* errno of a connect that goes on; 0: the kernel's */
} connects;

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "connect");
  if (connects.count < 32) connects.fds[connects.count] = fd;
  connects.count++;
  if (connects.fails > 0) {
    connects.fails--;
    errno = connects.error;
    return -1;
  }
  int code = real(fd, address, size);
  if (code != 0 && errno == EINPROGRESS && connects.begun_with != 0) errno = connects.begun_with;
  return code;
}

static void connects_forget(void) { memset(&connects, 0, sizeof(connects)); }

static void until_connects(int count)
{
  for (int i = 0; i < 20000 && connects.count < count; i++)
    assert_null(sley_step(SLEY_MILLISECOND));
  assert_int_equal(connects.count, count);
}

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

/* The peer of the connection that p gives. */
static sley_address reached(sley_promise *p)
{
  sley_value v;
  sley_address peer;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  assert_null(sley_socket_peer(sley_io_in(&v), &peer));
  sley_value_drop(&v);
  return peer;
}

static sley_connect_options with(double delay)
{
  return (sley_connect_options){.size = sizeof(sley_connect_options), .attempt_delay = delay};
}

/* ---- the race (fault 9) */

/* By a clock by hand: not before, and not much later. */
static void next_after(double seconds)
{
  int before = connects.count;
  pass(seconds * 0.98);
  assert_int_equal(connects.count, before);
  pass(seconds * 0.03);
  assert_int_equal(connects.count, before + 1);
}

static void the_next_address_is_tried_after_a_while(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1"), second = listening("127.0.0.1", 5);
  const sley_address both[] = {first.address, second.address};
  connects_forget();
  clock_by_hand();
  sley_promise *p = sley_connect_to(NULL, both, 2);
  next_after(0.25);
  sley_address peer = reached(p);
  sley_test_clock_end();
  assert_true(sley_address_is_equal(&peer, &second.address));
  assert_int_equal(connects.count, 2);
  assert_false(is_open(connects.fds[0])); /* the loser's */
  place_close(&first);
  place_close(&second);
}

static void a_failure_starts_the_next_at_once(void **state)
{
  (void)state;
  place second = listening("127.0.0.1", 5);
  const sley_address both[] = {refusing("127.0.0.1"), second.address};
  sley_connect_options o = with(2);
  connects_forget();
  clock_by_hand(); /* which stands still */
  sley_address peer = reached(sley_connect_to(&o, both, 2));
  sley_test_clock_end();
  assert_true(sley_address_is_equal(&peer, &second.address));
  place_close(&second);
}

static void the_delay_has_bounds(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1"), last = listening("127.0.0.1", 5);
  const sley_address both[] = {first.address, last.address};
  static const struct {
    double given, used;
  } cases[] = {{0.001, 0.01}, {100, 2}};
  for (int i = 0; i < 2; i++) {
    sley_connect_options o = with(cases[i].given);
    connects_forget();
    clock_by_hand();
    sley_promise *p = sley_connect_to(&o, both, 2);
    next_after(cases[i].used);
    reached(p);
    sley_test_clock_end();
  }
  place_close(&first);
  place_close(&last);
}

static void one_after_the_other_if_asked(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1"), second = listening("127.0.0.1", 5);
  const sley_address both[] = {first.address, second.address};
  sley_connect_options o = with(-1);
  o.timeout = 0.5;
  connects_forget();
  clock_by_hand();
  sley_promise *p = sley_connect_to(&o, both, 2);
  pass(0.49);
  assert_true(sley_is_pending(p));
  pass(0.02);
  const char *text = run_fails(p, &sley_kind_sley, SLEY_ETIMEOUT);
  sley_test_clock_end();
  assert_non_null(strstr(text, "connecting to one of 2 addresses: no answer within 0.5 s"));
  assert_int_equal(connects.count, 1);
  place_close(&first);
  place_close(&second);
}

static void a_time_for_all(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1");
  sley_connect_options o = with(0);
  o.timeout = 0.05;
  connects_forget();
  sley_time begin = sley_now();
  run_fails(sley_connect_to(&o, &first.address, 1), &sley_kind_sley, SLEY_ETIMEOUT);
  assert_true(sley_now() - begin >= 50 * SLEY_MILLISECOND);
  assert_false(is_open(connects.fds[0]));
  place_close(&first);
}

static void cancel_closes_all(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1"), second = swallowing("127.0.0.1");
  const sley_address both[] = {first.address, second.address};
  sley_connect_options o = with(0.01);
  connects_forget();
  sley_promise *p = sley_connect_to(&o, both, 2);
  until_connects(2);
  assert_true(is_open(connects.fds[0]) && is_open(connects.fds[1]));
  sley_cancel(p);
  assert_false(is_open(connects.fds[0]) || is_open(connects.fds[1]));
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  place_close(&first);
  place_close(&second);
}

static bool has_queued(const place *p)
{
  struct pollfd asked = {.fd = p->fd, .events = POLLIN};
  return poll(&asked, 1, 0) == 1;
}

static void queue_empty(const place *p)
{
  while (has_queued(p)) close(accept(p->fd, NULL, NULL));
}

/* Both answer while the loop is held up, the one tried later first: the kernel reports it first, too. */
static void of_two_the_one_tried_earlier_wins(void **state)
{
  (void)state;
  place first = swallowing("127.0.0.1"), second = swallowing("127.0.0.1");
  const sley_address both[] = {first.address, second.address};
  sley_connect_options o = with(0.01);
  connects_forget();
  sley_promise *p = sley_connect_to(&o, both, 2);
  until_connects(2);
  const place *in_order[] = {&second, &first};
  for (int i = 0; i < 2; i++) {
    for (int f = 0; f < 4; f++) shutdown(in_order[i]->fillers[f], SHUT_RDWR);
    queue_empty(in_order[i]);
    struct tcp_info info = {0};
    for (int wait = 0; wait < 12000; wait++) { /* until the SYN is sent again */
      socklen_t size = sizeof(info);
      queue_empty(in_order[i]);
      getsockopt(connects.fds[1 - i], IPPROTO_TCP, TCP_INFO, &info, &size);
      if (info.tcpi_state != TCP_SYN_SENT) break;
      usleep(1000);
    }
    /* connected, and perhaps closed by queue_empty by now */
    assert_true(info.tcpi_state == TCP_ESTABLISHED || info.tcpi_state == TCP_CLOSE_WAIT);
  }
  sley_address peer = reached(p);
  assert_true(sley_address_is_equal(&peer, &first.address));
  assert_false(is_open(connects.fds[1]));
  place_close(&first);
  place_close(&second);
}

static void all_failed_names_all(void **state)
{
  (void)state;
  const sley_address all[] = {refusing("127.0.0.1"), refusing("127.0.0.2"), {0}};
  char said[2][SLEY_ADDRESS_TEXT];
  for (int i = 0; i < 2; i++) sley_address_text(&all[i], said[i], sizeof(said[i]));
  sley_connect_options o = with(0.01);
  connects_forget();
  const char *text = run_fails(sley_connect_to(&o, all, 2), &sley_kind_errno, ECONNREFUSED);
  char wanted[1200];
  snprintf(wanted, sizeof(wanted),
           "connecting to one of 2 addresses: %s, %s: connect: Connection refused", said[0],
           said[1]);
  if (strstr(text, wanted) == NULL) fail_msg("%s", text);
  connects_forget();
  connects.fails = 1;
  connects.error = ENETUNREACH;
  text = run_fails(sley_connect_to(&o, all, 2), &sley_kind_errno, ENETUNREACH);
  snprintf(wanted, sizeof(wanted),
           "%s: connect: Network is unreachable; %s: connect: Connection refused", said[0],
           said[1]);
  if (strstr(text, wanted) == NULL) fail_msg("%s", text);
  text = run_fails(sley_connect_to(&o, all, 1), &sley_kind_errno, ECONNREFUSED);
  snprintf(wanted, sizeof(wanted), "connecting to %s: connect: Connection refused", said[0]);
  if (strstr(text, wanted) == NULL) fail_msg("%s", text);
  run_fails(sley_connect_to(&o, all, 3), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_connect_to(&o, all, 0), &sley_kind_sley, SLEY_EINVAL);
}

static void at_most_sixteen_addresses(void **state)
{
  (void)state;
  sley_address all[20];
  for (int i = 0; i < 20; i++) all[i] = refusing("127.0.0.1");
  connects_forget();
  run_fails(sley_connect_to(NULL, all, 20), &sley_kind_errno, ECONNREFUSED);
  assert_int_equal(connects.count, 16);
}

static void an_interrupted_connect_goes_on(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  connects_forget();
  connects.begun_with = EINTR;
  reached(sley_connect_to(NULL, &p.address, 1));
  assert_int_equal(connects.count, 1);
  connects_forget();
  place_close(&p);
}

/* ---- options */

/* Leaves no trace of the connection in the kernel. */
static void reset_and_drop(sley_value *v)
{
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(sley_io_fd(sley_io_in(v)), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  sley_value_drop(v);
}

static void from_an_address(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  sley_address from, local;
  assert_null(sley_address_from_host("127.0.0.9", 0, &from));
  sley_connect_options o = with(0);
  o.from = &from;
  sley_address six;
  assert_null(sley_address_from_host("::1", 9, &six));
  const sley_address both[] = {six, p.address};
  sley_value v;
  connects_forget();
  sley_promise *connection = sley_connect_to(&o, both, 2);
  memset(&from, 0xff, sizeof(from)); /* it is copied */
  assert_null(sley_run(connection, &v));
  assert_int_equal(connects.count, 1); /* the other is of another family */
  assert_null(sley_socket_local(sley_io_in(&v), &local));
  char text[SLEY_ADDRESS_TEXT];
  sley_address_text(&local, text, sizeof(text));
  assert_memory_equal(text, "127.0.0.9:", 10);
  reset_and_drop(&v);
  /* With a port of one's own, again and again. */
  for (int i = 0; i < 3; i++) {
    o.from = &local;
    sley_address again;
    assert_null(sley_run(sley_connect_to(&o, &p.address, 1), &v));
    assert_null(sley_socket_local(sley_io_in(&v), &again));
    assert_true(sley_address_is_equal(&local, &again));
    reset_and_drop(&v);
  }
  o.from = &p.address;
  assert_non_null(
      strstr(run_fails(sley_connect_to(&o, &six, 1), &sley_kind_errno, EAFNOSUPPORT), "from"));
  place_close(&p);
}

typedef struct asked {
  int allowed, prepared, allow_drops, prepare_drops;
  sley_address refused;
  int prepare_fails;
  sley_promise *canceled;
} asked;

static bool allow(void *ctx, const sley_address *address)
{
  asked *a = ctx;
  a->allowed++;
  if (a->canceled != NULL) sley_cancel(a->canceled);
  return !sley_address_is_equal(address, &a->refused);
}

static sley_error *prepare(void *ctx, sley_fd fd)
{
  asked *a = ctx;
  int on = 1;
  sley_address peer;
  assert_int_not_equal(getpeername(fd, (struct sockaddr *)peer.data, &(socklen_t){64}), 0);
  a->prepared++;
  if (a->prepare_fails > 0 && a->prepare_fails-- > 0)
    return sley_error_new(&sley_kind_errno, EDOM, "not today");
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), 0);
  return NULL;
}

static void allow_drop(void *ctx) { ((asked *)ctx)->allow_drops++; }
static void prepare_drop(void *ctx) { ((asked *)ctx)->prepare_drops++; }

static sley_connect_options asking(asked *a)
{
  sley_connect_options o = with(0);
  o.allow = allow;
  o.allow_ctx = a;
  o.allow_drop = allow_drop;
  o.prepare = prepare;
  o.prepare_ctx = a;
  o.prepare_drop = prepare_drop;
  return o;
}

static void allow_and_prepare_are_asked_for_each_address(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  const sley_address both[] = {refusing("127.0.0.1"), p.address};
  asked a = {.refused = both[0]};
  sley_connect_options o = asking(&a);
  connects_forget();
  sley_value v;
  assert_null(sley_run(sley_connect_to(&o, both, 2), &v));
  assert_int_equal(a.allowed, 2);
  assert_int_equal(a.prepared, 1);
  assert_int_equal(connects.count, 1); /* what is not allowed is not connected to */
  int on = 0;
  socklen_t size = sizeof(on);
  getsockopt(sley_io_fd(sley_io_in(&v)), SOL_SOCKET, SO_OOBINLINE, &on, &size);
  assert_int_not_equal(on, 0);
  sley_value_drop(&v);
  assert_int_equal(a.allow_drops, 1);
  assert_int_equal(a.prepare_drops, 1);
  a.refused = p.address;
  connects_forget();
  const char *text = run_fails(sley_connect_to(&o, &p.address, 1), &sley_kind_errno, EACCES);
  assert_non_null(strstr(text, "this address is not allowed"));
  assert_int_equal(connects.count, 0);
  a = (asked){.prepare_fails = 1};
  text = run_fails(sley_connect_to(&o, &p.address, 1), &sley_kind_errno, EDOM);
  assert_non_null(strstr(text, "not today"));
  a = (asked){.prepare_fails = 1};
  const sley_address twice[] = {p.address, p.address};
  reached(sley_connect_to(&o, twice, 2)); /* the second attempt's is prepared */
  assert_int_equal(a.prepared, 2);
  /* In every case of the names, too. */
  a = (asked){0};
  o.timeout = -1;
  assert_non_null(
      strstr(run_fails(sley_connect_to(&o, &p.address, 1), &sley_kind_sley, SLEY_EINVAL),
             "the option timeout is negative"));
  assert_int_equal(a.allow_drops + a.prepare_drops, 2);
  assert_int_equal(a.allowed, 0);
  place_close(&p);
}

static sley_promise *canceled_connect;
static void canceled_in_allow(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  sley_address blocked = swallowing("127.0.0.1").address;
  const sley_address both[] = {blocked, p.address};
  asked a = {0};
  sley_connect_options o = asking(&a);
  o.attempt_delay = 0.01;
  connects_forget();
  canceled_connect = sley_connect_to(&o, both, 2);
  a.canceled = canceled_connect; /* as the second one is asked for */
  for (int i = 0; i < 20000 && a.allowed < 2; i++) assert_null(sley_step(SLEY_MILLISECOND));
  run_fails(canceled_connect, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(connects.count, 1);
  assert_int_equal(a.allow_drops + a.prepare_drops, 2);
  place_close(&p);
  for (int fd = 3; fd < 1024; fd++) { /* those of the swallowing place */
    int type;
    socklen_t size = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM) close(fd);
  }
}

static int int_option(const sley_value *v, int level, int name)
{
  int value = -1;
  socklen_t size = sizeof(value);
  assert_int_equal(getsockopt(sley_io_fd(sley_io_in(v)), level, name, &value, &size), 0);
  return value;
}

static void options_of_the_socket(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  sley_connect_options o = with(0);
  sley_value v;
  assert_null(sley_run(sley_connect_to(&o, &p.address, 1), &v));
  assert_int_not_equal(int_option(&v, IPPROTO_TCP, TCP_NODELAY), 0);
  assert_int_equal(int_option(&v, SOL_SOCKET, SO_KEEPALIVE), 0);
  sley_value_drop(&v);
  o.keep_delay = true;
  o.keep_alive = 20;
  assert_null(sley_run(sley_connect_to(&o, &p.address, 1), &v));
  assert_int_equal(int_option(&v, IPPROTO_TCP, TCP_NODELAY), 0);
  assert_int_not_equal(int_option(&v, SOL_SOCKET, SO_KEEPALIVE), 0);
#ifdef __linux__
  assert_int_equal(int_option(&v, IPPROTO_TCP, TCP_KEEPIDLE), 20);
  assert_int_equal(int_option(&v, IPPROTO_TCP, TCP_KEEPINTVL), 5);
  assert_int_equal(int_option(&v, IPPROTO_TCP, TCP_KEEPCNT), 4);
  sley_value_drop(&v);
  o.user_timeout = 1.5;
  assert_null(sley_run(sley_connect_to(&o, &p.address, 1), &v));
  assert_int_equal(int_option(&v, IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
#endif
  sley_value_drop(&v);
  place_close(&p);
}

/* ---- Unix sockets */

static int unix_listening(const char *folder, const char *name, int backlog)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  int there = open(".", O_RDONLY | O_DIRECTORY), fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(chdir(folder), 0);
  snprintf(un.sun_path, sizeof(un.sun_path), "%s", name);
  assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
  assert_int_equal(listen(fd, backlog), 0);
  assert_int_equal(fchdir(there), 0);
  close(there);
  return fd;
}

/* A host with its port in one text, as users give it. */
static void ports_in_the_text(void **state)
{
  (void)state;
  sley_listener *l;
  const sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &l));
  char text[400];
  static const char *const hosts[] = {"127.0.0.1", "localhost"};
  for (size_t i = 0; i < 2; i++) {
    snprintf(text, sizeof(text), "%s:%u", hosts[i], sley_listener_port(l));
    sley_address peer = reached(sley_connect(NULL, text, NULL));
    assert_int_equal(sley_address_port(&peer), sley_listener_port(l));
  }
  sley_listener_close(l);
  sley_error *e = sley_run(sley_connect(NULL, "[::1]:1", NULL), NULL); /* there may be no IPv6 */
  assert_true(sley_error_kind_get(e) == &sley_kind_errno);
  assert_non_null(strstr(sley_error_message(e), "connecting to ::1 port 1: "));
  sley_error_drop(e);
  const char *failed;
  static const char *const wrong[][2] = {{"127.0.0.1", "has no port"},
                                         {"", "has no port"},
                                         {":80", "has no port"},
                                         {"[::1]", "has no port"},
                                         {"[]:80", "has no port"},
                                         {"[127.0.0.1]:80", "has no port"},
                                         {"fe80::1:2:80", "has no port"},
                                         {"a:b:80", "has no port"},
                                         {"127.0.0.1:", "port \"\" is neither"},
                                         {"127.0.0.1:99999", "port \"99999\" is neither"},
                                         {"127.1:80", "ends in a number"}};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    failed = run_fails(sley_connect(NULL, wrong[i][0], NULL), &sley_kind_sley, SLEY_EINVAL);
    if (strstr(failed, wrong[i][1]) == NULL) fail_msg("%s: %s", wrong[i][0], failed);
  }
  memset(text, 'a', 300);
  strcpy(text + 300, ":80");
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_sley, SLEY_EINVAL);
}

static void unix_paths(void **state)
{
  (void)state;
  char folder[32] = "/tmp/sley-race-XXXXXX", text[400];
  assert_non_null(mkdtemp(folder));
  int fd = unix_listening(folder, "s", 5);
  snprintf(text, sizeof(text), "unix:%s/s", folder);
  sley_address peer = reached(sley_connect(NULL, text, NULL));
  char said[SLEY_ADDRESS_TEXT];
  sley_address_text(&peer, said, sizeof(said));
  assert_string_equal(said, "unix:s"); /* as it was bound */
  /* With a port it is no host: who connects for others reaches no socket of this machine. */
  run_fails(sley_connect(NULL, text, "80"), &sley_kind_sley, SLEY_EINVAL);
  const char *failed =
      run_fails(sley_connect(NULL, "127.0.0.1", NULL), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(failed, "has no port"));
  failed = run_fails(sley_connect(NULL, "unix:a\nb", NULL), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(failed, "unix:a\\x0ab"));
  close(fd);
  failed = run_fails(sley_connect(NULL, text, NULL), &sley_kind_errno, ECONNREFUSED);
  assert_non_null(strstr(failed, text));
  unlink(text + 5);
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_errno, ENOENT);
#ifdef __linux__
  /* Longer than an address. */
  char deep[200];
  snprintf(deep, sizeof(deep), "%s/%0150d", folder, 7);
  assert_int_equal(mkdir(deep, 0700), 0);
  fd = unix_listening(deep, "s", 5);
  snprintf(text, sizeof(text), "unix:%s/s", deep);
  reached(sley_connect(NULL, text, NULL));
  close(fd);
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_errno, ECONNREFUSED);
  unlink(text + 5);
  snprintf(text, sizeof(text), "unix:%s/%0100d", deep, 7);
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_sley, SLEY_EINVAL);
  rmdir(deep);
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_errno, ENOENT);
  snprintf(text, sizeof(text), "unix:@sley-race-%d", (int)getpid());
  run_fails(sley_connect(NULL, text, NULL), &sley_kind_errno, ECONNREFUSED);
#endif
  rmdir(folder);
}

/* EAGAIN, while poll says that it can be written to (section 4, number 11 of the semantics of Lwt's descriptors). */
static void a_full_queue_is_tried_again(void **state)
{
  (void)state;
  char folder[] = "/tmp/sley-race-XXXXXX", text[64];
  assert_non_null(mkdtemp(folder));
  int fd = unix_listening(folder, "s", 0), fillers[4];
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
  snprintf(text, sizeof(text), "unix:%s/s", folder);
  for (int i = 0; i < 4; i++) {
    fillers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(fillers[i], (struct sockaddr *)&un, sizeof(un)) != 0)
      assert_int_equal(errno, EAGAIN);
  }
  connects_forget();
  clock_by_hand();
  sley_promise *p = sley_connect(NULL, text, NULL);
  assert_int_equal(connects.count, 1);
  sley_drop(sley_keep(p));
  for (int i = 0; i < 8; i++) next_after(i < 6 ? 0.001 * (1 << i) : 0.064);
  assert_true(sley_is_pending(p));
  close(accept(fd, NULL, NULL));
  pass(0.064);
  reached(p);
  sley_test_clock_end();
  /* And it can be canceled. */
  p = sley_connect(NULL, text, NULL);
  for (int i = 0; i < 4; i++) close(fillers[i]);
  sley_cancel(p);
  sley_drop(p);
  close(fd);
  unlink(un.sun_path);
  rmdir(folder);
}

/* ---- without memory, without descriptors */

static place shared_places[2];
static sley_address refused_address;

/* If the first of several fails, its error is that of all. */
static void race_without_memory(void)
{
  const sley_address reached_last[] = {refused_address, shared_places[1].address},
                     raced[] = {shared_places[0].address, shared_places[0].address};
  sley_connect_options o = with(0.01);
  o.keep_alive = 5;
  sley_value v;
  sley_error *e = sley_run(sley_connect_to(&o, reached_last, 2), &v);
  if (e == NULL) sley_value_drop(&v);
  else
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM) ||
                sley_error_is(e, &sley_kind_errno, ECONNREFUSED));
  sley_error_drop(e);
  sley_promise *p = sley_connect_to(&o, raced, 2);
  connects_forget();
  for (int i = 0; i < 50 && connects.count < 1 && sley_is_pending(p); i++)
    sley_error_drop(sley_step(SLEY_MILLISECOND));
  sley_cancel(p);
  sley_drop(p);
  p = sley_connect_to(&o, raced, 1);
  sley_drop(p); /* nobody waits: it goes on until the domain ends */
}

static void every_allocation_fails(void **state)
{
  (void)state;
  shared_places[0] = swallowing("127.0.0.1");
  shared_places[1] = listening("127.0.0.1", 1000);
  refused_address = refusing("127.0.0.1");
  each_allocation_fails(race_without_memory);
  place_close(&shared_places[0]);
  place_close(&shared_places[1]);
}

static void without_descriptors(void **state)
{
  (void)state;
  place p = listening("127.0.0.1", 5);
  sley_drop(sley_sleep(0)); /* the loop has its own */
  int fds[1024], count = 0;
  for (int fd = dup(0); fd >= 0 && count < 1024; fd = dup(0)) fds[count++] = fd;
  if (errno == EMFILE) {
    run_fails(sley_connect_to(NULL, &p.address, 1), &sley_kind_errno, EMFILE);
    while (count > 0) close(fds[--count]);
    reached(sley_connect_to(NULL, &p.address, 1));
  }
  while (count > 0) close(fds[--count]);
  place_close(&p);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_next_address_is_tried_after_a_while),
      TEST(a_failure_starts_the_next_at_once),
      TEST(the_delay_has_bounds),
      TEST(one_after_the_other_if_asked),
      TEST(a_time_for_all),
      TEST(cancel_closes_all),
      TEST(of_two_the_one_tried_earlier_wins),
      TEST(all_failed_names_all),
      TEST(at_most_sixteen_addresses),
      TEST(an_interrupted_connect_goes_on),
      TEST(from_an_address),
      TEST(allow_and_prepare_are_asked_for_each_address),
      TEST(canceled_in_allow),
      TEST(options_of_the_socket),
      TEST(ports_in_the_text),
      TEST(unix_paths),
      TEST(a_full_queue_is_tried_again),
      TEST(without_descriptors),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
