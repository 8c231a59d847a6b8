/* The table of sley/channel.h: what each kind of call does in each state, one test for a cell.
 * Tests src/io/channel/line.c, src/io/channel/close.c. */
#include <errno.h>
#include <sys/socket.h>

#include "support/channels.h"

typedef enum state { IDLE, WAITS, BODY, DRAINING, BROKEN, CLOSED, STATES } state;
static const char *const names[] = {"idle", "waits", "body", "draining", "broken", "closed"};

static char big[200000];
static sley_resolver *body;

static void release_body(void *ctx)
{
  (void)ctx;
  sley_resolver_drop(&body);
}

static sley_promise *pending_body(void)
{
  sley_promise *p = sley_cancelable(&body);
  sley_on_cancel(p, release_body, NULL);
  return p;
}

static sley_input *inside_in;
static sley_output *inside_out;

static sley_promise *in_body(void *ctx, sley_input *in)
{
  (void)ctx;
  inside_in = in;
  return pending_body();
}

static sley_promise *out_body(void *ctx, sley_output *out)
{
  (void)ctx;
  inside_out = out;
  return pending_body();
}

/* A channel in a state, and what keeps it there. */
typedef struct scene {
  line_of line;
  sley_promise *keeps;
} scene;

static void fill_the_socket(const line_of *l)
{
  while (send(sley_io_fd(sley_output_io(l->out)), big, sizeof big, MSG_DONTWAIT) > 0) continue;
}

static void empty_the_peer(const line_of *l)
{
  while (l->peer >= 0 && read(l->peer, big, sizeof big) > 0) continue;
}

static void break_it(scene *s, bool output)
{
  if (!output) { /* unread data at the peer makes its close a reset */
    assert_int_equal(write(sley_io_fd(sley_input_io(s->line.in)), "unread", 6), 6);
    peer_closes(&s->line);
    run_fails(sley_input_fill(s->line.in, 1), &sley_kind_errno, ECONNRESET);
    return;
  }
  peer_closes(&s->line);
  sley_drop(sley_output_text(s->line.out, "lost"));
  rest(0.002);
  assert_non_null(sley_output_error(s->line.out));
}

static scene begin_scene(state st, bool output)
{
  sley_channel_options o = {.size = sizeof(o), .linger = -1};
  scene s = {.line = open_line_with(&o)};
  line_of *l = &s.line;
  switch (st) {
    case WAITS:
      if (output) {
        fill_the_socket(l);
        s.keeps = sley_output_write(l->out, big, sizeof big);
      } else {
        s.keeps = sley_input_line(l->in);
      }
      break;
    case BODY:
      s.keeps = output ? sley_output_atomic(l->out, out_body, NULL)
                       : sley_input_atomic(l->in, in_body, NULL);
      break;
    case DRAINING: /* of an input: the close of the output has not come to it yet */
      fill_the_socket(l);
      sley_drop(sley_output_text(l->out, "x"));
      s.keeps = sley_output_close(l->out);
      if (!output) sley_drop(sley_input_close(l->in));
      break;
    case BROKEN: break_it(&s, output); break;
    case CLOSED:
      run_gives(sley_output_close(l->out), 0);
      run_gives(sley_input_close(l->in), 0);
      break;
    default: break;
  }
  return s;
}

static void end_scene(scene *s)
{
  sley_input_abort(s->line.in);
  if (s->keeps != NULL) settle(s->keeps);
  drop_line(&s->line);
}

/* ---- a promise ---- */

static void a_promise_of_input(void **unused)
{
  (void)unused;
  for (state st = IDLE; st < STATES; st++) {
    scene s = begin_scene(st, false);
    print_message("input, a promise: %s\n", names[st]);
    sley_promise *p = sley_input_char(s.line.in);
    switch (st) {
      case IDLE:
        peer_writes(&s.line, "c");
        run_gives(p, 'c');
        break;
      case WAITS: /* in line */
        peer_writes(&s.line, "line\nc");
        run_gives(p, 'c');
        break;
      case BODY: { /* in line; inside: runs */
        sley_promise *q = sley_input_char(inside_in);
        peer_writes(&s.line, "ic");
        run_gives(q, 'i');
        assert_true(sley_is_pending(p));
        sley_fulfill(&body, sley_unit());
        run_gives(p, 'c');
        break;
      }
      case BROKEN: run_fails(p, &sley_kind_errno, ECONNRESET); break;
      default: run_fails(p, &sley_kind_sley, SLEY_ECLOSED); break;
    }
    end_scene(&s);
  }
}

