/* Bodies: one for each arrival of data, and one alone; what they consume and ask for, who waits meanwhile, how they end.
 * Tests src/io/channel/each.c, src/io/channel/line.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/channels.h"

static char seen[1000];
static sley_resolver *body; /* of the promise that the body gives */
static int drops;

static void counts_drop(void *ctx)
{
  (void)ctx;
  drops++;
}

static void note(sley_input *in, size_t n)
{
  const char *at;
  assert_true(sley_input_peek(in, &at) >= n);
  strncat(seen, at, n);
  strcat(seen, "|");
  sley_input_consume(in, n);
}

static sley_promise *takes_all(void *ctx, sley_input *in)
{
  (void)ctx;
  note(in, sley_input_buffered(in));
  return sley_return_unit();
}

static void called_for_each_arrival(void **state)
{
  (void)state;
  seen[0] = '\0';
  drops = 0;
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, takes_all, NULL, counts_drop);
  peer_writes(&l, "one");
  rest(0.001);
  peer_writes(&l, "two");
  rest(0.001);
  assert_string_equal(seen, "one|two|");
  assert_true(sley_is_pending(p));
  assert_int_equal(drops, 0);
  peer_closes(&l);
  run_gives(p, 0);
  assert_int_equal(drops, 1);
  assert_false(sley_input_is_busy(l.in));
  drop_line(&l);
}

static sley_promise *until_a_point(void *ctx, sley_input *in)
{
  (void)ctx;
  const char *at;
  size_t n = sley_input_peek(in, &at);
  bool ends = at[0] == '.';
  note(in, n > 0);
  return ends ? sley_return(sley_bool(true)) : sley_return_unit();
}

static void true_ends_it(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, until_a_point, NULL);
  peer_writes(&l, "ab.cd");
  run_gives(p, 0);
  assert_string_equal(seen, "a|b|.|");
  run_gives_text(sley_input_exactly(l.in, 2), "cd");
  drop_line(&l);
}

static sley_promise *four_at_a_time(void *ctx, sley_input *in)
{
  int *calls = ctx;
  ++*calls;
  if (sley_input_buffered(in) < 4) return sley_input_more(sley_input_is_ended(in) ? 0 : 4);
  note(in, 4);
  return sley_return_unit();
}

static void more_waits_for_more(void **state)
{
  (void)state;
  seen[0] = '\0';
  int calls = 0;
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, four_at_a_time, &calls);
  for (const char *c = "abcdefgh"; *c != '\0'; c++) {
    char one[2] = {*c, '\0'};
    peer_writes(&l, one);
    rest(0.001);
  }
  assert_string_equal(seen, "abcd|efgh|");
  assert_int_equal(calls, 4); /* at 1, at 4 */
  peer_writes(&l, "ij");
  peer_closes(&l);
  run_fails(p, &sley_kind_sley, SLEY_EEOF); /* it left two bytes at the end */
  assert_int_equal(sley_input_buffered(l.in), 2);
  drop_line(&l);
}

static sley_promise *takes_all_and_wants_more(void *ctx, sley_input *in)
{
  (void)ctx;
  note(in, sley_input_buffered(in));
  return sley_input_more(0);
}

static sley_promise *counts(void *ctx, sley_input *in)
{
  *(size_t *)ctx += sley_input_buffered(in);
  sley_input_consume(in, sley_input_buffered(in));
  return sley_input_more(0);
}

/* A peer that has sent much does not hold up the others. */
static void four_blocks_at_a_time(void **state)
{
  (void)state;
  enum { BLOCK = 16384 + 448 };
  static char much[10 * BLOCK];
  size_t all = 0;
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, counts, &all);
  rest(0.001);
  assert_int_equal(write(l.peer, much, sizeof much), sizeof much);
  while (all < sizeof much) {
    size_t before = all;
    assert_null(sley_step(SLEY_SECOND));
    assert_in_range(all - before, 1, 5 * BLOCK); /* the event's, and four */
  }
  sley_cancel(p);
  sley_drop(p);
  drop_line(&l);
}

