/* Abandoned resolvers, orphans, and notifications: hooks, trace table, report, counters.
 * Tests src/promise/core/hooks.c, src/promise/core/promise.c, src/promise/core/slow.c. */
#include "support/world.h"

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

/* ---- abandoned resolvers */
static void dropping_a_resolver_rejects(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_on_failure(p, note_error, "told");
  sley_resolver_drop(&r);
  assert_null(r);
  assert_rejected_sley(p, SLEY_EABANDONED);
  assert_ptr_equal(sley_promise_error(p), sley_error_abandoned());
  assert_log("told");
  sley_drop(p);
}

static void nobody_to_tell(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_drop(p);
  assert_int_equal(live(), 1);
  sley_resolver_drop(&r);
  assert_int_equal(live(), 0);
  assert_int_equal(world.unhandled, 0);
}

/* There is no handle, but a callback waits: then it is rejected. */
static void waiters_are_told(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_on_failure(p, note_error, "told");
  sley_promise *q = sley_bind(p, give_unit, NULL);
  sley_resolver_drop(&r);
  assert_log("told");
  assert_rejected_sley(q, SLEY_EABANDONED);
  sley_drop(q);
}

static void abandon_in_callback(void *ctx)
{
  sley_resolver **r = ctx;
  sley_promise *p = (sley_promise *)(void *)r[1];
  note("begin");
  sley_resolver_drop(&r[0]);
  assert_rejected_sley(p, SLEY_EABANDONED); /* its state immediately */
  note("end");                              /* its callbacks later */
}

static void abandoning_defers_callbacks(void **state)
{
  (void)state;
  sley_resolver *r[2], *start;
  sley_promise *p = sley_pending(&r[0]), *q = sley_pending(&start);
  r[1] = (sley_resolver *)(void *)p;
  sley_on_termination(p, note_done, "told");
  sley_on_termination(q, abandon_in_callback, r);
  sley_fulfill_now(&start, sley_unit());
  assert_log("begin end told");
  sley_drop(p);
  sley_drop(q);
}

/* A value whose drop function drops a resolver: no callback can run inside the drop. */
typedef struct guarded {
  sley_resolver *r;
} guarded;
static void guarded_drop(void *ptr)
{
  guarded *g = ptr;
  note("begin");
  sley_resolver_drop(&g->r);
  note("end");
}
static const sley_type type_guarded = {sizeof type_guarded, "guarded", guarded_drop, NULL, NULL};

static void drop_that_abandons(void **state)
{
  (void)state;
  guarded g;
  sley_promise *p = sley_pending(&g.r);
  sley_on_termination(p, note_done, "told");
  sley_drop(sley_return(sley_own(&g, &type_guarded)));
  assert_log("begin end told");
  sley_drop(p);
}

static void groups_and_abandoned_members(void **state)
{
  (void)state;
  sley_resolver *lost, *good;
  sley_promise *a = sley_pending(&lost), *b = sley_pending(&good);
  sley_promise *join = sley_join(SLEY_PROMISES(sley_keep(a), sley_keep(b)));
  sley_resolver_drop(&lost);
  assert_pending(join); /* waits for the other one */
  sley_fulfill(&good, sley_unit());
  assert_rejected_sley(join, SLEY_EABANDONED);
  sley_drop(a);
  sley_drop(b);
  sley_drop(join);
  a = sley_cancelable(&lost);
  b = sley_cancelable(&good);
  sley_promise *pick = sley_pick(SLEY_PROMISES(a, sley_keep(b)));
  sley_resolver_drop(&lost);
  assert_rejected_sley(pick, SLEY_EABANDONED);
  assert_true(sley_error_is_canceled(sley_promise_error(b)));
  sley_fulfill(&good, sley_unit());
  sley_drop(b);
  sley_drop(pick);
}

static void followed_promise_abandoned(void **state)
{
  (void)state;
  sley_resolver *start, *r;
  sley_promise *inner = sley_pending(&r);
  sley_promise *outer = sley_bind(sley_pending(&start), give_promise, &inner);
  sley_fulfill(&start, sley_unit());
  assert_true(sley_is_same(inner, outer));
  sley_resolver_drop(&r);
  assert_rejected_sley(outer, SLEY_EABANDONED);
  sley_drop(inner);
  assert_rejected_sley(outer, SLEY_EABANDONED);
  sley_drop(outer);
}

