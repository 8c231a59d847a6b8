/* A test with a domain of its own, in counted memory that can fail, and with hooks that count. Afterwards nothing is
 * left: no promise, no memory, no object. Every file's tests run twice, with slabs and with every object allocated
 * alone. */
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

/* fail_at: number of the allocation that fails, 0 for none. False when one failed on the way. */
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

/* Runs scenario again and again in new worlds, failing its first, second, ... allocation. Every object is
 * allocated alone then, so each has its turn. */
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

/* Runs turn often: neither promises nor memory may have grown then. The environment's SLEY_TURNS is for longer
 * runs (scripts/growth). */
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
