/* A million of everything on a stack of 256 KiB: resolving, canceling and dropping do not recurse. The program
 * limits its stack and runs itself again.
 * Tests src/promise/core/resolve.c, src/promise/core/immediate.c, src/promise/core/free.c. */
#include <sys/resource.h>
#include <unistd.h>

#include "support/world.h"

enum { MILLION = 1000000 };
/* With single allocations or under a checker, a tenth shows the same on this stack. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { CHECKED = 1 };
#else
enum { CHECKED = 0 };
#endif
static int many(void) { return world.single_objects || CHECKED ? MILLION / 10 : MILLION; }

static sley_counters counters_now(void)
{
  sley_counters c = {.size = sizeof c};
  sley_counters_get(&c);
  return c;
}

static sley_promise *add_one(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i + 1));
}

static sley_promise *chain(sley_resolver **r, int n)
{
  sley_promise *p = sley_cancelable(r);
  for (int i = 0; i < n; i++) p = sley_bind(p, add_one, NULL);
  return p;
}

static void chain_resolves(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = chain(&r, many());
  sley_fulfill(&r, sley_int(0));
  assert_fulfilled(p, many());
  sley_drop(p);
  assert_int_equal(live(), 0);
}

static void chain_rejects(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = chain(&r, many());
  sley_reject(&r, error_of(1));
  assert_rejected(p, 1);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

static void chain_canceled(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = chain(&r, many());
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_drop(p);
  sley_resolver_drop(&r);
  assert_int_equal(live(), 0);
}

static void chain_dropped(void **state)
{
  (void)state;
  sley_resolver *r;
  for (int reader_first = 0; reader_first < 2; reader_first++) {
    sley_promise *p = chain(&r, many());
    if (reader_first) {
      sley_drop(p);
      sley_resolver_drop(&r);
    } else { /* the resolver is dropped: every callback gets the error */
      sley_resolver_drop(&r);
      assert_rejected_sley(p, SLEY_EABANDONED);
      sley_drop(p);
    }
    assert_int_equal(live(), 0);
  }
}

/* An older observer on every link: the frames of the whole chain are in use simultaneously. */
static void count_up(void *ctx) { ++*(int *)ctx; }
static void observed_chain(void **state)
{
  (void)state;
  for (int cancels = 0; cancels < 2; cancels++) {
    int count = 0;
    sley_resolver *r;
    sley_promise *p = sley_cancelable(&r);
    for (int i = 0; i < many(); i++) {
      sley_on_termination(p, count_up, &count);
      p = sley_bind(p, add_one, NULL);
    }
    if (cancels) sley_cancel(p);
    else sley_fulfill(&r, sley_int(0));
    assert_int_equal(count, many());
    sley_resolver_drop(&r);
    sley_drop(p);
    assert_int_equal(live(), 0);
  }
}

static sley_promise *nest(sley_resolver **r, int n)
{
  sley_promise *p = sley_cancelable(r);
  for (int i = 0; i < n; i++) p = sley_join(SLEY_PROMISES(p));
  return p;
}

static void nest_of_joins(void **state)
{
  (void)state;
  enum { FULFILL, CANCEL, GIVE_UP, DROP, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_resolver *r;
    sley_promise *p = nest(&r, many());
    switch (way) {
      case FULFILL:
        sley_fulfill(&r, sley_unit());
        assert_fulfilled(p, 0);
        break;
      case CANCEL:
        sley_cancel(p);
        assert_true(sley_error_is_canceled(sley_promise_error(p)));
        break;
      case GIVE_UP: sley_resolver_drop(&r); break;
      default: break;
    }
    sley_drop(p);
    sley_resolver_drop(&r);
    assert_int_equal(live(), 0);
  }
}

static void tower_of_picks(void **state)
{
  (void)state;
  enum { FULFILL, CANCEL, DROP, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_resolver *r;
    sley_promise *p = sley_cancelable(&r);
    for (int i = 0; i < many(); i++) p = sley_pick(SLEY_PROMISES(p));
    if (way == FULFILL) sley_fulfill(&r, sley_unit());
    if (way == CANCEL) sley_cancel(p);
    sley_drop(p);
    sley_resolver_drop(&r);
    assert_int_equal(live(), 0);
  }
}

static sley_promise *give_promise(void *ctx, sley_value *v)
{
  (void)v;
  return ctx;
}

/* Each follows the one before, and every handle is kept. */
static void tower_of_followed(void **state)
{
  (void)state;
  sley_resolver *r, *start;
  sley_promise *p = sley_cancelable(&r), **all = malloc((size_t)many() * sizeof *all);
  assert_non_null(all);
  for (int i = 0; i < many(); i++) {
    all[i] = sley_keep(p);
    p = sley_bind(sley_pending(&start), give_promise, p);
    sley_fulfill(&start, sley_unit());
  }
  assert_true(sley_is_same(p, all[0]));
  sley_fulfill(&r, sley_int(5));
  assert_fulfilled(p, 5);
  for (int i = 0; i < many(); i++) {
    assert_fulfilled(all[i], 5);
    sley_drop(all[i]);
  }
  sley_drop(p);
  free(all);
  assert_int_equal(live(), 0);
}

static void loop_of_fulfilled(void **state)
{
  (void)state;
  sley_promise *p = sley_return(sley_int(0));
  for (int i = 0; i < 10 * many(); i++) p = sley_bind(p, add_one, NULL);
  assert_fulfilled(p, 10 * many());
  sley_drop(p);
  assert_int_equal(live(), 0);
}

