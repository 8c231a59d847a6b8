/* Fibers: when they run, what they wait for, what they are resumed with, in which order.
 * Tests src/promise/fiber/fiber.c, src/promise/fiber/fiber_await.c, src/promise/fiber/fiber_switch.c,
 * src/promise/core/storage.c. */
#include "support/world.h"

/* Never called. */
static sley_error *map_unused(void *ctx, sley_value *v, sley_value *out)
{
  (void)ctx;
  (void)v;
  (void)out;
  return NULL;
}

/* ---- what the fibers of these tests do */
typedef struct job {
  sley_promise *awaits; /* consumed */
  const char *before, *after;
  int64_t got;
  sley_error *error; /* owned */
} job;

static sley_promise *wait_once(void *ctx)
{
  job *j = ctx;
  if (j->before != NULL) note(j->before);
  sley_promise *p = j->awaits;
  j->awaits = NULL;
  j->error = sley_await_int(p, &j->got);
  if (j->after != NULL) note(j->after);
  if (j->error != NULL) return sley_fail(sley_error_keep(j->error));
  return sley_return(sley_int(j->got + 1));
}

static void job_done(job *j)
{
  sley_error_drop(j->error);
  j->error = NULL;
}

static sley_fiber_counters fibers(void)
{
  sley_fiber_counters c = {.size = sizeof c};
  sley_fiber_counters_get(&c);
  return c;
}

static void note_int(void *ctx, sley_value *v)
{
  char word[32];
  snprintf(word, sizeof word, "%s=%d", (const char *)ctx, (int)v->i);
  note(word);
}

/* ---- running and waiting */
static void runs_at_once_up_to_the_first_wait(void **state)
{
  (void)state;
  sley_resolver *r;
  job j = {.awaits = sley_cancelable(&r), .before = "before", .after = "after"};
  note("spawn");
  sley_promise *p = sley_spawn(wait_once, &j);
  note("spawned");
  assert_pending(p);
  sley_fulfill(&r, sley_int(4));
  note("fulfilled");
  assert_fulfilled(p, 5);
  assert_log("spawn before spawned after fulfilled");
  sley_drop(p);
  assert_int_equal(fibers().live, 0);
  assert_int_equal(fibers().spawned, 1);
}

static void settled_promises_cost_no_switch(void **state)
{
  (void)state;
  job j = {.awaits = sley_return(sley_int(1)), .before = "before", .after = "after"};
  sley_promise *p = sley_spawn(wait_once, &j);
  note("spawned");
  assert_fulfilled(p, 2);
  assert_log("before after spawned");
  sley_drop(p);
  job k = {.awaits = sley_fail(error_of(3)), .after = "failed"};
  p = sley_spawn(wait_once, &k);
  assert_rejected(p, 3);
  assert_true(sley_error_is(k.error, &kind_test, 3));
  job_done(&k);
  sley_drop(p);
}

static sley_promise *give_what_it_is_told(void *ctx) { return ctx; }

static void a_fiber_that_never_waits_gives_its_own_promise(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *inner = sley_cancelable(&r);
  sley_promise *p = sley_spawn(give_what_it_is_told, inner);
  assert_true(sley_is_same(p, inner));
  sley_fulfill(&r, sley_int(1));
  assert_fulfilled(p, 1);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

typedef struct late {
  sley_promise *first, *then;
} late;
static sley_promise *wait_then_give(void *ctx)
{
  late *l = ctx;
  sley_error *e = sley_await(l->first, NULL);
  if (e != NULL) return sley_fail(e);
  return l->then;
}

/* Like a bind, the result follows the promise that the function returned. */
static void follows_the_promise_it_returns(void **state)
{
  (void)state;
  sley_resolver *first, *then;
  sley_promise *inner = sley_cancelable(&then);
  late l = {sley_cancelable(&first), sley_keep(inner)};
  sley_promise *p = sley_spawn(wait_then_give, &l);
  sley_fulfill(&first, sley_unit());
  assert_pending(p);
  assert_true(sley_is_same(p, inner));
  assert_int_equal(fibers().live, 0);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(inner)));
  sley_resolver_drop(&then);
  sley_drop(inner);
  sley_drop(p);
}

