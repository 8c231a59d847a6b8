/* Two families of programs that break Lwt itself, so that no vector can exist. Here they end, and every promise
 * settles once.
 * Tests src/promise/core/cancel.c, src/promise/core/follow.c. */
#include "support/world.h"

static struct {
  const sley_promise *settled[64];
  int count, twice;
} seen;

static void on_settled(void *ctx, const sley_promise *p)
{
  (void)ctx;
  for (int i = 0; i < seen.count; i++)
    if (seen.settled[i] == p) seen.twice++;
  if (seen.count < 64) seen.settled[seen.count++] = p;
}
static void on_dropped(void *ctx, const sley_promise *p)
{
  (void)ctx;
  for (int i = 0; i < seen.count; i++)
    if (seen.settled[i] == p) seen.settled[i] = NULL; /* the address can be reused */
}
static const sley_trace table = {
    .size = sizeof table, .settled = on_settled, .dropped = on_dropped};

static void watch(void)
{
  memset(&seen, 0, sizeof seen);
  sley_set_trace(&table, NULL);
}

static sley_promise *give_promise(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(*(sley_promise **)ctx);
}
static sley_promise *give_unit(void *ctx, sley_value *v)
{
  (void)v;
  (void)ctx;
  return sley_return(sley_unit());
}

typedef sley_promise *group_fn(const char *site, sley_promise *const *ps, size_t n);
static group_fn *const groups[] = {sley_join_at,         sley_all_at,     sley_choose_at,
                                   sley_pick_at,         sley_nchoose_at, sley_npick_at,
                                   sley_nchoose_split_at};
enum { GROUPS = sizeof groups / sizeof groups[0] };

/* p follows a group that contains p: canceling p leads back to p. */
static void cancel_cycle_through_a_group(void **state)
{
  (void)state;
  for (int g = 0; g < GROUPS; g++)
    for (int order = 0; order < 2; order++) {
      watch();
      sley_resolver *start, *r;
      sley_promise *group = NULL;
      sley_promise *p = sley_bind(sley_pending(&start), give_promise, &group);
      sley_promise *task = sley_cancelable(&r);
      sley_on_cancel(task, note_done, "canceled");
      logged[0] = '\0';
      group = order == 0 ? groups[g](SLEY_HERE, SLEY_PROMISES(sley_keep(p), sley_keep(task)))
                         : groups[g](SLEY_HERE, SLEY_PROMISES(sley_keep(task), sley_keep(p)));
      sley_fulfill(&start, sley_unit());
      assert_pending(p);
      sley_cancel(p);
      /* join and all are not followed here: p waits for itself, so no path leads to the task */
      sley_cancel(group);
      assert_log("canceled");
      assert_true(sley_error_is_canceled(sley_promise_error(task)));
      if (g >= 2) assert_true(sley_error_is_canceled(sley_promise_error(group)));
      assert_int_equal(seen.twice, 0);
      sley_drop(p);
      sley_drop(group);
      sley_drop(task);
      sley_resolver_drop(&r);
      if (live() != 0) fail_msg("group %d order %d leaves %d", g, order, (int)live());
    }
}

/* Two promises, each following a choice that has the other as a member. */
static void mutual_cancel_cycle(void **state)
{
  (void)state;
  for (int g = 2; g < GROUPS; g++) {
    watch();
    sley_resolver *start, *r;
    sley_promise *groups_of[2];
    sley_promise *s = sley_pending(&start), *task = sley_cancelable(&r);
    sley_promise *a = sley_bind(sley_keep(s), give_promise, &groups_of[0]);
    sley_promise *b = sley_bind(s, give_promise, &groups_of[1]);
    groups_of[0] = groups[g](SLEY_HERE, SLEY_PROMISES(sley_keep(b), sley_keep(task)));
    groups_of[1] = groups[g](SLEY_HERE, SLEY_PROMISES(sley_keep(a), task));
    sley_fulfill(&start, sley_unit());
    sley_cancel(a);
    assert_true(sley_error_is_canceled(sley_promise_error(a)));
    assert_true(sley_error_is_canceled(sley_promise_error(b)));
    assert_int_equal(seen.twice, 0);
    sley_resolver_drop(&r);
    sley_drop(a);
    sley_drop(b);
    sley_drop(groups_of[0]);
    sley_drop(groups_of[1]);
    if (live() != 0) fail_msg("group %d leaves %d", g, (int)live());
  }
}