/* ---- orphans: pending forever, as in Lwt, and freed with their last handle */
static void self_return_stays_pending(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = NULL;
  p = sley_bind(sley_pending(&r), give_promise, &p);
  sley_fulfill(&r, sley_unit());
  assert_pending(p);
  sley_on_termination(p, note_done, "never", NULL);
  sley_cancel(p);
  assert_pending(p);
  sley_drop(p);
  assert_int_equal(live(), 0);
  assert_log("");
}

static sley_promise *start_keep(void *ctx) { return sley_keep(*(sley_promise **)ctx); }

static void waiting_for_oneself(void **state)
{
  (void)state;
  enum { BIND, JOIN, JOIN_OF_TWO, NO_CANCEL, ALL, FINALIZE, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_resolver *r;
    sley_promise *p = NULL, *around = NULL;
    sley_promise *source = sley_pending(&r);
    p = way == FINALIZE ? sley_finalize(source, start_keep, &p)
                        : sley_bind(source, give_promise, &around);
    switch (way) {
      case BIND: around = sley_bind(sley_keep(p), give_unit, NULL); break;
      case JOIN: around = sley_join(SLEY_PROMISES(sley_keep(p))); break;
      case JOIN_OF_TWO:
        around = sley_bind(sley_join(SLEY_PROMISES(sley_keep(p), sley_keep(p))), give_unit, NULL);
        break;
      case NO_CANCEL: around = sley_no_cancel(sley_keep(p)); break;
      case ALL: around = sley_all(SLEY_PROMISES(sley_keep(p), sley_return(sley_unit()))); break;
      default: break;
    }
    sley_fulfill(&r, sley_unit());
    assert_pending(p);
    if (around != NULL) assert_pending(around);
    sley_cancel(p);
    sley_drop(p);
    sley_drop(around);
    if (live() != 0) fail_msg("way %d leaves %d promises", way, (int)live());
  }
}

static void abandoned_pauses(void **state)
{
  (void)state;
  sley_promise *p = sley_pause(), *q = sley_pause();
  assert_int_equal(sley_paused_count(), 2);
  sley_abandon_paused();
  assert_int_equal(sley_paused_count(), 0);
  sley_promise *newer = sley_pause();
  sley_on_cancel(p, note_done, "canceled");
  sley_cancel(p); /* can still be canceled; Lwt loses the newer pause here */
  assert_log("canceled");
  sley_wakeup_paused();
  assert_pending(q);
  assert_fulfilled(newer, 0);
  sley_drop(p);
  sley_drop(q);
  sley_drop(newer);
}

/* ---- the unhandled hook */
static void unread_rejections(void **state)
{
  (void)state;
  sley_promise *p = sley_fail(error_of(1));
  const char *site = sley_site(p);
  sley_drop(p);
  assert_int_equal(world.unhandled, 1);
  assert_string_equal(world.unhandled_text, "error 1");
  assert_string_equal(world.unhandled_site, site);
  sley_resolver *r;
  p = sley_pending(&r);
  sley_reject(&r, error_of(2));
  assert_int_equal(world.unhandled, 1); /* not before it is freed */
  sley_drop(p);
  assert_int_equal(world.unhandled, 2);
  sley_counters c = {.size = sizeof c};
  sley_counters_get(&c);
  assert_int_equal(c.unhandled, 2);
}

static sley_promise *recover(void *ctx, sley_error *e)
{
  (void)e;
  (void)ctx;
  return sley_return(sley_unit());
}

static void read_rejections(void **state)
{
  (void)state;
  enum { OBSERVED, CAUGHT, CANCELED, LOOKED_AT, POLLED, JOINED, WAYS };
  for (int way = 0; way < WAYS; way++) {
    sley_resolver *r;
    sley_promise *p = sley_pending(&r);
    const sley_value *v;
    sley_error *e;
    if (way == OBSERVED) sley_on_failure(p, note_error, "x");
    if (way == CAUGHT) sley_drop(sley_catch(sley_keep(p), recover, NULL));
    sley_reject(&r, way == CANCELED ? sley_error_canceled() : error_of(way));
    if (way == LOOKED_AT) assert_non_null(sley_promise_error(p));
    if (way == POLLED) assert_int_equal(sley_poll(p, &v, &e), -1);
    if (way == JOINED) { /* an operand counts as read if the combined result is read */
      sley_promise *join = sley_join(SLEY_PROMISES(sley_keep(p)));
      assert_rejected(join, JOINED);
      sley_drop(join);
    }
    sley_drop(p);
    if (world.unhandled != 0) fail_msg("way %d was called unhandled", way);
  }
}

