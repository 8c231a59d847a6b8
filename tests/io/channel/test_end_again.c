/* Ends that are not for good: each read of a terminal or of a file asks again, so that one that has grown is read on.
 * Tests src/io/channel/input.c, src/io/channel/line.c, src/io/channel/lines.c. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ptsname_r, mkostemp */
#endif
#include <termios.h>

#include "support/channels.h"

/* ---- a terminal ---- */

typedef struct terminal {
  sley_fd user; /* who types */
  sley_input *in;
} terminal;

static terminal open_terminal(void)
{
  terminal t;
  char name[64];
  sley_io *io;
  t.user = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(t.user >= 0);
  assert_int_equal(grantpt(t.user), 0);
  assert_int_equal(unlockpt(t.user), 0);
  assert_int_equal(ptsname_r(t.user, name, sizeof name), 0);
  sley_fd fd = open(name, O_RDWR | O_NOCTTY);
  assert_true(fd >= 0);
  struct termios mode;
  assert_int_equal(tcgetattr(fd, &mode), 0);
  mode.c_lflag |= ICANON;
  mode.c_lflag &= (tcflag_t)~ECHO;
  assert_int_equal(tcsetattr(fd, TCSANOW, &mode), 0);
  assert_null(sley_io_from_fd(fd, SLEY_IO_MODE_GUESS, &io));
  assert_null(sley_input_from_io(NULL, io, &t.in));
  return t;
}

static void types(const terminal *t, const char *text)
{
  assert_int_equal(write(t->user, text, strlen(text)), (ssize_t)strlen(text));
}

static void close_terminal(terminal *t)
{
  sley_input_drop(t->in);
  close(t->user);
}

#define END "\4" /* control-D */

static void the_end_that_a_user_types_is_told(void **state)
{
  (void)state;
  terminal t = open_terminal();
  sley_promise *p = sley_input_line_opt(t.in);
  rest(0.001);
  types(&t, END);
  run_gives_none(p);
  p = sley_input_line_opt(t.in); /* it asks again */
  rest(0.001);
  assert_true(sley_is_pending(p));
  types(&t, "more\n");
  run_gives_text(p, "more");
  types(&t, "part" END END); /* the first one sends the part */
  run_gives_text(sley_input_line(t.in), "part");
  types(&t, END);
  run_gives(sley_input_fill(t.in, 1), 0);
  assert_true(sley_input_is_ended(t.in));
  p = sley_input_fill(t.in, 1);
  rest(0.001);
  types(&t, END);
  run_gives(p, 0);
  assert_true(sley_input_is_ended(t.in));
  close_terminal(&t);
}

/* ---- a file that grows ---- */

typedef struct growing {
  sley_fd writer;
  sley_input *in;
} growing;

static growing open_growing(bool whole_lines)
{
  growing g;
  char name[] = "/tmp/sley-grows-XXXXXX";
  sley_channel_options o = {.size = sizeof(o), .whole_lines = whole_lines};
  sley_io *io;
  g.writer = mkstemp(name);
  assert_true(g.writer >= 0);
  sley_fd fd = open(name, O_RDONLY);
  assert_true(fd >= 0);
  unlink(name);
  assert_null(sley_io_from_fd(fd, SLEY_IO_MODE_GUESS, &io));
  assert_null(sley_input_from_io(&o, io, &g.in));
  return g;
}

static void grows(const growing *g, const char *text)
{
  assert_int_equal(write(g->writer, text, strlen(text)), (ssize_t)strlen(text));
}

static void close_growing(growing *g)
{
  sley_input_drop(g->in);
  close(g->writer);
}

static void a_file_that_has_grown_is_read_on(void **state)
{
  (void)state;
  growing g = open_growing(false);
  run_gives_none(sley_input_line_opt(g.in));
  grows(&g, "one\n");
  run_gives_text(sley_input_line(g.in), "one");
  run_gives_none(sley_input_line_opt(g.in));
  grows(&g, "ab");
  run_gives(sley_input_fill(g.in, 4), 2); /* what there is, without waiting */
  grows(&g, "cd");
  run_gives(sley_input_fill(g.in, 4), 4);
  run_gives_text(sley_input_exactly(g.in, 4), "abcd");
  const char *at;
  size_t size;
  run_gives_none(sley_input_char_opt(g.in));
  assert_int_equal(sley_try_line(g.in, &at, &size), -SLEY_EEOF); /* it makes no call */
  assert_int_equal(sley_try_bytes(g.in, 1, &at), -SLEY_EEOF);
  close_growing(&g);
}

static void an_unfinished_line_is_finished_later(void **state)
{
  (void)state;
  growing g = open_growing(true);
  grows(&g, "begun");
  run_gives_none(sley_input_line_opt(g.in));
  assert_int_equal(sley_input_buffered(g.in), 5);
  grows(&g, " and ended\nnext");
  run_gives_text(sley_input_line(g.in), "begun and ended");
  run_fails(sley_input_line(g.in), &sley_kind_sley, SLEY_EEOF);
  grows(&g, "\n");
  run_gives_text(sley_input_line(g.in), "next");
  close_growing(&g);
}

static sley_promise *reads_as_it_grows(void *ctx)
{
  const growing *g = ctx;
  const char *at;
  size_t size;
  for (int i = 0; i < 3; i++) {
    sley_error *e = sley_await_line(g->in, &at, &size);
    if (e != NULL) return sley_fail(e);
    assert_null(at);
    grows(g, "line\n");
    e = sley_await_line(g->in, &at, &size);
    if (e != NULL) return sley_fail(e);
    assert_int_equal(size, 4);
    assert_memory_equal(at, "line", 4);
    grows(g, "bytes");
    e = sley_await_bytes(g->in, 5, &at);
    if (e != NULL) return sley_fail(e);
    assert_memory_equal(at, "bytes", 5);
    e = sley_await_bytes(g->in, 5, &at);
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EEOF));
    sley_error_drop(e);
  }
  return sley_return_unit();
}

static void so_does_a_fiber(void **state)
{
  (void)state;
  growing g = open_growing(false);
  run_gives(sley_spawn(reads_as_it_grows, &g), 0);
  close_growing(&g);
}

static sley_promise *takes_all(void *ctx, sley_input *in)
{
  const char *at;
  size_t size = sley_input_peek(in, &at);
  *(size_t *)ctx += size;
  sley_input_consume(in, size);
  return sley_return_unit();
}

static void each_ends_and_can_begin_anew(void **state)
{
  (void)state;
  growing g = open_growing(false);
  size_t seen = 0;
  for (size_t i = 1; i <= 3; i++) {
    grows(&g, "12345");
    run_gives(sley_input_each(g.in, takes_all, &seen), 0);
    assert_int_equal(seen, 5 * i);
  }
  close_growing(&g);
}

/* Those that stand in line ask one after the other. */
static void two_that_wait_for_a_terminal(void **state)
{
  (void)state;
  terminal t = open_terminal();
  sley_promise *p = sley_input_line_opt(t.in), *q = sley_input_line_opt(t.in);
  rest(0.001);
  types(&t, END);
  run_gives_none(p);
  assert_true(sley_is_pending(q));
  types(&t, "second\n");
  run_gives_text(q, "second");
  close_terminal(&t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_end_that_a_user_types_is_told),    TEST(a_file_that_has_grown_is_read_on),
      TEST(an_unfinished_line_is_finished_later), TEST(so_does_a_fiber),
      TEST(each_ends_and_can_begin_anew),         TEST(two_that_wait_for_a_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
