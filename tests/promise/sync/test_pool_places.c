/* A pool's places: a use that is canceled or can never continue returns its place whatever it was waiting for, and
 * the next waiter gets a member. Fault 2.
 * Tests src/promise/sync/pool_lease.c. */
#include "support/world.h"

static struct scene {
  sley_pool *pool;
  int made, used;
  int valid;
  bool create_waits, validate_waits, dispose_waits;
  sley_resolver *creating, *validating, *disposing, *using[4];
} scene;

static sley_error *make_thing(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  (void)in;
  *out = sley_own(thing_new(scene.made), &type_mover);
  return NULL;
}

static sley_promise *create(void *ctx)
{
  (void)ctx;
  scene.made++;
  sley_promise *p =
      scene.create_waits ? sley_cancelable(&scene.creating) : sley_return(sley_unit());
  return sley_map(p, make_thing, NULL);
}

static sley_promise *validate(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  if (scene.validate_waits) return sley_cancelable(&scene.validating);
  return sley_return(sley_int(scene.valid));
}

static sley_promise *dispose(void *ctx, sley_value *v)
{
  char word[24];
  (void)ctx;
  snprintf(word, sizeof word, "-%d", ((const thing *)v->ptr)->number);
  note(word);
  return scene.dispose_waits ? sley_cancelable(&scene.disposing) : sley_return(sley_unit());
}

static void start(size_t max)
{
  sley_pool_options o = {
      .size = sizeof o, .max = max, .create = create, .validate = validate, .dispose = dispose};
  scene = (struct scene){.valid = 1};
  assert_null(sley_pool_new(&o, &scene.pool));
}

static void finish(void)
{
  scene.dispose_waits = false;
  sley_pool_drop(scene.pool);
  assert_int_equal(things_alive, 0);
}

static sley_promise *use_now(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(((const thing *)v->ptr)->number));
}

static sley_promise *use_long(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_cancelable(&scene.using[scene.used++]);
}

static sley_promise *use(void) { return sley_pool_use(scene.pool, use_now, NULL); }
static sley_promise *hold(void) { return sley_pool_use(scene.pool, use_long, NULL); }

static void assert_use(int member)
{
  sley_promise *p = use();
  assert_fulfilled(p, member);
  sley_drop(p);
}

static void give_up(sley_promise *p, sley_resolver **r)
{
  sley_cancel(p);
  assert_rejected_sley(p, SLEY_ECANCELED);
  sley_drop(p);
  sley_resolver_drop(r);
}

static void canceled_while_an_invalid_member_is_disposed_of(void **state)
{
  (void)state;
  start(1);
  assert_use(1);
  scene.valid = 0;
  scene.dispose_waits = true;
  sley_promise *p = use();
  assert_pending(p);
  give_up(p, &scene.disposing);
  scene.valid = 1;
  assert_use(2);
  finish();
  assert_log("-1 -2");
}

static void who_waits_gets_the_place_of_a_canceled_disposal(void **state)
{
  (void)state;
  start(1);
  assert_use(1);
  scene.valid = 0;
  scene.dispose_waits = true;
  sley_promise *p = use(), *next = use(), *last = use();
  assert_int_equal(sley_pool_waiters(scene.pool), 2);
  scene.valid = 1;
  give_up(p, &scene.disposing);
  assert_fulfilled(next, 2);
  assert_fulfilled(last, 2);
  assert_int_equal(scene.made, 2);
  sley_drop(next);
  sley_drop(last);
  finish();
}

static void canceled_while_validated(void **state)
{
  (void)state;
  start(1);
  assert_use(1);
  scene.validate_waits = true;
  sley_promise *p = use();
  give_up(p, &scene.validating);
  scene.validate_waits = false;
  assert_log("-1");
  assert_use(2);
  finish();
}

static void canceled_while_validated_and_while_disposed_of(void **state)
{
  (void)state;
  start(1);
  assert_use(1);
  scene.validate_waits = scene.dispose_waits = true;
  sley_promise *p = use();
  sley_cancel(p);
  sley_resolver_drop(&scene.validating);
  assert_pending(p);
  give_up(p, &scene.disposing);
  scene.validate_waits = false;
  assert_use(2);
  finish();
}

static void canceled_while_a_cleared_member_is_disposed_of(void **state)
{
  (void)state;
  for (int fails = 0; fails < 2; fails++) {
    start(1);
    sley_promise *p = hold();
    sley_drop(sley_pool_clear(scene.pool));
    scene.dispose_waits = true;
    if (fails) sley_reject(&scene.using[0], error_of(1));
    else sley_fulfill(&scene.using[0], sley_unit());
    assert_pending(p);
    give_up(p, &scene.disposing);
    assert_use(2);
    finish();
  }
}

