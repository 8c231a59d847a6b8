/* Every allocation fails in turn: nothing crashes, leaks or hangs, and nothing protected is lost. Objects are
 * allocated singly here, so that each of them fails once. sley-vectors --fail-allocations does the same with the
 * vectors.
 * Tests src/promise/core/answer.c, src/promise/core/settle.c, src/promise/core/life.c, src/promise/memory/slab.c. */
#include "support/world.h"

static sley_promise *give_unit(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_unit());
}
static sley_promise *give_pause(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pause();
}
static sley_promise *take_it(void *ctx, sley_value *v)
{
  sley_value out;
  (void)ctx;
  if (sley_take(v, &out) != 0) return sley_fail(sley_error_nomem());
  return sley_return(out);
}
static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return(sley_unit());
}
static sley_error *compute(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  (void)in;
  return sley_text("some text", out) == NULL ? NULL : sley_error_new(&kind_test, 1, "no text");
}
static sley_promise *start_pause(void *ctx)
{
  (void)ctx;
  return sley_pause();
}
static sley_promise *start_fail(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(2));
}

/* What must not be lost: counted by the scenarios, compared with what was registered. */
static struct {
  int registered, ran, dropped;
} kept;
static void must_run(void *ctx)
{
  (void)ctx;
  kept.ran++;
}
static void must_run_value(void *ctx, sley_value *v)
{
  (void)v;
  must_run(ctx);
}
static void must_run_error(void *ctx, sley_error *e)
{
  (void)e;
  must_run(ctx);
}
static sley_promise *must_run_cleanup(void *ctx)
{
  must_run(ctx);
  return sley_return(sley_unit());
}
static void must_drop(void *ctx)
{
  (void)ctx;
  kept.dropped++;
}

static void finish(sley_promise *p)
{
  /* If a step was refused, earlier ones continue: run them. */
  for (int i = 0; i < 20 && (sley_is_pending(p) || sley_paused_count() > 0); i++)
    sley_wakeup_paused();
  assert_false(sley_is_pending(p));
  sley_drop(p);
}

/* ---- scenarios */
static void chains(void)
{
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  p = sley_bind(p, give_pause, NULL);
  p = sley_map(p, compute, NULL);
  p = sley_bind(p, take_it, NULL);
  p = sley_catch(p, recover, NULL);
  p = sley_try_bind(p, give_pause, recover, NULL);
  sley_fulfill(&r, sley_own(thing_new(1), &type_mover));
  finish(p);
}

enum { JOIN, ALL, CHOOSE, PICK, NCHOOSE, NPICK, NCHOOSE_SPLIT, BOTH, GROUPS };

static sley_promise *group_of(int form, sley_promise *const p[3])
{
  switch (form) {
    case JOIN: return sley_join(p, 3);
    case ALL: return sley_all(p, 3);
    case CHOOSE: return sley_choose(p, 3);
    case PICK: return sley_pick(p, 3);
    case NCHOOSE: return sley_nchoose(p, 3);
    case NPICK: return sley_npick(p, 3);
    case NCHOOSE_SPLIT: return sley_nchoose_split(p, 3);
    default: break;
  }
  sley_promise *q = sley_both(p[0], p[1]);
  sley_drop(p[2]);
  return q;
}

static void groups(void)
{
  for (int form = 0; form < GROUPS; form++) {
    sley_resolver *r[3];
    sley_promise *p[3];
    for (int i = 0; i < 3; i++) p[i] = sley_cancelable(&r[i]);
    sley_promise *q = group_of(form, p);
    for (int i = 0; i < 3; i++) sley_fulfill(&r[i], sley_own(thing_new(i), &type_copier));
    finish(q);
    sley_promise *done[] = {sley_return(sley_own(thing_new(1), &type_mover)),
                            sley_return(sley_int(1)), sley_pause()};
    finish(group_of(form, done)); /* decided immediately */
    sley_wakeup_paused();
  }
}

enum { PROTECTED, NO_CANCEL, WRAP, GUARDS };

static void guards(void)
{
  for (int form = 0; form < GUARDS; form++)
    for (int cancel = 0; cancel < 2; cancel++) {
      sley_resolver *r;
      sley_promise *p = sley_cancelable(&r);
      p = form == PROTECTED   ? sley_protected(p)
          : form == NO_CANCEL ? sley_no_cancel(p)
                              : sley_wrap_in_cancelable(p);
      if (cancel) sley_cancel(p);
      sley_fulfill(&r, sley_own(thing_new(1), &type_copier));
      finish(p);
    }
}

static sley_promise *in_storage(void *ctx)
{
  (void)ctx;
  return sley_bind(sley_pause(), give_unit, NULL);
}
static const sley_key key_a = SLEY_KEY("a"), key_b = SLEY_KEY("b");
static sley_promise *in_storage_too(void *ctx)
{
  return sley_with_value(&key_b, sley_own(thing_new(2), &type_mover), in_storage, ctx);
}
static void storages(void)
{
  finish(sley_with_value(&key_a, sley_own(thing_new(1), &type_mover), in_storage_too, NULL));
  finish(sley_without_value(&key_a, in_storage_too, NULL));
}

static void nobody_waits(void)
{
  sley_async(start_pause, NULL);
  sley_async(start_fail, NULL);
  sley_dont_wait(start_fail, must_run_error, NULL);
  kept.registered++;
  sley_error_drop(sley_ignore_result(sley_pause()));
  sley_error_drop(sley_ignore_result(sley_fail(error_of(1))));
  sley_wakeup_paused();
  sley_drop(sley_fail(sley_error_wrap(error_of(3), "context")));
}