/* A ring of binds that follow each other: nothing can be canceled, and the search ends. */
static void ring_of_followed(void **state)
{
  (void)state;
  watch();
  enum { RING = 5 };
  sley_resolver *start;
  sley_promise *p[RING], *s = sley_pending(&start);
  for (int i = 0; i < RING; i++) p[i] = sley_bind(sley_keep(s), give_promise, &p[(i + 1) % RING]);
  sley_drop(s);
  sley_fulfill(&start, sley_unit());
  for (int i = 0; i < RING; i++) sley_cancel(p[i]);
  for (int i = 0; i < RING; i++) assert_pending(p[i]);
  assert_int_equal(seen.twice, 0);
  for (int i = 0; i < RING; i++) sley_drop(p[i]);
}

/* Diamonds on diamonds: Lwt follows 2^40 paths. */
static void stacked_diamonds(void **state)
{
  (void)state;
  watch();
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  for (int i = 0; i < 40; i++) p = sley_join(SLEY_PROMISES(sley_keep(p), p));
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  assert_int_equal(seen.twice, 0);
  sley_drop(p);
  sley_resolver_drop(&r);
}

/* One cancel marks a guard and a task; the task's callback settles the guarded promise before the guard's own
 * callbacks have run. */
typedef struct answer {
  sley_resolver *r;
  bool rejects, now;
} answer;
static void do_answer(void *ctx)
{
  answer *a = ctx;
  note("answered");
  if (a->rejects) (a->now ? sley_reject_now : sley_reject)(&a->r, error_of(1));
  else (a->now ? sley_fulfill_now : sley_fulfill)(&a->r, sley_int(1));
}

static void guarded_source_resolved_after_marking(void **state)
{
  (void)state;
  enum { REJECTS = 1, NOW = 2, PROTECTED = 4, ON_CANCEL = 8, JOINED = 16, WAYS = 32 }; /* bits */
  for (int way = 0; way < WAYS; way++) {
    watch();
    logged[0] = '\0';
    answer a = {.rejects = way & REJECTS, .now = way & NOW};
    sley_resolver *r;
    sley_promise *source = sley_pending(&a.r), *task = sley_cancelable(&r);
    sley_promise *guard = way & PROTECTED ? sley_protected(sley_keep(source))
                                          : sley_wrap_in_cancelable(sley_keep(source));
    sley_on_cancel(guard, note_done, "guard");
    sley_promise *bound = sley_bind(sley_keep(guard), give_unit, NULL);
    if (way & ON_CANCEL) sley_on_cancel(task, do_answer, &a);
    else sley_on_termination(task, do_answer, &a);
    /* The last one found runs first, so the guard must be found first. */
    sley_promise *both = way & JOINED ? sley_join(SLEY_PROMISES(sley_keep(guard), sley_keep(task)))
                                      : sley_pick(SLEY_PROMISES(sley_keep(guard), sley_keep(task)));
    sley_cancel(both);
    assert_log("answered guard");
    assert_true(sley_error_is_canceled(sley_promise_error(guard)));
    assert_true(sley_error_is_canceled(sley_promise_error(bound)));
    assert_true(sley_error_is_canceled(sley_promise_error(both)));
    if (a.rejects) assert_rejected(source, 1);
    else assert_fulfilled(source, 1);
    assert_int_equal(seen.twice, 0);
    sley_drop(source);
    sley_drop(task);
    sley_drop(guard);
    sley_drop(bound);
    sley_drop(both);
    sley_resolver_drop(&r);
    assert_int_equal(live(), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(cancel_cycle_through_a_group),
      TEST(mutual_cancel_cycle),
      TEST(ring_of_followed),
      TEST(stacked_diamonds),
      TEST(guarded_source_resolved_after_marking),
  };
  return RUN_TESTS(tests);
}
