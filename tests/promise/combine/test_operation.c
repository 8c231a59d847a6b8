/* Operations, on which upper floors build reads, timers, jobs and calls: a promise, a resolver and data that live
 * until neither is in use.
 * Tests src/promise/combine/operation.c. */
#include "promise/promise_floor.h"
#include "support/world.h"

typedef struct work {
  sley_resolver *resolver;
  bool ends_there;
} work;

static work *last;   /* the data is freed with the operation */
static int canceled; /* calls of the type's cancel function */

static void work_cancel(void *data)
{
  work *w = data;
  canceled++;
  if (w->ends_there) sley_resolver_drop(&w->resolver);
}

static const sley__operation_type type = {"work", work_cancel}, type_that_goes_on = {"work", NULL};

/* NULL if memory ran out. */
static sley_promise *work_start(const sley__operation_type *of, bool ends_there)
{
  void *data;
  sley_resolver *r;
  canceled = 0;
  sley_promise *p = sley__operation_new("here:1", of, sizeof(work), &data, &r);
  last = data;
  assert_true((p == NULL) == (data == NULL) && (p == NULL) == (r == NULL));
  if (p == NULL) return NULL;
  assert_int_equal((uintptr_t)data % 16, 0);
  *last = (work){.resolver = r, .ends_there = ends_there};
  return p;
}

static void answered(void **state)
{
  (void)state;
  sley_promise *p = work_start(&type, true);
  assert_string_equal(sley__resolver_site(last->resolver), "here:1");
  sley_fulfill(&last->resolver, sley_int(1));
  assert_fulfilled(p, 1);
  sley_drop(p);
  p = work_start(&type, true);
  sley__operation_fulfill(&last->resolver, sley_int(2));
  assert_fulfilled(p, 2);
  sley_cancel(p); /* already settled: cancel is not called */
  assert_int_equal(canceled, 0);
  sley_drop(p);
}

static void canceled_and_ended_there(void **state)
{
  (void)state;
  sley_promise *p = work_start(&type, true);
  sley_cancel(p);
  assert_rejected_sley(p, SLEY_ECANCELED);
  assert_int_equal(canceled, 1);
  sley_drop(p);
}

/* The data outlives the promise while the work continues; the answer is dropped. */
static void canceled_and_answered_later(void **state)
{
  (void)state;
  for (int told = 0; told < 2; told++)
    for (int quick = 0; quick < 2; quick++) {
      sley_promise *p = work_start(told ? &type : &type_that_goes_on, false);
      sley_cancel(p);
      assert_rejected_sley(p, SLEY_ECANCELED);
      assert_int_equal(canceled, told);
      sley_drop(p);
      assert_int_equal(live(), 1);
      sley_value v = sley_own(thing_new(1), &type_mover);
      if (quick) sley__operation_fulfill(&last->resolver, v);
      else sley_fulfill(&last->resolver, v);
      assert_int_equal(things_alive, 0);
      assert_int_equal(live(), 0);
    }
}

/* Dropping the promise only gives up the result; the work is not notified and can still answer. */
static void dropped(void **state)
{
  (void)state;
  sley_drop(work_start(&type, true));
  assert_int_equal(canceled, 0);
  assert_int_equal(live(), 1);
  sley__operation_fulfill(&last->resolver, sley_own(thing_new(1), &type_mover));
}

static void without_memory(void)
{
  sley_promise *p = work_start(&type, true);
  if (p == NULL) return;
  sley__operation_fulfill(&last->resolver, sley_int(1));
  assert_fulfilled(p, 1);
  sley_drop(p);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(without_memory);
  assert_true(world_open(0));
  void *data;
  sley_resolver *r;
  assert_null(sley__operation_new("here:1", &type, SIZE_MAX - 8, &data, &r));
  world_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(answered), TEST(canceled_and_ended_there),           TEST(canceled_and_answered_later),
      TEST(dropped),  cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
