/* Pools: making, reusing, validating, checking, clearing members; waiting; a dropped pool; no memory.
 * Tests src/promise/sync/pool.c, src/promise/sync/pool_lease.c. */
#include "support/world.h"

static struct scene {
  sley_pool *pool;
  int made, disposed, released; /* released: calls of the options' drop */
  int fail_create;              /* number of the creation that is rejected; 0: none */
  int valid, good;              /* results of validate and check; -1: rejected */
  bool slow;                    /* create and dispose take a round of pauses */
  bool pauses;                  /* create itself returns a pause */
  int got[8], uses;             /* members that were lent to uses */
  sley_resolver *r[8];
} scene;

static sley_value int_as_thing(int number) { return sley_own(thing_new(number), &type_mover); }
static int number_of(const sley_value *v) { return ((const thing *)v->ptr)->number; }

static sley_error *make_thing(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  (void)in;
  *out = int_as_thing(scene.made);
  return NULL;
}
static sley_promise *create(void *ctx)
{
  (void)ctx;
  scene.made++;
  if (scene.made == scene.fail_create) return sley_fail(error_of(10));
  if (scene.pauses) return sley_pause();
  if (scene.slow) return sley_map(sley_pause(), make_thing, NULL);
  return sley_return(int_as_thing(scene.made));
}
static sley_promise *validate(void *ctx, sley_value *v)
{
  (void)ctx;
  assert_true(number_of(v) > 0);
  return scene.valid < 0 ? sley_fail(error_of(11)) : sley_return(sley_int(scene.valid));
}
static sley_error *check(void *ctx, sley_value *v, bool *yes)
{
  (void)ctx;
  assert_true(number_of(v) > 0);
  if (scene.good < 0) return error_of(12);
  *yes = scene.good != 0;
  return NULL;
}
static sley_promise *dispose(void *ctx, sley_value *v)
{
  char word[24];
  (void)ctx;
  snprintf(word, sizeof word, "-%d", number_of(v));
  note(word);
  scene.disposed++;
  return scene.slow ? sley_pause() : sley_return(sley_unit());
}
static void release(void *ctx)
{
  (void)ctx;
  scene.released++;
}

static sley_error *pool_make(size_t max)
{
  sley_pool_options o = {.size = sizeof o,
                         .max = max,
                         .create = create,
                         .validate = validate,
                         .check = check,
                         .dispose = dispose,
                         .drop = release};
  scene = (struct scene){.valid = 1, .good = 1};
  return sley_pool_new(&o, &scene.pool);
}
static void start(size_t max) { assert_null(pool_make(max)); }

static sley_promise *use_now(void *ctx, sley_value *v)
{
  (void)ctx;
  scene.got[scene.uses++] = number_of(v);
  return sley_return(sley_int(number_of(v)));
}
static sley_promise *use_fails(void *ctx, sley_value *v)
{
  (void)ctx;
  scene.got[scene.uses++] = number_of(v);
  return sley_fail(error_of(1));
}
static sley_promise *use_long(void *ctx, sley_value *v)
{
  (void)ctx;
  scene.got[scene.uses] = number_of(v);
  return sley_cancelable(&scene.r[scene.uses++]);
}
static void assert_use(int member)
{
  sley_promise *p = sley_pool_use(scene.pool, use_now, NULL);
  assert_fulfilled(p, member);
  sley_drop(p);
}
/* Drops the pool, which disposes of the remaining members. */
static void finish(void)
{
  sley_pool_drop(scene.pool);
  assert_int_equal(scene.released, 1);
  assert_int_equal(things_alive, 0);
}

static void reused_and_bounded(void **state)
{
  (void)state;
  start(2);
  assert_use(1);
  assert_use(1);
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *b = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *c = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *d = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *e = sley_pool_use(scene.pool, use_now, NULL);
  assert_int_equal(scene.uses, 4);
  assert_int_equal(scene.got[3], 2);
  assert_int_equal(sley_pool_waiters(scene.pool), 3);
  sley_cancel(c); /* leaves the queue */
  assert_int_equal(sley_pool_waiters(scene.pool), 2);
  sley_fulfill(&scene.r[3], sley_own(thing_new(50), &type_mover));
  assert_int_equal(number_of(sley_promise_value(b)), 50);
  assert_int_equal(scene.got[4], 2); /* handed to d */
  sley_cancel(d);                    /* reaches the use; then the member goes to e */
  assert_rejected_sley(d, SLEY_ECANCELED);
  assert_fulfilled(e, 2);
  sley_fulfill(&scene.r[2], sley_unit());
  assert_int_equal(scene.made, 2);
  sley_resolver_drop(&scene.r[4]);
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  sley_drop(d);
  sley_drop(e);
  finish();
  assert_log("-1 -2"); /* the last freed first */
}

