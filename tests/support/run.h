/* Running a promise on the current domain's loop, and assertions on its outcome. */
#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include "support/unit.h"

static inline void run_gives(sley_promise *p, int64_t wanted)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) print_message("error: %s\n", sley_error_message(e));
  assert_null(e);
  assert_int_equal(v.i, wanted);
}

/* Returns the message, valid until the next call. */
static inline const char *run_fails(sley_promise *p, const sley_error_kind *kind, int code)
{
  static char text[1024];
  sley_error *e = sley_run(p, NULL);
  assert_non_null(e);
  sley_error_format(e, text, sizeof(text));
  if (!sley_error_is(e, kind, code)) print_message("error: %s\n", text);
  assert_true(sley_error_is(e, kind, code));
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

static inline void rest(double seconds) { sley_error_drop(sley_run(sley_sleep(seconds), NULL)); }

/* Has a generous limit, because the machine can be busy. */
#define WAIT_UNTIL(condition)                                                   \
  do {                                                                          \
    for (int waited = 0; waited < 20000 && !(condition); waited++) rest(0.001); \
    assert_true(condition);                                                     \
  } while (0)

#endif
