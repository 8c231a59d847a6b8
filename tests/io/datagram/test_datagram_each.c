/* Packets lent to a function: batches, back-pressure, ends, cancel, what it may do to its socket.
 * Tests src/io/datagram/each.c, src/io/datagram/state.c. */
#include <errno.h>

#include "support/packets.h"

typedef struct seen {
  sley_datagram *d;
  size_t packets, calls, most;
  char text[256];
  sley_promise *(*then)(struct seen *seen, const sley_packet *packets, size_t n);
  int drops;
} seen;

static sley_promise *look(void *ctx, const sley_packet *packets, size_t n)
{
  seen *s = ctx;
  s->calls++;
  s->packets += n;
  if (n > s->most) s->most = n;
  for (size_t i = 0; i < n; i++) {
    size_t length = strlen(s->text);
    snprintf(s->text + length, sizeof(s->text) - length, "%.*s ", (int)packets[i].size,
             packets[i].at);
  }
  return s->then != NULL ? s->then(s, packets, n) : sley_return_unit();
}

static void seen_drop(void *ctx) { ((seen *)ctx)->drops++; }

static void send_numbers(sley_datagram *from, const sley_address *to, int first, int n)
{
  char text[16];
  for (int i = first; i < first + n; i++) {
    snprintf(text, sizeof(text), "%d", i);
    assert_int_equal(send_text(from, to, text), 0);
  }
}

static void batches(void **state)
{
  (void)state;
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .batch = 8};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_with(&o);
  sley_address at_b = local(b);
  seen s = {.d = b};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 20);
  WAIT_UNTIL(s.packets == 20);
  assert_int_equal(s.most, 8);
  assert_int_equal(s.calls, 3);
  assert_string_equal(s.text, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ");
  assert_int_equal(counters_of(b).calls_in, 3); /* a short one is the last */
  assert_int_equal(s.drops, 0);
  sley_datagram_drop(b);
  assert_int_equal(s.drops, 1);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  sley_datagram_drop(a);
}

/* Behind a full batch it asks once more; if that was in vain, the next ones are left to the kernel's report. */
static void full_batches_are_not_asked_behind(void **state)
{
  (void)state;
  enum { BATCH = 8, BATCHES = 10 };
  sley_datagram_options o = {.size = sizeof(o), .address = "127.0.0.1:0", .batch = BATCH};
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_with(&o);
  sley_address at_b = local(b);
  seen s = {.d = b};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  for (size_t i = 1; i <= BATCHES; i++) {
    send_numbers(a, &at_b, 0, BATCH);
    WAIT_UNTIL(s.packets == i * BATCH);
    s.text[0] = '\0';
  }
  assert_int_equal(s.calls, BATCHES);
  assert_int_equal(counters_of(b).calls_in, BATCHES + 1);
  /* More than a batch all the same comes whole. */
  send_numbers(a, &at_b, 0, 3 * BATCH);
  WAIT_UNTIL(s.packets == (BATCHES + 3) * BATCH);
  sley_datagram_drop(b);
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  sley_datagram_drop(a);
}

static sley_promise *echo(seen *s, const sley_packet *packets, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sley_packet back = {.at = packets[i].at, .size = packets[i].size, .to = packets[i].from};
    assert_int_equal(sley_datagram_send(s->d, &back), 0);
  }
  return sley_return_unit();
}

/* After the first of its kind, nothing is allocated for a packet. */
static void an_echo_allocates_nothing(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen there = {.d = b, .then = echo}, back = {.d = a};
  sley_promise *p = sley_datagram_each(b, look, &there, seen_drop),
               *q = sley_datagram_each(a, look, &back, seen_drop);
  send_numbers(a, &at_b, 0, 3);
  WAIT_UNTIL(back.packets == 3);
  assert_string_equal(back.text, "0 1 2 ");
  size_t before = __atomic_load_n(&heap.blocks, __ATOMIC_RELAXED);
  memory_fails(1, 0);
  send_numbers(a, &at_b, 0, 3);
  for (int i = 0; i < 1000 && back.packets < 6; i++) assert_null(sley_step(SLEY_MILLISECOND));
  assert_int_equal(__atomic_load_n(&heap.failed, __ATOMIC_RELAXED), 0);
  memory_fails(0, 0);
  assert_int_equal(__atomic_load_n(&heap.blocks, __ATOMIC_RELAXED), before);
  assert_int_equal(back.packets, 6);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
  settle(p);
  settle(q);
}

