/* What a request costs through channels: one call that reads, one that writes, no promise, no change of what the kernel
 * watches; and what an idle connection holds. The calls are counted in this file.
 * Tests src/io/channel/input.c, src/io/channel/send.c, src/io/channel/each.c. */
#include <dlfcn.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/channels.h"

static struct {
  int recvs, sends, controls;
} calls;

ssize_t recv(int fd, void *at, size_t size, int flags)
{
  static ssize_t (*real)(int, void *, size_t, int);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "recv");
  calls.recvs++;
  return real(fd, at, size, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
  static ssize_t (*real)(int, struct msghdr *, int);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "recvmsg");
  calls.recvs++;
  return real(fd, message, flags);
}

ssize_t send(int fd, const void *at, size_t size, int flags)
{
  static ssize_t (*real)(int, const void *, size_t, int);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "send");
  calls.sends++;
  return real(fd, at, size, flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
  static int (*real)(int, int, int, struct epoll_event *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "epoll_ctl");
  calls.controls++;
  return real(epoll, what, fd, event);
}

static sley_promise *answers(void *ctx, sley_input *in)
{
  sley_output *out = ctx;
  const char *at;
  size_t n = sley_input_peek(in, &at);
  char *answer = sley_output_reserve(out, n);
  assert_non_null(answer);
  memcpy(answer, at, n);
  sley_output_commit(out, n);
  sley_input_consume(in, n);
  return sley_input_more(0);
}

static uint64_t created(void)
{
  sley_counters c = {.size = sizeof(c)};
  sley_counters_get(&c);
  return c.created;
}

static void one_call_to_read_and_one_to_write(void **state)
{
  (void)state;
  enum { REQUESTS = 50 };
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, answers, l.out);
  peer_writes(&l, "first");
  rest(0.001);
  assert_string_equal(peer_reads(&l), "first");
  memset(&calls, 0, sizeof calls);
  for (int i = 0; i < REQUESTS; i++) {
    peer_writes(&l, "request");
    for (int k = 0; k < 1000; k++) {
      assert_null(sley_step(SLEY_MILLISECOND));
      if (strcmp(peer_reads(&l), "request") == 0) break;
      if (k == 999) fail_msg("no answer");
    }
  }
  assert_int_equal(calls.recvs, REQUESTS);
  assert_int_equal(calls.sends, REQUESTS);
  assert_int_equal(calls.controls, 0);
  uint64_t before = created();
  peer_writes(&l, "request");
  assert_null(sley_step(SLEY_MILLISECOND));
  assert_int_equal(created(), before); /* no promise */
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  assert_int_equal(c.in_use, 0);
  sley_cancel(p);
  sley_drop(p);
  drop_line(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(one_call_to_read_and_one_to_write),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
