/* Unix datagram sockets: paths, abstract names, none; descriptors and credentials; a receiver that is full.
 * Tests src/io/datagram/open.c, src/io/datagram/packet.c, src/io/datagram/path.c,
 * src/io/datagram/received.c, src/io/datagram/send.c. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/packets.h"

static const char *path_of(int number)
{
  static char texts[2][128];
  snprintf(texts[number], sizeof(texts[number]), "unix:/tmp/sley-test-%d-%d", (int)getpid(),
           number);
  unlink(texts[number] + 5);
  return texts[number];
}

static void by_path(void **state)
{
  (void)state;
  const char *path = path_of(0);
  struct stat is;
  sley_datagram *server = open_at(path), *client = open_at("unix:"), *named = open_at(path_of(1));
  sley_address at = local(server), at_named = local(named);
  assert_string_equal(text_of(&at), path);
  assert_int_equal(send_text(client, &at, "from nobody"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(server));
  is_text(p, "from nobody");
  assert_null(p->from);
  sley_packet_drop(p);
  assert_int_equal(send_text(named, &at, "from somebody"), 0);
  p = packet_from(sley_datagram_receive(server));
  assert_true(sley_address_is_equal(p->from, &at_named));
  assert_int_equal(send_text(server, p->from, "back"), 0);
  sley_packet_drop(p);
  receives(named, "back");
  /* The path goes with the socket, */
  sley_datagram_drop(named);
  assert_int_equal(stat(text_of(&at_named) + 5, &is), -1);
  /* but not another one's. */
  assert_int_equal(unlink(path + 5), 0);
  sley_datagram *second = open_at(path);
  sley_datagram_drop(server);
  assert_int_equal(stat(path + 5, &is), 0);
  sley_datagram_drop(second);
  assert_int_equal(stat(path + 5, &is), -1);
  sley_datagram_drop(client);
}

static sley_error *opens(const char *path, bool replace, unsigned mode, sley_datagram **d)
{
  sley_datagram_options o = {.size = sizeof(o), .address = path, .replace = replace, .mode = mode};
  return sley_datagram_open(&o, d);
}

static void is_refused(const char *path, bool replace, unsigned mode, const sley_error_kind *kind,
                       int code)
{
  sley_datagram *d;
  sley_error *e = opens(path, replace, mode, &d);
  assert_true(sley_error_is(e, kind, code));
  sley_error_drop(e);
  assert_null(d);
}

/* As the listeners' options of these names. */
static void a_stale_file_is_replaced(void **state)
{
  (void)state;
  const char *path = path_of(0);
  struct stat is;
  sley_datagram *d, *second;
  mode_t old = umask(077);
  assert_null(opens(path, true, 0622, &d)); /* there is no file yet */
  umask(old);
  assert_int_equal(stat(path + 5, &is), 0);
  assert_int_equal(is.st_mode & 0777, 0622);
  is_refused(path, true, 0, &sley_kind_errno, EADDRINUSE); /* somebody is bound to it */
  assert_int_equal(stat(path + 5, &is), 0);
  sley_datagram_drop(d);
  /* One that a process has left behind. */
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sley_address at;
  unsigned length;
  assert_null(sley_address_parse(path, &at));
  const void *name = sley_address_sockaddr(&at, &length);
  assert_int_equal(bind(fd, name, length), 0);
  is_refused(path, true, 0, &sley_kind_errno, EADDRINUSE);
  close(fd);
  is_refused(path, false, 0, &sley_kind_errno, EADDRINUSE);
  assert_null(opens(path, true, 0, &second));
  sley_datagram *client = open_at("unix:");
  assert_int_equal(send_text(client, &at, "hello"), 0);
  receives(second, "hello");
  sley_datagram_drop(client);
  sley_datagram_drop(second);
  assert_int_equal(stat(path + 5, &is), -1);
  /* A file that is no socket stays. */
  close(open(path + 5, O_CREAT | O_WRONLY, 0600));
  is_refused(path, true, 0, &sley_kind_errno, EADDRINUSE);
  assert_int_equal(unlink(path + 5), 0);
  is_refused("127.0.0.1:0", true, 0, &sley_kind_sley, SLEY_EINVAL);
  is_refused("unix:@sley-mode", false, 0600, &sley_kind_sley, SLEY_EINVAL);
}