/* ---- back-pressure ---- */

static sley_promise *held;
static sley_resolver *holder;
static const sley_packet *lent;

static sley_promise *wait_for_it(seen *s, const sley_packet *packets, size_t n)
{
  (void)s;
  (void)n;
  lent = packets;
  held = sley_cancelable(&holder);
  return held;
}

static void nothing_is_received_while_it_waits(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0"),
                *other = open_at("127.0.0.1:0");
  sley_address at_b = local(b), at_other = local(other);
  seen s = {.d = b, .then = wait_for_it};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 1);
  WAIT_UNTIL(s.packets == 1);
  send_numbers(a, &at_b, 2, 2);
  rest(0.01);
  assert_int_equal(s.packets, 1);
  /* What another socket receives meanwhile leaves the lent packet as it is. */
  seen t = {.d = other};
  sley_promise *q = sley_datagram_each(other, look, &t, seen_drop);
  send_numbers(a, &at_other, 7, 1);
  WAIT_UNTIL(t.packets == 1);
  is_text(lent, "1");
  s.then = NULL;
  sley_fulfill(&holder, sley_unit());
  WAIT_UNTIL(s.packets == 3);
  assert_string_equal(s.text, "1 2 3 ");
  sley_datagram_drop(a);
  sley_datagram_drop(b);
  sley_datagram_drop(other);
  settle(p);
  settle(q);
}

/* ---- ends ---- */

static sley_promise *true_at_once(seen *s, const sley_packet *packets, size_t n)
{
  (void)s;
  (void)packets;
  (void)n;
  return sley_return(sley_bool(true));
}
static sley_promise *fails_at_once(seen *s, const sley_packet *packets, size_t n)
{
  (void)s;
  (void)packets;
  (void)n;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "enough"));
}
static sley_promise *aborts(seen *s, const sley_packet *packets, size_t n)
{
  (void)packets;
  (void)n;
  sley_datagram_abort(s->d);
  assert_int_equal(s->drops, 0); /* it runs */
  return sley_return_unit();
}
static sley_promise *drops_its_socket(seen *s, const sley_packet *packets, size_t n)
{
  (void)packets;
  (void)n;
  sley_datagram_drop(s->d);
  s->d = NULL;
  return sley_return_unit();
}

static void ended_by(sley_promise *(*then)(seen *, const sley_packet *, size_t), int code)
{
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen s = {.d = b, .then = then};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 1);
  if (code == 0) run_gives(p, 0);
  else run_fails(p, &sley_kind_sley, code);
  assert_int_equal(s.drops, 1);
  assert_int_equal(s.calls, 1);
  sley_datagram_drop(s.d);
  sley_datagram_drop(a);
}

static void it_ends_itself(void **state)
{
  (void)state;
  ended_by(true_at_once, 0);
  ended_by(fails_at_once, SLEY_ENOTFOUND);
  ended_by(aborts, SLEY_ECLOSED);
  ended_by(drops_its_socket, SLEY_ECLOSED);
}

