/* Generators: when they run, what readers get, what the fiber is resumed with, ownership; and failure cases.
 * Tests src/promise/stream/generator.c. */
#include <signal.h>
#include <unistd.h>

#include "promise/promise_floor.h"
#include "support/child.h"
#include "support/world.h"

/* ---- what the generators of these tests do */
typedef struct counting {
  int from, to;
  sley_resolver *between; /* of the promise awaited before each element, if waits */
  bool waits;
  int fails; /* error code at the end */
  sley_stream *inner;
} counting;

static sley_promise *count(void *ctx)
{
  counting *c = ctx;
  note("begin");
  for (int i = c->from; i < c->to; i++) {
    sley_error *e = c->waits ? sley_await(sley_cancelable(&c->between), NULL) : NULL;
    if (e == NULL) e = sley_emit(sley_int(i));
    if (e == NULL) continue;
    note(sley_error_is_canceled(e) ? "canceled" : "failed");
    return sley_fail(e);
  }
  note("end");
  return c->fails != 0 ? sley_fail(error_of(c->fails)) : sley_return(sley_unit());
}

static void gives(sley_stream *s, int64_t i)
{
  sley_promise *p = sley_stream_get(s);
  assert_fulfilled(p, i);
  sley_drop(p);
}
static void ends(sley_stream *s)
{
  sley_promise *p = sley_stream_get(s);
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  assert_true(sley_is_none(sley_promise_value(p)));
  sley_drop(p);
}
static uint64_t fibers(void)
{
  sley_fiber_counters c = {.size = sizeof c};
  sley_fiber_counters_get(&c);
  return c.live;
}

/* ---- giving */
static void runs_when_it_is_read_and_no_further(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 3};
  sley_stream *s = sley_stream_generate(count, &c);
  assert_log("");
  gives(s, 1);
  assert_log("begin");
  gives(s, 2);
  assert_log("begin");
  ends(s);
  assert_log("begin end");
  ends(s);
  assert_true(sley_stream_is_closed(s));
  assert_int_equal(fibers(), 0);
  sley_stream_drop(s);
}

static void awaits_between(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 3, .waits = true};
  sley_stream *s = sley_stream_generate(count, &c);
  sley_promise *first = sley_stream_get(s), *same = sley_stream_get(s);
  assert_pending(first);
  sley_fulfill(&c.between, sley_unit());
  assert_fulfilled(first, 1);
  assert_fulfilled(same, 1); /* waiters at the same position share an element */
  sley_drop(first);
  sley_drop(same);
  assert_null(c.between); /* the second one was not requested */
  sley_promise *second = sley_stream_get(s);
  sley_on_success(second, note_value, "second");
  sley_fulfill(&c.between, sley_unit());
  assert_fulfilled(second, 2);
  sley_drop(second);
  ends(s);
  assert_log("begin second end");
  sley_stream_drop(s);
}

static void an_error_ends_the_stream(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 2, .fails = 5};
  sley_stream *s = sley_stream_generate(count, &c);
  gives(s, 1);
  sley_promise *p = sley_stream_get(s);
  assert_rejected(p, 5);
  sley_drop(p);
  ends(s);
  sley_stream_drop(s);
}

static sley_promise *give_later(void *ctx)
{
  sley_error *e = sley_emit(sley_int(1));
  return e != NULL ? sley_fail(e) : sley_cancelable(ctx);
}
static void follows_the_promise_it_returns(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_stream *s = sley_stream_generate(give_later, &r);
  gives(s, 1);
  sley_promise *p = sley_stream_get(s);
  assert_pending(p);
  sley_reject(&r, error_of(6));
  assert_rejected(p, 6);
  sley_drop(p);
  ends(s);
  sley_stream_drop(s);
}