static sley_promise *begins_another(void *ctx, sley_input *in)
{
  line_of *other = ctx;
  note(in, 2);
  if (other->in != NULL && !sley_input_is_busy(other->in))
    sley_drop(sley_input_each(other->in, takes_all_and_wants_more, NULL));
  return sley_return_unit();
}

/* What the function of another input asks for is not asked of this one. */
static void more_is_of_the_function_that_asked(void **state)
{
  (void)state;
  line_of a = open_line(), b = open_line();
  seen[0] = '\0';
  peer_writes(&b, "other");
  run_gives(sley_input_fill(b.in, 5), 5);
  sley_promise *p = sley_input_each(a.in, begins_another, &b);
  peer_writes(&a, "123456");
  rest(0.002);
  assert_string_equal(seen, "12|other|34|56|");
  sley_cancel(p);
  sley_drop(p);
  drop_line(&a);
  drop_line(&b);
}

static sley_promise *consumes_nothing(void *ctx, sley_input *in)
{
  (void)ctx;
  (void)in;
  return sley_return_unit();
}

static sley_promise *asks_for_too_much(void *ctx, sley_input *in)
{
  (void)ctx;
  (void)in;
  return sley_input_more(1 << 20);
}

static sley_promise *fails(void *ctx, sley_input *in)
{
  (void)ctx;
  (void)in;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "not here"));
}

static void what_a_body_must_not_do(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "data");
  char text[256];
  sley_error *e = sley_run(sley_input_each(l.in, consumes_nothing, NULL), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_format(e, text, sizeof text);
  assert_non_null(strstr(text, "test_each.c")); /* the call's place, and none of the library */
  assert_null(strstr(text, "/each.c"));
  sley_error_drop(e);
  run_fails(sley_input_each(l.in, asks_for_too_much, NULL), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_input_each(l.in, fails, NULL), &sley_kind_sley, SLEY_ENOTFOUND);
  run_gives_text(sley_input_exactly(l.in, 4), "data");
  drop_line(&l);
}

static sley_promise *waits(void *ctx, sley_input *in)
{
  (void)ctx;
  note(in, sley_input_buffered(in));
  return sley_cancelable(&body);
}

static void a_pending_body_holds_up_reading(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, waits, NULL);
  peer_writes(&l, "a");
  rest(0.002);
  assert_string_equal(seen, "a|");
  peer_writes(&l, "b");
  rest(0.002);
  assert_string_equal(seen, "a|"); /* it stays with the kernel */
  sley_promise *line = sley_input_line(l.in);
  sley_fulfill(&body, sley_unit());
  rest(0.002);
  assert_string_equal(seen, "a|b|");
  assert_true(sley_is_pending(line));
  sley_fulfill(&body, sley_bool(true));
  run_gives(p, 0);
  peer_writes(&l, "line\n");
  run_gives_text(line, "line");
  drop_line(&l);
}

static void canceling_it_cancels_the_body(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, waits, NULL), *next = sley_input_char(l.in);
  sley_cancel(p); /* no body yet */
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  peer_writes(&l, "x");
  run_gives(next, 'x');
  p = sley_input_each(l.in, waits, NULL);
  next = sley_input_char(l.in);
  peer_writes(&l, "a");
  rest(0.002);
  assert_non_null(body);
  sley_cancel(p);
  sley_resolver_drop(&body);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  peer_writes(&l, "b");
  run_gives(next, 'b');
  drop_line(&l);
}

/* ---- inside ---- */

static sley_promise *second_line(void *ctx, sley_value *v)
{
  strcat(seen, v->ptr);
  strcat(seen, "+");
  return sley_input_line(ctx);
}

static sley_promise *reads_two_lines(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_bind(sley_input_line(in), second_line, in);
}

static sley_promise *mine;
static int calls;

static sley_promise *cancels_itself(void *ctx, sley_input *in)
{
  (void)ctx;
  calls++;
  note(in, sley_input_buffered(in));
  sley_cancel(mine);
  return sley_input_more(0);
}