static void canceled_while_created(void **state)
{
  (void)state;
  start(1);
  scene.create_waits = true;
  sley_promise *p = use();
  give_up(p, &scene.creating);
  scene.create_waits = false;
  assert_use(2);
  finish();
}

static void canceled_clearing_disposes_of_all(void **state)
{
  (void)state;
  start(3);
  sley_promise *p[3];
  for (int i = 0; i < 3; i++) p[i] = hold();
  for (int i = 0; i < 3; i++) sley_fulfill(&scene.using[i], sley_unit());
  for (int i = 0; i < 3; i++) sley_drop(p[i]);
  scene.dispose_waits = true;
  sley_promise *clearing = sley_pool_clear(scene.pool);
  assert_log("-3");
  scene.dispose_waits = false;
  give_up(clearing, &scene.disposing);
  assert_log("-3 -2 -1");
  scene.used = 0;
  for (int i = 0; i < 3; i++) p[i] = hold();
  assert_int_equal(scene.made, 6);
  assert_int_equal(sley_pool_waiters(scene.pool), 0);
  for (int i = 0; i < 3; i++) give_up(p[i], &scene.using[i]);
  finish();
}

/* What it waits for can never happen: the promises are freed unsettled. */
static sley_promise *pause_for_ever(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pause();
}

static void abandoned_use_gives_its_place_back(void **state)
{
  (void)state;
  start(1);
  sley_promise *p = sley_pool_use(scene.pool, pause_for_ever, NULL);
  sley_promise *next = use();
  sley_abandon_paused();
  sley_drop(p);
  assert_log("-1");
  assert_fulfilled(next, 2);
  assert_use(2);
  sley_drop(next);
  finish();
}

/* When both are canceled together, the use ends before the next waiter has left the queue. */
static void member_passes_by_who_is_canceled(void **state)
{
  (void)state;
  start(1);
  sley_promise *a = hold(), *b = use(), *c = use();
  sley_promise *two[] = {b, a}, *both = sley_join(two, 2);
  sley_cancel(both);
  assert_rejected_sley(both, SLEY_ECANCELED);
  assert_fulfilled(c, 1);
  assert_int_equal(scene.made, 1);
  assert_use(1);
  sley_drop(both);
  sley_drop(c);
  sley_resolver_drop(&scene.using[0]);
  finish();
}

static void member_made_in_vain_is_kept(void **state)
{
  (void)state;
  start(1);
  sley_promise *a = hold(), *b = use(), *c = use();
  scene.valid = 1;
  scene.validate_waits = true;
  sley_fulfill(&scene.using[0], sley_unit()); /* b's member is being validated */
  scene.create_waits = true;
  sley_reject(&scene.validating, error_of(1)); /* and refused: another one is made for c */
  assert_rejected(b, 1);
  assert_int_equal(scene.made, 2);
  sley_cancel(c);
  scene.validate_waits = scene.create_waits = false;
  sley_fulfill(&scene.creating, sley_unit());
  assert_int_equal(things_alive, 1);
  assert_use(2);
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  finish();
  assert_log("-1 -2");
}

static void many_turns_lose_nothing(void **state)
{
  (void)state;
  start(2);
  assert_use(1);
  scene.valid = 0;
  for (int i = 0; i < 1000; i++) {
    scene.dispose_waits = true;
    sley_promise *p = use();
    if (sley_is_pending(p)) {
      give_up(p, &scene.disposing);
    } else {
      sley_drop(p);
    }
    scene.dispose_waits = false;
    sley_drop(use());
    logged[0] = '\0';
  }
  scene.valid = 1;
  sley_promise *a = hold(), *b = hold(), *c = hold();
  assert_int_equal(scene.used, 2);
  assert_int_equal(sley_pool_waiters(scene.pool), 1);
  sley_cancel(c);
  sley_drop(c);
  give_up(a, &scene.using[0]);
  give_up(b, &scene.using[1]);
  finish();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(canceled_while_an_invalid_member_is_disposed_of),
      TEST(who_waits_gets_the_place_of_a_canceled_disposal),
      TEST(canceled_while_validated),
      TEST(canceled_while_validated_and_while_disposed_of),
      TEST(canceled_while_a_cleared_member_is_disposed_of),
      TEST(canceled_while_created),
      TEST(canceled_clearing_disposes_of_all),
      TEST(abandoned_use_gives_its_place_back),
      TEST(member_passes_by_who_is_canceled),
      TEST(member_made_in_vain_is_kept),
      TEST(many_turns_lose_nothing),
  };
  return RUN_TESTS(tests);
}