static void goes_on_in_the_place_of_a_callback(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  sley_on_success(source, note_int, "oldest");
  job j = {.awaits = sley_keep(source), .after = "fiber"};
  sley_promise *p = sley_spawn(wait_once, &j);
  sley_on_success(p, note_int, "result");
  sley_on_success(source, note_int, "newest");
  sley_fulfill(&r, sley_int(7));
  /* newest first; the result's own callbacks before the next one of the source, as with a bind */
  assert_log("newest=7 fiber result=8 oldest=7");
  sley_drop(source);
  sley_drop(p);
}

static sley_promise *fulfill_two(void *ctx)
{
  sley_resolver **r = ctx;
  sley_promise *ready = sley_cancelable(&r[2]);
  sley_promise *again = sley_keep(ready);
  sley_fulfill(&r[2], sley_unit());
  assert_null(sley_await(ready, NULL));
  sley_fulfill(&r[0], sley_int(1));
  note("between");
  sley_fulfill(&r[1], sley_int(2));
  note("end");
  return again;
}

/* Inside the loop, callbacks of what a fiber fulfills are queued, first fulfilled first. */
static sley_promise *spawn_it(void *ctx, sley_value *v)
{
  (void)v;
  return sley_spawn(fulfill_two, ctx);
}
static void fulfilling_in_a_fiber_defers_as_in_a_callback(void **state)
{
  (void)state;
  sley_resolver *r[3], *start;
  sley_promise *a = sley_cancelable(&r[0]), *b = sley_cancelable(&r[1]);
  sley_on_success(a, note_int, "a");
  sley_on_success(b, note_int, "b");
  sley_promise *p = sley_bind(sley_cancelable(&start), spawn_it, r);
  sley_fulfill(&start, sley_unit());
  assert_log("between end a=1 b=2");
  sley_drop(a);
  sley_drop(b);
  sley_drop(p);
}

/* A fiber that resumes another one with sley_fulfill_now is then resumed itself. */
typedef struct waker {
  sley_resolver *r;
  sley_promise *first;
} waker;
static sley_promise *wake(void *ctx)
{
  waker *w = ctx;
  assert_null(sley_await(w->first, NULL));
  note("wake");
  sley_fulfill_now(&w->r, sley_int(1));
  note("woken");
  return sley_return(sley_unit());
}
static void switches_back_to_whoever_resumed(void **state)
{
  (void)state;
  waker w;
  sley_resolver *first;
  job j = {.awaits = sley_cancelable(&w.r), .before = "1", .after = "2"};
  sley_promise *sleeper = sley_spawn(wait_once, &j);
  w.first = sley_cancelable(&first);
  sley_promise *p = sley_spawn(wake, &w);
  assert_string_equal(sley_fiber_name() == NULL ? "none" : "some", "none");
  sley_fulfill(&first, sley_unit());
  assert_log("1 wake 2 woken");
  assert_fulfilled(sleeper, 2);
  sley_drop(sleeper);
  sley_drop(p);
}

static sley_promise *yield_thrice(void *ctx)
{
  for (int i = 0; i < 3; i++) {
    note(ctx);
    sley_error *e = sley_yield();
    if (e != NULL) return sley_fail(e);
  }
  return sley_return(sley_unit());
}
static void yield_lets_others_run(void **state)
{
  (void)state;
  sley_promise *a = sley_spawn(yield_thrice, "a"), *b = sley_spawn(yield_thrice, "b");
  while (sley_paused_count() > 0) sley_wakeup_paused();
  assert_log("a b a b a b");
  assert_fulfilled(a, 0);
  sley_drop(a);
  sley_drop(b);
}

