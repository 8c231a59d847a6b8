/* What still waits when its domain ends, of the functions above the promise floor that keep a ctx: each drops it
 * exactly once. tests/promise/scheduler/test_left.c has those of the promise floor.
 * Tests src/domain/shared/cross_with_lock.c, src/domain/shared/cross_once.c, src/reactor/retry.c,
 * src/reactor/deadline.c. */
#include <sley/generator.h>

#include "support/domains.h"

static int dropped[16], started;

static void count_drop(void *ctx) { ++*(int *)ctx; }
#define OWNED &dropped[started++], count_drop

static sley_promise *never_ends(void *ctx)
{
  sley_resolver *r;
  (void)ctx;
  return sley_pending(&r);
}
static sley_promise *fails(void *ctx)
{
  (void)ctx;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "once"));
}
static sley_promise *body(void *ctx, sley_scope *scope)
{
  (void)scope;
  return never_ends(ctx);
}

static void forget(sley_promise *p) { assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_PENDING); }

static void each_ctx_is_dropped(void **state)
{
  (void)state;
  sley_domain *d;
  sley_cross_mutex *mutex;
  sley_cross_once *once;
  sley_drop(sley_return(sley_unit()));
  assert_null(sley_domain_new(NULL, "other", &d));
  assert_null(sley_cross_mutex_new(&mutex));
  assert_null(sley_cross_once_new(&once));
  sley_domain_enter(d);
  for (int i = 0; i < 2; i++) { /* the second one waits for the first */
    forget(sley_cross_mutex_with_lock(mutex, never_ends, OWNED));
    forget(sley_cross_once_run(once, never_ends, OWNED));
  }
  sley_retry_options retry = {.size = sizeof retry,
                              .retries = 3,
                              .base = 50,
                              .ctx = &dropped[started++],
                              .drop = count_drop};
  forget(sley_retry_sleeping(&retry, fails, OWNED));
  forget(sley_with_deadline(100, body, OWNED));
  forget(sley_spawn(never_ends, OWNED));
  forget(sley_stream_next(sley_stream_generate(never_ends, OWNED)));
  sley_domain_leave(d);
  assert_true(sley_domain_end(d) > 0);
  for (int i = 0; i < started; i++)
    if (dropped[i] != 1) fail_msg("ctx %d was dropped %d times", i, dropped[i]);
  sley_cross_mutex_drop(mutex);
  sley_cross_once_drop(once);
  assert_int_equal(sley_finish(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_ctx_is_dropped)};
  return cmocka_run_group_tests_name("left", tests, NULL, NULL);
}