static void by_abstract_name(void **state)
{
  (void)state;
#ifdef __linux__
  char name[64];
  snprintf(name, sizeof(name), "unix:@sley-test-%d", (int)getpid());
  sley_datagram *server = open_at(name);
  sley_datagram_options o = {.size = sizeof(o), .address = "unix:", .peer = name};
  sley_datagram *client = open_with(&o);
  sley_address peer;
  assert_null(sley_datagram_peer(client, &peer));
  assert_string_equal(text_of(&peer), name);
  assert_int_equal(send_text(client, NULL, "hello"), 0);
  receives(server, "hello");
  /* Its peer is gone: that is told of each packet. */
  sley_datagram_drop(server);
  assert_int_equal(send_text(client, NULL, "hello?"), 0);
  run_gives(sley_datagram_flush(client), 0);
  assert_int_equal(counters_of(client).refused, 1);
  assert_int_equal(counters_of(client).sent, 1);
  sley_datagram_drop(client);
#endif
}

static int failures;
static void count(void *ctx, const sley_address *to, int code)
{
  (void)ctx;
  assert_non_null(to);
  assert_int_equal(code, ENOENT);
  failures++;
}

static void nobody_at_the_path(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "unix:", .failed = count};
  sley_datagram *d = open_with(&o), *there = open_at(path_of(0));
  sley_address at = local(there), none;
  assert_null(sley_address_parse("unix:/nowhere/at/all", &none));
  failures = 0;
  assert_int_equal(send_text(d, &none, "1"), 0);
  assert_int_equal(send_text(d, &at, "2"), 0);
  assert_int_equal(send_text(d, &none, "3"), 0);
  WAIT_UNTIL(failures == 2);
  receives(there, "2");
  sley_datagram_drop(d);
  sley_datagram_drop(there);
}

/* ---- descriptors ---- */

static bool works(sley_fd fd, sley_fd other)
{
  char c = 0;
  return write(fd, "x", 1) == 1 && read(other, &c, 1) == 1 && c == 'x';
}

typedef struct ends {
  sley_datagram *from, *to;
  sley_address at;
  int pipe[2];
} ends;

static ends with_fds(unsigned most)
{
  ends e;
  sley_datagram_options o = {
      .size = sizeof(o), .address = path_of(0), .most_fds = most, .want_credentials = true};
  e.to = open_with(&o);
  e.from = open_at("unix:");
  e.at = local(e.to);
  assert_int_equal(pipe(e.pipe), 0);
  return e;
}

static void ends_close(ends *e)
{
  sley_datagram_drop(e->from);
  sley_datagram_drop(e->to);
  if (e->pipe[0] >= 0) close(e->pipe[0]);
  if (e->pipe[1] >= 0) close(e->pipe[1]);
}

/* B1.36 over datagrams: bytes and one working descriptor. */
static void descriptors_go_along(void **state)
{
  (void)state;
  ends e = with_fds(4);
  sley_packet p = {.at = "fd", .size = 2, .to = &e.at, .fds = e.pipe, .fd_count = 2};
  assert_int_equal(sley_datagram_send(e.from, &p), 0);
  close(e.pipe[1]); /* it was duplicated */
  e.pipe[1] = -1;
  sley_packet *got = packet_from(sley_datagram_receive(e.to));
  is_text(got, "fd");
  assert_int_equal(got->fd_count, 2);
  assert_false(got->lost_fds);
  sley_fd writer = sley_packet_take_fd(got, 1);
  assert_true(writer >= 0);
  assert_int_equal(sley_packet_take_fd(got, 1), -1);
  assert_true(fcntl(writer, F_GETFD) & FD_CLOEXEC);
  sley_packet_drop(got); /* closes the other one */
  assert_true(works(writer, e.pipe[0]));
  close(writer);
  ends_close(&e);
}

