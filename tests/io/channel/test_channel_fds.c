/* Descriptors through channels.
 * Tests src/io/channel/fds.c. */
#include <errno.h>

#include <sley/fds.h>
#include <sys/resource.h>

#include "support/channels.h"
#include "support/fds.h"

static const sley_channel_options takes = {.size = sizeof(takes), .take_fds = true};

typedef struct passage {
  line_of l;
  sley_fd pipe[2];
} passage;

static passage open_passage(void)
{
  passage p = {.l = open_line_with(&takes)};
  assert_int_equal(pipe(p.pipe), 0);
  return p;
}

static void drop_passage(passage *p)
{
  drop_line(&p->l);
  close_all(p->pipe, 2);
}

/* ---- input ---- */

/* B1.36 through channels. */
static void they_come_with_their_bytes(void **state)
{
  (void)state;
  passage p = open_passage();
  sley_fd got[8];
  send_with(p.l.peer, "plain\n", NULL, 0);
  send_with(p.l.peer, "first\n", p.pipe, 2);
  send_with(p.l.peer, "second\n", p.pipe, 1);
  send_with(p.l.peer, "plain\n", NULL, 0);
  /* What is not consumed yet has not come. */
  run_gives(sley_input_fill(p.l.in, 6), 12);
  assert_int_equal(sley_input_take_fds(p.l.in, got, 8), 0);
  run_gives_text(sley_input_line(p.l.in), "plain");
  assert_int_equal(sley_input_take_fds(p.l.in, got, 8), 0);
  run_gives_text(sley_input_line(p.l.in), "first");
  assert_int_equal(sley_input_take_fds(p.l.in, got, 1), 1);
  assert_int_equal(sley_input_take_fds(p.l.in, got + 1, 7), 1);
  assert_int_equal(sley_input_take_fds(p.l.in, got + 2, 6), 0);
  assert_true(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
  assert_true(pipe_works(got[1], p.pipe[0]) && pipe_works(p.pipe[1], got[0]));
  close_all(got, 2);
  run_gives_text(sley_input_line(p.l.in), "second");
  assert_int_equal(sley_input_take_fds(p.l.in, got, 8), 1);
  close(got[0]);
  run_gives_text(sley_input_line(p.l.in), "plain");
  assert_int_equal(sley_input_take_fds(p.l.in, got, 8), 0);
  peer_closes(&p.l);
  run_gives_none(sley_input_line_opt(p.l.in));
  assert_int_equal(sley_fds_closed_count(), 0);
  drop_passage(&p);
}

/* Those of messages that are consumed later add up. */
static void several_messages_at_once(void **state)
{
  (void)state;
  passage p = open_passage();
  sley_fd got[8];
  for (int i = 0; i < 3; i++) send_with(p.l.peer, "ab", p.pipe, 2);
  run_gives(sley_input_fill(p.l.in, 6), 6);
  sley_input_consume(p.l.in, 4);
  assert_int_equal(sley_input_take_fds(p.l.in, got, 8), 4);
  sley_input_consume(p.l.in, 2);
  assert_int_equal(sley_input_take_fds(p.l.in, got + 4, 4), 2);
  close_all(got, 6);
  drop_passage(&p);
}

static void without_the_option_they_are_closed(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_fd fds[2], got[2];
  assert_int_equal(pipe(fds), 0);
  run_gives(sley_input_skip(l.in, 0), 0); /* the loop is there */
  int before = descriptors();
  send_with(l.peer, "x\n", fds, 2);
  run_gives_text(sley_input_line(l.in), "x");
  assert_int_equal(sley_input_take_fds(l.in, got, 2), 0);
  assert_int_equal(sley_fds_closed_count(), 1);
  assert_int_equal(descriptors(), before);
  close_all(fds, 2);
  drop_line(&l);
}

/* Closed, aborted, dropped: with descriptors that nobody took, of bytes consumed and unread. */
static void what_nobody_takes_is_closed(void **state)
{
  (void)state;
  for (int how = 0; how < 3; how++) {
    passage p = open_passage();
    send_with(p.l.peer, "x\n", p.pipe, 2);
    send_with(p.l.peer, "y\n", p.pipe, 2);
    run_gives(sley_input_fill(p.l.in, 4), 4);
    run_gives_text(sley_input_line(p.l.in), "x");
    int before = descriptors();
    if (how == 0) run_gives(sley_input_close(p.l.in), 0);
    if (how == 1) sley_output_abort(p.l.out);
    if (how == 2) {
      sley_input_drop(p.l.in);
      sley_output_drop(p.l.out);
      p.l.in = NULL;
      p.l.out = NULL;
    }
    assert_int_equal(descriptors(), before - 4 - (how > 0));
    assert_int_equal(sley_fds_closed_count(), 2 * (uint64_t)(how + 1));
    sley_fd got[2];
    if (p.l.in != NULL) assert_int_equal(sley_input_take_fds(p.l.in, got, 2), 0);
    drop_passage(&p);
  }
}

static void an_input_keeps_so_many(void **state)
{
  (void)state;
  passage p = open_passage();
  sley_fd many[250], got[1100];
  for (int i = 0; i < 250; i++) many[i] = p.pipe[0];
  for (int i = 0; i < 5; i++) send_with(p.l.peer, "x", many, 250);
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  bool is_small = limit.rlim_cur < 1200;
  run_gives(sley_input_fill(p.l.in, 5), 5);
  sley_input_consume(p.l.in, 5);
  size_t n = sley_input_take_fds(p.l.in, got, 1100);
  if (!is_small) assert_int_equal(n, 1012);
  assert_int_equal(sley_fds_closed_count() > 0, true);
  close_all(got, n);
  drop_passage(&p);
}

static sley_promise *takes_inside(void *ctx, sley_input *in)
{
  sley_fd *got = ctx;
  const char *data;
  if (sley_input_peek(in, &data) < 2) return sley_input_more(2);
  sley_input_consume(in, 2);
  assert_int_equal(sley_input_take_fds(in, got, 1), 1);
  close(got[0]);
  return sley_return_unit();
}

static void inside_of_each(void **state)
{
  (void)state;
  passage p = open_passage();
  sley_fd got[2] = {-1, -1};
  sley_promise *each = sley_input_each(p.l.in, takes_inside, got);
  send_with(p.l.peer, "ab", p.pipe, 1);
  send_with(p.l.peer, "c", NULL, 0);
  send_with(p.l.peer, "d", p.pipe, 1);
  rest(0.01);
  assert_int_equal(sley_input_take_fds(p.l.in, got, 2), 0); /* others are under way */
  peer_closes(&p.l);
  run_gives(each, 0);
  assert_true(got[0] >= 0);
  drop_passage(&p);
}

/* ---- output ---- */

static void they_go_with_the_next_byte(void **state)
{
  (void)state;
  passage p = open_passage();
  char text[4096];
  sley_fd got[253];
  run_gives(sley_output_write(p.l.out, "before ", 7), 0);
  run_gives(sley_output_fds(p.l.out, p.pipe, 1), 0);
  run_gives(sley_output_fds(p.l.out, p.pipe + 1, 1), 0);
  run_gives(sley_output_fds(p.l.out, NULL, 0), 0);
  close(p.pipe[1]); /* they were duplicated */
  p.pipe[1] = -1;
  run_gives(sley_output_flush(p.l.out), 0);
  assert_int_equal(receive_with(p.l.peer, text, got), 0); /* no byte has followed */
  assert_string_equal(text, "before ");
  run_gives(sley_output_write(p.l.out, "with", 4), 0);
  run_gives(sley_output_fds(p.l.out, p.pipe, 1), 0);
  run_gives(sley_output_write(p.l.out, "more", 4), 0);
  run_gives(sley_output_flush(p.l.out), 0);
  assert_int_equal(receive_with(p.l.peer, text, got), 2);
  assert_string_equal(text, "with");
  assert_true(pipe_works(got[1], p.pipe[0]));
  close_all(got, 2);
  assert_int_equal(receive_with(p.l.peer, text, got), 1);
  assert_string_equal(text, "more");
  close_all(got, 1);
  drop_passage(&p);
}

/* Behind a reservation that nothing was committed to, and before a large piece. */
static void among_blocks(void **state)
{
  (void)state;
  static char big[100000], got_big[sizeof(big)];
  for (size_t i = 0; i < sizeof(big); i++) big[i] = (char)(i * 13);
  passage p = open_passage();
  sley_fd got[253];
  assert_non_null(sley_output_reserve(p.l.out, 100));
  run_gives(sley_output_fds(p.l.out, p.pipe, 2), 0);
  sley_promise *w = sley_output_write(p.l.out, big, sizeof(big));
  sley_promise *flushed = sley_output_flush(p.l.out);
  size_t size = 0, fds = 0;
  while (size < sizeof(big)) {
    char text[4096];
    rest(0);
    char c;
    if (recv(p.l.peer, &c, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) continue;
    size_t n, came = receive_size_with(p.l.peer, text, &n, got + fds);
    if (size > 0) assert_int_equal(came, 0);
    fds += came;
    memcpy(got_big + size, text, n);
    size += n;
  }
  assert_memory_equal(big, got_big, sizeof(big));
  run_gives(w, 0);
  run_gives(flushed, 0);
  assert_int_equal(fds, 2);
  close_all(got, fds);
  drop_passage(&p);
}

static void stands_in_line(void **state)
{
  (void)state;
  static char big[1 << 20];
  passage p = open_passage();
  memset(big, 'b', sizeof(big));
  sley_promise *w = sley_output_write(p.l.out, big, sizeof(big));
  assert_true(sley_is_pending(w));
  sley_promise *first = sley_output_fds(p.l.out, p.pipe, 1),
               *canceled = sley_output_fds(p.l.out, p.pipe, 1);
  int before = descriptors();
  sley_cancel(canceled);
  run_fails(canceled, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(descriptors(), before - 1);
  sley_promise *last = sley_output_write(p.l.out, "!", 1);
  char text[4096];
  sley_fd got[253];
  size_t fds = 0, size = 0;
  while (size < sizeof(big) + 1) {
    rest(0);
    char c;
    if (recv(p.l.peer, &c, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) continue;
    size_t n = receive_with(p.l.peer, text, got);
    size += strlen(text);
    fds += n;
    if (n == 0) continue;
    assert_int_equal(size, sizeof(big) + 1); /* it came with the last byte */
    close_all(got, n);
  }
  assert_int_equal(fds, 1);
  run_gives(w, 0);
  run_gives(first, 0);
  run_gives(last, 0);
  drop_passage(&p);
}

static void those_without_a_byte_are_closed(void **state)
{
  (void)state;
  passage p = open_passage();
  run_gives(sley_output_fds(p.l.out, p.pipe, 2), 0);
  run_gives(sley_output_close(p.l.out), 0);
  drop_passage(&p);
  p = open_passage();
  run_gives(sley_output_fds(p.l.out, p.pipe, 2), 0);
  sley_output_abort(p.l.out);
  run_fails(sley_output_fds(p.l.out, p.pipe, 2), &sley_kind_sley, SLEY_ECLOSED);
  drop_passage(&p);
}

static void a_broken_output_closes_them(void **state)
{
  (void)state;
  passage p = open_passage();
  peer_closes(&p.l);
  run_gives(sley_output_fds(p.l.out, p.pipe, 2), 0);
  run_gives(sley_output_write(p.l.out, "x", 1), 0);
  run_fails(sley_output_flush(p.l.out), &sley_kind_errno, EPIPE);
  run_fails(sley_output_fds(p.l.out, p.pipe, 2), &sley_kind_errno, EPIPE);
  drop_passage(&p);
}

static void errors(void **state)
{
  (void)state;
  passage p = open_passage();
  sley_fd fds[SLEY_FDS_MOST + 1];
  for (int i = 0; i <= SLEY_FDS_MOST; i++) fds[i] = p.pipe[0];
  run_fails(sley_output_fds(p.l.out, fds, SLEY_FDS_MOST + 1), &sley_kind_sley, SLEY_EINVAL);
  run_gives(sley_output_fds(p.l.out, fds, SLEY_FDS_MOST), 0);
  run_fails(sley_output_fds(p.l.out, fds, 1), &sley_kind_sley, SLEY_EINVAL);
  const sley_fd both[] = {p.pipe[0], 1000}; /* nobody has opened so many */
  int before = descriptors();
  run_fails(sley_output_fds(p.l.out, both, 2), &sley_kind_errno, EBADF);
  assert_int_equal(descriptors(), before);
  drop_passage(&p);
  sley_io *in, *out;
  sley_input *none;
  sley_output *output;
  assert_null(sley_pipe(&in, &out));
  sley_error *e = sley_input_from_io(&takes, in, &none);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(sley_output_from_io(NULL, out, &output));
  run_fails(sley_output_fds(output, fds, 1), &sley_kind_sley, SLEY_EINVAL);
  sley_io_drop(in);
  sley_output_drop(output);
}

/* ---- without memory ---- */

static void without_memory(void)
{
  sley_io *ends[2];
  sley_fd fds[2], got[4];
  sley_input *in = NULL;
  sley_output *out = NULL;
  assert_int_equal(pipe(fds), 0);
  sley_error *e = sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends);
  if (e == NULL) e = sley_input_from_io(&takes, ends[0], &in);
  if (e == NULL) e = sley_output_from_io(NULL, ends[1], &out);
  if (e == NULL) {
    for (int i = 0; i < 2; i++) {
      sley_error_drop(sley_run(sley_output_fds(out, fds, 2), NULL));
      sley_error_drop(sley_run(sley_output_write(out, "x", 1), NULL));
    }
    sley_error_drop(sley_run(sley_output_flush(out), NULL));
    sley_promise *p = sley_with_timeout(sley_input_fill(in, 2), 0.05);
    sley_error_drop(sley_run(p, NULL));
    const char *data;
    size_t n = sley_input_peek(in, &data);
    if (n > 0) sley_input_consume(in, n);
    close_all(got, sley_input_take_fds(in, got, 3));
  }
  if (in != NULL) sley_input_drop(in);
  else if (ends[0] != NULL) sley_io_drop(ends[0]);
  if (out != NULL) sley_output_drop(out);
  else if (ends[1] != NULL) sley_io_drop(ends[1]);
  sley_error_drop(e);
  close_all(fds, 2);
}

static void each_allocation(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

static sley_promise *counts_bytes(void *ctx, sley_input *in)
{
  *(size_t *)ctx += sley_input_buffered(in);
  sley_input_consume(in, sley_input_buffered(in));
  return sley_input_more(0);
}

/* Where nothing comes but bytes, a read needs no memory of its own. */
static void reads_of_bytes_allocate_nothing(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .take_fds = true};
  line_of l = open_line_with(&o), other = open_line_with(&o);
  size_t all = 0;
  sley_promise *p = sley_input_each(l.in, counts_bytes, &all);
  peer_writes(&l, "first");
  rest(0.002);
  assert_int_equal(all, 5);
  drop_line(&other);  /* the memory for descriptors stays */
  memory_fails(0, 1); /* everything fails */
  for (size_t i = 1; i <= 20; i++) {
    peer_writes(&l, "next!");
    for (int k = 0; k < 1000 && all < 5 * (i + 1); k++) assert_null(sley_step(SLEY_MILLISECOND));
    assert_int_equal(all, 5 * (i + 1));
  }
  memory_fails(0, 0);
  sley_cancel(p);
  sley_drop(p);
  drop_line(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(they_come_with_their_bytes),
      TEST(several_messages_at_once),
      TEST(without_the_option_they_are_closed),
      TEST(what_nobody_takes_is_closed),
      TEST(an_input_keeps_so_many),
      TEST(inside_of_each),
      TEST(they_go_with_the_next_byte),
      TEST(among_blocks),
      TEST(stands_in_line),
      TEST(those_without_a_byte_are_closed),
      TEST(a_broken_output_closes_them),
      TEST(errors),
      TEST(reads_of_bytes_allocate_nothing),
      cmocka_unit_test(each_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
