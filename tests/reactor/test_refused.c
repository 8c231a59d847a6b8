/* Descriptors that the kernel refuses to watch (fault 1): pending waits are rejected, and later waits still work.
 * Tests src/reactor/readiness.c, src/reactor/engine_libev.c, src/io/datagram/state.c. */
#include <dlfcn.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <sley/fd_watch.h>
#include <sley/io.h>

#include "reactor/reactor_floor.h"
#include "support/packets.h"

static struct {
  int code;  /* error of the next calls; 0: none */
  int times; /* calls left to fail */
} refusing;

/* Called by libev. */
int epoll_ctl(int engine, int what, int fd, struct epoll_event *event)
{
  static int (*real)(int, int, int, struct epoll_event *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "epoll_ctl");
  if (refusing.times == 0 || what == EPOLL_CTL_DEL) return real(engine, what, fd, event);
  refusing.times--;
  errno = refusing.code;
  return -1;
}

static void refuse(int code, int times)
{
  refusing.code = code;
  refusing.times = times;
}

static int ends[2];

static void pair_open(void)
{
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  assert_null(sley_step(0)); /* the loop exists, with the descriptors it watches for itself */
}

static void pair_close(void)
{
  close(ends[0]);
  close(ends[1]);
}

static void fill(int fd)
{
  static const char much[4096];
  while (send(fd, much, sizeof(much), 0) > 0) continue;
}

/* Nothing else would wake the loop, so it must not sleep first. */
static void who_waits_is_told_at_once(void **state)
{
  (void)state;
  static const int codes[] = {ENOSPC, ENOMEM};
  pair_open();
  for (size_t i = 0; i < 2; i++) {
    for (int writable = 0; writable < 2; writable++) {
      if (writable) fill(ends[0]);
      refuse(codes[i], 1);
      sley_time start = sley_now();
      const char *text =
          run_fails(writable ? sley_wait_writable(ends[0]) : sley_wait_readable(ends[0]),
                    &sley_kind_errno, codes[i]);
      assert_non_null(strstr(text, "refuses to watch descriptor"));
      assert_non_null(strstr(text, strerror(codes[i])));
      assert_non_null(strstr(text, "test_refused.c")); /* the site of the wait */
      if (codes[i] == ENOSPC) assert_non_null(strstr(text, "fs.epoll.max_user_watches"));
      assert_true(sley_now() - start < 20 * SLEY_SECOND); /* libev's own longest wait is a minute */
      assert_int_equal(refusing.times, 0);
    }
  }
  assert_int_equal(write(ends[1], "x", 1), 1);
  run_gives(sley_wait_readable(ends[0]), 0);
  pair_close();
}

static sley_promise *tell(void *ctx, sley_error *e)
{
  *(int *)ctx = sley_error_code(e);
  return sley_return(sley_unit());
}

/* The kernel reports a descriptor, not a direction: libev stops both. */
static void both_directions_are_told(void **state)
{
  (void)state;
  int heard[2] = {0, 0};
  pair_open();
  fill(ends[0]);
  sley_promise *reader = sley_catch(sley_wait_readable(ends[0]), tell, &heard[0]);
  assert_null(sley_step(0)); /* watched */
  assert_true(sley_is_pending(reader));
  refuse(ENOMEM, 1);
  sley_promise *both[] = {reader, sley_catch(sley_wait_writable(ends[0]), tell, &heard[1])};
  run_gives(sley_join(both, 2), 0);
  assert_int_equal(heard[0], ENOMEM);
  assert_int_equal(heard[1], ENOMEM);
  assert_int_equal(write(ends[1], "x", 1), 1);
  run_gives(sley_wait_readable(ends[0]), 0); /* no trace of the error remains */
  pair_close();
}

static void many_are_told_each(void **state)
{
  (void)state;
  enum { MANY = 20 };
  int pairs[MANY][2], heard[MANY] = {0};
  sley_promise *ps[MANY];
  assert_null(sley_step(0));
  refuse(ENOSPC, MANY / 2);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(pipe(pairs[i]), 0);
    ps[i] = sley_catch(sley_wait_readable(pairs[i][0]), tell, &heard[i]);
  }
  assert_null(sley_step(0));
  int refused = 0, told = 0;
  for (int i = 0; i < MANY; i++) {
    refused += heard[i] == ENOSPC;
    told += !sley_is_pending(ps[i]);
  }
  assert_int_equal(refused, MANY / 2);
  assert_int_equal(told, MANY / 2);
  for (int i = 0; i < MANY; i++) assert_int_equal(write(pairs[i][1], "x", 1), 1);
  run_gives(sley_join(ps, MANY), 0);
  for (int i = 0; i < MANY; i++) {
    close(pairs[i][0]);
    close(pairs[i][1]);
  }
}