/* ---- values */
static sley_promise *take_thing(void *ctx)
{
  void *t;
  sley_error *e = sley_await_ptr(*(sley_promise **)ctx, &type_mover, &t);
  if (e != NULL) return sley_fail(e);
  int number = ((thing *)t)->number;
  thing_drop(t);
  return sley_return(sley_int(number));
}
static void values_move_to_the_only_reader(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  sley_promise *p = sley_spawn(take_thing, &source);
  sley_fulfill(&r, sley_own(thing_new(5), &type_mover));
  assert_fulfilled(p, 5);
  sley_drop(p);
  source = sley_return(sley_own(thing_new(6), &type_mover));
  p = sley_spawn(take_thing, &source);
  assert_fulfilled(p, 6);
  sley_drop(p);
  /* A second reader gets an error. */
  source = sley_cancelable(&r);
  sley_promise *kept = sley_keep(source);
  p = sley_spawn(take_thing, &source);
  sley_fulfill(&r, sley_own(thing_new(7), &type_mover));
  assert_fulfilled(p, 7);
  sley_drop(p);
  source = kept;
  p = sley_spawn(take_thing, &source);
  assert_rejected_sley(p, SLEY_EMOVED);
  sley_drop(p);
}

static sley_promise *want_nothing(void *ctx)
{
  sley_error *e = sley_await(ctx, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(1));
}
static void a_value_not_wanted_stays_in_its_promise(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  sley_promise *p = sley_spawn(want_nothing, sley_keep(source));
  sley_fulfill(&r, sley_own(thing_new(8), &type_mover));
  assert_fulfilled(p, 1);
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(source), &type_mover))->number, 8);
  sley_drop(source);
  sley_drop(p);
}

static void free_thing(void *ctx) { thing_drop(ctx); }
static sley_promise *use_thing(void *ctx)
{
  int number = ((thing *)ctx)->number;
  sley_error *e = sley_yield();
  return e != NULL ? sley_fail(e) : sley_return(sley_int(number));
}
static void owned_contexts_are_freed_once(void **state)
{
  (void)state;
  sley_promise *p = sley_spawn(use_thing, thing_new(3), free_thing);
  assert_int_equal(things_alive, 1);
  sley_wakeup_paused();
  assert_int_equal(things_alive, 0);
  assert_fulfilled(p, 3);
  sley_drop(p);
}

/* ---- canceling */
static void cancel_reaches_what_is_awaited(void **state)
{
  (void)state;
  sley_resolver *r;
  job j = {.awaits = sley_cancelable(&r), .after = "told"};
  sley_promise *p = sley_spawn(wait_once, &j);
  sley_cancel(p);
  assert_log("told");
  assert_true(sley_error_is_canceled(j.error));
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_resolver_drop(&r);
  job_done(&j);
  sley_drop(p);
}

static void cancel_passes_through_chains_and_fibers(void **state)
{
  (void)state;
  sley_resolver *r;
  job inner = {.awaits = sley_map(sley_cancelable(&r), map_unused, NULL), .after = "inner"};
  sley_promise *p = sley_spawn(wait_once, &inner);
  job outer = {.awaits = p, .after = "outer"};
  p = sley_spawn(wait_once, &outer);
  sley_resolver *never;
  p = sley_pick(SLEY_PROMISES(p, sley_cancelable(&never)));
  sley_cancel(p);
  assert_log("inner outer");
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_resolver_drop(&r);
  sley_resolver_drop(&never);
  job_done(&inner);
  job_done(&outer);
  sley_drop(p);
}

static void cancel_with_no_effect(void **state)
{
  (void)state;
  sley_resolver *r;
  job j = {.awaits = sley_cancelable(&r)};
  sley_spawn_options o = {.size = sizeof o, .not_cancelable = true};
  sley_promise *p = sley_spawn_with(&o, wait_once, &j, NULL);
  sley_cancel(p);
  assert_pending(p);
  sley_fulfill(&r, sley_int(1));
  assert_fulfilled(p, 2);
  sley_drop(p);
  /* sley_pending and sley_no_cancel are still waited for, as with a bind */
  job k = {.awaits = sley_pending(&r)};
  p = sley_spawn(wait_once, &k);
  sley_cancel(p);
  assert_pending(p);
  sley_fulfill(&r, sley_int(5));
  assert_fulfilled(p, 6);
  sley_drop(p);
}

