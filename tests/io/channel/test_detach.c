/* From channels back to their object: what was written is sent, what was read is given, and goes into other channels, also in
 * another domain; what is refused, cancel, no memory.
 * Tests src/io/channel/detach.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/channels.h"
#include "support/domains.h"

static sley_detached detached_of(sley_promise *p)
{
  sley_value v;
  sley_detached d;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fail_msg("error: %s", sley_error_message(e));
  assert_true(sley_detached_is_in(&v));
  assert_non_null(sley_detached_in(&v)->io);
  assert_int_equal(sley_detached_take(&v, &d), 0);
  return d;
}

static void one_protocol_after_another(void **state)
{
  (void)state;
  static char much[20000];
  memset(much, 'm', sizeof much);
  for (int large = 0; large < 2; large++) {
    line_of l = open_line();
    peer_writes(&l, "starttls\nhel");
    if (large) assert_true(write(l.peer, much, sizeof much) > 0);
    run_gives_text(sley_input_line(l.in), "starttls");
    if (large) run_gives(sley_input_fill(l.in, 3 + sizeof much), 3 + sizeof much);
    run_gives(sley_output_text(l.out, "go ahead"), 0);
    sley_input *kept = sley_input_keep(l.in);
    sley_output *out = sley_output_keep(l.out);
    sley_promise *p = sley_channels_detach(l.in, l.out);
    run_fails(sley_input_line(kept), &sley_kind_sley, SLEY_ECLOSED);
    sley_detached d = detached_of(p);
    assert_string_equal(peer_reads(&l), "go ahead");
    assert_int_equal(d.unread.size, large ? 3 + sizeof much : 3);
    assert_memory_equal(d.unread.at, "hel", 3);
    assert_true(sley_input_is_closed(kept));
    run_fails(sley_input_line(kept), &sley_kind_sley, SLEY_ECLOSED);
    run_gives(sley_input_close(kept), 0); /* nothing is left to be closed */
    run_gives(sley_output_close(out), 0);
    assert_true(sley_io_is_open(d.io));
    char one;
    sley_promise *bare = sley_read(d.io, &one, 1); /* it is a bare object now */
    assert_true(sley_is_pending(bare));
    assert_null(sley_input_error(kept)); /* which a half that is left can be asked beside */
    assert_false(sley_input_is_busy(kept));
    assert_int_equal(sley_input_buffered(kept), 0);
    run_fails(sley_input_fill(kept, 1), &sley_kind_sley, SLEY_ECLOSED);
    run_gives(sley_output_close(out), 0);
    sley_input_drop(kept);
    sley_output_drop(out);
    peer_writes(&l, "x");
    run_gives(bare, 1);
    assert_int_equal(one, 'x');
    run_gives(sley_write(d.io, "bare", 4), 0);
    assert_string_equal(peer_reads(&l), "bare");
    sley_channel_options o = {.size = sizeof(o), .unread = d.unread};
    assert_null(sley_channels(&o, d.io, &l.in, &l.out));
    assert_int_equal(sley_input_buffered(l.in), large ? 3 + sizeof much : 3);
    if (large) {
      run_gives_text(sley_input_exactly(l.in, 3), "hel");
      run_gives(sley_input_skip(l.in, sizeof much), sizeof much);
    } else {
      peer_writes(&l, "lo\n");
      run_gives_text(sley_input_line(l.in), "hello");
    }
    drop_line(&l);
  }
}

