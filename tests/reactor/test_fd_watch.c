/* Watches: a function called whenever a descriptor is ready.
 * Tests src/reactor/fd_watch.c, src/reactor/counters.c. */
#include <errno.h>
#include <sys/socket.h>

#include <sley/alarm.h>
#include <sley/engine.h>
#include <sley/fd_watch.h>

#include "support/child.h"
#include "support/process.h"

typedef struct seen {
  int readable, writable, failed, code;
  sley_fd_watch *drops; /* dropped by the first call; itself or another */
  sley_fd reads;        /* a byte of it is read in each call; -1: none */
} seen;

static int drops;

static void count_drop(void *ctx)
{
  (void)ctx;
  drops++;
}

static void see(void *ctx, unsigned what, const sley_error *failure)
{
  seen *s = ctx;
  char byte;
  s->readable += what == SLEY_FD_READABLE;
  s->writable += what == SLEY_FD_WRITABLE;
  s->failed += failure != NULL;
  if (failure != NULL) s->code = sley_error_code(failure);
  if (s->reads >= 0 && what == SLEY_FD_READABLE) assert_int_equal(recv(s->reads, &byte, 1, 0), 1);
  sley_fd_watch *watch = s->drops;
  s->drops = NULL;
  sley_fd_watch_drop(watch);
}

static int ends[2];

static int pair_setup(void **state)
{
  drops = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return -1;
  return setup(state);
}

static int pair_teardown(void **state)
{
  int result = teardown(state);
  close(ends[0]);
  close(ends[1]);
  return result;
}

static sley_fd_watch *watch_of(int fd, unsigned what, seen *s)
{
  sley_fd_watch *watch;
  assert_null(sley_fd_watch_new(fd, what, see, s, count_drop, &watch));
  return watch;
}

static void step(void) { assert_null(sley_step(0)); }

static void it_repeats_until_it_is_dropped(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  sley_fd_watch *watch = watch_of(ends[0], SLEY_FD_READABLE, &s);
  step();
  assert_int_equal(s.readable, 0);
  assert_int_equal(send(ends[1], "ab", 2, 0), 2);
  for (int turn = 1; turn <= 3; turn++) {
    step();
    assert_int_equal(s.readable, turn); /* nobody has read it */
  }
  s.reads = ends[0];
  for (int turn = 0; turn < 5; turn++) step();
  assert_int_equal(s.readable, 5);
  assert_int_equal(drops, 0);
  sley_fd_watch_drop(watch);
  assert_int_equal(drops, 1);
  assert_int_equal(send(ends[1], "c", 1, 0), 1);
  step();
  assert_int_equal(s.readable, 5);
  assert_int_equal(s.writable + s.failed, 0);
}

static void what_it_waits_for_can_change(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  sley_fd_watch *watch = watch_of(ends[0], 0, &s);
  assert_int_equal(send(ends[1], "a", 1, 0), 1);
  step();
  assert_int_equal(s.readable + s.writable, 0);
  sley_fd_watch_set(watch, SLEY_FD_READABLE | SLEY_FD_WRITABLE);
  step();
  assert_int_equal(s.readable, 1);
  assert_int_equal(s.writable, 1);
  sley_fd_watch_set(watch, SLEY_FD_WRITABLE);
  step();
  assert_int_equal(s.readable, 1);
  assert_int_equal(s.writable, 2);
  sley_fd_watch_set(watch, 0);
  step();
  sley_fd_watch_set(watch, SLEY_FD_READABLE);
  step();
  assert_int_equal(s.readable, 2);
  assert_int_equal(s.writable, 2);
  sley_fd_watch_drop(watch);
}

/* Another watch and a promise on the same descriptor hear of it as well. */
static void a_descriptor_has_several(void **state)
{
  (void)state;
  seen a = {.reads = -1}, b = {.reads = -1};
  sley_fd_watch *first = watch_of(ends[0], SLEY_FD_READABLE, &a);
  sley_fd_watch *second = watch_of(ends[0], SLEY_FD_READABLE, &b);
  sley_promise *waits = sley_wait_readable(ends[0]);
  assert_int_equal(send(ends[1], "a", 1, 0), 1);
  run_gives(waits, 0);
  assert_true(a.readable > 0 && b.readable > 0);
  sley_fd_watch_drop(first);
  sley_fd_watch_drop(second);
}