static sley_promise *clean_up(void *ctx)
{
  sley_error *e = sley_await(*(sley_promise **)ctx, NULL);
  note(e != NULL && sley_error_is_canceled(e) ? "canceled" : "not");
  sley_error *second = sley_yield(); /* a cancel is delivered once: cleaning up can wait */
  note(second == NULL ? "cleaned" : "again");
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void cleaning_up_may_wait(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  sley_promise *p = sley_spawn(clean_up, &source);
  sley_cancel(p);
  assert_log("canceled");
  assert_pending(p);
  sley_wakeup_paused();
  assert_log("canceled cleaned");
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_resolver_drop(&r);
  sley_drop(p);
}

/* ---- promises that nothing can settle */
static void abandoned_waits_end(void **state)
{
  (void)state;
  sley_resolver *r;
  job j = {.awaits = sley_cancelable(&r)};
  sley_promise *p = sley_spawn(wait_once, &j);
  sley_resolver_drop(&r); /* rejects it, because there is a waiter */
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
  job_done(&j);
  job k = {.awaits = sley_no_cancel(sley_pause()), .after = "told"};
  p = sley_spawn(wait_once, &k);
  sley_abandon_paused(); /* drops the last producer: nothing can settle it any more */
  assert_log("told");
  assert_rejected_sley(p, SLEY_EABANDONED);
  sley_drop(p);
  job_done(&k);
}

/* ---- fibers that wait for themselves through a guard, which only a cancel could end */
typedef struct selfish {
  sley_promise *self, *guard; /* borrowed */
  sley_promise *start;
  sley_promise *(*guard_it)(sley_promise *p);
} selfish;
static sley_promise *await_own_guard(void *ctx)
{
  selfish *s = ctx;
  if (s->start != NULL) {
    sley_error *e = sley_await(s->start, NULL);
    if (e != NULL) return sley_fail(e);
  }
  s->guard = s->guard_it(sley_keep(s->self));
  sley_error *e = sley_await(sley_keep(s->guard), NULL);
  note(sley_error_message(e));
  return sley_fail(e);
}
static sley_promise *protect(sley_promise *p) { return sley_protected(p); }
static sley_promise *wrap(sley_promise *p) { return sley_wrap_in_cancelable(p); }
static sley_promise *no_cancel(sley_promise *p) { return sley_no_cancel(p); }
static sley_promise *spawn_selfish(void *ctx, sley_value *v)
{
  (void)v;
  return sley_spawn(await_own_guard, ctx);
}
static void awaiting_a_guard_of_itself_ends(void **state)
{
  (void)state;
  sley_promise *(*const guards[])(sley_promise *) = {protect, wrap, no_cancel};
  const char *abandoned = sley_error_message(sley_error_abandoned());
  for (int i = 0; i < 2 * 2 * 3; i++) {
    bool bound = i & 1, guard_last = i & 2;
    logged[0] = '\0';
    sley_resolver *r;
    selfish s = {.guard_it = guards[i / 4]};
    if (bound) {
      s.self = sley_bind(sley_cancelable(&r), spawn_selfish, &s);
    } else {
      s.start = sley_cancelable(&r);
      s.self = sley_spawn(await_own_guard, &s);
    }
    sley_fulfill(&r, sley_unit());
    assert_pending(s.self);
    /* Not even a cancel could end a bind that followed this promise: it does not follow, and the fiber gets an
     * error. */
    const char *at_once = bound && i / 4 == 2 ? abandoned : "";
    assert_log(at_once);
    sley_drop(guard_last ? s.self : s.guard);
    assert_log(at_once);
    sley_drop(guard_last ? s.guard : s.self);
    assert_log(abandoned);
    assert_int_equal(live(), 0);
    assert_int_equal(fibers().live, 0);
  }
  assert_int_equal(world.unhandled, 12);
}
static void awaiting_a_guard_of_itself_can_be_canceled(void **state)
{
  (void)state;
  sley_resolver *r;
  selfish s = {.start = sley_cancelable(&r), .guard_it = protect};
  s.self = sley_spawn(await_own_guard, &s);
  sley_fulfill(&r, sley_unit());
  sley_drop(s.guard);
  sley_cancel(s.self);
  assert_true(sley_error_is_canceled(sley_promise_error(s.self)));
  sley_drop(s.self);
}

/* ---- storage */
static const sley_key key = SLEY_KEY("test"), other = SLEY_KEY("other");
static int64_t bound(const sley_key *k)
{
  const sley_value *v = sley_storage_get(k);
  return v != NULL ? v->i : -1;
}
static sley_promise *storage_fiber(void *ctx)
{
  job *j = ctx;
  assert_int_equal(bound(&key), 1);
  assert_null(sley_fiber_set(&other, sley_int(5)));
  sley_error *e = sley_await(j->awaits, NULL);
  assert_null(e);
  assert_int_equal(bound(&key), 1);
  assert_int_equal(bound(&other), 5);
  assert_null(sley_fiber_unset(&other));
  assert_null(sley_fiber_set(&key, sley_int(2)));
  e = sley_yield();
  assert_null(e);
  assert_int_equal(bound(&key), 2);
  assert_int_equal(bound(&other), -1);
  return sley_return(sley_unit());
}
static sley_promise *spawn_storage_fiber(void *ctx)
{
  sley_promise *p = sley_spawn(storage_fiber, ctx);
  assert_int_equal(bound(&key), 1);
  assert_int_equal(bound(&other), -1);
  return p;
}
static void inherits_and_keeps_storage(void **state)
{
  (void)state;
  sley_resolver *r;
  job j = {.awaits = sley_cancelable(&r)};
  sley_promise *p = sley_with_value(&key, sley_int(1), spawn_storage_fiber, &j);
  assert_int_equal(bound(&key), -1);
  sley_fulfill(&r, sley_unit());
  assert_int_equal(bound(&key), -1);
  sley_wakeup_paused();
  assert_fulfilled(p, 0);
  sley_drop(p);
}
static sley_promise *nothing_bound(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(bound(&key)));
}
static sley_promise *spawn_empty(void *ctx)
{
  sley_spawn_options o = {.size = sizeof o, .empty_storage = true};
  return sley_spawn_with(&o, nothing_bound, ctx, NULL);
}
static sley_promise *bound_after_waiting(void *ctx)
{
  sley_error *e = sley_yield();
  assert_null(e);
  return nothing_bound(ctx);
}
static sley_promise *bind_and_wait(void *ctx)
{
  int64_t seen;
  sley_error *e =
      sley_await_int(sley_with_value(&key, sley_int(9), bound_after_waiting, ctx), &seen);
  assert_null(e);
  assert_int_equal(bound(&key), -1);
  return sley_return(sley_int(seen));
}
static void storage_may_begin_empty_and_be_scoped(void **state)
{
  (void)state;
  sley_promise *p = sley_with_value(&key, sley_int(1), spawn_empty, NULL);
  assert_fulfilled(p, -1);
  sley_drop(p);
  p = sley_spawn(bind_and_wait, NULL); /* start functions can await */
  sley_wakeup_paused();
  assert_fulfilled(p, 9);
  sley_drop(p);
}

