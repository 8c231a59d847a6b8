/* What still waits when its domain ends: each function that keeps a ctx drops it exactly once, and so are the values
 * of the storage under which it was called.
 * Tests src/promise/scheduler/end.c, src/promise/core/storage.c, src/promise/scope/scope.c. */
#include "support/world.h"

#include <sley/generator.h>
#include <sley/match.h>
#include <sley/mvar.h>
#include <sley/pool.h>
#include <sley/retry.h>
#include <sley/seq.h>

static int dropped[64], started;

static void count_drop(void *ctx) { ++*(int *)ctx; }

/* The next ctx, and the way to drop it. */
#define OWNED &dropped[started++], count_drop

/* ---- callbacks, which are never called or never answer */

static sley_promise *never(void)
{
  sley_resolver *r;
  return sley_pending(&r); /* nobody answers, and the resolver is lost */
}
static sley_promise *start(void *ctx)
{
  (void)ctx;
  return never();
}
static sley_promise *bind(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return never();
}
static sley_promise *caught(void *ctx, sley_error *e)
{
  (void)ctx, (void)e;
  return never();
}
static sley_promise *fold(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx, (void)sum, (void)v;
  return never();
}
static sley_promise *body(void *ctx, sley_scope *scope)
{
  (void)ctx, (void)scope;
  return never();
}
static sley_promise *parse(void *ctx, sley_stream *s)
{
  (void)ctx;
  return sley_stream_next(s);
}
static sley_error *map(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx, (void)in;
  *out = sley_unit();
  return NULL;
}
static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx, (void)sum, (void)v;
  return NULL;
}
static sley_error *test(void *ctx, sley_value *v, bool *yes)
{
  (void)ctx, (void)v;
  *yes = true;
  return NULL;
}
static sley_error *visit(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return NULL;
}
static void see(void *ctx, sley_value *v) { (void)ctx, (void)v; }
static void see_error(void *ctx, sley_error *e) { (void)ctx, (void)e; }
static void done(void *ctx) { (void)ctx; }

/* ---- all functions that keep a ctx, on what never comes */

static sley_stream *source(void) { return sley_stream_from(start, OWNED); }

static sley_value a_thing(void) { return sley_own(thing_new(1), &type_mover); }

static void stream_gone(void *s) { sley_stream_drop(s); }
static void mutex_gone(void *m) { sley_mutex_drop(m); }
static void pool_gone(void *pool) { sley_pool_drop(pool); }

static void forget(sley_promise *p) { assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_PENDING); }

static void of_promises(void)
{
  sley_promise *p = never();
  forget(sley_bind(sley_keep(p), bind, OWNED));
  forget(sley_map(sley_keep(p), map, OWNED));
  forget(sley_catch(sley_keep(p), caught, OWNED));
  forget(sley_try_bind(sley_keep(p), bind, caught, OWNED));
  forget(sley_finalize(sley_keep(p), start, OWNED));
  forget(sley_finalize(sley_return(a_thing()), start, OWNED)); /* its cleanup is under way */
  forget(sley_finalize_with(start, start, OWNED));
  forget(sley_catch_if(sley_keep(p), (sley_match){.kind = &sley_kind_sley}, caught, OWNED));
  sley_on_success(p, see, OWNED);
  sley_on_failure(p, see_error, OWNED);
  sley_on_termination(p, done, OWNED);
  sley_on_any(p, see, see_error, OWNED);
  sley_on_cancel(p, done, OWNED);
  p = sley_attach(p, OWNED);
  sley_dont_wait(start, see_error, OWNED);
  forget(sley_protected(sley_keep(p)));
  forget(sley_wrap_in_cancelable(sley_keep(p)));
  sley_promise *some[] = {sley_return(a_thing()), sley_keep(p)};
  forget(sley_all(some, 2));
  forget(p);
}

static void of_sequences(void)
{
  sley_value one = sley_int(1);
  forget(sley_values_iter_s(&one, 1, bind, OWNED));
  forget(sley_values_map_p(&one, 1, bind, OWNED));
  forget(sley_values_map_n(&one, 1, 1, bind, OWNED));
  forget(sley_values_filter_p(&one, 1, bind, OWNED));
  forget(sley_values_fold_left_s(&one, 1, a_thing(), fold, OWNED));
  forget(sley_seq_to_list(sley_seq_map_s(sley_seq_return(sley_int(1)), bind, OWNED)));
  forget(sley_seq_fold_left_s(sley_seq_return(sley_int(1)), a_thing(), fold, OWNED));
  forget(sley_retry(NULL, start, OWNED));
}