static void creation_fails(void **state)
{
  (void)state;
  start(1);
  scene.fail_create = 1;
  sley_promise *p = sley_pool_use(scene.pool, use_now, NULL);
  assert_rejected(p, 10);
  sley_drop(p);
  assert_use(2); /* its place is free again */
  finish();
}

static void invalid_is_replaced(void **state)
{
  (void)state;
  start(1);
  assert_use(1);
  scene.valid = 0;
  assert_use(2);
  assert_log("-1");
  scene.valid = -1;
  sley_promise *p = sley_pool_use(scene.pool, use_now, NULL);
  assert_rejected(p, 11);
  sley_drop(p);
  assert_log("-1 -2");
  scene.valid = 1;
  assert_use(3);
  finish();
}

/* A waiter gets a replacement when the earlier use fails because its member is invalid. */
static void failed_validation_serves_the_next(void **state)
{
  (void)state;
  for (int refuse = 0; refuse < 2; refuse++) {
    start(1);
    sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
    sley_promise *b = sley_pool_use(scene.pool, use_now, NULL);
    sley_promise *c = sley_pool_use(scene.pool, use_now, NULL);
    scene.fail_create = refuse ? 2 : 0;
    scene.valid = -1;
    sley_fulfill(&scene.r[0], sley_unit());
    assert_rejected(b, 11);
    /* The replacement is validated, too, as in Lwt. */
    assert_rejected(c, refuse ? 10 : 11);
    assert_int_equal(scene.made, 2);
    sley_drop(a);
    sley_drop(b);
    sley_drop(c);
    finish();
  }
}

static void canceled_while_replaced(void **state)
{
  (void)state;
  start(1);
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *b = sley_pool_use(scene.pool, use_now, NULL);
  sley_promise *c = sley_pool_use(scene.pool, use_now, NULL);
  scene.valid = -1;
  scene.slow = true;
  sley_fulfill(&scene.r[0], sley_unit()); /* b's member is invalid and being disposed of */
  sley_wakeup_paused();                   /* and one for c is being made */
  assert_int_equal(scene.made, 2);
  sley_cancel(c);
  assert_rejected_sley(c, SLEY_ECANCELED);
  sley_wakeup_paused(); /* made without a user */
  scene.slow = false;
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  finish();
}

/* The replacement is not counted: from then on there can be one member more. */
static void replacements_do_not_count(void **state)
{
  (void)state;
  start(1);
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *b = sley_pool_use(scene.pool, use_now, NULL);
  scene.valid = -1;
  sley_promise *c = sley_pool_use(scene.pool, use_long, NULL);
  scene.slow = true;
  sley_fulfill(&scene.r[0], sley_unit());
  sley_wakeup_paused(); /* b's member is disposed of, one for c is being made */
  scene.slow = false;
  scene.valid = 1;
  sley_wakeup_paused();
  assert_pending(c);
  assert_int_equal(scene.made, 2);
  assert_use(3);
  assert_rejected(b, 11);
  sley_cancel(c);
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  for (int i = 0; i < 8; i++) sley_resolver_drop(&scene.r[i]);
  finish();
}

/* The pool tests whether it was cleared before it calls check. */
static sley_error *check_clears(void *ctx, sley_value *v, bool *yes)
{
  sley_drop(sley_pool_clear(scene.pool));
  return check(ctx, v, yes);
}
static void cleared_by_check(void **state)
{
  (void)state;
  sley_pool_options o = {.size = sizeof o, .max = 1, .create = create, .check = check_clears};
  scene = (struct scene){.good = 1};
  assert_null(sley_pool_new(&o, &scene.pool));
  sley_drop(sley_pool_use(scene.pool, use_fails, NULL));
  assert_use(1);
  sley_pool_drop(scene.pool);
}