/* What waits for room is told before. */
/* Calls without a promise look at less than others. */
static void a_kept_half_is_of_no_use(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "helloabc");
  run_gives(sley_input_fill(l.in, 8), 8);
  sley_input_consume(l.in, 5);
  sley_input *in = sley_input_keep(l.in);
  sley_output *out = sley_output_keep(l.out);
  sley_promise *p = sley_channels_detach(l.in, l.out);
  const char *at;
  for (int is_over = 0; is_over < 2; is_over++) {
    assert_int_equal(sley_input_peek(in, &at), 0);
    assert_int_equal(sley_input_buffered(in), is_over ? 0 : 3);
    assert_null(sley_output_reserve(out, 4));
    assert_int_equal(sley_output_try_write(out, "evil", 4), -SLEY_ECLOSED);
    if (is_over) break;
    sley_detached d = detached_of(p);
    assert_int_equal(d.unread.size, 3);
    assert_memory_equal(d.unread.at, "abc", 3);
    sley_bytes_drop(&d.unread);
    sley_io_drop(d.io);
  }
  assert_string_equal(peer_reads(&l), "");
  sley_input_drop(in);
  sley_output_drop(out);
  close(l.peer);
}

/* Who closes a kept half before the detach is over closes nothing. */
static void a_kept_half_closes_nothing(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_input *in = sley_input_keep(l.in);
  sley_output *out = sley_output_keep(l.out);
  sley_promise *p = sley_channels_detach(l.in, l.out);
  assert_true(sley_is_pending(p));
  run_gives(sley_output_end(out), 0);
  sley_promise *closes[] = {sley_output_close(out), sley_input_close(in)};
  for (int i = 0; i < 2; i++) assert_false(sley_is_pending(closes[i]));
  sley_detached d = detached_of(p);
  run_gives(sley_write(d.io, "next", 4), 0);
  assert_string_equal(peer_reads(&l), "next");
  for (int i = 0; i < 2; i++) run_gives(closes[i], 0);
  sley_io_drop(d.io);
  sley_input_drop(in);
  sley_output_drop(out);
  close(l.peer);
}

/* Pieces without bytes: of descriptors that no byte follows, and room that was asked for. */
static void what_has_no_bytes_goes(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_fd fd = open("/dev/null", O_RDONLY);
  int before = descriptors();
  run_gives(sley_output_fds(l.out, &fd, 1), 0);
  assert_int_equal(descriptors(), before + 1); /* the output has a duplicate */
  assert_non_null(sley_output_reserve(l.out, 100));
  sley_detached d = detached_of(sley_channels_detach(l.in, l.out));
  assert_int_equal(descriptors(), before);
  close(fd);
  sley_io_drop(d.io);
  close(l.peer);
}

static void a_peer_that_takes_its_time(void **state)
{
  (void)state;
  static char big[400000], got[400000];
  line_of l = open_line();
  sley_promise *write = sley_output_write(l.out, big, sizeof big),
               *ready = sley_output_wait_ready(l.out), *p = sley_channels_detach(l.in, l.out);
  rest(0.002);
  assert_true(sley_is_pending(p));
  size_t size = 0;
  while (sley_is_pending(p)) {
    ssize_t n = read(l.peer, got, sizeof got);
    if (n > 0) size += (size_t)n;
    rest(0);
  }
  run_gives(write, 0);
  run_gives(ready, 0);
  sley_detached d = detached_of(p);
  for (ssize_t n; (n = read(l.peer, got, sizeof got)) > 0;) size += (size_t)n;
  assert_int_equal(size, sizeof big);
  assert_int_equal(d.unread.size, 0);
  sley_io_drop(d.io);
  close(l.peer);
}

/* What is sent as it begins makes room, of which others have not heard yet: they do before the channels go. */
static void who_waits_for_room_is_told(void **state)
{
  (void)state;
  static const sley_channel_options small = {.size = sizeof(small), .high = 64};
  line_of l = open_line_with(&small);
  char text[100];
  memset(text, 't', sizeof text);
  assert_int_equal(sley_output_try_write(l.out, text, sizeof text), 0);
  assert_false(sley_output_is_ready(l.out));
  sley_promise *ready = sley_output_wait_ready(l.out);
  assert_true(sley_is_pending(ready));
  sley_promise *p = sley_channels_detach(l.in, l.out);
  for (int i = 0; i < 100; i++) assert_null(sley_step(0));
  assert_false(sley_is_pending(ready));
  run_gives(ready, 0);
  sley_detached d = detached_of(p);
  assert_int_equal(strlen(peer_reads(&l)), sizeof text);
  sley_io_drop(d.io);
  close(l.peer);
}

