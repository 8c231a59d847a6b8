/* Like test_plain.c, for fibers, generators, scopes, events and signals, and functions that read values: the plain
 * names have the same effect as the macros, but without a site.
 * Tests src/promise/core/promise.c, src/promise/core/lent.c. */
#include "support/world.h"

static sley_promise *awaits(void *ctx)
{
  sley_value v, text;
  int64_t number;
  void *got;
  assert_null((sley_await)(sley_pause(), NULL));
  assert_null((sley_await)(sley_return(sley_int(1)), &v));
  assert_null((sley_await_int)(sley_return(sley_int(2)), &number));
  assert_null((sley_yield)());
  assert_null(sley_text("three", &text));
  assert_null((sley_await_ptr)(sley_return(text), &sley_type_text, &got));
  assert_string_equal((char *)got, "three");
  sley_type_text.drop(got);
  *(int *)ctx += 1;
  return sley_return(sley_int(v.i + number));
}
static void turn(void)
{
  while (sley_paused_count() > 0) sley_wakeup_paused();
}
static void gives_three(sley_promise *p)
{
  assert_string_equal(sley_site(p), "");
  turn();
  assert_fulfilled(p, 3);
  sley_drop(p);
}

static int dropped;
static void count_drop(void *ctx)
{
  (void)ctx;
  dropped++;
}

static void fibers(void **state)
{
  (void)state;
  const sley_spawn_options named = {.size = sizeof named, .name = "named"};
  int runs = 0;
  dropped = 0;
  gives_three((sley_spawn)(awaits, &runs, NULL));
  gives_three((sley_spawn)(awaits, &runs, count_drop));
  gives_three((sley_spawn_with)(&named, awaits, &runs, count_drop));
  (sley_spawn_async)(awaits, &runs, count_drop);
  (sley_spawn_async_with)(&named, awaits, &runs, count_drop);
  turn();
  assert_int_equal(runs, 5);
  assert_int_equal(dropped, 4);
}

static sley_promise *emits(void *ctx)
{
  for (int i = 1; i <= 2; i++) {
    sley_error *e = (sley_emit)(sley_int(i));
    if (e != NULL) return sley_fail(e);
  }
  *(int *)ctx += 1;
  return sley_return(sley_unit());
}
static void read_two(sley_stream *s)
{
  for (int i = 1; i <= 2; i++) {
    sley_promise *p = sley_stream_get(s);
    assert_fulfilled(p, i);
    sley_drop(p);
  }
  sley_promise *end = sley_stream_get(s);
  assert_true(sley_is_none(sley_promise_value(end)));
  sley_drop(end);
  sley_stream_drop(s);
}

static void generators(void **state)
{
  (void)state;
  int ends = 0;
  dropped = 0;
  read_two((sley_stream_generate)(emits, &ends, NULL));
  read_two((sley_stream_generate)(emits, &ends, count_drop));
  read_two((sley_stream_generate_with)(NULL, emits, &ends, count_drop));
  assert_int_equal(ends, 3);
  assert_int_equal(dropped, 2);
}

static sley_promise *three(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_int(3));
}
static sley_promise *body(void *ctx, sley_scope *scope)
{
  assert_int_equal((sley_scope_spawn)(scope, awaits, ctx, NULL), 0);
  assert_int_equal((sley_scope_spawn)(scope, awaits, ctx, count_drop), 0);
  assert_int_equal((sley_scope_spawn_with)(scope, NULL, awaits, ctx, count_drop), 0);
  return (sley_bind)((sley_scope_wait)(scope), three, NULL, NULL);
}

static void scopes(void **state)
{
  (void)state;
  int runs = 0;
  dropped = 0;
  gives_three((sley_with_scope)(body, &runs, count_drop));
  gives_three((sley_with_supervisor)(note_error, body, &runs, NULL));
  gives_three((sley_with_supervisor)(note_error, body, &runs, count_drop));
  assert_int_equal(runs, 9);
  assert_int_equal(dropped, 8);
  assert_log("");
}

static void values(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_value v;
  assert_null(sley_list_new(SLEY_VALUES(sley_int(5), sley_int(6)), &v));
  assert_int_equal((sley_list_item)((sley_list_in)(&v), 1)->i, 6);
  sley_value_drop(&v);
  sley_promise *p = sley_nchoose_split(SLEY_PROMISES(sley_pending(&r), sley_return(sley_int(7))));
  assert_int_equal(sley_split_pending_count((sley_split_in)(sley_promise_value(p))), 1);
  sley_drop(p);
  sley_resolver_drop(&r);
  v = sley_int(4);
  assert_int_equal((sley_value_int)(&v), 4);
  v = sley_double(0.5);
  assert_true((sley_value_double)(&v) == 0.5);
  v = sley_bool(true);
  assert_true((sley_value_bool)(&v));
  v = sley_borrow(&r);
  assert_ptr_equal((sley_value_borrowed)(&v), &r);
}

static sley_promise *one_more(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i + 1));
}
static sley_promise *yes(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_bool(true));
}
static sley_promise *count_of(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int((int64_t)sley_list_count(sley_list_in(v))));
}
static sley_promise *sum(void *ctx, sley_value *a, sley_value *b)
{
  (void)ctx;
  return sley_return(sley_int(a->i + b->i));
}
static sley_promise *a_signal(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_signal_to_value(sley_signal_const(sley_int(v->i + 7))));
}
static void is_signal_of(sley_promise *p, int64_t i)
{
  assert_int_equal(sley_signal_value(sley_signal_in(sley_promise_value(p)))->i, i);
  sley_drop(p);
}

static void events_and_signals(void **state)
{
  (void)state;
  sley_signal *s = sley_signal_const(sley_int(2)), *twice[] = {s, s};
  is_signal_of((sley_signal_map_s)(s, NULL, one_more, NULL, NULL), 3);
  is_signal_of((sley_signal_bind_s)(s, NULL, a_signal, NULL, NULL), 9);
  is_signal_of((sley_signal_filter_s)(s, sley_int(5), NULL, yes, NULL, NULL), 2);
  is_signal_of((sley_signal_fmap_s)(s, sley_int(5), NULL, one_more, NULL, NULL), 3);
  is_signal_of((sley_signal_lift_s)(twice, 2, NULL, count_of, NULL, NULL), 2);
  is_signal_of((sley_signal_merge_s)(twice, 2, sley_int(1), NULL, sum, NULL, NULL), 5);
  sley_event *e = sley_event_new();
  sley_stream *stream = (sley_stream_from_event)(e);
  sley_promise *next = (sley_event_next)(e), *read = sley_stream_get(stream);
  assert_int_equal(sley_event_push(e, sley_int(4)), 0);
  assert_fulfilled(next, 4);
  assert_fulfilled(read, 4);
  sley_drop(next);
  sley_drop(read);
  sley_stream_drop(stream);
  sley_event_drop(e);
  sley_signal_drop(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(fibers), TEST(generators), TEST(scopes), TEST(values),
                                     TEST(events_and_signals)};
  return RUN_TESTS(tests);
}
