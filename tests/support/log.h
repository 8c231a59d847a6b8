/* A log of what ran, in order. */
#ifndef TESTS_SUPPORT_LOG_H
#define TESTS_SUPPORT_LOG_H

#include "support/unit.h"

static char logged[512];

static inline void note(const char *word)
{
  size_t length = strlen(logged);
  snprintf(logged + length, sizeof logged - length, "%s%s", length > 0 ? " " : "", word);
}
#define assert_log(text) assert_string_equal(logged, text)

/* Observers and callbacks that log the word given as context. */
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

#endif
