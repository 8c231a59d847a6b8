/* Ports and broadcasts: order, back-pressure, closing from either side, canceling, ends, memory.
 * Tests src/domain/shared/port.c, src/domain/shared/port_value.c, src/domain/shared/port_wait.c, src/domain/shared/broadcast.c. */
#include "support/domains.h"
#include "support/small_stack.h"

static sley_port *port_of_at_least(size_t capacity)
{
  sley_port *port;
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_port_new(capacity, &port));
  return port;
}

static void one_domain(void **state)
{
  (void)state;
  sley_port *port = port_of_at_least(3);
  sley_value v;
  sley_promise *first = sley_port_get(port), *second = sley_port_get(port);
  assert_true(sley_is_pending(first));
  run_gives(sley_port_put(port, token(1)), 0);
  assert_int_equal(run_token(first), 1);
  assert_int_equal(sley_port_try_get(port, &v), -SLEY_EAGAIN); /* other readers wait */
  run_gives(sley_port_put(port, token(2)), 0);
  assert_int_equal(run_token(second), 2);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  assert_int_equal(sley_port_count(port), 3);
  assert_int_equal(sley_port_try_put(port, token(9)), -SLEY_EAGAIN);
  sley_promise *waits = sley_port_put(port, token(3)), *more = sley_port_put(port, token(4));
  assert_true(sley_is_pending(waits));
  assert_int_equal(sley_port_try_put(port, token(9)), -SLEY_EAGAIN);
  for (int i = 0; i < 5; i++) assert_int_equal(run_token(sley_port_get(port)), i);
  run_gives(waits, 0);
  run_gives(more, 0);
  assert_int_equal(sley_port_try_put(port, stays(9)), -SLEY_ESEND);
  run_fails(sley_port_put(port, stays(9)), &sley_kind_sley, SLEY_ESEND);
  sley_port_drop(port);
  assert_int_equal(code_of_error(sley_port_new(0, &port)), -SLEY_EINVAL);
  assert_null(port);
  assert_int_equal(tokens_alive(), 0);
}

