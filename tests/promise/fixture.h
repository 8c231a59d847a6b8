/* What the promise tests share: a domain of its own for every test, with counted memory, and after
 * it nothing left: no promise, no memory, no object. Every file's tests run twice, with slabs and
 * with every object allocated alone. */
#ifndef TESTS_PROMISE_FIXTURE_H
#define TESTS_PROMISE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sley.h>

#include "../told.h"

static struct world {
  sley_runtime *runtime;
  sley_domain *domain;
  bool single_objects, fails;          /* fails: no allocation succeeds now */
  size_t blocks, allocations, fail_at; /* fail_at: number of the allocation that fails, 0 none */
  int things;                          /* objects alive that values own */
  int async, unhandled;                /* calls of the hooks */
  char async_text[64], unhandled_text[64], unhandled_site[128];
  char log[512];
} world;

static void *world_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  if (++world.allocations == world.fail_at || world.fails) return NULL;
  void *memory = malloc(bytes);
  if (memory != NULL) world.blocks++;
  return memory;
}

static void world_free(void *ctx, void *memory, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  if (memory != NULL) world.blocks--;
  free(memory);
}

static void world_async(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  world.async++;
  snprintf(world.async_text, sizeof world.async_text, "%s", sley_error_message(e));
}

static void world_unhandled(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  world.unhandled++;
  snprintf(world.unhandled_text, sizeof world.unhandled_text, "%s", sley_error_message(e));
  snprintf(world.unhandled_site, sizeof world.unhandled_site, "%s", site);
}

/* False when an allocation failed on the way. */
static inline bool world_open(size_t fail_at)
{
  bool single_objects = world.single_objects;
  memset(&world, 0, sizeof world);
  world.single_objects = single_objects;
  world.fail_at = fail_at;
  sley_runtime_options options = {.size = sizeof options,
                                  .allocator = {world_alloc, world_free, NULL},
                                  .single_objects = single_objects};
  if (sley_runtime_new(&world.runtime, &options) != 0) return false;
  if (sley_domain_new(world.runtime, "test", &world.domain) != 0) {
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
  assert_int_equal(world.blocks, 0);
  assert_int_equal(world.things, 0);
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
  bool single = world.single_objects;
  world.single_objects = true;
  bool reached = true;
  for (size_t fail_at = 1; reached; fail_at++) {
    if (world_open(fail_at)) {
      scenario();
      reached = world.allocations >= fail_at;
      world_close();
    } else {
      assert_int_equal(world.blocks, 0);
    }
    if (fail_at > 100000) fail_msg("without end");
  }
  world.single_objects = single;
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

/* ---- a log of what ran, in order */
static inline void note(const char *word)
{
  size_t length = strlen(world.log);
  snprintf(world.log + length, sizeof world.log - length, "%s%s", length > 0 ? " " : "", word);
}
#define assert_log(text) assert_string_equal(world.log, text)

/* Observers and callbacks that note the word given as context. */
static inline void note_value(void *ctx, sley_value *v)
{
  (void)v;
  note(ctx);
}
static inline void note_error(void *ctx, sley_error *e)
{
  (void)e;
  note(ctx);
}
static inline void note_done(void *ctx) { note(ctx); }

/* ---- errors */
static const sley_error_kind kind_test = {sizeof kind_test, "test", NULL};
static inline sley_error *error_of(int code)
{
  return sley_error_new(&kind_test, code, "error %d", code);
}
static inline void assert_rejected(sley_promise *p, int code)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_REJECTED);
  assert_true(sley_error_is(sley_promise_error(p), &kind_test, code));
}
static inline void assert_rejected_sley(sley_promise *p, int code)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_REJECTED);
  assert_true(sley_error_is(sley_promise_error(p), &sley_kind_sley, code));
}
static inline void assert_fulfilled(sley_promise *p, int64_t i)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  assert_ptr_equal(sley_promise_value(p)->type, NULL);
  assert_int_equal(sley_promise_value(p)->i, i);
}
static inline void assert_pending(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_PENDING);
}

/* ---- values that own an object */
typedef struct thing {
  int number;
} thing;
static inline void thing_drop(void *ptr)
{
  world.things--;
  free(ptr);
}
static inline thing *thing_new(int number)
{
  thing *t = malloc(sizeof *t);
  if (t == NULL) abort();
  t->number = number;
  world.things++;
  return t;
}
static inline void *thing_dup(void *ptr) { return thing_new(((thing *)ptr)->number + 100); }
static const sley_type type_mover = {sizeof type_mover, "mover", thing_drop, NULL, NULL};
static const sley_type type_copier = {sizeof type_copier, "copier", thing_drop, thing_dup, NULL};

#endif