/* ---- names and reports */
static sley_promise *say_name(void *ctx)
{
  note(sley_fiber_name());
  sley_error *e = sley_await(*(sley_promise **)ctx, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void note_fiber(void *ctx, const sley_fiber_info *info)
{
  (void)ctx;
  note(info->name);
  assert_non_null(strstr(info->spawned_at, "test_fiber.c:"));
  assert_non_null(strstr(info->awaits_at, "test_fiber.c:"));
  assert_true(info->stack >= 16384 && info->stack_used < info->stack);
}
static void fibers_have_names(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r), *twice = sley_keep(source);
  char name[64] = "reader of a name that is longer than thirty-one bytes";
  sley_spawn_options o = {.size = sizeof o, .name = name, .stack = 20000};
  sley_promise *p = sley_spawn_with(&o, say_name, &source, NULL);
  memset(name, 'x', 10); /* copied */
  sley_promise *q = sley_spawn(want_nothing, twice);
  assert_log("reader of a name that is longer");
  logged[0] = '\0';
  sley_fiber_report(note_fiber, NULL);
  assert_non_null(strstr(logged, "reader of a name that is longer"));
  assert_non_null(strstr(logged, "test_fiber.c:"));
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
  sley_drop(q);
}

/* ---- background */
static sley_promise *fail_later(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_yield();
  return sley_fail(e != NULL ? e : error_of(4));
}
static sley_promise *fail_now(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(5));
}
static void background_failures_go_to_the_hook(void **state)
{
  (void)state;
  sley_spawn_async(fail_now, NULL);
  sley_spawn_async(fail_later, NULL);
  sley_wakeup_paused();
  assert_int_equal(world.async, 2);
  assert_string_equal(world.async_text, "error 4");
}