static void a_promise_of_output(void **unused)
{
  (void)unused;
  for (state st = IDLE; st < STATES; st++) {
    scene s = begin_scene(st, true);
    print_message("output, a promise: %s\n", names[st]);
    sley_promise *p = sley_output_text(s.line.out, "p");
    switch (st) {
      case IDLE: run_gives(p, 0); break;
      case WAITS: /* in line */
        assert_true(sley_is_pending(p));
        while (sley_is_pending(p)) {
          empty_the_peer(&s.line);
          rest(0);
        }
        assert_false(sley_is_pending(s.keeps));
        run_gives(p, 0);
        break;
      case BODY:
        assert_true(sley_is_pending(p));
        run_gives(sley_output_text(inside_out, "i"), 0);
        sley_fulfill(&body, sley_unit());
        run_gives(p, 0);
        run_gives(sley_output_flush(s.line.out), 0);
        assert_string_equal(peer_reads(&s.line), "ip");
        break;
      case BROKEN: run_fails(p, &sley_kind_errno, EPIPE); break;
      default: run_fails(p, &sley_kind_sley, SLEY_ECLOSED); break;
    }
    end_scene(&s);
  }
}

/* ---- no promise ---- */

static void without_a_promise(void **unused)
{
  (void)unused;
  for (state st = IDLE; st < STATES; st++) {
    scene s = begin_scene(st, false);
    const char *at;
    size_t size;
    print_message("without a promise: %s\n", names[st]);
    static const int lines[] = {[IDLE] = 0,
                                [WAITS] = 0,
                                [BODY] = 0,
                                [DRAINING] = -SLEY_ECLOSED,
                                [BROKEN] = -SLEY_ESYSTEM,
                                [CLOSED] = -SLEY_ECLOSED};
    assert_int_equal(sley_try_line(s.line.in, &at, &size), lines[st]);
    assert_int_equal(sley_input_peek(s.line.in, &at), 0);
    assert_int_equal(sley_input_is_busy(s.line.in), st == WAITS || st == BODY);
    if (st == BODY) assert_int_equal(sley_try_line(inside_in, &at, &size), 0);
    end_scene(&s);
    s = begin_scene(st, true);
    static const int writes[] = {[IDLE] = 0,
                                 [WAITS] = -SLEY_EAGAIN,
                                 [BODY] = -SLEY_EAGAIN,
                                 [DRAINING] = -SLEY_ECLOSED,
                                 [BROKEN] = -SLEY_ESYSTEM,
                                 [CLOSED] = -SLEY_ECLOSED};
    assert_int_equal(sley_output_try_write(s.line.out, "x", 1), writes[st]);
    char *room = sley_output_reserve(s.line.out, 1);
    assert_int_equal(room != NULL, st == IDLE || st == BROKEN);
    if (st == BODY) assert_int_equal(sley_output_try_write(inside_out, "x", 1), 0);
    end_scene(&s);
  }
}

/* ---- close ---- */

static void closing_input(void **unused)
{
  (void)unused;
  for (state st = IDLE; st < STATES; st++) {
    scene s = begin_scene(st, false);
    print_message("input, close: %s\n", names[st]);
    run_gives(sley_input_close(s.line.in), 0); /* at once */
    assert_true(sley_input_is_closed(s.line.in));
    if (st == WAITS || st == BODY) {
      run_fails(s.keeps, &sley_kind_sley, st == WAITS ? SLEY_ECLOSED : SLEY_ECANCELED);
      s.keeps = NULL;
    }
    run_gives(sley_input_close(s.line.in), 0);
    end_scene(&s);
  }
}

