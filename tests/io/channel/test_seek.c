/* Positions and sizes of memory channels: going back and forth, in line, out of range, at the end, without positions,
 * closed, without memory; memory of fixed size and what does not fit into it.
 * Tests src/io/channel/seek.c, src/io/channel/memory.c. */
#include "support/channels.h"

static sley_input *input_of(const char *text)
{
  sley_input *in;
  sley_bytes bytes = sley_bytes_static(text, strlen(text));
  assert_null(sley_input_from_bytes(&bytes, &in));
  return in;
}

/* B2.16-18: 0 at first, 1 behind a character, 2 after going there. */
static void an_input_goes_back(void **state)
{
  (void)state;
  sley_input *in = input_of("abcd");
  assert_int_equal(sley_input_position(in), 0);
  run_gives(sley_input_char(in), 'a');
  assert_int_equal(sley_input_position(in), 1);
  run_gives(sley_input_seek(in, 2), 0);
  assert_int_equal(sley_input_position(in), 2);
  run_gives_text(sley_input_all(in, 10), "cd");
  run_gives(sley_input_fill(in, 1), 0); /* the end */
  run_gives(sley_input_size(in), 4);
  assert_int_equal(sley_input_position(in), 4);
  run_gives(sley_input_seek(in, 0), 0);
  assert_false(sley_input_is_ended(in));
  run_gives(sley_input_char(in), 'a');
  run_gives(sley_input_size(in), 4); /* what is unread is read behind it */
  run_gives_text(sley_input_all(in, 10), "bcd");
  run_fails(sley_input_seek(in, 5), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_input_seek(in, -1), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(sley_input_position(in), 4);
  run_gives(sley_input_seek(in, 4), 0);
  run_fails(sley_input_char(in), &sley_kind_sley, SLEY_EEOF);
  run_gives(sley_input_close(in), 0);
  run_fails(sley_input_seek(in, 0), &sley_kind_sley, SLEY_ECLOSED);
  sley_input_drop(in);
}

/* B2.19-21: the same of an output into 4 bytes. */
static void an_output_goes_back(void **state)
{
  (void)state;
  char data[4] = "....";
  sley_output *out;
  assert_null(sley_output_to_bytes(data, sizeof data, &out));
  assert_int_equal(sley_output_position(out), 0);
  run_gives(sley_output_char(out, 'a'), 0);
  assert_int_equal(sley_output_position(out), 1);
  run_gives(sley_output_seek(out, 2), 0);
  assert_int_equal(sley_output_position(out), 2);
  assert_memory_equal(data, "a...", 4); /* flushed before */
  run_gives(sley_output_text(out, "cd"), 0);
  run_gives(sley_output_flush(out), 0);
  run_gives(sley_output_seek(out, 1), 0);
  run_gives(sley_output_char(out, 'b'), 0);
  run_gives(sley_output_size(out), 4);
  assert_int_equal(sley_output_position(out), 2);
  run_gives(sley_output_flush(out), 0);
  assert_memory_equal(data, "abcd", 4);
  run_fails(sley_output_seek(out, 5), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_output_text(out, "xyz"), 0);
  run_fails(sley_output_flush(out), &sley_kind_sley, SLEY_EINVAL); /* too much */
  run_fails(sley_output_text(out, "x"), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_output_seek(out, 0), &sley_kind_sley, SLEY_EINVAL);
  assert_memory_equal(data, "abcd", 4);
  sley_output_drop(out);
}

static void others_stand_in_line(void **state)
{
  (void)state;
  sley_input *in = input_of("0123456789");
  run_gives_text(sley_input_exactly(in, 4), "0123");
  sley_promise *p = sley_input_seek(in, 1), *q = sley_input_exactly(in, 2);
  run_gives_text(q, "12");
  run_gives(p, 0);
  sley_input_drop(in);
}

static void sockets_have_no_positions(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "text");
  run_gives(sley_input_fill(l.in, 4), 4);
  run_fails(sley_input_seek(l.in, 0), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_input_size(l.in), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_output_seek(l.out, 0), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_output_size(l.out), &sley_kind_sley, SLEY_EINVAL);
  run_gives_text(sley_input_exactly(l.in, 4), "text"); /* unread still */
  drop_line(&l);
}

/* ---- an object whose seek waits ---- */

static sley_resolver *seek_ends;
static int64_t seek_asked;

static int64_t slow_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)n;
  memcpy(rooms->at, "abcdef", 6);
  return 6;
}
static int64_t slow_write(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)n;
  return (int64_t)slices->size;
}
static sley_promise *slow_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_return_unit();
}
static void slow_abort(void *ctx) { (void)ctx; }
static sley_promise *slow_seek(void *ctx, int64_t offset, int whence)
{
  (void)ctx;
  (void)whence;
  seek_asked = offset;
  return sley_cancelable(&seek_ends);
}
static const sley_io_type slow_type = {.size = sizeof(sley_io_type),
                                       .name = "slow",
                                       .read = slow_read,
                                       .write = slow_write,
                                       .ready = slow_ready,
                                       .abort = slow_abort,
                                       .seek = slow_seek};

static void a_seek_that_waits(void **state)
{
  (void)state;
  sley_io *io;
  sley_input *in;
  assert_null(sley_io_new(&slow_type, NULL, &io));
  assert_null(sley_input_from_io(NULL, io, &in));
  run_gives_text(sley_input_exactly(in, 2), "ab");
  sley_promise *p = sley_input_seek(in, 3), *q = sley_input_exactly(in, 2);
  assert_true(sley_is_pending(p) && sley_is_pending(q));
  assert_int_equal(seek_asked, 3);
  sley_cancel(p); /* the old position stays */
  sley_resolver_drop(&seek_ends);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  run_gives_text(q, "cd");
  assert_int_equal(sley_input_position(in), 4);
  p = sley_input_seek(in, 100);
  q = sley_input_exactly(in, 2);
  sley_fulfill(&seek_ends, sley_int(100));
  run_gives(p, 0);
  run_gives_text(q, "ab");
  assert_int_equal(sley_input_position(in), 102);
  sley_input_drop(in);
}

static void goes_and_asks(void)
{
  static char data[100];
  sley_input *in;
  sley_output *out;
  sley_bytes bytes = sley_bytes_static("abcd", 4);
  sley_error *e = sley_input_from_bytes(&bytes, &in);
  if (e == NULL) {
    settle(sley_input_seek(in, 2));
    settle(sley_input_size(in));
    settle(sley_input_char(in));
    sley_input_drop(in);
  }
  sley_error_drop(e);
  e = sley_output_to_bytes(data, sizeof data, &out);
  if (e == NULL) {
    settle(sley_output_text(out, "text"));
    settle(sley_output_seek(out, 2));
    settle(sley_output_size(out));
    sley_output_drop(out);
  }
  sley_error_drop(e);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(goes_and_asks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(an_input_goes_back),        TEST(an_output_goes_back), TEST(others_stand_in_line),
      TEST(sockets_have_no_positions), TEST(a_seek_that_waits),   cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
