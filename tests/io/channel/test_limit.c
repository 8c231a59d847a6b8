/* What counts for the limit of blocks: messages of more than a block do, outputs and pairs in memory do not, and nobody
 * waits for ever. An input for which the kernel has no memory is tried again after 10 ms, doubling. On a clock that jumps.
 * Tests src/io/channel/hunger.c, src/io/channel/input.c, src/io/bytes/block.c. */
#include <errno.h>
#include <sley/pump.h>
#include <sley/test_clock.h>
#include <sys/socket.h>

#include "support/channels.h"

enum { BLOCK = 16384 + 448 };

static int begin_on_test_clock(void **state)
{
  return setup(state) != 0 || sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC) != NULL ? -1
                                                                                            : 0;
}
#define TEST_ON_CLOCK(f) cmocka_unit_test_setup_teardown(f, begin_on_test_clock, teardown)

static sley_block_counters blocks(void)
{
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  return c;
}

static char big[400000];

static void the_reader_of_a_pair_goes_on(void **state)
{
  (void)state;
  sley_input *in;
  sley_output *out;
  assert_null(sley_block_set_limit(BLOCK));
  assert_null(sley_channel_pipe(&in, &out));
  sley_promise *p = sley_output_write(out, big, sizeof big);
  sley_time before = sley_now();
  run_gives(sley_input_skip(in, sizeof big), sizeof big);
  run_gives(p, 0);
  assert_int_equal(sley_now() - before, 0); /* it never waited for a block */
  sley_input_drop(in);
  sley_output_drop(out);
}

/* Here even of the peer's: the bytes of those that read slowly do not keep others from reading. */
static void outputs_do_not_hold_up_inputs(void **state)
{
  (void)state;
  sley_io *ends[2];
  sley_input *in;
  sley_output *out;
  assert_null(sley_block_set_limit(2 * BLOCK));
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  assert_null(sley_input_from_io(NULL, ends[0], &in));
  assert_null(sley_output_from_io(NULL, ends[1], &out));
  sley_promise *p = sley_output_write(out, big, sizeof big);
  rest(0.001);
  assert_true(sley_is_pending(p));
  assert_true(blocks().held > 2);
  sley_time before = sley_now();
  run_gives(sley_input_skip(in, sizeof big), sizeof big);
  run_gives(p, 0);
  assert_int_equal(sley_now() - before, 0);
  assert_int_equal(blocks().waited, 0);
  sley_input_drop(in);
  sley_output_drop(out);
}

static void what_is_pumped_does_not_count(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line(), c = open_line();
  assert_null(sley_block_set_limit(2 * BLOCK));
  while (send(sley_io_fd(sley_output_io(b.out)), big, sizeof big, MSG_DONTWAIT) > 0) continue;
  sley_promise *p = sley_input_pump(a.in, b.out);
  for (int i = 0; i < 20; i++) {
    (void)!write(a.peer, big, BLOCK);
    rest(0);
  }
  assert_true(sley_output_buffered(b.out) > 2 * BLOCK);
  peer_writes(&c, "line\n");
  run_gives_text(sley_input_line(c.in), "line");
  assert_int_equal(blocks().killed, 0);
  sley_cancel(p);
  sley_drop(p);
  drop_line(&a);
  drop_line(&b);
  drop_line(&c);
}

static void large_messages_count(void **state)
{
  (void)state;
  enum { LINES = 10, LIMIT = 8 };
  line_of ls[LINES];
  sley_promise *ps[LINES];
  memset(big, 'x', sizeof big);
  assert_null(sley_block_set_limit(LIMIT * BLOCK));
  for (int i = 0; i < LINES; i++) {
    ls[i] = open_line();
    ps[i] = sley_input_line(ls[i].in);
    assert_int_equal(write(ls[i].peer, big, 40000), 40000);
    for (int k = 0; k < 5; k++) {
      assert_null(sley_step(0));
      assert_true(blocks().held <= LIMIT);
    }
  }
  assert_true(blocks().waited > 0);
  line_of fast = open_line();
  for (int i = 0; i < 10; i++) {
    peer_writes(&fast, "request\n");
    run_gives_text(sley_input_line(fast.in), "request");
    assert_true(blocks().held <= LIMIT);
  }
  int given_up = 0;
  for (int i = 0; i < LINES; i++) {
    peer_writes(&ls[i], "\n");
    sley_value v = sley_unit();
    sley_error *e = sley_run(ps[i], &v);
    if (e == NULL) assert_int_equal(strlen(v.ptr), 40000);
    else assert_int_equal(sley_error_code(e), SLEY_ENOMEM);
    given_up += e != NULL;
    sley_error_drop(e);
    sley_value_drop(&v);
  }
  assert_in_range(given_up, 1, LINES - 1);
  assert_int_equal(blocks().killed, given_up);
  for (int i = 0; i < LINES; i++) drop_line(&ls[i]);
  drop_line(&fast);
  assert_int_equal(blocks().held, 0);
  sley_channel_options o = {.size = sizeof(o)}; /* also what was read before */
  assert_null(sley_bytes_copy(big, 40000, &o.unread));
  fast = open_line_with(&o);
  assert_int_equal(blocks().held, 3);
  sley_value v;
  assert_null(sley_run(sley_input_exactly(fast.in, 40000), &v)); /* given out */
  assert_int_equal(blocks().held, 0);
  sley_value_drop(&v);
  drop_line(&fast);
}

