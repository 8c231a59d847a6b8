/* An error kind for tests, and assertions on the state of a promise. */
#ifndef TESTS_SUPPORT_OUTCOMES_H
#define TESTS_SUPPORT_OUTCOMES_H

#include "support/unit.h"

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

#endif
