/* A type over the channels of another object, as TLS is: a cipher of bytes. Channels over it behave as over the object
 * itself, and its outputs are sent in the turn in which they are written.
 * Tests src/io/object/transfer.c, src/io/channel/make.c. */
#include <errno.h>
#include <sley/bind.h>
#include <sley/combine.h>
#include <sys/socket.h>

#include "support/channels.h"

typedef struct cipher {
  sley_input *in;
  sley_output *out;
} cipher;

static int alive;

static char turned(char c) { return (char)(c ^ 0x55); }

static int64_t cipher_read(void *ctx, const sley_room *rooms, size_t n)
{
  cipher *c = ctx;
  const char *at;
  size_t size = sley_input_peek(c->in, &at);
  (void)n;
  if (size == 0 && sley_input_error(c->in) != NULL) {
    errno = sley_error_code(sley_input_error(c->in));
    return -SLEY_ESYSTEM;
  }
  if (size == 0) return sley_input_is_ended(c->in) ? 0 : -SLEY_EAGAIN;
  if (size > rooms[0].size) size = rooms[0].size;
  for (size_t i = 0; i < size; i++) ((char *)rooms[0].at)[i] = turned(at[i]);
  sley_input_consume(c->in, size);
  return (int64_t)size;
}

static int64_t cipher_write(void *ctx, const sley_slice *slices, size_t n)
{
  cipher *c = ctx;
  (void)n;
  if (sley_output_error(c->out) != NULL) {
    errno = sley_error_code(sley_output_error(c->out));
    return -SLEY_ESYSTEM;
  }
  if (!sley_output_is_ready(c->out)) return -SLEY_EAGAIN;
  size_t size = slices[0].size < 4096 ? slices[0].size : 4096;
  char *room = sley_output_reserve(c->out, size);
  if (room == NULL) return -SLEY_EAGAIN;
  for (size_t i = 0; i < size; i++) room[i] = turned(((const char *)slices[0].at)[i]);
  sley_output_commit(c->out, size);
  return (int64_t)size;
}

static sley_promise *cipher_ready(void *ctx, bool to_write)
{
  cipher *c = ctx;
  return to_write ? sley_output_wait_ready(c->out) : sley_input_fill(c->in, 1);
}

static void cipher_free(cipher *c)
{
  sley_input_drop(c->in);
  sley_output_drop(c->out);
  free(c);
  alive--;
}

static void cipher_abort(void *ctx)
{
  cipher *c = ctx;
  sley_input_abort(c->in);
  cipher_free(c);
}

static void cipher_release(void *ctx) { cipher_free(ctx); }

static sley_promise *nothing_more(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static sley_promise *cipher_close(void *ctx)
{
  cipher *c = ctx;
  sley_promise *both[] = {sley_output_close(c->out), sley_input_close(c->in)};
  return sley_finalize(sley_join(both, 2), nothing_more, c, cipher_release);
}

static sley_promise *cipher_end(void *ctx) { return sley_output_end(((cipher *)ctx)->out); }

static sley_io *cipher_below(void *ctx) { return sley_input_io(((cipher *)ctx)->in); }

static const sley_io_type cipher_type = {.size = sizeof(sley_io_type),
                                         .name = "cipher",
                                         .read = cipher_read,
                                         .write = cipher_write,
                                         .ready = cipher_ready,
                                         .abort = cipher_abort,
                                         .close = cipher_close,
                                         .end = cipher_end,
                                         .below = cipher_below};

/* Consumes io. */
static sley_io *ciphered(sley_io *io)
{
  cipher *c = malloc(sizeof(*c));
  sley_channel_options o = {.size = sizeof(o), .linger = -1};
  sley_io *made;
  assert_non_null(c);
  assert_null(sley_channels(&o, io, &c->in, &c->out));
  assert_null(sley_io_new(&cipher_type, c, &made));
  alive++;
  return made;
}

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
  assert_int_equal(alive, 0);
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
  assert_int_equal(alive, 0);
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