static sley_promise *wait_again(void *ctx, sley_error *e)
{
  (void)ctx;
  assert_int_equal(sley_error_code(e), ENOMEM);
  return sley_wait_readable(ends[0]);
}

static void who_is_told_may_ask_again(void **state)
{
  (void)state;
  pair_open();
  assert_int_equal(write(ends[1], "x", 1), 1);
  refuse(ENOMEM, 1);
  run_gives(sley_catch(sley_wait_readable(ends[0]), wait_again, NULL), 0);
  pair_close();
}

/* Over a copy of fd. */
static sley_io *object_of(int fd)
{
  sley_io *io;
  assert_null(sley_io_from_fd(dup(fd), SLEY_IO_MODE_NONBLOCK, &io));
  return io;
}

/* A connection's descriptor stays watched between reads. */
static void the_next_read_asks_again(void **state)
{
  (void)state;
  static const int codes[] = {ENOSPC, ENOMEM};
  char byte;
  pair_open();
  for (size_t i = 0; i < 2; i++) {
    sley_io *io = object_of(ends[0]);
    refuse(codes[i], 1);
    const char *text = run_fails(sley_read(io, &byte, 1), &sley_kind_errno, codes[i]);
    assert_non_null(strstr(text, "refuses to watch descriptor"));
    sley_promise *p = sley_read(io, &byte, 1);
    assert_null(sley_step(0));
    assert_true(sley_is_pending(p));
    assert_int_equal(write(ends[1], "x", 1), 1);
    run_gives(sley_with_timeout(p, 20), 1);
    sley_io_drop(io);
  }
  pair_close();
}

/* Nobody reads, but reading is still watched on the descriptor; then a write is refused. */
static void what_nobody_waits_for_is_asked_again_too(void **state)
{
  (void)state;
  static char much[1 << 20];
  char byte;
  pair_open();
  sley_io *io = object_of(ends[0]);
  sley_promise *p = sley_read(io, &byte, 1);
  assert_null(sley_step(0));
  assert_int_equal(write(ends[1], "x", 1), 1);
  run_gives(p, 1);
  refuse(ENOMEM, 1);
  run_fails(sley_write(io, much, sizeof(much)), &sley_kind_errno, ENOMEM);
  assert_int_equal(refusing.times, 0);
  p = sley_read(io, &byte, 1);
  assert_null(sley_step(0));
  assert_int_equal(write(ends[1], "x", 1), 1);
  run_gives(sley_with_timeout(p, 20), 1);
  sley_io_drop(io);
  pair_close();
}

static struct {
  int told, code;
} hook;

static void hear(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  hook.told++;
  hook.code = sley_error_code(e);
  assert_non_null(strstr(site, "packets.h")); /* where it was opened */
}

static sley_promise *packet_drop(void *ctx, sley_value *v)
{
  (void)v;
  ++*(size_t *)ctx;
  return sley_return_unit();
}

static sley_promise *one_batch(void *ctx, const sley_packet *packets, size_t n)
{
  (void)packets;
  *(size_t *)ctx += n;
  return sley_return(sley_int(1));
}

/* Refused three times, then watched; and refused as long as the test waits: it is told once. */
static void packets_are_received_all_the_same(void **state)
{
  (void)state;
  static const struct {
    int code, times;
  } rows[] = {{ENOMEM, 3}, {ENOSPC, 1000000}};
  sley_set_async_hook(hear, NULL);
  for (size_t i = 0; i < 2; i++) {
    size_t came = 0;
    sley_datagram *d = open_at("127.0.0.1:0"), *from = open_at("127.0.0.1:0");
    sley_address to = local(d);
    memset(&hook, 0, sizeof(hook));
    refuse(rows[i].code, rows[i].times);
    sley_promise *p = i == 0 ? sley_datagram_each(d, one_batch, &came, NULL)
                             : sley_bind(sley_datagram_receive(d), packet_drop, &came);
    run_gives(sley_sleep(0.1), 0);
    assert_true(sley_is_pending(p));
    assert_int_equal(hook.told, 1);
    assert_int_equal(hook.code, rows[i].code);
    assert_int_equal(send_text(from, &to, "x"), 0);
    run_gives(sley_with_timeout(p, 20), 0);
    assert_int_equal(came, 1);
    assert_int_equal(hook.told, 1);
    refuse(0, 0);
    sley_datagram_drop(d);
    sley_datagram_drop(from);
  }
  sley_set_async_hook(NULL, NULL);
}