static sley_promise *give_things(void *ctx)
{
  (void)ctx;
  for (int i = 1; i <= 3; i++) {
    sley_error *e = sley_emit(sley_own(thing_new(i), &type_mover));
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_own(thing_new(9), &type_mover)); /* dropped: the end has no value */
}
static sley_promise *take_thing(void *ctx)
{
  void *t;
  sley_error *e = sley_await_ptr(sley_stream_get(ctx), &type_mover, &t);
  if (e != NULL) return sley_fail(e);
  int number = ((thing *)t)->number;
  thing_drop(t);
  return sley_return(sley_int(number));
}
static void elements_have_one_owner(void **state)
{
  (void)state;
  sley_stream *s = sley_stream_generate(give_things, NULL), *clone;
  sley_promise *p = sley_spawn(take_thing, s); /* moves it out */
  assert_fulfilled(p, 1);
  assert_int_equal(things_alive, 0);
  sley_drop(p);
  assert_null(sley_stream_clone(s, &clone));
  sley_drop(sley_stream_get(s)); /* the clone still has it */
  assert_int_equal(things_alive, 1);
  p = sley_stream_get(clone);
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(p), &type_mover))->number, 2);
  sley_drop(p);
  sley_stream_drop(clone);
  sley_drop(sley_stream_get(s));
  ends(s);
  assert_int_equal(things_alive, 0);
  sley_stream_drop(s);
}

/* ---- readers that are dropped */
static void a_dropped_stream_ends_its_generator(void **state)
{
  (void)state;
  counting never = {.from = 1, .to = 3};
  sley_stream_drop(sley_stream_generate(count, &never));
  assert_log("");
  counting c = {.from = 1, .to = 3};
  sley_stream *s = sley_stream_generate(count, &c), *clone;
  gives(s, 1);
  assert_null(sley_stream_clone(s, &clone));
  sley_stream_drop(s);
  assert_log("begin");
  sley_stream_drop(clone);
  assert_log("begin canceled");
  assert_int_equal(fibers(), 0);
  /* While it awaits something else, that is canceled. */
  counting w = {.from = 1, .to = 3, .waits = true};
  s = sley_stream_generate(count, &w);
  sley_promise *p = sley_stream_get(s);
  sley_stream_drop(s);
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
  assert_log("begin canceled begin canceled");
  assert_int_equal(fibers(), 0);
  sley_resolver_drop(&w.between);
  assert_int_equal(world.unhandled, 0);
}

static void a_canceled_read_leaves_the_generator_alone(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 3, .waits = true};
  sley_stream *s = sley_stream_generate(count, &c);
  sley_promise *p = sley_stream_get(s);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_drop(p);
  assert_log("begin");
  sley_fulfill(&c.between, sley_unit()); /* is queued for any later reader */
  gives(s, 1);
  p = sley_stream_get(s);
  sley_fulfill(&c.between, sley_unit());
  sley_drop(p);
  ends(s);
  sley_stream_drop(s);
}

static sley_promise *cleans_up_slowly(void *ctx)
{
  sley_error *e = sley_emit(sley_own(thing_new(1), &type_mover));
  sley_error *again = sley_emit(sley_own(thing_new(2), &type_mover)); /* immediately */
  assert_true(sley_error_is_canceled(e) && sley_error_is_canceled(again));
  sley_error *slow = sley_await(sley_cancelable(ctx), NULL); /* delivered once: cleanup can wait */
  assert_null(slow);
  note("cleaned");
  return sley_fail(error_of(7));
}
static void cleaning_up_may_wait_and_fail(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_stream *s = sley_stream_generate(cleans_up_slowly, &r);
  sley_drop(sley_stream_get(s));
  sley_stream_drop(s);
  assert_int_equal(fibers(), 1);
  sley_fulfill(&r, sley_unit());
  assert_log("cleaned");
  assert_int_equal(world.unhandled, 1);
  assert_string_equal(world.unhandled_text, "error 7");
  assert_int_equal(fibers(), 0);
}

static void a_shielded_one_hears_of_it_when_it_gives(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 3, .waits = true};
  sley_spawn_options o = {.size = sizeof o, .not_cancelable = true};
  sley_stream *s = sley_stream_generate_with(&o, count, &c, NULL);
  sley_promise *p = sley_stream_get(s);
  sley_stream_drop(s);
  sley_drop(p);
  assert_log("begin");
  sley_fulfill(&c.between, sley_unit());
  assert_log("begin canceled");
  assert_int_equal(fibers(), 0);
}