static void canceled_in_its_own_call_it_is_not_called_again(void **state)
{
  (void)state;
  line_of l = open_line();
  calls = 0;
  seen[0] = '\0';
  mine = sley_input_each(l.in, cancels_itself, NULL);
  rest(0.001); /* waits for data */
  peer_writes(&l, "a");
  rest(0.005);
  assert_int_equal(calls, 1);
  peer_writes(&l, "b");
  rest(0.005);
  assert_int_equal(calls, 1);
  run_fails(mine, &sley_kind_sley, SLEY_ECANCELED);
  run_gives(sley_input_fill(l.in, 1), 1); /* nobody stands in line before it */
  drop_line(&l);
}

/* What was free a moment ago gives neither room nor data. */
static void an_aborted_channel_is_not_free(void **state)
{
  (void)state;
  const char *at;
  line_of l = open_line();
  assert_non_null(sley_output_reserve(l.out, 1));
  sley_output_abort(l.out);
  assert_null(sley_output_reserve(l.out, 1));
  assert_int_equal(sley_input_peek(l.in, &at), 0);
  drop_line(&l);
}

static void the_body_goes_before_strangers(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *two = sley_input_atomic(l.in, reads_two_lines, NULL),
               *stranger = sley_input_line(l.in);
  peer_writes(&l, "1\n");
  rest(0.002);
  assert_true(sley_is_pending(two));
  peer_writes(&l, "2\n3\n");
  run_gives_text(two, "2");
  run_gives_text(stranger, "3");
  assert_string_equal(seen, "1+");
  drop_line(&l);
}

static sley_promise *nests(void *ctx, sley_input *in)
{
  int *depth = ctx;
  ++*depth;
  assert_true(*depth <= 15);
  return sley_input_atomic(in, nests, ctx);
}

static void fifteen_deep(void **state)
{
  (void)state;
  int depth = 0;
  line_of l = open_line();
  run_fails(sley_input_atomic(l.in, nests, &depth), &sley_kind_sley, SLEY_EDEPTH);
  assert_int_equal(depth, 15);
  assert_false(sley_input_is_busy(l.in));
  drop_line(&l);
}

static sley_promise *does_not_wait(void *ctx, sley_input *in)
{
  sley_promise **left = ctx;
  *left = sley_input_line(in);
  return sley_return(sley_int(5));
}

static void what_a_body_leaves_is_rejected(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *left = NULL;
  run_gives(sley_input_atomic(l.in, does_not_wait, &left), 5);
  run_fails(left, &sley_kind_sley, SLEY_EINVAL);
  drop_line(&l);
}

static sley_promise *closes_from_inside(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_input_close(in);
}

static void closing_from_inside_is_refused(void **state)
{
  (void)state;
  line_of l = open_line();
  run_fails(sley_input_atomic(l.in, closes_from_inside, NULL), &sley_kind_sley, SLEY_EINVAL);
  drop_line(&l);
}

static sley_promise *aborts(void *ctx, sley_input *in)
{
  (void)ctx;
  sley_input_abort(in);
  return sley_return_unit();
}

static void a_body_may_abort(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "x");
  run_fails(sley_input_each(l.in, aborts, NULL), &sley_kind_sley, SLEY_ECLOSED);
  assert_true(sley_input_is_closed(l.in));
  run_fails(sley_input_line(l.in), &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
}

static sley_promise *drops_it_all(void *ctx, sley_input *in)
{
  line_of *l = ctx;
  sley_input_consume(in, 1);
  drop_line(l); /* the input is there until the body has returned */
  return sley_return_unit();
}

static void a_body_may_drop_the_channel(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "x");
  run_fails(sley_input_each(l.in, drops_it_all, &l), &sley_kind_sley, SLEY_ECLOSED);
}

static sley_promise *spawns(void *ctx, sley_input *in);

static sley_promise *burst(void *ctx)
{
  sley_input *in = ctx;
  const char *at;
  size_t size;
  sley_error *e = sley_await_line(in, &at, &size); /* inside: the rest comes to it */
  if (e != NULL) return sley_fail(e);
  strncat(seen, at, size);
  strcat(seen, "|");
  return sley_return_unit();
}

