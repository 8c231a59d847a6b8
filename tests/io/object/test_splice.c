/* A pump between two descriptors moves what is there without a copy: whole, in order, and counted; what the other takes no
 * more of is in its output. The calls are counted in this file.
 * Tests src/io/object/splice.c. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <sley/pump.h>

#include "support/channels.h"

#ifdef __linux__
static struct {
  size_t in, out; /* bytes into and out of the pipe */
  int refuses;    /* errno of every call */
  line_of *gone;  /* whose peer closes when the pipe has what is for it */
} spliced;

ssize_t splice(int from, void *from_at, int to, void *to_at, size_t size, unsigned flags);
ssize_t splice(int from, void *from_at, int to, void *to_at, size_t size, unsigned flags)
{
  static ssize_t (*real)(int, void *, int, void *, size_t, unsigned);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "splice");
  if (spliced.refuses != 0) {
    errno = spliced.refuses;
    return -1;
  }
  struct stat is;
  ssize_t n = real(from, from_at, to, to_at, size, flags);
  bool is_out = fstat(to, &is) == 0 && S_ISSOCK(is.st_mode);
  if (n > 0 && is_out) spliced.out += (size_t)n;
  else if (n > 0) spliced.in += (size_t)n;
  if (n > 0 && !is_out && spliced.gone != NULL && spliced.gone->peer >= 0)
    peer_closes(spliced.gone);
  return n;
}

enum { BYTES = 8 << 20 };
static char sent[BYTES], got[BYTES];

/* Fills the socket as far as it takes some now. */
static size_t fill(sley_fd fd, size_t from)
{
  ssize_t n = from < BYTES ? send(fd, sent + from, BYTES - from, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
  return n > 0 ? (size_t)n : 0;
}

static size_t empty(sley_fd fd, size_t from, size_t most)
{
  size_t left = BYTES - from;
  ssize_t n = recv(fd, got + from, left < most ? left : most, MSG_DONTWAIT);
  return n > 0 ? (size_t)n : 0;
}

static void moves(size_t at_a_time)
{
  line_of from = open_line(), to = open_line();
  memset(got, 0, sizeof(got));
  for (size_t i = 0; i < BYTES; i++) sent[i] = (char)(i * 31 + (i >> 12));
  sley_promise *p = sley_input_pump(from.in, to.out);
  size_t in = 0, out = 0;
  for (int turns = 0; out < BYTES && turns < 1000000; turns++) {
    in += fill(from.peer, in);
    if (in == BYTES) shutdown(from.peer, SHUT_WR);
    assert_null(sley_step(0));
    out += empty(to.peer, out, at_a_time);
  }
  assert_int_equal(out, BYTES);
  run_gives(p, BYTES);
  assert_int_equal(sley_input_position(from.in), BYTES);
  assert_int_equal(sley_output_position(to.out), BYTES);
  assert_memory_equal(sent, got, BYTES);
  drop_line(&from);
  drop_line(&to);
}

static void whole_and_in_order(void **state)
{
  (void)state;
  memset(&spliced, 0, sizeof(spliced));
  moves(1 << 20);
  assert_true(spliced.in > BYTES / 4);
}

/* Its reader takes less than comes: what is left in the pipe goes through the output. */
static void a_slow_reader(void **state)
{
  (void)state;
  memset(&spliced, 0, sizeof(spliced));
  moves(50000);
  assert_true(spliced.in > spliced.out);
}

static void where_the_kernel_refuses(void **state)
{
  (void)state;
  memset(&spliced, 0, sizeof(spliced));
  spliced.refuses = EINVAL;
  moves(1 << 20);
  assert_int_equal(spliced.in, 0);
}

static void so_many_bytes(void **state)
{
  (void)state;
  enum { SOME = 100000 };
  memset(&spliced, 0, sizeof(spliced));
  line_of from = open_line(), to = open_line();
  size_t in = fill(from.peer, 0), out = 0;
  assert_true(in > SOME);
  sley_promise *p = sley_input_pump_n(from.in, SOME, to.out);
  while (sley_is_pending(p)) {
    assert_null(sley_step(0));
    out += empty(to.peer, out, 1 << 20);
  }
  run_gives(p, SOME);
  run_gives(sley_output_flush(to.out), 0);
  out += empty(to.peer, out, 1 << 20);
  assert_int_equal(out, SOME);
  assert_true(spliced.in > 0);
  /* The rest is the input's still. */
  run_gives(sley_input_skip(from.in, 10), 10);
  assert_int_equal(sley_input_position(from.in), SOME + 10);
  drop_line(&from);
  drop_line(&to);
}

static void a_peer_that_is_gone(void **state)
{
  (void)state;
  memset(&spliced, 0, sizeof(spliced));
  line_of from = open_line(), to = open_line();
  sley_promise *p = sley_input_pump(from.in, to.out);
  size_t in = fill(from.peer, 0);
  assert_null(sley_step(0));
  peer_closes(&to);
  for (int i = 0; i < 1000 && sley_is_pending(p); i++) {
    in += fill(from.peer, in);
    assert_null(sley_step(0));
  }
  const char *message = run_fails(p, &sley_kind_errno, EPIPE); /* and no signal */
  assert_non_null(strstr(message, "writing to"));
  drop_line(&from);
  drop_line(&to);
}
/* Between what was written and what is spliced: then it is splice that would raise the signal. */
static void a_peer_that_goes_under_way(void **state)
{
  (void)state;
  line_of from = open_line(), to = open_line();
  struct sigaction usual = {.sa_handler = SIG_DFL}, before;
  assert_int_equal(sigaction(SIGPIPE, &usual, &before), 0);
  memset(&spliced, 0, sizeof(spliced));
  spliced.gone = &to;
  sley_promise *p = sley_input_pump(from.in, to.out);
  size_t in = fill(from.peer, 0);
  for (int i = 0; i < 1000 && sley_is_pending(p); i++) {
    in += fill(from.peer, in);
    assert_null(sley_step(0));
  }
  run_fails(p, &sley_kind_errno, EPIPE);
  assert_true(spliced.in > 0 && spliced.out == 0);
  assert_int_equal(to.peer, -1);
  sigset_t pending;
  sigpending(&pending);
  assert_false(sigismember(&pending, SIGPIPE));
  sigaction(SIGPIPE, &before, NULL);
  drop_line(&from);
  drop_line(&to);
}
#else
static void whole_and_in_order(void **state) { (void)state; }
#define a_slow_reader whole_and_in_order
#define where_the_kernel_refuses whole_and_in_order
#define so_many_bytes whole_and_in_order
#define a_peer_that_is_gone whole_and_in_order
#define a_peer_that_goes_under_way whole_and_in_order
#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(whole_and_in_order), TEST(a_slow_reader),       TEST(where_the_kernel_refuses),
      TEST(so_many_bytes),      TEST(a_peer_that_is_gone), TEST(a_peer_that_goes_under_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