static sley_promise *takes_none(void *ctx, const sley_packet *packets, size_t n)
{
  for (size_t i = 0; i < n; i++) *(size_t *)ctx += packets[i].fd_count;
  return sley_return_unit();
}

static void what_nobody_takes_is_closed(void **state)
{
  (void)state;
  ends e = with_fds(2);
  int before = descriptors();
  size_t fds = 0;
  sley_promise *each = sley_datagram_each(e.to, takes_none, &fds);
  sley_packet p = {.to = &e.at, .fds = e.pipe, .fd_count = 2};
  for (int i = 0; i < 5; i++) assert_int_equal(sley_datagram_send(e.from, &p), 0);
  assert_int_equal(descriptors(), before + 10);
  WAIT_UNTIL(fds == 10);
  assert_int_equal(counters_of(e.to).fds_closed, 10);
  assert_int_equal(descriptors(), before);
  /* Those that are staged go with their socket. */
  assert_int_equal(sley_datagram_send(e.from, &p), 0);
  sley_datagram_abort(e.from);
  assert_int_equal(descriptors(), before - 1);
  ends_close(&e);
  settle(each);
}

static void too_many_descriptors(unsigned most)
{
  ends e = with_fds(most);
  int before = descriptors();
  sley_fd fds[8];
  for (int i = 0; i < 8; i++) fds[i] = e.pipe[i % 2];
  sley_packet p = {.at = "x", .size = 1, .to = &e.at, .fds = fds, .fd_count = 8};
  assert_int_equal(sley_datagram_send(e.from, &p), 0);
  sley_packet *got = packet_from(sley_datagram_receive(e.to));
  is_text(got, "x");
  assert_int_equal(got->fd_count, most);
  assert_true(got->lost_fds);
  sley_packet_drop(got);
  assert_int_equal(descriptors(), before);
  ends_close(&e);
}

static void descriptors_beyond_the_room(void **state)
{
  (void)state;
  too_many_descriptors(0);
  too_many_descriptors(1);
  too_many_descriptors(3);
}

static void no_descriptor_left(void **state)
{
  (void)state;
  ends e = with_fds(4);
  struct rlimit limit, low;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  sley_packet p = {.at = "x", .size = 1, .to = &e.at, .fds = e.pipe, .fd_count = 2};
  assert_int_equal(sley_datagram_send(e.from, &p), 0);
  run_gives(sley_datagram_flush(e.from), 0);
  int next = dup(0);
  close(next);
  low = (struct rlimit){(rlim_t)next, limit.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
  assert_int_equal(sley_datagram_send(e.from, &p), -SLEY_ESYSTEM);
  assert_int_equal(errno, EMFILE);
  sley_packet *got = packet_from(sley_datagram_receive(e.to));
  assert_int_equal(got->fd_count, 0);
  assert_true(got->lost_fds);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  sley_packet_drop(got);
  assert_int_equal(sley_datagram_staged(e.from), 0);
  ends_close(&e);
}

static void credentials(void **state)
{
  (void)state;
#ifdef SCM_CREDENTIALS
  ends e = with_fds(1);
  sley_packet p = {.at = "x", .size = 1, .to = &e.at, .fds = e.pipe, .fd_count = 1};
  assert_int_equal(sley_datagram_send(e.from, &p), 0);
  assert_int_equal(send_text(e.from, &e.at, "y"), 0);
  for (int i = 0; i < 2; i++) {
    sley_packet *got = packet_from(sley_datagram_receive(e.to));
    assert_non_null(got->credentials);
    assert_int_equal(got->credentials->pid, getpid());
    assert_int_equal(got->credentials->user, getuid());
    assert_int_equal(got->credentials->group, getgid());
    assert_int_equal(got->fd_count, i == 0);
    sley_packet_drop(got);
  }
  ends_close(&e);
#endif
}

/* ---- a receiver that is full ---- */

/* A socket without a peer cannot be waited for: it is tried again, ever later. */
static void full(const char *peer)
{
  enum { MANY = 2000 };
  sley_datagram *to = open_at(path_of(0));
  sley_address at = local(to);
  sley_datagram_options o = {.size = sizeof(o),
                             .address = "unix:",
                             .peer = peer != NULL ? text_of(&at) : NULL,
                             .queue = 1 << 20};
  sley_datagram *from = open_with(&o);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(send_text(from, peer != NULL ? NULL : &at, "packet"), 0);
  sley_promise *flushed = sley_datagram_flush(from);
  assert_true(sley_is_pending(flushed));
  rest(0.02);
  assert_true(counters_of(from).calls_out < 100); /* it does not spin */
  assert_null(sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC));
  sley_time began = sley_now();
  for (int i = 0; i < MANY; i++) receives(to, "packet");
  run_gives(flushed, 0);
  assert_true(sley_now() - began < SLEY_SECOND); /* each success makes the pause short */
  sley_test_clock_end();
  assert_int_equal(counters_of(from).sent, MANY);
  sley_datagram_drop(from);
  sley_datagram_drop(to);
}