/* ---- the stack limit of immediate callbacks applies to the current stack */
static sley_promise *recurse(void *ctx, sley_value *v)
{
  volatile char room[512];
  room[0] = 1;
  if (v->i == 0) return sley_return(sley_int(0));
  sley_promise *p = sley_bind(sley_return(sley_int(v->i - 1)), recurse, ctx);
  room[511] = room[0];
  return p;
}
static sley_promise *recurse_here(void *ctx)
{
  sley_promise *p = sley_bind(sley_return(sley_int(*(int *)ctx)), recurse, NULL);
  sley_error *e = sley_await(p, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(1));
}
static void deep_binds_do_not_overflow_small_stacks(void **state)
{
  (void)state;
  int depth = 100000;
  sley_spawn_options o = {.size = sizeof o, .stack = 32768};
  sley_promise *p = sley_spawn_with(&o, recurse_here, &depth, NULL);
  assert_fulfilled(p, 1);
  sley_drop(p);
  p = sley_spawn(recurse_here, &depth);
  assert_fulfilled(p, 1);
  sley_drop(p);
  p = sley_bind(sley_return(sley_int(depth)), recurse, NULL);
  assert_fulfilled(p, 0);
  sley_drop(p);
}

/* ---- many */
static void thousands_at_once(void **state)
{
  (void)state;
  enum { MANY = 3000 };
#ifdef __SANITIZE_THREAD__
  int many = 300;
#else
  int many = MANY;
#endif
  static sley_promise *all[MANY];
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  for (int i = 0; i < many; i++) all[i] = sley_spawn(want_nothing, sley_keep(source));
  assert_int_equal(fibers().live, many);
  sley_fulfill(&r, sley_unit());
  for (int i = 0; i < many; i++) {
    assert_fulfilled(all[i], 1);
    sley_drop(all[i]);
  }
  sley_drop(source);
  assert_int_equal(fibers().live, 0);
  assert_true(fibers().stacks <= 1024 + 64); /* the rest was unmapped */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(runs_at_once_up_to_the_first_wait),
      TEST(settled_promises_cost_no_switch),
      TEST(a_fiber_that_never_waits_gives_its_own_promise),
      TEST(follows_the_promise_it_returns),
      TEST(goes_on_in_the_place_of_a_callback),
      TEST(fulfilling_in_a_fiber_defers_as_in_a_callback),
      TEST(switches_back_to_whoever_resumed),
      TEST(yield_lets_others_run),
      TEST(values_move_to_the_only_reader),
      TEST(a_value_not_wanted_stays_in_its_promise),
      TEST(owned_contexts_are_freed_once),
      TEST(cancel_reaches_what_is_awaited),
      TEST(cancel_passes_through_chains_and_fibers),
      TEST(cancel_with_no_effect),
      TEST(cleaning_up_may_wait),
      TEST(abandoned_waits_end),
      TEST(awaiting_a_guard_of_itself_ends),
      TEST(awaiting_a_guard_of_itself_can_be_canceled),
      TEST(inherits_and_keeps_storage),
      TEST(storage_may_begin_empty_and_be_scoped),
      TEST(fibers_have_names),
      TEST(background_failures_go_to_the_hook),
      TEST(deep_binds_do_not_overflow_small_stacks),
      TEST(thousands_at_once),
  };
  return RUN_TESTS(tests);
}
