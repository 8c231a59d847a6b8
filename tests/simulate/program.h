/* What the programs share: counted memory, values that are counted until they are dropped, random numbers, and a run
 * that must leave nothing. */
#ifndef SIMULATE_PROGRAM_H
#define SIMULATE_PROGRAM_H

#include <sley.h>
#include <stdlib.h>

#include "simulate.h"

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) simulate_fail("%s:%d: not %s", __FILE__, __LINE__, #condition); \
  } while (0)

static inline uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static inline uint64_t first_random(uint64_t seed) { return (seed + 1) * 0x9e3779b97f4a7c15u | 1; }

/* Any thread, __atomic. */
static struct {
  size_t blocks, tokens;
} left;

static inline void *counted_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  void *block = malloc(bytes);
  if (block != NULL) __atomic_add_fetch(&left.blocks, 1, __ATOMIC_RELAXED);
  return block;
}

static inline void counted_free(void *ctx, void *block, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  if (block != NULL) __atomic_sub_fetch(&left.blocks, 1, __ATOMIC_RELAXED);
  free(block);
}

/* A value that can be sent; dropped exactly once, or memory checkers and left.tokens report it. */
typedef struct token {
  uint64_t random;
  int depth;
  bool begun, dropped;
} token;

static inline void token_drop(void *ptr)
{
  token *t = ptr;
  CHECK(!t->dropped);
  t->dropped = true;
  free(t);
  __atomic_sub_fetch(&left.tokens, 1, __ATOMIC_RELAXED);
}

static const sley_type token_type = {
    .size = sizeof(sley_type), .name = "token", .drop = token_drop, .send = sley_send_plain};

static inline sley_value token_new(uint64_t random, int depth)
{
  token *t = malloc(sizeof(*t));
  CHECK(t != NULL);
  *t = (token){random | 1, depth, false, false};
  __atomic_add_fetch(&left.tokens, 1, __ATOMIC_RELAXED);
  return sley_own(t, &token_type);
}

static inline void silent(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static inline void run_begin(void)
{
  sley_runtime_options options = {.size = sizeof(options),
                                  .allocator = {counted_alloc, counted_free, NULL}};
  CHECK(sley_configure(&options) == NULL);
  sley_set_unhandled_hook(silent, NULL);
}

static inline void run_end(void)
{
  CHECK(sley_finish() == 0);
  CHECK(left.blocks == 0);
  CHECK(left.tokens == 0);
}

static inline sley_domain *spawn(const char *name)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = name};
  CHECK(sley_domain_spawn(&o, &d) == NULL);
  return d;
}

/* Waits for p; true if it was fulfilled. */
static inline bool wait_for(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e == NULL) sley_value_drop(&v);
  sley_error_drop(e);
  return e == NULL;
}

#endif