static void closing_output(void **unused)
{
  (void)unused;
  for (state st = IDLE; st < STATES; st++) {
    scene s = begin_scene(st, true);
    print_message("output, close: %s\n", names[st]);
    sley_promise *p = sley_output_close(s.line.out);
    if (st == WAITS || st == DRAINING) {
      assert_true(sley_is_pending(p));
      while (sley_is_pending(p)) {
        empty_the_peer(&s.line);
        rest(0);
      }
      if (st == WAITS) assert_int_equal(sley_state(s.keeps), SLEY_PROMISE_STATE_FULFILLED);
    } else if (st == BODY) {
      assert_true(sley_is_pending(p));
      sley_fulfill(&body, sley_unit());
    }
    run_gives(p, 0); /* broken: the error has been told */
    run_gives(sley_output_close(s.line.out), 0);
    end_scene(&s);
  }
}

/* Both have nothing to do once the output has ended; while it does, they are as other promises. */
static void flushing_and_ending(void **unused)
{
  (void)unused;
  for (int ends = 0; ends < 2; ends++)
    for (state st = DRAINING; st < STATES; st++) {
      scene s = begin_scene(st, true);
      print_message("output, %s: %s\n", ends ? "end" : "flush", names[st]);
      sley_promise *p = ends ? sley_output_end(s.line.out) : sley_output_flush(s.line.out);
      if (st == CLOSED) run_gives(p, 0);
      else if (st == DRAINING) run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
      else if (ends) settle(p); /* the error has been told */
      else run_fails(p, &sley_kind_errno, EPIPE);
      end_scene(&s);
    }
}

/* ---- abort, cancel ---- */

static void aborting(void **unused)
{
  (void)unused;
  for (int output = 0; output < 2; output++)
    for (state st = IDLE; st < STATES; st++) {
      scene s = begin_scene(st, output);
      print_message("%s, abort: %s\n", output ? "output" : "input", names[st]);
      if (output) sley_output_abort(s.line.out);
      else sley_input_abort(s.line.in);
      assert_true(sley_input_is_closed(s.line.in));
      assert_true(sley_output_is_closed(s.line.out));
      assert_int_equal(sley_io_fd(sley_input_io(s.line.in)), -1);
      if (s.keeps != NULL) {
        assert_false(sley_is_pending(s.keeps));
        run_fails(s.keeps, &sley_kind_sley, st == BODY ? SLEY_ECANCELED : SLEY_ECLOSED);
        s.keeps = NULL;
      }
      run_fails(sley_input_char(s.line.in), &sley_kind_sley, SLEY_ECLOSED);
      run_fails(sley_output_char(s.line.out, 'x'), &sley_kind_sley, SLEY_ECLOSED);
      end_scene(&s);
    }
}

static void canceling(void **unused)
{
  (void)unused;
  for (int output = 0; output < 2; output++)
    for (state st = WAITS; st <= DRAINING; st++) {
      scene s = begin_scene(st, output);
      print_message("%s, cancel: %s\n", output ? "output" : "input", names[st]);
      sley_cancel(s.keeps);
      if (st == DRAINING) { /* a close goes on */
        assert_true(sley_is_pending(s.keeps));
      } else {
        run_fails(s.keeps, &sley_kind_sley, SLEY_ECANCELED);
        s.keeps = NULL;
        if (output) assert_false(sley_output_is_busy(s.line.out));
        else assert_false(sley_input_is_busy(s.line.in));
      }
      end_scene(&s);
    }
}

/* ---- the domain ends ---- */

static void the_domain_ends(void **unused)
{
  (void)unused;
  for (int output = 0; output < 2; output++)
    for (state st = IDLE; st < STATES; st++) {
      if (output && (st == WAITS || st == DRAINING)) continue; /* five seconds: see test_unsent.c */
      if (st == DRAINING) continue;
      assert_int_equal(begin(false, 0), 0);
      scene s = begin_scene(st, output);
      sley_drop(s.keeps);
      int peer = s.line.peer;
      sley_input *in = sley_input_keep(s.line.in);
      sley_input_drop(s.line.in);
      sley_output_drop(s.line.out);
      sley_input_drop(in); /* or the memory is left */
      if (peer >= 0) close(peer);
      if (finish() != 0) fail_msg("%s", names[st]);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_promise_of_input), TEST(a_promise_of_output), TEST(without_a_promise),
      TEST(closing_input),      TEST(closing_output),      TEST(flushing_and_ending),
      TEST(aborting),           TEST(canceling),           cmocka_unit_test(the_domain_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