static void a_call_may_drop_watches(void **state)
{
  (void)state;
  seen own = {.reads = -1}, a = {.reads = -1}, b = {.reads = -1};
  own.drops = watch_of(ends[0], SLEY_FD_READABLE | SLEY_FD_WRITABLE, &own);
  assert_int_equal(send(ends[1], "a", 1, 0), 1);
  step();
  assert_int_equal(own.readable, 1);
  assert_int_equal(own.writable, 0); /* it was dropped in between */
  assert_int_equal(drops, 1);
  b.drops = watch_of(ends[0], SLEY_FD_READABLE, &a); /* each the other */
  a.drops = watch_of(ends[0], SLEY_FD_READABLE, &b);
  step();
  step();
  assert_int_equal(a.readable + b.readable, 1 + (a.readable > 1 || b.readable > 1));
  assert_int_equal(drops, 2);
  sley_fd_watch_drop(a.drops != NULL ? a.drops : b.drops);
  assert_int_equal(drops, 3);
}

static void no_call_allocates(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  step();
  sley_fd_watch *watch = watch_of(ends[0], SLEY_FD_READABLE, &s);
  assert_int_equal(send(ends[1], "a", 1, 0), 1);
  step();
  size_t before = heap.count;
  for (int turn = 0; turn < 100; turn++) step();
  assert_int_equal(heap.count, before);
  assert_int_equal(s.readable, 101);
  sley_fd_watch_drop(watch);
}

/* libev would abort. */
static void a_descriptor_closed_before_the_kernel_knows(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  int fd = dup(ends[0]);
  sley_fd_watch *watch = watch_of(fd, SLEY_FD_READABLE, &s);
  close(fd);
  step();
  assert_int_equal(s.failed, 1);
  assert_int_equal(s.code, EBADF);
  step();
  assert_int_equal(s.failed, 1);
  assert_int_equal(dup(ends[0]), fd); /* the number is used again */
  sley_fd_watch_set(watch, SLEY_FD_WRITABLE);
  step();
  assert_int_equal(s.writable, 1);
  close(fd);
  sley_fd_watch_set(watch, SLEY_FD_READABLE);
  step();
  assert_int_equal(s.failed, 2);
  sley_fd_watch_drop(watch);
}

/* As a library does that closes a connection and opens the next one in one call. */
static void a_number_is_used_again_in_one_turn(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  int fds[2], fd = dup(ends[0]);
  sley_fd_watch *watch = watch_of(fd, SLEY_FD_READABLE, &s);
  step();
  sley_fd_watch_set(watch, 0);
  close(fd);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(fds[0], fd);
  assert_int_equal(write(fds[1], "x", 1), 1);
  sley_fd_watch_set(watch, SLEY_FD_READABLE);
  step();
  assert_int_equal(s.readable, 1);
  sley_fd_watch_drop(watch);
  close(fds[0]);
  close(fds[1]);
}

static void wrong_arguments(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  sley_fd_watch *watch = (sley_fd_watch *)&s;
  sley_error *e = sley_fd_watch_new(1000, SLEY_FD_READABLE, see, &s, count_drop, &watch);
  assert_true(sley_error_is(e, &sley_kind_errno, EBADF));
  sley_error_drop(e);
  assert_null(watch);
  assert_int_equal(drops, 1);
  e = sley_fd_watch_new(ends[0], 4, see, &s, count_drop, &watch);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_int_equal(drops, 2);
  sley_fd_watch_drop(NULL);
}

static sley_fd_watch *misused;

static void sets_other_bits(void) { sley_fd_watch_set(misused, 8); }

/* It is freed when its function has returned. */
static void sets_a_dropped_one(void *ctx, unsigned what, const sley_error *failure)
{
  (void)ctx;
  (void)what;
  (void)failure;
  sley_fd_watch_drop(misused);
  sley_fd_watch_set(misused, SLEY_FD_READABLE);
}

static void child_watches(void (*f)(void), const char *text)
{
  char said[4096];
  assert_true(aborted(run_in_child(f, said, sizeof(said))));
  if (strstr(said, text) == NULL) fail_msg("it wrote: %s", said);
}

static void other_bits(void)
{
  static seen s = {.reads = -1};
  if (sley_fd_watch_new(2, 0, see, &s, NULL, &misused) == NULL) sets_other_bits();
}

