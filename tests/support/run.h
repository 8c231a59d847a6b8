/* Running a promise on the current domain's loop, and assertions on its outcome. */
#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include <sley/loop.h>

#include "support/unit.h"

/* Macros, so that a failure names the line of the test. */
#define run_gives(p, wanted)              \
  do {                                    \
    sley_value given_;                    \
    assert_null(run_failure(p, &given_)); \
    assert_int_equal(given_.i, wanted);   \
  } while (0)
#define run_fails(p, kind, code) run_fails_at(p, kind, code, __FILE__, __LINE__)

/* NULL if p is fulfilled; otherwise prints its error. */
static inline const char *run_failure(sley_promise *p, sley_value *out)
{
  static char text[1024];
  sley_error *e = sley_run(p, out);
  if (e == NULL) return NULL;
  sley_error_format(e, text, sizeof(text));
  sley_error_drop(e);
  print_message("error: %s\n", text);
  return text;
}

/* Returns the message, valid until the next call. */
static inline const char *run_fails_at(sley_promise *p, const sley_error_kind *kind, int code,
                                       const char *file, int line)
{
  static char text[1024];
  sley_error *e = sley_run(p, NULL);
  _assert_true(e != NULL, "the promise is rejected", file, line);
  sley_error_format(e, text, sizeof(text));
  if (!sley_error_is(e, kind, code)) print_message("error: %s\n", text);
  _assert_true(sley_error_is(e, kind, code), "the error is the one that is wanted", file, line);
  sley_error_drop(e);
  return text;
}

/* Runs p. True if it is fulfilled; if not, its error must be out of memory. */
static inline bool ran_or_no_memory(sley_promise *p, sley_value *out)
{
  sley_error *e = sley_run(p, out);
  if (e == NULL) return true;
  if (!sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM)) {
    char text[1024];
    sley_error_format(e, text, sizeof(text));
    fail_msg("not out of memory: %s", text);
  }
  sley_error_drop(e);
  return false;
}

/* Runs p and drops its outcome, whatever it is. */
static inline void settle(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e == NULL) sley_value_drop(&v);
  sley_error_drop(e);
}

/* On a busy machine the time can pass in one turn: then come enough for what is ready by now, and for what that starts. */
static inline void rest(double seconds)
{
  sley_error_drop(sley_run(sley_sleep(seconds), NULL));
  for (int i = 0; seconds > 0 && i < 20; i++) sley_error_drop(sley_step(0));
}

/* Has a generous limit, because the machine can be busy. */
#define WAIT_UNTIL(condition)                                                   \
  do {                                                                          \
    for (int waited = 0; waited < 20000 && !(condition); waited++) rest(0.001); \
    assert_true(condition);                                                     \
  } while (0)

#endif