static void true_later_ends_it(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen s = {.d = b, .then = wait_for_it};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 1);
  WAIT_UNTIL(s.packets == 1);
  sley_fulfill(&holder, sley_bool(true));
  run_gives(p, 0);
  /* What comes now is for whoever asks. */
  send_numbers(a, &at_b, 2, 1);
  receives(b, "2");
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void canceled_while_it_waits_for_packets(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen s = {.d = b};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  rest(0.001);
  send_numbers(a, &at_b, 1, 1);
  run_gives(sley_datagram_flush(a), 0);
  sley_cancel(p);
  assert_int_equal(s.drops, 1);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  rest(0.001);
  assert_int_equal(s.packets, 0);
  receives(b, "1"); /* nothing was consumed */
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static sley_promise *never_canceled(seen *s, const sley_packet *packets, size_t n)
{
  (void)s;
  (void)n;
  lent = packets;
  return held = sley_pending(&holder);
}

static void canceled_while_f_runs_on(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen s = {.d = b, .then = wait_for_it};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 1);
  WAIT_UNTIL(s.packets == 1);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(s.drops, 1);
  sley_resolver_drop(&holder);
  /* A promise that cannot be canceled keeps its packets. */
  s.then = never_canceled;
  p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 2, 1);
  WAIT_UNTIL(s.packets == 2);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(s.drops, 1);
  run_fails(sley_datagram_each(b, look, &s, seen_drop), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(s.drops, 2);
  is_text(lent, "2");
  sley_fulfill(&holder, sley_unit());
  assert_int_equal(s.drops, 3);
  send_numbers(a, &at_b, 3, 1);
  receives(b, "3");
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void closed_while_f_runs_on(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0");
  sley_address at_b = local(b);
  seen s = {.d = b, .then = never_canceled};
  sley_promise *p = sley_datagram_each(b, look, &s, seen_drop);
  send_numbers(a, &at_b, 1, 1);
  WAIT_UNTIL(s.packets == 1);
  run_gives(sley_datagram_close(b), 0);
  is_text(lent, "1");
  sley_datagram_drop(b);
  assert_true(sley_is_pending(p));
  sley_fulfill(&holder, sley_unit());
  run_fails(p, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(s.drops, 1);
  sley_datagram_drop(a);
}

static sley_promise *sleeps(seen *s, const sley_packet *packets, size_t n)
{
  (void)s;
  (void)packets;
  (void)n;
  return sley_sleep(1000);
}

static void left_while_f_runs_on(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0"), *b = open_at("127.0.0.1:0"),
                *c = open_at("127.0.0.1:0");
  sley_address at_b = local(b), at_c = local(c);
  seen s = {.d = b, .then = sleeps}, t = {.d = c, .then = never_canceled};
  sley_drop(sley_datagram_each(b, look, &s, seen_drop));
  sley_drop(sley_datagram_each(c, look, &t, seen_drop));
  send_numbers(a, &at_b, 1, 1);
  send_numbers(a, &at_c, 1, 1);
  WAIT_UNTIL(s.packets == 1 && t.packets == 1);
  assert_int_equal(sley_finish(), 1); /* what its resolver is still held for */
  assert_int_equal(s.drops, 1);
  assert_int_equal(t.drops, 1);
}

static void one_at_a_time(void **state)
{
  (void)state;
  sley_datagram *a = open_at("127.0.0.1:0");
  seen s = {.d = a};
  sley_promise *p = sley_datagram_receive(a);
  run_fails(sley_datagram_each(a, look, &s, seen_drop), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(s.drops, 1);
  sley_cancel(p);
  sley_drop(p);
  p = sley_datagram_each(a, look, &s, seen_drop);
  run_fails(sley_datagram_each(a, look, &s, seen_drop), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(
      strstr(run_fails(sley_datagram_receive(a), &sley_kind_sley, SLEY_EINVAL), "each"));
  sley_cancel(p);
  sley_drop(p);
  sley_datagram_abort(a);
  run_fails(sley_datagram_each(a, look, &s, seen_drop), &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(s.drops, 4);
  sley_datagram_drop(a);
}

/* An error that a peer causes does not end it. */
static void a_refused_packet_does_not_end_it(void **state)
{
  (void)state;
  sley_datagram *gone = open_at("127.0.0.1:0");
  sley_address at = local(gone);
  sley_datagram_drop(gone);
  sley_datagram_options o = {.size = sizeof(o), .peer = text_of(&at)};
  sley_datagram *d = open_with(&o);
  seen s = {.d = d};
  sley_promise *p = sley_datagram_each(d, look, &s, seen_drop);
  send_numbers(d, NULL, 1, 1);
  WAIT_UNTIL(counters_of(d).refused > 0);
  assert_true(sley_is_pending(p));
  gone = open_at(text_of(&at));
  sley_address at_d = local(d);
  send_numbers(gone, &at_d, 5, 1);
  WAIT_UNTIL(s.packets == 1);
  sley_datagram_drop(d);
  sley_datagram_drop(gone);
  settle(p);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(batches),
                                     TEST(full_batches_are_not_asked_behind),
                                     TEST(an_echo_allocates_nothing),
                                     TEST(nothing_is_received_while_it_waits),
                                     TEST(it_ends_itself),
                                     TEST(true_later_ends_it),
                                     TEST(canceled_while_it_waits_for_packets),
                                     TEST(canceled_while_f_runs_on),
                                     TEST(closed_while_f_runs_on),
                                     TEST(left_while_f_runs_on),
                                     TEST(one_at_a_time),
                                     TEST(a_refused_packet_does_not_end_it)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
