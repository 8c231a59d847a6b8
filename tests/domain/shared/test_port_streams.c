/* Ports read as streams: order, the end, back-pressure, what a dropped stream leaves behind, writers that die,
 * subscribers, memory; and writing ends.
 * Tests src/domain/shared/port_stream.c, src/domain/shared/port.c. */
#include "support/domains.h"

static sley_port *port_of(size_t capacity)
{
  sley_port *port;
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_port_new(capacity, &port));
  return port;
}

/* The number in the next element; -1 at the end of the stream. */
static int64_t next_of(sley_stream *s)
{
  sley_value v;
  assert_null(sley_run(sley_with_timeout(sley_stream_get(s), 20), &v));
  int64_t number = sley_is_none(&v) ? -1 : number_in(&v);
  sley_value_drop(&v);
  return number;
}

static void elements_and_the_end(void **state)
{
  (void)state;
  sley_port *port = port_of(7);
  sley_stream *s = sley_stream_from_port(port);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  for (int i = 0; i < 3; i++) assert_int_equal(next_of(s), i);
  sley_promise *waits = sley_stream_get(s);
  assert_true(sley_is_pending(waits));
  assert_int_equal(sley_port_try_put(port, token(3)), 0);
  assert_int_equal(run_token(waits), 3);
  /* Closed while a reader waits, and before a read. */
  waits = sley_stream_get(s);
  assert_int_equal(sley_port_count(port), 0);
  sley_port_close(port);
  sley_value v;
  assert_null(sley_run(waits, &v));
  assert_true(sley_is_none(&v));
  assert_true(sley_stream_is_closed(s));
  run_gives(sley_stream_wait_closed(s), 0);
  assert_int_equal(next_of(s), -1);
  run_fails(sley_stream_next(s), &sley_kind_sley, SLEY_EEOF);
  sley_stream_drop(s);
  s = sley_stream_from_port(port);
  assert_int_equal(next_of(s), -1);
  sley_stream_drop(s);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

static void only_what_is_asked_for(void **state)
{
  (void)state;
  sley_port *port = port_of(3);
  sley_stream *s = sley_stream_from_port(port);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  sley_promise *put = sley_port_put(port, token(3));
  rest(0);
  assert_true(sley_is_pending(put)); /* there is no reader */
  assert_int_equal(next_of(s), 0);
  run_gives(put, 0);
  assert_int_equal(sley_port_count(port), 3);
  for (int i = 1; i < 4; i++) assert_int_equal(next_of(s), i);
  /* The read is canceled, and what it requested goes to the next one: one value, no more. */
  sley_promise *read = sley_stream_get(s);
  sley_cancel(read);
  run_fails(read, &sley_kind_sley, SLEY_ECANCELED);
  for (int i = 4; i < 7; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  for (int i = 0; i < 10; i++) rest(0);
  assert_int_equal(sley_port_count(port), 2);
  for (int i = 4; i < 7; i++) assert_int_equal(next_of(s), i);
  sley_stream_drop(s);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

static void clones_and_folds(void **state)
{
  (void)state;
  sley_port *port = port_of(3);
  sley_stream *s = sley_port_to_stream(sley_port_keep(port)), *other;
  assert_null(sley_stream_clone(s, &other));
  sley_promise *all = sley_stream_to_list(s), *all_too = sley_stream_to_list(other);
  for (int i = 0; i < 20; i++) run_gives(sley_port_put(port, token(i)), 0);
  sley_port_close(port);
  sley_value v;
  assert_null(sley_run(all, &v));
  assert_int_equal(sley_list_count(sley_list_in(&v)), 20);
  for (size_t i = 0; i < 20; i++)
    assert_int_equal(number_in(sley_list_item(sley_list_in(&v), i)), i);
  sley_value_drop(&v);
  assert_null(sley_run(all_too, &v));
  assert_int_equal(sley_list_count(sley_list_in(&v)), 20);
  sley_value_drop(&v);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

/* Dropping the last stream leaves the port as it is, with every value that was not taken. */
static void what_goes_leaves_the_port(void **state)
{
  (void)state;
  sley_port *port = port_of(3);
  sley_value v;
  for (int arriving = 0; arriving < 2; arriving++) {
    sley_stream *s = sley_stream_from_port(port);
    sley_promise *read = sley_stream_get(s), *put = NULL;
    assert_true(sley_is_pending(read));
    /* The reader has been woken, but its wake-up has not arrived yet. */
    if (arriving) put = sley_port_put(port, token(5));
    sley_stream_drop(s);
    run_fails(read, &sley_kind_sley, SLEY_EABANDONED);
    if (!arriving) put = sley_port_put(port, token(5));
    run_gives(put, 0);
    assert_int_equal(sley_port_try_get(port, &v), 0);
    assert_int_equal(number_in(&v), 5);
    sley_value_drop(&v);
  }
  assert_false(sley_port_is_closed(port));
  /* Two streams share the port and one is dropped: its turn goes to the other. */
  sley_stream *first = sley_stream_from_port(port), *second = sley_stream_from_port(port);
  sley_promise *a = sley_stream_get(first), *b = sley_stream_get(second);
  assert_int_equal(sley_port_try_put(port, token(6)), 0);
  sley_stream_drop(first);
  run_fails(a, &sley_kind_sley, SLEY_EABANDONED);
  assert_int_equal(run_token(b), 6);
  sley_stream_drop(second);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

/* The owning form closes the port for reading: writers are rejected. */
static void what_goes_closes_its_own_port(void **state)
{
  (void)state;
  for (int waiting = 0; waiting < 2; waiting++) {
    sley_port *port = port_of(3);
    sley_stream *s = sley_port_to_stream(sley_port_keep(port));
    sley_promise *put = NULL, *read = NULL;
    if (waiting) {
      read = sley_stream_get(s);
    } else {
      for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
      put = sley_port_put(port, token(3));
    }
    sley_stream_drop(s);
    assert_true(sley_port_is_closed(port));
    if (put != NULL) run_fails(put, &sley_kind_sley, SLEY_ECLOSED);
    if (read != NULL) run_fails(read, &sley_kind_sley, SLEY_EABANDONED);
    run_fails(sley_port_put(port, token(4)), &sley_kind_sley, SLEY_ECLOSED);
    sley_port_drop(port);
    assert_int_equal(tokens_alive(), 0);
  }
}

/* ---- between domains ---- */

enum { MANY = 5000 };

typedef struct writing {
  sley_port *port;
  int64_t next;
} writing;

static sley_promise *write_on(void *ctx, sley_value *v)
{
  writing *w = ctx;
  (void)v;
  while (w->next < MANY) {
    sley_promise *p = sley_port_put(w->port, token(w->next++));
    if (sley_is_pending(p)) return sley_bind(p, write_on, w);
    sley_drop(p);
  }
  return sley_return(sley_unit());
}

/* arg is a writing end: dropped with the call. */
static sley_promise *write_many(sley_value *arg)
{
  writing *w = malloc(sizeof(*w));
  *w = (writing){sley_port_in(arg), 0};
  return sley_attach(write_on(w, NULL), w, free);
}

static sley_error *in_order(void *ctx, sley_value *v)
{
  int64_t *next = ctx;
  if (number_in(v) != (*next)++) return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "order");
  return NULL;
}

/* Nobody closes the port: the writer's call ends, and with it the last writing end. */
static void from_another_domain(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 7, 1000};
  for (int i = 0; i < 3; i++) {
    sley_port *port = port_of(capacities[i]);
    sley_domain *d = start("writer");
    int64_t next = 0;
    sley_promise *written =
        sley_call(d, write_many, sley_port_writer_to_value(sley_port_keep(port)));
    run_gives(sley_stream_iter(sley_stream_from_port(port), in_order, &next), 0);
    assert_int_equal(next, MANY);
    run_gives(written, 0);
    end_leaving_nothing(d);
    sley_port_drop(port);
    assert_int_equal(tokens_alive(), 0);
  }
}

static sley_promise *write_two_and_wait(sley_value *arg)
{
  sley_port *port = sley_port_in(arg);
  for (int i = 0; i < 2; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  return never(arg);
}

/* Every writer dies: the reader gets the end of the stream. */
static void writers_die(void **state)
{
  (void)state;
  sley_port *port = port_of(7);
  sley_domain *ds[2];
  sley_promise *calls[2];
  sley_value end_here = sley_port_writer_to_value(sley_port_keep(port)), copy;
  for (int i = 0; i < 2; i++) {
    ds[i] = start("writer");
    assert_int_equal(sley_value_dup(&end_here, &copy), 0);
    calls[i] = sley_call(ds[i], write_two_and_wait, copy);
  }
  sley_value_drop(&end_here);
  sley_stream *s = sley_stream_from_port(port);
  for (int i = 0; i < 4; i++) assert_true(next_of(s) >= 0);
  sley_promise *last = sley_stream_get(s);
  run_gives(sley_domain_shutdown(ds[0], 0), 0);
  rest(0);
  assert_true(sley_is_pending(last)); /* the other one can still write */
  run_gives(sley_domain_shutdown(ds[1], 0), 0);
  sley_value v;
  assert_null(sley_run(sley_with_timeout(last, 20), &v));
  assert_true(sley_is_none(&v));
  sley_stream_drop(s);
  for (int i = 0; i < 2; i++) {
    settle(calls[i]);
    sley_domain_drop(ds[i]);
  }
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

static int64_t read_there; /* the reader's; read here after it has ended */

static sley_error *count_one(void *ctx, sley_value *v)
{
  (void)ctx;
  read_there += v->type == &token_type;
  return NULL;
}

static sley_promise *read_to_the_end(sley_value *arg)
{
  sley_port *port = sley_port_keep(sley_port_in(arg));
  return sley_stream_iter(sley_port_to_stream(port), count_one, NULL);
}

/* The reader's domain ends while its stream waits: the port is closed for reading, and nothing is left. */
static void the_reader_dies(void **state)
{
  (void)state;
  for (int round = 0; round < 10; round++) {
    sley_port *port = port_of(3);
    sley_domain *d = start("reader");
    read_there = 0;
    sley_promise *reading = sley_call(d, read_to_the_end, sley_port_to_value(sley_port_keep(port)));
    for (int i = 0; i < 5; i++) run_gives(sley_port_put(port, token(i)), 0);
    sley_promise *down = sley_domain_shutdown(d, 0);
    if (round % 2) settle(sley_port_put(port, token(9)));
    run_gives(down, 0);
    settle(reading);
    sley_domain_drop(d);
    assert_true(read_there >= 2 && read_there <= 6);
    assert_true(sley_port_is_closed(port));
    sley_port_drop(port);
    assert_int_equal(tokens_alive(), 0);
  }
}

static sley_promise *get_two_and_wait(sley_value *arg)
{
  sley_port *port = sley_port_in(arg);
  sley_value v;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sley_port_try_get(port, &v), 0);
    sley_value_drop(&v);
  }
  return never(arg);
}

/* Every reader dies: the writer is rejected. */
static void readers_die(void **state)
{
  (void)state;
  sley_port *port = port_of(3);
  sley_domain *ds[2];
  sley_promise *calls[2];
  sley_value end_here = sley_port_reader_to_value(sley_port_keep(port)), copy;
  for (int i = 0; i < 2; i++) {
    ds[i] = start("reader");
    for (int j = 0; j < 2; j++) assert_int_equal(sley_port_try_put(port, token(j)), 0);
    assert_int_equal(sley_value_dup(&end_here, &copy), 0);
    calls[i] = sley_call(ds[i], get_two_and_wait, copy);
    sley_domain_flush();
    WAIT_UNTIL(sley_port_count(port) == 0);
  }
  sley_value_drop(&end_here);
  for (int j = 0; j < 3; j++) assert_int_equal(sley_port_try_put(port, token(j)), 0);
  sley_promise *put = sley_port_put(port, token(4));
  run_gives(sley_domain_shutdown(ds[0], 0), 0);
  rest(0);
  assert_true(sley_is_pending(put)); /* the other one can still read */
  run_gives(sley_domain_shutdown(ds[1], 0), 0);
  run_fails(put, &sley_kind_sley, SLEY_ECLOSED);
  for (int i = 0; i < 2; i++) {
    settle(calls[i]);
    sley_domain_drop(ds[i]);
  }
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- broadcasts ---- */

static void subscribers_read_streams(void **state)
{
  (void)state;
  sley_broadcast *b;
  sley_port *ports[2];
  sley_stream *s[2];
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_broadcast_new(3, &b));
  for (int i = 0; i < 2; i++) {
    assert_null(sley_broadcast_subscribe(b, &ports[i]));
    s[i] = sley_port_to_stream(ports[i]);
  }
  for (int i = 0; i < 3; i++) run_gives(sley_broadcast_put(b, token(i)), 0);
  sley_promise *put = sley_broadcast_put(b, token(3));
  for (int i = 0; i < 4; i++) assert_int_equal(next_of(s[0]), i);
  assert_true(sley_is_pending(put)); /* for the second reader */
  assert_int_equal(next_of(s[1]), 0);
  run_gives(put, 0);
  put = sley_broadcast_put(b, token(4));
  assert_true(sley_is_pending(put));
  sley_stream_drop(s[1]); /* ends the subscription */
  run_gives(put, 0);
  assert_int_equal(sley_broadcast_count(b), 1);
  assert_int_equal(next_of(s[0]), 4);
  for (int i = 5; i < 8; i++) run_gives(sley_broadcast_put(b, token(i)), 0);
  put = sley_broadcast_put(b, token(8));
  sley_broadcast_close(b); /* the pending put is refused, accepted values are read */
  run_fails(put, &sley_kind_sley, SLEY_ECLOSED);
  for (int i = 5; i < 8; i++) assert_int_equal(next_of(s[0]), i);
  assert_int_equal(next_of(s[0]), -1);
  sley_stream_drop(s[0]);
  sley_broadcast_drop(b);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- memory ---- */

static void without_memory(void)
{
  tokens.alive = 0;
  sley_port *port;
  if (sley_port_new(3, &port) != NULL) return;
  for (int own = 0; own < 2; own++) {
    sley_stream *s = own ? sley_port_to_stream(sley_port_keep(port)) : sley_stream_from_port(port);
    sley_promise *waits = sley_stream_get(s);
    int64_t put = sley_port_try_put(port, token(1)) == 0, got = 0;
    sley_value v;
    if (ran_or_no_memory(waits, &v)) {
      got += !sley_is_none(&v);
      sley_value_drop(&v);
    }
    /* A failed read loses nothing: the next one tries again. */
    for (int i = 0; i < 3 && got < put; i++) {
      if (!ran_or_no_memory(sley_stream_get(s), &v)) continue;
      got += !sley_is_none(&v);
      sley_value_drop(&v);
    }
    sley_promise *given_up = sley_stream_get(s);
    sley_stream_drop(s);
    settle(given_up);
    if (own) assert_true(sley_port_is_closed(port));
    while (sley_port_try_get(port, &v) == 0) {
      got++;
      sley_value_drop(&v);
    }
    if (!own) assert_int_equal(got, put);
  }
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(elements_and_the_end),
      TEST(only_what_is_asked_for),
      TEST(clones_and_folds),
      TEST(what_goes_leaves_the_port),
      TEST(what_goes_closes_its_own_port),
      TEST(from_another_domain),
      TEST(writers_die),
      TEST(the_reader_dies),
      TEST(readers_die),
      TEST(subscribers_read_streams),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