static void a_full_receiver(void **state)
{
  (void)state;
  full(NULL);
  full("peer");
}

static void close_waits_only_so_long(void **state)
{
  (void)state;
  sley_datagram *to = open_at(path_of(0));
  sley_address at = local(to);
  sley_datagram_options o = {.size = sizeof(o), .address = "unix:", .finish = 0.02};
  sley_datagram *from = open_with(&o), *aborted = open_with(&o);
  for (int i = 0; i < 2000; i++) assert_int_equal(send_text(from, &at, "packet"), 0);
  assert_int_equal(send_text(aborted, &at, "packet"), 0);
  sley_promise *flushed = sley_datagram_flush(from), *closed = sley_datagram_close(from);
  assert_non_null(strstr(run_fails(closed, &sley_kind_sley, SLEY_ETIMEOUT), "packets"));
  run_fails(flushed, &sley_kind_sley, SLEY_ECLOSED);
  sley_datagram_drop(from);
  closed = sley_datagram_close(aborted);
  assert_true(sley_is_pending(closed));
  sley_datagram_abort(aborted);
  run_fails(closed, &sley_kind_sley, SLEY_ECLOSED);
  sley_datagram_drop(aborted);
  sley_datagram_drop(to);
}

/* A close goes on when the last handle is dropped. */
static void dropped_while_it_closes(void **state)
{
  (void)state;
  enum { MANY = 100 };
  sley_datagram *to = open_at(path_of(0)), *from = open_at("unix:");
  sley_address at = local(to);
  for (int i = 0; i < MANY; i++) assert_int_equal(send_text(from, &at, "packet"), 0);
  sley_promise *closed = sley_datagram_close(from);
  assert_true(sley_is_pending(closed));
  sley_datagram_drop(from);
  for (int i = 0; i < MANY; i++) {
    sley_packet *p = packet_from(sley_with_timeout(sley_datagram_receive(to), 5));
    is_text(p, "packet");
    sley_packet_drop(p);
  }
  run_gives(closed, 0);
  sley_datagram_drop(to);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(by_path),
                                     TEST(a_stale_file_is_replaced),
                                     TEST(by_abstract_name),
                                     TEST(nobody_at_the_path),
                                     TEST(descriptors_go_along),
                                     TEST(what_nobody_takes_is_closed),
                                     TEST(descriptors_beyond_the_room),
                                     TEST(no_descriptor_left),
                                     TEST(credentials),
                                     TEST(a_full_receiver),
                                     TEST(close_waits_only_so_long),
                                     TEST(dropped_while_it_closes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