static sley_stream *own_stream;
static sley_promise *drops_its_own(void *ctx)
{
  sley_stream_drop(own_stream);
  sley_error *e = sley_await(sley_cancelable(ctx), NULL);
  note(sley_error_is_canceled(e) ? "canceled" : "not");
  return sley_fail(e);
}
static void a_generator_may_drop_its_own_stream(void **state)
{
  (void)state;
  sley_resolver *r;
  own_stream = sley_stream_generate(drops_its_own, &r);
  sley_promise *p = sley_stream_get(own_stream);
  assert_log("canceled");
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
  sley_resolver_drop(&r);
}

/* ---- nested generators, storage, names, contexts */
static sley_promise *twice(void *ctx)
{
  counting *c = ctx;
  c->inner = sley_stream_generate(count, c);
  sley_error *e = NULL;
  while (e == NULL) {
    sley_value v;
    e = sley_await(sley_stream_get(c->inner), &v);
    if (e != NULL || sley_is_none(&v)) break;
    e = sley_emit(sley_int(v.i * 2));
  }
  sley_stream_drop(c->inner); /* the only exit */
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void generators_nest(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 4, .waits = true};
  sley_stream *s = sley_stream_generate(twice, &c);
  for (int i = 1; i <= 2; i++) {
    sley_promise *p = sley_stream_get(s);
    sley_fulfill(&c.between, sley_unit());
    assert_fulfilled(p, 2 * i);
    sley_drop(p);
  }
  assert_int_equal(fibers(), 2);
  sley_stream_drop(s);
  assert_log("begin canceled");
  assert_int_equal(fibers(), 0);
}

static const sley_key key = SLEY_KEY("test");
static sley_promise *give_bound(void *ctx)
{
  (void)ctx;
  note(sley_fiber_name());
  for (;;) {
    const sley_value *v = sley_storage_get(&key);
    sley_error *e = sley_emit(sley_int(v != NULL ? v->i : -1));
    if (e != NULL) return sley_fail(e);
  }
}
static sley_stream *bound_stream, *empty_stream;
static sley_promise *make_bound(void *ctx)
{
  char name[16] = "source";
  sley_spawn_options o = {.size = sizeof o, .name = name, .empty_storage = true};
  bound_stream = sley_stream_generate(give_bound, ctx);
  empty_stream = sley_stream_generate_with(&o, give_bound, ctx, NULL);
  name[0] = 'x'; /* copied */
  return sley_return(sley_unit());
}
static sley_promise *read_bound(void *ctx)
{
  (void)ctx;
  gives(bound_stream, 4);
  return sley_return(sley_unit());
}
static void storage_is_that_of_where_it_was_made(void **state)
{
  (void)state;
  sley_drop(sley_with_value(&key, sley_int(4), make_bound, NULL));
  gives(bound_stream, 4);
  sley_drop(sley_with_value(&key, sley_int(5), read_bound, NULL));
  assert_non_null(strstr(logged, "test_generator.c:"));
  logged[0] = '\0';
  gives(empty_stream, -1);
  assert_log("source");
  sley_stream_drop(bound_stream);
  sley_stream_drop(empty_stream);
}