static sley_promise *give_kept(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(ctx);
}

/* An operand that has been followed since then stays marked as read. */
static void read_before_it_was_followed(void **state)
{
  (void)state;
  sley_resolver *r, *first, *started;
  sley_promise *inner = sley_pending(&r);
  sley_promise *choice = sley_choose(SLEY_PROMISES(sley_keep(inner), sley_pending(&first)));
  sley_fulfill(&first, sley_unit());
  assert_fulfilled(choice, 0);
  sley_promise *outer = sley_bind(sley_pending(&started), give_kept, inner);
  sley_fulfill(&started, sley_unit());
  sley_reject(&r, error_of(1));
  assert_int_equal(sley_state(outer), SLEY_PROMISE_STATE_REJECTED);
  sley_drop(choice);
  sley_drop(inner);
  sley_drop(outer);
  assert_int_equal(world.unhandled, 0);
}

/* Losers of a choice count as read, whether it is decided immediately or later, and whether the loser is rejected
 * before or after. The winner's outcome is read through the result. */
static void losers_of_a_choice(void **state)
{
  (void)state;
  typedef sley_promise *choice(const char *site, sley_promise *const *ps, size_t n);
  static choice *const choices[] = {sley_choose_at, sley_nchoose_at, sley_nchoose_split_at};
  for (size_t c = 0; c < 3; c++) {
    for (int later = 0; later < 2; later++) {
      sley_resolver *winner, *loser;
      sley_promise *w = sley_pending(&winner);
      if (!later) sley_fulfill(&winner, sley_unit());
      sley_promise *p =
          choices[c]("", SLEY_PROMISES(w, sley_bind(sley_pending(&loser), give_unit, NULL)));
      sley_fulfill(&winner, sley_unit());
      assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
      sley_drop(p);
      sley_reject(&loser, error_of(1));
      assert_int_equal(world.unhandled, 0);
    }
    sley_promise *rejected[] = {sley_fail(error_of(2)), sley_fail(error_of(2))};
    sley_promise *p = choices[c]("", rejected, 2);
    assert_int_equal(world.unhandled, 0);
    sley_drop(p); /* unread */
    assert_int_equal(world.unhandled, 1);
    world.unhandled = 0;
  }
}

/* Forwarded, but the end of the chain is dropped unread: one hook call, for the end. */
static void unread_at_the_end_of_a_chain(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_bind(sley_pending(&r), give_unit, NULL), give_unit, NULL);
  sley_reject(&r, error_of(1));
  assert_int_equal(world.unhandled, 0);
  sley_drop(p);
  assert_int_equal(world.unhandled, 1);
}

/* ---- the async hook */
static sley_promise *start_failed(void *ctx) { return sley_fail(error_of(*(int *)ctx)); }
static void handle(void *ctx, sley_error *e)
{
  (void)ctx;
  note(sley_error_message(e));
}

static int contexts_dropped;

static void drop_context(void *ctx)
{
  (void)ctx;
  contexts_dropped++;
}

static void async_and_its_hook(void **state)
{
  (void)state;
  int code = 3;
  sley_resolver *r;
  sley_promise *p;
  sley_async(start_failed, &code); /* now */
  assert_int_equal(world.async, 1);
  assert_string_equal(world.async_text, "error 3");
  p = sley_pending(&r);
  sley_async(start_keep, &p); /* later */
  sley_drop(p);
  sley_reject(&r, error_of(4));
  assert_int_equal(world.async, 2);
  p = sley_pending(&r);
  sley_async(start_keep, &p);
  sley_drop(p);
  sley_fulfill(&r, sley_unit());
  assert_int_equal(world.async, 2);
  contexts_dropped = 0;
  sley_dont_wait(start_failed, handle, &code, drop_context);
  assert_int_equal(contexts_dropped, 1);
  p = sley_pending(&r);
  sley_dont_wait(start_keep, handle, &p, drop_context);
  assert_int_equal(contexts_dropped, 1);
  sley_drop(p);
  sley_reject(&r, error_of(5));
  assert_int_equal(contexts_dropped, 2);
  assert_log("error 3 error 5");
  p = sley_pending(&r);
  sley_dont_wait(start_keep, handle, &p, drop_context);
  sley_drop(p);
  sley_fulfill(&r, sley_unit());
  assert_int_equal(contexts_dropped, 3);
  assert_int_equal(world.async, 2);
  assert_int_equal(world.unhandled, 0);
}