/* Observers, cleanups and attachments use the reserve. */
static void must_not_be_lost(void)
{
  for (int fails = 0; fails < 2; fails++) {
    sley_resolver *r;
    sley_promise *p = sley_cancelable(&r);
    if (r == NULL) { /* the promise itself could not be made */
      sley_drop(p);
      continue;
    }
    sley_on_termination(p, must_run, NULL, must_drop);
    sley_on_any(p, must_run_value, must_run_error, NULL, must_drop);
    if (fails) sley_on_failure(p, must_run_error, NULL, must_drop);
    else sley_on_success(p, must_run_value, NULL, must_drop);
    sley_promise *q = sley_finalize(sley_keep(p), must_run_cleanup, NULL, must_drop);
    kept.registered += 4;
    p = sley_attach(p, NULL, must_drop);
    kept.dropped--; /* dropped, but never run */
    if (fails) sley_cancel(p);
    else sley_fulfill(&r, sley_unit());
    sley_resolver_drop(&r);
    sley_drop(p);
    finish(q);
  }
}

static sley_promise *cleanup_later(void *ctx)
{
  kept.ran++;
  (void)ctx;
  return sley_pause();
}
static sley_promise *body_task(void *ctx) { return sley_keep(ctx); }
static void finalizers(void)
{
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  sley_promise *q = sley_finalize_with(body_task, cleanup_later, p);
  /* Either the body never ran and everything is rejected, or the cleanup runs. */
  bool refused = sley_state(q) == SLEY_PROMISE_STATE_REJECTED && r != NULL;
  if (!refused) kept.registered++, kept.dropped++;
  sley_reject(&r, error_of(1));
  sley_drop(p);
  finish(q);
}

static void on_line(void *ctx, const char *site, size_t pending, size_t settled)
{
  (void)site;
  *(size_t *)ctx += pending + settled;
}
static void reports(void)
{
  sley_promise *p = sley_return(sley_unit()), *q = sley_pause();
  size_t count = 0;
  const sley_error *e = sley_report(on_line, &count);
  assert_true(e == NULL || e == sley_error_nomem());
  sley_drop(p);
  sley_cancel(q);
  sley_drop(q);
  sley_wakeup_paused();
}

static void drops_unresolved(void)
{
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), give_unit, NULL, must_drop);
  kept.dropped--;
  sley_drop(sley_attach(p, NULL, must_drop));
  kept.dropped--;
  sley_resolver_drop(&r);
}

static void try_all(void (*scenario)(void))
{
  bool single = world.single_objects;
  world.single_objects = true;
  for (size_t fail_at = 1;; fail_at++) {
    memset(&kept, 0, sizeof kept);
    bool opened = world_open(fail_at);
    if (opened) {
      scenario();
      bool reached = heap.count >= fail_at;
      world_close();
      assert_int_equal(kept.ran, kept.registered);
      if (scenario == must_not_be_lost && kept.dropped != kept.ran)
        fail_msg("allocation %zu failed: %d dropped, %d ran", fail_at, kept.dropped, kept.ran);
      if (scenario == drops_unresolved) assert_int_equal(kept.dropped, 0);
      if (!reached) break;
    } else {
      assert_int_equal(heap.blocks, 0);
    }
    if (fail_at > 100000) fail_msg("without end");
  }
  world.single_objects = single;
}

#define SCENARIO(f)                              \
  static void every_failure_in_##f(void **state) \
  {                                              \
    (void)state;                                 \
    try_all(f);                                  \
  }
SCENARIO(chains)
SCENARIO(groups)
SCENARIO(guards)
SCENARIO(storages)
SCENARIO(nobody_waits)
SCENARIO(must_not_be_lost)
SCENARIO(finalizers)
SCENARIO(reports)
SCENARIO(drops_unresolved)

/* Resolving, canceling and dropping allocate nothing. */
static void settling_allocates_nothing(void **state)
{
  (void)state;
  enum { FULFILL, REJECT, CANCEL, DROP, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_resolver *r[3];
    sley_promise *p[3];
    for (int i = 0; i < 3; i++) {
      p[i] = sley_cancelable(&r[i]);
      sley_on_termination(p[i], must_run, NULL);
    }
    sley_promise *q = sley_pick(
        SLEY_PROMISES(sley_keep(p[0]), sley_join(SLEY_PROMISES(p[0], p[1])), sley_protected(p[2])));
    q = sley_map(sley_no_cancel(q), compute, NULL);
    size_t before = heap.count;
    heap.fail_at = before + 1;
    if (way == FULFILL) sley_fulfill(&r[0], sley_own(thing_new(1), &type_mover));
    if (way == REJECT) sley_reject(&r[1], sley_error_canceled());
    if (way == CANCEL) sley_cancel(q);
    sley_drop(q);
    for (int i = 0; i < 3; i++) sley_resolver_drop(&r[i]);
    assert_int_equal(heap.count, before);
    heap.fail_at = 0;
    assert_int_equal(live(), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_failure_in_chains),
      cmocka_unit_test(every_failure_in_groups),
      cmocka_unit_test(every_failure_in_guards),
      cmocka_unit_test(every_failure_in_storages),
      cmocka_unit_test(every_failure_in_nobody_waits),
      cmocka_unit_test(every_failure_in_must_not_be_lost),
      cmocka_unit_test(every_failure_in_finalizers),
      cmocka_unit_test(every_failure_in_reports),
      cmocka_unit_test(every_failure_in_drops_unresolved),
      TEST(settling_allocates_nothing),
  };
  return RUN_TESTS(tests);
}