static void free_thing(void *ctx) { thing_drop(ctx); }
static sley_promise *give_number(void *ctx)
{
  sley_error *e = sley_emit(sley_int(((thing *)ctx)->number));
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void owned_contexts_are_freed_once(void **state)
{
  (void)state;
  sley_stream_drop(sley_stream_generate(give_number, thing_new(1), free_thing));
  assert_int_equal(things_alive, 0);
  sley_stream *s = sley_stream_generate(give_number, thing_new(2), free_thing);
  gives(s, 2);
  assert_int_equal(things_alive, 1);
  ends(s);
  assert_int_equal(things_alive, 0); /* once the function has returned */
  sley_stream_drop(s);
}

static void other_functions_read_them(void **state)
{
  (void)state;
  counting c = {.from = 1, .to = 101};
  sley_promise *p = sley_stream_to_list(sley_stream_generate(count, &c));
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  const sley_value *v = sley_promise_value(p);
  assert_int_equal(sley_list_count(sley_list_in(v)), 100);
  sley_drop(p);
}

/* ---- failure cases */
static void the_domain_ends(void **state)
{
  (void)state;
  sley_domain *d;
  assert_null(sley_domain_new(world.runtime, "short", &d));
  sley_domain_enter(d);
  counting c = {.from = 1, .to = 9}, w = {.from = 1, .to = 9, .waits = true};
  sley_stream *s = sley_stream_generate(count, &c), *t = sley_stream_generate(count, &w);
  gives(s, 1);
  sley_drop(sley_stream_get(t));
  sley_domain_leave(d);
  sley_domain_end(d); /* the memory of the streams is freed with it */
  assert_log("begin begin canceled canceled");
}

static sley_promise *give_two_things(void *ctx)
{
  for (int i = 1; i <= 2; i++) {
    sley_error *e = sley_emit(sley_own(thing_new(i), &type_mover));
    if (e == NULL) e = sley_await(sley_cancelable(ctx), NULL);
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_unit());
}
static void scenario(void)
{
  sley_resolver *r = NULL;
  thing *t = thing_new(0);
  sley_stream *s = sley_stream_generate(give_number, t, free_thing);
  sley_stream *things = sley_stream_generate(give_two_things, &r);
  for (int i = 0; i < 4; i++) {
    sley_promise *p = sley_stream_get(s), *q = sley_stream_get(things);
    sley_fulfill(&r, sley_unit());
    sley_promise *both[] = {p, q};
    for (int k = 0; k < 2; k++) {
      if (sley_state(both[k]) == SLEY_PROMISE_STATE_REJECTED)
        assert_true(sley_error_is(sley_promise_error(both[k]), &sley_kind_sley, SLEY_ENOMEM));
      sley_drop(both[k]);
    }
  }
  sley_stream_drop(s);
  sley_stream_drop(things);
  sley_resolver_drop(&r);
  assert_int_equal(things_alive, 0);
}
static void each_allocation_may_fail(void **state)
{
  (void)state;
  each_allocation_fails(scenario);
}

/* Retries steps that find no memory. */
static sley_promise *give_three_slowly(void *ctx)
{
  for (int i = 1; i <= 3;) {
    sley_error *e = sley_await(sley_cancelable(ctx), NULL);
    if (e == NULL) e = sley_emit(sley_int(i));
    if (e == NULL) i++;
    else if (!sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM)) return sley_fail(e);
  }
  return sley_return(sley_unit());
}

static int errors_made; /* there can be no memory for one */
static sley_promise *fail_after_three(void *ctx)
{
  sley_promise *p = give_three_slowly(ctx);
  if (sley_state(p) != SLEY_PROMISE_STATE_FULFILLED) return p;
  sley_drop(p);
  for (;;) {
    sley_error *e = sley_await(sley_cancelable(ctx), NULL);
    sley_error_drop(e);
    if (e != NULL) continue;
    p = sley_fail(sley_error_new(&kind_test, 5, "the end"));
    errors_made = sley_error_is(sley_promise_error(p), &kind_test, 5);
    return p;
  }
}

/* The fiber continues when a stream is read; goes_on: and once more after each read. An error it ends with is
 * returned once. */