static sley_promise *spawns(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_spawn(burst, in);
}

/* What a body was lent stays where it is while its promise is pending, though nothing is unread and others need blocks. */
static sley_promise *holds_a_line(void *ctx)
{
  sley_input *in = ctx;
  const char *line;
  size_t size;
  line_of others[8];
  sley_error *e = sley_await_line(in, &line, &size);
  assert_null(e);
  for (int i = 0; i < 8; i++) { /* each keeps a block */
    e = sley_await(sley_sleep(0.001), NULL);
    assert_null(e);
    others[i] = open_line();
    peer_writes(&others[i], "xxxxxxxxxxxxxxxx\n");
    e = sley_await(sley_input_fill(others[i].in, 1), NULL);
    assert_null(e);
  }
  for (int i = 0; i < 8; i++) drop_line(&others[i]);
  assert_int_equal(size, 4);
  assert_memory_equal(line, "lent", 4);
  return sley_return(sley_bool(true));
}

static sley_promise *spawns_a_holder(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_spawn(holds_a_line, in);
}

static void what_is_lent_to_a_body_stays(void **state)
{
  (void)state;
  for (int once = 0; once < 2; once++) {
    line_of l = open_line();
    sley_promise *p = once ? sley_input_atomic(l.in, spawns_a_holder, NULL)
                           : sley_input_each(l.in, spawns_a_holder, NULL);
    peer_writes(&l, "lent\n"); /* taken in the turn that calls the body */
    assert_null(sley_run(p, NULL));
    drop_line(&l);
  }
}

static void a_fiber_for_each_burst(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, spawns, NULL);
  peer_writes(&l, "on");
  rest(0.001);
  peer_writes(&l, "e\ntwo\n");
  rest(0.001);
  assert_string_equal(seen, "one|two|");
  peer_closes(&l);
  run_gives(p, 0);
  drop_line(&l);
}

static sley_promise *reset_after_data(void *ctx, sley_input *in)
{
  (void)ctx;
  note(in, sley_input_buffered(in));
  return sley_return_unit();
}

static void the_objects_error_rejects_it(void **state)
{
  (void)state;
  seen[0] = '\0';
  line_of l = open_line();
  sley_promise *p = sley_input_each(l.in, reset_after_data, NULL);
  peer_writes(&l, "data");
  assert_int_equal(write(sley_io_fd(sley_input_io(l.in)), "unread", 6), 6);
  rest(0.002);
  peer_closes(&l);
  run_fails(p, &sley_kind_errno, ECONNRESET);
  assert_string_equal(seen, "data|");
  drop_line(&l);
}

static void one_memory(void)
{
  sley_input *in;
  sley_output *out;
  seen[0] = '\0';
  sley_error *e = sley_channel_pipe(&in, &out);
  if (e != NULL) return;
  sley_promise *p = sley_input_each(in, takes_all, NULL);
  settle(sley_output_text(out, "abc"));
  settle(sley_output_close(out));
  settle(p);
  settle(sley_input_atomic(in, reads_two_lines, NULL));
  sley_input_drop(in);
  sley_output_drop(out);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(one_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(called_for_each_arrival),
      TEST(true_ends_it),
      TEST(more_waits_for_more),
      TEST(four_blocks_at_a_time),
      TEST(more_is_of_the_function_that_asked),
      TEST(what_a_body_must_not_do),
      TEST(a_pending_body_holds_up_reading),
      TEST(canceling_it_cancels_the_body),
      TEST(canceled_in_its_own_call_it_is_not_called_again),
      TEST(an_aborted_channel_is_not_free),
      TEST(the_body_goes_before_strangers),
      TEST(fifteen_deep),
      TEST(what_a_body_leaves_is_rejected),
      TEST(closing_from_inside_is_refused),
      TEST(a_body_may_abort),
      TEST(a_body_may_drop_the_channel),
      TEST(a_fiber_for_each_burst),
      TEST(what_is_lent_to_a_body_stays),
      TEST(the_objects_error_rejects_it),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
