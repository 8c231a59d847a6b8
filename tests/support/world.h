/* Tests of the promise floor: each has a domain of its own, memory that is counted and can fail, and hooks that
 * count, and checks that it leaves nothing behind: no promise, no memory, no object. The tests of a file run twice,
 * with slabs and with each object in an allocation of its own. */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "support/log.h"
#include "support/memory.h"
#include "support/outcomes.h"
#include "support/things.h"

static struct world {
  sley_runtime *runtime;
  sley_domain *domain;
  bool single_objects;
  int async, unhandled; /* calls of the hooks */
  char async_text[64], unhandled_text[64], unhandled_site[128];
} world;

static inline void world_async(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  world.async++;
  snprintf(world.async_text, sizeof world.async_text, "%s", sley_error_message(e));
}

static inline void world_unhandled(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  world.unhandled++;
  snprintf(world.unhandled_text, sizeof world.unhandled_text, "%s", sley_error_message(e));
  snprintf(world.unhandled_site, sizeof world.unhandled_site, "%s", site);
}

/* fail_at: number of the allocation that fails, 0 for none. False if that one was needed here. */
static inline bool world_open(size_t fail_at)
{
  world = (struct world){.single_objects = world.single_objects};
  things_alive = 0;
  logged[0] = '\0';
  memory_fails(fail_at, 0);
  sley_runtime_options options = {.size = sizeof options,
                                  .allocator = {memory_alloc, memory_free, NULL},
                                  .single_objects = world.single_objects};
  if (sley_runtime_new(&options, &world.runtime) != NULL) return false;
  if (sley_domain_new(world.runtime, "test", &world.domain) != NULL) {
    sley_runtime_drop(world.runtime);
    return false;
  }
  sley_domain_enter(world.domain);
  sley_set_async_hook(world_async, NULL);
  sley_set_unhandled_hook(world_unhandled, NULL);
  return true;
}

static inline uint64_t live(void)
{
  sley_counters c = {.size = sizeof c};
  sley_counters_get(&c);
  return c.live;
}

static inline void world_close(void)
{
  assert_int_equal(live(), 0);
  sley_domain_leave(world.domain);
  assert_int_equal(sley_domain_end(world.domain), 0);
  sley_runtime_drop(world.runtime);
  assert_int_equal(heap.blocks, 0);
  assert_int_equal(things_alive, 0);
}

static inline int world_setup(void **state)
{
  (void)state;
  return world_open(0) ? 0 : -1;
}

static inline int world_teardown(void **state)
{
  (void)state;
  world_close();
  return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
static int failed_with_slabs;
#define RUN_TESTS(tests)                                                        \
  (world.single_objects = false,                                                \
   failed_with_slabs = cmocka_run_group_tests_name("slabs", tests, NULL, NULL), \
   world.single_objects = true,                                                 \
   failed_with_slabs + cmocka_run_group_tests_name("single objects", tests, NULL, NULL))

/* Runs scenario in one new world after another, with the first allocation failing, then the second, and so on until
 * none fails. Objects are allocated singly, so that each of them fails once. */
static inline void each_allocation_fails(void (*scenario)(void))
{
  bool before = world.single_objects;
  world.single_objects = true;
  bool reached = true;
  for (size_t fail_at = 1; reached; fail_at++) {
    if (world_open(fail_at)) {
      scenario();
      reached = heap.count >= fail_at;
      world_close();
    } else {
      assert_int_equal(heap.blocks, 0);
    }
    if (fail_at > 100000) fail_msg("without end");
  }
  world.single_objects = before;
}

/* Calls turn many times, after which there must be no more promises and no more memory than before. The environment
 * variable SLEY_TURNS sets how many times (scripts/growth). */
static inline void does_not_grow(void (*turn)(void), long turns)
{
  const char *text = getenv("SLEY_TURNS");
  if (text != NULL && !world.single_objects) turns = atol(text);
  sley_counters before = {.size = sizeof before}, after = {.size = sizeof after};
  for (int i = 0; i < 100; i++) turn();
  sley_counters_get(&before);
  for (long i = 0; i < turns; i++) turn();
  sley_counters_get(&after);
  assert_int_equal(after.live, before.live);
  assert_int_equal(after.bytes, before.bytes);
}

#endif