static void read_patiently(sley_start_fn *fn, bool goes_on)
{
  int errors = 0;
  sley_resolver *r = NULL;
  sley_stream *s = sley_stream_generate(fn, &r);
  int64_t last = 0;
  bool ended = false;
  errors_made = 0;
  for (int tries = 0; tries < 100 && !ended; tries++) {
    sley_promise *p = sley_stream_get(s);
    for (int i = 0; i < 100 && sley_is_pending(p); i++) sley_fulfill(&r, sley_unit());
    assert_false(sley_is_pending(p));
    if (goes_on) sley_fulfill(&r, sley_unit());
    const sley_value *v = sley_promise_value(p);
    ended = v != NULL && sley_is_none(v);
    if (v != NULL && !ended) assert_int_equal(v->i, ++last);
    if (v == NULL && sley_error_is(sley_promise_error(p), &kind_test, 5)) errors++;
    else if (v == NULL)
      assert_true(sley_error_is(sley_promise_error(p), &sley_kind_sley, SLEY_ENOMEM));
    sley_drop(p);
  }
  assert_int_equal(last, ended ? 3 : 0); /* 0: there was no memory for the stream itself */
  assert_true(errors <=
              errors_made); /* a read without memory for its rejection reports that instead */
  sley_stream_drop(s);
  sley_resolver_drop(&r);
}
static void patient_reader(void) { read_patiently(give_three_slowly, false); }
static void patient_reader_of_one_that_fails(void) { read_patiently(fail_after_three, false); }
static void one_that_ends_while_nobody_reads(void) { read_patiently(fail_after_three, true); }
static void no_element_is_lost_for_want_of_memory(void **state)
{
  (void)state;
  each_allocation_fails(patient_reader);
  each_allocation_fails(patient_reader_of_one_that_fails);
  each_allocation_fails(one_that_ends_while_nobody_reads);
}

/* ---- readers triggered by the generator's own actions */
static sley_promise *read_too(void *ctx, sley_value *v)
{
  (void)v;
  *(sley_promise **)ctx = sley_stream_get(own_stream);
  return sley_return(sley_unit());
}
static sley_promise *tells_and_gives(void *ctx)
{
  sley_fulfill_now(ctx, sley_unit());
  for (int i = 1; i <= 2; i++) {
    sley_error *e = sley_emit(sley_int(i));
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_unit());
}
static sley_promise *tells_waits_and_gives(void *ctx)
{
  sley_fulfill_now(ctx, sley_unit());
  for (int i = 1; i <= 3; i++) {
    sley_error *e = sley_await(sley_cancelable(ctx), NULL);
    if (e == NULL) e = sley_emit(sley_int(i));
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_unit());
}
static void reads_inside_a_read_that_waits(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *second = NULL, *told = sley_bind(sley_pending(&r), read_too, &second);
  own_stream = sley_stream_generate(tells_waits_and_gives, &r);
  sley_promise *first = sley_stream_get(own_stream);
  for (int i = 0; i < 3; i++) sley_wakeup_paused(); /* the second one has asked */
  sley_fulfill(&r, sley_unit());
  assert_fulfilled(first, 1);
  sley_promise *third = sley_stream_get(own_stream), *fourth = NULL;
  for (int i = 0; i < 10 && (sley_is_pending(second) || sley_is_pending(third)); i++) {
    sley_wakeup_paused();
    sley_fulfill(&r, sley_unit());
  }
  assert_fulfilled(third, 2);
  assert_false(sley_is_pending(second));
  fourth = sley_stream_get(own_stream);
  for (int i = 0; i < 10 && sley_is_pending(fourth); i++) sley_fulfill(&r, sley_unit());
  assert_fulfilled(fourth, 3);
  ends(own_stream);
  sley_drop(first);
  sley_drop(second);
  sley_drop(third);
  sley_drop(fourth);
  sley_drop(told);
  sley_resolver_drop(&r);
  sley_stream_drop(own_stream);
}
static void a_read_inside_a_read_gets_the_same(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *second = NULL, *told = sley_bind(sley_pending(&r), read_too, &second);
  own_stream = sley_stream_generate(tells_and_gives, &r);
  sley_promise *first = sley_stream_get(own_stream);
  assert_fulfilled(first, 1);
  while (sley_is_pending(second)) sley_wakeup_paused();
  assert_fulfilled(second, 1); /* waiters at the same position share an element */
  gives(own_stream, 2);
  ends(own_stream);
  sley_drop(first);
  sley_drop(second);
  sley_drop(told);
  sley_stream_drop(own_stream);
}