/* In the callback of a read of the bare object: its turn goes on, and looks at what it has become. */
static sley_promise *has_channels_from_now_on(void *ctx, sley_value *v)
{
  line_of *l = ctx;
  sley_io *io = (sley_io *)(void *)l->in;
  sley_channel_options o = {.size = sizeof(o)};
  assert_int_equal(v->i, 1);
  assert_null(sley_bytes_copy("rest ", 5, &o.unread));
  sley_error *e = sley_channels(&o, io, &l->in, &l->out);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static void channels_in_the_callback_of_a_read(void **state)
{
  (void)state;
  char byte;
  line_of l = open_line();
  sley_detached d = detached_of(sley_channels_detach(l.in, l.out));
  l.in = (sley_input *)(void *)d.io;
  sley_promise *p = sley_bind(sley_read(d.io, &byte, 1), has_channels_from_now_on, &l);
  assert_true(sley_is_pending(p));
  peer_writes(&l, "xof it\n");
  run_gives(p, 0);
  run_gives_text(sley_input_line(l.in), "rest of it");
  drop_line(&l);
}

static sley_promise *reads_on(sley_value *arg)
{
  sley_detached d;
  sley_input *in;
  assert_int_equal(sley_detached_take(arg, &d), 0);
  sley_channel_options o = {.size = sizeof(o), .unread = d.unread};
  sley_error *e = sley_input_from_io(&o, d.io, &in);
  if (e != NULL) return sley_fail(e);
  return sley_attach(sley_input_line(in), in, (sley_drop_fn *)sley_input_drop);
}

static void it_crosses(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_value v;
  peer_writes(&l, "one\ntwo\n");
  run_gives_text(sley_input_line(l.in), "one");
  assert_null(sley_run(sley_channels_detach(l.in, l.out), &v));
  sley_domain *d = start("other");
  run_gives_text(sley_call(d, reads_on, v), "two");
  end_leaving_nothing(d);
  close(l.peer);
}

static void the_peer_reads_the_end(const line_of *l)
{
  char byte;
  ssize_t n = read(l->peer, &byte, 1);
  if (n != 0 && !(n < 0 && errno == ECONNRESET)) fail_msg("still open: %d", (int)n);
  close(l->peer);
}

static sley_promise *detaches_inside(void *ctx, sley_input *in)
{
  const line_of *l = ctx;
  return sley_channels_detach(in, l->out);
}

static void what_is_refused(void **state)
{
  (void)state;
  line_of l = open_line(), m = open_line();
  sley_promise *line = sley_input_line(l.in);
  run_fails(sley_channels_detach(l.in, l.out), &sley_kind_sley, SLEY_EINVAL); /* it waits */
  run_fails(line, &sley_kind_sley, SLEY_ECLOSED);
  the_peer_reads_the_end(&l);
  l = open_line();
  run_fails(sley_channels_detach(l.in, m.out), &sley_kind_sley, SLEY_EINVAL); /* of two objects */
  sley_output_drop(l.out);
  the_peer_reads_the_end(&l);
  sley_input_drop(m.in);
  the_peer_reads_the_end(&m);
  l = open_line();
  run_fails(sley_channels_detach(l.in, NULL), &sley_kind_sley, SLEY_EINVAL); /* not both */
  sley_output_drop(l.out);
  the_peer_reads_the_end(&l);
  l = open_line();
  sley_output_keep(l.out);
  const char *text =
      run_fails(sley_input_atomic(l.in, detaches_inside, &l), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(text, "inside handle"));
  drop_line(&l);
  l = open_line();
  run_gives(sley_output_end(l.out), 0);
  run_fails(sley_channels_detach(l.in, l.out), &sley_kind_sley, SLEY_ECLOSED);
  the_peer_reads_the_end(&l);
  l = open_line();
  sley_input_abort(l.in);
  run_fails(sley_channels_detach(l.in, l.out), &sley_kind_sley, SLEY_ECLOSED);
  the_peer_reads_the_end(&l);
}

static void what_fails_aborts_it(void **state)
{
  (void)state;
  static char big[400000];
  line_of l = open_line();
  sley_promise *write = sley_output_write(l.out, big, sizeof big);
  sley_promise *p = sley_channels_detach(l.in, l.out);
  rest(0.002);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  run_fails(write, &sley_kind_sley, SLEY_ECLOSED);
  while (read(l.peer, big, sizeof big) > 0) continue;
  the_peer_reads_the_end(&l);
  l = open_line();
  peer_closes(&l);
  run_gives(sley_output_text(l.out, "lost"), 0);
  run_fails(sley_channels_detach(l.in, l.out), &sley_kind_errno, EPIPE);
  l = open_line();
  sley_value v;
  peer_writes(&l, "unread");
  run_gives(sley_input_fill(l.in, 6), 6);
  assert_null(sley_run(sley_channels_detach(l.in, l.out), &v));
  sley_value_drop(&v);
  the_peer_reads_the_end(&l);
}

static void one_half(void **state)
{
  (void)state;
  sley_io *ios[2];
  sley_input *in;
  sley_output *out;
  assert_null(sley_io_pair(0, ios));
  assert_null(sley_input_from_io(NULL, ios[0], &in));
  assert_null(sley_output_from_io(NULL, ios[1], &out));
  run_gives(sley_output_text(out, "half"), 0);
  sley_detached d = detached_of(sley_channels_detach(NULL, out));
  sley_io_drop(d.io);
  run_gives(sley_input_fill(in, 4), 4);
  d = detached_of(sley_channels_detach(in, NULL));
  assert_int_equal(d.unread.size, 4);
  sley_bytes_drop(&d.unread);
  sley_io_drop(d.io);
}

static void unread_that_makes_no_sense(void **state)
{
  (void)state;
  sley_io *ios[2];
  sley_input *in;
  sley_output *out;
  assert_null(sley_io_pair(0, ios));
  sley_channel_options o = {.size = sizeof(o), .most = 3, .unread = sley_bytes_static("four", 4)};
  sley_error *e = sley_input_from_io(&o, ios[0], &in);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  o.most = 4;
  e = sley_output_from_io(&o, ios[0], &out);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(sley_input_from_io(&o, ios[0], &in));
  sley_io_drop(ios[1]);
  run_gives_text(sley_input_line(in), "four");
  sley_input_drop(in);
}

static void without_memory_once(void)
{
  sley_io *ios[2];
  sley_input *in;
  sley_output *out;
  sley_value v;
  if (sley_io_pair(0, ios) != NULL) return;
  if (sley_channels(NULL, ios[0], &in, &out) != NULL) {
    sley_io_drop(ios[0]);
    sley_io_drop(ios[1]);
    return;
  }
  if (sley_try_write(ios[1], "unread", 6) == 6) settle(sley_input_fill(in, 1));
  if (ran_or_no_memory(sley_channels_detach(in, out), &v)) {
    sley_detached d;
    assert_int_equal(sley_detached_take(&v, &d), 0);
    sley_channel_options o = {.size = sizeof(o), .unread = d.unread, .finish = 1};
    sley_error *e = sley_channels(&o, d.io, &in, &out);
    if (e == NULL) {
      sley_input_drop(in);
      sley_output_drop(out);
    } else {
      assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
      sley_error_drop(e);
      sley_io_drop(d.io);
    }
  }
  sley_io_drop(ios[1]);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(without_memory_once);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(one_protocol_after_another),
      TEST(a_kept_half_is_of_no_use),
      TEST(a_kept_half_closes_nothing),
      TEST(what_has_no_bytes_goes),
      TEST(a_peer_that_takes_its_time),
      TEST(who_waits_for_room_is_told),
      TEST(channels_in_the_callback_of_a_read),
      TEST(it_crosses),
      TEST(what_is_refused),
      TEST(what_fails_aborts_it),
      TEST(one_half),
      TEST(unread_that_makes_no_sense),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