static void checked_after_failure(void **state)
{
  (void)state;
  start(1);
  sley_promise *p = sley_pool_use(scene.pool, use_fails, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  assert_use(1);
  scene.good = 0;
  p = sley_pool_use(scene.pool, use_fails, NULL);
  assert_rejected(p, 1);
  sley_drop(p);
  assert_log("-1");
  assert_use(2);
  scene.good = -1;
  p = sley_pool_use(scene.pool, use_fails, NULL);
  assert_rejected(p, 12);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
  p = sley_pool_use(scene.pool, use_now, NULL); /* its place is lost */
  assert_pending(p);
  sley_cancel(p);
  sley_drop(p);
  finish();
}

static void cleared(void **state)
{
  (void)state;
  start(3);
  sley_promise *used[3];
  for (int i = 0; i < 3; i++) used[i] = sley_pool_use(scene.pool, use_long, NULL);
  sley_fulfill(&scene.r[0], sley_unit());
  sley_fulfill(&scene.r[1], sley_unit());
  scene.slow = true;
  sley_promise *p = sley_pool_clear(scene.pool);
  assert_log("-2"); /* one after the other */
  assert_pending(p);
  sley_wakeup_paused();
  assert_log("-2 -1");
  sley_wakeup_paused();
  assert_fulfilled(p, 0);
  sley_drop(p);
  sley_fulfill(&scene.r[2], sley_int(9));
  assert_log("-2 -1 -3");
  assert_pending(used[2]); /* until it is disposed of */
  sley_wakeup_paused();
  assert_fulfilled(used[2], 9);
  scene.slow = false;
  assert_use(4);
  for (int i = 0; i < 3; i++) sley_drop(used[i]);
  finish();
}

static void failed_while_cleared(void **state)
{
  (void)state;
  start(1);
  sley_promise *used = sley_pool_use(scene.pool, use_long, NULL);
  sley_drop(sley_pool_clear(scene.pool));
  sley_reject(&scene.r[0], error_of(3)); /* the member is good, but from before the clear */
  assert_rejected(used, 3);
  assert_log("-1");
  sley_drop(used);
  finish();
}

static sley_promise *dispose_fails(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  scene.disposed++;
  return sley_fail(error_of(13));
}
static void clearing_stops_at_the_first_error(void **state)
{
  (void)state;
  sley_pool_options o = {.size = sizeof o, .max = 2, .create = create, .dispose = dispose_fails};
  scene = (struct scene){0};
  assert_null(sley_pool_new(&o, &scene.pool));
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_drop(sley_pool_use(scene.pool, use_now, NULL));
  sley_fulfill(&scene.r[0], sley_unit());
  sley_drop(a);
  sley_promise *p = sley_pool_clear(scene.pool);
  assert_rejected(p, 13);
  assert_int_equal(scene.disposed, 1);
  assert_int_equal(things_alive, 0);
  sley_drop(p);
  sley_pool_drop(scene.pool);
}

/* The last use of a dropped pool is rejected with the error of disposing of its member. */
static void dropped_in_use_and_not_disposed(void **state)
{
  (void)state;
  sley_pool_options o = {
      .size = sizeof o, .max = 1, .create = create, .dispose = dispose_fails, .drop = release};
  scene = (struct scene){.valid = 1, .good = 1};
  assert_null(sley_pool_new(&o, &scene.pool));
  sley_promise *used = sley_pool_use(scene.pool, use_long, NULL);
  sley_pool_drop(scene.pool);
  sley_fulfill(&scene.r[0], sley_int(5));
  assert_rejected(used, 13);
  sley_drop(used);
  assert_int_equal(scene.released, 1);
  assert_int_equal(things_alive, 0);
}

static void dropped_in_use(void **state)
{
  (void)state;
  start(1);
  int things = things_alive;
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *b = sley_pool_use(scene.pool, use_long, NULL);
  sley_pool_drop(sley_pool_keep(scene.pool));
  assert_pending(b);
  sley_pool_drop(scene.pool);
  assert_rejected_sley(b, SLEY_EABANDONED);
  assert_int_equal(scene.released, 0);
  assert_int_equal(things_alive, things + 1);
  sley_fulfill(&scene.r[0], sley_int(4));
  assert_fulfilled(a, 4);
  assert_log("-1");
  assert_int_equal(scene.released, 1);
  sley_drop(a);
  sley_drop(b);
  sley_pool_drop(NULL);
}

static sley_promise *use_pauses(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pause();
}
/* An operation that nothing can settle is freed with its waiters. */
static void abandoned_while_made_or_used(void **state)
{
  (void)state;
  for (int used = 0; used < 2; used++) {
    start(1);
    scene.pauses = used == 0;
    sley_promise *p = sley_pool_use(scene.pool, use_pauses, NULL);
    sley_abandon_paused();
    assert_pending(p);
    sley_drop(p);
    finish();
    assert_int_equal(live(), 0);
  }
}

static void no_options(void **state)
{
  (void)state;
  sley_pool_options o = {.size = sizeof o, .max = 1};
  sley_error *e = sley_pool_new(&o, &scene.pool);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(scene.pool);
}

/* Whatever fails: every use settles, every member that was made is disposed of or dropped, the pool still works. */
static int context_drops;
static void count_context(void *ctx)
{
  (void)ctx;
  context_drops++;
}
static void scenario(bool slow, int valid, bool fails)
{
  if (pool_make(1) != NULL) {
    assert_int_equal(scene.released, 1);
    return;
  }
  scene.slow = slow;
  context_drops = 0;
  sley_promise *p[4];
  p[0] = sley_pool_use(scene.pool, use_long, NULL, count_context);
  p[1] = sley_pool_use(scene.pool, fails ? use_fails : use_now, NULL, count_context);
  if (fails) scene.good = 0;
  for (int i = 0; i < 3; i++) sley_wakeup_paused();
  scene.valid = valid;
  for (int i = 0; i < 8; i++) sley_resolver_drop(&scene.r[i]);
  p[2] = sley_pool_use(scene.pool, use_now, NULL, count_context);
  for (int i = 0; i < 9; i++) {
    sley_wakeup_paused();
    for (int k = 0; k < 8; k++) sley_resolver_drop(&scene.r[k]);
  }
  p[3] = sley_pool_clear(scene.pool);
  for (int i = 0; i < 3; i++) sley_wakeup_paused();
  /* A disposal after a failed use wakes no waiter, as in Lwt: some can still be waiting. */
  sley_pool_drop(scene.pool);
  for (int i = 0; i < 3; i++) sley_wakeup_paused();
  for (int i = 0; i < 4; i++) {
    assert_false(sley_is_pending(p[i]));
    sley_drop(p[i]);
  }
  assert_int_equal(context_drops, 3);
  assert_int_equal(things_alive, 0);
  assert_int_equal(scene.released, 1);
}
static void plain(void) { scenario(false, 1, false); }
static void slow(void) { scenario(true, 1, true); }
static void invalid(void) { scenario(true, 0, false); }
static void refused(void) { scenario(true, -1, false); }

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(plain);
  each_allocation_fails(slow);
  each_allocation_fails(invalid);
  each_allocation_fails(refused);
}

static void one_turn(void)
{
  scene.uses = 0;
  sley_promise *a = sley_pool_use(scene.pool, use_long, NULL);
  sley_promise *b = sley_pool_use(scene.pool, use_now, NULL);
  sley_fulfill(&scene.r[0], sley_unit());
  sley_drop(a);
  sley_drop(b);
}

static void no_growth(void **state)
{
  (void)state;
  start(1);
  does_not_grow(one_turn, 50000);
  finish();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(reused_and_bounded),
      TEST(creation_fails),
      TEST(invalid_is_replaced),
      TEST(failed_validation_serves_the_next),
      TEST(canceled_while_replaced),
      TEST(replacements_do_not_count),
      TEST(cleared_by_check),
      TEST(checked_after_failure),
      TEST(cleared),
      TEST(failed_while_cleared),
      TEST(clearing_stops_at_the_first_error),
      TEST(dropped_in_use),
      TEST(dropped_in_use_and_not_disposed),
      TEST(abandoned_while_made_or_used),
      TEST(no_options),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