/* ---- cases that must abort: each in its own process */
static sley_promise *emits_in_a_plain_fiber(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_emit(sley_int(1));
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void in_a_plain_fiber(void) { sley_drop(sley_spawn(emits_in_a_plain_fiber, NULL)); }
static void outside(void) { sley_error_drop(sley_emit(sley_int(1))); }
static sley_promise *emit_in_bind(void *ctx, sley_value *v)
{
  (void)v;
  return emits_in_a_plain_fiber(ctx);
}
static sley_promise *binds(void *ctx)
{
  return sley_bind(sley_return(sley_unit()), emit_in_bind, ctx);
}
static sley_promise *spawns(void *ctx) { return sley_spawn(emits_in_a_plain_fiber, ctx); }
static sley_promise *emits_none(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_emit(sley_none());
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static sley_promise *returns_null(void *ctx)
{
  (void)ctx;
  return NULL;
}
static void read_of(sley_start_fn *fn)
{
  sley_drop(sley_stream_get(sley_stream_generate(fn, NULL)));
}
static void in_a_callback(void) { read_of(binds); }
static void in_another_fiber(void) { read_of(spawns); }
static void none(void) { read_of(emits_none); }
static void null(void) { read_of(returns_null); }
static void no_size(void)
{
  sley_spawn_options o = {0};
  sley_stream_drop(sley_stream_generate_with(&o, returns_null, NULL, NULL));
}

static const struct misuse {
  void (*run)(void);
  const char *says;
} cases[] = {{outside, "sley_emit at"},
             {outside, "outside a fiber"},
             {in_a_plain_fiber, "is no generator"},
             {in_another_fiber, "is no generator"},
             {in_a_callback, "callback that runs on the stack"},
             {none, "return from the function"},
             {null, "sley_stream_generate at"},
             {no_size, "sizeof(sley_spawn_options)"}};

static void every_misuse_aborts(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[4096];
    int status = run_in_child(cases[i].run, text, sizeof text);
    if (!aborted(status) || strstr(text, cases[i].says) == NULL)
      fail_msg("case %zu: status %x, says: %s", i, (unsigned)status, text);
  }
}

/* ---- canceled, once, as by a domain that shuts down */

static sley_promise *gives_regardless(void *ctx)
{
  for (int i = 0; i < 3; i++) {
    sley_error *e = sley_emit(sley_own(thing_new(i), &type_mover));
    *(int *)ctx += sley_error_is_canceled(e);
    sley_error_drop(e);
  }
  return sley_return(sley_unit());
}
static void one_that_was_told_is_told_again(void **state)
{
  (void)state;
  int told = 0;
  sley_stream *s = sley_stream_generate(gives_regardless, &told);
  sley_drop(sley_stream_get(s));
  sley__fibers_cancel(world.domain);
  assert_int_equal(told, 3);
  sley_promise *p = sley_stream_get(s);
  assert_true(sley_is_none(sley_promise_value(p)));
  sley_drop(p);
  sley_stream_drop(s);
}

int main(void)
{
  const struct CMUnitTest once[] = {
      cmocka_unit_test(each_allocation_may_fail),
      cmocka_unit_test(no_element_is_lost_for_want_of_memory),
      cmocka_unit_test(every_misuse_aborts),
  };
  const struct CMUnitTest tests[] = {
      TEST(runs_when_it_is_read_and_no_further),
      TEST(awaits_between),
      TEST(an_error_ends_the_stream),
      TEST(follows_the_promise_it_returns),
      TEST(elements_have_one_owner),
      TEST(a_dropped_stream_ends_its_generator),
      TEST(a_canceled_read_leaves_the_generator_alone),
      TEST(cleaning_up_may_wait_and_fail),
      TEST(a_shielded_one_hears_of_it_when_it_gives),
      TEST(a_generator_may_drop_its_own_stream),
      TEST(a_read_inside_a_read_gets_the_same),
      TEST(reads_inside_a_read_that_waits),
      TEST(generators_nest),
      TEST(storage_is_that_of_where_it_was_made),
      TEST(owned_contexts_are_freed_once),
      TEST(other_functions_read_them),
      TEST(the_domain_ends),
      TEST(one_that_was_told_is_told_again),
  };
  return cmocka_run_group_tests_name("once", once, NULL, NULL) + RUN_TESTS(tests);
}