/* Recursion through fulfilled promises: beyond the stack limit calls are queued, with the same order and outcome. */
static sley_promise *descend(void *ctx, sley_value *v)
{
  int *left = ctx;
  if (--*left == 0) return sley_return(sley_int(v->i + 1));
  return sley_bind(sley_return(sley_int(v->i + 1)), descend, ctx);
}

static void recursion_on_fulfilled(void **state)
{
  (void)state;
  int left = 10 * many();
  sley_promise *p = sley_bind(sley_return(sley_int(0)), descend, &left);
  assert_fulfilled(p, 10 * many());
  assert_true(counters_now().immediate > 0);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

static sley_promise *pause_again(void *ctx, sley_value *v)
{
  int *left = ctx;
  (void)v;
  if (--*left == 0) return sley_return(sley_int(7));
  return sley_bind(sley_pause(), pause_again, ctx);
}

static void recursion_through_pause(void **state)
{
  (void)state;
  int left = many();
  sley_promise *p = sley_bind(sley_pause(), pause_again, &left);
  while (sley_is_pending(p)) sley_wakeup_paused();
  assert_fulfilled(p, 7);
  assert_true(counters_now().peak < 10);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

static sley_promise *catch_again(void *ctx, sley_error *e)
{
  int *left = ctx;
  if (--*left == 0) return sley_return(sley_int(8));
  return sley_catch(sley_fail(sley_error_keep(e)), catch_again, ctx);
}

static void recursion_through_catch(void **state)
{
  (void)state;
  int left = many();
  sley_promise *p = sley_catch(sley_fail(error_of(1)), catch_again, &left);
  assert_fulfilled(p, 8);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

/* A list in which each element is owned by the value of the one before. */
static void link_drop(void *ptr) { sley_drop(ptr); }
static const sley_type type_link = {sizeof type_link, "link", link_drop, NULL, NULL};

static void list_of_owned(void **state)
{
  (void)state;
  sley_promise *p = sley_return(sley_unit());
  for (int i = 0; i < many(); i++) p = sley_return(sley_own(p, &type_link));
  assert_int_equal(live(), many() + 1);
  sley_drop(p);
  assert_int_equal(live(), 0);
}

/* A list of contexts: each is owned by a callback that can never run. */
static void never(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  fail_msg("a callback ran that could not");
}
static void chain_of_owned_contexts(void **state)
{
  (void)state;
  sley_promise *p = sley_return(sley_unit());
  sley_resolver **r = calloc((size_t)many(), sizeof *r);
  assert_non_null(r);
  for (int i = 0; i < many(); i++) {
    sley_promise *next = sley_pending(&r[i]);
    sley_on_success(next, never, p, link_drop);
    p = next;
  }
  sley_drop(p);
  for (int i = 0; i < many(); i++) sley_resolver_drop(&r[i]);
  free(r);
  assert_int_equal(live(), 0);
}

/* Observers that settle the next promise with fulfill: deferred, so there is no nesting. */
static void wake_next(void *ctx)
{
  sley_resolver **r = ctx;
  sley_fulfill(r, sley_unit());
}

static void chain_of_answers(void **state)
{
  (void)state;
  int n = many();
  sley_resolver **r = calloc((size_t)n, sizeof *r);
  assert_non_null(r);
  for (int i = 0; i + 1 < n; i++) {
    sley_promise *p = sley_pending(&r[i]);
    sley_on_termination(p, wake_next, &r[i + 1]);
    sley_drop(p);
  }
  sley_promise *last = sley_pending(&r[n - 1]);
  sley_fulfill(&r[0], sley_unit());
  assert_fulfilled(last, 0);
  sley_drop(last);
  free(r);
  assert_int_equal(live(), 0);
}

/* A few calls on settled promises nest on the stack, wherever a checker stores their locals. Fault 16. */
static sley_promise *nested(void *ctx, sley_value *v)
{
  int left = (int)(intptr_t)ctx;
  (void)v;
  if (left == 0) return sley_return(sley_int(7));
  sley_promise *p = sley_bind(sley_return(sley_unit()), nested, (void *)(intptr_t)(left - 1));
  assert_fulfilled(p, 7);
  return p;
}

static void few_calls_nest(void **state)
{
  (void)state;
  for (int n = 0; n < 12; n++) {
    sley_promise *p = nested((void *)(intptr_t)n, NULL);
    assert_fulfilled(p, 7);
    sley_drop(p);
  }
}

int main(int count, char **arguments)
{
  (void)count;
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return 2;
  if (limit.rlim_cur != 256 * 1024) {
    limit.rlim_cur = 256 * 1024;
    if (setrlimit(RLIMIT_STACK, &limit) != 0) return 2;
    execv(arguments[0], arguments);
    perror(arguments[0]);
    return 2;
  }
  const struct CMUnitTest tests[] = {
      TEST(chain_resolves),         TEST(chain_rejects),           TEST(chain_canceled),
      TEST(chain_dropped),          TEST(observed_chain),          TEST(nest_of_joins),
      TEST(tower_of_picks),         TEST(tower_of_followed),       TEST(loop_of_fulfilled),
      TEST(recursion_on_fulfilled), TEST(recursion_through_pause), TEST(recursion_through_catch),
      TEST(list_of_owned),          TEST(chain_of_owned_contexts), TEST(chain_of_answers),
      TEST(few_calls_nest),
  };
  return RUN_TESTS(tests);
}
