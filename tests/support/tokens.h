/* Values that are counted: tokens can be sent to other threads; the other types cannot. */
#ifndef TESTS_SUPPORT_TOKENS_H
#define TESTS_SUPPORT_TOKENS_H

#include "support/run.h"

static struct {
  int alive, dropped;
} tokens; /* any thread, __atomic */

static inline void token_drop(void *ptr)
{
  free(ptr);
  __atomic_sub_fetch(&tokens.alive, 1, __ATOMIC_RELAXED);
  __atomic_add_fetch(&tokens.dropped, 1, __ATOMIC_RELAXED);
}

static inline void *token_new(int64_t i)
{
  int64_t *ptr = malloc(sizeof(*ptr));
  if (ptr == NULL) abort();
  *ptr = i;
  __atomic_add_fetch(&tokens.alive, 1, __ATOMIC_RELAXED);
  return ptr;
}

static inline void *token_dup(void *ptr) { return token_new(*(int64_t *)ptr); }

static const sley_type token_type = {.size = sizeof(sley_type),
                                     .name = "token",
                                     .drop = token_drop,
                                     .dup = token_dup,
                                     .send = sley_send_plain};
static const sley_type stays_type = {
    .size = sizeof(sley_type), .name = "stays", .drop = token_drop, .dup = token_dup};

/* Can be moved, not copied. */
static const sley_type local_type = {
    .size = sizeof(sley_type), .name = "local", .drop = token_drop};

static inline sley_value token(int64_t i) { return sley_own(token_new(i), &token_type); }
static inline sley_value stays(int64_t i) { return sley_own(token_new(i), &stays_type); }
static inline sley_value local(int64_t i) { return sley_own(token_new(i), &local_type); }
static inline int64_t number_in(const sley_value *v) { return *(int64_t *)v->ptr; }

static inline int tokens_alive(void) { return __atomic_load_n(&tokens.alive, __ATOMIC_RELAXED); }
static inline int tokens_dropped(void)
{
  return __atomic_load_n(&tokens.dropped, __ATOMIC_RELAXED);
}

/* Runs p, which must produce a token, drops the token and returns its number. */
static inline int64_t run_token(sley_promise *p)
{
  sley_value v;
  assert_null(sley_run(p, &v));
  int64_t i = *(int64_t *)sley_value_ptr(&v, &token_type);
  sley_value_drop(&v);
  return i;
}

#endif
