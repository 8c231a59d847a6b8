/* Pairs in memory, and types of the user's: what one end does is told to the other in a later pass; limits, ends, trouble.
 * Tests src/io/object/pair.c, src/io/object/transfer.c. */
#include <errno.h>
#include <sley/convenience.h>

#include "support/process.h"

static void through_memory(void **state)
{
  (void)state;
  sley_io *ends[2];
  char text[8];
  assert_null(sley_io_pair(0, ends));
  sley_promise *p = sley_read(ends[1], text, 8);
  run_gives(sley_write(ends[0], "abc", 3), 0);
  assert_true(sley_is_pending(p)); /* in a later pass */
  run_gives(p, 3);
  assert_memory_equal(text, "abc", 3);
  assert_int_equal(sley_io_fd(ends[0]), -1);
  void *ctx;
  assert_non_null(sley_io_type_get(ends[0], &ctx));
  assert_null(sley_io_below(ends[0]));
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void a_full_pair_makes_the_writer_wait(void **state)
{
  (void)state;
  sley_io *ends[2];
  char text[100];
  assert_null(sley_io_pair(10, ends));
  sley_promise *p = sley_write(ends[0], "0123456789abcdef", 16);
  assert_int_equal(sley_try_write(ends[1], "other way", 9), 9);
  rest(0.001);
  assert_true(sley_is_pending(p));
  run_gives(sley_read(ends[1], text, 4), 4);
  rest(0.001);
  assert_true(sley_is_pending(p));
  run_gives(sley_read(ends[1], text + 4, 96), 10);
  run_gives(p, 0);
  run_gives(sley_read(ends[1], text + 14, 86), 2);
  assert_memory_equal(text, "0123456789abcdef", 16);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void an_end_is_read_after_the_data(void **state)
{
  (void)state;
  sley_io *ends[2];
  char text[8];
  assert_null(sley_io_pair(0, ends));
  run_gives(sley_write(ends[0], "last", 4), 0);
  run_gives(sley_io_end(ends[0]), 0);
  run_fails(sley_io_end_reading(ends[0]), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_read(ends[1], text, 8), 4);
  run_gives(sley_read(ends[1], text, 8), 0);
  run_gives(sley_write(ends[1], "back", 4), 0); /* the other direction goes on */
  run_gives(sley_read(ends[0], text, 8), 4);
  sley_promise *p = sley_read(ends[0], text, 8);
  run_gives(sley_io_close(ends[1]), 0);
  run_gives(p, 0);
  run_fails(sley_write(ends[0], "x", 1), &sley_kind_errno, EPIPE);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

static void canceled_and_asked_again(void **state)
{
  (void)state;
  sley_io *ends[2];
  char text[8];
  assert_null(sley_io_pair(0, ends));
  for (int i = 0; i < 3; i++) {
    sley_promise *p = sley_read(ends[0], text, 8);
    if (i == 1) rest(0.001);
    sley_cancel(p);
    run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  }
  sley_promise *p = sley_read(ends[0], text, 8), *wait = sley_io_wait_readable(ends[0]);
  run_gives(sley_write(ends[1], "x", 1), 0);
  run_gives(p, 1);
  run_gives(wait, 0);
  sley_io_drop(ends[0]);
  sley_io_drop(ends[1]);
}

/* ---- types ---- */

static struct {
  sley_resolver *ready;
  int asked, aborts;
  bool says_ready;
} own;

static int64_t own_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return -SLEY_EAGAIN;
}

static int64_t own_write(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  return -SLEY_EAGAIN;
}

static sley_promise *own_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  own.asked++;
  return own.says_ready ? sley_return_unit() : sley_cancelable(&own.ready);
}

static void own_abort(void *ctx)
{
  (void)ctx;
  own.aborts++;
  sley_resolver_drop(&own.ready);
}

static const sley_io_type own_type = {.size = sizeof(sley_io_type),
                                      .name = "own",
                                      .read = own_read,
                                      .write = own_write,
                                      .ready = own_ready,
                                      .abort = own_abort};

static void trouble_with_waiting_rejects_who_waits(void **state)
{
  (void)state;
  sley_io *io;
  char c;
  memset(&own, 0, sizeof own);
  assert_null(sley_io_new(&own_type, NULL, &io));
  sley_promise *p = sley_read(io, &c, 1);
  assert_int_equal(own.asked, 1);
  sley_reject(&own.ready, sley_error_new(&sley_kind_errno, EPROTO, "no session"));
  run_fails(p, &sley_kind_errno, EPROTO);
  p = sley_read(io, &c, 1);
  assert_int_equal(own.asked, 2);
  sley_io_drop(io);
  assert_int_equal(own.aborts, 1);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
}

static void a_type_that_is_ready_and_gives_nothing(void **state)
{
  (void)state;
  sley_io *io;
  char c;
  memset(&own, 0, sizeof own);
  own.says_ready = true;
  assert_null(sley_io_new(&own_type, NULL, &io));
  sley_promise *p = sley_read(io, &c, 1);
  rest(0.005); /* asked again and again, and others run */
  assert_true(own.asked > 1);
  assert_true(sley_is_pending(p));
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  int asked = own.asked;
  rest(0.002);
  assert_int_equal(own.asked, asked);
  run_gives(sley_io_close(io), 0);
  assert_int_equal(own.aborts, 1);
  sley_io_drop(io);
}

static void a_pair_once(void)
{
  sley_io *ends[2];
  char text[8];
  if (sley_io_pair(0, ends) != NULL) return;
  sley_promise *p = sley_read(ends[1], text, 8);
  settle(sley_write(ends[0], "abc", 3));
  sley_io_drop(ends[0]);
  settle(p);
  sley_io_drop(ends[1]);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(a_pair_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(through_memory),
      TEST(a_full_pair_makes_the_writer_wait),
      TEST(an_end_is_read_after_the_data),
      TEST(canceled_and_asked_again),
      TEST(trouble_with_waiting_rejects_who_waits),
      TEST(a_type_that_is_ready_and_gives_nothing),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