/* What is no lack of room rejects what waits. */
static void packets_of_a_socket_that_cannot_be_watched(void **state)
{
  (void)state;
  sley_datagram *d = open_at("127.0.0.1:0");
  refuse(EIO, 1);
  const char *text = run_fails(sley_datagram_receive(d), &sley_kind_errno, EIO);
  assert_non_null(strstr(text, "refuses to watch a datagram socket"));
  sley_datagram_drop(d);
}

static void hear_refusal(void *ctx, unsigned what, const sley_error *failure)
{
  int *heard = ctx;
  if (failure == NULL) {
    heard[1] += what == SLEY_FD_READABLE;
    return;
  }
  heard[0] = sley_error_code(failure);
  assert_int_equal(what, 0);
  assert_non_null(strstr(sley_error_message(failure), "fs.epoll.max_user_watches"));
}

/* A watch is told, is off, and can be set again. */
static void a_watch_is_told(void **state)
{
  (void)state;
  int heard[2] = {0, 0};
  sley_fd_watch *watch;
  pair_open();
  assert_int_equal(write(ends[1], "x", 1), 1);
  refuse(ENOSPC, 1);
  assert_null(sley_fd_watch_new(ends[0], SLEY_FD_READABLE, hear_refusal, heard, NULL, &watch));
  assert_null(sley_step(0));
  assert_int_equal(heard[0], ENOSPC);
  assert_null(sley_step(0));
  assert_int_equal(heard[1], 0);
  sley_fd_watch_set(watch, SLEY_FD_READABLE);
  assert_null(sley_step(0));
  assert_int_equal(heard[1], 1);
  sley_fd_watch_drop(watch);
  pair_close();
}

/* No other thread could wake such a loop. */
static void a_loop_that_cannot_be_woken_is_not_made(void **state)
{
  (void)state;
  refuse(ENOSPC, 1);
  const char *text = run_fails(sley_sleep(0.001), &sley_kind_errno, ENOSPC);
  assert_non_null(strstr(text, "the loop cannot be made"));
  assert_int_equal(refusing.times, 0);
  run_gives(sley_sleep(0.001), 0);
}

/* epoll refuses a regular file with EPERM, because a file is always ready. */
static void a_file_is_ready(void **state)
{
  (void)state;
  FILE *file = tmpfile();
  assert_non_null(file);
  run_gives(sley_wait_readable(fileno(file)), 0);
  run_gives(sley_wait_writable(fileno(file)), 0);
  fclose(file);
}

/* ---- an engine that fails while it waits */

static struct {
  int fds[2], code;
} closing; /* the other domain's */

static sley_promise *close_it(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  close(closing.fds[0]);
  return sley_return(sley_unit());
}

static sley_promise *wait_and_close(sley_value *arg)
{
  (void)arg;
  if (pipe(closing.fds) != 0) return sley_fail(sley_error_closed());
  sley_promise *both[] = {sley_catch(sley_wait_readable(closing.fds[0]), tell, &closing.code),
                          sley_bind(sley_sleep(0.01), close_it, NULL)};
  return sley_join(both, 2);
}

static void a_descriptor_closed_while_select_waits(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "selects", .engine = "select"};
  assert_null(sley_domain_spawn(&o, &d));
  run_gives(sley_call(d, wait_and_close, sley_unit()), 0);
  assert_int_equal(closing.code, EBADF);
  close(closing.fds[1]);
  run_gives(sley_domain_shutdown(d, 1), 0);
  sley_domain_drop(d);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(who_waits_is_told_at_once),
      TEST(both_directions_are_told),
      TEST(many_are_told_each),
      TEST(who_is_told_may_ask_again),
      TEST(the_next_read_asks_again),
      TEST(what_nobody_waits_for_is_asked_again_too),
      TEST(packets_are_received_all_the_same),
      TEST(packets_of_a_socket_that_cannot_be_watched),
      TEST(a_watch_is_told),
      TEST(a_loop_that_cannot_be_woken_is_not_made),
      TEST(a_file_is_ready),
      TEST(a_descriptor_closed_while_select_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
