/* A type over the channels of another object, as TLS is: a cipher of bytes. Channels over it behave as over the object
 * itself, and its outputs are sent in the turn in which they are written.
 * Tests src/io/object/transfer.c, src/io/channel/make.c. */
#include <sys/socket.h>

#include "support/channels.h"
#include "support/cipher.h"

static void what_is_written_is_turned(void **state)
{
  (void)state;
  sley_io *ends[2];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  sley_io *wrapped = ciphered(ends[0]);
  assert_ptr_equal(sley_io_below(wrapped), ends[0]);
  assert_int_equal(sley_io_fd(wrapped), -1);
  sley_input *in;
  sley_output *out;
  assert_null(sley_channels(NULL, wrapped, &in, &out));
  sley_drop(sley_output_text(out, "abc"));
  rest(0.001); /* one turn: the wrapper's output, then the one below */
  char text[8] = "";
  assert_int_equal(sley_try_read(ends[1], text, 8), 3);
  for (int i = 0; i < 3; i++) assert_int_equal(turned(text[i]), "abc"[i]);
  sley_input_drop(in);
  sley_output_drop(out);
  sley_io_drop(ends[1]);
  assert_int_equal(ciphers_alive, 0);
}

typedef struct two {
  sley_input *in[2];
  sley_output *out[2];
} two;

static two both_ciphered(int times)
{
  two t;
  sley_io *ends[2];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  for (int i = 0; i < 2; i++) {
    sley_channel_options o = {.size = sizeof(o), .linger = -1};
    for (int k = 0; k < times; k++) ends[i] = ciphered(ends[i]);
    assert_null(sley_channels(&o, ends[i], &t.in[i], &t.out[i]));
  }
  return t;
}

static void drop_both(two *t)
{
  for (int i = 0; i < 2; i++) {
    sley_input_drop(t->in[i]);
    sley_output_drop(t->out[i]);
  }
  assert_int_equal(ciphers_alive, 0);
}

static void lines_through_one_two_and_three(void **state)
{
  (void)state;
  for (int times = 1; times <= 3; times++) {
    two t = both_ciphered(times);
    sley_promise *p = sley_input_line(t.in[1]);
    sley_drop(sley_output_line(t.out[0], "through it"));
    run_gives_text(p, "through it");
    sley_promise *canceled = sley_input_line(t.in[1]);
    rest(0.001);
    sley_cancel(canceled);
    run_fails(canceled, &sley_kind_sley, SLEY_ECANCELED);
    sley_drop(sley_output_line(t.out[0], "again"));
    run_gives_text(sley_input_line(t.in[1]), "again");
    run_gives(sley_output_end(t.out[0]), 0);
    run_fails(sley_input_line(t.in[1]), &sley_kind_sley, SLEY_EEOF);
    sley_drop(sley_output_line(t.out[1], "back"));
    run_gives_text(sley_input_line(t.in[0]), "back");
    run_gives(sley_output_close(t.out[1]), 0);
    run_gives(sley_input_close(t.in[1]), 0);
    drop_both(&t);
  }
}

static void more_than_the_marks(void **state)
{
  (void)state;
  static char big[1 << 20];
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)(i * 31 + i / 777);
  two t = both_ciphered(2);
  sley_promise *p = sley_output_write(t.out[0], big, sizeof big);
  assert_true(sley_is_pending(p));
  static char got[sizeof big];
  run_gives(sley_input_read_exactly(t.in[1], got, sizeof got), 0);
  run_gives(p, 0);
  assert_memory_equal(big, got, sizeof big);
  drop_both(&t);
}

static void errors_come_through(void **state)
{
  (void)state;
  two t = both_ciphered(1);
  sley_drop(sley_output_text(t.out[1], "unread"));
  run_gives(sley_output_flush(t.out[1]), 0);
  rest(0.001);
  sley_input *in = t.in[0];
  run_gives_text(sley_input_exactly(in, 6), "unread");
  sley_drop(sley_output_text(t.out[0], "never read"));
  run_gives(sley_output_flush(t.out[0]), 0);
  rest(0.001);
  sley_input_abort(t.in[1]); /* with unread bytes: a reset */
  sley_value v;
  sley_error *e = sley_run(sley_input_some(in, 1), &v);
  assert_true(e != NULL && sley_error_is(e, &sley_kind_errno, ECONNRESET));
  sley_error_drop(e);
  drop_both(&t);
}

static void aborted_while_others_wait(void **state)
{
  (void)state;
  two t = both_ciphered(2);
  sley_promise *p = sley_input_line(t.in[0]), *q = sley_input_line(t.in[1]);
  rest(0.001);
  sley_input_abort(t.in[0]);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(q, &sley_kind_sley, SLEY_EEOF);
  drop_both(&t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_is_written_is_turned), TEST(lines_through_one_two_and_three),
      TEST(more_than_the_marks),       TEST(errors_come_through),
      TEST(aborted_while_others_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