static void ignore_result_and_its_hook(void **state)
{
  (void)state;
  sley_resolver *r;
  assert_null(sley_ignore_result(sley_return(sley_unit())));
  sley_error *e = sley_ignore_result(sley_fail(error_of(1)));
  assert_int_equal(sley_error_code(e), 1);
  sley_error_drop(e);
  assert_null(sley_ignore_result(sley_pending(&r)));
  sley_fulfill(&r, sley_unit());
  assert_null(sley_ignore_result(sley_pending(&r)));
  sley_reject(&r, error_of(2));
  assert_int_equal(world.async, 1);
  assert_int_equal(world.unhandled, 0);
}

/* ---- the trace table */
static struct {
  int created, waits, runs, observers, settled, dropped;
  const sley_promise *waiter, *source;
} events;
static void on_created(void *ctx, const sley_promise *p)
{
  (void)ctx;
  (void)p;
  events.created++;
}
static void on_waits(void *ctx, const sley_promise *p, const sley_promise *source)
{
  (void)ctx;
  events.waits++;
  events.waiter = p;
  events.source = source;
}
static void on_runs(void *ctx, const sley_promise *p)
{
  (void)ctx;
  if (p != NULL) events.runs++;
  else events.observers++;
}
static void on_settled(void *ctx, const sley_promise *p)
{
  (void)ctx;
  assert_false(sley_is_pending(p));
  events.settled++;
}
static void on_dropped(void *ctx, const sley_promise *p)
{
  (void)ctx;
  (void)p;
  events.dropped++;
}
static const sley_trace table = {sizeof table, on_created, on_waits,
                                 on_runs,      on_settled, on_dropped};
static const sley_trace empty_table = {.size = sizeof empty_table};