static void of_streams(void)
{
  sley_stream *s = source();
  forget(sley_stream_get_while(s, test, OWNED));
  forget(sley_stream_junk_while_s(s, bind, OWNED));
  forget(sley_stream_find(s, test, OWNED));
  forget(sley_stream_parse(s, parse, OWNED));
  forget(sley_attach(never(), s, stream_gone));
  forget(sley_stream_fold(source(), a_thing(), add, OWNED));
  forget(sley_stream_fold_s(source(), a_thing(), fold, OWNED));
  forget(sley_stream_iter(source(), visit, OWNED));
  forget(sley_stream_iter_s(source(), bind, OWNED));
  forget(sley_stream_iter_n(source(), 2, bind, OWNED));
  forget(sley_stream_to_list(sley_stream_map(source(), map, OWNED)));
  forget(
      sley_stream_to_list(sley_stream_map_n(source(), 2, SLEY_STREAM_ORDER_SOURCE, bind, OWNED)));
}

static void of_scopes(void)
{
  forget(sley_with_scope(body, OWNED));
  forget(sley_with_supervisor(see_error, body, OWNED));
}

static sley_promise *child_of_scope(void *ctx, sley_scope *scope)
{
  (void)ctx;
  assert_int_equal(sley_scope_start(scope, start, OWNED), 0);
  return never();
}

static void of_children(void) { forget(sley_with_scope(child_of_scope, NULL)); }

static void of_locks(void)
{
  sley_mutex *m;
  sley_pool *pool;
  assert_null(sley_mutex_new(&m));
  forget(sley_with_lock(m, start, OWNED));
  forget(sley_with_lock(m, start, OWNED)); /* waits */
  forget(sley_attach(never(), m, mutex_gone));
  sley_pool_options options = {
      .size = sizeof options, .create = start, .max = 1, .drop = count_drop};
  options.ctx = &dropped[started++];
  assert_null(sley_pool_new(&options, &pool));
  forget(sley_pool_use(pool, bind, OWNED));
  forget(sley_attach(never(), pool, pool_gone));
}

static void of_events(void)
{
  sley_signal *s = sley_signal_new(a_thing(), NULL);
  forget(sley_signal_map_s(s, NULL, bind, OWNED));
  forget(sley_signal_lift_s(&s, 1, NULL, bind, OWNED));
  sley_signal_drop(s);
}

/* ---- the domain in which they are left */

static const sley_key key = SLEY_KEY("kept");

static sley_promise *under_storage(void *ctx)
{
  void (*const *leave)(void) = ctx;
  (*leave)();
  return sley_return(sley_unit());
}

static void left_by(void (*leave)(void))
{
  sley_domain *d;
  memset(dropped, 0, sizeof dropped);
  started = 0;
  sley_domain_leave(world.domain);
  assert_null(sley_domain_new(world.runtime, "other", &d));
  sley_domain_enter(d);
  sley_drop(sley_with_value(&key, a_thing(), under_storage, &leave));
  sley_domain_leave(d);
  assert_true(sley_domain_end(d) > 0);
  sley_domain_enter(world.domain);
  for (int i = 0; i < started; i++)
    if (dropped[i] != 1) fail_msg("ctx %d of %d was dropped %d times", i, started, dropped[i]);
  assert_int_equal(things_alive, 0);
}

#define LEFT(name)                      \
  static void name##_left(void **state) \
  {                                     \
    (void)state;                        \
    left_by(name);                      \
  }
LEFT(of_promises)
LEFT(of_sequences)
LEFT(of_streams)
LEFT(of_scopes)
LEFT(of_children)
LEFT(of_locks)
LEFT(of_events)

/* ---- drop functions that settle, cancel and drop what is left */

static sley_resolver *open_resolver;
static sley_promise *open_promise;
static int called;

static sley_promise *call(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  called++;
  return sley_return(sley_unit());
}
static void answer(void *ctx)
{
  ++*(int *)ctx;
  if (open_resolver != NULL) sley_fulfill(&open_resolver, sley_int(1));
}
static void cancel(void *ctx)
{
  ++*(int *)ctx;
  sley_cancel(open_promise);
  sley_drop(open_promise);
}

static void that_settle(void)
{
  sley_promise *p = sley_pending(&open_resolver);
  for (int i = 0; i < 3; i++) forget(sley_bind(sley_keep(p), call, &dropped[started++], answer));
  sley_on_success(p, see, &dropped[started++], answer);
  forget(p);
  sley_resolver *r;
  sley_promise *task = sley_cancelable(&r);
  open_promise = sley_bind(sley_keep(task), call, &dropped[started++], cancel);
  sley_on_cancel(task, done, OWNED);
  forget(task);
}

static void drops_call_nobody(void **state)
{
  (void)state;
  called = 0;
  left_by(that_settle);
  assert_int_equal(called, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(of_promises_left), TEST(of_sequences_left),
                                     TEST(of_streams_left),  TEST(of_scopes_left),
                                     TEST(of_children_left), TEST(of_locks_left),
                                     TEST(of_events_left),   TEST(drops_call_nobody)};
  return RUN_TESTS(tests);
}