static void closing(void **state)
{
  (void)state;
  sley_port *port = port_of_at_least(3);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  sley_promise *waits = sley_port_put(port, token(3));
  assert_false(sley_port_is_closed(port));
  sley_port_close(port);
  assert_true(sley_port_is_closed(port));
  run_fails(waits, &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_port_put(port, token(4)), &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(sley_port_try_put(port, token(4)), -SLEY_ECLOSED);
  for (int i = 0; i < 3; i++) assert_int_equal(run_token(sley_port_get(port)), i);
  run_fails(sley_port_get(port), &sley_kind_sley, SLEY_EEOF);
  sley_value v;
  assert_int_equal(sley_port_try_get(port, &v), -SLEY_EEOF);
  sley_port_drop(port);
  /* Closing rejects waiting readers; a port dropped with values in it drops them. */
  port = port_of_at_least(3);
  sley_promise *reader = sley_port_get(port), *other = sley_port_get(port);
  sley_port_close(port);
  run_fails(reader, &sley_kind_sley, SLEY_EEOF);
  run_fails(other, &sley_kind_sley, SLEY_EEOF);
  sley_port_drop(port);
  port = port_of_at_least(3);
  assert_int_equal(sley_port_try_put(port, token(1)), 0);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
  /* From the reading side. */
  port = port_of_at_least(3);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  waits = sley_port_put(port, token(3));
  sley_port_close_reading(port);
  assert_int_equal(tokens_alive(), 1); /* only the waiting put's own */
  run_fails(waits, &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(tokens_alive(), 0);
  sley_port_drop(port);
}

static void canceling_loses_nothing(void **state)
{
  (void)state;
  sley_port *port = port_of_at_least(3);
  sley_promise *gets[4];
  for (int i = 0; i < 4; i++) gets[i] = sley_port_get(port);
  sley_cancel(gets[1]); /* before it is woken */
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  sley_cancel(gets[0]); /* woken, with the wake-up still in flight */
  run_fails(gets[0], &sley_kind_sley, SLEY_ECANCELED);
  run_fails(gets[1], &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(run_token(gets[2]), 0);
  assert_int_equal(run_token(gets[3]), 1);
  assert_int_equal(run_token(sley_port_get(port)), 2);
  /* A canceled reader's wake-up goes to the next one. */
  gets[0] = sley_port_get(port);
  gets[1] = sley_port_get(port);
  assert_int_equal(sley_port_try_put(port, token(8)), 0);
  sley_cancel(gets[0]);
  run_fails(gets[0], &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(run_token(sley_with_timeout(gets[1], 60)), 8);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(port, token(i)), 0);
  sley_promise *puts[2] = {sley_port_put(port, token(3)), sley_port_put(port, token(4))};
  sley_cancel(puts[0]);
  run_fails(puts[0], &sley_kind_sley, SLEY_ECANCELED);
  for (int i = 0; i < 3; i++) assert_int_equal(run_token(sley_port_get(port)), i);
  assert_int_equal(run_token(sley_port_get(port)), 4);
  run_gives(puts[1], 0);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- many to many ---- */

enum { WRITERS = 3, READERS = 2, EACH = 3000 };

typedef struct writing {
  sley_port *port;
  int64_t number, next;
} writing;

static void writing_drop(void *ctx)
{
  sley_port_drop(((writing *)ctx)->port);
  free(ctx);
}

static sley_promise *write_on(void *ctx, sley_value *v)
{
  writing *w = ctx;
  (void)v;
  while (w->next < EACH) {
    sley_promise *p = sley_port_put(w->port, token(w->number * EACH + w->next++));
    if (sley_is_pending(p)) return sley_bind(p, write_on, w);
    sley_drop(p);
  }
  return sley_return(sley_unit());
}

static int64_t writer_numbers; /* any thread, __atomic */

static sley_promise *write_all(sley_value *arg)
{
  writing *w = malloc(sizeof(*w));
  *w = (writing){sley_port_keep(sley_port_in(arg)),
                 __atomic_fetch_add(&writer_numbers, 1, __ATOMIC_RELAXED), 0};
  return sley_attach(write_on(w, NULL), w, writing_drop);
}

typedef struct reading {
  sley_port *port;
  int64_t last[WRITERS], count;
} reading;

static void reading_drop(void *ctx)
{
  sley_port_drop(((reading *)ctx)->port);
  free(ctx);
}

static sley_promise *read_on(reading *r);

static sley_promise *got(void *ctx, sley_value *v)
{
  reading *r = ctx;
  int64_t writer = number_in(v) / EACH, number = number_in(v) % EACH;
  if (number <= r->last[writer]) return sley_fail(sley_error_closed()); /* out of order */
  r->last[writer] = number;
  r->count++;
  return read_on(r);
}

static sley_promise *at_end(void *ctx, sley_error *e)
{
  if (e != sley_error_eof()) return sley_fail(sley_error_keep(e));
  return sley_return(sley_int(((reading *)ctx)->count));
}

static sley_promise *read_on(reading *r) { return sley_bind(sley_port_get(r->port), got, r); }

static sley_promise *read_all(sley_value *arg)
{
  reading *r = malloc(sizeof(*r));
  *r = (reading){.port = sley_port_keep(sley_port_in(arg)), .last = {-1, -1, -1}};
  return sley_attach(sley_catch(read_on(r), at_end, r), r, reading_drop);
}

static void many_to_many(void **state)
{
  (void)state;
  static const size_t capacities[] = {1, 3, 100};
  for (int round = 0; round < 3; round++) {
    sley_port *port = port_of_at_least(capacities[round]);
    sley_domain *ds[WRITERS + READERS];
    sley_promise *writers[WRITERS], *readers[READERS];
    writer_numbers = 0;
    for (int i = 0; i < WRITERS + READERS; i++) ds[i] = start("many");
    for (int i = 0; i < READERS; i++)
      readers[i] = sley_call(ds[WRITERS + i], read_all, sley_port_to_value(sley_port_keep(port)));
    for (int i = 0; i < WRITERS; i++)
      writers[i] = sley_call(ds[i], write_all, sley_port_to_value(sley_port_keep(port)));
    run_gives(sley_join(writers, WRITERS), 0);
    sley_port_close(port);
    int64_t count = 0;
    for (int i = 0; i < READERS; i++) {
      sley_value v;
      assert_null(sley_run(readers[i], &v));
      count += v.i;
    }
    assert_int_equal(count, WRITERS * EACH);
    for (int i = 0; i < WRITERS + READERS; i++) end_leaving_nothing(ds[i]);
    sley_port_drop(port);
    assert_int_equal(tokens_alive(), 0);
  }
}

/* Gets are canceled continuously while another domain puts. */
static void canceled_gets_while_others_put(void **state)
{
  (void)state;
  sley_port *port = port_of_at_least(7);
  sley_domain *d = start("writer");
  writer_numbers = 0;
  sley_promise *done = sley_call(d, write_all, sley_port_to_value(sley_port_keep(port)));
  int64_t next = 0;
  for (unsigned i = 0; next < EACH; i++) {
    sley_promise *a = sley_port_get(port), *b = sley_port_get(port);
    if (i % 3 == 0) rest(0);
    sley_cancel(a);
    sley_value v;
    sley_error *e = sley_run(a, &v);
    if (e == NULL) {
      assert_int_equal(number_in(&v), next++);
      sley_value_drop(&v);
    }
    sley_error_drop(e);
    if (next == EACH) sley_cancel(b);
    e = sley_run(b, &v);
    if (e == NULL) {
      assert_int_equal(number_in(&v), next++);
      sley_value_drop(&v);
    }
    sley_error_drop(e);
  }
  run_gives(done, 0);
  end_leaving_nothing(d);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

static sley_promise *get_here(sley_value *arg) { return sley_port_get(sley_port_in(arg)); }

static sley_promise *put_here(sley_value *arg)
{
  return sley_port_put(sley_port_in(arg), token(7));
}

static void domains_end_while_they_wait(void **state)
{
  (void)state;
  for (int round = 0; round < 20; round++) {
    sley_port *empty = port_of_at_least(3), *full = port_of_at_least(3);
    for (int i = 0; i < 3; i++) assert_int_equal(sley_port_try_put(full, token(i)), 0);
    sley_domain *d = start("one");
    sley_promise *a = sley_call(d, get_here, sley_port_to_value(sley_port_keep(empty)));
    sley_promise *b = sley_call(d, put_here, sley_port_to_value(sley_port_keep(full)));
    if (round % 2) rest(0.002);
    sley_promise *down = sley_domain_shutdown(d, 0);
    if (round % 4 < 2) {
      settle(sley_port_get(full)); /* makes room, or wakes a writer, while that ends */
      assert_int_equal(sley_port_try_put(empty, token(5)), 0);
    }
    run_gives(down, 0);
    settle(a);
    settle(b);
    sley_domain_drop(d);
    /* Values that were not taken are still there. */
    sley_value v;
    while (sley_port_try_get(empty, &v) == 0) sley_value_drop(&v);
    while (sley_port_try_get(full, &v) == 0) sley_value_drop(&v);
    sley_port_drop(empty);
    sley_port_drop(full);
    assert_int_equal(tokens_alive(), 0);
  }
}

static void *put_from_outside(void *port)
{
  for (int64_t i = 0; i < EACH;) {
    int code = sley_port_try_put(port, token(i));
    if (code == 0) i++;
    else assert_int_equal(code, -SLEY_EAGAIN);
  }
  sley_port_close(port);
  return NULL;
}

static void foreign_threads_put(void **state)
{
  (void)state;
  sley_port *port = port_of_at_least(15);
  pthread_t foreign;
  assert_int_equal(pthread_create(&foreign, NULL, put_from_outside, port), 0);
  for (int64_t i = 0; i < EACH; i++) assert_int_equal(run_token(sley_port_get(port)), i);
  run_fails(sley_port_get(port), &sley_kind_sley, SLEY_EEOF);
  pthread_join(foreign, NULL);
  sley_port_drop(port);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- broadcast ---- */

static void to_all(void **state)
{
  (void)state;
  sley_broadcast *b;
  sley_port *first, *second;
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_broadcast_new(3, &b));
  run_gives(sley_broadcast_put(b, token(0)), 0); /* no subscriber */
  assert_null(sley_broadcast_subscribe(b, &first));
  assert_null(sley_broadcast_subscribe(b, &second));
  assert_int_equal(sley_broadcast_count(b), 2);
  for (int i = 1; i < 4; i++) run_gives(sley_broadcast_put(b, token(i)), 0);
  sley_promise *waits = sley_broadcast_put(b, token(4));
  for (int i = 1; i < 5; i++) assert_int_equal(run_token(sley_port_get(first)), i);
  assert_true(sley_is_pending(waits)); /* the other one is slow */
  assert_int_equal(run_token(sley_port_get(second)), 1);
  run_gives(waits, 0);
  waits = sley_broadcast_put(b, token(5));
  assert_true(sley_is_pending(waits));
  sley_port_close_reading(second); /* it no longer delays the others */
  run_gives(waits, 0);
  assert_int_equal(sley_broadcast_count(b), 1);
  sley_broadcast_close(b);
  run_fails(sley_broadcast_put(b, token(6)), &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(run_token(sley_port_get(first)), 5);
  run_fails(sley_port_get(first), &sley_kind_sley, SLEY_EEOF);
  sley_port *late;
  assert_int_equal(code_of_error(sley_broadcast_subscribe(b, &late)), -SLEY_ECLOSED);
  sley_port_drop(first);
  sley_port_drop(second);
  sley_broadcast_drop(b);
  assert_null(sley_broadcast_new(3, &b));
  assert_null(sley_broadcast_subscribe(b, &first));
  sley_promise *get = sley_port_get(first);
  sley_broadcast_drop(b);
  run_fails(get, &sley_kind_sley, SLEY_EEOF);
  sley_port_drop(first);
  assert_int_equal(tokens_alive(), 0);
}

static sley_broadcast *air;

static sley_promise *send_next(void *ctx, sley_value *v)
{
  int64_t *next = ctx;
  (void)v;
  if (*next == 500) return sley_return(sley_unit());
  return sley_bind(sley_broadcast_put(air, token((*next)++)), send_next, next);
}

static sley_promise *send_many(sley_value *arg)
{
  int64_t *next = calloc(1, sizeof(*next));
  (void)arg;
  return sley_attach(send_next(next, NULL), next, free);
}

static void two_subscribers_see_one_order(void **state)
{
  (void)state;
  sley_domain *a = start("a"), *b = start("b");
  sley_port *ports[2];
  assert_null(sley_broadcast_new(7, &air));
  for (int i = 0; i < 2; i++) assert_null(sley_broadcast_subscribe(air, &ports[i]));
  sley_promise *pa = sley_call(a, send_many, sley_unit());
  sley_promise *pb = sley_call(b, send_many, sley_unit());
  for (int i = 0; i < 1000; i++)
    assert_int_equal(run_token(sley_port_get(ports[0])), run_token(sley_port_get(ports[1])));
  run_gives(pa, 0);
  run_gives(pb, 0);
  sley_broadcast_drop(air);
  for (int i = 0; i < 2; i++) sley_port_drop(ports[i]);
  end_leaving_nothing(a);
  end_leaving_nothing(b);
  assert_int_equal(tokens_alive(), 0);
}

static void without_memory(void)
{
  tokens.alive = 0;
  sley_port *port;
  sley_broadcast *b;
  if (sley_port_new(3, &port) == NULL) {
    sley_promise *get = sley_port_get(port);
    int64_t put = 0;
    for (int i = 0; i < 5; i++) {
      sley_promise *p = sley_port_put(port, token(i));
      put += sley_state(p) == SLEY_PROMISE_STATE_FULFILLED || sley_is_pending(p);
      if (i == 4) sley_cancel(p);
      sley_drop(p);
    }
    settle(get);
    sley_value v;
    int64_t taken = 0;
    while (sley_port_try_get(port, &v) == 0) {
      taken++;
      sley_value_drop(&v);
    }
    assert_true(taken <= put);
    sley_port_drop(port);
  }
  if (sley_broadcast_new(3, &b) == NULL) {
    sley_port *ports[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++)
      if (sley_broadcast_subscribe(b, &ports[i]) != NULL) assert_null(ports[i]);
    for (int i = 0; i < 3; i++) settle(sley_broadcast_put(b, token(i)));
    for (int i = 0; i < 2; i++) sley_port_drop(ports[i]);
    sley_broadcast_drop(b);
  }
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
}

/* Each value holds the only end of the next port. Dropped on a small stack without a domain. Fault 5. */
static void *drop_value(void *v)
{
  sley_value_drop(v);
  return NULL;
}

static void ports_in_ports(void **state)
{
  (void)state;
  enum { DEPTH = 100000 };
  enum { PORT, READER, WRITER, KINDS };
  for (int kind = 0; kind < KINDS; kind++) {
    sley_value v = token(1);
    for (int i = 0; i < DEPTH; i++) {
      sley_port *port = port_of_at_least(1);
      assert_int_equal(sley_port_try_put(port, v), 0);
      v = kind == PORT     ? sley_port_to_value(sley_port_keep(port))
          : kind == READER ? sley_port_reader_to_value(sley_port_keep(port))
                           : sley_port_writer_to_value(sley_port_keep(port));
      sley_port_drop(port);
    }
    assert_int_equal(tokens_alive(), 1);
    run_on_stack(128, drop_value, &v);
    assert_int_equal(tokens_alive(), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(one_domain),
      TEST(closing),
      TEST(canceling_loses_nothing),
      TEST(many_to_many),
      TEST(canceled_gets_while_others_put),
      TEST(domains_end_while_they_wait),
      TEST(foreign_threads_put),
      TEST(to_all),
      TEST(two_subscribers_see_one_order),
      TEST(ports_in_ports),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