static void trace_table(void **state)
{
  (void)state;
  memset(&events, 0, sizeof events);
  sley_set_trace(&table, NULL);
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise *q = sley_bind(sley_keep(p), give_unit, NULL);
  assert_int_equal(events.created, 2);
  assert_int_equal(events.waits, 1);
  assert_ptr_equal(events.waiter, q);
  assert_ptr_equal(events.source, p);
  sley_on_termination(p, note_done, "x");
  sley_fulfill(&r, sley_unit());
  assert_int_equal(events.runs, 1);
  assert_int_equal(events.observers, 1);
  sley_drop(p);
  sley_drop(q);
  assert_int_equal(events.created, events.dropped);
  assert_int_equal(events.created, 3);
  assert_int_equal(events.settled, 2); /* the callback's was already settled */
  sley_set_trace(&empty_table, NULL);  /* members can be missing */
  p = sley_bind(sley_pending(&r), give_unit, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
  sley_set_trace(NULL, NULL);
  int created = events.created;
  sley_drop(sley_return(sley_unit()));
  assert_int_equal(events.created, created);
}

/* ---- report and counters */
typedef struct line {
  char site[128];
  size_t pending, settled;
} line;
static struct {
  line lines[8];
  size_t count;
} lines;
static void on_line(void *ctx, const char *site, size_t pending, size_t settled)
{
  assert_ptr_equal(ctx, &lines);
  line *l = &lines.lines[lines.count++ % 8];
  snprintf(l->site, sizeof l->site, "%s", site);
  l->pending = pending;
  l->settled = settled;
}

static size_t sites_seen, pending_seen, last_pending;
static void on_site(void *ctx, const char *site, size_t pending, size_t settled)
{
  (void)ctx;
  assert_true(pending <= last_pending); /* the most frequent first */
  assert_int_equal(pending, (size_t)atoi(strchr(site, ':') + 1) % 3 + 1);
  assert_int_equal(settled, 0);
  sites_seen++;
  pending_seen += pending;
  last_pending = pending;
}

/* More places than the table initially has room for. */
static void report_of_many_sites(void **state)
{
  (void)state;
  enum { SITES = 300 };
  static char sites[SITES][16];
  static sley_resolver *r[SITES * 3];
  static sley_promise *many[SITES * 3];
  size_t count = 0;
  for (int i = 0; i < SITES; i++) {
    snprintf(sites[i], sizeof sites[i], "file.c:%d", i);
    for (int k = 0; k <= i % 3; k++, count++) many[count] = sley_pending_at(sites[i], &r[count]);
  }
  sites_seen = pending_seen = 0;
  last_pending = SIZE_MAX;
  assert_null(sley_report(on_site, NULL));
  assert_int_equal(sites_seen, SITES);
  assert_int_equal(pending_seen, count);
  while (count-- > 0) {
    sley_drop(many[count]);
    sley_resolver_drop(&r[count]);
  }
}

static void report_by_site(void **state)
{
  (void)state;
  enum { MANY = 300 };
  static sley_promise *many[MANY];
  static sley_resolver *r[MANY];
  memset(&lines, 0, sizeof lines);
  assert_null(sley_report(on_line, &lines));
  assert_int_equal(lines.count, 0);
  for (int i = 0; i < MANY; i++) many[i] = sley_pending(&r[i]);
  sley_promise *few[2];
  for (int i = 0; i < 2; i++) few[i] = sley_return(sley_unit());
  for (int i = 0; i < 100; i++) sley_fulfill(&r[i], sley_unit());
  assert_null(sley_report(on_line, &lines));
  assert_int_equal(lines.count, 2);
  assert_string_equal(lines.lines[0].site, sley_site(many[0]));
  assert_int_equal(lines.lines[0].pending, MANY - 100);
  assert_int_equal(lines.lines[0].settled, 100);
  assert_string_equal(lines.lines[1].site, sley_site(few[0]));
  assert_int_equal(lines.lines[1].pending, 0);
  assert_int_equal(lines.lines[1].settled, 2);
  assert_non_null(strstr(lines.lines[0].site, "test_hooks.c:"));
  for (int i = 0; i < MANY; i++) {
    sley_resolver_drop(&r[i]);
    assert_true(sley_promise_error(many[i]) != NULL || i < 100);
    sley_drop(many[i]);
  }
  for (int i = 0; i < 2; i++) sley_drop(few[i]);
}

static void counters(void **state)
{
  (void)state;
  sley_counters before = {.size = sizeof before}, after = {.size = sizeof after};
  sley_counters_get(&before);
  sley_promise *p[5];
  for (int i = 0; i < 5; i++) p[i] = sley_return(sley_unit());
  sley_counters_get(&after);
  assert_int_equal(after.live, before.live + 5);
  assert_int_equal(after.created, before.created + 5);
  assert_int_equal(after.peak, 5);
  for (int i = 0; i < 5; i++) sley_drop(p[i]);
  sley_counters_get(&after);
  assert_int_equal(after.live, 0);
  assert_int_equal(after.peak, 5);
  assert_int_equal(after.created, before.created + 5);
  sley_counters older; /* a caller compiled with fewer members */
  memset(&older, 0xee, sizeof older);
  older.size = offsetof(sley_counters, created);
  sley_counters_get(&older);
  assert_int_equal(older.live, 0);
  assert_true(older.created == UINT64_C(0xeeeeeeeeeeeeeeee));
}

static void asks_for_slow_callbacks(void)
{
  sley_set_slow_hook(0.1, NULL, NULL);
  sley_drop(sley_return(sley_unit()));
  sley_set_slow_hook(0.2, NULL, NULL);
  sley_set_slow_hook(0, NULL, NULL);
}
static void slow_callbacks_without_memory(void **state)
{
  (void)state;
  each_allocation_fails(asks_for_slow_callbacks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(dropping_a_resolver_rejects),
      TEST(nobody_to_tell),
      TEST(waiters_are_told),
      TEST(abandoning_defers_callbacks),
      TEST(drop_that_abandons),
      TEST(groups_and_abandoned_members),
      TEST(followed_promise_abandoned),
      TEST(self_return_stays_pending),
      TEST(waiting_for_oneself),
      TEST(abandoned_pauses),
      TEST(unread_rejections),
      TEST(read_rejections),
      TEST(read_before_it_was_followed),
      TEST(losers_of_a_choice),
      TEST(unread_at_the_end_of_a_chain),
      TEST(async_and_its_hook),
      TEST(ignore_result_and_its_hook),
      TEST(trace_table),
      TEST(report_by_site),
      TEST(report_of_many_sites),
      TEST(counters),
      cmocka_unit_test(slow_callbacks_without_memory),
  };
  return RUN_TESTS(tests);
}