static void dropped_one(void)
{
  int fds[2];
  if (pipe(fds) != 0 ||
      sley_fd_watch_new(fds[1], SLEY_FD_WRITABLE, sets_a_dropped_one, NULL, NULL, &misused) != NULL)
    return;
  sley_error_drop(sley_step(0));
}

static void misuse_aborts(void **state)
{
  (void)state;
  child_watches(other_bits, "sley_fd_watch_set: 0x8 is neither SLEY_FD_READABLE nor");
  child_watches(dropped_one, "sley_fd_watch_set: the watch was dropped");
}

static void watches_end_with_their_domain(void **state)
{
  (void)state;
  static seen s = {.reads = -1};
  watch_of(ends[0], SLEY_FD_READABLE, &s);
  step();
  assert_int_equal(finish(), 0);
  assert_int_equal(drops, 1);
  assert_int_equal(begin(false, 0), 0);
}

static void every_allocation(void)
{
  seen s = {.reads = -1};
  sley_fd_watch *watch;
  drops = 0;
  sley_error *e = sley_fd_watch_new(ends[0], SLEY_FD_WRITABLE, see, &s, count_drop, &watch);
  if (e == NULL) {
    while (s.writable == 0 && s.failed == 0) {
      sley_error *failed = sley_step(0);
      if (failed != NULL) break;
    }
    sley_fd_watch_drop(watch);
  } else {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
  }
  assert_int_equal(drops, 1);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  each_allocation_fails(every_allocation);
  close(ends[0]);
  close(ends[1]);
}

static sley_error *no_alarm(void *ctx)
{
  (void)ctx;
  return NULL;
}

static sley_loop_counters registered(void)
{
  sley_loop_counters c = {.size = sizeof(c)};
  sley_loop_counters_get(&c);
  return c;
}

/* Lwt_engine's readable_count, writable_count and timer_count. */
static void what_is_registered_is_counted(void **state)
{
  (void)state;
  seen s = {.reads = -1};
  sley_alarm *alarm;
  sley_loop_counters c = registered();
  assert_int_equal(c.readable + c.writable + c.timers + c.alarms, 0);
  sley_fd_watch *watch = watch_of(ends[0], SLEY_FD_READABLE | SLEY_FD_WRITABLE, &s);
  sley_promise *waits = sley_wait_readable(ends[1]);
  sley_promise *sleeps[3] = {sley_sleep(1), sley_sleep(100), sley_sleep(1e6)};
  assert_null(sley_alarm_new(5, no_alarm, NULL, NULL, &alarm));
  c = registered();
  assert_int_equal(c.alarms, 0);
  sley_alarm_start(alarm);
  c = registered();
  assert_int_equal(c.readable, 2);
  assert_int_equal(c.writable, 1);
  assert_int_equal(c.timers, 3);
  assert_int_equal(c.alarms, 1);
  sley_fd_watch_set(watch, SLEY_FD_READABLE);
  sley_cancel(waits);
  sley_cancel(sleeps[1]);
  sley_alarm_drop(alarm);
  c = registered();
  assert_int_equal(c.readable, 1);
  assert_int_equal(c.writable, 0);
  assert_int_equal(c.timers, 2);
  assert_int_equal(c.alarms, 0);
  sley_fd_watch_drop(watch);
  sley_drop(waits);
  for (int i = 0; i < 3; i++) {
    sley_cancel(sleeps[i]);
    sley_drop(sleeps[i]);
  }
  c = registered();
  assert_int_equal(c.readable + c.timers, 0);
  uint64_t room[2] = {sizeof(size_t) + sizeof(uint64_t), 7}; /* a program of an older header */
  sley_loop_counters_get((sley_loop_counters *)(void *)room);
  assert_int_equal(room[1], 0);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR(it_repeats_until_it_is_dropped),
      PAIR(what_it_waits_for_can_change),
      PAIR(a_descriptor_has_several),
      PAIR(a_call_may_drop_watches),
      PAIR(no_call_allocates),
      PAIR(a_descriptor_closed_before_the_kernel_knows),
      PAIR(a_number_is_used_again_in_one_turn),
      PAIR(wrong_arguments),
      cmocka_unit_test(misuse_aborts),
      PAIR(watches_end_with_their_domain),
      cmocka_unit_test(every_allocation_fails),
      PAIR(what_is_registered_is_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
