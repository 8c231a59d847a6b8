/* An output for which the kernel has no memory: tried again in the next turn, then after 10 ms, doubling to a second; the
 * others go on, and nothing is lost. On a clock that jumps.
 * Tests src/io/channel/starving.c. */
#include <errno.h>
#include <sley/test_clock.h>

#include "support/channels.h"

/* An object that fails so many times, then takes all. */
typedef struct poor {
  int failures, code, calls;
  sley_time at[32]; /* of each call */
  size_t taken;
} poor;

static int64_t poor_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return -SLEY_EAGAIN;
}

static int64_t poor_write(void *ctx, const sley_slice *slices, size_t n)
{
  poor *p = ctx;
  size_t size = 0;
  if (p->calls < 32) p->at[p->calls] = sley_now();
  p->calls++;
  if (p->failures != 0) {
    p->failures--;
    errno = p->code;
    return -SLEY_ESYSTEM;
  }
  for (size_t i = 0; i < n; i++) size += slices[i].size;
  p->taken += size;
  return (int64_t)size;
}

static sley_promise *never_ready(void *ctx, bool to_write)
{
  sley_resolver *r;
  (void)ctx;
  (void)to_write;
  sley_promise *p = sley_cancelable(&r);
  sley_resolver_drop(&r);
  return p;
}

static void poor_abort(void *ctx) { (void)ctx; }

static const sley_io_type poor_type = {.size = sizeof(sley_io_type),
                                       .name = "poor",
                                       .read = poor_read,
                                       .write = poor_write,
                                       .ready = never_ready,
                                       .abort = poor_abort};

static sley_output *open_poor(poor *p)
{
  sley_io *io;
  sley_output *out;
  assert_null(sley_io_new(&poor_type, p, &io));
  assert_null(sley_output_from_io(NULL, io, &out));
  return out;
}

static int begin_on_test_clock(void **state)
{
  return setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC) != NULL ? -1
                                                                                            : 0;
}
#define TEST_ON_CLOCK(f) cmocka_unit_test_setup_teardown(f, begin_on_test_clock, teardown)

static void it_is_tried_again_and_again(void **state)
{
  (void)state;
  static const int codes[] = {ENOBUFS, ENOMEM};
  for (int i = 0; i < 2; i++) {
    poor p = {.failures = 12, .code = codes[i]};
    sley_output *out = open_poor(&p);
    run_gives(sley_output_text(out, "hello"), 0);
    run_gives(sley_output_flush(out), 0);
    assert_int_equal(p.taken, 5);
    assert_int_equal(p.calls, 13);
    assert_int_equal(p.at[1] - p.at[0], 0); /* the next turn */
    sley_time wanted = 10 * SLEY_MILLISECOND;
    for (int call = 2; call < 13; call++) {
      assert_int_equal(p.at[call] - p.at[call - 1], wanted);
      wanted = wanted * 2 > SLEY_SECOND ? SLEY_SECOND : wanted * 2;
    }
    p.failures = 1; /* from the beginning */
    p.calls = 0;
    run_gives(sley_output_text(out, "more"), 0);
    run_gives(sley_output_flush(out), 0);
    assert_int_equal(p.calls, 2);
    assert_int_equal(p.at[1] - p.at[0], 0);
    sley_output_drop(out);
  }
}

static void the_others_go_on(void **state)
{
  (void)state;
  poor p = {.failures = -1, .code = ENOBUFS}, rich = {0};
  sley_output *out = open_poor(&p), *other = open_poor(&rich);
  run_gives(sley_output_text(out, "waits"), 0);
  for (int i = 0; i < 5; i++) {
    run_gives(sley_output_text(other, "x"), 0);
    rest(1);
  }
  assert_int_equal(rich.taken, 5);
  assert_true(p.calls > 5 && p.calls < 20);
  assert_int_equal(sley_output_buffered(out), 5);
  assert_null(sley_output_error(out));
  sley_output_drop(out);
  rest(5);
  int calls = p.calls;
  rest(5);
  assert_int_equal(p.calls, calls);
  sley_output_drop(other);
}

/* It waits for the kernel, and not for its peer. */
static void that_is_not_idle(void **state)
{
  (void)state;
  poor p = {.failures = 20, .code = ENOBUFS};
  sley_io *io;
  sley_output *out;
  assert_null(sley_io_new(&poor_type, &p, &io));
  sley_channel_options o = {.size = sizeof(o), .idle = 0.5};
  assert_null(sley_output_from_io(&o, io, &out));
  run_gives(sley_output_text(out, "hello"), 0);
  run_gives(sley_output_flush(out), 0);
  assert_int_equal(p.taken, 5);
  sley_output_drop(out);
}

static void without_memory_once(void)
{
  poor p = {.failures = 3, .code = ENOBUFS};
  sley_io *io;
  sley_output *out;
  if (sley_io_new(&poor_type, &p, &io) != NULL) return;
  if (sley_output_from_io(NULL, io, &out) != NULL) {
    sley_io_drop(io);
    return;
  }
  settle(sley_output_text(out, "hello"));
  settle(sley_output_flush(out));
  sley_output_drop(out);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST_ON_CLOCK(it_is_tried_again_and_again),
      TEST_ON_CLOCK(the_others_go_on),
      TEST_ON_CLOCK(that_is_not_idle),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
