/* Bytes that an input gave out cross to another domain while the input has the rest of their block.
 * Tests src/io/bytes/block.c, src/io/channel/input.c, src/io/channel/watch.c. */
#include "support/channels.h"
#include "support/domains.h"

enum { BLOCK = 16384 + 448, GIVEN = 6000 };

static int drops; /* any thread, __atomic */

static sley_promise *drops_bytes(sley_value *arg)
{
  sley_bytes b;
  assert_int_equal(sley_bytes_take(arg, &b), 0);
  for (size_t i = 0; i < b.size; i++) assert_int_equal(b.at[i], 'g');
  sley_bytes_drop(&b);
  __atomic_add_fetch(&drops, 1, __ATOMIC_RELEASE);
  return sley_return_unit();
}

static char given[GIVEN], after[2 * BLOCK];

static void peer_gives(const line_of *l, const char *data, size_t size)
{
  assert_int_equal(write(l->peer, data, size), (ssize_t)size);
}

/* Its data is followed by less than its size says. */
static void the_rest_of_the_block_is_not_read_into(void **state)
{
  (void)state;
  enum { LINES = 16 }; /* their blocks begin at different offsets */
  line_of ls[LINES];
  sley_domain *d = start("other");
  memset(given, 'g', sizeof given);
  memset(after, 'a', sizeof after);
  for (int i = 0; i < LINES; i++) {
    ls[i] = open_line();
    peer_gives(&ls[i], given, GIVEN);
    peer_gives(&ls[i], after, 5000);
    run_gives(sley_input_fill(ls[i].in, GIVEN + 5000), GIVEN + 5000);
  }
  for (int i = 0; i < LINES; i++) {
    sley_value v;
    sley_promise *end = i % 2 == 0 ? NULL : sley_input_watch_end(ls[i].in);
    assert_null(sley_run(sley_input_exactly(ls[i].in, GIVEN), &v));
    const char *at;
    if (end != NULL) assert_int_equal(sley_input_peek(ls[i].in, &at), 5000); /* it stays */
    run_gives(sley_call(d, drops_bytes, v), 0);
    peer_gives(&ls[i], after, sizeof after);
    if (end != NULL) {
      rest(0.005);
      for (int k = 0; k < 5000; k++) assert_int_equal(at[k], 'a');
      sley_cancel(end);
      sley_drop(end);
    }
    run_gives(sley_input_fill(ls[i].in, 5000 + sizeof after), 5000 + sizeof after);
    size_t size = sley_input_peek(ls[i].in, &at);
    assert_int_equal(size, 5000 + sizeof after);
    for (size_t k = 0; k < size; k++) assert_int_equal(at[k], 'a');
    drop_line(&ls[i]);
  }
  end_leaving_nothing(d);
}

static sley_promise *sends_there(void *ctx, sley_value *v)
{
  sley_value bytes;
  assert_int_equal(sley_take(v, &bytes), 0);
  return sley_call(ctx, drops_bytes, bytes);
}

/* All of a block goes, and is freed elsewhere, before the turn ends in which the input had it. */
static void a_block_that_has_gone_is_not_looked_at(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  memset(given, 'g', sizeof given);
  line_of l = open_line(), another = open_line();
  peer_gives(&l, given, GIVEN);
  peer_gives(&l, given, GIVEN);
  run_gives(sley_input_fill(l.in, (size_t)2 * GIVEN), 2 * GIVEN);
  peer_gives(&another, after, 5000);
  run_gives(sley_input_fill(another.in, 5000), 5000);
  sley_promise *calls[2];
  __atomic_store_n(&drops, 0, __ATOMIC_RELAXED);
  for (int i = 0; i < 2; i++) {
    calls[i] = sley_bind(sley_input_exactly(l.in, GIVEN), sends_there, d, NULL); /* now */
    sley_drop(sley_input_fill(another.in, 1)); /* its block is to be looked at, too */
  }
  sley_domain_flush();
  while (__atomic_load_n(&drops, __ATOMIC_ACQUIRE) < 2) usleep(100);
  for (int i = 0; i < 2; i++) run_gives(calls[i], 0);
  rest(0.001);
  drop_line(&l);
  drop_line(&another);
  end_leaving_nothing(d);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_rest_of_the_block_is_not_read_into),
      TEST(a_block_that_has_gone_is_not_looked_at),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