/* Those that hold all blocks are not read, since their programs wait for this one. */
static void a_program_that_waits_for_another_input_goes_on(void **state)
{
  (void)state;
  line_of held = open_line(), other = open_line();
  assert_null(sley_block_set_limit(BLOCK));
  assert_int_equal(write(held.peer, big, 5000), 5000);
  run_gives(sley_input_fill(held.in, 5000), 5000);
  assert_int_equal(blocks().held, 1);
  peer_writes(&other, "answer\n");
  run_gives_text(sley_input_line(other.in), "answer");
  assert_int_equal(sley_input_buffered(held.in), 5000);
  assert_int_equal(blocks().killed, 0);
  drop_line(&held);
  drop_line(&other);
}

/* ---- no memory of the kernel ---- */

typedef struct poor {
  int failures, calls;
  sley_time at[32]; /* of each call */
} poor;

static int64_t poor_read(void *ctx, const sley_room *rooms, size_t n)
{
  poor *p = ctx;
  (void)n;
  if (p->calls < 32) p->at[p->calls] = sley_now();
  p->calls++;
  if (p->failures != 0) {
    p->failures--;
    errno = p->calls % 2 ? ENOMEM : ENOBUFS;
    return -SLEY_ESYSTEM;
  }
  *(char *)rooms->at = 'x';
  return 1;
}

static int64_t takes_nothing(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  return -SLEY_EAGAIN;
}

static sley_promise *is_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_return_unit();
}

static void poor_abort(void *ctx) { (void)ctx; }

static const sley_io_type poor_type = {.size = sizeof(sley_io_type),
                                       .name = "poor",
                                       .read = poor_read,
                                       .write = takes_nothing,
                                       .ready = is_ready,
                                       .abort = poor_abort};

static sley_input *open_poor(poor *p)
{
  sley_io *io;
  sley_input *in;
  assert_null(sley_io_new(&poor_type, p, &io));
  assert_null(sley_input_from_io(NULL, io, &in));
  return in;
}

static void it_is_not_asked_in_each_turn(void **state)
{
  (void)state;
  poor p = {.failures = 11};
  sley_input *in = open_poor(&p);
  run_gives(sley_input_char(in), 'x');
  assert_int_equal(p.calls, 12);
  sley_time wanted = 10 * SLEY_MILLISECOND;
  for (int call = 1; call < 12; call++) {
    assert_int_equal(p.at[call] - p.at[call - 1], wanted);
    wanted = wanted * 2 > SLEY_SECOND ? SLEY_SECOND : wanted * 2;
  }
  p = (poor){.failures = 1}; /* from the beginning */
  run_gives(sley_input_char(in), 'x');
  assert_int_equal(p.calls, 2);
  assert_int_equal(p.at[1] - p.at[0], 10 * SLEY_MILLISECOND);
  sley_input_drop(in);
}

/* Others are neither held up nor given up, however long it takes. */
static void the_others_go_on(void **state)
{
  (void)state;
  poor p = {.failures = -1}, another = {.failures = -1};
  sley_input *in = open_poor(&p), *in_too = open_poor(&another);
  line_of l = open_line(), slow = open_line();
  assert_null(sley_block_set_limit(2 * BLOCK));
  sley_promise *never = sley_input_char(in), *neither = sley_input_char(in_too);
  sley_promise *part = sley_input_exactly(slow.in, 10000);
  assert_int_equal(write(slow.peer, big, 5000), 5000);
  for (int i = 0; i < 5; i++) {
    rest(1);
    peer_writes(&l, "line\n");
    run_gives_text(sley_input_line(l.in), "line");
  }
  assert_true(p.calls < 15 && another.calls < 15);
  assert_int_equal(write(slow.peer, big, 5000), 5000);
  sley_value v;
  assert_null(sley_run(part, &v));
  sley_value_drop(&v);
  assert_int_equal(blocks().killed, 0);
  sley_input_abort(in);
  run_fails(never, &sley_kind_sley, SLEY_ECLOSED);
  sley_input_drop(in);
  sley_input_drop(in_too);
  run_fails(neither, &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
  drop_line(&slow);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST_ON_CLOCK(the_reader_of_a_pair_goes_on),
      TEST_ON_CLOCK(outputs_do_not_hold_up_inputs),
      TEST_ON_CLOCK(what_is_pumped_does_not_count),
      TEST_ON_CLOCK(large_messages_count),
      TEST_ON_CLOCK(a_program_that_waits_for_another_input_goes_on),
      TEST_ON_CLOCK(it_is_not_asked_in_each_turn),
      TEST_ON_CLOCK(the_others_go_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
