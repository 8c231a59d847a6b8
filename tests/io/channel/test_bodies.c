/* Bodies that end in an order of their own: before one inside them, before what they wrote is sent, with an abort while
 * others stand behind them.
 * Tests src/io/channel/body.c, src/io/channel/line.c, src/io/channel/each.c, src/io/channel/write.c, src/io/channel/send.c. */
#include "support/channels.h"

static sley_resolver *inner_body; /* of the promise that the inner body gives */
static int calls;

static sley_promise *no_cancel_body(void) { return sley_pending(&inner_body); }

static sley_promise *input_inner(void *ctx, sley_input *in)
{
  (void)ctx;
  (void)in;
  return no_cancel_body();
}

static sley_promise *output_inner(void *ctx, sley_output *out)
{
  (void)ctx;
  (void)out;
  return no_cancel_body();
}

static sley_promise *with_limit(sley_promise *p) { return sley_with_timeout(p, 0.001); }
static sley_promise *not_waited_for(sley_promise *p)
{
  sley_drop(p);
  return sley_return(sley_bool(true));
}
static sley_promise *canceled_with_it(sley_promise *p) { return p; }
static sley_promise *(*const ends[])(sley_promise *p) = {with_limit, not_waited_for,
                                                         canceled_with_it};
enum { ENDS = sizeof(ends) / sizeof(ends[0]), CANCELED = 2 };

static sley_promise *input_outer(void *ctx, sley_input *in)
{
  return ends[*(int *)ctx](sley_input_atomic(in, input_inner, NULL));
}

static sley_promise *input_outer_each(void *ctx, sley_input *in)
{
  return ends[*(int *)ctx](sley_input_each(in, input_inner, NULL));
}

static sley_promise *output_outer(void *ctx, sley_output *out)
{
  return ends[*(int *)ctx](sley_output_atomic(out, output_inner, NULL));
}

static void a_body_waits_for_those_inside_it(void **state)
{
  (void)state;
  for (int end = 0; end < ENDS; end++)
    for (int form = 0; form < 3; form++) {
      line_of l = open_line();
      peer_writes(&l, "data");
      sley_promise *whole = form == 0   ? sley_input_atomic(l.in, input_outer, &end)
                            : form == 1 ? sley_input_each(l.in, input_outer_each, &end)
                                        : sley_output_atomic(l.out, output_outer, &end);
      rest(0.005);
      sley_promise *next = form < 2 ? sley_input_fill(l.in, 4) : sley_output_text(l.out, "next");
      if (end == CANCELED) sley_cancel(whole);
      else assert_true(sley_is_pending(whole));
      rest(0.002);
      assert_true(sley_is_pending(next)); /* the inner one still has it for itself */
      sley_resolver *r = inner_body;
      sley_fulfill(&r, sley_bool(true));
      run_gives(next, form < 2 ? 4 : 0);
      settle(whole);
      drop_line(&l);
    }
}

static sley_resolver *outer_body;

static sley_promise *ends_the_outer(void *ctx, sley_input *in)
{
  (void)in;
  calls++;
  sley_fulfill(&outer_body, sley_unit());
  return *(bool *)ctx ? sley_cancelable(&inner_body) : sley_return_unit();
}

static sley_input *inside;

static sley_promise *gives_its_handle(void *ctx, sley_input *in)
{
  (void)ctx;
  inside = in;
  return sley_cancelable(&outer_body);
}

static void the_inner_function_ends_the_outer_body(void **state)
{
  (void)state;
  for (int waits = 0; waits < 2; waits++) {
    bool is_pending = waits != 0;
    inner_body = NULL;
    calls = 0;
    line_of l = open_line();
    sley_promise *outer = sley_input_atomic(l.in, gives_its_handle, NULL);
    sley_promise *inner = sley_input_atomic(inside, ends_the_outer, &is_pending);
    assert_int_equal(calls, 1);
    run_gives(outer, 0);
    assert_int_equal(sley_state(inner),
                     is_pending ? SLEY_PROMISE_STATE_REJECTED : SLEY_PROMISE_STATE_FULFILLED);
    sley_resolver_drop(&inner_body);
    settle(inner);
    peer_writes(&l, "x");
    run_gives(sley_input_fill(l.in, 1), 1);
    drop_line(&l);
  }
}

/* ---- what it wrote and did not wait for ---- */

static char much[300000];
static sley_promise *left;

static sley_promise *leaves_a_write(void *ctx, sley_output *out)
{
  (void)ctx;
  left = sley_output_write(out, much, 16000);
  return sley_return_unit();
}

static sley_promise *leaves_a_flush(void *ctx, sley_output *out)
{
  (void)ctx;
  left = sley_output_flush(out);
  return sley_return_unit();
}

static void fill_up(const line_of *l)
{
  while (sley_output_try_write(l->out, much, 16000) == 0) rest(0.001);
}

static void what_it_wrote_outlives_it(void **state)
{
  (void)state;
  memset(much, 'm', sizeof(much));
  sley_output_fn *const forms[] = {leaves_a_write, leaves_a_flush};
  for (int form = 0; form < 2; form++)
    for (int end = 0; end < 3; end++) {
      line_of l = open_line();
      fill_up(&l);
      run_gives(sley_output_atomic(l.out, forms[form], NULL), 0);
      assert_true(sley_is_pending(left));
      if (end == 0) {
        while (sley_is_pending(left)) {
          peer_reads(&l);
          rest(0.0001);
        }
        run_gives(left, 0);
      } else if (end == 1) {
        sley_output_abort(l.out);
        run_fails(left, &sley_kind_sley, SLEY_ECLOSED);
      } else {
        sley_cancel(left);
        run_fails(left, &sley_kind_sley, SLEY_ECANCELED);
      }
      drop_line(&l);
    }
}

/* ---- an abort, and those behind it ---- */

static sley_promise *flushes(void *ctx, sley_output *out)
{
  (void)ctx;
  return sley_output_flush(out);
}

static sley_promise *counts(void *ctx, sley_output *out)
{
  (void)ctx;
  (void)out;
  calls++;
  return sley_return_unit();
}

static sley_promise *reads(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_input_fill(in, 100);
}

static void an_abort_rejects_those_behind_a_body(void **state)
{
  (void)state;
  calls = 0;
  line_of l = open_line();
  fill_up(&l);
  sley_promise *body = sley_output_atomic(l.out, flushes, NULL);
  sley_promise *write = sley_output_write(l.out, "behind", 6);
  sley_promise *other = sley_output_atomic(l.out, counts, NULL);
  sley_promise *reader = sley_input_atomic(l.in, reads, NULL);
  sley_promise *all = sley_input_all(l.in, 1000);
  sley_output_abort(l.out);
  run_fails(body, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(write, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(other, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(reader, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(all, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(calls, 0);
  drop_line(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_body_waits_for_those_inside_it),
      TEST(the_inner_function_ends_the_outer_body),
      TEST(what_it_wrote_outlives_it),
      TEST(an_abort_rejects_those_behind_a_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
